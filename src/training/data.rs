//! What a session learns from and validates on.

use std::sync::Arc;

use crate::dataset::{Dataset, Split, Votes, select_training};
use crate::expression::Expression;

/// Samples to learn from and to validate on.
#[derive(Clone, Debug)]
pub struct TrainingData {
    /// The images.
    pub dataset: Arc<Dataset>,
    /// Samples to learn from.
    pub training: Vec<usize>,
    /// Samples to validate on; may be none.
    pub validation: Vec<usize>,
    /// FER+'s votes, which must fit the dataset ([`Votes::check`]).
    pub votes: Option<Votes>,
}

impl TrainingData {
    /// FER2013's own use: learns from Training (see [`select_training`]), validates on PublicTest.
    pub fn new(dataset: Arc<Dataset>, votes: Option<Votes>) -> Self {
        let training = select_training(&dataset).kept;
        let validation = dataset.of_split(Split::PublicTest);
        Self { dataset, training, validation, votes }
    }

    /// What the network should say of a sample: the label, mixed with the votes, smoothed. Together 1.
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

    /// Tells other data from this, by which samples there are and their labels (FNV-1a).
    pub(super) fn fingerprint(&self) -> u64 {
        let label = |&sample: &usize| [self.dataset.row(sample) as u64, self.dataset.label(sample).index() as u64];
        let counts = [self.training.len() as u64, self.validation.len() as u64, u64::from(self.votes.is_some())];
        let words = counts.into_iter().chain(self.training.iter().chain(&self.validation).flat_map(label));
        words.fold(0xcbf2_9ce4_8422_2325, |hash, word| (hash ^ word).wrapping_mul(0x0100_0000_01b3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::CROP_PIXELS;

    #[test]
    fn targets_mix_label_votes_and_smoothing() {
        let mut dataset = Dataset::default();
        dataset.push([0; CROP_PIXELS], Expression::Sad, Split::Training, 0);
        dataset.push([0; CROP_PIXELS], Expression::Sad, Split::Training, 1);
        let votes = b"anger,disgust,fear,happiness,sadness,surprise,neutral\n5,0,0,0,5,0,0\n1,0,0,0,0,0,0\n";
        let votes = Some(Votes::read(&votes[..]).unwrap());
        let data = TrainingData { dataset: Arc::new(dataset), training: vec![0, 1], validation: vec![], votes };
        let near = |got: [f32; 7], expected: [f32; 7]| {
            assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{got:?}");
        };
        near(data.target(0, 0.5, 0.0), [0.25, 0.0, 0.0, 0.0, 0.75, 0.0, 0.0]);
        near(data.target(1, 0.5, 0.07), [0.01, 0.01, 0.01, 0.01, 0.94, 0.01, 0.01]);
        let mut other = data.clone();
        other.training = vec![1, 0];
        assert_ne!(other.fingerprint(), data.fingerprint());
    }
}
