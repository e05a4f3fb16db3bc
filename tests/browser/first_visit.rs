//! The requests, bytes and time of a first visit, and the sample in the first paint.

use std::collections::BTreeSet;
use std::fs;

use crate::access::{axe_violations, load_axe, set_theme, widest_at_320_pixels};
use crate::start::{release_program, reload_without_program};
use crate::support::{Camera, Visit};

/// Requests until the first result: the page's HTML, style sheet, scripts, wasm and texts, the quick-start engine's script and wasm, two
/// networks, the sample, the icon and the manifest.
const MAX_REQUESTS: usize = 17;

/// Bytes until the first result, before compression, which more than halves them.
const MAX_BYTES: u64 = 3_690_000;

/// Bytes up to which a file may be fetched twice if the server forbids caching: the icon, the sample.
const LARGE: u64 = 100_000;

/// Milliseconds to the first paint, which needs only HTML and style sheets, on the reference machine.
const FIRST_PAINT: f64 = 5_000.0;

#[test]
fn a_first_visit_stays_within_its_limits() {
    let mut visit = Visit::open(&Camera::None);
    // wait for the final layout; before, a click could miss
    visit.wait_for("backend", |_| true);
    visit.click("sample");
    visit.wait_for("face", |_| true);
    let prediction = visit.evaluate("performance.now()").as_f64().expect("a time");
    let requests = visit.server_requests();
    let paint = visit
        .evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        .as_f64()
        .expect("the page is painted");
    // without those of the engine, which is loaded after the first result, and of the service worker
    let is_later = |request: &String| request.contains("/engine-") || request.ends_with("/sw.js");
    let load: Vec<&String> = requests.iter().take_while(|request| !is_later(request)).collect();
    let files: BTreeSet<&str> = load.iter().filter_map(|request| request.split(['?', ' ']).nth(1)).collect();
    let bytes: u64 = files.iter().map(|address| size(address)).sum();
    println!(
        "first visit: {} requests, {bytes} bytes before compression; first paint {paint:.0} ms, first prediction \
         {prediction:.0} ms",
        load.len()
    );
    let twice = |address: &&&str| load.iter().filter(|request| request.contains(**address)).count() > 1;
    let large: Vec<_> = files.iter().filter(twice).filter(|address| size(address) > LARGE).collect();
    assert_eq!(large, [&""; 0], "fetched twice: {load:?}");
    assert!(load.len() <= MAX_REQUESTS, "{load:?}");
    assert!(bytes <= MAX_BYTES, "{bytes} bytes: {load:?}");
    assert!(load.iter().any(|request| request.contains("/weights/phone.")), "without the quick-start engine: {load:?}");
    assert!(paint < FIRST_PAINT * visit.slowdown() && paint < prediction, "{paint} ms to the first paint");
    visit.end();
}

/// The size in bytes of the file at an address.
fn size(address: &str) -> u64 {
    let path = address.trim_start_matches("/some/sub/path/");
    let file = xtask::dist().join(if path.is_empty() { "index.html" } else { path });
    fs::metadata(&file).unwrap_or_else(|error| panic!("{address}: {error}")).len()
}

#[test]
fn the_sample_is_labelled_before_the_page_is_there_and_is_open_in_it() {
    let mut visit = Visit::open(&Camera::None);
    // until the page has a result, however slow the machine
    visit.run_first(
        "{ const wait = setTimeout; self.setTimeout = (act, time) => wait(act, time === 1000 ? 1e9 : time); }",
    );
    reload_without_program(&mut visit);
    visit.click("first-sample");
    let first = visit.wait_for_value("first-face", "data-expression", "happy");
    assert!(first.text.contains("Happy") && first.text.contains('%'), "{first:?}");
    assert!(visit.all("language").is_empty(), "the page is not there yet");
    visit.screenshot("first-sample");
    // something with a label is shown at any time
    visit.evaluate(
        "void new MutationObserver(() => {
            const face = [...document.querySelectorAll('[data-testid=first-face], [data-testid=face]')];
            self.gap ||= !face.some(each => each.checkVisibility());
        }).observe(document.body, { childList: true, subtree: true, attributes: true })",
    );
    release_program(&mut visit);
    visit.wait_for("language", |_| true);
    visit.wait_for_true("!document.getElementById('first-paint')");
    assert_eq!(visit.evaluate("Boolean(self.gap)"), false, "without a label in between");
    visit.wait_for_value("face", "data-expression", "happy");
    visit.wait_for_true("document.querySelector('.strip-name').textContent === 'Sample: Eileen Collins'");
    visit.wait_for_true("document.activeElement?.dataset.testid === 'sample'");
    assert_eq!(visit.evaluate("scrollY"), 0, "nothing moves");
    visit.end();
}

#[test]
fn the_first_paint_is_translated_and_accessible() {
    let mut visit = Visit::open(&Camera::None);
    for (language, welcome, label) in [
        ("de-AT", "Was sieht das Netz in einem Gesicht?", "Fröhlich96\u{a0}%"),
        ("fr", "Que voit le réseau dans un visage\u{a0}?", "Joie96\u{a0}%"),
        ("eo", "What does the network see in a face?", "Happy96%"),
    ] {
        visit.set_languages(language);
        reload_without_program(&mut visit);
        visit.wait_for_true(&format!("document.querySelector('h1')?.textContent === '{welcome}'"));
        visit.wait_for("first-sample", |_| true);
        visit.evaluate("document.querySelector('[data-testid=first-sample]').focus()");
        visit.press("Enter");
        visit.wait_for("first-face", |face| face.text.contains(label));
        visit.wait_for_true("document.activeElement?.dataset.testid === 'first-sample'");
        visit.wait_for_true("document.querySelector('#first-paint main > [role=status]').textContent");
        load_axe(&mut visit);
        for theme in ["light", "dark"] {
            set_theme(&mut visit, theme);
            let violations = axe_violations(&mut visit);
            assert!(violations.is_empty(), "{language} {theme}: {violations:?}");
        }
        visit.set_width(320);
        let (width, elements) = widest_at_320_pixels(&mut visit);
        assert!(width <= 320.0, "{language}: {width} {elements}");
        visit.screenshot(&format!("first-paint-{language}"));
        release_program(&mut visit);
        visit.wait_for("face", |_| true);
    }
    visit.end();
}

#[test]
fn only_live_offers_the_sample_in_the_first_paint() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for("language", |_| true);
    visit.go_to("training");
    reload_without_program(&mut visit);
    visit.wait_for_true("document.querySelector('#first-paint .toolbar')");
    assert!(visit.all("first-sample").is_empty(), "the page would not show it");
    release_program(&mut visit);
    visit.wait_for_true("document.querySelector('nav [aria-current]')?.hash === '#training'");
    visit.end();
}
