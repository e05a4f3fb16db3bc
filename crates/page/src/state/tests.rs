//! Tests of the whole reducer. Each part of the state has its own tests.

use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use yew::Reducible;

use super::*;
use crate::fixtures::{face, happy, network, recognized};
use mien_core::expression::Expression;
use mien_core::training::Preset;
use mien_protocol::{BackendTimes, Message, ProblemKind};

fn reduce(actions: impl IntoIterator<Item = Action>) -> Rc<State> {
    let start = Rc::new(State::new(Page::Live, None, Theme::System));
    actions.into_iter().fold(start, |state, action| state.reduce(action))
}

fn recognized_face() -> Action {
    Action::Stream(StreamAction::Recognized(recognized(vec![face(1, Expression::Happy, 0.9, true)])))
}

fn photo() -> Action {
    Action::Photos(PhotoAction::Added(vec![(1, PhotoName::SAMPLE, JsValue::NULL.unchecked_into())]))
}

fn explained(subject: Subject) -> Action {
    let explanations = Explanations { subject, method: None, faces: Vec::new(), time: 1.0 };
    Action::Explain(ExplainAction::Explained(explanations, 5))
}

fn ready(backend: Backend) -> Action {
    Action::Engine(EngineState::Ready { backend, adapter: String::new(), fallback: None })
}

#[test]
fn the_address_opens_a_step_of_the_lesson() {
    let step = |step| State::new(Page::Lesson, step, Theme::Dark).lesson.step;
    assert_eq!((step(None), step(Some(2)), step(Some(99))), (0, 2, Lesson::STEPS - 1));
    let state = State::new(Page::Lesson, None, Theme::Dark);
    assert!(state.page == Page::Lesson && state.theme == Theme::Dark && state.result().is_none());
}

#[test]
fn plain_choices_are_taken_over() {
    let french = Language::of("fr").unwrap();
    let recording = Recording { on: true, rows: 3, changes: 1 };
    let state = reduce([
        Action::Visit(Page::About),
        Action::Theme(Theme::Light),
        Action::Language(french),
        Action::Dragging(true),
        Action::Choose(BackendChoice::Cpu),
        Action::TestTimeAugmentation(TestTimeAugmentation::Flip),
        Action::Record(recording),
        Action::Network(network(0, "").summary),
    ]);
    assert!(state.page == Page::About && state.theme == Theme::Light && state.language == french && state.dragging);
    assert!(
        state.choice == BackendChoice::Cpu
            && state.augmentation == TestTimeAugmentation::Flip
            && state.recording == recording
    );
    assert_eq!(state.network.as_ref().map(|network| network.name.as_str()), Some("vgg"));
}

#[test]
fn what_was_measured_holds_until_the_engine_starts_again_or_the_gpu_fails() {
    let measured = Measured { live: BackendTimes { cpu: 5.0, gpu: 12.0 }, batches: None };
    let then = |action| reduce([ready(Backend::Cpu), Action::Measured(measured), action]).measured;
    assert_eq!(then(ready(Backend::Cpu)), Some(measured), "another network is active");
    assert_eq!(then(Action::Engine(EngineState::Starting { step: None, progress: 0.0 })), None);
    let fallback = Some(Fallback::Lost { reason: Message::default() });
    let lost = EngineState::Ready { backend: Backend::Cpu, adapter: String::new(), fallback };
    assert_eq!(then(Action::Engine(lost)), None);
}

#[test]
fn training_runs_on_the_gpu_beside_live_recognition_on_the_cpu_if_that_is_faster() {
    let (cpu, gpu) = (BackendTimes { cpu: 5.0, gpu: 12.0 }, BackendTimes { cpu: 150.0, gpu: 31.0 });
    let trains_on_cpu =
        |batches| reduce([ready(Backend::Cpu), Action::Measured(Measured { live: cpu, batches })]).trains_on_cpu();
    assert_eq!([None, Some(gpu), Some(cpu)].map(trains_on_cpu), [false, false, true]);
    assert!(reduce([ready(Backend::Cpu)]).trains_on_cpu() && !reduce([ready(Backend::WebGpu)]).trains_on_cpu());
    assert!(!reduce([]).trains_on_cpu(), "it is not running");
}

#[test]
fn the_stage_shows_the_reading_of_its_scene() {
    assert!(reduce([recognized_face()]).result().is_none(), "the picture area is empty");
    assert!(reduce([Action::Stream(StreamAction::CameraAsked), recognized_face()]).result().is_some());
    assert!(reduce([Action::Stream(StreamAction::VideoOpened("a.mp4".into())), recognized_face()]).result().is_some());
    let photos = reduce([Action::Stream(StreamAction::CameraAsked), recognized_face(), photo()]);
    assert!(photos.source == LiveSource::Photos && photos.result().is_none(), "the photo is not processed yet");
    let done = Action::Photos(PhotoAction::Done(1, recognized(Vec::new())));
    assert_eq!(photos.reduce(done).result().map(|result| result.faces.len()), Some(0));
}

#[test]
fn only_the_camera_is_mirrored() {
    let opened = || Action::Stream(StreamAction::CameraOpened { id: None, facing_away: false });
    assert!(reduce([Action::Stream(StreamAction::CameraAsked), opened()]).mirrored());
    assert!(!reduce([Action::Stream(StreamAction::VideoOpened("a.mp4".into()))]).mirrored());
    assert!(!reduce([Action::Stream(StreamAction::CameraAsked), opened(), photo()]).mirrored());
}

#[test]
fn another_scene_forgets_the_heatmaps_of_the_one_before() {
    let camera = || Action::Stream(StreamAction::CameraAsked);
    let shows = |action| reduce([camera(), explained(Subject::Stream), action]).explain.found.is_some();
    assert!(shows(recognized_face()), "the next frame");
    assert!(!shows(Action::Stream(StreamAction::Stopped)));
    assert!(!shows(photo()));
}

#[test]
fn notices_are_listed_once_each_the_newest_last() {
    let state = reduce(
        [
            Notice::CameraBusy { detail: String::new() },
            Notice::CopyFailed,
            Notice::CameraBusy { detail: String::new() },
        ]
        .map(Action::Notify),
    );
    let kinds: Vec<&str> = state.notices.iter().map(|posted| posted.notice.kind()).collect();
    assert_eq!(kinds, ["copy-failed", "camera-busy"]);
    let ids: Vec<u32> = state.notices.iter().map(|posted| posted.id).collect();
    assert_eq!(ids, [2, 3], "one that comes again is a new one, which is read out again");
}

#[test]
fn the_oldest_notices_give_way() {
    let notices = (0..7).map(|number| Action::Notify(Notice::FileEmpty { name: number.to_string() }));
    let state = reduce(notices);
    assert_eq!(state.notices.len(), MAX_NOTICES);
    assert_eq!(state.notices.first().map(|posted| posted.id), Some(3));
}

#[test]
fn notices_are_dismissed_one_by_one_or_all() {
    let notices = || [Notice::CopyFailed, Notice::SampleMissing].map(Action::Notify);
    let one = reduce(notices().into_iter().chain([Action::Dismiss(1), Action::Dismiss(9)]));
    assert_eq!(one.notices.iter().map(|posted| posted.id).collect::<Vec<_>>(), [2]);
    let one = reduce(notices().into_iter().chain([Action::Withdraw(Notice::SampleMissing)]));
    assert_eq!(one.notices.iter().map(|posted| posted.id).collect::<Vec<_>>(), [1]);
    let none = reduce(notices().into_iter().chain([Action::DismissAll, Action::Notify(Notice::CopyFailed)]));
    assert_eq!(none.notices.iter().map(|posted| posted.id).collect::<Vec<_>>(), [3], "numbers are not used again");
}

#[test]
fn the_draft_follows_the_set_and_the_processor() {
    let large = || Action::Dataset(DatasetAction::Loaded(happy(1, 3_000)));
    let preset = |state: &State| state.training.draft.preset(state.context());
    assert_eq!(preset(&reduce([large(), ready(Backend::Cpu)])), Preset::Demo);
    assert_eq!(preset(&reduce([large(), ready(Backend::WebGpu)])), Preset::FineTune);
    assert_eq!(preset(&reduce([ready(Backend::Cpu)])), Preset::FineTune, "without a set");
    let edited =
        reduce([large(), ready(Backend::Cpu), Action::Draft(DraftAction::Slide(NumericSetting::Epochs, Some(3.0)))]);
    assert_eq!(edited.training.draft.settings(edited.context()).epochs, 3);
}

#[test]
fn an_engine_that_failed_computes_on_nothing() {
    let problem = || Problem { kind: ProblemKind::Worker, detail: Message::default() };
    let failed = reduce([ready(Backend::Cpu), Action::Engine(EngineState::Failed(problem()))]);
    assert!(!failed.trains_on_cpu() && failed.engine == EngineState::Failed(problem()));
}

#[test]
fn each_part_of_the_state_gets_its_own_actions() {
    let state = reduce([
        Action::Dataset(DatasetAction::Arrived),
        Action::Evaluation(EvaluationAction::View(EvaluationView::Robustness)),
        Action::Explain(ExplainAction::On(true)),
        Action::Lesson(LessonAction::Step(2)),
        Action::Training(TrainingAction::Starting),
    ]);
    assert!(state.datasets.arrivals == 1 && state.evaluations.view == EvaluationView::Robustness && state.explain.on);
    assert!(state.lesson.step == 2 && state.training.starting);
}
