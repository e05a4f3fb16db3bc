//! The browser implementation of [`crate::engine::platform`].

mod blob;
mod channel;
mod claim;
mod columns;
mod device;
mod files;
mod onnx;
mod pixels;
mod pool;
mod port;
mod scope;
mod site;
mod thrown;

use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, MessageEvent};

use self::blob::BlobFile;
use self::channel::BrowserTabs;
use self::columns::BrowserColumns;
use self::device::BrowserDevices;
use self::files::BrowserFiles;
use self::onnx::BrowserOnnx;
use self::pixels::{BitmapPicture, SharedReader};
use self::pool::BrowserWorkers;
use self::port::PagePort;
use self::scope::scope;
use self::site::BrowserSite;
use crate::engine::Inbox;
use crate::engine::platform::{Clock, InputFile, LocalFuture, Platform, Received, Tasks};
use mien_browser::thrown::describe;
use mien_browser::wire::from_message;

/// Runs an engine or a pool worker in this web worker; the messages determine which.
pub fn run() {
    console_error_panic_hook::set_once();
    mien_browser::console::start(mien_browser::site::query(&scope().name()));
    let platform = Platform {
        port: Rc::new(PagePort::new(scope())),
        site: Rc::new(BrowserSite),
        devices: Rc::new(BrowserDevices),
        columns: Rc::new(BrowserColumns),
        onnx: Rc::new(BrowserOnnx),
        files: Rc::new(BrowserFiles),
        workers: Rc::new(BrowserWorkers),
        tabs: Rc::new(BrowserTabs),
        tasks: Rc::new(BrowserTasks),
        clock: Clock { monotonic: now, unix: js_sys::Date::now, iso: || js_sys::Date::new_0().to_iso_string().into() },
    };
    let pool = pool::Server::new(scope(), Rc::new(BrowserOnnx));
    let reader = SharedReader::default();
    // until the engine is there no message can arrive: this function is not interrupted
    let inbox = Rc::new(std::cell::OnceCell::<Inbox>::new());
    let to_engine = Rc::clone(&inbox);
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        let parts: Array = message.data().unchecked_into();
        if let Some(command) = pool::message(&parts) {
            pool.take(command);
            return;
        }
        match (from_message(&parts.get(0)), to_engine.get()) {
            (Ok(command), Some(inbox)) => inbox.take(command, received(&parts.get(1), &reader)),
            // the page is of another version: its next start will load this one
            (Err(error), _) => log::error!("a command cannot be decoded: {error}"),
            (Ok(_), None) => {}
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    // notifies the page that messages are accepted from now on
    let _ = inbox.set(Inbox::new(&platform));
}

/// The attachment of a command.
fn received(value: &JsValue, reader: &SharedReader) -> Received {
    if let Some(bytes) = value.dyn_ref::<js_sys::Uint8Array>() {
        return Received::Bytes(bytes.to_vec());
    }
    let Some(parts) = value.dyn_ref::<Array>() else { return Received::Nothing };
    let mut files = parts.iter().filter_map(|file| file.dyn_into::<Blob>().ok()).map(file);
    match parts.get(0).dyn_into() {
        Ok(bitmap) => Received::Picture(Box::new(BitmapPicture::new(bitmap, reader)), files.next()),
        Err(_) => Received::Files(files.collect()),
    }
}

fn file(blob: Blob) -> Box<dyn InputFile> {
    Box::new(BlobFile(blob))
}

/// Runs futures in the worker's event loop.
struct BrowserTasks;

impl Tasks for BrowserTasks {
    fn spawn(&self, future: LocalFuture<'static, ()>) {
        spawn_local(future);
    }

    fn wait(&self, milliseconds: i32) -> LocalFuture<'static, ()> {
        let task = js_sys::Promise::new(&mut |resolve, _| {
            let set = scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
            if let Err(error) = set {
                // a worker always has timers; without one the engine continues at once
                log::error!("no timer: {}", describe(&error));
                let _ = resolve.call0(&JsValue::UNDEFINED);
            }
        });
        Box::pin(async move {
            // it is never rejected
            let _ = JsFuture::from(task).await;
        })
    }
}

/// Milliseconds since the worker started.
fn now() -> f64 {
    scope().performance().map_or(0.0, |performance| performance.now())
}
