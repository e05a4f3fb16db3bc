//! The settings that are numbers.

use crate::training::{Method, Schedule, Scope, Settings};

/// The largest whole number that a field takes: all below are exact.
const LARGEST: f64 = 9_007_199_254_740_991.0;

/// A setting that is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // as the settings call them
pub enum Knob {
    LastStages,
    Epochs,
    LearningRate,
    Batch,
    Rise,
    Fall,
    Momentum,
    Rest,
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

/// Why a text is no value for a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is no number.
    NoNumber,
    /// It is no whole number of at least 0, as it has to be.
    NotWhole,
    /// It is out of range, in words.
    Range(String),
}

impl Knob {
    /// Those of augmentation.
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

    /// As `data-knob` writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LastStages => "last-stages",
            Self::Epochs => "epochs",
            Self::LearningRate => "learning-rate",
            Self::Batch => "batch",
            Self::Rise => "rise",
            Self::Fall => "fall",
            Self::Momentum => "momentum",
            Self::Rest => "rest",
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

    /// Its value; `None` where settings have none, or where it is left to something else.
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
            Self::Rise => Some(settings.schedule.rise()),
            Self::Fall => match settings.schedule {
                Schedule::Trapezoid { fall, .. } => Some(fall),
                _ => None,
            },
            Self::Momentum => match settings.optimizer {
                Method::Sgd { momentum } | Method::Muon { momentum, .. } => Some(momentum),
                Method::AdamW { .. } => None,
            },
            Self::Rest => match settings.optimizer {
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

    /// Whether only whole numbers make sense.
    pub const fn is_whole(self) -> bool {
        matches!(
            self,
            Self::LastStages
                | Self::Epochs
                | Self::Batch
                | Self::Patience
                | Self::Variants
                | Self::TrainingImages
                | Self::ValidationImages
                | Self::Seed
        )
    }

    /// The settings with this value, which is `None` for an empty field.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn accept(self, settings: &Settings, value: Option<f64>) -> Result<Settings, Trouble> {
        match value {
            None if !self.is_optional() => return Err(Trouble::NoNumber),
            Some(value) if !value.is_finite() => return Err(Trouble::NoNumber),
            Some(value) if self.is_whole() && !((0.0..=LARGEST).contains(&value) && value.fract() == 0.0) => {
                return Err(Trouble::NotWhole);
            }
            _ => {}
        }
        let mut settings = settings.clone();
        self.set(&mut settings, value);
        settings.check().map(|()| settings).map_err(Trouble::Range)
    }

    fn set(self, settings: &mut Settings, value: Option<f64>) {
        let number = value.unwrap_or_default();
        let count = number as usize;
        match self {
            Self::LastStages => settings.scope = Scope::LastStages(count),
            Self::Epochs => settings.epochs = count,
            Self::LearningRate => settings.learning_rate = number,
            Self::Batch => settings.batch = count,
            Self::Rise => match &mut settings.schedule {
                Schedule::OneCycle { rise: share }
                | Schedule::Cosine { warm_up: share }
                | Schedule::Trapezoid { warm_up: share, .. }
                | Schedule::Constant { warm_up: share } => *share = number,
            },
            Self::Fall => {
                if let Schedule::Trapezoid { fall, .. } = &mut settings.schedule {
                    *fall = number;
                }
            }
            Self::Momentum => {
                if let Method::Sgd { momentum } | Method::Muon { momentum, .. } = &mut settings.optimizer {
                    *momentum = number;
                }
            }
            Self::Rest => {
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

    #[test]
    fn values_are_taken_in_range_and_refused_out_of_it() {
        let settings = Settings { optimizer: Method::AdamW { betas: (0.9, 0.999) }, ..Settings::default() };
        let accepted = |knob: Knob, value| knob.accept(&settings, value).map(|settings| knob.get(&settings));
        assert_eq!(accepted(Knob::LearningRate, Some(0.5)), Ok(Some(0.5)));
        assert_eq!(accepted(Knob::BetaTwo, Some(0.5)), Ok(Some(0.5)));
        assert_eq!(accepted(Knob::Rotation, Some(30.0)), Ok(Some(30.0)));
        assert_eq!(accepted(Knob::Dropout, None), Ok(None));
        assert_eq!(accepted(Knob::TrainingImages, Some(7.0)), Ok(Some(7.0)));
        assert_eq!(accepted(Knob::Seed, Some(3.0)), Ok(Some(3.0)));
        assert_eq!(accepted(Knob::Epochs, Some(2.5)), Err(Trouble::NotWhole));
        assert_eq!(accepted(Knob::Epochs, Some(-1.0)), Err(Trouble::NotWhole));
        assert_eq!(accepted(Knob::Batch, None), Err(Trouble::NoNumber));
        for (knob, value) in [(Knob::LearningRate, -1.0), (Knob::Epochs, 0.0), (Knob::Noise, 2.0), (Knob::Mixup, 2.0)] {
            assert!(matches!(accepted(knob, Some(value)), Err(Trouble::Range(_))), "{knob:?}");
        }
    }
}
