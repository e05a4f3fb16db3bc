//! Sets of faces with known labels, as FER2013's CSV with groups.
//!
//! A set depends on its plan alone. Identities differ in shape and appearance; each has its own skin tone, and each of its
//! pictures its own pose, light, camera and background.

use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_core::random::derive_seed;
use mien_core::vision::corruption::Corruption;
use mien_core::vision::{CROP_SIDE, Crop, FrameError, Framing, Point, Similarity};

use crate::action_unit::{Actions, combinations};
use crate::appearance::SkinTone;
use crate::model::{FaceModel, LANDMARKS};
use crate::numbers::Numbers;
use crate::person::Person;
use crate::render::{Gaze, Motion, Picture, Renderer};
use crate::scene::Scene;

/// Maximum number of identities: as many as a group column has values.
pub const MAX_IDENTITIES: usize = 255;

/// The header of the CSV.
pub const CSV_HEADER: &str = "emotion,pixels,Usage,identity,skin,light,yaw,intensity\n";

/// Side of the pictures from which crops are taken, in pixels.
pub const PICTURE_SIDE: usize = 192;

/// Strength of the largest corruption of a crop: see [`Corruption::apply`].
const MAX_STRENGTH: f32 = 1.0;

/// The faces of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceSetPlan {
    /// Number of identities, at most [`MAX_IDENTITIES`].
    pub identities: usize,
    /// The expressions.
    pub expressions: Vec<Expression>,
    /// Their intensities, above 0 and at most 1. The neutral face has as many pictures as an expression, with intensity 0.
    pub intensities: Vec<f32>,
    /// Seed of everything.
    pub seed: u64,
}

/// One picture of a set.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Sample {
    /// Number of the identity, from 0.
    pub identity: usize,
    pub skin: SkinTone,
    pub expression: Expression,
    /// 0 for neutral.
    pub intensity: f32,
    pub motion: Motion,
    pub scene: Scene,
    /// Seed of what is random after rendering.
    pub seed: u64,
}

impl FaceSetPlan {
    /// The number of pictures.
    pub fn len(&self) -> usize {
        self.identities * self.expressions.len() * self.intensities.len()
    }

    /// Whether there are no pictures.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The person of an identity. Skin tones alternate.
    pub fn person(&self, model: &FaceModel, identity: usize) -> Person {
        Person::random(model, skin(identity), derive_seed(self.seed, identity as u64))
    }

    /// The split of an identity: of five, three to train on, one to validate on, one to test on.
    pub fn split(&self, identity: usize) -> Split {
        let tones = SkinTone::ALL.len();
        // six skin tones alternate: among 30, each tone is in every split; among fewer, all splits come as early as they can
        let place = if self.identities < 5 * tones { identity + identity / tones } else { identity / tones };
        match place % 5 {
            0..3 => Split::Training,
            3 => Split::PublicTest,
            _ => Split::PrivateTest,
        }
    }

    /// The pictures of an identity.
    pub fn samples(&self, identity: usize) -> impl Iterator<Item = Sample> + '_ {
        let seed = derive_seed(derive_seed(self.seed, identity as u64), 1);
        let each = self
            .expressions
            .iter()
            .flat_map(move |&expression| self.intensities.iter().map(move |&intensity| (expression, intensity)));
        each.enumerate().map(move |(index, (expression, intensity))| {
            let seed = derive_seed(seed, index as u64);
            let mut numbers = Numbers::new(seed, 51);
            let intensity = if expression == Expression::Neutral { 0.0 } else { intensity };
            let combination = numbers.index(combinations(expression).len());
            let gaze = Gaze { left: 4.0 * numbers.normal(), up: 2.0 * numbers.normal() };
            let actions = Actions::of_expression(expression, combination, intensity);
            let motion = Motion { actions, gaze };
            let scene = Scene::random(seed);
            Sample { identity, skin: skin(identity), expression, intensity, motion, scene, seed }
        })
    }
}

fn skin(identity: usize) -> SkinTone {
    SkinTone::ALL[identity % SkinTone::ALL.len()]
}

impl Sample {
    /// Renders the picture, `side` pixels wide and high.
    ///
    /// # Errors
    /// Those of [`Renderer::render`].
    pub fn picture(
        &self,
        renderer: &mut Renderer,
        model: &FaceModel,
        person: &Person,
        side: usize,
    ) -> Result<Picture, FrameError> {
        renderer.render(model, person, &self.motion, &self.scene, side)
    }

    /// The crop of the picture, framed like that of a detected face, with a little blur or noise.
    pub fn crop(&self, picture: &Picture) -> Crop {
        let crop = picture.frame.sample_grey(&FacePlace::new(&picture.landmarks).frame_from_crop());
        let mut numbers = Numbers::new(self.seed, 52);
        let kinds = [Corruption::Blur, Corruption::GaussianNoise, Corruption::Jpeg, Corruption::Resolution];
        let kind = kinds[numbers.index(kinds.len())];
        kind.apply(&crop, numbers.between(0.0, MAX_STRENGTH), self.seed)
    }

    /// The direction of the main light, as a group.
    pub fn light(&self) -> &'static str {
        match self.scene.key.azimuth {
            azimuth if azimuth < -25.0 => "left",
            azimuth if azimuth > 25.0 => "right",
            _ => "front",
        }
    }

    /// The row of the CSV, with the end of its line.
    pub fn csv_row(&self, crop: &Crop, split: Split) -> String {
        let mut row = format!("{},", self.expression.index());
        for (index, pixel) in crop.bytes().iter().enumerate() {
            if index > 0 {
                row.push(' ');
            }
            row.push_str(&pixel.to_string());
        }
        let yaw = (self.scene.pose.yaw / 10.0).round() as i32 * 10;
        let (identity, skin, light) = (self.identity + 1, self.skin.name(), self.light());
        row.push_str(&format!(",{split},{identity},{skin},{light},{yaw},{}\n", self.intensity));
        row
    }
}

/// The side of the detector's box relative to the size of a face, and how far the box's centre is below the middle of the
/// eyes: medians of what the detector finds in rendered faces (`docs/face-model.md`).
const BOX_SIDE: f32 = 1.19;
const BOX_DROP: f32 = 0.19;

/// Where a face is in a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FacePlace {
    /// The middle of the eyes.
    pub eyes: Point,
    /// The roll in radians, clockwise on screen.
    pub roll: f32,
    /// From brows to chin: a turned head is as high as a straight one.
    pub size: f32,
}

impl FacePlace {
    /// The place of a face with these landmarks.
    pub fn new(landmarks: &[Point; LANDMARKS]) -> Self {
        let mean = |points: &[Point]| {
            let count = points.len() as f32;
            let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.x, y + point.y));
            Point::new(x / count, y / count)
        };
        let (right, left) = (mean(&landmarks[36..42]), mean(&landmarks[42..48]));
        Self {
            eyes: right.midpoint(left),
            roll: libm::atan2f(left.y - right.y, left.x - right.x),
            size: mean(&landmarks[17..27]).distance(landmarks[8]),
        }
    }

    /// The transform from crop pixels to picture pixels, with level eyes and framed as FER2013's images are
    /// ([`Framing::FER2013`]) for a face that the detector finds.
    pub fn frame_from_crop(&self) -> Similarity {
        let Self { eyes, roll, size } = *self;
        let framing = Framing::FER2013;
        let down = size * (BOX_DROP + BOX_SIDE * framing.drop_in_boxes());
        let centre = Point::new(eyes.x - libm::sinf(roll) * down, eyes.y + libm::cosf(roll) * down);
        let middle = CROP_SIDE as f32 / 2.0;
        let scale = size * BOX_SIDE * framing.side_in_boxes() / CROP_SIDE as f32;
        Similarity::new(scale, roll, Point::new(middle, middle), centre)
    }
}
