//! Capturing images for a custom dataset.

use std::rc::Rc;

use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_protocol::DatasetId;

/// How images are captured for a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Capture {
    /// The class of new images.
    pub label: Expression,
    /// Which split new images go to.
    pub split_rule: SplitRule,
    /// Whether images are being captured.
    pub capturing: bool,
    /// Photos whose faces are still to be added.
    pub waiting: usize,
    /// The bursts that were added, oldest first.
    pub bursts: Rc<Vec<Burst>>,
}

/// Images added together: captured in one press of the button, or from one photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// The dataset.
    pub set: DatasetId,
    /// Their class.
    pub label: Expression,
    /// Number of images.
    pub count: usize,
}

/// Which split new images go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitRule {
    /// The second of every five bursts of a class goes to PublicTest, the others to Training. Images of a burst are
    /// nearly identical, so they stay together.
    Alternating,
    /// All in one split.
    Fixed(Split),
}

/// Number of bursts of a class after which the rule repeats.
const ROUND: usize = 5;

/// The index within the round of the burst that goes to PublicTest.
const CHECKED: usize = 1;

impl SplitRule {
    /// All rules, in the order in which they are offered.
    pub const ALL: [Self; 4] = [
        Self::Alternating,
        Self::Fixed(Split::Training),
        Self::Fixed(Split::PublicTest),
        Self::Fixed(Split::PrivateTest),
    ];

    /// The split of the next burst, given the number of previous bursts of its class.
    pub const fn split(self, before: usize) -> Split {
        match self {
            Self::Fixed(split) => split,
            Self::Alternating if before % ROUND == CHECKED => Split::PublicTest,
            Self::Alternating => Split::Training,
        }
    }
}

impl Default for Capture {
    fn default() -> Self {
        Self {
            label: Expression::Happy,
            split_rule: SplitRule::Alternating,
            capturing: false,
            waiting: 0,
            bursts: Rc::default(),
        }
    }
}

impl Capture {
    /// Number of bursts of a class in a dataset.
    pub fn before(&self, set: DatasetId, label: Expression) -> usize {
        self.bursts.iter().filter(|burst| burst.set == set && burst.label == label).count()
    }

    /// The burst that was added to a set last.
    pub fn last(&self, set: DatasetId) -> Option<Burst> {
        self.bursts.iter().rev().find(|burst| burst.set == set).copied()
    }

    pub(super) fn push(&mut self, burst: Burst) {
        Rc::make_mut(&mut self.bursts).push(burst);
    }

    pub(super) fn forget(&mut self, set: DatasetId) {
        Rc::make_mut(&mut self.bursts).retain(|burst| burst.set != set);
    }

    pub(super) fn pop(&mut self, set: DatasetId) {
        if let Some(last) = self.bursts.iter().rposition(|burst| burst.set == set) {
            Rc::make_mut(&mut self.bursts).remove(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fifth_burst_of_a_class_is_for_validation() {
        let splits: Vec<Split> = (0..7).map(|before| SplitRule::Alternating.split(before)).collect();
        let public: Vec<usize> = (0..7).filter(|&place| splits[place] == Split::PublicTest).collect();
        assert_eq!(public, [1, 6], "the second and the seventh");
        assert!(splits.iter().all(|split| *split != Split::PrivateTest));
        for split in Split::ALL {
            assert!((0..7).all(|before| SplitRule::Fixed(split).split(before) == split));
        }
    }

    #[test]
    fn bursts_count_by_set_and_class() {
        let mut capture = Capture::default();
        for (set, label) in [(1, Expression::Sad), (1, Expression::Sad), (1, Expression::Fear), (2, Expression::Sad)] {
            capture.push(Burst { set, label, count: 9 });
        }
        assert_eq!(capture.before(1, Expression::Sad), 2, "bursts, not images");
        assert_eq!((capture.before(2, Expression::Sad), capture.before(2, Expression::Fear)), (1, 0));
        capture.forget(1);
        assert_eq!((capture.before(1, Expression::Sad), capture.before(2, Expression::Sad)), (0, 1));
    }
}
