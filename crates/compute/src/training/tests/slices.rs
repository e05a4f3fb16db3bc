//! Batches that are computed in slices.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::Device;
use pollster::block_on;
use serde_json::Value;

use super::{finish, settings, shapes, tensors};
use crate::network::{Architecture, Network, NetworkFile, Sizes};
use crate::training::{
    BatchSlice, MIN_SLICE, Method, Replica, Session, Settings, SliceOutput, TrainingData, TrainingError, weights,
};
use mien_core::dataset::{Dataset, NearDuplicates, Split};
use mien_core::expression::Expression;

fn data(dataset: Arc<Dataset>) -> TrainingData {
    TrainingData::new(dataset, &NearDuplicates::default(), None, None)
}

/// The losses of sessions that start from the same weights, and their networks. (The CPU's random state is shared by all tests, so
/// that random weights would differ.)
fn run<const N: usize>(dataset: &Arc<Dataset>, settings: [Settings; N]) -> [(Vec<f32>, NetworkFile); N] {
    let start =
        |settings, initial| Session::start(settings, data(Arc::clone(dataset)), initial, &Device::flex()).unwrap();
    let initial = start(settings[0].clone(), None).file(String::new());
    settings.map(|settings| {
        let mut session = start(settings, Some(initial.clone()));
        (finish(&mut session), session.file(String::new()))
    })
}

fn shaped() -> Arc<Dataset> {
    shapes::dataset(105, |shape, _| shape)
}

#[test]
fn without_batch_norm_slices_change_nothing() {
    let architecture = Architecture::Cnn(Sizes { stages: vec![(6, 1), (8, 1)], stage_dropout: vec![], dropout: 0.0 });
    let base = Settings {
        architecture,
        optimizer: Method::Sgd { momentum: 0.9 },
        learning_rate: 0.02,
        epochs: 2,
        batch: 35,
        mixup: 0.3,
        ..settings()
    };
    let [(whole, _), others @ ..] = run(&shaped(), [1, 2, 3, 16].map(|slices| Settings { slices, ..base.clone() }));
    assert_eq!(whole.len(), 4);
    for (sliced, _) in others {
        for (sliced, whole) in sliced.into_iter().zip(&whole) {
            assert!((sliced - whole).abs() < 1e-4, "{sliced} instead of {whole}");
        }
    }
}

#[test]
fn equal_slices_change_nothing_with_batch_norm_either() {
    let image = shaped().crop(0);
    let mut same = Dataset::default();
    (0..32).for_each(|row| same.push(*image.0, Expression::Happy, Split::Training, row));
    let same = Arc::new(same);
    let settings = [1, 4].map(|slices| Settings { epochs: 3, batch: 32, slices, ..settings() });
    let [(whole, expected), (sliced, found)] = run(&same, settings);
    let (expected, tensors) = (tensors(&expected), tensors(&found));
    assert!(whole.iter().zip(&sliced).all(|(whole, sliced)| (whole - sliced).abs() < 1e-4), "{whole:?} {sliced:?}");
    for (name, expected) in expected.iter().filter(|(name, _)| name.contains("running")) {
        let values =
            |bytes: &[u8]| -> Vec<f32> { bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect() };
        for (value, expected) in values(&tensors[name]).into_iter().zip(values(expected)) {
            assert!((value - expected).abs() < 1e-3 * expected.abs().max(1.0), "{name}: {value}, {expected}");
        }
    }
}

#[test]
fn slices_learn() {
    let mut all = data(shaped());
    all.validation = all.training.clone();
    let settings = Settings { batch: 35, slices: 4, epochs: 25, ..settings() };
    let mut session = Session::start(settings, all, None, &Device::flex()).unwrap();
    assert_eq!(session.slices_per_batch(), 35 / MIN_SLICE);
    finish(&mut session);
    let accuracy = session.history().epochs.last().unwrap().validation.unwrap().confusion.accuracy();
    assert!(accuracy > 0.95, "{accuracy}");
}

fn slice() -> BatchSlice {
    BatchSlice {
        inputs: (0..8 * 48 * 48).map(|index| (index % 97) as f32 / 97.0).collect(),
        shape: [8, 1, 48, 48],
        targets: vec![[1.0 / 7.0; 7]; 8],
        second: None,
        seed: 1,
    }
}

#[test]
fn slices_and_outputs_arrive_unchanged_as_blocks() {
    let settings = settings();
    let slice = slice();
    let network = Network::new(&settings.architecture, &Device::flex()).valid();
    let output = block_on(slice.compute(&network)).unwrap();
    let bytes = |values: &Value| values.as_array().map(Vec::len);
    let sent = serde_json::to_value(&slice).unwrap();
    assert_eq!(bytes(&sent["inputs"]), Some(4 * slice.inputs.len()), "one value at a time is slow");
    assert_eq!(serde_json::from_value::<BatchSlice>(sent).unwrap(), slice);
    let sent = serde_json::to_value(&output).unwrap();
    assert_eq!(bytes(&sent["tensors"]), Some(4 * output.tensors.len()), "one value at a time is slow");
    assert_eq!(serde_json::from_value::<SliceOutput>(sent).unwrap(), output);
}

#[test]
fn weights_of_another_network_are_refused() {
    let settings = settings();
    let replica = Replica::new(&settings, false, &Device::flex());
    let network = Network::new(&settings.architecture, &Device::flex()).valid();
    let right = block_on(weights(&network)).unwrap();
    let slice = slice();
    let output = block_on(replica.compute(&right, &slice)).unwrap();
    assert_eq!((output.logits.len(), output.tensors.len()), (56, right.len()));
    let short = &right[..right.len() - 1];
    let long = [&right[..], &[0.0]].concat();
    for weights in [short, &long] {
        assert!(matches!(block_on(replica.compute(weights, &slice)), Err(TrainingError::Device(_))));
    }
}
