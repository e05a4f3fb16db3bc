//! `mien sweep`

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::builder::{PossibleValue, TypedValueParser};
use clap::{ArgGroup, Args};

use super::backend::Backend;
use super::choice::one_of;
use super::files::{self, NewFile};
use super::interrupt::Interrupt;
use super::output::{errln, out, outln};
use super::photos::milliseconds;
use super::render::{MODEL, expression};
use mien_compute::Recognizer;
use mien_core::expression::Expression;
use mien_core::plot;
use mien_core::recognition::FrameSource;
use mien_core::sweep::{Words, text};
use mien_face::FaceModel;
use mien_face::action_unit::ActionUnit;
use mien_face::person::Person;
use mien_face::render::Renderer;
use mien_face::settings::{
    DISTANCE, INTENSITY, LIGHT_RIGHT, LIGHT_UP, PITCH, SEED, SETTINGS, SKIN, STRENGTH, Settings, VIEW_HEIGHT, YAW,
};
use mien_face::sweep::{CurvesRequest, Grouping, SweepPlan};

/// Side of the pictures in pixels, as on the page.
const SIDE: usize = 256;

/// Sweeps one setting of the model face and finds the threshold from which an expression is named
///
/// The setting is the intensity of --look, or the one that a flag names; with such a flag, --look is shown at full intensity. All
/// other settings stay as they are. Each picture is rendered, and its face detected, cropped and classified, as by `mien recognize`.
/// docs/face-model.md describes the curves, their files, and the limits of the model, which is no person.
#[derive(Args)]
#[command(group = ArgGroup::new("axis").multiple(false))]
pub struct Arguments {
    /// Expression that is shown
    #[arg(long, value_parser = expression)]
    look: Option<Expression>,
    /// Changes an action unit, by its number
    #[arg(long, value_name = "NUMBER", group = "axis")]
    action_unit: Option<u8>,
    /// Changes the turn of the head, in degrees to the viewer's right
    #[arg(long, group = "axis")]
    yaw: bool,
    /// Changes the nod of the head, in degrees downwards
    #[arg(long, group = "axis")]
    pitch: bool,
    /// Changes the direction of the main light, in degrees to the viewer's right
    #[arg(long, group = "axis")]
    light: bool,
    /// Changes the direction of the main light, in degrees upwards
    #[arg(long, group = "axis")]
    light_up: bool,
    /// Changes the intensity of the main light
    #[arg(long, group = "axis")]
    strength: bool,
    /// Changes the distance of the camera, in centimetres; the face stays as large in the picture
    #[arg(long, group = "axis")]
    distance: bool,
    /// Changes the field of view, as the height that the picture shows at the head, in centimetres
    #[arg(long, group = "axis")]
    view_height: bool,
    /// Changes the skin tone, from 0 (very light) to 5 (dark)
    #[arg(long, group = "axis")]
    skin: bool,
    /// First value [for --look alone: 0]
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    from: Option<f32>,
    /// Last value [for --look alone: 1]
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    to: Option<f32>,
    /// Number of values
    #[arg(long, value_name = "N", default_value_t = 21)]
    steps: u16,
    /// Number of identities
    #[arg(long, value_name = "N", default_value_t = 40)]
    identities: u16,
    /// Seed of the first identity; the next ones follow
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=9999))]
    seed: u16,
    /// Sets another setting to a fixed value, as in softness=0.2; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<(usize, f32)>,
    /// Compares groups of curves
    #[arg(long, value_name = "GROUPS", value_parser = groupings())]
    groups: Option<Grouping>,
    /// Class whose thresholds are computed [default: that of the look, or else the most probable one at the last value]
    #[arg(long, value_parser = expression)]
    class: Option<Expression>,
    /// Weights file of the classifier [default: the network of the page]
    #[arg(long)]
    weights: Option<PathBuf>,
    /// Weights file of the detector [default: the detector of the page]
    #[arg(long)]
    detector: Option<PathBuf>,
    /// Backend
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Writes the means to this file (CSV)
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Writes means, thresholds and all curves to this file (JSON)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draws the curves to this file (SVG)
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// The values of `--groups`.
fn groupings() -> impl TypedValueParser<Value = Grouping> {
    one_of(&[Grouping::Skin, Grouping::Light, Grouping::Shape, Grouping::Glasses], |grouping| {
        PossibleValue::new(grouping.name()).help(match grouping {
            Grouping::Skin => "each identity with a light, a medium and a dark skin tone",
            Grouping::Light => "each identity in light from the front and from the side",
            Grouping::Glasses => "each identity without and with glasses",
            Grouping::Shape | Grouping::None => "two halves of the identities, by the first component of their shape",
        })
    })
}

/// The values of `--set`.
fn setting(text: &str) -> Result<(usize, f32), String> {
    let (name, value) = text.split_once('=').ok_or("it should read NAME=VALUE, such as softness=0.2")?;
    let known = || SETTINGS[..SEED].iter().map(|setting| setting.name).collect::<Vec<_>>().join(", ");
    let index = SETTINGS[..SEED].iter().position(|setting| setting.name == name.trim());
    let index = index.ok_or_else(|| format!("no setting is called `{name}`; there are {}", known()))?;
    let (min, max) = (SETTINGS[index].min, SETTINGS[index].max);
    let value = value.trim().parse().map_err(|_| format!("`{value}` is not a number"))?;
    if (min..=max).contains(&value) { Ok((index, value)) } else { Err(format!("{name} goes from {min} to {max}")) }
}

impl Arguments {
    /// The setting that changes.
    fn axis(&self) -> Result<usize> {
        let flags = [
            (self.yaw, YAW),
            (self.pitch, PITCH),
            (self.light, LIGHT_RIGHT),
            (self.light_up, LIGHT_UP),
            (self.strength, STRENGTH),
            (self.distance, DISTANCE),
            (self.view_height, VIEW_HEIGHT),
            (self.skin, SKIN),
        ];
        if let Some(number) = self.action_unit {
            let known = || ActionUnit::ALL.map(|unit| unit.number().to_string()).join(", ");
            let unit = ActionUnit::from_number(number);
            return Ok(
                unit.with_context(|| format!("the model has no action unit {number}; it has {}", known()))? as usize
            );
        }
        match flags.into_iter().find(|(is_set, _)| *is_set) {
            Some((_, axis)) => Ok(axis),
            None if self.look.is_some() => Ok(INTENSITY),
            None => bail!(
                "nothing changes: give --look, or one of --action-unit, --yaw, --pitch, --light, --light-up, --strength, \
                 --distance, --view-height and --skin"
            ),
        }
    }

    fn plan(&self) -> Result<SweepPlan> {
        let axis = self.axis()?;
        let ends = match (self.from, self.to) {
            (Some(from), Some(to)) => [from, to],
            (None, None) if axis == INTENSITY => [0.0, 1.0],
            _ => {
                let setting = SETTINGS[axis];
                bail!("a sweep needs --from and --to: {} goes from {} to {}", setting.name, setting.min, setting.max)
            }
        };
        let mut base = Settings::default();
        if let Some(look) = self.look {
            base.show(look);
        }
        for (index, value) in &self.set {
            let name = SETTINGS[*index].name;
            if let Some(look) = self.look {
                ensure!(*index >= YAW, "--set {name}: it changes what --look {look} shows; leave out one of them");
            }
            ensure!(
                self.groups.unwrap_or_default().groups().0 != Some(*index),
                "--set {name}: the groups have their own; leave out one of them"
            );
            ensure!(*index != axis, "--set {name}: this is what changes, from --from to --to");
            base.set(*index, *value);
        }
        base.set(SEED, f32::from(self.seed));
        let plan = SweepPlan {
            base,
            axis,
            from: ends[0],
            to: ends[1],
            steps: self.steps,
            identities: self.identities,
            grouping: self.groups.unwrap_or_default(),
        };
        plan.check()?;
        Ok(plan)
    }
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let plan = arguments.plan()?;
    let device = arguments.backend.device()?;
    let detector = files::read_detector(arguments.detector.as_deref(), &device)?;
    let network = files::read_network_or_default(arguments.weights.as_deref(), &device)?;
    // what cannot be written fails before anything is rendered
    let create = |path: &Option<PathBuf>| path.as_deref().map(NewFile::create).transpose();
    let (csv, json, svg) = (create(&arguments.csv)?, create(&arguments.json)?, create(&arguments.svg)?);
    let mut recognizer = Recognizer::new(detector, network.predictor(), milliseconds);
    let outcomes = outcomes(&plan, &mut recognizer)?;

    let request = CurvesRequest {
        plan,
        network: match &arguments.weights {
            Some(path) => format!("{} ({})", network.header.architecture.name(), path.display()),
            None => network.header.architecture.name().to_owned(),
        },
        outcomes,
        class: arguments.class,
        words: Words::default(),
    };
    let summary = request.answer().summary;
    ensure!(summary.identities > 0, "interrupted before the first identity was complete");
    let words = words(&plan, &request.network, summary.class, summary.identities);
    let answer = CurvesRequest { words, ..request }.answer();
    outln!("{}", title(&plan, summary.class, summary.identities));
    outln!("{} pictures, no face found in {}\n", pictures(&plan, summary.identities), summary.not_found());
    out!("{}", text::tables(&summary, plan.axis_name()));
    for (file, content) in [(csv, &answer.csv), (json, &answer.json), (svg, &plot::standalone(&answer.svg))] {
        if let Some(file) = file {
            file.finish(|file| file.write_all(content.as_bytes()))?;
        }
    }
    ensure!(summary.identities == u32::from(plan.identities), "interrupted: the curves are of fewer identities");
    Ok(())
}

fn pictures(plan: &SweepPlan, identities: u32) -> usize {
    identities as usize * plan.pictures_each()
}

/// Recognizes all pictures; stops at Ctrl-C.
fn outcomes(plan: &SweepPlan, recognizer: &mut Recognizer) -> Result<Vec<Option<mien_core::expression::Distribution>>> {
    let model = FaceModel::from_bytes(MODEL)?;
    let mut renderer = Renderer::new(&model);
    let interrupt = Interrupt::listen()?;
    let bar = files::bar(plan.len(), "{pos} of {len} pictures, {per_sec}, {eta} left");
    let mut person = None;
    let mut outcomes = Vec::new();
    for index in 0..plan.len() {
        if interrupt.requested() {
            break;
        }
        let settings = plan.picture(index);
        let who = settings.person();
        let (_, person) = match person.take() {
            Some(known @ (before, _)) if before == who => person.insert(known),
            _ => person.insert((who, Person::random(&model, who.0, who.1))),
        };
        settings.dress(&model, person);
        let picture = renderer.render(&model, person, &settings.motion(), &settings.scene(), SIDE)?;
        recognizer.reset();
        let (faces, _) = pollster::block_on(recognizer.recognize(&picture.frame, FrameSource::Still, 0.0))?;
        // the largest comes first
        outcomes.push(faces.first().map(|face| face.prediction));
        bar.inc(1);
    }
    bar.finish_and_clear();
    if outcomes.len() < plan.len() {
        errln!("interrupted after {} of {} pictures", outcomes.len(), plan.len());
    }
    Ok(outcomes)
}

/// What was swept, in words.
fn title(plan: &SweepPlan, class: Expression, identities: u32) -> String {
    let look = plan.look().map_or_else(String::new, |look| format!(" ({look})"));
    format!(
        "{}{look} from {} to {} in {} steps (identities: {identities}): when {class} is named",
        plan.axis_name(),
        plan.from,
        plan.to,
        plan.steps
    )
}

fn words(plan: &SweepPlan, network: &str, class: Expression, identities: u32) -> Words {
    let unit = match plan.axis {
        YAW | PITCH | LIGHT_RIGHT | LIGHT_UP => " (degrees)",
        DISTANCE | VIEW_HEIGHT => " (cm)",
        SKIN => " (0: very light, 5: dark)",
        _ => "",
    };
    let look = plan.look().filter(|_| plan.axis == INTENSITY).map_or_else(String::new, |look| format!(" of {look}"));
    let (title, description) = (title(plan, class, identities), format!("Model faces, network {network}"));
    Words {
        title,
        description,
        x: format!("{}{look}{unit}", plan.axis_name()),
        y: "mean probability".to_owned(),
        classes: Expression::ALL.map(|class| class.name().to_owned()),
        groups: plan.grouping.groups().1.iter().map(|(name, _)| format!("{} {name}", plan.grouping.name())).collect(),
        all: "all".to_owned(),
        from: Expression::ALL.map(|class| format!("from here on, {class} is named (median, 95 % interval)")),
        until: Expression::ALL.map(|class| format!("up to here, {class} is named (median, 95 % interval)")),
        never: "never".to_owned(),
        to_end: "to the end".to_owned(),
        unknown: "not known".to_owned(),
        decimal: ".".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_named_and_within_their_range() {
        assert_eq!(setting("softness=0.2"), Ok((mien_face::settings::SOFTNESS, 0.2)));
        assert_eq!(setting(" au-12 = 1 "), Ok((ActionUnit::Au12 as usize, 1.0)));
        assert_eq!(setting("view-height=40"), Ok((VIEW_HEIGHT, 40.0)));
        assert_eq!(
            [setting("lashes=0"), setting("glasses=1")].map(|set| set.map(|(_, value)| value)),
            [Ok(0.0), Ok(1.0)]
        );
        assert_eq!(setting("skin=9"), Err("skin goes from 0 to 5".to_owned()));
        for wrong in ["", "softness", "softness=", "softness=NaN", "seed=2", "expression=1", "intensity=1"] {
            assert!(setting(wrong).is_err(), "{wrong}");
        }
    }
}
