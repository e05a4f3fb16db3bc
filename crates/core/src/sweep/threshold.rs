//! Thresholds: the values from which, or up to which, a class is named.

use serde::{Deserialize, Serialize};

use super::bootstrap::{RESAMPLES, central, median, medians};
use super::{Curve, Sweep};
use crate::expression::{Distribution, Expression};

/// The value from which, or up to which, a class is named: the median of the curves' thresholds.
///
/// A curve's threshold is where the probabilities of the class and of the most probable other one first cross, by linear interpolation
/// between the last value before the crossing and the first one after it. A curve that begins beyond its threshold counts with the
/// first value; one that never reaches it counts as beyond the last. A curve whose threshold may lie where no face was found,
/// before its first face or after its last one, is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// The median; `None` if at least half of the known curves never reach it, or none is known.
    pub value: Option<f32>,
    /// The ends of the median's 95 % interval in the order of the sweep, by a bootstrap over identities; an end is `None` beyond
    /// the last value.
    pub interval: [Option<f32>; 2],
    /// Number of curves, including those that are left out.
    pub curves: u32,
    /// Number of curves that begin beyond it.
    pub from_start: u32,
    /// Number of curves that never reach it.
    pub never: u32,
    /// Number of curves that reach it and later fall back behind it.
    pub back: u32,
    /// Number of curves that are left out: no face was found where the threshold may lie.
    pub unknown: u32,
}

impl Threshold {
    /// Number of curves that are not left out.
    pub const fn known(&self) -> u32 {
        self.curves.saturating_sub(self.unknown)
    }
}

/// What a threshold is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// The class.
    pub class: Expression,
    /// Whether the class is named up to the threshold; otherwise from it on.
    pub until: bool,
}

/// How much later a class is named in a group than in the first one, in the unit of the setting that changes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The difference of the medians.
    pub value: f32,
    /// Its 95 % interval, from low to high.
    pub interval: [f32; 2],
}

/// How much more probable a class is than the most probable other one.
fn lead(prediction: &Distribution, class: Expression) -> f32 {
    let others = Expression::ALL.into_iter().filter(|other| *other != class);
    let highest = others.map(|other| prediction.probability(other)).fold(0.0, f32::max);
    prediction.probability(class) - highest
}

impl Wanted {
    /// Whether a prediction is beyond the threshold; without a face it is on neither side.
    fn is_beyond(self, outcome: &Option<Distribution>) -> bool {
        outcome.is_some_and(|prediction| (prediction.top().0 == self.class) != self.until)
    }

    /// How far a prediction is beyond the threshold; negative if it is not there.
    fn beyond(self, prediction: &Distribution) -> f64 {
        let lead = f64::from(lead(prediction, self.class));
        if self.until { -lead } else { lead }
    }
}

impl Curve {
    /// The position of its threshold, in steps: 0 if it begins beyond, infinity if it never gets there. `None` if it is not known:
    /// the first face is beyond and none was found before, or no face is beyond and none was found at the end.
    fn position(&self, wanted: Wanted, continuous: bool) -> Option<f64> {
        let first = self.outcomes.iter().position(Option::is_some);
        let Some(place) = self.outcomes.iter().position(|outcome| wanted.is_beyond(outcome)) else {
            return self.outcomes.last().is_some_and(Option::is_some).then_some(f64::INFINITY);
        };
        if place > 0 && first == Some(place) {
            return None;
        }
        let before = place.checked_sub(1).and_then(|before| self.outcomes[before]).filter(|_| continuous);
        Some(match (before, self.outcomes[place]) {
            (Some(before), Some(here)) => {
                let (behind, ahead) = (-wanted.beyond(&before), wanted.beyond(&here));
                let share = if behind + ahead > 0.0 { behind / (behind + ahead) } else { 1.0 };
                // a tie at the value before went to another class
                (place - 1) as f64 + share.clamp(1e-6, 1.0)
            }
            _ => place as f64,
        })
    }

    /// Whether its threshold is known, which may also be that it never gets there.
    pub fn is_known(&self, wanted: Wanted) -> bool {
        self.position(wanted, false).is_some()
    }

    /// Its threshold: the first value if it begins beyond it; `None` if it never gets there, or if that is not known.
    pub fn threshold(&self, sweep: &Sweep, wanted: Wanted) -> Option<f32> {
        let position = self.position(wanted, sweep.continuous)?;
        position.is_finite().then(|| sweep.value(position))
    }

    /// Whether it gets beyond its threshold, and is back further on.
    fn returns(&self, wanted: Wanted) -> bool {
        let beyond = self.outcomes.iter().skip_while(|outcome| !wanted.is_beyond(outcome));
        beyond.into_iter().any(|outcome| outcome.is_some() && !wanted.is_beyond(outcome))
    }
}

/// The thresholds of a group of curves.
pub struct Positions {
    /// The positions of all known curves, those of an identity together.
    positions: Vec<f64>,
    /// Number of known curves of each identity; an identity without any stays, so that groups are resampled alike.
    sizes: Vec<usize>,
    back: u32,
    unknown: u32,
}

impl Positions {
    /// The positions of some curves of a sweep.
    pub fn new<'a>(curves: impl Iterator<Item = &'a Curve>, wanted: Wanted, continuous: bool) -> Self {
        let mut found = Self { positions: Vec::new(), sizes: Vec::new(), back: 0, unknown: 0 };
        let mut last = None;
        for curve in curves {
            if last.replace(curve.identity) != Some(curve.identity) {
                found.sizes.push(0);
            }
            let Some(position) = curve.position(wanted, continuous) else {
                found.unknown += 1;
                continue;
            };
            if let Some(size) = found.sizes.last_mut() {
                *size += 1;
            }
            found.positions.push(position);
            found.back += u32::from(curve.returns(wanted));
        }
        found
    }

    fn median(&self) -> Option<f64> {
        median(&mut self.positions.clone())
    }

    /// The medians of resamples; not a number where one has no known curve.
    fn resampled(&self, salt: u64) -> Vec<f64> {
        let mut rest = &self.positions[..];
        let unit = |&size: &usize| {
            let (unit, others) = rest.split_at(size);
            rest = others;
            unit
        };
        let units: Vec<&[f64]> = self.sizes.iter().map(unit).collect();
        medians(&units, salt, if units.is_empty() { 0 } else { RESAMPLES })
    }

    /// The threshold of these curves.
    pub fn threshold(&self, sweep: &Sweep, salt: u64) -> Threshold {
        let value = |position: f64| position.is_finite().then(|| sweep.value(position));
        let count = |is: fn(f64) -> bool| self.positions.iter().filter(|position| is(**position)).count() as u32;
        let mut resampled = self.resampled(salt);
        resampled.retain(|median| !median.is_nan());
        let interval = central(resampled);
        Threshold {
            value: self.median().and_then(value),
            interval: interval.map_or([None; 2], |ends| ends.map(value)),
            curves: self.positions.len() as u32 + self.unknown,
            from_start: count(|position| position == 0.0),
            never: count(f64::is_infinite),
            back: self.back,
            unknown: self.unknown,
        }
    }

    /// How much further on these thresholds are than others; `None` if that cannot be said, since too many are never reached.
    pub fn beyond(&self, others: &Self, sweep: &Sweep, salts: [u64; 2]) -> Option<Difference> {
        let step = (sweep.values.get(1)? - sweep.values.first()?).abs();
        let value = |steps: f64| steps.is_finite().then_some(steps as f32 * step);
        let [own, other] = [self.resampled(salts[0]), others.resampled(salts[1])];
        let both = own.into_iter().zip(other).filter(|(own, other)| !own.is_nan() && !other.is_nan());
        let differences = both.map(|(own, other)| own - other);
        let [low, high] = central(differences.collect())?;
        Some(Difference { value: value(self.median()? - others.median()?)?, interval: [value(low)?, value(high)?] })
    }
}
