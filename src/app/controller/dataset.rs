//! Sets of images: loaded, changed, kept.

use wasm_bindgen::JsValue;
use web_sys::File;

use super::Controller;
use crate::app::state::{Action, DatasetAction};
use crate::engine::protocol::{Command, DatasetCommand, DatasetEvent};

impl Controller {
    /// Loads a set from a file.
    pub fn load_set(&self, file: &File) {
        let command = Command::Dataset(DatasetCommand::Load { name: file.name(), paths: Vec::new() });
        self.send(|engine| engine.send_files(&command, std::slice::from_ref(file)));
    }

    /// The engine is a new one: what was loaded is to be loaded again.
    pub(super) fn reload_sets(&self) {}

    pub(super) fn on_dataset(&self, event: DatasetEvent, _beside: &JsValue) {
        match event {
            DatasetEvent::Loaded { summary } => self.dispatch(Action::Dataset(DatasetAction::Loaded(*summary))),
            DatasetEvent::Explored { set, exploration } => {
                self.dispatch(Action::Dataset(DatasetAction::Explored(set, *exploration)));
            }
            DatasetEvent::Closed { set } => self.dispatch(Action::Dataset(DatasetAction::Closed(set))),
            _ => {}
        }
    }
}
