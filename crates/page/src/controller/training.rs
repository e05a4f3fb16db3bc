//! Training. A run interrupted by an engine failure resumes automatically once the engine and its dataset are available
//! again.

use std::cell::{Cell, RefCell};

use wasm_bindgen::JsValue;
use web_sys::File;

use super::link::{Attachment, FileName, Link};
use super::requests::Latest;
use crate::notice::{Notice, TrainingNotice};
use crate::state::{Action, TrainingAction};
use mien_browser::value::clone_handle;
use mien_core::dataset::Augmentation;
use mien_core::training::Settings;
use mien_protocol::{Command, DatasetCommand, DatasetId, StartFrom, StoredRun, TrainingCommand, TrainingEvent};

/// Milliseconds after which the photos are recognized again by the network being trained.
const SHOW_EVERY: f64 = 2000.0;

/// Trains networks.
pub struct Training {
    link: Link,
    recovery: RefCell<Recovery>,
    /// Whether the network being trained is used for recognition, and when the photos were last recognized.
    shown: Cell<bool>,
    shown_at: Cell<f64>,
    /// The last checkpoint of a run that cannot be stored on this device, with its bytes, to resume in a new engine.
    held: RefCell<Option<(StoredRun, JsValue)>>,
    /// The pending previews of original and augmented images.
    previews: [Latest<()>; 2],
}

/// An action for other features that follows from an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainingEffect {
    /// Nothing.
    None,
    /// The network has changed: recognize photos again.
    OtherNetwork,
    /// The network being trained has new weights: recognize photos again, if they are visible.
    BetterNetwork,
    /// The network to be adopted will not arrive.
    NoNetwork,
    /// An unfinished run was found, which may be resumable.
    Unfinished,
}

impl Training {
    /// Creates the controller without pending requests.
    pub fn new(link: Link) -> Self {
        Self {
            link,
            recovery: RefCell::default(),
            shown: Cell::default(),
            shown_at: Cell::default(),
            held: RefCell::default(),
            previews: Default::default(),
        }
    }

    /// Starts a run.
    pub fn start(&self, set: DatasetId, from: StartFrom, settings: Settings) {
        self.dispatch(TrainingAction::Starting);
        self.send(TrainingCommand::Start { set, from, settings: Box::new(settings) });
    }

    /// Starts a cross-validation.
    pub fn cross_validate(&self, set: DatasetId, from: StartFrom, settings: Settings, folds: u32) {
        self.dispatch(TrainingAction::Starting);
        self.send(TrainingCommand::CrossValidate { set, from, settings: Box::new(settings), folds });
    }

    /// Resumes the unfinished run.
    pub fn continue_unfinished(&self, set: DatasetId) {
        self.dispatch(TrainingAction::Starting);
        // the run may have begun without near duplicates
        self.link.send(&Command::Dataset(DatasetCommand::FindNearDuplicates { set }));
        self.send(TrainingCommand::Continue { set });
    }

    /// Pauses the run.
    pub fn pause(&self) {
        self.dispatch(TrainingAction::Pausing);
        self.send(TrainingCommand::Pause);
    }

    /// Resumes after a pause.
    pub fn resume(&self) {
        self.send(TrainingCommand::Resume);
    }

    /// Ends the run.
    pub fn cancel(&self) {
        self.send(TrainingCommand::Cancel);
    }

    /// Uses the network being trained for recognition (`true`), or the active one.
    pub fn show(&self, training: bool) {
        self.dispatch(TrainingAction::Show(training));
        self.send(TrainingCommand::Show { training });
        self.shown.set(training);
        self.on_shown();
    }

    /// Called when the photos are being recognized with the network being trained.
    pub fn on_shown(&self) {
        self.shown_at.set(self.link.now());
    }

    /// Adds the trained network to the library.
    pub fn adopt(&self, name: String, best: bool) {
        self.send(TrainingCommand::Adopt { name, best });
    }

    /// Deletes the unfinished run.
    pub fn discard_unfinished(&self) {
        self.send(TrainingCommand::Discard);
    }

    /// Opens a checkpoint file, to resume its run.
    pub fn open_checkpoint(&self, file: &File) {
        let command = Command::Training(TrainingCommand::Open);
        self.link.send_with(&command, Attachment::Files(std::slice::from_ref(file)));
    }

    /// Downloads the run.
    pub fn save_checkpoint(&self) {
        self.send(TrainingCommand::Checkpoint);
    }

    /// Requests original images (`None`) or augmented ones.
    pub fn request_preview(&self, set: DatasetId, samples: Vec<u32>, augmentation: Option<Augmentation>, seed: u64) {
        let request = self.link.next_request();
        self.previews[usize::from(augmentation.is_some())].set(request, ());
        let augmentation = augmentation.unwrap_or(Augmentation::OFF);
        self.send(TrainingCommand::Preview { request, set, samples, augmentation, seed });
    }

    /// Requests the unfinished run; a new engine gets the one kept in the page.
    pub fn request_unfinished(&self) {
        let (held, bytes) = self.held.borrow().as_ref().map(|(run, bytes)| (run.clone(), clone_handle(bytes))).unzip();
        let command = Command::Training(TrainingCommand::Unfinished { held });
        self.link.send_with(&command, Attachment::Value(&bytes.unwrap_or_default()));
    }

    /// Called when the engine failed or was replaced.
    pub fn on_engine_lost(&self) {
        self.recovery.borrow_mut().on_engine_lost();
        self.dispatch(TrainingAction::Crashed);
    }

    /// Resumes the interrupted run if the run and its dataset are available; `find` finds a dataset by name.
    pub fn resume_interrupted(&self, find: impl FnOnce(&str) -> Option<DatasetId>) {
        let set = self.recovery.borrow().resumable().and_then(find);
        if let Some(set) = set {
            self.recovery.borrow_mut().interrupted = None;
            self.continue_unfinished(set);
        }
    }

    /// Handles an event from the engine.
    pub fn on_event(&self, event: TrainingEvent, beside: &JsValue) -> TrainingEffect {
        self.recovery.borrow_mut().on_event(&event);
        let mut effect = TrainingEffect::None;
        let action = match event {
            TrainingEvent::Began { plan } => TrainingAction::Began(plan),
            TrainingEvent::Step { progress, loss } => TrainingAction::Step(progress, loss),
            TrainingEvent::Epoch { record, best } => {
                if self.shown.get() && self.link.now() - self.shown_at.get() > SHOW_EVERY {
                    effect = TrainingEffect::BetterNetwork;
                }
                TrainingAction::Epoch(record, best)
            }
            TrainingEvent::Stored { problem, held } => {
                if held.is_some() {
                    self.send(TrainingCommand::Held);
                }
                if held.is_some() || problem.is_none() {
                    self.hold(held.map(|run| (run, clone_handle(beside))));
                }
                TrainingAction::Stored(problem)
            }
            TrainingEvent::Cleared => {
                self.hold(None);
                return effect;
            }
            TrainingEvent::Paused => TrainingAction::Paused,
            TrainingEvent::Resumed => TrainingAction::Resumed,
            TrainingEvent::Over { outcome, best_epoch } => {
                if self.shown.get() {
                    self.show(false);
                    effect = TrainingEffect::OtherNetwork;
                }
                TrainingAction::Over(outcome, best_epoch)
            }
            TrainingEvent::Failed { reason } => {
                effect = TrainingEffect::NoNetwork;
                // The run may have been stored before.
                self.request_unfinished();
                TrainingAction::Failed(reason)
            }
            TrainingEvent::MovedToCpu { epoch } => TrainingAction::MovedToCpu(epoch),
            TrainingEvent::Unfinished { run } => {
                effect = TrainingEffect::Unfinished;
                TrainingAction::Unfinished(run)
            }
            TrainingEvent::Checkpoint => {
                if !self.link.host().download_file(beside, FileName::Timestamp("checkpoint")) {
                    self.link.notify(Notice::Training(TrainingNotice::NoCheckpoint));
                }
                return effect;
            }
            TrainingEvent::Preview { request, pixels } => {
                match self.previews.iter().position(|preview| preview.take(request).is_some()) {
                    Some(index) => TrainingAction::Preview(index == 1, pixels),
                    None => return effect,
                }
            }
            TrainingEvent::Fold { record, folds } => TrainingAction::Fold(record, folds),
            TrainingEvent::Validated { report } => TrainingAction::Validated(report),
        };
        self.dispatch(action);
        effect
    }

    /// Keeps a run that cannot be stored on this device, or drops it.
    fn hold(&self, held: Option<(StoredRun, JsValue)>) {
        self.dispatch(TrainingAction::MemoryOnly(held.is_some()));
        self.held.replace(held);
    }

    fn send(&self, command: TrainingCommand) {
        self.link.send(&Command::Training(command));
    }

    fn dispatch(&self, action: TrainingAction) {
        self.link.dispatch(Action::Training(action));
    }
}

/// Determines which run to resume after an engine failure. Runs are identified by the name of their dataset.
#[derive(Debug, Default)]
struct Recovery {
    /// The dataset of the current run; cross-validations are not resumed.
    running: Option<String>,
    paused: bool,
    /// The dataset of the interrupted run.
    interrupted: Option<String>,
    /// The dataset of the unfinished run, once known.
    unfinished: Option<String>,
}

impl Recovery {
    fn on_event(&mut self, event: &TrainingEvent) {
        match event {
            TrainingEvent::Began { plan } => {
                self.running = (plan.folds == 0).then(|| plan.set.clone());
                self.paused = false;
                self.interrupted = None;
            }
            TrainingEvent::Paused => self.paused = true,
            TrainingEvent::Resumed => self.paused = false,
            TrainingEvent::Over { .. } | TrainingEvent::Failed { .. } => {
                (self.running, self.interrupted) = (None, None);
            }
            TrainingEvent::Unfinished { run } => self.unfinished = run.as_ref().map(|run| run.set.clone()),
            _ => {}
        }
    }

    fn on_engine_lost(&mut self) {
        self.unfinished = None;
        let running = self.running.take().filter(|_| !self.paused);
        if running.is_some() {
            self.interrupted = running;
        }
    }

    /// The dataset of the run to resume.
    fn resumable(&self) -> Option<&str> {
        self.interrupted.as_deref().filter(|set| self.unfinished.as_deref() == Some(set))
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use wasm_bindgen::JsValue;

    use super::{SHOW_EVERY, Training, TrainingEffect};
    use crate::controller::fake::FakeHost;
    use crate::fixtures::message;
    use crate::notice::{Notice, TrainingNotice};
    use crate::state::{Action, TrainingAction};
    use mien_core::dataset::Augmentation;
    use mien_core::training::{EpochRecord, History, Settings};
    use mien_protocol::{Command, DatasetCommand, Message, Outcome, Plan, StoredRun, TrainingCommand, TrainingEvent};

    fn training() -> (Rc<FakeHost>, Training) {
        let (host, link) = FakeHost::new();
        (host, Training::new(link))
    }

    fn deliver(training: &Training, event: TrainingEvent) -> TrainingEffect {
        training.on_event(event, &JsValue::UNDEFINED)
    }

    fn began(folds: u32) -> TrainingEvent {
        TrainingEvent::Began {
            plan: Box::new(Plan {
                set: String::from("set"),
                settings: Settings::default(),
                settings_json: String::new(),
                training_images: 100,
                validation_images: 10,
                validation_name: Message::default(),
                missing: Vec::new(),
                steps_per_epoch: 4,
                history: History::default(),
                folds,
                grouped_by: None,
            }),
        }
    }

    fn epoch() -> TrainingEvent {
        let record =
            EpochRecord { epoch: 1, loss: 1.0, accuracy: 0.5, validation: None, learning_rate: 0.1, seconds: 1.0 };
        TrainingEvent::Epoch { record: Box::new(record), best: false }
    }

    fn over() -> TrainingEvent {
        TrainingEvent::Over { outcome: Outcome::Finished, best_epoch: None }
    }

    fn stored(set: &str) -> StoredRun {
        StoredRun { set: set.to_owned(), epoch: 1, epochs: 2, bytes: 3, held: false }
    }

    fn unfinished(set: &str) -> TrainingEvent {
        TrainingEvent::Unfinished { run: Some(stored(set)) }
    }

    /// Whether a run went on, with all sets loaded.
    fn resumes(host: &FakeHost, training: &Training) -> bool {
        host.take_commands();
        training.resume_interrupted(|name| (name == "set").then_some(5));
        let search = Command::Dataset(DatasetCommand::FindNearDuplicates { set: 5 });
        host.take_commands() == [search, Command::Training(TrainingCommand::Continue { set: 5 })]
    }

    #[test]
    fn a_run_continues_once_engine_and_dataset_are_available_again() {
        let (host, training) = training();
        deliver(&training, began(0));
        training.on_engine_lost();
        // A second failure before the run went on changes nothing.
        training.on_engine_lost();
        assert!(!resumes(&host, &training));
        assert_eq!(deliver(&training, unfinished("set")), TrainingEffect::Unfinished);
        // The set is not loaded yet.
        training.resume_interrupted(|_| None);
        assert!(resumes(&host, &training));
        assert!(!resumes(&host, &training));
    }

    #[test]
    fn another_unfinished_run_does_not_resume_automatically() {
        let (host, training) = training();
        deliver(&training, unfinished("set"));
        assert!(!resumes(&host, &training));
        deliver(&training, began(0));
        training.on_engine_lost();
        deliver(&training, unfinished("other"));
        assert!(!resumes(&host, &training));
        deliver(&training, TrainingEvent::Unfinished { run: None });
        assert!(!resumes(&host, &training));
    }

    #[test]
    fn a_run_that_is_not_running_does_not_resume() {
        let ends: [&[TrainingEvent]; 4] = [
            &[began(0), TrainingEvent::Paused],
            &[began(0), over()],
            &[began(0), TrainingEvent::Failed { reason: Message::default() }],
            &[began(5)],
        ];
        for events in ends {
            let (host, training) = training();
            for event in events {
                deliver(&training, event.clone());
            }
            training.on_engine_lost();
            deliver(&training, unfinished("set"));
            assert!(!resumes(&host, &training), "{events:?}");
        }
        let (host, training) = training();
        for event in [began(0), TrainingEvent::Paused, TrainingEvent::Resumed] {
            deliver(&training, event);
        }
        training.on_engine_lost();
        deliver(&training, unfinished("set"));
        assert!(resumes(&host, &training));
    }

    #[test]
    fn a_run_that_the_device_does_not_store_is_handed_to_a_new_engine() {
        let (host, training) = training();
        deliver(&training, TrainingEvent::Stored { problem: Some(message("full")), held: Some(stored("set")) });
        // That storing failed once more takes nothing away.
        deliver(&training, TrainingEvent::Stored { problem: Some(message("full")), held: None });
        training.request_unfinished();
        deliver(&training, TrainingEvent::Cleared);
        training.request_unfinished();
        let asked = |held| Command::Training(TrainingCommand::Unfinished { held });
        let taken = Command::Training(TrainingCommand::Held);
        assert_eq!(host.take_commands(), [taken, asked(Some(stored("set"))), asked(None)]);
        let held = |action: &Action| match action {
            Action::Training(TrainingAction::MemoryOnly(held)) => Some(*held),
            _ => None,
        };
        assert_eq!(host.take_actions().iter().filter_map(held).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn only_the_newest_preview_of_each_kind_counts() {
        let (host, training) = training();
        training.request_preview(1, vec![0], None, 0);
        training.request_preview(1, vec![0], Some(Augmentation::OFF), 0);
        training.request_preview(1, vec![1], Some(Augmentation::OFF), 1);
        for request in [2, 3, 1, 9] {
            deliver(&training, TrainingEvent::Preview { request, pixels: vec![request as u8] });
        }
        let shown: Vec<(bool, u8)> = host
            .take_actions()
            .into_iter()
            .filter_map(|action| match action {
                Action::Training(TrainingAction::Preview(changed, pixels)) => Some((changed, pixels[0])),
                _ => None,
            })
            .collect();
        assert_eq!(shown, [(true, 3), (false, 1)]);
    }

    #[test]
    fn photos_follow_the_network_that_is_shown() {
        let (host, training) = training();
        assert_eq!(deliver(&training, epoch()), TrainingEffect::None);
        training.show(true);
        assert_eq!(deliver(&training, epoch()), TrainingEffect::None);
        host.clock.set(SHOW_EVERY + 1.0);
        assert_eq!(deliver(&training, epoch()), TrainingEffect::BetterNetwork);
        training.on_shown();
        assert_eq!(deliver(&training, epoch()), TrainingEffect::None);
        assert_eq!(deliver(&training, over()), TrainingEffect::OtherNetwork);
        let show = |training| Command::Training(TrainingCommand::Show { training });
        assert_eq!(host.take_commands(), [show(true), show(false)]);
        assert_eq!(deliver(&training, over()), TrainingEffect::None);
    }

    #[test]
    fn a_failed_run_requests_the_stored_one() {
        let (host, training) = training();
        let failed = TrainingEvent::Failed { reason: message("why") };
        assert_eq!(deliver(&training, failed), TrainingEffect::NoNetwork);
        assert_eq!(host.take_commands(), [Command::Training(TrainingCommand::Unfinished { held: None })]);
        assert!(
            matches!(&host.take_actions()[..], [Action::Training(TrainingAction::Failed(reason))] if reason.english() == "why")
        );
    }

    #[test]
    fn a_checkpoint_is_downloaded_if_there_is_one() {
        let (host, training) = training();
        deliver(&training, TrainingEvent::Checkpoint);
        assert_eq!(host.take_downloads()[0].1, "*.checkpoint");
        host.refuses_downloads.set(true);
        deliver(&training, TrainingEvent::Checkpoint);
        assert_eq!(host.take_notices(), [Notice::Training(TrainingNotice::NoCheckpoint)]);
    }
}
