//! The set that is saved on this device.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html, use_context};

use super::super::icons::{Picture, icon};
use super::super::message::Message;
use crate::controller::Controller;
use crate::language::say;
use crate::text::dataset as text;
use mien_protocol::{DatasetSummary, SavedDataset};

#[derive(PartialEq, Properties)]
pub struct SaveSetProps {
    /// The selected set.
    pub set: Rc<DatasetSummary>,
    /// The saved dataset, once known.
    pub saved: Option<Option<SavedDataset>>,
    /// Whether a set is being saved.
    pub saving: bool,
    /// The error message of the storage.
    pub failure: Option<mien_protocol::Message>,
}

/// Saves a set on this device, and shows what is saved.
#[component]
pub fn SaveSet(props: &SaveSetProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let id = props.set.id;
    let saved = props.saved.clone().flatten();
    let instead_of = saved.as_ref().map(|saved| saved.at);
    let save = Callback::from(move |_| controller.dataset.save(id, instead_of));
    let label = if saved.is_some() { text::SAVE_INSTEAD } else { text::SAVE_SET };
    html! {
        <section class="card">
            <h2>{ text::SAVE }</h2>
            <p class="muted">{ text::SAVE_HINT }</p>
            if let Some(saved) = saved {
                <SavedDatasetView {saved} />
            } else if props.saved.is_some() {
                <p data-testid="dataset-kept" data-samples="0">{ text::NOTHING_SAVED }</p>
            }
            <div class="tools">
                <button
                    type="button"
                    class="button"
                    data-testid="dataset-keep"
                    disabled={props.saving || props.set.is_empty()}
                    onclick={save}
                >
                    { icon(Picture::Save) }{ label }
                </button>
                if props.saving {
                    <span class="keeping" role="status"><span class="spinner" aria-hidden="true"></span>{ text::SAVING }</span>
                }
            </div>
            if let Some(failure) = &props.failure {
                <Message
                    kind="storage-failed"
                    error={true}
                    what={text::STORAGE_FAILED}
                    remedy={text::STORAGE_REMEDY}
                    detail={Some(yew::AttrValue::from(say(failure)))}
                />
            }
        </section>
    }
}

#[derive(PartialEq, Properties)]
pub struct SavedDatasetViewProps {
    /// The saved dataset.
    pub saved: SavedDataset,
}

/// The saved dataset with buttons to load or delete it.
#[component]
pub fn SavedDatasetView(props: &SavedDatasetViewProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let restore = {
        let (controller, name) = (controller.clone(), props.saved.name.clone());
        Callback::from(move |_| controller.dataset.restore(name.clone()))
    };
    let at = props.saved.at;
    let delete = Callback::from(move |_| controller.dataset.delete_saved(at));
    html! {
        <div class="kept">
            <p data-testid="dataset-kept" data-samples={props.saved.samples.to_string()} data-bytes={props.saved.bytes.to_string()}>
                { text::saved_set_facts(&props.saved) }
            </p>
            <div class="tools">
                <button type="button" class="button" data-testid="dataset-restore" onclick={restore}>
                    { icon(Picture::Undo) }{ text::LOAD_SAVED }
                </button>
                <button type="button" class="button" data-testid="dataset-forget" onclick={delete}>
                    { icon(Picture::Trash) }{ text::DELETE_SAVED }
                </button>
            </div>
        </div>
    }
}
