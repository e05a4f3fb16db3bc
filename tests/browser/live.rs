//! The Live section: photos, videos and cameras.

use std::fs;
use std::path::PathBuf;

use image::{RgbImage, imageops};

use crate::support::{Camera, Element, Visit, copy_folder, scratch, write_clip};

const EXPRESSIONS: [&str; 7] = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];

/// A portrait with one face.
pub fn photo() -> PathBuf {
    xtask::root().join("tests/fixtures/astronaut.jpg")
}

fn ready(camera: &Camera) -> Visit {
    let mut visit = Visit::open(camera);
    visit.wait_for_value("backend", "data-state", "ready");
    visit
}

fn is_labelled(face: &Element) -> bool {
    let probability = face.attribute("data-probability").parse().unwrap_or(0.0);
    EXPRESSIONS.contains(&face.attribute("data-expression")) && probability > 0.0 && probability <= 1.0
}

/// Whether the bounding box contains eyes and mouth, and little more than the head.
fn covers(face: &Element, eyes_and_mouth: [(f64, f64); 3]) -> bool {
    let [x, y, width, height] = ["data-x", "data-y", "data-width", "data-height"].map(|name| face.number(name));
    let inside = |point: &(f64, f64)| x < point.0 && point.0 < x + width && y < point.1 && point.1 < y + height;
    eyes_and_mouth.iter().all(inside) && width < 200.0 && height < 240.0
}

/// Opens a file that is no image, which must be rejected with a message, and then a photo, which must be classified.
fn assert_rejected(name: &str, content: &[u8]) {
    let file = scratch().join(name);
    fs::write(&file, content).expect("the scratch folder is writable");
    let mut visit = ready(&Camera::None);
    visit.choose_files("image-input", &[file]);
    let message = visit.wait_for("message", |message| !message.text.trim().is_empty());
    assert!(!message.attribute("data-kind").is_empty(), "a message without a kind: {message:?}");
    visit.choose_files("image-input", &[photo()]);
    visit.wait_for("face", is_labelled);
    visit.end();
}

#[test]
fn the_page_is_rendered_and_the_engine_becomes_ready() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for("backend", |_| true);
    let backend = visit.wait_for_value("backend", "data-state", "ready");
    assert!(["webgpu", "cpu"].contains(&backend.attribute("data-backend")), "{backend:?}");
    assert!(visit.evaluate("document.title.length").as_u64() > Some(0), "a page needs a title");
    visit.end();
}

#[test]
fn the_sample_is_classified() {
    let mut visit = Visit::open(&Camera::None);
    visit.click("sample");
    visit.wait_for("face", is_labelled);
    visit.screenshot("sample");
    visit.end();
}

#[test]
fn the_face_of_a_photo_is_located() {
    let mut visit = ready(&Camera::None);
    visit.choose_files("image-input", &[photo()]);
    let faces = visit.wait_for_all("face", |faces| faces.iter().any(is_labelled));
    assert_eq!(faces.len(), 1, "{faces:?}");
    assert!(covers(&faces[0], [(203.0, 100.0), (247.0, 103.0), (223.0, 145.0)]), "{faces:?}");
    visit.screenshot("photo");
    visit.end();
}

#[test]
fn several_photos_can_be_opened_at_once() {
    let copy = scratch().join("again.jpg");
    fs::copy(photo(), &copy).expect("the scratch folder is writable");
    let mut visit = ready(&Camera::None);
    visit.choose_files("image-input", &[photo(), copy]);
    let read =
        |photos: &[Element]| photos.len() == 2 && photos.iter().all(|photo| photo.attribute("data-state") == "done");
    visit.wait_for_all("photo", read);
    visit.wait_for("face", is_labelled);
    visit.end();
}

/// A photo of the same face 42 times, and once larger.
fn crowd() -> PathBuf {
    let portrait =
        image::open(xtask::root().join("tests/fixtures/astronaut_256.png")).expect("the fixture is readable");
    let face = imageops::crop_imm(&portrait.to_rgb8(), 50, 0, 128, 128).to_image();
    let large = imageops::resize(&face, 256, 256, imageops::FilterType::Triangle);
    let mut crowd = RgbImage::from_pixel(128 * 7, 128 * 8, [96; 3].into());
    for place in 0..42 {
        imageops::overlay(&mut crowd, &face, place % 7 * 128, place / 7 * 128);
    }
    imageops::overlay(&mut crowd, &large, 0, 128 * 6);
    let file = scratch().join("crowd.png");
    crowd.save(&file).expect("the scratch folder is writable");
    file
}

#[test]
fn the_32_largest_faces_of_a_crowd_are_shown_and_the_others_counted() {
    let mut visit = ready(&Camera::None);
    visit.choose_files("image-input", &[crowd()]);
    let faces = visit.wait_for_all("face", |faces| faces.len() == 32 && faces.iter().all(is_labelled));
    let areas: Vec<f64> = faces.iter().map(|face| face.number("data-width") * face.number("data-height")).collect();
    assert!(areas[0] > 2.0 * areas[1], "the larger one comes first: {areas:?}");
    // but for rounding
    assert!(areas.is_sorted_by(|one, next| *next < 1.02 * one), "the largest first: {areas:?}");
    let message = visit.wait_for("faces-not-shown", |_| true);
    let found = message.text.split(' ').filter_map(|word| word.parse::<u32>().ok()).max();
    assert!(found > Some(32) && message.text.contains("The 32 largest of"), "{message:?}");
    visit.screenshot("crowd");

    visit.choose_files("image-input", &[photo()]);
    visit.wait_for_all("face", |faces| faces.len() == 1 && faces.iter().all(is_labelled));
    assert!(visit.all("faces-not-shown").is_empty());

    // into a set
    visit.go_to("dataset");
    visit.click("dataset-create");
    visit.wait_for("dataset-make", |_| true);
    visit.choose_files("make-photos", &[crowd()]);
    let message = visit.wait_for_value("message", "data-kind", "faces-left");
    assert!(message.text.contains("the 32 largest were added") && message.text.contains("crowd.png"), "{message:?}");
    visit.end();
}

#[test]
fn a_truncated_photo_is_rejected() {
    let whole = fs::read(photo()).expect("the fixture is readable");
    assert_rejected("truncated.jpg", &whole[..300]);
}

/// Writes a truncated photo of which a browser would show the upper part, with grey below.
fn write_quarter() -> PathBuf {
    let whole = fs::read(photo()).expect("the fixture is readable");
    let file = scratch().join("quarter.jpg");
    fs::write(&file, &whole[..whole.len() / 4]).expect("the scratch folder is writable");
    file
}

#[test]
fn a_truncated_photo_is_rejected_with_the_reason_in_every_section() {
    let mut visit = ready(&Camera::None);
    let wait_for_rejection = |visit: &mut Visit| {
        let message = visit.wait_for_value("message", "data-kind", "picture-damaged");
        assert!(message.text.contains("quarter.jpg") && message.text.contains("ends early"), "{message:?}");
    };
    visit.choose_files("image-input", &[write_quarter(), photo()]);
    wait_for_rejection(&mut visit);
    visit.screenshot("photo-ends-early");
    visit.wait_for("face", is_labelled);
    // opened while the engine starts: it is shown until the engine has checked it
    visit.reload();
    visit.choose_files("image-input", &[write_quarter()]);
    wait_for_rejection(&mut visit);
    assert!(visit.all("face").is_empty());

    visit.go_to("lesson");
    visit.reload();
    visit.choose_files("lesson-input", &[write_quarter()]);
    wait_for_rejection(&mut visit);
    visit.end();
}

#[test]
fn images_that_the_browser_cannot_decode_are_decoded_by_the_engine() {
    let picture = xtask::root().join("tests/fixtures/astronaut_256.png");
    let decoded = image::open(&picture).expect("the fixture is readable");
    let tiff = |name: &str, picture: &image::DynamicImage| {
        let file = scratch().join(name);
        picture.save_with_format(&file, image::ImageFormat::Tiff).expect("the scratch folder is writable");
        file
    };
    let mut visit = ready(&Camera::None);
    let face = |visit: &mut Visit, file: PathBuf| {
        visit.reload();
        // the engine may still be starting; the file is then queued
        visit.choose_files("image-input", &[file]);
        visit.wait_for("face", is_labelled)
    };
    let expected = face(&mut visit, picture);
    let bytes = image::DynamicImage::from(decoded.to_rgb8());
    let words = image::DynamicImage::from(decoded.to_rgb16());
    for (name, picture) in [("bytes.tiff", bytes), ("words.tif", words)] {
        let found = face(&mut visit, tiff(name, &picture));
        assert_eq!(found.attribute("data-expression"), expected.attribute("data-expression"), "{name}");
        for side in ["data-x", "data-y", "data-width", "data-height"] {
            assert!((found.number(side) - expected.number(side)).abs() < 3.0, "{name}: {found:?}, {expected:?}");
        }
        visit.screenshot(name);
    }

    // values of unknown range, and a truncated file
    let whole = fs::read(tiff("whole.tiff", &decoded.to_rgb8().into())).expect("readable");
    let cut = scratch().join("cut.tiff");
    fs::write(&cut, &whole[..whole.len() / 2]).expect("the scratch folder is writable");
    let values = xtask::root().join("tests/fixtures/pictures/refused-float32.tiff");
    for (file, reason) in [(values, "values from -108 to 99"), (cut, "ends early")] {
        visit.choose_files("image-input", &[file]);
        let has_reason =
            |message: &Element| message.attribute("data-kind") == "picture-damaged" && message.text.contains(reason);
        visit.wait_for("message", has_reason);
    }
    visit.end();
}

#[test]
fn a_text_file_named_png_is_rejected() {
    assert_rejected("text.png", b"This is no picture.");
}

#[test]
fn an_empty_file_is_rejected() {
    assert_rejected("empty.jpg", b"");
}

#[test]
fn the_gpu_passes_its_self_check_and_agrees_with_the_cpu() {
    let mut visit = ready(&Camera::None);
    visit.click("sample");
    let on_cpu = visit.wait_for("face", is_labelled);
    let backend = change_to_gpu(&mut visit);
    assert_eq!(backend.attribute("data-backend"), "webgpu", "the browser of the tests has WebGPU: {backend:?}");
    visit.click("sample");
    let on_gpu = visit.wait_for("face", is_labelled);
    assert_eq!(on_gpu.attribute("data-expression"), on_cpu.attribute("data-expression"));
    for name in ["data-probability", "data-x", "data-y", "data-width", "data-height"] {
        let (a, b) = (on_gpu.number(name), on_cpu.number(name));
        assert!((a - b).abs() < 0.2 && (name != "data-probability" || (a - b).abs() < 2e-3), "{name}: {a} and {b}");
    }
    visit.screenshot("gpu");

    visit.lose_gpu();
    visit.click("sample");
    let backend = visit.wait_for_value("backend", "data-backend", "cpu");
    assert_eq!(backend.attribute("data-state"), "ready", "falls back to the CPU: {backend:?}");
    visit.wait_for_value("message", "data-kind", "gpu-lost");
    let after = visit.wait_for("face", is_labelled);
    assert_eq!(after.attribute("data-probability"), on_cpu.attribute("data-probability"));
    visit.end();
}

pub fn change_to_gpu(visit: &mut Visit) -> Element {
    visit.select("backend-choice", 1);
    visit.wait_for("backend", |backend| backend.attribute("data-state") != "ready");
    visit.wait_for_value("backend", "data-state", "ready")
}

#[test]
fn damaged_and_missing_weights_are_reported() {
    for damage in [Damage::Truncated, Damage::Missing] {
        let site = scratch().join("damaged");
        copy_folder(&xtask::dist(), &site);
        let weights = site.join("weights/default.safetensors");
        match damage {
            Damage::Truncated => fs::write(&weights, &fs::read(&weights).expect("there")[..5000]).expect("writable"),
            Damage::Missing => fs::remove_file(&weights).expect("there"),
        }
        let mut visit = Visit::open_folder(&site, &Camera::None);
        visit.wait_for_value("backend", "data-state", "failed");
        let message = visit.wait_for("message", |message| !message.text.trim().is_empty());
        assert_eq!(message.attribute("data-kind"), "engine-failed", "{message:?}");
        drop(visit); // without `end`, which would report the missing file
        fs::remove_dir_all(site).expect("ours");
    }
}

enum Damage {
    Truncated,
    Missing,
}

#[test]
fn faces_of_the_camera_are_shown_until_it_is_stopped() {
    let mut visit = ready(&Camera::Clip(write_clip(&photo())));
    visit.click("camera-start");
    // the range within which the face of the clip moves
    let face = visit.wait_for("face", is_labelled);
    let middle = face.number("data-x") + face.number("data-width") / 2.0;
    assert!((235.0..320.0).contains(&middle), "{face:?}");
    visit.screenshot("camera");
    // the same with the mirrored image averaged in
    visit.click("look-twice");
    visit.wait_for_value("look-twice", "aria-pressed", "true");
    visit.wait_for("face", is_labelled);
    visit.click("camera-stop");
    visit.wait_for_all("face", <[Element]>::is_empty);
    visit.end();
}

#[test]
fn the_timeline_has_the_timestamps_of_the_video() {
    // without a file extension, the browser does not determine its type
    let clip = scratch().join("clip, of 20 frames");
    fs::copy(xtask::root().join("tests/fixtures/portrait.webm"), &clip).expect("the scratch folder is writable");
    let mut visit = ready(&Camera::None);
    visit.choose_files("video-input", &[clip]);
    visit.click("record");
    visit.evaluate("void Object.assign(document.querySelector('video'), { currentTime: 0, playbackRate: 4 }).play()");
    visit.wait_for_true("document.querySelector('video').ended");
    assert!((0..100).any(|_| timestamps(&mut visit).ends_with(&[3800])), "the last frame is recorded");
    let played = timestamps(&mut visit);
    assert!(played.is_sorted() && played.iter().all(|time| time % 200 == 0), "five frames per second: {played:?}");

    visit.click("timeline-clear");
    visit.click("record");
    for (seconds, rows) in [(2.1, "1"), (1.1, "2"), (2.1, "2"), (3.1, "3")] {
        visit.evaluate(&format!(
            "void (() => {{
                const position = document.querySelector('[data-testid=video-seek]');
                position.value = {seconds};
                position.dispatchEvent(new InputEvent('input', {{ bubbles: true }}));
            }})()"
        ));
        visit.wait_for_true("!document.querySelector('video').seeking");
        visit.wait_for_value("timeline-rows", "data-rows", rows);
    }
    assert_eq!(timestamps(&mut visit), [1000, 2000, 3000]);
    visit.end();
}

/// The timestamps in the exported timeline of the clip, in milliseconds.
fn timestamps(visit: &mut Visit) -> Vec<u32> {
    visit.wait_for("timeline-rows", |rows| rows.number("data-rows") > 0.0);
    let csv = visit.download_text("timeline-csv");
    let mut lines = csv.lines();
    assert!(
        lines.next().is_some_and(|header| header.starts_with("time_ms,face,") && header.ends_with(",file")),
        "{csv}"
    );
    let time = |line: &str| {
        assert!(line.ends_with(",\"clip, of 20 frames\""), "{csv}");
        line.split(',').next().and_then(|time| time.parse().ok()).expect("a number")
    };
    lines.map(time).collect()
}

#[test]
fn a_denied_camera_is_reported() {
    assert_start_fails(&Camera::Refused);
}

#[test]
fn a_missing_camera_is_reported() {
    assert_start_fails(&Camera::None);
}

#[test]
fn a_busy_camera_is_reported() {
    let mut visit = ready(&Camera::None);
    // Chromium's error when another program uses the camera
    visit.evaluate(
        "void (navigator.mediaDevices.getUserMedia = \
         async () => { throw new DOMException('Could not start video source', 'NotReadableError') })",
    );
    assert_failure_reported(visit, "camera-busy");
}

#[test]
fn an_unplugged_camera_is_reported_and_can_be_restarted() {
    let mut visit = ready(&Camera::Clip(write_clip(&photo())));
    visit.evaluate(
        "void (() => {
            const request = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
            navigator.mediaDevices.getUserMedia = async options => {
                const stream = await request(options);
                self.unplug = () => stream.getTracks().forEach(track => {
                    track.stop();
                    track.dispatchEvent(new Event('ended'));
                });
                return stream;
            };
        })()",
    );
    visit.click("camera-start");
    visit.wait_for("face", is_labelled);
    visit.evaluate("self.unplug()");
    visit.wait_for_value("message", "data-kind", "camera-ended");
    visit.click("camera-start");
    visit.wait_for("face", is_labelled);
    visit.end();
}

fn assert_start_fails(camera: &Camera) {
    let kind = if matches!(camera, Camera::None) { "camera-missing" } else { "camera-refused" };
    assert_failure_reported(ready(camera), kind);
}

fn assert_failure_reported(mut visit: Visit, kind: &str) {
    visit.click("camera-start");
    visit.wait_for_value("message", "data-kind", kind);
    visit.choose_files("image-input", &[photo()]);
    visit.wait_for("face", is_labelled);
    // what is open stays
    visit.click("camera-start");
    visit.wait_for_value("message", "data-kind", kind);
    visit.wait_for("face", is_labelled);
    visit.end();
}
