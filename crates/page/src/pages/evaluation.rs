//! How good the network is: runs over labelled images, what they show, two of them side by side.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html};

use crate::components::{Compare, EngineFailure, Lab, ResultView, Runs, SetBreaker, Setup};
use crate::hooks::use_announcement;
use crate::language::Text;
use crate::settings::Page;
use crate::state::{Action, EngineState, EvaluationAction, Evaluations, State};
use crate::text::{evaluation as text, robustness};

#[derive(PartialEq, Properties)]
pub struct EvaluationPageProps {
    /// All that is shown.
    pub state: State,
    /// Takes what the visitor does.
    pub dispatch: Callback<Action>,
}

/// The Evaluation page.
#[component]
pub fn EvaluationPage(props: &EvaluationPageProps) -> Html {
    let state = &props.state;
    let evaluations = &state.evaluations;
    let announcement = use_announcement(announcement(evaluations));
    html! {
        <main class="evaluation" id={Page::CONTENT} tabindex="-1">
            <header class="no-print">
                <h1>{ text::TITLE }</h1>
                <p class="lead">{ text::LEAD }</p>
            </header>
            if let EngineState::Failed(problem) = &state.engine {
                <EngineFailure problem={problem.clone()} />
            }
            { views(evaluations.spoilt, &props.dispatch) }
            if state.datasets.selected().is_none() {
                { empty() }
            }
            if evaluations.spoilt {
                { spoilt(props) }
            } else {
                { as_they_are(props) }
            }
            <p class="visually-hidden" role="status" aria-live="polite">{ announcement }</p>
        </main>
    }
}

/// Images as they are, or spoilt.
fn views(spoilt: bool, dispatch: &Callback<Action>) -> Html {
    let view = |label: Text, testid: &'static str, to: bool| {
        let onclick = dispatch.reform(move |_| Action::Evaluation(EvaluationAction::Spoilt(to)));
        html! {
            <button type="button" class="button" data-testid={testid} aria-pressed={(spoilt == to).to_string()} {onclick}>
                { label }
            </button>
        }
    };
    html! {
        <div class="segments no-print" role="group" aria-label={robustness::VIEWS}>
            { view(robustness::AS_THEY_ARE, "view-metrics", false) }
            { view(robustness::SPOILT, "view-robustness", true) }
        </div>
    }
}

fn spoilt(props: &EvaluationPageProps) -> Html {
    let state = &props.state;
    let (set, ready) = (state.datasets.selected().map(Rc::clone), matches!(state.engine, EngineState::Ready { .. }));
    html! {
        <>
            <p class="lead no-print">{ robustness::LEAD }</p>
            <Lab
                state={state.clone()}
                set={set.clone()}
                {ready}
                dispatch={props.dispatch.clone()}
            />
            <SetBreaker {set} reading={state.reading().cloned()} {ready} />
        </>
    }
}

fn as_they_are(props: &EvaluationPageProps) -> Html {
    let state = &props.state;
    let evaluations = &state.evaluations;
    html! {
        <>
            if let Some(set) = state.datasets.selected() {
                <Setup
                    datasets={state.datasets.clone()}
                    set={Rc::clone(set)}
                    selection={evaluations.selection}
                    panel={evaluations.panel.clone().among(&state.training.networks, state.training.used)}
                    networks={Rc::clone(&state.training.networks)}
                    used={state.training.used}
                    progress={evaluations.progress.clone()}
                    ended={evaluations.ended.clone()}
                    ready={matches!(state.engine, EngineState::Ready { .. })}
                    dispatch={props.dispatch.clone()}
                />
            }
            if !evaluations.runs.is_empty() || evaluations.removed.is_some() {
                <Runs
                    runs={evaluations.runs.clone()}
                    shown={evaluations.shown}
                    removed={evaluations.removed.as_ref().map(|(_, run)| Rc::clone(run))}
                    dispatch={props.dispatch.clone()}
                />
            }
            if let Some(run) = evaluations.shown() {
                <ResultView
                    key={run.id}
                    run={Rc::clone(run)}
                    cells={evaluations.cells}
                    look={evaluations.look.clone()}
                    source={run.source(&state.datasets)}
                    explain={state.explain.clone()}
                    dispatch={props.dispatch.clone()}
                />
            }
            if let Some([first, second]) = evaluations.compared() {
                <Compare
                    runs={evaluations.runs.clone()}
                    compared={[Rc::clone(first), Rc::clone(second)]}
                    dispatch={props.dispatch.clone()}
                />
            }
        </>
    }
}

/// What a visitor reads who has no set yet.
fn empty() -> Html {
    html! {
        <section class="card empty-state no-print" data-testid="evaluation-empty">
            <p>{ text::EMPTY }</p>
            <a class="button primary" href={Page::Dataset.fragment()}>{ text::EMPTY_LINK }</a>
            <p>{ text::EMPTY_THEN }</p>
            <ul>
                for what in text::EMPTY_LIST {
                    <li>{ what }</li>
                }
            </ul>
        </section>
    }
}

/// What screen readers say: a quarter done, the end.
fn announcement(evaluations: &Evaluations) -> String {
    let labs = &evaluations.labs;
    if evaluations.spoilt {
        return match (&labs.progress, labs.runs.last()) {
            (Some(progress), _) => robustness::progress_announcement(progress),
            (None, Some(run)) => robustness::done_announcement(run),
            (None, None) => String::new(),
        };
    }
    match (&evaluations.progress, evaluations.runs.last()) {
        (Some(progress), _) => text::progress_announcement(progress.done as usize, progress.order.samples.len()),
        (None, Some(run)) => text::done_announcement(run),
        (None, None) => String::new(),
    }
}
