//! `mien recognize`

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;

use super::backend::Backend;
use super::files;
use mien_compute::Recognizer;
use mien_compute::detection::Detector;
use mien_compute::network::DEFAULT_FILE;
use mien_core::expression::Expression;
use mien_core::recognition::{FrameSource, RecognizedFace};
use mien_core::vision::{Frame, Rectangle};

/// The weights of the detector of the page, relative to the repository.
const SHIPPED_DETECTOR: &str = "www/weights/blazeface.safetensors";

/// Detects and classifies the faces in photos and MJPEG clips, like the page
///
/// Prints one line of JSON per frame. In clips, faces are tracked and predictions smoothed as with a camera.
#[derive(Args)]
pub struct Arguments {
    /// JPEG or PNG photos, MJPEG clips (.mjpeg)
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Weights file of the classifier
    #[arg(long, default_value = DEFAULT_FILE)]
    weights: PathBuf,
    /// Weights file of the detector
    #[arg(long, default_value = SHIPPED_DETECTOR)]
    detector: PathBuf,
    /// Backend
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Frame rate of clips, per second
    #[arg(long, default_value_t = 12.5)]
    rate: f64,
    /// Writes each aligned 48×48 crop, which is the input of the network, to this folder as PNG
    #[arg(long)]
    crops: Option<PathBuf>,
}

/// One line of output.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    frame: usize,
    milliseconds: f32,
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

pub fn run(arguments: &Arguments) -> Result<()> {
    let device = arguments.backend.device()?;
    let detector = Detector::load(&files::read(&arguments.detector)?, &device)
        .with_context(|| arguments.detector.display().to_string())?;
    let network = files::read_network(&arguments.weights, &device)?.for_inference();
    let mut recognizer = Recognizer::new(detector, &network, device, milliseconds);
    for path in &arguments.files {
        recognizer.reset();
        let clip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("mjpeg"));
        let bytes = files::read(path)?;
        let pictures = if clip { split_clip(&bytes) } else { vec![&bytes[..]] };
        if pictures.is_empty() {
            bail!("{}: no JPEG picture in this clip", path.display());
        }
        let source = if clip { FrameSource::Stream } else { FrameSource::Still };
        for (index, picture) in pictures.into_iter().enumerate() {
            let frame = decode(picture).with_context(|| format!("{}, picture {index}", path.display()))?;
            let time = index as f64 * 1000.0 / arguments.rate;
            let (faces, timing) = pollster::block_on(recognizer.recognize(&frame, source, time))?;
            if let Some(folder) = &arguments.crops {
                write_crops(folder, path, index, &faces)?;
            }
            let file = path.to_string_lossy();
            let faces = faces.iter().map(Face::from).collect();
            let line = Line { file: &file, frame: index, milliseconds: timing.total, faces };
            println!("{}", serde_json::to_string(&line)?);
        }
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

/// The frames of an MJPEG clip, which is a sequence of JPEGs.
fn split_clip(bytes: &[u8]) -> Vec<&[u8]> {
    const START: [u8; 3] = [0xFF, 0xD8, 0xFF];
    let mut starts: Vec<usize> = bytes
        .windows(START.len())
        .enumerate()
        // a thumbnail inside a JPEG starts with the same bytes, but not after an end marker
        .filter(|&(at, window)| window == START && (at == 0 || bytes[..at].ends_with(&[0xFF, 0xD9])))
        .map(|(at, _)| at)
        .collect();
    starts.push(bytes.len());
    starts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

fn decode(bytes: &[u8]) -> Result<Frame> {
    let picture = image::load_from_memory(bytes).context("this is not a JPEG or PNG, or it is truncated")?.to_rgba8();
    Ok(Frame::new(picture.width() as usize, picture.height() as usize, picture.into_raw())?)
}

fn write_crops(folder: &Path, source: &Path, index: usize, faces: &[RecognizedFace]) -> Result<()> {
    use mien_core::vision::CROP_SIDE;

    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let name = source.file_stem().unwrap_or_default().to_string_lossy();
    for face in faces {
        let path = folder.join(format!("{name}-{index:04}-{}.png", face.id));
        let side = CROP_SIDE as u32;
        image::save_buffer(&path, &face.crop, side, side, image::ColorType::L8)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn milliseconds() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_splits_into_its_pictures() {
        let picture = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3, 0xFF, 0xD9];
        let clip = [picture, picture, picture].concat();
        assert_eq!(split_clip(&clip), [picture, picture, picture]);
        assert!(split_clip(b"no clip").is_empty());
        assert!(decode(&picture).is_err());
    }
}
