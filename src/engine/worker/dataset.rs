//! Sets of images: loaded slice by slice, changed, looked through, handed out.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, File};

use super::keep::{self, Keep};
use super::{Engine, Job, REPORT_EVERY, SLICE, now};
use crate::dataset::{
    self, Dataset, FLAT_DEVIATION, FolderReader, Loader, Reading, Rejections, Split, deviation, duplicate_groups,
    mean_faces, nearest, resplit, select_training,
};
use crate::engine::blob::BlobReader;
use crate::engine::protocol::{DatasetCommand, DatasetEvent, Event, Exploration, GroupColumn, SetId, SetSummary};
use crate::expression::Expression;
use crate::vision::CROP_PIXELS;

/// Rows read between two looks at the clock.
const ROWS: usize = 64;

/// The sets that are loaded.
#[derive(Default)]
pub(super) struct Sets {
    last: SetId,
    sets: BTreeMap<SetId, Set>,
}

pub(super) struct Set {
    pub name: String,
    pub dataset: Arc<Dataset>,
    /// The splits of the file, while others stand in for them.
    original: Option<Vec<Split>>,
    rejections: Rejections,
    remarks: Vec<String>,
    seconds: f64,
    handmade: bool,
}

impl Sets {
    /// The images of a set.
    pub fn dataset(&self, set: SetId) -> Option<Arc<Dataset>> {
        self.sets.get(&set).map(|set| Arc::clone(&set.dataset))
    }

    pub fn get(&self, set: SetId) -> Option<&Set> {
        self.sets.get(&set)
    }

    fn add(&mut self, set: Set) -> SetId {
        self.last += 1;
        self.sets.insert(self.last, set);
        self.last
    }
}

/// Work on sets.
pub(super) enum DatasetJob {
    /// Reads a set.
    Load(Load),
    /// Looks through a set.
    Explore(SetId),
    /// Keeps a set on the device.
    Keep(Keep),
}

/// A set on its way.
pub(super) struct Load {
    name: String,
    source: Source,
    began: f64,
    reported: f64,
}

enum Source {
    File(Loader<BlobReader>),
    Folder { waiting: VecDeque<(String, File)>, count: u64, reader: FolderReader },
}

impl Engine {
    pub(super) async fn on_dataset(&mut self, command: DatasetCommand, beside: &JsValue) {
        match command {
            DatasetCommand::Load { name, paths } => {
                let files: Vec<File> = js_sys::Array::from(beside).iter().filter_map(|file| file.dyn_into().ok()).collect();
                self.load(name, paths, files);
            }
            DatasetCommand::Cancel => {
                let before = self.jobs.len();
                self.jobs.retain(|job| !matches!(job, Job::Dataset(DatasetJob::Load(_))));
                if self.jobs.len() < before {
                    self.tell(DatasetEvent::LoadCancelled);
                }
            }
            DatasetCommand::Create { name } => {
                let reading = Reading { dataset: Dataset::default(), ..Reading::default() };
                self.add(name, reading, 0.0, true);
            }
            DatasetCommand::Add { set, label, split, pixels } => self.change(set, |dataset| {
                for image in pixels.as_chunks::<CROP_PIXELS>().0 {
                    let row = dataset.len();
                    dataset.push(*image, label, split, row);
                }
            }),
            DatasetCommand::Remove { set, samples } => self.change(set, |dataset| {
                dataset.retain(|index| !samples.contains(&(index as u32)));
            }),
            DatasetCommand::Close { set } => {
                self.sets.sets.remove(&set);
                self.tell(DatasetEvent::Closed { set });
            }
            DatasetCommand::Images { request, set, samples } => {
                let mut pixels = Vec::with_capacity(samples.len() * CROP_PIXELS);
                if let Some(dataset) = self.sets.dataset(set) {
                    let there = samples.iter().map(|&sample| sample as usize).filter(|&sample| sample < dataset.len());
                    there.for_each(|sample| pixels.extend_from_slice(dataset.pixels(sample)));
                }
                self.tell(DatasetEvent::Images { request, pixels });
            }
            DatasetCommand::Neighbours { request, set, sample, count } => {
                let dataset = self.sets.dataset(set).filter(|dataset| (sample as usize) < dataset.len());
                let found = dataset.map(|dataset| nearest(&dataset, sample as usize, count as usize));
                let samples = found.unwrap_or_default().into_iter().map(|(sample, like)| (sample as u32, like)).collect();
                self.tell(DatasetEvent::Neighbours { request, samples });
            }
            DatasetCommand::Resplit { set, shares, seed } => self.split_anew(set, shares, seed),
            DatasetCommand::RestoreSplits { set } => {
                let original = self.sets.sets.get_mut(&set).and_then(|set| set.original.take());
                if let Some(original) = original {
                    self.change(set, |dataset| drop(dataset.set_splits(original)));
                }
            }
            DatasetCommand::Keep { set } => self.keep(set).await,
            DatasetCommand::Stored => self.tell_stored().await,
            DatasetCommand::Restore => self.restore().await,
            DatasetCommand::Forget => self.forget().await,
            DatasetCommand::Export { set } => self.export(set),
        }
    }

    fn load(&mut self, name: String, paths: Vec<String>, files: Vec<File>) {
        let source = match files.into_iter().next() {
            Some(file) if paths.is_empty() => BlobReader::new(file.into())
                .map_err(dataset::ReadError::from)
                .and_then(|reader| Loader::open(reader, &name))
                .map(Source::File),
            _ => todo!(),
        };
        let began = now();
        match source {
            Ok(source) => {
                let load = Load { name, source, began, reported: f64::NEG_INFINITY };
                self.jobs.push_back(Job::Dataset(DatasetJob::Load(load)));
            }
            Err(error) => self.tell(DatasetEvent::LoadFailed { name, reason: error.to_string() }),
        }
    }
}
