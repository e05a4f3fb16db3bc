//! Other networks than the default one: downloading one, evaluating an ensemble, training another architecture.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Camera, Visit, copy_folder, scratch};

/// A tiny network with random weights.
const TINY: &[u8] = include_bytes!("../fixtures/parity-mobile.safetensors");

/// Writes a copy of the site that offers two other networks, one of which is missing on the server.
fn write_site() -> PathBuf {
    let site = scratch().join("with-networks");
    copy_folder(&xtask::dist(), &site);
    // it would accept only the files of the build
    fs::remove_file(site.join("sw.js")).expect("the site has one");
    let list = json!([
        { "file": "default.safetensors", "name": "mien's network", "purpose": "It comes with the page." },
        { "file": "tiny.safetensors", "name": "Tiny", "purpose": "It knows nothing.", "bytes": TINY.len(),
          "architecture": "mobile", "parameters": 361, "multiply_adds": 195_000, "accuracy": 0.14, "split": "noise" },
        { "file": "gone.safetensors", "name": "Gone", "purpose": "It is not there.", "bytes": 10 },
    ]);
    fs::write(site.join("weights/networks.json"), list.to_string()).expect("the scratch folder is writable");
    fs::write(site.join("weights/tiny.safetensors"), TINY).expect("the scratch folder is writable");
    site
}

/// Writes a dataset with two images of each class in Training and two in PublicTest.
fn write_set() -> PathBuf {
    let mut csv = String::from("emotion,pixels,Usage\n");
    for number in 0..28 {
        let pixels: Vec<String> = (0..48 * 48).map(|index| (index * (number + 3) % 251).to_string()).collect();
        let split = if number < 14 { "Training" } else { "PublicTest" };
        writeln!(csv, "{},{},{split}", number % 7, pixels.join(" ")).expect("a string takes it");
    }
    let file = scratch().join("ensemble.csv");
    fs::write(&file, csv).expect("the scratch folder is writable");
    file
}

fn click(visit: &mut Visit, selector: &str) {
    visit.evaluate(&format!("document.querySelector('{selector}').click()"));
}

#[test]
fn a_network_is_downloaded_and_evaluated_in_an_ensemble() {
    let site = write_site();
    let mut visit = Visit::open_folder(&site, &Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.go_to("training");
    let offers = visit.wait_for_all("offer", |offers| offers.len() == 2);
    assert!(offers[0].text.contains("Tiny") && offers[0].text.contains("14.0% on noise"), "{offers:?}");
    visit.evaluate("document.querySelector('[data-testid=offers]').scrollIntoView()");
    visit.screenshot("networks-offered");
    // a network that is missing on the server is reported, and nothing changes
    click(&mut visit, "[data-file=\"gone.safetensors\"] button");
    visit.wait_for("message", |message| message.text.contains("404"));
    assert_eq!(visit.all("network").len(), 1);
    click(&mut visit, "[data-file=\"tiny.safetensors\"] button");
    let networks = visit.wait_for_all("network", |networks| {
        networks
            .iter()
            .any(|network| network.attribute("data-name") == "Tiny" && network.attribute("data-used") == "true")
    });
    assert_eq!(networks.len(), 2);
    visit.wait_for_all("offer", |offers| offers.len() == 1);

    visit.go_to("dataset");
    visit.choose_files("dataset-input", &[write_set()]);
    visit.wait_for("dataset-summary", |summary| summary.number("data-samples") == 28.0);
    visit.go_to("evaluation");
    visit.wait_for_value("evaluate-networks", "data-passes", "1");
    click(&mut visit, "[data-testid=evaluate-network][data-network=\"0\"]");
    visit.select("evaluate-views", 1);
    visit.wait_for_value("evaluate-networks", "data-passes", "4");
    visit.screenshot("networks-ensemble");
    visit.click("evaluate-start");
    visit.wait_for("metrics", |_| true);
    let report: Value = serde_json::from_slice(&visit.download("report-json")).expect("JSON");
    assert_eq!(report["test_time_augmentation"], "flip");
    assert_eq!(report["samples"], 14);
    assert!(report["temperature"].is_null() && report["model"].as_str().is_some_and(|model| model.contains(" + ")));
    drop(visit); // without `end`, which would report the missing file
    fs::remove_dir_all(site).expect("ours");
}

#[test]
fn the_model_card_is_shown() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.go_to("about");
    visit.wait_for("model-card", |_| true);
    click(&mut visit, "[data-testid=model-card] summary");
    let figures = visit.wait_for("card-figures", |_| true);
    assert!((0.0..=1.0).contains(&figures.number("data-accuracy")), "{figures:?}");
    assert!(figures.text.contains("FER2013") && figures.text.contains("Disgust"), "{figures:?}");
    visit.evaluate("document.querySelector('[data-testid=model-card]').scrollIntoView()");
    visit.screenshot("model-card");
    visit.end();
}

#[test]
fn a_network_of_another_architecture_is_trained() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.go_to("dataset");
    visit.choose_files("dataset-input", &[write_set()]);
    visit.wait_for("dataset-summary", |summary| summary.number("data-samples") == 28.0);
    visit.go_to("training");
    visit.wait_for_value("train-images", "data-training", "14");
    visit.click("from-scratch-weights");
    visit.click("scope-everything");
    click(&mut visit, "[data-testid=train-more] summary");
    visit.select("choice-network", 4);
    visit.wait_for("network-size", |size| size.text.contains("490 thousand"));
    visit.select("choice-size", 2);
    visit.wait_for("network-size", |size| size.text.contains("36 thousand"));
    visit.enter("[data-knob=epochs]", "1");
    visit.wait_for_true("document.querySelector('[data-knob=epochs]').value === '1'");
    visit.evaluate("document.querySelector('[data-testid=network-size]').scrollIntoView({ block: 'center' })");
    visit.screenshot("network-kind");
    visit.click("train-start");
    visit.wait_for("train-progress", |run| run.attribute("data-state") == "finished");
    visit.click("adopt-best");
    visit.wait_for_all("network", |networks| {
        networks.iter().any(|network| network.text.contains("Mobile · 36 thousand"))
    });
    visit.end();
}
