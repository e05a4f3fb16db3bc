//! The overlay that is shown while a file is dragged over the page.

use yew::{Html, html};

use super::icons::{Picture, icon};
use crate::settings::Page;
use crate::text;

/// Tells the user that the file can be dropped; the page determines what is done with it.
pub fn drop_overlay(page: Page) -> Html {
    let words = match page {
        Page::Dataset => text::dataset::DROP_HERE,
        Page::Lesson => text::lesson::DROP_PHOTO,
        Page::Evaluation => text::photographs::DROP_HERE,
        _ => text::DROP_HERE,
    };
    html! {
        <div class="drop" aria-hidden="true">
            <p>{ icon(Picture::Photo) }{ words }</p>
        </div>
    }
}
