//! Failures of the start: the page reports what failed and what to do, in the browser's language.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::{Camera, Element, Visit, copy_folder, scratch};

/// Copies the built site.
fn copy(name: &str) -> PathBuf {
    let folder = scratch().join(name);
    fs::remove_dir_all(&folder).ok();
    copy_folder(&xtask::dist(), &folder);
    folder
}

/// A file that was removed from a site, with its content.
struct Removed(PathBuf, Vec<u8>);

impl Removed {
    /// Removes the file with this prefix and suffix.
    fn from(site: &Path, start: &str, end: &str) -> Self {
        let files = xtask::files(site).expect("a site");
        let matches = |file: &PathBuf| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(start) && name.ends_with(end)
        };
        let file = files.into_iter().find(matches).expect("the site has such a file");
        let content = fs::read(&file).expect("it can be read");
        fs::remove_file(&file).expect("it can be removed");
        Self(file, content)
    }

    fn name(&self) -> String {
        self.0.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn restore(self) {
        fs::write(self.0, self.1).expect("the scratch folder is writable");
    }
}

fn wait_for_failure(visit: &mut Visit, reason: &str) -> Element {
    // the parser may have reached the element, but not yet its text
    visit.wait_for("start-failed", |found| found.attribute("data-reason") == reason && !found.text.is_empty())
}

fn wait_for_start(visit: &mut Visit) {
    visit.wait_for("language", |_| true);
    visit.wait_for_true("!document.querySelector('[data-testid=start-failed], [data-testid=start-slow]')");
}

/// Checks that a message is in view in the window of a phone, which no visitor has scrolled.
fn assert_in_view_on_a_phone(visit: &mut Visit, message: &str) {
    let phone = json!({ "width": 360, "height": 640, "deviceScaleFactor": 1, "mobile": false });
    visit.call("Emulation.setDeviceMetricsOverride", phone);
    let bounds = visit.evaluate(&format!(
        "(({{ top, bottom }}) => [scrollY, top, bottom])(document.querySelector('[data-testid={message}]').getBoundingClientRect())"
    ));
    visit.call("Emulation.clearDeviceMetricsOverride", json!({}));
    let bounds: [f64; 3] = serde_json::from_value(bounds).expect("numbers");
    assert!(bounds[0] == 0.0 && bounds[1] >= 0.0 && bounds[2] <= 640.0, "{message}: {bounds:?}");
}

/// Where the buttons of the welcome are, in pixels from the top left.
const BUTTONS: &str = "[...document.querySelectorAll('.sources .button')].map(each => each.getBoundingClientRect()).map(({ x, y }) => [x, y])";

/// Reloads the page, and holds its program back until [`release_program`].
pub fn reload_without_program(visit: &mut Visit) {
    wait_for_start(visit);
    visit.call("Network.setBypassServiceWorker", json!({ "bypass": true }));
    visit.call("Fetch.enable", json!({ "patterns": [{ "urlPattern": "*/page-*_bg.wasm" }] }));
    visit.reload();
}

/// Lets the page's program arrive.
pub fn release_program(visit: &mut Visit) {
    visit.call("Fetch.disable", json!({}));
}

#[test]
fn a_page_opened_as_a_local_file_explains_how_to_serve_it() {
    let mut visit = Visit::open(&Camera::None);
    visit.call("Page.navigate", json!({ "url": format!("file://{}", xtask::dist().join("index.html").display()) }));
    let message = wait_for_failure(&mut visit, "file");
    assert!(
        message.text.contains("python3 -m http.server") && message.text.contains("cargo xtask serve"),
        "{message:?}"
    );
    let logo = visit.evaluate("document.querySelector('.brand svg').getBoundingClientRect().width").as_f64();
    assert!(logo.is_some_and(|width| width < 50.0), "{logo:?} pixels of width without the style sheet");
    assert!(visit.all("first-sample").is_empty(), "nothing could be recognized");
    visit.screenshot("start-file");
    // without `end`, which would report what the browser blocks
}

#[test]
fn missing_webassembly_is_reported() {
    let mut visit = Visit::open(&Camera::None);
    visit.run_first("delete self.WebAssembly");
    visit.reload();
    let message = wait_for_failure(&mut visit, "webassembly");
    assert!(message.text.contains("Firefox"), "{message:?}");
    assert!(visit.all("start-reload").is_empty(), "a reload would not help");
    assert!(visit.all("first-sample").is_empty(), "nothing could be recognized");
    visit.screenshot("start-webassembly");
}

#[test]
fn disabled_javascript_is_reported() {
    let mut visit = Visit::open(&Camera::None);
    wait_for_start(&mut visit);
    visit.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    visit.reload();
    let message = wait_for_failure(&mut visit, "javascript");
    assert!(
        ["Please enable", "Bitte schalten", "Veuillez"].iter().all(|part| message.text.contains(part)),
        "{message:?}"
    );
    visit.screenshot("start-javascript");
    visit.end();
}

#[test]
fn a_failed_download_of_the_page_is_reported_and_a_reload_helps() {
    let site = copy("start-program");
    let script = Removed::from(&site, "start-", ".js");
    let mut visit = Visit::open_folder(&site, &Camera::None);
    let message = wait_for_failure(&mut visit, "program");
    assert!(message.text.contains(&script.name()), "{message:?}");
    script.restore();
    for end in [".js", "_bg.wasm"] {
        let part = Removed::from(&site, "page-", end);
        visit.until_reloaded(|visit| visit.click("start-reload"));
        let message = wait_for_failure(&mut visit, "program");
        assert!(message.text.contains("Check the connection") && message.text.contains(&part.name()), "{message:?}");
        visit.screenshot(&format!("start-program-{}", end.trim_start_matches(['.', '_'])));
        part.restore();
    }
    visit.until_reloaded(|visit| visit.click("start-reload"));
    wait_for_start(&mut visit);
    // without `end`, which would report the missing file
}

#[test]
fn a_failed_download_of_the_texts_is_reported_and_retried() {
    let site = copy("start-texts");
    let (texts, away) = (site.join("text"), site.join("away"));
    fs::rename(&texts, &away).expect("the scratch folder is writable");
    let mut visit = Visit::open_folder(&site, &Camera::None);
    wait_for_failure(&mut visit, "texts");
    assert_in_view_on_a_phone(&mut visit, "start-failed");
    visit.set_languages("eo,de-CH,fr");
    visit.until_reloaded(|visit| visit.click("start-reload"));
    let message = wait_for_failure(&mut visit, "texts");
    assert_eq!(message.attribute("lang"), "de");
    assert!(message.text.contains("Texte der Seite") && message.text.contains("Neu laden"), "{message:?}");
    visit.screenshot("start-texts");
    fs::rename(&away, &texts).expect("the scratch folder is writable");
    wait_for_start(&mut visit);
    // without `end`, which would report the missing file
}

#[test]
fn a_slow_start_is_reported_and_continues() {
    let mut visit = Visit::open(&Camera::None);
    wait_for_start(&mut visit);
    visit.run_first("{ const wait = setTimeout; self.setTimeout = (act, time) => wait(act, time / 20); }");
    reload_without_program(&mut visit);
    let message = visit.wait_for("start-slow", |_| true);
    assert!(message.text.contains("please wait"), "{message:?}");
    assert!(visit.all("start-failed").is_empty(), "nothing failed");
    visit.screenshot("start-slow");
    assert_in_view_on_a_phone(&mut visit, "start-slow");
    let places = |visit: &mut Visit| visit.evaluate(BUTTONS);
    let below_the_message = places(&mut visit);
    visit.evaluate(
        "{ document.querySelector('[data-testid=start-slow]').remove(); document.querySelector('.welcome-drop').style = ''; }",
    );
    assert_eq!(places(&mut visit), below_the_message, "the message moves no button");
    release_program(&mut visit);
    wait_for_start(&mut visit);
    visit.end();
}

#[test]
fn faces_are_recognized_before_the_engine_has_loaded() {
    let site = copy("start-quick");
    let mut visit = Visit::open_folder(&site, &Camera::None);
    wait_for_start(&mut visit);
    // the engine is loaded after the first recognition only, not after a moment without one
    visit.run_first(
        "{ const wait = setTimeout; self.setTimeout = (act, time) => wait(act, time === 300 ? 1e9 : time); }",
    );
    let program = Removed::from(&site, "engine-", "_bg.wasm");
    visit.reload();
    let backend = visit.wait_for_value("backend", "data-state", "quick-started");
    assert_eq!(backend.attribute("data-backend"), "cpu");
    assert!(backend.text.contains("small network"), "{backend:?}");
    visit.screenshot("start-quick");
    visit.click("sample");
    let is_labelled = |face: &Element| !face.attribute("data-expression").is_empty();
    let quick = visit.wait_for("face", is_labelled);
    // the engine does not arrive; the result stays
    visit.wait_for_value("message", "data-kind", "engine-failed");
    assert_eq!(visit.all("face").len(), 1);
    program.restore();
    visit.click("engine-retry");
    visit.wait_for_value("backend", "data-state", "ready");
    // by the larger network
    visit.wait_for("face", |face| {
        is_labelled(face) && face.attribute("data-probability") != quick.attribute("data-probability")
    });
    // without `end`, which would report the missing file
}

#[test]
fn a_failed_download_of_the_page_is_reported_below_the_sample() {
    let site = copy("start-sample");
    Removed::from(&site, "page-", "_bg.wasm");
    let mut visit = Visit::open_folder(&site, &Camera::None);
    visit.click("first-sample");
    visit.wait_for_value("first-face", "data-expression", "happy");
    wait_for_failure(&mut visit, "program");
    assert_in_view_on_a_phone(&mut visit, "start-failed");
    let [picture, message] = [".frame", "[data-testid=start-failed]"]
        .map(|part| visit.evaluate(&format!("document.querySelector('{part}').getBoundingClientRect().top")).as_f64());
    assert!(message > picture, "the picture at {picture:?}, the message at {message:?}");
    visit.screenshot("start-sample");
    // without `end`, which would report the missing file
}

#[test]
fn the_sample_that_was_chosen_early_is_open_without_the_quick_start_engine_too() {
    let site = copy("start-sample-only-engine");
    let mut visit = Visit::open_folder(&site, &Camera::None);
    wait_for_start(&mut visit);
    Removed::from(&site, "quick-start-", "_bg.wasm");
    visit.call("Network.setCacheDisabled", json!({ "cacheDisabled": true }));
    reload_without_program(&mut visit);
    visit.click("first-sample");
    visit.wait_for_true("document.querySelector('#first-paint .waiting')");
    release_program(&mut visit);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.wait_for_value("face", "data-expression", "happy");
    assert!(visit.all("first-face").is_empty(), "nothing recognized it before");
    // without `end`, which would report the missing file
}

#[test]
fn a_missing_sample_is_reported_when_it_is_chosen_and_can_be_retried() {
    const PLACES: &str = "[...document.querySelectorAll('.toolbar .button')].map(each => each.getBoundingClientRect())
        .flatMap(({ x, y, width, height }) => [x, y, width, height])";
    const REPORT: &str = "(({ x, y, width, height }) => [x, y, width, height].map(Math.round))(
        document.querySelector('.notices .message').getBoundingClientRect())";
    let site = copy("start-sample-missing");
    let mut visit = Visit::open_folder(&site, &Camera::None);
    wait_for_start(&mut visit);
    visit.call("Network.setCacheDisabled", json!({ "cacheDisabled": true }));
    reload_without_program(&mut visit);
    visit.wait_for_true("document.querySelector('.try-sample img')?.naturalWidth");
    let places = visit.evaluate(PLACES);
    release_program(&mut visit);
    let sample = Removed::from(&site, "sample", ".jpg");
    reload_without_program(&mut visit);
    let has_text_alone = "document.querySelector('.try-sample img')?.checkVisibility() === false";
    visit.wait_for_true(has_text_alone);
    assert!(visit.all("first-missing").is_empty(), "nobody has asked for it");
    visit.click("first-sample");
    let message = visit.wait_for("first-missing", |found| !found.text.is_empty());
    assert!(message.text.contains("Check the connection"), "{message:?}");
    assert_eq!(message.attribute("role"), "alert");
    let moved = visit.evaluate(&format!("{PLACES}.filter((each, at) => !(Math.abs(each - {places}[at]) < 1)).length"));
    assert_eq!(moved, 0, "from {places}");
    visit.screenshot("start-sample-missing");
    // the page reports it in the same place
    visit.wait_for_true("document.getAnimations().length === 0");
    let place = visit.evaluate(REPORT);
    release_program(&mut visit);
    visit.wait_for_value("message", "data-kind", "sample-missing");
    assert_eq!(visit.evaluate(REPORT), place);
    visit.wait_for_true(has_text_alone);
    visit.wait_for_true("document.activeElement?.dataset.testid === 'sample'");
    reload_without_program(&mut visit);
    visit.click("first-sample");
    visit.wait_for("first-missing", |_| true);
    sample.restore();
    visit.click("first-sample");
    visit.wait_for_value("first-face", "data-expression", "happy");
    assert!(visit.all("first-missing").is_empty(), "it is there now");
    release_program(&mut visit);
    visit.wait_for_value("face", "data-expression", "happy");
    // without `end`, which would report the missing file
}

#[test]
fn a_failure_is_reported_at_the_address_of_another_page_too() {
    let site = copy("start-elsewhere");
    let mut visit = Visit::open_folder(&site, &Camera::None);
    wait_for_start(&mut visit);
    Removed::from(&site, "page-", "_bg.wasm");
    visit.call("Network.setCacheDisabled", json!({ "cacheDisabled": true }));
    visit.call("Network.setBypassServiceWorker", json!({ "bypass": true }));
    visit.go_to("training");
    visit.reload();
    wait_for_failure(&mut visit, "program");
    visit.wait_for_true("document.querySelector('[data-testid=start-failed]').checkVisibility()");
    // without `end`, which would report the missing file
}

#[test]
fn without_the_quick_start_engine_only_the_engine_starts() {
    let site = copy("start-only-engine");
    Removed::from(&site, "quick-start-", "_bg.wasm");
    let mut visit = Visit::open_folder(&site, &Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    assert!(visit.all("message").is_empty(), "nothing failed that a visitor needs");
    // without `end`, which would report the missing file
}

#[test]
fn a_quick_start_engine_that_never_answers_does_not_keep_the_engine_from_starting() {
    let mut visit = Visit::open(&Camera::None);
    wait_for_start(&mut visit);
    // it waits for its weights, and the page does not wait a minute for it
    visit.run_first(
        "{
            const wait = setTimeout;
            self.setTimeout = (act, time) => wait(act, time === 60000 ? 0 : time);
            const post = Worker.prototype.postMessage;
            Worker.prototype.postMessage = function (message, ...more) {
                if (message.place === undefined) post.call(this, message, ...more);
            };
        }",
    );
    visit.reload();
    visit.wait_for_value("backend", "data-state", "ready");
    visit.click("sample");
    visit.wait_for("face", |face| !face.attribute("data-expression").is_empty());
    visit.end();
}

#[test]
fn a_failed_download_of_the_engine_is_reported_and_can_be_retried() {
    let site = copy("start-engine");
    let program = Removed::from(&site, "engine-", "_bg.wasm");
    let mut visit = Visit::open_folder(&site, &Camera::None);
    visit.wait_for_value("message", "data-kind", "engine-failed");
    visit.screenshot("start-engine");
    program.restore();
    visit.click("engine-retry");
    visit.wait_for_value("backend", "data-state", "ready");
    // without `end`, which would report the missing file
}
