//! The Training page.

use yew::{Callback, Html, Properties, component, html};

use crate::app::settings::Page;
use crate::app::state::{Action, State};
use crate::app::text::training as text;

#[derive(PartialEq, Properties)]
pub struct TrainingPageProps {
    /// All that is shown.
    pub state: State,
    /// Takes what the visitor does.
    pub dispatch: Callback<Action>,
}

/// The Training page.
#[component]
pub fn TrainingPage(_props: &TrainingPageProps) -> Html {
    html! {
        <main class="training" id={Page::CONTENT} tabindex="-1">
            <h1>{ text::TITLE }</h1>
        </main>
    }
}
