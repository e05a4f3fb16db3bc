//! The runs that measured a network.

use std::rc::Rc;

use crate::evaluation::Evaluation;

/// The runs so far.
#[derive(Clone, Default, PartialEq)]
pub struct Evaluations {
    /// Those that are over, oldest first.
    pub done: Vec<Rc<Evaluation>>,
}

/// What can happen to the runs.
pub enum EvaluationAction {
    /// A run is over.
    Done(Box<Evaluation>),
}

impl Evaluations {
    /// Changes with what happened.
    pub fn apply(&mut self, action: EvaluationAction) {
        match action {
            EvaluationAction::Done(evaluation) => self.done.push(Rc::from(evaluation)),
        }
    }
}
