//! Measuring the network, and the images that a result came from.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo::utils::window;
use js_sys::Date;
use web_sys::File;
use yew::Callback;

use super::Controller;
use crate::state::{Action, End, Ensemble, EvaluationAction, EvaluationRequest, EvaluationRun, GalleryAction};
use mien_core::dataset::Binning;
use mien_core::evaluation::csv;
use mien_protocol::{Command, DatasetCommand, DatasetEvent, Document, EvaluationCommand, EvaluationEvent, SetId};

/// So many of the images most like one show.
const NEIGHBOURS: u32 = 8;

/// What was asked of the engine and not answered yet.
#[derive(Default)]
pub(super) struct Asked {
    runs: Cell<u32>,
    requests: Cell<u32>,
    waiting: RefCell<BTreeMap<u32, Wanted>>,
}

enum Wanted {
    /// The pixels of samples.
    Images(Vec<u32>),
    /// What is like a sample.
    Neighbours(u32),
    /// The pixels of one sample.
    Image(Callback<Vec<u8>>),
}

/// A form in which a result is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// The report for programs: see `docs/report.md`.
    Json,
    /// The report for spreadsheets.
    Csv,
    /// What the network said of each image.
    Predictions,
    /// A page of its own, with figures.
    Html,
}

impl Controller {
    /// Measures the network.
    pub fn evaluate(&self, order: Rc<EvaluationRequest>) {
        let run = self.0.evaluation.runs.get().wrapping_add(1);
        self.0.evaluation.runs.set(run);
        let (set, samples, split) = (order.set.id, order.samples.clone(), order.split.clone());
        let Ensemble { networks, views } = order.ensemble.clone();
        self.dispatch(Action::Evaluation(EvaluationAction::Started(run, order, clock())));
        let command = Command::Evaluation(EvaluationCommand::Run { run, set, samples, split, networks, views });
        self.send(|engine| engine.send(&command));
    }

    /// Breaks a run off.
    pub fn cancel_evaluation(&self, run: u32) {
        self.send(|engine| engine.send(&Command::Evaluation(EvaluationCommand::Cancel { run })));
    }

    /// The engine is a new one, or none: runs that were under way are over, and images that were asked for do not come.
    pub(super) fn end_evaluations(&self) {
        self.0.evaluation.waiting.borrow_mut().clear();
        self.dispatch(Action::Evaluation(EvaluationAction::Lost));
        self.end_labs();
        self.dispatch(Action::Evaluation(EvaluationAction::Gallery(GalleryAction::Close)));
    }

    pub(super) fn on_evaluation(&self, event: EvaluationEvent) {
        self.dispatch(Action::Evaluation(match event {
            EvaluationEvent::Progress { run, done, seconds, .. } => EvaluationAction::Progress(run, done, seconds),
            EvaluationEvent::Done { run, evaluation, predictions, .. } => {
                EvaluationAction::Done(run, evaluation, predictions)
            }
            EvaluationEvent::Failed { run, reason } => EvaluationAction::Ended(run, End::Failed(reason)),
            EvaluationEvent::Cancelled { run } => EvaluationAction::Ended(run, End::Cancelled),
            EvaluationEvent::Groups { run, groups, faults } => EvaluationAction::Groups(run, groups, faults),
        }));
    }

    /// Has the pixels of samples brought.
    pub fn fetch_images(&self, set: SetId, samples: Vec<u32>) {
        self.ask(Wanted::Images(samples.clone()), |request| DatasetCommand::Images { request, set, samples });
    }

    /// Has the pixels of one sample brought; none if it is gone.
    pub fn fetch_image(&self, set: SetId, sample: u32, take: Callback<Vec<u8>>) {
        self.ask(Wanted::Image(take), |request| DatasetCommand::Images { request, set, samples: vec![sample] });
    }

    /// Measures the groups of a run anew: columns in bins, and those of a table.
    pub fn regroup(&self, run: &EvaluationRun, set: SetId, bins: Vec<(String, Binning)>, table: Option<File>) {
        let predictions = run.predictions.clone();
        let command = EvaluationCommand::Groups { run: run.id, set, predictions, bins };
        let files: Vec<File> = table.into_iter().collect();
        self.send(|engine| engine.send_files(&Command::Evaluation(command), &files));
    }

    /// Has the images brought that are most like one.
    pub fn fetch_neighbours(&self, set: SetId, sample: u32) {
        self.ask(Wanted::Neighbours(sample), |request| DatasetCommand::Neighbours {
            request,
            set,
            sample,
            count: NEIGHBOURS,
        });
    }

    /// Requests count down from the top, so that they are unlike those of the Dataset page, which count up.
    fn ask(&self, wanted: Wanted, command: impl FnOnce(u32) -> DatasetCommand) {
        let asked = &self.0.evaluation;
        let request = asked.requests.get().wrapping_sub(1);
        asked.requests.set(request);
        asked.waiting.borrow_mut().insert(request, wanted);
        self.send(|engine| engine.send(&Command::Dataset(command(request))));
    }

    /// Takes the answers to such requests; gives any other event back.
    pub(super) fn take_looked_at(&self, event: DatasetEvent) -> Option<DatasetEvent> {
        let (DatasetEvent::Images { request, .. } | DatasetEvent::Neighbours { request, .. }) = &event else {
            return Some(event);
        };
        let Some(wanted) = self.0.evaluation.waiting.borrow_mut().remove(request) else { return Some(event) };
        let action = match (wanted, event) {
            (Wanted::Images(samples), DatasetEvent::Images { pixels, .. }) => GalleryAction::Images(samples, pixels),
            (Wanted::Neighbours(sample), DatasetEvent::Neighbours { samples, .. }) => {
                GalleryAction::Neighbours(sample, samples)
            }
            (Wanted::Image(take), DatasetEvent::Images { pixels, .. }) => {
                take.emit(pixels);
                return None;
            }
            (_, event) => return Some(event),
        };
        self.dispatch(Action::Evaluation(EvaluationAction::Gallery(action)));
        None
    }

    /// Hands a result to the visitor.
    pub fn save_result(&self, run: &EvaluationRun, paper: Paper) {
        let report = &run.evaluation.report;
        match paper {
            Paper::Json => self.save_document(Document::Report(Box::new(report.clone()))),
            Paper::Csv => self.save_document(Document::Table(Box::new(report.clone()))),
            Paper::Predictions => {
                let row = |sample: u32| run.set.rows.get(sample as usize).map_or(sample as usize, |&row| row as usize);
                self.save_text(&csv::predictions(&run.predictions, row), "text/csv", "csv");
            }
            Paper::Html => self.save_document(Document::Page(Box::new(run.evaluation.clone()))),
        }
    }

    /// Prints the page.
    pub fn print(&self) {
        window().print().ok();
    }
}

/// The visitor's time of day, such as `9:05`.
pub(super) fn clock() -> String {
    let now = Date::new_0();
    format!("{}:{:02}", now.get_hours(), now.get_minutes())
}
