//! A picture that the engine painted.

use web_sys::HtmlCanvasElement;
use yew::{AttrValue, Classes, Html, Properties, classes, component, html, use_effect_with, use_node_ref};

use crate::sources::picture;
use crate::state::SharedPainting;

#[derive(PartialEq, Properties)]
pub struct PaintingViewProps {
    /// The picture.
    pub painting: SharedPainting,
    /// Says what it shows; without it, what stands around it does.
    #[prop_or_default]
    pub label: Option<AttrValue>,
    /// For the style sheet.
    #[prop_or_default]
    pub class: Classes,
}

/// Shows it pixel by pixel; the style sheet makes it larger.
#[component]
pub fn PaintingView(props: &PaintingViewProps) -> Html {
    let canvas = use_node_ref();
    {
        let canvas = canvas.clone();
        use_effect_with(props.painting.clone(), move |painting| {
            if let Some(canvas) = canvas.cast::<HtmlCanvasElement>() {
                picture::draw(&canvas, &painting.0);
            }
        });
    }
    html! {
        <canvas
            ref={canvas}
            class={classes!("painted", props.class.clone())}
            width={props.painting.0.width.to_string()}
            height={props.painting.0.height.to_string()}
            role={props.label.is_some().then_some("img")}
            aria-label={props.label.clone()}
            aria-hidden={props.label.is_none().then_some("true")}
        />
    }
}
