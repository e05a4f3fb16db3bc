//! The engine: started, asked, answering.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::ImageBitmap;

use super::{Controller, Flight, Purpose, now};
use crate::bridge::Engine;
use crate::language::Language;
use crate::state::{Action, EngineState, Reading};
use crate::text;
use mien_core::evaluation::Views;
use mien_protocol::{BackendChoice, Command, Event, FrameSource, Problem};

impl Controller {
    /// Starts the engine.
    pub(super) fn start_engine(&self) {
        let inner = Rc::downgrade(&self.0);
        let engine = Engine::spawn(text::fault, move |event, beside| {
            if let Some(inner) = inner.upgrade() {
                Self(inner).on_event(event, &beside);
            }
        });
        match engine {
            Ok(engine) => {
                *self.0.engine.borrow_mut() = Some(engine);
                self.run_on(self.0.choice.get());
            }
            Err(problem) => self.on_event(Event::Failed { problem }, &JsValue::UNDEFINED),
        }
    }

    /// Changes over to a backend.
    pub fn choose(&self, choice: BackendChoice) {
        self.0.choice.set(choice);
        self.dispatch(Action::Choose(choice));
        self.retry();
    }

    /// Has every face looked at in these ways from now on.
    pub fn look(&self, views: Views) {
        self.0.views.set(views);
        self.dispatch(Action::Views(views));
        self.send(|engine| engine.send(&Command::Look { views }));
    }

    /// Starts the engine once more.
    pub fn retry(&self) {
        if self.0.engine.borrow().is_some() {
            self.run_on(self.0.choice.get());
        } else {
            self.start_engine();
        }
    }

    fn run_on(&self, choice: BackendChoice) {
        self.halt();
        self.dispatch(Action::Engine(EngineState::Starting { stage: None, share: 0.0 }));
        self.send(|engine| {
            if engine.start(choice, Language::current().tag()) {
                self.on_engine_replaced();
            }
        });
    }

    /// Tells the engine to forget the faces that it follows.
    pub(super) fn forget_faces(&self) {
        if self.0.ready.get() {
            self.send(|engine| engine.send(&Command::Reset));
        }
    }

    /// Whether the engine waits for a picture.
    pub(super) fn is_idle(&self) -> bool {
        self.0.ready.get() && self.0.flight.get().is_none()
    }

    /// Hands a picture to the engine.
    pub(super) fn recognize(&self, purpose: Purpose, bitmap: &ImageBitmap, taken: f64) {
        let request = self.0.requests.get().wrapping_add(1);
        self.0.requests.set(request);
        self.0.flight.set(Some(Flight { request, purpose, taken }));
        let source = match purpose {
            Purpose::Photo(_) | Purpose::Gather | Purpose::Lesson => FrameSource::Still,
            Purpose::Frame(_) => FrameSource::Stream,
        };
        self.send(|engine| engine.send_picture(&Command::Recognize { request, source, time: taken }, bitmap));
    }

    /// The engine may report a failure while it is being spoken to, so it must not be borrowed then.
    pub(super) fn send(&self, speak: impl FnOnce(&Engine)) {
        let engine = self.0.engine.borrow().clone();
        if let Some(engine) = engine {
            speak(&engine);
        }
    }

    /// A fresh engine stands in for one that failed, and has nothing of what that one held.
    fn on_engine_replaced(&self) {
        let views = self.0.views.get();
        self.send(|engine| engine.send(&Command::Look { views }));
        self.reload_sets();
        self.reload_networks();
        self.end_evaluations();
        self.end_training();
        self.end_explanations();
    }

    /// The engine takes no pictures for now; one it was looking at goes back to its queue.
    fn halt(&self) {
        self.0.ready.set(false);
        if self.0.flight.take().is_some() {
            self.requeue_photo();
            self.requeue_gathered();
            self.requeue_lesson();
        }
    }

    fn on_event(&self, event: Event, beside: &JsValue) {
        match event {
            Event::Progress { stage, share } => {
                self.halt();
                self.dispatch(Action::Engine(EngineState::Starting { stage: Some(stage), share }));
            }
            Event::Ready { backend, adapter, fallback, network } => {
                self.halt();
                self.0.ready.set(true);
                self.dispatch(Action::Network(network));
                self.dispatch(Action::Engine(EngineState::Ready { backend, adapter, fallback }));
                self.ask_training();
                self.next();
                self.next_explanation();
            }
            Event::Failed { problem } => {
                self.halt();
                self.end_evaluations();
                self.end_training();
                self.end_explanations();
                self.dispatch(Action::Engine(EngineState::Failed(problem)));
            }
            Event::Recognized { request, width, height, faces, timing } => {
                if let Some(flight) = self.land(request) {
                    let latency = (now() - flight.taken) as f32;
                    self.on_reading(flight.purpose, Reading { width, height, scale: 1.0, faces, timing, latency });
                }
            }
            Event::Refused { request, problem } => {
                if let Some(flight) = self.land(request) {
                    self.on_refusal(flight.purpose, problem);
                }
            }
            Event::Dataset(event) => {
                if let Some(event) = self.take_looked_at(event) {
                    self.on_dataset(event, beside);
                }
            }
            Event::Evaluation(event) => {
                self.note_predictions(&event);
                self.on_evaluation(event);
            }
            Event::Robustness(event) => self.on_robustness(event),
            Event::Explanation(event) => self.on_explanation(event),
            Event::Training(event) => self.on_training(event, beside),
            Event::Network(event) => self.on_network(event, beside),
            Event::Document(event) => self.on_document(event),
        }
    }

    /// Takes the answered request off; `None` for an answer that nobody waits for any more.
    fn land(&self, request: u32) -> Option<Flight> {
        let flight = self.0.flight.get().filter(|flight| flight.request == request)?;
        self.0.flight.set(None);
        Some(flight)
    }

    fn on_reading(&self, purpose: Purpose, reading: Reading) {
        match purpose {
            Purpose::Photo(id) => self.on_photo(id, reading),
            Purpose::Frame(generation) => self.on_frame(generation, reading),
            Purpose::Gather => self.on_gathered(&reading),
            Purpose::Lesson => self.on_lesson_photo(reading),
        }
        self.next();
    }

    fn on_refusal(&self, purpose: Purpose, problem: Problem) {
        match purpose {
            Purpose::Photo(id) => self.on_photo_refused(id, problem),
            Purpose::Frame(generation) => self.on_frame_refused(generation, problem),
            Purpose::Gather => self.on_gathered_refused(problem),
            Purpose::Lesson => self.on_lesson_refused(problem),
        }
        self.next();
    }

    /// Gives the engine its next picture.
    pub(super) fn next(&self) {
        self.next_photo();
        self.next_gathered();
        self.next_lesson();
        self.next_frame();
    }
}
