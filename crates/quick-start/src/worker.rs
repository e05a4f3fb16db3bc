//! The web worker: messages, pixels and files of the browser.

use js_sys::{Array, ArrayBuffer, Float32Array, Promise, Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DedicatedWorkerGlobalScope, FileReaderSync, ImageBitmap, MessageEvent, MessagePort};

use crate::recognition::{self, Recognition};
use mien_browser::pixels::PixelReader;
use mien_browser::wire::{from_message, to_message};
use mien_core::vision::Frame;
use mien_protocol::quick_start::QuickStartEvent;

/// The global variable with the promises of the weights files, the detector's and the classifier's, which `www/quick-start.js` fetches.
const WEIGHTS: &str = "weights";

/// The global variable with the picture of the first paint that came before this program listened.
const EARLY: &str = "early";

/// Waits for the weights, tells the page when it can recognize, and answers its commands from then on.
///
/// Only in a worker of the page, which gets weights. That of the library gets none, and calls the functions in `library` instead.
pub fn run() {
    let Some(weights) = Reflect::get(&scope(), &WEIGHTS.into()).ok().and_then(|weights| weights.dyn_into().ok()) else {
        return;
    };
    spawn_local(async move {
        if start(weights).await.is_none() {
            post(&QuickStartEvent::Failed);
        }
    });
}

async fn start(weights: Array) -> Option<()> {
    let mut reader = None;
    let detector = recognition::detector(&file(weights.get(0)).await?)?;
    // its faces are found while the classifier arrives
    let found = early(&mut reader).and_then(|(port, frame)| {
        let faces = recognition::now(detector.detect(&frame))?.ok()?;
        Some((port, frame, faces))
    });
    let (mut recognition, summary) = Recognition::new(detector, &file(weights.get(1)).await?, now)?;
    if let Some((port, frame, faces)) = found {
        answer_first_paint(&port, recognition.faces(&frame, Some(faces)));
    } else if let Some((port, frame)) = early(&mut reader) {
        answer_first_paint(&port, recognition.faces(&frame, None));
    }
    listen(recognition, reader);
    post(&QuickStartEvent::Started(summary));
    Some(())
}

/// The content of a weights file; `None` if it did not arrive.
async fn file(content: JsValue) -> Option<Vec<u8>> {
    let content: ArrayBuffer = JsFuture::from(content.dyn_into::<Promise>().ok()?).await.ok()?.dyn_into().ok()?;
    Some(Uint8Array::new(&content).to_vec())
}

/// The picture of the first paint, if it came already, and the port for the answer.
fn early(reader: &mut Option<PixelReader>) -> Option<(MessagePort, Frame)> {
    first_paint(&Reflect::get(&scope(), &EARLY.into()).ok()?.dyn_into().ok()?, reader)
}

/// The port and the picture in a message of the first paint; `None` for a command of the page.
fn first_paint(parts: &Array, reader: &mut Option<PixelReader>) -> Option<(MessagePort, Frame)> {
    let port = parts.get(0).dyn_into().ok()?;
    Some((port, picture(&parts.get(1).dyn_into().ok()?, reader)?))
}

/// Handles the commands of the page, which sends none before it is told that this engine has started, and the picture of its first paint.
fn listen(mut recognition: Recognition, mut reader: Option<PixelReader>) {
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        let parts: Array = message.data().unchecked_into();
        if let Some((port, frame)) = first_paint(&parts, &mut reader) {
            return answer_first_paint(&port, recognition.faces(&frame, None));
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
fn answer_first_paint(port: &MessagePort, faces: Option<(Vec<f32>, Vec<u8>)>) {
    let (numbers, crops) = faces.unwrap_or_default();
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
