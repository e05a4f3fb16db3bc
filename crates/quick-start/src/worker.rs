//! The web worker: messages, pixels and files of the browser.

use js_sys::{Array, Float32Array, Promise, Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DedicatedWorkerGlobalScope, FileReaderSync, ImageBitmap, MessageEvent, MessagePort};

use crate::recognition::Recognition;
use mien_browser::pixels::PixelReader;
use mien_browser::wire::{from_message, to_message};
use mien_core::vision::Frame;
use mien_protocol::quick_start::QuickStartEvent;

/// The global variable with the promise of the weights files, the detector's and the classifier's, which `www/quick-start.js` fetches.
const WEIGHTS: &str = "weights";

/// Waits for the weights, tells the page when it can recognize, and answers its commands from then on.
///
/// Only in a worker of the page, which gets weights. That of the library gets none, and calls the functions in `library` instead.
pub fn run() {
    let Some(weights) = Reflect::get(&scope(), &WEIGHTS.into()).ok().and_then(|weights| weights.dyn_into().ok()) else {
        return;
    };
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

async fn start(weights: Promise) -> Option<(Recognition, QuickStartEvent)> {
    // null if they did not arrive
    let files: Array = JsFuture::from(weights).await.ok()?.dyn_into().ok()?;
    let [detector, classifier] = [0, 1].map(|index| Uint8Array::new(&files.get(index)).to_vec());
    let (recognition, summary) = Recognition::load(&detector, &classifier, now)?;
    Some((recognition, QuickStartEvent::Started(summary)))
}

/// Handles the commands of the page, and the picture of its first paint. It sends none before it is told that this engine has started.
fn listen(mut recognition: Recognition) {
    let mut reader = None;
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        let parts: Array = message.data().unchecked_into();
        if let Ok(port) = parts.get(0).dyn_into() {
            let frame = parts.get(1).dyn_into().ok().and_then(|bitmap| picture(&bitmap, &mut reader));
            return answer_first_paint(&port, frame.and_then(|frame| recognition.faces(&frame)).unwrap_or_default());
        }
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

/// Answers `www/first-paint.js`, which cannot read events: the faces as numbers, and their crops.
fn answer_first_paint(port: &MessagePort, (numbers, crops): (Vec<f32>, Vec<u8>)) {
    let answer = Array::of2(&Float32Array::from(numbers.as_slice()), &Uint8Array::from(crops.as_slice()));
    // does not fail: there are only numbers
    let _ = port.post_message(&answer);
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
