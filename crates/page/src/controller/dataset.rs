//! Sets of images: loaded, changed, kept, handed out.

use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, File};

use super::export::save;
use super::origins::{Held, Origin};
use super::{Controller, now};
use crate::notice::Notice;
use crate::sources::folder;
use crate::state::{Action, DatasetAction, Failure, Loading, Neighbours};
use mien_core::dataset::FolderReader;
use mien_protocol::{Command, DatasetCommand, DatasetEvent, EvaluationEvent, SetId, SetSummary};

/// What the page holds of the sets beside what it shows.
#[derive(Default)]
pub(super) struct Desk {
    pub(super) origins: super::origins::Origins,
    pub(super) shelf: super::shelf::Shelf,
    pub(super) grip: super::capture::Grip,
    pub(super) gathering: super::gather::Gathering,
    /// When the loading began, by the page's clock.
    began: std::cell::Cell<f64>,
}

/// Neighbours of an image that are shown.
const NEIGHBOURS: u32 = 12;

impl Controller {
    /// Takes files for a set however they come: picked or pasted. One file is a set in itself; of several the images are
    /// a folder.
    pub fn open_set(&self, files: Vec<File>) {
        let named = files.into_iter().map(|file| (folder::path(&file), file)).collect();
        self.open_named(named);
    }

    /// Takes what was dropped.
    pub fn drop_set(&self, dropped: folder::Dropped) {
        let controller = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            match dropped.files().await {
                Ok(files) => controller.open_named(files),
                Err(name) => controller.notify(Notice::FileUnreadable { name }),
            }
        });
    }

    fn open_named(&self, files: Vec<(String, File)>) {
        let folder = folder::common(&files);
        let held = match <[(String, File); 1]>::try_from(files) {
            Ok([(_, file)]) if folder.is_none() => Held::new(file.name(), Origin::File(file)),
            Ok([one]) => Held::new(folder.unwrap_or_default(), Origin::Folder(vec![one])),
            Err(mut files) => {
                files.retain(|(path, _)| FolderReader::is_image(path));
                if files.is_empty() {
                    return self.notify(Notice::FolderWithoutImages);
                }
                Held::new(folder.unwrap_or_default(), Origin::Folder(files))
            }
        };
        self.dispatch(Action::DismissAll);
        self.bring(held);
    }

    /// Begins an empty set to be filled by hand.
    pub fn create_set(&self, name: String) {
        self.bring(Held::new(name, Origin::Made(Vec::new())));
    }

    /// Loads the set that is kept on this device.
    pub fn restore_set(&self, name: String) {
        self.bring(Held::new(name, Origin::Kept));
    }

    /// Breaks the loading off.
    pub fn cancel_loading(&self) {
        self.tell(DatasetCommand::Cancel);
    }

    /// Gives a set up, which can be taken back.
    pub fn close_set(&self, set: SetId) {
        self.release_capture();
        self.0.desk.origins.close(set);
        self.0.desk.shelf.forget(set);
        self.tell(DatasetCommand::Close { set });
    }

    /// Brings the set back that was closed last.
    pub fn reopen_set(&self) {
        self.dispatch(Action::Dataset(DatasetAction::ClosedOver));
        if let Some(held) = self.0.desk.origins.reopen() {
            self.bring(held);
        }
    }

    /// Draws the splits of a set anew.
    pub fn resplit(&self, set: SetId, shares: [f64; 3], seed: u64) {
        self.0.desk.origins.divided(set, Some((shares, seed)));
        self.tell(DatasetCommand::Resplit { set, shares, seed });
    }

    /// Gives a set its own splits back.
    pub fn restore_splits(&self, set: SetId) {
        self.0.desk.origins.divided(set, None);
        self.tell(DatasetCommand::RestoreSplits { set });
    }

    /// Keeps a set on this device, in place of the one that was kept then.
    pub fn keep_set(&self, set: SetId, instead_of: Option<f64>) {
        self.dispatch(Action::Dataset(DatasetAction::Saving));
        self.tell(DatasetCommand::Keep { set, instead_of });
    }

    /// Deletes the set that was kept on this device then.
    pub fn forget_set(&self, kept: f64) {
        self.tell(DatasetCommand::Forget { kept });
    }

    /// Asks which set is kept on this device.
    pub fn ask_kept(&self) {
        self.tell(DatasetCommand::Stored);
    }

    /// Has a set written as a file for the visitor.
    pub fn export_set(&self, set: SetId) {
        self.tell(DatasetCommand::Export { set });
    }

    /// Hands the rows that were left out of a set to the visitor.
    pub fn save_rejections(&self, set: &SetSummary) {
        self.save_text(&set.rejections.to_csv(), "text/csv", "csv");
    }

    /// Asks for the images most like one.
    pub fn ask_neighbours(&self, set: SetId, sample: u32) {
        let request = self.0.desk.shelf.ask_about(sample);
        self.tell(DatasetCommand::Neighbours { request, set, sample, count: NEIGHBOURS });
    }

    pub(super) fn tell(&self, command: DatasetCommand) {
        let command = Command::Dataset(command);
        self.send(|engine| engine.send(&command));
    }

    /// Has the engine load a set from where it comes from.
    pub(super) fn bring(&self, held: Held) {
        let desk = &self.0.desk;
        let name = held.name.clone();
        if !matches!(held.origin, Origin::Made(_)) {
            desk.began.set(now());
            let name = Rc::from(name.as_str());
            let loading = Loading { name, read: 0, length: 0, accepted: 0, rejected: 0, seconds: 0.0 };
            self.dispatch(Action::Dataset(DatasetAction::Loading(loading)));
        }
        let (command, files) = match &held.origin {
            Origin::File(file) => (DatasetCommand::Load { name, paths: Vec::new() }, vec![file.clone()]),
            Origin::Folder(files) => {
                let (paths, files) = files.iter().cloned().unzip();
                (DatasetCommand::Load { name, paths }, files)
            }
            Origin::Kept => (DatasetCommand::Restore, Vec::new()),
            Origin::Made(_) => (DatasetCommand::Create { name }, Vec::new()),
        };
        desk.origins.asked(held);
        let command = Command::Dataset(command);
        self.send(|engine| engine.send_files(&command, &files));
    }

    /// The engine is a new one: what was loaded is loaded again.
    pub(super) fn reload_sets(&self) {
        self.release_capture();
        self.0.desk.shelf.clear();
        let held = self.0.desk.origins.take_all();
        self.dispatch(Action::Dataset(DatasetAction::Lost));
        self.ask_kept();
        held.into_iter().for_each(|held| self.bring(held));
    }

    pub(super) fn on_dataset(&self, event: DatasetEvent, beside: &JsValue) {
        let action = match event {
            DatasetEvent::Loading { name, read, length, accepted, rejected } => {
                let seconds = (now() - self.0.desk.began.get()) / 1000.0;
                DatasetAction::Loading(Loading { name: name.into(), read, length, accepted, rejected, seconds })
            }
            DatasetEvent::Loaded { summary } => return self.on_loaded(*summary),
            DatasetEvent::LoadFailed { name, reason } => {
                // what is kept on this device may not even tell its name
                let asked = self.0.desk.origins.failed().unwrap_or_default();
                let name = if name.is_empty() { asked } else { name };
                DatasetAction::Failed(Failure { name: name.into(), reason: reason.into() })
            }
            DatasetEvent::LoadCancelled => {
                self.0.desk.origins.cancelled();
                DatasetAction::Cancelled
            }
            DatasetEvent::Explored { set, exploration } => DatasetAction::Explored(set, *exploration),
            DatasetEvent::Closed { set } => DatasetAction::Closed(set),
            DatasetEvent::Images { request, pixels } => return self.on_images(request, &pixels),
            DatasetEvent::Neighbours { request, samples } => match self.0.desk.shelf.asked_about(request) {
                Some(of) => DatasetAction::Neighbours(Neighbours { of, like: samples.into() }),
                None => return,
            },
            DatasetEvent::Keeping { .. } => DatasetAction::Saving,
            DatasetEvent::Stored { kept, changed } => {
                if changed {
                    self.notify(Notice::SavedSetChanged);
                }
                DatasetAction::Saved(kept)
            }
            DatasetEvent::StorageFailed { reason } => DatasetAction::StorageFailed(reason.into()),
            DatasetEvent::Exported { .. } => {
                return match beside.dyn_ref::<Blob>() {
                    Some(file) => save(file.clone(), "csv"),
                    None => self.notify(Notice::SaveFailed { detail: String::new() }),
                };
            }
        };
        self.dispatch(Action::Dataset(action));
    }

    /// A network was measured on a set: its images can be chosen by what it took them for.
    pub(super) fn note_predictions(&self, event: &EvaluationEvent) {
        let EvaluationEvent::Done { set, predictions, .. } = event else { return };
        let mut classes = Vec::new();
        for (sample, _, reading) in predictions.iter() {
            let place = sample as usize;
            if place >= classes.len() {
                classes.resize(place + 1, u8::MAX);
            }
            classes[place] = reading.top().0.index() as u8;
        }
        self.dispatch(Action::Dataset(DatasetAction::Predicted(*set, classes.into())));
    }

    fn on_loaded(&self, summary: SetSummary) {
        let desk = &self.0.desk;
        let (set, samples) = (summary.id, summary.len());
        desk.shelf.resized(set, samples);
        let fresh = desk.origins.arrived(&summary);
        let divided = summary.resplit;
        self.dispatch(Action::Dataset(DatasetAction::Loaded(summary)));
        let Some(fresh) = fresh else { return };
        if !fresh.borrow_images {
            self.give_back(set);
        }
        if fresh.borrow_images {
            self.borrow_images(set);
        }
        if let Some((shares, seed)) = fresh.divided.filter(|_| !divided) {
            self.tell(DatasetCommand::Resplit { set, shares, seed });
        }
        self.go_on_training();
    }
}
