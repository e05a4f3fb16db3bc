//! Every setting, in groups.

use std::collections::BTreeMap;

use yew::{Callback, Html, html};

use super::field::{select, setting_field};
use crate::language::Text;
use crate::state::{Action, DraftAction, FieldText, NumericSetting};
use crate::text::training::settings as text;
use mien_core::network::Architecture;
use mien_core::training::{Balance, Criterion, EarlyStopping, Method, Schedule, Settings};
use mien_protocol::StartFrom;

const BALANCES: [Balance; 3] = [Balance::None, Balance::Weights, Balance::Sampling];
const CRITERIA: [Criterion; 3] = [Criterion::Accuracy, Criterion::MacroF1, Criterion::Loss];

/// The default patience of early stopping, in epochs.
const PATIENCE: usize = 5;

/// All settings except scope and augmentation, where `typed` are the texts of edited fields.
pub fn settings_form(
    settings: &Settings,
    from: StartFrom,
    typed: &BTreeMap<NumericSetting, FieldText>,
    dispatch: &Callback<Action>,
) -> Html {
    let field = |setting: NumericSetting| setting_field(setting, settings, typed.get(&setting), dispatch);
    let fields = |names: &[NumericSetting]| names.iter().map(|&setting| field(setting)).collect::<Html>();
    let method: &[NumericSetting] = match settings.optimizer {
        Method::Sgd { .. } => &[NumericSetting::Momentum],
        Method::Muon { .. } => &[NumericSetting::Momentum, NumericSetting::OtherLayersRate],
        Method::AdamW { .. } => &[NumericSetting::BetaOne, NumericSetting::BetaTwo],
    };
    html! {
        <div class="groups">
            { group(text::GROUP_SCHEDULE, html! {
                <>
                    { fields(&[NumericSetting::Epochs, NumericSetting::LearningRate, NumericSetting::Batch]) }
                    { select("schedule", text::SCHEDULE, schedule(settings), edit(dispatch, set_schedule)) }
                    { field(NumericSetting::WarmUp) }
                    if matches!(settings.schedule, Schedule::Trapezoid { .. }) {
                        { field(NumericSetting::CoolDown) }
                    }
                </>
            }) }
            { group(text::GROUP_OPTIMIZATION, html! {
                <>
                    { select("optimizer", text::OPTIMIZER, optimizer(settings), edit(dispatch, set_optimizer)) }
                    { fields(method) }
                    { field(NumericSetting::Averaging) }
                </>
            }) }
            { group(text::GROUP_REGULARIZATION, fields(&[NumericSetting::WeightDecay, NumericSetting::Dropout, NumericSetting::LabelSmoothing, NumericSetting::Mixup])) }
            { group(text::GROUP_SELECTION, html! {
                <>
                    { select("balance", text::BALANCE, index_of(&BALANCES, &settings.balance), edit(dispatch, |settings, index| {
                        settings.balance = BALANCES[index];
                    })) }
                    { select("best-by", text::BEST_BY, index_of(&CRITERIA, &settings.best_by), edit(dispatch, |settings, index| {
                        settings.best_by = CRITERIA[index];
                    })) }
                    { select("stopping", text::STOPPING, stopping(settings), edit(dispatch, set_stopping)) }
                    if settings.early_stopping.is_some() {
                        { field(NumericSetting::Patience) }
                    }
                </>
            }) }
            { group(text::GROUP_DATA, html! {
                <>
                    { fields(&[NumericSetting::TrainingImages, NumericSetting::ValidationImages, NumericSetting::Variants, NumericSetting::Slices, NumericSetting::Seed]) }
                    if from == StartFrom::Scratch {
                        { select("network", text::NETWORK, kind(settings), edit(dispatch, set_kind)) }
                        { select("size", text::SIZE, size(settings), edit(dispatch, set_size)) }
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

/// Applies a change by the index of the selected option.
fn edit(dispatch: &Callback<Action>, change: fn(&mut Settings, usize)) -> Callback<usize> {
    dispatch.reform(move |index| Action::Draft(DraftAction::Choose(change, index)))
}

fn index_of<T: PartialEq>(all: &[T], one: &T) -> usize {
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
    settings.early_stopping.map_or(0, |stopping| index_of(&CRITERIA, &stopping.by) + 1)
}

fn set_stopping(settings: &mut Settings, index: usize) {
    let patience = settings.early_stopping.map_or(PATIENCE, |stopping| stopping.patience);
    settings.early_stopping = index.checked_sub(1).map(|index| EarlyStopping { by: CRITERIA[index], patience });
}

/// The divisors of the number of channels that can be selected.
const DIVISORS: [usize; 3] = [1, 2, 4];

/// The index of the architecture.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_reads_back_as_it_was_made() {
        let mut settings = Settings::default();
        for index in 0..4 {
            set_schedule(&mut settings, index);
            assert_eq!(schedule(&settings), index);
            set_stopping(&mut settings, index);
            assert_eq!(stopping(&settings), index);
        }
        for index in 0..3 {
            set_optimizer(&mut settings, index);
            assert_eq!(optimizer(&settings), index);
        }
        for index in 0..Architecture::all().len() {
            for divisor in 0..DIVISORS.len() {
                set_kind(&mut settings, index);
                set_size(&mut settings, divisor);
                assert_eq!((kind(&settings), size(&settings)), (index, divisor));
                assert!(settings.check().is_ok());
            }
        }
    }

    #[test]
    fn other_choices_are_left_alone() {
        let mut settings = Settings { schedule: Schedule::OneCycle { rise: 0.2 }, ..Settings::default() };
        set_schedule(&mut settings, 2);
        assert_eq!(settings.schedule, Schedule::Trapezoid { warm_up: 0.2, fall: 0.4 }, "half of what is left");
        settings.early_stopping = Some(EarlyStopping { by: Criterion::Loss, patience: 9 });
        set_stopping(&mut settings, 1);
        assert_eq!(settings.early_stopping, Some(EarlyStopping { by: Criterion::Accuracy, patience: 9 }));
        set_size(&mut settings, 2);
        set_kind(&mut settings, 1);
        assert_eq!(size(&settings), 2, "another architecture keeps the width");
        let before = settings.clone();
        set_kind(&mut settings, 99);
        set_size(&mut settings, 99);
        assert_eq!(settings, before, "there is no such choice");
    }

    #[test]
    fn the_longest_warm_up_leaves_room_for_a_cool_down() {
        for rise in [0.0, 0.5, 0.999] {
            let mut settings = Settings { schedule: Schedule::Constant { warm_up: rise }, ..Settings::default() };
            set_schedule(&mut settings, 2);
            assert!(settings.check().is_ok(), "{rise}");
        }
    }
}
