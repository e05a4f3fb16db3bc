//! The worker pool: further workers of the same program that classify crops beside the engine, so that a CPU with several
//! cores is used. What a pool worker does not do, because it fails or never starts, the engine does itself.
//!
//! Engine and pool workers send each other [`PoolCommand`]s and [`PoolEvent`]s as messages of three parts: the bytes,
//! nothing, and `true`, which tells them from the page's messages of two parts.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::rc::Rc;

use burn::tensor::Device;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, ErrorEvent, MessageEvent, Worker};

use mien_browser::site;
use mien_browser::wire::{from_message, to_message};
use mien_compute::evaluation::predict;
use mien_compute::evaluation::robustness::{Batch, RobustnessTest};
use mien_compute::network;
use mien_core::expression::Expression;
use mien_core::vision::{CROP_PIXELS, Crop};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The most pool workers: each holds a network of its own, and more gain too little for their memory.
const MAX_WORKERS: usize = 7;

/// Crops that a pool worker classifies at once: enough for a good rate, few enough for an even end.
const BATCH: usize = 16;

/// From the engine to a pool worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum PoolCommand {
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
pub(super) enum PoolEvent {
    /// The logits of each crop, in their order.
    Read {
        /// `[crops, 7]`.
        logits: Vec<[f32; Expression::COUNT]>,
    },
    /// The pool worker failed.
    Failed,
}

/// The pool workers of a run. They are terminated with it.
pub(super) struct WorkerPool {
    workers: Vec<PoolWorker>,
}

struct PoolWorker {
    worker: Worker,
    inbox: Rc<RefCell<VecDeque<Message>>>,
    state: State,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(ErrorEvent)>,
}

enum State {
    /// Loading; it takes no messages yet.
    Starting,
    Idle,
    Busy(Batch),
    /// Failed; it is terminated.
    Broken,
}

enum Message {
    Started,
    Read(Vec<[f32; Expression::COUNT]>),
    Failed,
}

impl WorkerPool {
    /// Starts a worker for every core beside the engine's own.
    pub fn start() -> Self {
        Self { workers: (1..cores()).take(MAX_WORKERS).filter_map(|_| PoolWorker::start().ok()).collect() }
    }

    /// A pool without workers.
    pub fn empty() -> Self {
        Self { workers: Vec::new() }
    }

    /// Collects what was classified and assigns more. `weights` is the network's file.
    pub fn advance(&mut self, test: &mut RobustnessTest, weights: &[u8]) {
        for worker in &mut self.workers {
            worker.receive(test, weights);
            if matches!(worker.state, State::Idle)
                && let Some(batch) = test.next_batch(BATCH)
            {
                worker.assign(batch, test);
            }
        }
        self.workers.retain(|worker| !matches!(worker.state, State::Broken));
    }

    /// Whether a worker is still classifying.
    pub fn is_busy(&self) -> bool {
        self.workers.iter().any(|worker| matches!(worker.state, State::Busy(_)))
    }
}

impl PoolWorker {
    fn start() -> Result<Self, JsValue> {
        let worker = site::twin()?;
        let inbox = Rc::new(RefCell::new(VecDeque::new()));
        let put = Rc::clone(&inbox);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            let parts: js_sys::Array = message.data().unchecked_into();
            put.borrow_mut().push_back(match pool_message(&parts) {
                // what every worker of this program says once it takes messages
                None => Message::Started,
                Some(Ok(PoolEvent::Read { logits })) => Message::Read(logits),
                Some(_) => Message::Failed,
            });
        });
        let put = Rc::clone(&inbox);
        let on_error = Closure::<dyn Fn(ErrorEvent)>::new(move |_| put.borrow_mut().push_back(Message::Failed));
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, inbox, state: State::Starting, _on_message: on_message, _on_error: on_error })
    }

    fn receive(&mut self, test: &mut RobustnessTest, weights: &[u8]) {
        loop {
            let message = self.inbox.borrow_mut().pop_front();
            match (message, std::mem::replace(&mut self.state, State::Broken)) {
                (None, state) => {
                    self.state = state;
                    return;
                }
                (Some(Message::Started), State::Starting) => {
                    if self.send(PoolCommand::Load { weights: weights.to_vec() }) {
                        self.state = State::Idle;
                    }
                }
                (Some(Message::Read(logits)), State::Busy(batch)) => {
                    test.record(batch, &logits);
                    self.state = State::Idle;
                }
                (Some(_), State::Busy(batch)) => test.return_batch(batch),
                (Some(_), _) => {}
            }
        }
    }

    fn assign(&mut self, batch: Batch, test: &mut RobustnessTest) {
        let crops = batch.crops.iter().flat_map(Crop::bytes).copied().collect();
        if self.send(PoolCommand::Read { crops }) {
            self.state = State::Busy(batch);
        } else {
            test.return_batch(batch);
            self.state = State::Broken;
        }
    }

    fn send(&self, command: PoolCommand) -> bool {
        to_pool_message(&command).is_some_and(|message| self.worker.post_message(&message).is_ok())
    }
}

impl Drop for PoolWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// The pool worker's side: a network, and answers to the engine's commands.
pub(super) struct PoolMember {
    scope: DedicatedWorkerGlobalScope,
    network: RefCell<Option<network::Network>>,
    device: Device,
}

impl PoolMember {
    /// A member that posts its events to `scope`.
    pub fn new(scope: DedicatedWorkerGlobalScope) -> Self {
        Self { scope, network: RefCell::default(), device: Device::flex() }
    }

    /// Answers a command. The engine sends the next only after the answer.
    pub async fn handle(&self, command: PoolCommand) {
        let event = match command {
            PoolCommand::Load { weights } => {
                let loaded = network::load(&weights, &self.device).ok().map(|file| file.for_inference());
                let failed = loaded.is_none();
                self.network.replace(loaded);
                failed.then_some(PoolEvent::Failed)
            }
            PoolCommand::Read { crops } => Some(self.read(&crops).await.unwrap_or(PoolEvent::Failed)),
        };
        // posting fails only when the engine is gone
        if let Some(message) = event.and_then(|event| to_pool_message(&event)) {
            let _ = self.scope.post_message(&message);
        }
    }

    async fn read(&self, crops: &[u8]) -> Option<PoolEvent> {
        let network = self.network.borrow().clone()?;
        let crops: Vec<Crop> = crops.as_chunks::<CROP_PIXELS>().0.iter().map(|crop| Crop(Box::new(*crop))).collect();
        let count = crops.len();
        let logits = predict(&network, crops, count, &self.device, async |_| ControlFlow::Continue(())).await.ok()?;
        Some(PoolEvent::Read { logits })
    }
}

/// The command or event of a pool message; `None` for a message of the page or for it.
pub(super) fn pool_message<T: DeserializeOwned>(parts: &js_sys::Array) -> Option<Result<T, postcard::Error>> {
    parts.get(2).is_truthy().then(|| from_message(&parts.get(0)))
}

fn to_pool_message(message: &impl Serialize) -> Option<js_sys::Array> {
    to_message(message).ok().map(|bytes| js_sys::Array::of3(&bytes, &JsValue::UNDEFINED, &JsValue::TRUE))
}

/// Cores of this machine, as far as the browser tells.
fn cores() -> usize {
    let navigator = property(&js_sys::global(), "navigator");
    let cores = navigator.and_then(|navigator| property(&navigator, "hardwareConcurrency"));
    cores.ok().and_then(|cores| cores.as_f64()).map_or(1, |cores| cores as usize)
}

fn property(of: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    js_sys::Reflect::get(of, &name.into())
}
