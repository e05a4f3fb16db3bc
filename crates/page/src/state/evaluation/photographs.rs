//! The measurement of the network on labelled photographs.

use std::rc::Rc;

use super::RunFailure;
use mien_protocol::{PhotographsEvent, PhotographsOutcome};

/// The measurement of the network on labelled photographs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Photographs {
    /// The run in progress.
    pub progress: Option<PhotographsProgress>,
    /// Why the last run ended without a result, until the next one starts.
    pub failure: Option<RunFailure>,
    /// The result of the last run that had one.
    pub outcome: Option<Rc<PhotographsOutcome>>,
}

/// The run in progress.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PhotographsProgress {
    /// The run.
    pub run: u32,
    /// Number of measured photographs.
    pub done: u32,
    /// Number of photographs; 0 until the table is read.
    pub total: u32,
    /// Seconds since it began.
    pub seconds: f64,
}

/// What can happen to the measurement.
pub enum PhotographsAction {
    /// A run starts.
    Started(u32),
    /// An event of the engine.
    Event(PhotographsEvent),
    /// The engine failed, and the run in progress is lost.
    Lost,
    /// The user dismissed the message that a run ended without a result.
    Dismiss,
}

impl Photographs {
    /// Applies an action.
    pub fn apply(&mut self, action: PhotographsAction) {
        match action {
            PhotographsAction::Started(run) => {
                self.failure = None;
                self.progress = Some(PhotographsProgress { run, ..PhotographsProgress::default() });
            }
            PhotographsAction::Event(PhotographsEvent::Progress { run, done, total, seconds }) => {
                if let Some(progress) = self.progress.as_mut().filter(|progress| progress.run == run) {
                    *progress = PhotographsProgress { run, done, total, seconds };
                }
            }
            PhotographsAction::Event(PhotographsEvent::Done { run, outcome }) => {
                if self.end(run) {
                    self.outcome = Some(Rc::from(outcome));
                }
            }
            PhotographsAction::Event(PhotographsEvent::Failed { run, reason }) => {
                if self.end(run) {
                    self.failure = Some(RunFailure::Failed(reason));
                }
            }
            PhotographsAction::Event(PhotographsEvent::Cancelled { run }) => {
                if self.end(run) {
                    self.failure = Some(RunFailure::Cancelled);
                }
            }
            PhotographsAction::Lost => {
                if self.progress.take().is_some() {
                    self.failure = Some(RunFailure::Lost);
                }
            }
            PhotographsAction::Dismiss => self.failure = None,
        }
    }

    /// Ends the run in progress, if it is this one.
    fn end(&mut self, run: u32) -> bool {
        self.progress.take_if(|progress| progress.run == run).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{message, photographs};

    fn after(events: impl IntoIterator<Item = PhotographsEvent>) -> Photographs {
        let mut state = Photographs::default();
        state.apply(PhotographsAction::Started(1));
        events.into_iter().for_each(|event| state.apply(PhotographsAction::Event(event)));
        state
    }

    fn done(run: u32) -> PhotographsEvent {
        PhotographsEvent::Done { run, outcome: Box::new(photographs()) }
    }

    fn failed(run: u32) -> PhotographsEvent {
        PhotographsEvent::Failed { run, reason: message("why") }
    }

    #[test]
    fn a_result_stays_until_the_next_one() {
        let mut state = after([PhotographsEvent::Progress { run: 1, done: 2, total: 3, seconds: 4.0 }]);
        assert_eq!(state.progress, Some(PhotographsProgress { run: 1, done: 2, total: 3, seconds: 4.0 }));
        state.apply(PhotographsAction::Event(done(1)));
        assert!(state.progress.is_none() && state.outcome.is_some());
        state.apply(PhotographsAction::Started(2));
        state.apply(PhotographsAction::Event(failed(2)));
        assert_eq!(state.failure, Some(RunFailure::Failed(message("why"))));
        assert!(state.progress.is_none() && state.outcome.is_some());
        state.apply(PhotographsAction::Dismiss);
        assert_eq!(state.failure, None);
    }

    #[test]
    fn events_of_other_runs_are_ignored() {
        let stale = [
            PhotographsEvent::Progress { run: 2, done: 1, total: 3, seconds: 1.0 },
            done(2),
            failed(2),
            PhotographsEvent::Cancelled { run: 2 },
        ];
        assert_eq!(after(stale), after([]));
    }

    #[test]
    fn a_run_that_ends_early_says_why() {
        assert_eq!(after([PhotographsEvent::Cancelled { run: 1 }]).failure, Some(RunFailure::Cancelled));
        let mut lost = after([]);
        lost.apply(PhotographsAction::Lost);
        assert_eq!((lost.failure, lost.progress), (Some(RunFailure::Lost), None));
        let mut idle = Photographs::default();
        idle.apply(PhotographsAction::Lost);
        assert_eq!(idle, Photographs::default());
    }
}
