//! The map of the skin's colours, painted for a person.
//!
//! Its coordinates are those of the mean face on a cylinder about the vertical axis: to the person's left and up, in
//! centimetres.

use crate::appearance::Appearance;
use crate::model::FaceModel;
use crate::numbers::Numbers;
use crate::vector::{Vector, smooth_step};

/// Radius of the cylinder in centimetres.
const RADIUS: f32 = 10.0;

/// Cells across and down.
const WIDTH: usize = 640;
const HEIGHT: usize = 512;

/// The place of the first cell, and the size of a cell, in centimetres.
const LEFT: f32 = -21.0;
const TOP: f32 = 13.5;
const CELL: [f32; 2] = [42.0 / WIDTH as f32, 26.0 / HEIGHT as f32];

/// The coordinates of the vertices of a model's skin.
pub(crate) fn map_coordinates(model: &FaceModel) -> Vec<[f32; 2]> {
    model.mean().into_iter().take(model.skin).map(|point| [libm::atan2f(point.x, point.z) * RADIUS, point.y]).collect()
}

/// Where there is hair, 0 to 1.
pub(crate) fn hair_share([across, up]: [f32; 2], appearance: &Appearance) -> f32 {
    if appearance.hair <= 0.0 {
        return 0.0;
    }
    let side = across.abs();
    // high above the forehead, then down to the ears and behind them
    let line = if side < 7.0 {
        9.6 - 0.035 * side * side
    } else if side < 10.0 {
        7.9 - (side - 7.0) * 1.2
    } else {
        4.3 - (side - 10.0) * 0.2
    };
    let line = line + appearance.hairline * smooth_step(9.0, 4.0, side);
    let scalp = smooth_step(-0.5, 0.9, up - line);
    // behind the ears, down to the neck
    let behind = smooth_step(18.0, 19.5, side) * smooth_step(-5.0, -3.5, up);
    scalp.max(behind)
}

/// Reflectance in linear sRGB, and shine, cell by cell.
#[derive(Clone)]
pub(crate) struct AlbedoMap {
    cells: Vec<[f32; 4]>,
    seed: u32,
}

impl AlbedoMap {
    /// The colours and the shine at a place.
    pub fn sample(&self, [across, up]: [f32; 2]) -> [f32; 4] {
        let x = ((across - LEFT) / CELL[0] - 0.5).clamp(0.0, WIDTH as f32 - 1.001);
        let y = ((TOP - up) / CELL[1] - 0.5).clamp(0.0, HEIGHT as f32 - 1.001);
        let (column, row) = (x as usize, y as usize);
        let (right, down) = (x - column as f32, y - row as f32);
        let at = row * WIDTH + column;
        let [a, b, c, d] = [at, at + 1, at + WIDTH, at + WIDTH + 1].map(|cell| self.cells[cell]);
        std::array::from_fn(|channel| {
            let top = a[channel] + (b[channel] - a[channel]) * right;
            let bottom = c[channel] + (d[channel] - c[channel]) * right;
            top + (bottom - top) * down
        })
    }

    /// The pattern of an iris, 0 to 1, at a place relative to its middle.
    pub fn fibres(&self, across: f32, up: f32) -> f32 {
        // by direction only, without an arc tangent
        let length = (across * across + up * up).sqrt().max(1e-4);
        noise(across / length * 7.0, up / length * 7.0, self.seed)
    }

    /// Paints the map of a person.
    pub fn paint(model: &FaceModel, appearance: &Appearance) -> Self {
        let mut painter = Painter::new(model, appearance);
        painter.skin();
        painter.lips();
        painter.lids();
        painter.beard();
        painter.brows();
        painter.hair();
        Self { cells: painter.cells, seed: painter.seed }
    }
}

struct Painter<'a> {
    appearance: &'a Appearance,
    landmarks: Vec<[f32; 2]>,
    cells: Vec<[f32; 4]>,
    seed: u32,
}

impl<'a> Painter<'a> {
    fn new(model: &FaceModel, appearance: &'a Appearance) -> Self {
        let coordinates = map_coordinates(model);
        let landmarks = model.landmarks.iter().map(|&vertex| coordinates[usize::from(vertex)]).collect();
        // the lower half is as random as the whole
        let seed = appearance.seed as u32 ^ (appearance.seed >> 32) as u32;
        Self { appearance, landmarks, cells: vec![[0.0; 4]; WIDTH * HEIGHT], seed }
    }

    /// Changes the cells within a rectangle, given by the largest and smallest coordinates.
    fn change(&mut self, [left, bottom]: [f32; 2], [right, top]: [f32; 2], change: impl Fn([f32; 2], &mut [f32; 4])) {
        let column = |across: f32| ((across - LEFT) / CELL[0]).clamp(0.0, WIDTH as f32) as usize;
        let row = |up: f32| ((TOP - up) / CELL[1]).clamp(0.0, HEIGHT as f32) as usize;
        for y in row(top)..(row(bottom) + 1).min(HEIGHT) {
            for x in column(left)..(column(right) + 1).min(WIDTH) {
                let place = [LEFT + (x as f32 + 0.5) * CELL[0], TOP - (y as f32 + 0.5) * CELL[1]];
                change(place, &mut self.cells[y * WIDTH + x]);
            }
        }
    }

    fn change_all(&mut self, change: impl Fn([f32; 2], &mut [f32; 4])) {
        self.change([-100.0, -100.0], [100.0, 100.0], change);
    }

    fn skin(&mut self) {
        let (appearance, seed) = (*self.appearance, self.seed);
        let base = appearance.skin.albedo();
        self.change_all(|[across, up], cell| {
            let patches = noise(across * 0.35, up * 0.35, seed) + 0.5 * noise(across * 0.9, up * 0.9, seed ^ 1) - 0.75;
            let pores = noise(across * 7.0, up * 7.0, seed ^ 2) - 0.5;
            let near = |x: f32, y: f32, size: f32| {
                let (x, y) = ((across.abs() - x) / size, (up - y) / size);
                smooth_step(1.0, 0.0, x * x + y * y)
            };
            let red = near(4.6, 0.0, 3.2)
                .max(0.9 * near(0.0, 0.3, 1.7))
                .max(0.5 * near(0.0, -6.3, 1.8))
                .max(near(12.5, 2.0, 2.5));
            let red = red * appearance.redness;
            let below_eyes = near(3.0, 2.2, 1.6);
            let level = 1.0 + 0.07 * patches + 0.05 * pores - 0.10 * below_eyes;
            let colour = base.times(Vector::new(1.0 + 0.02 * red, 1.0 - 0.20 * red, 1.0 - 0.16 * red)) * level;
            // forehead, nose and chin shine most
            let shine = 0.35
                + 0.65
                    * near(0.0, 1.5, 2.8)
                        .max(near(0.0, 8.0, 4.5))
                        .max(0.7 * near(0.0, -6.5, 2.2))
                        .max(0.5 * near(4.4, 1.2, 2.0));
            *cell = [colour.x, colour.y, colour.z, 0.16 * appearance.shine * shine];
        });
    }

    fn lips(&mut self) {
        let outline = smooth_closed(&self.landmarks[48..60]);
        let (seed, strength) = (self.seed, self.appearance.lips);
        let tint = Vector::new(0.90, 0.58, 0.58).toward(Vector::new(0.86, 0.36, 0.40), strength);
        self.change([-3.6, -5.2], [3.6, -1.6], |place, cell| {
            let inside = smooth_step(0.14, -0.14, distance_to_outline(&outline, place));
            let lines = noise(place[0] * 9.0, place[1] * 1.5, seed ^ 3) - 0.5;
            let factor = Vector::splat(1.0).toward(tint * (1.0 + 0.18 * lines), inside);
            multiply(cell, factor);
            cell[3] += 0.06 * inside;
            // the line between the lips
            let between = smooth_step(0.28, 0.05, (place[1] + 3.38).abs()) * smooth_step(2.5, 1.9, place[0].abs());
            multiply(cell, Vector::splat(1.0 - 0.35 * between * inside));
        });
    }

    fn lids(&mut self) {
        let dark = self.appearance.lash_colour();
        for [outer, first, second, inner, fourth, fifth] in [[36, 37, 38, 39, 40, 41], [45, 44, 43, 42, 47, 46]] {
            let at = |index: usize| self.landmarks[index];
            let upper = smooth_open(&[at(outer), at(first), at(second), at(inner)]);
            let lower = smooth_open(&[at(outer), at(fifth), at(fourth), at(inner)]);
            let [from, to] = bounds(&upper, 1.2);
            let corner = at(inner);
            self.change(from, to, |place, cell| {
                let to_upper = distance_to_line(&upper, place);
                let to_lower = distance_to_line(&lower, place);
                let crease = smooth_step(0.9, 0.1, to_upper);
                multiply(cell, Vector::new(1.0, 0.93, 0.93).map(|factor| 1.0 - (1.0 - factor * 0.92) * crease));
                let rim = smooth_step(0.26, 0.06, to_lower.min(to_upper));
                multiply(cell, Vector::new(1.0, 0.80, 0.80).map(|factor| 1.0 - (1.0 - factor) * rim));
                let (x, y) = (place[0] - corner[0], place[1] - corner[1]);
                let caruncle = smooth_step(0.35, 0.05, (x * x + y * y).sqrt());
                multiply(cell, Vector::new(1.0, 0.72, 0.70).map(|factor| 1.0 - (1.0 - factor) * caruncle));
                cover(cell, dark, 0.92 * smooth_step(0.17, 0.05, to_upper) * (1.0 - 0.8 * caruncle));
                cover(cell, dark, 0.40 * smooth_step(0.10, 0.03, to_lower) * (1.0 - caruncle));
            });
        }
    }

    fn brows(&mut self) {
        let appearance = *self.appearance;
        let mut numbers = Numbers::new(appearance.seed, 41);
        for side in [[21, 20, 19, 18, 17], [22, 23, 24, 25, 26]] {
            // the landmarks are on the upper edge, from the inner end on
            let mut points = side.map(|index| self.landmarks[index]);
            for (point, below) in points.iter_mut().zip([0.42, 0.24, 0.13, 0.10, 0.10]) {
                point[1] -= below;
            }
            let line = smooth_open(&points);
            let sign = if line[0][0] < 0.0 { -1.0 } else { 1.0 };
            let height = |share: f32| {
                appearance.brow_height * if share < 0.55 { 0.85 + 0.25 * share } else { 1.0 - 1.5 * (share - 0.55) }
            };
            // soft below the hairs
            let colour = appearance.hair_colour;
            let density = appearance.brow_density;
            let [from, to] = bounds(&line, 1.0);
            self.change(from, to, |place, cell| {
                let (share, offset) = along(&line, place);
                let edge = 1.0 - (offset / (height(share) * 0.5)).abs();
                let ends = smooth_step(-0.02, 0.10, share) * smooth_step(1.02, 0.85, share);
                cover(cell, colour, 0.55 * density * ends * smooth_step(0.0, 0.7, edge));
            });
            let hairs = (260.0 * density) as usize;
            for _ in 0..hairs {
                let share = numbers.uniform();
                let (place, direction) = point_on(&line, share);
                let offset = numbers.between(-0.5, 0.5) * height(share);
                // upwards near the nose, and outwards further on
                let upright = (1.0 - share * 2.2).clamp(-0.35, 1.0) + numbers.between(-0.2, 0.2);
                let along = [direction[0], direction[1]];
                let length = numbers.between(0.35, 0.65) * (1.0 - 0.35 * share);
                let start = [place[0] - sign * 0.15 * length, place[1] + offset - 0.3 * length * upright];
                let end = [
                    start[0] + length * along[0] * (1.0 - 0.5 * upright.abs()),
                    start[1] + length * (along[1] + 0.75 * upright),
                ];
                self.stroke(start, end, 0.045, appearance.hair_colour, 0.75);
            }
        }
    }

    fn beard(&mut self) {
        let appearance = *self.appearance;
        if appearance.beard <= 0.0 {
            return;
        }
        let seed = self.seed;
        let lips = smooth_closed(&self.landmarks[48..60]);
        self.change([-16.0, -12.0], [16.0, 4.0], |[across, up], cell| {
            let side = across.abs();
            // the upper edge: below the nose, down beside the mouth, and up to the ears
            let edge = if side < 6.5 {
                -1.5 - 0.12 * side - 1.3 * smooth_step(1.8, 4.2, side)
            } else {
                -3.58 + (side - 6.5) * 0.8
            };
            let below = smooth_step(0.5, -0.8, up - edge);
            let chin = smooth_step(-11.0, -8.0, up) * smooth_step(13.0, 11.0, side);
            let away = smooth_step(0.0, 0.3, distance_to_outline(&lips, [across, up]));
            let hairs = 0.65 + 0.7 * noise(across * 11.0, up * 8.0, seed ^ 4) * noise(across * 2.0, up * 2.0, seed ^ 5);
            let share = (appearance.beard * below * chin * away * hairs).clamp(0.0, 0.95);
            cover(cell, appearance.hair_colour, share);
            cell[3] *= 1.0 - 0.8 * share;
        });
    }

    fn hair(&mut self) {
        let appearance = *self.appearance;
        let seed = self.seed;
        self.change_all(|[across, up], cell| {
            let wave = 0.25 * noise(across * 2.5, up * 2.5, seed ^ 6) + 0.35 * noise(across * 8.0, up * 8.0, seed ^ 7);
            let share = hair_share([across, up + wave - 0.3], &appearance);
            let strands = 0.65 + 0.7 * noise(across * 10.0 + up, up * 2.0, seed ^ 8);
            cover(cell, appearance.hair_colour * strands, 0.97 * share);
            cell[3] *= 1.0 - 0.75 * share;
        });
    }

    /// Draws a line that is thin at its end.
    fn stroke(&mut self, start: [f32; 2], end: [f32; 2], width: f32, colour: Vector, strength: f32) {
        let [from, to] = bounds(&[start, end], width * 2.0);
        let (dx, dy) = (end[0] - start[0], end[1] - start[1]);
        let square = (dx * dx + dy * dy).max(1e-9);
        self.change(from, to, |[x, y], cell| {
            let share = (((x - start[0]) * dx + (y - start[1]) * dy) / square).clamp(0.0, 1.0);
            let (x, y) = (x - start[0] - dx * share, y - start[1] - dy * share);
            let width = width * (1.2 - 0.6 * share);
            cover(cell, colour, strength * smooth_step(width * 1.6, width * 0.4, (x * x + y * y).sqrt()));
        });
    }
}

fn multiply(cell: &mut [f32; 4], factor: Vector) {
    cell[0] *= factor.x;
    cell[1] *= factor.y;
    cell[2] *= factor.z;
}

fn cover(cell: &mut [f32; 4], colour: Vector, share: f32) {
    if share > 0.0 {
        let mixed = Vector::new(cell[0], cell[1], cell[2]).toward(colour, share);
        *cell = [mixed.x, mixed.y, mixed.z, cell[3]];
    }
}

/// The rectangle around points, with a margin.
fn bounds(points: &[[f32; 2]], margin: f32) -> [[f32; 2]; 2] {
    let least = |axis: usize| points.iter().map(|point| point[axis]).fold(f32::MAX, f32::min) - margin;
    let most = |axis: usize| points.iter().map(|point| point[axis]).fold(f32::MIN, f32::max) + margin;
    [[least(0), least(1)], [most(0), most(1)]]
}

/// Points of a curve between two points of four (Catmull & Rom).
const CURVE_POINTS: usize = 6;

fn curve([a, b, c, d]: [[f32; 2]; 4]) -> impl Iterator<Item = [f32; 2]> {
    (0..CURVE_POINTS).map(move |step| {
        let t = step as f32 / CURVE_POINTS as f32;
        [0, 1].map(|axis: usize| {
            let (a, b, c, d) = (a[axis], b[axis], c[axis], d[axis]);
            0.5 * (2.0 * b + t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * b - 3.0 * c + d - a))))
        })
    })
}

fn smooth_closed(points: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let at = |index: usize| points[index % points.len()];
    let count = points.len();
    (0..count).flat_map(|index| curve([at(index + count - 1), at(index), at(index + 1), at(index + 2)])).collect()
}

fn smooth_open(points: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let last = points.len() - 1;
    let at = |index: usize| points[index.min(last)];
    let mut line: Vec<[f32; 2]> = (0..last)
        .flat_map(|index| curve([at(index.saturating_sub(1)), at(index), at(index + 1), at(index + 2)]))
        .collect();
    line.push(points[last]);
    line
}

fn distance_to_segment([ax, ay]: [f32; 2], [bx, by]: [f32; 2], [x, y]: [f32; 2]) -> f32 {
    let (dx, dy) = (bx - ax, by - ay);
    let share = (((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy).max(1e-9)).clamp(0.0, 1.0);
    let (x, y) = (x - ax - dx * share, y - ay - dy * share);
    (x * x + y * y).sqrt()
}

fn distance_to_line(line: &[[f32; 2]], place: [f32; 2]) -> f32 {
    line.windows(2).map(|pair| distance_to_segment(pair[0], pair[1], place)).fold(f32::MAX, f32::min)
}

/// The distance to a closed outline, negative inside.
fn distance_to_outline(outline: &[[f32; 2]], place: [f32; 2]) -> f32 {
    let mut nearest = f32::MAX;
    let mut inside = false;
    for (index, &from) in outline.iter().enumerate() {
        let to = outline[(index + 1) % outline.len()];
        nearest = nearest.min(distance_to_segment(from, to, place));
        if (from[1] > place[1]) != (to[1] > place[1]) {
            let crossing = from[0] + (place[1] - from[1]) / (to[1] - from[1]) * (to[0] - from[0]);
            inside ^= place[0] < crossing;
        }
    }
    if inside { -nearest } else { nearest }
}

/// The place on a line, 0 to 1, that is nearest to a point, and how far the point is above it.
fn along(line: &[[f32; 2]], place: [f32; 2]) -> (f32, f32) {
    let mut best = (f32::MAX, 0.0, 0.0);
    for (index, pair) in line.windows(2).enumerate() {
        let distance = distance_to_segment(pair[0], pair[1], place);
        if distance < best.0 {
            let (dx, dy) = (pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]);
            let share = ((place[0] - pair[0][0]) * dx + (place[1] - pair[0][1]) * dy) / (dx * dx + dy * dy).max(1e-9);
            let whole = (index as f32 + share.clamp(0.0, 1.0)) / (line.len() - 1) as f32;
            best = (distance, whole, if place[1] > pair[0][1] + dy * share { distance } else { -distance });
        }
    }
    (best.1, best.2)
}

/// The point of a line at a place, 0 to 1, and the direction there.
fn point_on(line: &[[f32; 2]], share: f32) -> ([f32; 2], [f32; 2]) {
    let place = share.clamp(0.0, 0.9999) * (line.len() - 1) as f32;
    let index = place as usize;
    let (from, to) = (line[index], line[index + 1]);
    let rest = place - index as f32;
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let length = (dx * dx + dy * dy).sqrt().max(1e-6);
    ([from[0] + dx * rest, from[1] + dy * rest], [dx / length, dy / length])
}

/// Smooth noise, 0 to 1, with one value at each integer place.
fn noise(x: f32, y: f32, seed: u32) -> f32 {
    let (column, row) = (x.floor(), y.floor());
    let (right, down) = (x - column, y - row);
    let (right, down) = (right * right * (3.0 - 2.0 * right), down * down * (3.0 - 2.0 * down));
    let at = |dx: i32, dy: i32| {
        let mut hash = (column as i32 + dx).cast_unsigned().wrapping_mul(0x85eb_ca6b)
            ^ (row as i32 + dy).cast_unsigned().wrapping_mul(0xc2b2_ae35)
            ^ seed.wrapping_mul(0x27d4_eb2f);
        hash = (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d);
        hash = (hash ^ (hash >> 12)).wrapping_mul(0x297a_2d39);
        ((hash ^ (hash >> 15)) >> 8) as f32 / (1 << 24) as f32
    };
    let top = at(0, 0) + (at(1, 0) - at(0, 0)) * right;
    let bottom = at(0, 1) + (at(1, 1) - at(0, 1)) * right;
    top + (bottom - top) * down
}
