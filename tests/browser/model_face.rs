//! The model face on Live.

use std::fs;

use xtask::site;

use crate::support::{Camera, Visit, copy_folder, scratch};

/// The nose and the chin of the first person, relative to the side of the picture.
const NOSE: (f64, f64) = (0.5, 0.45);
const CHIN: (f64, f64) = (0.5, 0.79);

/// Opens the model face, and waits until it is recognized.
pub fn open(visit: &mut Visit) {
    visit.click("model-face");
    visit.wait_for("model-face-picture", |_| true);
    visit.wait_for("face", |_| true);
}

fn wait_for_expression(visit: &mut Visit, expression: &str) {
    visit.wait_for_value("face", "data-expression", expression);
}

fn is_pressed(visit: &mut Visit, button: &str) -> bool {
    visit.all(button)[0].attribute("aria-pressed") == "true"
}

/// The value of a slider, which is not an attribute.
fn value(visit: &mut Visit, id: &str) -> f64 {
    visit.evaluate(&format!("document.querySelector('[data-testid={id}]').valueAsNumber")).as_f64().expect("a number")
}

#[test]
fn a_face_is_moved_and_changes_are_undone() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    open(&mut visit);
    wait_for_expression(&mut visit, "neutral");
    visit.click("face-look-happy");
    wait_for_expression(&mut visit, "happy");
    assert!(is_pressed(&mut visit, "face-look-happy") && value(&mut visit, "face-au-12") == 1.0);

    // an action unit is no look; two steps of one drag are undone at once
    visit.enter("[data-testid=face-au-12]", "0.5");
    visit.enter("[data-testid=face-au-12]", "0");
    visit.wait_for_true("document.querySelector('[data-testid=face-look-happy]').ariaPressed === 'false'");
    visit.change("[data-testid=face-au-12]", "value", "0", "change");
    visit.click("face-undo");
    wait_for_expression(&mut visit, "happy");
    assert!(is_pressed(&mut visit, "face-look-happy") && value(&mut visit, "face-au-12") == 1.0);
    visit.click("face-undo");
    wait_for_expression(&mut visit, "neutral");
    visit.press("y");
    wait_for_expression(&mut visit, "happy");

    // copied settings
    visit.evaluate("void (navigator.clipboard.writeText = async text => { self.copied = text; })");
    visit.click("face-copy");
    visit.wait_for_true("self.copied");
    let copied = visit.evaluate("copied");
    visit.click("face-reset");
    wait_for_expression(&mut visit, "neutral");
    visit.enter("[data-testid=face-paste]", "no settings");
    visit.wait_for_value("message", "data-kind", "model-face-settings");
    visit.change("[data-testid=face-paste]", "value", copied, "input");
    wait_for_expression(&mut visit, "happy");
    assert!(visit.all("message").iter().all(|message| message.attribute("data-kind") != "model-face-settings"));
    visit.screenshot("model-face");

    // all that was set is drawn, so only these change the picture
    let pixels = "(() => {
        const canvas = document.querySelector('[data-testid=model-face-picture]');
        return canvas.getContext('2d').getImageData(0, 0, 256, 256).data.join();
    })()";
    for (setting, value) in [("glasses", "1"), ("lashes", "0")] {
        visit.evaluate(&format!("void (self.before = {pixels})"));
        visit.enter(&format!("[data-testid=face-{setting}]"), value);
        visit.wait_for_true(&format!("{pixels} !== before"));
    }
    visit.screenshot("model-face-glasses");

    // the field of view as an angle and a height, of which only the angle depends on the distance
    let shown = "document.querySelector('[data-testid=face-view-height]').getAttribute('aria-valuetext')";
    assert_eq!(visit.evaluate(shown), "19° (27\u{a0}cm)");
    visit.enter("[data-testid=face-distance]", "30");
    visit.wait_for_true(&format!("{shown} === '48° (27\u{a0}cm)'"));
    visit.enter("[data-testid=face-view-height]", "40");
    visit.wait_for_true(&format!("{shown} === '67° (40\u{a0}cm)'"));
    // settings that were copied before there were any of these
    visit.change("[data-testid=face-paste]", "value", r#"{"yaw":5,"distance":80}"#, "input");
    visit.wait_for_true("document.querySelector('[data-testid=face-yaw]').valueAsNumber === 5");
    assert_eq!(["face-view-height", "face-lashes", "face-glasses"].map(|id| value(&mut visit, id)), [27.0, 1.0, 0.0]);
    visit.end();
}

/// Drags from a place of the picture, relative to its side, by a part of its side.
fn drag(visit: &mut Visit, from: (f64, f64), by: (f64, f64)) {
    let picture = visit.evaluate(
        "(() => { const picture = document.querySelector('[data-testid=model-face-picture]');
            picture.scrollIntoView({ block: 'center', behavior: 'instant' });
            const { x, y, width } = picture.getBoundingClientRect(); return [x, y, width]; })()",
    );
    let [left, top, side] = [0, 1, 2].map(|index| picture[index].as_f64().expect("a number"));
    for (kind, share) in [("mousePressed", 0.0), ("mouseMoved", 0.5), ("mouseMoved", 1.0), ("mouseReleased", 1.0)] {
        let [x, y] = [left + side * (from.0 + by.0 * share), top + side * (from.1 + by.1 * share)];
        let event =
            serde_json::json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1 });
        visit.call("Input.dispatchMouseEvent", event);
    }
}

#[test]
fn the_face_is_pulled_without_a_server() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.wait_for_true("document.documentElement.dataset.offline === 'ready'");
    open(&mut visit);
    visit.stop_server();
    visit.reload();
    open(&mut visit);

    // the nose turns the head
    drag(&mut visit, NOSE, (0.1, 0.0));
    visit.wait_for_true("document.querySelector('[data-testid=face-yaw]').valueAsNumber === 15");
    visit.click("face-undo");
    visit.wait_for_true("document.querySelector('[data-testid=face-yaw]').valueAsNumber === 0");
    // the chin opens the mouth
    drag(&mut visit, CHIN, (0.0, 0.2));
    visit.wait_for_true("document.querySelector('[data-testid=face-au-26]').valueAsNumber === 1");
    assert_eq!(value(&mut visit, "face-yaw"), 0.0);
    visit.screenshot("model-face-pulled");
    assert_eq!(visit.leaks(), [""; 0]);
}

#[test]
fn a_damaged_model_is_reported_and_nothing_is_lost() {
    let folder = scratch().join("damaged-model");
    fs::remove_dir_all(&folder).ok();
    copy_folder(&xtask::dist(), &folder);
    let file = folder.join("face/face.bin");
    let model = fs::read(&file).expect("the model is part of the site");
    fs::write(&file, &model[..model.len() / 2]).expect("the scratch folder is writable");
    site::seal(&folder).expect("a site");
    let mut visit = Visit::open_folder(&folder, &Camera::None);
    visit.click("sample");
    visit.wait_for("face", |_| true);
    visit.click("model-face");
    let message = visit.wait_for_value("message", "data-kind", "model-face-damaged");
    assert!(message.text.contains("damaged") || message.text.contains("cut off"), "{message:?}");
    assert_eq!(visit.all("face").len(), 1);
    visit.wait_for_value("model-face", "aria-busy", "false");
    visit.end();
}
