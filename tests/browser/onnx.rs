//! ONNX models of others: opened by the form, used wherever a network is, and refused.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::access::{set_theme, widest_at_320_pixels};
use crate::support::{Camera, Element, Visit, scratch};

/// What ONNX Runtime computes with the models for the three crops.
const EXPECTED: &str = include_str!("../fixtures/onnx/expected.json");

/// Places of AffectNet's classes in FER2013's order: neutral, happy, sad, surprise, fear, disgust, angry; contempt is left out.
const AFFECTNET: [usize; 7] = [6, 3, 4, 5, 2, 1, 0];

fn fixture(name: &str) -> PathBuf {
    xtask::root().join("tests/fixtures/onnx").join(name)
}

/// Writes a dataset of the three crops of `make.py`.
fn write_set() -> PathBuf {
    let value = |index: usize, x: usize, y: usize| match index {
        0 => (x * 5 + y * 3) % 256,
        1 => x * y % 256,
        _ => 255 - x * 2 - y * 2,
    };
    let mut csv = String::from("emotion,pixels,Usage\n");
    for index in 0..3 {
        let pixels: Vec<String> = (0..48 * 48).map(|place| value(index, place % 48, place / 48).to_string()).collect();
        writeln!(csv, "3,{},PublicTest", pixels.join(" ")).expect("a string takes it");
    }
    let file = scratch().join("crops.csv");
    fs::write(&file, csv).expect("the scratch folder is writable");
    file
}

fn write(name: &str, content: &[u8]) -> PathBuf {
    let file = scratch().join(name);
    fs::write(&file, content).expect("the scratch folder is writable");
    file
}

/// Waits for a message with a text.
fn wait_for_message(visit: &mut Visit, text: &str) {
    visit.wait_for_all("message", |messages| messages.iter().any(|message| message.text.contains(text)));
}

/// The probabilities of the seven classes in FER2013's order, as ONNX Runtime computes them.
fn expected(name: &str, crop: usize) -> [f64; 7] {
    let all: Value = serde_json::from_str(EXPECTED).expect("JSON");
    let outputs: Vec<f64> =
        all[name][crop].as_array().expect("a list").iter().map(|value| value.as_f64().expect("a number")).collect();
    let mut probabilities = [0.0; 7];
    AFFECTNET.iter().zip(&outputs).for_each(|(class, value)| probabilities[*class] = *value);
    let sum: f64 = probabilities.iter().sum();
    probabilities.map(|value| value / sum)
}

#[test]
fn a_model_of_others_is_opened_and_measured_as_by_onnx_runtime() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.go_to("training");
    visit.choose_files("weights-load", &[fixture("torch-residual.onnx")]);
    let facts = visit.wait_for("onnx-facts", |_| true);
    assert!(facts.text.contains("64×64") && facts.text.contains("8 classes"), "{facts:?}");
    assert!(visit.all("onnx-preview").is_empty() && visit.all("onnx-side").is_empty());
    let is_disabled = |visit: &mut Visit| visit.evaluate("document.querySelector('[data-testid=onnx-use]').disabled");
    assert_eq!(is_disabled(&mut visit), true);
    // 4 is ImageNet's mean and deviation, 1 is FER2013 and 5 a list, which is not complete at first
    visit.select("onnx-scaling", 4);
    visit.select("onnx-classes", 5);
    visit.change("[data-testid=onnx-list]", "value", "neutral,happy", "change");
    let refused = visit.wait_for("onnx-refused", |_| true);
    assert!(refused.text.contains("8 classes and 2 are named"), "{refused:?}");
    assert_eq!(is_disabled(&mut visit), true);
    visit.select("onnx-classes", 3);
    let prediction = visit.wait_for("onnx-prediction", |_| true);
    assert!(prediction.number("data-probability") > 1.0 / 7.0, "{prediction:?}");
    let shows = "(() => {
        const canvas = document.querySelector('[data-testid=onnx-preview]');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return canvas.width === 64 && new Set(data).size > 50;
    })()";
    visit.wait_for_true(shows);
    visit.evaluate("document.querySelector('[data-testid=onnx]').scrollIntoView()");
    visit.screenshot("onnx-form");
    set_theme(&mut visit, "dark");
    visit.set_width(320);
    visit.evaluate("document.querySelector('[data-testid=onnx-classes]').scrollIntoView()");
    visit.screenshot("onnx-form-dark-narrow");
    let (width, elements) = widest_at_320_pixels(&mut visit);
    assert!(width <= 320.0, "{width} {elements}");
    visit.set_width(1200);
    set_theme(&mut visit, "light");
    visit.click("onnx-use");
    let is_used = |networks: &[Element]| {
        networks.iter().any(|network| {
            network.attribute("data-name") == "torch-residual" && network.attribute("data-used") == "true"
        })
    };
    visit.wait_for_all("network", is_used);
    assert!(visit.all("onnx").is_empty());

    // what is no model changes nothing: one line says what is wrong
    let damaged = fs::read(fixture("keras.onnx")).expect("a fixture");
    for (file, reason) in [
        (write("text.onnx", b"emotion,pixels,Usage\n"), "this is not an ONNX model"),
        (write("cut.onnx", &damaged[..damaged.len() / 2]), "damaged or cut off"),
        (write("new.onnx", b"\x08\x63\x3a\x00"), "IR version 99"),
    ] {
        visit.choose_files("weights-load", &[file]);
        wait_for_message(&mut visit, reason);
        visit.wait_for_all("onnx", <[Element]>::is_empty);
    }
    assert!(is_used(&visit.all("network")));

    // what it computes is what ONNX Runtime computes
    visit.go_to("dataset");
    visit.choose_files("dataset-input", &[write_set()]);
    visit.wait_for_value("dataset-summary", "data-samples", "3");
    visit.go_to("evaluation");
    visit.wait_for("evaluate-split", |_| true);
    visit.click("evaluate-start");
    visit.wait_for("metrics", |_| true);
    let table = visit.download_text("report-predictions");
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 3, "{table}");
    for (crop, row) in rows.iter().enumerate() {
        let probabilities = &row[row.len() - 7..];
        for (got, expected) in probabilities.iter().zip(expected("torch-residual", crop)) {
            let got: f64 = got.parse().expect("a number");
            assert!((got - expected).abs() < 1e-4, "crop {crop}: {got} where ONNX Runtime has {expected}\n{table}");
        }
    }
    let report: Value = serde_json::from_slice(&visit.download("report-json")).expect("JSON");
    assert_eq!((&report["model"], &report["backend"]), (&"ONNX".into(), &"rten".into()));

    // a face, and why: without Grad-CAM
    visit.go_to("live");
    visit.click("sample");
    visit.wait_for("face", |_| true);
    visit.click("explain");
    wait_for_message(&mut visit, "An ONNX model only classifies");
    visit.select("explain-method", 1);
    visit.wait_for("explanation", |explanation| explanation.has("data-class"));
    visit.screenshot("onnx-occlusion");
    visit.end();
}
