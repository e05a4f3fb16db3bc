//! The epochs as a table.

use std::rc::Rc;

use yew::{Html, Properties, classes, component, html};

use crate::text::training::run as text;
use mien_core::training::EpochRecord;

#[derive(PartialEq, Properties)]
pub struct EpochsProps {
    /// The finished epochs.
    pub epochs: Rc<Vec<EpochRecord>>,
    /// The best epoch.
    pub best: Option<u32>,
}

/// A row for each epoch, the best one marked. It is a component, so that it is not rendered with every training step.
#[component]
pub fn Epochs(props: &EpochsProps) -> Html {
    html! {
        <details class="fold" data-testid="train-table">
            <summary>{ text::TABLE }</summary>
            <div class="scroll" tabindex="0" role="region" aria-label={text::CURVES}>
                <table class="figures-table">
                    <thead>
                        <tr>
                            for name in text::TABLE_HEAD {
                                <th scope="col">{ name }</th>
                            }
                        </tr>
                    </thead>
                    <tbody>
                        for record in props.epochs.iter() {
                            { row(record, props.best.is_some_and(|best| best as usize == record.epoch)) }
                        }
                    </tbody>
                </table>
            </div>
        </details>
    }
}

fn row(record: &EpochRecord, best: bool) -> Html {
    let [epoch, figures @ ..] = text::row(record);
    let accuracy = record.validation.as_ref().map(|validation| validation.confusion.accuracy());
    html! {
        <tr
            class={classes!(best.then_some("best"))}
            data-testid="epoch"
            data-accuracy={accuracy.map(|accuracy| mien_core::number::fixed(accuracy, 6))}
        >
            <th scope="row">{ epoch }{ if best { " ●" } else { "" } }</th>
            for figure in figures {
                <td>{ figure }</td>
            }
        </tr>
    }
}
