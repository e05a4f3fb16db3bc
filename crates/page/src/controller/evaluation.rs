//! Evaluations, and the images behind their results.

use std::rc::Rc;

use web_sys::File;
use yew::Callback;

use super::link::{Attachment, Link, RequestId};
use super::requests::Pending;
use crate::state::{
    Action, Ensemble, EvaluationAction, EvaluationRequest, EvaluationRun, GalleryAction, RunAction, RunProgress,
};
use mien_core::dataset::Binning;
use mien_protocol::{Command, DatasetCommand, DatasetEvent, DatasetId, EvaluationCommand, EvaluationEvent};

/// Number of similar images shown.
const NEIGHBOURS: u32 = 8;

/// Evaluates networks and fetches images of sets.
pub struct Evaluation {
    link: Link,
    images: Pending<ImageRequest>,
}

enum ImageRequest {
    /// The pixels of samples.
    Samples(Vec<u32>),
    /// Images similar to a sample.
    Neighbours(u32),
    /// The pixels of one sample.
    Single(Callback<Vec<u8>>),
}

impl Evaluation {
    /// Creates the controller without pending requests.
    pub fn new(link: Link) -> Self {
        Self { link, images: Pending::default() }
    }

    /// Starts an evaluation.
    pub fn start(&self, order: Rc<EvaluationRequest>) {
        let run = self.link.next_request();
        let (set, samples, split) = (order.set.id, order.samples.clone(), order.split.clone());
        let Ensemble { networks, augmentation } = order.ensemble.clone();
        self.dispatch(EvaluationAction::Started(run, order, self.link.host().time_of_day()));
        self.send(EvaluationCommand::Run { run, set, samples, split, networks, augmentation });
    }

    /// Cancels an evaluation.
    pub fn cancel(&self, run: RequestId) {
        self.send(EvaluationCommand::Cancel { run });
    }

    /// Recomputes the groups of an evaluation, with binned columns and an optional table.
    pub fn regroup(&self, run: &EvaluationRun, set: DatasetId, bins: Vec<(String, Binning)>, table: Option<&File>) {
        let predictions = run.predictions.clone();
        let command = EvaluationCommand::Groups { run: run.id, set, predictions, bins };
        self.link.send_with(&Command::Evaluation(command), Attachment::Files(table.map_or(&[], std::slice::from_ref)));
    }

    /// Asks for the pixels of samples.
    pub fn request_images(&self, set: DatasetId, samples: Vec<u32>) {
        let purpose = ImageRequest::Samples(samples.clone());
        self.request(purpose, |request| DatasetCommand::Images { request, set, samples });
    }

    /// Requests the pixels of one sample; `take` gets an empty vector if it no longer exists.
    pub fn request_image(&self, set: DatasetId, sample: u32, take: Callback<Vec<u8>>) {
        let samples = vec![sample];
        self.request(ImageRequest::Single(take), |request| DatasetCommand::Images { request, set, samples });
    }

    /// Asks for the images most similar to one.
    pub fn request_neighbours(&self, set: DatasetId, sample: u32) {
        let count = NEIGHBOURS;
        let command = |request| DatasetCommand::Neighbours { request, set, sample, count };
        self.request(ImageRequest::Neighbours(sample), command);
    }

    fn request(&self, purpose: ImageRequest, command: impl FnOnce(RequestId) -> DatasetCommand) {
        let request = self.link.next_request();
        self.images.add(request, purpose);
        self.link.send(&Command::Dataset(command(request)));
    }

    /// Called when the engine was replaced or lost: running evaluations have ended, and pending requests are dropped.
    pub fn on_engine_lost(&self) {
        self.images.clear();
        self.dispatch(EvaluationAction::Run(RunAction::Lost));
        self.dispatch(EvaluationAction::Gallery(GalleryAction::Close));
    }

    /// Handles an event from the engine.
    pub fn on_event(&self, event: EvaluationEvent) {
        self.dispatch(match event {
            EvaluationEvent::Progress { run, done, total, seconds } => {
                EvaluationAction::Run(RunAction::Progress(RunProgress { run, done, total, seconds }))
            }
            EvaluationEvent::Done { run, evaluation, predictions, .. } => {
                EvaluationAction::Done(run, evaluation, predictions)
            }
            EvaluationEvent::Failed { run, reason } => EvaluationAction::Run(RunAction::Failed(run, reason)),
            EvaluationEvent::Cancelled { run } => EvaluationAction::Run(RunAction::Cancelled(run)),
            EvaluationEvent::Groups { run, groups, faults } => EvaluationAction::Groups(run, groups, faults),
        });
    }

    /// Handles responses to requests for images; returns any other event.
    pub fn take_images(&self, event: DatasetEvent) -> Option<DatasetEvent> {
        let (DatasetEvent::Images { request, .. } | DatasetEvent::Neighbours { request, .. }) = &event else {
            return Some(event);
        };
        let Some(purpose) = self.images.take(*request) else { return Some(event) };
        let action = match (purpose, event) {
            (ImageRequest::Samples(samples), DatasetEvent::Images { pixels, .. }) => {
                GalleryAction::Images(samples, pixels)
            }
            (ImageRequest::Neighbours(sample), DatasetEvent::Neighbours { samples, .. }) => {
                GalleryAction::Neighbours(sample, samples)
            }
            (ImageRequest::Single(take), DatasetEvent::Images { pixels, .. }) => {
                take.emit(pixels);
                return None;
            }
            (_, event) => return Some(event),
        };
        self.dispatch(EvaluationAction::Gallery(action));
        None
    }

    fn send(&self, command: EvaluationCommand) {
        self.link.send(&Command::Evaluation(command));
    }

    fn dispatch(&self, action: EvaluationAction) {
        self.link.dispatch(Action::Evaluation(action));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use yew::Callback;

    use super::Evaluation;
    use crate::controller::fake::{FakeHost, summary};
    use crate::fixtures::message;
    use crate::state::{Action, Ensemble, EvaluationAction, EvaluationRequest, Evaluations, GalleryAction, RunFailure};
    use mien_protocol::{Command, DatasetCommand, DatasetEvent, EvaluationCommand, EvaluationEvent};

    fn evaluation() -> (Rc<FakeHost>, Evaluation) {
        let (host, link) = FakeHost::new();
        (host, Evaluation::new(link))
    }

    fn order() -> Rc<EvaluationRequest> {
        let (set, split) = (Rc::new(summary(4, 3)), String::from("PublicTest"));
        Rc::new(EvaluationRequest {
            set,
            samples: vec![0, 2],
            split,
            ensemble: Ensemble::default(),
            title: String::new(),
        })
    }

    /// The state after what was dispatched.
    fn state(host: &FakeHost) -> Evaluations {
        let mut state = Evaluations::default();
        for action in host.take_actions() {
            if let Action::Evaluation(action) = action {
                state.apply(action);
            }
        }
        state
    }

    #[test]
    fn an_evaluation_is_started_and_cancelled_by_its_number() {
        let (host, evaluation) = evaluation();
        evaluation.start(order());
        evaluation.start(order());
        evaluation.cancel(2);
        match &host.take_commands()[..] {
            [Command::Evaluation(EvaluationCommand::Run { run: 1, set: 4, samples, .. }), second, cancel] => {
                assert_eq!(samples, &[0, 2]);
                assert!(matches!(second, Command::Evaluation(EvaluationCommand::Run { run: 2, .. })));
                assert_eq!(cancel, &Command::Evaluation(EvaluationCommand::Cancel { run: 2 }));
            }
            commands => panic!("{commands:?}"),
        }
        // The answer to the first is stale: the second has taken its place.
        evaluation.on_event(EvaluationEvent::Failed { run: 1, reason: message("late") });
        let state = state(&host);
        assert!(state.current.is(2));
        assert_eq!(state.asked.unwrap().1, "9:05");
    }

    #[test]
    fn an_evaluation_ends_with_its_reason() {
        let (host, evaluation) = evaluation();
        let failed = |run| EvaluationEvent::Failed { run, reason: message("no images") };
        let cancelled = |run| EvaluationEvent::Cancelled { run };
        evaluation.start(order());
        evaluation.on_event(failed(1));
        assert_eq!(state(&host).current.failure(), Some(&RunFailure::Failed(message("no images"))));
        evaluation.start(order());
        evaluation.on_event(cancelled(2));
        assert_eq!(state(&host).current.failure(), Some(&RunFailure::Cancelled));
        evaluation.start(order());
        evaluation.on_engine_lost();
        assert_eq!(state(&host).current.failure(), Some(&RunFailure::Lost));
    }

    #[test]
    fn images_are_delivered_to_the_feature_that_requested_them() {
        let (host, evaluation) = evaluation();
        let taken = Rc::new(RefCell::new(Vec::new()));
        let take = {
            let taken = Rc::clone(&taken);
            Callback::from(move |pixels: Vec<u8>| taken.borrow_mut().push(pixels))
        };
        evaluation.request_images(4, vec![5, 6]);
        evaluation.request_image(4, 7, take);
        evaluation.request_neighbours(4, 8);
        assert!(matches!(
            host.take_commands()[..],
            [
                Command::Dataset(DatasetCommand::Images { request: 1, .. }),
                Command::Dataset(DatasetCommand::Images { request: 2, .. }),
                Command::Dataset(DatasetCommand::Neighbours { request: 3, sample: 8, .. })
            ]
        ));
        let images = |request| DatasetEvent::Images { request, pixels: vec![1] };
        assert_eq!(evaluation.take_images(images(2)), None);
        assert_eq!(*taken.borrow(), [vec![1]]);
        let similar = DatasetEvent::Neighbours { request: 3, samples: vec![(1, 0.5)] };
        assert_eq!(evaluation.take_images(similar), None);
        assert_eq!(evaluation.take_images(images(1)), None);
        let looks: Vec<GalleryAction> = host
            .take_actions()
            .into_iter()
            .filter_map(|action| match action {
                Action::Evaluation(EvaluationAction::Gallery(look)) => Some(look),
                _ => None,
            })
            .collect();
        assert!(
            matches!(&looks[..], [GalleryAction::Neighbours(8, _), GalleryAction::Images(samples, _)] if *samples == [5, 6])
        );
    }

    #[test]
    fn other_events_and_stale_answers_are_given_back() {
        let (host, evaluation) = evaluation();
        evaluation.request_images(4, vec![5]);
        let images = |request| DatasetEvent::Images { request, pixels: vec![1] };
        assert_eq!(evaluation.take_images(images(9)), Some(images(9)));
        assert_eq!(evaluation.take_images(DatasetEvent::LoadCancelled), Some(DatasetEvent::LoadCancelled));
        evaluation.on_engine_lost();
        host.take_actions();
        assert_eq!(evaluation.take_images(images(1)), Some(images(1)));
        assert!(host.take_actions().is_empty());
    }
}
