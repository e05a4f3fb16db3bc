//! Values for the unit tests of this crate.

use mien_core::dataset::{
    Example, GroupLabels, LabelOrder, LabelQuestion, Location, NumberedSamples, Reading, Rejections, Split,
};
use mien_core::evaluation::photos::{PhotoOutcome, PhotoReport, PhotoRun};
use mien_core::evaluation::{ConfusionMatrix, Evaluation, Predictions, RunInfo};
use mien_core::explanation::Pixmap;
use mien_core::expression::{Distribution, Expression};
use mien_core::training::{EpochRecord, FoldRecord, History, Settings, Validation};
use mien_core::vision::corruption::Corruption;
use mien_core::vision::{CROP_PIXELS, Point, Rectangle};
use mien_protocol::{
    Backend, BenchmarkResult, DatasetId, DatasetSummary, Figures, Message, NetworkEntry, NetworkId, NetworkSummary,
    PhotographsOutcome, Plan, RecognizedFace, RobustnessOutcome, Timing,
};

use crate::state::RecognitionResult;

/// A message without a translation.
pub fn message(text: &str) -> Message {
    Message::quoted(text.to_owned())
}

/// The figures of a backend, of which two are given: the time for one face and for a training step, in milliseconds.
pub fn benchmark(backend: Backend, infer_1: f64, train_32: f64) -> BenchmarkResult {
    BenchmarkResult {
        backend,
        adapter: String::new(),
        milliseconds: Figures { infer_1, infer_32: 4.0 * infer_1, train_32, detect: 2.0 * infer_1 },
        repetitions: Figures { infer_1: 51, infer_32: 5, train_32: 3, detect: 51 },
        memory_bytes: 82_683_648,
    }
}

/// A set with these samples, in the order of its file.
pub fn set(id: DatasetId, name: &str, samples: &[(Expression, Split)]) -> DatasetSummary {
    DatasetSummary {
        id,
        name: name.to_owned(),
        labels: samples.iter().map(|(label, _)| label.index() as u8).collect(),
        splits: samples.iter().map(|(_, split)| split.index() as u8).collect(),
        rows: (0..samples.len() as u32).collect(),
        groups: Vec::new(),
        rejections: Rejections::default(),
        notes: Vec::new(),
        crops: None,
        seconds: 0.0,
        custom: false,
        resplit: false,
        together: None,
    }
}

/// A dataset of `count` happy Training images.
pub fn happy(id: DatasetId, count: usize) -> DatasetSummary {
    set(id, "set", &vec![(Expression::Happy, Split::Training); count])
}

/// The question about these numbers, with an example of each. All named orders but the first fit, and make of all numbers the
/// same class.
pub fn label_question(numbers: &[u32]) -> LabelQuestion {
    let example = || Example { location: Location::Row(2), pixels: vec![0; CROP_PIXELS] };
    let samples = |&number: &u32| NumberedSamples { number, count: 5, examples: vec![example()] };
    let reading = |(class, order): (Expression, LabelOrder)| Reading {
        classes: vec![Some(class); numbers.len()],
        fits: order != LabelOrder::Fer2013,
        order,
    };
    LabelQuestion {
        numbers: numbers.iter().map(samples).collect(),
        readings: Expression::ALL.into_iter().zip(LabelOrder::NAMED).map(reading).collect(),
        refused: None,
        has_more: false,
    }
}

/// A distribution with this probability for a class; the rest is shared equally by the others.
pub fn distribution(class: Expression, probability: f32) -> Distribution {
    let mut all = [(1.0 - probability) / (Expression::COUNT - 1) as f32; Expression::COUNT];
    all[class.index()] = probability;
    Distribution(all)
}

/// A face with a number and a prediction.
pub fn face(id: u32, class: Expression, probability: f32, clear: bool) -> RecognizedFace {
    let prediction = distribution(class, probability);
    RecognizedFace {
        id,
        bounds: Rectangle { x: 1.0, y: 2.0, width: 3.0, height: 4.0 },
        landmarks: [Point { x: 0.0, y: 0.0 }; 6],
        outline: [Point { x: 0.0, y: 0.0 }; 4],
        score: 1.0,
        prediction,
        smoothed: prediction,
        clear,
        crop: vec![0; CROP_PIXELS],
    }
}

/// A picture with these faces.
pub fn recognized(faces: Vec<RecognizedFace>) -> RecognitionResult {
    let found = faces.len() as u32;
    RecognitionResult { width: 640, height: 480, scale: 1.0, faces, found, timing: Timing::default(), latency: 0.0 }
}

/// Predictions: sample, label, predicted class and its probability.
pub fn predictions(all: &[(u32, Expression, Expression, f32)]) -> Predictions {
    let mut predictions = Predictions::default();
    for &(sample, label, predicted, probability) in all {
        predictions.push(sample, label, distribution(predicted, probability));
    }
    predictions
}

/// The evaluation of predictions.
pub fn evaluation(predictions: &Predictions) -> Box<Evaluation> {
    Box::new(Evaluation::new(predictions, RunInfo { seconds: 2.0, ..RunInfo::default() }))
}

/// A plan with ten steps per epoch; a cross-validation if `folds` is not 0.
pub fn plan(folds: u32) -> Plan {
    Plan {
        set: "faces.csv".to_owned(),
        settings: Settings { epochs: 5, batch: 8, ..Settings::default() },
        settings_json: String::new(),
        training_images: 80,
        validation_images: 20,
        validation_name: message("PublicTest"),
        missing: Vec::new(),
        steps_per_epoch: 10,
        history: History::default(),
        folds,
        grouped_by: (folds > 0).then(|| "person".to_owned()),
    }
}

/// An epoch in which `right` of ten validation images were classified correctly.
pub fn epoch(epoch: usize, loss: f32, right: u64) -> EpochRecord {
    let mut confusion = ConfusionMatrix::default();
    confusion.0[Expression::Happy.index()][Expression::Happy.index()] = right;
    confusion.0[Expression::Sad.index()][Expression::Happy.index()] = 10 - right;
    let validation = Some(Validation { confusion, loss });
    EpochRecord { epoch, loss, accuracy: 0.5, validation, learning_rate: 0.01, seconds: 4.0 }
}

/// A fold that was tested on one image.
pub fn fold(fold: usize) -> FoldRecord {
    let predictions = predictions(&[(0, Expression::Happy, Expression::Happy, 0.9)]);
    FoldRecord { fold, training_images: 80, epochs: 5, report: evaluation(&predictions).report }
}

/// A network of the library.
pub fn network(id: NetworkId, name: &str) -> NetworkEntry {
    let summary = NetworkSummary {
        name: "vgg".to_owned(),
        parameters: 1_300_000,
        multiply_adds: 117_000_000,
        description: None,
        validation_accuracy: None,
        validated_on: None,
    };
    NetworkEntry { id, name: name.to_owned(), summary, bytes: 5_200_000, saved: false }
}

/// The outcome of a robustness test, with accuracies for each corruption from clean to the highest severity.
pub fn robustness(accuracies: &[(Corruption, [f64; 6])]) -> RobustnessOutcome {
    RobustnessOutcome {
        samples: 100,
        predictions: 600,
        corruptions: accuracies.iter().map(|(corruption, _)| *corruption).collect(),
        accuracies: accuracies.iter().map(|(_, row)| *row).collect(),
        macro_f1s: accuracies.iter().map(|(_, row)| *row).collect(),
        model: "vgg".to_owned(),
        backend: "CPU".to_owned(),
        dataset: "set".to_owned(),
        split: "PrivateTest".to_owned(),
        seconds: 60.0,
        json: String::new(),
        csv: String::new(),
        text: String::new(),
    }
}

/// Sixteen photographs of happy faces in groups: all six of `a` are right, three of the six of `b`, and three of the four of `few`.
pub fn photographs() -> PhotographsOutcome {
    let outcome = |photo: u32| PhotoOutcome {
        label: Expression::Happy,
        prediction: Some(distribution(
            if matches!(photo, 9..12 | 15) { Expression::Sad } else { Expression::Happy },
            0.9,
        )),
        placement: None,
        image_placement: None,
        faces: 1,
    };
    let outcomes: Vec<PhotoOutcome> = (0..16).map(outcome).collect();
    let values = ["a", "b", "few"].map(str::to_owned).to_vec();
    let codes = (0..16).map(|photo| photo / 6).collect();
    let column = GroupLabels { name: "group".to_owned(), values, codes };
    let run = PhotoRun { photographs: "london".to_owned(), seconds: 2.0, ..PhotoRun::default() };
    let report = PhotoReport::new(&outcomes, &[column], None, run);
    PhotographsOutcome { measured: report.run, figures: report.figures, json: String::new() }
}

/// An image of one pixel.
pub fn painting() -> Pixmap {
    Pixmap { width: 1, height: 1, pixels: vec![0; 4] }
}
