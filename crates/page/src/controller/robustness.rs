//! Measuring the network on spoilt images, and spoiling one face by hand.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use yew::Callback;

use super::Controller;
use super::evaluation::clock;
use crate::state::{Action, End, EvaluationAction, EvaluationRequest, RobustnessAction};
use mien_core::expression::Distribution;
use mien_core::vision::corruption::Corruption;
use mien_protocol::{Command, RobustnessCommand, RobustnessEvent};

/// What was asked of the engine and not answered yet.
#[derive(Default)]
pub(super) struct Bench {
    runs: Cell<u32>,
    requests: Cell<u32>,
    /// The crop that the engine spoils, and who wants it.
    trying: RefCell<Option<(u32, Callback<Tried>)>>,
    /// The newest wish after that.
    next: RefCell<Option<(Wish, Callback<Tried>)>>,
}

/// A crop to be spoilt and read.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// 48×48 grey bytes.
    pub crop: Rc<[u8]>,
    /// How.
    pub corruption: Corruption,
    /// How strongly, in tenths: 0 to 50.
    pub tenths: u32,
    /// What is random in it is drawn from this.
    pub seed: u32,
}

/// A crop that was spoilt and read.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// 48×48 grey bytes.
    pub crop: Rc<[u8]>,
    /// What the network says of it.
    pub reading: Option<Distribution>,
}

impl Controller {
    /// Measures the network on spoilt images.
    pub fn run_lab(&self, order: Rc<EvaluationRequest>, corruptions: Vec<Corruption>) {
        let run = self.0.robustness.runs.get().wrapping_add(1);
        self.0.robustness.runs.set(run);
        let (set, samples, split) = (order.set.id, order.samples.clone(), order.split.clone());
        self.tell_lab(RobustnessAction::Started(run, order, clock()));
        let command = Command::Robustness(RobustnessCommand::Run { run, set, samples, split, corruptions });
        self.send(|engine| engine.send(&command));
    }

    /// Breaks a run off.
    pub fn cancel_lab(&self, run: u32) {
        self.send(|engine| engine.send(&Command::Robustness(RobustnessCommand::Cancel { run })));
    }

    /// Has a crop spoilt and read. While one is under way only the newest wish is kept, so that a knob may turn as fast as
    /// it likes.
    pub fn try_corruption(&self, wish: Wish, take: Callback<Tried>) {
        let bench = &self.0.robustness;
        if bench.trying.borrow().is_some() {
            *bench.next.borrow_mut() = Some((wish, take));
            return;
        }
        let request = bench.requests.get().wrapping_add(1);
        bench.requests.set(request);
        *bench.trying.borrow_mut() = Some((request, take));
        let Wish { crop, corruption, tenths, seed } = wish;
        let strength = tenths as f32 / 10.0;
        let command = RobustnessCommand::Try { request, crop: crop.to_vec(), corruption, strength, seed };
        self.send(|engine| engine.send(&Command::Robustness(command)));
    }

    /// The engine is a new one, or none.
    pub(super) fn end_labs(&self) {
        self.0.robustness.trying.borrow_mut().take();
        self.0.robustness.next.borrow_mut().take();
        self.tell_lab(RobustnessAction::Lost);
    }

    /// Hands a text of a run to the visitor as a file.
    pub fn save_lab(&self, text: &str, json: bool) {
        let (kind, extension) = if json { ("application/json", "json") } else { ("text/csv", "csv") };
        self.save_text(text, kind, extension);
    }

    pub(super) fn on_robustness(&self, event: RobustnessEvent) {
        self.tell_lab(match event {
            RobustnessEvent::Progress { run, done, total, seconds } => {
                RobustnessAction::Progress(run, done, total, seconds)
            }
            RobustnessEvent::Done { run, outcome } => RobustnessAction::Done(run, outcome),
            RobustnessEvent::Failed { run, reason } => RobustnessAction::Ended(run, End::Failed(reason)),
            RobustnessEvent::Cancelled { run } => RobustnessAction::Ended(run, End::Cancelled),
            RobustnessEvent::Tried { request, crop, reading } => {
                let bench = &self.0.robustness;
                let answered = bench.trying.borrow_mut().take_if(|(asked, _)| *asked == request);
                if let Some((_, take)) = answered {
                    take.emit(Tried { crop: crop.into(), reading });
                    let next = bench.next.borrow_mut().take();
                    if let Some((wish, take)) = next {
                        self.try_corruption(wish, take);
                    }
                }
                return;
            }
        });
    }

    fn tell_lab(&self, action: RobustnessAction) {
        self.dispatch(Action::Evaluation(EvaluationAction::Robustness(action)));
    }
}
