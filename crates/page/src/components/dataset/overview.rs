//! The loaded datasets, and a summary of the selected one.

use std::collections::BTreeMap;
use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::{Callback, Html, Properties, TargetCast, component, html, use_context};

use super::super::built_in::{about_built_in, built_in_sets};
use super::super::icons::{Picture, icon};
use super::another_order::another_order;
use super::buttons::dataset_buttons;
use super::crop_faces::CropFaces;
use crate::controller::Controller;
use crate::format::grouped;
use crate::state::{Action, DatasetAction};
use crate::text::dataset as text;
use mien_core::dataset::{LabelOrder, LoadNote, Split};
use mien_protocol::{DatasetId, DatasetSummary};

#[derive(PartialEq, Properties)]
pub struct OverviewProps {
    /// All sets.
    pub sets: BTreeMap<DatasetId, Rc<DatasetSummary>>,
    /// The selected one.
    pub set: Rc<DatasetSummary>,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// The selected dataset and its buttons.
#[component]
pub fn Overview(props: &OverviewProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let set = &props.set;
    let id = set.id;
    let [training, public, private] =
        Split::ALL.map(|split| set.splits.iter().filter(|&&of| of == split.index() as u8).count());
    let act = |act: fn(&Controller, DatasetId)| {
        let controller = controller.clone();
        Callback::from(move |_| act(&controller, id))
    };
    html! {
        <section
            class="card overview"
            data-testid="dataset-summary"
            data-samples={set.len().to_string()}
            data-training={training.to_string()}
            data-publictest={public.to_string()}
            data-privatetest={private.to_string()}
            data-rejected={set.rejections.count().to_string()}
            data-name={set.name.clone()}
            data-handmade={set.custom.to_string()}
            data-resplit={set.resplit.to_string()}
        >
            <div class="overview-head">
                if props.sets.len() > 1 {
                    { chooser(props) }
                } else {
                    <h2>{ &set.name }</h2>
                }
                <div class="tools">
                    <button
                        type="button"
                        class="button"
                        data-testid="dataset-export"
                        title={text::EXPORT_HINT}
                        disabled={set.is_empty()}
                        onclick={act(|controller, set| controller.dataset.export(set))}
                    >
                        { icon(Picture::Download) }{ text::EXPORT }
                    </button>
                    <button type="button" class="button" data-testid="dataset-close" onclick={act(|controller, set| controller.dataset.close(set))}>
                        { icon(Picture::Close) }{ text::CLOSE }
                    </button>
                </div>
            </div>
            <p class="muted">{ text::summary(set) }</p>
            if !set.is_empty() || set.custom {
                <dl class="split-figures">
                    for (split, count) in Split::ALL.into_iter().zip([training, public, private]) {
                        <div>
                            <dt>{ split.name() }<span>{ text::split_use(split) }</span></dt>
                            <dd>{ grouped(count) }</dd>
                        </div>
                    }
                </dl>
            }
            if set.resplit {
                <p class="muted">{ text::SPLIT_HERE }</p>
            }
            { about_built_in(&set.name) }
            for note in set.notes.iter() {
                <p class="remark">{ icon(Picture::Word) }{ text::note(note) }</p>
            }
            if let Some(order) = label_order(&set.notes).filter(|_| controller.dataset.is_from_files(id)) {
                { another_order(id, order, &controller) }
            }
            if let Some(crops) = &set.crops {
                <CropFaces set={id} crops={crops.clone()} />
            }
            <details class="another">
                <summary>{ text::MORE }</summary>
                { dataset_buttons(false, &controller) }
                { built_in_sets(&controller) }
            </details>
        </section>
    }
}

/// The order in which the integer labels of a dataset were interpreted.
fn label_order(notes: &[LoadNote]) -> Option<&LabelOrder> {
    notes.iter().find_map(|note| match note {
        LoadNote::NumberedLabels { order, .. } => order.as_ref(),
        _ => None,
    })
}

fn chooser(props: &OverviewProps) -> Html {
    let ids: Vec<DatasetId> = props.sets.keys().copied().collect();
    let dispatch = props.dispatch.clone();
    let onchange = Callback::from(move |event: yew::Event| {
        let chosen = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
        if let Some(id) = chosen.and_then(|index| ids.get(usize::try_from(index).ok()?)) {
            dispatch.emit(Action::Dataset(DatasetAction::Select(*id)));
        }
    });
    html! {
        <select class="select" data-testid="dataset-select" aria-label={text::SETS} {onchange}>
            for set in props.sets.values() {
                <option selected={set.id == props.set.id}>{ text::choice(set) }</option>
            }
        </select>
    }
}
