//! The [`Host`] of the real page: the reducer, the engine's worker, the browser.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use gloo::utils::window;
use js_sys::Date;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;
use yew::UseReducerDispatcher;

use super::exports::{save_as, save_text, save_timestamped};
use super::link::{Attachment, EventHandler, FileName, Host};
use crate::bridge::Engine;
use crate::notice::Notice;
use crate::state::{Action, State};
use mien_protocol::{BackendChoice, Command, Event};

/// The browser, and the engine once it is started.
pub struct Browser {
    dispatcher: UseReducerDispatcher<State>,
    engine: RefCell<Option<Engine>>,
}

impl Browser {
    /// A host whose engine is not started yet.
    pub fn new(dispatcher: UseReducerDispatcher<State>) -> Self {
        Self { dispatcher, engine: RefCell::default() }
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
