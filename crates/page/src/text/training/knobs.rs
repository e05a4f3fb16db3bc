//! Texts of the settings.

use super::library::exact as scaled;
use super::{number, plain};
use crate::format::{fixed, percent};
use crate::language::Text;
use crate::state::{Knob, Range, Trouble};
use mien_core::network::Architecture;

pub use crate::language::messages::training::knobs::*;

/// Label, options and explanation of a choice.
pub type Choice<const N: usize> = (Text, [Text; N], Text);

pub const OPTIMIZER: Choice<3> = (OPTIMIZER_LABEL, [OPTIMIZER_SGD, OPTIMIZER_ADAM_W, OPTIMIZER_MUON], OPTIMIZER_HINT);
pub const SCHEDULE: Choice<4> =
    (SCHEDULE_LABEL, [SCHEDULE_ONE_CYCLE, SCHEDULE_COSINE, SCHEDULE_TRAPEZOID, SCHEDULE_CONSTANT], SCHEDULE_HINT);
pub const BALANCE: Choice<3> = (BALANCE_LABEL, [BALANCE_NONE, BALANCE_WEIGHTED, BALANCE_DRAWN], BALANCE_HINT);
pub const STOPPING: Choice<4> =
    (STOPPING_LABEL, [STOPPING_NEVER, STOPPING_ACCURACY, STOPPING_MACRO_F1, STOPPING_LOSS], STOPPING_HINT);
pub const BEST_BY: Choice<3> = (BEST_BY_LABEL, [BEST_BY_ACCURACY, BEST_BY_MACRO_F1, BEST_BY_LOSS], BEST_BY_HINT);
pub const NETWORK: Choice<5> =
    (NETWORK_LABEL, [NETWORK_CNN, NETWORK_VGG, NETWORK_INCEPTION, NETWORK_RES_NET, NETWORK_MOBILE], NETWORK_HINT);
pub const SIZE: Choice<4> = (SIZE_LABEL, [SIZE_WHOLE, SIZE_HALF, SIZE_QUARTER, SIZE_FILE], SIZE_HINT);

/// How large a network is.
pub fn size(architecture: &Architecture) -> String {
    size_numbers(&scaled(architecture.parameters()), &scaled(architecture.multiply_adds()))
}

/// A setting's name.
pub const fn label(knob: Knob) -> Text {
    match knob {
        Knob::LastStages => LABEL_LAST_STAGES,
        Knob::Epochs => LABEL_EPOCHS,
        Knob::LearningRate => LABEL_LEARNING_RATE,
        Knob::Batch => LABEL_BATCH,
        Knob::Rise => LABEL_RISE,
        Knob::Fall => LABEL_FALL,
        Knob::Momentum => LABEL_MOMENTUM,
        Knob::Rest => LABEL_REST,
        Knob::BetaOne => LABEL_BETA_ONE,
        Knob::BetaTwo => LABEL_BETA_TWO,
        Knob::WeightDecay => LABEL_WEIGHT_DECAY,
        Knob::Dropout => LABEL_DROPOUT,
        Knob::LabelSmoothing => LABEL_LABEL_SMOOTHING,
        Knob::Mixup => LABEL_MIXUP,
        Knob::Averaging => LABEL_AVERAGING,
        Knob::Patience => LABEL_PATIENCE,
        Knob::Variants => LABEL_VARIANTS,
        Knob::TrainingImages => LABEL_TRAINING_IMAGES,
        Knob::ValidationImages => LABEL_VALIDATION_IMAGES,
        Knob::Seed => LABEL_SEED,
        Knob::Flip => LABEL_FLIP,
        Knob::Rotation => LABEL_ROTATION,
        Knob::Scale => LABEL_SCALE,
        Knob::Shift => LABEL_SHIFT,
        Knob::Brightness => LABEL_BRIGHTNESS,
        Knob::Contrast => LABEL_CONTRAST,
        Knob::Noise => LABEL_NOISE,
        Knob::Erasing => LABEL_ERASING,
        Knob::Occlusion => LABEL_OCCLUSION,
        Knob::Blur => LABEL_BLUR,
        Knob::LowResolution => LABEL_LOW_RESOLUTION,
        Knob::Shadow => LABEL_SHADOW,
    }
}

/// What a setting does.
pub const fn hint(knob: Knob) -> Text {
    match knob {
        Knob::LastStages => HINT_LAST_STAGES,
        Knob::Epochs => HINT_EPOCHS,
        Knob::LearningRate => HINT_LEARNING_RATE,
        Knob::Batch => HINT_BATCH,
        Knob::Rise => HINT_RISE,
        Knob::Fall => HINT_FALL,
        Knob::Momentum => HINT_MOMENTUM,
        Knob::Rest => HINT_REST,
        Knob::BetaOne => HINT_BETA_ONE,
        Knob::BetaTwo => HINT_BETA_TWO,
        Knob::WeightDecay => HINT_WEIGHT_DECAY,
        Knob::Dropout => HINT_DROPOUT,
        Knob::LabelSmoothing => HINT_LABEL_SMOOTHING,
        Knob::Mixup => HINT_MIXUP,
        Knob::Averaging => HINT_AVERAGING,
        Knob::Patience => HINT_PATIENCE,
        Knob::Variants => HINT_VARIANTS,
        Knob::TrainingImages => HINT_TRAINING_IMAGES,
        Knob::ValidationImages => HINT_VALIDATION_IMAGES,
        Knob::Seed => HINT_SEED,
        Knob::Flip => HINT_FLIP,
        Knob::Rotation => HINT_ROTATION,
        Knob::Scale => HINT_SCALE,
        Knob::Shift => HINT_SHIFT,
        Knob::Brightness => HINT_BRIGHTNESS,
        Knob::Contrast => HINT_CONTRAST,
        Knob::Noise => HINT_NOISE,
        Knob::Erasing => HINT_ERASING,
        Knob::Occlusion => HINT_OCCLUSION,
        Knob::Blur => HINT_BLUR,
        Knob::LowResolution => HINT_LOW_RESOLUTION,
        Knob::Shadow => HINT_SHADOW,
    }
}

/// A strength of augmentation, for people.
pub fn strength(knob: Knob, value: f64) -> String {
    let percent = || percent(value as f32);
    match knob {
        _ if value == 0.0 => OFF.into(),
        Knob::Rotation => up_to_degrees(&fixed(value, 0)),
        Knob::Shift => up_to_pixels(&fixed(value * 48.0, 1)),
        Knob::Scale => up_to(&percent()),
        Knob::Flip | Knob::Erasing | Knob::Occlusion | Knob::Blur | Knob::LowResolution | Knob::Shadow => {
            of_images(&percent())
        }
        _ => percent(),
    }
}

/// Why a text is no value.
pub fn trouble(trouble: &Trouble) -> String {
    match trouble {
        Trouble::NoNumber => TROUBLE_NO_NUMBER.into(),
        Trouble::NotWhole => TROUBLE_NOT_WHOLE.into(),
        Trouble::Range(range) => {
            let (low, high, kind) = match *range {
                Range::To(low, high) => (low, high, "to"),
                Range::Below(low, high) => (low, high, "below"),
                Range::Above(low, high) => (low, high, "above"),
                Range::Least(low) => (low, low, "least"),
            };
            trouble_range(&number(low), &number(high), kind)
        }
    }
}

/// A value as a field shows it.
pub fn value(value: Option<f64>) -> String {
    value.map(number).unwrap_or_default()
}

/// A value as an attribute takes it.
pub fn attribute(value: f64) -> String {
    plain(value)
}
