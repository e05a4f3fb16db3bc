//! Labels that look reordered: integer labels were interpreted in an order that is not the dataset's.

use std::fmt;

use super::{ConfusionMatrix, MIN_CLASS_IMAGES};
use crate::dataset::{ClassOf, LabelOrder, LoadNote};
use crate::expression::Expression;
use crate::number::percent;

const CLASSES: usize = Expression::COUNT;

/// Minimum number of classes with at least [`MIN_CLASS_IMAGES`] images. With fewer, the usual confusions of a network under
/// difficult conditions can look like another order.
const MIN_CLASSES: usize = 5;

/// Minimum mean recall with the classes that fit: a network that is near chance fits any order badly.
const MIN_FITTING: f64 = 0.5;

/// Minimum gain in mean recall. On PublicTest, reading one named order as another costs the shipped networks 0.2 to 0.7,
/// and no permutation gains anything while the order is right.
const MIN_GAIN: f64 = 0.15;

/// Labels that look reordered: the images of some labels are mostly predicted as one other class, each as a different one.
#[derive(Clone, Debug, PartialEq)]
pub struct Reordering {
    /// The class that fits the images of each label; `None` for labels with too few images.
    fitting: [Option<Expression>; CLASSES],
    /// The accuracy, 0 to 1.
    pub accuracy: f64,
    /// The accuracy if the images had the classes that fit, 0 to 1.
    pub fitting_accuracy: f64,
}

impl Reordering {
    /// Looks for the permutation of the labels with the highest mean recall. `None` if it gains little, if
    /// it predicts any of the labels that it changes no better, or if there are too few images or classes.
    ///
    /// Recalls are compared rather than accuracies, so that a network that prefers one class, or a frequent class, does not
    /// decide alone.
    pub fn find(matrix: &ConfusionMatrix) -> Option<Self> {
        let has_enough = |class: Expression| matrix.class(class).support >= MIN_CLASS_IMAGES;
        let classes = || Expression::ALL.into_iter().filter(|&class| has_enough(class));
        let recall = |class, fitting| matrix.share_of_row(class, fitting);
        let best = best_assignment(|class, fitting| if has_enough(class) { recall(class, fitting) } else { 0.0 });
        let fitting = |class: Expression| best[class.index()];

        let count = classes().count();
        let mean = |of: &dyn Fn(Expression) -> f64| classes().map(of).sum::<f64>() / count.max(1) as f64;
        let (plain, fitted) = (mean(&|class| recall(class, class)), mean(&|class| recall(class, fitting(class))));
        let mut moved = classes().filter(|&class| fitting(class) != class);
        let is_clear = moved.all(|class| recall(class, fitting(class)) > recall(class, class));
        if count < MIN_CLASSES || fitted < MIN_FITTING || fitted - plain < MIN_GAIN || !is_clear {
            return None;
        }
        let right: u64 = Expression::ALL.into_iter().map(|class| matrix.cell(class, fitting(class))).sum();
        Some(Self {
            fitting: Expression::ALL.map(|class| has_enough(class).then(|| fitting(class))),
            accuracy: matrix.accuracy(),
            fitting_accuracy: right as f64 / matrix.samples() as f64,
        })
    }

    /// The labels that another class fits better, with that class.
    pub fn moved(&self) -> impl Iterator<Item = (Expression, Expression)> {
        let pairs = Expression::ALL.into_iter().zip(self.fitting);
        pairs.filter_map(|(label, fitting)| Some((label, fitting?))).filter(|(label, fitting)| label != fitting)
    }

    /// The order with a name, from 0 or 1, in which the numbers fit. The notes about the file give the order in which they were
    /// read, FER2013's if none does.
    pub fn order(&self, notes: &[LoadNote]) -> Option<LabelOrder> {
        let read = notes.iter().find_map(|note| match note {
            LoadNote::NumberedLabels { classes, .. } => Some(classes.clone()),
            _ => None,
        });
        let read = read.unwrap_or_else(|| ClassOf::from_iter((0..).zip(Expression::ALL.map(Some))));
        let fits = |seven: [Expression; CLASSES], first: u32| {
            read.iter().all(|(number, class)| match class.and_then(|class| self.fitting[class.index()]) {
                Some(fitting) => {
                    number.checked_sub(first).and_then(|place| seven.get(place as usize)) == Some(&fitting)
                }
                None => true,
            })
        };
        let is_it = |order: &LabelOrder| order.seven().is_some_and(|seven| fits(seven, 0) || fits(seven, 1));
        LabelOrder::NAMED.into_iter().find(is_it)
    }
}

impl fmt::Display for Reordering {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moved: Vec<String> = self.moved().map(|(label, fitting)| format!("{label} → {fitting}")).collect();
        write!(
            formatter,
            "the labels look reordered: with {}, the accuracy would be {} rather than {}",
            moved.join(", "),
            percent(self.fitting_accuracy),
            percent(self.accuracy)
        )
    }
}

/// The class for each label, each class once, for which the sum of these values is highest; of equal ones, one that changes
/// few labels.
fn best_assignment(value: impl Fn(Expression, Expression) -> f64) -> [Expression; CLASSES] {
    const TIE: f64 = 1e-9;
    // for each set of classes the best sum of as many first labels, and the class of the last of them
    let mut best = [(0.0, 0); 1 << CLASSES];
    for set in 1..best.len() {
        let label = set.count_ones() as usize - 1;
        best[set].0 = f64::NEG_INFINITY;
        for class in (0..CLASSES).filter(|class| set >> class & 1 == 1) {
            let tie = if class == label { TIE } else { 0.0 };
            let sum = best[set ^ 1 << class].0 + value(Expression::ALL[label], Expression::ALL[class]) + tie;
            if sum > best[set].0 {
                best[set] = (sum, class);
            }
        }
    }
    let mut classes = Expression::ALL;
    let mut set = best.len() - 1;
    for label in (0..CLASSES).rev() {
        let class = best[set].1;
        classes[label] = Expression::ALL[class];
        set ^= 1 << class;
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shipped networks' confusion matrices on PublicTest, by FER2013's and by FER+'s labels, from the model card.
    fn card() -> Vec<ConfusionMatrix> {
        let card: serde_json::Value = serde_json::from_str(include_str!("../../../../www/weights/card.json")).unwrap();
        let mut found = Vec::new();
        collect(&card, &mut found);
        found
    }

    fn collect(value: &serde_json::Value, found: &mut Vec<ConfusionMatrix>) {
        match value {
            serde_json::Value::Object(object) => object.iter().for_each(|(name, value)| match name.as_str() {
                "confusion_matrix" => found.push(serde_json::from_value(value.clone()).unwrap()),
                _ => collect(value, found),
            }),
            serde_json::Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
            _ => {}
        }
    }

    /// The matrix of images in the order `right` that were read in the order `read`.
    fn reread(matrix: &ConfusionMatrix, right: &LabelOrder, read: &LabelOrder) -> ConfusionMatrix {
        let mut other = ConfusionMatrix::default();
        for (right, read) in right.seven().unwrap().into_iter().zip(read.seven().unwrap()) {
            other.0[read.index()] = matrix.0[right.index()];
        }
        other
    }

    fn note(order: &LabelOrder, first: u32) -> [LoadNote; 1] {
        let classes = (first..).zip(order.seven().unwrap().map(Some)).collect();
        [LoadNote::NumberedLabels { order: Some(order.clone()), classes }]
    }

    #[test]
    fn an_order_read_as_another_is_found_and_named() {
        let matrices = card();
        assert!(matrices.len() >= 6, "{}", matrices.len());
        for matrix in &matrices {
            assert_eq!(Reordering::find(matrix), None, "the labels are right");
            for right in LabelOrder::NAMED {
                for read in LabelOrder::NAMED.iter().filter(|read| **read != right) {
                    let found = Reordering::find(&reread(matrix, &right, read)).unwrap();
                    assert!((found.fitting_accuracy - matrix.accuracy()).abs() < 1e-12);
                    assert!(found.accuracy + 0.15 < matrix.accuracy() && found.moved().count() >= 3, "{found}");
                    for first in [0, 1] {
                        assert_eq!(found.order(&note(read, first)).as_ref(), Some(&right), "read as {read}");
                    }
                    if *read == LabelOrder::Fer2013 {
                        assert_eq!(found.order(&[LoadNote::NoSplit(1)]), Some(right.clone()));
                    }
                }
            }
        }
    }

    #[test]
    fn another_order_is_described_by_its_classes() {
        let mut matrix = card()[0];
        let [angry, happy] = [Expression::Angry, Expression::Happy].map(Expression::index);
        matrix.0.swap(angry, happy);
        let found = Reordering::find(&matrix).unwrap();
        assert!(found.moved().eq([(Expression::Angry, Expression::Happy), (Expression::Happy, Expression::Angry)]));
        assert_eq!(found.order(&[]), None);
        let text = found.to_string();
        assert!(text.contains("with angry → happy, happy → angry, the accuracy would be 7"), "{text}");
        // a class with few images says nothing, and its label need not fit
        let disgust = Expression::Disgust.index();
        let mut few = reread(&card()[0], &LabelOrder::RafDb, &LabelOrder::Fer2013);
        few.0[disgust] = [0, 0, 0, 9, 0, 0, 0];
        let found = Reordering::find(&few).unwrap();
        assert!(found.moved().all(|(label, _)| label != Expression::Disgust));
        assert_eq!(found.order(&[]), Some(LabelOrder::RafDb));
    }

    #[test]
    fn poor_results_are_not_taken_for_another_order() {
        let find = |rows: [[u64; CLASSES]; CLASSES]| Reordering::find(&ConfusionMatrix(rows));
        assert_eq!(find([[0; CLASSES]; CLASSES]), None, "no images");
        // whatever the image, it is predicted as happy, while most images are labelled neutral
        let mut constant = [[0, 0, 0, 20, 0, 0, 0]; CLASSES];
        constant[Expression::Neutral.index()][Expression::Happy.index()] = 1000;
        assert_eq!(find(constant), None);
        // three difficult classes, each mostly predicted as its neighbour
        let mut few = [[0; CLASSES]; CLASSES];
        (few[1], few[2], few[4]) = ([30, 5, 0, 0, 0, 0, 0], [0, 0, 5, 0, 0, 30, 0], [0, 0, 0, 0, 5, 0, 30]);
        assert_eq!(find(few), None);
        // images that are hard to see: half of each class is predicted as neutral
        let mut hard = [[0; CLASSES]; CLASSES];
        for (class, row) in hard.iter_mut().enumerate() {
            row[class] += 30;
            row[Expression::Neutral.index()] += 40;
        }
        assert_eq!(find(hard), None);
        // nine images of each class
        let mut rare = [[0; CLASSES]; CLASSES];
        (0..CLASSES).for_each(|class| rare[class][(class + 1) % CLASSES] = 9);
        assert_eq!(find(rare), None);
        (0..CLASSES).for_each(|class| rare[class][(class + 1) % CLASSES] = 10);
        assert!(find(rare).is_some_and(|found| (found.accuracy, found.fitting_accuracy) == (0.0, 1.0)));
    }

    #[test]
    fn the_assignment_is_the_best_of_all() {
        let mut state = 1_u64;
        for _ in 0..20 {
            let values: [[f64; CLASSES]; CLASSES] = std::array::from_fn(|_| {
                std::array::from_fn(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (state >> 40) as f64
                })
            });
            let best = best_assignment(|label, class| values[label.index()][class.index()]);
            let mut classes = best.map(Expression::index);
            let sum = |classes: &[usize; CLASSES]| (0..CLASSES).map(|label| values[label][classes[label]]).sum::<f64>();
            let expected = sum(&classes);
            classes.sort_unstable();
            assert_eq!(classes, [0, 1, 2, 3, 4, 5, 6], "each once");
            let mut highest = 0.0_f64;
            permute(&mut classes, 0, &mut |classes| highest = highest.max(sum(classes)));
            assert_eq!(expected, highest);
        }
        assert_eq!(best_assignment(|_, _| 0.0), Expression::ALL, "nothing to gain");
    }

    fn permute(classes: &mut [usize; CLASSES], from: usize, act: &mut impl FnMut(&[usize; CLASSES])) {
        if from == CLASSES {
            act(classes);
        }
        for other in from..CLASSES {
            classes.swap(from, other);
            permute(classes, from + 1, act);
            classes.swap(from, other);
        }
    }
}
