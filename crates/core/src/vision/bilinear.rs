//! Bilinear interpolation between the centres of pixels; the border is repeated.

/// A position along an axis: two adjacent pixels, and the weight of the second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct AxisPosition {
    first: usize,
    second: usize,
    share: f32,
}

impl AxisPosition {
    /// The position of a coordinate among `length` pixels, at least one; the centre of the first pixel is at 0.
    #[inline]
    pub fn new(coordinate: f32, length: usize) -> Self {
        let last = length - 1;
        let coordinate = coordinate.clamp(0.0, last as f32);
        let first = coordinate as usize;
        Self { first, second: (first + 1).min(last), share: coordinate - first as f32 }
    }

    /// The position of the centre of pixel `index`, when `length` pixels are resized to `resized`.
    pub fn resized(index: usize, resized: usize, length: usize) -> Self {
        Self::new((index as f32 + 0.5) * (length as f32 / resized as f32) - 0.5, length)
    }
}

/// The interpolated value at a position; `read` returns that of a pixel by column and row.
#[inline]
pub(crate) fn bilinear(x: AxisPosition, y: AxisPosition, read: impl Fn(usize, usize) -> f32) -> f32 {
    let mix = |from: f32, to: f32, share: f32| from + (to - from) * share;
    let row = |row: usize| mix(read(x.first, row), read(x.second, row), x.share);
    mix(row(y.first), row(y.second), y.share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_between_centres_are_mixed_and_the_border_repeats() {
        let value = |x: f32, y: f32| {
            bilinear(AxisPosition::new(x, 2), AxisPosition::new(y, 2), |column, row| {
                [[0.0, 4.0], [8.0, 20.0]][row][column]
            })
        };
        assert_eq!([value(0.0, 0.0), value(1.0, 0.0), value(0.25, 0.0), value(0.0, 0.5)], [0.0, 4.0, 1.0, 4.0]);
        assert_eq!([value(0.5, 0.5), value(-3.0, -1.0), value(9.0, 9.0)], [8.0, 0.0, 20.0]);
        assert_eq!(AxisPosition::resized(0, 4, 2), AxisPosition::new(-0.25, 2));
        assert_eq!(AxisPosition::resized(2, 4, 2), AxisPosition::new(0.75, 2));
    }
}
