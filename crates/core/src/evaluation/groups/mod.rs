//! How the errors of a run fall on groups of people: see `docs/report.md`.

mod permutation;
#[cfg(test)]
mod reference;
mod table;

pub use permutation::{PERMUTATIONS, permutation_test};
pub use table::{ClassGap, Gaps, GroupError, GroupScores, GroupTable};

/// A group with fewer images is too small to say anything of: at 30, the 95 % interval of an accuracy is up to 34 points
/// wide.
pub const FEWEST_IMAGES: u64 = 30;

/// A group with fewer images of a class has no recall of that class to compare.
pub const FEWEST_OF_CLASS: u64 = 10;
