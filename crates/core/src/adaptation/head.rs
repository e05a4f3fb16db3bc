//! The fully connected layer of a network, adapted to frames of several looks of a person.
//!
//! It is a multinomial logistic regression on the features, with a penalty on the distance from the weights as they were
//! (L²-SP: Li, Grandvalet & Davoine 2018, *Explicit Inductive Bias for Transfer Learning with Convolutional Networks*). The problem is
//! convex, and solved from the weights as they were with a fixed number of steps of gradient descent: nothing is random.

use crate::expression::{Distribution, Expression};

const CLASSES: usize = Expression::COUNT;

/// Weight of the penalty.
pub const HEAD_PENALTY: f32 = 0.03;

/// Number of steps, after which less than a thousandth of the way to the minimum is left.
const STEPS: usize = 300;

/// The features of frames, with the looks that were asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledFeatures {
    /// `[frames, features]`, row by row.
    pub features: Vec<f32>,
    /// One for each frame.
    pub labels: Vec<Expression>,
}

/// A fully connected layer: from features to logits, with the temperature applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// `[features, classes]`, row by row.
    pub weights: Vec<f32>,
    /// One for each class.
    pub biases: [f32; CLASSES],
}

impl Head {
    /// The logits of features.
    pub fn logits(&self, features: &[f32]) -> [f32; CLASSES] {
        let (rows, _) = self.weights.as_chunks::<CLASSES>();
        let mut logits = self.biases;
        for (row, feature) in rows.iter().zip(features) {
            logits.iter_mut().zip(row).for_each(|(logit, weight)| *logit += weight * feature);
        }
        logits
    }

    /// The head that fits the frames better. Each look counts as much as any other, however many frames it has. It minimizes
    ///
    /// mean over the looks of the mean cross-entropy of its frames + penalty / 2 · (s · |W − W₀|² + |d|²)
    ///
    /// where W₀ are the weights as they were, s is the mean squared distance of the features from their mean f̄ (so that the penalty does not
    /// depend on their scale), and the logits are W₀f + b₀ + (W − W₀)(f − f̄) + d. The cross-entropy is among the looks that were shown:
    /// what was left out is not counted as never seen. `None` for fewer than two looks, another number of features than
    /// fits, or a number that is not finite.
    pub fn adapted(&self, frames: &LabelledFeatures, penalty: f32) -> Option<Self> {
        let width = self.weights.len() / CLASSES;
        let weights = frame_weights(&frames.labels)?;
        if frames.features.len() != width * frames.labels.len() {
            return None;
        }
        let shown: [bool; CLASSES] =
            std::array::from_fn(|class| frames.labels.iter().any(|label| label.index() == class));
        let mut mean = vec![0.0_f32; width];
        for (row, weight) in frames.features.chunks_exact(width).zip(&weights) {
            mean.iter_mut().zip(row).for_each(|(mean, feature)| *mean += weight * feature);
        }
        let mut centred = frames.features.clone();
        let mut spread = 0.0;
        for (row, weight) in centred.chunks_exact_mut(width).zip(&weights) {
            row.iter_mut().zip(&mean).for_each(|(feature, mean)| *feature -= mean);
            spread += weight * row.iter().map(|feature| feature * feature).sum::<f32>();
        }
        // frames that are all the same differ by rounding alone
        let least = 1e-6 * mean.iter().map(|feature| feature * feature).sum::<f32>();
        let scale = 1.0 / spread.max(least).max(f32::MIN_POSITIVE).sqrt();
        centred.iter_mut().for_each(|feature| *feature *= scale);
        let before: Vec<[f32; CLASSES]> = frames.features.chunks_exact(width).map(|row| self.logits(row)).collect();

        let mut change = Self { weights: vec![0.0; self.weights.len()], biases: [0.0; CLASSES] };
        // the largest curvature is that of the cross-entropy, at most 1/2 · (mean |features|² + 1) = 1, and the penalty
        let step = 1.0 / (1.0 + penalty);
        for _ in 0..STEPS {
            let keep = 1.0 - step * penalty;
            let mut next = Self {
                weights: change.weights.iter().map(|weight| weight * keep).collect(),
                biases: change.biases.map(|bias| bias * keep),
            };
            let each = centred.chunks_exact(width).zip(&before).zip(frames.labels.iter().zip(&weights));
            for ((row, before), (label, weight)) in each {
                let mut logits = change.logits(row);
                for (class, (logit, before)) in logits.iter_mut().zip(before).enumerate() {
                    *logit = if shown[class] { *logit + before } else { f32::NEG_INFINITY };
                }
                let mut slope = Distribution::from_logits(logits).0.map(|probability| -step * weight * probability);
                slope[label.index()] += step * weight;
                next.biases.iter_mut().zip(slope).for_each(|(bias, slope)| *bias += slope);
                let (rows, _) = next.weights.as_chunks_mut::<CLASSES>();
                for (weights, feature) in rows.iter_mut().zip(row) {
                    weights.iter_mut().zip(slope).for_each(|(weight, slope)| *weight += slope * feature);
                }
            }
            change = next;
        }
        let mut adapted = self.clone();
        let (rows, _) = change.weights.as_chunks::<CLASSES>();
        for (row, mean) in rows.iter().zip(&mean) {
            change.biases.iter_mut().zip(row).for_each(|(bias, weight)| *bias -= weight * scale * mean);
        }
        adapted.weights.iter_mut().zip(&change.weights).for_each(|(weight, change)| *weight += change * scale);
        adapted.biases.iter_mut().zip(change.biases).for_each(|(bias, change)| *bias += change);
        let finite = adapted.weights.iter().chain(&adapted.biases).all(|value| value.is_finite());
        finite.then_some(adapted)
    }
}

/// The weight of each frame: those of a look have the same, and all looks sum up to the same; together 1. `None` for fewer than two looks.
fn frame_weights(labels: &[Expression]) -> Option<Vec<f32>> {
    let mut counts = [0_u32; CLASSES];
    labels.iter().for_each(|label| counts[label.index()] += 1);
    let looks = counts.iter().filter(|count| **count > 0).count();
    (looks > 1).then(|| labels.iter().map(|label| 1.0 / (looks as f32 * counts[label.index()] as f32)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::normal;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    const WIDTH: usize = 5;

    fn random_head(seed: u64) -> Head {
        let mut random = StdRng::seed_from_u64(seed);
        let weights = (0..WIDTH * CLASSES).map(|_| 0.1 * normal(&mut random)).collect();
        Head { weights, biases: std::array::from_fn(|_| 0.1 * normal(&mut random)) }
    }

    /// `count` frames of each of some looks: each has a place of its own among the features, and the frames are around it.
    fn frames(looks: &[Expression], count: usize, scale: f32) -> LabelledFeatures {
        let mut random = StdRng::seed_from_u64(9);
        let mut frames = LabelledFeatures::default();
        for look in looks {
            let place: Vec<f32> = (0..WIDTH).map(|_| 3.0 * normal(&mut random)).collect();
            for _ in 0..count {
                frames.features.extend(place.iter().map(|value| scale * (value + 0.2 * normal(&mut random))));
                frames.labels.push(*look);
            }
        }
        frames
    }

    fn right(head: &Head, frames: &LabelledFeatures) -> usize {
        let rows = frames.features.chunks_exact(WIDTH).zip(&frames.labels);
        rows.filter(|(row, label)| Distribution::from_logits(head.logits(row)).top().0 == **label).count()
    }

    const LOOKS: [Expression; 4] = [Expression::Neutral, Expression::Happy, Expression::Sad, Expression::Fear];

    #[test]
    fn looks_that_differ_are_told_apart_and_the_same_again() {
        let (head, frames) = (random_head(1), frames(&LOOKS, 6, 1.0));
        let adapted = head.adapted(&frames, HEAD_PENALTY).unwrap();
        assert!(right(&head, &frames) < 18, "{}", right(&head, &frames));
        assert_eq!(right(&adapted, &frames), 24);
        assert_eq!(head.adapted(&frames, HEAD_PENALTY).unwrap(), adapted);
    }

    #[test]
    fn it_is_at_the_minimum_of_the_objective() {
        let (head, frames, penalty) = (random_head(2), frames(&LOOKS[..3], 4, 1.0), 0.3);
        let adapted = head.adapted(&frames, penalty).unwrap();
        // the slope of the cross-entropy equals that of the penalty: its pull on each bias of the shown looks, at the mean of the features
        let mean: Vec<f32> =
            (0..WIDTH).map(|index| frames.features.iter().skip(index).step_by(WIDTH).sum::<f32>() / 12.0).collect();
        let (before, after) = (head.logits(&mean), adapted.logits(&mean));
        for look in &LOOKS[..3] {
            let class = look.index();
            let slope: f32 = frames
                .features
                .chunks_exact(WIDTH)
                .zip(&frames.labels)
                .map(|(row, label)| {
                    let mut logits = adapted.logits(row);
                    for (other, logit) in logits.iter_mut().enumerate() {
                        if !LOOKS[..3].iter().any(|look| look.index() == other) {
                            *logit = f32::NEG_INFINITY;
                        }
                    }
                    (f32::from(u8::from(label == look)) - Distribution::from_logits(logits).0[class]) / 12.0
                })
                .sum();
            let pull = penalty * (after[class] - before[class]);
            assert!((slope - pull).abs() < 1e-4, "{look}: {slope} {pull}");
        }
    }

    #[test]
    fn a_look_that_was_left_out_keeps_its_logits_and_a_large_penalty_changes_nothing() {
        let (head, frames) = (random_head(3), frames(&LOOKS, 5, 1.0));
        let adapted = head.adapted(&frames, HEAD_PENALTY).unwrap();
        let row = &frames.features[..WIDTH];
        let (before, after) = (head.logits(row), adapted.logits(row));
        for class in Expression::ALL.into_iter().filter(|class| !LOOKS.contains(class)) {
            assert!((before[class.index()] - after[class.index()]).abs() < 1e-4, "{class}");
        }
        let hardly = head.adapted(&frames, 1e4).unwrap().logits(row);
        assert!(
            before.iter().zip(hardly).all(|(before, after)| (before - after).abs() < 1e-2),
            "{before:?} {hardly:?}"
        );
    }

    #[test]
    fn neither_the_scale_of_features_nor_the_number_of_frames_decides() {
        let head = random_head(4);
        let scaled = |scale: f32| {
            let weights = head.weights.iter().map(|weight| weight / scale).collect();
            let adapted = Head { weights, ..head.clone() }.adapted(&frames(&LOOKS, 5, scale), HEAD_PENALTY).unwrap();
            adapted.logits(&frames(&LOOKS, 5, scale).features[..WIDTH])
        };
        let (one, hundred) = (scaled(1.0), scaled(100.0));
        assert!(one.iter().zip(hundred).all(|(one, hundred)| (one - hundred).abs() < 1e-2), "{one:?} {hundred:?}");
        let few = frames(&LOOKS, 5, 1.0);
        let mut more = few.clone();
        more.features.extend_from_slice(&few.features[..5 * WIDTH]);
        more.labels.extend_from_slice(&few.labels[..5]);
        let adapted =
            [&few, &more].map(|frames| head.adapted(frames, HEAD_PENALTY).unwrap().logits(&few.features[..WIDTH]));
        assert!(adapted[0].iter().zip(adapted[1]).all(|(few, more)| (few - more).abs() < 1e-3), "{adapted:?}");
    }

    #[test]
    fn one_look_is_too_few_and_what_is_not_finite_is_refused() {
        let head = random_head(5);
        assert_eq!(head.adapted(&frames(&LOOKS[..1], 5, 1.0), HEAD_PENALTY), None);
        assert_eq!(head.adapted(&LabelledFeatures::default(), HEAD_PENALTY), None);
        let mut broken = frames(&LOOKS, 2, 1.0);
        broken.features[3] = f32::NAN;
        assert_eq!(head.adapted(&broken, HEAD_PENALTY), None);
        assert!(
            head.adapted(&LabelledFeatures { features: vec![1.0; 4 * WIDTH], labels: LOOKS.to_vec() }, HEAD_PENALTY)
                .is_some()
        );
    }
}
