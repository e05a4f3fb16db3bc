//! An image computed by the engine.

use web_sys::HtmlCanvasElement;
use yew::{AttrValue, Classes, Html, Properties, classes, component, html, use_effect_with, use_node_ref};

use crate::sources::picture;
use crate::state::SharedPainting;

#[derive(PartialEq, Properties)]
pub struct PaintingViewProps {
    /// The picture.
    pub painting: SharedPainting,
    /// A text alternative; `None` if the surrounding text describes the image.
    #[prop_or_default]
    pub label: Option<AttrValue>,
    /// CSS classes.
    #[prop_or_default]
    pub class: Classes,
}

/// Shows the image without interpolation; the style sheet scales it.
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
