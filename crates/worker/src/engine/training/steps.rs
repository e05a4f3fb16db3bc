//! The steps of a run, what is posted and stored after each, and its end.

use std::ops::ControlFlow;

use super::run::{RunState, Task};
use super::{Training, TrainingJob};
use crate::engine::jobs::Slice;
use crate::engine::pool::slices::SlicePool;
use crate::engine::recognition::{ComputeError, Recognition};
use crate::failure::Failure;
use mien_compute::training::{CrossOutcome, Session, StepOutcome, TrainingError};
use mien_core::training::{Divergence, FoldRecord};
use mien_protocol::{Outcome, TrainingEvent};

impl Training {
    /// Trains the next step.
    pub(super) async fn step(&mut self, recognition: &mut Recognition) -> Slice<TrainingJob> {
        let Some(run) = self.run.as_mut().filter(|run| run.state == RunState::Running) else {
            return Slice::Done;
        };
        let mut pool = run.take_pool(&*self.workers, &self.tasks);
        let guard = run.processor.guard.clone();
        let go_on = async |_| {
            guard.progress();
            ControlFlow::Continue(())
        };
        let start = self.clock.now();
        let advanced = guard.run(advance(&mut run.task, &mut pool, go_on)).await;
        // before the first step of a fold it is not known what the pool workers need
        run.pool = Some(pool).filter(|_| run.session().is_some());
        let spent = self.clock.now() - start;
        match advanced {
            Ok(Advanced::Step(fold, outcome)) => self.on_step(fold, outcome, spent, recognition).await,
            Ok(Advanced::Fold(record, folds)) => {
                self.post(TrainingEvent::Fold { record, folds });
                Slice::More(TrainingJob::Run)
            }
            Ok(Advanced::Finished) => {
                run.set_state(RunState::Over, self.clock.now());
                let event = run.over(Outcome::Finished);
                self.post(event);
                Slice::Done
            }
            Ok(Advanced::Diverged(divergence)) => self.end(Outcome::Diverged(divergence), recognition).await,
            Err(ComputeError::DeviceLost(reason)) => Slice::DeviceLost(TrainingJob::Run, reason),
            Err(ComputeError::Failed(reason)) => self.fail(reason),
        }
    }

    fn fail(&mut self, reason: Failure) -> Slice<TrainingJob> {
        if let Some(run) = &mut self.run {
            run.set_state(RunState::Failed, self.clock.now());
        }
        self.post(TrainingEvent::Failed { reason: reason.into() });
        Slice::Done
    }

    async fn on_step(
        &mut self,
        fold: u32,
        made: StepOutcome,
        spent: f64,
        recognition: &mut Recognition,
    ) -> Slice<TrainingJob> {
        let Some(run) = &mut self.run else { return Slice::Done };
        match made {
            StepOutcome::Step(record) => {
                let (shows, stores) = run.due(self.clock.now());
                if let Some(event) = run.add_step(fold, record, spent, self.clock) {
                    self.post(event);
                }
                if shows {
                    self.show_network(recognition).await;
                }
                if stores {
                    self.store_run().await;
                }
                Slice::More(TrainingJob::Run)
            }
            StepOutcome::Epoch(record) => {
                let best = run.session().is_some_and(Session::is_best);
                self.post(TrainingEvent::Epoch { record, best });
                self.store_run().await;
                self.show_network(recognition).await;
                Slice::More(TrainingJob::Run)
            }
            StepOutcome::Finished => {
                let early = run.session().is_some_and(Session::stopped_early);
                self.end(if early { Outcome::Early } else { Outcome::Finished }, recognition).await
            }
        }
    }

    /// Ends the run; a cross-validation ends by itself.
    async fn end(&mut self, outcome: Outcome, recognition: &mut Recognition) -> Slice<TrainingJob> {
        if let Some(run) = &mut self.run {
            run.set_state(RunState::Over, self.clock.now());
            if let Task::Single(_) = run.task {
                let event = run.over(outcome);
                self.post(event);
            }
        }
        self.show_network(recognition).await;
        Slice::Done
    }
}

/// The result of a training step.
enum Advanced {
    /// A step or an epoch, and its fold, counted from 1; 0 for a single network.
    Step(u32, StepOutcome),
    /// A fold is finished, of this number of folds.
    Fold(Box<FoldRecord>, u32),
    /// All folds are finished.
    Finished,
    /// Training diverged, which is not the device's failure.
    Diverged(Divergence),
}

async fn advance(
    task: &mut Task,
    pool: &mut SlicePool,
    go_on: impl AsyncFnMut(usize) -> ControlFlow<()>,
) -> Result<Advanced, TrainingError> {
    let advanced = match task {
        Task::Single(session) => session.step_with(pool, go_on).await.map(|outcome| Advanced::Step(0, outcome)),
        Task::CrossValidation(folds) => folds.step_with(pool, go_on).await.map(|outcome| match outcome {
            CrossOutcome::Training(fold, outcome) => Advanced::Step(fold as u32, outcome),
            CrossOutcome::Fold(record) => Advanced::Fold(record, folds.folds().1 as u32),
            CrossOutcome::Finished => Advanced::Finished,
        }),
    };
    match advanced {
        Err(TrainingError::Diverged(divergence)) => Ok(Advanced::Diverged(divergence)),
        advanced => advanced,
    }
}
