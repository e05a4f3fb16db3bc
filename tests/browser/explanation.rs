//! Explanations of predictions (Grad-CAM, occlusion sensitivity), and the Lesson section.

use std::fs;
use std::path::PathBuf;

use crate::live::{change_to_gpu, photo};
use crate::support::{Camera, Element, Visit, scratch};

/// Waits until more than 500 pixels of a canvas are not transparent.
fn wait_until_drawn(visit: &mut Visit, selector: &str) {
    visit.wait_for_true(&format!(
        "(() => {{
            const canvas = document.querySelector('{selector}');
            const {{ data }} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            return data.filter((byte, index) => index % 4 === 3 && byte > 0).length > 500;
        }})()"
    ));
}

#[test]
fn an_explanation_is_drawn_over_the_face_and_names_its_strongest_region() {
    let mut visit = Visit::open(&Camera::None);
    // the layout shifts until the header is complete
    visit.wait_for_value("backend", "data-state", "ready");
    visit.click("sample");
    visit.wait_for("face", |_| true);
    assert!(visit.all("explanation").is_empty(), "explanations are computed on request");
    visit.click("explain");
    let happy = visit.wait_for_value("explanation", "data-class", "happy");
    assert!(!["", "edge"].contains(&happy.attribute("data-part")), "within the face: {happy:?}");
    wait_until_drawn(&mut visit, ".glow canvas");
    wait_until_drawn(&mut visit, ".crop .painted");
    // centred on the face
    let offset = visit.evaluate(
        "(() => {
            const middle = query => {
                const box = document.querySelector(query).getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2, box.width];
            };
            const [a, b] = [middle('.glow'), middle('.box-line')];
            return Math.hypot(a[0] - b[0], a[1] - b[1]) / b[2];
        })()",
    );
    assert!(offset.as_f64().is_some_and(|shift| shift < 0.2), "{offset}");
    visit.screenshot("explain");

    visit.select("explain-class", 5);
    visit.wait_for_value("explanation", "data-class", "sad");
    visit.select("explain-class", 0);
    let last = visit.wait_for_value("explanation", "data-class", "happy").text;
    visit.select("explain-stage", 0);
    visit.wait_for("explanation", |first| first.text != last);
    visit.select("explain-method", 1);
    let covered = |explanation: &Element| explanation.text.contains("Covering it lowers");
    visit.wait_for("explanation", covered);
    visit.screenshot("explain-occlusion");
    visit.select("explain-method", 0);
    visit.wait_for("explanation", |explanation| explanation.text == last);
    visit.click("explain");
    visit.wait_for_all("explanation", <[Element]>::is_empty);
    assert_eq!(visit.evaluate("document.querySelectorAll('.painted').length"), 0);

    change_to_gpu(&mut visit);
    visit.click("explain");
    visit.wait_for("explanation", |on_gpu| on_gpu.text == last);
    visit.end();
}

fn step(visit: &mut Visit, step: &str) {
    visit.wait_for_value("lesson", "data-step", step);
    visit.screenshot(&format!("lesson-{step}"));
}

#[test]
fn the_lesson_has_six_steps() {
    let mut visit = Visit::open(&Camera::None);
    visit.go_to("lesson");
    visit.wait_for("lesson-numbers", |_| true);
    step(&mut visit, "1");
    visit.click("lesson-next");
    visit.wait_for("lesson-stages", |stages| stages.text.contains("32 feature maps of 48 × 48"));
    step(&mut visit, "2");
    // the key of a keyboard or presenter
    visit.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }))");
    visit.wait_for("lesson-scores", |scores| scores.text.contains("100%"));
    visit.wait_for_all("lesson-odd", |odd| odd.len() == 3 && odd.iter().all(|one| one.text.contains('%')));
    step(&mut visit, "3");
    visit.click("lesson-next");
    let whole = visit.wait_for_value("lesson-changed", "data-expression", "happy");
    visit.click("lesson-mouth");
    visit.wait_for("lesson-changed", |changed| changed.text != whole.text);
    step(&mut visit, "4");
    visit.click("lesson-uncover");
    visit.wait_for("lesson-changed", |changed| changed.text == whole.text);
    visit.enter("[data-testid=breaker-strength]", "5");
    visit.wait_for("lesson-changed", |changed| changed.text != whole.text);
    visit.click("lesson-uncover");
    visit.wait_for("lesson-changed", |changed| changed.text == whole.text);
    visit.click("lesson-next");
    visit.wait_for("curves-start", |_| true);
    step(&mut visit, "5");
    visit.click("lesson-next");
    visit.wait_for_all("lesson-case", |cases| cases.len() == 5);
    step(&mut visit, "6");

    // the current step is restored, after a reload too
    visit.go_to("about");
    visit.wait_for("accuracy", |_| true);
    visit.go_to("lesson");
    step(&mut visit, "6");
    visit.click("lesson-back");
    step(&mut visit, "5");
    visit.click("lesson-back");
    step(&mut visit, "4");
    visit.reload();
    visit.wait_for_value("lesson", "data-step", "4");
    visit.wait_for_value("lesson-changed", "data-expression", "happy");

    // a photo without a face is rejected and the previous face stays; then one with a face
    visit.choose_files("lesson-input", &[write_blank()]);
    visit.wait_for_value("message", "data-kind", "lesson-photo");
    assert_eq!(visit.all("lesson-changed").len(), 1);
    visit.choose_files("lesson-input", &[photo()]);
    visit.wait_for("lesson-name", |name| name.text == "astronaut.jpg");
    visit.wait_for_all("message", <[Element]>::is_empty);
    visit.end();
}

/// Writes an image of uniform grey as an uncompressed BMP.
fn write_blank() -> PathBuf {
    const SIDE: u32 = 64;
    let bytes = SIDE * SIDE * 4;
    let mut file = b"BM".to_vec();
    for number in [54 + bytes, 0, 54, 40, SIDE, SIDE, 1 | 32 << 16, 0, bytes, 2835, 2835, 0, 0] {
        file.extend(number.to_le_bytes());
    }
    file.resize((54 + bytes) as usize, 150);
    let path = scratch().join("blank.bmp");
    fs::write(&path, file).expect("the scratch folder is writable");
    path
}
