//! The Evaluation section: the network on a folder of labelled photographs.

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

use crate::language::choose;
use crate::support::{Camera, Visit, on_the_command_line, scratch};

/// Writes a folder with two photographs of the astronaut, one of them labelled wrongly, one of a wall, and their table.
pub fn write_folder() -> PathBuf {
    let folder = scratch().join("labelled");
    fs::create_dir_all(folder.join("smiling")).expect("the scratch folder is writable");
    fs::write(folder.join("smiling/a.jpg"), include_bytes!("../fixtures/astronaut.jpg")).expect("a photograph");
    fs::write(folder.join("b.jpg"), include_bytes!("../fixtures/astronaut.jpg")).expect("a photograph");
    image::GrayImage::from_pixel(300, 200, [90].into()).save(folder.join("wall.png")).expect("a photograph");
    write_table(
        &folder,
        "file,class,person,age,gender\nsmiling/a.jpg,happy,p1,47,female\nb.jpg,fear,p1,47,female\n\
         wall.png,neutral,p2,,male\n",
    );
    folder
}

fn write_table(folder: &Path, text: &str) {
    fs::write(folder.join("labels.csv"), text).expect("the scratch folder is writable");
}

/// Opens the view of photographs once the engine is ready.
fn open_photographs() -> Visit {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.go_to("evaluation");
    visit.wait_for("view-photographs", |_| true);
    visit.click("view-photographs");
    visit
}

fn choose_folder(visit: &mut Visit, folder: &Path) {
    visit.choose_files("photographs-folder", &[folder.to_owned()]);
}

/// Waits for the message that nothing was measured, with these words in it.
fn failure(visit: &mut Visit, says: &str) {
    visit.wait_for_true(&format!(
        "document.querySelector('[data-kind=photographs-failed] .message-text')?.textContent.includes({})",
        Value::from(says)
    ));
}

#[test]
fn a_folder_of_photographs_is_measured_as_on_the_command_line() {
    let folder = write_folder();
    let mut visit = open_photographs();
    choose_folder(&mut visit, &folder);
    let result = visit.wait_for("photographs", |_| true);
    visit.screenshot("photographs");
    let count = |name: &str| result.number(name);
    assert_eq!((count("data-samples"), count("data-not-found"), count("data-several")), (3.0, 1.0, 0.0));
    // the smile is found; the same face is also labelled fear, and the wall has none
    assert!((count("data-accuracy") - 1.0 / 3.0).abs() < 1e-6, "{result:?}");
    let cell = |actual: &str, predicted: &str| {
        format!("[data-testid=photographs-matrix] [data-actual={actual}][data-predicted={predicted}][data-count='1']")
    };
    for cell in [cell("happy", "happy"), cell("fear", "happy")] {
        visit.wait_for_true(&format!("document.querySelector(\"{cell}\")"));
    }
    let columns = visit.wait_for_all("photographs-column", |columns| columns.len() == 2);
    assert_eq!((columns[0].attribute("data-column"), columns[1].attribute("data-column")), ("age", "gender"));
    let women = visit.evaluate(
        "[...document.querySelector('[data-column=gender] tbody tr').cells].slice(0, 5).map(cell => cell.textContent)",
    );
    assert_eq!(women, Value::from(vec!["female", "1", "2", "0", "50.0%"]));

    let report: Value = serde_json::from_slice(&visit.download("photographs-json")).expect("JSON");
    let distance = visit.wait_for("photographs-framing", |_| true).number("data-eye-distance");
    assert!((distance - report["placement"]["eye_distance"]["mean"].as_f64().expect("a number")).abs() < 1e-3);
    if let Some(native) = on_the_command_line(&["measure-photos"], &folder) {
        for entry in
            ["photographs", "condition", "framings", "samples", "not_found", "several", "accuracy", "confusion_matrix"]
        {
            assert_eq!(report[entry], native[entry], "page and command line agree: {entry}");
        }
        for entry in ["mean_probability", "expected_calibration_error"] {
            let [page, native] = [&report, &native].map(|report| report[entry].as_f64().expect("a number"));
            assert!((page - native).abs() < 1e-3, "{entry}: {page} and {native}");
        }
        let names = |value: &Value| value.as_object().expect("entries").keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&report), names(&native), "the same entries");
        let recalls = |report: &Value| report["groups"][1]["groups"][0]["recalls"].as_array().map(Vec::len);
        assert_eq!(recalls(&report), recalls(&native));
    }
    let facts = "document.querySelector('[data-testid=photographs] .result-facts').textContent";
    visit.wait_for_true(&format!("/VGG.*[CG]PU/.test({facts})"));
    choose(&mut visit, "de");
    visit
        .wait_for_true("document.querySelector('[data-testid=photographs]').textContent.includes('Abstand der Augen')");
    visit.end();
}

#[test]
fn what_is_wrong_with_a_folder_is_said_and_the_report_stays() {
    let folder = write_folder();
    let mut visit = open_photographs();
    choose_folder(&mut visit, &folder);
    visit.wait_for("photographs", |_| true);

    for (table, says) in [
        ("file,class\nb.jpg,happy\nnone.jpg,sad\n", "“labelled/labels.csv”, line 3: “none.jpg” is not in the folder"),
        ("file,class\nb.jpg,smug\n", "“labelled/labels.csv”: line 2: “smug” is none of the classes"),
        ("file,class\nlabels.csv,happy\n", "“labelled/labels.csv”, line 2: “labels.csv”: "),
    ] {
        write_table(&folder, table);
        choose_folder(&mut visit, &folder);
        failure(&mut visit, says);
        assert_eq!(visit.all("photographs")[0].number("data-samples"), 3.0, "the report before stays");
    }
    fs::remove_file(folder.join("labels.csv")).expect("a table");
    choose_folder(&mut visit, &folder);
    failure(&mut visit, "There is no “labels.csv” in the folder");
    // on the standard view, what is dropped is measured as well
    visit.click("view-metrics");
    visit.evaluate(
        "(() => {
            const dropped = new DataTransfer();
            dropped.items.add(new File(['file,class\\nwall.png,happy\\n'], 'labels.csv'));
            document.dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }));
        })()",
    );
    failure(&mut visit, "“labels.csv”, line 2: “wall.png” is not in the folder");
    choose(&mut visit, "de");
    failure(&mut visit, "„labels.csv“, Zeile 2: „wall.png“");
    visit.end();
}

#[test]
fn a_table_is_read_as_windows_writes_it_and_finds_files_as_macos_names_them() {
    let folder = scratch().join("encoded");
    let named = folder.join("Mu\u{308}ller");
    fs::create_dir_all(&named).expect("the scratch folder is writable");
    fs::write(named.join("Ce\u{301}line.jpg"), include_bytes!("../fixtures/astronaut.jpg")).expect("a photograph");
    let text = "\u{feff}file\tclass\r\nMüller\\Céline.jpg\thappy\r\n";
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(folder.join("labels.csv"), utf_16).expect("the scratch folder is writable");
    let mut visit = open_photographs();
    choose_folder(&mut visit, &folder);
    let result = visit.wait_for("photographs", |_| true);
    assert_eq!((result.number("data-samples"), result.number("data-not-found")), (1.0, 0.0));
    visit.end();
}

/// `MIEN_PHOTOS=folder cargo xtask test --only browser all_photographs` measures a folder with `labels.csv` that is not part of this
/// project, and compares every figure with the command line's.
#[test]
fn all_photographs_of_a_folder_have_the_figures_of_the_command_line() {
    let Some(folder) = env::var_os("MIEN_PHOTOS").map(PathBuf::from) else {
        return println!("SKIPPED: MIEN_PHOTOS in the environment names no folder");
    };
    let mut visit = open_photographs();
    choose_folder(&mut visit, &folder);
    visit.wait_for("photographs-progress", |_| true);
    // as long as it goes on
    let mut seen = -1.0;
    while let Some(progress) = visit.all("photographs-progress").pop() {
        seen = progress.number("data-done").max(seen);
        visit.wait_for_true(&format!(
            "!(document.querySelector('[data-testid=photographs-progress]')?.dataset.done <= {seen})"
        ));
    }
    visit.wait_for("photographs", |_| true);
    visit.screenshot("photographs-all");
    let report: Value = serde_json::from_slice(&visit.download("photographs-json")).expect("JSON");
    let native = on_the_command_line(&["measure-photos"], &folder).expect("the command line's program is built");
    let mut different = Vec::new();
    compare(&report, &native, "", &mut different);
    println!("{} photographs", report["photographs"]);
    assert!(different.is_empty(), "{different:#?}");
    visit.end();
}

/// Entries that say how it was measured, and may differ.
const CIRCUMSTANCES: [&str; 4] = ["/backend", "/model", "/name", "/seconds"];

/// Adds the places at which two reports differ, by more than 1e-3 if they are numbers.
fn compare(page: &Value, native: &Value, place: &str, different: &mut Vec<String>) {
    let equal = match (page, native) {
        (Value::Object(page), Value::Object(native)) => {
            for (name, value) in page {
                compare(value, native.get(name).unwrap_or(&Value::Null), &format!("{place}/{name}"), different);
            }
            page.len() == native.len()
        }
        (Value::Array(page), Value::Array(native)) => {
            for (index, (page, native)) in page.iter().zip(native).enumerate() {
                compare(page, native, &format!("{place}/{index}"), different);
            }
            page.len() == native.len()
        }
        (Value::Number(page), Value::Number(native)) => {
            let [page, native] = [page, native].map(|number| number.as_f64().unwrap_or(f64::NAN));
            (page - native).abs() <= 1e-3
        }
        _ => page == native,
    };
    if !equal && !CIRCUMSTANCES.contains(&place) {
        different.push(format!("{place}: {page} and {native}"));
    }
}
