//! The Dataset page.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html, use_context, use_effect_with, use_memo};

use crate::components::dataset::{
    AddImages, ClassDistribution, Duplicates, Grid, LabelOrderTable, MeanFaces, NearDuplicates, Overview, Rejected,
    Splits, Viewer, closed, failed, filters, progress, save_set, storage_failure, welcome,
};
use crate::components::engine_failure;
use crate::controller::Controller;
use crate::hooks::use_announcement;
use crate::settings::Page;
use crate::state::{Action, Datasets, EngineState, Known, State};
use crate::text::dataset as text;
use mien_core::expression::Expression;
use mien_protocol::DatasetSummary;

#[derive(PartialEq, Properties)]
pub struct DatasetPageProps {
    /// The page's state.
    pub state: State,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The Dataset page.
#[component]
pub fn DatasetPage(props: &DatasetPageProps) -> Html {
    let datasets = &props.state.datasets;
    let controller = use_context::<Controller>();
    {
        let controller = controller.clone();
        use_effect_with((), move |()| {
            if let Some(controller) = controller {
                controller.dataset.request_saved();
            }
        });
    }
    let announcement = use_announcement(announcement(datasets));
    let Some(controller) = controller else { return Html::default() };
    let dispatch = &props.dispatch;
    html! {
        <main class="dataset" id={Page::CONTENT} tabindex="-1">
            <h1>{ text::TITLE }</h1>
            if let EngineState::Failed(problem) = &props.state.engine {
                { engine_failure(problem, &controller) }
            }
            if let Some(loading) = &datasets.loading {
                { progress(loading, &controller) }
            }
            if let Some(failure) = &datasets.failure {
                { failed(failure, !datasets.sets.is_empty(), dispatch) }
            }
            if let Some(sheet) = datasets.sheet.clone() {
                <LabelOrderTable {sheet} dispatch={dispatch.clone()} />
            }
            if let Some(name) = &datasets.closed {
                { closed(name, &controller, dispatch) }
            }
            if let Some(set) = datasets.selected() {
                <Overview sets={datasets.sets.clone()} set={Rc::clone(set)} dispatch={dispatch.clone()} />
                if set.custom {
                    <AddImages
                        set={Rc::clone(set)}
                        capture={datasets.capture.clone()}
                        stream={props.state.stream.clone()}
                        engine={props.state.engine.clone()}
                        dispatch={dispatch.clone()}
                    />
                }
                if !set.is_empty() {
                    <Explored datasets={datasets.clone()} set={Rc::clone(set)} dispatch={dispatch.clone()} />
                }
            } else {
                if datasets.loading.is_none() && datasets.sheet.is_none() {
                    { welcome(datasets.saved.as_ref().and_then(Option::as_ref), &controller) }
                }
                if let Some(failure) = &datasets.storage_failure {
                    { storage_failure(failure) }
                }
            }
            <p class="visually-hidden" role="status" aria-live="polite">{ announcement }</p>
        </main>
    }
}

/// The announcement for screen readers: the start and the result of loading. The progress bar reports the progress
/// itself, and a question about the labels takes the focus.
pub(super) fn announcement(datasets: &Datasets) -> String {
    match (&datasets.loading, datasets.selected()) {
        (Some(loading), _) => text::loading(&loading.name),
        (None, Some(set)) if !set.custom => text::loaded(set),
        _ => String::new(),
    }
}

#[derive(PartialEq, Properties)]
struct ExploredProps {
    datasets: Datasets,
    set: Rc<DatasetSummary>,
    dispatch: Callback<Action>,
}

/// Everything about a loaded dataset.
#[component]
fn Explored(props: &ExploredProps) -> Html {
    let ExploredProps { datasets, set, dispatch } = props;
    let controller = use_context::<Controller>();
    let found = datasets.exploration().cloned();
    let near = datasets.near.get(&set.id).cloned();
    let predictions = datasets.predictions.get(&set.id).cloned();
    let shown = use_memo(
        (Rc::clone(set), found.clone(), near.clone(), predictions.clone(), datasets.filter.clone()),
        |(set, found, near, predictions, filter)| {
            let (exploration, near, predictions) = (found.as_deref(), near.as_deref(), predictions.as_deref());
            filter.of(set, Known { exploration, near, predictions })
        },
    );
    let Some(controller) = controller else { return Html::default() };
    let predicted = |sample: u32| {
        let class = predictions.as_ref().and_then(|classes| classes.get(sample as usize)).copied();
        class.and_then(|class| Expression::from_index(usize::from(class)))
    };
    html! {
        <>
            <div class="pair">
                <ClassDistribution set={Rc::clone(set)} dispatch={dispatch.clone()} />
                <MeanFaces set={Rc::clone(set)} found={found.clone()} />
            </div>
            { images(datasets, set, &shown, predictions.is_some(), dispatch) }
            <div class="pair">
                <div class="stack">
                    <Duplicates set={Rc::clone(set)} found={found.clone()} arrivals={datasets.arrivals} dispatch={dispatch.clone()} />
                    <NearDuplicates
                        set={Rc::clone(set)}
                        found={found.clone()}
                        {near}
                        arrivals={datasets.arrivals}
                        dispatch={dispatch.clone()}
                    />
                </div>
                <div class="stack">
                    <Splits set={Rc::clone(set)} />
                    { save_set(set, datasets, &controller) }
                </div>
            </div>
            <Rejected set={Rc::clone(set)} />
            if let Some(sample) = datasets.open {
                <Viewer
                    set={Rc::clone(set)}
                    {sample}
                    {shown}
                    {found}
                    predicted={predicted(sample)}
                    neighbours={datasets.neighbours.clone()}
                    arrivals={datasets.arrivals}
                    dispatch={dispatch.clone()}
                />
            }
        </>
    }
}

/// The images of a set that fit the filter, by the indices in `shown`.
fn images(
    datasets: &Datasets,
    set: &Rc<DatasetSummary>,
    shown: &Rc<Vec<u32>>,
    predictions: bool,
    dispatch: &Callback<Action>,
) -> Html {
    html! {
        <section class="card images" id={crate::components::dataset::IMAGES_ID} tabindex="-1">
            <div class="card-head">
                <h2>{ text::IMAGES_TITLE }</h2>
                <span class="muted number" role="status" data-testid="dataset-shown">{ text::shown(shown.len(), set.len()) }</span>
            </div>
            { filters(set, &datasets.filter, predictions, dispatch) }
            if shown.is_empty() {
                <p class="muted">{ text::NONE_FIT }</p>
            } else {
                <Grid
                    set={Rc::clone(set)}
                    filter={datasets.filter.clone()}
                    shown={Rc::clone(shown)}
                    open={datasets.open}
                    arrivals={datasets.arrivals}
                    dispatch={dispatch.clone()}
                />
            }
        </section>
    }
}
