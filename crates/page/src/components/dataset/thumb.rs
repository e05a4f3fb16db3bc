//! A 48×48 grey image.

use std::rc::Rc;

use yew::{AttrValue, Html, html};

use crate::components::canvas::{Canvas, Drawing};

/// Pixels compared by pointer, which is fast.
#[derive(Clone)]
pub struct Pixels(pub Rc<[u8]>);

impl PartialEq for Pixels {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// An image by its grey bytes, row by row, which are `None` until loaded. The label is a text alternative; without it, the
/// surrounding text describes the image.
pub fn thumb(pixels: Option<Pixels>, label: Option<AttrValue>) -> Html {
    let class = if pixels.is_some() { "thumb" } else { "thumb waits" };
    let drawing = pixels.map(|Pixels(pixels)| Drawing::Grey(pixels));
    let role = label.is_some().then_some("img");
    html! { <Canvas {drawing} {class} {role} {label} /> }
}
