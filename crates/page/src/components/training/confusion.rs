//! What the network takes for what, on the validation images of an epoch.

use std::rc::Rc;

use yew::{AttrValue, Html, Properties, component, html, use_state_eq};

use crate::language::Text;
use crate::text::inline;
use crate::text::training::run as text;
use mien_core::expression::Expression;
use mien_core::plot::{Cell, Matrix};
use mien_core::training::EpochRecord;

#[derive(PartialEq, Properties)]
pub struct ConfusionProps {
    /// The epochs that are over; at least one.
    pub epochs: Rc<Vec<EpochRecord>>,
    /// The best of them.
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
    let description = text::confusion(
        record.epoch,
        Expression::ALL.map(|class| (class, matrix.share_of_row(class, class))).into_iter(),
    );
    let cell = |actual, predicted| Cell {
        text: matrix.cell(actual, predicted).to_string(),
        shade: matrix.share_of_row(actual, predicted),
    };
    let svg = Matrix {
        title: &text::CONFUSION,
        description: &description,
        rows: &text::CONFUSION_ROWS,
        columns: &text::CONFUSION_COLUMNS,
        labels: &Expression::ALL.map(|class| inline(class).text()),
        cells: Expression::ALL.map(|actual| Expression::ALL.map(|predicted| cell(actual, predicted)).into()).into(),
    }
    .svg();
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
            <div class="scroll drawn-matrix">{ Html::from_html_unchecked(AttrValue::from(svg)) }</div>
        </details>
    }
}
