//! The dataset that is saved on this device.

use yew::{AttrValue, Callback, Html, html};

use super::super::icons::{Picture, icon};
use super::super::message::{Message, message};
use crate::controller::Controller;
use crate::language::say;
use crate::state::Datasets;
use crate::text::dataset as text;
use mien_protocol::{DatasetSummary, SavedDataset};

/// Saves a set on this device, and shows what is saved.
pub fn save_set(set: &DatasetSummary, datasets: &Datasets, controller: &Controller) -> Html {
    let id = set.id;
    let saved = datasets.saved.as_ref().and_then(Option::as_ref);
    let instead_of = saved.map(|saved| saved.at);
    let save = {
        let controller = controller.clone();
        Callback::from(move |_| controller.dataset.save(id, instead_of))
    };
    let label = if saved.is_some() { text::SAVE_INSTEAD } else { text::SAVE_SET };
    html! {
        <section class="card">
            <h2>{ text::SAVE }</h2>
            <p class="muted">{ text::SAVE_HINT }</p>
            if let Some(saved) = saved {
                { saved_dataset(saved, controller) }
            } else if datasets.saved.is_some() {
                <p data-testid="dataset-kept" data-samples="0">{ text::NOTHING_SAVED }</p>
            }
            <div class="tools">
                <button
                    type="button"
                    class="button"
                    data-testid="dataset-keep"
                    disabled={datasets.saving || set.is_empty()}
                    onclick={save}
                >
                    { icon(Picture::Save) }{ label }
                </button>
                if datasets.saving {
                    <span class="keeping" role="status"><span class="spinner" aria-hidden="true"></span>{ text::SAVING }</span>
                }
            </div>
            if let Some(failure) = &datasets.storage_failure {
                { storage_failure(failure) }
            }
        </section>
    }
}

/// The message that a set could not be saved, loaded or deleted.
pub fn storage_failure(failure: &mien_protocol::Message) -> Html {
    message(Message {
        detail: Some(AttrValue::from(say(failure))),
        ..Message::error("storage-failed", text::STORAGE_FAILED, text::STORAGE_REMEDY)
    })
}

/// The saved dataset with buttons to load or delete it.
pub fn saved_dataset(saved: &SavedDataset, controller: &Controller) -> Html {
    let restore = {
        let (controller, name) = (controller.clone(), saved.name.clone());
        Callback::from(move |_| controller.dataset.restore(name.clone()))
    };
    let (controller, at) = (controller.clone(), saved.at);
    let delete = Callback::from(move |_| controller.dataset.delete_saved(at));
    html! {
        <div class="kept">
            <p data-testid="dataset-kept" data-samples={saved.samples.to_string()} data-bytes={saved.bytes.to_string()}>
                { text::saved_set_facts(saved) }
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
