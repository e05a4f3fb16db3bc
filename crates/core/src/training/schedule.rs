//! Learning-rate schedules.

use mien_message::ToMessage;
use serde::{Deserialize, Serialize};

use crate::number::plain;

/// A learning-rate schedule, from the first step (progress 0) to the last (1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// From a 25th of the peak up to it along a cosine, then down to 0 (Smith & Topin, 2019).
    OneCycle {
        /// The share of the steps for the warm-up, from 0 to less than 1.
        rise: f64,
    },
    /// A linear warm-up to the peak, then along a cosine down to 0.
    Cosine {
        /// The share of the steps for the warm-up, from 0 to less than 1.
        warm_up: f64,
    },
    /// A linear warm-up to the peak, constant, then a linear cool-down to 0.
    Trapezoid {
        /// The share of the steps for the warm-up, from 0 to less than 1.
        warm_up: f64,
        /// The fraction of the steps for the cool-down, from 0 to 1 minus the warm-up.
        fall: f64,
    },
    /// A linear warm-up to the peak, then constant.
    Constant {
        /// The share of the steps for the warm-up, from 0 to less than 1.
        warm_up: f64,
    },
}

/// A schedule is out of range. The texts complete the sentence “the settings ask for …”.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error, ToMessage)]
pub enum ScheduleError {
    /// The share of the warm-up is out of range.
    #[error("a schedule that rises for {} of the steps (0 to less than 1)", plain(*.0, 9))]
    Rise(f64),
    /// The share of the cool-down is out of range.
    #[error("a schedule that falls for {} of the steps (0 to {})", plain(*.fall, 9), plain(*.most, 9))]
    Fall {
        /// Its value.
        fall: f64,
        /// The maximum, which the warm-up leaves.
        most: f64,
    },
}

impl Schedule {
    /// Checks that the shares are in their ranges.
    ///
    /// # Errors
    /// Which one.
    pub fn check(self) -> Result<(), ScheduleError> {
        let rise = self.rise();
        if !(0.0..1.0).contains(&rise) {
            return Err(ScheduleError::Rise(rise));
        }
        match self {
            Self::Trapezoid { fall, .. } if !(0.0..=Self::left(rise)).contains(&fall) => {
                Err(ScheduleError::Fall { fall, most: 1.0 - rise })
            }
            _ => Ok(()),
        }
    }

    /// The learning rate as a share of the peak, 0 to 1, at a progress of 0 to 1.
    pub fn factor(self, progress: f64) -> f64 {
        let rise = self.rise();
        if progress < rise {
            let risen = progress / rise;
            return match self {
                Self::OneCycle { .. } => 1.0 - (1.0 - 1.0 / 25.0) * half_cosine(risen),
                Self::Cosine { .. } | Self::Trapezoid { .. } | Self::Constant { .. } => risen,
            };
        }
        match self {
            Self::OneCycle { .. } | Self::Cosine { .. } => half_cosine((progress - rise) / (1.0 - rise)),
            Self::Trapezoid { fall, .. } if progress > 1.0 - fall => (1.0 - progress) / fall,
            Self::Trapezoid { .. } | Self::Constant { .. } => 1.0,
        }
    }

    /// The fraction of the steps that remains after `share`, with a tolerance for rounding: in binary, 1 − 0.9 is less
    /// than 0.1.
    pub fn left(share: f64) -> f64 {
        1.0 - share + 1e-12
    }

    /// The share of the steps for the warm-up.
    pub fn rise(self) -> f64 {
        match self {
            Self::OneCycle { rise } => rise,
            Self::Cosine { warm_up } | Self::Trapezoid { warm_up, .. } | Self::Constant { warm_up } => warm_up,
        }
    }
}

/// Half a cosine from 1 down to 0.
fn half_cosine(progress: f64) -> f64 {
    0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let trapezoid = Schedule::Trapezoid { warm_up: 0.1, fall: 0.4 };
        let factors = [0.05, 0.1, 0.6, 0.8, 1.0].map(|progress| trapezoid.factor(progress));
        factors.into_iter().zip([0.5, 1.0, 1.0, 0.5, 0.0]).for_each(|(got, expected)| close(got, expected));
        close(Schedule::Trapezoid { warm_up: 0.0, fall: 0.0 }.factor(1.0), 1.0);
    }

    #[test]
    fn shares_out_of_range_are_refused() {
        Schedule::Trapezoid { warm_up: 0.5, fall: 0.5 }.check().unwrap();
        for wrong in [
            Schedule::OneCycle { rise: 1.0 },
            Schedule::Constant { warm_up: f64::NAN },
            Schedule::Trapezoid { warm_up: 0.5, fall: 0.6 },
            Schedule::Trapezoid { warm_up: 0.1, fall: -0.1 },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
