//! Settings for common purposes.

use serde::{Deserialize, Serialize};

use super::{Balance, Criterion, EarlyStopping, Method, Schedule, Scope, Settings};

/// With fewer images, only the head is fine-tuned.
const FEW: usize = 1_000;

/// From this number of images, the whole network is fine-tuned.
const MANY: usize = 10_000;

/// A purpose of training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// A demonstration of about two minutes, even on a CPU: trains the head on a few images.
    Demo,
    /// Fine-tuning of a trained network; the part that is trained depends on the number of images.
    FineTune,
    /// Training from random weights: minutes on a few hundred images, hours on all of FER2013.
    FromScratch,
}

impl Preset {
    /// All of them, fastest first.
    pub const ALL: [Self; 3] = [Self::Demo, Self::FineTune, Self::FromScratch];

    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::FineTune => "fine-tune",
            Self::FromScratch => "from-scratch",
        }
    }
}

impl Settings {
    /// Settings for a purpose and a number of training images.
    pub fn preset(preset: Preset, training_images: usize) -> Self {
        let adam = Method::AdamW { betas: (0.9, 0.999) };
        let gentle = Self {
            optimizer: adam,
            schedule: Schedule::Cosine { warm_up: 0.05 },
            weight_decay: 0.01,
            batch: batch(training_images, 32),
            balance: Balance::Weights,
            averaging: 0.9,
            ..Self::default()
        };
        let patience = |patience| Some(EarlyStopping { by: Criterion::Loss, patience });
        match preset {
            Preset::Demo => Self {
                scope: Scope::Head,
                learning_rate: 0.01,
                epochs: 10,
                variants: 2,
                training_images: Some(1_400),
                validation_images: Some(350),
                ..gentle
            },
            Preset::FineTune if training_images < FEW => {
                Self { scope: Scope::Head, learning_rate: 0.003, epochs: 30, early_stopping: patience(10), ..gentle }
            }
            Preset::FineTune if training_images < MANY => Self {
                scope: Scope::LastStages(1),
                learning_rate: 0.001,
                epochs: 10,
                averaging: 0.99,
                early_stopping: patience(4),
                ..gentle
            },
            Preset::FineTune => Self {
                optimizer: Method::Sgd { momentum: 0.9 },
                learning_rate: 0.01,
                schedule: Schedule::Cosine { warm_up: 0.05 },
                epochs: 5,
                batch: 64,
                ..Self::default()
            },
            Preset::FromScratch if training_images < MANY => Self {
                learning_rate: 0.05,
                epochs: if training_images < FEW { 60 } else { 40 },
                batch: batch(training_images, 64),
                averaging: 0.99,
                ..Self::default()
            },
            Preset::FromScratch => Self::default(),
        }
    }
}

/// The batch size: at most `max`, at least 4, and small enough for at least eight steps per epoch.
fn batch(training_images: usize, max: usize) -> usize {
    (training_images / 8).clamp(4, max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_in_range_and_named_as_in_files() {
        for preset in Preset::ALL {
            assert_eq!(serde_json::to_value(preset).unwrap(), preset.name());
            for images in [0, 1, 70, 700, 5_000, 28_709] {
                let settings = Settings::preset(preset, images);
                settings.check().unwrap();
                assert!(settings.batch <= images.max(4));
            }
        }
        assert_eq!(Settings::preset(Preset::FineTune, 70).scope, Scope::Head);
        assert_eq!(Settings::preset(Preset::FineTune, 28_709).scope, Scope::Everything);
        assert_eq!(Settings::preset(Preset::FromScratch, 28_709), Settings::default());
    }
}
