//! Times of repeated computations.

use super::classifier::Classifier;
use super::platform::Clock;
use super::recognition::{ComputeError, Guard};
use crate::failure::Failure;
use mien_compute::detection::Detector;
use mien_core::vision::{CROP_PIXELS, Crop, Frame};
use mien_recognition::{CropClassifier as _, Region};

/// Images per batch.
pub(super) const BATCH: usize = 32;

/// Width and height of the picture that is searched for faces.
const PICTURE: (usize, usize) = (640, 480);

/// How often something is repeated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Milliseconds of repetitions after which its time is known.
    pub long_enough: f64,
    /// The least and the greatest number of repetitions; the median is of an odd number.
    pub repetitions: (usize, usize),
    /// Milliseconds after which a single repetition is enough: whatever takes so long need not be known better.
    pub alone: f64,
}

/// The repetitions of a computation.
pub(super) struct Repetitions {
    limits: Limits,
    /// Whether the first, which is not counted, is over: it compiles networks and shaders.
    warm: bool,
    /// The duration of each in milliseconds.
    times: Vec<f64>,
}

impl Repetitions {
    /// None yet.
    pub fn new(limits: Limits) -> Self {
        Self { limits, warm: false, times: Vec::new() }
    }

    /// Adds one. If they are enough, returns their median and number, and begins those of the next computation.
    pub fn add(&mut self, milliseconds: f64) -> Option<(f64, u32)> {
        if !std::mem::replace(&mut self.warm, true) {
            return None;
        }
        self.times.push(milliseconds);
        let count = self.times.len();
        let is_slow = count == 1 && milliseconds >= self.limits.alone;
        if !is_slow && (count.is_multiple_of(2) || count < self.limits.repetitions.0 || self.share() < 1.0) {
            return None;
        }
        let mut times = std::mem::replace(self, Self::new(self.limits)).times;
        times.sort_by(f64::total_cmp);
        times.get(count / 2).map(|&median| (median, count as u32))
    }

    /// How much is done, 0 to 1.
    pub fn share(&self) -> f32 {
        let (least, most) = self.limits.repetitions;
        let (count, spent) = (self.times.len() as f64, self.times.iter().sum::<f64>());
        let slow = (spent / self.limits.long_enough).min(count / least as f64);
        slow.max(count / most as f64).min(1.0) as f32
    }
}

/// The median time of a repeated computation in milliseconds.
///
/// # Errors
/// When it fails, or its GPU.
pub(super) async fn median(
    clock: Clock,
    guard: &Guard,
    limits: Limits,
    computation: impl AsyncFn() -> Result<(), Failure>,
) -> Result<f64, ComputeError> {
    let mut repetitions = Repetitions::new(limits);
    loop {
        let start = clock.now();
        guard.run(computation()).await?;
        if let Some((median, _)) = repetitions.add(clock.now() - start) {
            return Ok(median);
        }
    }
}

/// Predictions for images.
///
/// # Errors
/// When they cannot be computed.
pub(super) async fn predict(network: &Classifier, images: &[Crop]) -> Result<(), Failure> {
    network.logits_of_crops(images).await.map(drop).map_err(Failure::new)
}

/// One search of a whole picture at the usual scale.
///
/// # Errors
/// When it cannot be computed.
pub(super) async fn detect(detector: &Detector, picture: &Frame) -> Result<(), Failure> {
    let region = Region::whole(picture, 1.0);
    Ok(detector.follow(&region, region.view(picture)).await.map(drop)?)
}

/// A picture of noise to search for faces.
///
/// # Errors
/// None: it is small enough.
pub(super) fn picture() -> Result<Frame, Failure> {
    Ok(Frame::new(PICTURE.0, PICTURE.1, noise(PICTURE.0 * PICTURE.1 * 4))?)
}

/// So many images of noise.
pub(super) fn images(count: usize) -> Vec<Crop> {
    let bytes = noise(count * CROP_PIXELS);
    bytes.as_chunks::<CROP_PIXELS>().0.iter().map(|image| Crop(Box::new(*image))).collect()
}

/// Random bytes, the same each time.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        // Numerical Recipes' generator, of which the upper bits are random enough here
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..count).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { long_enough: 1500.0, repetitions: (3, 51), alone: 10_000.0 };

    /// The median and the number of repetitions of these durations, and how many of them were used.
    fn measured(times: impl IntoIterator<Item = f64>) -> Option<((f64, u32), usize)> {
        let mut repetitions = Repetitions::new(LIMITS);
        times.into_iter().enumerate().find_map(|(index, time)| Some((repetitions.add(time)?, index + 1)))
    }

    #[test]
    fn a_time_is_the_median_of_an_odd_number_of_repetitions_without_the_first() {
        assert_eq!(measured([9e9, 900.0, 800.0, 1000.0]), Some(((900.0, 3), 4)));
        assert_eq!(measured([9e9, 5000.0, 4000.0]), None, "too few, however slow");
        let slower = (0..).map(|index| f64::from(index) * 100.0);
        assert_eq!(measured(slower), Some(((300.0, 5), 6)), "1.5 s");
        assert_eq!(measured(std::iter::repeat(1.0)), Some(((1.0, 51), 52)));
        assert_eq!(measured([9e9, 10_000.0, 1.0]), Some(((10_000.0, 1), 2)), "slow enough to be enough alone");
    }

    #[test]
    fn progress_grows_to_one() {
        let mut repetitions = Repetitions::new(LIMITS);
        assert_eq!(repetitions.share(), 0.0);
        assert_eq!(repetitions.add(1000.0), None);
        assert_eq!(repetitions.share(), 0.0, "the first does not count");
        assert_eq!(repetitions.add(1000.0), None);
        assert!((repetitions.share() - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(repetitions.add(1000.0), None);
        assert!((repetitions.share() - 2.0 / 3.0).abs() < 1e-6);
        assert_eq!(repetitions.add(1000.0), Some((1000.0, 3)));
        assert_eq!(repetitions.share(), 0.0, "the next computation");
    }
}
