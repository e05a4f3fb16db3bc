//! The mesh of a person in a scene: positions, normals, shadows, and where the vertices are in the picture.

use super::eyes::{self, Eye};
use super::gaze::Gaze;
use super::lashes;
use crate::glasses;
use crate::model::{FaceModel, Part, add_normals};
use crate::person::Person;
use crate::scene::{Camera, Scene};
use crate::surface::map_coordinates;
use crate::vector::{Vector, smooth_step};

/// What a triangle is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Material {
    Skin,
    Gums,
    Teeth,
    /// An eyeball, the person's right one first.
    Eye(usize),
    Lash,
    /// The frame of glasses.
    Frame,
}

/// The centre about which the head turns, in the model's centimetres; the camera is aimed at it.
const PIVOT: Vector = Vector::new(0.0, 0.3, 3.0);

/// Width of the map of shadows, in cells.
const SHADOW_SIDE: usize = 160;

/// Centimetres that it shows.
const SHADOW_EXTENT: f32 = 36.0;

/// How far from the surface shadows start, in centimetres.
const SHADOW_BIAS: f32 = 0.3;

pub(super) struct Mesh {
    pub triangles: Vec<[u16; 3]>,
    pub materials: Vec<Material>,
    /// How many triangles there are before those of the glasses, which come last; and how many are shown.
    without_glasses: usize,
    shown: usize,
    /// How many vertices belong to the model; the eyeballs follow, then the lashes, then the glasses.
    model: usize,
    /// Coordinates of each vertex of the skin in the map of colours, in centimetres.
    pub coordinates: Vec<[f32; 2]>,
    /// How much of the sky the vertices of the skin see, 0 to 1.
    pub openness: Vec<f32>,
    landmarks: [u16; 68],
    /// Positions in the scene.
    pub positions: Vec<Vector>,
    pub normals: Vec<Vector>,
    /// Share of the main light that reaches each vertex, 0 to 1.
    pub lit: Vec<f32>,
    /// Horizontal and vertical place in samples, and the reciprocal of the depth.
    pub projected: Vec<Vector>,
    pub eyes: [Eye; 2],
    /// The middle of the opening of the mouth.
    pub mouth: Vector,
    /// How much light gets between the lips, 0 to 1.
    pub mouth_light: f32,
    shadow: Vec<f32>,
}

impl Mesh {
    pub fn new(model: &FaceModel) -> Self {
        let mut triangles = Vec::new();
        let mut materials = Vec::new();
        for (triangle, part) in model.triangles() {
            triangles.push(triangle);
            materials.push(match part {
                Part::Face | Part::Head => Material::Skin,
                Part::Gums => Material::Gums,
                Part::Teeth => Material::Teeth,
            });
        }
        for eye in 0..2 {
            for triangle in eyes::triangles() {
                // below 40,000 and a few hundred
                let first = (model.vertices() + eye * eyes::VERTICES) as u16;
                triangles.push(triangle.map(|vertex| first + vertex));
                materials.push(Material::Eye(eye));
            }
        }
        for eye in 0..2 {
            // below 40,000 and a few hundred, as are those of the glasses
            let first = (model.vertices() + 2 * eyes::VERTICES + eye * lashes::VERTICES) as u16;
            for triangle in lashes::triangles() {
                triangles.push(triangle.map(|vertex| first + vertex));
                materials.push(Material::Lash);
            }
        }
        let without_glasses = triangles.len();
        let worn = model.vertices() + 2 * (eyes::VERTICES + lashes::VERTICES);
        for triangle in glasses::triangles() {
            triangles.push(triangle.map(|vertex| worn as u16 + vertex));
            materials.push(Material::Frame);
        }
        let all = worn + glasses::VERTICES;
        Self {
            triangles,
            materials,
            without_glasses,
            shown: 0,
            model: model.vertices(),
            coordinates: map_coordinates(model),
            openness: model.openness.iter().map(|&byte| f32::from(byte) / 255.0).collect(),
            landmarks: model.landmarks,
            positions: Vec::with_capacity(all),
            normals: vec![Vector::ZERO; all],
            lit: vec![1.0; all],
            projected: vec![Vector::ZERO; all],
            eyes: [Eye::default(); 2],
            mouth: Vector::ZERO,
            mouth_light: 0.0,
            shadow: Vec::new(),
        }
    }

    /// Places the face, whose vertices in the model's coordinates are given, in a scene.
    pub fn place(&mut self, face: &[Vector], person: &Person, gaze: Gaze, scene: &Scene) {
        let axes = scene.pose.axes();
        let turn = |vector: Vector| axes[0] * vector.x + axes[1] * vector.y + axes[2] * vector.z;
        let place = |point: Vector| turn(point - PIVOT);
        self.positions.clear();
        self.positions.extend(face.iter().map(|&point| place(point)));
        let corners = eyes::LANDMARKS.map(|eye| eye.map(|landmark| face[usize::from(self.landmarks[landmark])]));
        for (index, (ball, corners)) in person.eyes.iter().zip(corners).enumerate() {
            self.eyes[index] = Eye::new(*ball, corners, gaze, place, turn);
            self.positions.extend(eyes::points(ball).map(place));
        }
        for (ball, corners) in person.eyes.into_iter().zip(corners) {
            lashes::points(ball, corners, person.lashes(), |point| self.positions.push(place(point)));
        }
        let glasses = person.glasses();
        self.positions.extend(glasses.iter().copied().map(place));
        self.shown = if glasses.is_empty() { self.without_glasses } else { self.triangles.len() };
        let [upper, lower] = [62, 66].map(|landmark: usize| face[usize::from(self.landmarks[landmark])]);
        self.mouth = place(upper.toward(lower, 0.5));
        // lips that are hardly apart show a dark line, not teeth
        self.mouth_light = smooth_step(0.1, 0.6, (upper - lower).length());
        self.compute_normals();
        self.cast_shadows(scene);
    }

    /// The triangles that are shown.
    pub fn shown(&self) -> &[[u16; 3]] {
        &self.triangles[..self.shown]
    }

    fn compute_normals(&mut self) {
        self.normals.fill(Vector::ZERO);
        add_normals(&self.positions, &self.triangles[..self.shown], &mut self.normals);
    }

    /// Projects all vertices to a square picture with this side in samples.
    pub fn project(&mut self, camera: &Camera, side: f32) {
        let distance = camera.distance.clamp(30.0, 1000.0);
        let scale = side / camera.height.clamp(1.0, 1000.0) * distance;
        let middle = side / 2.0;
        for (projected, position) in self.projected.iter_mut().zip(&self.positions) {
            let near = 1.0 / (distance - position.z).max(1.0);
            *projected = Vector::new(middle + position.x * near * scale, middle - position.y * near * scale, near);
        }
    }

    /// Finds how much of the main light reaches each vertex: a map of depths from the light, compared at several places.
    fn cast_shadows(&mut self, scene: &Scene) {
        let toward = scene.key.direction();
        let up = if toward.y.abs() < 0.9 { Vector::new(0.0, 1.0, 0.0) } else { Vector::new(0.0, 0.0, 1.0) };
        let across = up.cross(toward).unit();
        let up = toward.cross(across);
        let scale = SHADOW_SIDE as f32 / SHADOW_EXTENT;
        let middle = SHADOW_SIDE as f32 / 2.0;
        let place = |point: Vector| {
            Vector::new(middle + point.dot(across) * scale, middle + point.dot(up) * scale, point.dot(toward))
        };
        self.shadow.clear();
        self.shadow.resize(SHADOW_SIDE * SHADOW_SIDE, f32::MIN);
        for (slot, &position) in self.projected.iter_mut().zip(&self.positions) {
            *slot = place(position);
        }
        for (triangle, material) in self.triangles.iter().zip(&self.materials) {
            if *material == Material::Skin {
                fill_depth(&mut self.shadow, triangle.map(|vertex| self.projected[usize::from(vertex)]));
            }
        }
        // soft light: further apart
        let softness = scene.key.softness.clamp(0.0, 1.0);
        let step = 0.5 + softness * 1.5;
        // lashes are too dark to show how much light they get
        let first = self.model + 2 * eyes::VERTICES;
        let lashes = first..first + 2 * lashes::VERTICES;
        for index in 0..self.positions.len() {
            if lashes.contains(&index) {
                continue;
            }
            let normal = self.normals[index];
            let lift = if index < self.model { SHADOW_BIAS } else { 0.1 };
            let start = place(self.positions[index] + normal * lift);
            let mut open = 0.0;
            for row in -2..=2 {
                for column in -2..=2 {
                    let read =
                        |along: f32, offset: i32| (along + offset as f32 * step).clamp(0.0, SHADOW_SIDE as f32 - 1.0);
                    let (x, y) = (read(start.x, column) as usize, read(start.y, row) as usize);
                    let above = self.shadow[y * SHADOW_SIDE + x] - start.z;
                    open += 1.0 - (above * 2.5).clamp(0.0, 1.0);
                }
            }
            let lit = open / 25.0;
            // what faces away shadows itself, and is dark without a shadow too
            let away = 0.7 * smooth_step(0.15, -0.1, normal.dot(toward));
            self.lit[index] = lit + (1.0 - lit) * away;
        }
    }
}

/// Draws a triangle into a map of depths; cells that it touches keep the largest depth.
fn fill_depth(map: &mut [f32], [a, b, c]: [Vector; 3]) {
    let area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    let last = SHADOW_SIDE as f32 - 1.0;
    let range = |from: f32, to: f32| (from.clamp(0.0, last) as usize)..=(to.clamp(0.0, last) as usize);
    let rows = range(a.y.min(b.y).min(c.y), a.y.max(b.y).max(c.y));
    let columns = range(a.x.min(b.x).min(c.x), a.x.max(b.x).max(c.x));
    // neither almost a line, nor with a corner that is no finite place
    if !(1e-9..1e12).contains(&area.abs()) {
        return;
    }
    let small = rows.end() - rows.start() <= 1 && columns.end() - columns.start() <= 1;
    let depth = a.z.min(b.z).min(c.z);
    for row in rows {
        for column in columns.clone() {
            let (x, y) = (column as f32 + 0.5, row as f32 + 0.5);
            let first = ((b.x - x) * (c.y - y) - (b.y - y) * (c.x - x)) / area;
            let second = ((c.x - x) * (a.y - y) - (c.y - y) * (a.x - x)) / area;
            let third = 1.0 - first - second;
            let here = &mut map[row * SHADOW_SIDE + column];
            if first >= 0.0 && second >= 0.0 && third >= 0.0 {
                *here = here.max(first * a.z + second * b.z + third * c.z);
            } else if small {
                *here = here.max(depth);
            }
        }
    }
}
