//! The robustness tests: evaluations on corrupted images.

use std::rc::Rc;

use super::{EvaluationRequest, RunFailure};
use mien_core::vision::corruption::{Corruption, Family};
use mien_protocol::RobustnessOutcome;

/// What the table of a run shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TableMetric {
    /// Accuracy.
    #[default]
    Accuracy,
    /// Macro F1.
    MacroF1,
    /// The accuracy on clean images minus the accuracy.
    Drop,
}

impl TableMetric {
    /// All options, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Accuracy, Self::MacroF1, Self::Drop];
}

/// The robustness tests, and user actions on them.
#[derive(Clone, Default, PartialEq)]
pub struct Robustness {
    /// Families of corruptions that the visitor excluded.
    pub excluded: Vec<Family>,
    /// The run in progress.
    pub progress: Option<RobustnessProgress>,
    /// Why the last run ended without a result, until the next one starts.
    pub failure: Option<RunFailure>,
    /// The finished runs, oldest first.
    pub runs: Vec<Rc<RobustnessRun>>,
    /// The run that is shown.
    pub shown: Option<u32>,
    /// The run to compare it with.
    pub compared_with: Option<u32>,
    /// The run that was removed last, and its index.
    pub removed: Option<(usize, Rc<RobustnessRun>)>,
    /// What the table shows.
    pub metric: TableMetric,
}

/// The run in progress.
#[derive(Clone, Debug, PartialEq)]
pub struct RobustnessProgress {
    /// The run.
    pub run: u32,
    /// What was requested.
    pub request: Rc<EvaluationRequest>,
    /// Start time, formatted for display.
    pub time: String,
    /// Number of finished predictions.
    pub done: u32,
    /// Total number of predictions.
    pub total: u32,
    /// Seconds since it began.
    pub seconds: f64,
}

/// A finished run.
#[derive(Debug)]
pub struct RobustnessRun {
    /// A unique number.
    pub id: u32,
    /// Start time, formatted for display.
    pub time: String,
    /// What was requested.
    pub request: Rc<EvaluationRequest>,
    /// The result.
    pub outcome: RobustnessOutcome,
}

/// A run never changes.
impl PartialEq for RobustnessRun {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// What can happen to the runs.
pub enum RobustnessAction {
    /// The visitor includes a family of corruptions (`true`) or excludes it.
    Include(Family, bool),
    /// A run starts: its id, request, and start time.
    Started(u32, Rc<EvaluationRequest>, String),
    /// The progress of a run: finished predictions, total predictions, seconds.
    Progress(u32, u32, u32, f64),
    /// A run is finished.
    Done(u32, Box<RobustnessOutcome>),
    /// A run was cancelled or failed.
    Ended(u32, RunFailure),
    /// The engine failed, and the run in progress is lost.
    Lost,
    /// The user dismissed the message that a run ended without a result.
    Dismiss,
    /// The user selects a run.
    Show(u32),
    /// The user selects a run to compare with, or none.
    CompareWith(Option<u32>),
    /// The user removes a run.
    Remove(u32),
    /// The user restores the run that was removed last.
    Restore,
    /// The user changes what the table shows.
    Metric(TableMetric),
}

impl Robustness {
    /// The corruptions of all families that are not excluded.
    pub fn corruptions(&self) -> Vec<Corruption> {
        Corruption::ALL.into_iter().filter(|corruption| !self.excluded.contains(&corruption.family())).collect()
    }

    /// The run that is shown.
    pub fn shown(&self) -> Option<&Rc<RobustnessRun>> {
        self.find(self.shown)
    }

    /// The run to compare it with.
    pub fn compared_with(&self) -> Option<&Rc<RobustnessRun>> {
        self.find(self.compared_with).filter(|run| Some(run.id) != self.shown)
    }

    fn find(&self, id: Option<u32>) -> Option<&Rc<RobustnessRun>> {
        self.runs.iter().find(|run| Some(run.id) == id)
    }

    /// Applies an action.
    pub fn apply(&mut self, action: RobustnessAction) {
        match action {
            RobustnessAction::Include(family, included) => {
                self.excluded.retain(|excluded| *excluded != family);
                if !included {
                    self.excluded.push(family);
                }
            }
            RobustnessAction::Started(run, request, time) => {
                self.failure = None;
                self.progress = Some(RobustnessProgress { run, request, time, done: 0, total: 0, seconds: 0.0 });
            }
            RobustnessAction::Progress(run, done, total, seconds) => {
                if let Some(progress) = self.progress.as_mut().filter(|progress| progress.run == run) {
                    (progress.done, progress.total, progress.seconds) = (done, total, seconds);
                }
            }
            RobustnessAction::Done(id, outcome) => {
                if let Some(RobustnessProgress { request, time, .. }) =
                    self.progress.take_if(|progress| progress.run == id)
                {
                    self.compared_with = self.shown;
                    self.shown = Some(id);
                    self.runs.push(Rc::new(RobustnessRun { id, time, request, outcome: *outcome }));
                }
            }
            RobustnessAction::Ended(run, failure) => {
                if self.progress.take_if(|progress| progress.run == run).is_some() {
                    self.failure = Some(failure);
                }
            }
            RobustnessAction::Lost => {
                if self.progress.take().is_some() {
                    self.failure = Some(RunFailure::Lost);
                }
            }
            RobustnessAction::Dismiss => self.failure = None,
            RobustnessAction::Show(run) => {
                if self.compared_with == Some(run) {
                    self.compared_with = self.shown;
                }
                self.shown = Some(run);
            }
            RobustnessAction::CompareWith(run) => self.compared_with = run,
            RobustnessAction::Remove(run) => {
                if let Some(place) = self.runs.iter().position(|each| each.id == run) {
                    self.removed = Some((place, self.runs.remove(place)));
                    if self.shown == Some(run) {
                        self.shown = self.runs.last().map(|run| run.id);
                    }
                }
            }
            RobustnessAction::Restore => {
                if let Some((place, run)) = self.removed.take() {
                    self.shown.get_or_insert(run.id);
                    self.runs.insert(place.min(self.runs.len()), run);
                }
            }
            RobustnessAction::Metric(metric) => self.metric = metric,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{happy, robustness};
    use crate::state::Ensemble;

    fn request() -> Rc<EvaluationRequest> {
        Rc::new(EvaluationRequest {
            set: Rc::new(happy(1, 2)),
            samples: vec![0, 1],
            split: "Training".into(),
            ensemble: Ensemble::default(),
        })
    }

    fn started(run: u32) -> RobustnessAction {
        RobustnessAction::Started(run, request(), "10:00".into())
    }

    fn done(run: u32) -> RobustnessAction {
        RobustnessAction::Done(run, Box::new(robustness(&[(Corruption::Blur, [0.5; 6])])))
    }

    fn after(actions: impl IntoIterator<Item = RobustnessAction>) -> Robustness {
        let mut tests = Robustness::default();
        actions.into_iter().for_each(|action| tests.apply(action));
        tests
    }

    fn two_runs() -> Robustness {
        after([started(1), done(1), started(2), done(2)])
    }

    #[test]
    fn families_are_excluded_and_included_again() {
        assert_eq!(Robustness::default().corruptions(), Corruption::ALL);
        let tests = after([
            RobustnessAction::Include(Family::Light, false),
            RobustnessAction::Include(Family::Light, false),
            RobustnessAction::Include(Family::Quality, false),
            RobustnessAction::Include(Family::Quality, true),
        ]);
        assert_eq!(tests.excluded, [Family::Light]);
        assert!(tests.corruptions().iter().all(|corruption| corruption.family() != Family::Light));
        let none = after(Family::ALL.map(|family| RobustnessAction::Include(family, false)));
        assert!(none.corruptions().is_empty());
    }

    #[test]
    fn a_run_shows_when_it_is_over_beside_the_one_before() {
        let tests = two_runs();
        assert_eq!((tests.runs.len(), tests.shown, tests.compared_with), (2, Some(2), Some(1)));
        assert_eq!(tests.compared_with().map(|run| run.id), Some(1));
        assert!(tests.progress.is_none());
        assert_eq!(tests.runs[0].time, "10:00");
    }

    #[test]
    fn messages_of_other_runs_change_nothing() {
        let tests = after([
            started(2),
            RobustnessAction::Progress(1, 5, 9, 1.0),
            done(1),
            RobustnessAction::Ended(1, RunFailure::Lost),
        ]);
        let progress = tests.progress.unwrap();
        assert_eq!((progress.run, progress.done, progress.total), (2, 0, 0));
        assert!(tests.runs.is_empty() && tests.failure.is_none());
        let tests = after([started(2), RobustnessAction::Progress(2, 5, 9, 1.5)]);
        assert_eq!(tests.progress.map(|progress| (progress.done, progress.total, progress.seconds)), Some((5, 9, 1.5)));
        assert!(after([done(3)]).runs.is_empty(), "nothing was started");
    }

    #[test]
    fn a_run_that_ends_early_says_why_until_the_next() {
        let cancelled = after([started(1), RobustnessAction::Ended(1, RunFailure::Cancelled)]);
        assert_eq!((cancelled.failure, cancelled.progress), (Some(RunFailure::Cancelled), None));
        assert_eq!(after([started(1), RobustnessAction::Lost]).failure, Some(RunFailure::Lost));
        assert_eq!(after([RobustnessAction::Lost]).failure, None, "nothing was under way");
        assert_eq!(after([started(1), RobustnessAction::Lost, RobustnessAction::Dismiss]).failure, None);
        assert_eq!(after([started(1), RobustnessAction::Lost, started(2)]).failure, None);
    }

    #[test]
    fn showing_the_compared_run_swaps_the_two() {
        let mut tests = two_runs();
        tests.apply(RobustnessAction::Show(1));
        assert_eq!((tests.shown, tests.compared_with), (Some(1), Some(2)));
        tests.apply(RobustnessAction::CompareWith(Some(1)));
        assert!(tests.compared_with().is_none(), "a run is not compared with itself");
        tests.apply(RobustnessAction::CompareWith(None));
        assert!(tests.compared_with().is_none());
        tests.apply(RobustnessAction::Metric(TableMetric::Drop));
        assert_eq!(tests.metric, TableMetric::Drop);
    }

    #[test]
    fn a_removed_run_comes_back_to_its_place() {
        let mut tests = two_runs();
        tests.apply(RobustnessAction::Remove(1));
        assert_eq!((tests.shown, tests.compared_with().is_some()), (Some(2), false));
        tests.apply(RobustnessAction::Restore);
        assert_eq!(tests.runs.iter().map(|run| run.id).collect::<Vec<_>>(), [1, 2]);
        assert!(tests.removed.is_none());
        tests.apply(RobustnessAction::Restore);
        tests.apply(RobustnessAction::Remove(9));
        assert_eq!(tests.runs.len(), 2, "nothing to bring back, nothing to remove");
        tests.apply(RobustnessAction::Remove(2));
        assert_eq!(tests.shown, Some(1), "the newest that is left");
        tests.apply(RobustnessAction::Remove(1));
        assert!(tests.shown().is_none());
        tests.apply(RobustnessAction::Restore);
        assert_eq!(tests.shown, Some(1));
    }
}
