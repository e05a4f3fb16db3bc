//! Occlusion sensitivity: how much less likely a class becomes when a patch is covered.

use super::passes::class_of;
use super::{ExplainError, Explained, Heatmap};
use crate::network::Predictor;
use mien_core::expression::{Distribution, Expression};
use mien_core::vision::{CROP_PIXELS, CROP_SIDE, Crop};
use mien_recognition::{Classifier, CropClassifier};

/// Side of the patch in pixels: a quarter of the crop, about the size of an eye.
const PATCH: usize = 12;

/// Pixels from one patch to the next.
const STRIDE: usize = 4;

/// Number of patches per axis.
const ACROSS: usize = (CROP_SIDE - PATCH) / STRIDE + 1;

/// Cells of the heatmap per axis, of the size of the stride, and cells per axis that a patch covers.
const CELLS: usize = CROP_SIDE / STRIDE;
const WIDTH: usize = PATCH / STRIDE;

/// The probabilities of a crop with a patch of its mean grey at every position (Zeiler & Fergus 2014), computed a few at a
/// time.
#[derive(Debug)]
pub struct Occlusion {
    crop: Crop,
    /// The normalized crop, whose mean is 0.
    pixels: Vec<f32>,
    /// Without a patch, then with each patch.
    distributions: Vec<Distribution>,
}

impl Occlusion {
    /// Number of forward passes: one for each patch, and one without.
    pub const PASSES: usize = ACROSS * ACROSS + 1;

    /// Starts without any pass done.
    pub fn new(crop: &Crop) -> Self {
        Self { crop: crop.clone(), pixels: crop.normalize(), distributions: Vec::with_capacity(Self::PASSES) }
    }

    /// Number of passes done.
    pub fn done(&self) -> usize {
        self.distributions.len()
    }

    /// Whether all passes are done.
    pub fn is_done(&self) -> bool {
        self.done() == Self::PASSES
    }

    /// Computes up to `count` more passes in one batch.
    ///
    /// # Errors
    /// When the device fails; nothing is changed then.
    pub async fn advance(&mut self, network: &Predictor, count: usize) -> Result<(), ExplainError> {
        let places = self.next(count);
        let mut pixels = Vec::with_capacity(places.len() * CROP_PIXELS);
        for place in places {
            let start = pixels.len();
            pixels.extend_from_slice(&self.pixels);
            if let Some(patch) = place.checked_sub(1) {
                for row in rows(patch) {
                    pixels[start + row.start..start + row.end].fill(0.0);
                }
            }
        }
        if !pixels.is_empty() {
            let logits = network.logits(pixels).await.map_err(ExplainError::device)?;
            self.distributions.extend(logits.into_iter().map(Distribution::from_logits));
        }
        Ok(())
    }

    /// The same for a network with its own preprocessing: patches are of the crop's mean grey, rounded, before it.
    ///
    /// # Errors
    /// When the network cannot be computed; nothing is changed then.
    pub async fn advance_on_crops(&mut self, network: &impl CropClassifier, count: usize) -> Result<(), ExplainError> {
        let grey = self.crop.mean_and_deviation().0.round() as u8;
        let covered = |place: usize| {
            let mut crop = self.crop.clone();
            for row in place.checked_sub(1).into_iter().flat_map(rows) {
                crop.0[row].fill(grey);
            }
            crop
        };
        let crops: Vec<Crop> = self.next(count).map(covered).collect();
        if !crops.is_empty() {
            let logits = network.logits_of_crops(&crops).await.map_err(ExplainError::Device)?;
            self.distributions.extend(logits.into_iter().map(Distribution::from_logits));
        }
        Ok(())
    }

    /// The next passes, at most so many.
    fn next(&self, count: usize) -> std::ops::Range<usize> {
        self.done()..Self::PASSES.min(self.done() + count.max(1))
    }

    /// The prediction for the crop, and for each cell of 4×4 pixels the mean decrease of the probability of the class (the
    /// predicted one if `None`) under the patches that cover it: 0.2 if it falls from 0.9 to 0.7.
    pub fn finish(&self, class: Option<Expression>) -> Explained {
        let distribution = self.distributions.first().copied().unwrap_or(Distribution::UNIFORM);
        let class = class_of(&distribution, class);
        // patches are aligned to cells, so all pixels of a cell are covered by the same patches
        let (mut sums, mut counts) = ([0.0_f32; CELLS * CELLS], [0.0_f32; CELLS * CELLS]);
        for (patch, covered) in self.distributions.iter().skip(1).enumerate() {
            let loss = distribution.probability(class) - covered.probability(class);
            for (across, down) in (0..WIDTH * WIDTH).map(|cell| (cell % WIDTH, cell / WIDTH)) {
                let cell = (patch / ACROSS + down) * CELLS + patch % ACROSS + across;
                sums[cell] += loss;
                counts[cell] += 1.0;
            }
        }
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum /= count.max(1.0);
        }
        Explained { distribution, class, heatmap: Heatmap::from_grid(&sums, CELLS) }
    }
}

/// The pixels of a patch in a crop, one range per row.
fn rows(patch: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let (left, top) = (patch % ACROSS * STRIDE, patch / ACROSS * STRIDE);
    (top..top + PATCH).map(move |row| row * CROP_SIDE + left..row * CROP_SIDE + left + PATCH)
}
