//! The Dataset page before a dataset is loaded.

use yew::{Html, html};

use super::super::built_in::built_in_sets;
use super::buttons::dataset_buttons;
use super::saved::saved_dataset;
use crate::controller::Controller;
use crate::text::dataset as text;
use mien_protocol::SavedDataset;

/// Explains what a dataset is and how to load one, such as the one that is saved on this device.
pub fn welcome(saved: Option<&SavedDataset>, controller: &Controller) -> Html {
    html! {
        <section class="card dataset-welcome">
            <p class="lead">{ text::LEAD }</p>
            { dataset_buttons(true, controller) }
            { built_in_sets(controller) }
            if let Some(saved) = saved {
                <div class="kept-here">
                    <h2>{ text::SAVED_TITLE }</h2>
                    { saved_dataset(saved, controller) }
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
