//! Fairness: the metrics of groups of people and the gaps between them; see `docs/report.md`.

mod permutation;
#[cfg(test)]
mod reference;
mod table;

pub use permutation::permute_units;
pub use table::{ClassGap, Gaps, GroupError, GroupScores, GroupTable, MIN_CLASS_IMAGES, MIN_IMAGES};
