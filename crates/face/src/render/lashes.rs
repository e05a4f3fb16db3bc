//! Lashes: a few narrow strips for each lid, which stand on its edge and turn with it.

use crate::model::Ball;
use crate::vector::Vector;

/// Strips of an upper and a lower lid: each stands for some lashes, which are narrower than a sample.
const STRIPS: [usize; 2] = [24, 13];

/// Length of the longest strips, in centimetres: people's upper lashes have 0.7 to 1.2, of which the thin ends are left out.
const LENGTH: f32 = 0.6;

/// Width of a strip at its root, in centimetres.
const WIDTHS: [f32; 2] = [0.055, 0.035];

/// Vertices of a strip: two at its root, two in its middle, and its tip.
const CORNERS: usize = 5;

/// Vertices of the lashes of an eye.
pub(super) const VERTICES: usize = (STRIPS[0] + STRIPS[1]) * CORNERS;

/// Triangles of the lashes of an eye; they are seen from both sides.
pub(super) fn triangles() -> impl Iterator<Item = [u16; 3]> {
    (0..VERTICES as u16).step_by(CORNERS).flat_map(|root| {
        [[0, 1, 2], [2, 1, 3], [2, 3, 4]].map(|triangle: [u16; 3]| triangle.map(|corner| root + corner))
    })
}

/// Adds the vertices of the lashes of an eye, in the model's coordinates: from the landmarks of its opening (left corner, upper
/// lid (two), right corner, lower lid (two), as the viewer sees them from left to right and back), with a length from 0 (none)
/// to 1. They follow the lids, whose edges turn with the landmarks about the eyeball.
pub(super) fn points(ball: Ball, corners: [Vector; 6], length: f32, mut add: impl FnMut(Vector)) {
    let [left, upper_left, upper_right, right, lower_right, lower_left] = corners;
    for (lid, points) in
        [[left, upper_left, upper_right, right], [left, lower_left, lower_right, right]].iter().enumerate()
    {
        for number in 0..STRIPS[lid] {
            strip(ball, points, lid, number, length * LENGTH).into_iter().for_each(&mut add);
        }
    }
}

/// The vertices of a strip of an upper (0) or a lower (1) lid.
#[inline(never)] // there are few strips, and their program should be small
fn strip(ball: Ball, points: &[Vector; 4], lid: usize, number: usize, length: f32) -> [Vector; CORNERS] {
    let share = (number as f32 + 0.5) / STRIPS[lid] as f32;
    // from the inner corner, where there are none, outwards
    let is_left = ball.centre.x > 0.0;
    let outer = if is_left { share } else { 1.0 - share };
    let place = 0.12 + 0.86 * outer;
    let (edge, along) = curve(points, if is_left { place } else { 1.0 - place });
    let out = (edge - ball.centre).unit();
    let up = out.cross(along);
    let fan = along * if is_left { outer - 0.4 } else { 0.4 - outer };
    // not all are equally long
    let length = length * (0.85 + 0.15 * [0.3, 1.0, 0.0, 0.7][number % 4]);
    let (rise, curl, length) = if lid == 0 {
        // first away from the eye, then up in front of the lid
        (0.9 * out.y, 0.25 + 1.1 * out.y, length * (0.7 + 0.3 * outer))
    } else {
        (0.9 * out.y - 0.1, -0.1, length * 0.45)
    };
    let direction = (out + up * rise + fan * 0.5).unit();
    let root = edge + out * 0.05;
    // strips without length have no width, and are not drawn
    let half = if length > 0.0 { along * (WIDTHS[lid] / 2.0) } else { Vector::ZERO };
    let middle = root + direction * (0.55 * length);
    let tip = root + (direction + up * curl) * length;
    [root - half, root + half, middle - half * 0.7, middle + half * 0.7, tip]
}

/// A point of a smooth curve through four (Catmull & Rom), and its direction there, at a place from 0 to 1.
fn curve(&[a, b, c, d]: &[Vector; 4], place: f32) -> (Vector, Vector) {
    let third = place.clamp(0.0, 0.9999) * 3.0;
    let t = third - (third as usize) as f32;
    let [before, from, to, after] = match third as usize {
        0 => [a, a, b, c],
        1 => [a, b, c, d],
        _ => [b, c, d, d],
    };
    let linear = to - before;
    let square = before * 2.0 - from * 5.0 + to * 4.0 - after;
    let cube = (from - to) * 3.0 + after - before;
    let point = from + (linear + (square + cube * t) * t) * (0.5 * t);
    let direction = linear + (square * 2.0 + cube * (3.0 * t)) * t;
    (point, direction.unit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A left eye about the origin; the upper lid is at this height.
    fn lashes(height: f32) -> Vec<Vector> {
        let at = |x: f32, y: f32| Vector::new(x, y, (2.25 - x * x - y * y).max(0.0).sqrt());
        let corners = [at(-1.2, 0.0), at(-0.4, height), at(0.4, height), at(1.2, 0.0), at(0.4, -0.5), at(-0.4, -0.5)];
        let ball = Ball { centre: Vector::new(3.0, 0.0, 0.0), radius: 1.5 };
        let corners = corners.map(|corner| corner + ball.centre);
        let mut all = Vec::new();
        points(ball, corners, 1.0, |point| all.push(point - ball.centre));
        all
    }

    #[test]
    fn a_curve_goes_through_its_points() {
        let points = [0.0, 1.0, 3.0, 4.0].map(|x| Vector::new(x, x * x, 0.0));
        for (index, point) in points.into_iter().enumerate() {
            assert!((curve(&points, index as f32 / 3.0).0 - point).length() < 0.01, "{index}");
        }
        assert!(curve(&points, 0.5).1.x > 0.2);
    }

    #[test]
    fn lashes_stand_on_the_lids_and_turn_down_as_they_close() {
        let open = lashes(0.6);
        assert_eq!(open.len(), VERTICES);
        assert!(triangles().flatten().all(|vertex| usize::from(vertex) < VERTICES));
        assert_eq!(triangles().count(), VERTICES / CORNERS * 3);
        let strips = |all: Vec<Vector>| all.chunks(CORNERS).map(|strip| strip[4] - strip[0]).collect::<Vec<_>>();
        let (open, closed) = (strips(open), strips(lashes(-0.45)));
        let (upper, lower) = open.split_at(STRIPS[0]);
        assert!(upper.iter().all(|way| way.y > 0.02 && way.z > 0.1 && way.length() < 1.2), "{upper:?}");
        assert!(lower.iter().all(|way| way.y < 0.0 && way.length() < 0.4), "{lower:?}");
        for (open, closed) in upper.iter().zip(&closed).skip(6).take(12) {
            assert!(closed.y < open.y - 0.3, "{open:?} {closed:?}");
        }
        // outwards at the outer corner, inwards at the inner one
        assert!(upper[STRIPS[0] - 1].x > 0.1 && upper[0].x < 0.0, "{upper:?}");
    }
}
