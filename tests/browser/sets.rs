//! The datasets that come with the page: from one click to an evaluation by groups and a fine-tuned network, offline, and with the
//! images of a person kept together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::access::{axe_violations, load_axe, set_theme, widest_at_320_pixels};
use crate::language::choose;
use crate::support::{Camera, Element, Visit, on_the_command_line};
use crate::training::set;

/// Images in all, and in each half of the persons.
const ALL: &str = "204";
const HALF: &str = "102";

/// The place of the column of persons among what can be kept together, after nothing.
const PERSON: u64 = 4;

fn visit(page: &str) -> Visit {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.go_to(page);
    visit
}

/// The counts of the confusion matrix by label and prediction, without those that are 0.
fn counts(visit: &mut Visit) -> BTreeMap<(String, String), u64> {
    let cells = visit.evaluate(
        "[...document.querySelectorAll('[data-testid=confusion-matrix] [data-count]')].map(cell => \
         [cell.dataset.actual, cell.dataset.predicted, Number(cell.dataset.count)])",
    );
    let cells: Vec<(String, String, u64)> = serde_json::from_value(cells).expect("cells");
    assert_eq!(cells.len(), 49);
    cells.into_iter().filter(|cell| cell.2 > 0).map(|(label, predicted, count)| ((label, predicted), count)).collect()
}

#[test]
fn one_click_leads_to_an_evaluation_by_groups_of_people() {
    let mut visit = visit("evaluation");
    visit.wait_for("evaluation-empty", |_| true);
    visit.screenshot("evaluation-empty");
    visit.click("builtin-set");
    visit.click("evaluate-start");
    let metrics = visit.wait_for("metrics", |_| true);
    assert!((0.6..0.95).contains(&metrics.number("data-accuracy")), "{metrics:?}");

    let counts = counts(&mut visit);
    let labels: BTreeSet<&str> = counts.keys().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["happy", "neutral"].into());
    assert_eq!(counts.values().sum::<u64>().to_string(), HALF);
    let columns = visit.all("group-column");
    let names: Vec<&str> = columns.iter().map(|column| column.attribute("data-column")).collect();
    assert_eq!(names, ["age", "gender", "ethnicity", "person"]);
    let gender =
        visit.all("group").into_iter().filter(|group| ["female", "male"].contains(&group.attribute("data-value")));
    let gender: Vec<Element> = gender.collect();
    assert_eq!(gender.iter().map(|group| group.number("data-samples")).sum::<f64>().to_string(), HALF);
    assert!(gender.iter().all(|group| group.attribute("data-compared") == "true"), "{gender:?}");
    visit.screenshot("evaluation");
    visit.evaluate("document.querySelector('[data-testid=groups]').scrollIntoView({ behavior: 'instant' })");
    visit.screenshot("evaluation-groups");

    let report: Value = serde_json::from_slice(&visit.download("report-json")).expect("JSON");
    let set = xtask::root().join("www/sets/london.csv.gz");
    if let Some(native) = on_the_command_line(&["evaluate", "--split", "PrivateTest"], &set) {
        assert_eq!(native["confusion_matrix"], report["confusion_matrix"], "page and command line agree");
    }
    visit.end();
}

#[test]
fn a_network_is_fine_tuned_on_half_of_the_people() {
    let mut visit = visit("training");
    visit.wait_for("train-empty", |_| true);
    visit.click("builtin-set");
    visit.wait_for_value("train-images", "data-training", HALF);
    let missing = visit.wait_for("train-missing", |_| true);
    assert!(missing.text.contains("angry") && !missing.text.contains("happy"), "{missing:?}");
    assert_eq!(kept_together(&mut visit), PERSON, "the column of persons");
    visit.screenshot("training");
    visit.click("demo");
    set(&mut visit, "epochs", "3");
    visit.click("train-start");
    visit.wait_for("train-progress", |run| ["finished", "early"].contains(&run.attribute("data-state")));
    visit.screenshot("training-finished");
    visit.click("adopt-best");
    visit.go_to("evaluation");
    visit.click("evaluate-start");
    visit.wait_for("metrics", |metrics| metrics.number("data-accuracy") > 0.6);
    visit.end();
}

/// The index of the option that is chosen for what stays together.
fn kept_together(visit: &mut Visit) -> u64 {
    visit.evaluate("document.querySelector('[data-testid=group-by]').selectedIndex").as_u64().expect("an index")
}

/// The number of persons, and of those with images in several splits, by the exported CSV.
fn persons(visit: &mut Visit) -> (usize, usize) {
    let csv = visit.download_text("dataset-export");
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("emotion,pixels,Usage,age,gender,ethnicity,person"));
    let mut splits = BTreeMap::<&str, BTreeSet<&str>>::new();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        splits.entry(fields[6]).or_default().insert(fields[2]);
    }
    (splits.len(), splits.values().filter(|splits| splits.len() > 1).count())
}

/// Draws other random splits than before.
fn resplit(visit: &mut Visit, seed: u32) {
    let before = visit.all("dataset-summary")[0].attribute("data-training").to_owned();
    visit.enter("[data-testid=split-seed]", &seed.to_string());
    visit.click("resplit");
    visit.wait_for("dataset-summary", |set| {
        set.attribute("data-resplit") == "true" && (seed > 1 || set.attribute("data-training") != before)
    });
}

#[test]
fn images_of_a_person_stay_together_unless_another_choice_is_made() {
    let mut visit = visit("dataset");
    visit.wait_for("dataset-input", |_| true);
    visit.screenshot("dataset-empty");
    visit.click("builtin-set");
    let summary = visit.wait_for_value("dataset-summary", "data-samples", ALL);
    let splits =
        ["data-training", "data-publictest", "data-privatetest", "data-rejected"].map(|it| summary.attribute(it));
    assert_eq!(splits, [HALF, "0", HALF, "0"]);
    let about = visit.wait_for("built-in-about", |_| true);
    assert!(about.text.contains("DeBruine") && about.text.contains("CC BY 4.0"), "{about:?}");
    visit.screenshot("dataset");
    assert_eq!((kept_together(&mut visit), persons(&mut visit)), (PERSON, (102, 0)));
    resplit(&mut visit, 1);
    assert_eq!(persons(&mut visit), (102, 0));

    visit.select("group-by", 0);
    visit.wait_for_true("document.querySelector('[data-testid=group-by]').selectedIndex === 0");
    resplit(&mut visit, 2);
    visit.wait_for_true("document.querySelector('[data-testid=dataset-summary]').dataset.resplit === 'true'");
    let (all, divided) = persons(&mut visit);
    assert!(all == 102 && divided > 10, "{divided} persons in several splits");
    // two values, which two splits are enough for
    visit.select("group-by", 2);
    visit.wait_for_true("document.querySelector('[data-testid=group-by]').selectedIndex === 2");
    visit.go_to("training");
    // the same choice
    visit.wait_for("train-images", |_| true);
    visit.wait_for_true("document.querySelector('[data-testid=group-by]')?.selectedIndex === 2");
    visit.select("group-by", PERSON as usize);
    visit.go_to("dataset");
    visit.wait_for_true("document.querySelector('[data-testid=group-by]')?.selectedIndex === 4");
    visit.click("restore-splits");
    visit.wait_for_value("dataset-summary", "data-resplit", "false");
    assert_eq!(persons(&mut visit), (102, 0));
    // the result of a cross-validation says it too
    visit.go_to("training");
    set(&mut visit, "epochs", "2");
    visit.evaluate("document.querySelector('[data-testid=train-cross]').open = true");
    visit.enter("[data-testid=folds]", "2");
    visit.click("cross-start");
    visit.wait_for_value("cross-result", "data-folds", "2");
    visit.wait_for("cross-grouped-by", |said| said.text.contains("“person”"));
    visit.go_to("dataset");

    visit.click("dataset-close");
    visit.wait_for_all("dataset-summary", <[Element]>::is_empty);
    visit.click("dataset-reopen");
    visit.wait_for_value("dataset-summary", "data-samples", ALL);
    visit.end();
}

#[test]
fn a_set_that_was_fetched_once_is_there_without_a_server() {
    let mut visit = visit("dataset");
    visit.wait_for_true("document.documentElement.dataset.offline === 'ready'");
    assert!(!visit.server_requests().iter().any(|request| request.contains("/sets/")), "none is fetched unasked");
    visit.click("builtin-set");
    visit.wait_for_value("dataset-summary", "data-samples", ALL);
    visit.stop_server();
    visit.reload();
    visit.wait_for_value("backend", "data-state", "ready");
    visit.click("builtin-set");
    visit.wait_for_value("dataset-summary", "data-name", "London Set");

    visit.click("dataset-close");
    visit.wait_for("dataset-input", |_| true);
    visit.click("builtin-set-model-faces");
    let message = visit.wait_for_value("message", "data-kind", "set-missing");
    assert!(message.text.contains("Model faces"), "{message:?}");
    visit.screenshot("set-missing");
    visit.wait_for("builtin-set-model-faces", |button| !button.has("disabled"));
    assert_eq!(visit.leaks(), [""; 0]);
}

#[test]
fn the_lesson_leads_to_a_set_and_drawn_faces_show_all_classes() {
    let mut visit = visit("lesson-6");
    visit.click("builtin-set");
    visit.wait_for_true("location.hash === '#evaluation'");
    visit.wait_for("evaluate-start", |button| !button.has("disabled"));
    visit.go_to("dataset");
    visit.wait_for_value("dataset-summary", "data-name", "London Set");
    visit.evaluate("void document.querySelectorAll('details.another').forEach(each => each.open = true)");
    visit.click("builtin-set-model-faces");
    let faces = visit.wait_for_value("dataset-summary", "data-name", "Model faces");
    let splits = ["data-training", "data-publictest", "data-privatetest"].map(|it| faces.number(it));
    assert_eq!(splits, [126.0, 42.0, 42.0]);
    assert_eq!(kept_together(&mut visit), 1, "the column of identities");
    visit.screenshot("model-faces");
    visit.go_to("evaluation");
    visit.click("evaluate-start");
    visit.wait_for("metrics", |_| true);
    let counts = counts(&mut visit);
    assert_eq!(counts.keys().map(|(label, _)| label).collect::<BTreeSet<_>>().len(), 7);
    visit.screenshot("model-faces-evaluated");
    visit.end();
}

/// Checks what is shown: colours and names in both themes, and the width on a small screen in every language.
fn check(visit: &mut Visit, name: &str) {
    for theme in ["light", "dark"] {
        set_theme(visit, theme);
        assert_eq!(axe_violations(visit), [""; 0], "{theme} {name}");
        visit.screenshot(&format!("{name}-{theme}"));
    }
    visit.set_width(320);
    for language in ["de", "fr", "en"] {
        choose(visit, language);
        let (width, elements) = widest_at_320_pixels(visit);
        assert!(width <= 320.0, "{language} {name}: {width} {elements}");
        if language == "de" {
            visit.evaluate(
                "document.querySelector('[data-testid=builtin-set], [data-testid=built-in-about]').scrollIntoView()",
            );
            visit.screenshot(&format!("{name}-narrow"));
        }
    }
    visit.set_width(1280);
}

#[test]
fn sets_are_offered_accessibly_wherever_one_is_missing() {
    let mut visit = visit("dataset");
    load_axe(&mut visit);
    for page in ["dataset", "training", "evaluation", "lesson-6"] {
        visit.go_to(page);
        visit.wait_for("builtin-set", |_| true);
        check(&mut visit, page);
    }
    visit.go_to("dataset");
    visit.click("builtin-set");
    visit.wait_for("built-in-about", |_| true);
    visit.wait_for_true("document.querySelector('[data-testid=dataset-grid] [data-index]')");
    check(&mut visit, "loaded");
    visit.end();
}
