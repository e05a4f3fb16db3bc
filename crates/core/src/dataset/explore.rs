//! Exploring a dataset: class imbalance, mean faces, similar images.

use super::{Dataset, Pixels};
use crate::expression::Expression;
use crate::vision::{CROP_PIXELS, Crop};

/// How uneven the class distribution is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Imbalance {
    /// The class with most samples.
    pub largest: Expression,
    /// The class with fewest samples.
    pub smallest: Expression,
    /// Samples of the largest class divided by those of the smallest; `None` if the smallest has none.
    pub ratio: Option<f64>,
}

/// The imbalance of class counts ([`Dataset::class_counts`]); `None` without samples. On a tie, the first class in
/// FER2013's order.
pub fn imbalance(counts: &[usize; Expression::COUNT]) -> Option<Imbalance> {
    let count = |class: &Expression| counts[class.index()];
    let smallest = Expression::ALL.into_iter().min_by_key(count)?;
    // `max_by_key` returns the last on a tie, hence the reverse order
    let largest = Expression::ALL.into_iter().rev().max_by_key(count)?;
    let ratio = (count(&smallest) > 0).then(|| count(&largest) as f64 / count(&smallest) as f64);
    (count(&largest) > 0).then_some(Imbalance { largest, smallest, ratio })
}

/// The mean image of some samples; `None` without samples.
pub fn mean_face(dataset: &Dataset, samples: &[usize]) -> Option<Crop> {
    let mut sums = vec![0_u32; CROP_PIXELS];
    for &sample in samples {
        for (sum, &pixel) in sums.iter_mut().zip(dataset.pixels(sample)) {
            *sum += u32::from(pixel);
        }
    }
    let count = u32::try_from(samples.len()).ok().filter(|&count| count > 0)?;
    let mut mean = Box::new([0; CROP_PIXELS]);
    for (pixel, sum) in mean.iter_mut().zip(sums) {
        // rounded; at most 255
        *pixel = ((sum + count / 2) / count) as u8;
    }
    Some(Crop(mean))
}

/// A sample that is similar to an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// The sample.
    pub sample: usize,
    /// Pearson's correlation of the pixels, -1 to 1; it is independent of brightness and contrast.
    pub correlation: f32,
}

/// The `max` samples whose pixels correlate most with an image, most similar first. Uniform images have no correlation
/// and are not among them; neither is `except`, for instance the image itself.
pub fn nearest(dataset: &Dataset, image: &Pixels, max: usize, except: Option<usize>) -> Vec<Neighbour> {
    let own = Moments::of(image);
    let mut neighbours: Vec<Neighbour> = (0..dataset.len())
        .filter(|&sample| Some(sample) != except)
        .filter_map(|sample| {
            let other = dataset.pixels(sample);
            let correlation = own.correlation(&Moments::of(other), dot(image, other))?;
            Some(Neighbour { sample, correlation })
        })
        .collect();
    neighbours.sort_by(|a, b| b.correlation.total_cmp(&a.correlation));
    neighbours.truncate(max);
    neighbours
}

/// The sum of the pixels, and their variance times the square of their number; both are exact.
struct Moments {
    sum: u64,
    spread: u64,
}

impl Moments {
    fn of(pixels: &Pixels) -> Self {
        let sum: u32 = pixels.iter().map(|&pixel| u32::from(pixel)).sum();
        let sum = u64::from(sum);
        Self { sum, spread: CROP_PIXELS as u64 * u64::from(dot(pixels, pixels)) - sum * sum }
    }

    fn correlation(&self, other: &Self, product: u32) -> Option<f32> {
        let shared = CROP_PIXELS as f64 * f64::from(product) - self.sum as f64 * other.sum as f64;
        let scale = (self.spread as f64).sqrt() * (other.spread as f64).sqrt();
        (scale > 0.0).then(|| (shared / scale) as f32)
    }
}

/// At most 2,304 · 255², which fits.
fn dot(a: &Pixels, b: &Pixels) -> u32 {
    a.iter().zip(b).map(|(&a, &b)| u32::from(a) * u32::from(b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Split;

    fn dataset(images: &[Pixels]) -> Dataset {
        let mut dataset = Dataset::default();
        for (row, image) in images.iter().enumerate() {
            dataset.push(*image, Expression::Sad, Split::Training, row);
        }
        dataset
    }

    #[test]
    fn imbalance_names_the_extremes() {
        // FER2013's Training
        let counts = [3995, 436, 4097, 7215, 4830, 3171, 4965];
        let expected =
            Imbalance { largest: Expression::Happy, smallest: Expression::Disgust, ratio: Some(7215.0 / 436.0) };
        assert_eq!(imbalance(&counts), Some(expected));
        assert_eq!(imbalance(&[0; 7]), None);
        let one = imbalance(&[0, 0, 3, 0, 3, 0, 0]).unwrap();
        assert_eq!((one.largest, one.smallest, one.ratio), (Expression::Fear, Expression::Angry, None));
    }

    #[test]
    fn the_mean_is_rounded() {
        let set = dataset(&[[10; CROP_PIXELS], [11; CROP_PIXELS], [255; CROP_PIXELS]]);
        assert_eq!(mean_face(&set, &[0, 1]).unwrap().bytes()[0], 11);
        assert_eq!(mean_face(&set, &[0, 1, 2]).unwrap().bytes()[2303], 92);
        assert_eq!(mean_face(&set, &[]), None);
    }

    #[test]
    fn neighbours_come_in_order() {
        let image: Pixels = std::array::from_fn(|index| (index % 97) as u8);
        let brighter = image.map(|pixel| pixel * 2 + 30);
        let negative = image.map(|pixel| 255 - pixel);
        let other: Pixels = std::array::from_fn(|index| (index % 89) as u8);
        let set = dataset(&[negative, other, brighter, [9; CROP_PIXELS], image]);
        let neighbours = nearest(&set, &image, 9, Some(4));
        let samples: Vec<usize> = neighbours.iter().map(|neighbour| neighbour.sample).collect();
        assert_eq!(samples, [2, 1, 0]);
        assert!((neighbours[0].correlation - 1.0).abs() < 1e-6 && (neighbours[2].correlation + 1.0).abs() < 1e-6);
        assert_eq!(nearest(&set, &image, 1, None)[0].sample, 2, "the first on a tie");
        // numpy: np.corrcoef(np.arange(2304) % 97, np.arange(2304) % 89)[0, 1]
        assert!((neighbours[1].correlation - 0.043_159_444).abs() < 1e-6, "{}", neighbours[1].correlation);
        assert!(nearest(&set, &[3; CROP_PIXELS], 3, None).is_empty());
    }
}
