//! Labelled photographs: the choice of a folder, progress, and the report.

use std::rc::Rc;

use yew::{AttrValue, Callback, Html, Properties, component, html, use_context};

use super::evaluation::groups::folded;
use super::evaluation::metrics::{accuracy, tile};
use super::file::{FileButton, file_button};
use super::icons::{Picture, icon};
use super::message::Message;
use super::run::{RunView, run_failure, run_view};
use super::table::counts;
use crate::controller::Controller;
use crate::language::say;
use crate::state::{Action, EngineState, EvaluationAction, PhotographsAction, RunAction, RunFailure, State};
use crate::text::dataset::sentence;
use crate::text::{evaluation as words, groups as group_words, photographs as text};
use mien_core::evaluation::photos::{PhotoFigures, PhotoGroups};
use mien_core::number::fixed;
use mien_protocol::PhotographsOutcome;

/// A table as the folder needs it.
const TABLE: &str = "file,class,person,age,gender\nneutral/001.jpg,neutral,001,24,female\n\
                     smiling/001.jpg,happy,001,24,female\nneutral/002.jpg,neutral,002,31,male";

/// The choice of a folder, the progress of a run, and the report of the last one.
pub fn photographs(state: &State, controller: &Controller, dispatch: &Callback<Action>) -> Html {
    let photographs = &state.evaluations.photographs;
    let on_files = {
        let controller = controller.clone();
        Callback::from(move |files| controller.photographs.open(files))
    };
    let dismiss = |()| Action::Evaluation(EvaluationAction::Photographs(PhotographsAction::Run(RunAction::Dismiss)));
    let view = RunView {
        name: "photographs",
        run: &photographs.current,
        label: text::PROGRESS,
        said: &text::progress,
        cancel: |controller, run| controller.photographs.cancel(run),
        failed,
        on_dismiss: Some(dispatch.reform(dismiss)),
        start: html! {
            if matches!(state.engine, EngineState::Ready { .. }) {
                <div class="tools">
                    {
                        file_button(FileButton {
                            hint: Some(text::CHOOSE_HINT),
                            folder: true,
                            primary: true,
                            ..FileButton::new("photographs-folder", text::CHOOSE, Picture::Folder, on_files)
                        })
                    }
                </div>
            } else {
                <p class="hint">{ words::NOT_READY }</p>
            }
        },
    };
    html! {
        <>
            <p class="lead no-print">{ text::LEAD }</p>
            <section class="setup card no-print" aria-label={text::PHOTOGRAPHS}>
                { run_view(view, controller) }
                <details class="legend" open={photographs.outcome.is_none()}>
                    <summary>{ text::FORM }</summary>
                    <pre class="scroll" tabindex="0">{ TABLE }</pre>
                    <p>{ text::COLUMNS }</p>
                </details>
                <p class="hint">{ text::DROP }</p>
            </section>
            if let Some(outcome) = &photographs.outcome {
                <Report outcome={Rc::clone(outcome)} />
            }
        </>
    }
}

/// Why a run ended without a result: what is wrong with the folder is said at once.
fn failed(failure: &RunFailure) -> Message {
    let RunFailure::Failed(reason) = failure else { return run_failure(failure) };
    Message::error("photographs-failed", text::FAILED, format!("{}.", sentence(&say(reason))))
}

#[derive(PartialEq, Properties)]
struct ReportProps {
    /// The result of a run.
    outcome: Rc<PhotographsOutcome>,
}

/// The report of a run.
#[component]
fn Report(props: &ReportProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let figures = &props.outcome.figures;
    let save = {
        let (controller, outcome) = (controller.clone(), Rc::clone(&props.outcome));
        Callback::from(move |_| controller.photographs.save(&outcome.json))
    };
    let print = Callback::from(move |_| controller.exports.print());
    html! {
        <article
            class="result"
            aria-labelledby="photographs"
            data-testid="photographs"
            data-samples={figures.samples.to_string()}
            data-not-found={figures.not_found.to_string()}
            data-several={figures.several.to_string()}
            data-accuracy={fixed(figures.accuracy, 8)}
        >
            <header class="result-head">
                <h2 id="photographs">{ text::name(&props.outcome.measured) }</h2>
                <div class="tools no-print" role="group" aria-label={words::EXPORT}>
                    <button
                        type="button"
                        class="button"
                        data-testid="photographs-json"
                        title={text::JSON_HINT}
                        onclick={save}
                    >
                        { icon(Picture::Download) }{ words::JSON }
                    </button>
                    <button type="button" class="button" onclick={print}>
                        { icon(Picture::Printer) }{ words::PRINT }
                    </button>
                </div>
                <dl class="result-facts">
                    for (term, value) in text::facts(&props.outcome) {
                        <div><dt>{ term }</dt><dd>{ value }</dd></div>
                    }
                </dl>
            </header>
            { metrics(figures) }
            <section aria-labelledby="photographs-classes">
                <h3 id="photographs-classes">{ words::CLASSES }</h3>
                { table(words::CLASSES.into(), text::class_table(figures)) }
            </section>
            <section class="matrix-section" aria-labelledby="photographs-matrix">
                <h3 id="photographs-matrix">{ words::MATRIX }</h3>
                <p class="hint">{ words::MATRIX_HOW }</p>
                <div class="scroll" tabindex="0" role="group" aria-labelledby="photographs-matrix" data-testid="photographs-matrix">
                    { counts(html! { <caption class="visually-hidden">{ words::MATRIX }</caption> }, &figures.confusion_matrix, true) }
                </div>
            </section>
            { framing(figures) }
            <section class="groups" aria-labelledby="photographs-groups">
                <h3 id="photographs-groups">{ group_words::GROUPS }</h3>
                <p class="hint">{ if figures.groups.is_empty() { text::NO_GROUPS } else { text::GROUPS_HOW } }</p>
                for column in &figures.groups {
                    { groups(column) }
                }
            </section>
        </article>
    }
}

fn metrics(figures: &PhotoFigures) -> Html {
    let count = |number: u64| words::count(number as usize);
    let number = |value: f64| words::number(Some(value));
    let tiles = [
        ("not_found", text::NOT_FOUND, text::NOT_FOUND_HOW, count(figures.not_found)),
        ("several", text::SEVERAL, text::SEVERAL_HOW, count(figures.several)),
        (
            "balanced_accuracy",
            words::METRIC_BALANCED_ACCURACY,
            words::EXPLAIN_BALANCED_ACCURACY,
            number(figures.balanced_accuracy),
        ),
        ("mean_probability", text::MEAN_PROBABILITY, text::MEAN_PROBABILITY_HOW, number(figures.mean_probability)),
        (
            "expected_calibration_error",
            words::METRIC_EXPECTED_CALIBRATION_ERROR,
            words::EXPLAIN_EXPECTED_CALIBRATION_ERROR,
            number(figures.expected_calibration_error),
        ),
    ];
    html! {
        <section class="metrics" aria-label={words::METRICS}>
            { accuracy(figures.accuracy, figures.accuracy_interval, &[]) }
            <dl class="tiles">
                for (key, name, explanation, value) in tiles {
                    { tile(key, name, explanation, value) }
                }
            </dl>
            <p class="hint no-print">{ words::EXPLAIN_HINT }</p>
        </section>
    }
}

/// How the crops frame the faces, if any was found.
fn framing(figures: &PhotoFigures) -> Html {
    let Some(placement) = &figures.placement else { return Html::default() };
    html! {
        <section
            aria-labelledby="photographs-framing"
            data-testid="photographs-framing"
            data-eye-distance={fixed(placement.eye_distance.mean, 4)}
        >
            <h3 id="photographs-framing">{ text::FRAMING }</h3>
            <p class="hint">{ text::FRAMING_HOW }</p>
            { table(text::FRAMING.into(), text::framing_table(placement)) }
        </section>
    }
}

/// The groups of a column, and the gaps between them.
fn groups(column: &PhotoGroups) -> Html {
    let gaps = if column.gaps.is_empty() {
        vec![group_words::NO_GAPS.into()]
    } else {
        column.gaps.iter().map(text::gap).collect::<Vec<String>>()
    };
    html! {
        <div class="group-column" data-testid="photographs-column" data-column={column.name.clone()}>
            <h4>{ &column.name }</h4>
            { folded(column.groups.len(), table(column.name.clone().into(), text::group_table(column))) }
            <ul class="findings plain">
                for gap in gaps {
                    <li>{ gap }</li>
                }
            </ul>
        </div>
    }
}

/// A table that can be scrolled sideways, from its rows, of which the first has the names of the columns.
fn table(label: AttrValue, rows: Vec<Vec<String>>) -> Html {
    let mut rows = rows.into_iter();
    let columns = rows.next().unwrap_or_default();
    let row = |row: Vec<String>| {
        let mut cells = row.into_iter();
        let name = cells.next().unwrap_or_default();
        html! { <tr><th scope="row">{ name }</th>{ for cells.map(|cell| html! { <td>{ cell }</td> }) }</tr> }
    };
    html! {
        <div class="scroll" tabindex="0" role="group" aria-label={label}>
            <table class="figures-table">
                <thead><tr>{ for columns.into_iter().map(|column| html! { <th scope="col">{ column }</th> }) }</tr></thead>
                <tbody>{ for rows.map(row) }</tbody>
            </table>
        </div>
    }
}
