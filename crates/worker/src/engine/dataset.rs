//! Sets of images: loaded slice by slice, changed, looked through, handed out.

use std::collections::{BTreeMap, VecDeque};
use std::io::Read;
use std::sync::Arc;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::File;

use super::{Engine, Job, REPORT_EVERY, SLICE, blob_of, now};
use crate::blob::BlobReader;
use mien_core::dataset::{
    Dataset, FolderReader, LoadedDataset, Loader, MOST_IMAGE_BYTES, MOST_SAMPLES, ReadError, Rejections, Remark, Split,
    duplicates, mean_face, near_constant, nearest, resplit, select_training,
};
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{DatasetCommand, DatasetEvent, Event, Exploration, GroupColumn, SetId, SetSummary};

/// Rows read between two looks at the clock.
const ROWS: usize = 64;

/// Images of all sets together: with so many no other set is taken in, as it might need more memory than there is. The
/// largest of sets beside them makes 700 MB.
const MOST_HELD: usize = 2 * MOST_SAMPLES;

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
    pub rejections: Rejections,
    pub remarks: Vec<Remark>,
    seconds: f64,
    pub handmade: bool,
}

impl Sets {
    /// The images of a set.
    pub fn dataset(&self, set: SetId) -> Option<Arc<Dataset>> {
        self.sets.get(&set).map(|set| Arc::clone(&set.dataset))
    }

    pub fn get(&self, set: SetId) -> Option<&Set> {
        self.sets.get(&set)
    }

    /// Whether there is room for another set.
    ///
    /// # Errors
    /// When there is none, and what to do.
    pub fn room(&self) -> Result<(), String> {
        let held: usize = self.sets.values().map(|set| set.dataset.len()).sum();
        if held < MOST_HELD {
            return Ok(());
        }
        Err(format!(
            "the sets that are loaded hold {held} images, and more than {MOST_HELD} may not fit: close one first"
        ))
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
    Load(Box<Load>),
    /// Looks through a set.
    Explore(SetId),
}

/// A set on its way.
pub(super) struct Load {
    name: String,
    source: Source,
    began: f64,
    reported: f64,
}

enum Source {
    File(Box<Loader<BlobReader>>),
    Folder { waiting: VecDeque<(String, File)>, read: u64, length: u64, reader: FolderReader },
}

impl Engine {
    pub(super) async fn on_dataset(&mut self, command: DatasetCommand, beside: &JsValue) {
        match command {
            DatasetCommand::Load { name, paths } => {
                let files: Vec<File> =
                    js_sys::Array::from(beside).iter().filter_map(|file| file.dyn_into().ok()).collect();
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
                self.add_set(name, LoadedDataset::default(), 0.0, true);
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
                let found = dataset.map(|dataset| {
                    let sample = sample as usize;
                    nearest(&dataset, dataset.pixels(sample), count as usize, Some(sample))
                });
                let samples = found.unwrap_or_default().into_iter();
                let samples = samples.map(|found| (found.sample as u32, found.correlation)).collect();
                self.tell(DatasetEvent::Neighbours { request, samples });
            }
            DatasetCommand::Resplit { set, shares, seed } => self.split_anew(set, shares, seed),
            DatasetCommand::RestoreSplits { set } => {
                let original = self.sets.sets.get_mut(&set).and_then(|set| set.original.take());
                if let Some(original) = original {
                    // samples may have come or gone since, and then the file's splits fit no more
                    self.change(set, |dataset| drop(dataset.set_splits(original)));
                }
            }
            DatasetCommand::Keep { set, instead_of } => self.keep_set(set, instead_of).await,
            DatasetCommand::Stored => self.tell_stored().await,
            DatasetCommand::Restore => self.restore_set().await,
            DatasetCommand::Forget { kept } => self.forget_set(kept).await,
            DatasetCommand::Export { set } => self.export(set),
        }
    }

    fn load(&mut self, name: String, paths: Vec<String>, files: Vec<File>) {
        if let Err(reason) = self.sets.room() {
            return self.fail_load(name, &reason);
        }
        let (began, reported) = (now(), f64::NEG_INFINITY);
        match Source::open(paths, files) {
            Ok(source) => {
                let load = Load { name, source, began, reported };
                self.jobs.push_back(Job::Dataset(DatasetJob::Load(Box::new(load))));
            }
            Err(error) => self.fail_load(name, &error),
        }
    }

    fn fail_load(&self, name: String, error: &impl ToString) {
        self.tell(DatasetEvent::LoadFailed { name, reason: error.to_string() });
    }

    /// Takes a set in and tells of it.
    pub(super) fn add_set(&mut self, name: String, reading: LoadedDataset, seconds: f64, handmade: bool) {
        let LoadedDataset { dataset, rejections, remarks } = reading;
        let dataset = Arc::new(dataset);
        let id = self.sets.add(Set { name, dataset, original: None, rejections, remarks, seconds, handmade });
        self.tell_of(id);
    }

    /// Changes the images of a set and tells of it.
    fn change(&mut self, id: SetId, change: impl FnOnce(&mut Dataset)) {
        if let Some(set) = self.sets.sets.get_mut(&id) {
            change(Arc::make_mut(&mut set.dataset));
            self.tell_of(id);
        }
    }

    fn split_anew(&mut self, id: SetId, shares: [f64; 3], seed: u64) {
        let Some(set) = self.sets.sets.get_mut(&id) else { return };
        match resplit(&set.dataset, shares, seed).map(|splits| Arc::make_mut(&mut set.dataset).set_splits(splits)) {
            Ok(Ok(before)) => {
                set.original.get_or_insert(before);
                self.tell_of(id);
            }
            Ok(Err(_)) => {} // as many splits as samples were drawn
            Err(error) => {
                let name = set.name.clone();
                self.fail_load(name, &error);
            }
        }
    }

    fn export(&self, id: SetId) {
        let mut csv = Vec::new();
        let written = self.sets.get(id).map(|set| set.dataset.write_csv(&mut csv));
        let file = match written {
            Some(Ok(())) => blob_of(&csv),
            Some(Err(_)) | None => None,
        };
        let event = Event::Dataset(DatasetEvent::Exported { set: id });
        self.post_with(&event, &file.map_or(JsValue::UNDEFINED, JsValue::from));
    }

    /// Tells all but the pixels of a set, and has it looked through.
    fn tell_of(&mut self, id: SetId) {
        if let Some(set) = self.sets.get(id) {
            self.tell(DatasetEvent::Loaded { summary: Box::new(set.summary(id)) });
            self.jobs.retain(|job| !matches!(job, Job::Dataset(DatasetJob::Explore(waiting)) if *waiting == id));
            self.jobs.push_back(Job::Dataset(DatasetJob::Explore(id)));
        }
    }

    pub(super) fn tell(&self, event: DatasetEvent) {
        self.post(&Event::Dataset(event));
    }
}

impl DatasetJob {
    /// A slice more.
    pub fn advance(self, engine: &mut Engine) -> Option<Self> {
        match self {
            Self::Load(load) => (*load).advance(engine).map(|load| Self::Load(Box::new(load))),
            Self::Explore(id) => {
                if let Some(dataset) = engine.sets.dataset(id) {
                    engine.tell(DatasetEvent::Explored { set: id, exploration: Box::new(explore(&dataset)) });
                }
                None
            }
        }
    }
}

impl Load {
    fn advance(mut self, engine: &mut Engine) -> Option<Self> {
        let start = now();
        let mut more = Ok(true);
        while now() - start < SLICE && matches!(more, Ok(true)) {
            more = self.source.advance();
        }
        match more {
            Ok(true) => {
                if now() - self.reported > REPORT_EVERY {
                    self.reported = now();
                    engine.tell(self.source.progress(self.name.clone()));
                }
                Some(self)
            }
            Ok(false) => {
                let seconds = (now() - self.began) / 1000.0;
                match self.source.finish() {
                    Ok(reading) => engine.add_set(self.name, reading, seconds, false),
                    Err(error) => engine.fail_load(self.name, &error),
                }
                None
            }
            Err(error) => {
                engine.fail_load(self.name, &error);
                None
            }
        }
    }
}

impl Source {
    fn open(paths: Vec<String>, files: Vec<File>) -> Result<Self, ReadError> {
        if paths.is_empty() {
            let file = files.into_iter().next().ok_or(ReadError::Empty)?;
            return Ok(Self::File(Box::new(Loader::open(BlobReader::new(file.into())?)?)));
        }
        let length = files.iter().map(|file| file.size() as u64).sum();
        let waiting = paths.into_iter().zip(files).collect();
        Ok(Self::Folder { waiting, read: 0, length, reader: FolderReader::default() })
    }

    /// Some rows or an image more; `false` at the end.
    fn advance(&mut self) -> Result<bool, ReadError> {
        match self {
            Self::File(loader) => loader.advance(ROWS),
            Self::Folder { waiting, read, reader, .. } => {
                let Some((path, file)) = waiting.pop_front() else { return Ok(false) };
                *read += file.size() as u64;
                let mut bytes = Vec::new();
                if FolderReader::is_image(&path) {
                    BlobReader::new(file.into())?.take(MOST_IMAGE_BYTES + 1).read_to_end(&mut bytes)?;
                }
                reader.add(&path, &bytes)?;
                Ok(true)
            }
        }
    }

    fn progress(&self, name: String) -> DatasetEvent {
        let (read, length, accepted, rejected) = match self {
            Self::File(loader) => (loader.position(), loader.length(), loader.accepted(), loader.rejections().count()),
            Self::Folder { read, length, reader, .. } => {
                (*read, *length, reader.accepted(), reader.rejections().count())
            }
        };
        DatasetEvent::Loading { name, read, length, accepted: accepted as u64, rejected: rejected as u64 }
    }

    fn finish(self) -> Result<LoadedDataset, ReadError> {
        match self {
            Self::File(loader) => loader.finish(),
            Self::Folder { reader, .. } => reader.finish(),
        }
    }
}

impl Set {
    fn summary(&self, id: SetId) -> SetSummary {
        let dataset = &self.dataset;
        let samples = 0..dataset.len();
        let groups = dataset.groups().iter().map(|column| GroupColumn {
            name: column.name().to_owned(),
            values: column.values().to_vec(),
            codes: samples.clone().map(|sample| column.code(sample) as u8).collect(),
        });
        SetSummary {
            id,
            name: self.name.clone(),
            labels: samples.clone().map(|sample| dataset.label(sample).index() as u8).collect(),
            splits: samples.clone().map(|sample| dataset.split(sample).index() as u8).collect(),
            rows: samples.clone().map(|sample| dataset.row(sample) as u32).collect(),
            groups: groups.collect(),
            rejections: self.rejections.clone(),
            remarks: self.remarks.clone(),
            seconds: self.seconds,
            handmade: self.handmade,
            resplit: self.original.is_some(),
        }
    }
}

fn explore(dataset: &Dataset) -> Exploration {
    let mut by_class = vec![Vec::new(); Expression::COUNT];
    (0..dataset.len()).for_each(|sample| by_class[dataset.label(sample).index()].push(sample));
    let mean =
        |samples: &Vec<usize>| mean_face(dataset, samples).map_or_else(|| vec![0; CROP_PIXELS], |face| face.0.to_vec());
    let indices = |samples: Vec<usize>| samples.into_iter().map(|sample| sample as u32).collect();
    Exploration {
        duplicates: duplicates(dataset).into_iter().map(|group| indices(group.samples)).collect(),
        flat: indices(near_constant(dataset)),
        means: by_class.iter().flat_map(mean).collect(),
        left_out: select_training(dataset).left_out.len() as u32,
    }
}
