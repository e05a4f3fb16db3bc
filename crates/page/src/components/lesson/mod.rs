//! The steps of the lesson.

mod confidence;
mod failures;
mod input;
mod layers;
mod limits;
mod photo;

use std::rc::Rc;

use yew::{AttrValue, Html, html};

use super::dataset::thumb::{Pixels, thumb};
use crate::language::Text;

pub use confidence::ConfidenceStep;
pub use failures::FailuresStep;
pub use input::input;
pub use layers::layers_step;
pub use limits::limits;

/// A 48×48 grey image, such as a face.
fn grey(pixels: &[u8], label: impl Into<AttrValue>) -> Html {
    thumb(Some(Pixels(Rc::from(pixels))), Some(label.into()))
}

/// A titled part of a step.
fn part(title: Text, content: Html) -> Html {
    html! {
        <section class="lesson-part">
            <h3>{ title }</h3>
            { content }
        </section>
    }
}
