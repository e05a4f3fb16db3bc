//! The overlay that is shown while a file is dragged over the page.

use yew::{Html, Properties, component, html};

use super::icons::{Picture, icon};
use crate::settings::Page;
use crate::text;

#[derive(PartialEq, Properties)]
pub struct DropProps {
    /// The current page, which determines what is done with the file.
    pub page: Page,
}

/// Tells the user that the file can be dropped.
#[component]
pub fn Drop(props: &DropProps) -> Html {
    let words = match props.page {
        Page::Dataset => text::dataset::DROP_HERE,
        Page::Lesson => text::lesson::DROP_PHOTO,
        _ => text::DROP_HERE,
    };
    html! {
        <div class="drop" aria-hidden="true">
            <p>{ icon(Picture::Photo) }{ words }</p>
        </div>
    }
}
