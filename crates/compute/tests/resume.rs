//! Resuming from a checkpoint gives the same result as never having stopped, and a slice of a batch the same wherever it is computed, to
//! the last bit.
//!
//! In a separate file: Burn's CPU backend has one random state per process, which other tests would use too.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use burn::tensor::Device;
use mien_compute::network::{self, Architecture, Network, NetworkFile, Sizes};
use mien_compute::training::{
    Balance, BatchSlice, Criterion, EarlyStopping, History, Method, OwnDevice, Replica, Scope, Session, Settings,
    SliceExecutor, SliceOutput, StepOutcome, TrainingData, TrainingError,
};
use mien_core::dataset::{Augmentation, Dataset, NearDuplicates, Split};
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;
use mien_weights::Precision;
use pollster::block_on;
use safetensors::SafeTensors;

fn data() -> TrainingData {
    let mut dataset = Dataset::default();
    for row in 0..70 {
        let pixels: [u8; CROP_PIXELS] = std::array::from_fn(|index| ((index * (row % 7 + 1) + row * 31) % 251) as u8);
        let split = if row % 5 == 4 { Split::PublicTest } else { Split::Training };
        dataset.push(pixels, Expression::ALL[row % 7], split, row);
    }
    TrainingData::new(Arc::new(dataset), &NearDuplicates::default(), None, None)
}

type Weights = BTreeMap<String, Vec<u8>>;

fn weights(file: &NetworkFile) -> Weights {
    let bytes = block_on(network::save(file, Precision::Full)).unwrap();
    // the order of the entries of the header varies
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    tensors.iter().map(|(name, view)| (name.to_owned(), view.data().to_vec())).collect()
}

/// Computes the slices last to first, each with a network that has nothing but the weights sent to it.
struct Elsewhere(Replica);

impl SliceExecutor for Elsewhere {
    async fn run(&mut self, network: &Network, slices: Vec<BatchSlice>) -> Result<Vec<SliceOutput>, TrainingError> {
        let weights = mien_compute::training::weights(network).await?;
        let mut outputs = Vec::new();
        for slice in slices.iter().rev() {
            outputs.insert(0, self.0.compute(&weights, slice).await?);
        }
        Ok(outputs)
    }
}

/// Trains to the end, with a checkpoint before each of the given calls; returns the losses, the history, the last weights
/// and the best ones.
fn train(settings: &Settings, interruptions: &[usize]) -> (Vec<f32>, History, [Weights; 2]) {
    train_with(&mut OwnDevice, settings, interruptions)
}

fn train_with(
    executor: &mut impl SliceExecutor,
    settings: &Settings,
    interruptions: &[usize],
) -> (Vec<f32>, History, [Weights; 2]) {
    let device = Device::flex();
    let initial = (settings.scope != Scope::Everything).then(|| {
        let scratch = Settings { scope: Scope::Everything, ..settings.clone() };
        Session::start(scratch, data(), None, &device).unwrap().file(String::new())
    });
    let mut session = Session::start(settings.clone(), data(), initial, &device).unwrap();
    let mut losses = Vec::new();
    for call in 0.. {
        if interruptions.contains(&call) {
            let bytes = block_on(session.checkpoint()).unwrap();
            drop(session);
            device.seed(call as u64);
            session = Session::resume(&bytes, data(), &device).unwrap();
        }
        match block_on(session.step_with(executor, async |_| ControlFlow::Continue(()))).unwrap() {
            StepOutcome::Step(step) => losses.push(step.loss),
            StepOutcome::Epoch(_) => {}
            StepOutcome::Finished => break,
        }
    }
    let mut history = session.history().clone();
    history.epochs.iter_mut().for_each(|epoch| epoch.seconds = 0.0);
    let best = session.best(String::new()).unwrap();
    (losses, history, [weights(&session.file(String::new())), weights(&best)])
}

#[test]
fn a_resumed_session_is_bit_equal() {
    let config = Sizes { stages: vec![(4, 1), (6, 2)], stage_dropout: vec![0.2, 0.1], dropout: 0.3 };
    let base = Settings {
        architecture: Architecture::Vgg(config),
        learning_rate: 0.02,
        epochs: 3,
        batch: 16,
        averaging: 0.9,
        seed: 5,
        ..Settings::default()
    };
    let adam = Method::AdamW { betas: (0.9, 0.999) };
    let resnet = Architecture::ResNet(Sizes { stages: vec![(4, 0), (6, 1)], stage_dropout: vec![0.1], dropout: 0.2 });
    let early_stopping = Some(EarlyStopping { by: Criterion::Loss, patience: 1 });
    for settings in [
        base.clone(),
        Settings { optimizer: adam, dropout: Some(0.1), ..base.clone() },
        Settings { optimizer: Method::Muon { momentum: 0.9, rest: 2.0 }, architecture: resnet, ..base.clone() },
        Settings { scope: Scope::Head, optimizer: adam, variants: 2, ..base.clone() },
        Settings { scope: Scope::LastStages(1), variants: 0, averaging: 0.0, ..base.clone() },
        Settings { scope: Scope::LastStages(1), augmentation: Augmentation::OFF, ..base.clone() },
        Settings { mixup: 0.4, balance: Balance::Weights, ..base.clone() },
        Settings { slices: 2, optimizer: adam, ..base.clone() },
        Settings { mixup: 1.0, balance: Balance::Sampling, scope: Scope::Head, ..base.clone() },
        Settings { training_images: Some(40), validation_images: Some(9), best_by: Criterion::MacroF1, ..base.clone() },
        Settings { early_stopping, learning_rate: 0.5, epochs: 30, best_by: Criterion::Loss, ..base.clone() },
    ] {
        let whole = train(&settings, &[]);
        let limit = settings.training_images.unwrap_or(56);
        if settings.early_stopping.is_some() {
            assert!(whole.1.epochs.len() < 30, "it stops early");
        } else {
            assert_eq!(whole.0.len(), 3 * (limit / 16));
        }
        assert!(whole == train(&settings, &[]), "{settings:?}: a run repeats");
        // at the start, in an epoch, before a validation, after it
        assert!(whole == train(&settings, &[0, 2, 3, 8, 9, 11]), "{settings:?}: a resumed run equals the whole");
    }
    for scope in [Scope::Everything, Scope::LastStages(1)] {
        let settings = Settings { scope, slices: 2, ..base.clone() };
        let mut elsewhere = Elsewhere(Replica::new(&settings, false, &Device::flex()));
        let (own, other) = (train(&settings, &[]), train_with(&mut elsewhere, &settings, &[]));
        assert!(own == other, "{scope:?}: who computes a slice makes no difference");
    }
    let whole = train(&base, &[]);
    assert!(whole.0 != train(&Settings { seed: 6, ..base }, &[]).0, "another seed gives another run");
}
