//! The worker pool: additional workers with the same script that classify crops concurrently with the engine, to use
//! several CPU cores. Work of a pool worker that fails or never starts is done by the engine.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

use burn::tensor::Device;

use super::pool_messages::{PoolCommand, PoolEvent, PoolMessage};
use crate::engine::platform::{PoolConnection, Workers};
use crate::engine::recognition::predictor;
use mien_compute::evaluation::predict;
use mien_compute::evaluation::robustness::{Batch, RobustnessTest};
use mien_compute::network::{self, Predictor};
use mien_core::vision::{CROP_PIXELS, Crop};

/// Maximum number of pool workers: each has its own copy of the network, and more would gain little for the memory.
const MAX_WORKERS: usize = 7;

/// Crops per batch of a pool worker: large enough for good throughput, small enough for workers to finish at about the
/// same time.
const BATCH: usize = 16;

/// The pool workers of a robustness test. They end with it.
#[derive(Default)]
pub(super) struct WorkerPool {
    workers: Vec<PoolWorker>,
}

struct PoolWorker {
    connection: Box<dyn PoolConnection>,
    state: WorkerState,
}

enum WorkerState {
    /// Starting; it does not receive messages yet.
    Starting,
    Idle,
    Busy(Batch),
    /// Failed; it will be removed.
    Failed,
}

impl WorkerPool {
    /// Starts a worker for each core except the engine's own.
    pub fn start(workers: &dyn Workers) -> Self {
        let start = |_| match workers.start() {
            Ok(connection) => Some(PoolWorker { connection, state: WorkerState::Starting }),
            Err(error) => {
                log::warn!("a pool worker does not start: {error}");
                None
            }
        };
        Self { workers: (1..workers.cores()).take(MAX_WORKERS).filter_map(start).collect() }
    }

    /// Collects results and assigns more batches. `weights` is the network's file.
    pub fn advance(&mut self, test: &mut RobustnessTest, weights: &[u8]) {
        for worker in &mut self.workers {
            worker.receive(test, weights);
            if matches!(worker.state, WorkerState::Idle)
                && let Some(batch) = test.next_batch(BATCH)
            {
                worker.assign(batch, test);
            }
        }
        self.workers.retain(|worker| !matches!(worker.state, WorkerState::Failed));
    }

    /// Whether a worker is still classifying.
    pub fn is_busy(&self) -> bool {
        self.workers.iter().any(|worker| matches!(worker.state, WorkerState::Busy(_)))
    }
}

impl PoolWorker {
    fn receive(&mut self, test: &mut RobustnessTest, weights: &[u8]) {
        while let Some(message) = self.connection.receive() {
            self.state = match (message, std::mem::replace(&mut self.state, WorkerState::Failed)) {
                (PoolMessage::Started, WorkerState::Starting) => {
                    if self.send(PoolCommand::Load { weights: weights.to_vec() }) {
                        WorkerState::Idle
                    } else {
                        WorkerState::Failed
                    }
                }
                (PoolMessage::Event(PoolEvent::Classified { logits }), WorkerState::Busy(batch)) => {
                    test.record(batch, &logits);
                    WorkerState::Idle
                }
                (message, state) => {
                    log::warn!("a pool worker fails: {message:?}");
                    if let WorkerState::Busy(batch) = state {
                        test.return_batch(batch);
                    }
                    WorkerState::Failed
                }
            };
        }
    }

    fn assign(&mut self, batch: Batch, test: &mut RobustnessTest) {
        let crops = batch.crops.iter().flat_map(Crop::bytes).copied().collect();
        if self.send(PoolCommand::Classify { crops }) {
            self.state = WorkerState::Busy(batch);
        } else {
            test.return_batch(batch);
            self.state = WorkerState::Failed;
        }
    }

    fn send(&self, command: PoolCommand) -> bool {
        let sent = self.connection.send(command);
        sent.inspect_err(|error| log::warn!("a pool worker cannot be reached: {error}")).is_ok()
    }
}

/// The pool worker's side: holds a network and answers the engine's commands.
#[derive(Debug)]
pub struct PoolServer {
    network: RefCell<Option<Rc<Predictor>>>,
    device: Device,
}

impl Default for PoolServer {
    fn default() -> Self {
        Self { network: RefCell::default(), device: Device::flex() }
    }
}

impl PoolServer {
    /// The answer to a command, if it has one. The engine sends the next command only after it.
    pub async fn answer(&self, command: PoolCommand) -> Option<PoolEvent> {
        match command {
            PoolCommand::Load { weights } => match network::load(&weights, &self.device) {
                Ok(file) => {
                    self.network.replace(Some(Rc::new(predictor(&file))));
                    None
                }
                Err(error) => {
                    log::error!("a pool worker cannot load the network: {error}");
                    self.network.replace(None);
                    Some(PoolEvent::Failed)
                }
            },
            PoolCommand::Classify { crops } => Some(self.classify(&crops).await),
        }
    }

    async fn classify(&self, crops: &[u8]) -> PoolEvent {
        let Some(network) = self.network.borrow().clone() else { return PoolEvent::Failed };
        let crops: Vec<Crop> = crops.as_chunks::<CROP_PIXELS>().0.iter().map(|crop| Crop(Box::new(*crop))).collect();
        let count = crops.len();
        match predict(&network, crops, count, async |_| ControlFlow::Continue(())).await {
            Ok(logits) => PoolEvent::Classified { logits },
            Err(error) => {
                log::error!("a pool worker cannot classify: {error}");
                PoolEvent::Failed
            }
        }
    }
}
