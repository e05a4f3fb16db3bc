//! A video that a worker (`www/video.js`) decodes from its start to its end: sooner than seeking each frame.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::file::ObjectUrl;
use gloo::timers::callback::Timeout;
use gloo::utils::window;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, ImageBitmap, MessageEvent, Worker};

use super::frames::{Frame, Next};
use mien_browser::site;

/// The worker's script.
const SCRIPT: &str = "video.js";

/// Milliseconds after which a worker is given up that neither answers nor says that it goes on. On a machine with ten times as much to do as
/// it can, a worker needed 11 s to open a file.
const HEARD_WITHIN: u32 = 20_000;

/// A video that a worker decodes.
pub struct DecodedVideo {
    worker: Worker,
    _script: ObjectUrl,
    asked: Asked,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(JsValue)>,
}

/// The question that is not answered yet.
type Asked = Rc<RefCell<Option<Question>>>;

/// A question to the worker.
struct Question {
    answer: Function,
    _given_up: Timeout,
}

impl Question {
    /// A question that is given up if nothing is heard from now on.
    fn new(answer: Function) -> Self {
        let none = answer.clone();
        let give_up = move || {
            none.call0(&JsValue::UNDEFINED).ok();
        };
        Self { answer, _given_up: Timeout::new(HEARD_WITHIN, give_up) }
    }
}

/// Called with what the worker says: an array answers the question, all else says that the worker goes on.
fn hear(asked: &Asked, said: &JsValue) {
    let Some(Question { answer, .. }) = asked.take() else { return };
    if Array::is_array(said) {
        answer.call1(&JsValue::UNDEFINED, said).ok();
    } else {
        asked.replace(Some(Question::new(answer)));
    }
}

impl DecodedVideo {
    /// Opens a file; `None` if the browser does not decode it so, or the worker does not understand it.
    pub async fn open(file: &File) -> Option<Self> {
        if !Reflect::has(&window(), &JsValue::from_str("VideoDecoder")).unwrap_or(false) {
            return None;
        }
        let (worker, script) = site::worker(SCRIPT).ok()?;
        let asked = Asked::default();
        let (heard, failed) = (Rc::clone(&asked), Rc::clone(&asked));
        let on_message = Closure::new(move |message: MessageEvent| hear(&heard, &message.data()));
        let on_error = Closure::new(move |_| hear(&failed, &Array::new()));
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let video = Self { worker, _script: script, asked, _on_message: on_message, _on_error: on_error };
        let opened = video.ask(file).await?;
        opened.get(0).is_truthy().then_some(video)
    }

    /// The frame at a position in seconds, without a bitmap if its time is not after `known`. `None` if the decoder cannot go on, or
    /// does not. One is asked for at a time.
    pub async fn frame(&self, seconds: f64, known: Option<f64>) -> Option<Frame> {
        let answer = self.ask(&Array::of2(&seconds.into(), &known.into())).await?;
        let next = match (answer.get(2).as_f64(), answer.get(3).is_truthy()) {
            (Some(time), _) => Next::At(time),
            (None, broken) => Next::None { broken },
        };
        let time = answer.get(1).as_f64()?;
        Some(Frame { bitmap: answer.get(0).dyn_into::<ImageBitmap>().ok(), time: Some(time), next })
    }

    /// The worker's answer to a question; `None` if it gives none.
    async fn ask(&self, question: &JsValue) -> Option<Array> {
        let promise = Promise::new(&mut |answer, _| {
            self.asked.replace(Some(Question::new(answer)));
        });
        self.worker.post_message(question).ok()?;
        JsFuture::from(promise).await.ok()?.dyn_into().ok()
    }
}

impl Drop for DecodedVideo {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
