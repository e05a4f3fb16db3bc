//! The faces found in a picture, with their predictions: what the recognizer returns.

use serde::{Deserialize, Serialize};

use crate::dataset::quoted;
use crate::expression::Distribution;
use crate::vision::{Point, Rectangle};

/// Where a picture comes from, which decides whether faces are tracked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FrameSource {
    /// A single picture: faces are detected independently of other pictures, and predictions are not smoothed.
    Still,
    /// A frame of a camera or video: faces are tracked and predictions smoothed from frame to frame.
    Stream,
    /// A frame of a video file that is analysed. As in a stream, but apart from it, and every face is classified in every frame,
    /// however long that takes: the result depends on the frames alone. Each recording has another number; its faces are
    /// tracked anew.
    Recording(u32),
}

/// One face of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecognizedFace {
    /// Constant while the face is tracked through a stream; counted up from 1.
    pub id: u32,
    /// Axis-aligned bounding box from brow to chin, in pixels of the picture.
    pub bounds: Rectangle,
    /// Right eye, left eye (the person's right and left), nose tip, mouth centre, right ear, left ear; in pixels.
    pub landmarks: [Point; 6],
    /// The corners of the aligned crop in the picture, clockwise from the crop's top left.
    pub outline: [Point; 4],
    /// The detector's confidence, 0 to 1.
    pub score: f32,
    /// The predicted probabilities for this picture alone.
    pub prediction: Distribution,
    /// The probabilities smoothed over time; equal to `prediction` for a still picture.
    pub smoothed: Distribution,
    /// Whether the top class of `smoothed` is clear enough to be shown.
    pub clear: bool,
    /// The crop that was classified: 48×48 grey bytes, row by row.
    #[serde(with = "serde_bytes")]
    pub crop: Vec<u8>,
}

/// The header of a table of faces with the column names of py-feat, whose `read_feat` reads it.
pub const PY_FEAT_HEADER: &str = "FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,anger,disgust,fear,happiness,\
                                  sadness,surprise,neutral,input,frame\n";

impl RecognizedFace {
    /// A row below [`PY_FEAT_HEADER`] for the face in this frame of a file, counted from 0. The probabilities are smoothed.
    pub fn py_feat_row(&self, file: &str, frame: usize) -> String {
        let Rectangle { x, y, width, height } = self.bounds;
        let probabilities = self.smoothed.0.map(|probability| format!("{probability},")).concat();
        format!("{x},{y},{width},{height},{},{probabilities}{},{frame}\n", self.score, quoted(file))
    }
}

/// Milliseconds that each stage took for one picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Reading the pixels of the bitmap.
    pub pixels: f32,
    /// Detecting the faces.
    pub detect: f32,
    /// Aligning and cropping.
    pub align: f32,
    /// Classifying.
    pub classify: f32,
    /// In total, from request to response.
    pub total: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_columns_of_the_header() {
        let face = RecognizedFace {
            id: 1,
            bounds: Rectangle { x: 1.5, y: 2.0, width: 30.0, height: 40.0 },
            landmarks: [Point::default(); 6],
            outline: [Point::default(); 4],
            score: 0.75,
            prediction: Distribution::UNIFORM,
            smoothed: Distribution([0.5, 0.25, 0.0, 0.125, 0.125, 0.0, 0.0]),
            clear: true,
            crop: Vec::new(),
        };
        let row = face.py_feat_row("a, b.mjpeg", 7);
        assert_eq!(row, "1.5,2,30,40,0.75,0.5,0.25,0,0.125,0.125,0,0,\"a, b.mjpeg\",7\n");
        assert_eq!(PY_FEAT_HEADER.split(',').count(), 14);
    }
}
