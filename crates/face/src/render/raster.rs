//! Which triangle each sample of a picture shows.

use super::mesh::Mesh;
use crate::vector::Vector;

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
        self.nearest.resize(side * side, 0.0);
        self.shown.clear();
        self.shown.resize(side * side, NONE);
        for (index, triangle) in (0..).zip(&mesh.triangles) {
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
        for row in top..bottom {
            let y = row as f32 + 0.5 - a.y;
            for column in left..right {
                let x = column as f32 + 0.5 - a.x;
                let second = x * second_across + y * second_down;
                let third = x * third_across + y * third_down;
                if second < 0.0 || third < 0.0 || second + third > 1.0 {
                    continue;
                }
                let near = a.z + second * depth_b + third * depth_c;
                let sample = row * side + column;
                if near > self.nearest[sample] {
                    self.nearest[sample] = near;
                    self.shown[sample] = index;
                }
            }
        }
    }
}
