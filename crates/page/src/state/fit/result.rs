//! The predictions of the network for the frames of a round.

use std::rc::Rc;

use mien_core::evaluation::ConfusionMatrix;
use mien_core::expression::{Distribution, Expression};

use super::round::{Frames, ORDER};

/// From this change of the accuracy on, up or down, a network counts as better or worse: less is a frame or two.
const DIFFERENCE: f64 = 0.02;

/// The frames of a round, with what networks said of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The frames.
    pub frames: Rc<Frames>,
    /// The probabilities of each frame by the network as it was.
    pub before: Vec<Distribution>,
    /// The same by the adapted network, if there was one.
    pub after: Option<Vec<Distribution>>,
}

/// What a network said of the frames of a look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The look that was asked for.
    pub asked: Expression,
    /// The class that it was taken for in most frames.
    pub taken: Expression,
    /// In how many frames.
    pub frames: usize,
    /// The number of frames.
    pub of: usize,
}

/// What a network said of all frames.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Each look of which there are frames, in the order in which they were asked for.
    pub looks: Vec<Look>,
    /// The frames, by the look that was asked for and the class that was most probable.
    pub matrix: ConfusionMatrix,
}

/// What an adaptation brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// More was found.
    Better,
    /// Nothing that shows.
    Same,
    /// Less was found.
    Worse,
}

impl Said {
    /// By the probabilities of each frame.
    pub fn new(frames: &Frames, predictions: &[Distribution]) -> Self {
        let (mut matrix, mut sums) = (ConfusionMatrix::default(), [[0.0; Expression::COUNT]; Expression::COUNT]);
        for (asked, prediction) in frames.looks.iter().zip(predictions) {
            matrix.add(*asked, prediction.top().0);
            sums[asked.index()].iter_mut().zip(prediction.0).for_each(|(sum, probability)| *sum += probability);
        }
        let look = |asked: Expression| {
            // where two classes have as many frames, the one that is more probable in all of them
            let place = |class: &Expression| (matrix.cell(asked, *class), sums[asked.index()][class.index()]);
            let mut taken = asked;
            for class in Expression::ALL {
                if place(&class).partial_cmp(&place(&taken)).is_some_and(std::cmp::Ordering::is_gt) {
                    taken = class;
                }
            }
            let (frames, of) = (matrix.cell(asked, taken) as usize, matrix.class(asked).support as usize);
            Look { asked, taken, frames, of }
        };
        let looks = ORDER.into_iter().map(look).filter(|look| look.of > 0).collect();
        Self { looks, matrix }
    }

    /// How many looks were found: taken for what they are in most of their frames.
    pub fn found(&self) -> usize {
        self.looks.iter().filter(|look| look.taken == look.asked).count()
    }

    /// The share of frames that were classified as what was asked for, 0 to 1: the mean over the looks, each of which counts as much.
    pub fn accuracy(&self) -> f64 {
        let shares = self.looks.iter().map(|look| self.matrix.share_of_row(look.asked, look.asked));
        shares.sum::<f64>() / self.looks.len().max(1) as f64
    }
}

impl Measured {
    /// What the network as it was said.
    pub fn said_before(&self) -> Said {
        Said::new(&self.frames, &self.before)
    }

    /// What the adapted network said.
    pub fn said_after(&self) -> Option<Said> {
        self.after.as_ref().map(|after| Said::new(&self.frames, after))
    }
}

/// What the second network brought over the first.
pub fn verdict(before: &Said, after: &Said) -> Verdict {
    match after.accuracy() - before.accuracy() {
        change if change >= DIFFERENCE => Verdict::Better,
        change if change <= -DIFFERENCE => Verdict::Worse,
        _ => Verdict::Same,
    }
}
