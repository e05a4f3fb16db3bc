//! Texts of the settings.

use super::library::exact as scaled;
use super::{number, plain};
use crate::format::{fixed, percent};
use crate::language::Text;
use crate::state::{InvalidValue, NumericSetting, Range};
use mien_core::network::Architecture;

pub use crate::language::messages::training::settings::*;

/// Label, options and explanation of a choice.
pub type Choice<const N: usize> = (Text, [Text; N], Text);

pub const OPTIMIZER: Choice<3> = (OPTIMIZER_LABEL, [OPTIMIZER_SGD, OPTIMIZER_ADAM_W, OPTIMIZER_MUON], OPTIMIZER_HINT);
pub const SCHEDULE: Choice<4> =
    (SCHEDULE_LABEL, [SCHEDULE_ONE_CYCLE, SCHEDULE_COSINE, SCHEDULE_TRAPEZOID, SCHEDULE_CONSTANT], SCHEDULE_HINT);
pub const BALANCE: Choice<3> = (BALANCE_LABEL, [BALANCE_NONE, BALANCE_WEIGHTED, BALANCE_SAMPLING], BALANCE_HINT);
pub const STOPPING: Choice<4> =
    (STOPPING_LABEL, [STOPPING_NEVER, STOPPING_ACCURACY, STOPPING_MACRO_F1, STOPPING_LOSS], STOPPING_HINT);
pub const BEST_BY: Choice<3> = (BEST_BY_LABEL, [BEST_BY_ACCURACY, BEST_BY_MACRO_F1, BEST_BY_LOSS], BEST_BY_HINT);
pub const NETWORK: Choice<5> =
    (NETWORK_LABEL, [NETWORK_CNN, NETWORK_VGG, NETWORK_INCEPTION, NETWORK_RES_NET, NETWORK_MOBILE], NETWORK_HINT);
pub const SIZE: Choice<4> = (SIZE_LABEL, [SIZE_WHOLE, SIZE_HALF, SIZE_QUARTER, SIZE_FILE], SIZE_HINT);

/// The number of parameters and multiply-adds of a network.
pub fn size(architecture: &Architecture) -> String {
    size_facts(&scaled(architecture.parameters()), &scaled(architecture.multiply_adds()))
}

/// A setting's name.
pub const fn label(setting: NumericSetting) -> Text {
    match setting {
        NumericSetting::LastStages => LABEL_LAST_STAGES,
        NumericSetting::Epochs => LABEL_EPOCHS,
        NumericSetting::LearningRate => LABEL_LEARNING_RATE,
        NumericSetting::Batch => LABEL_BATCH,
        NumericSetting::WarmUp => LABEL_WARM_UP,
        NumericSetting::CoolDown => LABEL_COOL_DOWN,
        NumericSetting::Momentum => LABEL_MOMENTUM,
        NumericSetting::OtherLayersRate => LABEL_OTHER_LAYERS_RATE,
        NumericSetting::BetaOne => LABEL_BETA_ONE,
        NumericSetting::BetaTwo => LABEL_BETA_TWO,
        NumericSetting::WeightDecay => LABEL_WEIGHT_DECAY,
        NumericSetting::Dropout => LABEL_DROPOUT,
        NumericSetting::LabelSmoothing => LABEL_LABEL_SMOOTHING,
        NumericSetting::Mixup => LABEL_MIXUP,
        NumericSetting::Averaging => LABEL_AVERAGING,
        NumericSetting::Patience => LABEL_PATIENCE,
        NumericSetting::Slices => LABEL_SLICES,
        NumericSetting::Variants => LABEL_VARIANTS,
        NumericSetting::TrainingImages => LABEL_TRAINING_IMAGES,
        NumericSetting::ValidationImages => LABEL_VALIDATION_IMAGES,
        NumericSetting::Seed => LABEL_SEED,
        NumericSetting::Flip => LABEL_FLIP,
        NumericSetting::Rotation => LABEL_ROTATION,
        NumericSetting::Scale => LABEL_SCALE,
        NumericSetting::Shift => LABEL_SHIFT,
        NumericSetting::Brightness => LABEL_BRIGHTNESS,
        NumericSetting::Contrast => LABEL_CONTRAST,
        NumericSetting::Noise => LABEL_NOISE,
        NumericSetting::Erasing => LABEL_ERASING,
        NumericSetting::Occlusion => LABEL_OCCLUSION,
        NumericSetting::Blur => LABEL_BLUR,
        NumericSetting::LowResolution => LABEL_LOW_RESOLUTION,
        NumericSetting::Shadow => LABEL_SHADOW,
    }
}

/// The description of a setting.
pub const fn hint(setting: NumericSetting) -> Text {
    match setting {
        NumericSetting::LastStages => HINT_LAST_STAGES,
        NumericSetting::Epochs => HINT_EPOCHS,
        NumericSetting::LearningRate => HINT_LEARNING_RATE,
        NumericSetting::Batch => HINT_BATCH,
        NumericSetting::WarmUp => HINT_WARM_UP,
        NumericSetting::CoolDown => HINT_COOL_DOWN,
        NumericSetting::Momentum => HINT_MOMENTUM,
        NumericSetting::OtherLayersRate => HINT_OTHER_LAYERS_RATE,
        NumericSetting::BetaOne => HINT_BETA_ONE,
        NumericSetting::BetaTwo => HINT_BETA_TWO,
        NumericSetting::WeightDecay => HINT_WEIGHT_DECAY,
        NumericSetting::Dropout => HINT_DROPOUT,
        NumericSetting::LabelSmoothing => HINT_LABEL_SMOOTHING,
        NumericSetting::Mixup => HINT_MIXUP,
        NumericSetting::Averaging => HINT_AVERAGING,
        NumericSetting::Patience => HINT_PATIENCE,
        NumericSetting::Slices => HINT_SLICES,
        NumericSetting::Variants => HINT_VARIANTS,
        NumericSetting::TrainingImages => HINT_TRAINING_IMAGES,
        NumericSetting::ValidationImages => HINT_VALIDATION_IMAGES,
        NumericSetting::Seed => HINT_SEED,
        NumericSetting::Flip => HINT_FLIP,
        NumericSetting::Rotation => HINT_ROTATION,
        NumericSetting::Scale => HINT_SCALE,
        NumericSetting::Shift => HINT_SHIFT,
        NumericSetting::Brightness => HINT_BRIGHTNESS,
        NumericSetting::Contrast => HINT_CONTRAST,
        NumericSetting::Noise => HINT_NOISE,
        NumericSetting::Erasing => HINT_ERASING,
        NumericSetting::Occlusion => HINT_OCCLUSION,
        NumericSetting::Blur => HINT_BLUR,
        NumericSetting::LowResolution => HINT_LOW_RESOLUTION,
        NumericSetting::Shadow => HINT_SHADOW,
    }
}

/// The strength of an augmentation, for display.
pub fn strength(setting: NumericSetting, value: f64) -> String {
    let percent = || percent(value as f32);
    match setting {
        _ if value == 0.0 => OFF.into(),
        NumericSetting::Rotation => up_to_degrees(&fixed(value, 0)),
        NumericSetting::Shift => up_to_pixels(&fixed(value * 48.0, 1)),
        NumericSetting::Scale => up_to(&percent()),
        NumericSetting::Flip
        | NumericSetting::Erasing
        | NumericSetting::Occlusion
        | NumericSetting::Blur
        | NumericSetting::LowResolution
        | NumericSetting::Shadow => of_images(&percent()),
        _ => percent(),
    }
}

/// Why a text is not a valid value.
pub fn invalid(invalid: &InvalidValue) -> String {
    match invalid {
        InvalidValue::NoNumber => INVALID_NO_NUMBER.into(),
        InvalidValue::NotWhole => INVALID_NOT_WHOLE.into(),
        InvalidValue::Range(range) => {
            let (low, high, kind) = match *range {
                Range::To(low, high) => (low, high, "to"),
                Range::Below(low, high) => (low, high, "below"),
                Range::Above(low, high) => (low, high, "above"),
                Range::Least(low) => (low, low, "least"),
            };
            invalid_range(&number(low), &number(high), kind)
        }
    }
}

/// A value as a field shows it.
pub fn value(value: Option<f64>) -> String {
    value.map(number).unwrap_or_default()
}

/// A value as an attribute.
pub fn attribute(value: f64) -> String {
    plain(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::tests::ALL;
    use crate::text::tests::assert_distinct;

    #[test]
    fn every_setting_has_a_label_and_a_hint() {
        assert_distinct(ALL.map(label));
        assert_distinct(ALL.map(hint));
        for (_, options, _) in [(OPTIMIZER.0, OPTIMIZER.1.as_slice(), OPTIMIZER.2), (NETWORK.0, &NETWORK.1, NETWORK.2)]
        {
            assert_distinct(options.iter().copied());
        }
    }

    #[test]
    fn strengths_of_augmentation_are_in_their_units() {
        for (setting, value, text) in [
            (NumericSetting::Rotation, 15.0, "up to 15°"),
            (NumericSetting::Shift, 0.1, "up to 4.8 pixels"),
            (NumericSetting::Scale, 0.2, "up to 20%"),
            (NumericSetting::Flip, 0.5, "50% of images"),
            (NumericSetting::Noise, 0.05, "5%"),
        ] {
            assert_eq!(strength(setting, value), text);
        }
        for setting in NumericSetting::AUGMENTATION {
            assert_eq!(strength(setting, 0.0), "off");
        }
    }

    #[test]
    fn an_invalid_value_shows_the_valid_range() {
        let range = |range| invalid(&InvalidValue::Range(range));
        assert_eq!(range(Range::To(0.0, 1.0)), "Out of range: 0 to 1.");
        assert_eq!(range(Range::Below(0.0, 1.0)), "Out of range: 0 to less than 1.");
        assert_eq!(range(Range::Above(0.0, 10.0)), "Out of range: more than 0, at most 10.");
        assert_eq!(range(Range::Least(1.0)), "Out of range: at least 1.");
        assert_ne!(invalid(&InvalidValue::NoNumber), invalid(&InvalidValue::NotWhole));
    }

    #[test]
    fn fields_and_attributes_show_values() {
        assert_eq!((value(None), value(Some(0.0005)), attribute(0.5)), (String::new(), "0.0005".into(), "0.5".into()));
        let said = size(&Architecture::default());
        assert!(said.contains("parameters") && said.contains("multiply-adds"), "{said}");
    }
}
