//! The robustness tests: evaluations on corrupted images.

use std::rc::Rc;

use super::EvaluationRequest;
use crate::state::{Run, RunAction};
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
    /// The run in progress, of predictions.
    pub current: Run,
    /// What the last run was asked for, and its start time, formatted for display, until there is a result.
    pub asked: Option<(Rc<EvaluationRequest>, String)>,
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
    /// The run in progress.
    Run(RunAction),
    /// A run is finished.
    Done(u32, Box<RobustnessOutcome>),
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
                self.current.start(run, 0);
                self.asked = Some((request, time));
            }
            RobustnessAction::Run(action) => self.current.apply(action),
            RobustnessAction::Done(id, outcome) => {
                if self.current.finish(id)
                    && let Some((request, time)) = self.asked.take()
                {
                    self.compared_with = self.shown;
                    self.shown = Some(id);
                    self.runs.push(Rc::new(RobustnessRun { id, time, request, outcome: *outcome }));
                }
            }
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
    use crate::state::{Ensemble, RunFailure};

    fn request() -> Rc<EvaluationRequest> {
        Rc::new(EvaluationRequest {
            set: Rc::new(happy(1, 2)),
            samples: vec![0, 1],
            split: "Training".into(),
            ensemble: Ensemble::default(),
            title: "mine: Training".into(),
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
        assert!(tests.current.progress().is_none());
        assert_eq!(tests.runs[0].time, "10:00");
    }

    #[test]
    fn results_of_other_runs_are_ignored() {
        let tests = after([started(2), done(1)]);
        assert!(tests.runs.is_empty() && tests.current.is(2));
        assert!(after([done(3)]).runs.is_empty(), "nothing was started");
        let lost = || RobustnessAction::Run(RunAction::Lost);
        let late = after([started(1), lost(), done(1)]);
        assert!(late.runs.is_empty() && late.current.failure() == Some(&RunFailure::Lost));
        assert_eq!(after([started(1), lost(), started(2), done(2)]).runs.len(), 1);
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
