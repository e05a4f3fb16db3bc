//! Hands: workers of the same program that read crops beside the engine, so that a CPU with several cores is used. What a
//! hand does not do, because it fails or never starts, the engine does itself.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::rc::Rc;

use burn::tensor::Device;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker};

use super::Engine;
use crate::engine::protocol::wire::{from_message, to_message};
use crate::engine::protocol::{Command, CrewCommand, CrewEvent, Event};
use crate::engine::site;
use crate::evaluation::predict;
use crate::evaluation::robustness::{Batch, Lab};
use crate::expression::Expression;
use crate::network;
use crate::vision::{CROP_PIXELS, Crop};

/// More hands than this take more memory than they are worth.
const MOST_HANDS: usize = 7;

/// Crops that a hand reads at once: enough for a good rate, few enough for an even end.
const BATCH: usize = 16;

/// The hands of a run. They are let go with it.
pub(super) struct Crew {
    hands: Vec<Hand>,
}

struct Hand {
    worker: Worker,
    inbox: Rc<RefCell<VecDeque<Message>>>,
    state: State,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(ErrorEvent)>,
}

enum State {
    /// On its way; it hears nothing yet.
    Starting,
    Idle,
    Busy(Batch),
    /// Of no use.
    Broken,
}

enum Message {
    Started,
    Read(Vec<[f32; Expression::COUNT]>),
    Failed,
}

impl Crew {
    /// Calls as many hands as there are cores beside the engine's own.
    pub fn call() -> Self {
        let hands = (1..cores()).take(MOST_HANDS).filter_map(|_| Hand::call().ok()).collect();
        Self { hands }
    }

    /// Nobody.
    pub fn none() -> Self {
        Self { hands: Vec::new() }
    }

    /// Takes in what was read and deals out more. `weights` is the network's file.
    pub fn work(&mut self, lab: &mut Lab, weights: &[u8]) {
        for hand in &mut self.hands {
            hand.hear(lab, weights);
            if matches!(hand.state, State::Idle)
                && let Some(batch) = lab.deal(BATCH)
            {
                hand.give(batch, lab);
            }
        }
        self.hands.retain(|hand| !matches!(hand.state, State::Broken));
    }

    /// Whether somebody still reads.
    pub fn is_busy(&self) -> bool {
        self.hands.iter().any(|hand| matches!(hand.state, State::Busy(_)))
    }
}

impl Hand {
    fn call() -> Result<Self, JsValue> {
        let worker = site::twin()?;
        let inbox = Rc::new(RefCell::new(VecDeque::new()));
        let put = Rc::clone(&inbox);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            let parts: js_sys::Array = message.data().unchecked_into();
            put.borrow_mut().push_back(match from_message(&parts.get(0)) {
                Ok(Event::Progress { .. }) => Message::Started,
                Ok(Event::Crew(CrewEvent::Read { logits })) => Message::Read(logits),
                _ => Message::Failed,
            });
        });
        let put = Rc::clone(&inbox);
        let on_error = Closure::<dyn Fn(ErrorEvent)>::new(move |_| put.borrow_mut().push_back(Message::Failed));
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, inbox, state: State::Starting, _on_message: on_message, _on_error: on_error })
    }

    fn hear(&mut self, lab: &mut Lab, weights: &[u8]) {
        loop {
            let message = self.inbox.borrow_mut().pop_front();
            match (message, std::mem::replace(&mut self.state, State::Broken)) {
                (None, state) => {
                    self.state = state;
                    return;
                }
                (Some(Message::Started), State::Starting) => {
                    if self.send(CrewCommand::Load { weights: weights.to_vec() }) {
                        self.state = State::Idle;
                    }
                }
                (Some(Message::Read(logits)), State::Busy(batch)) => {
                    lab.put(batch, &logits);
                    self.state = State::Idle;
                }
                (Some(_), State::Busy(batch)) => lab.give_back(batch),
                (Some(_), _) => {}
            }
        }
    }

    fn give(&mut self, batch: Batch, lab: &mut Lab) {
        let crops = batch.crops.iter().flat_map(Crop::bytes).copied().collect();
        if self.send(CrewCommand::Read { crops }) {
            self.state = State::Busy(batch);
        } else {
            lab.give_back(batch);
            self.state = State::Broken;
        }
    }

    fn send(&self, command: CrewCommand) -> bool {
        let message = to_message(&Command::Crew(command));
        message.is_ok_and(|message| self.worker.post_message(&js_sys::Array::of1(&message)).is_ok())
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// In a hand: what it reads with.
pub(super) type Reader = (network::Network, Device);

impl Engine {
    /// Does what a hand is told.
    pub(super) async fn on_crew(&mut self, command: CrewCommand) {
        let event = match command {
            CrewCommand::Load { weights } => {
                let device = Device::flex();
                let file = network::load(&weights, &device);
                self.reader = file.ok().map(|file| (file.asked(), device));
                match self.reader {
                    Some(_) => return,
                    None => CrewEvent::Failed,
                }
            }
            CrewCommand::Read { crops } => self.read_crops(&crops).await.unwrap_or(CrewEvent::Failed),
        };
        self.post(&Event::Crew(event));
    }

    async fn read_crops(&self, crops: &[u8]) -> Option<CrewEvent> {
        let (network, device) = self.reader.as_ref()?;
        let crops: Vec<Crop> = crops.as_chunks::<CROP_PIXELS>().0.iter().map(|crop| Crop(Box::new(*crop))).collect();
        let count = crops.len();
        let logits = predict(network, crops, count, device, async |_| ControlFlow::Continue(())).await.ok()?;
        Some(CrewEvent::Read { logits })
    }
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
