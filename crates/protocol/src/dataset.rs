//! What page and engine say to each other about sets of images. The engine holds the pixels; the page holds the rest and
//! asks for the pixels of what it shows.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use mien_core::dataset::{Rejections, Remark, Split};
use mien_core::expression::Expression;

/// Names a loaded set; never used twice in a worker's life.
pub type SetId = u32;

/// From the page to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatasetCommand {
    /// Read a set from the file that travels beside (CSV, gzip or zip), or from the images of a folder, as many as
    /// there are `paths`. Answered by [`DatasetEvent::Loading`], then [`DatasetEvent::Loaded`],
    /// [`DatasetEvent::LoadFailed`] or [`DatasetEvent::LoadCancelled`]. What is loaded already stays.
    Load {
        /// What to call it, such as the file's name.
        name: String,
        /// Paths of a folder's images within it, one for each file beside; empty for a single file.
        paths: Vec<String>,
    },
    /// Break off the loading.
    Cancel,
    /// Begin an empty set to be filled by hand. Answered by [`DatasetEvent::Loaded`].
    Create {
        /// What to call it.
        name: String,
    },
    /// Add images to a set. Answered by [`DatasetEvent::Loaded`].
    Add {
        /// Where to.
        set: SetId,
        /// Their class.
        label: Expression,
        /// Their split.
        split: Split,
        /// 48×48 grey bytes each, one image after the other.
        #[serde(with = "serde_bytes")]
        pixels: Vec<u8>,
    },
    /// Take images out of a set; the others close the ranks. Answered by [`DatasetEvent::Loaded`].
    Remove {
        /// Where from.
        set: SetId,
        /// Which samples.
        samples: Vec<u32>,
    },
    /// Give a set up. Answered by [`DatasetEvent::Closed`].
    Close {
        /// Which.
        set: SetId,
    },
    /// Ask for pixels. Answered by [`DatasetEvent::Images`] with the same `request`.
    Images {
        /// Named again in the answer.
        request: u32,
        /// Of which set.
        set: SetId,
        /// Which samples.
        samples: Vec<u32>,
    },
    /// Ask for the images most like one. Answered by [`DatasetEvent::Neighbours`] with the same `request`.
    Neighbours {
        /// Named again in the answer.
        request: u32,
        /// Of which set.
        set: SetId,
        /// Like which sample.
        sample: u32,
        /// How many.
        count: u32,
    },
    /// Draw the splits anew, stratified by class. Answered by [`DatasetEvent::Loaded`].
    Resplit {
        /// Which set.
        set: SetId,
        /// Shares of Training, PublicTest and PrivateTest, in any unit.
        shares: [f64; 3],
        /// What they are drawn from.
        seed: u64,
    },
    /// Give a set the splits back that its file gave it. Answered by [`DatasetEvent::Loaded`].
    RestoreSplits {
        /// Which set.
        set: SetId,
    },
    /// Keep a set on this device, in place of one kept before. Answered by [`DatasetEvent::Keeping`], then
    /// [`DatasetEvent::Stored`] or [`DatasetEvent::StorageFailed`].
    Keep {
        /// Which set.
        set: SetId,
        /// When the set was kept whose place it takes; where another one is kept now, nothing is done.
        instead_of: Option<f64>,
    },
    /// Ask whether a set is kept. Answered by [`DatasetEvent::Stored`].
    Stored,
    /// Load the set that is kept. Answered as [`Self::Load`].
    Restore,
    /// Delete the set that is kept. Answered by [`DatasetEvent::Stored`] or [`DatasetEvent::StorageFailed`].
    Forget {
        /// When it was kept; where another one is kept now, nothing is done.
        kept: f64,
    },
    /// Write a set as FER2013's CSV. Answered by [`DatasetEvent::Exported`] with the file beside.
    Export {
        /// Which set.
        set: SetId,
    },
}

/// From the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatasetEvent {
    /// How far the loading is.
    Loading {
        /// What is being loaded.
        name: String,
        /// Bytes of the source that are read.
        read: u64,
        /// Bytes of the source.
        length: u64,
        /// Samples so far.
        accepted: u64,
        /// Rows rejected so far.
        rejected: u64,
    },
    /// A set is there, or is there with changes.
    Loaded {
        /// All but its pixels.
        summary: Box<SetSummary>,
    },
    /// Nothing was loaded; what was there before still is.
    LoadFailed {
        /// What was to be loaded.
        name: String,
        /// What is wrong with it, and what is expected.
        reason: Message,
    },
    /// Loading was broken off as asked.
    LoadCancelled,
    /// What is to be seen in a set, found once it is loaded or changed.
    Explored {
        /// Which set.
        set: SetId,
        /// What was found.
        exploration: Box<Exploration>,
    },
    /// A set was given up.
    Closed {
        /// Which.
        set: SetId,
    },
    /// Pixels that were asked for.
    Images {
        /// The command's.
        request: u32,
        /// 48×48 grey bytes each, one image after the other; empty when the set is gone.
        #[serde(with = "serde_bytes")]
        pixels: Vec<u8>,
    },
    /// The images most like one, the most like first.
    Neighbours {
        /// The command's.
        request: u32,
        /// Samples, and the correlation of their light with the one's, −1 to 1.
        samples: Vec<(u32, f32)>,
    },
    /// A set is being written to this device.
    Keeping {
        /// Which.
        set: SetId,
    },
    /// The set that is kept on this device, if one is.
    Stored {
        /// Which.
        kept: Option<StoredSet>,
        /// Whether another tab has kept or deleted it, so that a command was not followed.
        changed: bool,
    },
    /// The storage did not do what was asked.
    StorageFailed {
        /// Why.
        reason: Message,
    },
    /// A set as a file, which is beside (a `Blob`), or absent when it could not be made.
    Exported {
        /// Which set.
        set: SetId,
    },
}

/// A set but for its pixels. A sample is named by its index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetSummary {
    /// Names the set.
    pub id: SetId,
    /// For people, such as the file's name.
    pub name: String,
    /// The class of each sample, by index.
    #[serde(with = "serde_bytes")]
    pub labels: Vec<u8>,
    /// The split of each sample, by its place in [`Split::ALL`].
    #[serde(with = "serde_bytes")]
    pub splits: Vec<u8>,
    /// The place of each sample in its file, the first being 0.
    #[serde(with = "mien_core::packed")]
    pub rows: Vec<u32>,
    /// Further columns of the file.
    pub groups: Vec<GroupColumn>,
    /// Rows that were left out.
    pub rejections: Rejections,
    /// What else there is to say of the file.
    pub remarks: Vec<Remark>,
    /// Seconds that the loading took; 0 for a set made by hand.
    pub seconds: f64,
    /// Whether it is made here, by hand.
    pub handmade: bool,
    /// Whether the splits were drawn anew.
    pub resplit: bool,
}

/// A further column of a set's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupColumn {
    /// Its name in the header.
    pub name: String,
    /// The different values that occur.
    pub values: Vec<String>,
    /// The value of each sample, by its place in `values`.
    #[serde(with = "serde_bytes")]
    pub codes: Vec<u8>,
}

/// What is to be seen in a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exploration {
    /// Groups of byte-identical images, each in the order of the file.
    pub duplicates: Vec<Vec<u32>>,
    /// Images that show nothing, being near constant.
    pub flat: Vec<u32>,
    /// The mean image of each class in FER2013's order, 48×48 grey bytes each; black for a class without images.
    #[serde(with = "serde_bytes")]
    pub means: Vec<u8>,
    /// How many Training images would be left out of training, for being a held-out image's twin or flat.
    pub left_out: u32,
}

/// A set kept on this device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredSet {
    /// Its name.
    pub name: String,
    /// How many samples it has.
    pub samples: u64,
    /// Bytes that it takes.
    pub bytes: u64,
    /// When it was kept, in milliseconds since 1970: which tells it from another of the same name.
    pub at: f64,
}

impl SetSummary {
    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no sample.
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
