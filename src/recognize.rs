//! `mien recognize`

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Serialize;

use super::backend::Backend;
use super::files;
use super::output::{self, Reported, errln, outln};
use super::photos::milliseconds;
use mien_compute::Recognizer;
use mien_core::dataset::{FolderReader, LoadNote, decode_picture};
use mien_core::expression::Expression;
use mien_core::file_kind::clip_pictures;
use mien_core::recognition::{FrameSource, PY_FEAT_HEADER, RecognizedFace};
use mien_core::vision::Rectangle;

/// Maximum width and height of a picture, in pixels.
const MAX_SIDE: u32 = 16_384;

/// Detects and classifies the faces in photos and MJPEG clips, like the page
///
/// Prints one line of JSON per frame: the 32 largest faces, and how many were found. In clips, faces are tracked and
/// predictions smoothed as with a camera. A file that cannot be read is reported, the others are processed, and the exit code is 1.
#[derive(Args)]
pub struct Arguments {
    /// Photos (JPEG, PNG, WebP, BMP, TIFF, GIF), MJPEG clips (.mjpeg), or folders of them
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Weights file of the classifier [default: the network of the page]
    #[arg(long)]
    weights: Option<PathBuf>,
    /// Weights file of the detector [default: the detector of the page]
    #[arg(long)]
    detector: Option<PathBuf>,
    /// Backend
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Frame rate of clips, per second
    #[arg(long, default_value_t = 12.5)]
    rate: f64,
    /// Writes each aligned 48×48 crop, which is the input of the network, to this folder as PNG
    #[arg(long)]
    crops: Option<PathBuf>,
    /// Also writes the faces to this file as CSV with the column names of py-feat
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// One line of output.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    frame: usize,
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

pub fn run(arguments: &Arguments) -> Result<()> {
    let device = arguments.backend.device()?;
    let detector = files::read_detector(arguments.detector.as_deref(), &device)?;
    let network = files::read_network_or_default(arguments.weights.as_deref(), &device)?.predictor();
    let mut recognizer = Recognizer::new(detector, network, milliseconds);
    let (mut total, mut failed) = (0, 0);
    let mut table = PY_FEAT_HEADER.to_owned();
    'files: for file in &arguments.files {
        let (inputs, outcome) = match inputs(file) {
            Ok(inputs) => (inputs, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        let mut count = |outcome: Result<()>| {
            total += 1;
            if let Err(error) = outcome {
                failed += 1;
                errln!("mien: {error:#}");
            }
        };
        if outcome.is_err() {
            count(outcome);
        }
        for input in inputs {
            if output::is_closed() {
                break 'files;
            }
            count(recognize(&mut recognizer, &input, arguments, &mut table));
        }
    }
    if let Some(path) = &arguments.csv {
        files::write(path, table.as_bytes())?;
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

/// Recognizes the faces of a picture, or of each frame of a clip, prints them and adds them to the table.
fn recognize(recognizer: &mut Recognizer, input: &Input, arguments: &Arguments, table: &mut String) -> Result<()> {
    recognizer.reset();
    let path = &input.path;
    let file = path.to_string_lossy();
    let clip = is_clip(path);
    let bytes = files::read(path)?;
    let pictures = if clip { clip_pictures(&bytes) } else { vec![&bytes[..]] };
    if pictures.is_empty() {
        bail!("{file}: no JPEG picture in this clip");
    }
    let source = if clip { FrameSource::Stream } else { FrameSource::Still };
    for (index, picture) in pictures.into_iter().enumerate() {
        let name = || if clip { format!("{file}, picture {index}") } else { file.to_string() };
        let frame = decode_picture(picture, MAX_SIDE).with_context(name)?;
        let time = index as f64 * 1000.0 / arguments.rate;
        let (faces, timing) = pollster::block_on(recognizer.recognize(&frame, source, time))?;
        let found = recognizer.found();
        if found > faces.len() {
            errln!("{}: {} of {found} faces shown", name(), faces.len());
        }
        if let Some(folder) = &arguments.crops {
            write_crops(folder, &input.name, index, &faces)?;
        }
        faces.iter().for_each(|face| *table += &face.py_feat_row(&file, index));
        let faces = faces.iter().map(Face::from).collect();
        let line = Line { file: &file, frame: index, milliseconds: timing.total, found, faces };
        outln!("{}", serde_json::to_string(&line)?);
    }
    Ok(())
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
