//! The morphable face: its mesh, and the shapes that change it.

mod file;
mod shape;

pub use file::{ModelDamage, ModelError};
pub use shape::Shape;

use crate::vector::Vector;

/// Centimetres of one step of a coordinate of the mean face.
const NEUTRAL_STEP: f32 = 0.001;

/// Centimetres of one step of a difference.
const SHAPE_STEP: f32 = 0.004;

/// Maximum weight of a component of identity, in standard deviations.
pub const MAX_WEIGHT: f32 = 3.0;

/// The landmarks of the Multi-PIE annotation.
pub const LANDMARKS: usize = 68;

/// A difference or a position in steps, for one vertex.
pub type Steps = [i16; 3];

/// A sphere: the centre and the radius in centimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Ball {
    pub centre: Vector,
    pub radius: f32,
}

/// What a quadrilateral belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Part {
    Face = 0,
    Head = 1,
    Gums = 2,
    Teeth = 3,
}

impl Part {
    /// All of them; the index is their number in files.
    pub const ALL: [Self; 4] = [Self::Face, Self::Head, Self::Gums, Self::Teeth];
}

/// One of the principal components of scanned people, at one standard deviation.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Differences of the vertices of the skin.
    pub skin: Vec<Steps>,
    /// How teeth and gums move: an affine map from the mean position to the difference in centimetres, row by row.
    pub inner: [f32; 12],
    /// Differences of the eyeballs, the person's right one first: centre and radius.
    pub eyes: [Ball; 2],
}

/// The change of some vertices by an expression at full intensity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// The vertices that move, ascending.
    pub vertices: Vec<u16>,
    /// Their differences.
    pub differences: Vec<Steps>,
}

/// The morphable face. Coordinates are centimetres: x to the person's left, which is the viewer's right, y up, z towards
/// the viewer. Made from ICT-FaceKit: see `docs/face-model.md`.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceModel {
    /// How many of the vertices are skin; they come first, and teeth and gums after them.
    pub(crate) skin: usize,
    /// Positions of all vertices of the mean face.
    pub(crate) mean: Vec<Steps>,
    /// Quadrilaterals, counter-clockwise from outside; a triangle repeats its last vertex.
    pub(crate) quads: Vec<[u16; 4]>,
    /// What each quadrilateral belongs to.
    pub(crate) parts: Vec<Part>,
    /// The vertices of the landmarks.
    pub(crate) landmarks: [u16; LANDMARKS],
    /// How much of the sky each vertex of the skin sees, 0 to 255.
    pub(crate) openness: Vec<u8>,
    /// The eyeballs of the mean face, the person's right one first.
    pub(crate) eyes: [Ball; 2],
    /// The components of identity.
    pub(crate) components: Vec<Component>,
    /// The expressions, in the order of [`Shape::ALL`].
    pub(crate) changes: Vec<Change>,
}

/// The raw contents of a model, for [`FaceModel::new`].
#[derive(Clone, Debug)]
#[allow(missing_docs)] // as in `FaceModel`
pub struct Contents {
    pub skin: usize,
    pub mean: Vec<Steps>,
    pub quads: Vec<[u16; 4]>,
    pub parts: Vec<Part>,
    pub landmarks: [u16; LANDMARKS],
    pub openness: Vec<u8>,
    pub eyes: [Ball; 2],
    pub components: Vec<Component>,
    pub changes: Vec<Change>,
}

impl FaceModel {
    /// A model from its contents.
    ///
    /// # Errors
    /// When lengths do not match, an index is out of range or a number is not finite.
    pub fn new(contents: Contents) -> Result<Self, ModelDamage> {
        let Contents { skin, mean, quads, parts, landmarks, openness, eyes, components, changes } = contents;
        let vertices = mean.len();
        let is_ball = |ball: &Ball| {
            [ball.centre.x, ball.centre.y, ball.centre.z, ball.radius].iter().all(|value| value.abs() < 100.0)
        };
        let is_component = |component: &Component| {
            component.skin.len() == skin
                && component.inner.iter().all(|value| value.abs() < 100.0)
                && component.eyes.iter().all(is_ball)
        };
        let is_change = |change: &Change| {
            change.vertices.len() == change.differences.len()
                && change.vertices.is_sorted_by(|a, b| a < b)
                && change.vertices.last().is_none_or(|&last| usize::from(last) < vertices)
        };
        if skin == 0 || skin > vertices || vertices > file::MAX_VERTICES {
            return Err(ModelDamage::Counts);
        }
        if quads.iter().flatten().any(|&vertex| usize::from(vertex) >= vertices)
            || landmarks.iter().any(|&vertex| usize::from(vertex) >= skin)
        {
            return Err(ModelDamage::Index);
        }
        if !eyes.iter().all(|eye| is_ball(eye) && eye.radius > 0.0)
            || openness.len() != skin
            || parts.len() != quads.len()
            || changes.len() != Shape::ALL.len()
            || !components.iter().all(is_component)
            || !changes.iter().all(is_change)
        {
            return Err(ModelDamage::Number);
        }
        Ok(Self { skin, mean, quads, parts, landmarks, openness, eyes, components, changes })
    }

    /// The number of vertices.
    pub fn vertices(&self) -> usize {
        self.mean.len()
    }

    /// The number of components of identity.
    pub fn components(&self) -> usize {
        self.components.len()
    }

    /// The vertex of each landmark.
    pub fn landmarks(&self) -> &[u16; LANDMARKS] {
        &self.landmarks
    }

    /// The mean face: positions of all vertices in centimetres.
    pub fn mean(&self) -> Vec<Vector> {
        self.mean.iter().map(|&steps| vector(steps, NEUTRAL_STEP)).collect()
    }

    /// The quadrilaterals as triangles, each with its part.
    pub fn triangles(&self) -> Vec<([u16; 3], Part)> {
        let mut triangles = Vec::with_capacity(self.quads.len() * 2);
        for (&[a, b, c, d], &part) in self.quads.iter().zip(&self.parts) {
            triangles.push(([a, b, c], part));
            if d != c {
                triangles.push(([a, c, d], part));
            }
        }
        triangles
    }

    /// The face of a person: weights of the components, in standard deviations, limited to ±[`MAX_WEIGHT`]. Components without
    /// a weight have 0, and NaN is 0.
    pub fn identity(&self, weights: &[f32]) -> (Vec<Vector>, [Ball; 2]) {
        let mut positions = self.mean();
        let mut eyes = self.eyes;
        for (component, &weight) in self.components.iter().zip(weights) {
            if weight == 0.0 || weight.is_nan() {
                continue;
            }
            let weight = weight.clamp(-MAX_WEIGHT, MAX_WEIGHT);
            for (position, &steps) in positions.iter_mut().zip(&component.skin) {
                *position += vector(steps, weight * SHAPE_STEP);
            }
            for (position, &steps) in positions.iter_mut().zip(&self.mean).skip(self.skin) {
                *position += affine(&component.inner, vector(steps, NEUTRAL_STEP)) * weight;
            }
            for (eye, change) in eyes.iter_mut().zip(&component.eyes) {
                eye.centre += change.centre * weight;
                eye.radius += change.radius * weight;
            }
        }
        (positions, eyes)
    }

    /// The normals of all vertices at some positions.
    pub(crate) fn normals(&self, positions: &[Vector]) -> Vec<Vector> {
        let triangles: Vec<[u16; 3]> = self.triangles().into_iter().map(|(triangle, _)| triangle).collect();
        let mut normals = vec![Vector::ZERO; positions.len()];
        add_normals(positions, &triangles, &mut normals);
        normals
    }

    /// Adds an expression to the positions of a person.
    pub fn express(&self, positions: &mut [Vector], weights: &Weights) {
        for (change, &weight) in self.changes.iter().zip(&weights.0) {
            if weight == 0.0 {
                continue;
            }
            for (&vertex, &steps) in change.vertices.iter().zip(&change.differences) {
                if let Some(position) = positions.get_mut(usize::from(vertex)) {
                    *position += vector(steps, weight * SHAPE_STEP);
                }
            }
        }
    }
}

/// Maximum intensity of a shape: beyond 1 it is extrapolated.
const MAX_INTENSITY: f32 = 1.6;

/// Intensities of the shapes of expression, in the order of [`Shape::ALL`]: 0 is none, 1 the full shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights([f32; Shape::COUNT]);

impl Default for Weights {
    fn default() -> Self {
        Self([0.0; Shape::COUNT])
    }
}

impl Weights {
    /// Adds to the intensity of a shape; the sum stays between 0 and 1.6, and NaN adds nothing.
    pub fn add(&mut self, shape: Shape, intensity: f32) {
        if !intensity.is_nan() {
            let weight = &mut self.0[shape as usize];
            *weight = (*weight + intensity).clamp(0.0, MAX_INTENSITY);
        }
    }

    /// The intensity of a shape.
    pub fn get(&self, shape: Shape) -> f32 {
        self.0[shape as usize]
    }
}

/// Means of the normals of the adjacent triangles, weighted by area. The normals must be zero before.
pub(crate) fn add_normals(positions: &[Vector], triangles: &[[u16; 3]], normals: &mut [Vector]) {
    for triangle in triangles {
        let [a, b, c] = triangle.map(|vertex| positions[usize::from(vertex)]);
        let normal = (b - a).cross(c - a);
        for &vertex in triangle {
            normals[usize::from(vertex)] += normal;
        }
    }
    for normal in normals {
        *normal = normal.unit();
    }
}

fn vector([x, y, z]: Steps, step: f32) -> Vector {
    Vector::new(f32::from(x) * step, f32::from(y) * step, f32::from(z) * step)
}

fn affine(map: &[f32; 12], point: Vector) -> Vector {
    let row = |row: usize| map[row] * point.x + map[row + 1] * point.y + map[row + 2] * point.z + map[row + 3];
    Vector::new(row(0), row(4), row(8))
}
