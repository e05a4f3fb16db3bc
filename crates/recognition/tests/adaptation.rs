//! What adapting the default network to one person brings (`docs/fit.md`): by a neutral look, on the London photographs that come with the
//! page; by a neutral look and by all looks, on persons of the model face.
//!
//! `docs/fit.md` has the figures that `--nocapture` prints. `MIEN_PERSONS` in the environment is the number of persons of the model face, by
//! default one; with it, both halves of London are measured, by default one. With `MIEN_STUDY` other penalties are measured, too.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use mien_core::adaptation::{HEAD_PENALTY, Head, LabelledFeatures, neutral_biases};
use mien_core::dataset::{self, Split};
use mien_core::evaluation::TestTimeAugmentation;
use mien_core::expression::{Distribution, Expression};
use mien_core::vision::Crop;
use mien_face::FaceModel;
use mien_face::action_unit::{Actions, combinations};
use mien_face::numbers::Numbers;
use mien_face::render::{Gaze, Motion, Renderer};
use mien_face::scene::{Pose, Scene};
use mien_face::set::{FaceSetPlan, Sample};
use mien_inference::CompiledNetwork;
use mien_weights::{NetworkHeader, WeightsFile};

/// Side of the pictures of the model face, in pixels.
const SIDE: usize = 192;

/// Frames of each look in a round.
const FRAMES: usize = 5;

/// No biases.
const NONE: [f32; Expression::COUNT] = [0.0; Expression::COUNT];

fn site(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www").join(file)
}

/// The default network without its head, and the head.
struct Network {
    features: CompiledNetwork,
    head: Head,
    width: usize,
}

impl Network {
    fn load() -> Self {
        let file = WeightsFile::parse(&fs::read(site("weights/default.safetensors")).unwrap()).unwrap();
        let header = NetworkHeader::read(file.metadata()).unwrap();
        let weight = file.names().find(|name| name.ends_with("head.weight")).unwrap().to_owned();
        let bias = weight.replace("weight", "bias");
        let (shape, weights) = file.tensor(&weight).unwrap();
        let (_, biases) = file.tensor(&bias).unwrap();
        let (width, scale) = (shape[0], 1.0 / header.temperature);
        let head = Head {
            weights: weights.iter().map(|weight| weight * scale).collect(),
            biases: std::array::from_fn(|class| biases[class] * scale),
        };
        // a head that changes nothing gives the features
        let mut same = vec![0.0; width * width];
        same.iter_mut().step_by(width + 1).for_each(|weight| *weight = 1.0);
        let (square, row, zeros) = ([width, width], [width], vec![0.0; width]);
        let features = CompiledNetwork::new(&header.architecture, |name| match name {
            name if name == weight => Some((&square[..], &same[..])),
            name if name == bias => Some((&row[..], &zeros[..])),
            name => file.tensor(name),
        });
        Self { features: features.unwrap(), head, width }
    }

    fn features(&mut self, crops: &[Crop]) -> Vec<f32> {
        self.features.run(&crops.iter().flat_map(Crop::normalize).collect::<Vec<_>>()).to_vec()
    }
}

fn predictions(head: &Head, features: &[f32], width: usize) -> Vec<Distribution> {
    features.chunks_exact(width).map(|row| Distribution::from_logits(head.logits(row))).collect()
}

/// Smiles found, neutral looks found, and persons, of men or women of a half; as the network is, or with the prior of neutral by each
/// one's neutral photograph, which is then measured on what it was adapted to.
fn london(persons: &[(Split, &str, [Distribution; 2])], half: Split, group: Option<&str>, adapt: bool) -> [usize; 3] {
    let mut counts = [0; 3];
    for (split, gender, looks) in persons {
        if *split != half || group.is_some_and(|group| group != *gender) {
            continue;
        }
        let biases = if adapt { neutral_biases(&looks[..1]).unwrap() } else { NONE };
        let [neutral, smiling] = looks.map(|look| look.biased(&biases).top().0);
        counts[0] += usize::from(smiling == Expression::Happy);
        counts[1] += usize::from(neutral == Expression::Neutral);
        counts[2] += 1;
    }
    counts
}

#[test]
fn the_prior_of_neutral_by_one_neutral_photograph_finds_more_smiles() {
    let mut network = Network::load();
    let dataset = dataset::read(File::open(site("sets/london.csv.gz")).unwrap()).unwrap().dataset;
    let column = |name| dataset.groups().iter().find(|column| column.name() == name).unwrap();
    let (person, gender) = (column("person"), column("gender"));
    let mut all: BTreeMap<&str, (Split, &str, [Option<Distribution>; 2])> = BTreeMap::new();
    let halves = [("choosing", Split::Training), ("confirming", Split::PrivateTest)];
    let halves = &halves[..if std::env::var_os("MIEN_PERSONS").is_some() { 2 } else { 1 }];
    let is_measured = |&sample: &usize| halves.iter().any(|(_, half)| *half == dataset.split(sample));
    for sample in (0..dataset.len()).filter(is_measured) {
        let features = network.features(&[dataset.crop(sample)]);
        let prediction = predictions(&network.head, &features, network.width)[0];
        let entry = (dataset.split(sample), gender.value(sample), [None; 2]);
        let looks = &mut all.entry(person.value(sample)).or_insert(entry).2;
        looks[usize::from(dataset.label(sample) == Expression::Happy)] = Some(prediction);
    }
    let persons: Vec<_> =
        all.into_values().map(|(split, gender, looks)| (split, gender, looks.map(Option::unwrap))).collect();
    for &(name, half) in halves {
        for (who, group) in [("all", None), ("women", Some("female")), ("men", Some("male"))] {
            let [before, after] = [false, true].map(|adapt| london(&persons, half, group, adapt));
            let [smiles, neutral, of] = before;
            println!("{name}, {who}: smiles {smiles} → {} of {of}, neutral {neutral} → {}", after[0], after[1]);
        }
        let [before, after] = [false, true].map(|adapt| london(&persons, half, None, adapt));
        assert!(after[0] >= before[0] + 5, "{before:?} {after:?}");
        assert!(after[1] >= before[1], "{before:?} {after:?}");
    }
}

/// The frames of a round of a person, with the looks that they show. The light is that of the person; pose and intensity differ from round to
/// round, and a little from frame to frame.
fn round(
    plan: &FaceSetPlan,
    identity: usize,
    round: u64,
    model: &FaceModel,
    renderer: &mut Renderer,
) -> (Vec<Crop>, Vec<Expression>) {
    let person = plan.person(model, identity);
    let skin = plan.samples(identity).next().unwrap().skin;
    let habits = &mut Numbers::new(identity as u64, 61);
    let numbers = &mut Numbers::new(identity as u64, 62 + round);
    let room = Scene::random(identity as u64);
    let mut frames = (Vec::new(), Vec::new());
    for expression in Expression::ALL {
        // a person makes a look always in the same way
        let combination = habits.index(combinations(expression).len());
        let strength = numbers.between(0.7, 0.95);
        let pose = [8.0, 5.0, 3.0].map(|most| numbers.between(-most, most));
        for frame in 0..FRAMES as u64 {
            let intensity =
                if expression == Expression::Neutral { 0.0 } else { strength + numbers.between(-0.05, 0.05) };
            let [yaw, pitch, roll] = pose.map(|angle| angle + numbers.between(-1.5, 1.5));
            let gaze = Gaze { left: numbers.between(-4.0, 4.0), up: numbers.between(-2.0, 2.0) };
            let motion = Motion { actions: Actions::of_expression(expression, combination, intensity), gaze };
            let scene = Scene { pose: Pose { yaw, pitch, roll }, ..room };
            let seed = 1000 * round + 10 * frame + expression.index() as u64;
            let sample = Sample { identity, skin, expression, intensity, motion, scene, seed };
            let picture = sample.picture(renderer, model, &person, SIDE).unwrap();
            frames.0.push(sample.crop(&picture));
            frames.1.push(expression);
        }
    }
    frames
}

/// The share of frames that are classified as they are labelled, and of neutral ones.
fn accuracy(predictions: &[Distribution], labels: &[Expression], biases: &[f32; Expression::COUNT]) -> [f64; 2] {
    let right = |neutral: bool| {
        let kept = predictions.iter().zip(labels).filter(|(_, label)| !neutral || **label == Expression::Neutral);
        let right: Vec<bool> = kept.map(|(seen, label)| seen.biased(biases).top().0 == *label).collect();
        right.iter().filter(|right| **right).count() as f64 / right.len() as f64
    };
    [right(false), right(true)]
}

/// A person's rounds: features of the frames, those of the mirror images, and the labels.
type Rounds = [(Vec<f32>, Vec<f32>, Vec<Expression>); 2];

#[test]
fn the_head_by_the_looks_of_one_round_finds_more_in_another() {
    let mut network = Network::load();
    let persons = std::env::var("MIEN_PERSONS").map_or(1, |persons| persons.parse().unwrap());
    let plan =
        FaceSetPlan { identities: persons, expressions: Expression::ALL.to_vec(), intensities: vec![1.0], seed: 5 };
    let model = FaceModel::from_bytes(&fs::read(site("face/face.bin")).unwrap()).unwrap();
    let mut renderer = Renderer::new(&model);
    let all: Vec<Rounds> = (0..persons)
        .map(|identity| {
            [0, 1].map(|number| {
                let (crops, labels) = round(&plan, identity, number, &model, &mut renderer);
                let mirrored: Vec<Crop> =
                    crops.iter().filter_map(|crop| TestTimeAugmentation::Flip.of(crop).into_iter().last()).collect();
                (network.features(&crops), network.features(&mirrored), labels)
            })
        })
        .collect();
    let width = network.width;
    let report = |name: &str, adapted: &dyn Fn(&Rounds) -> (Head, [f32; Expression::COUNT])| {
        let each = all.iter().map(|rounds| {
            let (head, biases) = adapted(rounds);
            let [_, (features, _, labels)] = rounds;
            let before = accuracy(&predictions(&network.head, features, width), labels, &NONE);
            let after = accuracy(&predictions(&head, features, width), labels, &biases);
            [before[0], after[0], before[1], after[1], f64::from(u8::from(after[0] < before[0]))]
        });
        let sums = each.fold([0.0; 5], |sums, one| std::array::from_fn(|index| sums[index] + one[index]));
        let [before, after, neutral_before, neutral_after, worse] = sums.map(|sum| 100.0 * sum / persons as f64);
        println!(
            "{name}: frames {before:.1} → {after:.1} %, neutral {neutral_before:.1} → {neutral_after:.1} %, worse for {worse:.0} % of \
             {persons} persons"
        );
        [before, after]
    };
    report("neutral look", &|[(features, _, labels), _]| {
        let first = predictions(&network.head, features, width);
        let neutral = first.into_iter().zip(labels).filter(|(_, label)| **label == Expression::Neutral);
        let neutral: Vec<Distribution> = neutral.map(|(prediction, _)| prediction).collect();
        (network.head.clone(), neutral_biases(&neutral).unwrap())
    });
    let by_looks = |penalty: f32, left_out: &[Expression]| {
        report(&format!("all looks but {left_out:?}, penalty {penalty}"), &|[(features, mirrored, labels), _]| {
            let mut frames = LabelledFeatures::default();
            for side in [features, mirrored] {
                for (row, label) in side.chunks_exact(width).zip(labels).filter(|(_, label)| !left_out.contains(label))
                {
                    frames.features.extend_from_slice(row);
                    frames.labels.push(*label);
                }
            }
            (network.head.adapted(&frames, penalty).unwrap(), NONE)
        })
    };
    if std::env::var_os("MIEN_STUDY").is_some() {
        for penalty in [0.003, 0.01, 0.03, 0.1, 0.3, 1.0] {
            by_looks(penalty, &[]);
        }
    }
    by_looks(HEAD_PENALTY, &[Expression::Disgust, Expression::Fear]);
    let [before, after] = by_looks(HEAD_PENALTY, &[]);
    assert!(after > before + 10.0, "{before} {after}");
}
