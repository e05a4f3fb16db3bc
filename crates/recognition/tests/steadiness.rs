//! How soon a label follows a face, and how often it changes on a face that keeps still.
//!
//! The predictions are those of the default network for the model face, with the noise of a camera: pixel noise, and a frame
//! around the face that moves a little. A clip is made of them that switches between two looks at known frames.
//! `docs/timeline.md` has the figures that `--nocapture` prints. With `MIEN_CLIP` in the environment, changes are counted in
//! an MJPEG clip of 12.5 frames per second; with `MIEN_STUDY`, other settings are measured too.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs;
use std::path::{Path, PathBuf};

use mien_core::dataset::decode_picture;
use mien_core::expression::{Distribution, Expression};
use mien_core::file_kind::clip_pictures;
use mien_core::recognition::FrameSource;
use mien_core::vision::Crop;
use mien_core::vision::corruption::Corruption;
use mien_face::FaceModel;
use mien_face::action_unit::Actions;
use mien_face::appearance::SkinTone;
use mien_face::numbers::Numbers;
use mien_face::person::Person;
use mien_face::render::{Gaze, Motion, Renderer};
use mien_face::scene::Scene;
use mien_face::set::FacePlace;
use mien_recognition::{
    Classifier, CompiledClassifier, CompiledDetectorNetwork, Detector, Recognizer, Smoothed, Smoothing,
};
use mien_weights::WeightsFile;
use pollster::block_on;

/// Frames per second: a slow and a usual camera.
const RATES: [f64; 2] = [12.0, 25.0];

/// Persons, and crops of each of their looks.
const PERSONS: u64 = 2;
const CROPS: usize = 6;

/// How long a look is shown before it changes, and how long a still face is watched, in seconds.
const SHOWN: f64 = 2.0;
const WATCHED: f64 = 600.0;

/// A single average with a time constant of 350 ms, without hysteresis.
const SLOW: Smoothing = Smoothing {
    calm: 350.0,
    same: 2.0,
    changed: 2.0,
    alone: 0.0,
    covered: 0.0,
    covered_by_one: 0.0,
    share: 0.45,
    margin: 0.15,
    kept_share: 0.45,
    kept_margin: 0.15,
};

/// A label: a class, or none.
type Label = Option<Expression>;

fn site(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www").join(file)
}

fn classifier() -> CompiledClassifier {
    CompiledClassifier::load(&fs::read(site("weights/default.safetensors")).unwrap()).unwrap()
}

/// A look of a person: predictions for crops that differ by noise alone.
struct Look {
    person: u64,
    predictions: Vec<Distribution>,
}

impl Look {
    /// What is named without noise and smoothing: the class of the mean prediction, if it is clear.
    fn label(&self) -> Label {
        let mut mean = [0.0; Expression::COUNT];
        for prediction in &self.predictions {
            for (sum, value) in mean.iter_mut().zip(prediction.0) {
                *sum += value / self.predictions.len() as f32;
            }
        }
        Smoothing::default().first(Distribution(mean), 0.0).named
    }
}

/// The looks of all persons.
fn looks() -> Vec<Look> {
    let count = |name, default| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (persons, crops) = (count("MIEN_PERSONS", PERSONS), count("MIEN_CROPS", CROPS as u64));
    let model = FaceModel::from_bytes(&fs::read(site("face/face.bin")).unwrap()).unwrap();
    let (mut renderer, classifier) = (Renderer::new(&model), classifier());
    let mut looks = Vec::new();
    for number in 0..persons {
        let tone = SkinTone::ALL[number as usize % SkinTone::ALL.len()];
        let person = Person::random(&model, tone, number);
        for expression in Expression::ALL {
            let motion = Motion { actions: Actions::of_expression(expression, 0, 1.0), gaze: Gaze::default() };
            let picture = renderer.render(&model, &person, &motion, &Scene::default(), 192).unwrap();
            let place = FacePlace::new(&picture.landmarks);
            let mut numbers = Numbers::new(number, expression.index() as u64);
            let noisy = |frame: u64| {
                // By half a pixel of a face that is about a hundred wide, half a percent, a third of a degree.
                let mut moved = place;
                moved.eyes.x += 0.5 * numbers.normal();
                moved.eyes.y += 0.5 * numbers.normal();
                moved.size *= 1.0 + 0.005 * numbers.normal();
                moved.roll += 0.006 * numbers.normal();
                let crop = picture.frame.sample_grey(&moved.frame_from_crop());
                // a standard deviation of four grey levels
                Corruption::GaussianNoise.apply(&crop, 0.5, number * 1000 + frame)
            };
            let crops: Vec<Crop> = (0..crops).map(noisy).collect();
            let images = crops.iter().flat_map(Crop::normalize).collect();
            let logits = block_on(classifier.logits(images)).unwrap();
            let predictions = logits.into_iter().map(Distribution::from_logits).collect();
            looks.push(Look { person: number, predictions });
        }
    }
    looks
}

/// The labels of predictions with their times.
fn labels(smoothing: &Smoothing, predictions: impl IntoIterator<Item = (f64, Distribution)>) -> Vec<Label> {
    let mut before: Option<Smoothed> = None;
    let label = |(time, prediction)| {
        let smoothed = match &before {
            Some(before) => smoothing.next(before, prediction, time),
            None => smoothing.first(prediction, time),
        };
        before = Some(smoothed);
        smoothed.named
    };
    predictions.into_iter().map(label).collect()
}

fn changes(labels: &[Label]) -> usize {
    labels.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// Figures of a smoothing at a frame rate.
struct Figures {
    /// Frames from the first of another look to the first with its label, for each switch, sorted; `None` where the label
    /// does not follow at all.
    delays: Vec<Option<usize>>,
    /// Changes of the label per minute on a still face, for each look.
    flicker: Vec<f64>,
}

impl Figures {
    /// Measures a smoothing on all looks at a frame rate.
    fn measure(smoothing: &Smoothing, looks: &[Look], rate: f64) -> Self {
        let mut numbers = Numbers::new(7, 0);
        let mut draw = |look: &Look, seconds: f64| -> Vec<Distribution> {
            let count = (seconds * rate) as usize;
            (0..count).map(|_| look.predictions[numbers.index(look.predictions.len())]).collect()
        };
        let timed = |predictions: Vec<Distribution>| {
            let time = move |(frame, prediction)| (frame as f64 * 1000.0 / rate, prediction);
            predictions.into_iter().enumerate().map(time)
        };
        let mut delays = Vec::new();
        for from in looks.iter().filter(|look| look.label().is_some()) {
            let others = |to: &&Look| to.person == from.person && to.label().is_some() && to.label() != from.label();
            for to in looks.iter().filter(others) {
                let mut clip = draw(from, SHOWN);
                let switch = clip.len();
                clip.extend(draw(to, SHOWN));
                let labels = labels(smoothing, timed(clip));
                delays.push(labels[switch..].iter().position(|label| *label == to.label()));
            }
        }
        delays.sort_by_key(|delay| delay.unwrap_or(usize::MAX));
        let mut still = |look| changes(&labels(smoothing, timed(draw(look, WATCHED)))) as f64 * 60.0 / WATCHED;
        Self { delays, flicker: looks.iter().map(&mut still).collect() }
    }

    /// Frames within which a share of the labels has followed.
    fn delay(&self, share: f64) -> usize {
        self.delays[((self.delays.len() - 1) as f64 * share).round() as usize].unwrap_or(usize::MAX)
    }

    /// Changes per minute, the mean and the most of one look.
    fn flicker(&self) -> [f64; 2] {
        let mean = self.flicker.iter().sum::<f64>() / self.flicker.len() as f64;
        [mean, self.flicker.iter().copied().fold(0.0, f64::max)]
    }
}

#[test]
fn labels_follow_a_face_and_keep_still_with_it() {
    let looks = looks();
    let report = |name: &str, smoothing: &Smoothing| {
        for rate in RATES {
            let figures = Figures::measure(smoothing, &looks, rate);
            let [median, most, all] = [0.5, 0.95, 1.0].map(|share| {
                let frames = figures.delay(share);
                format!("{frames} frames ({:.0} ms)", frames as f64 * 1000.0 / rate)
            });
            let [mean, worst] = figures.flicker();
            println!(
                "{name}, {rate} frames/s, {} switches: median {median}, 95 %: {most}, all {all}; still: {mean:.2} changes \
                 per minute, at most {worst:.2}",
                figures.delays.len(),
            );
        }
    };
    println!("{} of {} looks are named", looks.iter().filter(|look| look.label().is_some()).count(), looks.len());
    report("one average of 350 ms", &SLOW);
    report("chosen", &Smoothing::default());
    if std::env::var_os("MIEN_STUDY").is_some() {
        let default = Smoothing::default();
        report("without hysteresis", &Smoothing { kept_share: default.share, kept_margin: default.margin, ..default });
        for calm in [100.0, 500.0, 1000.0, 2000.0] {
            report(&format!("one average of {calm} ms"), &Smoothing { calm, ..SLOW });
            for (changed, alone) in [(0.1, 0.3), (0.1, 0.4), (0.15, 0.3), (0.15, 0.4), (0.2, 0.4)] {
                for (same, covered) in [(0.08, 100.0), (0.12, 60.0), (0.12, 100.0), (0.12, 150.0), (0.16, 100.0)] {
                    let smoothing = Smoothing { calm, same, changed, alone, covered, ..default };
                    report(&format!("{calm} ms, {same}, {changed} + {alone} / n, {covered} ms"), &smoothing);
                }
            }
        }
    }
    for rate in RATES {
        let figures = Figures::measure(&Smoothing::default(), &looks, rate);
        assert!(figures.delays.len() > 10, "too few looks are named to switch between");
        assert!(figures.delay(0.95) as f64 * 1000.0 / rate <= 200.0, "{:?} frames at {rate}", figures.delays);
        assert!(figures.flicker()[1] <= 1.0, "{:?} changes per minute at {rate}", figures.flicker);
    }
}

/// Counts the changes of the labels in an MJPEG clip, if one is given.
#[test]
fn labels_of_a_clip_are_counted() {
    let Some(path) = std::env::var_os("MIEN_CLIP") else { return };
    let weights = fs::read(site("weights/blazeface.safetensors")).unwrap();
    let detector = CompiledDetectorNetwork::new(&WeightsFile::parse(&weights).unwrap()).unwrap();
    let mut recognizer = Recognizer::new(Detector::new(detector), classifier(), || 0.0);
    let mut faces: Vec<(u32, Vec<(f64, Distribution)>)> = Vec::new();
    for (index, picture) in clip_pictures(&fs::read(path).unwrap()).into_iter().enumerate() {
        let (frame, time) = (decode_picture(picture, 16_384).unwrap(), index as f64 * 80.0);
        let (found, _) = block_on(recognizer.recognize(&frame, FrameSource::Stream, time)).unwrap();
        for face in found {
            match faces.iter_mut().find(|(id, _)| *id == face.id) {
                Some((_, predictions)) => predictions.push((time, face.prediction)),
                None => faces.push((face.id, vec![(time, face.prediction)])),
            }
        }
    }
    for (id, predictions) in faces {
        let [before, now] =
            [SLOW, Smoothing::default()].map(|smoothing| changes(&labels(&smoothing, predictions.iter().copied())));
        println!("face {id}: {} frames, {now} changes of the label, {before} with one average", predictions.len());
    }
}
