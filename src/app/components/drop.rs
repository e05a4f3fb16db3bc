//! The veil while a file hovers over the page.

use yew::{Html, component, html};

use super::icons::{Icon, Picture};
use crate::app::text;

/// Says that the file may be dropped.
#[component]
pub fn Drop() -> Html {
    html! {
        <div class="drop" aria-hidden="true">
            <p><Icon picture={Picture::Photo} />{ text::DROP_HERE }</p>
        </div>
    }
}
