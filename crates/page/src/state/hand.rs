//! A set that is filled by hand.

use std::rc::Rc;

use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_protocol::SetId;

/// How a set is filled by hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Hand {
    /// The class that is added to.
    pub label: Expression,
    /// Where new images go.
    pub placing: Placing,
    /// Whether images are being captured.
    pub capturing: bool,
    /// Photos whose faces are still to be added.
    pub waiting: usize,
    /// What was added, oldest first.
    pub holds: Rc<Vec<Hold>>,
}

/// Images that were added at once: in one press of the button, or from one photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// To which set.
    pub set: SetId,
    /// Their class.
    pub label: Expression,
    /// How many.
    pub count: usize,
}

/// Where new images go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placing {
    /// Of five holds of a class, the second goes to PublicTest and the others to Training. Images of one hold look almost
    /// alike, so they stay together.
    Turns,
    /// All to one split.
    All(Split),
}

/// So many holds of a class make a round.
const ROUND: usize = 5;

/// The place in a round whose hold goes to PublicTest.
const CHECKED: usize = 1;

impl Placing {
    /// All ways, in the order in which they are offered.
    pub const ALL: [Self; 4] =
        [Self::Turns, Self::All(Split::Training), Self::All(Split::PublicTest), Self::All(Split::PrivateTest)];

    /// The split of a hold, by how many of its class were before.
    pub const fn split(self, before: usize) -> Split {
        match self {
            Self::All(split) => split,
            Self::Turns if before % ROUND == CHECKED => Split::PublicTest,
            Self::Turns => Split::Training,
        }
    }
}

impl Default for Hand {
    fn default() -> Self {
        Self { label: Expression::Happy, placing: Placing::Turns, capturing: false, waiting: 0, holds: Rc::default() }
    }
}

impl Hand {
    /// How many holds of a class a set has.
    pub fn before(&self, set: SetId, label: Expression) -> usize {
        self.holds.iter().filter(|hold| hold.set == set && hold.label == label).count()
    }

    /// The hold that was added to a set last.
    pub fn last(&self, set: SetId) -> Option<Hold> {
        self.holds.iter().rev().find(|hold| hold.set == set).copied()
    }

    pub(super) fn push(&mut self, hold: Hold) {
        Rc::make_mut(&mut self.holds).push(hold);
    }

    pub(super) fn forget(&mut self, set: SetId) {
        Rc::make_mut(&mut self.holds).retain(|hold| hold.set != set);
    }

    pub(super) fn pop(&mut self, set: SetId) {
        if let Some(last) = self.holds.iter().rposition(|hold| hold.set == set) {
            Rc::make_mut(&mut self.holds).remove(last);
        }
    }
}
