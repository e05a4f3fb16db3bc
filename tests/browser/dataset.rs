//! The Dataset section: loading, browsing, splitting, saving, exporting and creating datasets.

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::PathBuf;

use image::{GrayImage, ImageFormat, Luma};
use rawzip::{CompressionMethod, ZipArchiveWriter};

use crate::live::photo;
use crate::support::{Camera, Element, Visit, scratch, write_clip};

const PIXELS: usize = 48 * 48;

/// The pixels of a unique image: waves whose lengths depend on `number`.
fn image(number: usize) -> String {
    let (across, down) = (3 + number % 11, 2 + number % 7);
    let pixel = |index: usize| (index % 48 * across + index / 48 * down * 3 + number * 5) % 256;
    let pixels: Vec<String> = (0..PIXELS).map(|index| pixel(index).to_string()).collect();
    pixels.join(" ")
}

struct Row {
    label: usize,
    pixels: String,
    split: &'static str,
    age: &'static str,
}

/// Seventy images, ten per class and eight of these in Training; then a duplicate in another split with another label, and an
/// image of uniform grey.
fn rows() -> Vec<Row> {
    let regular = |number: usize| Row {
        label: number % 7,
        pixels: image(number),
        split: ["Training", "PublicTest", "PrivateTest"][(number / 7).saturating_sub(7)],
        age: ["young", "old"][number % 2],
    };
    let mut rows: Vec<Row> = (0..70).map(regular).collect();
    rows.push(Row { label: 3, pixels: image(0), split: "PrivateTest", age: "old" });
    rows.push(Row { label: 6, pixels: vec!["90"; PIXELS].join(" "), split: "Training", age: "old" });
    rows
}

/// Writes these rows to a CSV, with invalid ones between them.
fn write_set(rows: &[Row]) -> PathBuf {
    let mut csv = "emotion,pixels,Usage,age\n".to_owned();
    for (number, Row { label, pixels, split, age }) in rows.iter().enumerate() {
        writeln!(csv, "{label},{pixels},{split},{age}").expect("a string takes it");
        match number {
            4 => writeln!(csv, "9,{pixels},Training,old").expect("a string takes it"),
            5 => csv.push_str("1,1 2 3,Training,old\n"),
            6 => writeln!(csv, "1,{},Training,old", pixels.replacen(' ', " 300 ", 1)).expect("a string takes it"),
            7 => writeln!(csv, "1,{pixels},Somewhere,old").expect("a string takes it"),
            8 => csv.push('\n'),
            _ => {}
        }
    }
    write_file("set.csv", csv.as_bytes())
}

fn write_file(name: &str, content: &[u8]) -> PathBuf {
    let file = scratch().join(name);
    fs::write(&file, content).expect("the scratch folder is writable");
    file
}

/// The number of images in each folder of an archive whose folders are named by integers from 1.
const NUMBERED: [usize; 7] = [5, 6, 7, 8, 9, 10, 11];

/// Writes a ZIP archive of images in the folders 1 to 7.
pub fn write_numbered() -> PathBuf {
    let mut files = Vec::new();
    for (folder, count) in (1..).zip(NUMBERED) {
        for number in 0..count {
            let stripes = |x: u32, y: u32| Luma([((x * folder + y * (number as u32 + 1)) * 9 % 256) as u8]);
            let mut png = Cursor::new(Vec::new());
            GrayImage::from_fn(48, 48, stripes).write_to(&mut png, ImageFormat::Png).expect("an image");
            files.push((format!("DATASET/train/{folder}/{number}.png"), png.into_inner()));
        }
    }
    write_zip("numbered.zip", &files)
}

fn write_zip(name: &str, files: &[(String, Vec<u8>)]) -> PathBuf {
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    for (path, content) in files {
        let entry = archive.new_file(path).compression_method(CompressionMethod::STORE).start();
        let (mut entry, config) = entry.expect("an entry");
        let mut writer = config.wrap(&mut entry);
        writer.write_all(content).expect("a vector takes it");
        let (_, descriptor) = writer.finish().expect("a vector takes it");
        entry.finish(descriptor).expect("a vector takes it");
    }
    archive.finish().expect("a vector takes it");
    write_file(name, &bytes)
}

fn visit(camera: &Camera) -> Visit {
    let mut visit = Visit::open(camera);
    visit.go_to("dataset");
    visit.wait_for("dataset-input", |_| true);
    visit
}

fn summary(visit: &mut Visit, fits: impl Fn(&Element) -> bool) -> Element {
    visit.wait_for("dataset-summary", fits)
}

fn numbers(summary: &Element) -> [f64; 5] {
    ["data-samples", "data-training", "data-publictest", "data-privatetest", "data-rejected"]
        .map(|name| summary.number(name))
}

fn press(visit: &mut Visit, key: &str) {
    visit.evaluate(&format!(
        "void document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }}))"
    ));
}

fn wait_for_shown(visit: &mut Visit, count: &str) {
    visit.wait_for_value("dataset-grid", "data-shown", count);
}

/// Whether a CSV has these images with their labels, splits and groups, in this order.
fn is_same(csv: &str, rows: &[Row]) -> bool {
    let expected = rows.iter().map(|row| [row.label.to_string(), row.pixels.clone(), row.split.into(), row.age.into()]);
    let mut lines = csv.lines();
    let header = lines.next() == Some("emotion,pixels,Usage,age");
    let got = lines.map(|line| line.split(',').map(|field| field.trim_matches('"').to_owned()).collect::<Vec<_>>());
    header && got.eq(expected.map(Vec::from))
}

#[test]
fn a_dataset_is_loaded_browsed_split_exported_and_saved() {
    let rows = rows();
    let file = write_set(&rows);
    let mut visit = visit(&Camera::None);
    visit.choose_files("dataset-input", &[file]);
    let loaded = summary(&mut visit, |_| true);
    assert_eq!(numbers(&loaded), [72.0, 57.0, 7.0, 8.0, 5.0], "{loaded:?}");
    check_counts(&mut visit);
    check_rejections(&mut visit);

    let bad = [
        write_file("no-dataset.csv", b"name,age\nAda,36\n"),
        write_file("empty.csv", b""),
        write_file("binary.csv", &[0, 159, 146, 150, 0, 1, 2, 3]),
    ];
    for file in bad {
        let name = file.file_name().expect("named").to_string_lossy().into_owned();
        visit.choose_files("dataset-input", &[file]);
        let message = visit.wait_for("message", |message| message.text.contains(&name));
        assert_eq!(message.attribute("data-kind"), "dataset-failed", "{message:?}");
        assert!(message.text.contains("emotion,pixels,Usage"), "the message names the expected format: {message:?}");
        assert_eq!(
            numbers(&visit.all("dataset-summary")[0]),
            numbers(&loaded),
            "a failed load leaves the dataset unchanged"
        );
    }

    check_filters(&mut visit);
    check_viewer(&mut visit);
    check_splits(&mut visit);
    assert!(is_same(&visit.download_text("dataset-export"), &rows), "the export has the accepted rows");

    visit.click("dataset-close");
    visit.wait_for_all("dataset-summary", <[Element]>::is_empty);
    visit.click("dataset-reopen");
    summary(&mut visit, |_| true);

    visit.wait_for_value("dataset-kept", "data-samples", "0");
    visit.click("dataset-keep");
    visit.wait_for_value("dataset-kept", "data-samples", "72");
    visit.screenshot("dataset");
    visit.reload();
    visit.click("dataset-restore");
    let restored = summary(&mut visit, |_| true);
    assert_eq!(numbers(&restored), numbers(&loaded), "{restored:?}");
    visit.click("dataset-forget");
    visit.wait_for_value("dataset-kept", "data-samples", "0");
    visit.end();
}

/// Selects a label order.
fn choose_order(visit: &mut Visit, order: &str) {
    visit.evaluate(&format!(
        "void document.querySelector('[data-testid=label-order-choice][data-order=\"{order}\"]').click()"
    ));
}

/// The numbers of images in Training by class.
fn counts(visit: &mut Visit) -> String {
    let counts = visit.evaluate(
        "[...document.querySelectorAll('[data-testid=dataset-counts] [data-split=Training]')].map(each => each.dataset.count).join()",
    );
    counts.as_str().unwrap_or_default().to_owned()
}

#[test]
fn integer_labels_need_a_choice_of_the_label_order() {
    let numbered = write_numbered();
    let mut visit = visit(&Camera::None);
    visit.choose_files("dataset-input", &[write_set(&rows())]);
    let loaded = numbers(&summary(&mut visit, |_| true));
    let load = |visit: &mut Visit| {
        visit.choose_files("dataset-input", std::slice::from_ref(&numbered));
        visit.wait_for("label-order", |_| true);
        visit.wait_for("label-order-confirm", |button| button.has("disabled"));
    };
    let closed = |visit: &mut Visit| visit.wait_for_all("label-order", <[Element]>::is_empty);

    load(&mut visit);
    assert_eq!(visit.evaluate("document.activeElement.dataset.testid"), "label-order");
    let table = visit.evaluate(
        "[...document.querySelectorAll('.label-order tbody tr')].map(row => [row.cells[0].innerText, row.cells[1].innerText, \
         row.querySelectorAll('canvas').length, row.cells[4].innerText].join(' ')).join()",
    );
    assert_eq!(
        table, "1 5 4 surprise,2 6 4 fear,3 7 4 disgust,4 8 4 happy,5 9 4 sad,6 10 4 angry,7 11 4 neutral",
        "number, images, examples, RAF-DB's class"
    );
    let choices = visit.all("label-order-choice");
    let open: Vec<_> =
        choices.iter().filter(|each| !each.has("disabled")).map(|each| each.attribute("data-order")).collect();
    assert_eq!(
        (choices.len(), open),
        (5, vec!["raf-db", "affectnet", "alphabetical", "own"]),
        "FER2013's labels start at 0"
    );
    visit.screenshot("label-order");
    visit.click("label-order-cancel");
    closed(&mut visit);
    assert_eq!(numbers(&visit.all("dataset-summary")[0]), loaded, "the dataset is unchanged");

    load(&mut visit);
    choose_order(&mut visit, "raf-db");
    visit.click("label-order-confirm");
    let read = summary(&mut visit, |set| set.attribute("data-name") == "numbered.zip");
    assert_eq!(numbers(&read), [56.0, 56.0, 0.0, 0.0, 0.0], "{read:?}");
    assert!(read.text.contains("(RAF-DB): 1 surprise, 2 fear"), "the summary names the label order: {read:?}");
    assert_eq!(counts(&mut visit), "10,7,6,8,9,5,11");
    closed(&mut visit);

    let again = |visit: &mut Visit, order: &str| {
        visit.evaluate(&format!(
            "document.querySelector('[data-testid=order-again-choice][data-order={order}]').click()"
        ));
    };
    again(&mut visit, "alphabetical");
    summary(&mut visit, |set| set.text.contains("(alphabetical): 1 angry"));
    assert_ne!(counts(&mut visit), "10,7,6,8,9,5,11");
    again(&mut visit, "fer2013");
    visit.wait_for("label-order", |_| true);
    visit.click("label-order-cancel");
    closed(&mut visit);
    again(&mut visit, "raf-db");
    summary(&mut visit, |set| set.text.contains("(RAF-DB): 1 surprise"));
    assert_eq!(counts(&mut visit), "10,7,6,8,9,5,11");
    let sets = visit.evaluate("document.querySelector('[data-testid=dataset-select]').options.length");
    assert_eq!(sets, 2, "the dataset was replaced");
    visit.click("dataset-keep");
    visit.wait_for_value("dataset-kept", "data-samples", "56");
    visit.reload();
    visit.click("dataset-restore");
    let restored = summary(&mut visit, |_| true);
    assert!(restored.text.contains("(RAF-DB): 1 surprise"), "the label order is kept: {restored:?}");

    load(&mut visit);
    // the classes in FER2013's order, and none for the last number
    for (number, option) in [1, 2, 3, 4, 5, 1, 8].into_iter().enumerate() {
        choose_own(&mut visit, number + 1, option);
    }
    visit.wait_for("label-order-confirm", |button| button.has("disabled")); // angry twice
    choose_own(&mut visit, 6, 6);
    visit.wait_for("label-order-confirm", |button| !button.has("disabled"));
    visit.click("label-order-confirm");
    let own = summary(&mut visit, |set| set.number("data-samples") == 45.0);
    assert_eq!((own.number("data-rejected"), counts(&mut visit).as_str()), (11.0, "5,6,7,8,9,10,0"));
    visit.end();
}

/// Selects the class of a number in a custom label order.
fn choose_own(visit: &mut Visit, number: usize, option: usize) {
    visit.evaluate(&format!(
        "void (() => {{
            const choice = document.querySelector('[data-testid=label-order-own][data-number=\"{number}\"]');
            choice.selectedIndex = {option};
            choice.dispatchEvent(new Event('change', {{ bubbles: true }}));
        }})()"
    ));
}

#[test]
fn faces_of_photographs_are_cropped_unless_switched_off() {
    let content = fs::read(photo()).expect("the fixture is readable");
    let files = ["happy/1.jpg", "sad/2.jpg"].map(|name| (name.to_owned(), content.clone()));
    let mut visit = visit(&Camera::None);
    visit.choose_files("dataset-input", &[write_zip("photos.zip", &files)]);
    let crops = |visit: &mut Visit, cropped: &str| {
        let crops = visit.wait_for("crop-faces-summary", |crops| crops.attribute("data-cropped") == cropped);
        ["data-images", "data-without", "data-several"].map(|name| crops.number(name))
    };
    assert_eq!(crops(&mut visit, "true"), [2.0, 0.0, 0.0]);
    let first = visit.download_text("dataset-export");
    visit.screenshot("crop-faces");
    visit.click("crop-faces");
    assert_eq!(crops(&mut visit, "false"), [2.0, 0.0, 0.0]);
    assert!(
        visit.all("dataset-select").is_empty() && visit.all("dataset-reopen").is_empty(),
        "the dataset is replaced"
    );
    assert_ne!(visit.download_text("dataset-export"), first);
    visit.click("crop-faces");
    crops(&mut visit, "true");
    assert_eq!(visit.download_text("dataset-export"), first);
    visit.end();
}

#[test]
fn the_reader_for_parquet_and_numpy_is_downloaded_on_demand() {
    let fixture = |name: &str| xtask::root().join("tests/fixtures/columns").join(name);
    let is_downloaded = |visit: &Visit| visit.server_requests().iter().any(|request| request.contains("columns.wasm"));
    let mut visit = visit(&Camera::None);
    visit.choose_files("dataset-input", &[write_set(&rows())]);
    summary(&mut visit, |_| true);
    assert!(!is_downloaded(&visit), "a CSV does not need it: {:?}", visit.server_requests());
    for (name, expected) in [
        ("hugging-face.parquet", [14.0, 14.0, 0.0, 0.0, 0.0]),
        ("gaps.parquet", [11.0, 11.0, 0.0, 0.0, 3.0]),
        ("splits.npz", [14.0, 8.0, 6.0, 0.0, 0.0]),
    ] {
        visit.choose_files("dataset-input", &[fixture(name)]);
        summary(&mut visit, |summary| numbers(summary) == expected);
    }
    assert!(is_downloaded(&visit), "{:?}", visit.server_requests());
    visit.choose_files("dataset-input", &[fixture("images.npy")]);
    visit.wait_for("message", |message| message.text.contains("numpy.savez"));
    visit.end();
}

#[test]
fn a_dataset_saved_by_another_tab_is_replaced_or_deleted_only_after_confirmation() {
    let mut visit = visit(&Camera::None);
    visit.choose_files("dataset-input", &[write_set(&rows())]);
    let kept = |visit: &mut Visit, samples| visit.wait_for_value("dataset-kept", "data-samples", samples);
    kept(&mut visit, "0");
    visit.click("dataset-keep");
    kept(&mut visit, "72");
    // saved by another tab: a dataset that differs only by its time
    visit.evaluate_in_engine(
        "(async () => {
            const root = await navigator.storage.getDirectory();
            const stored = async () => {
                const file = await (await root.getFileHandle('dataset')).getFile();
                return new Uint8Array(await file.arrayBuffer());
            };
            const other = await stored();
            self.isOther = async () => (await stored()).every((byte, index) => byte === other[index]);
            self.keepOther = async () => {
                const file = await root.getFileHandle('dataset', { create: true });
                const access = await file.createSyncAccessHandle();
                access.write(other);
                access.close();
            };
        })()",
    );
    let is_other = |visit: &mut Visit| visit.evaluate_in_engine("isOther()") == true;
    visit.click("dataset-forget");
    kept(&mut visit, "0");
    visit.evaluate_in_engine("keepOther()");

    visit.click("dataset-keep");
    visit.wait_for_value("message", "data-kind", "kept-changed");
    kept(&mut visit, "72");
    assert!(is_other(&mut visit), "not confirmed yet");
    visit.click("dataset-keep");
    visit.wait_in_engine("isOther().then(is => !is)"); // replaced after the second click

    visit.wait_for("dataset-keep", |button| !button.has("disabled"));
    visit.evaluate_in_engine("keepOther()");
    visit.evaluate("document.querySelector('[data-kind=kept-changed] button').click()");
    visit.wait_for_all("message", <[Element]>::is_empty);
    visit.click("dataset-forget");
    visit.wait_for_value("message", "data-kind", "kept-changed");
    assert!(is_other(&mut visit), "not confirmed yet");
    visit.click("dataset-forget");
    kept(&mut visit, "0");
    visit.end();
}

fn check_counts(visit: &mut Visit) {
    assert_eq!(counts(visit), "8,8,8,8,8,8,9");
    let found = visit.wait_for("dataset-duplicates", |found| found.attribute("data-groups") == "1");
    let found = ["data-across", "data-conflicts", "data-flat"].map(|name| found.number(name));
    assert_eq!(found, [1.0, 1.0, 1.0], "the duplicate is in another split with another label");
}

fn check_rejections(visit: &mut Visit) {
    let listed = visit.evaluate(
        "[...document.querySelectorAll('.rejected tbody tr')].map(row => row.cells[0].innerText + ' ' + row.cells[1].innerText).join()",
    );
    assert_eq!(listed, "7 emotion,9 pixels,11 pixels,13 Usage,15 ", "line numbers as in an editor");
    let file = visit.download_text("rejections-csv");
    assert_eq!(file.lines().count(), 6, "{file}");
    assert!(file.contains("\n9,pixels,pixel-count,"), "{file}");
}

fn check_filters(visit: &mut Visit) {
    wait_for_shown(visit, "72");
    visit.select("filter-class", 4); // happy
    wait_for_shown(visit, "11");
    visit.select("filter-split", 1); // Training
    wait_for_shown(visit, "8");
    visit.select("filter-group", 2); // the second value, old
    wait_for_shown(visit, "4");
    visit.click("filter-clear");
    wait_for_shown(visit, "72");
    visit.click("show-duplicates");
    wait_for_shown(visit, "2");
    visit.click("show-flat");
    wait_for_shown(visit, "1");
    visit.click("filter-clear");
    // row numbers of the file, which include rejected rows
    visit.enter("[data-testid=filter-row]", "7");
    wait_for_shown(visit, "1");
    let label = visit.wait_for_value("dataset-image", "data-row", "7");
    assert_eq!(label.attribute("aria-label"), "row 7, surprise, Training", "{label:?}");
    visit.click("filter-clear");
    wait_for_shown(visit, "72");
}

fn check_viewer(visit: &mut Visit) {
    visit.click("dataset-image");
    visit.wait_for_value("dataset-viewer", "data-sample", "0");
    let similar = visit.wait_for("viewer-neighbours", |_| true);
    assert!(similar.text.contains("1.00"), "the duplicate is the most similar image: {similar:?}");
    visit.wait_for("viewer-twins", |duplicates| duplicates.text.contains("Happy"));
    press(visit, "ArrowRight");
    visit.wait_for_value("dataset-viewer", "data-sample", "1");
    visit.click("viewer-close");
    visit.wait_for_all("dataset-viewer", <[Element]>::is_empty);
    let focused = "document.activeElement.dataset.sample";
    assert_eq!(visit.evaluate(focused), "1", "the focus is on the image that was viewed last");
    press(visit, "End");
    visit.wait_for_value("dataset-image", "data-sample", "71");
    assert_eq!(visit.evaluate(focused), "71");
}

fn check_splits(visit: &mut Visit) {
    let before = numbers(&visit.all("dataset-summary")[0]);
    for (id, share) in [("split-training", "50"), ("split-publictest", "50"), ("split-privatetest", "0")] {
        visit.enter(&format!("[data-testid={id}]"), share);
    }
    visit.click("resplit");
    let drawn = summary(visit, |set| set.attribute("data-resplit") == "true");
    let [samples, training, public, private, _] = numbers(&drawn);
    assert_eq!((samples, private), (72.0, 0.0), "{drawn:?}");
    assert!((training - public).abs() <= 8.0, "each class is split in half: {drawn:?}");
    visit.wait_for_value("dataset-duplicates", "data-across", "0"); // duplicates are in one split
    visit.click("restore-splits");
    let restored = summary(visit, |set| set.attribute("data-resplit") == "false");
    assert_eq!(numbers(&restored), before);
}

#[test]
fn near_duplicates_of_test_images_are_found_and_excluded() {
    let pixels = image(1);
    let pixels: Vec<&str> = pixels.split(' ').collect();
    let mirrored: Vec<&str> = pixels.chunks(48).flat_map(|row| row.iter().rev().copied()).collect();
    let mut csv = "emotion,pixels,Usage\n".to_owned();
    for (pixels, split) in [(image(1), "Training"), (image(2), "Training"), (mirrored.join(" "), "PrivateTest")] {
        writeln!(csv, "3,{pixels},{split}").expect("a string takes it");
    }
    let mut visit = visit(&Camera::None);
    visit.choose_files("dataset-input", &[write_file("mirrored.csv", csv.as_bytes())]);
    let found = visit.wait_for("dataset-near-duplicates", |found| found.attribute("data-state") == "finished");
    assert_eq!(["data-groups", "data-images", "data-across"].map(|name| found.number(name)), [1.0, 2.0, 1.0]);
    let excluded = |copies: &Element| copies.text.contains("Training skips 1 image:");
    visit.wait_for("dataset-duplicates", excluded);
    visit.wait_for_all("near-pair", |pairs| pairs.len() == 1);
    visit.click("show-near-duplicates");
    wait_for_shown(&mut visit, "2");
    visit.end();
}

#[test]
fn a_dataset_from_the_camera_and_photos_survives_a_crash() {
    let mut visit = visit(&Camera::Clip(write_clip(&photo())));
    visit.click("dataset-create");
    summary(&mut visit, |set| set.attribute("data-handmade") == "true");
    visit.click("camera-start");
    visit.wait_for("make-hold", |button| !button.has("disabled"));
    pointer(&mut visit, "pointerdown");
    summary(&mut visit, |set| set.number("data-samples") >= 3.0);
    pointer(&mut visit, "pointerup");
    visit.wait_for("make-undo", |_| true);
    visit.screenshot("dataset-made");
    visit.click("make-undo");
    summary(&mut visit, |set| set.number("data-samples") == 0.0);
    visit.click("camera-stop");

    visit.evaluate("void document.querySelector('[data-class=sad]').click()");
    visit.choose_files("make-photos", &[photo()]);
    summary(&mut visit, |set| set.number("data-samples") == 1.0);
    visit.choose_files("make-photos", &[photo()]);
    // the second image of a class goes to PublicTest
    let made = summary(&mut visit, |set| set.number("data-samples") == 2.0);
    assert_eq!(numbers(&made), [2.0, 1.0, 1.0, 0.0, 0.0]);
    let csv = visit.download_text("dataset-export");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 3, "{csv}");
    assert!(lines[1].starts_with("4,") && lines[1].ends_with(",Training"), "{csv}");
    assert!(lines[2].starts_with("4,") && lines[2].ends_with(",PublicTest"), "{csv}");
    assert_eq!(lines[1].split(',').nth(1).map(|pixels| pixels.split(' ').count()), Some(PIXELS));

    crash(&mut visit);
    visit.click("engine-retry");
    let back = summary(&mut visit, |set| set.number("data-samples") == 2.0);
    assert_eq!(numbers(&back), numbers(&made));
    assert_eq!(visit.download_text("dataset-export"), csv, "the images are restored");
    visit.end();
}

fn pointer(visit: &mut Visit, kind: &str) {
    visit.evaluate(&format!(
        "void document.querySelector('[data-testid=make-hold]').dispatchEvent(new PointerEvent('{kind}', {{ bubbles: true }}))"
    ));
}

/// Simulates a crash of the engine.
fn crash(visit: &mut Visit) {
    visit.evaluate(
        "void (() => {
            const post = Worker.prototype.postMessage;
            Worker.prototype.postMessage = function (...message) {
                Worker.prototype.postMessage = post;
                this.dispatchEvent(new ErrorEvent('error', { message: 'crashed by the test' }));
            };
            document.querySelector('[data-testid=dataset-keep]').click();
        })()",
    );
    visit.wait_for_value("message", "data-kind", "engine-failed");
}
