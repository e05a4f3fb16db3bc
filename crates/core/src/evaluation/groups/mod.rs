//! Fairness: the metrics of groups of people and the gaps between them; see `docs/report.md`.

mod permutation;
#[cfg(test)]
mod reference;
mod table;

pub use table::{ClassGap, FEWEST_IMAGES, FEWEST_OF_CLASS, Gaps, GroupError, GroupScores, GroupTable};
