//! The loaded datasets, and user actions on them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::capture::{Burst, Capture};
use super::filter::{Filter, ImageProperty};
use super::label_sheet::{LabelSheet, OrderChoice, OwnClass};
use mien_core::dataset::LabelQuestion;
use mien_protocol::{DatasetId, DatasetSummary, Exploration, Message, NearDuplicateStatus, SavedDataset};

/// The loaded sets, and the selected one.
#[derive(Clone, Default, PartialEq)]
pub struct Datasets {
    /// The datasets by id.
    pub sets: BTreeMap<DatasetId, Rc<DatasetSummary>>,
    /// The results of their analyses.
    pub explorations: BTreeMap<DatasetId, Rc<Exploration>>,
    /// The searches for their near duplicates.
    pub near: BTreeMap<DatasetId, Rc<NearDuplicateStatus>>,
    /// The predicted classes of their samples, if evaluated.
    pub predictions: BTreeMap<DatasetId, Predictions>,
    /// The selected dataset.
    pub selected: Option<DatasetId>,
    /// The current loading progress.
    pub loading: Option<Loading>,
    /// The last loading failure.
    pub failure: Option<Failure>,
    /// The choice of the order for a dataset with integer labels.
    pub sheet: Option<LabelSheet>,
    /// The name of the dataset that was closed last, while it can be reopened.
    pub closed: Option<Rc<str>>,
    /// The dataset saved on this device; `None` until known.
    pub saved: Option<Option<SavedDataset>>,
    /// Whether a set is being saved.
    pub saving: bool,
    /// The set whose images are those that are saved, or being saved.
    pub kept: Option<DatasetId>,
    /// The last error of the storage.
    pub storage_failure: Option<Message>,
    /// Which images of the selected set are shown.
    pub filter: Filter,
    /// The sample that is open in the viewer.
    pub open: Option<u32>,
    /// The samples most similar to one.
    pub neighbours: Option<Neighbours>,
    /// Incremented when pixels arrive, so that components that wait for them re-render.
    pub arrivals: u32,
    /// How images are captured for a set.
    pub capture: Capture,
}

/// For each sample the index of the predicted class; 255 for one that was not evaluated.
pub type Predictions = Rc<[u8]>;

/// The samples most similar to one.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    /// The sample to which they are similar.
    pub of: u32,
    /// Samples with the correlation of their pixels, most similar first.
    pub like: Rc<[(u32, f32)]>,
}

/// The progress of loading.
#[derive(Clone, Debug, PartialEq)]
pub struct Loading {
    /// The name of the dataset.
    pub name: Rc<str>,
    /// Number of bytes read.
    pub read: u64,
    /// Size in bytes; 0 until known.
    pub length: u64,
    /// Number of samples so far.
    pub accepted: u64,
    /// Number of rejected rows so far.
    pub rejected: u64,
    /// Seconds since it began.
    pub seconds: f64,
}

impl Loading {
    /// The progress, 0 to 1.
    pub fn progress(&self) -> f64 {
        if self.length == 0 { 0.0 } else { self.read as f64 / self.length as f64 }
    }

    /// Megabytes per second, once measurable.
    pub fn rate(&self) -> Option<f64> {
        (self.seconds > 0.2 && self.read > 0).then(|| self.read as f64 / 1e6 / self.seconds)
    }

    /// Estimated remaining seconds.
    pub fn left(&self) -> Option<f64> {
        self.rate().map(|rate| self.length.saturating_sub(self.read) as f64 / 1e6 / rate)
    }
}

/// A loading that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The name of the dataset.
    pub name: Rc<str>,
    /// What is wrong with it, and what is expected.
    pub reason: Message,
}

/// What can happen to the sets.
pub enum DatasetAction {
    /// Loading starts or progresses.
    Loading(Loading),
    /// A dataset was loaded or changed.
    Loaded(DatasetSummary),
    /// A loading failed.
    Failed(Failure),
    /// The order of the integer labels of a dataset must be chosen: its name, and the possible orders.
    OrderNeeded(Rc<str>, Rc<LabelQuestion>),
    /// The visitor selects an order of the classes.
    OrderChosen(OrderChoice),
    /// The visitor selects what the number at an index means.
    OwnClassChosen(usize, OwnClass),
    /// The question is answered or cancelled.
    OrderSettled,
    /// The user cancelled loading.
    Cancelled,
    /// The user dismissed the failure message.
    FailureRead,
    /// A dataset was analysed.
    Explored(DatasetId, Exploration),
    /// The progress or the result of the search for near duplicates of a dataset.
    NearDuplicates(DatasetId, NearDuplicateStatus),
    /// The predictions of an evaluation on a set.
    Predicted(DatasetId, Predictions),
    /// A dataset was closed.
    Closed(DatasetId),
    /// The closed dataset was reopened, or can no longer be.
    ClosedOver,
    /// The engine lost all sets.
    Lost,
    /// The visitor selects another set.
    Select(DatasetId),
    /// The visitor wants to see other images.
    Filter(Filter),
    /// The user opens or closes the viewer.
    Open(Option<u32>),
    /// The samples most like one.
    Neighbours(Neighbours),
    /// Pixels have arrived.
    Arrived,
    /// A set is being saved.
    Saving,
    /// The images of this set are those that are saved, or being saved; `None` if another tab has changed what is saved.
    Kept(Option<DatasetId>),
    /// What is saved on this device.
    Saved(Option<SavedDataset>),
    /// A storage operation failed.
    StorageFailed(Message),
    /// The visitor changed how images are captured.
    Capture(Capture),
    /// The user removed an image, so the dataset's bursts can no longer be undone.
    ImageRemoved(DatasetId),
    /// Capturing starts or ends.
    Capturing(bool),
    /// Number of photos whose faces are still to be added.
    PhotosWaiting(usize),
    /// A burst was added.
    BurstAdded(Burst),
    /// The last burst was removed again.
    BurstRemoved(DatasetId),
}

impl Datasets {
    /// The selected set.
    pub fn selected(&self) -> Option<&Rc<DatasetSummary>> {
        self.selected.and_then(|id| self.sets.get(&id))
    }

    /// The analysis of the selected dataset.
    pub fn exploration(&self) -> Option<&Rc<Exploration>> {
        self.selected.and_then(|id| self.explorations.get(&id))
    }

    /// Applies an action.
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
            DatasetAction::OrderNeeded(name, question) => {
                self.loading = None;
                self.failure = None;
                self.sheet = Some(LabelSheet::new(name, question));
            }
            DatasetAction::OrderChosen(choice) => {
                if let Some(sheet) = &mut self.sheet {
                    sheet.choice = Some(choice);
                }
            }
            DatasetAction::OwnClassChosen(index, class) => {
                if let Some(sheet) = &mut self.sheet {
                    sheet.set_own(index, class);
                }
            }
            DatasetAction::OrderSettled => self.sheet = None,
            DatasetAction::Cancelled => self.loading = None,
            DatasetAction::FailureRead => self.failure = None,
            DatasetAction::Explored(set, exploration) => {
                self.explorations.insert(set, Rc::new(exploration));
            }
            DatasetAction::NearDuplicates(set, status) => {
                if let (NearDuplicateStatus::Finished { excluded, .. }, Some(exploration)) =
                    (&status, self.explorations.get_mut(&set))
                {
                    Rc::make_mut(exploration).excluded = *excluded;
                }
                self.near.insert(set, Rc::new(status));
            }
            DatasetAction::Predicted(set, predictions) => {
                self.predictions.insert(set, predictions);
            }
            DatasetAction::Closed(set) => self.close(set),
            DatasetAction::ClosedOver => self.closed = None,
            DatasetAction::Lost => {
                let (saved, sheet) = (self.saved.take(), self.sheet.take());
                let capture = Capture { bursts: Rc::default(), ..std::mem::take(&mut self.capture) };
                *self = Self { saved, sheet, capture, ..Self::default() };
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
            DatasetAction::Kept(set) => self.kept = set,
            DatasetAction::Saved(saved) => {
                self.saving = false;
                self.kept = self.kept.filter(|_| saved.is_some());
                self.storage_failure = None;
                self.saved = Some(saved);
            }
            DatasetAction::StorageFailed(reason) => {
                self.saving = false;
                self.kept = None;
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

    fn load(&mut self, summary: DatasetSummary) {
        let (id, samples) = (summary.id, summary.len());
        let before = self.sets.insert(id, Rc::new(summary)).map(|before| before.len());
        // What was found in fewer samples can stand until the engine has looked again; its samples are all there.
        if before.is_none_or(|before| before > samples) {
            self.explorations.remove(&id);
            self.near.remove(&id);
        }
        if before != Some(samples) {
            self.predictions.remove(&id);
            self.kept = self.kept.filter(|&kept| kept != id);
        }
        if before.is_none() {
            self.loading = None;
            self.failure = None;
            self.select(id);
        } else if self.selected == Some(id) && before != Some(samples) {
            self.neighbours = None;
            self.open = self.open.filter(|&open| (open as usize) < samples);
            // Where images were removed, others have taken their places.
            if before > Some(samples) && matches!(self.filter.property, Some(ImageProperty::These(_))) {
                self.filter.property = None;
            }
        }
    }

    /// Whether closing the tab would lose images that were added by hand.
    pub fn would_lose(&self) -> bool {
        let is_saved = |set: &DatasetSummary| !self.saving && self.kept == Some(set.id);
        self.sets.values().any(|set| set.custom && !set.is_empty() && !is_saved(set))
    }

    fn close(&mut self, set: DatasetId) {
        self.closed = self.sets.remove(&set).map(|set| Rc::from(set.name.as_str()));
        self.explorations.remove(&set);
        self.near.remove(&set);
        self.predictions.remove(&set);
        if self.selected == Some(set) {
            match self.sets.keys().next_back().copied() {
                Some(next) => self.select(next),
                None => self.selected = None,
            }
        }
    }

    fn select(&mut self, set: DatasetId) {
        self.selected = Some(set);
        self.filter = Filter::default();
        self.open = None;
        self.neighbours = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{happy, label_question, message};
    use mien_core::dataset::{LabelOrder, Split};
    use mien_core::expression::Expression;

    fn after(actions: impl IntoIterator<Item = DatasetAction>) -> Datasets {
        let mut datasets = Datasets::default();
        actions.into_iter().for_each(|action| datasets.apply(action));
        datasets
    }

    fn loading(read: u64, length: u64, seconds: f64) -> Loading {
        Loading { name: "faces.csv".into(), read, length, accepted: 0, rejected: 0, seconds }
    }

    fn exploration() -> Exploration {
        Exploration { duplicates: Vec::new(), flat: Vec::new(), means: Vec::new(), excluded: 0 }
    }

    #[test]
    fn near_duplicates_belong_to_a_set_and_change_what_is_excluded() {
        let finished = || NearDuplicateStatus::Finished { groups: vec![vec![0, 1]], excluded: 1 };
        let of = |samples: usize| {
            let datasets = after([
                DatasetAction::Loaded(happy(1, 2)),
                DatasetAction::Explored(1, exploration()),
                DatasetAction::NearDuplicates(1, NearDuplicateStatus::Running { done: 1, total: 2 }),
                DatasetAction::NearDuplicates(1, finished()),
                DatasetAction::Loaded(happy(1, samples)),
            ]);
            let groups = datasets.near.get(&1).map(|near| near.groups().len());
            (groups, datasets.exploration().map(|exploration| exploration.excluded))
        };
        assert_eq!([of(2), of(3)], [(Some(1), Some(1)); 2]);
        assert_eq!(of(1), (None, None), "an image was removed, the others have moved");
        let closed = [DatasetAction::NearDuplicates(1, finished()), DatasetAction::Closed(1)];
        assert!(after([DatasetAction::Loaded(happy(1, 2))].into_iter().chain(closed)).near.is_empty());
    }

    fn failure() -> Failure {
        Failure { name: "faces.csv".into(), reason: message("it is empty") }
    }

    #[test]
    fn progress_and_time_left_follow_from_bytes() {
        assert_eq!(loading(0, 0, 1.0).progress(), 0.0, "the length is unknown yet");
        let half = loading(5_000_000, 10_000_000, 2.0);
        assert_eq!((half.progress(), half.rate(), half.left()), (0.5, Some(2.5), Some(2.0)));
        assert_eq!(loading(5_000_000, 10_000_000, 0.1).rate(), None, "too early for a rate");
        assert_eq!(loading(0, 10, 5.0).left(), None, "nothing was read");
        assert_eq!(loading(11_000_000, 10_000_000, 1.0).left(), Some(0.0), "more was read than announced");
    }

    #[test]
    fn a_new_set_ends_the_loading_and_is_selected() {
        let datasets = after([
            DatasetAction::Loaded(happy(1, 2)),
            DatasetAction::Failed(failure()),
            DatasetAction::Filter(Filter { row: Some(1), ..Filter::default() }),
            DatasetAction::Open(Some(1)),
            DatasetAction::Loading(loading(0, 0, 0.0)),
            DatasetAction::Loaded(happy(2, 3)),
        ]);
        assert_eq!(datasets.selected().map(|set| (set.id, set.len())), Some((2, 3)));
        assert!(datasets.loading.is_none() && datasets.failure.is_none() && datasets.open.is_none());
        assert_eq!((datasets.sets.len(), datasets.filter), (2, Filter::default()));
    }

    #[test]
    fn a_changed_set_stays_in_the_background() {
        let datasets = after([
            DatasetAction::Loaded(happy(1, 200)),
            DatasetAction::Loaded(happy(2, 100)),
            DatasetAction::Open(Some(90)),
            DatasetAction::Loading(loading(0, 0, 0.0)),
            DatasetAction::Loaded(happy(1, 3)),
        ]);
        assert_eq!((datasets.selected, datasets.open), (Some(2), Some(90)), "another set has changed");
        assert!(datasets.loading.is_some(), "what is being loaded is not it");
    }

    #[test]
    fn predictions_and_findings_last_as_long_as_they_are_right() {
        let of = |samples: usize| {
            let datasets = after([
                DatasetAction::Loaded(happy(1, 2)),
                DatasetAction::Explored(1, exploration()),
                DatasetAction::Predicted(1, Rc::from([3, 3])),
                DatasetAction::Loaded(happy(1, samples)),
            ]);
            (datasets.exploration().is_some(), datasets.predictions.contains_key(&1))
        };
        assert_eq!(of(2), (true, true), "only its splits have changed");
        assert_eq!(of(3), (true, false), "images were added, all others are there");
        assert_eq!(of(1), (false, false), "an image was removed, the others have moved");
    }

    #[test]
    fn removed_images_leave_nothing_that_points_at_their_places() {
        let these =
            Filter { property: Some(ImageProperty::These(Rc::from([0, 2]))), row: Some(3), ..Filter::default() };
        let of = |samples: usize| {
            after([
                DatasetAction::Loaded(happy(1, 3)),
                DatasetAction::Filter(these.clone()),
                DatasetAction::Open(Some(2)),
                DatasetAction::Neighbours(Neighbours { of: 2, like: Rc::from([(0, 0.9)]) }),
                DatasetAction::Loaded(happy(1, samples)),
            ])
        };
        let removed = of(2);
        assert_eq!((removed.open, removed.neighbours), (None, None));
        assert_eq!(removed.filter, Filter { row: Some(3), ..Filter::default() });
        let added = of(4);
        assert_eq!((added.open, added.neighbours, added.filter), (Some(2), None, these.clone()));
        let same = of(3);
        assert!(same.open == Some(2) && same.neighbours.is_some() && same.filter == these);
    }

    #[test]
    fn loading_ends_by_failure_or_cancellation() {
        let failed = after([DatasetAction::Loading(loading(1, 2, 0.0)), DatasetAction::Failed(failure())]);
        assert_eq!((failed.loading, failed.failure), (None, Some(failure())));
        let again = after([DatasetAction::Failed(failure()), DatasetAction::Loading(loading(1, 2, 0.0))]);
        assert!(again.failure.is_none() && again.loading.is_some());
        let cancelled = after([DatasetAction::Loading(loading(1, 2, 0.0)), DatasetAction::Cancelled]);
        assert!(cancelled.loading.is_none() && cancelled.failure.is_none());
        assert!(after([DatasetAction::Failed(failure()), DatasetAction::FailureRead]).failure.is_none());
    }

    #[test]
    fn a_question_about_labels_is_answered_or_cancelled_and_leaves_the_set_as_it_is() {
        let asked = || DatasetAction::OrderNeeded("faces.zip".into(), Rc::new(label_question(&[1, 2])));
        let before = || [DatasetAction::Loaded(happy(1, 2)), DatasetAction::Loading(loading(1, 2, 0.0)), asked()];
        let mut datasets = after(before());
        assert!(datasets.loading.is_none() && datasets.selected == Some(1));
        datasets.apply(DatasetAction::OrderChosen(OrderChoice::Named(1)));
        datasets.apply(DatasetAction::Lost);
        let sheet = datasets.sheet.clone().unwrap();
        assert_eq!((&*sheet.name, sheet.answer()), ("faces.zip", Ok(LabelOrder::RafDb)), "the files are still there");
        datasets.apply(DatasetAction::OwnClassChosen(0, OwnClass::LeftOut));
        assert_eq!(datasets.sheet.as_ref().unwrap().choice, Some(OrderChoice::Own));
        datasets.apply(asked());
        assert_eq!(datasets.sheet.as_ref().unwrap().choice, None, "another question");

        let cancelled = after(before().into_iter().chain([
            DatasetAction::OrderSettled,
            DatasetAction::OrderChosen(OrderChoice::Own),
            DatasetAction::OwnClassChosen(0, OwnClass::LeftOut),
        ]));
        assert_eq!((cancelled.sheet, cancelled.selected, cancelled.sets.len()), (None, Some(1), 1));
        let failed = after([asked(), DatasetAction::Failed(failure())]);
        assert!(failed.sheet.is_some(), "what failed is another file");
    }

    #[test]
    fn closing_selects_the_newest_of_the_others() {
        let mut datasets = after([1, 2, 3].map(|id| DatasetAction::Loaded(happy(id, 1))));
        datasets.apply(DatasetAction::Explored(3, exploration()));
        datasets.apply(DatasetAction::Closed(3));
        assert_eq!((datasets.selected, datasets.closed.as_deref()), (Some(2), Some("set")));
        assert!(datasets.explorations.is_empty());
        datasets.apply(DatasetAction::Closed(1));
        assert_eq!(datasets.selected, Some(2), "another one was closed");
        datasets.apply(DatasetAction::Closed(2));
        assert!(datasets.selected().is_none() && datasets.closed.is_some());
        datasets.apply(DatasetAction::ClosedOver);
        datasets.apply(DatasetAction::Closed(7));
        assert!(datasets.closed.is_none(), "there was no such set");
    }

    #[test]
    fn a_lost_engine_loses_the_datasets_but_not_the_users_choices() {
        let capture = Capture { label: Expression::Fear, ..Capture::default() };
        let datasets = after([
            DatasetAction::Loaded(happy(1, 1)),
            DatasetAction::Saved(None),
            DatasetAction::Capture(capture.clone()),
            DatasetAction::BurstAdded(Burst { set: 1, label: Expression::Fear, count: 3 }),
            DatasetAction::Lost,
        ]);
        assert_eq!((datasets.sets.len(), datasets.selected), (0, None));
        assert_eq!((datasets.capture, datasets.saved), (capture, Some(None)));
    }

    #[test]
    fn saving_ends_with_the_answer_of_the_storage() {
        let mut datasets = after([DatasetAction::StorageFailed(message("full")), DatasetAction::Saving]);
        assert!(datasets.saving && datasets.storage_failure.is_none());
        datasets.apply(DatasetAction::StorageFailed(message("full")));
        assert_eq!((datasets.saving, datasets.storage_failure.as_ref().map(Message::english)), (false, Some("full")));
        let stored = SavedDataset { name: "set".into(), samples: 1, bytes: 2_304, at: 1.0 };
        datasets.apply(DatasetAction::Saving);
        datasets.apply(DatasetAction::Saved(Some(stored.clone())));
        assert_eq!((datasets.saving, datasets.storage_failure, datasets.saved), (false, None, Some(Some(stored))));
    }

    #[test]
    fn images_added_by_hand_are_lost_until_they_are_saved() {
        use DatasetAction::{Closed, Kept, Loaded, Lost, Saved, Saving, StorageFailed};
        let made = |id, samples| Loaded(DatasetSummary { custom: true, ..happy(id, samples) });
        let stored = || Saved(Some(SavedDataset { name: happy(1, 0).name, samples: 3, bytes: 9, at: 1.0 }));
        let save = |id| [Saving, Kept(Some(id)), stored()];
        let loses = |actions: Vec<DatasetAction>| after(actions).would_lose();
        assert!(!loses(vec![Loaded(happy(1, 3))]), "the visitor has the file");
        assert!(!loses(vec![made(1, 0)]) && loses(vec![made(1, 3)]) && !loses(vec![made(1, 3), Closed(1)]));
        assert!(loses(vec![stored(), made(1, 3)]), "as many images, but others");
        let after_saving =
            |next: Vec<DatasetAction>| loses([made(1, 3)].into_iter().chain(save(1)).chain(next).collect());
        assert!(!after_saving(vec![]) && !after_saving(vec![made(1, 3)]), "only its splits have changed");
        assert!(after_saving(vec![made(1, 4)]));
        assert!(after_saving(vec![made(1, 2), made(1, 3)]), "one was undone, another one added");
        assert!(!after_saving([made(1, 2), made(1, 3)].into_iter().chain(save(1)).collect()));
        assert!(after_saving(vec![Saved(None)]), "it was deleted");
        assert!(after_saving(vec![Saving, stored(), Kept(None)]), "another tab has saved one");
        assert!(after_saving(vec![made(2, 3)]) && after_saving([made(2, 3)].into_iter().chain(save(2)).collect()));
        assert!(after_saving(vec![Lost, made(1, 3)]), "the set of a new engine");
        assert!(loses(vec![made(1, 3), Saving, Kept(Some(1))]), "it is not saved yet");
        assert!(loses(vec![made(1, 3), Saving, Kept(Some(1)), StorageFailed(message("full"))]));
        assert!(!loses(vec![stored(), made(1, 3), Kept(Some(1))]), "it was restored");
    }

    #[test]
    fn bursts_are_undone_from_the_last_of_a_set() {
        let burst = |set, count| Burst { set, label: Expression::Sad, count };
        let mut datasets = after([burst(1, 1), burst(2, 2), burst(1, 3)].map(DatasetAction::BurstAdded));
        assert_eq!(datasets.capture.last(1), Some(burst(1, 3)));
        datasets.apply(DatasetAction::BurstRemoved(1));
        datasets.apply(DatasetAction::BurstRemoved(7));
        assert_eq!((datasets.capture.last(1), datasets.capture.last(2)), (Some(burst(1, 1)), Some(burst(2, 2))));
        datasets.apply(DatasetAction::ImageRemoved(1));
        assert_eq!((datasets.capture.last(1), datasets.capture.last(2)), (None, Some(burst(2, 2))));
    }

    #[test]
    fn choosing_another_set_starts_afresh() {
        let mut datasets = after([1, 2].map(|id| DatasetAction::Loaded(happy(id, 5))));
        datasets.apply(DatasetAction::Filter(Filter { split: Some(Split::Training), ..Filter::default() }));
        datasets.apply(DatasetAction::Open(Some(1)));
        datasets.apply(DatasetAction::Neighbours(Neighbours { of: 1, like: Rc::from([]) }));
        datasets.apply(DatasetAction::Open(Some(2)));
        assert!(datasets.neighbours.is_none(), "another image is open");
        datasets.apply(DatasetAction::Select(1));
        assert_eq!((datasets.selected, datasets.open, datasets.filter), (Some(1), None, Filter::default()));
        let arrivals = after([DatasetAction::Arrived, DatasetAction::Arrived]).arrivals;
        assert_eq!(arrivals, 2);
    }
}
