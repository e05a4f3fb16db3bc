//! Languages: chosen from the browser's preferences or by the user, changed while something runs, and remembered.

use std::fs;
use std::path::PathBuf;

use crate::live::photo;
use crate::support::{Camera, Visit, scratch, write_clip};

/// Selects a language, and waits until the navigation is in it.
pub fn choose(visit: &mut Visit, language: &str) {
    visit.change("[data-testid=language]", "value", language, "change");
    visit.wait_for_true(&format!("document.documentElement.lang === '{language}'"));
    wait_for_navigation(visit, language);
}

/// Waits until the navigation is in a language.
fn wait_for_navigation(visit: &mut Visit, language: &str) {
    let dataset = match language {
        "de" => "Datensatz",
        "fr" => "Données",
        _ => "Dataset",
    };
    visit.wait_for_true(&format!("document.querySelector('nav')?.textContent.includes('{dataset}')"));
}

#[test]
fn a_language_is_chosen_and_remembered() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for("language", |_| true);
    wait_for_navigation(&mut visit, "en");

    choose(&mut visit, "de");
    visit.wait_for_true("document.title.includes('Gesichtsausdrücke')");
    visit.reload();
    wait_for_navigation(&mut visit, "de");

    choose(&mut visit, "fr");
    visit.go_to("about");
    visit.wait_for_value("backend", "data-state", "ready");
    // number formats and plurals of the language: 1,3 million, 117 millions
    visit.wait_for_true("/\\d,\\d\\u00a0% des cas/.test(document.querySelector('[data-testid=accuracy]').textContent)");
    visit.wait_for_true("[...document.querySelectorAll('.facts')].some(each => /\\d million/.test(each.textContent))");

    choose(&mut visit, "en");
    visit.end();
}

#[test]
fn the_header_fits_into_one_row_on_a_laptop() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    for width in [1280, 1600] {
        visit.set_width(width);
        for language in ["en", "de", "fr"] {
            choose(&mut visit, language);
            // the row's buttons are 2.6rem high
            let rows = visit.evaluate(
                "document.querySelector('.masthead').offsetHeight / parseFloat(getComputedStyle(document.documentElement).fontSize)",
            );
            assert!(rows.as_f64().is_some_and(|rows| rows < 4.5), "{language} at {width}: {rows} rem");
        }
    }
    visit.end();
}

#[test]
fn the_name_of_the_lessons_sample_is_translated() {
    let mut visit = Visit::open(&Camera::None);
    visit.go_to("lesson");
    visit.wait_for("lesson-name", |name| name.text == "Sample: Eileen Collins");
    choose(&mut visit, "de");
    visit.wait_for("lesson-name", |name| name.text == "Beispiel: Eileen Collins");
    assert!(visit.all("lesson-sample").is_empty(), "the sample is still shown");
    visit.end();
}

#[test]
fn the_initial_language_is_the_browsers() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for("language", |_| true);
    visit.set_languages("eo,fr-CA,de");
    visit.reload();
    visit.wait_for_true("document.documentElement.lang === 'fr'");
    visit.wait_for_true("document.querySelector('nav')?.textContent.includes('Entraînement')");
    visit.end();
}

#[test]
fn the_camera_keeps_running_when_the_language_changes() {
    let mut visit = Visit::open(&Camera::Clip(write_clip(&photo())));
    visit.wait_for_value("backend", "data-state", "ready");
    visit.click("camera-start");
    visit.wait_for("face", |_| true);
    choose(&mut visit, "de");
    visit.wait_for_true("document.querySelector('[data-testid=camera-stop]')");
    visit.wait_for_true("(() => { const video = document.querySelector('video'); return video && !video.paused; })()");
    visit.wait_for("face", |face| !face.text.is_empty());
    visit.end();
}

/// Loads a file that is no dataset, and waits for a message with the reason.
fn assert_rejected(visit: &mut Visit, name: &str, content: &[u8], reason: &str) {
    visit.go_to("dataset");
    let file = scratch().join(name);
    fs::write(&file, content).expect("the scratch folder is writable");
    visit.choose_files("dataset-input", &[file]);
    let message = visit.wait_for("message", |message| message.text.contains(name));
    assert!(message.text.contains(reason), "{message:?}");
}

/// Waits until the description of an offered network contains a text.
fn wait_for_offer(visit: &mut Visit, description: &str) {
    visit.go_to("training");
    visit.wait_for("offer", |offer| offer.text.contains(description));
}

#[test]
fn error_messages_are_translated() {
    let mut visit = Visit::open(&Camera::None);
    choose(&mut visit, "de");
    wait_for_offer(&mut visit, "Dasselbe Netz");
    let network = visit.wait_for("network", |_| true);
    assert!(network.text.contains(" Bildern von PublicTest"), "{network:?}");
    assert_rejected(
        &mut visit,
        "kein-datensatz.csv",
        b"name,age\nAda,36\n",
        "nennt keine Spalte mit Labels; erwartet wird die CSV von FER2013",
    );
    visit.screenshot("refused-in-german");

    choose(&mut visit, "fr");
    visit.wait_for("message", |message| message.text.contains("ne nomme aucune colonne d’étiquettes"));
    wait_for_offer(&mut visit, "Le même réseau");
    assert_rejected(
        &mut visit,
        "autre-chose.csv",
        b"\x89PNG\r\n",
        "Ceci est une image PNG\u{a0}; on attend le CSV de FER2013",
    );

    choose(&mut visit, "en");
    wait_for_offer(&mut visit, "The same network");
    assert_rejected(&mut visit, "empty.csv", b"", "The file is empty; FER2013's CSV is expected");

    // the error of a form field
    visit.go_to("dataset");
    visit.choose_files("dataset-input", &[write_set()]);
    visit.wait_for("dataset-summary", |_| true);
    choose(&mut visit, "de");
    visit.go_to("training");
    visit.enter("[data-knob=learning-rate]", "20");
    visit.wait_for_true(
        "document.querySelector('.field-error')?.textContent === 'Außerhalb des Bereichs: mehr als 0, höchstens 10.'",
    );
    visit.end();
}

/// Two images of each class.
fn write_set() -> PathBuf {
    let image = |number: usize| (0..48 * 48).map(|index| (index * (number + 3) % 251).to_string()).collect::<Vec<_>>();
    let rows = (0..14).map(|number| format!("{},{},Training\n", number % 7, image(number).join(" ")));
    let file = scratch().join("dataset.csv");
    let csv = "emotion,pixels,Usage\n".to_owned() + &rows.collect::<String>();
    fs::write(&file, csv).expect("the scratch folder is writable");
    file
}
