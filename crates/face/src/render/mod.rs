//! The renderer: triangles with a depth buffer, four samples a pixel, each with its own colour.

mod eyes;
mod gaze;
mod lashes;
mod mesh;
mod raster;
mod shade;

use mien_core::vision::{Frame, FrameError, Point};

pub use self::gaze::Gaze;
use self::mesh::Mesh;
use self::raster::Raster;
use crate::action_unit::Actions;
use crate::model::{FaceModel, LANDMARKS, Shape, Weights};
use crate::person::Person;
use crate::scene::{Background, Scene};
use crate::vector::{Vector, smooth_step};

/// Samples per pixel along each axis.
const SAMPLES: usize = 2;

/// Largest side of a picture, in pixels.
pub const MAX_SIDE: usize = 2048;

/// Angles of the eyes at which the lids follow them fully, in degrees.
const FULL_GAZE: f32 = 30.0;

/// What a face does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Motion {
    pub actions: Actions,
    pub gaze: Gaze,
}

/// A picture of a face.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its pixels.
    pub frame: Frame,
    /// The landmarks of Multi-PIE in pixels of the picture, also those that are hidden.
    pub landmarks: [Point; LANDMARKS],
}

/// Renders faces. It keeps its buffers from picture to picture.
pub struct Renderer {
    mesh: Mesh,
    raster: Raster,
    positions: Vec<Vector>,
}

impl Renderer {
    /// A renderer for faces of a model.
    pub fn new(model: &FaceModel) -> Self {
        Self { mesh: Mesh::new(model), raster: Raster::default(), positions: Vec::new() }
    }

    /// Renders a square picture with this side in pixels, which is limited to 1 to [`MAX_SIDE`].
    ///
    /// # Errors
    /// Never in practice: the frame has as many bytes as its size needs.
    pub fn render(
        &mut self,
        model: &FaceModel,
        person: &Person,
        motion: &Motion,
        scene: &Scene,
        side: usize,
    ) -> Result<Picture, FrameError> {
        let side = side.clamp(1, MAX_SIDE);
        self.positions.clear();
        self.positions.extend(&person.rest);
        model.express(&mut self.positions, &weights(motion));
        self.mesh.place(&self.positions, person, motion.gaze, scene);
        self.mesh.project(&scene.camera, (side * SAMPLES) as f32);
        self.raster.draw(&self.mesh, side * SAMPLES);
        let pixels = resolve(&self.mesh, &self.raster, person, scene, side);
        let landmarks = model.landmarks().map(|vertex| {
            let sample = self.mesh.projected[usize::from(vertex)];
            Point::new(sample.x / SAMPLES as f32, sample.y / SAMPLES as f32)
        });
        Ok(Picture { frame: Frame::new(side, side, pixels)?, landmarks })
    }
}

/// The weights of the shapes, with lids that follow the eyes.
fn weights(motion: &Motion) -> Weights {
    let mut weights = motion.actions.weights();
    let mut look = |shapes: [Shape; 2], degrees: f32| {
        let share = if degrees > 0.0 { (degrees / FULL_GAZE).min(1.0) } else { 0.0 };
        for shape in shapes {
            weights.add(shape, share);
        }
    };
    let Gaze { left, up } = motion.gaze;
    look([Shape::EyeLookOutLeft, Shape::EyeLookInRight], left);
    look([Shape::EyeLookInLeft, Shape::EyeLookOutRight], -left);
    look([Shape::EyeLookUpLeft, Shape::EyeLookUpRight], up);
    look([Shape::EyeLookDownLeft, Shape::EyeLookDownRight], -up);
    weights
}

/// Shades the samples and averages them to pixels.
fn resolve(mesh: &Mesh, raster: &Raster, person: &Person, scene: &Scene, side: usize) -> Vec<u8> {
    let shader = shade::Shader::new(mesh, person, scene);
    let backdrop = Backdrop::new(&scene.background);
    let curve = shade::OutputCurve::new();
    let mut pixels = vec![255; side * side * 4];
    let width = side * SAMPLES;
    let share = 1.0 / (SAMPLES * SAMPLES) as f32;
    let mut samples = shade::Samples::default();
    for row in 0..side {
        for column in 0..side {
            let (x, y) = (column * SAMPLES, row * SAMPLES);
            let triangles =
                std::array::from_fn(|sample| raster.triangle((y + sample / SAMPLES) * width + x + sample % SAMPLES));
            let mut sum = shader.pixel(&mut samples, triangles, x, y);
            let covered = triangles.iter().flatten().count();
            let open = SAMPLES * SAMPLES - covered;
            if open > 0 {
                let place = |index: usize| (index as f32 + 0.5) / side as f32;
                sum += backdrop.colour(place(column), place(row)) * open as f32;
            }
            let at = (row * side + column) * 4;
            pixels[at..at + 3].copy_from_slice(&curve.bytes(sum * share));
        }
    }
    pixels
}

/// Cells of the patches of a background along each axis.
const PATCHES: usize = 8;

/// The background in linear light.
struct Backdrop {
    corners: [Vector; 2],
    patches: Vec<f32>,
}

impl Backdrop {
    fn new(background: &Background) -> Self {
        let mut numbers = crate::numbers::Numbers::new(background.seed, 31);
        let strength = background.patches.clamp(0.0, 1.0);
        let patches = (0..(PATCHES + 1) * (PATCHES + 1)).map(|_| 1.0 + strength * numbers.between(-0.7, 0.7)).collect();
        let linear = |value: f32| shade::linear(value.clamp(0.0, 1.0));
        Self { corners: background.colours.map(|colour| colour.map(linear)), patches }
    }

    /// The colour at a place from 0 to 1 along each axis.
    fn colour(&self, x: f32, y: f32) -> Vector {
        let cell = |place: f32| {
            let place = place.clamp(0.0, 0.9999) * PATCHES as f32;
            let first = place as usize;
            (first, smooth_step(0.0, 1.0, place - first as f32))
        };
        let ((column, right), (row, down)) = (cell(x), cell(y));
        let read = |row: usize, column: usize| self.patches[row * (PATCHES + 1) + column];
        let across = |row: usize| read(row, column) + (read(row, column + 1) - read(row, column)) * right;
        let patch = across(row) + (across(row + 1) - across(row)) * down;
        self.corners[0].toward(self.corners[1], (x + y) / 2.0) * patch
    }
}
