//! The setup of the next run: initial weights, layers to train, settings, and the start button.

use std::collections::BTreeMap;
use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::{Callback, Html, Properties, TargetCast, component, html, use_context, use_memo, use_state_eq};

use super::choices::{RadioOption, choices};
use super::cross::CrossStart;
use super::field::{setting_field, strength};
use super::form::settings_form;
use super::preview::Preview;
use crate::components::dataset::{group_by, near_progress};
use crate::components::icons::{Picture, icon};
use crate::components::{FileButton, Message, file_button, message};
use crate::controller::Controller;
use crate::language::{Text, say};
use crate::settings::Page;
use crate::state::{Action, DatasetAction, DraftAction, DraftContext, NumericSetting, Training};
use crate::text::{labelled, training as text};
use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_core::training::{Preset, Scope, Settings};
use mien_protocol::{DatasetId, DatasetSummary, Document, NearDuplicateStatus, StartFrom};

/// Number of preview images.
const PREVIEWED: usize = 8;

/// The number of stages that "Last stages" trains by default.
const SOME_STAGES: usize = 1;

/// The properties of the selected dataset that training depends on.
#[derive(Clone, PartialEq)]
struct Basis {
    /// Number of Training images.
    training: usize,
    /// Number of PublicTest images.
    validation: usize,
    /// Classes without a Training image.
    missing: Vec<Expression>,
    /// Training images for the preview.
    some: Rc<[u32]>,
}

impl Basis {
    /// Computes them for a dataset.
    fn of(set: &DatasetSummary) -> Self {
        let training = set.of_split(Split::Training);
        let mut seen = [false; Expression::COUNT];
        for class in training.iter().filter_map(|&sample| set.label(sample as usize)) {
            seen[class.index()] = true;
        }
        let missing = Expression::ALL.into_iter().filter(|class| !seen[class.index()]).collect();
        // Evenly from the whole, in the middle of its part each.
        let count = training.len().min(PREVIEWED);
        let some = (0..count).map(|index| training[(2 * index + 1) * training.len() / (2 * count)]).collect();
        Self { training: training.len(), validation: set.of_split(Split::PublicTest).len(), missing, some }
    }
}

#[derive(PartialEq, Properties)]
pub struct SetupProps {
    /// The selected dataset.
    pub set: Rc<DatasetSummary>,
    /// All datasets.
    pub sets: BTreeMap<DatasetId, Rc<DatasetSummary>>,
    /// The search for near duplicates in the selected dataset.
    pub near: Option<Rc<NearDuplicateStatus>>,
    /// The training state.
    pub training: Training,
    /// Whether the engine is ready.
    pub ready: bool,
    /// Whether training runs on the CPU.
    pub cpu: bool,
    /// Receives user actions.
    pub dispatch: Callback<Action>,
}

/// Dataset, preset, initial weights and layers; all other settings are collapsed.
#[component]
pub fn Setup(props: &SetupProps) -> Html {
    let controller = use_context::<Controller>();
    let varying = use_state_eq(|| false);
    let basis = use_memo(Rc::clone(&props.set), |set| Basis::of(set));
    let Some(controller) = controller else { return Html::default() };
    let draft = &props.training.draft;
    let context = DraftContext { images: basis.training, cpu: props.cpu };
    let settings = draft.settings(context);
    let toggle = {
        let varying = varying.clone();
        move |event: yew::Event| {
            let details = event.target_dyn_into::<web_sys::Element>();
            varying.set(details.is_some_and(|details| details.has_attribute("open")));
        }
    };
    html! {
        <section class="panel setup" aria-labelledby="setup-title">
            <h2 id="setup-title">{ if props.training.run.is_some() { text::NEXT_SETUP } else { text::SETUP } }</h2>
            { sets(props, &basis) }
            { group_by(&props.set, &controller) }
            { presets(props, context) }
            { from(props, draft.from()) }
            { scope(props, &settings) }
            if draft.from() == StartFrom::Scratch && settings.scope != Scope::Everything {
                <p class="caution">{ icon(Picture::Warning) }{ text::SCRATCH_HEAD }</p>
            }
            <details class="fold" data-testid="train-more">
                <summary>{ text::MORE }</summary>
                { settings_form(&settings, draft.from(), &draft.typed, &props.dispatch) }
                { files(&controller, &settings) }
                { run_file(&controller) }
            </details>
            <details class="fold" data-testid="train-vary" ontoggle={toggle}>
                <summary>{ text::AUGMENTATION }</summary>
                <div class="fields">
                    for setting in NumericSetting::AUGMENTATION {
                        { strength(setting, &settings, &props.dispatch) }
                    }
                </div>
                if *varying && props.ready && !basis.some.is_empty() {
                    <Preview
                        set={props.set.id}
                        samples={Rc::clone(&basis.some)}
                        augmentation={settings.augmentation.clone()}
                        pixels={props.training.preview.clone()}
                    />
                }
            </details>
            { start(props, &controller, &basis, &settings) }
            <CrossStart
                    set={props.set.id}
                    from={draft.from()}
                    settings={Rc::clone(&settings)}
                    typed={draft.folds.clone()}
                    enabled={can_start(props, &basis)}
                    dispatch={props.dispatch.clone()}
                />
        </section>
    }
}

fn can_start(props: &SetupProps, basis: &Basis) -> bool {
    let training = &props.training;
    let is_valid = !training.draft.is_wrong() && !training.starts_from_onnx();
    props.ready && basis.training > 0 && !training.starting && is_valid
}

fn start(props: &SetupProps, controller: &Controller, basis: &Basis, settings: &Rc<Settings>) -> Html {
    let training = &props.training;
    let onclick = {
        let (controller, settings) = (controller.clone(), Rc::clone(settings));
        let (set, from) = (props.set.id, training.draft.from());
        move |_| controller.training.start(set, from, Settings::clone(&settings))
    };
    let obstacle = match () {
        () if !props.ready => Some(text::NOT_READY),
        () if basis.training == 0 => Some(text::NO_TRAINING),
        () if training.draft.is_wrong() => Some(text::INVALID_SETTING),
        () if training.starts_from_onnx() => Some(text::onnx::NOT_TRAINED),
        () => None,
    };
    html! {
        <div class="start">
            <button
                type="button"
                class="button primary"
                data-testid="train-start"
                disabled={!can_start(props, basis)}
                {onclick}
            >
                if training.starting {
                    <span class="spinner" />{ text::STARTING }
                } else {
                    { icon(Picture::Play) }{ text::START }
                }
            </button>
            <p class="hint" role={obstacle.map(|_| "status")}>
                { match obstacle {
                    Some(obstacle) => obstacle,
                    None if training.starting => text::STARTING_HINT,
                    None => text::STORED_HINT,
                } }
            </p>
            if let (true, Some(&NearDuplicateStatus::Running { done, total })) = (training.starting, props.near.as_deref()) {
                <p class="hint">{ text::NEAR_DUPLICATES_FIRST }</p>
                { near_progress(props.set.id, done, total, controller) }
            }
            if let Some(reason) = &training.failure {
                { message(Message::error("training-failed", text::failed(&say(reason)), text::FAILED_REMEDY)) }
            }
        </div>
    }
}

fn sets(props: &SetupProps, basis: &Basis) -> Html {
    let ids: Vec<DatasetId> = props.sets.keys().copied().collect();
    let onchange = props.dispatch.reform(move |event: yew::Event| {
        let index = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.selected_index());
        let id = index.and_then(|index| ids.get(usize::try_from(index).ok()?)).copied();
        Action::Dataset(DatasetAction::Select(id.unwrap_or_default()))
    });
    html! {
        <div class="set">
            <div class="field">
                <label for="train-set">{ text::SET }</label>
                <div class="tools">
                    <select class="select" id="train-set" data-testid="train-set" {onchange}>
                        for set in props.sets.values() {
                            <option selected={set.id == props.set.id}>{ &set.name }</option>
                        }
                    </select>
                    <a href={Page::Dataset.fragment()}>{ text::SET_LINK }</a>
                </div>
            </div>
            <p class="hint" data-testid="train-images" data-training={basis.training.to_string()}>
                { text::images(basis.training, basis.validation) }
            </p>
            if basis.training > 0 && !basis.missing.is_empty() {
                <p class="caution" data-testid="train-missing">
                    { icon(Picture::Warning) }{ text::missing(&basis.missing) }
                </p>
            }
        </div>
    }
}

fn presets(props: &SetupProps, context: DraftContext) -> Html {
    let state = &props.training.draft;
    let current = state.preset(context);
    let back = props.dispatch.reform(move |_| Action::Draft(DraftAction::Preset(current)));
    let options = Preset::ALL.map(|preset| RadioOption {
        testid: preset.name(),
        title: text::preset(preset).into(),
        text: text::preset_text(preset),
        more: html! {
            if state.edited.is_some() {
                <p class="changed">
                    { text::CHANGED }{ " " }
                    <button type="button" class="link" data-testid="preset-back" onclick={back.clone()}>
                        { text::BACK_TO_PRESET }
                    </button>
                </p>
            }
        },
    });
    let chosen = Preset::ALL.iter().position(|preset| *preset == current).unwrap_or_default();
    let choose = props.dispatch.reform(|index: usize| Action::Draft(DraftAction::Preset(Preset::ALL[index])));
    choices("preset", text::PRESETS, options.into(), chosen, &choose)
}

fn from(props: &SetupProps, from: StartFrom) -> Html {
    let training = &props.training;
    let active = training.networks.iter().find(|network| network.id == training.active);
    let title = match active {
        Some(network) => labelled(text::FROM_NETWORK, text::library::name(network)),
        None => text::FROM_NETWORK.into(),
    };
    let option = |testid, title: String, text| RadioOption { testid, title, text, more: Html::default() };
    let options = vec![
        option("from-network", title, text::FROM_NETWORK_TEXT),
        option("from-scratch-weights", text::FROM_SCRATCH.into(), text::FROM_SCRATCH_TEXT),
    ];
    let choose = props.dispatch.reform(|index| {
        Action::Draft(DraftAction::From(if index == 0 { StartFrom::Network } else { StartFrom::Scratch }))
    });
    choices("from", text::FROM, options, usize::from(from == StartFrom::Scratch), &choose)
}

fn scope(props: &SetupProps, settings: &Settings) -> Html {
    let stages = NumericSetting::LastStages;
    let field = setting_field(stages, settings, props.training.draft.typed.get(&stages), &props.dispatch);
    let option = |testid, title: Text, text, more| RadioOption { testid, title: title.into(), text, more };
    let options = vec![
        option("scope-head", text::SCOPE_HEAD, text::SCOPE_HEAD_TEXT, Html::default()),
        option("scope-last", text::SCOPE_LAST, text::SCOPE_LAST_TEXT, field),
        option("scope-everything", text::SCOPE_ALL, text::SCOPE_ALL_TEXT, Html::default()),
    ];
    let chosen = match settings.scope {
        Scope::Head => 0,
        Scope::LastStages(_) => 1,
        Scope::Everything => 2,
    };
    let choose = props.dispatch.reform(|index| Action::Draft(DraftAction::Choose(set_scope, index)));
    choices("scope", text::SCOPE, options, chosen, &choose)
}

fn run_file(controller: &Controller) -> Html {
    let controller = controller.clone();
    let open = Callback::from(move |files: Vec<web_sys::File>| {
        if let Some(file) = files.first() {
            controller.training.open_checkpoint(file);
        }
    });
    html! {
        <fieldset class="group">
            <legend>{ text::CHECKPOINT_FILE }</legend>
            <div class="tools">
                { file_button(FileButton::new("run-open", text::CHECKPOINT_OPEN, Picture::Save, open)) }
            </div>
            <p class="hint">{ text::CHECKPOINT_FILE_TEXT }</p>
        </fieldset>
    }
}

fn set_scope(settings: &mut Settings, index: usize) {
    settings.scope = match index {
        0 => Scope::Head,
        1 => Scope::LastStages(SOME_STAGES),
        _ => Scope::Everything,
    };
}

fn files(controller: &Controller, settings: &Rc<Settings>) -> Html {
    let save = {
        let (controller, settings) = (controller.clone(), Rc::clone(settings));
        move |_| controller.documents.save(Document::Settings(Box::new((*settings).clone())))
    };
    let controller = controller.clone();
    let load = Callback::from(move |files: Vec<web_sys::File>| {
        if let Some(file) = files.into_iter().next() {
            controller.documents.load_settings(file);
        }
    });
    html! {
        <fieldset class="group">
            <legend>{ text::SETTINGS_FILE }</legend>
            <div class="tools">
                <button type="button" class="button" data-testid="settings-save" onclick={save}>
                    { icon(Picture::Download) }{ text::SETTINGS_SAVE }
                </button>
                {
                    file_button(FileButton {
                        accept: Some(".json,application/json"),
                        ..FileButton::new("settings-load", text::SETTINGS_LOAD, Picture::Save, load)
                    })
                }
            </div>
            <p class="hint">{ text::SETTINGS_FILE_TEXT }</p>
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{happy, set};

    #[test]
    fn a_set_is_counted_by_split_and_its_missing_classes_named() {
        let basis = Basis::of(&set(
            1,
            "set",
            &[
                (Expression::Happy, Split::Training),
                (Expression::Sad, Split::Training),
                (Expression::Fear, Split::PublicTest),
                (Expression::Fear, Split::PrivateTest),
            ],
        ));
        assert_eq!((basis.training, basis.validation), (2, 1));
        assert_eq!(basis.missing.len(), 5);
        assert!(basis.missing.contains(&Expression::Fear), "it is only in other splits");
    }

    #[test]
    fn previewed_images_are_spread_over_the_set() {
        let some = |count| Basis::of(&happy(1, count)).some.to_vec();
        assert_eq!(some(0), [0; 0]);
        assert_eq!(some(3), [0, 1, 2]);
        assert_eq!(some(80), [5, 15, 25, 35, 45, 55, 65, 75]);
    }

    #[test]
    fn scopes_are_chosen_by_place() {
        let mut settings = Settings::default();
        for (index, scope) in [Scope::Head, Scope::LastStages(SOME_STAGES), Scope::Everything].into_iter().enumerate() {
            set_scope(&mut settings, index);
            assert_eq!(settings.scope, scope);
        }
    }
}
