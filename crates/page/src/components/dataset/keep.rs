//! The set that is kept on this device.

use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html, use_context};

use super::super::icons::{Icon, Picture};
use super::super::message::Message;
use crate::controller::Controller;
use crate::text::dataset as text;
use mien_protocol::{SetSummary, StoredSet};

#[derive(PartialEq, Properties)]
pub struct KeepProps {
    /// The set looked at.
    pub set: Rc<SetSummary>,
    /// The set that is kept, where that is known.
    pub kept: Option<Option<StoredSet>>,
    /// Whether a set is being kept.
    pub keeping: bool,
    /// What the storage said when it refused.
    pub failure: Option<Rc<str>>,
}

/// Keeps a set on this device, and says what is kept.
#[component]
pub fn Keep(props: &KeepProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let id = props.set.id;
    let kept = props.kept.clone().flatten();
    let instead_of = kept.as_ref().map(|kept| kept.at);
    let keep = Callback::from(move |_| controller.keep_set(id, instead_of));
    let label = if kept.is_some() { text::KEEP_INSTEAD } else { text::KEEP_BUTTON };
    html! {
        <section class="card">
            <h2>{ text::KEEP }</h2>
            <p class="muted">{ text::KEEP_HINT }</p>
            if let Some(kept) = kept {
                <Kept {kept} />
            } else if props.kept.is_some() {
                <p data-testid="dataset-kept" data-samples="0">{ text::KEPT_NOTHING }</p>
            }
            <div class="tools">
                <button
                    type="button"
                    class="button"
                    data-testid="dataset-keep"
                    disabled={props.keeping || props.set.is_empty()}
                    onclick={keep}
                >
                    <Icon picture={Picture::Keep} />{ label }
                </button>
                if props.keeping {
                    <span class="keeping" role="status"><span class="spinner" aria-hidden="true"></span>{ text::KEEPING }</span>
                }
            </div>
            if let Some(failure) = props.failure.as_deref() {
                <Message
                    kind="storage-failed"
                    error={true}
                    what={text::STORAGE_FAILED}
                    remedy={text::STORAGE_REMEDY}
                    detail={Some(yew::AttrValue::from(failure.to_owned()))}
                />
            }
        </section>
    }
}

#[derive(PartialEq, Properties)]
pub struct KeptProps {
    /// What is kept.
    pub kept: StoredSet,
}

/// The set that is kept: loaded or deleted with one click.
#[component]
pub fn Kept(props: &KeptProps) -> Html {
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let restore = {
        let (controller, name) = (controller.clone(), props.kept.name.clone());
        Callback::from(move |_| controller.restore_set(name.clone()))
    };
    let at = props.kept.at;
    let forget = Callback::from(move |_| controller.forget_set(at));
    html! {
        <div class="kept">
            <p data-testid="dataset-kept" data-samples={props.kept.samples.to_string()} data-bytes={props.kept.bytes.to_string()}>
                { text::kept(&props.kept) }
            </p>
            <div class="tools">
                <button type="button" class="button" data-testid="dataset-restore" onclick={restore}>
                    <Icon picture={Picture::Undo} />{ text::LOAD_KEPT }
                </button>
                <button type="button" class="button" data-testid="dataset-forget" onclick={forget}>
                    <Icon picture={Picture::Trash} />{ text::FORGET }
                </button>
            </div>
        </div>
    }
}
