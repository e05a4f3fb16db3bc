//! A picture from a camera or a file, and sampling from it.

use mien_message::ToMessage;

use super::{AxisPosition, CROP_PIXELS, CROP_SIDE, Crop, Point, Similarity, bilinear};

/// Maximum number of samples per axis; more make no visible difference.
const MAX_SAMPLES: usize = 6;

/// An RGBA picture with 8 bits per channel, row by row.
#[derive(Clone)]
pub struct Frame {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// The colour outside of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// Black, as the detector was trained with.
    Black,
    /// The nearest pixel of the picture.
    Nearest,
}

/// Why pixel data is not a valid picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum FrameError {
    /// A side is zero.
    #[error("the picture is empty ({width}×{height} pixels)")]
    Empty {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
    },
    /// The number of bytes does not match the size.
    #[error("a picture of {width}×{height} pixels needs {needed} bytes, but there are {got}")]
    Length {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// Expected number of bytes.
        needed: usize,
        /// Actual number of bytes.
        got: usize,
    },
}

impl Frame {
    /// A picture from RGBA bytes, `width × height × 4`.
    ///
    /// # Errors
    /// When a side is zero or the number of bytes does not match the size.
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Result<Self, FrameError> {
        if width == 0 || height == 0 {
            return Err(FrameError::Empty { width, height });
        }
        let needed = width.saturating_mul(height).saturating_mul(4);
        if pixels.len() != needed {
            return Err(FrameError::Length { width, height, needed, got: pixels.len() });
        }
        Ok(Self { width, height, pixels })
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The RGBA bytes.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// A picture of one grey level.
    pub(crate) fn uniform(width: usize, height: usize, grey: u8) -> Self {
        Self { width, height, pixels: [grey, grey, grey, u8::MAX].repeat(width * height) }
    }

    /// The colour of a pixel by its index, row by row.
    pub(crate) fn colour_at(&self, index: usize) -> [u8; 3] {
        std::array::from_fn(|channel| self.pixels[index * 4 + channel])
    }

    /// Sets the colour of a pixel by its index, row by row.
    pub(crate) fn set(&mut self, index: usize, colour: [u8; 3]) {
        self.pixels[index * 4..index * 4 + 3].copy_from_slice(&colour);
    }

    /// Samples a 48×48 grey crop with a transform; the border is repeated. Colours become grey by Rec. 601.
    pub fn sample_grey(&self, frame_from_crop: &Similarity) -> Crop {
        let mut crop = Box::new([0; CROP_PIXELS]);
        self.sample(frame_from_crop, CROP_SIDE, CROP_SIDE, Border::Nearest, |index, [red, green, blue]| {
            // Rec. 601 luma: docs/dataset.md says why
            crop[index] = (0.299 * red + 0.587 * green + 0.114 * blue + 0.5) as u8;
        });
        Crop(crop)
    }

    /// Samples `width × height` colours (0 to 255 per channel) and passes each to `put` with its index, row by row.
    ///
    /// Each target pixel is the mean of a grid of bilinear samples as dense as the source, which prevents aliasing.
    pub fn sample(
        &self,
        frame_from_target: &Similarity,
        width: usize,
        height: usize,
        border: Border,
        mut put: impl FnMut(usize, [f32; 3]),
    ) {
        let samples = (frame_from_target.scale().ceil() as usize).clamp(1, MAX_SAMPLES);
        let share = 1.0 / (samples * samples) as f32;
        let origin = frame_from_target.apply(Point::new(0.0, 0.0));
        let across = frame_from_target.apply(Point::new(1.0, 0.0));
        let (step_x, step_y) = (across.x - origin.x, across.y - origin.y);
        let offsets: Vec<f32> = (0..samples).map(|sample| (sample as f32 + 0.5) / samples as f32).collect();
        for row in 0..height {
            for column in 0..width {
                let mut sum = [0.0; 3];
                for &down in &offsets {
                    for &right in &offsets {
                        let (u, v) = (column as f32 + right, row as f32 + down);
                        let x = origin.x + step_x * u - step_y * v;
                        let y = origin.y + step_y * u + step_x * v;
                        let colour = self.colour(x, y, border);
                        for channel in 0..3 {
                            sum[channel] += colour[channel];
                        }
                    }
                }
                put(row * width + column, sum.map(|value| value * share));
            }
        }
    }

    #[inline]
    fn colour(&self, x: f32, y: f32, border: Border) -> [f32; 3] {
        let (right, bottom) = (self.width as f32, self.height as f32);
        if border == Border::Black && !(x >= 0.0 && y >= 0.0 && x < right && y < bottom) {
            return [0.0; 3];
        }
        let (x, y) = (AxisPosition::new(x - 0.5, self.width), AxisPosition::new(y - 0.5, self.height));
        std::array::from_fn(|channel| {
            bilinear(x, y, |column, row| f32::from(self.pixels[(row * self.width + column) * 4 + channel]))
        })
    }
}

impl From<&Crop> for Frame {
    fn from(crop: &Crop) -> Self {
        let pixels = crop.bytes().iter().flat_map(|&grey| [grey, grey, grey, u8::MAX]).collect();
        Self { width: CROP_SIDE, height: CROP_SIDE, pixels }
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Frame({}×{})", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gradient(width: usize, height: usize) -> Frame {
        let pixels = (0..width * height)
            .flat_map(|index| {
                let value = (index % width * 2) as u8;
                [value, value, value, 255]
            })
            .collect();
        Frame::new(width, height, pixels).unwrap()
    }

    fn identity() -> Similarity {
        Similarity::new(1.0, 0.0, Point::default(), Point::default())
    }

    #[test]
    fn sampling_in_place_copies() {
        let frame = gradient(48, 48);
        let crop = frame.sample_grey(&identity());
        for (index, &byte) in crop.bytes().iter().enumerate() {
            assert_eq!(byte, frame.pixels()[index * 4]);
        }
    }

    #[test]
    fn grey_matches_reference() {
        // Pillow: Image.new("RGB", (1, 1), colour).convert("L").getpixel((0, 0))
        for (colour, grey) in [
            ([255, 0, 0], 76),
            ([0, 255, 0], 150),
            ([0, 0, 255], 29),
            ([224, 172, 141], 184),
            ([90, 60, 45], 67),
            ([12, 200, 250], 149),
        ] {
            let [red, green, blue] = colour;
            let frame = Frame::new(1, 1, vec![red, green, blue, 255]).unwrap();
            assert!(frame.sample_grey(&identity()).bytes().iter().all(|&byte| byte == grey), "{colour:?}");
        }
    }

    #[test]
    fn shrinking_averages() {
        // black and white columns in turn become an even grey at half the size
        let pixels = (0..96 * 96).flat_map(|index| if index % 2 == 0 { [0, 0, 0, 255] } else { [255; 4] }).collect();
        let frame = Frame::new(96, 96, pixels).unwrap();
        let half = Similarity::new(2.0, 0.0, Point::default(), Point::default());
        assert!(frame.sample_grey(&half).bytes().iter().all(|&byte| (120..=135).contains(&byte)));
    }

    #[test]
    fn a_half_turn_reverses() {
        let frame = gradient(48, 48);
        let centre = Point::new(24.0, 24.0);
        let turned = frame.sample_grey(&Similarity::new(1.0, std::f32::consts::PI, centre, centre));
        let reversed: Vec<u8> = frame.sample_grey(&identity()).bytes().iter().rev().copied().collect();
        for (a, b) in turned.bytes().iter().zip(reversed) {
            assert!(a.abs_diff(b) <= 1);
        }
    }

    #[test]
    fn outside_is_black_or_the_border() {
        let frame = gradient(4, 4);
        let away = Similarity::new(1.0, 0.0, Point::default(), Point::new(100.0, 0.0));
        frame.sample(&away, 2, 2, Border::Black, |_, colour| assert_eq!(colour, [0.0; 3]));
        frame.sample(&away, 2, 2, Border::Nearest, |_, colour| assert_eq!(colour, [6.0; 3]));
    }

    #[test]
    fn refuses_what_is_no_picture() {
        assert!(matches!(Frame::new(0, 4, vec![]), Err(FrameError::Empty { .. })));
        assert!(matches!(Frame::new(4, 4, vec![0; 63]), Err(FrameError::Length { needed: 64, got: 63, .. })));
        assert!(matches!(Frame::new(usize::MAX, 2, vec![]), Err(FrameError::Length { .. })));
    }
}
