//! What a training run is told: the settings file of the command line and of the page.

use serde::{Deserialize, Serialize};

use crate::dataset::Augmentation;
use crate::network::Architecture;

/// Settings of a training run. In a file every entry may be left out and then has its default; an unknown one is
/// refused. See `docs/training.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Which network.
    pub architecture: Architecture,
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
    /// The share of every target that is spread over all classes, 0 to less than 1.
    pub label_smoothing: f64,
    /// The share of FER+'s votes in the targets where there are votes, 0 to 1.
    pub votes_share: f64,
    /// How images are changed.
    pub augmentation: Augmentation,
    /// The decay a step of the exponential moving average of the weights, 0 to less than 1; 0 turns averaging off. The
    /// average starts quick: after `t` steps its decay is at most `(1 + t) / (10 + t)`.
    pub averaging: f64,
    /// What everything random is drawn from.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            architecture: Architecture::default(),
            optimizer: Method::Sgd { momentum: 0.9 },
            learning_rate: 0.1,
            schedule: Schedule::OneCycle { rise: 0.15 },
            epochs: 40,
            batch: 128,
            weight_decay: 5e-4,
            label_smoothing: 0.05,
            votes_share: 0.25,
            augmentation: Augmentation::default(),
            averaging: 0.999,
            seed: 0,
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
}

/// How the learning rate changes from the first step (progress 0) to the last (1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// From a 25th of the peak up to it along a cosine, then down to 0 (Smith & Topin, 2019).
    OneCycle {
        /// The share of the steps that it rises for, 0 to less than 1.
        rise: f64,
    },
    /// Straight up to the peak, then along a cosine down to 0.
    Cosine {
        /// The share of the steps that it rises for, 0 to less than 1.
        warm_up: f64,
    },
    /// Straight up to the peak, then level.
    Constant {
        /// The share of the steps that it rises for, 0 to less than 1.
        warm_up: f64,
    },
}

impl Settings {
    /// Refuses values out of their ranges.
    ///
    /// # Errors
    /// Which one, in words.
    pub fn check(&self) -> Result<(), String> {
        self.architecture.check()?;
        self.augmentation.check()?;
        let share = |name: &str, value: f64| {
            if (0.0..1.0).contains(&value) { Ok(()) } else { Err(format!("{name} of {value} (0 to less than 1)")) }
        };
        match self.optimizer {
            Method::Sgd { momentum } => share("a momentum", momentum)?,
            Method::AdamW { betas } => {
                share("a first beta", betas.0)?;
                share("a second beta", betas.1)?;
            }
        }
        share("a schedule's rise", self.schedule.rise())?;
        share("label smoothing", self.label_smoothing)?;
        share("averaging", self.averaging)?;
        if !(self.learning_rate > 0.0 && self.learning_rate <= 10.0) {
            return Err(format!("a learning rate of {} (more than 0, at most 10)", self.learning_rate));
        }
        if !(0.0..=1.0).contains(&self.weight_decay) {
            return Err(format!("a weight decay of {} (0 to 1)", self.weight_decay));
        }
        if !(0.0..=1.0).contains(&self.votes_share) {
            return Err(format!("a share of the votes of {} (0 to 1)", self.votes_share));
        }
        if !(1..=10_000).contains(&self.epochs) {
            return Err(format!("{} epochs (1 to 10,000)", self.epochs));
        }
        if !(1..=4_096).contains(&self.batch) {
            return Err(format!("a batch of {} (1 to 4,096)", self.batch));
        }
        Ok(())
    }
}

impl Schedule {
    /// The learning rate as a share of the peak, 0 to 1, at a progress of 0 to 1.
    pub fn factor(self, progress: f64) -> f64 {
        let rise = self.rise();
        if progress < rise {
            let risen = progress / rise;
            return match self {
                Self::OneCycle { .. } => 1.0 - (1.0 - 1.0 / 25.0) * fall(risen),
                Self::Cosine { .. } | Self::Constant { .. } => risen,
            };
        }
        match self {
            Self::OneCycle { .. } | Self::Cosine { .. } => fall((progress - rise) / (1.0 - rise)),
            Self::Constant { .. } => 1.0,
        }
    }

    fn rise(self) -> f64 {
        match self {
            Self::OneCycle { rise } => rise,
            Self::Cosine { warm_up } | Self::Constant { warm_up } => warm_up,
        }
    }
}

/// Half a cosine from 1 down to 0.
fn fall(progress: f64) -> f64 {
    0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_files_may_leave_out_and_must_not_invent() {
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
        let text = r#"{ "optimizer": { "adamw": { "betas": [0.9, 0.99] } }, "schedule": { "constant": { "warm_up": 0.1 } },
            "augmentation": { "flip": 0 }, "architecture": { "vgg": { "stages": [[4, 1]], "stage_dropout": [], "dropout": 0 } } }"#;
        let settings: Settings = serde_json::from_str(text).unwrap();
        assert_eq!(settings.optimizer, Method::AdamW { betas: (0.9, 0.99) });
        assert_eq!(settings.augmentation, Augmentation { flip: 0.0, ..Augmentation::default() });
        assert_eq!(settings.seed, 0);
        settings.check().unwrap();
        let again: Settings = serde_json::from_str(&serde_json::to_string(&settings).unwrap()).unwrap();
        assert_eq!(again, settings);
        assert!(serde_json::from_str::<Settings>(r#"{ "learnign_rate": 1 }"#).is_err());
    }

    #[test]
    fn the_documented_defaults_are_the_defaults() {
        let text = include_str!("../../docs/training.md");
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
            Settings { optimizer: Method::Sgd { momentum: 1.0 }, ..Settings::default() },
            Settings { schedule: Schedule::OneCycle { rise: 1.0 }, ..Settings::default() },
        ];
        for settings in wrong {
            assert!(settings.check().is_err(), "{settings:?}");
        }
    }

    #[test]
    fn schedules_rise_and_fall() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        let one_cycle = Schedule::OneCycle { rise: 0.25 };
        close(one_cycle.factor(0.0), 0.04);
        close(one_cycle.factor(0.25), 1.0);
        close(one_cycle.factor(0.625), 0.5);
        close(one_cycle.factor(1.0), 0.0);
        close(Schedule::Cosine { warm_up: 0.2 }.factor(0.1), 0.5);
        close(Schedule::Cosine { warm_up: 0.0 }.factor(0.0), 1.0);
        close(Schedule::Constant { warm_up: 0.2 }.factor(0.9), 1.0);
    }
}
