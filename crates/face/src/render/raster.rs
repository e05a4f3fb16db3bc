//! Which triangle each sample of a picture shows.

use wide::f32x4;

use super::mesh::Mesh;
use crate::vector::Vector;

/// Samples in a row that are computed at once.
const LANES: usize = 4;

/// No triangle.
const NONE: u32 = u32::MAX;

#[derive(Default)]
pub(super) struct Raster {
    /// The reciprocal of the depth of the nearest triangle.
    nearest: Vec<f32>,
    shown: Vec<u32>,
}

impl Raster {
    /// Draws all triangles of a mesh into a square with this side in samples.
    pub fn draw(&mut self, mesh: &Mesh, side: usize) {
        self.nearest.clear();
        // the last samples of a row are computed with those behind them
        self.nearest.resize(side * side + LANES, 0.0);
        self.shown.clear();
        self.shown.resize(side * side + LANES, NONE);
        for (index, triangle) in (0..).zip(mesh.shown()) {
            self.fill(triangle.map(|vertex| mesh.projected[usize::from(vertex)]), index, side);
        }
    }

    /// The triangle at a sample.
    pub fn triangle(&self, sample: usize) -> Option<usize> {
        let triangle = self.shown[sample];
        (triangle != NONE).then_some(triangle as usize)
    }

    fn fill(&mut self, [a, b, c]: [Vector; 3], index: u32, side: usize) {
        let area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
        // neither almost a line, nor with a corner that is no finite place
        if !(1e-6..1e12).contains(&area.abs()) {
            return;
        }
        let end = side as f32;
        // the first sample at or after a place, by its centre
        let bound = |place: f32| (place - 0.5).ceil().clamp(0.0, end) as usize;
        let (top, bottom) = (bound(a.y.min(b.y).min(c.y)), bound(a.y.max(b.y).max(c.y)));
        let (left, right) = (bound(a.x.min(b.x).min(c.x)), bound(a.x.max(b.x).max(c.x)));
        let scale = 1.0 / area;
        // shares of the corners b and c, and how they change
        let second_across = (c.y - a.y) * scale;
        let second_down = -(c.x - a.x) * scale;
        let third_across = -(b.y - a.y) * scale;
        let third_down = (b.x - a.x) * scale;
        let (depth_b, depth_c) = (b.z - a.z, c.z - a.z);
        let lanes = f32x4::splat;
        let offsets = f32x4::new([0.0, 1.0, 2.0, 3.0]);
        for row in top..bottom {
            let y = row as f32 + 0.5 - a.y;
            let (second_row, third_row) = (lanes(y * second_down), lanes(y * third_down));
            for column in (left..right).step_by(LANES) {
                let columns = lanes(column as f32) + offsets;
                let x = columns + lanes(0.5) - lanes(a.x);
                let second = x * lanes(second_across) + second_row;
                let third = x * lanes(third_across) + third_row;
                let inside = columns.simd_lt(lanes(right as f32))
                    & lanes(0.0).simd_le(second)
                    & lanes(0.0).simd_le(third)
                    & (second + third).simd_le(lanes(1.0));
                if inside.to_bitmask() == 0 {
                    continue;
                }
                let near = lanes(a.z) + second * lanes(depth_b) + third * lanes(depth_c);
                let sample = row * side + column;
                let (Some(nearest), Some(shown)) = (
                    self.nearest[sample..].first_chunk_mut::<LANES>(),
                    self.shown[sample..].first_chunk_mut::<LANES>(),
                ) else {
                    continue;
                };
                let before = f32x4::new(*nearest);
                let is_nearer = inside & near.simd_gt(before);
                *nearest = is_nearer.select(near, before).to_array();
                let is_nearer = is_nearer.to_bitmask();
                for (lane, shown) in shown.iter_mut().enumerate() {
                    if is_nearer >> lane & 1 == 1 {
                        *shown = index;
                    }
                }
            }
        }
    }
}
