//! Commands and events about datasets. The engine holds the pixels; the page holds everything else and requests the
//! pixels of the images that it shows.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use mien_core::dataset::{CropChoice, CropReport, LabelOrder, LabelQuestion, LoadNote, Rejections, Split};
use mien_core::expression::Expression;

/// Identifies a loaded dataset; never reused by a worker.
pub type DatasetId = u32;

/// Commands from the page to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatasetCommand {
    /// Load a dataset from the attached file (CSV or archive), or from the attached images and tables of a folder if `paths` is
    /// not empty. Answered by [`DatasetEvent::Loading`], then [`DatasetEvent::Loaded`], [`DatasetEvent::OrderNeeded`],
    /// [`DatasetEvent::LoadFailed`] or [`DatasetEvent::LoadCancelled`]. Datasets that are already loaded are kept.
    Load {
        /// Its name, such as the file's name.
        name: String,
        /// Paths of the files within the folder, one for each attached file; empty for a single file.
        paths: Vec<String>,
        /// The order of integer labels; `None` if it is not known.
        order: Option<LabelOrder>,
        /// Whether the faces of images that are no crops are found and cropped.
        crop: CropChoice,
    },
    /// Cancel loading.
    Cancel,
    /// Create an empty custom dataset. Answered by [`DatasetEvent::Loaded`].
    Create {
        /// Its name.
        name: String,
    },
    /// Add images to a set. Answered by [`DatasetEvent::Loaded`].
    Add {
        /// The dataset.
        set: DatasetId,
        /// Their class.
        label: Expression,
        /// Their split.
        split: Split,
        /// 48×48 grey bytes each, one image after the other.
        #[serde(with = "serde_bytes")]
        pixels: Vec<u8>,
    },
    /// Remove images from a dataset; the remaining ones are renumbered. Answered by [`DatasetEvent::Loaded`].
    Remove {
        /// The dataset.
        set: DatasetId,
        /// The samples.
        samples: Vec<u32>,
    },
    /// Close a dataset. Answered by [`DatasetEvent::Closed`].
    Close {
        /// The dataset.
        set: DatasetId,
    },
    /// Ask for pixels. Answered by [`DatasetEvent::Images`] with the same `request`.
    Images {
        /// Request number, repeated in the answer.
        request: u32,
        /// The dataset.
        set: DatasetId,
        /// The samples.
        samples: Vec<u32>,
    },
    /// Request the images most similar to one. Answered by [`DatasetEvent::Neighbours`] with the same `request`.
    Neighbours {
        /// Request number, repeated in the answer.
        request: u32,
        /// The dataset.
        set: DatasetId,
        /// The sample to which they are similar.
        sample: u32,
        /// Maximum number of images.
        count: u32,
    },
    /// Search for near duplicates after the search was cancelled. It starts by itself whenever images were loaded, added or
    /// removed. Answered by [`DatasetEvent::NearDuplicates`].
    FindNearDuplicates {
        /// The dataset.
        set: DatasetId,
    },
    /// Cancel the search for near duplicates. Answered by [`DatasetEvent::NearDuplicates`].
    CancelNearDuplicates {
        /// The dataset.
        set: DatasetId,
    },
    /// Set the group column whose groups stay together in random splits, folds and what is held out for validation. Answered by
    /// [`DatasetEvent::Loaded`].
    KeepTogether {
        /// The dataset.
        set: DatasetId,
        /// The index of the column; `None` if nothing but copies of an image stays together.
        column: Option<u32>,
    },
    /// Split the dataset randomly, stratified by class. Answered by [`DatasetEvent::Loaded`], or by
    /// [`DatasetEvent::LoadFailed`] if there are fewer groups than splits.
    Resplit {
        /// The dataset.
        set: DatasetId,
        /// Proportions of Training, PublicTest and PrivateTest, in any unit.
        shares: [f64; 3],
        /// The random seed.
        seed: u64,
    },
    /// Restore the splits of the dataset's file. Answered by [`DatasetEvent::Loaded`].
    RestoreSplits {
        /// The dataset.
        set: DatasetId,
    },
    /// Save a dataset on this device, replacing the one saved before. Answered by [`DatasetEvent::Saving`], then
    /// [`DatasetEvent::Saved`] or [`DatasetEvent::StorageFailed`].
    Save {
        /// The dataset.
        set: DatasetId,
        /// When the dataset to be replaced was saved; if another one is saved now, nothing is done.
        instead_of: Option<f64>,
    },
    /// Ask which dataset is saved. Answered by [`DatasetEvent::Saved`].
    Saved,
    /// Load the saved dataset. Answered as [`Self::Load`].
    Restore,
    /// Delete the saved dataset. Answered by [`DatasetEvent::Saved`] or [`DatasetEvent::StorageFailed`].
    DeleteSaved {
        /// When it was saved; if another one is saved now, nothing is done.
        saved: f64,
    },
    /// Export a dataset as FER2013's CSV. Answered by [`DatasetEvent::Exported`] with the file attached.
    Export {
        /// The dataset.
        set: DatasetId,
    },
}

/// Events from the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatasetEvent {
    /// The progress of loading.
    Loading {
        /// The name of the dataset.
        name: String,
        /// Number of bytes read.
        read: u64,
        /// Size in bytes.
        length: u64,
        /// Number of samples so far.
        accepted: u64,
        /// Number of rejected rows so far.
        rejected: u64,
    },
    /// A dataset was loaded or changed.
    Loaded {
        /// The dataset without its pixels.
        summary: Box<DatasetSummary>,
    },
    /// Loading failed; datasets that were loaded before are kept.
    LoadFailed {
        /// The name of the dataset.
        name: String,
        /// What is wrong with it, and what is expected.
        reason: Message,
    },
    /// The order of the integer labels of a dataset is unknown, so it was not loaded: to be loaded again with an order. Datasets that were
    /// loaded before are kept.
    OrderNeeded {
        /// The name of the dataset.
        name: String,
        /// The numbers, and what each order makes of them.
        question: Box<LabelQuestion>,
    },
    /// Loading was cancelled on request.
    LoadCancelled,
    /// The analysis of a dataset, after it was loaded or changed.
    Explored {
        /// The dataset.
        set: DatasetId,
        /// The results.
        exploration: Box<Exploration>,
    },
    /// The progress or the result of a search for near duplicates.
    NearDuplicates {
        /// The dataset.
        set: DatasetId,
        /// How far the search is, or what it has found.
        status: NearDuplicateStatus,
    },
    /// A dataset was closed.
    Closed {
        /// The dataset.
        set: DatasetId,
    },
    /// Requested pixels.
    Images {
        /// As in the command.
        request: u32,
        /// 48×48 grey bytes each, one image after the other; empty if the dataset is no longer loaded.
        #[serde(with = "serde_bytes")]
        pixels: Vec<u8>,
    },
    /// The images most similar to one, most similar first.
    Neighbours {
        /// As in the command.
        request: u32,
        /// Samples with the correlation of their pixels, −1 to 1.
        samples: Vec<(u32, f32)>,
    },
    /// A dataset is being saved on this device.
    Saving {
        /// The dataset.
        set: DatasetId,
    },
    /// The dataset saved on this device, if any.
    Saved {
        /// Its name, size and time.
        saved: Option<SavedDataset>,
        /// Whether another tab has replaced or deleted it, so that a command was ignored.
        changed: bool,
    },
    /// A storage operation failed.
    StorageFailed {
        /// Why.
        reason: Message,
    },
    /// A dataset as an attached file (a `Blob`); without attachment if the export failed.
    Exported {
        /// The dataset.
        set: DatasetId,
    },
}

/// A dataset without its pixels. Samples are identified by index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetSummary {
    /// Its id.
    pub id: DatasetId,
    /// Its name for display, such as the file's name.
    pub name: String,
    /// The class of each sample, by index.
    #[serde(with = "serde_bytes")]
    pub labels: Vec<u8>,
    /// The split of each sample, as an index into [`Split::ALL`].
    #[serde(with = "serde_bytes")]
    pub splits: Vec<u8>,
    /// The row of each sample in its file; the first is 0.
    #[serde(with = "mien_core::packed")]
    pub rows: Vec<u32>,
    /// The group columns of the file.
    pub groups: Vec<GroupColumn>,
    /// The rejected rows.
    pub rejections: Rejections,
    /// Notes about the file.
    pub notes: Vec<LoadNote>,
    /// What was cropped; `None` if all images were crops already, or the dataset was saved.
    pub crops: Option<CropSummary>,
    /// Loading time in seconds; 0 for a custom dataset.
    pub seconds: f64,
    /// Whether it is a custom dataset, created in the page.
    pub custom: bool,
    /// Whether it has random splits instead of those of its file.
    pub resplit: bool,
    /// The index of the group column whose groups stay together when the dataset is divided: at first that of the persons, if there is
    /// one.
    pub together: Option<u32>,
}

/// What was cropped when a dataset was loaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CropSummary {
    /// The counts.
    pub report: CropReport,
    /// The first images with a face, at most eight, in both ways: the centre crop and the crop of the face, 48×48 grey bytes each.
    #[serde(with = "serde_bytes")]
    pub preview: Vec<u8>,
}

/// A group column of a dataset's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupColumn {
    /// Its name in the header.
    pub name: String,
    /// Its distinct values.
    pub values: Vec<String>,
    /// The value of each sample, as an index into `values`.
    #[serde(with = "serde_bytes")]
    pub codes: Vec<u8>,
}

/// The analysis of a dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exploration {
    /// Groups of byte-identical images, each in the order of the file.
    pub duplicates: Vec<Vec<u32>>,
    /// Near-constant images.
    pub flat: Vec<u32>,
    /// The mean image of each class in FER2013's order, 48×48 grey bytes each; black for a class without images.
    #[serde(with = "serde_bytes")]
    pub means: Vec<u8>,
    /// Number of Training images excluded from training, because they are near-constant, or duplicates or known near
    /// duplicates of held-out images.
    pub excluded: u32,
}

/// The status of the search for the near duplicates of a dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NearDuplicateStatus {
    /// It runs.
    Running {
        /// Number of images that were compared so far.
        done: u32,
        /// Number of images.
        total: u32,
    },
    /// It was cancelled: near duplicates are not known, and not excluded from training.
    Cancelled,
    /// It is finished.
    Finished {
        /// Groups of near duplicates, each in the order of the file; byte-identical copies of its images belong to a group too.
        groups: Vec<Vec<u32>>,
        /// As [`Exploration::excluded`].
        excluded: u32,
    },
}

/// A dataset saved on this device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedDataset {
    /// Its name.
    pub name: String,
    /// Number of samples.
    pub samples: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// When it was saved, in milliseconds since 1970; identifies it among datasets with the same name.
    pub at: f64,
}

impl NearDuplicateStatus {
    /// The groups that were found; none before the search is finished.
    pub fn groups(&self) -> &[Vec<u32>] {
        match self {
            Self::Finished { groups, .. } => groups,
            Self::Running { .. } | Self::Cancelled => &[],
        }
    }
}

impl DatasetSummary {
    /// The number of samples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The class of a sample.
    pub fn label(&self, sample: usize) -> Option<Expression> {
        self.labels.get(sample).and_then(|&index| Expression::from_index(usize::from(index)))
    }

    /// The split of a sample.
    pub fn split(&self, sample: usize) -> Option<Split> {
        self.splits.get(sample).and_then(|&index| Split::ALL.get(usize::from(index)).copied())
    }

    /// The samples of a split.
    pub fn of_split(&self, split: Split) -> Vec<u32> {
        (0..self.len()).filter(|&sample| self.split(sample) == Some(split)).map(|sample| sample as u32).collect()
    }
}
