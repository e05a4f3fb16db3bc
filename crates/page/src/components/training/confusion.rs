//! The confusion matrix of the validation images of an epoch.

use std::rc::Rc;

use yew::{Html, Properties, component, html, use_state_eq};

use crate::components::table::counts;
use crate::language::Text;
use crate::text::training::run as text;
use mien_core::expression::Expression;
use mien_core::training::EpochRecord;

#[derive(PartialEq, Properties)]
pub struct ConfusionProps {
    /// The finished epochs; at least one.
    pub epochs: Rc<Vec<EpochRecord>>,
    /// The best epoch.
    pub best: Option<u32>,
}

/// The confusion matrix of the latest or the best epoch.
#[component]
pub fn Confusion(props: &ConfusionProps) -> Html {
    let best = use_state_eq(|| false);
    let last = props.epochs.last();
    let chosen = match props.best.filter(|_| *best) {
        Some(best) => props.epochs.iter().rfind(|record| record.epoch == best as usize),
        None => last,
    };
    let Some((record, validation)) = chosen.and_then(|record| Some((record, record.validation.as_ref()?))) else {
        return Html::default();
    };
    let matrix = &validation.confusion;
    let recalls = Expression::ALL.map(|class| (class, matrix.share_of_row(class, class)));
    let caption = html! { <caption>{ text::confusion(record.epoch, recalls.into_iter()) }</caption> };
    let choose = |value: bool, words: Text| {
        let pressed = (*best == value).to_string();
        let best = best.clone();
        html! {
            <button type="button" class="button" aria-pressed={pressed} onclick={move |_| best.set(value)}>{ words }</button>
        }
    };
    html! {
        <details class="fold" data-testid="train-confusion" data-epoch={record.epoch.to_string()}>
            <summary>{ text::CONFUSION }</summary>
            <div class="tools small">
                { choose(false, text::CONFUSION_LAST) }
                { choose(true, text::CONFUSION_BEST) }
            </div>
            <div class="scroll" tabindex="0" role="group" aria-label={text::CONFUSION}>
                { counts(caption, matrix, false) }
            </div>
        </details>
    }
}
