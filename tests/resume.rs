//! Going on from a checkpoint equals never having stopped, to the last bit.
//!
//! Alone in its file: Burn's CPU backend has one random state a process, which other tests would draw from too.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use burn::tensor::Device;
use mien::dataset::{Dataset, Split};
use mien::expression::Expression;
use mien::network::{self, Architecture, VggConfig};
use mien::training::{EpochRecord, Method, Progress, Session, Settings, TrainingData};
use mien::vision::CROP_PIXELS;
use mien::weights::Precision;
use pollster::block_on;
use safetensors::SafeTensors;

fn data() -> TrainingData {
    let mut dataset = Dataset::default();
    for row in 0..70 {
        let pixels = std::array::from_fn(|index| ((index * (row % 7 + 1) + row * 31) % 251) as u8);
        let split = if row % 5 == 4 { Split::PublicTest } else { Split::Training };
        dataset.push(pixels, Expression::ALL[row % 7], split, row);
    }
    assert_eq!(dataset.pixels(0).len(), CROP_PIXELS);
    TrainingData::new(Arc::new(dataset), None)
}

/// Trains to the end, through bytes before each of the calls named; the losses, the history and the weights.
fn train(settings: &Settings, interruptions: &[usize]) -> (Vec<f32>, Vec<EpochRecord>, BTreeMap<String, Vec<u8>>) {
    let device = Device::flex();
    let mut session = Session::start(settings.clone(), data(), None, &device).unwrap();
    let mut losses = Vec::new();
    for call in 0.. {
        if interruptions.contains(&call) {
            let bytes = block_on(session.checkpoint()).unwrap();
            drop(session);
            device.seed(call as u64);
            session = Session::resume(&bytes, data(), &device).unwrap();
        }
        match block_on(session.step(async |_| ControlFlow::Continue(()))).unwrap() {
            Progress::Step(step) => losses.push(step.loss),
            Progress::Epoch(_) => {}
            Progress::Finished => break,
        }
    }
    let weights = block_on(network::save(&session.file(String::new()), Precision::Full)).unwrap();
    // the header's entries come in any order
    let tensors = SafeTensors::deserialize(&weights).unwrap();
    let tensors = tensors.iter().map(|(name, view)| (name.to_owned(), view.data().to_vec())).collect();
    (losses, session.history().to_vec(), tensors)
}

#[test]
fn a_resumed_session_is_bit_equal() {
    let config = VggConfig { stages: vec![(4, 1), (6, 2)], stage_dropout: vec![0.2, 0.1], dropout: 0.3 };
    for optimizer in [Method::Sgd { momentum: 0.9 }, Method::AdamW { betas: (0.9, 0.999) }] {
        let settings = Settings {
            architecture: Architecture::Vgg(config.clone()),
            optimizer,
            learning_rate: 0.02,
            epochs: 3,
            batch: 16,
            averaging: 0.9,
            seed: 5,
            ..Settings::default()
        };
        let whole = train(&settings, &[]);
        assert_eq!(whole.0.len(), 3 * 3);
        assert!(whole == train(&settings, &[]), "a run repeats");
        // at the start, in an epoch, before a validation, after it
        assert!(whole == train(&settings, &[0, 2, 3, 8, 9, 11]), "{optimizer:?}: a resumed run equals the whole");
        let other = Settings { seed: 6, ..settings };
        assert!(whole.0 != train(&other, &[]).0, "another seed gives another run");
    }
}
