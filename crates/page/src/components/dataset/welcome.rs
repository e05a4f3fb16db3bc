//! The Dataset page before a dataset is loaded.

use yew::{Html, Properties, component, html};

use super::buttons::DatasetButtons;
use super::saved::SavedDatasetView;
use crate::text::dataset as text;
use mien_protocol::SavedDataset;

#[derive(PartialEq, Properties)]
pub struct WelcomeProps {
    /// The set that is saved on this device.
    pub saved: Option<SavedDataset>,
}

/// Explains what a dataset is and how to load one.
#[component]
pub fn Welcome(props: &WelcomeProps) -> Html {
    html! {
        <section class="card dataset-welcome">
            <p class="lead">{ text::LEAD }</p>
            <DatasetButtons first={true} />
            if let Some(saved) = props.saved.clone() {
                <div class="kept-here">
                    <h2>{ text::SAVED_TITLE }</h2>
                    <SavedDatasetView {saved} />
                </div>
            }
            <dl class="forms">
                for (form, words) in text::FORMS {
                    <div>
                        <dt>{ form }</dt>
                        <dd>{ words }</dd>
                    </div>
                }
            </dl>
            <p class="muted">{ text::DROP }</p>
            <p class="muted">{ text::SOURCE }</p>
        </section>
    }
}
