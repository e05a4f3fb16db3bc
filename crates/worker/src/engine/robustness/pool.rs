//! The worker pool: further workers of the same program that classify crops beside the engine, so that a CPU with several
//! cores is used. What a pool worker does not do, because it fails or never starts, the engine does itself.

use std::cell::RefCell;
use std::ops::ControlFlow;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::engine::platform::{PoolConnection, Workers};
use mien_compute::evaluation::predict;
use mien_compute::evaluation::robustness::{Batch, RobustnessTest};
use mien_compute::network;
use mien_core::expression::Expression;
use mien_core::vision::{CROP_PIXELS, Crop};

/// The most pool workers: each holds a network of its own, and more gain too little for their memory.
const MAX_WORKERS: usize = 7;

/// Crops that a pool worker classifies at once: enough for a good rate, few enough for an even end.
const BATCH: usize = 16;

/// From the engine to a pool worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PoolCommand {
    /// Load a network. Answered by [`PoolEvent::Failed`] if it cannot be read.
    Load {
        /// The weights file.
        #[serde(with = "serde_bytes")]
        weights: Vec<u8>,
    },
    /// Classify crops. Answered by [`PoolEvent::Read`] or [`PoolEvent::Failed`].
    Read {
        /// 48×48 grey bytes each, one after the other.
        #[serde(with = "serde_bytes")]
        crops: Vec<u8>,
    },
}

/// From a pool worker to its engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PoolEvent {
    /// The logits of each crop, in their order.
    Read {
        /// `[crops, 7]`.
        logits: Vec<[f32; Expression::COUNT]>,
    },
    /// The pool worker failed.
    Failed,
}

/// What arrives from a pool worker.
#[derive(Clone, Debug, PartialEq)]
pub enum PoolMessage {
    /// It takes commands from now on.
    Started,
    /// It has answered.
    Event(PoolEvent),
    /// It has crashed, or sent something else; why.
    Crashed(String),
}

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
    /// Loading; it takes no messages yet.
    Starting,
    Idle,
    Busy(Batch),
    /// It has failed and is about to be dropped.
    Failed,
}

impl WorkerPool {
    /// Starts a worker for every core beside the engine's own.
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

    /// Collects what was classified and assigns more. `weights` is the network's file.
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
                (PoolMessage::Event(PoolEvent::Read { logits }), WorkerState::Busy(batch)) => {
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
        if self.send(PoolCommand::Read { crops }) {
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

/// The pool worker's side: a network, and answers to the engine's commands.
#[derive(Debug)]
pub struct PoolServer {
    network: RefCell<Option<network::Network>>,
    device: Device,
}

impl Default for PoolServer {
    fn default() -> Self {
        Self { network: RefCell::default(), device: Device::flex() }
    }
}

impl PoolServer {
    /// The answer to a command, if it has one. The engine sends the next only after the answer.
    pub async fn answer(&self, command: PoolCommand) -> Option<PoolEvent> {
        match command {
            PoolCommand::Load { weights } => match network::load(&weights, &self.device) {
                Ok(file) => {
                    self.network.replace(Some(file.for_inference()));
                    None
                }
                Err(error) => {
                    log::error!("a pool worker cannot load the network: {error}");
                    self.network.replace(None);
                    Some(PoolEvent::Failed)
                }
            },
            PoolCommand::Read { crops } => Some(self.classify(&crops).await),
        }
    }

    async fn classify(&self, crops: &[u8]) -> PoolEvent {
        let Some(network) = self.network.borrow().clone() else { return PoolEvent::Failed };
        let crops: Vec<Crop> = crops.as_chunks::<CROP_PIXELS>().0.iter().map(|crop| Crop(Box::new(*crop))).collect();
        let count = crops.len();
        match predict(&network, crops, count, &self.device, async |_| ControlFlow::Continue(())).await {
            Ok(logits) => PoolEvent::Read { logits },
            Err(error) => {
                log::error!("a pool worker cannot classify: {error}");
                PoolEvent::Failed
            }
        }
    }
}
