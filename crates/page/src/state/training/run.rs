//! The state of a training run.

use std::rc::Rc;

use super::TrainingAction;
use mien_core::training::EpochRecord;
use mien_protocol::{Message, Outcome, Plan, Progress};

/// Number of points at which the loss curve is halved.
const MAX_POINTS: usize = 4096;

/// A run or a cross-validation.
#[derive(Clone, PartialEq)]
pub struct TrainingRun {
    /// The plan of the run. Its history is in [`Self::losses`] and [`Self::epochs`].
    pub plan: Rc<Plan>,
    /// The current phase.
    pub phase: Phase,
    /// The position, once a step is finished.
    pub progress: Option<Progress>,
    /// The mean loss of the last steps.
    pub loss: Option<f32>,
    /// The loss curve: points of epoch and loss.
    pub losses: Rc<Vec<[f32; 2]>>,
    /// The finished epochs.
    pub epochs: Rc<Vec<EpochRecord>>,
    /// The best epoch, counted from 1.
    pub best: Option<u32>,
    /// Whether it is stored on this device.
    pub stored: Stored,
    /// The epoch at which it continued on the CPU, if it did.
    pub moved: Option<u32>,
    /// Whether the network being trained is used on the Live page.
    pub showing: bool,
}

/// The phase of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// It runs.
    Running,
    /// It is about to pause.
    Pausing,
    /// It is paused.
    Paused,
    /// It has ended.
    Over(Outcome),
    /// The device failed.
    Failed(Message),
    /// The engine crashed.
    Crashed,
}

/// Whether a run is stored on this device.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// Not yet.
    NotYet,
    /// It is.
    Yes,
    /// It cannot be; why.
    No(Message),
}

impl Phase {
    /// Whether the run is in progress or paused.
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Running | Self::Pausing | Self::Paused)
    }

    /// The value of `data-state`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Pausing => "pausing",
            Self::Paused => "paused",
            Self::Over(Outcome::Finished) => "finished",
            Self::Over(Outcome::Early) => "early",
            Self::Over(Outcome::Cancelled) => "cancelled",
            Self::Over(Outcome::Diverged(_)) => "diverged",
            Self::Failed(_) => "failed",
            Self::Crashed => "crashed",
        }
    }
}

impl TrainingRun {
    /// The state of a run that starts or continues.
    pub fn new(plan: Plan) -> Self {
        let (curve, epochs) = (&plan.history.losses, &plan.history.epochs);
        let width = curve.stride as f32 / plan.steps_per_epoch.max(1) as f32;
        let point = |(index, &loss): (usize, &f32)| [(index as f32 + 0.5) * width, loss];
        let losses = curve.points.iter().enumerate().map(point).collect();
        let best_by = plan.settings.best_by;
        let best = (1..=epochs.len()).rfind(|&count| best_by.last_is_best(&epochs[..count]));
        Self {
            phase: Phase::Running,
            progress: None,
            loss: epochs.last().map(|record| record.loss),
            losses: Rc::new(losses),
            epochs: Rc::new(epochs.clone()),
            best: best.map(|epoch| epoch as u32),
            stored: Stored::NotYet,
            moved: None,
            showing: false,
            plan: Rc::new(plan),
        }
    }

    /// Whether it is a cross-validation.
    pub fn is_cross(&self) -> bool {
        self.plan.folds > 0
    }

    /// The record of an epoch, counted from 1.
    pub fn epoch(&self, epoch: u32) -> Option<&EpochRecord> {
        self.epochs.iter().rfind(|record| record.epoch == epoch as usize)
    }

    /// Whether there is a trained network to adopt.
    pub fn has_result(&self) -> bool {
        !self.is_cross() && matches!(self.phase, Phase::Over(_)) && (self.best.is_some() || self.progress.is_some())
    }

    /// Ends the run.
    pub fn end(&mut self, phase: Phase) {
        self.phase = phase;
        self.showing = false;
    }

    /// Applies an action to a run.
    pub fn apply(&mut self, action: TrainingAction) {
        match action {
            TrainingAction::Step(progress, loss) => self.step(progress, loss),
            TrainingAction::Epoch(record, best) => {
                self.end_epoch(*record, best);
            }
            TrainingAction::Stored(None) => self.stored = Stored::Yes,
            TrainingAction::Stored(Some(reason)) => self.stored = Stored::No(reason),
            TrainingAction::Pausing => {
                self.phase = Phase::Pausing;
                if self.stored == Stored::Yes {
                    self.stored = Stored::NotYet; // what it has learned since is not
                }
            }
            TrainingAction::Paused => self.phase = Phase::Paused,
            TrainingAction::Resumed => self.phase = Phase::Running,
            TrainingAction::Over(outcome, best) => {
                self.best = best.or(self.best);
                self.end(Phase::Over(outcome));
            }
            TrainingAction::MovedToCpu(epoch) => {
                self.moved = Some(epoch);
                Rc::make_mut(&mut self.epochs).retain(|record| record.epoch <= epoch as usize);
                Rc::make_mut(&mut self.losses).retain(|point| point[0] <= epoch as f32);
                self.best = self.best.filter(|&best| best <= epoch);
            }
            TrainingAction::Show(showing) => self.showing = showing,
            _ => {}
        }
    }

    /// Adds an epoch. A short epoch may end without any step event.
    fn end_epoch(&mut self, record: EpochRecord, best: bool) {
        let epoch = record.epoch as u32;
        if best {
            self.best = Some(epoch);
        }
        let began = (epoch - epoch.min(1)) as f32;
        if self.losses.last().is_none_or(|point| point[0] <= began) {
            Rc::make_mut(&mut self.losses).push([epoch as f32, record.loss]);
        }
        let steps = self.plan.steps_per_epoch;
        let images = self.plan.training_images.min(steps * self.plan.settings.batch as u32) as f32;
        let fold = self.progress.map_or(1, |progress| progress.fold.max(1));
        let (folds, epochs) = (self.plan.folds.saturating_sub(fold) as usize, self.plan.settings.epochs);
        let left = (folds * epochs + epochs.saturating_sub(record.epoch)) as f32 * record.seconds;
        let before = self.progress.unwrap_or(Progress {
            fold: 0,
            epoch,
            step: steps,
            learning_rate: 0.0,
            images_per_second: images / record.seconds.max(0.001),
            seconds_left: left,
        });
        let learning_rate = f64::from(record.learning_rate);
        self.progress = Some(Progress { epoch, step: steps, learning_rate, seconds_left: left, ..before });
        self.loss = Some(record.loss);
        Rc::make_mut(&mut self.epochs).push(record);
    }

    fn step(&mut self, progress: Progress, loss: f32) {
        self.progress = Some(progress);
        self.loss = Some(loss);
        if self.is_cross() {
            return;
        }
        let steps = self.plan.steps_per_epoch.max(1) as f32;
        let place = progress.epoch.saturating_sub(1) as f32 + progress.step as f32 / steps;
        let losses = Rc::make_mut(&mut self.losses);
        losses.push([place, loss]);
        if losses.len() >= MAX_POINTS {
            *losses = losses.as_chunks().0.iter().map(|[a, b]| [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0]).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{epoch, message, plan};
    use mien_core::training::{Divergence, History, LossCurve};

    fn progress(epoch: u32, step: u32) -> Progress {
        Progress { fold: 0, epoch, step, learning_rate: 0.1, images_per_second: 50.0, seconds_left: 9.0 }
    }

    fn after(plan: Plan, actions: impl IntoIterator<Item = TrainingAction>) -> TrainingRun {
        let mut run = TrainingRun::new(plan);
        actions.into_iter().for_each(|action| run.apply(action));
        run
    }

    fn ended(number: usize, best: bool) -> TrainingAction {
        TrainingAction::Epoch(Box::new(epoch(number, 1.0 / number as f32, number as u64)), best)
    }

    #[test]
    fn a_resumed_run_has_its_curves_and_its_best_epoch() {
        let mut losses = LossCurve::default();
        [2.0, 1.0, 0.5].into_iter().for_each(|loss| losses.push(loss));
        let epochs = vec![epoch(1, 1.0, 4), epoch(2, 0.8, 7), epoch(3, 0.7, 5)];
        let run = TrainingRun::new(Plan { history: History { losses, epochs }, ..plan(0) });
        assert_eq!((run.best, run.loss, run.epochs.len()), (Some(2), Some(0.7), 3), "best by accuracy");
        assert_eq!(*run.losses, [[0.05, 2.0], [0.15, 1.0], [0.25, 0.5]], "in the middle of each step");
        let fresh = TrainingRun::new(plan(0));
        assert_eq!((fresh.best, fresh.loss, fresh.losses.len()), (None, None, 0));
    }

    #[test]
    fn steps_are_placed_by_epoch() {
        let run =
            after(plan(0), [TrainingAction::Step(progress(1, 5), 2.0), TrainingAction::Step(progress(3, 10), 1.0)]);
        assert_eq!(*run.losses, [[0.5, 2.0], [3.0, 1.0]]);
        assert_eq!((run.loss, run.progress), (Some(1.0), Some(progress(3, 10))));
        let none = Plan { steps_per_epoch: 0, ..plan(0) };
        assert!(after(none, [TrainingAction::Step(progress(0, 0), 1.0)]).losses[0][0].is_finite());
    }

    #[test]
    fn the_folds_of_a_cross_validation_draw_no_curve() {
        let run = after(plan(3), [TrainingAction::Step(progress(1, 5), 2.0)]);
        assert!(run.is_cross() && run.losses.is_empty() && run.loss == Some(2.0));
    }

    #[test]
    fn a_long_curve_is_thinned_to_means() {
        let steps = (1..=5000).map(|step| TrainingAction::Step(progress(1, step), 1.0));
        let run = after(Plan { steps_per_epoch: 5000, ..plan(0) }, steps);
        assert!(run.losses.len() < MAX_POINTS && run.losses.len() > MAX_POINTS / 4);
        assert!(run.losses.iter().all(|point| point[1] == 1.0));
        assert!(run.losses.is_sorted_by(|a, b| a[0] < b[0]));
    }

    #[test]
    fn an_epoch_without_a_step_has_a_point_all_the_same() {
        let run = after(plan(0), [ended(1, true)]);
        assert_eq!(*run.losses, [[1.0, 1.0]]);
        let told = run.progress.unwrap();
        assert_eq!((told.epoch, told.step, told.seconds_left), (1, 10, 16.0), "four epochs of four seconds are left");
        assert_eq!(told.images_per_second, 20.0);
        let run = after(plan(0), [TrainingAction::Step(progress(1, 10), 2.0), ended(1, true)]);
        assert_eq!(*run.losses, [[1.0, 2.0]], "its steps are there already");
        assert_eq!(run.progress.map(|progress| progress.images_per_second), Some(50.0));
    }

    #[test]
    fn the_other_folds_of_a_cross_validation_are_left_too() {
        let left = |actions: Vec<TrainingAction>| after(plan(3), actions).progress.map(|told| told.seconds_left);
        let fold = |fold| TrainingAction::Step(Progress { fold, ..progress(1, 5) }, 2.0);
        assert_eq!(left(vec![ended(1, true)]), Some(56.0), "four epochs, and two folds of five");
        assert_eq!(left(vec![fold(2), ended(1, true)]), Some(36.0));
        assert_eq!(left(vec![fold(3), ended(1, true)]), Some(16.0));
    }

    #[test]
    fn the_best_epoch_is_the_reported_one() {
        let run = after(plan(0), [ended(1, true), ended(2, false)]);
        assert_eq!((run.best, run.epochs.len()), (Some(1), 2));
        assert_eq!(run.epoch(2).map(|record| record.epoch), Some(2));
        assert!(run.epoch(3).is_none() && run.epoch(0).is_none());
        let over = |best| after(plan(0), [ended(1, true), TrainingAction::Over(Outcome::Finished, best)]).best;
        assert_eq!((over(Some(2)), over(None)), (Some(2), Some(1)));
    }

    #[test]
    fn moving_to_the_cpu_goes_back_to_the_checkpoint() {
        let run = after(
            plan(0),
            [
                ended(1, true),
                TrainingAction::Step(progress(2, 5), 0.7),
                ended(2, true),
                TrainingAction::Step(progress(3, 5), 0.6),
                TrainingAction::MovedToCpu(1),
            ],
        );
        assert_eq!((run.moved, run.best, run.epochs.len(), run.losses.len()), (Some(1), None, 1, 1));
        let run = after(plan(0), [ended(1, true), ended(2, false), TrainingAction::MovedToCpu(2)]);
        assert_eq!((run.best, run.epochs.len()), (Some(1), 2), "nothing is lost");
    }

    #[test]
    fn pausing_makes_what_is_stored_out_of_date() {
        let stored = |actions: Vec<TrainingAction>| after(plan(0), actions).stored;
        assert_eq!(stored(vec![]), Stored::NotYet);
        assert_eq!(stored(vec![TrainingAction::Stored(None)]), Stored::Yes);
        assert_eq!(stored(vec![TrainingAction::Stored(None), TrainingAction::Pausing]), Stored::NotYet);
        let refused = TrainingAction::Stored(Some(message("full")));
        assert_eq!(stored(vec![refused, TrainingAction::Pausing]), Stored::No(message("full")));
    }

    #[test]
    fn phases_follow_each_other() {
        let phase = |actions: Vec<TrainingAction>| after(plan(0), actions).phase;
        assert_eq!(phase(vec![TrainingAction::Pausing]).name(), "pausing");
        assert_eq!(phase(vec![TrainingAction::Pausing, TrainingAction::Paused]).name(), "paused");
        assert_eq!(phase(vec![TrainingAction::Paused, TrainingAction::Resumed]).name(), "running");
        for (phase, name, live) in [
            (Phase::Running, "running", true),
            (Phase::Pausing, "pausing", true),
            (Phase::Paused, "paused", true),
            (Phase::Over(Outcome::Finished), "finished", false),
            (Phase::Over(Outcome::Early), "early", false),
            (Phase::Over(Outcome::Cancelled), "cancelled", false),
            (Phase::Over(Outcome::Diverged(Divergence::NotFinite { epoch: 1, step: 1 })), "diverged", false),
            (Phase::Failed(message("x")), "failed", false),
            (Phase::Crashed, "crashed", false),
        ] {
            assert_eq!((phase.name(), phase.is_live()), (name, live));
        }
    }

    #[test]
    fn only_a_training_run_that_learned_something_can_be_adopted() {
        let over = || TrainingAction::Over(Outcome::Cancelled, None);
        assert!(!after(plan(0), [over()]).has_result(), "no step was made");
        assert!(after(plan(0), [TrainingAction::Step(progress(1, 1), 2.0), over()]).has_result());
        assert!(!after(plan(0), [TrainingAction::Step(progress(1, 1), 2.0)]).has_result(), "it still runs");
        assert!(!after(plan(3), [TrainingAction::Step(progress(1, 1), 2.0), over()]).has_result());
    }

    #[test]
    fn a_run_that_is_over_no_longer_shows_its_network() {
        let show = || TrainingAction::Show(true);
        assert!(after(plan(0), [show()]).showing);
        assert!(!after(plan(0), [show(), TrainingAction::Over(Outcome::Finished, None)]).showing);
        assert!(!after(plan(0), [show(), TrainingAction::Show(false)]).showing);
    }
}
