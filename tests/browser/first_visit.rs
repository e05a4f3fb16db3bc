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
const MAX_BYTES: u64 = 3_710_000;

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
    assert_eq!(load.iter().filter(|request| request.contains("/text/")).count(), 1, "the texts, once: {load:?}");
    assert_eq!(
        visit.evaluate("document.querySelectorAll('link[rel=preload][href*=text]').length"),
        0,
        "not used at once"
    );
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
    let scrolled = visit.evaluate("scrollY");
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
    assert_eq!(visit.evaluate("scrollY"), scrolled, "nothing moves");
    visit.end();
}

#[test]
fn the_first_paint_is_translated_and_accessible() {
    let mut visit = Visit::open(&Camera::None);
    visit.run_first(
        "new PerformanceObserver(list => list.getEntries().forEach(entry => (self.shift = (self.shift ?? 0) + entry.value)))
            .observe({ type: 'layout-shift' });
        // the page gets the sample only after it has taken the place of the first paint
        const request = fetch;
        const shown = new Promise(go => (self.giveSample = go));
        self.fetch = (file, ...more) => Promise.resolve(/sample/.test(file) && shown).then(() => request(file, ...more));",
    );
    for (language, title, welcome, label) in [
        (
            "de-AT",
            "mien: Gesichtsausdrücke auf dem eigenen Gerät erkennen",
            "Was sieht das Netz in einem Gesicht?",
            "Fröhlich96\u{a0}%",
        ),
        (
            "fr",
            "mien\u{a0}: reconnaissance des expressions du visage sur votre appareil",
            "Que voit le réseau dans un visage\u{a0}?",
            "Joie96\u{a0}%",
        ),
        (
            "eo",
            "mien: facial expression recognition on your own device",
            "What does the network see in a face?",
            "Happy96%",
        ),
    ] {
        visit.set_languages(language);
        reload_without_program(&mut visit);
        visit.wait_for_true(&format!("document.querySelector('h1')?.textContent === '{welcome}'"));
        visit.wait_for("first-sample", |_| true);
        assert_eq!(visit.evaluate("document.title"), title);
        assert!(visit.evaluate("self.shift ?? 0").as_f64() < Some(0.01), "{language}: not shown before it is complete");
        fits_320_pixels(&mut visit, language);
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
        fits_320_pixels(&mut visit, language);
        visit.screenshot(&format!("first-paint-{language}"));
        release_program(&mut visit);
        visit.wait_for_true("!document.getElementById('first-paint')");
        assert_eq!(visit.evaluate("document.title"), title);
        // the sample's button, which then goes below the picture
        let has_focus = "document.activeElement?.dataset.testid === 'sample'";
        visit.wait_for_true(has_focus);
        visit.evaluate("self.giveSample()");
        visit.wait_for("face", |_| true);
        visit.wait_for_true(has_focus);
    }
    visit.end();
}

/// Nothing is wider than 320 pixels, with large text neither.
fn fits_320_pixels(visit: &mut Visit, language: &str) {
    visit.set_width(320);
    for size in ["32px", ""] {
        visit.evaluate(&format!("void (document.documentElement.style.fontSize = '{size}')"));
        let (width, elements) = widest_at_320_pixels(visit);
        assert!(width <= 320.0 && elements.as_array().is_some_and(Vec::is_empty), "{language}: {width} {elements}");
    }
}

/// Whether the first paint shows the welcome of Live.
const SHOWS_LIVE: &str = "document.querySelector('.welcome > p').checkVisibility()";

#[test]
fn the_first_paint_shows_live_only_at_its_address() {
    let mut visit = Visit::open(&Camera::None);
    for (address, current) in [("training", "#training"), ("lesson-2", "#lesson"), ("benchmark", "#about")] {
        visit.wait_for("language", |_| true);
        visit.go_to(address);
        reload_without_program(&mut visit);
        visit.wait_for_true("document.querySelector('.elsewhere')?.innerText.includes('Loading')");
        assert_eq!(visit.evaluate(SHOWS_LIVE), false, "{address}");
        let sample = "document.querySelector('[data-testid=first-sample]').checkVisibility()";
        assert_eq!(visit.evaluate(sample), false, "{address}: the page would not show it");
        assert_eq!(visit.evaluate("document.querySelector('.pages [aria-current]').hash"), current);
        release_program(&mut visit);
        visit.wait_for_true("!document.getElementById('first-paint')");
        assert_eq!(visit.evaluate("document.querySelector('.pages [aria-current]').hash"), current);
    }
    visit.end();
}

#[test]
fn the_links_of_the_first_paint_work_and_keep_the_focus() {
    let mut visit = Visit::open(&Camera::None);
    reload_without_program(&mut visit);
    visit.wait_for("first-sample", |_| true);
    assert_eq!(visit.evaluate(SHOWS_LIVE), true);
    for (page, shows_live) in [("training", false), ("live", true), ("about", false)] {
        visit.evaluate(&format!("document.querySelector('.pages [href=\"#{page}\"]').focus()"));
        visit.press("Enter");
        visit.wait_for_true(&format!("document.querySelector('.pages [aria-current]').hash === '#{page}'"));
        assert_eq!(visit.evaluate(SHOWS_LIVE), shows_live, "{page}");
    }
    release_program(&mut visit);
    visit.wait_for_true("document.querySelector('main.about')");
    assert_eq!(visit.evaluate("document.activeElement.hash"), "#about");
    visit.end();
}

/// Where the parts are that first paint and page both have, in pixels from the top left.
const PLACES: &str =
    "[...document.querySelectorAll('.brand, .pages a, .stage, .welcome > *, .toolbar .button, .face, .honest')]
    .filter(each => each.checkVisibility()).map(each => each.getBoundingClientRect()).map(({ x, y }) => [x, y])";

#[test]
fn nothing_moves_when_the_page_takes_the_place_of_the_first_paint() {
    let mut visit = Visit::open(&Camera::None);
    // until the page has a result, however slow the machine
    visit.run_first(
        "{ const wait = setTimeout; self.setTimeout = (act, time) => wait(act, time === 1000 ? 1e9 : time); }",
    );
    for width in [1280, 320] {
        visit.set_width(width);
        for chosen in [false, true] {
            reload_without_program(&mut visit);
            visit.wait_for("first-sample", |_| true);
            if chosen {
                visit.click("first-sample");
                visit.wait_for("first-face", |_| true);
            }
            // at the moment in which it does
            visit.evaluate(&format!(
                "void (() => {{
                    const places = () => {PLACES};
                    const paint = document.getElementById('first-paint');
                    self.before = places();
                    self.shift = 0;
                    new PerformanceObserver(list => list.getEntries().forEach(each => (self.shift += each.value)))
                        .observe({{ type: 'layout-shift' }});
                    new MutationObserver(() => {{
                        self.samples = Math.max(self.samples ?? 0, document.querySelectorAll('.try-sample').length);
                        if (!paint.isConnected) self.after ??= places();
                    }}).observe(document.body, {{ childList: true, subtree: true }});
                }})()"
            ));
            release_program(&mut visit);
            visit.wait_for_true("self.after");
            visit.evaluate("new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))");
            let [before, after] = ["before", "after"].map(|name| visit.evaluate(&format!("self.{name}")));
            let moved = visit.evaluate(
                "before.slice(0, after.length).filter(([x, y], at) => Math.hypot(after[at][0] - x, after[at][1] - y) > 1).length",
            );
            let shown = format!("{width} pixels wide, sample chosen: {chosen}: from {before} to {after}");
            assert_eq!(moved, 0, "{shown}");
            let shift = visit.evaluate("self.shift").as_f64();
            assert!(shift.is_some_and(|shift| shift < 0.01), "a layout shift of {shift:?}, {shown}");
            assert_eq!(visit.evaluate("self.samples"), 1, "buttons for the sample");
        }
    }
    visit.end();
}

#[test]
fn the_sample_of_the_page_keeps_the_focus_and_the_place() {
    let mut visit = Visit::open(&Camera::None);
    for width in [1280, 320] {
        visit.set_width(width);
        visit.reload();
        visit.wait_for("sample", |_| true);
        visit.evaluate("document.querySelector('[data-testid=sample]').focus({ preventScroll: true })");
        visit.press("Enter");
        visit.wait_for("face", |_| true);
        visit.wait_for_true("document.activeElement?.dataset.testid === 'sample'");
        assert_eq!(visit.evaluate("scrollY"), 0, "the picture stays in sight");
    }
    visit.end();
}
