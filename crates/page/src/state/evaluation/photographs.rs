//! The measurement of the network on labelled photographs.

use std::rc::Rc;

use crate::state::{Run, RunAction};
use mien_protocol::PhotographsOutcome;

/// The measurement of the network on labelled photographs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Photographs {
    /// The run in progress, of photographs, whose number is not known until the table is read.
    pub current: Run,
    /// The result of the last run that had one.
    pub outcome: Option<Rc<PhotographsOutcome>>,
}

/// What can happen to the measurement.
pub enum PhotographsAction {
    /// A run starts.
    Started(u32),
    /// The run in progress.
    Run(RunAction),
    /// A run is finished.
    Done(u32, Box<PhotographsOutcome>),
}

impl Photographs {
    /// Applies an action.
    pub fn apply(&mut self, action: PhotographsAction) {
        match action {
            PhotographsAction::Started(run) => self.current.start(run, 0),
            PhotographsAction::Run(action) => self.current.apply(action),
            PhotographsAction::Done(run, outcome) => {
                if self.current.finish(run) {
                    self.outcome = Some(Rc::from(outcome));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::photographs;
    use crate::state::RunFailure;

    fn done(run: u32) -> PhotographsAction {
        PhotographsAction::Done(run, Box::new(photographs()))
    }

    #[test]
    fn a_result_stays_until_the_next_one() {
        let mut state = Photographs::default();
        state.apply(PhotographsAction::Started(1));
        state.apply(done(2));
        assert!(state.current.is(1) && state.outcome.is_none(), "the result of another run");
        state.apply(done(1));
        assert!(state.current == Run::Idle && state.outcome.is_some());
        state.apply(PhotographsAction::Started(2));
        state.apply(PhotographsAction::Run(RunAction::Lost));
        assert!(state.current.failure() == Some(&RunFailure::Lost) && state.outcome.is_some());
    }
}
