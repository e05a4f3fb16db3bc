//! FER2013: loading, storing, exploring and splitting it, and data augmentation.
//!
//! - [`Loader`] reads a file (CSV, gzip, zip, tar) into a [`Dataset`] step by step and reports every rejected row or image;
//!   [`FolderLoader`] does the same for a folder, [`FolderReader`] for images one by one, and
//!   [`RowLoader`] for rows that a [`RowSource`] reads.
//! - [`Cropping`] finds and crops the faces of whole photographs, with a [`FaceFinder`].
//! - [`LabelOrder`] is the order of the classes of integer labels, and [`LabelQuestion`] asks for it.
//! - [`Dataset::write_to`] and [`Dataset::read_from`] store a dataset; [`Dataset::write_csv`] and [`Dataset::write_zip`] export it.
//! - [`duplicates`], [`near_duplicates`], [`near_constant`], [`mean_face`], [`nearest`] and [`imbalance`] explore it.
//! - [`select_training`] and [`select_for_folds`] exclude images that must not be trained on; [`resplit`], [`stratified_folds`]
//!   and [`hold_out`] create new splits, in which [`GroupBy`] keeps the images of a person together.
//! - [`Votes`] are FER+'s labels: ten taggers per image.
//! - [`GroupLabels`] assign samples to groups of people; [`JoinTable`] reads them from a separate table.
//! - [`PhotoTable`] labels whole photographs, to measure the way from a photograph to a label; [`PhotoFolder`] finds it and them among the
//!   files of a folder.
//! - [`shuffled`] and [`Augmentation`] determine the batches of an epoch; both depend on their seed alone.

mod archive;
mod augment;
mod class_names;
mod collector;
mod composition;
mod counted_file;
mod cropping;
mod crops;
mod deviation;
mod duplicates;
mod encoding;
mod entries;
mod explore;
mod export;
mod export_zip;
mod fields;
mod folder;
mod folder_loader;
mod group_placement;
mod grouping;
mod groups;
mod gunzip;
mod join;
mod label_list;
mod label_order;
mod label_question;
mod limits;
mod lines;
mod list_form;
mod listed_images;
mod loader;
#[cfg(test)]
mod loader_tests;
mod near;
mod numbered_labels;
mod partition;
mod path_label;
mod paths;
mod persons;
mod photo_folder;
mod photo_table;
mod picture;
mod pixels;
mod reader;
mod reading;
mod rejection;
mod rows;
mod rows_error;
mod selection;
mod shuffle;
mod split;
mod store;
mod stored;
mod tables;
mod tar;
#[cfg(test)]
mod tests;
mod text;
mod votes;

pub use augment::{Augmentation, StrengthError};
pub use cropping::{CropChoice, Cropping, FaceFinder, FoundFace, SeveralFaces};
pub use crops::{CropReport, Crops};
pub use deviation::{FLAT_DEVIATION, deviation};
pub use duplicates::{Duplicates, duplicates};
pub use explore::{Imbalance, Neighbour, imbalance, mean_face, nearest};
pub use export::quoted;
pub use folder::FolderReader;
pub use folder_loader::FolderLoader;
pub use grouping::{Binning, BinningError, GroupLabels};
pub use groups::{GroupColumn, GroupFault};
pub use join::{JoinError, JoinTable, LineFault};
pub use label_order::{ClassOf, LabelOrder, LabelOrderError, OwnOrder};
pub use label_question::{Example, LabelQuestion, NumberedSamples, Reading};
pub use limits::{MAX_BYTES, MAX_SAMPLES};
pub use loader::{Loader, read};
pub use near::{NearDuplicateSearch, NearDuplicates, near_duplicates};
pub use partition::{PartitionError, hold_out, resplit, stratified_folds};
pub use persons::{GroupBy, UnknownColumn, person_column};
pub use photo_folder::{PhotoFolder, PhotoFolderError};
pub use photo_table::{LabelledPhoto, PersonHalf, PhotoTable, PhotoTableError};
pub use picture::{MAX_IMAGE_BYTES, check_picture, decode_photo, decode_picture, is_whole_picture};
pub use reading::{EntryFault, Foreign, LoadNote, LoadedDataset, ReadError};
pub use rejection::{Column, Location, Rejected, Rejection, Rejections, excerpt};
pub use rows::{Row, RowBatch, RowImage, RowLabel, RowLoader, RowSource};
pub use rows_error::RowsError;
pub use selection::{Excluded, Reason, Selection, near_constant, select_for_folds, select_training};
pub use shuffle::{shuffled, stratified};
pub use split::{Split, UnknownSplit};
pub use store::Dataset;
pub use stored::{Damage, StoredError};
pub use votes::{CHOICES, Votes, VotesError};

use crate::vision::CROP_PIXELS;

/// A sample's pixels: 48×48 grey bytes, row by row.
pub type Pixels = [u8; CROP_PIXELS];
