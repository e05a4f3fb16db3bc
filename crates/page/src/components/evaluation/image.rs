//! An image of a set.

use std::rc::Rc;

use web_sys::HtmlCanvasElement;
use yew::{AttrValue, Html, Properties, component, html, use_effect_with, use_node_ref};

use crate::sources::picture;
use crate::text::evaluation as text;
use mien_core::vision::CROP_SIDE;

/// The id of the element that shows a gallery image, by its index in the gallery.
pub fn element_id(place: usize) -> String {
    format!("look-{place}")
}

#[derive(PartialEq, Properties)]
pub struct ImageProps {
    /// Grey bytes, row by row; `None` while loading, empty if the image no longer exists.
    pub pixels: Option<Rc<[u8]>>,
    /// A text alternative, unless adjacent text describes the image.
    #[prop_or_default]
    pub label: Option<AttrValue>,
}

/// Shows the image without interpolation; the style sheet scales it.
#[component]
pub fn Image(props: &ImageProps) -> Html {
    let canvas = use_node_ref();
    {
        let canvas = canvas.clone();
        use_effect_with(props.pixels.clone(), move |pixels| {
            if let (Some(canvas), Some(pixels)) = (canvas.cast::<HtmlCanvasElement>(), pixels) {
                picture::draw_grey(&canvas, pixels);
            }
        });
    }
    if props.pixels.as_ref().is_some_and(|pixels| pixels.is_empty()) {
        return html! { <span class="sample-image gone">{ text::IMAGE_GONE }</span> };
    }
    let side = CROP_SIDE.to_string();
    let role = if props.label.is_some() { "img" } else { "presentation" };
    html! {
        <canvas
            class="sample-image"
            ref={canvas}
            width={side.clone()}
            height={side}
            {role}
            aria-label={props.label.clone()}
        />
    }
}
