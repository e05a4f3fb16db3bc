//! `mien recognize`

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Serialize;

use super::backend::Backend;
use super::classifiers::{AnyClassifier, LoadedNetwork, OnnxArguments};
use super::files::{self, NewFile};
use super::output::{self, Reported, errln, outln};
use super::photos::milliseconds;
use super::video::{MAX_SIDE, VideoFrames};
use mien_compute::Recognizer as RecognizerOf;
use mien_core::clip::ClipReader;
use mien_core::dataset::{FolderReader, LoadNote, decode_picture};
use mien_core::evaluation::TestTimeAugmentation;
use mien_core::expression::Expression;
use mien_core::file_kind::{FileKind, HEAD};
use mien_core::recognition::{FrameSource, PY_FEAT_HEADER, RecognizedFace};
use mien_core::timeline::{Analysis, Rate, Reading, Sampled, Timed, Timeline};
use mien_core::vision::{Frame, Rectangle};

/// Detects and classifies the faces in photos, MJPEG clips and videos, like the page
///
/// Prints one line of JSON per frame: the 32 largest faces, and how many were found. In clips and videos, faces are tracked and
/// predictions smoothed as with a camera. Videos are decoded by ffmpeg, if it is installed. A file that cannot be read is reported,
/// the others are processed, and the exit code is 1.
#[derive(Args)]
pub struct Arguments {
    /// Photos (JPEG, PNG, WebP, BMP, TIFF, GIF), MJPEG clips (.mjpeg), or folders of them; videos (MP4, WebM, …)
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Weights file or ONNX model (.onnx) of the classifier [default: the network of the page]
    #[arg(long)]
    weights: Option<PathBuf>,
    #[command(flatten)]
    onnx: OnnxArguments,
    /// Weights file of the detector [default: the detector of the page]
    #[arg(long)]
    detector: Option<PathBuf>,
    /// Backend
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Frame rate of MJPEG clips, in frames per second
    #[arg(long, default_value_t = 12.5)]
    rate: f64,
    /// Writes each aligned 48×48 crop, which is the input of the network, to this folder as PNG
    #[arg(long)]
    crops: Option<PathBuf>,
    /// Frames to recognize per second of a clip or video, or `every` [default: every frame of a clip, 12.5 of a video]
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    sample: Option<Rate>,
    /// Also writes the timeline of clips and videos to this file, as the page does: .csv or .json; may be repeated
    #[arg(long, value_name = "FILE")]
    timeline: Vec<PathBuf>,
    /// Also writes the faces to this file as CSV with the column names of py-feat
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

type Recognizer = RecognizerOf<AnyClassifier>;

/// One line of output.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    frame: usize,
    /// The frame's own time, for clips and videos.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_ms: Option<u32>,
    milliseconds: f32,
    /// Number of faces found, also those that are not listed.
    found: usize,
    faces: Vec<Face>,
}

#[derive(Serialize)]
struct Face {
    id: u32,
    bounds: Rectangle,
    score: f32,
    expression: Expression,
    clear: bool,
    probabilities: [f32; Expression::COUNT],
}

/// A file to read.
struct Input {
    path: PathBuf,
    /// Its path from a listed folder on, or its name: that of its crops.
    name: String,
}

/// What is written at the end.
struct Outputs<'a> {
    arguments: &'a Arguments,
    /// The name of the network.
    network: String,
    table: String,
    timeline: Timeline,
    /// Number of clips and videos so far.
    recordings: u32,
}

fn parse_rate(name: &str) -> Result<Rate, String> {
    Rate::from_name(name).ok_or_else(|| "a number above 0 and up to 1000, or every".to_owned())
}

/// Whether a timeline is written as JSON.
fn is_json(path: &Path) -> Result<bool> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => Ok(false),
        Some("json") => Ok(true),
        _ => bail!("{}: a timeline is written as .csv or .json", path.display()),
    }
}

pub fn run(arguments: &Arguments) -> Result<()> {
    // Before anything is decoded: that may take hours.
    let create = |path: &PathBuf| Ok((is_json(path)?, NewFile::create(path)?));
    let timelines: Vec<(bool, NewFile)> = arguments.timeline.iter().map(create).collect::<Result<_>>()?;
    let table = arguments.csv.as_deref().map(NewFile::create).transpose()?;
    let device = arguments.backend.device()?;
    let detector = files::read_detector(arguments.detector.as_deref(), &device)?;
    let network = LoadedNetwork::read_or_default(arguments.weights.as_deref(), &device, &arguments.onnx)?;
    let mut recognizer = Recognizer::new(detector, network.classifier(), milliseconds);
    let (mut total, mut failed) = (0, 0);
    let mut outputs = Outputs {
        arguments,
        network: network.name().to_owned(),
        table: PY_FEAT_HEADER.to_owned(),
        timeline: Timeline::default(),
        recordings: 0,
    };
    'files: for file in &arguments.files {
        let (inputs, outcome) = match inputs(file) {
            Ok(inputs) => (inputs, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        let mut count = |outcome: Result<()>| {
            total += 1;
            if let Err(error) = outcome {
                failed += 1;
                errln!("mien: {}", output::line(&error));
            }
        };
        if outcome.is_err() {
            count(outcome);
        }
        for input in inputs {
            if output::is_closed() {
                break 'files;
            }
            count(recognize(&mut recognizer, &input, &mut outputs));
        }
    }
    if let Some(table) = table {
        table.finish(|file| file.write_all(outputs.table.as_bytes()))?;
    }
    for (json, file) in timelines {
        let text = if json { outputs.timeline.to_json(&outputs.network) } else { outputs.timeline.to_csv() };
        file.finish(|file| file.write_all(text.as_bytes()))?;
    }
    if failed > 0 && total > 1 {
        errln!("mien: {failed} of {total} files could not be read");
    }
    if failed > 0 { Err(Reported.into()) } else { Ok(()) }
}

/// The files that an argument names: itself, or the pictures and clips of a folder.
fn inputs(file: &Path) -> Result<Vec<Input>> {
    if !file.is_dir() {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(vec![Input { path: file.to_owned(), name }]);
    }
    let (mut inputs, mut skipped) = (Vec::new(), 0);
    for listed in files::list(file)? {
        let mut head = Vec::new();
        // what cannot be opened fails again when it is read
        let opened = File::open(&listed.path);
        let known = opened.and_then(|file| file.take(FolderReader::HEAD as u64).read_to_end(&mut head));
        if known.is_err() || is_clip(&listed.path) || FolderReader::is_image(&listed.name, &head) {
            let name = listed.name.rsplit_once('.').map_or(&listed.name[..], |(name, _)| name).replace('/', "-");
            inputs.push(Input { path: listed.path, name });
        } else {
            skipped += 1;
        }
    }
    if skipped > 0 {
        errln!("{}: {}", file.display(), LoadNote::SkippedFiles(skipped));
    }
    ensure!(!inputs.is_empty(), "{}: none of the files is an image or an MJPEG clip", file.display());
    Ok(inputs)
}

fn is_clip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("mjpeg"))
}

/// Whether a file is a video, by its first bytes.
fn is_video(path: &Path) -> bool {
    let mut head = Vec::new();
    // What cannot be opened fails again when it is read.
    let read = File::open(path).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head));
    read.is_ok() && FileKind::of(&head) == FileKind::Video
}

/// Recognizes the faces of a picture, or of each frame of a clip or video, and adds them to the outputs.
fn recognize(recognizer: &mut Recognizer, input: &Input, outputs: &mut Outputs<'_>) -> Result<()> {
    let path = &input.path;
    let file = path.to_string_lossy();
    let arguments = outputs.arguments;
    if is_clip(path) {
        let clip = File::open(path).with_context(|| format!("cannot read {file}"))?;
        let pictures = ClipReader::new(BufReader::new(clip)).enumerate();
        let timed = pictures.map(|(index, picture)| {
            let picture = picture.with_context(|| format!("{file}, picture {index}"))?;
            Ok::<_, anyhow::Error>((index as f64 / arguments.rate, (index, picture)))
        });
        let decode = |(index, picture): (usize, Vec<u8>)| {
            decode_picture(&picture, MAX_SIDE).with_context(|| format!("{file}, picture {index}"))
        };
        let rate = arguments.sample.unwrap_or(Rate::Every);
        let count = follow(recognizer, input, outputs, rate, timed, decode)?;
        ensure!(count > 0, "{file}: no JPEG picture in this clip");
        return Ok(());
    }
    if is_video(path) {
        let mut frames = VideoFrames::open(path)?;
        let rate = arguments.sample.unwrap_or_default();
        let outcome = follow(recognizer, input, outputs, rate, &mut frames, Ok);
        if let Some((time, width, height)) = frames.resized() {
            errln!(
                "{file}: from {time:.3} s on the picture has {width}×{height} pixels; it is scaled to the size before"
            );
        }
        return outcome.map(drop);
    }
    let frame = decode_picture(&files::read(path)?, MAX_SIDE).with_context(|| file.to_string())?;
    recognize_frame(recognizer, input, outputs, FrameSource::Still, &Timed { index: 0, time: 0.0, frame }).map(drop)
}

/// Recognizes the frames of a clip or video; returns their number. What was recognized before an error is kept.
fn follow<T>(
    recognizer: &mut Recognizer,
    input: &Input,
    outputs: &mut Outputs<'_>,
    rate: Rate,
    frames: impl Iterator<Item = Result<(f64, T)>>,
    decode: impl Fn(T) -> Result<Frame>,
) -> Result<u32> {
    outputs.recordings += 1;
    let source = FrameSource::Recording(outputs.recordings);
    let name = input.path.file_name().unwrap_or_default().to_string_lossy();
    let place = outputs.timeline.open(&name);
    let augmentation = TestTimeAugmentation::None.name();
    let network = outputs.network.clone();
    if let Some(recorded) = outputs.timeline.source_mut(place) {
        recorded.begin_analysis(Analysis { rate, network, augmentation, frames: 0, complete: false });
    }
    let (mut count, mut before) = (0, None);
    for frame in Sampled::new(frames, rate) {
        let Timed { index, time, frame } = frame?;
        let frame = Timed { index, time, frame: decode(frame)? };
        let faces = recognize_frame(recognizer, input, outputs, source, &frame)?;
        count += 1;
        if output::is_closed() && outputs.arguments.timeline.is_empty() && outputs.arguments.csv.is_none() {
            return Ok(count);
        }
        if outputs.arguments.timeline.is_empty() {
            continue;
        }
        ensure!(!outputs.timeline.is_full(), "{}: the timeline is full at {time:.3} s", input.path.display());
        let milliseconds = (time * 1000.0).round() as u32;
        if let Some(recorded) = outputs.timeline.source_mut(place) {
            recorded.add(milliseconds, before.replace(milliseconds), &faces);
            recorded.count_frame();
        }
    }
    if let Some(recorded) = outputs.timeline.source_mut(place) {
        recorded.complete_analysis();
    }
    Ok(count)
}

/// Recognizes the faces of a frame, prints them and adds them to the table.
fn recognize_frame(
    recognizer: &mut Recognizer,
    input: &Input,
    outputs: &mut Outputs<'_>,
    source: FrameSource,
    timed: &Timed<Frame>,
) -> Result<Vec<Reading>> {
    let Timed { index, time, frame } = timed;
    let file = input.path.to_string_lossy();
    let name = || if source == FrameSource::Still { file.to_string() } else { format!("{file}, picture {index}") };
    let (faces, timing) = pollster::block_on(recognizer.recognize(frame, source, time * 1000.0))?;
    let found = recognizer.found();
    if found > faces.len() {
        errln!("{}: {} of {found} faces shown", name(), faces.len());
    }
    if let Some(folder) = &outputs.arguments.crops {
        write_crops(folder, &input.name, *index, &faces)?;
    }
    faces.iter().for_each(|face| outputs.table += &face.py_feat_row(&file, *index));
    let reading = |face: &RecognizedFace| Reading { face: face.id, probabilities: face.smoothed, clear: face.clear };
    let readings = faces.iter().map(reading).collect();
    let faces = faces.iter().map(Face::from).collect();
    let time_ms = (source != FrameSource::Still).then(|| (time * 1000.0).round() as u32);
    let line = Line { file: &file, frame: *index, time_ms, milliseconds: timing.total, found, faces };
    outln!("{}", serde_json::to_string(&line)?);
    Ok(readings)
}

impl From<&RecognizedFace> for Face {
    fn from(face: &RecognizedFace) -> Self {
        Self {
            id: face.id,
            bounds: face.bounds,
            score: face.score,
            expression: face.smoothed.top().0,
            clear: face.clear,
            probabilities: face.smoothed.0,
        }
    }
}

fn write_crops(folder: &Path, name: &str, index: usize, faces: &[RecognizedFace]) -> Result<()> {
    use mien_core::vision::CROP_SIDE;

    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for face in faces {
        let path = folder.join(format!("{name}-{index:04}-{}.png", face.id));
        let side = CROP_SIDE as u32;
        image::save_buffer(&path, &face.crop, side, side, image::ColorType::L8)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
