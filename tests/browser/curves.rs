//! The curves of the model face.

use serde_json::Value;

use crate::access::{axe_violations, load_axe, set_theme, widest_at_320_pixels};
use crate::language::choose;
use crate::model_face;
use crate::support::{Camera, Visit};

/// Enters a number and leaves the field.
fn enter(visit: &mut Visit, id: &str, value: &str) {
    visit.change(&format!("[data-testid={id}]"), "value", value, "change");
}

/// Opens the curves on Live, once the network is there.
fn open(visit: &mut Visit) {
    visit.wait_for_value("backend", "data-state", "ready");
    model_face::open(visit);
    visit.evaluate("document.querySelector('[data-testid=curves-open]').open = true");
}

#[test]
fn a_smile_is_swept_and_its_files_agree() {
    let mut visit = Visit::open(&Camera::None);
    open(&mut visit);
    // what cannot be swept is said, and nothing starts
    enter(&mut visit, "curves-to", "0");
    visit.wait_for("curves-hint", |hint| hint.text.contains("needs a range"));
    assert!(visit.all("curves-start")[0].has("disabled"));
    visit.click("curves-preset-smile");
    enter(&mut visit, "curves-steps", "3");
    enter(&mut visit, "curves-identities", "2");
    visit.select("curves-groups", 2);
    visit.wait_for("curves-hint", |hint| hint.text == "12 pictures");
    visit.click("curves-start");
    visit.wait_for_value("curves-plot", "data-identities", "2");
    visit.wait_for_all("curves-progress", |progress| progress.is_empty());
    let thresholds = visit.wait_for_all("curves-threshold", |all| all.len() == 3);
    let groups: Vec<&str> = thresholds.iter().map(|each| each.attribute("data-group")).collect();
    assert_eq!(groups, ["all", "front", "side"]);

    visit.evaluate(
        "(() => {
            const { click } = HTMLAnchorElement.prototype;
            HTMLAnchorElement.prototype.click = function () { self.savedAs = this.download; click.call(this); };
        })()",
    );
    let text = visit.download_text("curves-json");
    let name = visit.evaluate("savedAs");
    let name = name.as_str().unwrap_or_default();
    assert!(name.starts_with("mien-20") && name.ends_with("-curve-happy-intensity-light.json"), "{name}");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&json["class"], &json["identities"], &json["axis"]), (&"happy".into(), &2.into(), &"intensity".into()));
    assert_eq!(json["curves"].as_array().map(Vec::len), Some(4));
    for (shown, group) in thresholds.iter().zip(json["groups"].as_array().expect("groups")) {
        let value = &group["threshold"]["value"];
        let value = value.as_f64().map_or("never".to_owned(), |value| value.to_string());
        assert_eq!(shown.attribute("data-value"), value);
    }
    let csv = visit.download_text("curves-csv");
    let rows: Vec<Vec<&str>> = csv.lines().skip(1).map(|row| row.split(',').collect()).collect();
    assert_eq!(rows.len(), 9);
    // the probabilities of a value sum to 1, and a smile makes happy more probable
    let number = |row: &[&str], column: usize| row[column].parse::<f64>().expect("a number");
    assert!(rows.iter().all(|row| ((4..11).map(|column| number(row, column)).sum::<f64>() - 1.0).abs() < 1e-3));
    assert!(number(&rows[2], 7) > number(&rows[0], 7) + 0.3, "{csv}");
    let svg = visit.download_text("curves-svg");
    assert!(svg.starts_with("<svg") && svg.contains("light from the side · ") && !svg.contains("var("));
    // the figure can be made again: its settings are in the files, and those of the JSON can be pasted
    assert!(svg.contains("&quot;view-height&quot;:27,") && svg.contains("&quot;lashes&quot;:1,"), "{svg}");
    assert_eq!((&json["settings"]["glasses"], &json["settings"]["seed"]), (&0.into(), &1.into()));
    visit.change("[data-testid=face-paste]", "value", text, "input");
    visit.wait_for_value("face-look-happy", "aria-pressed", "true");

    // another class, without another run
    visit.select("curves-class", 1);
    visit.wait_for("curves-plot", |plot| plot.text.contains("angry is named"));
    visit.select("curves-class", 0);
    visit.wait_for("curves-plot", |plot| plot.text.contains("happy is named"));

    visit.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)");
    visit.evaluate("document.querySelector('[data-testid=curves]').scrollIntoView({ behavior: 'instant' })");
    visit.screenshot("curves");
    load_axe(&mut visit);
    for theme in ["light", "dark"] {
        set_theme(&mut visit, theme);
        let found = axe_violations(&mut visit);
        assert!(found.is_empty(), "{theme}: {found:#?}");
    }
    visit.screenshot("curves-dark");
    visit.set_width(320);
    for language in ["de", "fr", "en"] {
        choose(&mut visit, language);
        visit.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)");
        let (width, elements) = widest_at_320_pixels(&mut visit);
        assert!(width <= 320.0, "{language}: {width} {elements}");
        visit.evaluate("document.querySelector('[data-testid=curves-plot]').scrollIntoView({ behavior: 'instant' })");
        visit.screenshot(&format!("curves-320-{language}"));
    }
    assert_eq!(visit.leaks(), [""; 0]);
    visit.end();
}

#[test]
fn what_is_complete_stays_after_cancelling_in_the_lesson() {
    let mut visit = Visit::open(&Camera::None);
    visit.go_to("lesson-5");
    visit.wait_for_value("lesson", "data-step", "5");
    visit.wait_for_value("backend", "data-state", "ready");
    enter(&mut visit, "curves-steps", "2");
    enter(&mut visit, "curves-identities", "500");
    visit.click("curves-start");
    visit.wait_for("curves-progress", |progress| progress.number("data-done") >= 4.0);
    visit.wait_for("curves-plot", |_| true);
    visit.click("curves-cancel");
    visit.wait_for_all("curves-progress", |progress| progress.is_empty());
    let plot = visit.wait_for("curves-plot", |_| true);
    assert!((1.0..500.0).contains(&plot.number("data-identities")));
    visit.screenshot("curves-lesson");

    // Live has the same curves, and shows other pictures meanwhile
    visit.click("curves-start");
    visit.go_to("live");
    model_face::open(&mut visit);
    visit.evaluate("document.querySelector('[data-testid=curves-open]').open = true");
    visit.wait_for("curves-progress", |progress| progress.number("data-done") >= 1.0);
    visit.click("face-look-happy");
    visit.wait_for_value("face", "data-expression", "happy");
    visit.click("curves-cancel");
    visit.wait_for_all("curves-progress", |progress| progress.is_empty());
    visit.end();
}
