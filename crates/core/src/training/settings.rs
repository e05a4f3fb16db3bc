//! The settings of a training run, as in settings files.

use serde::{Deserialize, Serialize};

use super::criterion::Criterion;
use super::schedule::Schedule;
use super::settings_error::{Amount, SettingsError, Share};
use crate::dataset::Augmentation;
use crate::network::Architecture;

/// Settings of a training run. In a file, missing entries have their defaults, and unknown ones are an error. See
/// `docs/training.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The architecture for training from random weights; initial weights have their own.
    pub architecture: Architecture,
    /// The part of the network that is trained.
    pub scope: Scope,
    /// The optimizer.
    pub optimizer: Method,
    /// The peak learning rate, more than 0 and at most 10.
    pub learning_rate: f64,
    /// The learning-rate schedule.
    pub schedule: Schedule,
    /// Number of epochs, 1 to 10,000.
    pub epochs: usize,
    /// Batch size, 1 to 4,096.
    pub batch: usize,
    /// Slices of a batch, 0 to 16, which are computed separately, each with its own mean and variance in batch norm; in a browser
    /// without a GPU in parallel. 0 lets the program choose. A batch has fewer if they would have less than 8 images.
    pub slices: usize,
    /// L2 weight decay, 0 to 1, for weights but not for biases and batch norm.
    pub weight_decay: f64,
    /// Dropout before the fully connected layer, 0 to less than 1; `None` keeps that of the network.
    pub dropout: Option<f64>,
    /// Label smoothing: the share of every target that is distributed over all classes, from 0 to less than 1.
    pub label_smoothing: f64,
    /// The share of FER+'s votes in the targets of images with votes, 0 to 1.
    pub votes_share: f64,
    /// A second head that is trained on FER+'s votes, if there are any; `None` for no such head.
    pub second_head: Option<SecondHead>,
    /// Compensation of class imbalance.
    pub balance: Balance,
    /// The alpha of mixup, 0 to 1; 0 turns it off. Inputs of the first trained part are mixed in pairs, and so are their
    /// targets, with a share drawn from Beta(alpha, alpha) for each batch (Zhang et al., 2018).
    pub mixup: f64,
    /// Data augmentation.
    pub augmentation: Augmentation,
    /// If a part of the network is frozen: the number of variants of each image (the image itself and augmented ones) for
    /// which the output of that part is cached; training cycles through them. 0 to 64; 0 disables the cache. Without
    /// augmentation, there is at most 1.
    pub variants: usize,
    /// The decay per step of the exponential moving average of the weights, from 0 to less than 1; 0 turns averaging off.
    /// After `t` steps, the decay is at most `(1 + t) / (10 + t)`.
    pub averaging: f64,
    /// The criterion for the best epoch.
    pub best_by: Criterion,
    /// Early stopping, if any.
    pub early_stopping: Option<EarlyStopping>,
    /// Maximum number of training images, balanced by class; `None` for all.
    pub training_images: Option<usize>,
    /// Maximum number of validation images; `None` for all.
    pub validation_images: Option<usize>,
    /// The random seed.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            architecture: Architecture::default(),
            scope: Scope::Everything,
            optimizer: Method::Sgd { momentum: 0.9 },
            learning_rate: 0.1,
            schedule: Schedule::OneCycle { rise: 0.15 },
            epochs: 40,
            batch: 128,
            slices: 0,
            weight_decay: 5e-4,
            dropout: None,
            label_smoothing: 0.05,
            votes_share: 0.25,
            second_head: None,
            balance: Balance::None,
            mixup: 0.0,
            augmentation: Augmentation::default(),
            variants: 4,
            averaging: 0.999,
            best_by: Criterion::Accuracy,
            early_stopping: None,
            training_images: None,
            validation_images: None,
            seed: 0,
        }
    }
}

/// The part of a network that is trained. The rest is frozen and runs in inference mode: no dropout, fixed batch-norm
/// statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Scope {
    /// The fully connected layer.
    Head,
    /// This many of the last stages of the backbone, at least 1, and the head.
    LastStages(usize),
    /// The whole network.
    Everything,
}

impl Scope {
    /// The first trained stage of a network with `stages`; the head comes after the last.
    pub fn first_stage(self, stages: usize) -> usize {
        match self {
            Self::Head => stages,
            Self::LastStages(count) => stages.saturating_sub(count),
            Self::Everything => 0,
        }
    }
}

/// An optimizer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Method {
    /// Stochastic gradient descent with Nesterov's momentum; weight decay adds to the gradient.
    Sgd {
        /// 0 to less than 1; 0 is plain gradient descent.
        momentum: f64,
    },
    /// Adam with decoupled weight decay (Loshchilov & Hutter, 2019).
    AdamW {
        /// Decay of the mean gradient and of the mean squared gradient, each 0 to less than 1.
        betas: (f64, f64),
    },
    /// Muon (Jordan et al., 2024) for convolutions across channels: orthogonalized updates, and weights of constant norm.
    /// All other parameters are trained as with [`Self::Sgd`].
    Muon {
        /// 0 to less than 1, for both.
        momentum: f64,
        /// The factor for the learning rate of the other parameters, more than 0 and at most 100.
        rest: f64,
    },
}

/// A second head for all choices of FER+'s taggers, including contempt, unknown and not a face. It trains the backbone
/// without changing the labels of the first head. Saved weights have one head.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondHead {
    /// The weight of its loss, 0 to 1; that of the first head is 1.
    pub loss: f64,
    /// Its share of the logits in validation and in the saved network, 0 to 1.
    pub share: f64,
}

/// A compensation of class imbalance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Balance {
    /// Nothing.
    None,
    /// Class weights: the loss of an image is weighted inversely to the size of its class; 1 on average.
    Weights,
    /// Balanced sampling: an epoch draws equally often from every class, and repeats images of small ones.
    Sampling,
}

/// Early stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyStopping {
    /// The criterion that has to improve.
    pub by: Criterion,
    /// The number of epochs without improvement after which training stops, 1 to 10,000.
    pub patience: usize,
}

impl Settings {
    /// Checks that all values are in their ranges.
    ///
    /// # Errors
    /// Which one.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.architecture.check()?;
        self.augmentation.check()?;
        self.schedule.check()?;
        let below_one = |share, value: f64| {
            if (0.0..1.0).contains(&value) { Ok(()) } else { Err(SettingsError::BelowOne { share, value }) }
        };
        match self.optimizer {
            Method::Sgd { momentum } => below_one(Share::Momentum, momentum)?,
            Method::Muon { momentum, rest } => {
                below_one(Share::Momentum, momentum)?;
                if !(rest > 0.0 && rest <= 100.0) {
                    return Err(SettingsError::RestRate(rest));
                }
            }
            Method::AdamW { betas } => {
                below_one(Share::FirstBeta, betas.0)?;
                below_one(Share::SecondBeta, betas.1)?;
            }
        }
        below_one(Share::LabelSmoothing, self.label_smoothing)?;
        below_one(Share::Averaging, self.averaging)?;
        below_one(Share::Dropout, self.dropout.unwrap_or(0.0))?;
        if !(self.learning_rate > 0.0 && self.learning_rate <= 10.0) {
            return Err(SettingsError::LearningRate(self.learning_rate));
        }
        let at_most_one = |share, value: f64| {
            if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(SettingsError::AtMostOne { share, value }) }
        };
        at_most_one(Share::WeightDecay, self.weight_decay)?;
        at_most_one(Share::Votes, self.votes_share)?;
        at_most_one(Share::Mixup, self.mixup)?;
        if let Some(SecondHead { loss, share }) = self.second_head {
            at_most_one(Share::SecondLoss, loss)?;
            at_most_one(Share::SecondShare, share)?;
        }
        let within = |amount, value: usize, (least, most): (usize, usize)| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(SettingsError::Amount { amount, value, least, most })
            }
        };
        within(Amount::Epochs, self.epochs, (1, 10_000))?;
        within(Amount::Batch, self.batch, (1, 4_096))?;
        within(Amount::Slices, self.slices, (0, 16))?;
        within(Amount::Variants, self.variants, (0, 64))?;
        let some = |amount, count| if count == Some(0) { Err(SettingsError::None(amount)) } else { Ok(()) };
        some(Amount::TrainingImages, self.training_images)?;
        some(Amount::ValidationImages, self.validation_images)?;
        if let Some(stopping) = self.early_stopping {
            within(Amount::Patience, stopping.patience, (1, 10_000))?;
        }
        match self.scope {
            Scope::LastStages(0) => Err(SettingsError::NoStages),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_files_may_leave_out_and_must_not_invent() {
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
        let text = r#"{ "optimizer": { "adamw": { "betas": [0.9, 0.99] } }, "schedule": { "constant": { "warm_up": 0.1 } },
            "scope": { "last-stages": 2 }, "balance": "sampling", "early_stopping": { "by": "macro-f1", "patience": 3 },
            "augmentation": { "flip": 0 }, "architecture": { "vgg": { "stages": [[4, 1]], "stage_dropout": [], "dropout": 0 } } }"#;
        let settings: Settings = serde_json::from_str(text).unwrap();
        assert_eq!(settings.optimizer, Method::AdamW { betas: (0.9, 0.99) });
        assert_eq!((settings.scope, settings.balance), (Scope::LastStages(2), Balance::Sampling));
        assert_eq!(settings.early_stopping, Some(EarlyStopping { by: Criterion::MacroF1, patience: 3 }));
        assert_eq!(settings.augmentation, Augmentation { flip: 0.0, ..Augmentation::default() });
        assert_eq!(settings.seed, 0);
        settings.check().unwrap();
        let again: Settings = serde_json::from_str(&serde_json::to_string(&settings).unwrap()).unwrap();
        assert_eq!(again, settings);
        assert!(serde_json::from_str::<Settings>(r#"{ "learnign_rate": 1 }"#).is_err());
        assert!(serde_json::from_str::<Settings>(r#"{ "scope": "tail" }"#).is_err());
        assert_eq!(serde_json::from_str::<Settings>(r#"{ "scope": "head" }"#).unwrap().scope, Scope::Head);
    }

    #[test]
    fn the_documented_defaults_are_the_defaults() {
        let text = include_str!("../../../../docs/training.md");
        let (_, json) = text.split_once("```json\n").unwrap();
        let (json, _) = json.split_once("```").unwrap();
        assert_eq!(serde_json::from_str::<Settings>(json).unwrap(), Settings::default());
        let mentioned: serde_json::Value = serde_json::from_str(json).unwrap();
        let all = serde_json::to_value(Settings::default()).unwrap();
        assert!(all.as_object().unwrap().keys().eq(mentioned.as_object().unwrap().keys()));
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        Settings::default().check().unwrap();
        let wrong = [
            Settings { epochs: 0, ..Settings::default() },
            Settings { batch: 0, ..Settings::default() },
            Settings { batch: 5000, ..Settings::default() },
            Settings { learning_rate: 0.0, ..Settings::default() },
            Settings { learning_rate: f64::NAN, ..Settings::default() },
            Settings { weight_decay: -1.0, ..Settings::default() },
            Settings { label_smoothing: 1.0, ..Settings::default() },
            Settings { averaging: 1.0, ..Settings::default() },
            Settings { votes_share: 2.0, ..Settings::default() },
            Settings { dropout: Some(1.0), ..Settings::default() },
            Settings { second_head: Some(SecondHead { loss: -0.1, share: 0.2 }), ..Settings::default() },
            Settings { second_head: Some(SecondHead { loss: 1.0, share: 1.2 }), ..Settings::default() },
            Settings { mixup: f64::INFINITY, ..Settings::default() },
            Settings { variants: 65, ..Settings::default() },
            Settings { slices: 17, ..Settings::default() },
            Settings { training_images: Some(0), ..Settings::default() },
            Settings { scope: Scope::LastStages(0), ..Settings::default() },
            Settings {
                early_stopping: Some(EarlyStopping { by: Criterion::Loss, patience: 0 }),
                ..Settings::default()
            },
            Settings { optimizer: Method::Sgd { momentum: 1.0 }, ..Settings::default() },
            Settings { optimizer: Method::Muon { momentum: 0.9, rest: 0.0 }, ..Settings::default() },
            Settings { schedule: Schedule::OneCycle { rise: 1.0 }, ..Settings::default() },
        ];
        for settings in wrong {
            assert!(settings.check().is_err(), "{settings:?}");
        }
    }
}
