//! Columns as pixels. What is drawn for each frame of a video is painted here, since the cost of the browser's paths grows
//! with the number of points: here, a band takes about as long whatever it shows.

use super::Mode;
use super::columns::Column;
use crate::expression::Expression;

/// Opacity of the range of values around a curve.
const RANGE: f32 = 0.25;

/// Half the width of a curve, in CSS pixels.
const HALF_WIDTH: f32 = 0.9;

/// A colour: red, green, blue.
type Rgb = [u8; 3];

/// The colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Of the classes.
    pub classes: [Rgb; Expression::COUNT],
    /// Where no class is named.
    pub unsure: Rgb,
    /// The background.
    pub surface: Rgb,
}

/// The colour in a CSS text such as `#1c1b19`, also as the fallback value of a variable.
pub fn rgb(css: &str) -> Option<Rgb> {
    let digits = css.split_once('#')?.1.get(..6)?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    Some([(value >> 16) as u8, (value >> 8) as u8, value as u8])
}

/// The size of a painted band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paper {
    /// Pixels from left to right: as many as there are columns.
    pub width: usize,
    /// Pixels of the probabilities, from 1 at the top to 0.
    pub height: usize,
    /// Pixels of the coloured strip below.
    pub strip: usize,
    /// Device pixels per CSS pixel.
    pub scale: f32,
}

impl Paper {
    /// The number of pixels.
    pub const fn pixels(self) -> usize {
        self.width * (self.height + self.strip)
    }
}

/// A pixel: red, green, blue, opacity.
pub type Pixel = [u8; 4];

/// The pixels of a band, row by row.
struct Pixels<'a> {
    pixels: &'a mut [Pixel],
    paper: Paper,
}

/// Paints a band: its probabilities, and the class that is named as a coloured strip below. `pixels` are row by row, as many
/// as [`Paper::pixels`]; otherwise nothing is painted. `dashes` are the lengths of marks and spaces of each class's curve in CSS
/// pixels; without any it is solid.
pub fn paint(
    band: &[Option<Column>],
    mode: Mode,
    palette: &Palette,
    dashes: &[Vec<f32>; Expression::COUNT],
    paper: Paper,
    pixels: &mut [Pixel],
) {
    if pixels.len() != paper.pixels() || band.len() != paper.width {
        return;
    }
    pixels.fill(opaque(palette.surface));
    let mut pixels = Pixels { pixels, paper };
    let height = paper.height as f32;
    for (x, column) in band.iter().enumerate() {
        let Some(column) = column else { continue };
        match mode {
            Mode::Area => {
                let mut bottom = height;
                for (share, color) in column.mean.into_iter().zip(palette.classes) {
                    let top = bottom - share * height;
                    pixels.span(x, top, bottom, color, 1.0);
                    bottom = top;
                }
            }
            Mode::Curves => {
                for (class, color) in palette.classes.into_iter().enumerate() {
                    let [low, high] = [column.low, column.high].map(|values| (1.0 - values[class]) * height);
                    if low - high > 1.0 {
                        pixels.span(x, high, low, color, RANGE);
                    }
                }
            }
        }
        let color = column.named.map_or(palette.unsure, |class| palette.classes[class.index()]);
        pixels.span(x, height, height + paper.strip as f32, color, 1.0);
    }
    if mode == Mode::Curves {
        for (class, (color, dashes)) in palette.classes.into_iter().zip(dashes).enumerate() {
            curve(band, class, color, dashes, &mut pixels);
        }
    }
}

/// The curve of the means of a class.
fn curve(band: &[Option<Column>], class: usize, color: Rgb, dashes: &[f32], pixels: &mut Pixels<'_>) {
    let (paper, height) = (pixels.paper, pixels.paper.height as f32);
    let reach = HALF_WIDTH * paper.scale;
    let at = |column: &Column| ((1.0 - column.mean[class]) * height).min(height - reach).max(reach);
    let period: f32 = dashes.iter().sum();
    for (x, column) in band.iter().enumerate() {
        let Some(column) = column else { continue };
        if period > 0.0 && !is_mark(dashes, (x as f32 / paper.scale) % period) {
            continue;
        }
        let here = at(column);
        // From half way to the column before, to half way to the next.
        let neighbour = |place: usize| band.get(place).copied().flatten().map_or(here, |next| (at(&next) + here) / 2.0);
        let (before, after) = (x.checked_sub(1).map_or(here, &neighbour), neighbour(x + 1));
        let top = here.min(before).min(after) - reach;
        let bottom = here.max(before).max(after) + reach;
        pixels.span(x, top, bottom, color, 1.0);
    }
}

/// Whether a place within the period of a dash pattern is on a mark.
fn is_mark(dashes: &[f32], mut place: f32) -> bool {
    for (index, length) in dashes.iter().enumerate() {
        if place < *length {
            return index % 2 == 0;
        }
        place -= length;
    }
    true
}

const fn opaque([red, green, blue]: Rgb) -> Pixel {
    [red, green, blue, 255]
}

impl Pixels<'_> {
    /// Paints a part of a column; pixels that are partly covered are mixed.
    fn span(&mut self, x: usize, top: f32, bottom: f32, color: Rgb, opacity: f32) {
        let rows = self.paper.height + self.paper.strip;
        let (first, last) = (top.max(0.0) as usize, (bottom.ceil().max(0.0) as usize).min(rows));
        let width = self.paper.width;
        // Of the pixels between the first and the last, all of it is covered.
        let inside = (opacity * 256.0) as u32;
        for y in first..last {
            let part = if y == first || y + 1 == last {
                let covered = (bottom.min(y as f32 + 1.0) - top.max(y as f32)).max(0.0) * opacity;
                (covered * 256.0) as u32
            } else {
                inside
            };
            let Some(pixel) = self.pixels.get_mut(y * width + x) else { return };
            if part == 256 {
                *pixel = opaque(color);
            } else {
                for (value, new) in pixel.iter_mut().zip(color) {
                    *value = ((u32::from(*value) * (256 - part) + u32::from(new) * part) >> 8) as u8;
                }
            }
        }
    }
}
