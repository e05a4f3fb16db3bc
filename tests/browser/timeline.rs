//! The plot of the timeline.

use serde_json::{Value, json};

use crate::access::{axe_violations, load_axe, set_theme, widest_at_320_pixels};
use crate::language::choose;
use crate::support::{Camera, Visit};

/// The first and the last visible millisecond.
fn window(visit: &mut Visit) -> (f64, f64) {
    let plot = visit.wait_for("timeline-plot", |_| true);
    (plot.number("data-from"), plot.number("data-to"))
}

/// Presses the mouse at a share of the plot's width, moves it to another, and releases it.
fn drag(visit: &mut Visit, from: f64, to: f64) {
    let area = visit.evaluate(
        "(() => { const plot = document.querySelector('[data-testid=timeline-plot]');
            plot.scrollIntoView({ block: 'center' });
            const { x, y, width, height } = plot.getBoundingClientRect();
            return [x, width, y + height / 2]; })()",
    );
    let [x, width, y] = [0, 1, 2].map(|index| area[index].as_f64().expect("a number"));
    for (kind, share) in [("mousePressed", from), ("mouseMoved", to), ("mouseReleased", to)] {
        let event =
            json!({ "type": kind, "x": x + width * share, "y": y, "button": "left", "buttons": 1, "clickCount": 1 });
        visit.call("Input.dispatchMouseEvent", event);
    }
}

fn current_time(visit: &mut Visit) -> f64 {
    visit.wait_for_true("!document.querySelector('video').seeking");
    visit.evaluate("document.querySelector('video').currentTime").as_f64().expect("a number")
}

#[test]
fn the_timeline_is_drawn_and_followed_by_the_video() {
    let clip = xtask::root().join("tests/fixtures/portrait.webm");
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.choose_files("video-input", &[clip]);
    assert!(visit.all("timeline").is_empty(), "nothing is recorded unasked");
    visit.click("record");
    visit.evaluate("void Object.assign(document.querySelector('video'), { currentTime: 0, playbackRate: 4 }).play()");
    visit.wait_for_true("document.querySelector('video').ended");
    visit.wait_for_value("timeline-plot", "data-faces", "1");
    let (from, to) = window(&mut visit);
    assert!(from == 0.0 && to >= 3800.0, "all of it: {from} to {to}");

    // Pixels of several classes are painted, in both modes.
    let colours = "(() => { const canvas = document.querySelector('[data-testid=timeline-plot] canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size; })()";
    visit.select("timeline-mode", 1);
    visit.wait_for_value("timeline-plot", "data-mode", "area");
    assert!(visit.evaluate(colours).as_u64() > Some(20), "areas are drawn");
    visit.screenshot("timeline-area");
    visit.select("timeline-mode", 0);
    visit.wait_for_value("timeline-plot", "data-mode", "curves");
    assert!(visit.evaluate(colours).as_u64() > Some(20), "curves are drawn");
    let drawn = visit.evaluate("Number(document.querySelector('[data-testid=timeline-plot] canvas').dataset.drawMs)");
    println!("drawn in {drawn} ms");

    // Scrubbing with the pointer and the keyboard moves the video.
    drag(&mut visit, 0.25, 0.6);
    let dragged = current_time(&mut visit);
    assert!((1.6..2.8).contains(&dragged), "dragged to {dragged}");
    visit.evaluate("document.querySelector('[data-testid=timeline-plot]').focus()");
    visit.press("ArrowRight");
    visit.wait_for_true(&format!("document.querySelector('video').currentTime > {dragged}"));
    visit.press("Home");
    visit.wait_for_true("document.querySelector('video').currentTime === 0");
    visit.wait_for("timeline-reading", |reading| reading.text.starts_with("0:00"));

    // Zoom.
    visit.press("+");
    visit.wait_for("timeline-plot", |plot| plot.number("data-to") < to);
    visit.click("timeline-later");
    visit.wait_for("timeline-plot", |plot| plot.number("data-from") > 0.0);
    visit.click("timeline-all");
    visit.wait_for("timeline-plot", |plot| plot.number("data-to") == to && plot.number("data-from") == 0.0);

    // Markers are named, and kept in the files.
    visit.evaluate("document.querySelector('[data-testid=timeline-plot]').focus()");
    visit.press("End");
    visit.wait_for_true("document.querySelector('video').currentTime > 3.5");
    visit.press("m");
    let marker = visit.wait_for("timeline-marker", |_| true).attribute("data-time").to_owned();
    visit.enter("[data-testid=timeline-marker-name]", "smile, <now>");
    let csv = visit.download_text("timeline-csv");
    assert!(csv.lines().any(|line| line.starts_with(&marker) && line.ends_with(",\"smile, <now>\"")), "{csv}");
    let json: Value = serde_json::from_str(&visit.download_text("timeline-json")).expect("JSON");
    assert_eq!(json["sources"][0]["file"], "portrait.webm");
    assert_eq!(json["sources"][0]["markers"][0]["name"], "smile, <now>");
    assert!(json["sources"][0]["rows"].as_array().is_some_and(|rows| !rows.is_empty()), "{json}");
    let svg = visit.download_text("timeline-svg");
    assert!(svg.starts_with("<svg") && svg.contains("smile, &lt;now&gt;") && !svg.contains("var("), "{svg}");
    visit.click("timeline-marker-go");
    visit.screenshot("timeline");

    // The same for screen readers, in both themes, and on a narrow screen.
    visit.evaluate("document.querySelector('[data-testid=timeline-table]').open = true");
    visit.wait_for_true("document.querySelectorAll('[data-testid=timeline-table] tbody tr').length > 1");
    load_axe(&mut visit);
    for theme in ["light", "dark"] {
        set_theme(&mut visit, theme);
        assert_eq!(axe_violations(&mut visit), [""; 0], "{theme}");
    }
    visit.set_width(320);
    for language in ["en", "de", "fr"] {
        choose(&mut visit, language);
        visit.wait_for("timeline-plot", |_| true);
        let (width, elements) = widest_at_320_pixels(&mut visit);
        assert!(width <= 320.0, "{language}: {width} {elements}");
        visit.screenshot(&format!("timeline-320-{language}"));
    }
    visit.click("timeline-marker-remove");
    visit.wait_for_all("timeline-marker", <[_]>::is_empty);
    visit.click("timeline-clear");
    visit.wait_for_all("timeline", <[_]>::is_empty);
    visit.end();
}
