//! A start that fails: the page says what failed and what to do, in the browser's language.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::{Camera, Element, Visit, copy_folder, scratch};

/// A copy of the built site.
fn copy(name: &str) -> PathBuf {
    let folder = scratch().join(name);
    fs::remove_dir_all(&folder).ok();
    copy_folder(&xtask::dist(), &folder);
    folder
}

/// A file that was removed from a site.
struct Removed(PathBuf, Vec<u8>);

impl Removed {
    /// Removes the file whose name begins and ends like this.
    fn from(site: &Path, start: &str, end: &str) -> Self {
        let files = xtask::files(site).expect("a site");
        let is_meant = |file: &PathBuf| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(start) && name.ends_with(end)
        };
        let file = files.into_iter().find(is_meant).expect("the site has such a file");
        let content = fs::read(&file).expect("it can be read");
        fs::remove_file(&file).expect("it can be removed");
        Self(file, content)
    }

    fn put_back(self) {
        fs::write(self.0, self.1).expect("the scratch folder is writable");
    }
}

fn failure(visit: &mut Visit, reason: &str) -> Element {
    visit.wait_for_value("start-failed", "data-reason", reason)
}

fn started(visit: &mut Visit) {
    visit.wait_for("language", |_| true);
    visit.wait_for_true("!document.querySelector('[data-testid=start-failed], [data-testid=start-slow]')");
}

#[test]
fn a_page_opened_as_a_file_says_how_to_serve_it() {
    let mut visit = Visit::open(&Camera::None);
    visit.call("Page.navigate", json!({ "url": format!("file://{}", xtask::dist().join("index.html").display()) }));
    let message = failure(&mut visit, "file");
    assert!(
        message.text.contains("python3 -m http.server") && message.text.contains("cargo xtask serve"),
        "{message:?}"
    );
    let logo = visit.evaluate("document.querySelector('.brand svg').getBoundingClientRect().width").as_f64();
    assert!(logo.is_some_and(|width| width < 50.0), "{logo:?} pixels of width without the style sheet");
    visit.screenshot("start-file");
    // what the browser blocks is a problem that `end` would report
}

#[test]
fn a_browser_without_webassembly_is_told_so() {
    let mut visit = Visit::open(&Camera::None);
    visit.run_first("delete self.WebAssembly");
    visit.reload();
    let message = failure(&mut visit, "webassembly");
    assert!(message.text.contains("Firefox"), "{message:?}");
    assert!(visit.all("start-reload").is_empty(), "it would change nothing");
    visit.screenshot("start-webassembly");
}

#[test]
fn without_scripts_the_page_says_that_it_needs_them() {
    let mut visit = Visit::open(&Camera::None);
    started(&mut visit);
    visit.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    visit.reload();
    let message = failure(&mut visit, "javascript");
    assert!(
        ["Please enable", "Bitte schalten", "Veuillez"].iter().all(|part| message.text.contains(part)),
        "{message:?}"
    );
    visit.screenshot("start-javascript");
    visit.end();
}

#[test]
fn a_program_that_does_not_arrive_is_told_and_fetched_by_a_reload() {
    let site = copy("start-program");
    let script = Removed::from(&site, "start-", ".js");
    let mut visit = Visit::open_folder(&site, &Camera::None);
    failure(&mut visit, "program");
    script.put_back();
    for end in [".js", "_bg.wasm"] {
        let part = Removed::from(&site, "page-", end);
        visit.until_reloaded(|visit| visit.click("start-reload"));
        let message = failure(&mut visit, "program");
        assert!(message.text.contains("Check the connection"), "{message:?}");
        visit.screenshot(&format!("start-program-{}", end.trim_start_matches(['.', '_'])));
        part.put_back();
    }
    visit.until_reloaded(|visit| visit.click("start-reload"));
    started(&mut visit);
    // a missing file is a problem that `end` would report
}

#[test]
fn texts_that_do_not_arrive_are_told_in_the_language_and_awaited() {
    let site = copy("start-texts");
    let (texts, away) = (site.join("text"), site.join("away"));
    fs::rename(&texts, &away).expect("the scratch folder is writable");
    let mut visit = Visit::open_folder(&site, &Camera::None);
    failure(&mut visit, "texts");
    visit.prefer("eo,de-CH,fr");
    visit.until_reloaded(|visit| visit.click("start-reload"));
    let message = failure(&mut visit, "texts");
    assert_eq!(message.attribute("lang"), "de");
    assert!(message.text.contains("Texte der Seite") && message.text.contains("Neu laden"), "{message:?}");
    visit.screenshot("start-texts");
    fs::rename(&away, &texts).expect("the scratch folder is writable");
    started(&mut visit);
    // a missing file is a problem that `end` would report
}

#[test]
fn a_slow_start_is_told_and_goes_on() {
    let mut visit = Visit::open(&Camera::None);
    started(&mut visit);
    visit.run_first("{ const wait = setTimeout; self.setTimeout = (act, time) => wait(act, time / 20); }");
    visit.call("Network.setBypassServiceWorker", json!({ "bypass": true }));
    visit.call("Fetch.enable", json!({ "patterns": [{ "urlPattern": "*/page-*_bg.wasm" }] }));
    visit.reload();
    let message = visit.wait_for("start-slow", |_| true);
    assert!(message.text.contains("please wait"), "{message:?}");
    assert!(visit.all("start-failed").is_empty(), "nothing failed");
    visit.screenshot("start-slow");
    visit.call("Fetch.disable", json!({}));
    started(&mut visit);
    visit.end();
}

#[test]
fn an_engine_that_does_not_arrive_is_told_and_fetched_again() {
    let site = copy("start-engine");
    let program = Removed::from(&site, "engine-", "_bg.wasm");
    let mut visit = Visit::open_folder(&site, &Camera::None);
    visit.wait_for_value("message", "data-kind", "engine-failed");
    visit.screenshot("start-engine");
    program.put_back();
    visit.click("engine-retry");
    visit.wait_for_value("backend", "data-state", "ready");
    // a missing file is a problem that `end` would report
}
