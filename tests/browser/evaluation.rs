//! The Evaluation section: evaluating the network on a dataset and inspecting its errors.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Camera, Element, Visit, on_the_command_line, scratch};

const EXPRESSIONS: [&str; 7] = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];
const SIDE: usize = 48;
/// Samples in PublicTest.
const TESTED: usize = 42;
/// Samples in Training, which come first.
const TRAINED: usize = 7;

/// The grey values of a synthetic image: two waves that depend on `number`.
fn image(number: usize) -> Vec<u8> {
    let (across, down) = (1 + number % 5, 1 + number / 5 % 7);
    let wave = |index: usize, count: usize| (index * count * 7 + number * 13) % 128;
    (0..SIDE * SIDE).map(|index| (wave(index % SIDE, across) + wave(index / SIDE, down)) as u8).collect()
}

/// Writes a dataset with every class in both splits, and an invalid row.
pub fn write_set() -> PathBuf {
    let mut csv = String::from("emotion,pixels,Usage\n");
    for number in 0..TRAINED + TESTED {
        let pixels: Vec<String> = image(number).iter().map(u8::to_string).collect();
        let split = if number < TRAINED { "Training" } else { "PublicTest" };
        let _ = writeln!(csv, "{},{},{split}", number % 7, pixels.join(" "));
    }
    csv += "3,1 2 3,PublicTest\n";
    let file = scratch().join("evaluated.csv");
    fs::write(&file, csv).expect("the scratch folder is writable");
    file
}

/// The counts of the confusion matrix, and metrics computed from them by definition.
struct Matrix([[f64; 7]; 7]);

impl Matrix {
    fn read(visit: &mut Visit) -> Self {
        let cells = visit.evaluate(
            "[...document.querySelectorAll('[data-testid=confusion-matrix] [data-count]')].map(cell => \
             [cell.dataset.actual, cell.dataset.predicted, Number(cell.dataset.count)])",
        );
        let cells: Vec<(String, String, f64)> = serde_json::from_value(cells).expect("cells");
        assert_eq!(cells.len(), 49);
        let index = |name: &str| EXPRESSIONS.iter().position(|each| *each == name).expect("a class");
        let mut counts = [[-1.0; 7]; 7];
        cells.iter().for_each(|(actual, predicted, count)| counts[index(actual)][index(predicted)] = *count);
        Self(counts)
    }

    fn total(&self) -> f64 {
        self.0.as_flattened().iter().sum()
    }

    fn correct(&self) -> f64 {
        (0..7).map(|class| self.0[class][class]).sum()
    }

    fn accuracy(&self) -> f64 {
        self.correct() / self.total()
    }

    fn support(&self, class: usize) -> f64 {
        self.0[class].iter().sum()
    }

    fn predicted(&self, class: usize) -> f64 {
        self.0.iter().map(|row| row[class]).sum()
    }

    /// The mean of 2 P R / (P + R) over the classes that occur.
    fn macro_f1(&self) -> f64 {
        let occurring: Vec<usize> = (0..7).filter(|&class| self.support(class) + self.predicted(class) > 0.0).collect();
        let f1 = |&class: &usize| {
            let (found, support, predicted) = (self.0[class][class], self.support(class), self.predicted(class));
            if found == 0.0 {
                return 0.0;
            }
            let (precision, recall) = (found / predicted, found / support);
            2.0 * precision * recall / (precision + recall)
        };
        occurring.iter().map(f1).sum::<f64>() / occurring.len() as f64
    }

    /// The mean recall of the classes, all of which occur here.
    fn macro_recall(&self) -> f64 {
        (0..7).map(|class| self.0[class][class] / self.support(class)).sum::<f64>() / 7.0
    }

    fn cohen_kappa(&self) -> f64 {
        let chance: f64 =
            (0..7).map(|class| self.support(class) * self.predicted(class)).sum::<f64>() / self.total().powi(2);
        (self.accuracy() - chance) / (1.0 - chance)
    }
}

fn assert_close(got: &Value, expected: f64, what: &str) {
    let got = got.as_f64().unwrap_or(f64::NAN);
    assert!((got - expected).abs() < 1e-9, "{what}: {got} instead of {expected}");
}

#[test]
fn a_dataset_is_evaluated_inspected_and_the_report_exported() {
    let csv = write_set();
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.go_to("evaluation");
    visit.wait_for("evaluation-empty", |_| true);

    visit.go_to("dataset");
    visit.choose_files("dataset-input", std::slice::from_ref(&csv));
    let summary = visit.wait_for_value("dataset-summary", "data-samples", &(TRAINED + TESTED).to_string());
    assert_eq!((summary.attribute("data-publictest"), summary.attribute("data-rejected")), ("42", "1"));

    visit.go_to("evaluation");
    visit.wait_for("evaluate-split", |_| true);
    assert_eq!(visit.evaluate("document.querySelector('[data-testid=evaluate-split]').value"), "PublicTest");
    visit.click("evaluate-start");
    let metrics = visit.wait_for("metrics", |_| true);
    visit.screenshot("evaluation");

    let matrix = Matrix::read(&mut visit);
    assert_eq!(matrix.total(), TESTED as f64);
    (0..7).for_each(|class| assert_eq!(matrix.support(class), 6.0, "{}", EXPRESSIONS[class]));
    assert!((metrics.number("data-accuracy") - matrix.accuracy()).abs() < 1e-6, "{metrics:?}");
    assert!((metrics.number("data-macro-f1") - matrix.macro_f1()).abs() < 1e-6, "{metrics:?}");

    check_images_of_a_cell(&mut visit, &matrix);

    let report: Value = serde_json::from_slice(&visit.download("report-json")).expect("JSON");
    assert_eq!((&report["samples"], &report["split"]), (&TESTED.into(), &"PublicTest".into()));
    assert_close(&report["accuracy"], matrix.accuracy(), "accuracy");
    assert_close(&report["macro_f1"], matrix.macro_f1(), "macro F1");
    assert_close(&report["balanced_accuracy"], matrix.macro_recall(), "balanced accuracy");
    assert_close(&report["cohen_kappa"], matrix.cohen_kappa(), "Cohen's kappa");
    for (class, counts) in matrix.0.iter().enumerate() {
        assert_eq!(report["classes"][class]["name"], EXPRESSIONS[class]);
        assert_eq!(
            serde_json::from_value::<[f64; 7]>(report["confusion_matrix"][class].clone()).expect("counts"),
            *counts
        );
    }
    if let Some(native) = on_the_command_line(&["evaluate", "--split", "PublicTest"], &csv) {
        assert_eq!(native["confusion_matrix"], report["confusion_matrix"], "page and command line agree");
        let (page, native) = (report.as_object().expect("entries"), native.as_object().expect("entries"));
        assert_eq!(page.keys().collect::<Vec<_>>(), native.keys().collect::<Vec<_>>(), "the same entries");
    }
    let csv_report = visit.download_text("report-csv");
    assert!(csv_report.starts_with("name,value,precision") && csv_report.contains("\naccuracy,"), "{csv_report}");
    assert!(visit.download_text("report-html").starts_with("<!doctype html>"));
    assert!(visit.download_text("save-svg").starts_with("<svg"));

    check_comparison_of_equal_runs(&mut visit);
    visit.end();
}

/// Opens the largest cell off the diagonal, and checks its images.
fn check_images_of_a_cell(visit: &mut Visit, matrix: &Matrix) {
    let cells = (0..49).map(|index| (index / 7, index % 7)).filter(|(actual, predicted)| actual != predicted);
    let (actual, predicted) =
        cells.max_by(|a, b| matrix.0[a.0][a.1].total_cmp(&matrix.0[b.0][b.1])).expect("there are some");
    let count = matrix.0[actual][predicted] as usize;
    assert!(count > 0, "there are no errors: {:?}", matrix.0);
    visit.evaluate(&format!(
        "document.querySelector('td[data-actual={}][data-predicted={}] button').click()",
        EXPRESSIONS[actual], EXPRESSIONS[predicted],
    ));
    let images = visit.wait_for_all("gallery-image", |images| images.len() == count);
    for element in &images {
        let sample: usize = element.attribute("data-sample").parse().expect("a number");
        assert!(sample >= TRAINED && sample % 7 == actual, "sample {sample} is not labelled {}", EXPRESSIONS[actual]);
    }
    let sample: usize = images[0].attribute("data-sample").parse().expect("a number");
    let shown = "[...document.querySelector('[data-testid=gallery-image] canvas').getContext('2d')\
                 .getImageData(0, 0, 48, 48).data].filter((_, index) => index % 4 === 0)";
    visit.wait_for_true(&format!("{shown}.some(value => value > 0)"));
    let pixels: Vec<u8> = serde_json::from_value(visit.evaluate(shown)).expect("grey values");
    assert_eq!(pixels, image(sample), "the pixels of the CSV");

    visit.click("gallery-image");
    visit.wait_for("neighbours", |neighbours| !neighbours.text.is_empty());
    let closeup = visit.wait_for("closeup", |_| true);
    assert!(closeup.text.contains(&format!("Row {} of evaluated.csv", sample + 1)), "{}", closeup.text);
    visit.screenshot("evaluation-closeup");
    visit.click("explain");
    visit.wait_for_value("explanation", "data-face", &sample.to_string());
    visit.click("alike");
    visit.wait_for_true("document.querySelectorAll('[data-testid=alike-images] li').length === 7");
    visit.screenshot("evaluation-explained");
    visit.click("explain");
    visit.click("closeup-close");
    visit.wait_for_true("document.activeElement.dataset.testid === 'gallery-image'");
}

fn check_comparison_of_equal_runs(visit: &mut Visit) {
    visit.click("evaluate-start");
    visit.wait_for_all("run", |runs: &[Element]| runs.len() == 2);
    visit.wait_for_value("mcnemar", "data-p", "1.0000");
    for only_one_correct in ["first-right", "second-right"] {
        assert_eq!(visit.wait_for(only_one_correct, |_| true).text, "0");
    }
    // Escape leaves the name of a run as it is, and Enter changes it; both give the focus back
    for (key, is_named) in [("Escape", false), ("Enter", true)] {
        visit.enter_on("run-rename", "run-name");
        visit.enter("[data-testid=run-name]", "Mine");
        visit.press(key);
        visit.wait_for_true("document.activeElement?.dataset?.testid === 'run-rename'");
        assert!(visit.all("run-name").is_empty());
        assert_eq!(visit.all("run").iter().any(|run| run.text.contains("Mine")), is_named, "after {key}");
    }
}
