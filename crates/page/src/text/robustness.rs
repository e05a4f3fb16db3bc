//! Texts of the robustness test.

use super::evaluation::{FACT_BACKEND, FACT_NETWORK, FACT_TIME, SET, SPLIT, duration};
use super::run::{quarters, with_estimates};
use super::{expression, titled};
use crate::format::{fixed, grouped, percent, share};
use crate::language::Text;
use crate::sort::sort_short;
use crate::state::{RobustnessRun, RunProgress, TableMetric};
use mien_core::expression::Distribution;
use mien_core::vision::corruption::{Corruption, Family, SEVERITIES};
use mien_protocol::{DatasetSummary, RobustnessOutcome};

pub use crate::language::messages::robustness::*;

/// A family's name.
pub const fn family(family: Family) -> Text {
    match family {
        Family::Light => FAMILY_LIGHT,
        Family::Orientation => FAMILY_ORIENTATION,
        Family::Occlusion => FAMILY_OCCLUSION,
        Family::Quality => FAMILY_QUALITY,
    }
}

/// The corruptions in a family.
pub const fn family_hint(family: Family) -> Text {
    match family {
        Family::Light => LIGHT_HINT,
        Family::Orientation => ORIENTATION_HINT,
        Family::Occlusion => OCCLUSION_HINT,
        Family::Quality => QUALITY_HINT,
    }
}

/// A corruption's name.
pub const fn corruption(corruption: Corruption) -> Text {
    match corruption {
        Corruption::Brightness => BRIGHTNESS,
        Corruption::Contrast => CONTRAST,
        Corruption::Gamma => GAMMA,
        Corruption::SideShadow => SIDE_SHADOW,
        Corruption::Roll => ROLL,
        Corruption::Yaw => YAW,
        Corruption::Shift => SHIFT,
        Corruption::Tighter => TIGHTER,
        Corruption::Wider => WIDER,
        Corruption::Eyes => EYES,
        Corruption::Mouth => MOUTH,
        Corruption::LowerHalf => LOWER_HALF,
        Corruption::Blocks => BLOCKS,
        Corruption::Resolution => RESOLUTION,
        Corruption::Blur => BLUR,
        Corruption::GaussianNoise => GAUSSIAN_NOISE,
        Corruption::SaltAndPepper => SALT_AND_PEPPER,
        Corruption::Jpeg => JPEG,
    }
}

/// The effect of a corruption.
pub const fn corruption_hint(corruption: Corruption) -> Text {
    match corruption {
        Corruption::Brightness => BRIGHTNESS_DOES,
        Corruption::Contrast => CONTRAST_DOES,
        Corruption::Gamma => GAMMA_DOES,
        Corruption::SideShadow => SIDE_SHADOW_DOES,
        Corruption::Roll => ROLL_DOES,
        Corruption::Yaw => YAW_DOES,
        Corruption::Shift => SHIFT_DOES,
        Corruption::Tighter => TIGHTER_DOES,
        Corruption::Wider => WIDER_DOES,
        Corruption::Eyes => EYES_DOES,
        Corruption::Mouth => MOUTH_DOES,
        Corruption::LowerHalf => LOWER_HALF_DOES,
        Corruption::Blocks => BLOCKS_DOES,
        Corruption::Resolution => RESOLUTION_DOES,
        Corruption::Blur => BLUR_DOES,
        Corruption::GaussianNoise => GAUSSIAN_NOISE_DOES,
        Corruption::SaltAndPepper => SALT_AND_PEPPER_DOES,
        Corruption::Jpeg => JPEG_DOES,
    }
}

/// The parameter of a corruption at a strength, with its unit.
pub fn parameter(corruption: Corruption, strength: f32) -> String {
    let value = f64::from(corruption.parameter(strength));
    let whole = (value - value.round()).abs() < 0.05;
    let text = fixed(value, if whole { 0 } else { 1 });
    match corruption {
        Corruption::Brightness | Corruption::GaussianNoise => unit_grey(&text),
        Corruption::Contrast => unit_times(&fixed(value, 2)),
        Corruption::Gamma => unit_exponent(&fixed(value, 1)),
        Corruption::SideShadow => unit_darker(&percent(value as f32)),
        Corruption::Roll | Corruption::Yaw => unit_degrees(&text),
        Corruption::Shift | Corruption::Tighter | Corruption::Wider => unit_side(&text),
        Corruption::Eyes | Corruption::Mouth | Corruption::LowerHalf => unit_rows(&fixed(value, 0)),
        Corruption::Blocks => unit_blocks(&fixed(value, 0)),
        Corruption::Resolution => unit_pixels(&fixed(value, 0)),
        Corruption::Blur => unit_deviation(&fixed(value, 1)),
        Corruption::SaltAndPepper => unit_share(&text),
        Corruption::Jpeg => unit_quality(&fixed(value, 0)),
    }
}

/// The label of the slider for the severity.
pub fn strength(strength: f32) -> String {
    strength_label(&fixed(f64::from(strength), 1))
}

/// What the table shows.
pub const fn metric(metric: TableMetric) -> Text {
    match metric {
        TableMetric::Accuracy => METRIC_ACCURACY,
        TableMetric::MacroF1 => METRIC_MACRO_F1,
        TableMetric::Drop => METRIC_DROP,
    }
}

/// A cell of the table.
pub fn value(value: f64, metric: TableMetric) -> String {
    match metric {
        TableMetric::Accuracy => share(value),
        TableMetric::MacroF1 => fixed(value, 3),
        TableMetric::Drop => points(-value),
    }
}

/// A difference in percentage points, with its sign.
pub fn points(difference: f64) -> String {
    let text = fixed(difference * 100.0, 1);
    if difference >= 0.0005 { format!("+{text}") } else { text }
}

/// The label of the start button.
pub fn start(images: usize) -> String {
    if images == 0 { START.into() } else { start_on(images) }
}

/// The number of predictions of a run, and the time estimated from the last run.
pub fn predictions(predictions: usize, last: Option<&RobustnessOutcome>) -> String {
    match last.filter(|last| last.seconds > 0.0) {
        Some(last) => {
            let seconds = predictions as f64 * last.seconds / f64::from(last.predictions.max(1));
            run_size_and_time(predictions, &duration(seconds))
        }
        None => run_size(predictions),
    }
}

/// The progress of a run.
pub fn progress(progress: &RunProgress) -> String {
    with_estimates(predictions_done(progress.done, progress.total), progress, Some(|rate| predictions_per_second(rate)))
}

/// The progress of a run for screen readers, once per quarter.
pub fn progress_announcement(progress: &RunProgress) -> String {
    announce_progress(&quarters(progress))
}

/// The announcement that a run is finished, for screen readers.
pub fn done_announcement(run: &RobustnessRun) -> String {
    announce_done(&share(clean(&run.outcome)), &share(mean(&run.outcome)))
}

/// The accuracy on clean images.
pub fn clean(outcome: &RobustnessOutcome) -> f64 {
    outcome.accuracies.first().map_or(0.0, |row| row[0])
}

/// The mean accuracy over all corruptions and severities.
pub fn mean(outcome: &RobustnessOutcome) -> f64 {
    let sum: f64 = outcome.accuracies.iter().flat_map(|row| &row[1..]).sum();
    sum / (outcome.accuracies.len() * SEVERITIES).max(1) as f64
}

/// A run's name.
pub fn run(run: &RobustnessRun) -> String {
    run.request.title.clone()
}

/// A run's name with its start time, to distinguish runs with the same name.
pub fn run_and_time(run: &RobustnessRun) -> String {
    format!("{} · {}", self::run(run), run.time)
}

/// A short name of a run for legends.
pub fn short(run: &RobustnessRun) -> String {
    format!("{} {}", titled(&run.outcome.model), run.time)
}

/// A short summary of a run.
pub fn run_facts(run: &RobustnessRun) -> String {
    let outcome = &run.outcome;
    let samples = outcome.samples as usize;
    facts_of_run(&share(clean(outcome)), samples, &outcome.dataset, &titled(&outcome.backend), &run.time)
}

/// The properties of a run: term and value.
pub fn facts(run: &RobustnessRun) -> Vec<(Text, String)> {
    let outcome = &run.outcome;
    let rate = f64::from(outcome.predictions) / outcome.seconds.max(1e-3);
    vec![
        (SPLIT, format!("{} ({})", grouped(outcome.samples as usize), outcome.split)),
        (SET, outcome.dataset.clone()),
        (FACT_NETWORK, titled(&outcome.model)),
        (FACT_BACKEND, titled(&outcome.backend)),
        (PREDICTIONS, grouped(outcome.predictions as usize)),
        (FACT_TIME, format!("{}, {}", duration(outcome.seconds), predictions_per_second(&fixed(rate, 0)))),
    ]
}

/// The findings of a run, in sentences.
pub fn findings(outcome: &RobustnessOutcome) -> Vec<String> {
    let clean = clean(outcome);
    let mut findings = vec![finding_mean(&share(clean), &share(mean(outcome)))];
    let mut rows: Vec<(Corruption, f64)> =
        outcome.corruptions.iter().zip(&outcome.accuracies).map(|(corruption, row)| (*corruption, row[2])).collect();
    sort_short(&mut rows, |a, b| a.1.total_cmp(&b.1));
    if let [(worst, low), .., (best, high)] = rows[..] {
        findings.push(finding_ends(corruption(worst), &share(low), corruption(best), &share(high)));
    }
    let held = rows.iter().filter(|(_, accuracy)| *accuracy >= 0.9 * clean).count();
    findings.push(finding_robust(held, rows.len()));
    findings
}

/// Which two runs are compared.
pub fn compared(first: &RobustnessRun, second: &RobustnessRun) -> String {
    let [first_mean, second_mean] = [first, second].map(|run| share(mean(&run.outcome)));
    let [first_model, second_model] = [first, second].map(|run| titled(&run.outcome.model));
    compared_runs(&first_model, &first.time, &first_mean, &second_model, &second.time, &second_mean)
}

/// The index and label of an image.
pub fn sample(set: &DatasetSummary, sample: u32) -> String {
    let label = set.label(sample as usize).map(|label| expression(label).to_string()).unwrap_or_default();
    sample_of(sample as usize + 1, set.len(), &label)
}

/// The prediction for the corrupted face.
pub fn verdict(prediction: Option<&Distribution>, ready: bool) -> String {
    match prediction {
        Some(prediction) => {
            let (top, probability) = prediction.top();
            predicted(expression(top), &percent(probability))
        }
        None if ready => CLASSIFYING.into(),
        None => LOADING.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::fixtures::{distribution, happy, robustness as outcome};
    use crate::state::{Ensemble, EvaluationRequest};
    use crate::text::tests::assert_distinct;
    use mien_core::expression::Expression;

    fn two() -> RobustnessOutcome {
        outcome(&[
            (Corruption::Blur, [0.8, 0.8, 0.8, 0.6, 0.4, 0.4]),
            (Corruption::Roll, [0.8, 0.7, 0.5, 0.4, 0.2, 0.2]),
        ])
    }

    fn request() -> Rc<EvaluationRequest> {
        let set = Rc::new(happy(1, 2));
        let (split, title) = ("PrivateTest".into(), "mine: PrivateTest".into());
        Rc::new(EvaluationRequest { set, samples: vec![0], split, ensemble: Ensemble::default(), title })
    }

    #[test]
    fn families_and_corruptions_have_names_and_explanations() {
        assert_distinct(Family::ALL.map(family));
        assert_distinct(Family::ALL.map(family_hint));
        assert_distinct(Corruption::ALL.map(corruption));
        assert_distinct(Corruption::ALL.map(corruption_hint));
        assert_distinct(TableMetric::ALL.map(metric));
    }

    #[test]
    fn every_severity_is_written_in_its_unit() {
        for each in Corruption::ALL {
            let severities: Vec<String> = (0..=SEVERITIES).map(|severity| parameter(each, severity as f32)).collect();
            assert!(severities.windows(2).all(|pair| pair[0] != pair[1]), "{each:?}: {severities:?}");
            assert!(
                severities.iter().all(|text| text.contains(|letter: char| letter.is_ascii_digit())),
                "{severities:?}"
            );
        }
        assert_eq!(strength(2.5), "Severity 2.5");
    }

    #[test]
    fn points_have_a_sign_unless_they_round_to_nothing() {
        assert_eq!([0.1, -0.1, 0.0, 0.0004, -0.0004].map(points), ["+10.0", "−10.0", "0.0", "0.0", "0.0"]);
        assert_eq!(value(0.25, TableMetric::Accuracy), "25.0%");
        assert_eq!(value(0.25, TableMetric::MacroF1), "0.250");
        assert_eq!(value(0.25, TableMetric::Drop), "−25.0", "what is lost is below zero");
    }

    #[test]
    fn means_are_over_corrupted_images_alone() {
        assert_eq!(clean(&two()), 0.8);
        assert!((mean(&two()) - 0.5).abs() < 1e-12);
        let none = outcome(&[]);
        assert_eq!((clean(&none), mean(&none)), (0.0, 0.0));
    }

    #[test]
    fn findings_name_the_extremes_at_severity_two() {
        let found = findings(&two());
        assert_eq!(found[0], "Accuracy is 80.0% on clean images and 50.0% on average on corrupted ones.");
        assert!(
            found[1].contains("lowest under “Tilt (roll)” (50.0%)") && found[1].contains("“Blur” (80.0%)"),
            "{found:?}"
        );
        assert!(found[2].contains("1 of 2 corruptions"));
        assert_eq!(findings(&outcome(&[(Corruption::Blur, [0.5; 6])])).len(), 2, "one has no extremes");
        assert_eq!(findings(&outcome(&[])).len(), 2);
    }

    #[test]
    fn the_last_run_predicts_the_duration_of_the_next() {
        assert!(predictions(600, None).starts_with("600 predictions."));
        assert!(predictions(1, None).starts_with("1 prediction."));
        assert!(predictions(1_200, Some(&two())).starts_with("1,200 predictions, about 2 min 00 s."));
        let instant = RobustnessOutcome { seconds: 0.0, ..two() };
        assert!(!predictions(600, Some(&instant)).contains("about"));
    }

    #[test]
    fn progress_is_counted_in_predictions() {
        let of = |done| RunProgress { run: 1, done, total: 100, seconds: 5.0 };
        assert_eq!(progress(&of(0)), "0 of 100 predictions");
        assert_eq!(progress(&of(50)), "50 of 100 predictions · 10 predictions/s · 5 s left");
        assert_eq!(progress_announcement(&of(74)), "Robustness: 50%");
    }

    #[test]
    fn runs_are_distinguished() {
        let test = RobustnessRun { id: 1, time: "10:00".into(), request: request(), outcome: two() };
        assert_eq!(run(&test), "mine: PrivateTest");
        assert_eq!((run_and_time(&test), short(&test)), ("mine: PrivateTest · 10:00".into(), "VGG 10:00".into()));
        assert!(run_facts(&test).contains("80.0%") && run_facts(&test).ends_with("10:00"));
        assert_eq!(done_announcement(&test), "Done: accuracy 80.0% clean, 50.0% corrupted on average.");
        assert!(compared(&test, &test).contains("50.0%"));
        assert_eq!(facts(&test).len(), 6);
        assert_eq!((start(0), start(1)), ("Start robustness test".into(), "Test on 1 image".into()));
    }

    #[test]
    fn the_interactive_test_says_what_it_waits_for() {
        let happy_face = distribution(Expression::Happy, 0.9);
        assert_eq!(verdict(Some(&happy_face), true), "Predicted: Happy, 90%");
        assert_ne!(verdict(None, true), verdict(None, false));
        assert_eq!(sample(&happy(1, 3), 1), "Image 2 of 3, labelled Happy");
        assert_eq!(sample(&happy(1, 3), 9), "Image 10 of 3, labelled ", "there is no such image");
    }
}
