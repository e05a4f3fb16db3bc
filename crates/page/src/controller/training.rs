//! Training a network. A run that an engine failed with goes on by itself, as soon as engine and set are there again.

use mien_browser::value::share;
use std::cell::{Cell, RefCell};

use wasm_bindgen::JsValue;
use web_sys::File;

use super::link::{Attachment, FileName, Link};
use super::requests::Latest;
use crate::notice::{Notice, TrainingNotice};
use crate::state::{Action, TrainingAction};
use mien_core::dataset::Augmentation;
use mien_core::training::Settings;
use mien_protocol::{Command, SetId, StartFrom, StoredRun, TrainingCommand, TrainingEvent};

/// Milliseconds after which the network in training recognizes the photos on the stage again.
const SHOW_EVERY: f64 = 2000.0;

/// Trains networks.
pub struct Training {
    link: Link,
    recovery: RefCell<Recovery>,
    /// Whether the network in training recognizes faces, and when it last began with the photos.
    shown: Cell<bool>,
    shown_at: Cell<f64>,
    /// The last checkpoint of a run that this device does not store, with its bytes: a new engine goes on from it.
    held: RefCell<Option<(StoredRun, JsValue)>>,
    /// The previews of images as they are, and as training would see them.
    previews: [Latest<()>; 2],
}

/// What an event asks of other features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainingEffect {
    /// Nothing.
    None,
    /// Another network recognizes now, so photos are to be recognized again.
    OtherNetwork,
    /// The network that recognizes has learned more, so photos are to be recognized again, if somebody looks.
    BetterNetwork,
    /// No network comes that was to be adopted.
    NoNetwork,
    /// An unfinished run became known, which may be one to go on with.
    Unfinished,
}

impl Training {
    /// Nothing is under way.
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
    pub fn start(&self, set: SetId, from: StartFrom, settings: Settings) {
        self.dispatch(TrainingAction::Starting);
        self.send(TrainingCommand::Start { set, from, settings: Box::new(settings) });
    }

    /// Starts a cross-validation.
    pub fn cross_validate(&self, set: SetId, from: StartFrom, settings: Settings, folds: u32) {
        self.dispatch(TrainingAction::Starting);
        self.send(TrainingCommand::CrossValidate { set, from, settings: Box::new(settings), folds });
    }

    /// Goes on with the unfinished run.
    pub fn continue_unfinished(&self, set: SetId) {
        self.dispatch(TrainingAction::Starting);
        self.send(TrainingCommand::Continue { set });
    }

    /// Pauses the run.
    pub fn pause(&self) {
        self.dispatch(TrainingAction::Pausing);
        self.send(TrainingCommand::Pause);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.send(TrainingCommand::Resume);
    }

    /// Ends the run.
    pub fn cancel(&self) {
        self.send(TrainingCommand::Cancel);
    }

    /// Lets the network in training recognize faces, or the active one again.
    pub fn show(&self, training: bool) {
        self.dispatch(TrainingAction::Show(training));
        self.send(TrainingCommand::Show { training });
        self.shown.set(training);
        self.on_shown();
    }

    /// Photos are being recognized by the network that is shown.
    pub fn on_shown(&self) {
        self.shown_at.set(self.link.now());
    }

    /// Takes what was learned into the library. It comes as a new network.
    pub fn adopt(&self, name: String, best: bool) {
        self.send(TrainingCommand::Adopt { name, best });
    }

    /// Deletes the unfinished run.
    pub fn discard_unfinished(&self) {
        self.send(TrainingCommand::Discard);
    }

    /// Takes a run from a file, to go on with.
    pub fn open_checkpoint(&self, file: &File) {
        let command = Command::Training(TrainingCommand::Open);
        self.link.send_with(&command, Attachment::Files(std::slice::from_ref(file)));
    }

    /// Downloads the run.
    pub fn save_checkpoint(&self) {
        self.send(TrainingCommand::Checkpoint);
    }

    /// Asks for images as they are (`None`), or as training would see them.
    pub fn request_preview(&self, set: SetId, samples: Vec<u32>, augmentation: Option<Augmentation>, seed: u64) {
        let request = self.link.next_request();
        self.previews[usize::from(augmentation.is_some())].set(request, ());
        let augmentation = augmentation.unwrap_or(Augmentation::OFF);
        self.send(TrainingCommand::Preview { request, set, samples, augmentation, seed });
    }

    /// Asks for the unfinished run. A new engine is told of the one that is held here.
    pub fn request_unfinished(&self) {
        let (held, bytes) = self.held.borrow().as_ref().map(|(run, bytes)| (run.clone(), share(bytes))).unzip();
        let command = Command::Training(TrainingCommand::Unfinished { held });
        self.link.send_with(&command, Attachment::Value(&bytes.unwrap_or_default()));
    }

    /// The engine failed, or is a new one.
    pub fn on_engine_lost(&self) {
        self.recovery.borrow_mut().on_engine_lost();
        self.dispatch(TrainingAction::Crashed);
    }

    /// Goes on with the run that the engine failed with, if run and set are there; `find` finds a set by its name.
    pub fn resume_interrupted(&self, find: impl FnOnce(&str) -> Option<SetId>) {
        let set = self.recovery.borrow().resumable().and_then(find);
        if let Some(set) = set {
            self.recovery.borrow_mut().interrupted = None;
            self.continue_unfinished(set);
        }
    }

    /// Takes an event.
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
                if held.is_some() || problem.is_none() {
                    self.hold(held.map(|run| (run, share(beside))));
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

    /// Holds a run that this device does not store, or none any more.
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

/// Which run is to go on after a failure of the engine. Runs are told apart by the names of their sets.
#[derive(Debug, Default)]
struct Recovery {
    /// The set of the run that is under way; cross-validations do not go on.
    running: Option<String>,
    paused: bool,
    /// The set of the run that the engine failed with.
    interrupted: Option<String>,
    /// The set of the unfinished run, once the engine has told.
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

    /// The set of the run to go on with.
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
    use mien_protocol::{Command, Message, Outcome, Plan, StoredRun, TrainingCommand, TrainingEvent};

    fn training() -> (Rc<FakeHost>, Training) {
        let (host, link) = FakeHost::new();
        (host, Training::new(link))
    }

    fn tell(training: &Training, event: TrainingEvent) -> TrainingEffect {
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
        host.take_commands() == [Command::Training(TrainingCommand::Continue { set: 5 })]
    }

    #[test]
    fn a_run_goes_on_once_engine_and_set_are_there_again() {
        let (host, training) = training();
        tell(&training, began(0));
        training.on_engine_lost();
        // A second failure before the run went on changes nothing.
        training.on_engine_lost();
        assert!(!resumes(&host, &training));
        assert_eq!(tell(&training, unfinished("set")), TrainingEffect::Unfinished);
        // The set is not loaded yet.
        training.resume_interrupted(|_| None);
        assert!(resumes(&host, &training));
        assert!(!resumes(&host, &training));
    }

    #[test]
    fn another_unfinished_run_does_not_go_on_by_itself() {
        let (host, training) = training();
        tell(&training, unfinished("set"));
        assert!(!resumes(&host, &training));
        tell(&training, began(0));
        training.on_engine_lost();
        tell(&training, unfinished("other"));
        assert!(!resumes(&host, &training));
        tell(&training, TrainingEvent::Unfinished { run: None });
        assert!(!resumes(&host, &training));
    }

    #[test]
    fn what_does_not_run_does_not_go_on() {
        let ends: [&[TrainingEvent]; 4] = [
            &[began(0), TrainingEvent::Paused],
            &[began(0), over()],
            &[began(0), TrainingEvent::Failed { reason: Message::default() }],
            &[began(5)],
        ];
        for events in ends {
            let (host, training) = training();
            for event in events {
                tell(&training, event.clone());
            }
            training.on_engine_lost();
            tell(&training, unfinished("set"));
            assert!(!resumes(&host, &training), "{events:?}");
        }
        let (host, training) = training();
        for event in [began(0), TrainingEvent::Paused, TrainingEvent::Resumed] {
            tell(&training, event);
        }
        training.on_engine_lost();
        tell(&training, unfinished("set"));
        assert!(resumes(&host, &training));
    }

    #[test]
    fn a_run_that_the_device_does_not_store_is_handed_to_a_new_engine() {
        let (host, training) = training();
        tell(&training, TrainingEvent::Stored { problem: Some(message("full")), held: Some(stored("set")) });
        // That storing failed once more takes nothing away.
        tell(&training, TrainingEvent::Stored { problem: Some(message("full")), held: None });
        training.request_unfinished();
        tell(&training, TrainingEvent::Cleared);
        training.request_unfinished();
        let asked = |held| Command::Training(TrainingCommand::Unfinished { held });
        assert_eq!(host.take_commands(), [asked(Some(stored("set"))), asked(None)]);
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
            tell(&training, TrainingEvent::Preview { request, pixels: vec![request as u8] });
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
        assert_eq!(tell(&training, epoch()), TrainingEffect::None);
        training.show(true);
        assert_eq!(tell(&training, epoch()), TrainingEffect::None);
        host.clock.set(SHOW_EVERY + 1.0);
        assert_eq!(tell(&training, epoch()), TrainingEffect::BetterNetwork);
        training.on_shown();
        assert_eq!(tell(&training, epoch()), TrainingEffect::None);
        assert_eq!(tell(&training, over()), TrainingEffect::OtherNetwork);
        let show = |training| Command::Training(TrainingCommand::Show { training });
        assert_eq!(host.take_commands(), [show(true), show(false)]);
        assert_eq!(tell(&training, over()), TrainingEffect::None);
    }

    #[test]
    fn a_run_that_fails_asks_for_what_was_stored() {
        let (host, training) = training();
        let failed = TrainingEvent::Failed { reason: message("why") };
        assert_eq!(tell(&training, failed), TrainingEffect::NoNetwork);
        assert_eq!(host.take_commands(), [Command::Training(TrainingCommand::Unfinished { held: None })]);
        assert!(
            matches!(&host.take_actions()[..], [Action::Training(TrainingAction::Failed(reason))] if reason.english() == "why")
        );
    }

    #[test]
    fn a_checkpoint_is_downloaded_if_there_is_one() {
        let (host, training) = training();
        tell(&training, TrainingEvent::Checkpoint);
        assert_eq!(host.take_downloads()[0].1, "*.checkpoint");
        host.refuses_downloads.set(true);
        tell(&training, TrainingEvent::Checkpoint);
        assert_eq!(host.take_notices(), [Notice::Training(TrainingNotice::NoCheckpoint)]);
    }
}
