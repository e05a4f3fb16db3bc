//! Training a network, and the networks to choose from.

use wasm_bindgen::JsValue;

use super::Controller;
use crate::app::state::{Action, TrainingAction};
use crate::engine::protocol::{NetworkEvent, TrainingEvent};

impl Controller {
    /// The engine is a new one: a run that was under way is over, and can go on from its checkpoint.
    pub(super) fn end_training(&self) {}

    pub(super) fn on_training(&self, event: TrainingEvent, _beside: &JsValue) {
        if let TrainingEvent::Began { plan } = event {
            self.dispatch(Action::Training(TrainingAction::Began(plan)));
        }
    }

    pub(super) fn on_network(&self, event: NetworkEvent, _beside: &JsValue) {
        if let NetworkEvent::Networks { networks, used } = event {
            self.dispatch(Action::Training(TrainingAction::Networks(networks, used)));
        }
    }
}
