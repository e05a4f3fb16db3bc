//! The Evaluation page.

use yew::{Callback, Html, Properties, component, html};

use crate::app::settings::Page;
use crate::app::state::{Action, State};
use crate::app::text::evaluation as text;

#[derive(PartialEq, Properties)]
pub struct EvaluationPageProps {
    /// All that is shown.
    pub state: State,
    /// Takes what the visitor does.
    pub dispatch: Callback<Action>,
}

/// The Evaluation page.
#[component]
pub fn EvaluationPage(_props: &EvaluationPageProps) -> Html {
    html! {
        <main class="evaluation" id={Page::CONTENT} tabindex="-1">
            <h1>{ text::TITLE }</h1>
        </main>
    }
}
