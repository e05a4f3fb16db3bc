//! Starts pool workers, and runs the pool worker's side.
//!
//! Messages between engine and pool workers have three parts (the bytes, nothing, and `true`), to distinguish them from
//! the page's messages of two parts.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, ErrorEvent, MessageEvent, Worker};

use crate::engine::platform::{OnnxPrograms, PoolConnection, Workers};
use crate::engine::pool::messages::{PoolCommand, PoolMessage};
use crate::engine::pool::server::PoolServer;
use mien_browser::site;
use mien_browser::thrown::describe;
use mien_browser::wire::{from_message, to_message};

/// Starts additional workers with the same script.
pub(super) struct BrowserWorkers;

impl Workers for BrowserWorkers {
    fn cores(&self) -> usize {
        let property = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into());
        let navigator = property(&js_sys::global(), "navigator");
        let cores = navigator.and_then(|navigator| property(&navigator, "hardwareConcurrency"));
        // one if the browser does not report the number
        cores.ok().and_then(|cores| cores.as_f64()).map_or(1, |cores| cores as usize)
    }

    fn start(&self) -> Result<Box<dyn PoolConnection>, String> {
        let worker = site::nested_worker().map_err(|error| describe(&error))?;
        let inbox = Rc::new(RefCell::new(VecDeque::new()));
        let put = Rc::clone(&inbox);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let parts: Array = event.data().unchecked_into();
            put.borrow_mut().push_back(match message(&parts) {
                // what every worker of this program posts once it takes messages
                None => PoolMessage::Started,
                Some(Ok(event)) => PoolMessage::Event(event),
                Some(Err(error)) => PoolMessage::Crashed(error.to_string()),
            });
        });
        let put = Rc::clone(&inbox);
        let on_error = Closure::<dyn Fn(ErrorEvent)>::new(move |error: ErrorEvent| {
            put.borrow_mut().push_back(PoolMessage::Crashed(error.message()));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Box::new(Connection { worker, inbox, _on_message: on_message, _on_error: on_error }))
    }
}

/// The engine's connection to a pool worker; dropping it terminates the worker.
struct Connection {
    worker: Worker,
    inbox: Rc<RefCell<VecDeque<PoolMessage>>>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(ErrorEvent)>,
}

impl PoolConnection for Connection {
    fn receive(&self) -> Option<PoolMessage> {
        self.inbox.borrow_mut().pop_front()
    }

    fn send(&self, command: PoolCommand) -> Result<(), String> {
        let (message, transfer) = to_pool_message(&command)?;
        self.worker.post_message_with_transfer(&message, &transfer).map_err(|error| describe(&error))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// The pool worker's side.
pub(super) struct Server {
    scope: DedicatedWorkerGlobalScope,
    server: Rc<PoolServer>,
}

impl Server {
    /// Creates a server that posts its answers to `scope`.
    pub fn new(scope: DedicatedWorkerGlobalScope, onnx: Rc<dyn OnnxPrograms>) -> Self {
        Self { scope, server: Rc::new(PoolServer::new(onnx)) }
    }

    /// Answers a command asynchronously.
    pub fn take(&self, command: Result<PoolCommand, postcard::Error>) {
        let command = match command {
            Ok(command) => command,
            // cannot happen: both are of one program
            Err(error) => return log::error!("a pool command cannot be decoded: {error}"),
        };
        let (scope, server) = (self.scope.clone(), Rc::clone(&self.server));
        spawn_local(async move {
            let Some(event) = server.answer(command).await else { return };
            let posted = to_pool_message(&event).and_then(|(message, transfer)| {
                scope.post_message_with_transfer(&message, &transfer).map_err(|error| describe(&error))
            });
            if let Err(error) = posted {
                log::error!("a pool worker's answer is not posted: {error}");
            }
        });
    }
}

/// The command or event of a pool message; `None` for messages from or to the page.
pub(super) fn message<T: DeserializeOwned>(parts: &Array) -> Option<Result<T, postcard::Error>> {
    parts.get(2).is_truthy().then(|| from_message(&parts.get(0)))
}

/// A message, and what is transferred with it: the bytes, which may be megabytes.
fn to_pool_message(message: &impl Serialize) -> Result<(Array, Array), String> {
    let bytes = to_message(message).map_err(|error| error.to_string())?;
    Ok((Array::of3(&bytes, &JsValue::UNDEFINED, &JsValue::TRUE), Array::of1(&bytes.buffer())))
}
