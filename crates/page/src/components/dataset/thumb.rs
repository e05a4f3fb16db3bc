//! A 48×48 grey image.

use std::rc::Rc;

use web_sys::HtmlCanvasElement;
use yew::{AttrValue, Html, Properties, classes, component, html, use_effect_with, use_node_ref};

use crate::sources::picture;
use mien_core::vision::CROP_SIDE;

/// Pixels compared by pointer, which is fast.
#[derive(Clone)]
pub struct Pixels(pub Rc<[u8]>);

impl PartialEq for Pixels {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(PartialEq, Properties)]
pub struct ThumbProps {
    /// Grey bytes, row by row; `None` until loaded.
    pub pixels: Option<Pixels>,
    /// A text alternative; `None` if the surrounding text describes the image.
    #[prop_or_default]
    pub label: Option<AttrValue>,
}

/// Shows the image without interpolation; the style sheet scales it.
#[component]
pub fn Thumb(props: &ThumbProps) -> Html {
    let canvas = use_node_ref();
    {
        let canvas = canvas.clone();
        use_effect_with(props.pixels.clone(), move |pixels| {
            if let (Some(canvas), Some(Pixels(pixels))) = (canvas.cast::<HtmlCanvasElement>(), pixels) {
                picture::draw_grey(&canvas, pixels);
            }
        });
    }
    let side = CROP_SIDE.to_string();
    html! {
        <canvas
            ref={canvas}
            class={classes!("thumb", props.pixels.is_none().then_some("waits"))}
            width={side.clone()}
            height={side}
            role={props.label.is_some().then_some("img")}
            aria-label={props.label.clone()}
            aria-hidden={props.label.is_none().then_some("true")}
        />
    }
}
