//! The list of finished runs.

use std::rc::Rc;

use yew::{AttrValue, Callback, Html, Properties, component, html, use_state};

use crate::components::icons::{Picture, icon};
use crate::components::rename::Rename;
use crate::state::{Action, EvaluationAction, EvaluationRun, Evaluations};
use crate::text::evaluation as text;
use mien_core::number::fixed;

/// Selects, renames and removes runs, oldest first, and restores the one that was removed last.
pub fn runs(evaluations: &Evaluations, dispatch: &Callback<Action>) -> Html {
    html! {
        <section class="runs no-print" aria-labelledby="runs">
            <h2 id="runs">{ text::RUNS }</h2>
            <ul>
                for run in evaluations.runs.iter() {
                    <RunRow
                        key={run.id}
                        run={Rc::clone(run)}
                        shown={evaluations.shown == Some(run.id)}
                        dispatch={dispatch.clone()}
                    />
                }
            </ul>
            if let Some((_, removed)) = &evaluations.removed {
                <p class="undo" role="status">
                    { text::removed(&removed.name) }
                    <button
                        type="button"
                        class="button"
                        data-testid="run-restore"
                        onclick={dispatch.reform(|_| Action::Evaluation(EvaluationAction::Restore))}
                    >
                        { text::UNDO }
                    </button>
                </p>
            }
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct RunRowProps {
    run: Rc<EvaluationRun>,
    shown: bool,
    dispatch: Callback<Action>,
}

#[component]
fn RunRow(props: &RunRowProps) -> Html {
    let renaming = use_state(|| false);
    let (id, dispatch) = (props.run.id, props.dispatch.reform(Action::Evaluation));
    let report = &props.run.evaluation.report;
    let form_id = AttrValue::from(format!("run-rename-{id}"));
    let rename = {
        let renaming = renaming.clone();
        Callback::from(move |_| renaming.set(true))
    };
    let done = {
        let (renaming, dispatch) = (renaming.clone(), dispatch.clone());
        Callback::from(move |name: Option<String>| {
            renaming.set(false);
            if let Some(name) = name {
                dispatch.emit(EvaluationAction::Rename(id, name));
            }
        })
    };
    html! {
        <li
            class="run"
            data-testid="run"
            data-accuracy={fixed(report.accuracy, 8)}
            data-samples={report.samples.to_string()}
        >
            if *renaming {
                <Rename
                    id={form_id.clone()}
                    name={props.run.name.clone()}
                    label={text::RUN_NAME}
                    testid="run-name"
                    longest="60"
                    {done}
                />
            } else {
                <button
                    type="button"
                    class="run-show"
                    aria-pressed={props.shown.to_string()}
                    onclick={dispatch.reform(move |_| EvaluationAction::Show(id))}
                >
                    <span class="run-name">{ &props.run.name }</span>
                    <span class="run-accuracy">{ text::share(report.accuracy) }</span>
                    <span class="run-facts">{ text::run_facts(&props.run) }</span>
                </button>
            }
            { tool(Picture::Pencil, "run-rename", Some(form_id), text::rename(&props.run.name), rename) }
            { tool(Picture::Trash, "run-remove", None, text::remove(&props.run.name), dispatch.reform(move |_| EvaluationAction::Remove(id))) }
        </li>
    }
}

/// A button of a run; `panel` is the form that it opens.
fn tool(
    picture: Picture,
    testid: &'static str,
    panel: Option<AttrValue>,
    label: String,
    onclick: Callback<yew::MouseEvent>,
) -> Html {
    html! {
        <button
            type="button"
            class="button bare"
            data-testid={testid}
            data-panel={panel}
            title={label.clone()}
            aria-label={label}
            {onclick}
        >
            { icon(picture) }
        </button>
    }
}
