//! The program of the model face, in its worker (`www/model-face.js`), which fetches it.

use gloo::file::ObjectUrl;
use js_sys::{Array, Float32Array};
use serde::Serialize;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ImageBitmap, MessageEvent, Worker};

use crate::notice::Notice;
use mien_browser::site;
use mien_browser::wire::{from_message, to_message};
use mien_face::settings::Settings;
use mien_face::sweep::CurvesAnswer;

/// The worker's script.
const SCRIPT: &str = "model-face.js";

/// A running worker. It answers in the order in which it is asked.
pub struct Program {
    worker: Worker,
    _script: ObjectUrl,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(JsValue)>,
}

/// What the worker answers.
pub enum Answer {
    /// A picture, and the landmarks as 32-bit floats.
    Picture(ImageBitmap, JsValue),
    /// Curves.
    Curves(Box<CurvesAnswer>),
    /// Why there is no answer. The worker is of no use any more.
    Failed(Notice),
}

impl Program {
    /// Starts the worker.
    ///
    /// # Errors
    /// When the browser does not start workers.
    pub fn start(on_answer: impl Fn(Answer) + Clone + 'static) -> Result<Self, JsValue> {
        let (worker, script) = site::worker(SCRIPT)?;
        let on_failed = on_answer.clone();
        let on_message = Closure::new(move |message: MessageEvent| on_answer(read(&message.data().unchecked_into())));
        let on_error = Closure::new(move |_| on_failed(Answer::Failed(Notice::ModelFaceMissing)));
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, _script: script, _on_message: on_message, _on_error: on_error })
    }

    /// Asks for a picture.
    ///
    /// # Errors
    /// When the browser does not deliver the question.
    pub fn draw(&self, settings: &Settings) -> Result<(), JsValue> {
        self.worker.post_message(&Float32Array::from(settings.numbers()))
    }

    /// Asks about curves.
    ///
    /// # Errors
    /// As [`Self::draw`].
    pub fn ask(&self, request: &impl Serialize) -> Result<(), JsValue> {
        let message = to_message(request).map_err(|_| JsValue::NULL)?;
        self.worker.post_message(&message)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// A picture and its landmarks, or curves as bytes; else a message of the program or null.
fn read(parts: &Array) -> Answer {
    let beside = parts.get(1);
    match parts.get(0).dyn_into::<ImageBitmap>() {
        Ok(bitmap) => Answer::Picture(bitmap, beside),
        Err(bytes) if !bytes.is_null() => from_message(&bytes)
            .map_or(Answer::Failed(Notice::ModelFaceMissing), |answer| Answer::Curves(Box::new(answer))),
        Err(_) => Answer::Failed(match from_message(&beside) {
            Ok(reason) if !beside.is_null() => Notice::ModelFaceDamaged { reason },
            _ => Notice::ModelFaceMissing,
        }),
    }
}
