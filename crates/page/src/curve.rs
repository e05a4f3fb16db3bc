//! Zoom and smoothing of curves.

/// Maximum number of points of a drawn line; more would exceed the pixels.
const DRAWN: usize = 300;

/// The smoothing window is this fraction of the visible range.
const SMOOTHNESS: usize = 24;

/// Minimum visible fraction of the run.
const CLOSEST: f32 = 1.0 / 64.0;

/// The visible range, by centre and width, as fractions of the run so far.
#[derive(Clone, Copy, PartialEq)]
pub struct View {
    middle: f32,
    width: f32,
}

/// All of the run.
pub const WHOLE: View = View { middle: 0.5, width: 1.0 };

impl View {
    /// The same with its width changed.
    pub fn zoomed(self, factor: f32) -> Self {
        Self { width: (self.width * factor).clamp(CLOSEST, 1.0), ..self }.held()
    }

    /// The view moved right by a number of half widths.
    pub fn moved(self, steps: f32) -> Self {
        Self { middle: self.middle + steps * self.width / 2.0, ..self }.held()
    }

    fn held(self) -> Self {
        let half = self.width / 2.0;
        // Not `clamp`: it can panic with the limits, and the formatting of floats would add to the size of the wasm file.
        Self { middle: self.middle.max(half).min(1.0 - half), ..self }
    }

    /// Start and end of the range in a run of `end` epochs.
    pub fn range(self, end: f32) -> (f32, f32) {
        ((self.middle - self.width / 2.0) * end, (self.middle + self.width / 2.0) * end)
    }
}

/// The points within a range, averaged down to at most [`DRAWN`].
pub fn thinned(points: &[[f32; 2]], from: f32, to: f32) -> Vec<[f32; 2]> {
    let points: Vec<[f32; 2]> = points.iter().copied().filter(|point| (from..=to).contains(&point[0])).collect();
    points.chunks(points.len().div_ceil(DRAWN).max(1)).map(mean).collect()
}

fn mean(points: &[[f32; 2]]) -> [f32; 2] {
    let count = points.len() as f32;
    [0, 1].map(|axis| points.iter().map(|point| point[axis]).sum::<f32>() / count)
}

/// A centred moving average.
pub fn smoothed(points: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let reach = points.len() / SMOOTHNESS / 2 + usize::from(points.len() > 4);
    let window = |index: usize| &points[index.saturating_sub(reach)..(index + reach + 1).min(points.len())];
    (0..points.len()).map(|index| [points[index][0], mean(window(index))[1]]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_closer_stays_within_the_run() {
        let view = WHOLE.zoomed(0.5).moved(5.0);
        assert_eq!(view.range(8.0), (4.0, 8.0));
        assert_eq!(view.moved(-1.0).range(8.0), (2.0, 6.0));
        assert!(view.zoomed(8.0) == WHOLE && WHOLE.zoomed(1e-9).width == CLOSEST);
    }

    #[test]
    fn a_long_curve_is_drawn_by_its_means() {
        let points: Vec<[f32; 2]> =
            (0..3000).map(|index| [index as f32, if index % 2 == 0 { 0.0 } else { 2.0 }]).collect();
        let drawn = thinned(&points, 0.0, 3000.0);
        assert!(drawn.len() <= DRAWN && drawn.iter().all(|point| point[1] == 1.0));
        assert_eq!(thinned(&points, 10.0, 12.0), [[10.0, 0.0], [11.0, 2.0], [12.0, 0.0]]);
        assert_eq!(smoothed(&[[0.0, 1.0], [1.0, 3.0]]), [[0.0, 1.0], [1.0, 3.0]]);
    }

    #[test]
    fn moving_stops_at_both_ends() {
        let quarter = WHOLE.zoomed(0.25);
        assert_eq!(quarter.range(8.0), (3.0, 5.0), "around the middle");
        assert_eq!(quarter.moved(-100.0).range(8.0), (0.0, 2.0));
        assert_eq!(quarter.moved(100.0).range(8.0), (6.0, 8.0));
        assert_eq!(WHOLE.moved(1.0).range(8.0), (0.0, 8.0), "all of it has nowhere to go");
        assert_eq!(quarter.moved(100.0).zoomed(2.0).range(8.0), (4.0, 8.0), "a wider view stays within the run");
    }

    #[test]
    fn curves_without_points_or_in_an_empty_range_are_empty() {
        assert!(thinned(&[], 0.0, 1.0).is_empty() && smoothed(&[]).is_empty());
        assert!(thinned(&[[1.0, 1.0]], 2.0, 3.0).is_empty());
        assert_eq!(thinned(&[[1.0, 5.0]], 1.0, 1.0), [[1.0, 5.0]], "both ends belong to the range");
    }

    #[test]
    fn smoothing_averages_neighbours_and_keeps_places() {
        let points: Vec<[f32; 2]> = (0..5).map(|index| [index as f32, if index == 2 { 3.0 } else { 0.0 }]).collect();
        assert_eq!(smoothed(&points), [[0.0, 0.0], [1.0, 1.0], [2.0, 1.0], [3.0, 1.0], [4.0, 0.0]]);
    }
}
