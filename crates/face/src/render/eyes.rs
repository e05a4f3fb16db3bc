//! Eyeballs: the front of a sphere, on which iris and pupil are painted.

use super::gaze::Gaze;
use crate::model::Ball;
use crate::vector::{Vector, smooth_step};

/// Landmarks of the opening of each eye, the person's right one first: outer corner, upper lid (two), inner corner, lower lid
/// (two), as the viewer sees them from left to right and back.
pub(super) const LANDMARKS: [[usize; 6]; 2] = [[36, 37, 38, 39, 40, 41], [42, 43, 44, 45, 46, 47]];

/// Circles about the axis.
const RINGS: usize = 9;

/// Points on each.
const POINTS: usize = 20;

/// Vertices of an eyeball.
pub(super) const VERTICES: usize = 1 + RINGS * POINTS;

/// Angle of the outermost circle, in radians.
const EDGE: f32 = 1.4;

/// How far the cornea stands out, in radii, and the angles at which it does so fully and not at all, in radians.
const CORNEA: f32 = 0.10;
const CORNEA_ANGLES: [f32; 2] = [0.20, 0.44];

/// An eye in a scene.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Eye {
    pub centre: Vector,
    pub radius: f32,
    /// Where it looks.
    pub gaze: Vector,
    /// Axes of the head.
    pub across: Vector,
    pub up: Vector,
    /// The opening: places of the corners and lids along the axes, in radii.
    pub corners: [[f32; 2]; 6],
}

impl Eye {
    /// An eye from its ball and the landmarks of its opening in the model's coordinates.
    pub fn new(
        ball: Ball,
        corners: [Vector; 6],
        gaze: Gaze,
        place: impl Fn(Vector) -> Vector,
        turn: impl Fn(Vector) -> Vector,
    ) -> Self {
        let [left, up] = [gaze.left, gaze.up].map(f32::to_radians);
        let level = libm::cosf(up);
        let direction = Vector::new(level * libm::sinf(left), libm::sinf(up), level * libm::cosf(left));
        let corners = corners.map(|corner| {
            let from = (corner - ball.centre) * (1.0 / ball.radius);
            [from.x, from.y]
        });
        Self {
            centre: place(ball.centre),
            radius: ball.radius,
            gaze: turn(direction),
            across: turn(Vector::new(1.0, 0.0, 0.0)),
            up: turn(Vector::new(0.0, 1.0, 0.0)),
            corners,
        }
    }
}

/// The triangles of an eyeball, counter-clockwise from the front.
pub(super) fn triangles() -> impl Iterator<Item = [u16; 3]> {
    let at = |ring: usize, point: usize| if ring == 0 { 0 } else { (1 + (ring - 1) * POINTS + point % POINTS) as u16 };
    (0..RINGS).flat_map(move |ring| {
        (0..POINTS).flat_map(move |point| {
            let outer = [at(ring, point), at(ring + 1, point), at(ring + 1, point + 1)];
            let inner = [at(ring, point), at(ring + 1, point + 1), at(ring, point + 1)];
            [Some(outer), (ring > 0).then_some(inner)].into_iter().flatten()
        })
    })
}

/// The vertices of an eyeball, in the model's coordinates.
pub(super) fn points(ball: &Ball) -> impl Iterator<Item = Vector> + '_ {
    let direction = |ring: usize, point: usize| {
        let angle = EDGE * ring as f32 / RINGS as f32;
        let around = std::f32::consts::TAU * point as f32 / POINTS as f32;
        let out = libm::sinf(angle);
        let radius = 1.0 + CORNEA * smooth_step(CORNEA_ANGLES[1], CORNEA_ANGLES[0], angle);
        Vector::new(out * libm::cosf(around), out * libm::sinf(around), libm::cosf(angle)) * radius
    };
    let rings = (1..=RINGS).flat_map(move |ring| (0..POINTS).map(move |point| direction(ring, point)));
    [direction(0, 0)].into_iter().chain(rings).map(|direction| ball.centre + direction * ball.radius)
}
