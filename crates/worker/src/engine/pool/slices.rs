//! Pool workers that compute slices of training batches beside the engine.

use std::rc::Rc;

use super::messages::{PoolCommand, PoolEvent, PoolMessage};
use super::{MAX_PAUSES, MAX_WORKERS, PAUSE};
use crate::engine::platform::{PoolConnection, Tasks, Workers};
use mien_compute::network::Network;
use mien_compute::training::{BatchSlice, SliceExecutor, SliceOutput, TrainingError, weights};

/// Computes the slices of a batch with the engine's own device and pool workers. What a pool worker that fails has not finished is
/// computed by the engine, with the same result.
pub(in crate::engine) struct SlicePool {
    workers: Vec<SliceWorker>,
    tasks: Rc<dyn Tasks>,
}

struct SliceWorker {
    connection: Box<dyn PoolConnection>,
    state: WorkerState,
}

enum WorkerState {
    /// Starting; it does not receive messages yet. Then it makes its network by this command.
    Starting(Rc<PoolCommand>),
    Idle,
    /// It computes the slice with this index.
    Busy(usize),
    /// Failed; it will be removed.
    Failed,
}

impl SlicePool {
    /// Without pool workers: the engine computes all slices.
    pub fn alone(tasks: Rc<dyn Tasks>) -> Self {
        Self { workers: Vec::new(), tasks }
    }

    /// Starts a pool worker for each of `slices` but the engine's own, at most one for each other core. `make` is the command that makes
    /// the network.
    pub fn start(workers: &dyn Workers, tasks: Rc<dyn Tasks>, make: PoolCommand, slices: usize) -> Self {
        let make = Rc::new(make);
        let count = workers.cores().min(slices).saturating_sub(1).min(MAX_WORKERS);
        let start = |_| {
            let started = workers.start();
            let connection = started.inspect_err(|error| log::warn!("a pool worker does not start: {error}")).ok()?;
            Some(SliceWorker { connection, state: WorkerState::Starting(Rc::clone(&make)) })
        };
        Self { workers: (0..count).filter_map(start).collect(), tasks }
    }
}

impl SliceExecutor for SlicePool {
    async fn run(&mut self, network: &Network, slices: Vec<BatchSlice>) -> Result<Vec<SliceOutput>, TrainingError> {
        let mut outputs: Vec<Option<SliceOutput>> = slices.iter().map(|_| None).collect();
        let weights = if self.workers.is_empty() { Vec::new() } else { weights(network).await? };
        let (mut is_first, mut pauses) = (true, 0);
        while outputs.iter().any(Option::is_none) {
            // messages are delivered between tasks; before any slice is sent, only a worker that starts has one
            let is_awaited = |worker: &SliceWorker| !is_first || matches!(worker.state, WorkerState::Starting(_));
            if self.workers.iter().any(is_awaited) {
                self.tasks.wait(if pauses == 0 { 0 } else { PAUSE }).await;
            }
            is_first = false;
            for worker in &mut self.workers {
                if worker.receive(&mut outputs) {
                    pauses = 0;
                }
            }
            self.workers.retain(|worker| !matches!(worker.state, WorkerState::Failed));
            let is_open = |workers: &[SliceWorker], index: usize| {
                !workers.iter().any(|worker| matches!(worker.state, WorkerState::Busy(busy) if busy == index))
            };
            let open = (0..slices.len()).filter(|&index| outputs[index].is_none() && is_open(&self.workers, index));
            let mut open: Vec<usize> = open.collect();
            for worker in &mut self.workers {
                // the engine computes one, too
                if open.len() > 1
                    && matches!(worker.state, WorkerState::Idle)
                    && let Some(index) = open.pop()
                {
                    worker.assign(index, &weights, &slices[index]);
                }
            }
            match open.first() {
                Some(&index) => outputs[index] = Some(slices[index].compute(network).await?),
                None => {
                    pauses += 1;
                    if pauses > MAX_PAUSES {
                        log::warn!("pool workers do not answer");
                        self.workers.clear();
                    }
                }
            }
        }
        Ok(outputs.into_iter().flatten().collect())
    }
}

impl SliceWorker {
    /// Whether a message came.
    fn receive(&mut self, outputs: &mut [Option<SliceOutput>]) -> bool {
        let mut came = false;
        while let Some(message) = self.connection.receive() {
            came = true;
            self.state = match (message, &self.state) {
                (PoolMessage::Started, WorkerState::Starting(make)) => {
                    let make = PoolCommand::clone(make);
                    self.send(make, WorkerState::Idle)
                }
                (PoolMessage::Event(PoolEvent::Computed { slice, output }), WorkerState::Busy(index))
                    if slice as usize == *index && index < &outputs.len() =>
                {
                    outputs[*index] = Some(output);
                    WorkerState::Idle
                }
                (message, _) => {
                    let reason = match message {
                        PoolMessage::Crashed(reason) => reason,
                        PoolMessage::Started | PoolMessage::Event(_) => "an unexpected message".to_owned(),
                    };
                    log::warn!("a pool worker fails: {reason}");
                    WorkerState::Failed
                }
            };
        }
        came
    }

    fn assign(&mut self, index: usize, weights: &[f32], slice: &BatchSlice) {
        let command = PoolCommand::Compute { slice: index as u32, weights: weights.to_vec(), batch: slice.clone() };
        self.state = self.send(command, WorkerState::Busy(index));
    }

    /// Sends a command; the state after it.
    fn send(&self, command: PoolCommand, then: WorkerState) -> WorkerState {
        match self.connection.send(command) {
            Ok(()) => then,
            Err(error) => {
                log::warn!("a pool worker cannot be reached: {error}");
                WorkerState::Failed
            }
        }
    }
}
