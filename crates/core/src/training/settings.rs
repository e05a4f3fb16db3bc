//! What a training run is told: the settings file of the command line and of the page.

use serde::{Deserialize, Serialize};

use super::criterion::Criterion;
use super::schedule::Schedule;
use crate::dataset::Augmentation;
use crate::network::Architecture;
use crate::number::plain;

/// Settings of a training run. In a file every entry may be left out and then has its default; an unknown one is
/// refused. See `docs/training.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Which network, where it begins with random weights. Weights to start from decide it themselves.
    pub architecture: Architecture,
    /// Which part of the network learns.
    pub scope: Scope,
    /// How gradients change the weights.
    pub optimizer: Method,
    /// The highest learning rate, more than 0 and at most 10.
    pub learning_rate: f64,
    /// How the learning rate changes on the way.
    pub schedule: Schedule,
    /// Times that all images are seen, 1 to 10,000.
    pub epochs: usize,
    /// Images a step, 1 to 4,096.
    pub batch: usize,
    /// L2 weight decay, 0 to 1. It holds for weights, not for biases and batch norm.
    pub weight_decay: f64,
    /// Dropout before the fully connected layer, 0 to less than 1; `None` leaves it as the network has it.
    pub dropout: Option<f64>,
    /// The share of every target that is spread over all classes, 0 to less than 1.
    pub label_smoothing: f64,
    /// The share of FER+'s votes in the targets where there are votes, 0 to 1.
    pub votes_share: f64,
    /// Where there are votes, a second head learns all that FER+'s taggers chose; `None` for no such head.
    pub second_head: Option<SecondHead>,
    /// What is done about classes with fewer images.
    pub balance: Balance,
    /// Mixup's alpha, 0 to 1; 0 turns it off. Inputs of the first part that learns are mixed in pairs, and so are their
    /// targets, with a share drawn from Beta(alpha, alpha) for each batch (Zhang et al., 2018).
    pub mixup: f64,
    /// How images are changed.
    pub augmentation: Augmentation,
    /// Where a part of the network does not learn: so many variants of each image, the image itself and then augmented
    /// ones, go through that part once, and training takes turns with what came out. 0 to 64; 0 augments anew and
    /// computes that part at every step. Without augmentation more than 1 counts as 1.
    pub variants: usize,
    /// The decay a step of the exponential moving average of the weights, 0 to less than 1; 0 turns averaging off. The
    /// average starts quick: after `t` steps its decay is at most `(1 + t) / (10 + t)`.
    pub averaging: f64,
    /// What the best epoch is chosen by.
    pub best_by: Criterion,
    /// When to stop before all epochs are over.
    pub early_stopping: Option<EarlyStopping>,
    /// At most so many images are learned from, evenly of all classes; `None` for all.
    pub training_images: Option<usize>,
    /// At most so many images are validated on, evenly of all classes; `None` for all.
    pub validation_images: Option<usize>,
    /// What everything random is drawn from.
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

/// Which part of a network learns. The rest keeps its weights and runs in validation form: no dropout, fixed
/// batch-norm statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Scope {
    /// The fully connected layer.
    Head,
    /// So many of the last stages of the backbone, and the head; at least 1. More than there are is everything.
    LastStages(usize),
    /// The whole network.
    Everything,
}

impl Scope {
    /// The first stage that learns, of a network with so many; the head comes after the last.
    pub fn first_stage(self, stages: usize) -> usize {
        match self {
            Self::Head => stages,
            Self::LastStages(count) => stages.saturating_sub(count),
            Self::Everything => 0,
        }
    }
}

/// How gradients change the weights.
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
    /// Muon (Jordan et al., 2024) for convolutions across channels: steps in the nearest orthogonal direction, and a length
    /// that stays. All else learns as by [`Self::Sgd`].
    Muon {
        /// 0 to less than 1, for both.
        momentum: f64,
        /// How many times as high the learning rate of all else is, more than 0 and at most 100.
        rest: f64,
    },
}

/// A head beside the network's own, which learns from the same features what ten people saw in an image: contempt,
/// nothing and no face are among the choices. It teaches the backbone without pulling the first head towards its labels.
/// The weights that are saved have one head.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondHead {
    /// How much its loss counts, 0 to 1; the first head's counts 1.
    pub loss: f64,
    /// Its share of the logits of the network that is validated and saved, 0 to 1.
    pub share: f64,
}

/// What is done about classes with fewer images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Balance {
    /// Nothing.
    None,
    /// The loss of an image counts in inverse proportion to the size of its class; 1 on average.
    Weights,
    /// An epoch draws equally often from every class, again and again from the small ones.
    Sampling,
}

/// When to stop before all epochs are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyStopping {
    /// What has to get better.
    pub by: Criterion,
    /// How many epochs in a row it may fail to, 1 to 10,000.
    pub patience: usize,
}

impl Settings {
    /// Refuses values out of their ranges.
    ///
    /// # Errors
    /// Which one, in words.
    pub fn check(&self) -> Result<(), String> {
        self.architecture.check()?;
        self.augmentation.check()?;
        self.schedule.check()?;
        let share = |name: &str, value: f64| {
            if (0.0..1.0).contains(&value) {
                Ok(())
            } else {
                Err(format!("{name} of {} (0 to less than 1)", plain(value, 9)))
            }
        };
        match self.optimizer {
            Method::Sgd { momentum } => share("a momentum", momentum)?,
            Method::Muon { momentum, rest } => {
                share("a momentum", momentum)?;
                if !(rest > 0.0 && rest <= 100.0) {
                    return Err(format!("a rate of the rest of {} (more than 0, at most 100)", plain(rest, 9)));
                }
            }
            Method::AdamW { betas } => {
                share("a first beta", betas.0)?;
                share("a second beta", betas.1)?;
            }
        }
        share("label smoothing", self.label_smoothing)?;
        share("averaging", self.averaging)?;
        share("dropout", self.dropout.unwrap_or(0.0))?;
        if !(self.learning_rate > 0.0 && self.learning_rate <= 10.0) {
            return Err(format!("a learning rate of {} (more than 0, at most 10)", plain(self.learning_rate, 9)));
        }
        let most = |name: &str, value: f64| {
            if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(format!("{name} of {} (0 to 1)", plain(value, 9))) }
        };
        most("a weight decay", self.weight_decay)?;
        most("a share of the votes", self.votes_share)?;
        most("a mixup alpha", self.mixup)?;
        if let Some(SecondHead { loss, share }) = self.second_head {
            most("a second head's loss", loss)?;
            most("a second head's share", share)?;
        }
        let within = |name: &str, value: usize, (low, high): (usize, usize)| {
            if (low..=high).contains(&value) { Ok(()) } else { Err(format!("{value} {name} ({low} to {high})")) }
        };
        within("epochs", self.epochs, (1, 10_000))?;
        within("images a step", self.batch, (1, 4_096))?;
        within("variants of an image", self.variants, (0, 64))?;
        within("training images", self.training_images.unwrap_or(1), (1, usize::MAX))?;
        within("validation images", self.validation_images.unwrap_or(1), (1, usize::MAX))?;
        if let Some(stopping) = self.early_stopping {
            within("epochs of patience", stopping.patience, (1, 10_000))?;
        }
        match self.scope {
            Scope::LastStages(0) => Err("the last 0 stages to learn (`head` is the head alone)".to_owned()),
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
