//! Everything with side effects: the engine, camera, files, downloads. Each controller reports back as an [`Action`].
//!
//! There is one struct per feature. Features do not depend on each other; each reaches the state, the engine and the
//! request numbers through a [`link::Link`]. The [`Controller`] owns all of them and coordinates them: [`engine`]
//! starts the engine and dispatches its events.
//!
//! [`Photos`], [`dataset::Dataset::import`], [`Lesson`], [`ModelFace`], [`Stream`], [`Analysis`] and [`Curves`] submit pictures, in this
//! order of priority, save that [`Stream`] and [`Analysis`] take turns; the [`Recognizer`] processes one at a time. [`Analysis`] writes into
//! the [`Timeline`].

mod actions;
mod analysis;
mod benchmark;
mod browser;
mod curves;
mod dataset;
mod decoder;
mod documents;
mod engine;
mod evaluation;
mod explanation;
mod exports;
mod face_program;
#[cfg(test)]
mod fake;
mod fit;
mod lesson;
mod link;
mod model_face;
mod networks;
mod onnx;
mod photographs;
mod photos;
mod queue;
mod recognizer;
mod requests;
mod robustness;
mod sample;
mod stream;
mod timeline;
mod training;
mod watch;

use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;

use web_sys::{Blob, File};
use yew::UseReducerDispatcher;

use crate::language::Language;
use crate::notice::Notice;
use crate::settings::Page;
use crate::sources::video::{VideoFile, is_video};
use crate::state::{Action, GameAction, LiveSource, PhotoName, State};
use actions::Actions;
use analysis::Analysis;
use benchmark::Benchmark;
use browser::Browser;
use curves::Curves;
use dataset::Dataset;
use decoder::Decoder;
use documents::Documents;
use evaluation::Evaluation;
use explanation::Explanation;
use exports::Exports;
use fit::Fit;
use lesson::Lesson;
use link::{Host, Link};
use mien_core::evaluation::TestTimeAugmentation;
use mien_protocol::{BackendChoice, Command, NetworkId};
use model_face::ModelFace;
use networks::{Networks, is_network};
use photographs::Photographs;
use photos::Photos;
use recognizer::Recognizer;
use robustness::Robustness;
use sample::Sample;
use stream::Stream;
use timeline::Timeline;
use training::Training;

pub use browser::embedder;
pub use dataset::ImageView;
pub use documents::ReportFormat;
pub use explanation::ExplanationRequest;
pub use model_face::{SIDE as MODEL_FACE_SIDE, copy as copy_model_face};
pub use robustness::{CorruptedCrop, CorruptionRequest};
pub use sample::SAMPLE;

/// A handle to all features; clones share them.
#[derive(Clone)]
pub struct Controller(Rc<Features>);

/// All features.
pub struct Features {
    link: Link,
    recognizer: Rc<Recognizer>,
    decoder: Rc<Decoder>,
    choice: Cell<BackendChoice>,
    /// Whether the quick-start engine recognizes.
    quick_started: Cell<bool>,
    augmentation: Cell<TestTimeAugmentation>,
    sample: Rc<Sample>,
    /// Photos on the Live page.
    pub photos: Rc<Photos>,
    /// Camera and video.
    pub stream: Rc<Stream>,
    /// The model face.
    pub model_face: Rc<ModelFace>,
    /// What happens when a look is held.
    pub actions: Actions,
    /// The curves of the model face.
    pub curves: Rc<Curves>,
    /// The timeline recording.
    pub timeline: Rc<Timeline>,
    /// The analysis of video files.
    pub analysis: Rc<Analysis>,
    /// Sets of images.
    pub dataset: Rc<Dataset>,
    /// Evaluations.
    pub evaluation: Evaluation,
    /// Evaluations on corrupted images.
    pub robustness: Robustness,
    /// Evaluations on labelled photographs.
    pub photographs: Rc<Photographs>,
    /// Explanations of predictions.
    pub explanation: Rc<Explanation>,
    /// The photo of the lesson.
    pub lesson: Rc<Lesson>,
    /// Training.
    pub training: Training,
    /// The library of networks.
    pub networks: Networks,
    /// Files that the engine writes and reads.
    pub documents: Documents,
    /// The measurement of this device's speed.
    pub benchmark: Benchmark,
    /// Downloads of pictures and figures.
    pub exports: Exports,
    /// Whether it is right for a person.
    pub fit: Fit,
}

impl Deref for Controller {
    type Target = Features;

    fn deref(&self) -> &Features {
        &self.0
    }
}

impl PartialEq for Controller {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Controller {
    /// Creates all features; nothing is started yet.
    pub fn new(dispatcher: UseReducerDispatcher<State>) -> Self {
        Self::with_host(Rc::new(Browser::new(dispatcher)))
    }

    fn with_host(host: Rc<dyn Host>) -> Self {
        let link = Link::new(host);
        let recognizer = Rc::new(Recognizer::new(link.clone()));
        let decoder = Rc::new(Decoder::new(link.clone()));
        let timeline = Rc::new(Timeline::new(link.clone()));
        Self(Rc::new(Features {
            choice: Cell::default(),
            quick_started: Cell::default(),
            augmentation: Cell::default(),
            sample: Rc::default(),
            photos: Rc::new(Photos::new(link.clone(), Rc::clone(&decoder), Rc::clone(&recognizer))),
            stream: Rc::new(Stream::new(link.clone(), Rc::clone(&recognizer))),
            model_face: Rc::new(ModelFace::new(link.clone(), Rc::clone(&recognizer))),
            actions: Actions::new(link.clone()),
            curves: Rc::new(Curves::new(link.clone(), Rc::clone(&recognizer))),
            analysis: Rc::new(Analysis::new(link.clone(), Rc::clone(&recognizer), Rc::clone(&timeline))),
            timeline,
            dataset: Dataset::new(link.clone(), Rc::clone(&decoder), Rc::clone(&recognizer)),
            evaluation: Evaluation::new(link.clone()),
            robustness: Robustness::new(link.clone()),
            photographs: Rc::new(Photographs::new(link.clone())),
            explanation: Rc::new(Explanation::new(link.clone())),
            lesson: Rc::new(Lesson::new(link.clone(), Rc::clone(&decoder), Rc::clone(&recognizer))),
            training: Training::new(link.clone()),
            networks: Networks::new(link.clone()),
            documents: Documents::new(link.clone()),
            benchmark: Benchmark::new(link.clone()),
            exports: Exports::new(link.clone()),
            fit: Fit::new(link.clone()),
            recognizer,
            decoder,
            link,
        }))
    }

    /// Starts the engine, and fetches the sample.
    pub fn start(&self) {
        self.start_engine();
        self.sample.prefetch(&self.link);
    }

    /// Opens files on the Live page, picked, dropped or pasted. The first network among them is opened on the Training page, and of others
    /// it is said that they are not. All photos are recognized; of several videos, the first
    /// one is played, and all of them can be analysed. What is neither is treated as a photo, which says so.
    pub fn open_files(&self, files: Vec<File>) {
        self.link.dispatch(Action::DismissAll);
        let (networks, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is_network(&file.name()));
        if let Some((network, others)) = networks.split_first() {
            self.networks.load(network);
            self.networks.leave(others.iter().map(File::name));
            Page::Training.visit();
        }
        if files.is_empty() {
            return;
        }
        let controller = self.clone();
        self.link.spawn(async move {
            let (mut photos, mut videos) = (Vec::new(), Vec::new());
            for file in files {
                if is_video(&file).await {
                    videos.push(file);
                } else {
                    photos.push((file.name().into(), file.into()));
                }
            }
            if !photos.is_empty() {
                controller.add_photos(photos);
            } else {
                controller.open_videos(videos);
            }
        });
    }

    fn add_photos(&self, photos: Vec<(PhotoName, Blob)>) {
        self.model_face.dismiss();
        self.stream.stop();
        self.photos.add(photos);
    }

    fn open_videos(&self, files: Vec<File>) {
        let Some(first) = files.first() else { return };
        if files.len() == 1 && first.size() == 0.0 {
            return self.link.notify(Notice::FileEmpty { name: first.name() });
        }
        self.play_video(first);
        self.analysis.offer(described(files));
    }

    fn play_video(&self, file: &File) {
        self.model_face.dismiss();
        self.photos.clear();
        self.stream.open_file(file);
    }

    /// Analyses the videos with the active network, whose name is given. The one that plays is paused: it would take time.
    pub fn start_analysis(&self, network: String) {
        if self.stream.is_moving() {
            self.stream.toggle_video();
        }
        self.analysis.start(network, self.augmentation.get());
    }

    /// Adds videos to those that are analysed; nothing else changes.
    pub fn add_videos(&self, files: Vec<File>) {
        self.analysis.add(described(files));
    }

    /// Plays a video of those that are analysed.
    pub fn play_analysed(&self, id: u32) {
        if let Some(file) = self.analysis.file(id) {
            self.play_video(&file);
        }
    }

    /// The index of what the timeline shows for a source; `None` if nothing of it is recorded.
    pub fn recorded(&self, source: LiveSource) -> Option<usize> {
        match source {
            LiveSource::Video => self.timeline.of(self.stream.open_video().as_ref()),
            LiveSource::Camera => self.timeline.of(None),
            LiveSource::Empty | LiveSource::Photos | LiveSource::ModelFace => self.timeline.latest(),
        }
    }

    /// Deletes the timeline. An analysis that runs is stopped before.
    pub fn clear_timeline(&self) {
        self.analysis.forget_results();
        self.timeline.clear();
    }

    /// Opens the built-in sample on the Live page.
    pub fn open_sample(&self) {
        self.link.dispatch(Action::DismissAll);
        let controller = self.clone();
        self.link.spawn(async move {
            match controller.sample.get().await {
                Some(sample) => controller.add_photos(vec![(PhotoName::SAMPLE, sample)]),
                None => controller.link.notify(Notice::SampleMissing),
            }
        });
    }

    /// Opens the built-in sample in the lesson.
    pub fn open_lesson_sample(&self) {
        let (controller, opened) = (self.clone(), self.lesson.opened());
        self.link.spawn(async move {
            let sample = controller.sample.get().await;
            controller.lesson.on_sample(sample, opened);
        });
    }

    /// Starts a camera: the given one, else the last one used, else the browser's default.
    /// Photos, a video or the model face stay until there is a picture of it.
    pub fn start_camera(&self, id: Option<String>) {
        if !self.model_face.is_shown() {
            self.model_face.dismiss();
        }
        let opened = self.model_face.is_shown() || self.photos.is_any() || self.stream.open_video().is_some();
        let controller = self.clone();
        let close = move || {
            controller.model_face.dismiss();
            controller.photos.clear();
        };
        self.stream.start_camera(id, opened.then_some(close));
    }

    /// Opens the model face. What is open now stays until it is there.
    pub fn open_model_face(&self) {
        self.link.dispatch(Action::DismissAll);
        let controller = self.clone();
        self.model_face.open(move || {
            controller.photos.clear();
            controller.stream.stop();
        });
    }

    /// Changes the mirror game.
    pub fn play(&self, action: GameAction) {
        self.link.dispatch(Action::Game(action));
    }

    /// Starts the mirror game; in a demo, the model face plays.
    pub fn start_game(&self, demo: bool) {
        self.play(GameAction::Start { seed: self.seed(), demo });
    }

    /// The one key of the mirror game was pressed.
    pub fn press_game_key(&self) {
        self.play(GameAction::Key(self.seed()));
    }

    /// Time passes in the mirror game.
    pub fn tick_game(&self) {
        self.play(GameAction::Tick(self.link.now()));
    }

    /// A number that is another one each time.
    fn seed(&self) -> u64 {
        self.link.now().to_bits()
    }

    /// Recognizes what does not move again, since another network does it.
    fn recognize_again(&self) {
        self.analysis.on_settings_changed();
        self.photos.recognize_again();
        self.model_face.draw_again();
        self.curves.on_other_network();
    }

    /// Called when the tab was hidden or became visible.
    pub fn on_visibility(&self, hidden: bool) {
        if !hidden && self.link.is_ready() {
            // another tab may have stored or deleted something meanwhile
            self.dataset.request_saved();
            self.networks.request_list();
        }
        self.analysis.on_visibility(hidden);
        if self.stream.on_visibility(hidden) {
            self.start_camera(None);
        }
    }

    /// Changes the language of the page.
    pub fn set_language(&self, language: Language) {
        if language == Language::current() {
            return;
        }
        let controller = self.clone();
        self.link.spawn(async move {
            let arrived = language.speak().await;
            controller.on_language();
            if !arrived {
                controller.link.notify(Notice::LanguageMissing);
            }
        });
    }

    /// Rebuilds the page in the new language. A playing video moves to the new picture area, which pauses it.
    fn on_language(&self) {
        let plays = self.stream.is_moving();
        self.link.dispatch(Action::Language(Language::current()));
        if plays {
            self.stream.resume_soon();
        }
    }

    /// Sets the test-time augmentation for faces.
    pub fn set_test_time_augmentation(&self, augmentation: TestTimeAugmentation) {
        self.analysis.on_settings_changed();
        self.augmentation.set(augmentation);
        self.link.dispatch(Action::TestTimeAugmentation(augmentation));
        self.link.send(&Command::SetTestTimeAugmentation { augmentation });
    }

    /// Activates a network and recognizes the photos again.
    pub fn activate_network(&self, network: NetworkId) {
        self.networks.activate(network);
        self.recognize_again();
    }

    /// Adds the trained network to the library and activates it.
    pub fn adopt_training(&self, name: String, best: bool) {
        self.networks.expect_new();
        self.training.adopt(name, best);
    }

    /// Uses the network being trained for recognition (`true`), or the active one.
    pub fn show_training(&self, training: bool) {
        self.training.show(training);
        self.recognize_again();
    }
}

/// Files with what distinguishes them.
fn described(files: Vec<File>) -> Vec<(File, VideoFile)> {
    files.into_iter().map(|file| (VideoFile::from(&file), file)).map(|(info, file)| (file, info)).collect()
}
