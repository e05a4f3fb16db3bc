//! The Training section: training, resuming after a reload, checkpoints, settings and networks as files.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Camera, Element, Visit, on_the_command_line, scratch};

const SIDE: usize = 48;
/// Images per class in Training.
const TRAINED: usize = 8;
/// Images per class in PublicTest, which validate.
const VALIDATED: usize = 4;
const EPOCHS: usize = 60;

/// The pixels of a synthetic image: waves whose direction and length depend on the class, with a phase and contrast that
/// depend on `number`.
fn image(class: usize, number: usize) -> String {
    let (across, down) = [(1, 0), (0, 1), (1, 1), (3, 0), (0, 3), (3, 3), (5, 1)][class];
    let pixel = |index: usize| {
        let (x, y) = (index % SIDE, index / SIDE);
        let phase = (x * across + y * down) as f64 * 0.13 + number as f64 * 0.4;
        // plus noise in blocks of 4×4 pixels, without which the images would be near duplicates
        let block = (x / 4 * 7 + y / 4 * 131 + (class * 12 + number) * 1009 + 1) as u32;
        let hash = block.wrapping_mul(2_654_435_761);
        let noise = f64::from(((hash ^ (hash >> 15)).wrapping_mul(2_246_822_519) >> 16) & 63) - 31.5;
        (120.0 + (60.0 + number as f64 * 2.0) * phase.sin() + noise) as u8
    };
    let pixels: Vec<String> = (0..SIDE * SIDE).map(|index| pixel(index).to_string()).collect();
    pixels.join(" ")
}

/// Writes a dataset of 84 images that are easy to learn.
pub fn write_set() -> PathBuf {
    let mut csv = String::from("emotion,pixels,Usage\n");
    for number in 0..TRAINED + VALIDATED {
        let split = if number < TRAINED { "Training" } else { "PublicTest" };
        for class in 0..7 {
            writeln!(csv, "{class},{},{split}", image(class, number)).expect("a string takes it");
        }
    }
    let file = scratch().join("patterns.csv");
    fs::write(&file, csv).expect("the scratch folder is writable");
    file
}

/// Loads the dataset, and returns to the Training section.
pub fn load(visit: &mut Visit, set: &PathBuf) {
    visit.wait_for_value("backend", "data-state", "ready");
    visit.go_to("dataset");
    visit.choose_files("dataset-input", std::slice::from_ref(set));
    visit.wait_for("dataset-summary", |summary| summary.number("data-samples") == 84.0);
    visit.go_to("training");
    visit.wait_for_value("train-images", "data-training", "56");
}

/// Types into a field of the training settings.
pub fn set(visit: &mut Visit, knob: &str, value: &str) {
    visit.enter(&format!("[data-knob={knob}]"), value);
}

/// Types into several fields of the training settings without a render between them.
pub fn set_at_once(visit: &mut Visit, values: &[(&str, &str)]) {
    visit.evaluate(&format!(
        "void {}.forEach(([knob, value]) => {{
            const field = document.querySelector(`[data-knob=${{knob}}]`);
            field.value = value;
            field.dispatchEvent(new Event('input', {{ bubbles: true }}));
        }})",
        serde_json::json!(values)
    ));
}

/// Writes the file that a click on a button downloads.
fn save_download(visit: &mut Visit, button: &str, name: &str) -> PathBuf {
    let file = scratch().join(name);
    fs::write(&file, visit.download(button)).expect("the scratch folder is writable");
    file
}

fn active_network(networks: &[Element]) -> Option<&Element> {
    networks.iter().find(|network| network.attribute("data-used") == "true")
}

#[test]
fn a_run_survives_a_reload_and_its_network_can_be_saved_and_loaded() {
    let set_file = write_set();
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for("backend", |_| true);
    visit.go_to("training");
    visit.wait_for("train-empty", |_| true);
    load(&mut visit, &set_file);

    visit.click("demo");
    set(&mut visit, "epochs", &EPOCHS.to_string());
    visit.click("train-start");
    // the rest is trained twice
    visit.wait_for("train-progress", |run| run.number("data-epochs-over") >= EPOCHS as f64 / 2.0);
    visit.click("train-pause");
    let paused = visit.wait_for("train-progress", |run| {
        run.attribute("data-state") == "paused" && run.attribute("data-stored") == "true"
    });
    let before = paused.number("data-epochs-over");
    assert!((2.0..EPOCHS as f64).contains(&before), "{paused:?}");
    visit.screenshot("training-paused");
    let run_file = save_download(&mut visit, "train-checkpoint", "patterns.checkpoint");

    visit.reload();
    let left = visit.wait_for("train-unfinished", |_| true);
    assert_eq!(left.number("data-epoch"), before, "{left:?}");
    assert!(visit.all("train-continue")[0].has("disabled"), "its dataset is not loaded yet");
    load(&mut visit, &set_file);
    visit.click("train-continue");
    let over = visit.wait_for("train-progress", |run| run.attribute("data-state") == "finished");
    let epochs = visit.all("epoch");
    assert_eq!(epochs.len(), EPOCHS, "{over:?}");
    let best = &epochs[over.number("data-best") as usize - 1];
    assert!(best.number("data-accuracy") > 0.7, "the classes are learned: {best:?}");
    visit.screenshot("training-over");

    visit.click("adopt-best");
    let networks = visit.wait_for_all("network", |networks| {
        active_network(networks).is_some_and(|network| network.attribute("data-network") != "0")
    });
    let adopted = active_network(&networks).expect("a network is in use");
    let accuracy = adopted.number("data-accuracy");
    assert!((accuracy - best.number("data-accuracy")).abs() < 1e-6, "{adopted:?} {best:?}");

    let weights = save_download(&mut visit, "weights-save", "patterns.safetensors");
    visit.choose_files("weights-load", std::slice::from_ref(&weights));
    let networks = visit.wait_for_all("network", |networks| {
        networks.len() == 3
            && active_network(networks).is_some_and(|network| network.attribute("data-name") == "patterns")
    });
    assert_eq!(
        active_network(&networks).map(|network| network.number("data-accuracy")),
        Some(accuracy),
        "{networks:?}"
    );

    visit.go_to("evaluation");
    visit.click("evaluate-start");
    let evaluated = visit.wait_for("metrics", |_| true);
    assert!((evaluated.number("data-accuracy") - accuracy).abs() < 1e-3, "{evaluated:?} after {adopted:?}");
    let page: Value = serde_json::from_slice(&visit.download("report-json")).expect("JSON");
    let command = ["evaluate", "--split", "PublicTest", "--weights", weights.to_str().expect("a plain path")];
    if let Some(native) = on_the_command_line(&command, &set_file) {
        assert_eq!(
            native["confusion_matrix"], page["confusion_matrix"],
            "page and command line agree on the saved network"
        );
        let difference = native["log_loss"].as_f64().zip(page["log_loss"].as_f64()).map(|(native, page)| native - page);
        assert!(difference.is_some_and(|difference| difference.abs() < 1e-4), "log loss {difference:?} apart");
    }
    visit.go_to("training");

    let whole = fs::read(&weights).expect("it was written");
    fs::write(&weights, &whole[..whole.len() / 2]).expect("the scratch folder is writable");
    visit.choose_files("weights-load", &[weights]);
    visit.wait_for_value("message", "data-kind", "weights-refused");
    assert_eq!(visit.all("network").len(), 3, "a damaged file changes nothing");

    visit.choose_files("run-open", std::slice::from_ref(&run_file));
    let opened = visit.wait_for("train-unfinished", |_| true);
    assert_eq!(opened.number("data-epoch"), before, "{opened:?}");
    visit.click("train-continue");
    visit.wait_for_all("train-unfinished", <[Element]>::is_empty);
    let again = visit.wait_for("train-progress", |run| run.attribute("data-state") == "finished");
    assert_eq!(again.attribute("data-loss"), over.attribute("data-loss"), "the run continues as before");
    let whole = fs::read(&run_file).expect("it was written");
    fs::write(&run_file, &whole[..whole.len() / 2]).expect("the scratch folder is writable");
    visit.choose_files("run-open", &[run_file]);
    visit.wait_for_value("message", "data-kind", "training-failed");
    assert_eq!(visit.all("train-unfinished").len(), 0, "a damaged file changes nothing");

    set(&mut visit, "epochs", "2");
    visit.evaluate("document.querySelector('[data-testid=train-cross]').open = true");
    visit.enter("[data-testid=folds]", "2");
    visit.click("cross-start");
    visit.wait_for_value("cross-result", "data-folds", "2");
    assert!(visit.all("cross-grouped-by").is_empty(), "no column keeps images together");
    visit.wait_for_value("train-progress", "data-state", "finished");
    visit.wait_for_true("document.querySelector('[data-testid=folds]')?.value === '2'");
    visit.wait_for_value("backend", "data-state", "ready");
    visit.end();
}

/// Waits for a network by its name and a condition, and returns it.
fn network(visit: &mut Visit, name: &str, fits: impl Fn(&Element) -> bool) -> Element {
    visit.wait_for("network", |network| network.attribute("data-name") == name && fits(network))
}

/// Clicks a button of the network that was added last.
fn click_last(visit: &mut Visit, id: &str) {
    visit.wait_for(id, |_| true);
    visit.evaluate(&format!("[...document.querySelectorAll('[data-testid={id}]')].pop().click()"));
}

#[test]
fn networks_are_copied_renamed_kept_deleted_and_saved_in_burns_format() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.go_to("training");
    let ours = visit.wait_for("network", |_| true);
    visit.click("network-duplicate");
    network(&mut visit, "Copy of mien's network", |copy| {
        copy.attribute("data-accuracy") == ours.attribute("data-accuracy")
    });
    // Escape changes nothing, and gives the focus back
    visit.enter_on("network-rename", "network-name");
    visit.enter("[data-testid=network-name]", "Not this");
    visit.press("Escape");
    visit.wait_for_true("document.activeElement?.dataset?.testid === 'network-rename'");
    assert!(visit.all("network-name").is_empty());
    // so does the button that opened the field
    visit.enter_on("network-rename", "network-name");
    visit.wait_for_value("network-rename", "aria-expanded", "true");
    visit.click("network-rename");
    visit.wait_for_value("network-rename", "aria-expanded", "false");
    assert!(visit.all("network-name").is_empty());
    // Enter keeps what was typed, and gives it back as well
    visit.enter_on("network-rename", "network-name");
    visit.enter("[data-testid=network-name]", "By Enter");
    visit.press("Enter");
    network(&mut visit, "By Enter", |_| true);
    visit.wait_for_true("document.activeElement?.dataset?.testid === 'network-rename'");
    visit.click("network-rename");
    visit.enter("[data-testid=network-name]", "Mine");
    visit.click("network-renamed");
    network(&mut visit, "Mine", |mine| mine.attribute("data-kept") == "false");
    visit.click("network-keep");
    network(&mut visit, "Mine", |mine| mine.attribute("data-kept") == "true");

    visit.reload();
    visit.wait_for_value("backend", "data-state", "ready");
    network(&mut visit, "Mine", |mine| mine.attribute("data-kept") == "true");
    click_last(&mut visit, "network-use");
    network(&mut visit, "Mine", |mine| mine.attribute("data-used") == "true");
    visit.click("network-delete");
    // the default network becomes active
    visit.wait_for_all("network", |networks| networks.len() == 1 && active_network(networks).is_some());
    visit.screenshot("network-deleted");
    visit.click("network-undo");
    network(&mut visit, "Mine", |mine| mine.attribute("data-kept") == "true");
    visit.reload();
    visit.wait_for_value("backend", "data-state", "ready");
    network(&mut visit, "Mine", |_| true);
    visit.click("network-delete");
    visit.wait_for_all("network", |networks| networks.len() == 1);

    for (form, name) in [(2, "full.bpk"), (3, "half.bpk")] {
        visit.select("weights-precision", form);
        let file = save_download(&mut visit, "weights-save", name);
        let content = fs::read(&file).expect("it was written");
        assert!(content.starts_with(b"NRUB"), "{:?}", &content[..8]); // the format's magic number, little-endian
        visit.choose_files("weights-load", std::slice::from_ref(&file));
        let name = name.trim_end_matches(".bpk");
        let loaded = network(&mut visit, name, |loaded| loaded.attribute("data-used") == "true");
        assert_eq!(loaded.attribute("data-accuracy"), ours.attribute("data-accuracy"));
        fs::write(&file, &content[..content.len() / 2]).expect("the scratch folder is writable");
        visit.choose_files("weights-load", &[file]);
        visit.wait_for_value("message", "data-kind", "weights-refused");
    }
    for form in [4, 5] {
        visit.select("weights-precision", form);
        let model = fs::read(save_download(&mut visit, "weights-save", "mine.onnx")).expect("it was written");
        assert!(model.starts_with(&[8, 8]), "IR version 8"); // field 1 of the message, a number
        let takes_pixels = model.windows(6).any(|part| part == b"pixels");
        assert_eq!(takes_pixels, form == 5);
    }
    assert_eq!(visit.all("network").len(), 3, "damaged files change nothing");
    visit.reload();
    visit.wait_for_value("backend", "data-state", "ready");
    visit.wait_for_all("network", |networks| networks.len() == 1);
    visit.end();
}

#[test]
fn settings_are_saved_and_loaded_and_the_network_in_training_can_be_shown_live() {
    let mut visit = Visit::open(&Camera::None);
    load(&mut visit, &write_set());
    visit.click("scope-last");
    set_at_once(&mut visit, &[("epochs", "7"), ("batch", "9"), ("rotation", "12"), ("seed", "5")]);
    visit.evaluate("document.querySelector('[data-testid=train-more]').open = true");
    let file = save_download(&mut visit, "settings-save", "settings.json");
    let epochs = "document.querySelector('[data-knob=epochs]').value";
    visit.click("demo");
    visit.wait_for_true(&format!("{epochs} != '7'"));
    visit.choose_files("settings-load", std::slice::from_ref(&file));
    visit.wait_for_value("message", "data-kind", "settings-loaded");
    visit.wait_for_true(&format!("{epochs} == '7'"));
    visit.wait_for_true("document.querySelector('[data-testid=scope-last]').checked");
    let text = fs::read_to_string(&file).expect("it was written");
    for entry in ["\"epochs\": 7", "\"batch\": 9", "\"rotation\": 12.0", "\"seed\": 5", "\"last-stages\": 1"] {
        assert!(text.contains(entry), "{entry} in {text}");
    }
    for wrong in [text.replace("\"epochs\": 7", "\"epochs\": 0"), text[..text.len() / 2].to_owned()] {
        fs::write(&file, wrong).expect("the scratch folder is writable");
        visit.choose_files("settings-load", std::slice::from_ref(&file));
        visit.wait_for_value("message", "data-kind", "settings-refused");
        visit.wait_for_true(&format!("{epochs} == '7'"));
    }

    set(&mut visit, "epochs", "300");
    set(&mut visit, "learning-rate", "0.01");
    visit.go_to("live");
    visit.click("sample");
    let reading = |face: &Element| face.attribute("data-probability").to_owned();
    let before = reading(&visit.wait_for("face", |_| true));
    visit.go_to("training");
    // the form is gone, the run's first control is in its place
    visit.enter_on("train-start", "train-pause");
    visit.wait_for("train-progress", |run| run.number("data-epochs-over") >= 2.0);
    visit.go_to("live");
    visit.wait_for("face", |face| reading(face) == before);
    visit.click("train-show");
    visit.wait_for("face", |face| reading(face) != before);
    visit.screenshot("training-shown");
    visit.click("train-show");
    visit.wait_for("face", |face| reading(face) == before);
    visit.go_to("training");
    visit.click("train-cancel");
    visit.click("train-cancel-yes");
    visit.wait_for_value("train-progress", "data-state", "cancelled");
    visit.end();
}

#[test]
fn a_diverging_run_stops_and_a_run_can_be_cancelled() {
    let mut visit = Visit::open(&Camera::None);
    load(&mut visit, &write_set());
    visit.click("demo");
    set(&mut visit, "epochs", &EPOCHS.to_string());
    set(&mut visit, "learning-rate", "50");
    assert!(visit.all("train-start")[0].has("disabled"), "the value is out of range");
    set(&mut visit, "learning-rate", "10");
    visit.click("train-start");
    visit.wait_for("train-progress", |run| run.attribute("data-state") == "diverged");
    visit.wait_for_value("message", "data-kind", "diverged");
    visit.screenshot("training-diverged");

    set(&mut visit, "learning-rate", "0.01");
    set(&mut visit, "epochs", "10000");
    visit.click("train-start");
    visit.wait_for("train-progress", |run| {
        run.attribute("data-state") == "running" && run.number("data-epochs-over") >= 1.0
    });
    // Escape says no, and gives the focus back
    visit.enter_on("train-cancel", "train-cancel-no");
    visit.press("Escape");
    visit.wait_for_true("document.activeElement?.dataset?.testid === 'train-cancel'");
    assert!(visit.all("train-cancel-yes").is_empty());
    visit.click("train-cancel");
    visit.click("train-cancel-yes");
    visit.wait_for_value("train-progress", "data-state", "cancelled");
    visit.wait_for("adopt", |_| true);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.end();
}
