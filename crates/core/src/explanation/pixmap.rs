//! Images of numbers.

use serde::{Deserialize, Serialize};

/// An RGBA image with one byte per channel, row by row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pixmap {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Four bytes per pixel.
    #[serde(with = "serde_bytes")]
    pub pixels: Vec<u8>,
}

/// The colours of positive and negative values, from weak to strong. Distinguishable for people with colour blindness (Wong
/// 2011); the legend in the style sheet has the same.
const POSITIVE: [[f32; 3]; 2] = [[213.0, 94.0, 0.0], [255.0, 214.0, 64.0]];
const NEGATIVE: [[f32; 3]; 2] = [[0.0, 90.0, 178.0], [140.0, 200.0, 255.0]];

/// The grey level of 0 for signed values.
const ZERO: f32 = 245.0;

/// The colour and opacity of a value from −1 to 1 as an overlay.
pub(super) fn overlay(share: f32) -> [u8; 4] {
    let [little, much] = if share < 0.0 { NEGATIVE } else { POSITIVE };
    let strength = share.abs().min(1.0);
    // weak values are transparent, so that the face remains visible
    let opacity = 165.0 * ((strength - 0.08) / 0.6).clamp(0.0, 1.0);
    let [red, green, blue] = blend(little, much, strength);
    [red, green, blue, opacity as u8]
}

impl Pixmap {
    /// Grey levels of values from 0 (black) to `white`.
    pub fn grey(values: &[f32], width: usize, white: f32) -> Self {
        let scale = 255.0 / white.max(f32::MIN_POSITIVE);
        Self::new(width, values.iter().map(|value| opaque([(value * scale).clamp(0.0, 255.0); 3])))
    }

    /// Signed values: near white for 0, orange above and blue below, most saturated at `peak` and −`peak`.
    pub fn signed(values: &[f32], width: usize, peak: f32) -> Self {
        let scale = 1.0 / peak.max(f32::MIN_POSITIVE);
        Self::new(
            width,
            values.iter().map(|value| {
                let share = (value * scale).clamp(-1.0, 1.0);
                let [full, _] = if share < 0.0 { NEGATIVE } else { POSITIVE };
                let [red, green, blue] = blend([ZERO; 3], full, share.abs());
                [red, green, blue, 255]
            }),
        )
    }

    /// Grey maps of equal size side by side, separated by transparent lines, each scaled to its largest value.
    pub fn mosaic(maps: &[&[f32]], width: usize, columns: usize) -> Self {
        let height = maps.first().map_or(0, |map| map.len() / width.max(1));
        let (columns, rows) = (columns.max(1), maps.len().div_ceil(columns.max(1)));
        let (across, down) = ((width + 1) * columns - 1, ((height + 1) * rows).saturating_sub(1));
        let mut pixels = vec![0; across * down * 4];
        for (index, map) in maps.iter().enumerate() {
            let tile = Self::grey(map, width, map.iter().copied().fold(0.0, f32::max));
            let (left, top) = (index % columns * (width + 1), index / columns * (height + 1));
            for (row, line) in tile.pixels.chunks_exact(width * 4).enumerate() {
                let at = ((top + row) * across + left) * 4;
                pixels[at..at + line.len()].copy_from_slice(line);
            }
        }
        Self { width: across as u32, height: down as u32, pixels }
    }

    /// An image of this width.
    pub fn new(width: usize, colours: impl Iterator<Item = [u8; 4]>) -> Self {
        let pixels: Vec<u8> = colours.flatten().collect();
        Self { width: width as u32, height: (pixels.len() / (4 * width.max(1))) as u32, pixels }
    }
}

fn opaque([red, green, blue]: [f32; 3]) -> [u8; 4] {
    [red as u8, green as u8, blue as u8, 255]
}

fn blend(from: [f32; 3], to: [f32; 3], share: f32) -> [u8; 3] {
    std::array::from_fn(|channel| (from[channel] + (to[channel] - from[channel]) * share) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_colours() {
        let grey = Pixmap::grey(&[0.0, 1.0, 2.0, 4.0], 2, 2.0);
        assert_eq!((grey.width, grey.height), (2, 2));
        assert_eq!(grey.pixels, [0, 0, 0, 255, 127, 127, 127, 255, 255, 255, 255, 255, 255, 255, 255, 255]);
        let signed = Pixmap::signed(&[0.0, 3.0, -3.0], 3, 3.0);
        assert_eq!(signed.pixels[..12], [245, 245, 245, 255, 213, 94, 0, 255, 0, 90, 178, 255]);
        // no division by zero
        assert_eq!(Pixmap::signed(&[0.0], 1, 0.0).pixels, [245, 245, 245, 255]);
        assert_eq!(overlay(0.0)[3], 0);
        assert_eq!(overlay(1.0), [255, 214, 64, 165]);
        assert_eq!(overlay(-1.0), [140, 200, 255, 165]);
    }

    #[test]
    fn a_mosaic_keeps_its_tiles_apart() {
        let (first, second, third) = ([1.0, 0.0, 0.0, 2.0], [0.0; 4], [8.0; 4]);
        let mosaic = Pixmap::mosaic(&[&first, &second, &third], 2, 2);
        assert_eq!((mosaic.width, mosaic.height), (5, 5));
        let at = |x: usize, y: usize| &mosaic.pixels[(y * 5 + x) * 4..][..4];
        assert_eq!((at(0, 0), at(1, 1)), (&[127, 127, 127, 255][..], &[255, 255, 255, 255][..]));
        assert_eq!((at(2, 0), at(3, 0)), (&[0; 4][..], &[0, 0, 0, 255][..]), "a transparent line, then a black tile");
        assert_eq!((at(0, 3), at(4, 4)), (&[255; 4][..], &[0; 4][..]), "the third tile, and no fourth");
    }
}
