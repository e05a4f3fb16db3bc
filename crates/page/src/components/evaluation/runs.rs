//! The list of finished runs.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::{
    Callback, Html, KeyboardEvent, Properties, TargetCast, component, html, use_effect_with, use_node_ref, use_state,
};

use crate::components::icons::{Picture, icon};
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
    /// Must be equal in every rendering: a new rendering of the row would reset the name that is being typed.
    dispatch: Callback<Action>,
}

#[component]
fn RunRow(props: &RunRowProps) -> Html {
    let renaming = use_state(|| false);
    let (id, dispatch) = (props.run.id, props.dispatch.reform(Action::Evaluation));
    let report = &props.run.evaluation.report;
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
                <NameInput name={props.run.name.clone()} {done} />
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
            { tool(Picture::Pencil, text::rename(&props.run.name), rename) }
            { tool(Picture::Trash, text::remove(&props.run.name), dispatch.reform(move |_| EvaluationAction::Remove(id))) }
        </li>
    }
}

fn tool(picture: Picture, label: String, onclick: Callback<yew::MouseEvent>) -> Html {
    html! {
        <button type="button" class="button bare" title={label.clone()} aria-label={label} {onclick}>
            { icon(picture) }
        </button>
    }
}

#[derive(PartialEq, Properties)]
struct NameInputProps {
    name: String,
    /// Called with the new name, or `None` if it is unchanged.
    done: Callback<Option<String>>,
}

/// The name as a text field: Enter or blur saves it, Escape cancels.
#[component]
fn NameInput(props: &NameInputProps) -> Html {
    let input = use_node_ref();
    {
        let input = input.clone();
        use_effect_with((), move |()| {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                input.focus().ok();
                input.select();
            }
        });
    }
    let keep = {
        let (input, done) = (input.clone(), props.done.clone());
        move || {
            let name = input.cast::<HtmlInputElement>().map(|input| input.value().trim().to_owned());
            done.emit(name.filter(|name| !name.is_empty()));
        }
    };
    let onkeydown = {
        let (keep, done) = (keep.clone(), props.done.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" => keep(),
            "Escape" => {
                if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                    input.set_value("");
                }
                done.emit(None);
            }
            _ => {}
        })
    };
    html! {
        <input
            ref={input}
            class="run-name-input"
            value={props.name.clone()}
            maxlength="60"
            aria-label={text::RUN_NAME}
            {onkeydown}
            onblur={Callback::from(move |_| keep())}
        />
    }
}
