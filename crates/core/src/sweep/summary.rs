//! Means over identities, and thresholds, also by group.

use serde::{Deserialize, Serialize};

use super::threshold::{Difference, Positions, Threshold, Wanted};
use super::{Curve, Sweep};
use crate::expression::{Distribution, Expression};

/// The means at a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Number of pictures in which a face was found.
    pub found: u32,
    /// Number of pictures in which none was found; they are no part of the means.
    pub not_found: u32,
    /// The mean probabilities, in FER2013's order; 0 if no face was found.
    pub means: [f32; Expression::COUNT],
    /// Number of pictures in which the class of the summary is the most probable one.
    pub named: u32,
}

/// What was found in a group, or in all curves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupSummary {
    /// The name of the group; empty for all curves.
    pub name: String,
    /// The means at each value.
    pub steps: Vec<Step>,
    /// The value from which, or up to which, the class is named.
    pub threshold: Threshold,
    /// How much later than in the first group; `None` for that one, for all curves, and if either is not known.
    pub later: Option<Difference>,
}

/// The curves of a sweep, summarized.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The class of the thresholds.
    pub class: Expression,
    /// Whether the thresholds are values up to which it is named, since it is named at the first value in most pictures; otherwise
    /// values from which it is named.
    pub until: bool,
    /// The values of what changes.
    pub values: Vec<f32>,
    /// Number of identities.
    pub identities: u32,
    /// All curves together.
    pub all: GroupSummary,
    /// The groups.
    pub groups: Vec<GroupSummary>,
}

/// Fewer identities say little about others.
const FEW: u32 = 10;

impl Summary {
    /// Whether there are so few identities that the intervals are too narrow: resamples of a few are all alike. It is the same if
    /// so few curves remain where others are left out.
    pub fn is_small(&self) -> bool {
        let is_left_with_few = |of: &Threshold| of.unknown > 0 && (1..FEW).contains(&of.known());
        self.identities < FEW || self.parts().any(|part| is_left_with_few(&part.threshold))
    }
}

impl Step {
    fn add(&mut self, outcome: Option<Distribution>, class: Expression) {
        match outcome {
            None => self.not_found += 1,
            Some(prediction) => {
                self.found += 1;
                self.named += u32::from(prediction.top().0 == class);
                self.means.iter_mut().zip(prediction.0).for_each(|(mean, share)| *mean += share);
            }
        }
    }
}

fn steps<'a>(curves: impl Iterator<Item = &'a Curve>, count: usize, class: Expression) -> Vec<Step> {
    let mut steps = vec![Step::default(); count];
    for curve in curves {
        steps.iter_mut().zip(&curve.outcomes).for_each(|(step, outcome)| step.add(*outcome, class));
    }
    for step in &mut steps {
        let found = step.found.max(1) as f32;
        step.means.iter_mut().for_each(|mean| *mean /= found);
    }
    steps
}

impl Summary {
    /// The summary of a sweep, with thresholds of a class: by default of the one that is most probable at the last value.
    pub fn new(sweep: &Sweep, class: Option<Expression>) -> Self {
        let last = || {
            let all = steps(sweep.curves.iter(), sweep.values.len(), Expression::Neutral);
            all.last().map_or(Expression::Neutral, |step| Distribution(step.means).top().0)
        };
        let class = class.unwrap_or_else(last);
        let all_steps = steps(sweep.curves.iter(), sweep.values.len(), class);
        let until = all_steps.first().is_some_and(|first| 2 * first.named > first.found);
        let wanted = Wanted { class, until };
        let of = |group: usize| sweep.curves.iter().filter(move |curve| curve.group == group);
        // groups of the same identities are resampled alike
        let salt = |group: usize| if sweep.paired { 1 } else { 1 + group as u64 };
        let positions: Vec<Positions> =
            (0..sweep.groups.len()).map(|group| Positions::new(of(group), wanted, sweep.continuous)).collect();
        let group = |(group, own): (usize, &Positions)| GroupSummary {
            name: sweep.groups[group].clone(),
            steps: steps(of(group), sweep.values.len(), class),
            threshold: own.threshold(sweep, salt(group)),
            later: (group > 0).then(|| own.beyond(&positions[0], sweep, [salt(group), salt(0)])).flatten(),
        };
        let all = Positions::new(sweep.curves.iter(), wanted, sweep.continuous);
        let mut identities: Vec<u32> = sweep.curves.iter().map(|curve| curve.identity).collect();
        identities.dedup();
        Self {
            class,
            until,
            values: sweep.values.clone(),
            identities: identities.len() as u32,
            all: GroupSummary {
                name: String::new(),
                steps: all_steps,
                threshold: all.threshold(sweep, 0),
                later: None,
            },
            groups: positions.iter().enumerate().map(group).collect(),
        }
    }

    /// What the thresholds are of.
    pub fn wanted(&self) -> Wanted {
        Wanted { class: self.class, until: self.until }
    }

    /// All curves, then the groups.
    pub fn parts(&self) -> impl Iterator<Item = &GroupSummary> {
        std::iter::once(&self.all).chain(&self.groups)
    }

    /// Number of pictures in which no face was found.
    pub fn not_found(&self) -> u32 {
        self.all.steps.iter().map(|step| step.not_found).sum()
    }
}
