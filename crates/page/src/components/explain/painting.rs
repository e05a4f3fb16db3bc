//! An image computed by the engine.

use yew::{AttrValue, Html, html};

use crate::components::canvas::{Canvas, Drawing};
use crate::state::SharedPainting;

/// An image computed by the engine, with a text alternative, unless the surrounding text describes it.
pub fn painting(painting: &SharedPainting, label: Option<AttrValue>) -> Html {
    styled_painting(painting, "painted", label)
}

/// The same with other CSS classes, among them `painted`.
pub fn styled_painting(painting: &SharedPainting, class: &'static str, label: Option<AttrValue>) -> Html {
    let drawing = Drawing::Painting(painting.clone());
    let role = label.is_some().then_some("img");
    html! { <Canvas {drawing} {class} {role} {label} /> }
}
