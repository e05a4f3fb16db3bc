//! The draft of the next training run. Until a setting is changed, the settings are those of the preset for the
//! selected dataset.
//!
//! An action contains the change, not the resulting settings: two actions in a row may be based on the same rendered
//! state, and the second must not undo the first.

mod setting;

use std::collections::BTreeMap;
use std::rc::Rc;

use mien_core::training::{Preset, Settings};
use mien_protocol::StartFrom;

pub use setting::Range;
pub use setting::{InvalidValue, NumericSetting};

/// From this number of training images, the fastest preset is the default on a CPU.
const LARGE: usize = 2_000;

/// The draft of the next training run.
#[derive(Clone, Default, PartialEq)]
pub struct Draft {
    /// The selected preset; `None` for the default.
    pub chosen: Option<Preset>,
    /// The selected initial weights; `None` for the preset's.
    pub from: Option<StartFrom>,
    /// The settings, once they differ from the preset's.
    pub edited: Option<Rc<Settings>>,
    /// The texts of edited fields, which are kept as typed.
    pub typed: BTreeMap<NumericSetting, FieldText>,
    /// The number of folds of a cross-validation as typed; `None` for the default.
    pub folds: Option<Rc<str>>,
}

/// The text of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldText {
    /// The text as typed.
    pub text: Rc<str>,
    /// Why it is not a valid value.
    pub invalid: Option<InvalidValue>,
}

/// What the default settings depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftContext {
    /// Number of training images of the selected dataset.
    pub images: usize,
    /// Whether the engine computes on the CPU.
    pub cpu: bool,
}

/// User actions on the draft.
pub enum DraftAction {
    /// Chooses a preset.
    Preset(Preset),
    /// Chooses the initial weights.
    From(StartFrom),
    /// Loads settings from a file.
    Load(Box<Settings>),
    /// Selects an option, by index.
    Choose(fn(&mut Settings, usize), usize),
    /// Edits a field; the value is what the text parses to.
    Type(NumericSetting, Rc<str>, Option<f64>),
    /// Moves a slider to a value.
    Slide(NumericSetting, Option<f64>),
    /// Leaves a field.
    Leave(NumericSetting),
    /// Types the number of folds.
    Folds(Rc<str>),
}

impl Draft {
    /// The selected or default preset.
    pub fn preset(&self, DraftContext { images, cpu }: DraftContext) -> Preset {
        self.chosen.unwrap_or(if cpu && images > LARGE { Preset::Demo } else { Preset::FineTune })
    }

    /// The effective settings.
    pub fn settings(&self, context: DraftContext) -> Rc<Settings> {
        match &self.edited {
            Some(settings) => Rc::clone(settings),
            None => Rc::new(Settings::preset(self.preset(context), context.images)),
        }
    }

    /// The effective initial weights.
    pub fn from(&self) -> StartFrom {
        self.from.unwrap_or(match self.chosen {
            Some(Preset::FromScratch) => StartFrom::Scratch,
            Some(Preset::Demo | Preset::FineTune) | None => StartFrom::Network,
        })
    }

    /// Whether a field contains an invalid text.
    pub fn is_wrong(&self) -> bool {
        self.typed.values().any(|typed| typed.invalid.is_some())
    }

    /// Applies an action.
    pub fn apply(&mut self, action: DraftAction, context: DraftContext) {
        match action {
            DraftAction::Preset(preset) => {
                *self = Self { chosen: Some(preset), folds: self.folds.take(), ..Self::default() };
            }
            DraftAction::Folds(folds) => self.folds = Some(folds),
            DraftAction::From(from) => self.from = Some(from),
            DraftAction::Load(settings) => {
                self.edited = Some(Rc::from(settings));
                self.typed.clear();
            }
            DraftAction::Choose(change, index) => {
                let mut settings = self.settings(context);
                change(Rc::make_mut(&mut settings), index);
                self.edited = Some(settings);
                self.typed.clear();
            }
            DraftAction::Type(setting, text, value) => {
                let invalid = self.set(setting, value, context).err();
                self.typed.insert(setting, FieldText { text, invalid });
            }
            DraftAction::Slide(setting, value) => drop(self.set(setting, value, context)),
            DraftAction::Leave(setting) => {
                if self.typed.get(&setting).is_some_and(|typed| typed.invalid.is_none()) {
                    self.typed.remove(&setting);
                }
            }
        }
    }

    fn set(&mut self, setting: NumericSetting, value: Option<f64>, context: DraftContext) -> Result<(), InvalidValue> {
        let settings = setting.accept(&self.settings(context), value)?;
        self.edited = Some(Rc::new(settings));
        Ok(())
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Every setting that is a number.
    pub const ALL: [NumericSetting; 33] = [
        NumericSetting::LastStages,
        NumericSetting::Epochs,
        NumericSetting::LearningRate,
        NumericSetting::Batch,
        NumericSetting::Slices,
        NumericSetting::WarmUp,
        NumericSetting::CoolDown,
        NumericSetting::Momentum,
        NumericSetting::OtherLayersRate,
        NumericSetting::BetaOne,
        NumericSetting::BetaTwo,
        NumericSetting::WeightDecay,
        NumericSetting::Dropout,
        NumericSetting::LabelSmoothing,
        NumericSetting::Mixup,
        NumericSetting::Averaging,
        NumericSetting::Patience,
        NumericSetting::Variants,
        NumericSetting::TrainingImages,
        NumericSetting::ValidationImages,
        NumericSetting::Seed,
        NumericSetting::Flip,
        NumericSetting::Rotation,
        NumericSetting::Scale,
        NumericSetting::Shift,
        NumericSetting::Brightness,
        NumericSetting::Contrast,
        NumericSetting::Noise,
        NumericSetting::Erasing,
        NumericSetting::Occlusion,
        NumericSetting::Blur,
        NumericSetting::LowResolution,
        NumericSetting::Shadow,
    ];

    const SMALL: DraftContext = DraftContext { images: 500, cpu: true };

    fn apply<const N: usize>(draft: &mut Draft, actions: [DraftAction; N]) {
        actions.into_iter().for_each(|action| draft.apply(action, SMALL));
    }

    #[test]
    fn settings_follow_the_set_until_they_are_changed() {
        let mut draft = Draft::default();
        let large = DraftContext { images: 28_709, cpu: true };
        assert_eq!(draft.preset(large), Preset::Demo);
        assert_eq!(*draft.settings(SMALL), Settings::preset(Preset::FineTune, 500));
        apply(&mut draft, [DraftAction::Preset(Preset::FromScratch)]);
        assert_eq!(draft.from(), StartFrom::Scratch);
        apply(
            &mut draft,
            [
                DraftAction::Type(NumericSetting::Epochs, "3".into(), Some(3.0)),
                DraftAction::Type(NumericSetting::Batch, "".into(), None),
            ],
        );
        assert_eq!(draft.settings(large).epochs, 3);
        apply(&mut draft, [DraftAction::Leave(NumericSetting::Epochs), DraftAction::Leave(NumericSetting::Batch)]);
        assert!(draft.is_wrong() && !draft.typed.contains_key(&NumericSetting::Epochs));
        apply(&mut draft, [DraftAction::Preset(Preset::Demo)]);
        assert!(!draft.is_wrong() && draft.edited.is_none());
    }

    #[test]
    fn the_number_of_folds_is_no_setting_of_a_preset() {
        let mut draft = Draft::default();
        apply(&mut draft, [DraftAction::Folds("3".into()), DraftAction::Preset(Preset::Demo)]);
        assert_eq!((draft.folds.as_deref(), draft.edited, draft.chosen), (Some("3"), None, Some(Preset::Demo)));
    }

    #[test]
    fn changes_in_a_row_leave_each_other_alone() {
        let mut draft = Draft::default();
        apply(
            &mut draft,
            [
                DraftAction::Preset(Preset::FromScratch),
                DraftAction::Choose(|settings, index| settings.batch = index, 7),
                DraftAction::Type(NumericSetting::Epochs, "3".into(), Some(3.0)),
                DraftAction::Slide(NumericSetting::Rotation, Some(30.0)),
                DraftAction::Slide(NumericSetting::Noise, Some(-1.0)),
                DraftAction::Type(NumericSetting::Seed, "5".into(), Some(5.0)),
            ],
        );
        let mut expected = Settings::preset(Preset::FromScratch, 500);
        (expected.batch, expected.epochs, expected.seed) = (7, 3, 5);
        expected.augmentation.rotation = 30.0;
        assert_eq!(*draft.settings(SMALL), expected);
        assert_eq!(draft.typed[&NumericSetting::Epochs].text, "3".into(), "a slider leaves what is being typed");
    }

    #[test]
    fn names_in_attributes_are_all_different() {
        let names: std::collections::BTreeSet<&str> = ALL.iter().map(|setting| setting.name()).collect();
        assert_eq!(names.len(), ALL.len());
    }

    #[test]
    fn the_start_follows_the_preset_until_it_is_chosen() {
        let mut draft = Draft::default();
        assert_eq!(draft.from(), StartFrom::Network);
        apply(&mut draft, [DraftAction::Preset(Preset::FromScratch), DraftAction::From(StartFrom::Network)]);
        assert_eq!(draft.from(), StartFrom::Network);
        apply(&mut draft, [DraftAction::Preset(Preset::FromScratch)]);
        assert_eq!(draft.from(), StartFrom::Scratch, "a preset brings its own start back");
    }

    #[test]
    fn the_quick_preset_is_for_large_sets_on_a_cpu() {
        let preset = |images, cpu| Draft::default().preset(DraftContext { images, cpu });
        assert_eq!((preset(LARGE, true), preset(LARGE + 1, true)), (Preset::FineTune, Preset::Demo));
        assert_eq!(preset(LARGE + 1, false), Preset::FineTune);
    }

    #[test]
    fn settings_from_a_file_replace_all_that_was_typed() {
        let mut draft = Draft::default();
        let loaded = Settings { epochs: 77, ..Settings::default() };
        apply(
            &mut draft,
            [
                DraftAction::Type(NumericSetting::Batch, "x".into(), Some(f64::NAN)),
                DraftAction::Load(Box::new(loaded.clone())),
            ],
        );
        assert!(!draft.is_wrong() && draft.typed.is_empty());
        assert_eq!(*draft.settings(SMALL), loaded);
    }

    #[test]
    fn invalid_texts_stay_with_their_reason_and_change_nothing() {
        for (text, value, invalid) in [
            ("", None, InvalidValue::NoNumber),
            ("x", Some(f64::NAN), InvalidValue::NoNumber),
            ("1e999", Some(f64::INFINITY), InvalidValue::NoNumber),
            ("2.5", Some(2.5), InvalidValue::NotWhole),
            ("-1", Some(-1.0), InvalidValue::NotWhole),
            ("1e300", Some(1e300), InvalidValue::NotWhole),
            ("0", Some(0.0), InvalidValue::Range(Range::To(1.0, 10_000.0))),
        ] {
            let mut draft = Draft::default();
            let before = draft.settings(SMALL);
            apply(&mut draft, [DraftAction::Type(NumericSetting::Epochs, text.into(), value)]);
            assert_eq!(draft.typed[&NumericSetting::Epochs].invalid, Some(invalid), "{text}");
            assert!(draft.is_wrong() && *draft.settings(SMALL) == *before && draft.edited.is_none());
            apply(&mut draft, [DraftAction::Leave(NumericSetting::Epochs)]);
            assert!(draft.is_wrong(), "the visitor may mend it");
            apply(
                &mut draft,
                [
                    DraftAction::Type(NumericSetting::Epochs, "3".into(), Some(3.0)),
                    DraftAction::Leave(NumericSetting::Epochs),
                ],
            );
            assert!(!draft.is_wrong() && draft.typed.is_empty());
        }
    }

    #[test]
    fn optional_settings_may_be_left_empty() {
        for setting in ALL {
            let mut draft = Draft::default();
            apply(&mut draft, [DraftAction::Type(setting, "".into(), None)]);
            assert_eq!(draft.is_wrong(), !setting.is_optional(), "{setting:?}");
        }
    }
}
