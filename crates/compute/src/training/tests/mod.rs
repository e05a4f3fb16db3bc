mod gradients;
mod learning;
mod sessions;
mod shapes;
mod slices;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use pollster::block_on;
use safetensors::SafeTensors;

use super::{Method, Schedule, Session, Settings, StepOutcome};
use crate::network::{self, Architecture, NetworkFile, Sizes};
use mien_core::dataset::Augmentation;
use mien_weights::Precision;

fn settings() -> Settings {
    Settings {
        architecture: Architecture::Vgg(Sizes {
            stages: vec![(8, 1), (12, 1), (24, 1)],
            stage_dropout: vec![],
            dropout: 0.0,
        }),
        optimizer: Method::AdamW { betas: (0.9, 0.99) },
        learning_rate: 0.02,
        schedule: Schedule::Cosine { warm_up: 0.1 },
        epochs: 15,
        batch: 14,
        label_smoothing: 0.0,
        augmentation: Augmentation::OFF,
        averaging: 0.0,
        seed: 1,
        ..Settings::default()
    }
}

async fn go_on(_: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Runs to the end; the losses of all steps.
fn finish(session: &mut Session) -> Vec<f32> {
    let mut losses = Vec::new();
    loop {
        match block_on(session.step(go_on)).unwrap() {
            StepOutcome::Step(step) => losses.push(step.loss),
            StepOutcome::Epoch(_) => {}
            StepOutcome::Finished => return losses,
        }
    }
}

/// All tensors of a network by name.
fn tensors(file: &NetworkFile) -> BTreeMap<String, Vec<u8>> {
    let bytes = block_on(network::save(file, Precision::Full)).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    tensors.iter().map(|(name, view)| (name.to_owned(), view.data().to_vec())).collect()
}
