//! Collects the samples of a dataset from pictures that are read one by one, wherever they come from.

use super::class_names::{Role, Roles};
use super::cropping::{Candidates, Cropping};
use super::limits::{MAX_BYTES, MAX_SAMPLES};
use super::numbered_labels::NumberedLabels;
use super::persons;
use super::reading::{LoadNote, LoadedDataset, ReadError};
use super::rejection::{Column, Location, Rejection, Rejections};
use super::{Pixels, Split};
use crate::expression::Expression;

/// Assigns rows, labels and splits to pictures. Pictures wait until it is decided whether faces are cropped, and samples with
/// integer labels until all numbers are known.
#[derive(Debug, Default)]
pub(super) struct Collector {
    /// How pictures become samples; set before the first picture.
    pub cropping: Cropping,
    /// The orders of integer labels that were chosen or are known.
    pub numbers: NumberedLabels,
    loaded: LoadedDataset,
    roles: Roles,
    /// Number of pictures, including rejected ones.
    pictures: usize,
    /// Bytes of files so far.
    bytes: u64,
    waiting: Vec<Waiting>,
    /// Samples without a split.
    unsplit: Vec<usize>,
    /// Samples that a list labels.
    listed: Vec<usize>,
    /// Number of samples that only the name of their file labels.
    named_by_file: usize,
    /// The path of each sample, if photographs are expected.
    paths: Vec<String>,
    /// The person of each sample, as far as they are known.
    persons: Vec<Option<String>>,
    /// The name of each sample's file.
    names: Vec<String>,
}

/// What is known of a picture.
#[derive(Debug)]
pub(super) struct Description {
    /// Where it is in its file.
    pub location: Location,
    /// The path under which its crop is exported; not needed unless photographs are expected.
    pub path: Option<String>,
    pub label: SampleLabel,
    /// `None` if nothing gives the split.
    pub role: Option<Role>,
    /// The person who is shown, if that is known.
    pub person: Option<String>,
    /// The name of its file; empty if it is not in one of its own.
    pub name: String,
}

/// What is known of a sample's class.
#[derive(Clone, Copy, Debug)]
pub(super) enum SampleLabel {
    /// A class; a number that the sample has besides, and whose meaning the class may determine.
    Class { class: Expression, number: Option<u32>, source: LabelSource },
    /// Only a number.
    Number { number: u32, source: LabelSource },
}

/// What labels a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LabelSource {
    /// A folder, or the row that the image is in.
    #[default]
    Direct,
    FileName,
    List,
}

#[derive(Debug)]
struct Waiting {
    description: Description,
    /// Its position among the pictures.
    row: usize,
    candidates: Candidates,
}

/// A dataset, and how its samples were labelled.
pub(super) struct Collected {
    pub loaded: LoadedDataset,
    /// Number of samples without a split.
    pub unsplit: usize,
    /// Number of samples that a list labels.
    pub listed: usize,
    /// Number of samples that only the name of their file labels.
    pub named_by_file: usize,
}

impl Collected {
    /// Adds a note if there are samples without a split.
    pub fn note_unsplit(&mut self) {
        if self.unsplit > 0 {
            self.loaded.notes.push(LoadNote::NoSplit(self.unsplit));
        }
    }
}

impl Collector {
    /// Adds to the bytes that were read.
    ///
    /// # Errors
    /// When there are too many, unless photographs are expected.
    pub fn count_bytes(&mut self, bytes: usize) -> Result<(), ReadError> {
        self.bytes += bytes as u64;
        if self.bytes > MAX_BYTES && !self.cropping.takes_photos() { Err(ReadError::TooLarge) } else { Ok(()) }
    }

    /// Adds the next picture.
    ///
    /// # Errors
    /// When there are too many samples.
    pub fn add(&mut self, description: Description, candidates: Candidates) -> Result<(), ReadError> {
        self.waiting.push(Waiting { description, row: self.pictures, candidates });
        self.pictures += 1;
        if self.cropping.is_decided() { self.push_waiting() } else { Ok(()) }
    }

    /// Rejects the next picture.
    pub fn reject(&mut self, location: Location, column: Option<Column>, reason: Rejection) {
        self.loaded.rejections.push(location, column, reason);
        self.pictures += 1;
    }

    /// Number of pictures so far, including rejected ones.
    pub fn pictures(&self) -> usize {
        self.pictures
    }

    /// Number of pictures accepted so far.
    pub fn accepted(&self) -> usize {
        self.loaded.dataset.len() + self.waiting.len()
    }

    /// The pictures rejected so far.
    pub fn rejections(&self) -> &Rejections {
        &self.loaded.rejections
    }

    fn push_waiting(&mut self) -> Result<(), ReadError> {
        for Waiting { description, row, candidates } in std::mem::take(&mut self.waiting) {
            match self.cropping.choose(candidates) {
                Ok(samples) => samples.into_iter().try_for_each(|pixels| self.push(pixels, row, &description))?,
                Err(reason) => self.loaded.rejections.push(description.location, None, reason),
            }
        }
        Ok(())
    }

    fn push(&mut self, pixels: Pixels, row: usize, description: &Description) -> Result<(), ReadError> {
        let sample = self.loaded.dataset.len();
        if sample == MAX_SAMPLES {
            return Err(ReadError::TooLarge);
        }
        let (class, source) = match description.label {
            SampleLabel::Class { class, number, source } => {
                if let Some(number) = number {
                    self.numbers.name(number, class);
                }
                (class, source)
            }
            SampleLabel::Number { number, source } => {
                self.numbers.wait(sample, number, &pixels, description.location.clone());
                // until its class is known
                (Expression::Neutral, source)
            }
        };
        match source {
            LabelSource::Direct => {}
            LabelSource::FileName => self.named_by_file += 1,
            LabelSource::List => self.listed.push(sample),
        }
        let split = match description.role {
            Some(role) => self.roles.split(role, sample),
            None => {
                self.unsplit.push(sample);
                Split::Training
            }
        };
        self.loaded.dataset.push(pixels, class, split, row);
        self.persons.push(description.person.clone());
        self.names.push(description.name.clone());
        if self.cropping.takes_photos() {
            self.paths.extend(description.path.clone());
        }
        Ok(())
    }

    /// Returns the dataset. A split `test` becomes PublicTest, or PrivateTest if there is a validation split too. Samples whose
    /// label is unknown are rejected by `reject`.
    ///
    /// # Errors
    /// When there are too many samples, or the order of integer labels is unknown.
    pub fn finish(mut self, reject: impl Fn(u32) -> Rejection) -> Result<Collected, ReadError> {
        self.cropping.decide();
        self.push_waiting()?;
        let Self { cropping, numbers, mut loaded, roles, unsplit, listed, named_by_file, paths, names, .. } = self;
        roles.settle(&mut loaded.dataset);
        loaded.notes.extend(persons::add_column(&mut loaded.dataset, &self.persons));
        let removed = numbers.resolve(&mut loaded, reject)?;
        let is_kept = |sample: &usize| removed.binary_search(sample).is_err();
        let kept_of = |texts: Vec<String>| {
            texts.into_iter().enumerate().filter(|(sample, _)| is_kept(sample)).map(|(_, text)| text)
        };
        loaded.crops = cropping.finish(kept_of(paths).collect());
        if loaded.dataset.groups().is_empty() {
            let names: Vec<String> = kept_of(names).collect();
            loaded.notes.extend(persons::seeming_persons(&names, &loaded.dataset).map(LoadNote::SeemingPersons));
        }
        if let Some(crops) = &loaded.crops {
            loaded.notes.push(LoadNote::Cropped(crops.report));
        }
        let kept = |samples: &[usize]| samples.iter().filter(|&sample| is_kept(sample)).count();
        Ok(Collected { unsplit: kept(&unsplit), listed: kept(&listed), named_by_file, loaded })
    }
}
