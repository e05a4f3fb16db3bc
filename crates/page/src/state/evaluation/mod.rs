//! Evaluations of networks on labelled images.

mod gallery;
mod photographs;
mod request;
mod robustness;

use std::rc::Rc;

use super::{Datasets, Run, RunAction};
use mien_core::evaluation::figures::Cells;
use mien_core::evaluation::{Evaluation, GroupTable, Predictions};
use mien_core::number::free_name;
use mien_protocol::{DatasetId, DatasetSummary, Message};

pub use gallery::{Cell, FeatureNeighbours, GalleryAction, GalleryState};
pub use photographs::{Photographs, PhotographsAction};
pub use request::{Ensemble, EvaluationRequest, SEED, Selection, Subset};
pub use robustness::{Robustness, RobustnessAction, RobustnessRun, TableMetric};

/// The evaluation runs, and user actions on them.
#[derive(Clone, Default, PartialEq)]
pub struct Evaluations {
    /// The images to evaluate on next.
    pub selection: Selection,
    /// The networks to evaluate next, and test-time augmentation.
    pub ensemble: Ensemble,
    /// The run in progress, of images.
    pub current: Run,
    /// What the last run was asked for, and its start time, formatted for display, until there is a result.
    pub asked: Option<(Rc<EvaluationRequest>, String)>,
    /// The finished runs, oldest first.
    pub runs: Vec<Rc<EvaluationRun>>,
    /// The run that is shown.
    pub shown: Option<u32>,
    /// The runs that are compared.
    pub compared: [Option<u32>; 2],
    /// The run that was removed last, and its index.
    pub removed: Option<(usize, Rc<EvaluationRun>)>,
    /// What the cells of the confusion matrix show.
    pub cells: Cells,
    /// The images of a cell of the confusion matrix.
    pub gallery: Option<GalleryState>,
    /// What the page shows.
    pub view: EvaluationView,
    /// The robustness tests.
    pub robustness: Robustness,
    /// The measurement on labelled photographs.
    pub photographs: Photographs,
}

/// A kind of evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EvaluationView {
    /// On the original images of a dataset.
    #[default]
    Standard,
    /// On corrupted images of a dataset.
    Robustness,
    /// On labelled photographs.
    Photographs,
}

/// A finished run.
#[derive(Clone, Debug)]
pub struct EvaluationRun {
    /// A unique number.
    pub id: u32,
    /// Its name, which the user can change.
    pub name: String,
    /// Start time, formatted for display.
    pub time: String,
    /// The dataset at that time.
    pub set: Rc<DatasetSummary>,
    /// The metrics.
    pub evaluation: Evaluation,
    /// The prediction for each image.
    pub predictions: Predictions,
    /// Errors in its group columns.
    pub group_faults: Vec<Message>,
    /// How often its groups were recomputed.
    pub regrouped: u32,
}

/// What can happen to the runs.
pub enum EvaluationAction {
    /// The visitor chose the images.
    Select(Selection),
    /// The visitor chose networks or test-time augmentation.
    Ensemble(Ensemble),
    /// A run starts: its id, request, and start time.
    Started(u32, Rc<EvaluationRequest>, String),
    /// The run in progress.
    Run(RunAction),
    /// A run is finished.
    Done(u32, Box<Evaluation>, Predictions),
    /// The user selects a run.
    Show(u32),
    /// The user renames a run.
    Rename(u32, String),
    /// The user removes a run.
    Remove(u32),
    /// The user restores the run that was removed last.
    Restore,
    /// The visitor chose one of the two runs to compare.
    Compare(usize, u32),
    /// The user changes what the cells of the matrix show.
    Cells(Cells),
    /// The images of a cell.
    Gallery(GalleryAction),
    /// The groups of a run were recomputed; errors in them.
    Groups(u32, Vec<GroupTable>, Vec<Message>),
    /// The user switches to a kind of evaluation.
    View(EvaluationView),
    /// The robustness tests.
    Robustness(RobustnessAction),
    /// The measurement on labelled photographs.
    Photographs(PhotographsAction),
}

impl Evaluations {
    /// The run that is shown.
    pub fn shown(&self) -> Option<&Rc<EvaluationRun>> {
        self.shown.and_then(|id| self.find(id))
    }

    /// The two runs to compare, if there are at least two.
    pub fn compared(&self) -> Option<[&Rc<EvaluationRun>; 2]> {
        let [first, second] = self.compared.map(|id| id.and_then(|id| self.find(id)));
        Some([first?, second?])
    }

    fn find(&self, id: u32) -> Option<&Rc<EvaluationRun>> {
        self.runs.iter().find(|run| run.id == id)
    }

    /// Applies an action.
    pub fn apply(&mut self, action: EvaluationAction) {
        match action {
            EvaluationAction::Select(selection) => self.selection = selection,
            EvaluationAction::Ensemble(ensemble) => self.ensemble = ensemble,
            EvaluationAction::Started(run, request, time) => {
                self.current.start(run, request.samples.len() as u32);
                self.asked = Some((request, time));
            }
            EvaluationAction::Run(action) => self.current.apply(action),
            EvaluationAction::Done(run, evaluation, predictions) => {
                if self.current.finish(run) {
                    self.add(run, *evaluation, predictions);
                }
            }
            EvaluationAction::Show(run) => {
                self.shown = Some(run);
                self.gallery = None;
            }
            EvaluationAction::Rename(run, name) => {
                if let Some(run) = self.runs.iter_mut().find(|measured| measured.id == run) {
                    Rc::make_mut(run).name = name;
                }
            }
            EvaluationAction::Remove(run) => self.remove(run),
            EvaluationAction::Restore => {
                if let Some((place, run)) = self.removed.take() {
                    self.runs.insert(place.min(self.runs.len()), run);
                    self.tidy();
                }
            }
            EvaluationAction::Compare(place, run) => {
                if let Some(compared) = self.compared.get_mut(place) {
                    *compared = Some(run);
                }
            }
            EvaluationAction::Cells(cells) => self.cells = cells,
            EvaluationAction::Gallery(action) => gallery::apply(&mut self.gallery, action),
            EvaluationAction::Groups(run, groups, faults) => {
                if let Some(run) = self.runs.iter_mut().find(|measured| measured.id == run) {
                    let run = Rc::make_mut(run);
                    run.evaluation.report.groups = groups;
                    run.group_faults = faults;
                    run.regrouped += 1;
                }
            }
            EvaluationAction::View(view) => self.view = view,
            EvaluationAction::Robustness(action) => self.robustness.apply(action),
            EvaluationAction::Photographs(action) => self.photographs.apply(action),
        }
    }

    fn add(&mut self, id: u32, evaluation: Evaluation, predictions: Predictions) {
        let Some((request, time)) = self.asked.take() else { return };
        let name = free_name(&request.title, |name| self.runs.iter().any(|run| run.name == name));
        self.runs.push(Rc::new(EvaluationRun {
            id,
            name,
            time,
            set: Rc::clone(&request.set),
            evaluation,
            predictions,
            group_faults: Vec::new(),
            regrouped: 0,
        }));
        self.shown = Some(id);
        self.gallery = None;
        self.tidy();
    }

    fn remove(&mut self, run: u32) {
        if let Some(place) = self.runs.iter().position(|measured| measured.id == run) {
            self.removed = Some((place, self.runs.remove(place)));
            self.tidy();
        }
    }

    /// Makes sure that existing runs are shown and compared: by default the newest ones.
    fn tidy(&mut self) {
        if self.shown().is_none() {
            self.gallery = None;
            self.shown = self.runs.last().map(|run| run.id);
        }
        if self.compared().is_none() {
            self.compared = match self.runs.as_slice() {
                [.., first, second] => [Some(first.id), Some(second.id)],
                _ => [None, None],
            };
        }
    }
}

impl EvaluationRun {
    /// The loaded dataset that contains this run's images, identified by content: a reloaded dataset has a new id, and
    /// an edited one has other images at the same indices.
    pub fn source(&self, datasets: &Datasets) -> Option<DatasetId> {
        let same = |set: &DatasetSummary| {
            set.labels == self.set.labels && set.rows == self.set.rows && set.name == self.set.name
        };
        let (id, _) = datasets.sets.iter().find(|(_, set)| Rc::ptr_eq(set, &self.set) || same(set))?;
        Some(*id)
    }

    /// Whether another run was evaluated on the same set.
    pub fn is_of_same_set(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.set, &other.set) || (self.set.labels == other.set.labels && self.set.rows == other.set.rows)
    }
}

/// The metrics of a run never change, only its name and its groups.
impl PartialEq for EvaluationRun {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.name == other.name && self.regrouped == other.regrouped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{evaluation, happy, message, predictions};
    use crate::state::{DatasetAction, RunFailure};
    use mien_core::expression::Expression;

    fn started(run: u32) -> EvaluationAction {
        let request = EvaluationRequest {
            set: Rc::new(happy(1, 2)),
            samples: vec![0, 1],
            split: "Training".into(),
            ensemble: Ensemble::default(),
            title: "mine: Training".into(),
        };
        EvaluationAction::Started(run, Rc::new(request), "10:00".into())
    }

    fn done(run: u32) -> EvaluationAction {
        let predictions = predictions(&[(0, Expression::Happy, Expression::Happy, 0.9)]);
        EvaluationAction::Done(run, evaluation(&predictions), predictions)
    }

    fn after(actions: impl IntoIterator<Item = EvaluationAction>) -> Evaluations {
        let mut evaluations = Evaluations::default();
        actions.into_iter().for_each(|action| evaluations.apply(action));
        evaluations
    }

    /// This many finished runs.
    fn runs(count: u32) -> Evaluations {
        after((1..=count).flat_map(|run| [started(run), done(run)]))
    }

    fn ids(evaluations: &Evaluations) -> Vec<u32> {
        evaluations.runs.iter().map(|run| run.id).collect()
    }

    #[test]
    fn a_finished_run_is_shown_with_its_own_name() {
        let evaluations = runs(3);
        assert_eq!(evaluations.shown().map(|run| run.id), Some(3));
        let names: Vec<&str> = evaluations.runs.iter().map(|run| run.name.as_str()).collect();
        assert_eq!(names, ["mine: Training", "mine: Training (2)", "mine: Training (3)"]);
        assert!(evaluations.current.progress().is_none());
        assert_eq!(evaluations.runs[0].time, "10:00");
    }

    #[test]
    fn a_freed_name_is_given_again() {
        let mut evaluations = runs(2);
        evaluations.apply(EvaluationAction::Rename(1, "first".into()));
        evaluations.apply(EvaluationAction::Rename(9, "nothing".into()));
        evaluations.apply(started(3));
        evaluations.apply(done(3));
        let names: Vec<&str> = evaluations.runs.iter().map(|run| run.name.as_str()).collect();
        assert_eq!(names, ["first", "mine: Training (2)", "mine: Training"]);
    }

    #[test]
    fn results_of_other_runs_are_ignored() {
        let evaluations = after([started(2), done(1)]);
        assert!(evaluations.runs.is_empty() && evaluations.current.is(2));
        assert_eq!(evaluations.current.progress().map(|progress| progress.total), Some(2), "of two images");
        let cancelled = || EvaluationAction::Run(RunAction::Cancelled(1));
        let late = after([started(1), cancelled(), done(1)]);
        assert!(late.runs.is_empty() && late.current.failure() == Some(&RunFailure::Cancelled));
        assert_eq!(after([started(1), cancelled(), started(2), done(2)]).runs.len(), 1);
    }

    #[test]
    fn the_newest_two_are_compared_unless_chosen_otherwise() {
        assert!(runs(1).compared().is_none());
        assert_eq!(runs(2).compared, [Some(1), Some(2)]);
        let mut evaluations = runs(3);
        assert_eq!(evaluations.compared, [Some(1), Some(2)], "a choice stays while both are there");
        evaluations.apply(EvaluationAction::Compare(1, 3));
        evaluations.apply(EvaluationAction::Compare(2, 1));
        assert_eq!(evaluations.compared, [Some(1), Some(3)], "there is no third place");
        evaluations.apply(EvaluationAction::Remove(1));
        assert_eq!(evaluations.compared, [Some(2), Some(3)]);
        evaluations.apply(EvaluationAction::Remove(2));
        assert_eq!(evaluations.compared, [None, None]);
    }

    #[test]
    fn a_removed_run_comes_back_to_its_place() {
        let mut evaluations = runs(3);
        evaluations.apply(EvaluationAction::Remove(2));
        assert_eq!((ids(&evaluations), evaluations.shown), (vec![1, 3], Some(3)));
        evaluations.apply(EvaluationAction::Restore);
        assert_eq!(ids(&evaluations), [1, 2, 3]);
        evaluations.apply(EvaluationAction::Restore);
        evaluations.apply(EvaluationAction::Remove(9));
        assert_eq!(ids(&evaluations), [1, 2, 3], "nothing to bring back, nothing to remove");
        evaluations.apply(EvaluationAction::Remove(3));
        assert_eq!(evaluations.shown, Some(2), "the newest that is left");
    }

    #[test]
    fn another_run_closes_the_gallery_of_the_one_before() {
        let mut evaluations = runs(2);
        let cell = Cell { actual: Expression::Happy, predicted: Expression::Happy };
        let show = |evaluations: &mut Evaluations| {
            let run = Rc::clone(evaluations.shown().unwrap());
            evaluations.apply(EvaluationAction::Gallery(GalleryAction::Show(run, cell)));
            assert!(evaluations.gallery.is_some());
        };
        show(&mut evaluations);
        evaluations.apply(EvaluationAction::Show(1));
        assert!(evaluations.gallery.is_none());
        show(&mut evaluations);
        evaluations.apply(EvaluationAction::Remove(2));
        assert!(evaluations.gallery.is_some(), "another run was removed");
        evaluations.apply(EvaluationAction::Remove(1));
        assert!(evaluations.gallery.is_none() && evaluations.shown.is_none());
    }

    #[test]
    fn recomputed_groups_change_the_identity_of_a_run() {
        let mut evaluations = runs(1);
        let before = Rc::clone(&evaluations.runs[0]);
        evaluations.apply(EvaluationAction::Groups(9, Vec::new(), vec![message("wrong")]));
        assert!(*before == *evaluations.runs[0], "those of another run");
        evaluations.apply(EvaluationAction::Groups(1, Vec::new(), vec![message("wrong")]));
        assert!(*before != *evaluations.runs[0]);
        assert_eq!(evaluations.runs[0].group_faults, [message("wrong")]);
    }

    #[test]
    fn a_runs_set_is_found_again_by_its_content() {
        let run = Rc::clone(&runs(1).runs[0]);
        let source = |set: DatasetSummary| {
            let mut datasets = Datasets::default();
            datasets.apply(DatasetAction::Loaded(set));
            run.source(&datasets)
        };
        assert_eq!(source(happy(7, 2)), Some(7), "loaded again, under another id");
        assert_eq!(source(happy(1, 3)), None, "an image was added");
        assert_eq!(source(DatasetSummary { name: "other".into(), ..happy(1, 2) }), None);
        assert_eq!(source(DatasetSummary { rows: vec![0, 2], ..happy(1, 2) }), None, "other images in their places");
        assert!(run.is_of_same_set(&runs(1).runs[0]));
    }

    #[test]
    fn choices_are_kept_as_they_are() {
        let selection = Selection { class: Some(Expression::Fear), ..Selection::default() };
        let evaluations = after([
            EvaluationAction::Select(selection),
            EvaluationAction::Cells(Cells::Rows),
            EvaluationAction::View(EvaluationView::Robustness),
            EvaluationAction::Ensemble(Ensemble { networks: vec![3], ..Ensemble::default() }),
            EvaluationAction::Robustness(RobustnessAction::Metric(TableMetric::Drop)),
        ]);
        assert_eq!((evaluations.selection, evaluations.cells), (selection, Cells::Rows));
        assert_eq!((evaluations.ensemble.networks, evaluations.robustness.metric), (vec![3], TableMetric::Drop));
        assert_eq!(evaluations.view, EvaluationView::Robustness);
    }
}
