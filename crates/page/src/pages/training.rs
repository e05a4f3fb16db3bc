//! The Training page.

use yew::{Callback, Html, Properties, component, html, use_context};

use super::dataset;
use crate::components::training::{CrossResult, Library, OnnxForm, Setup, Unfinished, available_networks, run_view};
use crate::components::{engine_failure, instead_of_a_set};
use crate::controller::Controller;
use crate::hooks::use_announcement;
use crate::settings::Page;
use crate::state::{Action, EngineState, State};
use crate::text::training as text;

#[derive(PartialEq, Properties)]
pub struct TrainingPageProps {
    /// The page's state.
    pub state: State,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The Training page.
#[component]
pub fn TrainingPage(props: &TrainingPageProps) -> Html {
    let state = &props.state;
    let training = &state.training;
    let controller = use_context::<Controller>();
    let announcement = use_announcement(match &training.run {
        Some(run) => text::run::announcement(run),
        None => dataset::announcement(&state.datasets),
    });
    let Some(controller) = controller else { return Html::default() };
    let ready = matches!(state.engine, EngineState::Ready { .. });
    let unfinished = training.unfinished.clone().filter(|_| !training.is_live()).map(|run| {
        let of_run = state.datasets.sets.values().find(|set| set.name == run.set).map(|set| set.id);
        let set = if run.set.is_empty() { state.datasets.selected } else { of_run };
        html! { <Unfinished {run} {set} starting={training.starting} /> }
    });
    html! {
        <main class="training" id={Page::CONTENT} tabindex="-1">
            <header>
                <h1>{ text::TITLE }</h1>
                <p class="lead">{ text::LEAD }</p>
            </header>
            if let EngineState::Failed(problem) = &state.engine {
                { engine_failure(problem, &controller) }
            }
            { unfinished }
            if let Some(run) = &training.run {
                { run_view(run, training.active_name(), &controller) }
            }
            if let Some(report) = training.cross.clone() {
                <CrossResult {report} />
            }
            if training.is_live() {
                // One run at a time: what comes next is chosen after it.
            } else if let Some(set) = state.datasets.selected().cloned() {
                <Setup
                    near={state.datasets.near.get(&set.id).cloned()}
                    {set}
                    sets={state.datasets.sets.clone()}
                    training={training.clone()}
                    {ready}
                    cpu={state.trains_on_cpu()}
                    dispatch={props.dispatch.clone()}
                />
            } else {
                { welcome(state, &controller, &props.dispatch) }
            }
            if let Some(sheet) = training.onnx.clone() {
                <OnnxForm {sheet} engine_failed={matches!(state.engine, EngineState::Failed(_))} />
            }
            <Library networks={training.networks.clone()} active={training.active} deleted={training.deleted.clone()} />
            { available_networks(training, &controller) }
            <p class="visually-hidden" role="status" aria-live="polite">{ announcement }</p>
        </main>
    }
}

/// Explains training while no dataset is loaded.
fn welcome(state: &State, controller: &Controller, dispatch: &Callback<Action>) -> Html {
    html! {
        <section class="panel" aria-labelledby="empty-title" data-testid="train-empty">
            <h2 id="empty-title">{ text::EMPTY_TITLE }</h2>
            <p>{ text::EMPTY_TEXT }</p>
            <ol class="lesson">
                for (title, what) in text::EMPTY_STEPS {
                    <li><strong>{ title }</strong><span class="hint">{ what }</span></li>
                }
            </ol>
            <a class="button primary" href={Page::Dataset.fragment()} data-testid="train-to-dataset">{ text::EMPTY_LINK }</a>
            { instead_of_a_set(&state.datasets, controller, dispatch) }
        </section>
    }
}
