//! Predictions for faces while one setting changes: mean probabilities, and the thresholds from which a class is named.
//!
//! - `bootstrap` (0): intervals by resampling.
//! - [`Sweep`] (0): the predictions, one curve for each identity and condition.
//! - `threshold` (1): the thresholds from which a class is named.
//! - [`Summary`] (2): means and thresholds, also by group.
//! - `drawing` (3): the plot as SVG. `export` (3): CSV and JSON. [`text`] (3): tables as plain text.

mod bootstrap;
mod drawing;
mod export;
mod summary;
#[cfg(test)]
mod tests;
pub mod text;
mod threshold;

use serde::{Deserialize, Serialize};

use crate::expression::Distribution;

pub use drawing::{Words, draw};
pub use export::{Description, to_csv, to_json, to_metadata};
pub use summary::{GroupSummary, Step, Summary};
pub use threshold::{Difference, Threshold, Wanted};

/// The predictions of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// The values of what changes, in the order of the sweep: rising or falling, equally far apart.
    pub values: Vec<f32>,
    /// Whether what changes has values between these; otherwise they are kinds, such as skin tones.
    pub continuous: bool,
    /// The names of the groups; without groups, none.
    pub groups: Vec<String>,
    /// Whether every identity is in each group, as under each light; otherwise each identity is in one group.
    pub paired: bool,
    /// The curves. All curves of an identity follow each other, and so do identities.
    pub curves: Vec<Curve>,
}

/// The predictions for an identity, in one condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Which identity it is.
    pub identity: u32,
    /// The index of its group; 0 without groups.
    pub group: usize,
    /// The prediction at each value; `None` if no face was found.
    pub outcomes: Vec<Option<Distribution>>,
}

impl Sweep {
    /// The value at a position, which is counted in steps from 0.
    fn value(&self, position: f64) -> f32 {
        let place = (position as usize).min(self.values.len().saturating_sub(1));
        let here = self.values.get(place).copied().unwrap_or_default();
        let next = self.values.get(place + 1).copied().unwrap_or(here);
        here + (next - here) * (position - place as f64) as f32
    }
}
