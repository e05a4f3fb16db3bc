//! Training a network, and the networks to choose from.

mod files;
mod networks;

use std::cell::Cell;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::Controller;
use super::export::save;
use crate::app::notice::{Notice, TrainingNotice};
use crate::app::state::{Action, TrainingAction};
use crate::dataset::Augmentation;
use crate::engine::protocol::{Command, SetId, StartFrom, TrainingCommand, TrainingEvent};
use crate::training::Settings;

/// What the page holds of training beside what it shows.
#[derive(Default)]
pub(super) struct Desk {
    networks: networks::Shelf,
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

    /// The engine is a new one: a run that was under way is over, and can go on from its checkpoint.
    pub(super) fn end_training(&self) {
        self.dispatch(Action::Training(TrainingAction::Crashed));
    }

    /// Asks a ready engine for what was left unfinished, and for the networks.
    pub(super) fn ask_training(&self) {
        self.train(TrainingCommand::Unfinished);
        self.list_networks();
    }

    fn train(&self, command: TrainingCommand) {
        let command = Command::Training(command);
        self.send(|engine| engine.send(&command));
    }

    pub(super) fn on_training(&self, event: TrainingEvent, beside: &JsValue) {
        let action = match event {
            TrainingEvent::Began { plan } => TrainingAction::Began(plan),
            TrainingEvent::Step { progress, loss } => TrainingAction::Step(progress, loss),
            TrainingEvent::Epoch { record, best } => TrainingAction::Epoch(record, best),
            TrainingEvent::Stored { problem } => TrainingAction::Stored(problem),
            TrainingEvent::Paused => TrainingAction::Paused,
            TrainingEvent::Resumed => TrainingAction::Resumed,
            TrainingEvent::Over { outcome, best_epoch } => {
                self.train(TrainingCommand::Show { training: false });
                TrainingAction::Over(outcome, best_epoch)
            }
            TrainingEvent::Failed { reason } => {
                self.expect_none();
                // The run may have been stored before.
                self.train(TrainingCommand::Unfinished);
                TrainingAction::Failed(reason)
            }
            TrainingEvent::MovedToCpu { epoch } => TrainingAction::MovedToCpu(epoch),
            TrainingEvent::Unfinished { run } => TrainingAction::Unfinished(run),
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
}
