//! The worker pool: additional workers with the same script that predict crops, or compute slices of training batches, concurrently with
//! the engine, to use several CPU cores. Work of a pool worker that fails or never starts is done by the engine.

pub mod messages;
pub mod server;
pub(super) mod slices;

use std::collections::VecDeque;
use std::rc::Rc;

use self::messages::{PoolCommand, PoolEvent, PoolMessage};
use super::platform::{PoolConnection, Tasks, Workers};
use super::recognition::ComputeError;
use mien_compute::evaluation::robustness::RobustnessTest;
use mien_compute::evaluation::{Batch, PendingPredictions};
use mien_core::expression::Distribution;
use mien_core::vision::Crop;

/// Maximum number of pool workers: each has its own copy of the networks, and more would gain little for the memory.
const MAX_WORKERS: usize = 7;

/// Forward passes per batch of a pool worker: large enough for good throughput, small enough for workers to finish at about the
/// same time.
const BATCH: usize = 16;

/// Milliseconds between two looks at the workers' results when nothing else is to be done.
const PAUSE: i32 = 5;

/// How often in a row nothing came from any worker before they are given up: a minute at least, where a batch takes seconds.
const MAX_PAUSES: u32 = 12_000;

/// Batches that a pool worker has at a time: it computes one while the engine has not looked yet whether the one before is done.
const AHEAD: usize = 2;

/// Crops to be predicted in batches, in any order.
pub(super) trait Work {
    /// Takes at most so many crops; `None` when all were taken.
    fn take(&mut self, most: usize) -> Option<Batch>;

    /// Takes the predictions of a batch; if they are not as many as crops, the batch is put back.
    fn record(&mut self, batch: Batch, predictions: &[Distribution]);

    /// Takes back a batch without predictions.
    fn put_back(&mut self, batch: Batch);
}

macro_rules! work {
    ($($work:ty),*) => {$(
        impl Work for $work {
            fn take(&mut self, most: usize) -> Option<Batch> {
                self.next_batch(most)
            }

            fn record(&mut self, batch: Batch, predictions: &[Distribution]) {
                self.record(batch, predictions);
            }

            fn put_back(&mut self, batch: Batch) {
                self.return_batch(batch);
            }
        }
    )*};
}
work![RobustnessTest, PendingPredictions];

/// The pool workers of a job. They end with it.
pub(super) struct WorkerPool {
    workers: Vec<PoolWorker>,
    /// Crops per batch.
    batch: usize,
    /// How often in a row nothing came from any worker.
    pauses: u32,
}

struct PoolWorker {
    connection: Box<dyn PoolConnection>,
    state: WorkerState,
    /// What it computes, and what it will compute next, by their numbers.
    batches: VecDeque<(u32, Batch)>,
    /// The number of the next batch.
    next: u32,
}

enum WorkerState {
    /// Starting; it does not receive messages yet. Then it loads the networks by this command.
    Starting(Rc<PoolCommand>),
    Running,
    /// Failed; it will be removed.
    Failed,
}

impl Default for WorkerPool {
    /// Without workers: the engine does all.
    fn default() -> Self {
        Self { workers: Vec::new(), batch: BATCH, pauses: 0 }
    }
}

impl WorkerPool {
    /// Starts a worker for each core except the engine's own. `load` is the command that loads the networks, `passes` the number of
    /// forward passes per crop.
    pub fn start(workers: &dyn Workers, load: PoolCommand, passes: usize) -> Self {
        let load = Rc::new(load);
        let start = |_| match workers.start() {
            Ok(connection) => {
                let state = WorkerState::Starting(Rc::clone(&load));
                Some(PoolWorker { connection, state, batches: VecDeque::new(), next: 0 })
            }
            Err(error) => {
                log::warn!("a pool worker does not start: {error}");
                None
            }
        };
        let started = (1..workers.cores()).take(MAX_WORKERS).filter_map(start).collect();
        Self { workers: started, batch: (BATCH / passes).max(1), pauses: 0 }
    }

    /// Records what the workers have finished and gives them more. Meanwhile `predict` predicts at most `count` crops on the engine's
    /// own device, or, if none are left and the workers are busy, this waits for a moment.
    ///
    /// # Errors
    /// When `predict` fails; its crops are put back.
    pub async fn advance(
        &mut self,
        work: &mut dyn Work,
        count: usize,
        tasks: &dyn Tasks,
        predict: impl AsyncFnOnce(&[Crop]) -> Result<Vec<Distribution>, ComputeError>,
    ) -> Result<(), ComputeError> {
        for worker in &mut self.workers {
            if worker.receive(work) {
                self.pauses = 0;
            }
            worker.assign(work, self.batch);
            worker.put_back(work);
        }
        self.workers.retain(|worker| !matches!(worker.state, WorkerState::Failed));
        if let Some(batch) = work.take(count) {
            match predict(&batch.crops).await {
                Ok(predictions) => work.record(batch, &predictions),
                Err(error) => {
                    work.put_back(batch);
                    return Err(error);
                }
            }
        } else if self.workers.iter().any(|worker| !worker.batches.is_empty()) {
            self.pauses += 1;
            if self.pauses > MAX_PAUSES {
                log::warn!("pool workers do not answer");
                std::mem::take(self).stop(work);
            }
            tasks.wait(PAUSE).await;
        }
        Ok(())
    }

    /// Ends the workers; what they have not finished is put back.
    pub fn stop(self, work: &mut dyn Work) {
        self.workers.into_iter().flat_map(|worker| worker.batches).for_each(|(_, batch)| work.put_back(batch));
    }
}

impl PoolWorker {
    /// Whether a message came.
    fn receive(&mut self, work: &mut dyn Work) -> bool {
        let mut came = false;
        while let Some(message) = self.connection.receive() {
            came = true;
            match (message, &self.state) {
                (PoolMessage::Started, WorkerState::Starting(load)) => {
                    let load = PoolCommand::clone(load);
                    self.state = WorkerState::Running;
                    self.send(load);
                }
                (PoolMessage::Event(PoolEvent::Predicted { batch, predictions }), WorkerState::Running) => {
                    match self.take(batch, predictions.len()) {
                        Some(batch) => work.record(batch, &predictions),
                        None => self.state = WorkerState::Failed,
                    }
                }
                (message, _) => {
                    log::warn!("a pool worker fails: {message:?}");
                    self.state = WorkerState::Failed;
                }
            }
        }
        came
    }

    /// Takes the batch of this number out, if it has so many crops.
    fn take(&mut self, number: u32, crops: usize) -> Option<Batch> {
        let fits = |(own, batch): &(u32, Batch)| *own == number && batch.crops.len() == crops;
        let index = self.batches.iter().position(fits)?;
        self.batches.remove(index).map(|(_, batch)| batch)
    }

    fn assign(&mut self, work: &mut dyn Work, count: usize) {
        while matches!(self.state, WorkerState::Running)
            && self.batches.len() < AHEAD
            && let Some(batch) = work.take(count)
        {
            let crops = batch.crops.iter().flat_map(Crop::bytes).copied().collect();
            self.batches.push_back((self.next, batch));
            self.send(PoolCommand::Predict { batch: self.next, crops });
            self.next = self.next.wrapping_add(1);
        }
    }

    /// Puts back what a worker that failed has not finished.
    fn put_back(&mut self, work: &mut dyn Work) {
        if matches!(self.state, WorkerState::Failed) {
            self.batches.drain(..).for_each(|(_, batch)| work.put_back(batch));
        }
    }

    fn send(&mut self, command: PoolCommand) {
        if let Err(error) = self.connection.send(command) {
            log::warn!("a pool worker cannot be reached: {error}");
            self.state = WorkerState::Failed;
        }
    }
}
