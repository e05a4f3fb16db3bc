//! Events reach their features, and a new engine gets back what the one before held.

use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::Controller;
use crate::controller::fake::{FakeHost, bitmap, face, summary};
use crate::controller::recognizer::Purpose;
use crate::state::{Action, EngineState};
use mien_core::evaluation::Views;
use mien_core::training::{History, Settings};
use mien_protocol::{
    Backend, BackendChoice, Command, DatasetCommand, DatasetEvent, Event, NetworkCommand, NetworkSummary, Plan,
    Problem, ProblemKind, SetSummary, Stage, StoredRun, Timing, TrainingCommand, TrainingEvent,
};

fn controller() -> (Rc<FakeHost>, Controller) {
    let host = Rc::new(FakeHost::default());
    let controller = Controller::with_host(Rc::<FakeHost>::clone(&host));
    (host, controller)
}

fn tell(controller: &Controller, event: Event) {
    controller.on_event(event, &JsValue::UNDEFINED);
}

fn ready() -> Event {
    let network = NetworkSummary {
        name: String::from("vgg"),
        parameters: 1,
        multiply_adds: 1,
        description: String::new(),
        validation_accuracy: None,
        validated_on: None,
    };
    Event::Ready { backend: Backend::Cpu, adapter: String::new(), fallback: None, network }
}

fn problem() -> Problem {
    Problem { kind: ProblemKind::Worker, detail: String::from("crashed") }
}

fn loaded(summary: SetSummary) -> Event {
    Event::Dataset(DatasetEvent::Loaded { summary: Box::new(summary) })
}

fn recognized(request: u32) -> Event {
    Event::Recognized { request, width: 64, height: 48, faces: vec![face(1, 4.0)], timing: Timing::default() }
}

fn engine_state(host: &FakeHost) -> Option<EngineState> {
    let engine = |action| if let Action::Engine(state) = action { Some(state) } else { None };
    host.take_actions().into_iter().filter_map(engine).next_back()
}

#[test]
fn an_engine_starts_and_is_asked_for_what_it_holds() {
    let (host, controller) = controller();
    controller.choose_backend(BackendChoice::Cpu);
    assert_eq!(host.take_commands(), [Command::Start { choice: BackendChoice::Cpu }]);
    assert_eq!(engine_state(&host), Some(EngineState::Starting { stage: None, share: 0.0 }));
    tell(&controller, Event::Progress { stage: Stage::Weights, share: 0.5 });
    assert_eq!(engine_state(&host), Some(EngineState::Starting { stage: Some(Stage::Weights), share: 0.5 }));
    assert!(!controller.recognizer.is_idle());
    tell(&controller, ready());
    assert!(controller.recognizer.is_idle());
    assert!(matches!(engine_state(&host), Some(EngineState::Ready { .. })));
    let unfinished = Command::Training(TrainingCommand::Unfinished { held: None });
    assert_eq!(host.take_commands(), [unfinished, Command::Network(NetworkCommand::List)]);
}

#[test]
fn an_engine_that_fails_is_not_idle() {
    let (host, controller) = controller();
    tell(&controller, ready());
    tell(&controller, Event::Failed { problem: problem() });
    assert!(!controller.recognizer.is_idle());
    assert_eq!(engine_state(&host), Some(EngineState::Failed(problem())));
}

#[test]
fn answers_to_an_engine_before_are_stale() {
    let (host, controller) = controller();
    tell(&controller, ready());
    controller.recognizer.submit(Purpose::Frame(0), &bitmap(), 0.0);
    tell(&controller, Event::Failed { problem: problem() });
    host.take_actions();
    tell(&controller, recognized(1));
    tell(&controller, Event::Refused { request: 1, problem: problem() });
    assert!(host.take_actions().is_empty());
}

#[test]
fn a_frame_is_recorded_and_shown_unless_it_is_stale() {
    let (host, controller) = controller();
    tell(&controller, ready());
    controller.timeline.toggle();
    host.take_actions();
    controller.recognizer.submit(Purpose::Frame(0), &bitmap(), 0.0);
    tell(&controller, recognized(1));
    assert!(matches!(host.take_actions()[..], [Action::Record(_), Action::Stream(_)]));
    controller.recognizer.submit(Purpose::Frame(9), &bitmap(), 0.0);
    tell(&controller, recognized(2));
    assert!(host.take_actions().is_empty());
    assert!(controller.recognizer.is_idle());
}

#[test]
fn a_new_engine_gets_back_what_the_one_before_held() {
    let (host, controller) = controller();
    tell(&controller, ready());
    controller.set_views(Views::Flip);
    controller.dataset.create(String::from("hand"));
    tell(&controller, loaded(SetSummary { handmade: true, ..summary(1, 0) }));
    let plan = Plan {
        set: String::from("hand"),
        settings: Settings::default(),
        settings_json: String::new(),
        training_images: 1,
        validation_images: 1,
        validation_name: String::new(),
        missing: Vec::new(),
        steps_per_epoch: 1,
        history: History::default(),
        folds: 0,
    };
    tell(&controller, Event::Training(TrainingEvent::Began { plan: Box::new(plan) }));
    tell(&controller, Event::Failed { problem: problem() });
    host.take_commands();
    host.replaced.set(true);
    controller.start_engine();
    let create = DatasetCommand::Create { name: String::from("hand") };
    assert_eq!(
        host.take_commands(),
        [
            Command::Start { choice: BackendChoice::Auto },
            Command::Look { views: Views::Flip },
            Command::Dataset(DatasetCommand::Stored),
            Command::Dataset(create),
        ]
    );
    tell(&controller, ready());
    let run = StoredRun { set: String::from("hand"), epoch: 1, epochs: 2, bytes: 3, held: false };
    tell(&controller, Event::Training(TrainingEvent::Unfinished { run: Some(run) }));
    host.take_commands();
    // The run goes on once its set is there too.
    tell(&controller, loaded(SetSummary { handmade: true, ..summary(7, 0) }));
    assert_eq!(host.take_commands(), [Command::Training(TrainingCommand::Continue { set: 7 })]);
}

#[test]
fn a_backend_is_changed_without_losing_anything() {
    let (host, controller) = controller();
    tell(&controller, ready());
    controller.dataset.create(String::from("hand"));
    host.take_commands();
    controller.choose_backend(BackendChoice::WebGpu);
    assert_eq!(host.take_commands(), [Command::Start { choice: BackendChoice::WebGpu }]);
}

#[test]
fn images_reach_the_feature_that_requested_them() {
    let (host, controller) = controller();
    controller.dataset.pixels.request(super::super::ImageView::Grid, 1, vec![0]);
    controller.evaluation.request_images(1, vec![0]);
    host.take_actions();
    let images = |request| Event::Dataset(DatasetEvent::Images { request, pixels: vec![0; 48 * 48] });
    tell(&controller, images(2));
    assert!(matches!(host.take_actions()[..], [Action::Evaluation(_)]));
    tell(&controller, images(1));
    assert!(matches!(host.take_actions()[..], [Action::Dataset(_)]));
    tell(&controller, images(1));
    tell(&controller, images(2));
    assert!(host.take_actions().is_empty());
}
