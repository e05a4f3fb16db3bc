//! The lesson: its step, its face, and how the visitor modifies it.

use std::rc::Rc;

use web_sys::HtmlCanvasElement;

use super::{PhotoName, Reading, SharedPainting};
use mien_core::explanation::{Layers, StageMaps};
use mien_core::expression::Expression;
use mien_core::vision::{CROP_PIXELS, CROP_SIDE};
use mien_protocol::FaceReading;

/// The lesson.
#[derive(Clone, Default, PartialEq)]
pub struct Lesson {
    /// The step, counted from 0.
    pub step: usize,
    /// The photo and its largest face, once read.
    pub face: Option<LessonFace>,
    /// Why the last photo was not taken.
    pub failure: Option<LessonFailure>,
    /// The outputs of the layers for the face.
    pub layers: Option<Rc<LayerMaps>>,
    /// The filter that is shown.
    pub filter: usize,
    /// The patch that occludes the face.
    pub patch: Patch,
}

/// A photo with a face.
#[derive(Clone, PartialEq)]
pub struct LessonFace {
    /// What it is called.
    pub name: PhotoName,
    /// Its pixels.
    pub canvas: HtmlCanvasElement,
    /// All its faces.
    pub reading: Rc<Reading>,
}

impl LessonFace {
    /// The face that the lesson is about.
    pub fn face(&self) -> Option<&FaceReading> {
        self.reading.faces.first().filter(|face| face.crop.len() == CROP_PIXELS)
    }
}

/// The outputs of the layers for the face, see [`Layers`].
#[derive(Debug, PartialEq)]
#[allow(missing_docs)] // as there
pub struct LayerMaps {
    pub mean: f32,
    pub deviation: f32,
    pub normalized: SharedPainting,
    pub filters: Vec<SharedPainting>,
    pub responses: Vec<SharedPainting>,
    /// Each stage with its maps, and with these pooled where it pools.
    pub stages: Vec<(StageMaps, SharedPainting, Option<SharedPainting>)>,
    pub features: SharedPainting,
    pub feature_count: u32,
    pub logits: [f32; Expression::COUNT],
}

impl From<Layers> for LayerMaps {
    fn from(layers: Layers) -> Self {
        let arts = |paintings: Vec<_>| paintings.into_iter().map(SharedPainting::from).collect();
        let stage = |mut stage: StageMaps| {
            let (maps, pooled) = (std::mem::take(&mut stage.maps), std::mem::take(&mut stage.pooled));
            let pools = stage.pooled_side > 0 && stage.pooled_side < stage.side;
            (stage, SharedPainting::from(maps), pools.then(|| SharedPainting::from(pooled)))
        };
        Self {
            mean: layers.mean,
            deviation: layers.deviation,
            normalized: layers.light.into(),
            filters: arts(layers.filters),
            responses: arts(layers.responses),
            stages: layers.stages.into_iter().map(stage).collect(),
            features: layers.features.into(),
            feature_count: layers.feature_count,
            logits: layers.logits,
        }
    }
}

/// Why a photo was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LessonFailure {
    /// No face is in it.
    NoFace(PhotoName),
    /// The built-in sample did not arrive.
    SampleMissing,
}

/// A grey patch over the face, in pixels of the crop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// From the left.
    pub x: usize,
    /// From the top.
    pub y: usize,
    /// 0 for none.
    pub width: usize,
    /// 0 for none.
    pub height: usize,
}

impl Patch {
    /// The crop with the patch over it, in the crop's mean grey.
    pub fn over(self, crop: &[u8]) -> Vec<u8> {
        let sum: u32 = crop.iter().map(|&byte| u32::from(byte)).sum();
        let grey = (sum / (crop.len() as u32).max(1)) as u8;
        let covers = |x: usize, y: usize| x.wrapping_sub(self.x) < self.width && y.wrapping_sub(self.y) < self.height;
        let patch = |(place, &byte): (usize, &u8)| {
            if covers(place % CROP_SIDE, place / CROP_SIDE) { grey } else { byte }
        };
        crop.iter().enumerate().map(patch).collect()
    }
}

/// What can happen in the lesson.
pub enum LessonAction {
    /// To a step.
    Step(usize),
    /// A photo with a face was read.
    Face(LessonFace),
    /// A photo was not taken.
    Failed(LessonFailure),
    /// The outputs of the layers for the face.
    Layers(Box<Layers>),
    /// The visitor chose a filter.
    Filter(usize),
    /// The visitor moved or resized the patch.
    Patch(Patch),
}

impl Lesson {
    /// How many steps there are.
    pub const STEPS: usize = 5;

    /// Changes with what happened.
    pub fn apply(&mut self, action: LessonAction) {
        match action {
            LessonAction::Step(step) => self.step = step.min(Self::STEPS - 1),
            LessonAction::Face(face) => {
                self.face = Some(face);
                self.failure = None;
                self.layers = None;
            }
            LessonAction::Failed(failure) => self.failure = Some(failure),
            LessonAction::Layers(layers) => self.layers = Some(Rc::new(LayerMaps::from(*layers))),
            LessonAction::Filter(filter) => self.filter = filter,
            LessonAction::Patch(patch) => self.patch = patch,
        }
    }
}
