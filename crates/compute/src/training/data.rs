//! The training and validation images of a session.

use std::sync::Arc;

use super::Settings;
use super::sampling::evenly;
use mien_core::dataset::{CHOICES, Dataset, NearDuplicates, Split, Votes, hold_out, select_training, shuffled};
use mien_core::expression::Expression;

/// The name of a validation set that was held out from the training data.
pub const HELD_OUT: &str = "a held-out share";

/// One in this many images is held out for validation if there is no PublicTest.
const HELD_OUT_PART: usize = 5;

/// Samples for training and validation.
#[derive(Clone, Debug)]
pub struct TrainingData {
    /// The images.
    pub dataset: Arc<Dataset>,
    /// Samples to train on.
    pub training: Vec<usize>,
    /// Samples to validate on; may be empty.
    pub validation: Vec<usize>,
    /// The name of the validation images, such as `PublicTest`.
    pub validation_name: String,
    /// FER+'s votes, which must fit the dataset ([`Votes::check`]).
    pub votes: Option<Votes>,
}

impl TrainingData {
    /// Training on Training (see [`select_training`]) and validation on PublicTest; if that is empty, on a fifth of
    /// Training, which is held out. `near` are the near duplicates of the dataset, and `column` is the index of the group column
    /// whose groups stay together in what is held out, such as that of the persons, if there is one.
    pub fn new(dataset: Arc<Dataset>, near: &NearDuplicates, votes: Option<Votes>, column: Option<usize>) -> Self {
        let training = select_training(&dataset, near).kept;
        let validation = dataset.of_split(Split::PublicTest);
        if validation.is_empty() {
            return Self::holding_out(dataset, &training, HELD_OUT_PART, votes, column);
        }
        Self { dataset, training, validation, validation_name: Split::PublicTest.to_string(), votes }
    }

    /// Training on some samples and validation on one in `parts` of them (5 for a fifth): see [`hold_out`].
    pub fn holding_out(
        dataset: Arc<Dataset>,
        samples: &[usize],
        parts: usize,
        votes: Option<Votes>,
        column: Option<usize>,
    ) -> Self {
        let groups = column.and_then(|column| dataset.groups().get(column));
        let (training, validation) = hold_out(&dataset, groups, samples, parts, 0);
        Self { dataset, training, validation, validation_name: HELD_OUT.to_owned(), votes }
    }

    /// Classes without training images.
    pub fn missing_classes(&self) -> Vec<Expression> {
        let counts = self.dataset.class_counts(&self.training);
        Expression::ALL.into_iter().filter(|class| counts[class.index()] == 0).collect()
    }

    /// Whether a share of Training is held out for validation.
    pub fn is_held_out(&self) -> bool {
        self.validation_name == HELD_OUT
    }

    /// The data with this fingerprint: as it is, with other groups kept together in the share that is held out, or as
    /// [`Self::new`] selects it without near duplicates, as checkpoints of earlier versions have it.
    pub(super) fn with_fingerprint(self, fingerprint: u64) -> Option<Self> {
        if self.fingerprint() == fingerprint {
            return Some(self);
        }
        if self.is_held_out() {
            let mut samples = [&self.training[..], &self.validation[..]].concat();
            samples.sort_unstable();
            let columns = (0..self.dataset.groups().len()).map(Some).chain([None]);
            let again =
                |column| Self::holding_out(self.dataset.clone(), &samples, HELD_OUT_PART, self.votes.clone(), column);
            if let Some(data) = columns.map(again).find(|data| data.fingerprint() == fingerprint) {
                return Some(data);
            }
        }
        let data = Self::new(self.dataset, &NearDuplicates::default(), self.votes, None);
        (data.fingerprint() == fingerprint).then_some(data)
    }

    /// Limits the number of images to that of the settings.
    pub(super) fn limited(mut self, settings: &Settings) -> Self {
        if let Some(max) = settings.training_images {
            self.training = evenly(&self.dataset, &self.training, max, settings.seed);
        }
        if let Some(max) = settings.validation_images.filter(|&max| max < self.validation.len()) {
            self.validation = shuffled(&self.validation, settings.seed);
            self.validation.truncate(max);
            self.validation.sort_unstable();
        }
        self
    }

    /// The target of a sample: its label, blended with the votes, with label smoothing. The sum is 1.
    pub(super) fn target(&self, sample: usize, votes_share: f64, smoothing: f64) -> [f32; Expression::COUNT] {
        let mut target = [0.0; Expression::COUNT];
        target[self.dataset.label(sample).index()] = 1.0;
        if let Some(votes) = self.votes.as_ref().and_then(|votes| votes.shares(self.dataset.row(sample))) {
            for (value, vote) in target.iter_mut().zip(votes) {
                *value += (vote - *value) * votes_share as f32;
            }
        }
        let even = smoothing as f32 / Expression::COUNT as f32;
        target.map(|value| value * (1.0 - smoothing as f32) + even)
    }

    /// The target of a sample for the second head: the shares of FER+'s votes. All 0 without votes.
    pub(super) fn choices(&self, sample: usize) -> [f32; CHOICES] {
        let votes = self.votes.as_ref().and_then(|votes| votes.choices(self.dataset.row(sample)));
        votes.unwrap_or_default()
    }

    /// A hash of the samples, their labels, votes and pixels.
    pub(super) fn fingerprint(&self) -> u64 {
        let counts = [self.training.len() as u64, self.validation.len() as u64];
        let mut hash = counts.into_iter().fold(0xcbf2_9ce4_8422_2325, fold);
        for &sample in self.training.iter().chain(&self.validation) {
            let row = self.dataset.row(sample);
            hash = fold(fold(hash, row as u64), self.dataset.label(sample).index() as u64);
            let votes = self.votes.as_ref().and_then(|votes| votes.choices(row));
            hash = votes.iter().flatten().fold(hash, |hash, share| fold(hash, u64::from(share.to_bits())));
            let (words, _) = self.dataset.pixels(sample).as_chunks();
            hash = words.iter().fold(hash, |hash, &word| fold(hash, u64::from_le_bytes(word)));
        }
        hash
    }
}

/// A step of FNV-1a with words in place of bytes. Checkpoints contain the hash, so it must not change.
fn fold(hash: u64, word: u64) -> u64 {
    (hash ^ word).wrapping_mul(0x0100_0000_01b3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mien_core::vision::CROP_PIXELS;

    #[test]
    fn targets_mix_label_votes_and_smoothing() {
        let mut dataset = Dataset::default();
        dataset.push([0; CROP_PIXELS], Expression::Sad, Split::Training, 0);
        dataset.push([0; CROP_PIXELS], Expression::Sad, Split::Training, 1);
        let votes = b"anger,disgust,fear,happiness,sadness,surprise,neutral\n5,0,0,0,5,0,0\n1,0,0,0,0,0,0\n";
        let votes = Some(Votes::read(&votes[..]).unwrap());
        let data = TrainingData {
            dataset: Arc::new(dataset),
            training: vec![0, 1],
            validation: vec![],
            validation_name: String::new(),
            votes,
        };
        let near = |got: [f32; 7], expected: [f32; 7]| {
            assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{got:?}");
        };
        near(data.target(0, 0.5, 0.0), [0.25, 0.0, 0.0, 0.0, 0.75, 0.0, 0.0]);
        near(data.target(1, 0.5, 0.07), [0.01, 0.01, 0.01, 0.01, 0.94, 0.01, 0.01]);
        let mut other = data.clone();
        other.training = vec![1, 0];
        assert_ne!(other.fingerprint(), data.fingerprint());
        other = TrainingData { votes: None, ..data.clone() };
        assert_ne!(other.fingerprint(), data.fingerprint());
    }

    #[test]
    fn another_pixel_is_other_data() {
        let data = |pixel: u8| {
            let mut dataset = Dataset::default();
            let mut pixels = [7; CROP_PIXELS];
            pixels[CROP_PIXELS - 1] = pixel;
            dataset.push(pixels, Expression::Sad, Split::Training, 0);
            TrainingData::holding_out(Arc::new(dataset), &[0], 5, None, None)
        };
        assert_eq!(data(1).fingerprint(), data(1).fingerprint());
        assert_ne!(data(1).fingerprint(), data(2).fingerprint());
    }

    #[test]
    fn a_set_without_public_test_validates_on_a_share() {
        let mut dataset = Dataset::default();
        for row in 0..60 {
            let pixels = std::array::from_fn(|index| ((index + row) * (row + 3) % 251) as u8);
            dataset.push(pixels, Expression::ALL[row % 6], Split::Training, row);
        }
        let data = TrainingData::new(Arc::new(dataset), &NearDuplicates::default(), None, None);
        assert_eq!((data.training.len(), data.validation.len()), (48, 12));
        assert_eq!(data.missing_classes(), [Expression::Neutral]);
        let limits = Settings { training_images: Some(18), validation_images: Some(5), ..Settings::default() };
        let limited = data.limited(&limits);
        assert_eq!(limited.dataset.class_counts(&limited.training), [3, 3, 3, 3, 3, 3, 0]);
        assert_eq!(limited.validation.len(), 5);
    }
}
