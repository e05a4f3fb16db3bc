//! Robustness tests, and the corruption of single faces.

use std::cell::RefCell;
use std::rc::Rc;

use yew::Callback;

use super::link::{Link, RequestId};
use super::requests::Latest;
use crate::state::{Action, EvaluationAction, EvaluationRequest, RobustnessAction, RunAction, RunProgress};
use mien_core::expression::Distribution;
use mien_core::vision::corruption::Corruption;
use mien_protocol::{Command, RobustnessCommand, RobustnessEvent};

/// Tests the network's robustness.
pub struct Robustness {
    link: Link,
    /// The pending corruption request, with the callback for the result.
    corrupting: Latest<Callback<CorruptedCrop>>,
    /// The newest request after that.
    next: RefCell<Option<(CorruptionRequest, Callback<CorruptedCrop>)>>,
}

/// A crop to be corrupted and classified.
#[derive(Clone, Debug, PartialEq)]
pub struct CorruptionRequest {
    /// 48×48 grey bytes.
    pub crop: Rc<[u8]>,
    /// The corruption.
    pub corruption: Corruption,
    /// The severity in tenths: 0 to 50.
    pub tenths: u32,
    /// The random seed.
    pub seed: u32,
}

/// A crop that was corrupted and classified.
#[derive(Clone, Debug, PartialEq)]
pub struct CorruptedCrop {
    /// 48×48 grey bytes.
    pub crop: Rc<[u8]>,
    /// The predicted probabilities; `None` if the prediction failed.
    pub prediction: Option<Distribution>,
}

impl Robustness {
    /// Creates the controller without pending requests.
    pub fn new(link: Link) -> Self {
        Self { link, corrupting: Latest::default(), next: RefCell::default() }
    }

    /// Starts an evaluation on corrupted images.
    pub fn start(&self, order: Rc<EvaluationRequest>, corruptions: Vec<Corruption>) {
        let run = self.link.next_request();
        let (set, samples, split) = (order.set.id, order.samples.clone(), order.split.clone());
        self.dispatch(RobustnessAction::Started(run, order, self.link.host().time_of_day()));
        self.send(RobustnessCommand::Run { run, set, samples, split, corruptions });
    }

    /// Cancels an evaluation.
    pub fn cancel(&self, run: RequestId) {
        self.send(RobustnessCommand::Cancel { run });
    }

    /// Corrupts and classifies a crop. While a request is pending, only the newest one is kept, so that a slider can be
    /// moved at any speed.
    pub fn corrupt(&self, request: CorruptionRequest, take: Callback<CorruptedCrop>) {
        if self.corrupting.is_pending() {
            self.next.replace(Some((request, take)));
            return;
        }
        let CorruptionRequest { crop, corruption, tenths, seed } = request;
        let request = self.link.next_request();
        self.corrupting.set(request, take);
        let strength = tenths as f32 / 10.0;
        self.send(RobustnessCommand::Corrupt { request, crop: crop.to_vec(), corruption, strength, seed });
    }

    /// Downloads a report: JSON, or else CSV.
    pub fn save_report(&self, text: &str, json: bool) {
        let (media_type, extension) = if json { ("application/json", "json") } else { ("text/csv", "csv") };
        self.link.download_text(text, media_type, extension);
    }

    /// Called when the engine was replaced or lost.
    pub fn on_engine_lost(&self) {
        self.corrupting.cancel();
        self.next.take();
        self.dispatch(RobustnessAction::Run(RunAction::Lost));
    }

    /// Handles an event from the engine.
    pub fn on_event(&self, event: RobustnessEvent) {
        self.dispatch(match event {
            RobustnessEvent::Progress { run, done, total, seconds } => {
                RobustnessAction::Run(RunAction::Progress(RunProgress { run, done, total, seconds }))
            }
            RobustnessEvent::Done { run, outcome } => RobustnessAction::Done(run, outcome),
            RobustnessEvent::Failed { run, reason } => RobustnessAction::Run(RunAction::Failed(run, reason)),
            RobustnessEvent::Cancelled { run } => RobustnessAction::Run(RunAction::Cancelled(run)),
            RobustnessEvent::Corrupted { request, crop, prediction } => {
                if let Some(take) = self.corrupting.take(request) {
                    take.emit(CorruptedCrop { crop: crop.into(), prediction });
                    let next = self.next.take();
                    if let Some((request, take)) = next {
                        self.corrupt(request, take);
                    }
                }
                return;
            }
        });
    }

    fn send(&self, command: RobustnessCommand) {
        self.link.send(&Command::Robustness(command));
    }

    fn dispatch(&self, action: RobustnessAction) {
        self.link.dispatch(Action::Evaluation(EvaluationAction::Robustness(action)));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use yew::Callback;

    use super::{CorruptedCrop, CorruptionRequest, Robustness};
    use crate::controller::fake::{FakeHost, summary};
    use crate::fixtures::message;
    use crate::state::{
        Action, Ensemble, EvaluationAction, EvaluationRequest, Robustness as RobustnessState, RunFailure,
    };
    use mien_core::vision::corruption::Corruption;
    use mien_protocol::{Command, RobustnessCommand, RobustnessEvent};

    fn robustness() -> (Rc<FakeHost>, Robustness) {
        let (host, link) = FakeHost::new();
        (host, Robustness::new(link))
    }

    fn request(tenths: u32) -> CorruptionRequest {
        CorruptionRequest { crop: Rc::from([1]), corruption: Corruption::ALL[0], tenths, seed: 0 }
    }

    /// Counts answers.
    fn counter() -> (Rc<Cell<u32>>, Callback<CorruptedCrop>) {
        let count = Rc::new(Cell::new(0));
        let counted = Rc::clone(&count);
        (count, Callback::from(move |_| counted.set(counted.get() + 1)))
    }

    fn corrupted(request: u32) -> RobustnessEvent {
        RobustnessEvent::Corrupted { request, crop: vec![2], prediction: None }
    }

    fn strengths(host: &FakeHost) -> Vec<f32> {
        let strength = |command| match command {
            Command::Robustness(RobustnessCommand::Corrupt { strength, .. }) => Some(strength),
            _ => None,
        };
        host.take_commands().into_iter().filter_map(strength).collect()
    }

    fn failure(host: &FakeHost) -> Option<RunFailure> {
        let mut state = RobustnessState::default();
        for action in host.take_actions() {
            if let Action::Evaluation(EvaluationAction::Robustness(action)) = action {
                state.apply(action);
            }
        }
        state.current.failure().cloned()
    }

    #[test]
    fn only_the_newest_pending_request_is_sent() {
        let (host, robustness) = robustness();
        let [(first, take), (second, superseded), (third, newest)] = [counter(), counter(), counter()];
        robustness.corrupt(request(10), take);
        robustness.corrupt(request(20), superseded);
        robustness.corrupt(request(30), newest);
        assert_eq!(strengths(&host), [1.0]);
        robustness.on_event(corrupted(1));
        assert_eq!(strengths(&host), [3.0]);
        robustness.on_event(corrupted(2));
        assert_eq!([first, second, third].map(|count| count.get()), [1, 0, 1]);
        assert!(strengths(&host).is_empty());
    }

    #[test]
    fn an_answer_after_a_restart_is_stale() {
        let (host, robustness) = robustness();
        let (count, take) = counter();
        robustness.corrupt(request(10), take.clone());
        robustness.corrupt(request(20), take.clone());
        robustness.on_engine_lost();
        robustness.on_event(corrupted(1));
        assert_eq!(count.get(), 0);
        robustness.corrupt(request(40), take);
        assert_eq!(strengths(&host), [1.0, 4.0]);
        robustness.on_event(corrupted(2));
        assert_eq!(count.get(), 1);
    }

    #[test]
    fn an_evaluation_ends_with_its_reason() {
        let (host, robustness) = robustness();
        let start = || {
            let (set, split) = (Rc::new(summary(4, 3)), String::from("PublicTest"));
            let order =
                EvaluationRequest { set, samples: vec![0], split, ensemble: Ensemble::default(), title: String::new() };
            robustness.start(Rc::new(order), Corruption::ALL.to_vec());
        };
        start();
        robustness.on_event(RobustnessEvent::Failed { run: 1, reason: message("why") });
        assert_eq!(failure(&host), Some(RunFailure::Failed(message("why"))));
        start();
        robustness.on_event(RobustnessEvent::Cancelled { run: 2 });
        assert_eq!(failure(&host), Some(RunFailure::Cancelled));
        start();
        robustness.on_event(RobustnessEvent::Cancelled { run: 2 });
        assert_eq!(failure(&host), None);
        start();
        robustness.on_engine_lost();
        assert_eq!(failure(&host), Some(RunFailure::Lost));
    }

    #[test]
    fn reports_are_downloaded_as_what_they_are() {
        let (host, robustness) = robustness();
        robustness.save_report("{}", true);
        robustness.save_report("a,b", false);
        let names: Vec<String> = host.take_downloads().into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["application/json json", "text/csv csv"]);
    }
}
