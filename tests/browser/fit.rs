//! “Is it right for me?” on Live.

use serde_json::json;

use crate::access::{axe_violations, load_axe, set_theme, widest_at_320_pixels};
use crate::language::choose;
use crate::live::photo;
use crate::support::{Camera, Visit, write_clip};

/// Takes frames of the looks that are asked for until so many were, or the round is over; returns the looks.
fn show_looks(visit: &mut Visit, round: &str, most: usize) -> Vec<String> {
    let mut looks: Vec<String> = Vec::new();
    while looks.len() < most {
        // a click on what is no longer there would do something else
        let before = looks.last().cloned().unwrap_or_default();
        visit.wait_for_true(&format!(
            "(() => {{ const asked = document.querySelector('[data-testid=fit-asked]'); \
             return !asked || asked.dataset.expression !== '{before}'; }})()"
        ));
        let Some(asked) = visit.all("fit-asked").pop() else { break };
        assert_eq!(asked.attribute("data-round"), round);
        looks.push(asked.attribute("data-expression").to_owned());
        visit.evaluate("document.querySelector('[data-testid=fit-now]')?.click()");
        visit.wait_for_true(&format!(
            "document.querySelector('[data-testid=fit-asked]')?.dataset.expression !== '{}'",
            looks[looks.len() - 1]
        ));
    }
    looks
}

/// Checks what axe finds, and that nothing is too wide for a small screen.
fn check(visit: &mut Visit, part: &str) {
    for theme in ["dark", "light"] {
        set_theme(visit, theme);
        assert_eq!(axe_violations(visit), [""; 0], "{part}, {theme}");
        visit.screenshot(&format!("fit-{part}-{theme}"));
    }
    visit.set_width(320);
    for language in ["de", "fr", "en"] {
        choose(visit, language);
        visit.wait_for("fit", |_| true);
        let (width, elements) = widest_at_320_pixels(visit);
        assert!(width <= 320.0, "{part}, {language}: {width} {elements}");
        visit.screenshot(&format!("fit-{part}-320-{language}"));
    }
    visit.call("Emulation.clearDeviceMetricsOverride", json!({}));
}

/// The frames that a result counts, and of how many looks.
fn counted(visit: &mut Visit, round: &str) -> (f64, f64) {
    let looks = visit.wait_for_value("fit-result", "data-round", round).number("data-looks");
    let cells = format!("document.querySelectorAll('[data-testid=fit-result][data-round=\"{round}\"] [data-count]')");
    let frames = visit.evaluate(&format!("[...{cells}].reduce((sum, cell) => sum + Number(cell.dataset.count), 0)"));
    (frames.as_f64().expect("a number"), looks)
}

#[test]
fn the_model_face_is_measured_adapted_to_and_measured_again() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    load_axe(&mut visit);
    visit.click("fit-open");
    visit.wait_for("fit-start", |start| start.has("disabled"));
    visit.wait_for("fit-needs-source", |_| true);
    check(&mut visit, "setup");

    // ended after two looks: these count
    visit.click("fit-demo");
    visit.wait_for("model-face-picture", |_| true);
    assert_eq!(show_looks(&mut visit, "1", 2), ["neutral", "happy"]);
    visit.click("fit-pause");
    visit.wait_for_true("document.querySelector('#fit .waits')");
    visit.screenshot("fit-board");
    visit.click("fit-cancel");
    let (frames, looks) = counted(&mut visit, "1");
    assert!(frames >= 2.0 && looks == 2.0, "{frames} frames of {looks} looks");
    visit.click("fit-forget");
    visit.wait_for_value("fit", "data-phase", "setup");

    visit.click("fit-demo");
    let looks = show_looks(&mut visit, "1", 7);
    assert_eq!(looks, ["neutral", "happy", "surprise", "angry", "disgust", "fear", "sad"]);
    let (frames, looks) = counted(&mut visit, "1");
    assert!(frames >= 7.0 && looks == 7.0, "{frames} frames of {looks} looks");
    let network = || "document.querySelector('[data-testid=fit-adapted]')?.dataset";
    assert!(visit.all("fit-adapted").is_empty() && visit.all("fit-second").is_empty());
    visit.screenshot("fit-first");

    // by the neutral look, then by all looks: each takes effect at once, and can be switched off
    visit.click("fit-neutral");
    visit.wait_for_true(&format!("(data => data?.method === 'neutral' && data.on === 'true')({})", network()));
    visit.click("fit-switch");
    visit.wait_for_true(&format!("{}.on === 'false'", network()));
    visit.click("fit-looks");
    visit.wait_for_true(&format!("(data => data?.method === 'head' && data.on === 'true')({})", network()));

    visit.click("fit-second");
    assert_eq!(show_looks(&mut visit, "2", 7).len(), 7);
    let compared = visit.wait_for("fit-compared", |_| true);
    let [before, after] = ["data-before", "data-after"].map(|name| compared.number(name));
    assert!(after > before, "{before} before, {after} after");
    assert_eq!(compared.attribute("data-verdict"), "better");
    assert_eq!(counted(&mut visit, "2").1, 7.0);
    visit.wait_for_value("fit-result", "data-round", "adapted");
    check(&mut visit, "second");

    // kept on the device: there after a reload, and not in use
    visit.click("fit-keep");
    visit.wait_for_true(&format!("{}.saved === 'true'", network()));
    visit.reload();
    visit.wait_for_value("backend", "data-state", "ready");
    assert!(visit.all("fit-adapted").is_empty());
    visit.click("fit-open");
    visit.wait_for_true(&format!("(data => data?.on === 'false' && data.saved === 'true')({})", network()));
    visit.click("fit-switch");
    visit.wait_for_true(&format!("{}.on === 'true'", network()));
    visit.click("fit-close");
    visit.wait_for_all("fit", <[_]>::is_empty);
    visit.wait_for("fit-adapted", |_| true);
    visit.screenshot("fit-kept");
    visit.go_to("training");
    visit.wait_for_all("network", |networks| networks.len() == 2);
    visit.go_to("live");
    visit.click("fit-switch");
    visit.wait_for_all("fit-adapted", <[_]>::is_empty);
    visit.end();
}

#[test]
fn before_a_camera_looks_are_left_out_with_keys() {
    let mut visit = Visit::open(&Camera::Clip(write_clip(&photo())));
    visit.wait_for_value("backend", "data-state", "ready");
    visit.click("camera-start");
    visit.wait_for("face", |_| true);
    visit.click("fit-open");
    visit.click("fit-start");
    visit.wait_for_value("fit-asked", "data-expression", "neutral");
    visit.press("ArrowRight");
    visit.wait_for_value("fit-asked", "data-expression", "happy");
    visit.press("ArrowLeft");
    visit.wait_for_value("fit-asked", "data-expression", "neutral");
    visit.press("ArrowRight");
    visit.wait_for_value("fit-asked", "data-expression", "happy");
    visit.press(" ");
    visit.wait_for_value("fit-asked", "data-expression", "surprise");
    visit.screenshot("fit-camera");
    visit.press("Escape");
    let (frames, looks) = counted(&mut visit, "1");
    assert!(frames >= 1.0 && looks == 1.0, "{frames} frames of {looks} looks");
    let said = visit.wait_for("fit-result", |_| true);
    assert_eq!((said.number("data-found"), said.number("data-accuracy")), (1.0, 1.0), "the photo smiles");
    // there is no neutral look, and only one
    for offer in ["fit-neutral", "fit-looks"] {
        visit.wait_for(offer, |offer| offer.has("disabled"));
    }
    // the game takes its place, and what was measured stays
    visit.click("game-open");
    visit.wait_for_all("fit", <[_]>::is_empty);
    visit.click("fit-open");
    visit.wait_for_all("game", <[_]>::is_empty);
    visit.wait_for_value("fit", "data-phase", "first");
    visit.end();
}
