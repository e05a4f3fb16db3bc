//! A run: work of the engine that takes a while, such as an evaluation, from its start to its result or the reason why there is none.

use mien_protocol::Message;

/// Whether there is a run in progress. Who starts it keeps its result.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Run {
    /// There is none. The last one had a result, or it was read why it had none.
    #[default]
    Idle,
    /// There is one.
    Running(RunProgress),
    /// The last one ended without a result.
    Ended(RunFailure),
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunProgress {
    /// The run.
    pub run: u32,
    /// How much is done.
    pub done: u32,
    /// How much there is to do; 0 while that is not known.
    pub total: u32,
    /// Seconds since it began.
    pub seconds: f64,
}

/// Why a run ended without a result.
#[derive(Clone, Debug, PartialEq)]
pub enum RunFailure {
    /// It was cancelled by the user.
    Cancelled,
    /// The engine failed.
    Lost,
    /// Why it failed.
    Failed(Message),
}

/// What can happen to a run that has started.
pub enum RunAction {
    /// Its progress.
    Progress(RunProgress),
    /// A run was cancelled.
    Cancelled(u32),
    /// A run failed.
    Failed(u32, Message),
    /// The engine failed, and the run in progress is lost.
    Lost,
    /// The user dismissed the message that a run ended without a result.
    Dismiss,
}

impl RunProgress {
    /// The part that is done, 0 to 1; 0 while it is not known.
    pub fn share(&self) -> f64 {
        f64::from(self.done) / f64::from(self.total.max(1))
    }
}

impl Run {
    /// How far the run in progress is.
    pub const fn progress(&self) -> Option<&RunProgress> {
        if let Self::Running(progress) = self { Some(progress) } else { None }
    }

    /// Why the last run ended without a result.
    pub const fn failure(&self) -> Option<&RunFailure> {
        if let Self::Ended(failure) = self { Some(failure) } else { None }
    }

    /// Whether this run is in progress.
    pub fn is(&self, run: u32) -> bool {
        self.progress().is_some_and(|progress| progress.run == run)
    }

    /// Starts a run in place of any other; `total` is 0 while it is not known.
    pub fn start(&mut self, run: u32, total: u32) {
        *self = Self::Running(RunProgress { run, done: 0, total, seconds: 0.0 });
    }

    /// Ends a run, of which nothing is left to say. Returns whether it was in progress.
    pub fn finish(&mut self, run: u32) -> bool {
        let finished = self.is(run);
        if finished {
            *self = Self::Idle;
        }
        finished
    }

    /// Applies an action; those on another run than the one in progress change nothing.
    pub fn apply(&mut self, action: RunAction) {
        match action {
            RunAction::Progress(progress) if self.is(progress.run) => *self = Self::Running(progress),
            RunAction::Cancelled(run) if self.is(run) => *self = Self::Ended(RunFailure::Cancelled),
            RunAction::Failed(run, reason) if self.is(run) => *self = Self::Ended(RunFailure::Failed(reason)),
            RunAction::Lost if self.progress().is_some() => *self = Self::Ended(RunFailure::Lost),
            RunAction::Dismiss if self.failure().is_some() => *self = Self::Idle,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::message;

    fn progress(run: u32, done: u32) -> RunAction {
        RunAction::Progress(RunProgress { run, done, total: 4, seconds: 1.5 })
    }

    /// Run 1 after what happened.
    fn after(actions: impl IntoIterator<Item = RunAction>) -> Run {
        let mut run = Run::default();
        run.start(1, 0);
        actions.into_iter().for_each(|action| run.apply(action));
        run
    }

    #[test]
    fn a_run_has_a_progress_until_it_is_finished() {
        let mut run = after([]);
        assert_eq!(run, Run::Running(RunProgress { run: 1, done: 0, total: 0, seconds: 0.0 }));
        assert_eq!(run.progress().map(RunProgress::share), Some(0.0), "it is not known how much there is to do");
        run.apply(progress(1, 3));
        assert_eq!(run.progress(), Some(&RunProgress { run: 1, done: 3, total: 4, seconds: 1.5 }));
        assert_eq!(run.progress().map(RunProgress::share), Some(0.75));
        assert!(run.finish(1) && !run.finish(1), "once");
        assert_eq!(run, Run::Idle);
    }

    #[test]
    fn a_run_that_ends_early_says_why_until_that_is_read_or_another_starts() {
        for (action, failure) in [
            (RunAction::Cancelled(1), RunFailure::Cancelled),
            (RunAction::Failed(1, message("why")), RunFailure::Failed(message("why"))),
        ] {
            let mut run = after([action]);
            assert_eq!((run.failure(), run.progress()), (Some(&failure), None));
            assert!(!run.finish(1), "it has no result any more");
            run.apply(RunAction::Lost);
            assert_eq!(run.failure(), Some(&failure), "it was over before the engine was lost");
            run.apply(RunAction::Dismiss);
            assert_eq!(run, Run::Idle);
        }
        let mut run = after([RunAction::Lost]);
        assert_eq!(run.failure(), Some(&RunFailure::Lost));
        run.start(2, 9);
        assert_eq!((run.failure(), run.progress().map(|progress| progress.total)), (None, Some(9)));
        run.apply(RunAction::Dismiss);
        assert!(run.is(2), "the message that is dismissed was of another run");
    }

    #[test]
    fn what_comes_of_other_runs_changes_nothing() {
        let others = [progress(2, 3), RunAction::Cancelled(2), RunAction::Failed(2, message("why"))];
        assert_eq!(after(others), after([]));
        assert!(!after([]).finish(2));
        let mut idle = Run::default();
        [progress(1, 3), RunAction::Cancelled(1), RunAction::Lost, RunAction::Dismiss]
            .into_iter()
            .for_each(|action| idle.apply(action));
        assert_eq!(idle, Run::Idle);
    }
}
