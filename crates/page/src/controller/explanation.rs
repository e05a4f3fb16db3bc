//! Explanations of predictions: one request at a time, newest first.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::link::{Link, RequestId};
use super::requests::Latest;
use crate::state::{
    Action, EvaluationAction, ExplainAction, Explanations, FaceExplanation, FeatureNeighbours, GalleryAction,
    LessonAction, Subject,
};
use mien_core::explanation::Method;
use mien_core::expression::Expression;
use mien_protocol::{Command, DatasetId, ExplanationCommand, ExplanationEvent, Message};

/// Minimum number of milliseconds between two requests for a stream, so that most frames are only classified.
const STREAM_INTERVAL: f64 = 250.0;

/// Number of similar images shown.
const SIMILAR: u32 = 8;

/// Requests explanations.
pub struct Explanation {
    link: Link,
    pending: Latest<ExplanationRequest>,
    next: RefCell<Option<ExplanationRequest>>,
    /// When the last request was sent, by the page's clock.
    sent: Cell<f64>,
    /// Whether a timer runs that sends the next request.
    delayed: Cell<bool>,
    layers: Latest<()>,
    /// The pending search for images similar to a sample.
    similar: Latest<u32>,
}

/// A request for explanations.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplanationRequest {
    /// The source of the crops.
    pub subject: Subject,
    /// Numbers of the faces.
    pub ids: Vec<u32>,
    /// Their crops, concatenated.
    pub crops: Vec<u8>,
    /// The method; without one, the crops are only classified.
    pub method: Option<Method>,
    /// The class to explain; `None` for the predicted class of each crop.
    pub class: Option<Expression>,
}

impl Explanation {
    /// Creates the controller without pending requests.
    pub fn new(link: Link) -> Self {
        Self {
            link,
            pending: Latest::default(),
            next: RefCell::default(),
            sent: Cell::default(),
            delayed: Cell::default(),
            layers: Latest::default(),
            similar: Latest::default(),
        }
    }

    /// Requests explanations. A previous request that has not been sent yet is dropped.
    pub fn explain(self: &Rc<Self>, request: ExplanationRequest) {
        self.next.replace(Some(request).filter(|request| !request.ids.is_empty()));
        self.advance();
    }

    /// Sends the next request to an idle engine.
    pub fn advance(self: &Rc<Self>) {
        if !self.link.is_ready() || self.pending.is_pending() {
            return;
        }
        let early = STREAM_INTERVAL - (self.link.now() - self.sent.get());
        let is_stream = self.next.borrow().as_ref().is_some_and(|next| next.subject == Subject::Stream);
        if is_stream && early > 0.0 {
            if !self.delayed.replace(true) {
                let explanation = Rc::clone(self);
                let send = move || {
                    explanation.delayed.set(false);
                    explanation.advance();
                };
                self.link.host().after(early as u32 + 1, Box::new(send));
            }
            return;
        }
        let Some(next) = self.next.take() else { return };
        self.sent.set(self.link.now());
        let request = self.link.next_request();
        let (crops, method, class) = (next.crops.clone(), next.method, next.class);
        self.pending.set(request, next);
        self.send(ExplanationCommand::Explain { request, crops, method, class });
    }

    /// Requests the activations for a crop.
    pub fn request_layers(&self, crop: Vec<u8>) {
        let request = self.link.next_request();
        self.layers.set(request, ());
        self.send(ExplanationCommand::Activations { request, crop });
    }

    /// Asks for the images that are most similar to one by the network's features.
    pub fn request_similar(&self, set: DatasetId, sample: u32) {
        let request = self.link.next_request();
        self.similar.set(request, sample);
        self.send(ExplanationCommand::Similar { request, set, sample, count: SIMILAR });
    }

    /// Stops that search.
    pub fn stop_similar(&self) {
        if let Some(request) = self.similar.pending() {
            self.send(ExplanationCommand::Stop { request });
        }
    }

    /// Called when the engine is lost, and pending requests with it.
    pub fn on_engine_lost(&self) {
        self.pending.cancel();
        self.similar.cancel();
    }

    /// Handles an event from the engine.
    pub fn on_event(self: &Rc<Self>, event: ExplanationEvent) {
        match event {
            ExplanationEvent::Explained { request, explanations, stages, time } => {
                let Some(ExplanationRequest { subject, ids, method, .. }) = self.pending.take(request) else { return };
                let faces = ids.into_iter().zip(explanations.into_iter().map(FaceExplanation::from)).collect();
                self.dispatch(ExplainAction::Explained(Explanations { subject, method, faces, time }, stages));
                self.advance();
            }
            ExplanationEvent::Activations { request, layers } => {
                // Else another picture was chosen meanwhile.
                if self.layers.take(request).is_some() {
                    self.link.dispatch(Action::Lesson(LessonAction::Layers(layers)));
                }
            }
            ExplanationEvent::Similar { request, samples, done, total, elapsed_and_searched, over } => {
                if let Some(of) = self.similar.get(request) {
                    let found = FeatureNeighbours { samples: samples.into(), done, total, elapsed_and_searched, over };
                    self.link.dispatch(Action::Evaluation(EvaluationAction::Gallery(
                        GalleryAction::FeatureNeighbours(of, found),
                    )));
                }
            }
            ExplanationEvent::Failed { request, reason } => self.on_failed(request, reason),
        }
    }

    fn on_failed(self: &Rc<Self>, request: RequestId, reason: Message) {
        self.pending.take(request);
        self.dispatch(ExplainAction::Failed(reason));
        self.advance();
    }

    fn send(&self, command: ExplanationCommand) {
        self.link.send(&Command::Explanation(command));
    }

    fn dispatch(&self, action: ExplainAction) {
        self.link.dispatch(Action::Explain(action));
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{Explanation, ExplanationRequest};
    use crate::controller::fake::FakeHost;
    use crate::fixtures::message;
    use crate::state::{Action, EvaluationAction, ExplainAction, GalleryAction, Subject};
    use mien_protocol::{Command, ExplanationCommand, ExplanationEvent};

    fn explanation() -> (Rc<FakeHost>, Rc<Explanation>) {
        let (host, link) = FakeHost::new();
        host.clock.set(1000.0);
        link.set_ready(true);
        (host, Rc::new(Explanation::new(link)))
    }

    fn request(subject: Subject, id: u32) -> ExplanationRequest {
        ExplanationRequest { subject, ids: vec![id], crops: vec![id as u8], method: None, class: None }
    }

    fn explained(request: u32) -> ExplanationEvent {
        ExplanationEvent::Explained { request, explanations: Vec::new(), stages: 4, time: 1.0 }
    }

    /// The number and crops of the requests that were sent.
    fn sent(host: &FakeHost) -> Vec<(u32, Vec<u8>)> {
        let sent = |command| match command {
            Command::Explanation(ExplanationCommand::Explain { request, crops, .. }) => Some((request, crops)),
            _ => None,
        };
        host.take_commands().into_iter().filter_map(sent).collect()
    }

    #[test]
    fn one_request_at_a_time_the_newest_first() {
        let (host, explanation) = explanation();
        for id in 1..=3 {
            explanation.explain(request(Subject::Photo(id), id));
        }
        assert_eq!(sent(&host), [(1, vec![1])]);
        explanation.on_event(explained(1));
        assert_eq!(sent(&host), [(2, vec![3])]);
        match &host.take_actions()[..] {
            [Action::Explain(ExplainAction::Explained(found, 4))] => assert_eq!(found.subject, Subject::Photo(1)),
            _ => panic!("one action expected"),
        }
        // A request about no faces only drops what was to be sent.
        explanation.explain(request(Subject::Photo(4), 4));
        explanation.explain(ExplanationRequest { ids: Vec::new(), ..request(Subject::Photo(5), 5) });
        explanation.on_event(explained(2));
        assert!(sent(&host).is_empty());
    }

    #[test]
    fn stale_answers_are_dropped() {
        let (host, explanation) = explanation();
        explanation.explain(request(Subject::Photo(1), 1));
        explanation.on_event(explained(7));
        assert!(host.take_actions().is_empty());
        explanation.on_engine_lost();
        explanation.on_event(explained(1));
        assert!(host.take_actions().is_empty());
    }

    #[test]
    fn a_request_waits_for_an_engine_that_is_ready() {
        let (host, explanation) = explanation();
        explanation.link.set_ready(false);
        explanation.explain(request(Subject::Photo(1), 1));
        assert!(sent(&host).is_empty());
        explanation.link.set_ready(true);
        explanation.advance();
        assert_eq!(sent(&host).len(), 1);
        // It fails with this one under way, which is not sent again, and comes back.
        explanation.on_engine_lost();
        explanation.advance();
        assert!(sent(&host).is_empty());
        explanation.explain(request(Subject::Photo(2), 2));
        assert_eq!(sent(&host), [(2, vec![2])]);
    }

    #[test]
    fn a_failure_is_reported_and_the_next_request_sent() {
        let (host, explanation) = explanation();
        explanation.explain(request(Subject::Photo(1), 1));
        explanation.explain(request(Subject::Photo(2), 2));
        explanation.on_event(ExplanationEvent::Failed { request: 1, reason: message("why") });
        assert!(
            matches!(&host.take_actions()[..], [Action::Explain(ExplainAction::Failed(reason))] if reason.english() == "why")
        );
        assert_eq!(sent(&host), [(1, vec![1]), (2, vec![2])]);
    }

    #[test]
    fn a_stream_is_explained_now_and_then() {
        let (host, explanation) = explanation();
        explanation.explain(request(Subject::Stream, 1));
        host.clock.set(1100.0);
        explanation.on_event(explained(1));
        explanation.explain(request(Subject::Stream, 2));
        explanation.explain(request(Subject::Stream, 3));
        assert_eq!(sent(&host), [(1, vec![1])]);
        host.clock.set(1251.0);
        // One timer, however many requests there were.
        assert_eq!(host.run_timers(), [151]);
        assert_eq!(sent(&host), [(2, vec![3])]);
        assert!(host.run_timers().is_empty());
    }

    #[test]
    fn similar_images_come_again_and_again_until_stopped() {
        let (host, explanation) = explanation();
        explanation.stop_similar();
        explanation.request_similar(4, 9);
        let similar = |request| ExplanationEvent::Similar {
            request,
            samples: vec![(1, 0.5)],
            done: 1,
            total: 2,
            elapsed_and_searched: (0.5, 1),
            over: false,
        };
        explanation.on_event(similar(1));
        explanation.on_event(similar(1));
        explanation.on_event(similar(2));
        let look = |action: &Action| {
            matches!(action, Action::Evaluation(EvaluationAction::Gallery(GalleryAction::FeatureNeighbours(9, _))))
        };
        assert_eq!(host.take_actions().iter().filter(|action| look(action)).count(), 2);
        explanation.stop_similar();
        explanation.on_engine_lost();
        explanation.stop_similar();
        let stop = Command::Explanation(ExplanationCommand::Stop { request: 1 });
        assert_eq!(host.take_commands()[1..], [stop]);
        explanation.on_event(similar(1));
        assert!(host.take_actions().is_empty());
    }
}
