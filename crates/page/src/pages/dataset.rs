//! The Dataset page.

use std::rc::Rc;

use yew::{AttrValue, Callback, Html, Properties, component, html, use_context, use_effect_with, use_memo};

use crate::components::dataset::{
    AddImages, ClassDistribution, Closed, Duplicates, Failed, Filters, Grid, LabelOrderTable, MeanFaces,
    NearDuplicates, Overview, Progress, Rejected, SaveSet, Splits, Viewer, Welcome,
};
use crate::components::{EngineFailure, Message};
use crate::controller::Controller;
use crate::hooks::use_announcement;
use crate::language::say;
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
    use_effect_with((), move |()| {
        if let Some(controller) = controller {
            controller.dataset.request_saved();
        }
    });
    let announcement = use_announcement(announcement(datasets));
    let dispatch = &props.dispatch;
    html! {
        <main class="dataset" id={Page::CONTENT} tabindex="-1">
            <h1>{ text::TITLE }</h1>
            if let EngineState::Failed(problem) = &props.state.engine {
                <EngineFailure problem={problem.clone()} />
            }
            if let Some(loading) = datasets.loading.clone() {
                <Progress {loading} />
            }
            if let Some(failure) = datasets.failure.clone() {
                <Failed {failure} others={!datasets.sets.is_empty()} dispatch={dispatch.clone()} />
            }
            if let Some(sheet) = datasets.sheet.clone() {
                <LabelOrderTable {sheet} dispatch={dispatch.clone()} />
            }
            if let Some(name) = &datasets.closed {
                <Closed name={AttrValue::from(Rc::clone(name))} dispatch={dispatch.clone()} />
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
                    <Welcome saved={datasets.saved.clone().flatten()} />
                }
                if let Some(failure) = &datasets.storage_failure {
                    <Message
                        kind="storage-failed"
                        error={true}
                        what={text::STORAGE_FAILED}
                        remedy={text::STORAGE_REMEDY}
                        detail={Some(AttrValue::from(say(failure)))}
                    />
                }
            }
            <p class="visually-hidden" role="status" aria-live="polite">{ announcement }</p>
        </main>
    }
}

/// The announcement for screen readers: the start and the result of loading. The progress bar reports the progress
/// itself, and a question about the labels takes the focus.
fn announcement(datasets: &Datasets) -> String {
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
            <Images
                datasets={datasets.clone()}
                set={Rc::clone(set)}
                shown={Rc::clone(&shown)}
                predicted={predictions.is_some()}
                dispatch={dispatch.clone()}
            />
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
                    <SaveSet
                        set={Rc::clone(set)}
                        saved={datasets.saved.clone()}
                        saving={datasets.saving}
                        failure={datasets.storage_failure.clone()}
                    />
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

#[derive(PartialEq, Properties)]
struct ImagesProps {
    datasets: Datasets,
    set: Rc<DatasetSummary>,
    shown: Rc<Vec<u32>>,
    predicted: bool,
    dispatch: Callback<Action>,
}

#[component]
fn Images(props: &ImagesProps) -> Html {
    let ImagesProps { datasets, set, shown, dispatch, .. } = props;
    html! {
        <section class="card images" id={crate::components::dataset::IMAGES_ID} tabindex="-1">
            <div class="card-head">
                <h2>{ text::IMAGES_TITLE }</h2>
                <span class="muted number" role="status" data-testid="dataset-shown">{ text::shown(shown.len(), set.len()) }</span>
            </div>
            <Filters set={Rc::clone(set)} filter={datasets.filter.clone()} predicted={props.predicted} dispatch={dispatch.clone()} />
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
