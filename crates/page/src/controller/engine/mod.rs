//! The engine's life cycle: start, events, failure, replacement.

use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::Controller;
use super::recognizer::{PendingPicture, Purpose};
use super::training::TrainingEffect;
use crate::settings::Page;
use crate::state::{Action, EngineState, RecognitionResult};
use mien_protocol::{BackendChoice, Command, DatasetEvent, EvaluationEvent, Event, Problem, TrainingEvent};

/// Milliseconds for which the analysis waits for a frame of the stream that is being captured.
const STREAM_FIRST: u32 = 50;

impl Controller {
    /// Switches to a backend.
    pub fn choose_backend(&self, choice: BackendChoice) {
        self.choice.set(choice);
        self.link.dispatch(Action::Choose(choice));
        self.start_engine();
    }

    /// Starts the engine, or restarts it.
    pub fn start_engine(&self) {
        self.interrupt();
        self.link.dispatch(Action::Engine(EngineState::Starting { step: None, progress: 0.0 }));
        let features = Rc::downgrade(&self.0);
        let on_event = Rc::new(move |event, beside: JsValue| {
            if let Some(features) = features.upgrade() {
                Self(features).on_event(event, &beside);
            }
        });
        if self.link.host().start_engine(self.choice.get(), on_event) {
            self.on_engine_replaced();
        }
    }

    /// Called when a new engine replaced one that failed; the state of the old engine is lost.
    fn on_engine_replaced(&self) {
        self.link.send(&Command::SetTestTimeAugmentation { augmentation: self.augmentation.get() });
        self.decoder.on_engine_replaced();
        self.dataset.on_engine_replaced();
        self.networks.on_engine_replaced();
        self.on_engine_lost();
    }

    fn on_engine_lost(&self) {
        self.evaluation.on_engine_lost();
        self.robustness.on_engine_lost();
        self.photographs.on_engine_lost();
        self.training.on_engine_lost();
        self.networks.on_engine_lost();
        self.explanation.on_engine_lost();
        self.benchmark.on_engine_lost();
        self.fit.on_engine_lost();
    }

    /// Called when the engine stops accepting pictures; a pending picture returns to its queue.
    fn interrupt(&self) {
        if self.recognizer.interrupt() {
            self.photos.requeue();
            self.dataset.import.requeue();
            self.lesson.requeue();
            self.analysis.requeue();
            self.model_face.draw_again();
            self.curves.requeue();
        }
    }

    /// Submits the next picture to the engine.
    fn submit_next(&self) {
        self.photos.advance();
        self.dataset.import.advance();
        self.lesson.advance();
        self.model_face.advance();
        self.stream.advance();
        if self.stream.is_taking_frame() {
            // The frame may turn out to be unneeded.
            let analysis = Rc::clone(&self.analysis);
            self.link.host().after(STREAM_FIRST, Box::new(move || analysis.advance()));
        } else {
            self.analysis.advance();
        }
        self.curves.advance();
    }

    fn on_event(&self, event: Event, beside: &JsValue) {
        self.networks.onnx.on_event(&event);
        match event {
            Event::Progress { step, progress } => {
                self.interrupt();
                self.link.dispatch(Action::Engine(EngineState::Starting { step: Some(step), progress }));
            }
            Event::QuickStarted { network } => {
                self.quick_started.set(true);
                self.link.set_ready(true);
                self.link.dispatch(Action::Network(network));
                self.link.dispatch(Action::Engine(EngineState::QuickStarted));
                self.submit_next();
            }
            Event::Ready { backend, adapter, fallback, network } => {
                self.interrupt();
                self.link.set_ready(true);
                self.link.dispatch(Action::Network(network));
                self.link.dispatch(Action::Engine(EngineState::Ready { backend, adapter, fallback }));
                self.analysis.on_engine();
                self.training.request_unfinished();
                self.networks.request_list();
                if self.quick_started.take() {
                    // by a smaller network
                    self.recognize_again();
                }
                self.submit_next();
                self.explanation.advance();
            }
            Event::Measured(measured) => self.link.dispatch(Action::Measured(measured)),
            Event::Failed { problem } => {
                self.interrupt();
                self.on_engine_lost();
                self.link.dispatch(Action::Engine(EngineState::Failed(problem)));
            }
            Event::Recognized { request, width, height, faces, found, timing } => {
                if let Some(PendingPicture { purpose, taken }) = self.recognizer.answered(request) {
                    let latency = (self.link.now() - taken) as f32;
                    self.on_recognized(
                        purpose,
                        RecognitionResult { width, height, scale: 1.0, faces, found, timing, latency },
                    );
                }
            }
            Event::Refused { request, problem } => {
                if let Some(PendingPicture { purpose, .. }) = self.recognizer.answered(request) {
                    self.on_refused(purpose, problem);
                }
            }
            Event::Decoded { request, picture } => self.decoder.on_decoded(request, picture, beside),
            Event::Dataset(event) => self.on_dataset(event, beside),
            Event::Evaluation(event) => {
                if let EvaluationEvent::Done { set, predictions, .. } = &event {
                    self.dataset.on_predictions(*set, predictions);
                }
                self.evaluation.on_event(event);
            }
            Event::Robustness(event) => self.robustness.on_event(event),
            Event::Photographs(event) => self.photographs.on_event(event),
            Event::Explanation(event) => self.explanation.on_event(event),
            Event::Training(event) => self.on_training(event, beside),
            Event::Network(event) => {
                if self.networks.on_event(event, beside) {
                    self.recognize_again();
                }
            }
            Event::Document(event) => self.documents.on_event(event),
            Event::Benchmark(event) => self.benchmark.on_event(event),
            Event::Fit(event) => {
                if let Some((network, replaced)) = self.fit.on_event(event) {
                    self.activate_network(network);
                    replaced.into_iter().for_each(|replaced| self.networks.remove(replaced));
                }
            }
        }
    }

    fn on_recognized(&self, purpose: Purpose, result: RecognitionResult) {
        match purpose {
            Purpose::Photo(id) => self.photos.on_recognized(id, result),
            Purpose::Frame(generation) if self.stream.is_current(generation) => {
                self.timeline.on_frame(self.stream.position(), &result);
                self.actions.on_frame(&result);
                self.dataset.capture.on_frame(&result);
                self.stream.on_recognized(result);
                // The analysis and the stream take turns.
                self.analysis.advance();
            }
            Purpose::Frame(_) => {}
            Purpose::Recording(recording) => self.analysis.on_recognized(recording, &result),
            Purpose::Import => self.dataset.import.on_recognized(&result),
            Purpose::Lesson => self.lesson.on_recognized(result),
            Purpose::ModelFace => self.model_face.on_recognized(result),
            Purpose::Curves(sweep) => self.curves.on_recognized(sweep, &result),
        }
        self.submit_next();
    }

    fn on_refused(&self, purpose: Purpose, problem: Problem) {
        match purpose {
            Purpose::Photo(id) => self.photos.on_refused(id, problem),
            Purpose::Frame(generation) => self.stream.on_refused(generation, problem),
            Purpose::Recording(recording) => self.analysis.on_refused(recording, problem.detail),
            Purpose::Import => self.dataset.import.on_refused(problem),
            Purpose::Lesson => self.lesson.on_refused(problem),
            Purpose::ModelFace => self.model_face.on_refused(problem),
            Purpose::Curves(sweep) => self.curves.on_refused(sweep, problem),
        }
        self.submit_next();
    }

    fn on_dataset(&self, event: DatasetEvent, beside: &JsValue) {
        if let Some(event) = self.evaluation.take_images(event)
            && self.dataset.on_event(event, beside)
        {
            self.resume_training();
        }
    }

    fn on_training(&self, event: TrainingEvent, beside: &JsValue) {
        match self.training.on_event(event, beside) {
            TrainingEffect::BetterNetwork if Page::current() == Page::Live => {
                self.training.on_shown();
                self.recognize_again();
            }
            TrainingEffect::None | TrainingEffect::BetterNetwork => {}
            TrainingEffect::OtherNetwork => self.recognize_again(),
            TrainingEffect::NoNetwork => self.networks.expect_none(),
            TrainingEffect::Unfinished => self.resume_training(),
        }
    }

    /// Resumes the training run that was interrupted by the engine's failure, once its dataset is loaded again.
    fn resume_training(&self) {
        self.training.resume_interrupted(|name| self.dataset.find(name));
    }
}

#[cfg(test)]
mod tests;
