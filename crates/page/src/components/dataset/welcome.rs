//! The page without a set.

use yew::{Html, Properties, component, html};

use super::choose::Choose;
use super::keep::Kept;
use crate::text::dataset as text;
use mien_protocol::StoredSet;

#[derive(PartialEq, Properties)]
pub struct WelcomeProps {
    /// The set that is kept on this device.
    pub kept: Option<StoredSet>,
}

/// Says what a set is and how to get one.
#[component]
pub fn Welcome(props: &WelcomeProps) -> Html {
    html! {
        <section class="card dataset-welcome">
            <p class="lead">{ text::LEAD }</p>
            <Choose first={true} />
            if let Some(kept) = props.kept.clone() {
                <div class="kept-here">
                    <h2>{ text::KEPT_TITLE }</h2>
                    <Kept {kept} />
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
            <p class="muted">{ text::WHERE_FROM }</p>
        </section>
    }
}
