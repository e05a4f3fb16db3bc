//! Compares the gaps with those of Fairlearn, on runs that Python can generate too.

use super::{GroupError, GroupTable, MIN_IMAGES};
use crate::dataset::GroupLabels;
use crate::evaluation::Predictions;
use crate::evaluation::reference::{Kind, run};

/// Groups of the generated images: the number of limits that `(s² + 3 s) mod 23` reaches.
fn grouped(predictions: &Predictions, limits: &[u64]) -> GroupLabels {
    let code =
        |sample: u64| limits.iter().filter(|&&limit| (sample * sample + 3 * sample) % 23 >= limit).count() as u32;
    let codes = (0..predictions.len() as u64).map(code).collect();
    GroupLabels { name: "group".into(), values: ["a", "b", "c"].map(str::to_owned).into(), codes }
}

/// The expected values of Fairlearn.
struct Expected {
    accuracy: Vec<f64>,
    difference: f64,
    ratio: f64,
    recall: [f64; 7],
    false_positive_rate: [f64; 7],
    odds: [f64; 7],
}

fn check(table: &GroupTable, expected: &Expected) {
    let close = |got: f64, expected: f64| assert!((got - expected).abs() < 1e-9, "{got} where {expected} is right");
    assert_eq!(table.groups.len(), expected.accuracy.len());
    table.groups.iter().zip(&expected.accuracy).for_each(|(group, &accuracy)| close(group.accuracy, accuracy));
    let gaps = table.gaps.as_ref().unwrap();
    close(gaps.accuracy_difference, expected.difference);
    close(gaps.accuracy_ratio.unwrap(), expected.ratio);
    for (index, class) in gaps.classes.iter().enumerate() {
        close(class.recall_difference.unwrap(), expected.recall[index]);
        close(class.false_positive_rate_difference.unwrap(), expected.false_positive_rate[index]);
        close(class.equalised_odds_difference.unwrap(), expected.odds[index]);
    }
    close(gaps.equalised_odds_difference.unwrap(), expected.odds.into_iter().fold(0.0, f64::max));
}

// The expected values are Fairlearn 0.15.0's with scikit-learn 1.9.1, with y the labels, q the predictions and g the
// groups: MetricFrame(metrics=accuracy_score, y_true=y, y_pred=q, sensitive_features=g) with by_group, difference() and
// ratio(); for each class c, with y == c and q == c, true_positive_rate and false_positive_rate in a MetricFrame with
// difference(), and equalized_odds_difference.

#[test]
fn two_groups() {
    let predictions = run(1500, 3, Kind::All);
    let table = GroupTable::new(&predictions, &grouped(&predictions, &[9])).unwrap();
    check(
        &table,
        &Expected {
            accuracy: vec![0.453292496172, 0.439197166470],
            difference: 0.014095329702,
            ratio: 0.968904559814,
            recall: [
                0.017139479905,
                0.053080129690,
                0.047385620915,
                0.029696876443,
                0.061587514684,
                0.019888991674,
                0.103809333865,
            ],
            false_positive_rate: [
                0.025318263572,
                0.023043818466,
                0.057752696150,
                0.031662748343,
                0.017720820660,
                0.000647624075,
                0.005043258989,
            ],
            odds: [
                0.025318263572,
                0.053080129690,
                0.057752696150,
                0.031662748343,
                0.061587514684,
                0.019888991674,
                0.103809333865,
            ],
        },
    );
    let gaps = table.gaps.unwrap();
    assert_eq!((gaps.lowest.as_str(), gaps.highest.as_str()), ("b", "a"));
    assert!(gaps.p_value > 0.05, "these groups are drawn by lot: {gaps:?}");
    // scikit-learn: recall_score(y[g == 1], q[g == 1], labels=range(7), average=None)
    let expected = [0.472222222, 0.464566929, 0.397058824, 0.462686567, 0.457627119, 0.434782609, 0.385321101];
    let recalls = table.groups[1].recalls.iter().map(|recall| recall.unwrap());
    assert!(recalls.zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-9));
    assert_eq!((table.groups[0].samples, table.groups[0].supports[4]), (653, 101));
}

#[test]
fn three_groups() {
    let predictions = run(2500, 11, Kind::All);
    let table = GroupTable::new(&predictions, &grouped(&predictions, &[8, 17])).unwrap();
    check(
        &table,
        &Expected {
            accuracy: vec![0.446490218642, 0.442257217848, 0.464902186421],
            difference: 0.022644968573,
            ratio: 0.951290896806,
            recall: [
                0.085737505079,
                0.083333333333,
                0.155439642325,
                0.151098901099,
                0.095063538612,
                0.040969540970,
                0.088602654176,
            ],
            false_positive_rate: [
                0.018954380707,
                0.022982897321,
                0.015577648015,
                0.013643682268,
                0.018885316501,
                0.010110406575,
                0.017573924731,
            ],
            odds: [
                0.085737505079,
                0.083333333333,
                0.155439642325,
                0.151098901099,
                0.095063538612,
                0.040969540970,
                0.088602654176,
            ],
        },
    );
}

/// Labels of the first, the second … image.
fn labels(values: &[&str], code: impl Fn(usize) -> usize, count: usize) -> GroupLabels {
    GroupLabels {
        name: "group".into(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
        codes: (0..count).map(|sample| code(sample) as u32).collect(),
    }
}

#[test]
fn a_column_with_one_value_has_no_gaps() {
    let predictions = run(200, 5, Kind::All);
    let table = GroupTable::new(&predictions, &labels(&["all"], |_| 0, 200)).unwrap();
    assert_eq!((table.groups.len(), table.groups[0].samples, &table.gaps), (1, 200, &None));
}

#[test]
fn blanks_are_shown_last_and_not_compared() {
    let predictions = run(300, 5, Kind::All);
    let table = GroupTable::new(&predictions, &labels(&["", "old", "", "young"], |sample| sample % 4, 300)).unwrap();
    let shown: Vec<_> =
        table.groups.iter().map(|group| (group.value.as_str(), group.samples, group.compared)).collect();
    assert_eq!(shown, [("old", 75, true), ("young", 75, true), ("", 150, false)]);
    let gaps = table.gaps.unwrap();
    assert!(["old", "young"].contains(&gaps.lowest.as_str()) && ["old", "young"].contains(&gaps.highest.as_str()));
    let nothing = GroupTable::new(&predictions, &labels(&[""], |_| 0, 300)).unwrap();
    assert_eq!((nothing.groups.len(), nothing.gaps), (1, None));
}

#[test]
fn a_small_group_is_shown_and_not_compared() {
    let predictions = run(300, 5, Kind::All);
    let few = MIN_IMAGES as usize;
    let of = |few: usize| labels(&["few", "b", "c"], move |sample| if sample < few { 0 } else { 1 + sample % 2 }, 300);
    let table = GroupTable::new(&predictions, &of(few - 1)).unwrap();
    let compared: Vec<_> = table.groups.iter().map(|group| (group.value.as_str(), group.compared)).collect();
    assert_eq!(compared, [("b", true), ("c", true), ("few", false)]);
    assert!(GroupTable::new(&predictions, &of(few)).unwrap().groups[2].compared);
}

#[test]
fn a_class_without_samples_has_no_recall_and_no_gap() {
    let predictions = run(400, 2, Kind::Missing);
    let table = GroupTable::new(&predictions, &labels(&["a", "b"], |sample| sample % 2, 400)).unwrap();
    assert!(table.groups.iter().all(|group| group.recalls[1].is_none() && group.supports[1] == 0));
    let gaps = table.gaps.unwrap();
    assert_eq!((gaps.classes[1].recall_difference, gaps.classes[1].equalised_odds_difference), (None, None));
    assert!(gaps.classes[1].false_positive_rate_difference.is_some() && gaps.equalised_odds_difference.is_some());
}

#[test]
fn a_column_that_names_images_is_refused() {
    let predictions = run(400, 2, Kind::All);
    let values: Vec<String> = (0..400).map(|value| format!("p{value}")).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let many = labels(&values, |sample| sample, 400);
    assert_eq!(GroupTable::new(&predictions, &many), Err(GroupError::Values("group".into())));
    let short = labels(&["a"], |_| 0, 399);
    let (tables, errors) = GroupTable::all(&predictions, [&many, &labels(&["a"], |_| 0, 400), &short]);
    assert_eq!((tables.len(), errors.len()), (1, 2));
}

#[test]
fn numbers_are_sorted_by_value() {
    let predictions = run(200, 5, Kind::All);
    let values = |labels: &GroupLabels| -> Vec<String> {
        let table = GroupTable::new(&predictions, labels).unwrap();
        table.groups.into_iter().map(|group| group.value).collect()
    };
    let ages = labels(&["100", "9", "20", ""], |sample| sample % 4, 200);
    assert_eq!(values(&ages), ["9", "20", "100", ""]);
    let binned = ages.binned(crate::dataset::Binning::Quantiles(2)).unwrap();
    assert_eq!(values(&binned), ["9", "20 to 100", ""]);
}

#[test]
fn groups_have_the_documented_names() {
    let predictions = run(300, 5, Kind::All);
    let table = GroupTable::new(&predictions, &labels(&["a", "b"], |sample| sample % 2, 300)).unwrap();
    let json: serde_json::Value = serde_json::to_value(&table).unwrap();
    let documented = include_str!("../../../../../docs/report.md");
    for part in [&json, &json["groups"][0], &json["gaps"], &json["gaps"]["classes"][0]] {
        for entry in part.as_object().unwrap().keys() {
            assert!(documented.contains(&format!("`{entry}`")), "{entry}");
        }
    }
    assert_eq!(serde_json::from_value::<GroupTable>(json).unwrap(), table);
}
