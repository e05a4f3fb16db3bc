//! Numeric settings.

use mien_core::training::{Method, Schedule, Scope, Settings};

/// Maximum integer of a field: all smaller integers are exact in `f64`.
const MAX_INTEGER: f64 = 9_007_199_254_740_991.0;

/// A setting that is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // as the settings call them
pub enum NumericSetting {
    LastStages,
    Epochs,
    LearningRate,
    Batch,
    Slices,
    WarmUp,
    CoolDown,
    Momentum,
    OtherLayersRate,
    BetaOne,
    BetaTwo,
    WeightDecay,
    Dropout,
    LabelSmoothing,
    Mixup,
    Averaging,
    Patience,
    Variants,
    TrainingImages,
    ValidationImages,
    Seed,
    Flip,
    Rotation,
    Scale,
    Shift,
    Brightness,
    Contrast,
    Noise,
    Erasing,
    Occlusion,
    Blur,
    LowResolution,
    Shadow,
}

/// Why a text is not a valid value of a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum InvalidValue {
    /// Not a number.
    NoNumber,
    /// Not a non-negative integer, although the setting requires one.
    NotWhole,
    /// It is out of range.
    Range(Range),
}

/// The valid range of a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// From the first to the second value, inclusive.
    To(f64, f64),
    /// From the first value to less than the second.
    Below(f64, f64),
    /// More than the first value, at most the second.
    Above(f64, f64),
    /// At least this.
    Least(f64),
}

impl Range {
    fn contains(self, value: f64) -> bool {
        match self {
            Self::To(low, high) => value >= low && value <= high,
            Self::Below(low, high) => value >= low && value < high,
            Self::Above(low, high) => value > low && value <= high,
            Self::Least(low) => value >= low,
        }
    }
}

impl NumericSetting {
    /// The augmentation settings.
    pub const AUGMENTATION: [Self; 12] = [
        Self::Flip,
        Self::Rotation,
        Self::Scale,
        Self::Shift,
        Self::Brightness,
        Self::Contrast,
        Self::Noise,
        Self::Erasing,
        Self::Occlusion,
        Self::Blur,
        Self::LowResolution,
        Self::Shadow,
    ];

    /// The value of `data-knob`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LastStages => "last-stages",
            Self::Epochs => "epochs",
            Self::LearningRate => "learning-rate",
            Self::Batch => "batch",
            Self::Slices => "slices",
            Self::WarmUp => "rise",
            Self::CoolDown => "fall",
            Self::Momentum => "momentum",
            Self::OtherLayersRate => "rest",
            Self::BetaOne => "beta-1",
            Self::BetaTwo => "beta-2",
            Self::WeightDecay => "weight-decay",
            Self::Dropout => "dropout",
            Self::LabelSmoothing => "label-smoothing",
            Self::Mixup => "mixup",
            Self::Averaging => "averaging",
            Self::Patience => "patience",
            Self::Variants => "variants",
            Self::TrainingImages => "training-images",
            Self::ValidationImages => "validation-images",
            Self::Seed => "seed",
            Self::Flip => "flip",
            Self::Rotation => "rotation",
            Self::Scale => "scale",
            Self::Shift => "shift",
            Self::Brightness => "brightness",
            Self::Contrast => "contrast",
            Self::Noise => "noise",
            Self::Erasing => "erasing",
            Self::Occlusion => "occlusion",
            Self::Blur => "blur",
            Self::LowResolution => "low-resolution",
            Self::Shadow => "shadow",
        }
    }

    /// Its value; `None` if the setting is unset or does not apply.
    pub fn get(self, settings: &Settings) -> Option<f64> {
        let whole = |value: usize| Some(value as f64);
        match self {
            Self::LastStages => match settings.scope {
                Scope::LastStages(count) => whole(count),
                Scope::Head | Scope::Everything => None,
            },
            Self::Epochs => whole(settings.epochs),
            Self::LearningRate => Some(settings.learning_rate),
            Self::Batch => whole(settings.batch),
            Self::Slices => whole(settings.slices),
            Self::WarmUp => Some(settings.schedule.rise()),
            Self::CoolDown => match settings.schedule {
                Schedule::Trapezoid { fall, .. } => Some(fall),
                _ => None,
            },
            Self::Momentum => match settings.optimizer {
                Method::Sgd { momentum } | Method::Muon { momentum, .. } => Some(momentum),
                Method::AdamW { .. } => None,
            },
            Self::OtherLayersRate => match settings.optimizer {
                Method::Muon { rest, .. } => Some(rest),
                Method::Sgd { .. } | Method::AdamW { .. } => None,
            },
            Self::BetaOne | Self::BetaTwo => match settings.optimizer {
                Method::AdamW { betas } => Some(if self == Self::BetaOne { betas.0 } else { betas.1 }),
                Method::Sgd { .. } | Method::Muon { .. } => None,
            },
            Self::WeightDecay => Some(settings.weight_decay),
            Self::Dropout => settings.dropout,
            Self::LabelSmoothing => Some(settings.label_smoothing),
            Self::Mixup => Some(settings.mixup),
            Self::Averaging => Some(settings.averaging),
            Self::Patience => settings.early_stopping.and_then(|stopping| whole(stopping.patience)),
            Self::Variants => whole(settings.variants),
            Self::TrainingImages => settings.training_images.and_then(whole),
            Self::ValidationImages => settings.validation_images.and_then(whole),
            Self::Seed => Some(settings.seed as f64),
            _ => {
                let mut settings = settings.clone();
                self.strength(&mut settings).map(|strength| f64::from(*strength))
            }
        }
    }

    /// Whether the field may be left empty.
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::Dropout | Self::TrainingImages | Self::ValidationImages)
    }

    /// Whether the value must be an integer.
    pub const fn is_whole(self) -> bool {
        matches!(
            self,
            Self::LastStages
                | Self::Epochs
                | Self::Batch
                | Self::Slices
                | Self::Patience
                | Self::Variants
                | Self::TrainingImages
                | Self::ValidationImages
                | Self::Seed
        )
    }

    /// The range given the other settings: the same as in [`Settings::check`], whose error messages are worded for
    /// files.
    fn range(self, settings: &Settings) -> Range {
        let left = |other: Self| Schedule::left(other.get(settings).unwrap_or_default());
        match self {
            Self::LastStages | Self::TrainingImages | Self::ValidationImages => Range::Least(1.0),
            Self::Epochs | Self::Patience => Range::To(1.0, 10_000.0),
            Self::Batch => Range::To(1.0, 4_096.0),
            Self::Slices => Range::To(0.0, 16.0),
            Self::Variants => Range::To(0.0, 64.0),
            Self::Seed => Range::Least(0.0),
            Self::LearningRate => Range::Above(0.0, 10.0),
            Self::OtherLayersRate => Range::Above(0.0, 100.0),
            Self::WarmUp if left(Self::CoolDown) < 1.0 => Range::To(0.0, left(Self::CoolDown)),
            Self::CoolDown => Range::To(0.0, left(Self::WarmUp)),
            Self::WarmUp
            | Self::Momentum
            | Self::BetaOne
            | Self::BetaTwo
            | Self::Dropout
            | Self::LabelSmoothing
            | Self::Averaging => Range::Below(0.0, 1.0),
            Self::Rotation => Range::To(0.0, 180.0),
            _ => Range::To(0.0, 1.0),
        }
    }

    /// The settings with this value; `None` for an empty field.
    ///
    /// # Errors
    /// Why the value is invalid.
    pub fn accept(self, settings: &Settings, value: Option<f64>) -> Result<Settings, InvalidValue> {
        match value {
            None if !self.is_optional() => return Err(InvalidValue::NoNumber),
            Some(value) if !value.is_finite() => return Err(InvalidValue::NoNumber),
            Some(value) if self.is_whole() && !((0.0..=MAX_INTEGER).contains(&value) && value.fract() == 0.0) => {
                return Err(InvalidValue::NotWhole);
            }
            _ => {}
        }
        let range = self.range(settings);
        if value.is_some_and(|value| !range.contains(value)) {
            return Err(InvalidValue::Range(range));
        }
        let mut settings = settings.clone();
        self.set(&mut settings, value);
        Ok(settings)
    }

    fn set(self, settings: &mut Settings, value: Option<f64>) {
        let number = value.unwrap_or_default();
        let count = number as usize;
        match self {
            Self::LastStages => settings.scope = Scope::LastStages(count),
            Self::Epochs => settings.epochs = count,
            Self::LearningRate => settings.learning_rate = number,
            Self::Batch => settings.batch = count,
            Self::Slices => settings.slices = count,
            Self::WarmUp => match &mut settings.schedule {
                Schedule::OneCycle { rise: share }
                | Schedule::Cosine { warm_up: share }
                | Schedule::Trapezoid { warm_up: share, .. }
                | Schedule::Constant { warm_up: share } => *share = number,
            },
            Self::CoolDown => {
                if let Schedule::Trapezoid { fall, .. } = &mut settings.schedule {
                    *fall = number;
                }
            }
            Self::Momentum => {
                if let Method::Sgd { momentum } | Method::Muon { momentum, .. } = &mut settings.optimizer {
                    *momentum = number;
                }
            }
            Self::OtherLayersRate => {
                if let Method::Muon { rest, .. } = &mut settings.optimizer {
                    *rest = number;
                }
            }
            Self::BetaOne | Self::BetaTwo => {
                if let Method::AdamW { betas } = &mut settings.optimizer {
                    *(if self == Self::BetaOne { &mut betas.0 } else { &mut betas.1 }) = number;
                }
            }
            Self::WeightDecay => settings.weight_decay = number,
            Self::Dropout => settings.dropout = value,
            Self::LabelSmoothing => settings.label_smoothing = number,
            Self::Mixup => settings.mixup = number,
            Self::Averaging => settings.averaging = number,
            Self::Patience => {
                if let Some(stopping) = &mut settings.early_stopping {
                    stopping.patience = count;
                }
            }
            Self::Variants => settings.variants = count,
            Self::TrainingImages => settings.training_images = value.map(|_| count),
            Self::ValidationImages => settings.validation_images = value.map(|_| count),
            Self::Seed => settings.seed = number as u64,
            _ => {
                if let Some(strength) = self.strength(settings) {
                    *strength = number as f32;
                }
            }
        }
    }

    fn strength(self, settings: &mut Settings) -> Option<&mut f32> {
        let augmentation = &mut settings.augmentation;
        Some(match self {
            Self::Flip => &mut augmentation.flip,
            Self::Rotation => &mut augmentation.rotation,
            Self::Scale => &mut augmentation.scale,
            Self::Shift => &mut augmentation.shift,
            Self::Brightness => &mut augmentation.brightness,
            Self::Contrast => &mut augmentation.contrast,
            Self::Noise => &mut augmentation.noise,
            Self::Erasing => &mut augmentation.erasing,
            Self::Occlusion => &mut augmentation.occlusion,
            Self::Blur => &mut augmentation.blur,
            Self::LowResolution => &mut augmentation.low_resolution,
            Self::Shadow => &mut augmentation.shadow,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::tests::ALL;
    use mien_core::training::{Criterion, EarlyStopping};

    #[test]
    fn values_are_taken_in_range_and_refused_out_of_it() {
        let settings = Settings { optimizer: Method::AdamW { betas: (0.9, 0.999) }, ..Settings::default() };
        let accepted =
            |setting: NumericSetting, value| setting.accept(&settings, value).map(|settings| setting.get(&settings));
        assert_eq!(accepted(NumericSetting::LearningRate, Some(0.5)), Ok(Some(0.5)));
        assert_eq!(accepted(NumericSetting::BetaTwo, Some(0.5)), Ok(Some(0.5)));
        assert_eq!(accepted(NumericSetting::Rotation, Some(30.0)), Ok(Some(30.0)));
        assert_eq!(accepted(NumericSetting::Dropout, None), Ok(None));
        assert_eq!(accepted(NumericSetting::TrainingImages, Some(7.0)), Ok(Some(7.0)));
        assert_eq!(accepted(NumericSetting::Seed, Some(3.0)), Ok(Some(3.0)));
        assert_eq!(accepted(NumericSetting::Epochs, Some(2.5)), Err(InvalidValue::NotWhole));
        assert_eq!(accepted(NumericSetting::Epochs, Some(-1.0)), Err(InvalidValue::NotWhole));
        assert_eq!(accepted(NumericSetting::Batch, None), Err(InvalidValue::NoNumber));
        for (setting, value) in [
            (NumericSetting::LearningRate, -1.0),
            (NumericSetting::Epochs, 0.0),
            (NumericSetting::Noise, 2.0),
            (NumericSetting::Mixup, 2.0),
        ] {
            assert!(matches!(accepted(setting, Some(value)), Err(InvalidValue::Range(_))), "{setting:?}");
        }
        assert_eq!(accepted(NumericSetting::BetaOne, Some(1.0)), Err(InvalidValue::Range(Range::Below(0.0, 1.0))));
    }

    #[test]
    fn fields_take_what_settings_take() {
        let variants = [
            (Method::Sgd { momentum: 0.9 }, Schedule::Trapezoid { warm_up: 0.1, fall: 0.9 }),
            (Method::Muon { momentum: 0.9, rest: 10.0 }, Schedule::Trapezoid { warm_up: 0.2, fall: 0.0 }),
            (Method::AdamW { betas: (0.9, 0.999) }, Schedule::OneCycle { rise: 0.15 }),
        ];
        let stopping = Some(EarlyStopping { by: Criterion::Loss, patience: 3 });
        for (optimizer, schedule) in variants {
            let scope = Scope::LastStages(2);
            let settings = Settings { optimizer, schedule, scope, early_stopping: stopping, ..Settings::default() };
            settings.check().unwrap();
            for setting in ALL {
                if setting.get(&settings).is_none() && !setting.is_optional() {
                    continue;
                }
                let (Range::To(low, high) | Range::Below(low, high) | Range::Above(low, high)) =
                    setting.range(&settings)
                else {
                    let mut none = settings.clone();
                    setting.set(&mut none, Some(0.0));
                    assert_eq!(setting.accept(&settings, Some(0.0)).is_ok(), none.check().is_ok(), "{setting:?}");
                    continue;
                };
                let step = if setting.is_whole() { 1.0 } else { 0.001 };
                let high = (high * 1e9).round() / 1e9;
                for value in [low - step, low, low + step, high - step, high, high + step] {
                    let mut changed = settings.clone();
                    setting.set(&mut changed, Some(value));
                    let taken = setting.accept(&settings, Some(value)).is_ok();
                    // no count is below 0
                    let right = changed.check().is_ok() && !(setting.is_whole() && value < 0.0);
                    assert_eq!(taken, right, "{setting:?} of {value} with {schedule:?}");
                }
            }
        }
    }
}
