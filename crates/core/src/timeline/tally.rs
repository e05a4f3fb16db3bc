//! One face in one frame, and summaries of several frames.

use crate::expression::{Distribution, Expression};

/// Probabilities are kept as ten-thousandths, as the files have them.
const WHOLE: f32 = 10_000.0;

/// One face in one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Milliseconds since the start of the source.
    pub time: u32,
    /// The number of the face: that of its track, or of the one that this was joined to.
    pub face: u32,
    /// The number under which the face was tracked.
    pub track: u32,
    /// The probabilities in ten-thousandths.
    pub shares: [u16; Expression::COUNT],
    /// The most probable class.
    pub top: Expression,
    /// Whether it is clear enough to be named.
    pub clear: bool,
    /// Whether the face was in the frame before as well.
    pub joined: bool,
    /// Whether its track was in the frame before as well.
    pub tracked: bool,
}

impl Row {
    /// A row that is not joined to the frame before.
    pub fn new(time: u32, face: u32, probabilities: &Distribution, clear: bool) -> Self {
        let shares = probabilities.0.map(|value| (value * WHOLE).round() as u16);
        Self { time, face, track: face, shares, top: probabilities.top().0, clear, joined: false, tracked: false }
    }

    /// The class, if it is clear enough to be named.
    pub fn named(&self) -> Option<Expression> {
        self.clear.then_some(self.top)
    }

    /// The probability of a class, 0 to 1.
    pub fn probability(&self, class: Expression) -> f32 {
        f32::from(self.shares[class.index()]) / WHOLE
    }
}

/// A summary of the rows of one face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    sum: [u32; Expression::COUNT],
    low: [u16; Expression::COUNT],
    high: [u16; Expression::COUNT],
    /// Rows by the class that is named; at the end those where none is.
    named: [u16; Expression::COUNT + 1],
    /// Whether its first row is joined to the frame before.
    pub joined: bool,
}

impl Tally {
    /// The summary of one row.
    pub fn of(row: &Row) -> Self {
        let mut named = [0; Expression::COUNT + 1];
        named[row.named().map_or(Expression::COUNT, Expression::index)] = 1;
        Self { sum: row.shares.map(u32::from), low: row.shares, high: row.shares, named, joined: row.joined }
    }

    /// Adds later rows of the same face.
    pub fn add(&mut self, later: &Self) {
        for class in 0..Expression::COUNT {
            self.sum[class] += later.sum[class];
            self.low[class] = self.low[class].min(later.low[class]);
            self.high[class] = self.high[class].max(later.high[class]);
        }
        for (count, more) in self.named.iter_mut().zip(later.named) {
            *count = count.saturating_add(more);
        }
    }

    /// Number of rows.
    pub fn count(&self) -> u32 {
        self.named.iter().map(|count| u32::from(*count)).sum()
    }

    /// The mean, lowest and highest probabilities, 0 to 1.
    pub fn values(&self) -> [[f32; Expression::COUNT]; 3] {
        let count = self.count().max(1) as f32 * WHOLE;
        [
            self.sum.map(|sum| sum as f32 / count),
            self.low.map(|low| f32::from(low) / WHOLE),
            self.high.map(|high| f32::from(high) / WHOLE),
        ]
    }

    /// The class that is named most often; `None` if more often none is. On a tie the first in FER2013's order.
    pub fn named(&self) -> Option<Expression> {
        let mut most = 0;
        for (class, count) in self.named.iter().enumerate() {
            if *count > self.named[most] {
                most = class;
            }
        }
        Expression::from_index(most)
    }
}
