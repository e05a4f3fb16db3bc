//! The networks to choose from.

use std::rc::Rc;

use web_sys::{File, HtmlSelectElement};
use yew::{Callback, Html, Properties, TargetCast, classes, component, html, use_context, use_state_eq};

use crate::components::file::{FileButton, file_button};
use crate::components::icons::{Picture, icon};
use crate::components::rename::Rename;
use crate::components::training::onnx;
use crate::controller::Controller;
use crate::language::{Text, isolated, say};
use crate::settings::Page;
use crate::text::training::library as text;
use mien_core::number::fixed;
use mien_protocol::{NetworkEntry, NetworkFormat, NetworkId};

/// The id of the built-in network.
const SHIPPED: NetworkId = 0;

/// File formats to choose from, with their names.
const FORMS: [(NetworkFormat, Text); 6] = [
    (NetworkFormat::Full, text::FULL),
    (NetworkFormat::Half, text::HALF),
    (NetworkFormat::BurnFull, text::BURN_FULL),
    (NetworkFormat::BurnHalf, text::BURN_HALF),
    (NetworkFormat::Onnx, text::ONNX),
    (NetworkFormat::OnnxPixels, text::ONNX_PIXELS),
];

#[derive(PartialEq, Properties)]
pub struct LibraryProps {
    /// All networks.
    pub networks: Rc<Vec<NetworkEntry>>,
    /// The active network.
    pub active: NetworkId,
    /// The network that was deleted last.
    pub deleted: Option<(NetworkId, Rc<str>)>,
}

/// The list of networks, with download and upload.
#[component]
pub fn Library(props: &LibraryProps) -> Html {
    let form = use_state_eq(NetworkFormat::default);
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let save = {
        let (controller, active, form) = (controller.clone(), props.active, *form);
        move |_| controller.networks.export(active, form)
    };
    let load = {
        let controller = controller.clone();
        Callback::from(move |files: Vec<File>| {
            if let Some(file) = files.first() {
                controller.networks.load(file);
            }
        })
    };
    let choose = {
        let form = form.clone();
        move |event: yew::Event| {
            let index = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
            let chosen = index.and_then(|index| FORMS.get(usize::try_from(index).ok()?));
            form.set(chosen.map(|(form, _)| *form).unwrap_or_default());
        }
    };
    // the format is for the others
    let has_onnx = props.networks.iter().any(|entry| entry.summary.is_onnx());
    html! {
        <section class="panel library" aria-labelledby="library-title" data-testid="networks" data-used={props.active.to_string()}>
            <h2 id="library-title">{ text::TITLE }</h2>
            <p class="hint">{ text::LEAD }</p>
            if props.networks.is_empty() {
                <p>{ text::NONE }</p>
            }
            <ul>
                for entry in props.networks.iter() {
                    <Network
                        key={entry.id}
                        entry={entry.clone()}
                        active={entry.id == props.active}
                        form={*form}
                    />
                }
            </ul>
            if let Some((id, name)) = props.deleted.clone() {
                <p class="deleted" role="status">
                    { text::deleted(&name) }{ " " }
                    <button type="button" class="button" data-testid="network-undo" onclick={
                        let controller = controller.clone();
                        move |_| controller.networks.restore(id)
                    }>
                        { text::UNDO }
                    </button>
                </p>
            }
            <div class="tools">
                <button type="button" class="button" data-testid="weights-save" disabled={props.networks.is_empty()} onclick={save}>
                    { icon(Picture::Download) }{ text::DOWNLOAD_ACTIVE }
                </button>
                <select
                    class="select"
                    data-testid="weights-precision"
                    aria-label={text::FORM}
                    aria-describedby={has_onnx.then_some("weights-as-they-are")}
                    onchange={choose}
                >
                    for (offered, words) in FORMS {
                        <option selected={*form == offered}>{ words }</option>
                    }
                </select>
                {
                    file_button(FileButton {
                        hint: Some(text::LOAD_HINT),
                        panel: Some(onnx::PANEL),
                        ..FileButton::new("weights-load", text::LOAD, Picture::Save, load)
                    })
                }
            </div>
            if has_onnx {
                <p class="hint" id="weights-as-they-are" data-testid="weights-as-they-are">{ text::AS_THEY_ARE }</p>
            }
            <p class="hint">{ text::LOAD_HINT }</p>
            if props.networks.len() > 1 {
                <p><a href={Page::Evaluation.fragment()}>{ text::COMPARE }</a></p>
            }
        </section>
    }
}

#[derive(PartialEq, Properties)]
struct NetworkProps {
    entry: NetworkEntry,
    active: bool,
    form: NetworkFormat,
}

#[component]
fn Network(props: &NetworkProps) -> Html {
    let renaming = use_state_eq(|| false);
    let Some(controller) = use_context::<Controller>() else { return Html::default() };
    let entry = &props.entry;
    let (id, name) = (entry.id, text::name(entry).to_owned());
    let act = |act: Rc<dyn Fn(&Controller)>| {
        let controller = controller.clone();
        Callback::from(move |_| act(&controller))
    };
    let button = |testid: &'static str, words: Text, onclick: Callback<yew::MouseEvent>| {
        html! {
            <button type="button" class="button" data-testid={testid} aria-label={text::action_on(words, &name)} {onclick}>
                { words }
            </button>
        }
    };
    let form_id = format!("network-rename-{id}");
    let rename = {
        let renaming = renaming.clone();
        move |_| renaming.set(!*renaming)
    };
    let renamed = {
        let (controller, renaming) = (controller.clone(), renaming.clone());
        move |name: Option<String>| {
            renaming.set(false);
            if let Some(name) = name {
                controller.networks.rename(id, name);
            }
        }
    };
    let (form, copied) = (props.form, name.clone());
    let set_saved = {
        let (controller, saved) = (controller.clone(), entry.saved);
        move |_| controller.networks.set_saved(id, !saved)
    };
    let delete = {
        let name = name.clone();
        act(Rc::new(move |controller| controller.networks.delete(id, name.clone())))
    };
    let summary = &entry.summary;
    let download = if summary.is_onnx() { text::DOWNLOAD_AS_IT_IS } else { text::DOWNLOAD };
    html! {
        <li
            class={classes!("network", props.active.then_some("used"))}
            data-testid="network"
            data-network={id.to_string()}
            data-name={name.clone()}
            data-used={props.active.to_string()}
            data-kept={entry.saved.to_string()}
            data-accuracy={summary.validation_accuracy.map(|accuracy| fixed(accuracy, 6))}
        >
            if *renaming {
                <Rename
                    id={form_id.clone()}
                    name={name.clone()}
                    label={text::NAME}
                    testid="network-name"
                    longest="80"
                    button={Some((text::RENAME_DONE, "network-renamed"))}
                    done={renamed}
                />
            } else {
                <h3>
                    { isolated(&name).into_owned() }
                    if props.active {
                        { " " }<span class="badge">{ text::ACTIVE }</span>
                    }
                </h3>
            }
            <p>{ text::accuracy(summary) }</p>
            <p class="hint">{ text::facts(entry) }</p>
            if let Some(description) = &summary.description {
                <p class="hint description">{ say(description) }</p>
            }
            <div class="tools small">
                if !props.active {
                    { button("network-use", text::USE, act(Rc::new(move |controller| controller.activate_network(id)))) }
                }
                { button("network-save", download, act(Rc::new(move |controller| controller.networks.export(id, form)))) }
                { button("network-duplicate", text::DUPLICATE, act(Rc::new(move |controller| controller.networks.duplicate(id, text::copy(&copied))))) }
                if id == SHIPPED {
                    <span class="hint">{ text::SHIPPED }</span>
                } else {
                    <button
                        type="button"
                        class="button"
                        data-testid="network-rename"
                        data-panel={form_id}
                        aria-expanded={(*renaming).to_string()}
                        aria-label={text::action_on(text::RENAME, &name)}
                        onclick={rename}
                    >
                        { text::RENAME }
                    </button>
                    { button("network-delete", text::DELETE, delete) }
                    <label class="inline">
                        <input
                            type="checkbox"
                            data-testid="network-keep"
                            aria-label={text::action_on(text::SAVE_ON_DEVICE, &name)}
                            checked={entry.saved}
                            onchange={set_saved}
                        />
                        { text::SAVE_ON_DEVICE }
                    </label>
                }
            </div>
        </li>
    }
}
