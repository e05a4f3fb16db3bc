//! Cross-validation: how much the metrics depend on which images are held out.

use std::rc::Rc;

use yew::{Callback, Html, InputEvent, Properties, component, html, use_context};

use super::field::{read, text_of};
use crate::components::icons::{Picture, icon};
use crate::controller::Controller;
use crate::state::{Action, DraftAction};
use crate::text::training::run as text;
use mien_core::training::{CrossReport, Settings};
use mien_protocol::{DatasetId, Document, StartFrom};

#[derive(PartialEq, Properties)]
pub struct CrossStartProps {
    /// The dataset.
    pub set: DatasetId,
    /// The initial weights of every fold.
    pub from: StartFrom,
    /// The settings.
    pub settings: Rc<Settings>,
    /// The number of folds as typed; `None` for the default.
    pub typed: Option<Rc<str>>,
    /// Whether it can be started.
    pub enabled: bool,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The number of folds and the start button.
#[component]
pub fn CrossStart(props: &CrossStartProps) -> Html {
    let typed = props.typed.as_deref().unwrap_or("5");
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let folds = read(typed).filter(|folds| (2.0..=100.0).contains(folds) && folds.fract() == 0.0);
    let onclick = {
        let (set, from, settings) = (props.set, props.from, Rc::clone(&props.settings));
        move |_| {
            if let Some(folds) = folds {
                controller.training.cross_validate(set, from, Settings::clone(&settings), folds as u32);
            }
        }
    };
    let oninput = props.dispatch.reform(|event: InputEvent| Action::Draft(DraftAction::Folds(text_of(&event).into())));
    html! {
        <details class="fold" data-testid="train-cross">
            <summary>{ text::CROSS_TITLE }</summary>
            <p class="hint">{ text::CROSS_TEXT }</p>
            <div class="tools">
                <div class="field">
                    <label for="folds">{ text::FOLDS }</label>
                    <input
                        type="text"
                        inputmode="numeric"
                        class="input"
                        id="folds"
                        data-testid="folds"
                        value={typed.to_owned()}
                        aria-invalid={folds.is_none().then_some("true")}
                        aria-describedby="folds-hint"
                        {oninput}
                    />
                    if folds.is_none() {
                        <p class="field-error" role="alert">{ text::FOLDS_WRONG }</p>
                    }
                    <p class="hint" id="folds-hint">{ text::FOLDS_HINT }</p>
                </div>
                <button
                    type="button"
                    class="button"
                    data-testid="cross-start"
                    disabled={!props.enabled || folds.is_none()}
                    {onclick}
                >
                    { icon(Picture::Play) }{ text::CROSS_START }
                </button>
            </div>
        </details>
    }
}

#[derive(PartialEq, Properties)]
pub struct CrossResultProps {
    /// The report of the finished folds.
    pub report: Rc<CrossReport>,
}

/// Every metric by fold, with mean and standard deviation.
#[component]
pub fn CrossResult(props: &CrossResultProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let report = &props.report;
    let save = {
        let report = Rc::clone(report);
        move |_| controller.documents.save(Document::CrossReport(Box::new((*report).clone())))
    };
    html! {
        <section
            class="panel"
            aria-labelledby="cross-title"
            data-testid="cross-result"
            data-folds={report.records.len().to_string()}
        >
            <div class="section-row">
                <h2 id="cross-title">{ text::CROSS_TITLE }</h2>
                <button type="button" class="button" data-testid="cross-save" onclick={save}>
                    { icon(Picture::Download) }{ text::CROSS_SAVE }
                </button>
            </div>
            <p class="hint">
                { text::folds_over(report.records.len(), report.folds) }
                if let Some(column) = &report.grouped_by {
                    { " " }<span data-testid="cross-grouped-by">{ text::folds_grouped_by(column) }</span>
                }
            </p>
            <div class="scroll tall" tabindex="0" role="region" aria-label={text::CROSS_TITLE}>
                <table class="figures-table">
                    <thead>
                        <tr>
                            <th scope="col">{ text::CROSS_METRIC }</th>
                            <th scope="col">{ text::CROSS_MEAN }</th>
                            <th scope="col">{ text::CROSS_DEVIATION }</th>
                            for index in 0..report.records.len() {
                                <th scope="col">{ text::fold(index) }</th>
                            }
                        </tr>
                    </thead>
                    <tbody>
                        for metric in report.metrics.iter() {
                            <tr>
                                <th scope="row">{ text::metric(&metric.name) }</th>
                                <td><strong>{ text::metric_value(metric.mean) }</strong></td>
                                <td>{ text::spread(metric.deviation) }</td>
                                for value in metric.folds.iter() {
                                    <td>{ text::metric_value(*value) }</td>
                                }
                            </tr>
                        }
                    </tbody>
                </table>
            </div>
        </section>
    }
}
