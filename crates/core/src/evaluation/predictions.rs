//! The predictions of a run.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::ConfusionMatrix;
use crate::expression::{Distribution, Expression};
use crate::packed::{Packed as _, pack};

/// The label of each image of a run and the probabilities that a network predicted. Predictions are numbered from 0 to
/// [`Self::len`] - 1.
///
/// Serialized as three blocks of bytes, 33 bytes per image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "Blocks", try_from = "Blocks")]
pub struct Predictions {
    samples: Vec<u32>,
    labels: Vec<Expression>,
    distributions: Vec<Distribution>,
}

impl Predictions {
    /// Adds the prediction for a sample of the dataset.
    pub fn push(&mut self, sample: u32, label: Expression, distribution: Distribution) {
        self.samples.push(sample);
        self.labels.push(label);
        self.distributions.push(distribution);
    }

    /// The number of predictions.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there are no predictions.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The sample of the dataset.
    ///
    /// # Panics
    /// When there is no such prediction, like all methods that take an index.
    pub fn sample(&self, index: usize) -> u32 {
        self.samples[index]
    }

    /// The label of the image.
    pub fn label(&self, index: usize) -> Expression {
        self.labels[index]
    }

    /// The probabilities.
    pub fn distribution(&self, index: usize) -> Distribution {
        self.distributions[index]
    }

    /// The predicted class and its probability, the confidence.
    pub fn top(&self, index: usize) -> (Expression, f32) {
        self.distributions[index].top()
    }

    /// All predictions: sample, label, probabilities.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u32, Expression, Distribution)> + '_ {
        (0..self.len()).map(|index| (self.samples[index], self.labels[index], self.distributions[index]))
    }

    /// The confusion matrix.
    pub fn confusion_matrix(&self) -> ConfusionMatrix {
        let mut matrix = ConfusionMatrix::default();
        self.iter().for_each(|(_, label, distribution)| matrix.add(label, distribution.top().0));
        matrix
    }

    /// The predictions of a cell of the confusion matrix, most confident first.
    pub fn cell(&self, actual: Expression, predicted: Expression) -> Vec<usize> {
        let mut cell: Vec<(usize, f32)> = (0..self.len())
            .filter(|&index| self.labels[index] == actual)
            .map(|index| (index, self.top(index)))
            .filter_map(|(index, (class, confidence))| (class == predicted).then_some((index, confidence)))
            .collect();
        cell.sort_by(|a, b| b.1.total_cmp(&a.1));
        cell.into_iter().map(|(index, _)| index).collect()
    }
}

/// The serialized form.
#[derive(Serialize, Deserialize)]
struct Blocks {
    samples: ByteBuf,
    labels: ByteBuf,
    probabilities: ByteBuf,
}

impl From<Predictions> for Blocks {
    fn from(predictions: Predictions) -> Self {
        let labels: Vec<u8> = predictions.labels.iter().map(|label| label.index() as u8).collect();
        Self {
            samples: ByteBuf::from(pack(&predictions.samples)),
            labels: ByteBuf::from(labels),
            probabilities: ByteBuf::from(pack(predictions.distributions.iter().map(|distribution| &distribution.0))),
        }
    }
}

impl TryFrom<Blocks> for Predictions {
    type Error = &'static str;

    fn try_from(blocks: Blocks) -> Result<Self, &'static str> {
        let whole = "predictions that are cut off or do not fit together";
        let samples = u32::unpack(&blocks.samples).ok_or(whole)?;
        let probabilities = <[f32; Expression::COUNT]>::unpack(&blocks.probabilities).ok_or(whole)?;
        let labels = blocks.labels.iter().map(|&label| Expression::from_index(usize::from(label)));
        let labels = labels.collect::<Option<Vec<_>>>().ok_or("a label beyond 6")?;
        if labels.len() != samples.len() || probabilities.len() != samples.len() {
            return Err(whole);
        }
        Ok(Self { samples, labels, distributions: probabilities.into_iter().map(Distribution).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predictions() -> Predictions {
        let mut predictions = Predictions::default();
        let sure = |class: usize, share: f32| {
            let mut distribution = [(1.0 - share) / 6.0; 7];
            distribution[class] = share;
            Distribution(distribution)
        };
        predictions.push(7, Expression::Fear, sure(5, 0.6));
        predictions.push(3, Expression::Fear, sure(2, 0.5));
        predictions.push(9, Expression::Fear, sure(5, 0.9));
        predictions.push(70_000, Expression::Happy, sure(3, 1.0));
        predictions.push(1, Expression::Fear, sure(5, 0.7));
        predictions
    }

    #[test]
    fn a_cell_shows_the_most_confident_first() {
        let predictions = predictions();
        assert_eq!(predictions.cell(Expression::Fear, Expression::Surprise), [2, 4, 0]);
        assert_eq!(predictions.cell(Expression::Fear, Expression::Fear), [1]);
        assert!(predictions.cell(Expression::Sad, Expression::Fear).is_empty());
        assert_eq!(predictions.confusion_matrix().0[2], [0, 0, 1, 0, 0, 3, 0]);
        assert_eq!(predictions.top(3), (Expression::Happy, 1.0));
        assert_eq!((predictions.sample(3), predictions.label(3)), (70_000, Expression::Happy));
    }

    #[test]
    fn they_travel_as_bytes() {
        let predictions = predictions();
        let json = serde_json::to_value(&predictions).unwrap();
        assert_eq!(json["samples"].as_array().unwrap().len(), 5 * 4);
        assert_eq!(json["labels"].as_array().unwrap().len(), 5);
        assert_eq!(json["probabilities"].as_array().unwrap().len(), 5 * 28);
        assert_eq!(serde_json::from_value::<Predictions>(json.clone()).unwrap(), predictions);

        for (entry, index) in [("samples", 19), ("labels", 4), ("probabilities", 139)] {
            let mut cut = json.clone();
            cut[entry].as_array_mut().unwrap().remove(index);
            assert!(serde_json::from_value::<Predictions>(cut).is_err(), "{entry}");
        }
        let mut unknown = json;
        unknown["labels"][0] = 7.into();
        assert!(serde_json::from_value::<Predictions>(unknown).is_err());
    }
}
