//! The lesson: its step, its face, and how the visitor modifies it.

use std::rc::Rc;

use web_sys::HtmlCanvasElement;

use super::{PhotoName, RecognitionResult, SharedPainting};
use mien_core::explanation::{Layers, StageMaps};
use mien_core::expression::Expression;
use mien_core::vision::{CROP_PIXELS, CROP_SIDE};
use mien_protocol::RecognizedFace;

/// The lesson.
#[derive(Clone, Default, PartialEq)]
pub struct Lesson {
    /// The step, counted from 0.
    pub step: usize,
    /// The photo and its largest face, once recognized.
    pub face: Option<LessonFace>,
    /// Why the last photo could not be used.
    pub failure: Option<LessonFailure>,
    /// The activations for the face.
    pub layers: Option<Rc<LayerMaps>>,
    /// The filter that is shown.
    pub filter: usize,
    /// The patch that occludes the face.
    pub patch: Patch,
}

/// A photo with a face.
#[derive(Clone, PartialEq)]
pub struct LessonFace {
    /// Its name.
    pub name: PhotoName,
    /// The photo as a canvas.
    pub canvas: HtmlCanvasElement,
    /// All faces in it.
    pub result: Rc<RecognitionResult>,
}

impl LessonFace {
    /// The face that the lesson is about.
    pub fn face(&self) -> Option<&RecognizedFace> {
        self.result.faces.first().filter(|face| face.crop.len() == CROP_PIXELS)
    }
}

/// The activations for the face: see [`Layers`].
#[derive(Debug, PartialEq)]
#[allow(missing_docs)] // as there
pub struct LayerMaps {
    pub mean: f32,
    pub deviation: f32,
    pub normalized: SharedPainting,
    pub filters: Vec<SharedPainting>,
    pub responses: Vec<SharedPainting>,
    /// Each stage with its feature maps, before and (if it has pooling) after pooling.
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
            normalized: layers.normalized.into(),
            filters: arts(layers.filters),
            responses: arts(layers.responses),
            stages: layers.stages.into_iter().map(stage).collect(),
            features: layers.features.into(),
            feature_count: layers.feature_count,
            logits: layers.logits,
        }
    }
}

/// Why a photo could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LessonFailure {
    /// It contains no face.
    NoFace(PhotoName),
    /// The built-in sample could not be loaded.
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
    /// Go to a step.
    Step(usize),
    /// A photo with a face was recognized.
    Face(LessonFace),
    /// A photo could not be used.
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
    pub const STEPS: usize = 6;

    /// Applies an action.
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

#[cfg(test)]
mod tests {
    use wasm_bindgen::{JsCast, JsValue};

    use super::*;
    use crate::fixtures::{face, painting, recognized};

    fn lesson_face(faces: Vec<RecognizedFace>) -> LessonFace {
        let canvas = JsValue::NULL.unchecked_into();
        LessonFace { name: PhotoName::SAMPLE, canvas, result: Rc::new(recognized(faces)) }
    }

    fn layers(pooled_sides: &[u32]) -> Box<Layers> {
        let stage =
            |&pooled_side: &u32| StageMaps { channels: 8, side: 24, pooled_side, maps: painting(), pooled: painting() };
        Box::new(Layers {
            mean: 120.0,
            deviation: 40.0,
            normalized: painting(),
            filters: vec![painting(); 2],
            responses: vec![painting(); 2],
            stages: pooled_sides.iter().map(stage).collect(),
            features: painting(),
            feature_count: 32,
            logits: [0.0; Expression::COUNT],
        })
    }

    #[test]
    fn steps_end_with_the_last() {
        let mut lesson = Lesson::default();
        for (step, at) in [(3, 3), (Lesson::STEPS, Lesson::STEPS - 1), (usize::MAX, Lesson::STEPS - 1), (0, 0)] {
            lesson.apply(LessonAction::Step(step));
            assert_eq!(lesson.step, at);
        }
    }

    #[test]
    fn a_new_face_replaces_failure_and_layers() {
        let mut lesson = Lesson::default();
        lesson.apply(LessonAction::Failed(LessonFailure::SampleMissing));
        lesson.apply(LessonAction::Layers(layers(&[12])));
        lesson.apply(LessonAction::Face(lesson_face(vec![face(1, Expression::Happy, 0.9, true)])));
        assert!(lesson.face.is_some() && lesson.failure.is_none() && lesson.layers.is_none());
    }

    #[test]
    fn a_photo_without_a_face_leaves_the_face_before() {
        let mut lesson = Lesson::default();
        lesson.apply(LessonAction::Face(lesson_face(vec![face(1, Expression::Happy, 0.9, true)])));
        lesson.apply(LessonAction::Failed(LessonFailure::NoFace(String::from("wall.png").into())));
        assert!(lesson.face.is_some() && lesson.failure.is_some());
    }

    #[test]
    fn the_lesson_is_about_the_first_face_if_its_crop_is_whole() {
        let happy = || face(1, Expression::Happy, 0.9, true);
        assert_eq!(lesson_face(vec![happy(), face(2, Expression::Sad, 0.9, true)]).face().map(|face| face.id), Some(1));
        assert!(lesson_face(Vec::new()).face().is_none());
        assert!(lesson_face(vec![RecognizedFace { crop: vec![0; 9], ..happy() }]).face().is_none());
    }

    #[test]
    fn only_stages_that_pool_have_pooled_maps() {
        let maps = LayerMaps::from(*layers(&[12, 24, 0]));
        let pooled: Vec<bool> = maps.stages.iter().map(|(.., pooled)| pooled.is_some()).collect();
        assert_eq!(pooled, [true, false, false], "to half, not at all, the last stage");
        assert_eq!((maps.filters.len(), maps.responses.len(), maps.feature_count), (2, 2, 32));
    }

    #[test]
    fn a_patch_is_as_grey_as_the_crop_on_average() {
        let crop: Vec<u8> = (0..CROP_PIXELS).map(|place| if place % 2 == 0 { 0 } else { 200 }).collect();
        let patch = Patch { x: 2, y: 1, width: 3, height: 2 };
        let covered = patch.over(&crop);
        let changed: Vec<usize> = (0..CROP_PIXELS).filter(|&place| covered[place] == 100).collect();
        assert_eq!(changed, [50, 51, 52, 98, 99, 100]);
        assert!((0..CROP_PIXELS).all(|place| changed.contains(&place) || covered[place] == crop[place]));
    }

    #[test]
    fn patches_without_size_or_beyond_the_crop_cover_what_there_is() {
        let crop = vec![1; CROP_PIXELS];
        assert_eq!(Patch::default().over(&crop), crop);
        assert_eq!(Patch { width: 5, ..Patch::default() }.over(&[9, 9]), [9, 9], "no height");
        assert!(Patch { width: 5, height: 5, ..Patch::default() }.over(&[]).is_empty());
        let far = Patch { x: usize::MAX, y: usize::MAX, width: 2, height: 2 };
        assert_eq!(far.over(&crop).len(), CROP_PIXELS);
        let (black, white) = (vec![0; CROP_PIXELS], vec![255; CROP_PIXELS]);
        let whole = Patch { x: 0, y: 0, width: CROP_SIDE, height: CROP_SIDE };
        assert_eq!((whole.over(&black), whole.over(&white)), (black, white));
    }

    #[test]
    fn filter_and_patch_are_the_users_choice() {
        let mut lesson = Lesson::default();
        let patch = Patch { x: 1, y: 2, width: 3, height: 4 };
        lesson.apply(LessonAction::Filter(7));
        lesson.apply(LessonAction::Patch(patch));
        lesson.apply(LessonAction::Layers(layers(&[])));
        assert!(lesson.filter == 7 && lesson.patch == patch && lesson.layers.is_some());
    }
}
