//! Heatmaps: how much each pixel of a crop contributes to a class.

use super::face_region::FaceRegion;
use super::pixmap::{Pixmap, overlay};
use crate::vision::{AxisPosition, CROP_SIDE, bilinear};

/// Pixels of the image per pixel of the crop, in each direction: enough for smooth lines.
const SCALE: usize = 3;

/// Width of the outlines, in pixels of the image.
const LINE: usize = 2;

/// Values are strong from this share of the largest value.
const STRONG: f32 = 0.5;

/// Minimum share of the strong values for a region of the face to be named.
const WORTH_NAMING: f32 = 0.08;

/// A value for each pixel of a crop, row by row: positive where it contributes to a class, negative where it contradicts it.
#[derive(Clone, Debug, PartialEq)]
pub struct Heatmap(Vec<f32>);

impl Heatmap {
    /// A heatmap from a coarser grid, enlarged bilinearly. NaN and infinity become 0.
    pub fn from_grid(values: &[f32], width: usize) -> Self {
        Self(enlarged(values, width, CROP_SIDE))
    }

    /// The values, row by row.
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// The largest value; 0 if no value is positive.
    pub fn peak(&self) -> f32 {
        self.0.iter().copied().fold(0.0, f32::max)
    }

    /// Column and row of the largest value; `None` if no value is positive.
    pub fn strongest(&self) -> Option<(usize, usize)> {
        let (place, _) =
            self.0.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1)).filter(|(_, peak)| **peak > 0.0)?;
        Some((place % CROP_SIDE, place / CROP_SIDE))
    }

    /// The distribution of the strong values (at least half of the largest) over the regions of a face, as shares with
    /// the largest first; regions with small shares are omitted.
    pub fn regions(&self) -> Vec<(FaceRegion, f32)> {
        let least = self.peak() * STRONG;
        let mut sums = FaceRegion::ALL.map(|region| (region, 0.0));
        let mut all = 0.0;
        for (place, &value) in self.0.iter().enumerate() {
            if value > 0.0 && value >= least {
                sums[FaceRegion::at(place % CROP_SIDE, place / CROP_SIDE) as usize].1 += value;
                all += value;
            }
        }
        let mut regions: Vec<(FaceRegion, f32)> = sums
            .into_iter()
            .map(|(region, sum)| (region, sum / all))
            .filter(|(_, share)| *share >= WORTH_NAMING)
            .collect();
        regions.sort_by(|a, b| b.1.total_cmp(&a.1));
        regions
    }

    /// The heatmap in colours as an overlay for the crop, transparent where it is weak. Strong areas have an outline, solid
    /// where they contribute to the class and dashed where they contradict it.
    pub fn paint(&self) -> Pixmap {
        let side = CROP_SIDE * SCALE;
        let fine = enlarged(&self.0, CROP_SIDE, side);
        let most = fine.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        if most == 0.0 {
            return Pixmap::new(side, (0..side * side).map(|_| [0; 4]));
        }
        let sign = |x: usize, y: usize| {
            let share = fine[y * side + x] / most;
            i8::from(share >= STRONG) - i8::from(share <= -STRONG)
        };
        Pixmap::new(
            side,
            (0..side * side).map(|place| {
                let (x, y) = (place % side, place / side);
                let own = sign(x, y);
                let [left, right, up, down] = [
                    (x.saturating_sub(LINE), y),
                    ((x + LINE).min(side - 1), y),
                    (x, y.saturating_sub(LINE)),
                    (x, (y + LINE).min(side - 1)),
                ]
                .map(|(x, y)| sign(x, y));
                let edge = own != 0 && [left, right, up, down].iter().any(|&other| other != own);
                if edge && (own > 0 || ((x + y) / (2 * LINE)).is_multiple_of(2)) {
                    return [255; 4];
                }
                overlay(fine[place] / most)
            }),
        )
    }
}

/// A square grid of values, interpolated from a grid of any size.
fn enlarged(values: &[f32], width: usize, side: usize) -> Vec<f32> {
    let height = values.len() / width.max(1);
    if width == 0 || height == 0 {
        return vec![0.0; side * side];
    }
    let read = |x: usize, y: usize| Some(values[y * width + x]).filter(|value| value.is_finite()).unwrap_or(0.0);
    let value = |place: usize| {
        bilinear(
            AxisPosition::resized(place % side, side, width),
            AxisPosition::resized(place / side, side, height),
            read,
        )
    };
    (0..side * side).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::CROP_PIXELS;

    fn spot(x: usize, y: usize) -> Heatmap {
        let mut values = vec![0.0; CROP_PIXELS];
        values[y * CROP_SIDE + x] = 2.0;
        Heatmap::from_grid(&values, CROP_SIDE)
    }

    #[test]
    fn enlarging_keeps_cells_in_place() {
        let heat = Heatmap::from_grid(&[0.0, 1.0, 2.0, 3.0], 2);
        let at = |x: usize, y: usize| heat.values()[y * CROP_SIDE + x];
        // PyTorch: F.interpolate(x, size=48, mode="bilinear", align_corners=False)
        for ((x, y), expected) in
            [((0, 0), 0.0), ((47, 47), 3.0), ((24, 0), 0.520_833_3), ((24, 24), 1.562_5), ((11, 30), 1.541_666_6)]
        {
            assert!((at(x, y) - expected).abs() < 1e-5, "{x}, {y}: {}", at(x, y));
        }
        assert_eq!(spot(7, 9).values()[9 * CROP_SIDE + 7], 2.0, "nothing moves at its own size");
        assert_eq!(Heatmap::from_grid(&[f32::NAN, 1.0], 2).values()[0], 0.0);
        assert!(Heatmap::from_grid(&[], 0).values().iter().all(|&value| value == 0.0));
    }

    #[test]
    fn what_is_strongest_has_a_place_and_a_name() {
        let heat = spot(24, 37);
        assert_eq!((heat.peak(), heat.strongest()), (2.0, Some((24, 37))));
        assert_eq!(heat.regions(), [(FaceRegion::Mouth, 1.0)]);
        let nothing = Heatmap::from_grid(&[-1.0], 1);
        assert_eq!((nothing.peak(), nothing.strongest(), nothing.regions()), (0.0, None, vec![]));
        let mut values = vec![0.0; CROP_PIXELS];
        values[37 * CROP_SIDE + 24] = 3.0;
        values[20 * CROP_SIDE + 16] = 2.0;
        values[24] = 1.0; // weaker than half
        assert_eq!(
            Heatmap::from_grid(&values, CROP_SIDE).regions(),
            [(FaceRegion::Mouth, 0.6), (FaceRegion::Eyes, 0.4)]
        );
    }

    #[test]
    fn the_painting_is_clear_where_the_map_is_weak() {
        let painting = Heatmap::from_grid(&[0.0, 0.0, 0.0, 1.0], 2).paint();
        let side = painting.width as usize;
        assert_eq!((side, painting.pixels.len()), (144, 144 * 144 * 4));
        let at = |x: usize, y: usize| &painting.pixels[(y * side + x) * 4..][..4];
        assert_eq!(at(0, 0)[3], 0);
        assert_eq!(at(143, 143), [255, 214, 64, 165]);
        assert!(painting.pixels.chunks(4).any(|pixel| pixel == [255; 4]), "an outline");
        assert!(Heatmap::from_grid(&[0.0], 1).paint().pixels.iter().all(|&byte| byte == 0));
    }
}
