//! How the errors of a run fall on groups of people: see `docs/report.md`.

mod permutation;
#[cfg(test)]
mod reference;
mod table;

pub use table::{ClassGap, FEWEST_IMAGES, FEWEST_OF_CLASS, Gaps, GroupError, GroupScores, GroupTable};
