//! Pictures of numbers.

use serde::{Deserialize, Serialize};

/// A picture: red, green, blue and opacity, one byte each, row by row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Painting {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Four bytes a pixel.
    #[serde(with = "serde_bytes")]
    pub pixels: Vec<u8>,
}

/// What speaks for a class and what speaks against it, from little to much. Told apart by the colour-blind too (Wong 2011),
/// and by their outlines; the style sheet's legend has the same.
const FOR: [[f32; 3]; 2] = [[213.0, 94.0, 0.0], [255.0, 214.0, 64.0]];
const AGAINST: [[f32; 3]; 2] = [[0.0, 90.0, 178.0], [140.0, 200.0, 255.0]];

/// The grey of nothing, where numbers have a sign.
const ZERO: f32 = 245.0;

/// The colour and opacity of a share, −1 (against) to 1 (for), to lie over a face.
pub(super) fn glow(share: f32) -> [u8; 4] {
    let [little, much] = if share < 0.0 { AGAINST } else { FOR };
    let strength = share.abs().min(1.0);
    // as good as nothing stays clear, so that the face shows
    let opacity = 165.0 * ((strength - 0.08) / 0.6).clamp(0.0, 1.0);
    let [red, green, blue] = mix(little, much, strength);
    [red, green, blue, opacity as u8]
}

impl Painting {
    /// Grey levels of numbers from 0 (black) to `white`.
    pub fn grey(values: &[f32], width: usize, white: f32) -> Self {
        let scale = 255.0 / white.max(f32::MIN_POSITIVE);
        Self::new(width, values.iter().map(|value| opaque([(value * scale).clamp(0.0, 255.0); 3])))
    }

    /// Numbers with a sign: near white for 0, orange above and blue below, fullest at `peak` and −`peak`.
    pub fn signed(values: &[f32], width: usize, peak: f32) -> Self {
        let scale = 1.0 / peak.max(f32::MIN_POSITIVE);
        Self::new(
            width,
            values.iter().map(|value| {
                let share = (value * scale).clamp(-1.0, 1.0);
                let [full, _] = if share < 0.0 { AGAINST } else { FOR };
                let [red, green, blue] = mix([ZERO; 3], full, share.abs());
                [red, green, blue, 255]
            }),
        )
    }

    /// Grey maps of one size side by side, a clear line between, each as bright as its own largest number allows.
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

    /// A picture of so many columns.
    pub fn new(width: usize, colours: impl Iterator<Item = [u8; 4]>) -> Self {
        let pixels: Vec<u8> = colours.flatten().collect();
        Self { width: width as u32, height: (pixels.len() / (4 * width.max(1))) as u32, pixels }
    }
}

fn opaque([red, green, blue]: [f32; 3]) -> [u8; 4] {
    [red as u8, green as u8, blue as u8, 255]
}

fn mix(from: [f32; 3], to: [f32; 3], share: f32) -> [u8; 3] {
    std::array::from_fn(|channel| (from[channel] + (to[channel] - from[channel]) * share) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_colours() {
        let grey = Painting::grey(&[0.0, 1.0, 2.0, 4.0], 2, 2.0);
        assert_eq!((grey.width, grey.height), (2, 2));
        assert_eq!(grey.pixels, [0, 0, 0, 255, 127, 127, 127, 255, 255, 255, 255, 255, 255, 255, 255, 255]);
        let signed = Painting::signed(&[0.0, 3.0, -3.0], 3, 3.0);
        assert_eq!(signed.pixels[..12], [245, 245, 245, 255, 213, 94, 0, 255, 0, 90, 178, 255]);
        // nothing at all is no reason to divide by zero
        assert_eq!(Painting::signed(&[0.0], 1, 0.0).pixels, [245, 245, 245, 255]);
        assert_eq!(glow(0.0)[3], 0);
        assert_eq!(glow(1.0), [255, 214, 64, 165]);
        assert_eq!(glow(-1.0), [140, 200, 255, 165]);
    }

    #[test]
    fn a_mosaic_keeps_its_tiles_apart() {
        let (first, second, third) = ([1.0, 0.0, 0.0, 2.0], [0.0; 4], [8.0; 4]);
        let mosaic = Painting::mosaic(&[&first, &second, &third], 2, 2);
        assert_eq!((mosaic.width, mosaic.height), (5, 5));
        let at = |x: usize, y: usize| &mosaic.pixels[(y * 5 + x) * 4..][..4];
        assert_eq!((at(0, 0), at(1, 1)), (&[127, 127, 127, 255][..], &[255, 255, 255, 255][..]));
        assert_eq!((at(2, 0), at(3, 0)), (&[0; 4][..], &[0, 0, 0, 255][..]), "a clear line, then a black tile");
        assert_eq!((at(0, 3), at(4, 4)), (&[255; 4][..], &[0; 4][..]), "the third tile, and no fourth");
    }
}
