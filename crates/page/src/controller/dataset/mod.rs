//! Datasets: loading, editing, saving, exporting.

mod built_in;
mod capture;
mod custom;
mod import;
mod pixels;
mod sources;

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::File;

use super::decoder::Decoder;
use super::link::{Attachment, FileName, Link, RequestId};
use super::recognizer::Recognizer;
use super::requests::Latest;
use crate::notice::Notice;
use crate::sources::folder::{self, Dropped};
use crate::state::{Action, DatasetAction, Failure, Loading, Neighbours};
use capture::Capture;
use custom::CustomDatasets;
use import::Import;
use mien_browser::value::clone_handle;
use mien_core::dataset::{CropChoice, FolderReader, LabelOrder};
use mien_core::evaluation::Predictions;
use mien_protocol::{Command, DatasetCommand, DatasetEvent, DatasetId, DatasetSummary};
use pixels::Pixels;
use sources::{DatasetSource, DatasetSources, Origin};

#[cfg(test)]
pub(super) use import::Job;
pub use pixels::ImageView;

/// Number of similar images shown.
const NEIGHBOURS: u32 = 12;

/// The datasets, and everything that loads them and fetches their images.
pub struct Dataset {
    link: Link,
    sources: Rc<DatasetSources>,
    /// When loading started, by the page's clock.
    loading_since: Cell<f64>,
    /// The request for a dataset that comes with the page, until its file is there.
    fetching: Cell<Option<RequestId>>,
    neighbours: Latest<u32>,
    /// The pixels of the images that are shown.
    pub pixels: Pixels,
    /// Custom datasets, to which images are added.
    pub custom: Rc<CustomDatasets>,
    /// Images from the camera while a button is held.
    pub capture: Capture,
    /// Photos whose faces are added.
    pub import: Rc<Import>,
}

impl Dataset {
    /// Creates the controller without datasets.
    pub fn new(link: Link, decoder: Rc<Decoder>, recognizer: Rc<Recognizer>) -> Rc<Self> {
        let sources = Rc::<DatasetSources>::default();
        let custom = Rc::new(CustomDatasets::new(link.clone(), Rc::clone(&sources)));
        Rc::new(Self {
            pixels: Pixels::new(link.clone(), Rc::clone(&sources)),
            capture: Capture::new(link.clone(), Rc::clone(&custom)),
            import: Rc::new(Import::new(link.clone(), decoder, recognizer, Rc::clone(&custom))),
            custom,
            sources,
            loading_since: Cell::new(0.0),
            fetching: Cell::new(None),
            neighbours: Latest::default(),
            link,
        })
    }

    /// Loads files, picked or pasted. A single file is a dataset; several are treated as the images of a folder.
    pub fn open(&self, files: Vec<File>) {
        self.open_named(files.into_iter().map(|file| (folder::path(&file), file)).collect());
    }

    /// Loads what was dropped.
    pub fn open_dropped(self: &Rc<Self>, dropped: Dropped) {
        let dataset = Rc::clone(self);
        self.link.spawn(async move {
            match dropped.files().await {
                Ok(files) => dataset.open_named(files),
                Err(name) => dataset.link.notify(Notice::FileUnreadable { name }),
            }
        });
    }

    fn open_named(&self, files: Vec<(String, File)>) {
        let folder = folder::common(&files);
        let source = match <[(String, File); 1]>::try_from(files) {
            Ok([(path, file)]) if folder.is_none() => DatasetSource::new(path, Origin::File(file)),
            Ok([one]) => DatasetSource::new(folder.unwrap_or_default(), Origin::Folder(vec![one])),
            Err(mut files) => {
                // the engine determines their type by their content
                files.retain(|(path, _)| !FolderReader::is_hidden(path));
                if files.is_empty() {
                    return self.link.notify(Notice::FolderWithoutImages);
                }
                DatasetSource::new(folder.unwrap_or_default(), Origin::Folder(files))
            }
        };
        self.link.dispatch(Action::DismissAll);
        self.cancel_order();
        self.load(source);
    }

    /// Creates an empty custom dataset.
    pub fn create(&self, name: String) {
        self.load(DatasetSource::new(name, Origin::Custom(Vec::new())));
    }

    /// Loads the set that is stored on this device.
    pub fn restore(&self, name: String) {
        self.load(DatasetSource::new(name, Origin::Storage));
    }

    /// Loads the dataset with integer labels in an order.
    pub fn read_in(&self, order: LabelOrder) {
        let source = self.sources.take_asked();
        self.dispatch(DatasetAction::OrderSettled);
        if let Some(mut source) = source {
            source.order = Some(order);
            self.load(source);
        }
    }

    /// Cancels loading the dataset whose order of integer labels is unknown.
    pub fn cancel_order(&self) {
        self.sources.take_asked();
        self.dispatch(DatasetAction::OrderSettled);
    }

    /// Cancels the loading.
    pub fn cancel_loading(&self) {
        if self.fetching.take().is_some() {
            self.dispatch(DatasetAction::Cancelled);
        } else {
            self.send(DatasetCommand::Cancel);
        }
    }

    /// Closes a set, which can be reopened.
    pub fn close(&self, set: DatasetId) {
        self.capture.release();
        self.sources.close(set);
        self.pixels.forget(set);
        self.send(DatasetCommand::Close { set });
    }

    /// Reloads the dataset that was closed last.
    pub fn reopen(&self) {
        self.dispatch(DatasetAction::ClosedOver);
        if let Some(source) = self.sources.reopen() {
            self.load(source);
        }
    }

    /// Loads a set again with its faces cropped, or with the centre crops of its images, and replaces it.
    pub fn crop(&self, set: DatasetId, choice: CropChoice) {
        if let Some(source) = self.sources.changed(set, |source| source.crop = choice) {
            self.load(source);
        }
    }

    /// Whether a set was read from files of this visit, so that it can be read again in another way.
    pub fn is_from_files(&self, set: DatasetId) -> bool {
        self.sources.is_from_files(set)
    }

    /// Loads a dataset again with its integer labels in another order, and replaces it.
    pub fn read_again_in(&self, set: DatasetId, order: LabelOrder) {
        if let Some(source) = self.sources.changed(set, |source| source.order = Some(order)) {
            self.load(source);
        }
    }

    /// Searches for near duplicates after the search was cancelled.
    pub fn find_near_duplicates(&self, set: DatasetId) {
        self.send(DatasetCommand::FindNearDuplicates { set });
    }

    /// Cancels the search for near duplicates.
    pub fn cancel_near_duplicates(&self, set: DatasetId) {
        self.send(DatasetCommand::CancelNearDuplicates { set });
    }

    /// Splits a set randomly.
    pub fn resplit(&self, set: DatasetId, shares: [f64; 3], seed: u64) {
        self.sources.set_random_split(set, Some((shares, seed)));
        self.send(DatasetCommand::Resplit { set, shares, seed });
    }

    /// Sets the group column whose groups stay together in random splits, folds and what is held out.
    pub fn keep_together(&self, set: DatasetId, column: Option<u32>) {
        self.sources.set_together(set, column);
        self.send(DatasetCommand::KeepTogether { set, column });
    }

    /// Restores the original splits of a dataset.
    pub fn restore_splits(&self, set: DatasetId) {
        self.sources.set_random_split(set, None);
        self.send(DatasetCommand::RestoreSplits { set });
    }

    /// Saves a dataset on this device, replacing the one saved at `instead_of`.
    pub fn save(&self, set: DatasetId, instead_of: Option<f64>) {
        self.dispatch(DatasetAction::Saving);
        self.send(DatasetCommand::Save { set, instead_of });
    }

    /// Deletes the dataset that was saved at `saved`.
    pub fn delete_saved(&self, saved: f64) {
        self.send(DatasetCommand::DeleteSaved { saved });
    }

    /// Asks which dataset is saved on this device.
    pub fn request_saved(&self) {
        self.send(DatasetCommand::Saved);
    }

    /// Exports a dataset and downloads the file.
    pub fn export(&self, set: DatasetId) {
        self.send(DatasetCommand::Export { set });
    }

    /// Downloads the rows of a set's file that were skipped.
    pub fn save_rejections(&self, set: &DatasetSummary) {
        self.link.download_text(&set.rejections.to_csv(), "text/csv", "csv");
    }

    /// Asks for the images most similar to one.
    pub fn request_neighbours(&self, set: DatasetId, sample: u32) {
        let request = self.link.next_request();
        self.neighbours.set(request, sample);
        self.send(DatasetCommand::Neighbours { request, set, sample, count: NEIGHBOURS });
    }

    /// A loaded dataset by name.
    pub fn find(&self, name: &str) -> Option<DatasetId> {
        self.sources.find(name)
    }

    /// Asks the engine to load a dataset from its source.
    fn load(&self, source: DatasetSource) {
        let (name, order) = (source.name.clone(), source.order.clone());
        if !matches!(source.origin, Origin::Custom(_)) {
            self.fetching.take();
            self.loading_since.set(self.link.now());
            let name = Rc::from(name.as_str());
            let loading = Loading { name, read: 0, length: 0, accepted: 0, rejected: 0, seconds: 0.0 };
            self.dispatch(DatasetAction::Loading(loading));
        }
        let crop = source.crop;
        let (command, files) = match &source.origin {
            Origin::File(file) => {
                (DatasetCommand::Load { name, paths: Vec::new(), order, crop }, vec![clone_handle(file)])
            }
            Origin::Folder(files) => {
                let (paths, files) = files.iter().map(|(path, file)| (path.clone(), clone_handle(file))).unzip();
                (DatasetCommand::Load { name, paths, order, crop }, files)
            }
            Origin::Storage => (DatasetCommand::Restore, Vec::new()),
            Origin::Custom(_) => (DatasetCommand::Create { name }, Vec::new()),
        };
        self.sources.requested(source);
        self.link.send_with(&Command::Dataset(command), Attachment::Files(&files));
    }

    /// Called when the engine was replaced: reloads everything.
    pub fn on_engine_replaced(&self) {
        self.capture.release();
        self.pixels.clear();
        self.neighbours.cancel();
        let sources = self.sources.take_all();
        self.dispatch(DatasetAction::Lost);
        self.request_saved();
        sources.into_iter().for_each(|source| self.load(source));
    }

    /// Handles an event from the engine; returns whether a new dataset was loaded.
    pub fn on_event(&self, event: DatasetEvent, beside: &JsValue) -> bool {
        let action = match event {
            DatasetEvent::Loading { name, read, length, accepted, rejected } => {
                let seconds = (self.link.now() - self.loading_since.get()) / 1000.0;
                DatasetAction::Loading(Loading { name: name.into(), read, length, accepted, rejected, seconds })
            }
            DatasetEvent::Loaded { summary } => return self.on_loaded(*summary),
            DatasetEvent::LoadFailed { name, reason } => {
                // even the name of what is stored on this device may be unknown
                let requested = self.sources.failed().unwrap_or_default();
                let name = if name.is_empty() { requested } else { name };
                DatasetAction::Failed(Failure { name: name.into(), reason })
            }
            DatasetEvent::OrderNeeded { name, question } => {
                self.sources.order_needed();
                DatasetAction::OrderNeeded(name.into(), Rc::from(question))
            }
            DatasetEvent::LoadCancelled => {
                self.sources.cancelled();
                DatasetAction::Cancelled
            }
            DatasetEvent::Explored { set, exploration } => DatasetAction::Explored(set, *exploration),
            DatasetEvent::NearDuplicates { set, status } => DatasetAction::NearDuplicates(set, status),
            DatasetEvent::Closed { set } => DatasetAction::Closed(set),
            DatasetEvent::Images { request, pixels } => {
                self.pixels.on_images(request, &pixels);
                return false;
            }
            DatasetEvent::Neighbours { request, samples } => match self.neighbours.take(request) {
                Some(of) => DatasetAction::Neighbours(Neighbours { of, like: samples.into() }),
                None => return false,
            },
            DatasetEvent::Saving { set } => DatasetAction::Kept(Some(set)),
            DatasetEvent::Saved { saved, changed } => {
                if changed {
                    self.link.notify(Notice::SavedDatasetChanged);
                    self.dispatch(DatasetAction::Kept(None));
                }
                DatasetAction::Saved(saved)
            }
            DatasetEvent::StorageFailed { reason } => DatasetAction::StorageFailed(reason),
            DatasetEvent::Exported { .. } => {
                if !self.link.host().download_file(beside, FileName::Timestamp("csv")) {
                    self.link.notify(Notice::SaveFailed { detail: String::new() });
                }
                return false;
            }
        };
        self.dispatch(action);
        false
    }

    /// Called when a network was evaluated on a dataset, so that its images can be filtered by prediction.
    pub fn on_predictions(&self, set: DatasetId, predictions: &Predictions) {
        self.dispatch(DatasetAction::Predicted(set, predicted_classes(predictions).into()));
    }

    fn on_loaded(&self, summary: DatasetSummary) -> bool {
        let (set, samples, is_resplit) = (summary.id, summary.len(), summary.resplit);
        self.pixels.resized(set, samples);
        let arrival = self.sources.arrived(&summary);
        self.dispatch(DatasetAction::Loaded(summary));
        let Some(arrival) = arrival else { return false };
        if let Some(replaced) = arrival.replaces {
            self.close(replaced);
            self.sources.reopen();
            // so that it is gone before the engine answers, without a message that it was closed
            self.dispatch(DatasetAction::Closed(replaced));
            self.dispatch(DatasetAction::ClosedOver);
        }
        if arrival.lacks_pixels {
            self.dispatch(DatasetAction::Kept(Some(set)));
            self.pixels.request_custom(set);
        } else {
            self.custom.refill(set);
        }
        if let Some(column) = arrival.together {
            self.send(DatasetCommand::KeepTogether { set, column });
        }
        if let Some((shares, seed)) = arrival.random_split.filter(|_| !is_resplit) {
            self.send(DatasetCommand::Resplit { set, shares, seed });
        }
        true
    }

    fn send(&self, command: DatasetCommand) {
        self.link.send(&Command::Dataset(command));
    }

    fn dispatch(&self, action: DatasetAction) {
        self.link.dispatch(Action::Dataset(action));
    }
}

/// The index of the predicted class of each sample; 255 for samples without a prediction.
fn predicted_classes(predictions: &Predictions) -> Vec<u8> {
    let mut classes = Vec::new();
    for (sample, _, distribution) in predictions.iter() {
        let sample = sample as usize;
        if sample >= classes.len() {
            classes.resize(sample + 1, u8::MAX);
        }
        classes[sample] = distribution.top().0.index() as u8;
    }
    classes
}

#[cfg(test)]
mod tests;
