//! Files written by earlier versions still load with the same content: weights, checkpoints, saved datasets, settings,
//! reports.
//!
//! The fixtures in `tests/fixtures/compatibility/` were written before the workspace was split; its README describes
//! how. When a format changes, add fixtures and keep these.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::Device;
use mien_compute::evaluation::robustness::RobustnessReport;
use mien_compute::evaluation::{Report, predict};
use mien_compute::network;
use mien_compute::training::{CrossReport, Session, Settings, StepOutcome, TrainingData};
use mien_core::dataset::{Dataset, LoadNote, NearDuplicates, Rejections, Split};
use mien_core::expression::Expression;
use mien_core::vision::{CROP_PIXELS, Crop};
use pollster::block_on;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/compatibility").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn json<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The images that the fixtures were made with.
fn images() -> Arc<Dataset> {
    let mut dataset = Dataset::default();
    for row in 0..35 {
        let pixels: [u8; CROP_PIXELS] = std::array::from_fn(|index| ((index * (row % 7 + 1) + row * 31) % 251) as u8);
        let split = if row % 5 == 4 { Split::PublicTest } else { Split::Training };
        dataset.push(pixels, Expression::ALL[row % 7], split, row);
    }
    Arc::new(dataset)
}

#[test]
fn weights_give_the_logits_that_they_gave() {
    let device = Device::flex();
    let logits: BTreeMap<String, Vec<[f32; Expression::COUNT]>> = json("logits.json");
    assert_eq!(logits.len(), 4);
    let images = images();
    for (name, expected) in logits {
        let network = network::load(&bytes(&name), &device).unwrap().predictor();
        let crops = (0..expected.len()).map(|index| Crop(Box::new(*images.pixels(index))));
        let count = expected.len();
        let found = block_on(predict(&network, crops, count, async |_| ControlFlow::Continue(()))).unwrap();
        for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
            assert!((found - expected).abs() < 1e-5, "{name}: {found} instead of {expected}");
        }
    }
}

#[test]
fn a_resumed_checkpoint_continues_as_if_not_stopped() {
    let data = TrainingData::new(images(), &NearDuplicates::default(), None, None);
    let checkpoint = bytes("run.checkpoint");
    assert_eq!(Session::epochs(&checkpoint).unwrap(), (2, 3));
    let mut session = Session::resume(&checkpoint, data, &Device::flex()).unwrap();
    let mut losses = Vec::new();
    loop {
        match block_on(session.step(async |_| ControlFlow::Continue(()))).unwrap() {
            StepOutcome::Step(step) => losses.push(step.loss),
            StepOutcome::Epoch(_) => {}
            StepOutcome::Finished => break,
        }
    }
    let expected: Vec<f32> = json("run.losses.json");
    assert_eq!(losses.len(), expected.len());
    for (found, expected) in losses.iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-4 * expected.abs(), "a loss of {found} instead of {expected}");
    }
}

#[test]
fn a_saved_dataset_and_what_was_skipped_are_read() {
    let dataset = Dataset::read_from(bytes("dataset.stored").as_slice()).unwrap();
    assert_eq!(dataset.len(), 6);
    for row in 0..6 {
        assert_eq!(dataset.label(row), Expression::ALL[row]);
        let pixels: [u8; CROP_PIXELS] = std::array::from_fn(|at| ((at * (row + 1)) % 256) as u8);
        assert_eq!(*dataset.pixels(row), pixels);
    }
    assert_eq!(dataset.groups()[0].name(), "age");
    for name in ["dataset.label.json", "rejections.json"] {
        let label: Value = json(name);
        let rejections: Rejections = serde_json::from_value(label["rejections"].clone()).unwrap();
        let notes: Vec<LoadNote> = serde_json::from_value(label["remarks"].clone()).unwrap();
        assert_eq!(serde_json::to_value(&rejections).unwrap(), label["rejections"], "{name}");
        assert_eq!(serde_json::to_value(&notes).unwrap(), label["remarks"], "{name}");
    }
}

/// Whether two values are the same but for the last digits of numbers, which reading may round.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= 1e-12 * one.abs()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| is_same(one, other)))
        }
        _ => one == other,
    }
}

/// Adds what came later, with the values that a file without it means.
fn complete(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(complete),
        Value::Object(entries) => {
            if entries.contains_key("batch") && entries.contains_key("weight_decay") {
                entries.entry("slices").or_insert(0.into());
            }
            if entries.contains_key("folds") && entries.contains_key("records") {
                entries.entry("grouped_by").or_insert(Value::Null);
            }
            entries.values_mut().for_each(complete);
        }
        _ => {}
    }
}

/// Read and written again, a file is the same, apart from what came later.
fn round_trip<T: DeserializeOwned + serde::Serialize>(name: &str) {
    let read: T = json(name);
    let written: Value = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    let mut expected = json(name);
    complete(&mut expected);
    assert!(is_same(&written, &expected), "{name}: {written}");
}

#[test]
fn settings_and_reports_are_read_and_written_as_before() {
    round_trip::<Settings>("settings.json");
    round_trip::<Settings>("settings-default.json");
    round_trip::<Report>("report.json");
    round_trip::<RobustnessReport>("robustness.json");
    round_trip::<CrossReport>("folds.json");
}
