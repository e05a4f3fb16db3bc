//! The web worker: messages, pixels and files of the browser.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DedicatedWorkerGlobalScope, FileReaderSync, ImageBitmap, MessageEvent, Response};

use crate::recognition::Recognition;
use mien_browser::pixels::PixelReader;
use mien_browser::site;
use mien_browser::wire::{from_message, to_message};
use mien_core::vision::Frame;
use mien_protocol::quick_start::QuickStartEvent;

/// Weights files, by their path from the page: the detector, and the smallest of the classifiers.
const DETECTOR: &str = "weights/blazeface.safetensors";
const CLASSIFIER: &str = "weights/phone.safetensors";

/// Fetches the weights, tells the page when it can recognize, and answers its commands from then on.
///
/// Only in a worker of the page, whose name says where the weights are. The worker of the library has none, and calls the functions in
/// `library` instead.
pub fn run() {
    if scope().name().is_empty() {
        return;
    }
    // both are requested before either arrives
    let weights = [DETECTOR, CLASSIFIER].map(|path| site::fetch_in_worker(&scope(), path));
    spawn_local(async move {
        match start(weights).await {
            Some((recognition, started)) => {
                listen(recognition);
                post(&started);
            }
            None => post(&QuickStartEvent::Failed),
        }
    });
}

async fn start([detector, classifier]: [Promise; 2]) -> Option<(Recognition, QuickStartEvent)> {
    let (detector, classifier) = (content(detector).await.ok()?, content(classifier).await.ok()?);
    let (recognition, summary) = Recognition::load(&detector, &classifier, now)?;
    Some((recognition, QuickStartEvent::Started(summary)))
}

/// The content of a response.
async fn content(response: Promise) -> Result<Vec<u8>, JsValue> {
    let response: Response = JsFuture::from(response).await?.unchecked_into();
    if !response.ok() {
        return Err(JsValue::UNDEFINED);
    }
    Ok(Uint8Array::new(&JsFuture::from(response.array_buffer()?).await?).to_vec())
}

/// Handles the commands of the page. It sends none before it is told that this engine has started.
fn listen(mut recognition: Recognition) {
    let mut reader = None;
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        let parts: Array = message.data().unchecked_into();
        let attached: Array = parts.get(1).dyn_into().unwrap_or_default();
        let answer = match from_message(&parts.get(0)) {
            Ok(command) => recognition.handle(
                command,
                || picture(&attached.get(0).dyn_into().ok()?, &mut reader),
                || attached.get(1).dyn_into().ok().map(|file| bytes(&file).unwrap_or_default()),
            ),
            // the page is of another version
            Err(_) => Some(QuickStartEvent::Failed),
        };
        if let Some(event) = answer {
            post(&event);
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
}

/// The pixels of a bitmap, which is closed.
fn picture(bitmap: &ImageBitmap, reader: &mut Option<PixelReader>) -> Option<Frame> {
    let kept = match reader.take() {
        Some(kept) => kept,
        None => PixelReader::new().ok()??,
    };
    let (width, height, pixels) = reader.insert(kept).read(bitmap).ok()?;
    Frame::new(width, height, pixels).ok()
}

fn bytes(file: &Blob) -> Result<Vec<u8>, JsValue> {
    Ok(Uint8Array::new(&FileReaderSync::new()?.read_as_array_buffer(file)?.into()).to_vec())
}

fn post(event: &QuickStartEvent) {
    // neither fails: there are numbers, texts and lists, and nothing that the page could not receive
    if let Ok(message) = to_message(event) {
        let _ = scope().post_message_with_transfer(&Array::of1(&message), &Array::of1(&message.buffer()));
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Milliseconds since the worker started.
pub fn now() -> f64 {
    scope().performance().map_or(0.0, |performance| performance.now())
}
