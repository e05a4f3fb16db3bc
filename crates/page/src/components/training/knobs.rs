//! Every setting, in groups.

use std::collections::BTreeMap;
use std::rc::Rc;

use yew::{Callback, Html, Properties, component, html};

use super::field::{KnobField, select};
use crate::language::Text;
use crate::state::{Action, DraftAction, Knob, Typed};
use crate::text::training::knobs as text;
use mien_core::network::Architecture;
use mien_core::training::{Balance, Criterion, EarlyStopping, Method, Schedule, Settings};
use mien_protocol::StartFrom;

const BALANCES: [Balance; 3] = [Balance::None, Balance::Weights, Balance::Sampling];
const CRITERIA: [Criterion; 3] = [Criterion::Accuracy, Criterion::MacroF1, Criterion::Loss];

/// What early stopping waits for at first, in epochs.
const PATIENCE: usize = 5;

#[derive(PartialEq, Properties)]
pub struct KnobsProps {
    /// The settings as they are.
    pub settings: Rc<Settings>,
    /// What the run begins from.
    pub from: StartFrom,
    /// What stands in the fields that were typed into.
    pub typed: BTreeMap<Knob, Typed>,
    /// Takes what the visitor does.
    pub dispatch: Callback<Action>,
}

/// The settings but for scope and augmentation.
#[component]
pub fn Knobs(props: &KnobsProps) -> Html {
    let settings = &props.settings;
    let field = |knob: Knob| {
        html! {
            <KnobField
                key={knob.name()}
                {knob}
                settings={Rc::clone(settings)}
                typed={props.typed.get(&knob).cloned()}
                dispatch={props.dispatch.clone()}
            />
        }
    };
    let fields = |knobs: &[Knob]| knobs.iter().map(|&knob| field(knob)).collect::<Html>();
    let method: &[Knob] = match settings.optimizer {
        Method::Sgd { .. } => &[Knob::Momentum],
        Method::Muon { .. } => &[Knob::Momentum, Knob::Rest],
        Method::AdamW { .. } => &[Knob::BetaOne, Knob::BetaTwo],
    };
    html! {
        <div class="groups">
            { group(text::COURSE, html! {
                <>
                    { fields(&[Knob::Epochs, Knob::LearningRate, Knob::Batch]) }
                    { select("schedule", text::SCHEDULE, schedule(settings), edit(props, set_schedule)) }
                    { field(Knob::Rise) }
                    if matches!(settings.schedule, Schedule::Trapezoid { .. }) {
                        { field(Knob::Fall) }
                    }
                </>
            }) }
            { group(text::CHANGE, html! {
                <>
                    { select("optimizer", text::OPTIMIZER, optimizer(settings), edit(props, set_optimizer)) }
                    { fields(method) }
                    { field(Knob::Averaging) }
                </>
            }) }
            { group(text::HEART, fields(&[Knob::WeightDecay, Knob::Dropout, Knob::LabelSmoothing, Knob::Mixup])) }
            { group(text::JUDGE, html! {
                <>
                    { select("balance", text::BALANCE, place(&BALANCES, &settings.balance), edit(props, |settings, index| {
                        settings.balance = BALANCES[index];
                    })) }
                    { select("best-by", text::BEST_BY, place(&CRITERIA, &settings.best_by), edit(props, |settings, index| {
                        settings.best_by = CRITERIA[index];
                    })) }
                    { select("stopping", text::STOPPING, stopping(settings), edit(props, set_stopping)) }
                    if settings.early_stopping.is_some() {
                        { field(Knob::Patience) }
                    }
                </>
            }) }
            { group(text::AMOUNT, html! {
                <>
                    { fields(&[Knob::TrainingImages, Knob::ValidationImages, Knob::Variants, Knob::Seed]) }
                    if props.from == StartFrom::Scratch {
                        { select("network", text::NETWORK, kind(settings), edit(props, set_kind)) }
                        { select("size", text::SIZE, size(settings), edit(props, set_size)) }
                        <p class="hint" data-testid="network-size">{ text::size(&settings.architecture) }</p>
                    }
                </>
            }) }
        </div>
    }
}

fn group(title: Text, fields: Html) -> Html {
    html! {
        <fieldset class="group">
            <legend>{ title }</legend>
            <div class="fields">{ fields }</div>
        </fieldset>
    }
}

/// Changes the settings by the index of a choice.
fn edit(props: &KnobsProps, change: fn(&mut Settings, usize)) -> Callback<usize> {
    props.dispatch.reform(move |index| Action::Draft(DraftAction::Choose(change, index)))
}

fn place<T: PartialEq>(all: &[T], one: &T) -> usize {
    all.iter().position(|each| each == one).unwrap_or_default()
}

const fn schedule(settings: &Settings) -> usize {
    match settings.schedule {
        Schedule::OneCycle { .. } => 0,
        Schedule::Cosine { .. } => 1,
        Schedule::Trapezoid { .. } => 2,
        Schedule::Constant { .. } => 3,
    }
}

fn set_schedule(settings: &mut Settings, index: usize) {
    let warm_up = settings.schedule.rise();
    settings.schedule = match index {
        0 => Schedule::OneCycle { rise: warm_up },
        1 => Schedule::Cosine { warm_up },
        2 => Schedule::Trapezoid { warm_up, fall: ((1.0 - warm_up) * 50.0).round() / 100.0 },
        _ => Schedule::Constant { warm_up },
    };
}

const fn optimizer(settings: &Settings) -> usize {
    match settings.optimizer {
        Method::Sgd { .. } => 0,
        Method::AdamW { .. } => 1,
        Method::Muon { .. } => 2,
    }
}

fn set_optimizer(settings: &mut Settings, index: usize) {
    settings.optimizer = match index {
        0 => Method::Sgd { momentum: 0.9 },
        1 => Method::AdamW { betas: (0.9, 0.999) },
        _ => Method::Muon { momentum: 0.9, rest: 2.0 },
    };
}

fn stopping(settings: &Settings) -> usize {
    settings.early_stopping.map_or(0, |stopping| place(&CRITERIA, &stopping.by) + 1)
}

fn set_stopping(settings: &mut Settings, index: usize) {
    let patience = settings.early_stopping.map_or(PATIENCE, |stopping| stopping.patience);
    settings.early_stopping = index.checked_sub(1).map(|index| EarlyStopping { by: CRITERIA[index], patience });
}

/// What the channels of a network are divided by.
const DIVISORS: [usize; 3] = [1, 2, 4];

/// The network's place among all.
fn kind(settings: &Settings) -> usize {
    let name = settings.architecture.name();
    Architecture::all().iter().position(|one| one.name() == name).unwrap_or_default()
}

fn set_kind(settings: &mut Settings, index: usize) {
    let divisor = DIVISORS.get(size(settings)).copied().unwrap_or(1);
    if let Some(architecture) = Architecture::all().into_iter().nth(index) {
        settings.architecture = architecture.narrow(divisor);
    }
}

fn size(settings: &Settings) -> usize {
    let whole = &Architecture::all()[kind(settings)];
    let is = |divisor| settings.architecture == whole.clone().narrow(divisor);
    DIVISORS.into_iter().position(is).unwrap_or(DIVISORS.len())
}

fn set_size(settings: &mut Settings, index: usize) {
    if let Some(divisor) = DIVISORS.get(index) {
        settings.architecture = Architecture::all()[kind(settings)].clone().narrow(*divisor);
    }
}
