//! The [`Host`] of the real page: the reducer, the engine's worker, the browser.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use gloo::utils::window;
use js_sys::{Date, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{AudioContext, Blob, Window};
use yew::UseReducerDispatcher;

use super::exports::{save_as, save_text, save_timestamped};
use super::link::{Attachment, EventHandler, FileName, Host};
use crate::bridge::Engine;
use crate::notice::Notice;
use crate::state::{Action, State};
use mien_protocol::{BackendChoice, Command, Event, Message};

/// The browser, and the engine once it is started.
pub struct Browser {
    dispatcher: UseReducerDispatcher<State>,
    engine: RefCell<Option<Engine>>,
    /// Plays tones, once the first was.
    audio: RefCell<Option<AudioContext>>,
}

impl Browser {
    /// A host whose engine is not started yet.
    pub fn new(dispatcher: UseReducerDispatcher<State>) -> Self {
        Self { dispatcher, engine: RefCell::default(), audio: RefCell::default() }
    }

    /// A clone of the engine: sending may report a failure, which accesses this cell again.
    fn engine(&self) -> Option<Engine> {
        self.engine.borrow().clone()
    }
}

impl Host for Browser {
    fn dispatch(&self, action: Action) {
        self.dispatcher.dispatch(action);
    }

    fn send(&self, command: &Command, attachment: Attachment<'_>) {
        if let Some(engine) = self.engine() {
            match attachment {
                Attachment::None => engine.send(command),
                Attachment::Files(files) => engine.send_files(command, files),
                Attachment::Value(value) => engine.send_beside(command, value),
                Attachment::Picture(picture, file) => engine.send_picture(command, picture, file),
            }
        }
    }

    fn start_engine(&self, choice: BackendChoice, on_event: EventHandler) -> bool {
        let engine = match self.engine() {
            Some(engine) => engine,
            None => match Engine::spawn(Rc::clone(&on_event)) {
                Ok(engine) => {
                    self.engine.replace(Some(engine.clone()));
                    engine
                }
                Err(problem) => {
                    on_event(Event::Failed { problem }, JsValue::UNDEFINED);
                    return false;
                }
            },
        };
        engine.start(choice)
    }

    fn end_engine(&self, reason: Message) {
        if let Some(engine) = self.engine() {
            engine.end(reason);
        }
    }

    fn now(&self) -> f64 {
        window().performance().map_or_else(Date::now, |clock| clock.now())
    }

    fn time_of_day(&self) -> String {
        let now = Date::new_0();
        format!("{}:{:02}", now.get_hours(), now.get_minutes())
    }

    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>) {
        spawn_local(task);
    }

    fn after(&self, milliseconds: u32, callback: Box<dyn FnOnce()>) {
        Timeout::new(milliseconds, callback).forget();
    }

    fn play_tones(&self, tones: &'static [(f64, f32)]) {
        let audio = self.audio.borrow_mut().take().map_or_else(AudioContext::new, Ok);
        // without a sound card there is no sound
        if let Ok(audio) = audio {
            // a context that began without a gesture of the visitor waits for one
            audio.resume().ok();
            for (begin, frequency) in tones {
                play_tone(&audio, *begin, *frequency).ok();
            }
            self.audio.replace(Some(audio));
        }
    }

    fn post_to_embedder(&self, rule: u32, class: &str, origin: &str) {
        let Some(embedder) = embedder() else { return };
        let message = Object::new();
        for (key, value) in [("type", JsValue::from("mien-action")), ("rule", rule.into()), ("class", class.into())] {
            Reflect::set(&message, &key.into(), &value).ok();
        }
        // fails only for an origin that is none, which was checked
        embedder.post_message(&message, origin).ok();
    }

    fn download_text(&self, text: &str, media_type: &str, extension: &str) -> Result<(), Notice> {
        save_text(text, media_type, extension)
    }

    fn download_file(&self, file: &JsValue, name: FileName<'_>) -> bool {
        let Some(blob) = file.dyn_ref::<Blob>().cloned() else { return false };
        match name {
            FileName::Timestamp(extension) => save_timestamped(blob, extension),
            FileName::Exact(name) => save_as(blob, name),
        }
        true
    }
}

/// The window of the page that embeds this one in a frame, if one does.
pub fn embedder() -> Option<Window> {
    let parent = window().parent().ok().flatten()?;
    (parent != window()).then_some(parent)
}

/// Seconds in which a tone becomes loud, so that it does not click.
const FADE: f64 = 0.02;
/// Seconds of a tone, in which it fades.
const LENGTH: f64 = 0.35;
/// How loud a tone is, 0 to 1: three at once stay below 1.
const VOLUME: f32 = 0.2;

fn play_tone(audio: &AudioContext, begin: f64, frequency: f32) -> Result<(), JsValue> {
    let (tone, volume, begin) = (audio.create_oscillator()?, audio.create_gain()?, audio.current_time() + begin);
    tone.frequency().set_value(frequency);
    let gain = volume.gain();
    gain.set_value_at_time(0.0, begin)?;
    gain.linear_ramp_to_value_at_time(VOLUME, begin + FADE)?;
    gain.linear_ramp_to_value_at_time(0.0, begin + LENGTH)?;
    tone.connect_with_audio_node(&volume)?.connect_with_audio_node(&audio.destination())?;
    tone.start_with_when(begin)?;
    tone.stop_with_when(begin + LENGTH)
}
