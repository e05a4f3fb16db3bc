//! The Dataset page.

use yew::{Callback, Html, Properties, component, html};

use crate::app::settings::Page;
use crate::app::state::{Action, State};
use crate::app::text::dataset as text;

#[derive(PartialEq, Properties)]
pub struct DatasetPageProps {
    /// All that is shown.
    pub state: State,
    /// Takes what the visitor does.
    pub dispatch: Callback<Action>,
}

/// The Dataset page.
#[component]
pub fn DatasetPage(_props: &DatasetPageProps) -> Html {
    html! {
        <main class="dataset" id={Page::CONTENT} tabindex="-1">
            <h1>{ text::TITLE }</h1>
        </main>
    }
}
