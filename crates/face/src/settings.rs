//! The settings of a picture of the model face as numbers, as controls set them.

use mien_core::expression::Expression;
use serde::{Deserialize, Serialize};

use crate::action_unit::{ActionUnit, Actions};
use crate::appearance::SkinTone;
use crate::model::FaceModel;
use crate::person::Person;
use crate::render::{Gaze, Motion};
use crate::scene::{Camera, Light, Pose, Scene};

/// A number that a control sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Its name in copied settings.
    pub name: &'static str,
    /// The lowest value.
    pub min: f32,
    /// The highest value.
    pub max: f32,
    /// Between neighbouring values of a control.
    pub step: f32,
    /// The value at the start.
    pub rest: f32,
}

const fn unit(name: &'static str) -> Setting {
    Setting { name, min: 0.0, max: 1.0, step: 0.05, rest: 0.0 }
}

const fn degrees(name: &'static str, max: f32) -> Setting {
    Setting { name, min: -max, max, step: 1.0, rest: 0.0 }
}

/// Index of the turn of the head; the action units come before, in the order of [`ActionUnit::ALL`].
pub const YAW: usize = ActionUnit::COUNT;
/// Index of the nod of the head.
pub const PITCH: usize = YAW + 1;
/// Index of the lean of the head.
pub const ROLL: usize = YAW + 2;
/// Index of the direction of the eyes to the viewer's right, in degrees.
pub const GAZE_RIGHT: usize = YAW + 3;
/// Index of the direction of the eyes upwards, in degrees.
pub const GAZE_UP: usize = YAW + 4;
/// Index of the direction of the main light to the viewer's right, in degrees.
pub const LIGHT_RIGHT: usize = YAW + 5;
/// Index of the direction of the main light upwards, in degrees.
pub const LIGHT_UP: usize = YAW + 6;
/// Index of the softness of the main light.
pub const SOFTNESS: usize = YAW + 7;
/// Index of the intensity of the main light.
pub const STRENGTH: usize = YAW + 8;
/// Index of the distance of the camera in centimetres. The face stays as large in the picture.
pub const DISTANCE: usize = YAW + 9;
/// Index of the field of view, as the height in centimetres that the picture shows at the head: with the distance it gives the
/// angle, and it is independent of it.
pub const VIEW_HEIGHT: usize = YAW + 10;
/// Index of the skin tone: its place in [`SkinTone::ALL`].
pub const SKIN: usize = YAW + 11;
/// Index of the length of the lashes, from 0 (none) to 1.
pub const LASHES: usize = YAW + 12;
/// Index of the glasses: 0 is none, 1 glasses.
pub const GLASSES: usize = YAW + 13;
/// Index of the seed of the person.
pub const SEED: usize = YAW + 14;
/// Index of the intensity at which expressions are shown.
pub const INTENSITY: usize = YAW + 15;
/// Index of the expression that is shown: its place in [`Expression::ALL`], from 1; 0 after a change of an action unit.
pub const EXPRESSION: usize = YAW + 16;
/// Number of the settings.
pub const COUNT: usize = YAW + 17;

/// All settings.
pub const SETTINGS: [Setting; COUNT] = [
    unit("au-1"),
    unit("au-2"),
    unit("au-4"),
    unit("au-5"),
    unit("au-6"),
    unit("au-7"),
    unit("au-9"),
    unit("au-10"),
    unit("au-12"),
    unit("au-14"),
    unit("au-15"),
    unit("au-16"),
    unit("au-17"),
    unit("au-18"),
    unit("au-20"),
    unit("au-22"),
    unit("au-23"),
    unit("au-24"),
    unit("au-25"),
    unit("au-26"),
    unit("au-27"),
    unit("au-28"),
    unit("au-34"),
    unit("au-43"),
    degrees("yaw", 60.0),
    degrees("pitch", 40.0),
    degrees("roll", 40.0),
    degrees("gaze-right", 30.0),
    degrees("gaze-up", 20.0),
    Setting { rest: -35.0, ..degrees("light-right", 90.0) },
    Setting { rest: 30.0, ..degrees("light-up", 80.0) },
    Setting { rest: 0.6, ..unit("softness") },
    Setting { name: "strength", min: 0.1, max: 1.5, step: 0.05, rest: 0.9 },
    Setting { name: "distance", min: 30.0, max: 300.0, step: 5.0, rest: 80.0 },
    Setting { name: "view-height", min: 16.0, max: 120.0, step: 1.0, rest: VIEW },
    Setting { name: "skin", min: 0.0, max: SkinTone::ALL.len() as f32 - 1.0, step: 1.0, rest: 1.0 },
    Setting { rest: 1.0, ..unit("lashes") },
    Setting { step: 1.0, ..unit("glasses") },
    Setting { name: "seed", min: 1.0, max: 9999.0, step: 1.0, rest: 1.0 },
    Setting { rest: 1.0, ..unit("intensity") },
    Setting { name: "expression", min: 0.0, max: Expression::ALL.len() as f32, step: 1.0, rest: NEUTRAL },
];

/// The height that the picture shows at the start, in centimetres: that of [`Camera::default`].
const VIEW: f32 = 27.0;

const NEUTRAL: f32 = Expression::Neutral as u8 as f32 + 1.0;

/// How a picture of the model face is set: a number for each of [`SETTINGS`], within its range. Both sides of the face move
/// alike.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<f32>", into = "Vec<f32>")]
pub struct Settings([f32; COUNT]);

/// How much settings change when they are written down and read again.
const ROUNDING: f32 = 0.006;

impl From<Vec<f32>> for Settings {
    fn from(numbers: Vec<f32>) -> Self {
        Self::from_numbers(numbers)
    }
}

impl From<Settings> for Vec<f32> {
    fn from(settings: Settings) -> Self {
        settings.0.to_vec()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self(SETTINGS.map(|setting| setting.rest))
    }
}

impl Settings {
    /// Settings from numbers in the order of [`SETTINGS`], limited to their ranges. What is missing is at rest, and so is NaN. An
    /// expression that the action units do not show is none.
    pub fn from_numbers(numbers: impl IntoIterator<Item = f32>) -> Self {
        let mut settings = Self::default();
        for (index, number) in numbers.into_iter().take(COUNT).enumerate() {
            settings.write(index, number);
        }
        if let Some(expression) = settings.expression() {
            let mut shown = settings;
            shown.show(expression);
            let differs = |(a, b): (&f32, &f32)| (a - b).abs() > ROUNDING;
            if settings.0[..YAW].iter().zip(&shown.0).any(differs) {
                settings.0[EXPRESSION] = 0.0;
            }
        }
        settings
    }

    /// All numbers.
    pub fn numbers(&self) -> &[f32] {
        &self.0
    }

    /// A setting; 0 if there is none at this index.
    pub fn get(&self, index: usize) -> f32 {
        self.0.get(index).copied().unwrap_or_default()
    }

    /// Sets a number, limited to its range. An action unit ends the expression that was shown, and the intensity changes it.
    pub fn set(&mut self, index: usize, number: f32) {
        self.write(index, number);
        if index < YAW {
            self.0[EXPRESSION] = 0.0;
        } else if index == INTENSITY
            && let Some(expression) = self.expression()
        {
            self.show(expression);
        }
    }

    fn write(&mut self, index: usize, number: f32) {
        if let (Some(value), Some(setting)) = (self.0.get_mut(index), SETTINGS.get(index))
            && !number.is_nan()
        {
            let number = if matches!(index, EXPRESSION | SKIN | GLASSES | SEED) { number.round() } else { number };
            *value = number.clamp(setting.min, setting.max);
        }
    }

    /// The expression that is shown; `None` if action units were changed.
    pub fn expression(&self) -> Option<Expression> {
        Expression::ALL.get((self.0[EXPRESSION] as usize).checked_sub(1)?).copied()
    }

    /// Shows an expression, by its usual combination of action units.
    pub fn show(&mut self, expression: Expression) {
        let actions = Actions::of_expression(expression, 0, self.0[INTENSITY]);
        for (value, unit) in self.0.iter_mut().zip(ActionUnit::ALL) {
            *value = actions.sides(unit)[0];
        }
        self.0[EXPRESSION] = expression as u8 as f32 + 1.0;
    }

    /// On the way to other settings: these at 0, the others at 1. Between them no expression is shown.
    #[must_use]
    pub fn toward(&self, other: &Self, share: f32) -> Self {
        if share >= 1.0 {
            return *other;
        }
        let mut mixed = *self;
        for (value, to) in mixed.0[..EXPRESSION].iter_mut().zip(other.0) {
            *value += (to - *value) * share.max(0.0);
        }
        mixed.0[EXPRESSION] = 0.0;
        mixed
    }

    /// What the face does.
    pub fn motion(&self) -> Motion {
        let mut actions = Actions::default();
        for (unit, &intensity) in ActionUnit::ALL.into_iter().zip(&self.0) {
            actions.set(unit, intensity);
        }
        Motion { actions, gaze: Gaze { left: self.0[GAZE_RIGHT], up: self.0[GAZE_UP] } }
    }

    /// The camera.
    pub fn camera(&self) -> Camera {
        Camera { distance: self.0[DISTANCE], height: self.0[VIEW_HEIGHT] }
    }

    /// How the face is shown. The second light comes from the other side than the main light.
    pub fn scene(&self) -> Scene {
        let scene = Scene::default();
        Scene {
            pose: Pose { yaw: self.0[YAW], pitch: self.0[PITCH], roll: self.0[ROLL] },
            camera: self.camera(),
            key: Light {
                azimuth: self.0[LIGHT_RIGHT],
                elevation: self.0[LIGHT_UP],
                softness: self.0[SOFTNESS],
                intensity: self.0[STRENGTH],
            },
            fill: Light { azimuth: scene.fill.azimuth + scene.key.azimuth - self.0[LIGHT_RIGHT], ..scene.fill },
            ..scene
        }
    }

    /// The skin tone and the seed of the person.
    pub fn person(&self) -> (SkinTone, u64) {
        let tone = SkinTone::ALL[(self.0[SKIN].round() as usize).min(SkinTone::ALL.len() - 1)];
        (tone, self.0[SEED].round() as u64)
    }

    /// Gives a person lashes and glasses, or takes them.
    pub fn dress(&self, model: &FaceModel, person: &mut Person) {
        person.set_lashes(self.0[LASHES]);
        person.wear_glasses(model, self.0[GLASSES] > 0.5);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn action_units_come_first_and_names_differ() {
        for (unit, setting) in ActionUnit::ALL.into_iter().zip(SETTINGS) {
            assert_eq!(setting.name, format!("au-{}", unit.number()));
        }
        assert_eq!(
            [YAW, LIGHT_UP, SEED, EXPRESSION].map(|at| SETTINGS[at].name),
            ["yaw", "light-up", "seed", "expression"]
        );
        let mut names = SETTINGS.map(|setting| setting.name);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        assert!(
            SETTINGS.iter().all(|setting| (setting.min..=setting.max).contains(&setting.rest) && setting.step > 0.0)
        );
    }

    #[test]
    fn at_rest_the_scene_is_the_usual_one() {
        let rest = Settings::default();
        assert_eq!((rest.motion(), rest.scene()), (Motion::default(), Scene::default()));
        assert_eq!(rest.person(), (SkinTone::Light, 1));
        assert_eq!(rest.expression(), Some(Expression::Neutral));
    }

    #[test]
    fn expressions_follow_the_intensity_until_a_unit_changes() {
        let mut settings = Settings::default();
        settings.show(Expression::Happy);
        settings.set(INTENSITY, 0.5);
        assert_eq!(settings.motion().actions, Actions::of_expression(Expression::Happy, 0, 0.5));
        assert_eq!(settings.expression(), Some(Expression::Happy));
        settings.set(YAW, 10.0);
        assert_eq!(settings.expression(), Some(Expression::Happy));
        settings.set(0, 0.5);
        assert_eq!(settings.expression(), None);
        let before = settings.motion();
        settings.set(INTENSITY, 1.0);
        assert_eq!(settings.motion(), before);
    }

    #[test]
    fn numbers_are_limited_and_restored() {
        let settings = Settings::from_numbers([5.0, f32::NAN, -1.0, 0.25].into_iter().chain([f32::INFINITY; 100]));
        assert_eq!(settings.numbers()[..4], [1.0, 0.0, 0.0, 0.25]);
        assert!(settings.numbers()[..EXPRESSION].iter().zip(SETTINGS).skip(4).all(|(&number, of)| number == of.max));
        assert_eq!(Settings::from_numbers(settings.numbers().iter().copied()), settings);
        let mut settings = Settings::default();
        settings.set(COUNT, 1.0);
        assert_eq!((settings, settings.get(COUNT)), (Settings::default(), 0.0));
    }

    #[test]
    fn settings_of_before_have_what_was_added_at_rest() {
        let numbers = SETTINGS.map(|setting| match setting.name {
            "view-height" | "lashes" | "glasses" => f32::NAN,
            _ => setting.min,
        });
        let settings = Settings::from_numbers(numbers);
        assert_eq!([VIEW_HEIGHT, LASHES, GLASSES].map(|at| settings.get(at)), [27.0, 1.0, 0.0]);
        assert_eq!((settings.get(DISTANCE), settings.get(SKIN), settings.get(SEED)), (30.0, 0.0, 1.0));
    }

    #[test]
    fn a_person_is_dressed() {
        let model = FaceModel::from_bytes(include_bytes!("../../../www/face/face.bin")).unwrap();
        let mut settings = Settings::default();
        let (skin, seed) = settings.person();
        let mut person = Person::random(&model, skin, seed);
        assert_eq!((person.lashes(), person.glasses().len()), (0.0, 0));
        settings.set(GLASSES, 0.6);
        assert_eq!(settings.get(GLASSES), 1.0, "there are no halves");
        settings.dress(&model, &mut person);
        assert!(person.lashes() == 1.0 && !person.glasses().is_empty());
        settings.set(GLASSES, 0.0);
        settings.set(LASHES, 0.25);
        settings.dress(&model, &mut person);
        assert_eq!((person.lashes(), person.glasses().len()), (0.25, 0));
    }

    #[test]
    fn an_expression_is_kept_if_the_units_show_it() {
        let mut happy = Settings::default();
        happy.set(INTENSITY, 0.7);
        happy.show(Expression::Happy);
        // as in copied settings
        let written = happy.numbers().iter().map(|number| (number * 100.0).round() / 100.0);
        assert_eq!(Settings::from_numbers(written).expression(), Some(Expression::Happy));
        for (index, number) in [(0, 1.0), (EXPRESSION, 3.0), (INTENSITY, 0.2)] {
            let mut numbers = Vec::from(happy);
            numbers[index] = number;
            assert_eq!(Settings::from_numbers(numbers).expression(), None, "{index}");
        }
        let at_rest = (0..COUNT).map(|index| if index == EXPRESSION { 4.2 } else { SETTINGS[index].rest });
        assert_eq!(Settings::from_numbers(at_rest).expression(), None);
        assert_eq!(Settings::from_numbers((0..COUNT).map(|_| 3.4)).get(SEED), 3.0);
    }

    #[test]
    fn light_and_camera_are_set() {
        let mut settings = Settings::default();
        settings.set(STRENGTH, 0.4);
        settings.set(DISTANCE, 35.0);
        let scene = settings.scene();
        assert_eq!((scene.key.intensity, scene.camera.distance), (0.4, 35.0));
        assert_eq!((scene.fill, scene.camera.height), (Scene::default().fill, Scene::default().camera.height));
        // the field of view, which is an angle only with the distance
        assert!((Settings::default().camera().field_of_view() - 19.16).abs() < 0.01);
        settings.set(VIEW_HEIGHT, 70.0);
        assert_eq!(settings.scene().camera, Camera { distance: 35.0, height: 70.0 });
        assert!((settings.camera().field_of_view() - 90.0).abs() < 0.01);
        assert_eq!(Settings::from(Vec::from(settings)), settings);
    }

    #[test]
    fn a_morph_goes_from_one_to_the_other() {
        let (mut from, mut to) = (Settings::default(), Settings::default());
        from.show(Expression::Sad);
        to.show(Expression::Happy);
        let half = from.toward(&to, 0.5);
        let actions = from.motion().actions.toward(&to.motion().actions, 0.5);
        assert_eq!((half.motion().actions, half.expression()), (actions, None));
        assert_eq!((from.toward(&to, 0.0).motion(), from.toward(&to, 1.5)), (from.motion(), to));
    }
}
