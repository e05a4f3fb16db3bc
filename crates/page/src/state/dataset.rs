//! The sets of images that are loaded, and what the visitor does with them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::capture::{Burst, Capture};
use super::filter::{Filter, Only};
use mien_protocol::{Exploration, SetId, SetSummary, StoredSet};

/// The loaded sets, and the one that the visitor looks at.
#[derive(Clone, Default, PartialEq)]
pub struct Datasets {
    /// By id.
    pub sets: BTreeMap<SetId, Rc<SetSummary>>,
    /// What was found in them.
    pub explorations: BTreeMap<SetId, Rc<Exploration>>,
    /// The predicted classes of their samples, where they were evaluated.
    pub predictions: BTreeMap<SetId, Predictions>,
    /// The one looked at.
    pub selected: Option<SetId>,
    /// The loading that is under way.
    pub loading: Option<Loading>,
    /// The last loading, if it failed.
    pub failure: Option<Failure>,
    /// The name of the set that was closed last, while it can be brought back.
    pub closed: Option<Rc<str>>,
    /// What is saved on this device; unknown until the engine tells.
    pub saved: Option<Option<StoredSet>>,
    /// Whether a set is being saved.
    pub saving: bool,
    /// What the storage said when it last refused.
    pub storage_failure: Option<Rc<str>>,
    /// Which images of the selected set are shown.
    pub filter: Filter,
    /// The sample that is shown in full.
    pub open: Option<u32>,
    /// The samples most like one.
    pub neighbours: Option<Neighbours>,
    /// How often pixels have arrived, so that what waits for them looks again.
    pub arrivals: u32,
    /// How images are captured for a set.
    pub capture: Capture,
}

/// For each sample the index of the predicted class; 255 for one that was not evaluated.
pub type Predictions = Rc<[u8]>;

/// The samples most like one.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    /// Like which.
    pub of: u32,
    /// Each with the correlation of its pixels, the most like first.
    pub like: Rc<[(u32, f32)]>,
}

/// A loading that is under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Loading {
    /// What is being loaded.
    pub name: Rc<str>,
    /// Bytes of the source that are read.
    pub read: u64,
    /// Bytes of the source; 0 until known.
    pub length: u64,
    /// Samples so far.
    pub accepted: u64,
    /// Rows rejected so far.
    pub rejected: u64,
    /// Seconds since it began.
    pub seconds: f64,
}

impl Loading {
    /// How much is done, 0 to 1.
    pub fn share(&self) -> f64 {
        if self.length == 0 { 0.0 } else { self.read as f64 / self.length as f64 }
    }

    /// Megabytes a second, once there is something to tell.
    pub fn rate(&self) -> Option<f64> {
        (self.seconds > 0.2 && self.read > 0).then(|| self.read as f64 / 1e6 / self.seconds)
    }

    /// Seconds that are left at the rate so far.
    pub fn left(&self) -> Option<f64> {
        self.rate().map(|rate| self.length.saturating_sub(self.read) as f64 / 1e6 / rate)
    }
}

/// A loading that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was to be loaded.
    pub name: Rc<str>,
    /// What is wrong with it, and what is expected.
    pub reason: Rc<str>,
}

/// What can happen to the sets.
pub enum DatasetAction {
    /// A loading begins or goes on.
    Loading(Loading),
    /// A set is there, or is there with changes.
    Loaded(SetSummary),
    /// A loading failed.
    Failed(Failure),
    /// The visitor broke a loading off.
    Cancelled,
    /// The visitor has read that a loading failed.
    FailureRead,
    /// What is to be seen in a set.
    Explored(SetId, Exploration),
    /// The predictions of an evaluation on a set.
    Predicted(SetId, Predictions),
    /// A set was given up.
    Closed(SetId),
    /// The closed set is brought back, or can't be any more.
    ClosedOver,
    /// The engine lost all sets.
    Lost,
    /// The visitor looks at another set.
    Select(SetId),
    /// The visitor wants to see other images.
    Filter(Filter),
    /// The visitor wants to see a sample in full, or no more.
    Open(Option<u32>),
    /// The samples most like one.
    Neighbours(Neighbours),
    /// Pixels have arrived.
    Arrived,
    /// A set is being saved.
    Saving,
    /// What is saved on this device.
    Saved(Option<StoredSet>),
    /// The storage did not do what was asked.
    StorageFailed(Rc<str>),
    /// The visitor changed how images are captured.
    Capture(Capture),
    /// The visitor removed an image, so the bursts of the set can no longer be told apart.
    ImageRemoved(SetId),
    /// Images are being captured, or no more.
    Capturing(bool),
    /// So many photos wait for their faces to be added.
    PhotosWaiting(usize),
    /// A burst was added.
    BurstAdded(Burst),
    /// The last burst was removed again.
    BurstRemoved(SetId),
}

impl Datasets {
    /// The set that the visitor looks at.
    pub fn selected(&self) -> Option<&Rc<SetSummary>> {
        self.selected.and_then(|id| self.sets.get(&id))
    }

    /// What was found in the selected set.
    pub fn exploration(&self) -> Option<&Rc<Exploration>> {
        self.selected.and_then(|id| self.explorations.get(&id))
    }

    /// Changes with what happened.
    pub fn apply(&mut self, action: DatasetAction) {
        match action {
            DatasetAction::Loading(loading) => {
                self.failure = None;
                self.loading = Some(loading);
            }
            DatasetAction::Loaded(summary) => self.load(summary),
            DatasetAction::Failed(failure) => {
                self.loading = None;
                self.failure = Some(failure);
            }
            DatasetAction::Cancelled => self.loading = None,
            DatasetAction::FailureRead => self.failure = None,
            DatasetAction::Explored(set, exploration) => {
                self.explorations.insert(set, Rc::new(exploration));
            }
            DatasetAction::Predicted(set, predictions) => {
                self.predictions.insert(set, predictions);
            }
            DatasetAction::Closed(set) => self.close(set),
            DatasetAction::ClosedOver => self.closed = None,
            DatasetAction::Lost => {
                let (saved, capture) = (self.saved.take(), std::mem::take(&mut self.capture));
                *self = Self { saved, capture: Capture { bursts: Rc::default(), ..capture }, ..Self::default() };
            }
            DatasetAction::Select(set) => self.select(set),
            DatasetAction::Filter(filter) => self.filter = filter,
            DatasetAction::Open(open) => {
                self.open = open;
                self.neighbours = None;
            }
            DatasetAction::Neighbours(neighbours) => self.neighbours = Some(neighbours),
            DatasetAction::Arrived => self.arrivals = self.arrivals.wrapping_add(1),
            DatasetAction::Saving => {
                self.saving = true;
                self.storage_failure = None;
            }
            DatasetAction::Saved(saved) => {
                self.saving = false;
                self.storage_failure = None;
                self.saved = Some(saved);
            }
            DatasetAction::StorageFailed(reason) => {
                self.saving = false;
                self.storage_failure = Some(reason);
            }
            DatasetAction::Capture(capture) => self.capture = capture,
            DatasetAction::ImageRemoved(set) => self.capture.forget(set),
            DatasetAction::Capturing(capturing) => self.capture.capturing = capturing,
            DatasetAction::PhotosWaiting(waiting) => self.capture.waiting = waiting,
            DatasetAction::BurstAdded(burst) => self.capture.push(burst),
            DatasetAction::BurstRemoved(set) => self.capture.pop(set),
        }
    }

    fn load(&mut self, summary: SetSummary) {
        let (id, samples) = (summary.id, summary.len());
        let before = self.sets.insert(id, Rc::new(summary)).map(|before| before.len());
        // What was found in fewer samples can stand until the engine has looked again; its samples are all there.
        if before.is_none_or(|before| before > samples) {
            self.explorations.remove(&id);
        }
        if before != Some(samples) {
            self.predictions.remove(&id);
        }
        if before.is_none() {
            self.loading = None;
            self.failure = None;
            self.select(id);
        } else if self.selected == Some(id) && before != Some(samples) {
            self.neighbours = None;
            self.open = self.open.filter(|&open| (open as usize) < samples);
            // Where images were removed, others have taken their places.
            if before > Some(samples) && matches!(self.filter.only, Some(Only::These(_))) {
                self.filter.only = None;
            }
        }
    }

    fn close(&mut self, set: SetId) {
        self.closed = self.sets.remove(&set).map(|set| Rc::from(set.name.as_str()));
        self.explorations.remove(&set);
        self.predictions.remove(&set);
        if self.selected == Some(set) {
            match self.sets.keys().next_back().copied() {
                Some(next) => self.select(next),
                None => self.selected = None,
            }
        }
    }

    fn select(&mut self, set: SetId) {
        self.selected = Some(set);
        self.filter = Filter::default();
        self.open = None;
        self.neighbours = None;
    }
}
