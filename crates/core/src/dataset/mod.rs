//! FER2013: reading it, holding its images, looking through them, choosing among them, and batches with augmentation.
//!
//! - [`Loader`] turns a file (CSV, gzip, zip) into a [`Dataset`] piece by piece and says of each row or image that it rejects
//!   where and why; [`FolderReader`] does so for images in folders.
//! - [`Dataset::write_to`] and [`Dataset::read_from`] keep a dataset; [`Dataset::write_csv`] hands it on.
//! - [`duplicates`], [`near_constant`], [`mean_face`], [`nearest`] and [`imbalance`] look through it.
//! - [`select_training`] finds what must not be trained on; [`resplit`] and [`stratified_folds`] divide the samples anew.
//! - [`Votes`] are FER+'s second labels: ten taggers a row.
//! - [`GroupLabels`] say which group of people samples belong to; [`JoinTable`] reads them from a table of its own.
//! - [`shuffled`] and [`Augmentation`] make the batches of an epoch; both only depend on their seed.

mod archive;
mod augment;
mod duplicates;
mod explore;
mod export;
mod fields;
mod folder;
mod grouping;
mod groups;
mod join;
mod lines;
mod loader;
#[cfg(test)]
mod loader_tests;
mod partition;
mod picture;
mod pixels;
mod reader;
mod reading;
mod rejection;
mod selection;
mod shuffle;
mod source;
mod split;
mod store;
mod stored;
#[cfg(test)]
mod tests;
mod votes;

pub use augment::Augmentation;
pub use duplicates::{Duplicates, duplicates};
pub use explore::{Imbalance, Neighbour, imbalance, mean_face, nearest};
pub(crate) use export::quoted;
pub use folder::FolderReader;
pub use grouping::{Binning, BinningError, GroupLabels};
pub use groups::{GroupColumn, GroupFault};
pub use join::{JoinError, JoinTable};
pub use loader::{Loader, read};
pub use partition::{PartitionError, resplit, stratified_folds};
pub use picture::MOST_IMAGE_BYTES;
pub use reading::{MOST_BYTES, MOST_SAMPLES, ReadError, Reading, Remark};
pub use rejection::{Column, Place, Rejected, Rejection, Rejections};
pub use selection::{FLAT_DEVIATION, LeftOut, Reason, Selection, deviation, near_constant, select_training};
pub use shuffle::{shuffled, stratified};
pub use split::{Split, UnknownSplit};
pub use store::Dataset;
pub use stored::StoredError;
pub use votes::{CHOICES, Votes, VotesError};

pub use crate::random::mix;

use crate::vision::CROP_PIXELS;

/// A sample's pixels: 48×48 grey bytes, row by row.
pub type Pixels = [u8; CROP_PIXELS];
