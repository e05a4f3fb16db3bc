//! The runs that measured the network on spoilt images.

use std::rc::Rc;

use super::{End, Order};
use mien_core::vision::corruption::{Corruption, Family};
use mien_protocol::RobustnessOutcome;

/// What the table of a run shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// Accuracy.
    #[default]
    Accuracy,
    /// Macro F1.
    MacroF1,
    /// How much less the accuracy is than on clean images.
    Drop,
}

impl Measure {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::Accuracy, Self::MacroF1, Self::Drop];
}

/// The runs, and what the visitor does with them.
#[derive(Clone, Default, PartialEq)]
pub struct Labs {
    /// Families that the visitor does not want.
    pub left_out: Vec<Family>,
    /// The run under way.
    pub progress: Option<LabProgress>,
    /// Why the last run came to nothing, until the next.
    pub ended: Option<End>,
    /// Those that are over, oldest first.
    pub runs: Vec<Rc<LabRun>>,
    /// The run whose result shows.
    pub shown: Option<u32>,
    /// The run that it is compared with.
    pub against: Option<u32>,
    /// The run that was removed last, and its place.
    pub removed: Option<(usize, Rc<LabRun>)>,
    /// What the table shows.
    pub measure: Measure,
}

/// The run under way.
#[derive(Clone, Debug, PartialEq)]
pub struct LabProgress {
    /// The run.
    pub run: u32,
    /// What was asked for.
    pub order: Rc<Order>,
    /// When it began, for reading.
    pub time: String,
    /// Readings done.
    pub done: u32,
    /// Readings in all.
    pub total: u32,
    /// Seconds since it began.
    pub seconds: f64,
}

/// A run that is over.
#[derive(Debug)]
pub struct LabRun {
    /// Tells it apart from others.
    pub id: u32,
    /// When it began, for reading.
    pub time: String,
    /// What was asked for.
    pub order: Rc<Order>,
    /// What was found.
    pub outcome: RobustnessOutcome,
}

/// A run never changes.
impl PartialEq for LabRun {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// What can happen to the runs.
pub enum LabAction {
    /// The visitor wants a family, or does not.
    Want(Family, bool),
    /// A run begins: its id, what was asked for, when.
    Started(u32, Rc<Order>, String),
    /// How far a run is: readings done, in all, seconds.
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
    /// The visitor wants it beside another, or no more.
    Against(Option<u32>),
    /// The visitor wants a run away.
    Remove(u32),
    /// And wants it back.
    Restore,
    /// The visitor wants the table to show something else.
    Measure(Measure),
}

impl Labs {
    /// What the visitor wants the images spoilt with.
    pub fn corruptions(&self) -> Vec<Corruption> {
        Corruption::ALL.into_iter().filter(|corruption| !self.left_out.contains(&corruption.family())).collect()
    }

    /// The run whose result shows.
    pub fn shown(&self) -> Option<&Rc<LabRun>> {
        self.find(self.shown)
    }

    /// The run that it is compared with.
    pub fn against(&self) -> Option<&Rc<LabRun>> {
        self.find(self.against).filter(|run| Some(run.id) != self.shown)
    }

    fn find(&self, id: Option<u32>) -> Option<&Rc<LabRun>> {
        self.runs.iter().find(|run| Some(run.id) == id)
    }

    /// Changes with what happened.
    pub fn apply(&mut self, action: LabAction) {
        match action {
            LabAction::Want(family, wanted) => {
                self.left_out.retain(|left_out| *left_out != family);
                if !wanted {
                    self.left_out.push(family);
                }
            }
            LabAction::Started(run, order, time) => {
                self.ended = None;
                self.progress = Some(LabProgress { run, order, time, done: 0, total: 0, seconds: 0.0 });
            }
            LabAction::Progress(run, done, total, seconds) => {
                if let Some(progress) = self.progress.as_mut().filter(|progress| progress.run == run) {
                    (progress.done, progress.total, progress.seconds) = (done, total, seconds);
                }
            }
            LabAction::Done(id, outcome) => {
                if let Some(LabProgress { order, time, .. }) = self.progress.take_if(|progress| progress.run == id) {
                    self.against = self.shown;
                    self.shown = Some(id);
                    self.runs.push(Rc::new(LabRun { id, time, order, outcome: *outcome }));
                }
            }
            LabAction::Ended(run, end) => {
                if self.progress.take_if(|progress| progress.run == run).is_some() {
                    self.ended = Some(end);
                }
            }
            LabAction::Lost => {
                if self.progress.take().is_some() {
                    self.ended = Some(End::Lost);
                }
            }
            LabAction::Dismiss => self.ended = None,
            LabAction::Show(run) => {
                if self.against == Some(run) {
                    self.against = self.shown;
                }
                self.shown = Some(run);
            }
            LabAction::Against(run) => self.against = run,
            LabAction::Remove(run) => {
                if let Some(place) = self.runs.iter().position(|each| each.id == run) {
                    self.removed = Some((place, self.runs.remove(place)));
                    if self.shown == Some(run) {
                        self.shown = self.runs.last().map(|run| run.id);
                    }
                }
            }
            LabAction::Restore => {
                if let Some((place, run)) = self.removed.take() {
                    self.shown.get_or_insert(run.id);
                    self.runs.insert(place.min(self.runs.len()), run);
                }
            }
            LabAction::Measure(measure) => self.measure = measure,
        }
    }
}
