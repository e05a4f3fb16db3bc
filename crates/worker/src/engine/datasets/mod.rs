//! Datasets: loading, editing, analysis, saving and exporting.

mod crop;
mod load;
mod near;
mod saved;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use self::crop::cropping;
use self::load::{LoadJob, LoadSource, tables};
use self::near::{Near, NearJob};
use super::jobs::{Jobs, REPORT_EVERY, SLICE, Slice};
use super::outbox::Outbox;
use super::platform::{Attachment, Clock, Columns, InputFile, Platform, Received, Site};
use super::recognition::SiteWeights;
use super::storage::Storage;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_core::dataset::{
    Cropping, Dataset, LabelOrder, LoadNote, LoadedDataset as Loaded, MAX_SAMPLES, NearDuplicates, ReadError,
    Rejections, RowsError, Split, duplicates, mean_face, near_constant, nearest, person_column, resplit,
    select_training,
};
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{
    CropSummary, DatasetCommand, DatasetEvent, DatasetId, DatasetSummary, Event, Exploration, GroupColumn,
};

/// Maximum number of images of all loaded datasets; beyond it, no further dataset is loaded. Together with one more
/// dataset of maximum size, they take 700 MB.
const MAX_IMAGES: usize = 2 * MAX_SAMPLES;

/// The path of the reader for Parquet and NumPy files, relative to the page.
const PROGRAM: &str = "columns.wasm";

/// The datasets that are loaded.
pub(super) struct Datasets {
    outbox: Outbox,
    clock: Clock,
    storage: Storage,
    site: Rc<dyn Site>,
    columns: Rc<dyn Columns>,
    last: DatasetId,
    loaded: BTreeMap<DatasetId, LoadedDataset>,
}

/// A dataset that is loaded.
struct LoadedDataset {
    name: String,
    images: Arc<Dataset>,
    /// The splits of the file, while it has random ones.
    original: Option<Vec<Split>>,
    rejections: Rejections,
    notes: Vec<LoadNote>,
    crops: Option<CropSummary>,
    /// Seconds that the loading took.
    seconds: f64,
    custom: bool,
    near: Near,
    /// The index of the group column whose groups stay together when the dataset is divided.
    together: Option<usize>,
}

/// Paths within a folder, files, the order of integer labels, and how images become samples.
type LoadInput = (Vec<String>, Vec<Box<dyn InputFile>>, Option<LabelOrder>, Cropping);

/// Jobs on datasets.
pub(super) enum DatasetJob {
    /// Reads a dataset.
    Load(Box<LoadJob>),
    /// Explores a dataset.
    Explore(DatasetId),
    /// Searches for near duplicates.
    NearDuplicates(Box<NearJob>),
}

impl Datasets {
    pub fn new(platform: &Platform, outbox: Outbox) -> Self {
        let storage = Storage::new(Rc::clone(&platform.files), platform.clock);
        let (site, columns) = (Rc::clone(&platform.site), Rc::clone(&platform.columns));
        Self { outbox, clock: platform.clock, storage, site, columns, last: 0, loaded: BTreeMap::new() }
    }

    /// The images of a dataset; `None` if it is not loaded.
    pub fn images(&self, set: DatasetId) -> Option<Arc<Dataset>> {
        self.loaded.get(&set).map(|set| Arc::clone(&set.images))
    }

    /// The name of a dataset; empty if it is not loaded.
    pub fn name(&self, set: DatasetId) -> String {
        self.loaded.get(&set).map(|set| set.name.clone()).unwrap_or_default()
    }

    /// The index of the group column whose groups stay together when a dataset is divided; `None` if there is none.
    pub fn together(&self, set: DatasetId) -> Option<usize> {
        self.loaded.get(&set)?.together
    }

    /// The images of a dataset, checked to contain these samples.
    ///
    /// # Errors
    /// When it is not loaded, or a sample does not exist.
    pub fn with_samples(&self, set: DatasetId, samples: &[u32]) -> Result<Arc<Dataset>, Failure> {
        let images = self.images(set).ok_or(EngineError::SetClosed)?;
        if samples.is_empty() || samples.iter().any(|&sample| sample as usize >= images.len()) {
            return Err(EngineError::NoSamples.into());
        }
        Ok(images)
    }

    /// Handles a command. To load a dataset, `weights` are needed for its faces to be found.
    pub async fn handle(
        &mut self,
        command: DatasetCommand,
        received: Received,
        weights: Option<Rc<SiteWeights>>,
        jobs: &mut impl Jobs<DatasetJob>,
    ) {
        match command {
            DatasetCommand::Load { name, paths, order, crop } => {
                self.load(name, (paths, received.into_files(), order, cropping(crop, weights)), jobs).await;
            }
            DatasetCommand::Cancel => {
                if !jobs.take(&|job| matches!(job, DatasetJob::Load(_))).is_empty() {
                    self.post(DatasetEvent::LoadCancelled);
                }
            }
            DatasetCommand::Create { name } => self.add(name, Loaded::default(), 0.0, true, jobs),
            DatasetCommand::Add { set, label, split, pixels } => self.change_images(set, jobs, |dataset| {
                for image in pixels.as_chunks::<CROP_PIXELS>().0 {
                    let row = dataset.len();
                    dataset.push(*image, label, split, row);
                }
            }),
            DatasetCommand::Remove { set, samples } => self.change_images(set, jobs, |dataset| {
                dataset.retain(|index| !samples.contains(&(index as u32)));
            }),
            DatasetCommand::Close { set } => {
                self.loaded.remove(&set);
                self.post(DatasetEvent::Closed { set });
            }
            DatasetCommand::Images { request, set, samples } => {
                let mut pixels = Vec::with_capacity(samples.len() * CROP_PIXELS);
                if let Some(dataset) = self.images(set) {
                    let there = samples.iter().map(|&sample| sample as usize).filter(|&sample| sample < dataset.len());
                    there.for_each(|sample| pixels.extend_from_slice(dataset.pixels(sample)));
                }
                self.post(DatasetEvent::Images { request, pixels });
            }
            DatasetCommand::Neighbours { request, set, sample, count } => {
                let dataset = self.images(set).filter(|dataset| (sample as usize) < dataset.len());
                let found = dataset.map(|dataset| {
                    let sample = sample as usize;
                    nearest(&dataset, dataset.pixels(sample), count as usize, Some(sample))
                });
                let samples = found.unwrap_or_default().into_iter();
                let samples = samples.map(|found| (found.sample as u32, found.correlation)).collect();
                self.post(DatasetEvent::Neighbours { request, samples });
            }
            DatasetCommand::FindNearDuplicates { set } => self.retry_near_duplicates(set, jobs),
            DatasetCommand::CancelNearDuplicates { set } => self.cancel_near_duplicates(set, jobs),
            DatasetCommand::KeepTogether { set, column } => {
                if let Some(loaded) = self.loaded.get_mut(&set) {
                    let count = loaded.images.groups().len();
                    loaded.together = column.map(|column| column as usize).filter(|&column| column < count);
                    self.post_loaded(set, jobs);
                }
            }
            DatasetCommand::Resplit { set, shares, seed } => self.draw_splits(set, shares, seed, jobs),
            DatasetCommand::RestoreSplits { set } => {
                let original = self.loaded.get_mut(&set).and_then(|set| set.original.take());
                if let Some(original) = original {
                    self.change(set, jobs, |dataset| {
                        // samples may have been added or removed since
                        if let Err(original) = dataset.set_splits(original) {
                            log::info!("the file's {} splits do not fit any more", original.len());
                        }
                    });
                }
            }
            DatasetCommand::Save { set, instead_of } => self.save(set, instead_of).await,
            DatasetCommand::Saved => self.post_saved().await,
            DatasetCommand::Restore => self.restore(jobs).await,
            DatasetCommand::DeleteSaved { saved } => self.delete_saved(saved).await,
            DatasetCommand::Export { set } => self.export(set),
        }
    }

    /// Checks that another dataset can be loaded.
    ///
    /// # Errors
    /// When the limit is reached; what to do about it.
    fn room(&self) -> Result<(), Failure> {
        let held: usize = self.loaded.values().map(|set| set.images.len()).sum();
        if held < MAX_IMAGES {
            return Ok(());
        }
        Err(EngineError::Full { held, most: MAX_IMAGES }.into())
    }

    async fn load(&self, name: String, input: LoadInput, jobs: &mut impl Jobs<DatasetJob>) {
        if let Err(reason) = self.room() {
            return self.fail_load(name, reason);
        }
        let (began, reported) = (self.clock.now(), f64::NEG_INFINITY);
        match self.open(&name, input).await {
            Ok(source) => {
                let load = LoadJob { name, source, began, reported };
                jobs.add(DatasetJob::Load(Box::new(load)));
            }
            Err(error) => self.fail_load(name, error),
        }
    }

    /// Opens files; the reader for Parquet and NumPy files is downloaded on demand.
    async fn open(&self, name: &str, (paths, files, order, cropping): LoadInput) -> Result<LoadSource, Failure> {
        let tables = tables(name, &paths, &files).map_err(ReadError::from)?;
        if tables.is_empty() {
            return Ok(LoadSource::open(paths, files, order, cropping)?);
        }
        let program = self.site.fetch(PROGRAM).await.map_err(|fault| EngineError::File { path: PROGRAM, fault })?;
        let open = |(path, file): (String, &dyn InputFile)| Ok((path, self.columns.open(&program, file)?));
        let sources: Result<_, RowsError> = tables.into_iter().map(open).collect();
        Ok(LoadSource::of_rows(sources.map_err(ReadError::from)?, order, cropping))
    }

    fn fail_load(&self, name: String, error: impl Into<Failure>) {
        self.post(DatasetEvent::LoadFailed { name, reason: error.into().into() });
    }

    /// Adds a dataset and posts its summary.
    fn add(&mut self, name: String, loaded: Loaded, seconds: f64, custom: bool, jobs: &mut impl Jobs<DatasetJob>) {
        let Loaded { dataset, rejections, notes, crops } = loaded;
        let crops = crops.map(|crops| CropSummary {
            report: crops.report,
            preview: crops.preview.into_iter().flatten().flatten().collect(),
        });
        let images = Arc::new(dataset);
        self.last += 1;
        let (original, near, together) = (None, Near::Searching, person_column(&images));
        let set = LoadedDataset { name, images, original, rejections, notes, crops, seconds, custom, near, together };
        self.loaded.insert(self.last, set);
        self.post_loaded(self.last, jobs);
        self.find_near_duplicates(self.last, jobs);
    }

    /// Adds or removes images of a dataset, posts its summary and searches for near duplicates again.
    fn change_images(&mut self, id: DatasetId, jobs: &mut impl Jobs<DatasetJob>, change: impl FnOnce(&mut Dataset)) {
        self.change(id, jobs, change);
        self.find_near_duplicates(id, jobs);
    }

    /// Changes a dataset and posts its summary.
    fn change(&mut self, id: DatasetId, jobs: &mut impl Jobs<DatasetJob>, change: impl FnOnce(&mut Dataset)) {
        if let Some(set) = self.loaded.get_mut(&id) {
            change(Arc::make_mut(&mut set.images));
            self.post_loaded(id, jobs);
        }
    }

    /// Splits a dataset randomly and posts its summary.
    fn draw_splits(&mut self, id: DatasetId, shares: [f64; 3], seed: u64, jobs: &mut impl Jobs<DatasetJob>) {
        let Some(set) = self.loaded.get_mut(&id) else { return };
        let column = set.together.and_then(|column| set.images.groups().get(column));
        match resplit(&set.images, column, shares, seed).map(|splits| Arc::make_mut(&mut set.images).set_splits(splits))
        {
            Ok(Ok(before)) => {
                set.original.get_or_insert(before);
                self.post_loaded(id, jobs);
            }
            // cannot happen: as many splits as samples were drawn
            Ok(Err(drawn)) => log::error!("{} drawn splits do not fit", drawn.len()),
            Err(error) => {
                let name = set.name.clone();
                self.fail_load(name, error);
            }
        }
    }

    fn export(&self, id: DatasetId) {
        let mut csv = Vec::new();
        let written = self.loaded.get(&id).map(|set| set.images.write_csv(&mut csv));
        let file = match written {
            Some(Ok(())) => Attachment::File(&csv),
            Some(Err(error)) => {
                log::error!("dataset {id} is not exported: {error}");
                Attachment::None
            }
            None => Attachment::None,
        };
        self.outbox.post_with(&Event::Dataset(DatasetEvent::Exported { set: id }), file);
    }

    /// Posts the summary of a dataset and queues its analysis.
    fn post_loaded(&self, id: DatasetId, jobs: &mut impl Jobs<DatasetJob>) {
        if let Some(set) = self.loaded.get(&id) {
            self.post(DatasetEvent::Loaded { summary: Box::new(set.summary(id)) });
            jobs.take(&|job| matches!(job, DatasetJob::Explore(waiting) if *waiting == id));
            jobs.add(DatasetJob::Explore(id));
        }
    }

    fn post(&self, event: DatasetEvent) {
        self.outbox.post(&Event::Dataset(event));
    }

    /// Runs a slice of a job.
    pub fn advance(&mut self, job: DatasetJob, jobs: &mut impl Jobs<DatasetJob>) -> Slice<DatasetJob> {
        match job {
            DatasetJob::Load(job) => self.advance_load(job, jobs).map(DatasetJob::Load),
            DatasetJob::Explore(id) => {
                if let Some(set) = self.loaded.get(&id) {
                    let exploration = Box::new(explore(&set.images, &set.near.duplicates()));
                    self.post(DatasetEvent::Explored { set: id, exploration });
                }
                Slice::Done
            }
            DatasetJob::NearDuplicates(job) => self.advance_near(job).map(DatasetJob::NearDuplicates),
        }
    }

    fn advance_load(&mut self, mut job: Box<LoadJob>, jobs: &mut impl Jobs<DatasetJob>) -> Slice<Box<LoadJob>> {
        let start = self.clock.now();
        let mut more = Ok(true);
        while self.clock.now() - start < SLICE && matches!(more, Ok(true)) {
            more = job.source.advance();
        }
        let read = match more {
            Ok(true) => {
                if self.clock.now() - job.reported > REPORT_EVERY {
                    job.reported = self.clock.now();
                    self.post(job.source.progress(job.name.clone()));
                }
                return Slice::More(job);
            }
            Ok(false) => job.source.finish(),
            Err(error) => Err(error),
        };
        match read {
            Ok(loaded) => self.add(job.name, loaded, (self.clock.now() - job.began) / 1000.0, false, jobs),
            Err(ReadError::Labels(question)) if !question.has_more => {
                self.post(DatasetEvent::OrderNeeded { name: job.name, question });
            }
            Err(error) => self.fail_load(job.name, error),
        }
        Slice::Done
    }
}

impl LoadedDataset {
    fn summary(&self, id: DatasetId) -> DatasetSummary {
        let dataset = &self.images;
        let samples = 0..dataset.len();
        let groups = dataset.groups().iter().map(|column| GroupColumn {
            name: column.name().to_owned(),
            values: column.values().to_vec(),
            codes: samples.clone().map(|sample| column.code(sample) as u8).collect(),
        });
        DatasetSummary {
            id,
            name: self.name.clone(),
            labels: samples.clone().map(|sample| dataset.label(sample).index() as u8).collect(),
            splits: samples.clone().map(|sample| dataset.split(sample).index() as u8).collect(),
            rows: samples.clone().map(|sample| dataset.row(sample) as u32).collect(),
            groups: groups.collect(),
            rejections: self.rejections.clone(),
            notes: self.notes.clone(),
            crops: self.crops.clone(),
            seconds: self.seconds,
            custom: self.custom,
            resplit: self.original.is_some(),
            together: self.together.map(|column| column as u32),
        }
    }
}

fn explore(dataset: &Dataset, near: &NearDuplicates) -> Exploration {
    let mut by_class = vec![Vec::new(); Expression::COUNT];
    (0..dataset.len()).for_each(|sample| by_class[dataset.label(sample).index()].push(sample));
    let mean =
        |samples: &Vec<usize>| mean_face(dataset, samples).map_or_else(|| vec![0; CROP_PIXELS], |face| face.0.to_vec());
    Exploration {
        duplicates: duplicates(dataset).into_iter().map(|group| indices(&group.samples)).collect(),
        flat: indices(&near_constant(dataset)),
        means: by_class.iter().flat_map(mean).collect(),
        excluded: select_training(dataset, near).excluded.len() as u32,
    }
}

/// Samples as in messages.
fn indices(samples: &[usize]) -> Vec<u32> {
    samples.iter().map(|&sample| sample as u32).collect()
}
