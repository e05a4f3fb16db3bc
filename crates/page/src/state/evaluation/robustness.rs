//! The robustness tests: evaluations on corrupted images.

use std::rc::Rc;

use super::{End, EvaluationRequest};
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
    /// How much less the accuracy is than on clean images.
    Drop,
}

impl TableMetric {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Accuracy, Self::MacroF1, Self::Drop];
}

/// The runs, and what the visitor does with them.
#[derive(Clone, Default, PartialEq)]
pub struct Robustness {
    /// Families of corruptions that the visitor excluded.
    pub excluded: Vec<Family>,
    /// The run under way.
    pub progress: Option<RobustnessProgress>,
    /// Why the last run came to nothing, until the next.
    pub ended: Option<End>,
    /// Those that are over, oldest first.
    pub runs: Vec<Rc<RobustnessRun>>,
    /// The run whose result shows.
    pub shown: Option<u32>,
    /// The run that it is compared with.
    pub compared_with: Option<u32>,
    /// The run that was removed last, and its place.
    pub removed: Option<(usize, Rc<RobustnessRun>)>,
    /// What the table shows.
    pub metric: TableMetric,
}

/// The run under way.
#[derive(Clone, Debug, PartialEq)]
pub struct RobustnessProgress {
    /// The run.
    pub run: u32,
    /// What was asked for.
    pub request: Rc<EvaluationRequest>,
    /// When it began, for reading.
    pub time: String,
    /// Predictions made.
    pub done: u32,
    /// Predictions to make.
    pub total: u32,
    /// Seconds since it began.
    pub seconds: f64,
}

/// A run that is over.
#[derive(Debug)]
pub struct RobustnessRun {
    /// Tells it apart from others.
    pub id: u32,
    /// When it began, for reading.
    pub time: String,
    /// What was asked for.
    pub request: Rc<EvaluationRequest>,
    /// What was found.
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
    /// A run begins: its id, what was asked for, when.
    Started(u32, Rc<EvaluationRequest>, String),
    /// How far a run is: predictions made, predictions to make, seconds.
    Progress(u32, u32, u32, f64),
    /// A run is over.
    Done(u32, Box<RobustnessOutcome>),
    /// A run came to nothing.
    Ended(u32, End),
    /// Whatever is under way is lost with its engine.
    Lost,
    /// The visitor has read why a run came to nothing.
    Dismiss,
    /// The visitor wants to see a run.
    Show(u32),
    /// The visitor compares it with another run, or with none.
    CompareWith(Option<u32>),
    /// The visitor wants a run away.
    Remove(u32),
    /// And wants it back.
    Restore,
    /// The visitor wants the table to show something else.
    Metric(TableMetric),
}

impl Robustness {
    /// The corruptions of all families that are not excluded.
    pub fn corruptions(&self) -> Vec<Corruption> {
        Corruption::ALL.into_iter().filter(|corruption| !self.excluded.contains(&corruption.family())).collect()
    }

    /// The run whose result shows.
    pub fn shown(&self) -> Option<&Rc<RobustnessRun>> {
        self.find(self.shown)
    }

    /// The run that it is compared with.
    pub fn compared_with(&self) -> Option<&Rc<RobustnessRun>> {
        self.find(self.compared_with).filter(|run| Some(run.id) != self.shown)
    }

    fn find(&self, id: Option<u32>) -> Option<&Rc<RobustnessRun>> {
        self.runs.iter().find(|run| Some(run.id) == id)
    }

    /// Changes with what happened.
    pub fn apply(&mut self, action: RobustnessAction) {
        match action {
            RobustnessAction::Include(family, included) => {
                self.excluded.retain(|excluded| *excluded != family);
                if !included {
                    self.excluded.push(family);
                }
            }
            RobustnessAction::Started(run, request, time) => {
                self.ended = None;
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
            RobustnessAction::Ended(run, end) => {
                if self.progress.take_if(|progress| progress.run == run).is_some() {
                    self.ended = Some(end);
                }
            }
            RobustnessAction::Lost => {
                if self.progress.take().is_some() {
                    self.ended = Some(End::Lost);
                }
            }
            RobustnessAction::Dismiss => self.ended = None,
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
