//! Why the network says what it says: asked of the engine, one thing at a time, the newest first.

use std::cell::{Cell, RefCell};

use gloo::timers::callback::Timeout;

use super::{Controller, now};
use crate::state::{
    Action, EvaluationAction, ExplainAction, Explanations, FaceExplanation, FeatureNeighbours, GalleryAction,
    LessonAction, Subject,
};
use mien_core::explanation::Method;
use mien_core::expression::Expression;
use mien_protocol::{Command, ExplanationCommand, ExplanationEvent, SetId};

/// At least so many milliseconds lie between two questions about a stream, so that most frames are only read.
const PAUSE: f64 = 250.0;

/// So many of the images most like one show.
const ALIKE: u32 = 8;

/// What was asked, and what is to be asked next.
#[derive(Default)]
pub(super) struct Explainer {
    requests: Cell<u32>,
    flight: RefCell<Option<(u32, Wanted)>>,
    next: RefCell<Option<Wanted>>,
    asked: Cell<f64>,
    waits: Cell<bool>,
    /// The request for what the layers see, and that for like images with the sample that they are like.
    see: Cell<u32>,
    alike: Cell<Option<(u32, u32)>>,
}

/// What is to be explained.
pub struct Wanted {
    /// What the crops are of.
    pub subject: Subject,
    /// Numbers of the faces.
    pub ids: Vec<u32>,
    /// Their crops, one after the other.
    pub crops: Vec<u8>,
    /// How; without it they are only classified.
    pub method: Option<Method>,
    /// For which class; without one for the likeliest of each.
    pub class: Option<Expression>,
}

impl Controller {
    /// Has it found where in crops a class comes from. What was wanted before and not asked yet is wanted no more.
    pub fn explain(&self, wanted: Wanted) {
        *self.0.explainer.next.borrow_mut() = Some(wanted).filter(|wanted| !wanted.ids.is_empty());
        self.next_explanation();
    }

    pub(super) fn next_explanation(&self) {
        let explainer = &self.0.explainer;
        if !self.0.ready.get() || explainer.flight.borrow().is_some() {
            return;
        }
        let early = PAUSE - (now() - explainer.asked.get());
        let streams = explainer.next.borrow().as_ref().is_some_and(|wanted| wanted.subject == Subject::Stream);
        if streams && early > 0.0 {
            if !explainer.waits.replace(true) {
                let controller = self.clone();
                Timeout::new(early as u32 + 1, move || {
                    controller.0.explainer.waits.set(false);
                    controller.next_explanation();
                })
                .forget();
            }
            return;
        }
        let Some(wanted) = explainer.next.take() else { return };
        explainer.asked.set(now());
        let request = self.new_request();
        let command = ExplanationCommand::Explain {
            request,
            crops: wanted.crops.clone(),
            method: wanted.method,
            class: wanted.class,
        };
        *explainer.flight.borrow_mut() = Some((request, wanted));
        self.ask_why(command);
    }

    /// Has it found what the layers make of a crop.
    pub fn see(&self, crop: Vec<u8>) {
        let request = self.new_request();
        self.0.explainer.see.set(request);
        self.ask_why(ExplanationCommand::See { request, crop });
    }

    /// Has the images found that the network takes for most like one.
    pub fn find_alike(&self, set: SetId, sample: u32) {
        let request = self.new_request();
        self.0.explainer.alike.set(Some((request, sample)));
        self.ask_why(ExplanationCommand::Alike { request, set, sample, count: ALIKE });
    }

    /// Has no more images looked at for those.
    pub fn stop_alike(&self) {
        if let Some((request, _)) = self.0.explainer.alike.get() {
            self.ask_why(ExplanationCommand::Stop { request });
        }
    }

    fn new_request(&self) -> u32 {
        let request = self.0.explainer.requests.get().wrapping_add(1);
        self.0.explainer.requests.set(request);
        request
    }

    fn ask_why(&self, command: ExplanationCommand) {
        self.send(|engine| engine.send(&Command::Explanation(command)));
    }

    /// What was under way is lost with its engine.
    pub(super) fn end_explanations(&self) {
        self.0.explainer.flight.take();
        self.0.explainer.alike.set(None);
    }

    pub(super) fn on_explanation(&self, event: ExplanationEvent) {
        match event {
            ExplanationEvent::Explained { request, explanations, stages, time } => {
                let Some(Wanted { subject, ids, method, .. }) = self.landed(request) else { return };
                let faces = ids.into_iter().zip(explanations.into_iter().map(FaceExplanation::from)).collect();
                self.dispatch(Action::Explain(ExplainAction::Explained(
                    Explanations { subject, method, faces, time },
                    stages,
                )));
                self.next_explanation();
            }
            ExplanationEvent::Seen { request, layers } if request == self.0.explainer.see.get() => {
                self.dispatch(Action::Lesson(LessonAction::Layers(layers)));
            }
            ExplanationEvent::Alike { request, samples, done, total, pace, over } => {
                if let Some((_, of)) = self.0.explainer.alike.get().filter(|(asked, _)| *asked == request) {
                    let alike = FeatureNeighbours { samples: samples.into(), done, total, pace, over };
                    self.dispatch(Action::Evaluation(EvaluationAction::Gallery(GalleryAction::FeatureNeighbours(
                        of, alike,
                    ))));
                }
            }
            ExplanationEvent::Seen { .. } => {} // another picture was chosen meanwhile
            ExplanationEvent::Failed { request, reason } => {
                self.landed(request);
                self.dispatch(Action::Explain(ExplainAction::Failed(reason)));
                self.next_explanation();
            }
        }
    }

    fn landed(&self, request: u32) -> Option<Wanted> {
        self.0.explainer.flight.borrow_mut().take_if(|(asked, _)| *asked == request).map(|(_, wanted)| wanted)
    }
}
