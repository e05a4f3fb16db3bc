//! Texts of the images of a run: of the cells of the confusion matrix, their galleries, and each image.

use crate::format::{percent, share};
use crate::language::Text;
use crate::language::messages::evaluation::{
    FACT_GROUP, FACT_LABEL, FACT_PREDICTED, FACT_SPLIT, GALLERY_ORDER, cell_right, cell_wrong, closeup_row,
    gallery_empty, gallery_right, gallery_wrong, image_number, neighbour_predicted, sample_row, similarity,
};
use crate::state::{Cell, EvaluationRun};
use crate::text::{expression, inline, labelled};
use mien_core::expression::{Distribution, Expression};
use mien_protocol::DatasetSummary;

/// A cell of the matrix in words.
pub fn cell_title(actual: Expression, predicted: Expression, number: usize) -> String {
    if actual == predicted {
        cell_right(number, inline(actual))
    } else {
        cell_wrong(number, inline(actual), inline(predicted))
    }
}

/// The heading of the gallery.
pub fn gallery(Cell { actual, predicted }: Cell, number: usize) -> String {
    let order = if number > 1 { GALLERY_ORDER.text() } else { "" };
    match number {
        0 => gallery_empty(inline(actual), inline(predicted)),
        _ if actual == predicted => gallery_right(number, expression(actual), order),
        _ => gallery_wrong(number, expression(actual), inline(predicted), order),
    }
}

/// The caption of a thumbnail: the prediction, and the label if it differs.
pub fn sample_prediction(prediction: &Distribution, actual: Expression) -> String {
    let (predicted, confidence) = prediction.top();
    let mut text = format!("{} {}", inline(predicted), percent(confidence));
    if predicted != actual {
        text += &format!(", {} {}", inline(actual), percent(prediction.probability(actual)));
    }
    text
}

/// The tooltip of a thumbnail.
pub fn sample_title(set: &DatasetSummary, sample: u32, prediction: &Distribution, actual: Expression) -> String {
    sample_row(row(set, sample), &sample_prediction(prediction, actual))
}

/// The row of a sample in its file, counted from 1.
fn row(set: &DatasetSummary, sample: u32) -> usize {
    set.rows.get(sample as usize).map_or(sample as usize, |&row| row as usize) + 1
}

/// The heading of an opened image.
pub fn image_detail(set: &DatasetSummary, sample: u32) -> String {
    closeup_row(row(set, sample), &set.name)
}

/// The text alternative of an image.
pub fn image(sample: u32) -> String {
    image_number(sample + 1)
}

/// The properties of a prediction: term and value.
pub fn sample_facts(run: &EvaluationRun, prediction: usize) -> Vec<(Text, String)> {
    let (sample, label) = (run.predictions.sample(prediction), run.predictions.label(prediction));
    let (predicted, confidence) = run.predictions.top(prediction);
    let mut facts = vec![
        (FACT_LABEL, expression(label).into()),
        (FACT_PREDICTED, format!("{}, {}", expression(predicted), share(f64::from(confidence)))),
    ];
    if let Some(split) = run.set.split(sample as usize) {
        facts.push((FACT_SPLIT, split.name().to_owned()));
    }
    for group in &run.set.groups {
        let value = group.codes.get(sample as usize).and_then(|&code| group.values.get(usize::from(code)));
        if value.is_some_and(|value| !value.is_empty()) {
            facts.push((FACT_GROUP, labelled(&group.name, &value.cloned().unwrap_or_default())));
        }
    }
    facts
}

/// The caption of a similar image: similarity, label, predicted class (if the run has it), split.
pub fn neighbour(run: &EvaluationRun, sample: u32, likeness: f32) -> Vec<String> {
    let label = run.set.label(sample as usize);
    let mut lines = vec![similarity(&percent(likeness)), label.map(expression).map_or_else(String::new, String::from)];
    let place = (0..run.predictions.len()).find(|&place| run.predictions.sample(place) == sample);
    if let Some((predicted, _)) =
        place.map(|place| run.predictions.top(place)).filter(|(class, _)| Some(*class) != label)
    {
        lines.push(neighbour_predicted(inline(predicted)));
    }
    lines.extend(run.set.split(sample as usize).map(|split| split.name().to_owned()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::distribution;
    use crate::text::evaluation::tests::run;

    #[test]
    fn cells_and_their_images_are_described() {
        let (happy, sad) = (Expression::Happy, Expression::Sad);
        assert_eq!(cell_title(happy, happy, 1), "1 image of happy correctly predicted");
        assert_eq!(cell_title(happy, sad, 2), "2 images of happy predicted as sad");
        let heading = |predicted, number| gallery(Cell { actual: happy, predicted }, number);
        assert_eq!(heading(sad, 0), "No image of happy was predicted as sad");
        assert_eq!(heading(happy, 1), "Happy, correctly predicted: 1 image");
        assert_eq!(heading(sad, 2), "Happy, predicted as sad: 2 images, highest confidence first");
        assert_eq!(sample_prediction(&distribution(happy, 0.9), happy), "happy 90%");
        assert_eq!(sample_prediction(&distribution(sad, 0.7), happy), "sad 70%, happy 5%");
    }

    #[test]
    fn an_image_shows_label_prediction_and_split() {
        let run = run();
        let values: Vec<String> = sample_facts(&run, 0).into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, ["Happy", "Sad, 80.0%", "Training"]);
        assert_eq!(neighbour(&run, 0, 0.91), ["similarity 91%", "Happy", "predicted sad", "Training"]);
        assert_eq!(neighbour(&run, 2, 0.5), ["similarity 50%", "Happy", "Training"], "predicted as labelled");
        assert_eq!(neighbour(&run, 1, 0.5).len(), 3, "not among the predictions");
        assert_eq!(neighbour(&run, 99, 0.5), ["similarity 50%", ""], "not in the set");
        assert_eq!(
            (image_detail(&run.set, 1), image_detail(&run.set, 99)),
            ("Row 2 of set".into(), "Row 100 of set".into())
        );
    }
}
