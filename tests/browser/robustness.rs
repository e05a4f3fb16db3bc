//! Robustness to corruptions, of a dataset and of a single face, and accuracy by group.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::language::choose;
use crate::support::{Camera, Visit, on_the_command_line, scratch};

const SIDE: usize = 48;
/// Images in PublicTest, half of them with each letter.
const PUBLIC: usize = 60;
/// Images in PrivateTest, which come last and are evaluated for robustness.
const PRIVATE: usize = 7;

/// Writes a dataset with a column of letters and one of ages, and a table with another column.
fn write_set() -> (PathBuf, PathBuf) {
    let mut csv = String::from("emotion,pixels,Usage,letter,age\n");
    let mut table = String::from("row,origin\n");
    for number in 0..PUBLIC + PRIVATE {
        let split = if number < PUBLIC { "PublicTest" } else { "PrivateTest" };
        let wave = |index: usize, count: usize| (index * count * 7 + number * 13) % 128;
        let pixels: Vec<String> = (0..SIDE * SIDE)
            .map(|index| (wave(index % SIDE, 1 + number % 5) + wave(index / SIDE, 1 + number % 3)).to_string())
            .collect();
        let _ = writeln!(csv, "{},{},{split},{},{number}", number % 7, pixels.join(" "), ["a", "b"][number % 2]);
        let _ = writeln!(table, "{number},{}", ["", "x", "y"][number % 3]);
    }
    let (set, groups) = (scratch().join("corrupted.csv"), scratch().join("groups.csv"));
    fs::write(&set, csv).expect("the scratch folder is writable");
    fs::write(&groups, table).expect("the scratch folder is writable");
    (set, groups)
}

/// JavaScript that returns the first rows of pixels of the corrupted face.
const PIXELS: &str = "document.querySelector('[data-testid=breaker-crop] canvas').getContext('2d')\
                      .getImageData(0, 0, 48, 10).data.join()";

#[test]
fn robustness_is_evaluated_and_groups_are_compared() {
    let (set, table) = write_set();
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.go_to("dataset");
    visit.wait_for("dataset-input", |_| true);
    visit.choose_files("dataset-input", std::slice::from_ref(&set));
    visit.wait_for_value("dataset-summary", "data-samples", &(PUBLIC + PRIVATE).to_string());
    visit.go_to("evaluation");
    visit.wait_for("view-robustness", |_| true);
    visit.click("view-robustness");

    check_corruption_of_a_face(&mut visit);
    check_robustness(&mut visit);
    check_groups(&mut visit, &table);
    visit.end();
}

fn check_corruption_of_a_face(visit: &mut Visit) {
    visit.wait_for("breaker-reading", |reading| !reading.attribute("data-expression").is_empty());
    visit.wait_for_true(&format!("{PIXELS}.split(',').some(byte => byte > 0)"));
    let before = visit.evaluate(PIXELS);
    visit.enter("[data-testid=breaker-strength]", "5");
    visit.wait_for_value("breaker-reading", "data-strength", "5.0");
    visit.wait_for_true(&format!("{PIXELS} !== {before}"));
    visit.screenshot("robustness-breaker");
    visit.enter("[data-testid=breaker-strength]", "0");
    visit.wait_for_true(&format!("{PIXELS} === {before}"));
}

fn check_robustness(visit: &mut Visit) {
    visit.click("robustness-start");
    visit.wait_for("robustness-progress", |progress| progress.number("data-done") > 0.0);
    visit.click("robustness-cancel");
    visit.wait_for_true("document.querySelector('[data-kind=evaluation-cancelled]')");
    // only corruptions of light: seven images under 21 conditions
    for family in ["orientation", "occlusion", "quality"] {
        visit.evaluate(&format!("document.querySelector('[data-testid=robustness-family][value={family}]').click()"));
    }
    visit.click("robustness-start");
    let result = visit.wait_for("robustness", |_| true);
    visit.screenshot("robustness");
    let report: Value = serde_json::from_slice(&visit.download("robustness-json")).expect("JSON");
    assert_eq!((&report["samples"], &report["split"]), (&PRIVATE.into(), &"PrivateTest".into()));
    assert_eq!(report["corruptions"].as_array().map(Vec::len), Some(4));
    let clean = report["clean"]["accuracy"].as_f64().expect("a number");
    assert!((result.number("data-accuracy") - clean).abs() < 1e-6);
    assert!((result.number("data-mean") - report["mean"]["accuracy"].as_f64().expect("a number")).abs() < 1e-6);
    let cell = "document.querySelector('[data-corruption=side_shadow] [data-severity=\"5\"]').dataset.value";
    let shadow: f64 = visit.evaluate(cell).as_str().expect("a text").parse().expect("a number");
    let expected = report["corruptions"][3]["severities"][4]["accuracy"].as_f64().expect("a number");
    assert!((shadow - expected).abs() < 1e-6, "{shadow} {expected}");
    assert!(visit.download_text("robustness-csv").starts_with("corruption,family,severity"));
    let families = ["brightness", "contrast", "gamma", "side_shadow"].map(|name| ["--corruption", name]).concat();
    let command = [&["robustness", "--split", "PrivateTest"], families.as_slice()].concat();
    if let Some(native) = on_the_command_line(&command, &scratch().join("corrupted.csv")) {
        for (page, native) in report["corruptions"]
            .as_array()
            .into_iter()
            .flatten()
            .zip(native["corruptions"].as_array().into_iter().flatten())
        {
            assert_eq!(page["severities"], native["severities"], "page and command line agree: {}", page["name"]);
        }
    }

    visit.click("robustness-start");
    visit.wait_for_all("robustness-run", |runs| runs.len() == 2);
    visit.wait_for("robustness-means", |_| true);
    let differences =
        "[...document.querySelectorAll('[data-difference]')].every(cell => Number(cell.dataset.difference) === 0)";
    visit.wait_for_true(differences);

    let drawn = |visit: &mut Visit, text: &str| {
        let drawings =
            "[...document.querySelectorAll('[data-testid=robustness-curve], [data-testid=robustness-heat]')]";
        visit.wait_for_true(&format!("{drawings}.every(each => each.textContent.includes('{text}'))"));
    };
    drawn(visit, "everity");
    choose(visit, "de");
    drawn(visit, "Stärke");
    visit.wait_for_true("document.querySelector('[data-testid=robustness-curve] svg').textContent.includes('0,2')");
    choose(visit, "en");
}

fn check_groups(visit: &mut Visit, table: &std::path::Path) {
    visit.click("view-metrics");
    visit.wait_for("evaluate-start", |_| true);
    visit.select("evaluate-split", 1);
    visit.click("evaluate-start");
    visit.wait_for("groups", |_| true);
    let columns = visit.wait_for_all("group-column", |columns| columns.len() == 2);
    assert_eq!((columns[0].attribute("data-column"), columns[1].attribute("data-column")), ("letter", "age"));
    assert_eq!(visit.all("group").len(), 2 + PUBLIC);
    // sixty ages with one image each are not compared; two bins are
    assert_eq!(visit.all("group-gaps").len(), 1);
    visit.change("[data-column=age] [data-testid=group-bins]", "selectedIndex", 1, "change");
    let groups = visit.wait_for_all("group", |groups| groups.len() == 4);
    assert_eq!(groups[2].attribute("data-value"), "0 to 29");
    assert_eq!((groups[2].number("data-samples"), groups[2].attribute("data-compared")), (30.0, "true"));
    visit.choose_files("groups-join", &[table.to_owned()]);
    visit.wait_for_all("group-column", |columns| columns.len() == 3);
    let blank = visit.all("group").into_iter().find(|group| group.attribute("data-value").is_empty());
    assert_eq!(blank.expect("a blank group").attribute("data-compared"), "false");
    visit.screenshot("groups");
    let report: Value = serde_json::from_slice(&visit.download("report-json")).expect("JSON");
    assert_eq!(report["groups"].as_array().map(Vec::len), Some(3));
    assert_eq!(report["groups"][1]["groups"][0]["value"], "0 to 29");

    // a table with another number of rows is rejected with a message
    let wrong = scratch().join("wrong.csv");
    fs::write(&wrong, "origin\nx\n").expect("the scratch folder is writable");
    visit.choose_files("groups-join", &[wrong]);
    visit.wait_for("groups-fault", |fault| fault.text.contains("the table ends with row 1"));
}
