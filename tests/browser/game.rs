//! The mirror game on Live.

use std::path::PathBuf;

use image::{RgbImage, imageops};
use serde_json::json;

use crate::access::{axe_violations, load_axe, set_theme, widest_at_320_pixels};
use crate::language::choose;
use crate::live::photo;
use crate::support::{Camera, Visit, scratch, write_clip};

/// Asks for the next look, after those that were played; `None` once the game is over.
fn next_look(visit: &mut Visit, played: usize) -> Option<String> {
    // a click on what is no longer there would do something else
    let next = "(document.querySelector('[data-testid=game-next]')?.click(), document.querySelector('[data-testid=game]').dataset)";
    visit.wait_for_true(&format!(
        "(({{ looks, phase }}) => phase === 'done' || phase === 'look' && Number(looks) === {played})({next})"
    ));
    if !visit.all("game-result").is_empty() {
        return None;
    }
    Some(visit.wait_for("game-asked", |asked| asked.has("data-expression")).attribute("data-expression").to_owned())
}

/// The cell of the game's confusion matrix.
fn count(visit: &mut Visit, asked: &str, seen: &str) -> f64 {
    let cell =
        format!("document.querySelector('[data-testid=game-matrix] [data-actual={asked}][data-predicted={seen}]')");
    visit.evaluate(&format!("Number({cell}.dataset.count)")).as_f64().expect("a number")
}

/// Checks what axe finds, and that nothing is too wide for a small screen.
fn check(visit: &mut Visit, part: &str) {
    for theme in ["dark", "light"] {
        set_theme(visit, theme);
        assert_eq!(axe_violations(visit), [""; 0], "{part}, {theme}");
        visit.screenshot(&format!("game-{part}-{theme}"));
    }
    visit.set_width(320);
    for language in ["de", "fr", "en"] {
        choose(visit, language);
        visit.wait_for("game", |_| true);
        let (width, elements) = widest_at_320_pixels(visit);
        assert!(width <= 320.0, "{part}, {language}: {width} {elements}");
        visit.screenshot(&format!("game-{part}-320-{language}"));
    }
    visit.call("Emulation.clearDeviceMetricsOverride", json!({}));
}

#[test]
fn the_model_face_plays_a_round_by_itself() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    load_axe(&mut visit);
    // it changes from one look to the next at once
    visit.call(
        "Emulation.setEmulatedMedia",
        json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] }),
    );
    visit.click("game-open");
    visit.wait_for("game-start", |start| start.has("disabled"));
    visit.wait_for("game-needs-source", |_| true);
    check(&mut visit, "setup");
    visit.select("game-seconds", 0);
    visit.click("game-demo");
    visit.wait_for("model-face-picture", |_| true);
    let mut looks = Vec::new();
    while let Some(asked) = next_look(&mut visit, looks.len()) {
        let left = visit.wait_for("game-time-left", |time| time.has("data-seconds")).number("data-seconds");
        assert!((0.0..=4.0).contains(&left), "{left} s are left");
        // the face that is recognized shows what is asked for
        visit.wait_for_true(&format!(
            "document.querySelector('[data-testid=face-look-{asked}]').ariaPressed === 'true'"
        ));
        if looks.len() == 2 {
            visit.press(" ");
            visit.wait_for_true("document.querySelector('.waits')?.dataset.waits === 'paused'");
            check(&mut visit, "board");
            visit.click("game-full-screen");
            visit.wait_for_true("document.fullscreenElement?.matches('.view')");
            visit.screenshot("game-full-screen");
            visit.press(" ");
            visit.wait_for_true("document.querySelector('.game-board')?.dataset.waits === ''");
        }
        looks.push(asked);
    }
    let mut classes = looks.clone();
    classes.sort();
    assert_eq!(classes, ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"], "{looks:?}");
    visit.wait_for_value("game", "data-looks", "7");
    let result = visit.wait_for("game-result", |_| true);
    assert!(result.text.contains("The network recognized least"), "{}", result.text);
    // what the network makes of this face by itself
    assert_eq!(["happy", "surprise"].map(|look| count(&mut visit, look, look)), [1.0, 1.0]);
    assert_eq!(count(&mut visit, "angry", "angry"), 0.0, "the anger of the model is not recognized");
    let points = visit.wait_for_value("game-score", "data-player", "1").number("data-points");
    assert!((50.0..700.0).contains(&points), "{points} points");
    visit.screenshot("game-full-screen-result");
    visit.evaluate("document.exitFullscreen()");
    visit.wait_for_true("!document.fullscreenElement");
    check(&mut visit, "result");
    visit.enter_on("game-close", "game-open");
    visit.wait_for_all("game", <[_]>::is_empty);
    visit.end();
}

/// A photo of the same face twice.
fn two_faces() -> PathBuf {
    let photo = image::open(photo()).expect("the fixture is readable").to_rgb8();
    let half = imageops::thumbnail(&photo, 270, 270 * photo.height() / photo.width());
    let mut picture = RgbImage::new(2 * half.width(), half.height());
    imageops::overlay(&mut picture, &half, 0, 0);
    imageops::overlay(&mut picture, &half, i64::from(half.width()), 0);
    let file = scratch().join("two.png");
    picture.save(&file).expect("the scratch folder is writable");
    file
}

#[test]
fn two_faces_play_before_a_camera() {
    let mut visit = Visit::open(&Camera::Clip(write_clip(&two_faces())));
    visit.wait_for_value("backend", "data-state", "ready");
    visit.click("camera-start");
    visit.wait_for_all("face", |faces| faces.len() == 2);
    visit.click("game-open");
    visit.click("game-start");
    visit.wait_for_all("game-score", |scores| scores.len() == 2);
    visit.screenshot("game-two-board");
    // both are happy: whatever else is asked for is left out
    let mut done = 0;
    while next_look(&mut visit, done).expect("happy is asked for") != "happy" {
        visit.click("game-skip");
        done += 1;
    }
    let scores =
        visit.wait_for_all("game-score", |scores| scores.iter().all(|score| score.number("data-points") > 0.0));
    assert_eq!(scores.len(), 2);
    visit.screenshot("game-two");
    // the clock waits for both
    visit.click("camera-stop");
    visit.wait_for_true(
        "document.querySelector('.game-board')?.dataset.waits === 'source' || document.querySelector('.game-end')",
    );
    if visit.all("game-result").is_empty() {
        visit.click("game-stop");
    }
    let result = visit.wait_for("game-result", |_| true);
    assert!(result.text.contains("1 of 1 found"), "{}", result.text);
    assert_eq!(count(&mut visit, "happy", "happy"), 2.0);
    visit.end();
}

#[test]
fn the_clock_stands_with_a_video() {
    let clip = xtask::root().join("tests/fixtures/portrait.webm");
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.choose_files("video-input", &[clip]);
    visit.wait_for("face", |_| true);
    visit.evaluate("document.querySelector('video').pause()");
    visit.click("game-open");
    visit.click("game-start");
    visit.wait_for_true("document.querySelector('.game-board')?.dataset.waits === 'still'");
    assert!(visit.wait_for("game-asked", |_| true).attribute("data-expression").is_empty(), "nothing is asked for yet");
    visit.evaluate("void Object.assign(document.querySelector('video'), { loop: true }).play()");
    visit.wait_for("game-asked", |asked| asked.has("data-expression"));
    visit.end();
}
