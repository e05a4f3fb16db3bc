//! Texts of the model face.

use crate::format::{fixed, percent};
use crate::language::Text;
use mien_face::settings::{self, COUNT, SEED, SETTINGS, SKIN, Settings};

pub use super::messages::model_face::*;

/// The names of the settings, but for the expression.
pub const NAMES: [Text; COUNT - 1] = [
    AU_1,
    AU_2,
    AU_4,
    AU_5,
    AU_6,
    AU_7,
    AU_9,
    AU_10,
    AU_12,
    AU_14,
    AU_15,
    AU_16,
    AU_17,
    AU_18,
    AU_20,
    AU_22,
    AU_23,
    AU_24,
    AU_25,
    AU_26,
    AU_27,
    AU_28,
    AU_34,
    AU_43,
    YAW,
    PITCH,
    ROLL,
    GAZE_RIGHT,
    GAZE_UP,
    LIGHT_RIGHT,
    LIGHT_UP,
    SOFTNESS,
    STRENGTH,
    DISTANCE,
    VIEW_HEIGHT,
    SKIN_TONE,
    LASHES,
    GLASSES,
    PERSON_NUMBER,
    INTENSITY,
];

const TONES: [Text; 6] = [VERY_LIGHT, LIGHT_SKIN, INTERMEDIATE, TAN, BROWN, DARK];

/// The value of one of the settings; that of the field of view also as an angle.
pub fn shown(settings: &Settings, index: usize) -> String {
    let number = |value: f32| fixed(f64::from(value), 0);
    match index {
        settings::VIEW_HEIGHT => {
            let camera = settings.camera();
            view(&number(camera.field_of_view()), &number(camera.height))
        }
        _ => value(index, settings.get(index)),
    }
}

/// A setting's value.
pub fn value(index: usize, value: f32) -> String {
    match index {
        SKIN => TONES.get(value as usize).map(|&tone| tone.into()).unwrap_or_default(),
        SEED => fixed(f64::from(value), 0),
        settings::GLASSES => if value > 0.5 { WITH_GLASSES } else { WITHOUT_GLASSES }.into(),
        settings::DISTANCE | settings::VIEW_HEIGHT => centimetres(&fixed(f64::from(value), 0)),
        _ if SETTINGS[index].max <= 1.5 => percent(value),
        _ => degrees(&fixed(f64::from(value), 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tests::assert_distinct;
    use mien_face::action_unit::ActionUnit;
    use mien_face::appearance::SkinTone;
    use mien_face::settings::LIGHT_RIGHT;

    #[test]
    fn every_setting_has_a_name() {
        assert_distinct(NAMES);
        for (unit, name) in ActionUnit::ALL.into_iter().zip(NAMES) {
            let name = name.to_lowercase();
            assert!(name.starts_with(unit.name()) && name.ends_with(&format!("(au\u{a0}{})", unit.number())), "{name}");
        }
    }

    #[test]
    fn values_have_their_units() {
        for (place, tone) in SkinTone::ALL.into_iter().enumerate() {
            assert_eq!(value(SKIN, place as f32), tone.name());
        }
        assert_eq!(value(settings::SOFTNESS, 0.6), "60%");
        assert_eq!(value(settings::STRENGTH, 1.5), "150%");
        assert_eq!(value(settings::DISTANCE, 80.0), "80\u{a0}cm");
        assert_eq!(value(LIGHT_RIGHT, -35.0), "−35°");
        assert_eq!([0.0, 1.0].map(|worn| value(settings::GLASSES, worn)), ["without glasses", "with glasses"]);
        // the angle depends on the distance, and the height does not
        let mut face = Settings::default();
        assert_eq!(shown(&face, settings::VIEW_HEIGHT), "19° (27\u{a0}cm)");
        face.set(settings::DISTANCE, 30.0);
        assert_eq!(shown(&face, settings::VIEW_HEIGHT), "48° (27\u{a0}cm)");
        assert_eq!(shown(&face, settings::DISTANCE), "30\u{a0}cm");
        assert_eq!(value(SEED, 12.0), "12");
    }
}
