//! Events reach their features, and a new engine gets back what the one before held.

use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::Controller;
use crate::controller::dataset::Job;
use crate::controller::fake::{FakeHost, bitmap, blob, canvas, decoded, face, file, summary};
use crate::controller::photos::Shown;
use crate::controller::recognizer::Purpose;
use crate::fixtures::message;
use crate::state::{Action, EngineState};
use mien_core::dataset::Split;
use mien_core::evaluation::TestTimeAugmentation;
use mien_core::expression::Expression;
use mien_core::training::{History, Settings};
use mien_protocol::{
    Backend, BackendChoice, Command, DatasetCommand, DatasetEvent, DatasetSummary, Event, Message, NetworkCommand,
    NetworkSummary, Plan, Problem, ProblemKind, StartupStep, StoredRun, Timing, TrainingCommand, TrainingEvent,
};

fn controller() -> (Rc<FakeHost>, Controller) {
    let host = Rc::new(FakeHost::default());
    let controller = Controller::with_host(Rc::<FakeHost>::clone(&host));
    (host, controller)
}

fn deliver(controller: &Controller, event: Event) {
    controller.on_event(event, &JsValue::UNDEFINED);
}

fn ready() -> Event {
    let network = NetworkSummary {
        name: String::from("vgg"),
        parameters: 1,
        multiply_adds: 1,
        description: None,
        validation_accuracy: None,
        validated_on: None,
    };
    Event::Ready { backend: Backend::Cpu, adapter: String::new(), fallback: None, network }
}

fn problem() -> Problem {
    Problem { kind: ProblemKind::Worker, detail: message("crashed") }
}

fn loaded(summary: DatasetSummary) -> Event {
    Event::Dataset(DatasetEvent::Loaded { summary: Box::new(summary) })
}

fn recognized(request: u32) -> Event {
    Event::Recognized { request, width: 64, height: 48, faces: vec![face(1, 4.0)], found: 1, timing: Timing::default() }
}

fn engine_state(host: &FakeHost) -> Option<EngineState> {
    let engine = |action| if let Action::Engine(state) = action { Some(state) } else { None };
    host.take_actions().into_iter().filter_map(engine).next_back()
}

/// A controller with a photo, an import and the lesson's photo, decoded and waiting.
fn with_pictures() -> (Rc<FakeHost>, Controller) {
    let (host, controller) = controller();
    // The last comes first.
    controller.lesson.open_sample(Some(blob()));
    controller.lesson.on_decoded(1, Ok((canvas(), decoded())));
    let (name, photo) = (String::from("import.jpg"), file());
    let job = Job { set: 1, label: Expression::Sad, split: Split::Training, name, photo };
    controller.dataset.import.enqueue(vec![job]);
    controller.dataset.import.on_decoded(Ok(decoded()));
    controller.photos.add(vec![(String::from("photo.jpg").into(), blob())]);
    decode_photo(&controller);
    assert!(host.take_commands().is_empty());
    (host, controller)
}

fn decode_photo(controller: &Controller) {
    let shown = Shown { canvas: canvas(), thumbnail: canvas() };
    controller.photos.on_decoded(1, Ok((shown, decoded())));
}

/// The number of the picture that was submitted, and what it is for.
fn submitted(host: &FakeHost, controller: &Controller) -> Option<(u32, Purpose)> {
    let request = |command| if let Command::Recognize { request, .. } = command { Some(request) } else { None };
    let request = host.take_commands().into_iter().find_map(request)?;
    Some((request, controller.recognizer.pending_purpose()?))
}

#[test]
fn photos_have_priority_over_imports_and_these_over_the_lesson() {
    let (host, controller) = with_pictures();
    deliver(&controller, ready());
    assert_eq!(submitted(&host, &controller), Some((1, Purpose::Photo(1))));
    deliver(&controller, recognized(1));
    assert_eq!(submitted(&host, &controller), Some((2, Purpose::Import)));
    // That one is refused does not hold up the next.
    deliver(&controller, Event::Refused { request: 2, problem: problem() });
    assert_eq!(submitted(&host, &controller), Some((3, Purpose::Lesson)));
    deliver(&controller, recognized(3));
    assert_eq!(submitted(&host, &controller), None);
    assert!(controller.recognizer.is_idle());
}

#[test]
fn the_picture_that_an_engine_fails_with_comes_again() {
    let (host, controller) = with_pictures();
    deliver(&controller, ready());
    host.take_commands();
    host.take_tasks();
    deliver(&controller, Event::Failed { problem: problem() });
    // The photo is decoded once more; the others still are.
    assert_eq!(host.take_tasks(), 1);
    host.replaced.set(true);
    controller.start_engine();
    host.take_commands();
    deliver(&controller, ready());
    // Until it is decoded, others go first.
    assert_eq!(submitted(&host, &controller), Some((2, Purpose::Import)));
    decode_photo(&controller);
    deliver(&controller, recognized(1));
    assert_eq!(submitted(&host, &controller), None);
    deliver(&controller, recognized(2));
    assert_eq!(submitted(&host, &controller), Some((3, Purpose::Photo(1))));
}

#[test]
fn an_engine_starts_and_its_content_is_requested() {
    let (host, controller) = controller();
    controller.choose_backend(BackendChoice::Cpu);
    assert_eq!(host.take_commands(), [Command::Start { choice: BackendChoice::Cpu }]);
    assert_eq!(engine_state(&host), Some(EngineState::Starting { step: None, progress: 0.0 }));
    deliver(&controller, Event::Progress { step: StartupStep::Weights, progress: 0.5 });
    assert_eq!(engine_state(&host), Some(EngineState::Starting { step: Some(StartupStep::Weights), progress: 0.5 }));
    assert!(!controller.recognizer.is_idle());
    deliver(&controller, ready());
    assert!(controller.recognizer.is_idle());
    assert!(matches!(engine_state(&host), Some(EngineState::Ready { .. })));
    let unfinished = Command::Training(TrainingCommand::Unfinished { held: None });
    assert_eq!(host.take_commands(), [unfinished, Command::Network(NetworkCommand::List)]);
}

#[test]
fn photos_are_recognized_again_after_a_quick_start() {
    let (host, controller) = controller();
    controller.photos.add(vec![(String::from("photo.jpg").into(), blob())]);
    decode_photo(&controller);
    let Event::Ready { network, .. } = ready() else { return };
    deliver(&controller, Event::QuickStarted { network });
    assert_eq!(engine_state(&host), Some(EngineState::QuickStarted));
    assert_eq!(submitted(&host, &controller), Some((1, Purpose::Photo(1))));
    deliver(&controller, recognized(1));
    // by the larger network
    deliver(&controller, ready());
    decode_photo(&controller);
    assert_eq!(submitted(&host, &controller), Some((2, Purpose::Photo(1))));
    deliver(&controller, recognized(2));
    // once
    deliver(&controller, ready());
    assert_eq!(submitted(&host, &controller), None);
}

#[test]
fn an_engine_that_fails_is_not_idle() {
    let (host, controller) = controller();
    deliver(&controller, ready());
    deliver(&controller, Event::Failed { problem: problem() });
    assert!(!controller.recognizer.is_idle());
    assert_eq!(engine_state(&host), Some(EngineState::Failed(problem())));
}

#[test]
fn answers_to_an_engine_before_are_stale() {
    let (host, controller) = controller();
    deliver(&controller, ready());
    controller.recognizer.submit_frame(0, &bitmap(), 0.0);
    deliver(&controller, Event::Failed { problem: problem() });
    host.take_actions();
    deliver(&controller, recognized(1));
    deliver(&controller, Event::Refused { request: 1, problem: problem() });
    assert!(host.take_actions().is_empty());
}

#[test]
fn a_frame_is_recorded_and_shown_unless_it_is_stale() {
    let (host, controller) = controller();
    deliver(&controller, ready());
    controller.timeline.toggle();
    host.take_actions();
    controller.recognizer.submit_frame(0, &bitmap(), 0.0);
    deliver(&controller, recognized(1));
    assert!(matches!(host.take_actions()[..], [Action::Record(_), Action::Stream(_)]));
    controller.recognizer.submit_frame(9, &bitmap(), 0.0);
    deliver(&controller, recognized(2));
    assert!(host.take_actions().is_empty());
    assert!(controller.recognizer.is_idle());
}

#[test]
fn a_new_engine_gets_back_what_the_one_before_held() {
    let (host, controller) = controller();
    deliver(&controller, ready());
    controller.set_test_time_augmentation(TestTimeAugmentation::Flip);
    controller.dataset.create(String::from("hand"));
    deliver(&controller, loaded(DatasetSummary { custom: true, ..summary(1, 0) }));
    let plan = Plan {
        set: String::from("hand"),
        settings: Settings::default(),
        settings_json: String::new(),
        training_images: 1,
        validation_images: 1,
        validation_name: Message::default(),
        missing: Vec::new(),
        steps_per_epoch: 1,
        history: History::default(),
        folds: 0,
        grouped_by: None,
    };
    deliver(&controller, Event::Training(TrainingEvent::Began { plan: Box::new(plan) }));
    deliver(&controller, Event::Failed { problem: problem() });
    host.take_commands();
    host.replaced.set(true);
    controller.start_engine();
    let create = DatasetCommand::Create { name: String::from("hand") };
    assert_eq!(
        host.take_commands(),
        [
            Command::Start { choice: BackendChoice::Auto },
            Command::SetTestTimeAugmentation { augmentation: TestTimeAugmentation::Flip },
            Command::Dataset(DatasetCommand::Saved),
            Command::Dataset(create),
        ]
    );
    deliver(&controller, ready());
    let run = StoredRun { set: String::from("hand"), epoch: 1, epochs: 2, bytes: 3, held: false };
    deliver(&controller, Event::Training(TrainingEvent::Unfinished { run: Some(run) }));
    host.take_commands();
    // The run continues once its dataset is loaded too.
    deliver(&controller, loaded(DatasetSummary { custom: true, ..summary(7, 0) }));
    let search = Command::Dataset(DatasetCommand::FindNearDuplicates { set: 7 });
    assert_eq!(host.take_commands(), [search, Command::Training(TrainingCommand::Continue { set: 7 })]);
}

#[test]
fn a_backend_is_changed_without_losing_anything() {
    let (host, controller) = controller();
    deliver(&controller, ready());
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
    deliver(&controller, images(2));
    assert!(matches!(host.take_actions()[..], [Action::Evaluation(_)]));
    deliver(&controller, images(1));
    assert!(matches!(host.take_actions()[..], [Action::Dataset(_)]));
    deliver(&controller, images(1));
    deliver(&controller, images(2));
    assert!(host.take_actions().is_empty());
}
