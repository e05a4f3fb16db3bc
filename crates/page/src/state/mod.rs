//! The state of the page, and the reducer that changes it. Components only render it; everything with side effects
//! (engine, camera, files) is in [`crate::controller`] and reports back as an [`Action`].

pub mod actions;
mod analysis;
mod benchmark;
mod capture;
mod curves;
mod dataset;
mod evaluation;
mod explain;
mod filter;
pub mod fit;
pub mod game;
mod history;
mod label_sheet;
mod lesson;
mod model_face;
mod onnx;
mod photos;
mod run;
pub mod sight;
mod stream;
#[cfg(test)]
mod tests;
mod training;

use std::rc::Rc;

use yew::Reducible;

use super::language::Language;
use super::notice::Notice;
use super::settings::{Page, Theme};
use mien_core::dataset::Split;
use mien_core::evaluation::{Card, TestTimeAugmentation};
use mien_protocol::{
    Backend, BackendChoice, Fallback, Measured, NetworkSummary, Problem, RecognizedFace, StartupStep, Timing,
};
use sight::Sight;

pub use actions::{Actions, ActionsAction};
pub use analysis::{AnalysedFile, Analysis, AnalysisPhase, AnalysisProgress, FileStatus, Remark};
pub use benchmark::{Benchmark, BenchmarkAction, Comparison};
pub use capture::{Burst, Capture, SplitRule};
pub use curves::{Curves, CurvesAction, CurvesDraft, CurvesEnd};
pub use dataset::{DatasetAction, Datasets, Failure, Loading, Neighbours};
pub use evaluation::{
    Cell, Ensemble, EvaluationAction, EvaluationRequest, EvaluationRun, EvaluationView, Evaluations, FeatureNeighbours,
    GalleryAction, GalleryState, Photographs, PhotographsAction, Robustness, RobustnessAction, RobustnessRun, SEED,
    Selection, Subset, TableMetric,
};
pub use explain::{Explain, ExplainAction, Explanations, FaceExplanation, SharedPainting, Subject};
pub use filter::{Filter, ImageProperty, Known};
pub use fit::{Fit, FitAction};
pub use game::{Game, GameAction};
pub use label_sheet::{LabelSheet, OrderChoice, OwnClass, Unanswered};
pub use lesson::{LayerMaps, Lesson, LessonAction, LessonFace, LessonFailure, Patch};
pub use model_face::{ModelFace, ModelFaceAction};
pub use onnx::{
    OnnxAction, OnnxSheet, deviation_fault, is_onnx_complete, mean_fault, onnx_list, onnx_numbers, onnx_side,
};
pub use photos::{Photo, PhotoAction, PhotoName, PhotoStatus, Photos, Picture};
pub use run::{Run, RunAction, RunFailure, RunProgress};
pub use stream::{Camera, CameraState, Stream, StreamAction, StreamStatistics, VideoPlayback};
pub use training::{
    DraftAction, DraftContext, FieldText, InvalidValue, NumericSetting, Phase, Range, Stored, Training, TrainingAction,
    TrainingRun,
};

/// The state of the page.
#[derive(Clone, PartialEq)]
pub struct State {
    /// The current page.
    pub page: Page,
    /// The theme.
    pub theme: Theme,
    /// The language.
    pub language: Language,
    /// The engine's state.
    pub engine: EngineState,
    /// The selected backend.
    pub choice: BackendChoice,
    /// What *Auto* measured, while it is what the engine goes by.
    pub measured: Option<Measured>,
    /// The active network, once known.
    pub network: Option<Rc<NetworkSummary>>,
    /// The current source on the Live page.
    pub source: LiveSource,
    /// The camera or video.
    pub stream: Stream,
    /// The photos.
    pub photos: Photos,
    /// The model face.
    pub model_face: ModelFace,
    /// The mirror game.
    pub game: Game,
    /// Whether it is right for a person.
    pub fit: Fit,
    /// What happens when a look is held.
    pub actions: Actions,
    /// The curves of the model face.
    pub curves: Curves,
    /// Sets of images.
    pub datasets: Datasets,
    /// Evaluations of networks.
    pub evaluations: Evaluations,
    /// Explanations: heatmaps of what a prediction depends on.
    pub explain: Explain,
    /// The lesson.
    pub lesson: Lesson,
    /// The run that trains a network, and the networks to choose from.
    pub training: Training,
    /// The notices, oldest first.
    pub notices: Vec<PostedNotice>,
    /// Number of notices so far.
    posted: u32,
    /// The timeline.
    pub recording: Recording,
    /// The analysis of video files.
    pub analysis: Analysis,
    /// Whether a file is being dragged over the page.
    pub dragging: bool,
    /// Test-time augmentation of faces on the Live page.
    pub augmentation: TestTimeAugmentation,
    /// The model card of the built-in network, once requested.
    pub card: Option<Rc<Card>>,
    /// The measurement of this device's speed.
    pub benchmark: Benchmark,
}

/// The engine's state.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineState {
    /// It is starting.
    Starting {
        /// The current step, once known.
        step: Option<StartupStep>,
        /// How much of the start is done, 0 to 1.
        progress: f32,
    },
    /// The quick-start engine recognizes until it is running.
    QuickStarted,
    /// It is running.
    Ready {
        /// The backend.
        backend: Backend,
        /// The GPU's name; may be empty.
        adapter: String,
        /// Why the backend differs from the selected one, if it does.
        fallback: Option<Fallback>,
    },
    /// It cannot run.
    Failed(Problem),
}

impl EngineState {
    /// Whether faces are recognized.
    pub const fn recognizes(&self) -> bool {
        matches!(self, Self::QuickStarted | Self::Ready { .. })
    }
}

/// The current source on the Live page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveSource {
    /// Nothing yet.
    Empty,
    /// Photos.
    Photos,
    /// The camera.
    Camera,
    /// A video file.
    Video,
    /// The model face.
    ModelFace,
}

/// The recognition result for a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct RecognitionResult {
    /// The picture's width, to which coordinates refer.
    pub width: u32,
    /// The picture's height, to which coordinates refer.
    pub height: u32,
    /// Source pixels per picture pixel: more than 1 for a photo that was shrunk.
    pub scale: f32,
    /// The 32 largest faces.
    pub faces: Vec<RecognizedFace>,
    /// Number of all detected faces.
    pub found: u32,
    /// The engine's processing times.
    pub timing: Timing,
    /// Milliseconds from capturing the picture to the response.
    pub latency: f32,
}

/// A notice on the page.
#[derive(Clone, Debug, PartialEq)]
pub struct PostedNotice {
    /// A unique number.
    pub id: u32,
    /// The notice.
    pub notice: Notice,
}

/// The state of the timeline recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// Whether it is recording.
    pub on: bool,
    /// Number of rows.
    pub rows: usize,
    /// Counts all changes, also those that leave the number of rows as it is.
    pub changes: u32,
}

/// What can happen to the state.
pub enum Action {
    /// Another page was opened.
    Visit(Page),
    /// The theme has changed.
    Theme(Theme),
    /// The language has changed.
    Language(Language),
    /// A file is being dragged over the page, or no longer is.
    Dragging(bool),
    /// The engine's state has changed.
    Engine(EngineState),
    /// *Auto* has measured.
    Measured(Measured),
    /// The active network has changed.
    Network(NetworkSummary),
    /// The visitor chose a backend.
    Choose(BackendChoice),
    /// A notice is shown.
    Notify(Notice),
    /// The user dismissed a notice.
    Dismiss(u32),
    /// A notice is not true any more.
    Withdraw(Notice),
    /// All notices are dismissed, since the user started something new.
    DismissAll,
    /// The timeline recording has changed.
    Record(Recording),
    /// The analysis of video files has changed.
    Analysis(Analysis),
    /// Camera and video.
    Stream(StreamAction),
    /// Photos.
    Photos(PhotoAction),
    /// The model face.
    ModelFace(ModelFaceAction),
    /// The mirror game.
    Game(GameAction),
    /// Whether it is right for a person.
    Fit(FitAction),
    /// What happens when a look is held.
    Actions(ActionsAction),
    /// The curves of the model face.
    Curves(CurvesAction),
    /// Test-time augmentation of faces on the Live page.
    TestTimeAugmentation(TestTimeAugmentation),
    /// The card of the network that comes with the page.
    Card(Box<Card>),
    /// Sets of images.
    Dataset(DatasetAction),
    /// Evaluations of networks.
    Evaluation(EvaluationAction),
    /// Explanations.
    Explain(ExplainAction),
    /// The lesson.
    Lesson(LessonAction),
    /// Training, and the networks to choose from.
    Training(TrainingAction),
    /// The user changes the draft of the next run.
    Draft(DraftAction),
    /// The measurement of this device's speed.
    Benchmark(BenchmarkAction),
}

/// Maximum number of notices at a time; the oldest are removed.
const MAX_NOTICES: usize = 5;

impl State {
    /// The initial state on a page, at the lesson step in the URL, if any, counted from 0.
    pub fn new(page: Page, step: Option<usize>, theme: Theme) -> Self {
        Self {
            page,
            theme,
            language: Language::current(),
            engine: EngineState::Starting { step: None, progress: 0.0 },
            choice: BackendChoice::Auto,
            measured: None,
            network: None,
            source: LiveSource::Empty,
            stream: Stream::default(),
            photos: Photos::default(),
            model_face: ModelFace::default(),
            game: Game::default(),
            fit: Fit::default(),
            actions: Actions::stored(),
            curves: Curves::default(),
            datasets: Datasets::default(),
            evaluations: Evaluations::default(),
            explain: Explain::default(),
            lesson: Lesson { step: step.map_or(0, |step| step.min(Lesson::STEPS - 1)), ..Lesson::default() },
            training: Training::default(),
            notices: Vec::new(),
            posted: 0,
            recording: Recording::default(),
            analysis: Analysis::default(),
            dragging: false,
            augmentation: TestTimeAugmentation::default(),
            card: None,
            benchmark: Benchmark::default(),
        }
    }

    /// The recognition result for the current picture, if any.
    pub fn result(&self) -> Option<&Rc<RecognitionResult>> {
        match self.source {
            LiveSource::Empty => None,
            LiveSource::Photos => self.photos.selected().and_then(|photo| match &photo.status {
                PhotoStatus::Done(result) => Some(result),
                PhotoStatus::Waiting | PhotoStatus::Looking => None,
            }),
            LiveSource::Camera | LiveSource::Video => self.stream.result.as_ref(),
            LiveSource::ModelFace => self.model_face.result.as_ref(),
        }
    }

    /// Whether the picture is shown mirrored.
    pub fn mirrored(&self) -> bool {
        self.source == LiveSource::Camera && self.stream.mirrored()
    }

    /// What is in view.
    pub fn sight(&self) -> Sight<'_> {
        Sight {
            moving: !matches!(self.source, LiveSource::Empty | LiveSource::Photos),
            frames: (self.source != LiveSource::ModelFace).then_some(self.stream.frames),
            result: self.result().map(Rc::as_ref),
            mirrored: self.mirrored(),
        }
    }

    fn play(&mut self, action: GameAction) {
        if action == GameAction::Open(true) {
            self.measure(FitAction::Open(false));
        }
        let mut game = std::mem::take(&mut self.game);
        game.apply(action, &self.sight());
        self.game = game;
    }

    fn measure(&mut self, action: FitAction) {
        if action == FitAction::Open(true) {
            self.play(GameAction::Open(false));
        }
        let mut fit = std::mem::take(&mut self.fit);
        fit.apply(action, &self.sight());
        self.fit = fit;
    }

    /// What the default settings of the next run depend on.
    fn context(&self) -> DraftContext {
        let images = self.datasets.selected().map_or(0, |set| set.of_split(Split::Training).len());
        DraftContext { images, cpu: self.trains_on_cpu() }
    }

    /// Whether training runs on the CPU, as far as is known.
    pub fn trains_on_cpu(&self) -> bool {
        matches!(self.engine, EngineState::Ready { backend: Backend::Cpu, .. })
            && self.measured.is_none_or(Measured::is_all_on_cpu)
    }

    /// Shows another source, if there is one.
    fn show(&mut self, source: Option<LiveSource>) {
        if let Some(source) = source {
            self.source = source;
            self.explain.found = None;
        }
    }

    fn notify(&mut self, notice: Notice) {
        self.notices.retain(|posted| posted.notice != notice);
        let id = self.posted + 1;
        self.posted = id;
        self.notices.push(PostedNotice { id, notice });
        if self.notices.len() > MAX_NOTICES {
            self.notices.remove(0);
        }
    }
}

impl Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut state = Rc::unwrap_or_clone(self);
        match action {
            Action::Visit(page) => {
                state.page = page;
                state.play(GameAction::Pause(true));
                state.measure(FitAction::Pause(true));
            }
            Action::Game(action) => state.play(action),
            Action::Fit(action) => state.measure(action),
            Action::Actions(action) => state.actions.apply(action),
            Action::Theme(theme) => state.theme = theme,
            Action::Language(language) => state.language = language,
            Action::Dragging(dragging) => state.dragging = dragging,
            Action::Engine(engine) => {
                state.engine = engine;
                if !matches!(state.engine, EngineState::Ready { fallback: None, .. }) {
                    state.measured = None;
                }
            }
            Action::Measured(measured) => state.measured = Some(measured),
            Action::Network(network) => state.network = Some(Rc::new(network)),
            Action::Choose(choice) => state.choice = choice,
            Action::Notify(notice) => state.notify(notice),
            Action::Analysis(analysis) => state.analysis = analysis,
            Action::Dismiss(id) => state.notices.retain(|posted| posted.id != id),
            Action::Withdraw(notice) => state.notices.retain(|posted| posted.notice != notice),
            Action::DismissAll => state.notices.clear(),
            Action::Record(recording) => state.recording = recording,
            Action::TestTimeAugmentation(augmentation) => state.augmentation = augmentation,
            Action::Card(card) => state.card = Some(Rc::from(card)),
            Action::Dataset(action) => state.datasets.apply(action),
            Action::Evaluation(action) => state.evaluations.apply(action),
            Action::Explain(action) => state.explain.apply(action),
            Action::Lesson(action) => state.lesson.apply(action),
            Action::Training(action) => state.training.apply(action),
            Action::Curves(action) => state.curves.apply(action),
            Action::Benchmark(action) => state.benchmark.apply(action),
            Action::Draft(action) => {
                let context = state.context();
                state.training.draft.apply(action, context);
            }
            Action::Stream(action) => {
                let source = state.stream.apply(action);
                state.show(source);
            }
            Action::Photos(action) => {
                let source = state.photos.apply(action);
                state.show(source);
            }
            Action::ModelFace(action) => {
                let source = state.model_face.apply(action);
                state.show(source);
            }
        }
        Rc::new(state)
    }
}
