//! Measuring the network.

use super::Controller;
use crate::app::state::{Action, EvaluationAction};
use crate::engine::protocol::EvaluationEvent;

impl Controller {
    /// The engine is a new one: runs that were under way are over.
    pub(super) fn end_evaluations(&self) {}

    pub(super) fn on_evaluation(&self, event: EvaluationEvent) {
        if let EvaluationEvent::Done { evaluation, .. } = event {
            self.dispatch(Action::Evaluation(EvaluationAction::Done(evaluation)));
        }
    }
}
