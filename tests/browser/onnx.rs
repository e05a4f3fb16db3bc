//! ONNX models of others: opened by the form, used wherever a network is, and refused.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::access::{set_theme, widest_at_320_pixels};
use crate::language::choose;
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
    assert!(is_disabled(&mut visit, "onnx-use"));
    // 4 is ImageNet's mean and deviation, 1 is FER2013 and 5 a list, which is not complete at first
    visit.select("onnx-scaling", 4);
    visit.select("onnx-classes", 5);
    visit.change("[data-testid=onnx-list]", "value", "neutral,happy", "change");
    visit.wait_for("onnx-list-error", |error| {
        error
            .text
            .contains("Number of classes of the model: 8; named: 2; missing: angry, disgust, fear, sad, surprise.")
    });
    assert!(is_disabled(&mut visit, "onnx-use"));
    // what is wrong with a list is said at its field, which is marked
    for (list, says) in [
        ("neutral,glad", "“glad” in the list is no class"),
        ("neutral,happy,neutral", "“neutral” is named twice"),
        ("glad", "in the order of the outputs"),
    ] {
        type_into(&mut visit, "onnx-list", list);
        let error = visit.wait_for("onnx-list-error", |error| error.text.contains(says));
        assert!(!error.text.contains("raf-db"), "{error:?}");
        let field = visit.wait_for("onnx-list", |_| true);
        assert_eq!(
            (field.attribute("aria-invalid"), field.attribute("aria-describedby")),
            ("true", "onnx-list-error"),
            "{field:?}"
        );
        assert!(visit.all("onnx-refused").is_empty() && is_disabled(&mut visit, "onnx-use"));
    }
    type_into(&mut visit, "onnx-list", "neutral, happy, sad, surprise, fear, disgust, angry, contempt,");
    visit.wait_for("onnx-prediction", |_| true);
    assert!(visit.all("onnx-list-error").is_empty());
    let weights = "new Set([...document.querySelectorAll('[data-testid=onnx] .field-name')]
        .map(name => getComputedStyle(name).fontWeight)).size";
    assert_eq!(visit.evaluate(weights), serde_json::json!(1), "labels of fields and lists look the same");
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
    visit.wait_for_all("network", is_used("torch-residual"));
    assert!(visit.all("onnx").is_empty());

    // what is no model changes nothing: one line says what is wrong
    let damaged = fs::read(fixture("keras.onnx")).expect("a fixture");
    for (file, reason) in [
        (write("text.onnx", b"emotion,pixels,Usage\n"), "could not be loaded. This is not an ONNX model."),
        (write("cut.onnx", &damaged[..damaged.len() / 2]), "damaged or cut off"),
        (write("new.onnx", b"\x08\x63\x3a\x00"), "IR version 99"),
    ] {
        visit.choose_files("weights-load", &[file]);
        wait_for_message(&mut visit, reason);
        visit.wait_for_all("onnx", <[Element]>::is_empty);
    }
    assert!(is_used("torch-residual")(&visit.all("network")));

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
    assert!(
        report["description"]
            .as_str()
            .is_some_and(|text| text.contains("stated: ") && text.contains("scaling=imagenet")),
        "{report}"
    );
    assert_eq!((&report["model"], &report["backend"]), (&"ONNX (torch-residual)".into(), &"rten".into()));

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

/// Whether a button is disabled.
fn is_disabled(visit: &mut Visit, id: &str) -> bool {
    visit.wait_for(id, |_| true).has("disabled")
}

/// Types into a text field of the form.
fn type_into(visit: &mut Visit, id: &str, text: &str) {
    visit.change(&format!("[data-testid={id}]"), "value", text, "change");
}

/// Waits until a field of the form shows a text.
fn wait_for_value(visit: &mut Visit, id: &str, text: &str) {
    visit.wait_for_true(&format!("document.querySelector('[data-testid={id}]').value === '{text}'"));
}

/// Whether the network of this name is the active one.
fn is_used(name: &'static str) -> impl Fn(&[Element]) -> bool {
    move |networks| {
        networks
            .iter()
            .any(|network| network.attribute("data-name") == name && network.attribute("data-used") == "true")
    }
}

#[test]
fn a_form_asks_for_all_that_is_open_and_outlives_a_crash() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.go_to("training");
    visit.choose_files("weights-load", &[fixture("open.onnx")]);
    visit.wait_for("onnx-facts", |facts| facts.text.contains("7 classes"));
    // what is typed wrong is kept, with what may be typed
    type_into(&mut visit, "onnx-side", "1000");
    visit.wait_for("onnx-side-error", |error| error.text.contains("16 to 512"));
    type_into(&mut visit, "onnx-side", "48");
    visit.wait_for_all("onnx-side-error", <[Element]>::is_empty);
    visit.select("onnx-channels", 1);
    visit.select("onnx-classes", 1);
    // 6 is a scaling of one's own; numbers have decimal points or commas
    visit.select("onnx-scaling", 6);
    type_into(&mut visit, "onnx-mean", "none");
    visit.wait_for("onnx-mean-error", |error| !error.text.contains("three"));
    let label = "document.querySelector('[data-testid=onnx] label[for=onnx-mean]').textContent";
    visit.wait_for_true(&format!("{label}.endsWith('one number')"));
    // three are for colours
    for (id, three) in [("onnx-mean", "0.5 0.4 0.3"), ("onnx-deviation", "0,5; 0,4; 0,3;")] {
        type_into(&mut visit, id, three);
        visit.wait_for(&format!("{id}-error"), |error| error.text.contains("one channel"));
        wait_for_value(&mut visit, id, "0.5, 0.4, 0.3");
    }
    // three that are equal are one
    type_into(&mut visit, "onnx-mean", "0 0 0");
    visit.wait_for_all("onnx-mean-error", <[Element]>::is_empty);
    // that of pixels from 0 to 255
    type_into(&mut visit, "onnx-mean", "127.5");
    visit.wait_for("onnx-mean-error", |error| error.text.contains("by 255"));
    type_into(&mut visit, "onnx-mean", "0");
    type_into(&mut visit, "onnx-deviation", "0");
    visit.wait_for("onnx-deviation-error", |error| error.text.contains("at least 0.000001"));
    // no image is as bright as the model needs it, so it computes no numbers: a reason in place of a class
    type_into(&mut visit, "onnx-deviation", "1");
    visit.wait_for("onnx-refused", |refused| refused.text.contains("not numbers"));
    assert!(visit.all("onnx-prediction").is_empty() && is_disabled(&mut visit, "onnx-use"));
    // while it is tried, the form does not say that a field has no valid value
    visit.evaluate(
        "void new MutationObserver(() => (self.rested ||= !!document.querySelector('[data-testid=onnx-rest]')))
            .observe(document.body, { childList: true, subtree: true })",
    );
    type_into(&mut visit, "onnx-deviation", "0,004");
    visit.wait_for_value("onnx-prediction", "data-expression", "happy");
    assert_eq!(visit.evaluate("self.rested"), false);

    // a damaged file does not take the place of the form
    let damaged = fs::read(fixture("keras.onnx")).expect("a fixture");
    visit.choose_files("weights-load", &[write("cut.onnx", &damaged[..damaged.len() / 2])]);
    wait_for_message(&mut visit, "damaged or cut off");
    visit.wait_for_value("onnx-prediction", "data-expression", "happy");

    visit.crash_engine();
    // triggers the crash
    visit.go_to("live");
    visit.click("sample");
    visit.wait_for_value("message", "data-kind", "engine-failed");
    visit.go_to("training");
    visit.wait_for("onnx-lost", |lost| lost.text.contains("Your entries are kept"));
    assert!(is_disabled(&mut visit, "onnx-again") && is_disabled(&mut visit, "onnx-use"));
    let stated =
        "['side', 'mean', 'deviation'].map(field => document.querySelector(`[data-testid=onnx-${field}]`).value)";
    assert_eq!(visit.evaluate(stated), serde_json::json!(["48", "0", "0.004"]));
    visit.screenshot("onnx-lost");
    visit.click("engine-retry");
    visit.enter_on("onnx-again", "onnx-side");
    visit.wait_for_value("onnx-prediction", "data-expression", "happy");
    assert!(visit.all("onnx-lost").is_empty() && visit.all("onnx-again").is_empty());
    visit.click("onnx-use");
    visit.wait_for_all("network", is_used("open"));
    visit.end_after(&["crashed by the test"]);
}

#[test]
fn numbers_are_shown_in_the_language_and_escape_leaves_the_form() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.go_to("training");
    visit.choose_files("weights-load", &[fixture("open.onnx")]);
    visit.wait_for("onnx-facts", |_| true);
    visit.wait_for_true("document.activeElement?.dataset?.testid === 'onnx'");
    visit.press("Escape");
    visit.wait_for_true("document.activeElement?.dataset?.testid === 'weights-load'");
    assert!(visit.all("onnx").is_empty());

    visit.choose_files("weights-load", &[fixture("open.onnx")]);
    visit.wait_for("onnx-facts", |_| true);
    // 2 is colour, and 6 a scaling of one's own
    visit.select("onnx-channels", 2);
    visit.select("onnx-scaling", 6);
    choose(&mut visit, "de");
    type_into(&mut visit, "onnx-mean", "-0.5");
    wait_for_value(&mut visit, "onnx-mean", "−0,5");
    type_into(&mut visit, "onnx-deviation", "0,5;0,4;1");
    wait_for_value(&mut visit, "onnx-deviation", "0,5; 0,4; 1");
    // what is no number stays as it was typed
    type_into(&mut visit, "onnx-mean", "0,5; x");
    visit.wait_for("onnx-mean-error", |_| true);
    wait_for_value(&mut visit, "onnx-mean", "0,5; x");
    choose(&mut visit, "en");
    wait_for_value(&mut visit, "onnx-deviation", "0.5, 0.4, 1");
    assert!(visit.all("onnx-deviation-error").is_empty());

    visit.evaluate("document.querySelector('[data-testid=onnx-deviation]').focus()");
    visit.press("Escape");
    visit.wait_for_true("document.activeElement?.dataset?.testid === 'weights-load'");
    assert!(visit.all("onnx").is_empty());
    visit.end();
}

#[test]
fn an_engine_that_ends_in_silence_is_noticed() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    // it is looked after every ten seconds, here every second
    visit.evaluate(
        "void (() => {
            const wait = setTimeout;
            self.setTimeout = (act, time, ...rest) => wait(act, time === 10000 ? 1000 : time, ...rest);
        })()",
    );
    visit.go_to("training");
    visit.choose_files("weights-load", &[fixture("dark.onnx")]);
    visit.wait_for("onnx-facts", |_| true);
    visit.select("onnx-classes", 1);
    // as the browser ends a worker: without an event
    visit.evaluate_in_engine("void setTimeout(() => close(), 0)");
    sleep(Duration::from_millis(500));
    visit.select("onnx-scaling", 3);
    visit.wait_for("onnx-trying", |trying| trying.text.contains("Cancel"));
    let failure = visit.wait_for_value("message", "data-kind", "engine-failed");
    assert!(failure.text.contains("not answered for two minutes"), "{failure:?}");
    visit.wait_for("onnx-lost", |lost| lost.text.contains("Your entries are kept"));
    assert!(visit.all("onnx-trying").is_empty());
    visit.click("engine-retry");
    visit.click("onnx-again");
    visit.wait_for_value("onnx-prediction", "data-expression", "happy");
    visit.click("onnx-use");
    visit.wait_for_all("network", is_used("dark"));
    visit.end();
}

#[test]
fn a_model_that_was_opened_says_everything_and_is_found_again_on_the_device() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.go_to("training");
    assert!(visit.all("weights-as-they-are").is_empty());
    visit.choose_files("weights-load", &[fixture("dark.onnx")]);
    visit.wait_for("onnx-facts", |_| true);
    // 3 is 0 to 255
    visit.select("onnx-scaling", 3);
    visit.select("onnx-classes", 1);
    visit.wait_for_value("onnx-prediction", "data-expression", "happy");
    visit.click("onnx-use");
    visit.wait_for_all("network", is_used("dark"));

    // it is downloaded as it was opened, whatever format is chosen for other networks, and the page says so
    visit.wait_for("weights-as-they-are", |hint| hint.text.contains("as it was opened"));
    visit.select("weights-precision", 1);
    let file = write("again.onnx", &visit.download("weights-save"));
    visit.choose_files("weights-load", &[file]);
    visit.wait_for_value("onnx-prediction", "data-expression", "happy");
    visit.enter_on("onnx-cancel", "weights-load");
    assert!(visit.all("onnx").is_empty() && is_used("dark")(&visit.all("network")));

    // an image for which it computes no numbers ends an evaluation with the reason
    let dark = vec!["10"; 48 * 48].join(" ");
    let set = write("dark.csv", format!("emotion,pixels,Usage\n3,{dark},PublicTest\n").as_bytes());
    visit.go_to("dataset");
    visit.choose_files("dataset-input", &[set]);
    visit.wait_for_value("dataset-summary", "data-samples", "1");
    visit.go_to("evaluation");
    visit.wait_for("evaluate-split", |_| true);
    visit.click("evaluate-start");
    visit.wait_for_value("message", "data-kind", "evaluation-failed");
    wait_for_message(&mut visit, "not numbers");
    assert!(visit.all("metrics").is_empty());

    visit.go_to("training");
    visit.click("network-keep");
    let is_kept =
        |network: &Element| network.attribute("data-kept") == "true" && network.attribute("data-name") == "dark";
    visit.wait_for("network", is_kept);
    visit.reload();
    visit.wait_for_value("backend", "data-state", "ready");
    visit.wait_for("network", is_kept);
    visit.click("network-use");
    visit.wait_for_all("network", is_used("dark"));
    visit.end();
}
