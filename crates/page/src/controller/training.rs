//! Training a network, and the networks to choose from.

mod networks;

use std::cell::{Cell, RefCell};

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, File};

use super::export::save;
use super::{Controller, now};
use crate::notice::{Notice, TrainingNotice};
use crate::settings::Page;
use crate::state::{Action, TrainingAction};
use mien_core::dataset::Augmentation;
use mien_core::training::Settings;
use mien_protocol::{Command, SetId, StartFrom, StoredRun, TrainingCommand, TrainingEvent};

pub use networks::WeightsForm;

/// Milliseconds after which the network in training reads photos anew that are on the stage.
const REREAD_EVERY: f64 = 2000.0;

/// What the page holds of training beside what it shows.
#[derive(Default)]
pub(super) struct Desk {
    networks: networks::Shelf,
    /// The set of the run that is being made, and whether it pauses.
    running: RefCell<Option<String>>,
    pauses: Cell<bool>,
    /// Whether the network in training recognises faces, and when it began on the photos.
    shown: Cell<bool>,
    reread: Cell<f64>,
    /// The set of a run that broke off with the engine, to go on by itself once both are there again.
    broken: RefCell<Option<String>>,
    /// The set of the run that was left unfinished.
    unfinished: RefCell<Option<String>>,
    /// The last checkpoint of a run that this device does not store, with its bytes: a new engine goes on from it.
    held: RefCell<Option<(StoredRun, JsValue)>>,
    /// Previews asked for so far.
    requests: Cell<u32>,
    /// The newest of the images as they are, and as training would see them.
    previews: [Cell<u32>; 2],
}

impl Controller {
    /// Begins a run.
    pub fn start_training(&self, set: SetId, from: StartFrom, settings: Settings) {
        self.dispatch(Action::Training(TrainingAction::Starting));
        self.train(TrainingCommand::Start { set, from, settings: Box::new(settings) });
    }

    /// Begins a cross-validation.
    pub fn cross_validate(&self, set: SetId, from: StartFrom, settings: Settings, folds: u32) {
        self.dispatch(Action::Training(TrainingAction::Starting));
        self.train(TrainingCommand::CrossValidate { set, from, settings: Box::new(settings), folds });
    }

    /// Goes on with the run that was left unfinished.
    pub fn continue_training(&self, set: SetId) {
        self.dispatch(Action::Training(TrainingAction::Starting));
        self.train(TrainingCommand::Continue { set });
    }

    /// Holds the run.
    pub fn pause_training(&self) {
        self.dispatch(Action::Training(TrainingAction::Pausing));
        self.train(TrainingCommand::Pause);
    }

    /// Goes on after a pause.
    pub fn resume_training(&self) {
        self.train(TrainingCommand::Resume);
    }

    /// Ends the run.
    pub fn cancel_training(&self) {
        self.train(TrainingCommand::Cancel);
    }

    /// Lets the network in training recognise faces, or the one at work again.
    pub fn show_training(&self, training: bool) {
        self.dispatch(Action::Training(TrainingAction::Show(training)));
        self.train(TrainingCommand::Show { training });
        self.0.training.shown.set(training);
        self.0.training.reread.set(now());
        self.reread_photos();
    }

    /// The network in training has learned more: so it reads the photos anew, if somebody looks.
    fn show_more(&self) {
        let desk = &self.0.training;
        if desk.shown.get() && Page::current() == Page::Live && now() - desk.reread.get() > REREAD_EVERY {
            desk.reread.set(now());
            self.reread_photos();
        }
    }

    /// Takes what was learned into the library and puts it to work.
    pub fn adopt(&self, name: String, best: bool) {
        self.expect_network();
        self.train(TrainingCommand::Adopt { name, best });
    }

    /// Deletes the run that was left unfinished.
    pub fn discard_training(&self) {
        self.train(TrainingCommand::Discard);
    }

    /// Takes a run from a file, to go on with.
    pub fn open_checkpoint(&self, file: &File) {
        let command = Command::Training(TrainingCommand::Open);
        self.send(|engine| engine.send_files(&command, std::slice::from_ref(file)));
    }

    /// Hands the run to the visitor as a file.
    pub fn save_checkpoint(&self) {
        self.train(TrainingCommand::Checkpoint);
    }

    /// Asks for images as they are (`None`), or as training would see them.
    pub fn preview(&self, set: SetId, samples: Vec<u32>, augmentation: Option<Augmentation>, seed: u64) {
        let desk = &self.0.training;
        let request = desk.requests.get().wrapping_add(1);
        desk.requests.set(request);
        desk.previews[usize::from(augmentation.is_some())].set(request);
        let augmentation = augmentation.unwrap_or(Augmentation::OFF);
        self.train(TrainingCommand::Preview { request, set, samples, augmentation, seed });
    }

    /// The engine crashed, or is a new one: a run that was under way goes on from its checkpoint, as soon as engine and set
    /// are there again.
    pub(super) fn end_training(&self) {
        let desk = &self.0.training;
        desk.unfinished.take();
        if let Some(running) = desk.running.take().filter(|_| !desk.pauses.get()) {
            desk.broken.replace(Some(running));
        }
        self.dispatch(Action::Training(TrainingAction::Crashed));
    }

    /// Goes on with the run that broke off, if it and its set are there.
    pub(super) fn go_on_training(&self) {
        let desk = &self.0.training;
        let ready = desk.broken.borrow().is_some() && *desk.broken.borrow() == *desk.unfinished.borrow();
        let set = desk.broken.borrow().as_ref().filter(|_| ready).and_then(|name| self.0.desk.origins.named(name));
        if let Some(set) = set {
            desk.broken.take();
            self.continue_training(set);
        }
    }

    /// Asks a ready engine for what was left unfinished, and for the networks.
    pub(super) fn ask_training(&self) {
        self.ask_unfinished();
        self.list_networks();
    }

    fn ask_unfinished(&self) {
        let (held, bytes) = self.0.training.held.borrow().clone().unzip();
        let command = Command::Training(TrainingCommand::Unfinished { held });
        self.send(|engine| engine.send_beside(&command, &bytes.unwrap_or_default()));
    }

    fn train(&self, command: TrainingCommand) {
        let command = Command::Training(command);
        self.send(|engine| engine.send(&command));
    }

    pub(super) fn on_training(&self, event: TrainingEvent, beside: &JsValue) {
        self.note_run(&event);
        let action = match event {
            TrainingEvent::Began { plan } => TrainingAction::Began(plan),
            TrainingEvent::Step { progress, loss } => TrainingAction::Step(progress, loss),
            TrainingEvent::Epoch { record, best } => {
                self.show_more();
                TrainingAction::Epoch(record, best)
            }
            TrainingEvent::Stored { problem, held } => {
                if held.is_some() || problem.is_none() {
                    self.hold(held.map(|run| (run, beside.clone())));
                }
                TrainingAction::Stored(problem)
            }
            TrainingEvent::Cleared => return self.hold(None),
            TrainingEvent::Paused => TrainingAction::Paused,
            TrainingEvent::Resumed => TrainingAction::Resumed,
            TrainingEvent::Over { outcome, best_epoch } => {
                if self.0.training.shown.get() {
                    self.show_training(false);
                }
                TrainingAction::Over(outcome, best_epoch)
            }
            TrainingEvent::Failed { reason } => {
                self.expect_none();
                // The run may have been stored before.
                self.ask_unfinished();
                TrainingAction::Failed(reason)
            }
            TrainingEvent::MovedToCpu { epoch } => TrainingAction::MovedToCpu(epoch),
            TrainingEvent::Unfinished { run } => {
                let set = run.as_ref().map(|run| run.set.clone());
                self.0.training.unfinished.replace(set);
                self.dispatch(Action::Training(TrainingAction::Unfinished(run)));
                return self.go_on_training();
            }
            TrainingEvent::Checkpoint => {
                return match beside.dyn_ref::<Blob>() {
                    Some(file) => save(file.clone(), "checkpoint"),
                    None => self.notify(Notice::Training(TrainingNotice::NoCheckpoint)),
                };
            }
            TrainingEvent::Preview { request, pixels } => {
                let newest = self.0.training.previews.iter().position(|newest| newest.get() == request);
                match newest {
                    Some(place) => TrainingAction::Preview(place == 1, pixels),
                    None => return,
                }
            }
            TrainingEvent::Fold { record, folds } => TrainingAction::Fold(record, folds),
            TrainingEvent::Validated { report } => TrainingAction::Validated(report),
        };
        self.dispatch(Action::Training(action));
    }

    /// Holds a run that this device does not store, or none any more.
    fn hold(&self, held: Option<(StoredRun, JsValue)>) {
        self.dispatch(Action::Training(TrainingAction::MemoryOnly(held.is_some())));
        self.0.training.held.replace(held);
    }

    /// Notes whether a run is being made, and of which set.
    fn note_run(&self, event: &TrainingEvent) {
        let desk = &self.0.training;
        match event {
            TrainingEvent::Began { plan } => {
                let run = Some(plan.set.clone()).filter(|_| plan.folds == 0);
                desk.running.replace(run);
                desk.pauses.set(false);
                desk.broken.take();
            }
            TrainingEvent::Paused => desk.pauses.set(true),
            TrainingEvent::Resumed => desk.pauses.set(false),
            TrainingEvent::Over { .. } | TrainingEvent::Failed { .. } => {
                desk.running.take();
                desk.broken.take();
            }
            _ => {}
        }
    }
}
