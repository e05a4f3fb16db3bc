//! Glasses: a thin frame of two rims, a bridge and two temples, fitted to a face at rest. It has no lenses: clear ones without
//! reflections would not be seen.

use crate::model::{Ball, LANDMARKS};
use crate::vector::Vector;

/// Points around a rim, and along the bridge and a temple.
const RIM: usize = 28;
const BRIDGE: usize = 7;
const TEMPLE: usize = 10;

/// Corners of the frame's cross section.
const CORNERS: usize = 4;

/// Half the thickness of the frame, in centimetres.
const RADIUS: f32 = 0.1;

/// The smallest distance between the middle of the frame and the skin, in centimetres.
const CLEARANCE: f32 = 0.22;

/// Half the distance of the eyes for which a frame has its usual size, in centimetres.
const USUAL_EYES: f32 = 3.12;

/// The points around which skin is looked for, in centimetres: a little more than the distance of neighbouring vertices.
const REACH: f32 = 0.35;

/// Upwards.
const UP: Vector = Vector::new(0.0, 1.0, 0.0);

/// Vertices of a frame.
pub(crate) const VERTICES: usize = (2 * RIM + BRIDGE + 2 * TEMPLE) * CORNERS;

/// The parts of a frame: how many points each has, and whether it ends where it begins.
const PARTS: [(usize, bool); 5] = [(RIM, true), (RIM, true), (BRIDGE, false), (TEMPLE, false), (TEMPLE, false)];

/// Triangles of a frame, counter-clockwise from outside.
pub(crate) fn triangles() -> Vec<[u16; 3]> {
    let mut triangles = Vec::new();
    let mut first = 0;
    for (points, is_closed) in PARTS {
        for section in 0..if is_closed { points } else { points - 1 } {
            for corner in 0..CORNERS {
                // at most a few hundred
                let at =
                    |section: usize, corner: usize| ((first + section % points) * CORNERS + corner % CORNERS) as u16;
                let [a, b] = [at(section, corner), at(section, corner + 1)];
                let [c, d] = [at(section + 1, corner + 1), at(section + 1, corner)];
                triangles.extend([[a, b, c], [a, c, d]]);
            }
        }
        first += points;
    }
    triangles
}

/// A face at rest: the vertices of its skin, in the model's coordinates.
struct Face<'a> {
    skin: &'a [Vector],
    /// Of the plane between the two halves.
    middle: f32,
}

impl Face<'_> {
    /// How far forward the skin is around a place, if there is any.
    #[inline(never)] // glasses are fitted once, and their program should be small
    fn front(&self, x: f32, y: f32) -> f32 {
        let is_near = |point: &&Vector| {
            let (x, y) = (point.x - x, point.y - y);
            x * x + y * y < REACH * REACH
        };
        self.skin.iter().filter(is_near).map(|point| point.z).fold(0.0, f32::max)
    }

    /// How far from the middle the skin of a side (1 or −1) is around a place.
    #[inline(never)]
    fn side(&self, side: f32, y: f32, z: f32) -> f32 {
        let is_near = |point: &&Vector| (point.y - y).abs() < REACH && (point.z - z).abs() < REACH;
        self.skin.iter().filter(is_near).map(|point| (point.x - self.middle) * side).fold(0.0, f32::max)
    }
}

/// The vertices of a frame that fits a face, from the skin's vertices, the eyeballs and the landmarks at rest.
pub(crate) fn fit(skin: &[Vector], eyes: &[Ball; 2], landmarks: &[Vector; LANDMARKS]) -> Vec<Vector> {
    let [right, left] = eyes.map(|eye| eye.centre);
    let face = Face { skin, middle: f32::midpoint(right.x, left.x) };
    let apart = ((left.x - right.x) / 2.0).clamp(2.0, 5.0);
    let size = apart / USUAL_EYES;
    let (across, up) = (apart + 0.15 * size, f32::midpoint(right.y, left.y) - 0.3 * size);
    // a rim, from outside upwards: between an ellipse and a rectangle. Vectors in place of arrays: loops over these are unrolled
    let mut rim = Vec::new();
    for point in 0..RIM {
        let angle = std::f32::consts::TAU * point as f32 / RIM as f32;
        let (x, y) = (libm::cosf(angle), libm::sinf(angle));
        let square = 1.0 / (x * x * x * x + y * y * y * y).sqrt().sqrt();
        let stretch = f32::midpoint(1.0, square) * size;
        rim.push((across + 2.35 * stretch * x, 1.75 * stretch * y));
    }
    // the lower edge is nearer to the cheeks, the outer one further back
    let lean = |x: f32, y: f32| 0.1 * y - 0.07 * (x - across);
    let cornea = eyes.iter().map(|eye| eye.centre.z + 1.1 * eye.radius).fold(0.0, f32::max);
    let mut plane = cornea + 0.9;
    for side in [-1.0, 1.0] {
        for &(x, y) in &rim {
            plane = plane.max(face.front(face.middle + side * x, up + y) + CLEARANCE - lean(x, y));
        }
    }
    let plane = plane.min(cornea + 2.5);
    let place = |side: f32, (x, y): (f32, f32)| Vector::new(face.middle + side * x, up + y, plane + lean(x, y));

    let mut vertices = Vec::with_capacity(VERTICES);
    for side in [-1.0, 1.0] {
        let path: Vec<Vector> = rim.iter().map(|&point| place(side, point)).collect();
        tube(&path, true, Vector::new(0.0, 0.0, side), &mut vertices);
    }
    tube(&bridge(&face, [-1.0, 1.0].map(|side| place(side, rim[RIM / 2 - 2])), size), false, UP, &mut vertices);
    for (side, ear) in [(-1.0, landmarks[0]), (1.0, landmarks[16])] {
        tube(&temple(&face, side, place(side, rim[2]), ear, size), false, UP, &mut vertices);
    }
    vertices
}

/// The path of the bridge from one rim's inner edge to the other's, up and forward over the nose.
fn bridge(face: &Face<'_>, [from, to]: [Vector; 2], size: f32) -> Vec<Vector> {
    let mut path = Vec::new();
    let mut lift = 0.1_f32;
    for point in 0..BRIDGE {
        let share = point as f32 / (BRIDGE - 1) as f32;
        let arch = 4.0 * share * (1.0 - share);
        let mut at = from.toward(to, share);
        at.y += 0.25 * size * arch;
        if arch > 0.0 {
            lift = lift.max((face.front(at.x, at.y) + CLEARANCE - at.z) / arch);
        }
        path.push((at, arch));
    }
    let lift = lift.min(1.5);
    path.into_iter().map(|(at, arch)| at + Vector::new(0.0, 0.0, lift * arch)).collect()
}

/// The path of a temple from the rim's outer edge to behind the ear, whose upper end is above the landmark before it.
fn temple(face: &Face<'_>, side: f32, hinge: Vector, ear: Vector, size: f32) -> Vec<Vector> {
    let top = ear.y + 0.25 * size;
    let begin = hinge.z - 0.4 * size;
    // where the ear begins, and where the temple ends behind it
    let (root, end) = (ear.z - 2.2 * size, ear.z - 3.4 * size);
    let outer = (hinge.x - face.middle) * side + 0.3 * size;
    let beside = face.side(side, top, root) + CLEARANCE;
    let place = |x: f32, y: f32, z: f32| Vector::new(face.middle + side * x, y, z);
    let mut path = vec![hinge];
    let between = TEMPLE - 3;
    for point in 0..between {
        let share = point as f32 / (between - 1) as f32;
        let (y, z) = (hinge.y + (top - hinge.y) * share, begin + (root - begin) * share);
        path.push(place((outer + (beside - outer) * share).max(face.side(side, y, z) + CLEARANCE), y, z));
    }
    path.push(place(beside, top, root - 0.5 * size));
    path.push(place(beside - 0.8, top - 0.2 * size, end));
    path
}

/// Adds the vertices of a tube along a path: for each point, the corners of a square that is seen along the path. `up` is where
/// the first corner is.
#[inline(never)]
fn tube(path: &[Vector], is_closed: bool, up: Vector, vertices: &mut Vec<Vector>) {
    let last = path.len() - 1;
    for (index, &point) in path.iter().enumerate() {
        let (before, after) = match index {
            0 if is_closed => (path[last], path[1]),
            0 => (path[0], path[1]),
            index if index < last => (path[index - 1], path[index + 1]),
            _ if is_closed => (path[last - 1], path[0]),
            _ => (path[last - 1], path[last]),
        };
        let along = (after - before).unit();
        let across = along.cross(up).unit();
        let up = across.cross(along);
        vertices.extend([up, across, up * -1.0, across * -1.0].map(|way| point + way * RADIUS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::add_normals;

    #[test]
    fn every_triangle_is_seen_from_outside() {
        // a flat face in front of which the frame is
        let skin: Vec<Vector> = (-90..90)
            .flat_map(|x| (-20..60).map(move |y| Vector::new(x as f32 / 10.0, y as f32 / 10.0, 9.0)))
            .collect();
        let eyes = [-3.1, 3.1].map(|x| Ball { centre: Vector::new(x, 3.6, 8.0), radius: 1.5 });
        let mut landmarks = [Vector::ZERO; LANDMARKS];
        landmarks[0] = Vector::new(-7.4, 3.7, 3.7);
        landmarks[16] = Vector::new(7.4, 3.7, 3.7);
        let vertices = fit(&skin, &eyes, &landmarks);
        assert_eq!(vertices.len(), VERTICES);
        let triangles = triangles();
        let mut used = vec![false; VERTICES];
        triangles.iter().flatten().for_each(|vertex| used[usize::from(*vertex)] = true);
        assert!(used.iter().all(|used| *used));
        let mut normals = vec![Vector::ZERO; VERTICES];
        add_normals(&vertices, &triangles, &mut normals);
        for (section, normals) in vertices.chunks(CORNERS).zip(normals.chunks(CORNERS)) {
            let middle = section.iter().fold(Vector::ZERO, |sum, &point| sum + point) * 0.25;
            for (&point, normal) in section.iter().zip(normals) {
                assert!((point - middle).unit().dot(*normal) > 0.5, "{point:?} {normal:?}");
            }
        }
    }
}
