//! The training run, the draft of the next one, and the networks.

mod run;

use std::rc::Rc;

use mien_core::network::AvailableNetwork;
use mien_core::training::{CrossReport, EpochRecord, FoldRecord};
use mien_protocol::{Message, NetworkEntry, NetworkId, Outcome, Plan, Progress, StartFrom, StoredRun};

use super::{OnnxAction, OnnxSheet};
pub use crate::draft::{Draft, DraftAction, DraftContext, FieldText, InvalidValue, NumericSetting, Range};
pub use run::{Phase, Stored, TrainingRun};

/// Training and the networks.
#[derive(Clone, Default, PartialEq)]
pub struct Training {
    /// The draft of the next training run.
    pub draft: Draft,
    /// The current or last run or cross-validation.
    pub run: Option<TrainingRun>,
    /// Whether a run has been requested but has not started yet.
    pub starting: bool,
    /// Why the last run could not be started.
    pub failure: Option<Message>,
    /// A run left unfinished by an earlier visit.
    pub unfinished: Option<StoredRun>,
    /// Whether a run exists only in the page's memory, because it cannot be stored on this device.
    pub memory_only: bool,
    /// The report of the last cross-validation so far.
    pub cross: Option<Rc<CrossReport>>,
    /// Original and augmented images: 48×48 grey bytes each.
    pub preview: [Rc<[u8]>; 2],
    /// The networks to choose from.
    pub networks: Rc<Vec<NetworkEntry>>,
    /// The active network.
    pub active: NetworkId,
    /// The networks that can be downloaded.
    pub available: Rc<Vec<AvailableNetwork>>,
    /// The file of the network being downloaded, and the progress, 0 to 1.
    pub downloading: Option<(Rc<str>, f32)>,
    /// The network that was deleted last and can be restored.
    pub deleted: Option<(NetworkId, Rc<str>)>,
    /// The ONNX model that is being opened.
    pub onnx: Option<OnnxSheet>,
}

/// What can happen to the run and the networks.
pub enum TrainingAction {
    /// A run was requested.
    Starting,
    /// A run begins.
    Began(Box<Plan>),
    /// Steps were finished; their mean loss.
    Step(Progress, f32),
    /// An epoch was finished; whether it is the best so far.
    Epoch(Box<EpochRecord>, bool),
    /// The run was stored, or why it could not be.
    Stored(Option<Message>),
    /// Whether a run is only in the page's memory.
    MemoryOnly(bool),
    /// The run will pause.
    Pausing,
    /// The run is paused.
    Paused,
    /// The run was resumed.
    Resumed,
    /// The run has ended; the best epoch.
    Over(Outcome, Option<u32>),
    /// The run could not be started, or the device failed.
    Failed(Message),
    /// The run continues from a checkpoint on the CPU.
    MovedToCpu(u32),
    /// The engine was replaced, so no run is in progress.
    Crashed,
    /// The run that was left unfinished.
    Unfinished(Option<StoredRun>),
    /// A fold was finished; the number of folds.
    Fold(Box<FoldRecord>, u32),
    /// A cross-validation was finished.
    Validated(Box<CrossReport>),
    /// Original images (`false`) or augmented ones.
    Preview(bool, Vec<u8>),
    /// Which network is used on the Live page: the one being trained (`true`) or the active one.
    Show(bool),
    /// The library.
    Networks(Vec<NetworkEntry>, NetworkId),
    /// The networks that can be downloaded.
    Available(Vec<AvailableNetwork>),
    /// The progress of a download; `None` when it has ended.
    Downloading(Option<(String, f32)>),
    /// A network was deleted; `None` when it was restored.
    Deleted(Option<(NetworkId, String)>),
    /// About an ONNX model that is being opened.
    Onnx(OnnxAction),
}

impl Training {
    /// Whether a run is in progress or paused.
    pub fn is_live(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.phase.is_live())
    }

    /// Whether the next run would start from an ONNX model, which cannot be trained further.
    pub fn starts_from_onnx(&self) -> bool {
        self.draft.from() == StartFrom::Network
            && self.networks.iter().any(|network| network.id == self.active && network.summary.is_onnx())
    }

    /// The name of the active network.
    pub fn active_name(&self) -> Option<Rc<str>> {
        self.networks.iter().find(|network| network.id == self.active).map(|network| network.name.as_str().into())
    }

    /// Whether closing the tab would lose training progress.
    pub fn would_lose(&self) -> bool {
        self.memory_only
            || self.run.as_ref().is_some_and(|run| match run.phase {
                Phase::Running | Phase::Pausing => true,
                Phase::Paused => run.stored != Stored::Yes,
                Phase::Over(_) | Phase::Failed(_) | Phase::Crashed => false,
            })
    }

    /// Applies an action.
    pub fn apply(&mut self, action: TrainingAction) {
        match action {
            TrainingAction::Starting => (self.starting, self.failure) = (true, None),
            TrainingAction::Began(plan) => self.begin(*plan),
            TrainingAction::Failed(reason) => self.fail(reason),
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
            TrainingAction::Available(networks) => self.available = Rc::new(networks),
            TrainingAction::Downloading(downloading) => {
                self.downloading = downloading.map(|(file, progress)| (file.into(), progress));
            }
            TrainingAction::Deleted(network) => self.deleted = network.map(|(id, name)| (id, name.into())),
            TrainingAction::Onnx(action) => self.onnx = OnnxSheet::after(self.onnx.take(), action),
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

    fn fail(&mut self, reason: Message) {
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
        let (settings, grouped_by) = (run.plan.settings.clone(), run.plan.grouped_by.clone());
        self.cross = Some(Rc::new(CrossReport::new(settings, folds, grouped_by, records)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{epoch, fold, message, network, plan};

    fn began(folds: u32) -> TrainingAction {
        TrainingAction::Began(Box::new(plan(folds)))
    }

    fn after(actions: impl IntoIterator<Item = TrainingAction>) -> Training {
        let mut training = Training::default();
        actions.into_iter().for_each(|action| training.apply(action));
        training
    }

    fn phase(training: &Training) -> &'static str {
        training.run.as_ref().map_or("none", |run| run.phase.name())
    }

    fn stored_run() -> StoredRun {
        StoredRun { set: "faces.csv".into(), epoch: 1, epochs: 5, bytes: 1, held: false }
    }

    #[test]
    fn a_run_is_requested_and_begins() {
        let starting = after([TrainingAction::Failed(message("no images")), TrainingAction::Starting]);
        assert!(starting.starting && starting.failure.is_none() && !starting.is_live());
        let running = after([TrainingAction::Unfinished(Some(stored_run())), TrainingAction::Starting, began(0)]);
        assert!(running.is_live() && !running.starting);
        assert!(running.unfinished.is_none(), "another run has taken its place");
    }

    #[test]
    fn what_does_not_begin_says_why() {
        let training = after([TrainingAction::Starting, TrainingAction::Failed(message("no images"))]);
        assert_eq!(
            (training.starting, training.failure.as_ref().map(Message::english), phase(&training)),
            (false, Some("no images"), "none")
        );
    }

    #[test]
    fn a_failure_ends_the_run_that_is_under_way() {
        let training = after([began(0), TrainingAction::Failed(message("no memory"))]);
        assert_eq!((phase(&training), training.failure), ("failed", None));
        let over =
            after([began(0), TrainingAction::Over(Outcome::Finished, None), TrainingAction::Failed(message("x"))]);
        assert_eq!(
            (phase(&over), over.failure.as_ref().map(Message::english)),
            ("finished", Some("x")),
            "it belongs to the next one"
        );
    }

    #[test]
    fn a_crash_ends_only_what_is_under_way() {
        let training = after([
            TrainingAction::Starting,
            began(0),
            TrainingAction::Downloading(Some(("large.safetensors".into(), 0.5))),
            TrainingAction::Deleted(Some((3, "own".into()))),
            TrainingAction::Crashed,
        ]);
        assert_eq!(phase(&training), "crashed");
        assert!(training.downloading.is_none() && training.deleted.is_none() && !training.starting);
        let over = after([began(0), TrainingAction::Over(Outcome::Early, None), TrainingAction::Crashed]);
        assert_eq!(phase(&over), "early");
        assert_eq!(phase(&after([TrainingAction::Crashed])), "none");
    }

    #[test]
    fn closing_the_tab_loses_what_is_not_stored() {
        let lose = |actions: Vec<TrainingAction>| after(actions).would_lose();
        assert!(!lose(vec![]));
        assert!(lose(vec![began(0)]));
        assert!(lose(vec![began(0), TrainingAction::Stored(None)]), "more is learned meanwhile");
        assert!(lose(vec![began(0), TrainingAction::Pausing, TrainingAction::Paused]));
        assert!(!lose(vec![began(0), TrainingAction::Pausing, TrainingAction::Stored(None), TrainingAction::Paused]));
        assert!(lose(vec![began(0), TrainingAction::Stored(None), TrainingAction::Pausing, TrainingAction::Paused]));
        assert!(lose(vec![began(0), TrainingAction::Stored(Some(message("full"))), TrainingAction::Paused]));
        assert!(!lose(vec![began(0), TrainingAction::Over(Outcome::Finished, None)]));
        assert!(!lose(vec![began(0), TrainingAction::Crashed]));
        assert!(lose(vec![TrainingAction::MemoryOnly(true)]));
        assert!(!lose(vec![TrainingAction::MemoryOnly(true), TrainingAction::MemoryOnly(false)]));
    }

    #[test]
    fn folds_add_up_to_a_report() {
        let of = |count: usize| {
            let folds = (1..=count).map(|number| TrainingAction::Fold(Box::new(fold(number)), 3));
            after(std::iter::once(began(3)).chain(folds))
        };
        let two = of(2);
        let report = two.cross.as_ref().unwrap();
        assert_eq!((report.records.len(), report.folds, phase(&two)), (2, 3, "running"));
        assert_eq!(report.grouped_by.as_deref(), Some("person"), "as the plan says");
        let again = after([began(3), TrainingAction::Fold(Box::new(fold(1)), 3), began(3)]);
        assert!(again.cross.is_none(), "another cross-validation starts afresh");
        let training = after([began(3), TrainingAction::Fold(Box::new(fold(1)), 3), began(0)]);
        assert!(training.cross.is_some(), "a training run leaves it alone");
        assert!(after([TrainingAction::Fold(Box::new(fold(1)), 3)]).cross.is_none(), "nothing was begun");
    }

    #[test]
    fn a_cross_validation_is_finished_if_all_folds_are_there() {
        let over = |count: usize| {
            let records = (1..=count).map(fold).collect();
            let report = CrossReport::new(plan(3).settings, 3, None, records);
            phase(&after([began(3), TrainingAction::Validated(Box::new(report))]))
        };
        assert_eq!((over(3), over(2), over(0)), ("finished", "cancelled", "cancelled"));
    }

    #[test]
    fn previews_of_originals_and_augmented_images_are_apart() {
        let training = after([TrainingAction::Preview(false, vec![1]), TrainingAction::Preview(true, vec![2])]);
        assert_eq!(training.preview.map(|pixels| pixels.to_vec()), [[1], [2]]);
    }

    #[test]
    fn the_library_names_the_active_network() {
        let networks = || vec![network(0, ""), network(3, "own")];
        let name = |active| after([TrainingAction::Networks(networks(), active)]).active_name();
        assert_eq!((name(3).as_deref(), name(0).as_deref(), name(9)), (Some("own"), Some(""), None));
        let deleted = after([TrainingAction::Deleted(Some((3, "own".into())))]).deleted;
        assert_eq!(deleted, Some((3, "own".into())));
        assert!(
            after([TrainingAction::Deleted(Some((3, "own".into()))), TrainingAction::Deleted(None)]).deleted.is_none()
        );
    }

    #[test]
    fn messages_about_a_run_need_one() {
        let training = after([
            TrainingAction::Epoch(Box::new(epoch(1, 1.0, 5)), true),
            TrainingAction::Stored(None),
            TrainingAction::Pausing,
            TrainingAction::Paused,
            TrainingAction::Resumed,
            TrainingAction::MovedToCpu(1),
            TrainingAction::Show(true),
            TrainingAction::Over(Outcome::Finished, Some(1)),
        ]);
        assert!(training.run.is_none() && !training.is_live());
    }
}
