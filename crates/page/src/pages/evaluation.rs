//! The Evaluation page: runs on labelled images, their results, and comparisons.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html, use_context};

use super::dataset;
use crate::components::{
    Compare, InteractiveSetTest, ResultView, Setup, engine_failure, instead_of_a_set, photographs, robustness_tests,
    runs,
};
use crate::controller::Controller;
use crate::hooks::use_announcement;
use crate::language::Text;
use crate::settings::Page;
use crate::state::{Action, EngineState, EvaluationAction, EvaluationView, State};
use crate::text::{self as words, evaluation as text, robustness};

#[derive(PartialEq, Properties)]
pub struct EvaluationPageProps {
    /// The page's state.
    pub state: State,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The Evaluation page.
#[component]
pub fn EvaluationPage(props: &EvaluationPageProps) -> Html {
    let state = &props.state;
    let evaluations = &state.evaluations;
    let controller = use_context::<Controller>();
    let announcement = use_announcement(announcement(state));
    let Some(controller) = controller else { return Html::default() };
    html! {
        <main class="evaluation" id={Page::CONTENT} tabindex="-1">
            <header class="no-print">
                <h1>{ text::TITLE }</h1>
                <p class="lead">{ text::LEAD }</p>
            </header>
            if let EngineState::Failed(problem) = &state.engine {
                { engine_failure(problem, &controller) }
            }
            { views(evaluations.view, &props.dispatch) }
            if state.datasets.selected().is_none() && evaluations.view != EvaluationView::Photographs {
                { empty(state, &controller, &props.dispatch) }
            }
            {
                match evaluations.view {
                    EvaluationView::Standard => evaluation_runs(props),
                    EvaluationView::Robustness => robustness_view(props),
                    EvaluationView::Photographs => photographs(state, &controller, &props.dispatch),
                }
            }
            <p class="visually-hidden" role="status" aria-live="polite">{ announcement }</p>
        </main>
    }
}

/// The choice between the kinds of evaluation.
fn views(shown: EvaluationView, dispatch: &Callback<Action>) -> Html {
    let view = |label: Text, testid: &'static str, to: EvaluationView| {
        let onclick = dispatch.reform(move |_| Action::Evaluation(EvaluationAction::View(to)));
        html! {
            <button type="button" class="button" data-testid={testid} aria-pressed={(shown == to).to_string()} {onclick}>
                { label }
            </button>
        }
    };
    html! {
        <div class="segments no-print" role="group" aria-label={robustness::VIEWS}>
            { view(robustness::CLEAN_IMAGES, "view-metrics", EvaluationView::Standard) }
            { view(robustness::ROBUSTNESS, "view-robustness", EvaluationView::Robustness) }
            { view(words::photographs::PHOTOGRAPHS, "view-photographs", EvaluationView::Photographs) }
        </div>
    }
}

fn robustness_view(props: &EvaluationPageProps) -> Html {
    let state = &props.state;
    let (set, ready) = (state.datasets.selected().map(Rc::clone), matches!(state.engine, EngineState::Ready { .. }));
    html! {
        <>
            <p class="lead no-print">{ robustness::LEAD }</p>
            { robustness_tests(state, set.as_ref(), ready, &props.dispatch) }
            <InteractiveSetTest {set} result={state.result().cloned()} {ready} />
        </>
    }
}

fn evaluation_runs(props: &EvaluationPageProps) -> Html {
    let state = &props.state;
    let evaluations = &state.evaluations;
    html! {
        <>
            if let Some(set) = state.datasets.selected() {
                <Setup
                    datasets={state.datasets.clone()}
                    set={Rc::clone(set)}
                    selection={evaluations.selection}
                    ensemble={evaluations.ensemble.clone().among(&state.training.networks, state.training.active)}
                    networks={Rc::clone(&state.training.networks)}
                    active={state.training.active}
                    current={evaluations.current.clone()}
                    ready={matches!(state.engine, EngineState::Ready { .. })}
                    dispatch={props.dispatch.clone()}
                />
            }
            if !evaluations.runs.is_empty() || evaluations.removed.is_some() {
                { runs(evaluations, &props.dispatch) }
            }
            if let Some(run) = evaluations.shown() {
                <ResultView
                    key={run.id}
                    run={Rc::clone(run)}
                    cells={evaluations.cells}
                    gallery={evaluations.gallery.clone()}
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

/// Shown while no dataset is loaded.
fn empty(state: &State, controller: &Controller, dispatch: &Callback<Action>) -> Html {
    html! {
        <section class="card empty-state no-print" data-testid="evaluation-empty">
            <p>{ text::EMPTY }</p>
            <a class="button primary" href={Page::Dataset.fragment()}>{ text::EMPTY_LINK }</a>
            { instead_of_a_set(&state.datasets, controller, dispatch) }
            <p>{ text::EMPTY_THEN }</p>
            <ul>
                for what in text::EMPTY_LIST {
                    <li>{ what }</li>
                }
            </ul>
        </section>
    }
}

/// The announcement for screen readers: that a dataset is loaded, every quarter of the progress, and the end.
fn announcement(state: &State) -> String {
    let evaluations = &state.evaluations;
    let tests = &evaluations.robustness;
    match evaluations.view {
        EvaluationView::Standard => match (evaluations.current.progress(), evaluations.runs.last()) {
            (Some(progress), _) => text::progress_announcement(progress),
            (None, Some(run)) => text::done_announcement(run),
            (None, None) => dataset::announcement(&state.datasets),
        },
        EvaluationView::Robustness => match (tests.current.progress(), tests.runs.last()) {
            (Some(progress), _) => robustness::progress_announcement(progress),
            (None, Some(run)) => robustness::done_announcement(run),
            (None, None) => String::new(),
        },
        EvaluationView::Photographs => words::photographs::announcement(&evaluations.photographs),
    }
}
