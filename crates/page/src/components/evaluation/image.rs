//! An image of a set.

use std::rc::Rc;

use yew::{AttrValue, Html, html};

use crate::components::canvas::{Canvas, Drawing};
use crate::text::evaluation as text;

/// The id of the element that shows a gallery image, by its index in the gallery.
pub fn element_id(place: usize) -> String {
    format!("look-{place}")
}

/// An image by its grey bytes, row by row: `None` while loading, empty if the image no longer exists. The label is a text
/// alternative, unless adjacent text describes the image.
pub fn image(pixels: Option<&Rc<[u8]>>, label: Option<AttrValue>) -> Html {
    if pixels.is_some_and(|pixels| pixels.is_empty()) {
        return html! { <span class="sample-image gone">{ text::IMAGE_GONE }</span> };
    }
    let drawing = pixels.map(|pixels| Drawing::Grey(Rc::clone(pixels)));
    let role = if label.is_some() { "img" } else { "presentation" };
    html! { <Canvas {drawing} class="sample-image" {role} {label} /> }
}
