//! The Evaluation page: a visitor measures the network on a set and looks at where it fails.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Camera, Element, Visit, on_the_command_line, scratch};

const EXPRESSIONS: [&str; 7] = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];
const SIDE: usize = 48;
/// Samples of PublicTest in the set; so many more are in Training, before them.
const TESTED: usize = 42;
const TRAINED: usize = 7;

/// Grey bytes of a made-up image: two waves across it, unlike for every number.
fn image(number: usize) -> Vec<u8> {
    let (across, down) = (1 + number % 5, 1 + number / 5 % 7);
    let wave = |place: usize, count: usize| (place * count * 7 + number * 13) % 128;
    (0..SIDE * SIDE).map(|place| (wave(place % SIDE, across) + wave(place / SIDE, down)) as u8).collect()
}

/// Writes a set: every class in both splits, and a row that no reader takes.
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

/// The counts of the matrix, and the scores that follow from them by their definitions.
struct Matrix([[f64; 7]; 7]);

impl Matrix {
    fn read(visit: &mut Visit) -> Self {
        let cells = visit.evaluate(
            "[...document.querySelectorAll('[data-testid=confusion-matrix] [data-count]')].map(cell => \
             [cell.dataset.actual, cell.dataset.predicted, Number(cell.dataset.count)])",
        );
        let cells: Vec<(String, String, f64)> = serde_json::from_value(cells).expect("cells");
        assert_eq!(cells.len(), 49);
        let place = |name: &str| EXPRESSIONS.iter().position(|each| *each == name).expect("a class");
        let mut counts = [[-1.0; 7]; 7];
        cells.iter().for_each(|(actual, predicted, count)| counts[place(actual)][place(predicted)] = *count);
        Self(counts)
    }

    fn total(&self) -> f64 {
        self.0.as_flattened().iter().sum()
    }

    fn right(&self) -> f64 {
        (0..7).map(|class| self.0[class][class]).sum()
    }

    fn accuracy(&self) -> f64 {
        self.right() / self.total()
    }

    fn support(&self, class: usize) -> f64 {
        self.0[class].iter().sum()
    }

    fn predicted(&self, class: usize) -> f64 {
        self.0.iter().map(|row| row[class]).sum()
    }

    /// The mean over the classes that occur of 2 P R / (P + R).
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

fn close(got: &Value, expected: f64, what: &str) {
    let got = got.as_f64().unwrap_or(f64::NAN);
    assert!((got - expected).abs() < 1e-9, "{what}: {got} where {expected} is right");
}

#[test]
fn a_set_is_measured_looked_into_and_taken_away() {
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

    the_images_of_a_cell_show(&mut visit, &matrix);

    let report: Value = serde_json::from_slice(&visit.download("report-json")).expect("JSON");
    assert_eq!((&report["samples"], &report["split"]), (&TESTED.into(), &"PublicTest".into()));
    close(&report["accuracy"], matrix.accuracy(), "accuracy");
    close(&report["macro_f1"], matrix.macro_f1(), "macro F1");
    close(&report["balanced_accuracy"], matrix.macro_recall(), "balanced accuracy");
    close(&report["cohen_kappa"], matrix.cohen_kappa(), "Cohen's kappa");
    for (class, counts) in matrix.0.iter().enumerate() {
        assert_eq!(report["classes"][class]["name"], EXPRESSIONS[class]);
        assert_eq!(
            serde_json::from_value::<[f64; 7]>(report["confusion_matrix"][class].clone()).expect("counts"),
            *counts
        );
    }
    if let Some(native) = on_the_command_line(&["evaluate", "--split", "PublicTest"], &csv) {
        assert_eq!(
            native["confusion_matrix"], report["confusion_matrix"],
            "page and command line agree to the last count"
        );
        let (page, native) = (report.as_object().expect("entries"), native.as_object().expect("entries"));
        assert_eq!(page.keys().collect::<Vec<_>>(), native.keys().collect::<Vec<_>>(), "the same entries");
    }
    let csv_report = visit.download_text("report-csv");
    assert!(csv_report.starts_with("name,value,precision") && csv_report.contains("\naccuracy,"), "{csv_report}");
    assert!(visit.download_text("report-html").starts_with("<!doctype html>"));
    assert!(visit.download_text("save-svg").starts_with("<svg"));

    the_same_again_does_not_differ(&mut visit);
    visit.end();
}

/// Opens the largest cell beside the diagonal.
fn the_images_of_a_cell_show(visit: &mut Visit, matrix: &Matrix) {
    let cells = (0..49).map(|place| (place / 7, place % 7)).filter(|(actual, predicted)| actual != predicted);
    let (actual, predicted) =
        cells.max_by(|a, b| matrix.0[a.0][a.1].total_cmp(&matrix.0[b.0][b.1])).expect("there are some");
    let count = matrix.0[actual][predicted] as usize;
    assert!(count > 0, "waves are not all labelled right: {:?}", matrix.0);
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
                 .getImageData(0, 0, 48, 48).data].filter((_, place) => place % 4 === 0)";
    visit.wait_for_true(&format!("{shown}.some(value => value > 0)"));
    let pixels: Vec<u8> = serde_json::from_value(visit.evaluate(shown)).expect("grey bytes");
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

fn the_same_again_does_not_differ(visit: &mut Visit) {
    visit.click("evaluate-start");
    visit.wait_for_all("run", |runs: &[Element]| runs.len() == 2);
    visit.wait_for_value("mcnemar", "data-p", "1.0000");
    for only_one_right in ["first-right", "second-right"] {
        assert_eq!(visit.wait_for(only_one_right, |_| true).text, "0");
    }
}
