//! Sweeps: pictures of many identities in which one setting changes step by step, and all else stays.
//!
//! What a network makes of them is summarized by [`mien_core::sweep`].

use mien_core::expression::{Distribution, Expression};
use mien_core::sweep::{Curve, Description, Summary, Sweep, Words, draw, to_csv, to_json, to_metadata};
use serde::{Deserialize, Serialize};

use crate::appearance::SkinTone;
use crate::person::identity_weights;
use crate::settings::{
    DISTANCE, GLASSES, INTENSITY, LIGHT_RIGHT, LIGHT_UP, PITCH, SEED, SETTINGS, SKIN, STRENGTH, Settings, VIEW_HEIGHT,
    YAW,
};

/// What can change, beside the action units: indices of [`SETTINGS`].
pub const AXES: [usize; 9] = [INTENSITY, YAW, PITCH, LIGHT_RIGHT, LIGHT_UP, STRENGTH, DISTANCE, VIEW_HEIGHT, SKIN];

/// Maximum number of values.
pub const MAX_STEPS: u16 = 201;

/// Maximum number of identities.
pub const MAX_IDENTITIES: u16 = 500;

/// By what identities or pictures are grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grouping {
    /// Not at all.
    #[default]
    None,
    /// Each identity with three skin tones.
    Skin,
    /// Each identity with the main light from the front and from the side.
    Light,
    /// The identities by their weight of the first component of the face's shape, in two halves.
    Shape,
    /// Each identity without and with glasses.
    Glasses,
}

impl Grouping {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::None, Self::Skin, Self::Light, Self::Shape, Self::Glasses];

    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Skin => "skin",
            Self::Light => "light",
            Self::Shape => "shape",
            Self::Glasses => "glasses",
        }
    }

    /// The setting that differs between groups and its values, or no setting; and the names of the groups.
    pub const fn groups(self) -> (Option<usize>, &'static [(&'static str, f32)]) {
        match self {
            Self::None => (None, &[]),
            Self::Skin => (
                Some(SKIN),
                &[
                    ("light", SkinTone::Light as u8 as f32),
                    ("medium", SkinTone::Tan as u8 as f32),
                    ("dark", SkinTone::Dark as u8 as f32),
                ],
            ),
            Self::Light => (Some(LIGHT_RIGHT), &[("front", 0.0), ("side", 70.0)]),
            Self::Shape => (None, &[("low", 0.0), ("high", 1.0)]),
            Self::Glasses => (Some(GLASSES), &[("without", 0.0), ("with", 1.0)]),
        }
    }
}

/// What is swept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepPlan {
    /// All other settings. The seed is that of the first identity, and the next ones have the seeds after it.
    pub base: Settings,
    /// The index of the setting that changes: an action unit, or one of [`AXES`].
    pub axis: usize,
    /// Its first value.
    pub from: f32,
    /// Its last value; less than the first if it falls.
    pub to: f32,
    /// Number of values, 2 to [`MAX_STEPS`].
    pub steps: u16,
    /// Number of identities, 1 to [`MAX_IDENTITIES`].
    pub identities: u16,
    /// The groups.
    pub grouping: Grouping,
}

/// Why there is no sweep.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)] // the texts say it
pub enum SweepError {
    #[error("a sweep needs a range: the first and the last value are both {0}")]
    Range(f32),
    #[error("{name} of {value}: it goes from {min} to {max}")]
    Value { name: &'static str, value: f32, min: f32, max: f32 },
    #[error("steps: {0}; there are 2 to {MAX_STEPS}")]
    Steps(u16),
    #[error("the skin tones are kinds with nothing in between: steps with these ends: {0}")]
    Kinds(u16),
    #[error("identities: {0}; there are 1 to {MAX_IDENTITIES}")]
    Identities(u16),
    #[error("groups by {0}: it is what changes already")]
    Groups(&'static str),
    #[error("{0} cannot be swept")]
    Axis(&'static str),
    #[error("neutral has no intensity")]
    Look,
}

impl SweepPlan {
    /// Checks all numbers.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), SweepError> {
        let setting = SETTINGS.get(self.axis).ok_or(SweepError::Axis("this"))?;
        if self.axis >= YAW && !AXES.contains(&self.axis) {
            return Err(SweepError::Axis(setting.name));
        }
        if self.axis == INTENSITY && self.look().is_none() {
            return Err(SweepError::Look);
        }
        for value in [self.from, self.to] {
            if !(setting.min..=setting.max).contains(&value) {
                let (name, min, max) = (setting.name, setting.min, setting.max);
                return Err(SweepError::Value { name, value, min, max });
            }
        }
        if !(2..=MAX_STEPS).contains(&self.steps) {
            return Err(SweepError::Steps(self.steps));
        }
        // both are within the range of a setting, so what is equal was given as equal
        if (self.from - self.to).abs() < f32::EPSILON {
            return Err(SweepError::Range(self.from));
        }
        let kinds = (self.from.round() - self.to.round()).abs() as u16 + 1;
        if self.axis == SKIN && (self.steps != kinds || self.from.fract() != 0.0 || self.to.fract() != 0.0) {
            return Err(SweepError::Kinds(kinds));
        }
        if !(1..=MAX_IDENTITIES).contains(&self.identities) {
            return Err(SweepError::Identities(self.identities));
        }
        if self.grouping.groups().0 == Some(self.axis) {
            return Err(SweepError::Groups(self.grouping.name()));
        }
        Ok(())
    }

    /// The look that is shown, if one is that is not neutral: thresholds are those of its class, unless another is wanted.
    pub fn look(&self) -> Option<Expression> {
        self.base.expression().filter(|look| *look != Expression::Neutral)
    }

    /// The name of what changes, in files.
    pub fn axis_name(&self) -> &'static str {
        SETTINGS.get(self.axis).map_or("", |setting| setting.name)
    }

    /// What is swept as the name of a file without its end, such as `curve-happy-intensity` or `curve-au-4-skin`: the look, what
    /// changes, and the groups.
    pub fn file_name(&self) -> String {
        let look = self.look().map_or("", Expression::name);
        let parts = ["curve", look, self.axis_name(), self.grouping.name()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
    }

    /// The values of what changes.
    pub fn values(&self) -> Vec<f32> {
        let last = f32::from(self.steps.max(2) - 1);
        let value = |step: u16| {
            let share = f32::from(step) / last;
            self.from * (1.0 - share) + self.to * share
        };
        (0..self.steps).map(value).collect()
    }

    /// Number of conditions in which each identity is shown.
    fn conditions(&self) -> usize {
        let (differs, groups) = self.grouping.groups();
        if differs.is_some() { groups.len() } else { 1 }
    }

    /// Number of pictures of an identity.
    pub fn pictures_each(&self) -> usize {
        self.conditions() * usize::from(self.steps)
    }

    /// The number of pictures.
    pub fn len(&self) -> usize {
        usize::from(self.identities) * self.pictures_each()
    }

    /// Whether there are no pictures.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The seed of an identity, counted from 0; after the last comes the first.
    fn seed(&self, identity: usize) -> u32 {
        let (first, last) = (self.base.get(SEED) as u32, SETTINGS[SEED].max as u32);
        (first.saturating_sub(1) + identity as u32) % last + 1
    }

    /// The settings of a picture. Identity by identity, each has all values in one condition, then in the next.
    pub fn picture(&self, index: usize) -> Settings {
        let steps = usize::from(self.steps.max(1));
        let (curve, step) = (index / steps, index % steps);
        let (identity, condition) = (curve / self.conditions(), curve % self.conditions());
        let mut settings = self.base;
        settings.set(SEED, self.seed(identity) as f32);
        if let (Some(differs), groups) = self.grouping.groups()
            && let Some((_, value)) = groups.get(condition)
        {
            settings.set(differs, *value);
        }
        let share = step as f32 / (steps.max(2) - 1) as f32;
        settings.set(self.axis, self.from * (1.0 - share) + self.to * share);
        settings
    }

    /// The curves of the identities all of whose pictures have an outcome, which is `None` if no face was found.
    pub fn sweep(&self, outcomes: &[Option<Distribution>]) -> Sweep {
        let (differs, groups) = self.grouping.groups();
        let whole = outcomes.chunks_exact(self.pictures_each().max(1));
        // by the weights of all planned identities, so that an identity keeps its half while others are added
        let weight = |identity: usize| identity_weights(1, u64::from(self.seed(identity)))[0];
        let mut weights: Vec<f32> = (0..usize::from(self.identities)).map(weight).collect();
        weights.sort_unstable_by(f32::total_cmp);
        let middle = weights.get(weights.len() / 2).copied().unwrap_or_default();
        let mut curves = Vec::new();
        for (identity, outcomes) in whole.enumerate() {
            for (condition, outcomes) in outcomes.chunks_exact(usize::from(self.steps.max(1))).enumerate() {
                let half = usize::from(weight(identity) >= middle);
                let group = if self.grouping == Grouping::Shape { half } else { condition };
                curves.push(Curve { identity: self.seed(identity), group, outcomes: outcomes.to_vec() });
            }
        }
        Sweep {
            values: self.values(),
            continuous: self.axis != SKIN,
            groups: groups.iter().map(|(name, _)| (*name).to_owned()).collect(),
            paired: differs.is_some(),
            curves,
        }
    }
}

/// What the program of the model face is asked about a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvesRequest {
    /// The sweep.
    pub plan: SweepPlan,
    /// The outcomes so far, in the order of the pictures.
    pub outcomes: Vec<Option<Distribution>>,
    /// The class of the thresholds, if it is chosen.
    pub class: Option<Expression>,
    /// The name of the network.
    pub network: String,
    /// The words of the drawing.
    pub words: Words,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvesAnswer {
    /// The sweep.
    pub plan: SweepPlan,
    /// The network.
    pub network: String,
    /// Means and thresholds.
    pub summary: Summary,
    /// The plot.
    pub svg: String,
    /// The means.
    pub csv: String,
    /// All of it.
    pub json: String,
}

impl CurvesRequest {
    /// The curves of the identities that are complete.
    pub fn answer(&self) -> CurvesAnswer {
        let plan = &self.plan;
        let sweep = plan.sweep(&self.outcomes);
        let summary = Summary::new(&sweep, self.class.or_else(|| plan.look()));
        let settings: Vec<(&str, f32)> =
            SETTINGS.iter().map(|setting| setting.name).zip(plan.base.numbers().iter().copied()).collect();
        let description = Description {
            axis: plan.axis_name(),
            network: &self.network,
            grouped_by: plan.grouping.name(),
            settings: &settings,
        };
        CurvesAnswer {
            plan: *plan,
            network: self.network.clone(),
            svg: draw(&summary, &self.words, &to_metadata(&summary, &description)),
            csv: to_csv(&summary, plan.axis_name()),
            json: to_json(&sweep, &summary, &description),
            summary,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action_unit::ActionUnit;

    /// A smile in three steps by four identities.
    fn smile() -> SweepPlan {
        let mut base = Settings::default();
        base.show(Expression::Happy);
        SweepPlan { base, axis: INTENSITY, from: 0.0, to: 1.0, steps: 3, identities: 4, grouping: Grouping::None }
    }

    #[test]
    fn one_setting_changes_and_all_else_stays() {
        let plan = smile();
        assert_eq!((plan.len(), plan.values()), (12, vec![0.0, 0.5, 1.0]));
        let smile = |index: usize| plan.picture(index).get(ActionUnit::Au12 as usize);
        assert_eq!([0, 1, 2, 3, 11].map(smile), [0.0, 0.5, 1.0, 0.0, 1.0]);
        assert_eq!([0, 2, 3, 11].map(|index| plan.picture(index).get(SEED)), [1.0, 1.0, 2.0, 4.0]);
        let mut expected = plan.base;
        expected.set(INTENSITY, 0.5);
        expected.set(SEED, 2.0);
        assert_eq!(plan.picture(4), expected);
        // the last seed is followed by the first
        let mut last = plan;
        last.base.set(SEED, 9998.0);
        assert_eq!([0, 3, 6, 9].map(|index| last.picture(index).get(SEED)), [9998.0, 9999.0, 1.0, 2.0]);
        // falling, to both ends exactly
        let falling = SweepPlan { axis: LIGHT_UP, from: 70.1, to: -33.3, steps: 201, ..plan };
        assert_eq!((falling.values()[0], falling.values()[200]), (70.1, -33.3));
        assert_eq!((falling.picture(0).get(LIGHT_UP), falling.picture(200).get(LIGHT_UP)), (70.1, -33.3));
    }

    #[test]
    fn conditions_are_shown_by_the_same_identities() {
        let plan = SweepPlan { grouping: Grouping::Skin, ..smile() };
        assert_eq!((plan.len(), plan.check()), (36, Ok(())));
        let who = |index: usize| (plan.picture(index).get(SEED), plan.picture(index).get(SKIN));
        assert_eq!(
            [0, 2, 3, 6, 8, 9].map(who),
            [(1.0, 1.0), (1.0, 1.0), (1.0, 3.0), (1.0, 5.0), (1.0, 5.0), (2.0, 1.0)]
        );
        let outcomes = vec![Some(Distribution::UNIFORM); 20];
        let sweep = plan.sweep(&outcomes);
        let curves: Vec<(u32, usize)> = sweep.curves.iter().map(|curve| (curve.identity, curve.group)).collect();
        assert_eq!(curves, [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)], "the third identity is not complete");
        assert_eq!((sweep.paired, &sweep.groups[..]), (true, &["light", "medium", "dark"].map(str::to_owned)[..]));
    }

    #[test]
    fn shapes_are_halves_of_the_identities() {
        let plan = SweepPlan { grouping: Grouping::Shape, identities: 11, ..smile() };
        let sweep = plan.sweep(&vec![None; plan.len()]);
        let high: Vec<u32> = sweep.curves.iter().filter(|curve| curve.group == 1).map(|curve| curve.identity).collect();
        assert_eq!((sweep.curves.len(), high.len(), sweep.paired), (11, 6, false));
        let weight = |seed: u32| identity_weights(100, u64::from(seed))[0];
        let low = (1..=11).filter(|seed| !high.contains(seed)).map(weight).fold(f32::MIN, f32::max);
        assert!(high.iter().all(|seed| weight(*seed) > low));
        // those that are there keep their half
        let part = plan.sweep(&vec![None; 3 * 4]);
        assert_eq!(part.curves[..], sweep.curves[..4]);
    }

    #[test]
    fn glasses_are_compared_on_the_same_identities() {
        let plan = SweepPlan { grouping: Grouping::Glasses, axis: VIEW_HEIGHT, from: 20.0, to: 80.0, ..smile() };
        assert_eq!((plan.check(), plan.pictures_each()), (Ok(()), 6));
        let of = |index: usize| {
            let settings = plan.picture(index);
            (settings.get(SEED), settings.get(GLASSES), settings.scene().camera.height)
        };
        assert_eq!([0, 2, 3, 6].map(of), [(1.0, 0.0, 20.0), (1.0, 0.0, 80.0), (1.0, 1.0, 20.0), (2.0, 0.0, 20.0)]);
    }

    #[test]
    fn files_are_named_by_what_is_swept() {
        let plan = smile();
        assert_eq!(plan.file_name(), "curve-happy-intensity");
        assert_eq!(SweepPlan { axis: YAW, grouping: Grouping::Skin, ..plan }.file_name(), "curve-happy-yaw-skin");
        let brows = SweepPlan { base: Settings::default(), axis: ActionUnit::Au4 as usize, ..plan };
        assert_eq!(brows.file_name(), "curve-au-4");
    }

    #[test]
    fn what_cannot_be_swept_is_said() {
        let plan = smile();
        assert_eq!(plan.check(), Ok(()));
        let text = |plan: SweepPlan| plan.check().unwrap_err().to_string();
        assert_eq!(
            text(SweepPlan { to: 0.0, ..plan }),
            "a sweep needs a range: the first and the last value are both 0"
        );
        assert_eq!(text(SweepPlan { to: 1.5, ..plan }), "intensity of 1.5: it goes from 0 to 1");
        assert_eq!(text(SweepPlan { axis: YAW, from: f32::NAN, ..plan }), "yaw of NaN: it goes from -60 to 60");
        assert_eq!(text(SweepPlan { steps: 0, ..plan }), "steps: 0; there are 2 to 201");
        assert_eq!(text(SweepPlan { identities: 0, ..plan }), "identities: 0; there are 1 to 500");
        assert_eq!(text(SweepPlan { base: Settings::default(), ..plan }), "neutral has no intensity");
        assert_eq!(text(SweepPlan { axis: SEED, ..plan }), "seed cannot be swept");
        let skin = SweepPlan { axis: SKIN, to: 5.0, steps: 6, ..plan };
        assert_eq!((skin.check(), skin.values()), (Ok(()), vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]));
        assert_eq!(SweepPlan { steps: 7, ..skin }.check(), Err(SweepError::Kinds(6)));
        assert_eq!(text(SweepPlan { grouping: Grouping::Skin, ..skin }), "groups by skin: it is what changes already");
        assert_eq!(SweepPlan { axis: ActionUnit::Au4 as usize, ..plan }.check(), Ok(()));
        for axis in AXES {
            let [from, to] = [SETTINGS[axis].min, SETTINGS[axis].max];
            let steps = if axis == SKIN { 6 } else { 5 };
            assert_eq!(SweepPlan { axis, from, to, steps, ..plan }.check(), Ok(()), "{}", SETTINGS[axis].name);
        }
    }

    #[test]
    fn an_answer_has_the_files_of_what_is_complete() {
        let request = CurvesRequest {
            plan: smile(),
            outcomes: vec![Some(Distribution::UNIFORM); 7],
            class: None,
            network: "small".to_owned(),
            words: Words::default(),
        };
        let answer = request.answer();
        assert_eq!((answer.summary.class, answer.summary.identities), (Expression::Happy, 2));
        assert!(answer.csv.starts_with("group,intensity,") && answer.svg.starts_with("<svg"));
        let json: serde_json::Value = serde_json::from_str(&answer.json).unwrap();
        assert_eq!((&json["axis"], &json["network"]), (&"intensity".into(), &"small".into()));
        assert_eq!(json["settings"]["softness"], 0.6);
        // a figure can be made again: all settings are there, also in the drawing
        for setting in SETTINGS {
            let at_rest = setting.name.starts_with("au-") || setting.name == "expression";
            let number = json["settings"][setting.name].as_f64().unwrap() as f32;
            assert!(at_rest || (number - setting.rest).abs() < 1e-4, "{}", setting.name);
            assert!(answer.svg.contains(&format!("&quot;{}&quot;:", setting.name)), "{}", setting.name);
        }
        assert_eq!((&json["settings"]["au-12"], &json["settings"]["expression"]), (&1.into(), &4.into()));
        assert_eq!(json["curves"].as_array().map(Vec::len), Some(2));
    }
}
