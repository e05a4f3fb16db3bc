//! The run that trains a network, how the next one is to go, and the networks to choose from.

mod run;

use std::rc::Rc;

use mien_core::network::Offer;
use mien_core::training::{CrossReport, EpochRecord, FoldRecord};
use mien_protocol::{NetworkEntry, NetworkId, Outcome, Plan, Progress, StoredRun};

pub use crate::draft::{Draft, DraftAction, DraftContext, FieldText, InvalidValue, NumericSetting, Range};
pub use run::{Phase, Stored, TrainingRun};

/// Training and the networks.
#[derive(Clone, Default, PartialEq)]
pub struct Training {
    /// The draft of the next training run.
    pub draft: Draft,
    /// The run or cross-validation that is under way, or the last one.
    pub run: Option<TrainingRun>,
    /// Whether a run was asked for that has not begun yet.
    pub starting: bool,
    /// Why none began.
    pub failure: Option<Rc<str>>,
    /// The run that an earlier visit left unfinished.
    pub unfinished: Option<StoredRun>,
    /// Whether a run is only in the page's memory, as this device does not store it.
    pub memory_only: bool,
    /// What the last cross-validation has found so far.
    pub cross: Option<Rc<CrossReport>>,
    /// Images as they are, and as training would see them: 48×48 grey bytes each.
    pub preview: [Rc<[u8]>; 2],
    /// The networks to choose from.
    pub networks: Rc<Vec<NetworkEntry>>,
    /// The active one.
    pub active: NetworkId,
    /// The networks that can be downloaded.
    pub offers: Rc<Vec<Offer>>,
    /// The network that is being downloaded, by its file, and how much of it has arrived, 0 to 1.
    pub downloading: Option<(Rc<str>, f32)>,
    /// The one that was deleted last, and can be brought back.
    pub deleted: Option<(NetworkId, Rc<str>)>,
}

/// What can happen to the run and the networks.
pub enum TrainingAction {
    /// A run is asked for.
    Starting,
    /// A run begins.
    Began(Box<Plan>),
    /// Some steps more, and their mean loss.
    Step(Progress, f32),
    /// An epoch is over, and whether it is the best.
    Epoch(Box<EpochRecord>, bool),
    /// The run was stored, or why not.
    Stored(Option<String>),
    /// Whether a run is only in the page's memory.
    MemoryOnly(bool),
    /// The run is to pause.
    Pausing,
    /// The run pauses.
    Paused,
    /// The run goes on.
    Resumed,
    /// The run is over, and which epoch was the best.
    Over(Outcome, Option<u32>),
    /// Nothing was begun, or the device failed.
    Failed(String),
    /// The run goes on from a checkpoint on the CPU.
    MovedToCpu(u32),
    /// The engine is a new one, so nothing is under way.
    Crashed,
    /// The run that was left unfinished.
    Unfinished(Option<StoredRun>),
    /// A fold is over, of so many.
    Fold(Box<FoldRecord>, u32),
    /// A cross-validation is over.
    Validated(Box<CrossReport>),
    /// Images as they are (`false`), or as training would see them.
    Preview(bool, Vec<u8>),
    /// Which network classifies on the Live page: the one in training (`true`), or the active one.
    Show(bool),
    /// The library.
    Networks(Vec<NetworkEntry>, NetworkId),
    /// The networks that can be downloaded.
    Offers(Vec<Offer>),
    /// The progress of the download; `None` once it is over.
    Downloading(Option<(String, f32)>),
    /// A network was deleted; `None` once it is back.
    Deleted(Option<(NetworkId, String)>),
}

impl Training {
    /// Whether a run is under way, be it paused.
    pub fn is_live(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.phase.is_live())
    }

    /// The name of the active network.
    pub fn active_name(&self) -> Option<Rc<str>> {
        self.networks.iter().find(|network| network.id == self.active).map(|network| network.name.as_str().into())
    }

    /// Whether closing the tab would lose what was learned since the last checkpoint, or all of it.
    pub fn would_lose(&self) -> bool {
        self.memory_only
            || self.run.as_ref().is_some_and(|run| match run.phase {
                Phase::Running | Phase::Pausing => true,
                Phase::Paused => run.stored != Stored::Yes,
                Phase::Over(_) | Phase::Failed(_) | Phase::Crashed => false,
            })
    }

    /// Changes with what happened.
    pub fn apply(&mut self, action: TrainingAction) {
        match action {
            TrainingAction::Starting => (self.starting, self.failure) = (true, None),
            TrainingAction::Began(plan) => self.begin(*plan),
            TrainingAction::Failed(reason) => self.fail(reason.into()),
            TrainingAction::Crashed => {
                self.starting = false;
                (self.deleted, self.downloading) = (None, None);
                if let Some(run) = self.run.as_mut().filter(|run| run.phase.is_live()) {
                    run.end(Phase::Crashed);
                }
            }
            TrainingAction::Unfinished(run) => self.unfinished = run,
            TrainingAction::MemoryOnly(memory_only) => self.memory_only = memory_only,
            TrainingAction::Validated(report) => {
                self.cross = Some(Rc::from(report));
                if let Some(run) = &mut self.run {
                    let whole = self.cross.as_ref().is_some_and(|report| report.records.len() == report.folds);
                    run.end(Phase::Over(if whole { Outcome::Finished } else { Outcome::Cancelled }));
                }
            }
            TrainingAction::Preview(changed, pixels) => self.preview[usize::from(changed)] = pixels.into(),
            TrainingAction::Networks(networks, active) => (self.networks, self.active) = (Rc::new(networks), active),
            TrainingAction::Offers(offers) => self.offers = Rc::new(offers),
            TrainingAction::Downloading(downloading) => {
                self.downloading = downloading.map(|(file, share)| (file.into(), share));
            }
            TrainingAction::Deleted(network) => self.deleted = network.map(|(id, name)| (id, name.into())),
            TrainingAction::Fold(record, folds) => self.add_fold(*record, folds as usize),
            TrainingAction::Step(..)
            | TrainingAction::Epoch(..)
            | TrainingAction::Stored(_)
            | TrainingAction::Pausing
            | TrainingAction::Paused
            | TrainingAction::Resumed
            | TrainingAction::Over(..)
            | TrainingAction::MovedToCpu(_)
            | TrainingAction::Show(_) => {
                if let Some(run) = &mut self.run {
                    run.apply(action);
                }
            }
        }
    }

    fn begin(&mut self, plan: Plan) {
        (self.starting, self.failure, self.unfinished) = (false, None, None);
        if plan.folds > 0 {
            self.cross = None;
        }
        self.run = Some(TrainingRun::new(plan));
    }

    fn fail(&mut self, reason: Rc<str>) {
        self.starting = false;
        match self.run.as_mut().filter(|run| run.phase.is_live()) {
            Some(run) => run.end(Phase::Failed(reason)),
            None => self.failure = Some(reason),
        }
    }

    fn add_fold(&mut self, record: FoldRecord, folds: usize) {
        let Some(run) = &self.run else { return };
        let mut records = self.cross.as_ref().map(|report| report.records.clone()).unwrap_or_default();
        records.push(record);
        self.cross = Some(Rc::new(CrossReport::new(run.plan.settings.clone(), folds, records)));
    }
}
