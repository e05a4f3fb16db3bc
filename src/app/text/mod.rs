//! Every word that a visitor reads, in English. Another language is another folder like this one.

pub mod asking;
pub mod card;
pub mod dataset;
pub mod evaluation;
pub mod training;

use super::format::{fixed, milliseconds, percent, scaled};
use super::notice::Notice;
use super::settings::{Page, Theme};
use super::state::{Camera, CameraState, EngineState, Reading, Recording};
use crate::engine::protocol::{
    Backend, BackendChoice, FaceReading, Fallback, NetworkSummary, Problem, ProblemKind, Stage,
};
use crate::expression::Expression;

// The frame of the page.
pub const NAME: &str = "mien";
pub const TAGLINE: &str = "reads facial expressions on your own device";
pub const SKIP: &str = "Skip to the content";
pub const NAVIGATION: &str = "Pages";
pub const DISMISS: &str = "Dismiss";
pub const DETAILS: &str = "Details";
pub const RETRY: &str = "Try again";
pub const DROP_HERE: &str = "Drop photos or a video to look at them";

/// A page's name in the navigation.
pub const fn page(page: Page) -> &'static str {
    match page {
        Page::Live => "Live",
        Page::Dataset => "Dataset",
        Page::Training => "Training",
        Page::Evaluation => "Evaluation",
        Page::About => "About",
    }
}

/// What the theme toggle shows.
pub const fn theme(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "Colours: as the system",
        Theme::Light => "Colours: light",
        Theme::Dark => "Colours: dark",
    }
}

// The engine.
pub const RUN_ON: &str = "Run on";
pub const ENGINE_PROGRESS: &str = "Loading of the network";
pub const ENGINE_FAILED: &str = "The network cannot run.";
pub const FALLBACK_LINK: &str = "What this means";

/// A choice of what to run on.
pub const fn choice(choice: BackendChoice) -> &'static str {
    match choice {
        BackendChoice::Auto => "Auto",
        BackendChoice::WebGpu => "WebGPU",
        BackendChoice::Cpu => "CPU",
    }
}

/// The engine in a few words.
pub fn engine(engine: &EngineState) -> String {
    match engine {
        EngineState::Starting { stage, .. } => engine_stage(*stage).to_owned(),
        EngineState::Ready { backend: Backend::Cpu, .. } => "Runs on the CPU".to_owned(),
        EngineState::Ready { backend: Backend::WebGpu, adapter, .. } if adapter.is_empty() => {
            "Runs on the GPU".to_owned()
        }
        EngineState::Ready { backend: Backend::WebGpu, adapter, .. } => format!("Runs on the GPU: {adapter}"),
        EngineState::Failed(_) => "Not running".to_owned(),
    }
}

const fn engine_stage(stage: Option<Stage>) -> &'static str {
    match stage {
        None | Some(Stage::Weights) => "Loading the network",
        Some(Stage::Device) => "Preparing the device",
        Some(Stage::Check) => "Checking that GPU and CPU agree",
        Some(Stage::Warmup) => "Warming up",
    }
}

/// Why it is the CPU though WebGPU was wanted.
pub const fn fallback(fallback: &Fallback) -> &'static str {
    match fallback {
        Fallback::Missing { .. } => {
            "This browser offers no graphics processor to pages, so the CPU computes: slower, with the same results."
        }
        Fallback::Mismatch { .. } => "This GPU computed something else than the CPU, so the CPU computes.",
        Fallback::Lost { .. } => "The GPU went away, so the CPU computes now.",
    }
}

/// What to do about an engine that cannot run.
pub const fn engine_problem(problem: &Problem) -> &'static str {
    match problem.kind {
        ProblemKind::WeightsMissing => "The network's weights did not arrive. Check the connection, then try again.",
        ProblemKind::WeightsDamaged => {
            "The network's weights are damaged. Reload the page; if that does not help, tell whoever runs this site."
        }
        ProblemKind::Picture => "A picture could not be read. Try again.",
        ProblemKind::Compute => "Computing failed. Try again, or choose the other backend above.",
        ProblemKind::Worker => {
            "The part of the page that computes could not start, or crashed. Try again; if it happens again, reload the page or use a newer browser."
        }
    }
}

// The stage.
pub const STAGE: &str = "Picture";
pub const WELCOME: &str = "What does the network make of a face?";
pub const WELCOME_HOW: &str =
    "Use your camera, a photo or a video. It is read on this device: no picture ever leaves it.";
pub const WELCOME_DROP: &str = "You can also drop or paste pictures anywhere on this page.";
pub const SAMPLE: &str = "Sample";
pub const SAMPLE_TRY: &str = "Try the sample";
pub const SAMPLE_NAME: &str = "Sample: Eileen Collins";
pub const CAMERA_START: &str = "Start camera";
pub const CAMERA_STOP: &str = "Stop camera";
pub const CAMERA_DEVICE: &str = "Camera";
pub const FLIP: &str = "Flip";
pub const PHOTOS: &str = "Photos";
pub const VIDEO: &str = "Video";
pub const VIDEO_CLOSE: &str = "Close video";
pub const PLAY: &str = "Play";
pub const PAUSE: &str = "Pause";
pub const SEEK: &str = "Position in the video";
pub const SNAPSHOT: &str = "Snapshot";
pub const SNAPSHOT_HINT: &str = "Save the picture with its marks as a PNG file";
pub const RECORD: &str = "Record timeline";
pub const RECORD_STOP: &str = "Stop recording";
pub const RECORD_HINT: &str = "Write down the probabilities of every frame, on this device only, until you clear them";
pub const TIMELINE_SAVE: &str = "Save CSV";
pub const TIMELINE_CLEAR: &str = "Clear";
pub const PHOTO_STRIP: &str = "Chosen photos";
pub const PHOTO_CLEAR: &str = "Close photos";
pub const PHOTO_PROGRESS: &str = "Photos read";
pub const SHORTCUTS: [(&str, &str); 3] = [("Space", "camera on or off"), ("S", "snapshot"), ("F", "flip")];
pub const SHORTCUTS_TITLE: &str = "Keys";

/// What a camera is called in the list.
pub fn camera(index: usize, camera: &Camera) -> String {
    if camera.label.is_empty() { format!("Camera {}", index + 1) } else { camera.label.clone() }
}

/// What the stage says while there is no picture of the camera.
pub const fn camera_wait(state: CameraState) -> &'static str {
    match state {
        CameraState::Asking => "Waiting for the camera. If your browser asks, allow it.",
        CameraState::Paused => "The camera is off while this tab is hidden.",
        CameraState::Off | CameraState::On => "The camera starts.",
    }
}

/// What the stage says while a picture waits for the engine.
pub fn waiting(state: &EngineState) -> String {
    match state {
        EngineState::Ready { .. } => "Looking for faces".to_owned(),
        EngineState::Starting { .. } => "Your picture is next. The network is loading".to_owned(),
        EngineState::Failed(_) => "Your picture waits until the network runs.".to_owned(),
    }
}

/// The timeline so far.
pub fn recording(recording: Recording) -> String {
    match recording.rows {
        0 => "No rows yet".to_owned(),
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    }
}

/// How far a batch of photos is.
pub fn photo_progress(done: usize, all: usize) -> String {
    format!("{done} of {all} read")
}

/// What the strip says of a photo.
pub fn photo_result(reading: &Reading) -> String {
    match reading.faces.as_slice() {
        [] => "No face".to_owned(),
        [face] => verdict(face).to_owned(),
        faces => format!("{} faces", faces.len()),
    }
}

// Faces.
pub const FACES: &str = "Faces";
pub const NO_FACE_STREAM: &str = "No face in view.";
pub const NO_FACE_PHOTO: &str = "No face found in this photo.";
pub const NO_FACE_HINT: &str =
    "Faces are found when both eyes show and the face is at least 30 pixels high. Try a closer or brighter picture.";
pub const FACES_EMPTY: &str = "For each face, the network says how likely it finds each of these seven looks.";
pub const NOT_SURE: &str = "Not sure";
pub const NETWORK_SEES: &str = "What the network sees";
pub const HONEST: &str =
    "A look, not a feeling: the network sorts how a face looks into seven classes, and it is often wrong.";
pub const HONEST_LINK: &str = "How often, and for whom";

/// A class, for people.
pub const fn expression(expression: Expression) -> &'static str {
    match expression {
        Expression::Angry => "Angry",
        Expression::Disgust => "Disgust",
        Expression::Fear => "Fear",
        Expression::Happy => "Happy",
        Expression::Sad => "Sad",
        Expression::Surprise => "Surprise",
        Expression::Neutral => "Neutral",
    }
}

/// What the network says of a face, or that it is not sure.
pub fn verdict(face: &FaceReading) -> &'static str {
    if face.clear { expression(face.smoothed.top().0) } else { NOT_SURE }
}

/// The runner-up of a face that is clear, the nearest class of one that is not.
pub fn beside(face: &FaceReading) -> String {
    let [first, second, ..] = face.smoothed.ranked();
    let (word, (class, probability)) = if face.clear { ("then", second) } else { ("closest:", first) };
    format!("{word} {} {}", expression(class).to_lowercase(), percent(probability))
}

/// A face's name.
pub fn face(id: u32) -> String {
    format!("Face {id}")
}

/// The crop, for those who do not see it.
pub fn crop(id: u32) -> String {
    format!("Face {id} as the network gets it: 48 by 48 grey pixels, eyes level")
}

/// The faces in one sentence, for screen readers.
pub fn announcement(reading: &Reading) -> String {
    let say = |face: &FaceReading| verdict(face).to_lowercase();
    match reading.faces.as_slice() {
        [] => NO_FACE_STREAM.to_owned(),
        [face] => format!("One face: {}.", say(face)),
        faces => {
            let list: Vec<String> = faces.iter().take(4).map(|face| format!("{} {}", face.id, say(face))).collect();
            format!("{} faces: {}.", faces.len(), list.join(", "))
        }
    }
}

// Figures.
pub const TIMING: &str = "Speed";
pub const STAGE_DETECT: &str = "find faces";
pub const STAGE_ALIGN: &str = "align";
pub const STAGE_CLASSIFY: &str = "classify";
pub const STAGE_TOTAL: &str = "picture to label";

/// How many frames are read a second.
pub fn frame_rate(rate: f32) -> String {
    format!("{} frames/s", fixed(f64::from(rate), u32::from(rate < 10.0)))
}

/// A time with its unit.
pub fn time(value: f32) -> String {
    format!("{} ms", milliseconds(value))
}

/// How many faces there are.
pub fn face_count(count: usize) -> String {
    if count == 1 { "1 face".to_owned() } else { format!("{count} faces") }
}

/// A notice: what happened, and what to do.
pub fn notice(notice: &Notice) -> (String, &'static str) {
    match notice {
        Notice::CameraUnavailable => (
            "This page may not use a camera here.".to_owned(),
            "Browsers allow cameras only on pages opened by https or from this machine. Photos and videos work.",
        ),
        Notice::CameraMissing => ("No camera was found.".to_owned(), "Plug one in and start again, or choose a photo."),
        Notice::CameraRefused => (
            "The camera was not allowed.".to_owned(),
            "Allow it beside the address of this page, or in the system's privacy settings, and start again. Photos work without.",
        ),
        Notice::CameraBusy { .. } => (
            "The camera does not start.".to_owned(),
            "Another program may be using it. Close that program and start again.",
        ),
        Notice::CameraEnded => (
            "The camera stopped: it was unplugged or taken away.".to_owned(),
            "Plug it in and start again, or choose another camera.",
        ),
        Notice::FileEmpty { name } => (format!("“{name}” is empty."), "Choose another file, or copy this one again."),
        Notice::FileUnreadable { name } => {
            (format!("“{name}” could not be read."), "It may have been moved or deleted. Choose it again.")
        }
        Notice::NotAPicture { name } => {
            (format!("“{name}” is not a picture, whatever its name says."), "Choose a JPEG, PNG, WebP or GIF file.")
        }
        Notice::PictureFormat { name } => (
            format!("This browser cannot read the format of “{name}”."),
            "Save it as JPEG or PNG and choose that file.",
        ),
        Notice::PictureDamaged { name } => {
            (format!("“{name}” is damaged and cannot be read."), "Copy or export it again, or choose another file.")
        }
        Notice::PictureHeavy { name } => {
            (format!("“{name}” is larger than 64 MB."), "Save it smaller and choose that file.")
        }
        Notice::PictureLarge { name, megapixels } => (
            format!("“{name}” has {megapixels} megapixels; this page reads up to 150."),
            "Save it smaller and choose that file.",
        ),
        Notice::PictureRefused { name, .. } => {
            (format!("“{name}” could not be looked at."), "Choose it again; if that does not help, reload the page.")
        }
        Notice::Animation { name } => (format!("“{name}” moves; its first frame is read."), ""),
        Notice::VideoDamaged { name } => (
            format!("This browser cannot play “{name}”."),
            "It may be damaged or in a format it does not know. MP4 (H.264) and WebM play almost everywhere.",
        ),
        Notice::FrameRefused { .. } => {
            ("A frame could not be looked at.".to_owned(), "If no faces appear, stop and start again.")
        }
        Notice::SampleMissing => ("The sample did not arrive.".to_owned(), "Check the connection, or choose a photo."),
        Notice::FaceMissing { name } => (
            format!("No face was found in “{name}”, so nothing of it was added."),
            "Both eyes must show, and the face must be at least 30 pixels high.",
        ),
        Notice::FolderWithoutImages => (
            "There is no JPEG or PNG image in this folder.".to_owned(),
            "Choose the folder that holds a folder for each class, such as “train” with “happy” in it.",
        ),
        Notice::SaveFailed { .. } => {
            ("The file could not be made.".to_owned(), "Try again with a smaller picture or set.")
        }
        Notice::CopyFailed => (
            "This browser does not let the page copy.".to_owned(),
            "Save the report as a file, or mark the table and copy it.",
        ),
        Notice::Training(notice) => training::notice(notice),
        Notice::TimelineFull => {
            ("The timeline is full, so recording stopped.".to_owned(), "Save it, clear it and go on recording.")
        }
    }
}

/// Words of the About page.
pub mod about {
    use super::{Expression, NetworkSummary, fixed, scaled};

    pub const TITLE: &str = "About mien";
    pub const LEAD: &str = "A mien is a person's look, as it shows a mood. This page finds faces in a picture and lets a small convolutional network sort how each one looks into seven classes. It all happens in your browser.";

    pub const CLASSES: &str = "What the seven classes mean";
    pub const CLASSES_TEXT: &str = "The network learned from FER2013: some 28,700 grey pictures of 48 by 48 pixels that a web search found in 2013, each labelled with one of seven words. What a class means is what those pictures have in common, no more.";
    pub const CLASSES_NOT: &str = "It classifies a look, it does not read minds. People smile without joy, frown while they think, and keep a straight face whatever they feel. What somebody feels cannot be told from a picture of their face, and no result of this page should decide anything about anyone.";

    /// What pictures of a class tend to show.
    pub const fn class(expression: Expression) -> &'static str {
        match expression {
            Expression::Angry => "brows drawn together and down, lips pressed or teeth bared",
            Expression::Disgust => {
                "nose wrinkled, upper lip raised. By far the rarest in the training pictures, so the least reliable"
            }
            Expression::Fear => "eyes wide, brows up and together, mouth open. Often taken for surprise or sadness",
            Expression::Happy => "corners of the mouth up, cheeks raised. The one that is read best",
            Expression::Sad => "corners of the mouth down, inner ends of the brows up. Often taken for neutral",
            Expression::Surprise => "eyes and mouth wide open, brows raised",
            Expression::Neutral => "nothing of the above: a face at rest",
        }
    }

    pub const ACCURACY: &str = "How often it is wrong";
    pub const ACCURACY_UNKNOWN: &str = "The network's accuracy appears here once it is loaded, if it was measured.";

    /// The measured accuracy in a sentence.
    pub fn accuracy(accuracy: f64, validated_on: Option<&str>) -> String {
        let right = (accuracy * 100.0).round();
        let on = validated_on.map(|on| format!(" ({on})")).unwrap_or_default();
        format!(
            "On pictures that it was not trained on{on}, this network names the labelled class in {}% of cases. So it is wrong about {} times in 100, and more often where the look is slight.",
            fixed(accuracy * 100.0, 1),
            fixed(100.0 - right, 0),
        )
    }

    pub const DISPUTED: &str = "The labels themselves are disputed: people who look at the same pictures agree with FER2013's labels only about 65% of the time. A higher figure than that measures agreement with the labels, not truth.";
    pub const NOT_SURE: &str = "When no class stands out, the page says “not sure” and names none. The seven bars always show all of what the network says.";

    pub const WORSE: &str = "For whom it is likely worse";
    pub const WORSE_TEXT: &str = "This has not been measured yet. The training pictures are web photographs of 2013: their mix of ages, origins and genders is skewed, and their looks are mostly posed. Expect more mistakes for children and older people, for people whose origin is rare in such pictures, with glasses, masks, beards or hands before the face, in profile, in poor light, and for faces that do not move as most do.";

    pub const LAW: &str = "What the law says";
    pub const LAW_TEXT: &str = "In the European Union, Article 5(1)(f) of the AI Act prohibits AI systems that infer the emotions of people at work or in education, save for medical or safety reasons. Do not use this page to watch pupils, students, employees or applicants.";
    pub const CLASSROOM: &str = "To show in class how such a network works and fails, use the sample, other pictures made for the purpose, or your own face, by choice and never by order.";

    pub const PRIVACY: &str = "Your pictures stay with you";
    pub const PRIVACY_TEXT: &str = "No picture, result or file leaves this device, and nothing is kept unless you ask for it. One exception serves you: while a network is trained here, the run is stored in this browser, so that a crash does not cost you hours; it is deleted when you cancel it or take its network. There is no account and no counting of visitors. Faces get a number while they are in view so that several can be told apart; nobody is recognised.";
    pub const CHECK: &str = "You need not believe it. Check it:";
    pub const CHECKS: [&str; 3] = [
        "Open your browser's developer tools (F12), choose “Network”, and use the page: once it has loaded, nothing is sent.",
        "Or load the page, switch the network off, and go on: everything works.",
        "The camera's light goes out when you stop it, hide the tab or leave the Live page.",
    ];

    pub const BACKEND: &str = "GPU and CPU";
    pub const BACKEND_TEXT: &str = "Where the browser offers WebGPU, the graphics processor computes; else the CPU does, slower. Before the GPU is trusted, both compute the same small task and the results are compared. If they differ, or the GPU goes away, the CPU takes over and the page says so.";

    pub const NETWORK: &str = "The network at work";
    pub const NETWORK_NAME: &str = "Architecture";
    pub const NETWORK_PARAMETERS: &str = "Numbers learned";
    pub const NETWORK_WORK: &str = "Multiply-adds a face";
    pub const NETWORK_ACCURACY: &str = "Accuracy";
    pub const NETWORK_VALIDATED_ON: &str = "Measured on";
    pub const NETWORK_ORIGIN: &str = "Weights";

    /// A large count with its word.
    pub fn count(count: u64) -> String {
        let (number, power) = scaled(count);
        let word = ["", " thousand", " million", " billion"].get(power as usize).copied().unwrap_or_default();
        format!("{number}{word}")
    }

    /// The network's facts: term and value.
    pub fn network(network: &NetworkSummary) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            (NETWORK_NAME, network.name.clone()),
            (NETWORK_PARAMETERS, count(network.parameters)),
            (NETWORK_WORK, count(network.multiply_adds)),
        ];
        if let Some(accuracy) = network.validation_accuracy {
            facts.push((NETWORK_ACCURACY, format!("{}%", fixed(accuracy * 100.0, 1))));
            facts.extend(network.validated_on.clone().map(|on| (NETWORK_VALIDATED_ON, on)));
        }
        if !network.description.is_empty() {
            facts.push((NETWORK_ORIGIN, network.description.clone()));
        }
        facts
    }

    pub const CREDITS: &str = "Credits";
    pub const CREDITS_LIST: [&str; 4] = [
        "Sample picture: Eileen Collins, NASA, public domain.",
        "Face detector: BlazeFace (MediaPipe), Google, Apache License 2.0, rewritten in Rust.",
        "Training pictures: FER2013 (Goodfellow and others, 2013). None of them is part of this page.",
        "Built in Rust with Burn and Yew.",
    ];
}

/// Alternative text of the sample's picture.
pub const SAMPLE_ALT: &str = "Portrait of the astronaut Eileen Collins (NASA, public domain)";
