//! The steps of the lesson.

mod fails;
mod limits;
mod looks;
mod photo;
mod sees;
mod sure;

use std::rc::Rc;

use yew::{AttrValue, Html, html};

use super::dataset::thumb::{Pixels, Thumb};
use crate::language::Text;

pub use fails::Fails;
pub use limits::limits;
pub use looks::Looks;
pub use sees::sees;
pub use sure::Sure;

/// A face, or what is none, as the network gets it.
fn grey(pixels: &[u8], label: impl Into<AttrValue>) -> Html {
    html! { <Thumb pixels={Pixels(Rc::from(pixels))} label={label.into()} /> }
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
