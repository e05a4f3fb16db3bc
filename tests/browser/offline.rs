//! Offline use, and updates of the site.

use std::fs;
use std::path::{Path, PathBuf};

use xtask::site;

use crate::failures::limit_storage;
use crate::support::{Camera, Visit, copy_folder, scratch};

/// A file that differs between releases.
const CHANGED: &str = "shrink.js";

/// Waits until the whole site is cached.
fn wait_until_cached(visit: &mut Visit) {
    visit.wait_for_value("backend", "data-state", "ready");
    visit.wait_for_true("document.documentElement.dataset.offline === 'ready'");
}

fn classify_sample(visit: &mut Visit) {
    visit.click("sample");
    visit.wait_for("face", |_| true);
}

#[test]
fn a_second_visit_works_without_a_server() {
    let mut visit = Visit::open(&Camera::None);
    wait_until_cached(&mut visit);
    visit.go_to("about");
    visit.wait_for_value("offline", "data-state", "ready");
    visit.wait_for_value("network", "data-state", "on");

    visit.stop_server();
    visit.reload();
    visit.wait_for_value("backend", "data-state", "ready");
    visit.set_online(false);
    visit.wait_for_value("network", "data-state", "off");
    visit.wait_for_value("offline", "data-state", "ready");
    visit.screenshot("offline");
    visit.go_to("live");
    classify_sample(&mut visit);
    assert_eq!(visit.leaks(), [""; 0]);
}

#[test]
fn what_is_downloaded_on_demand_arrives_on_a_full_device_too() {
    let mut visit = Visit::open(&Camera::None);
    wait_until_cached(&mut visit);
    limit_storage(&mut visit);
    visit.go_to("dataset");
    visit.click("builtin-set");
    visit.wait_for("dataset-summary", |set| set.number("data-samples") > 0.0);
    let kept = "caches.keys().then(([name]) => caches.open(name)).then(cache => cache.keys())
        .then(files => files.filter(file => file.url.includes('/sets/')).length)";
    assert_eq!(visit.evaluate(kept), 0, "there is no room for it");
    visit.end();
}

/// Writes a release of the site, whose name is in a script and in the page's head.
fn release(name: &str) -> PathBuf {
    let folder = scratch().join(format!("release-{name}"));
    fs::remove_dir_all(&folder).ok();
    copy_folder(&xtask::dist(), &folder);
    for (file, from, to) in [
        ("index.html", "</head>", format!("<meta name=\"release\" content=\"{name}\"></head>")),
        (CHANGED, "// A worker", format!("self.release = '{name}';\n// A worker")),
    ] {
        let file = folder.join(file);
        let text = fs::read_to_string(&file).expect("a text");
        assert!(text.contains(from));
        fs::write(file, text.replacen(from, &to, 1)).expect("the scratch folder is writable");
    }
    site::seal(&folder).expect("a site");
    folder
}

/// Replaces the served release.
fn publish(release: &Path, served: &Path) {
    fs::remove_dir_all(served).ok();
    copy_folder(release, served);
}

/// The name of the release in the page's head, and in a script that is fetched now.
fn release_of(visit: &mut Visit) -> (String, String) {
    let version = visit.evaluate("document.querySelector('meta[name=version]').content");
    let address = format!("{CHANGED}?v={}", version.as_str().expect("a version"));
    let script = visit.evaluate(&format!("fetch('{address}').then(answer => answer.text())"));
    let head = visit.evaluate("document.querySelector('meta[name=release]').content");
    let name = |text: &str| text.split([':', '\'']).find(|part| part.starts_with("v-")).unwrap_or_default().to_owned();
    (name(head.as_str().unwrap_or_default()), name(script.as_str().unwrap_or_default()))
}

fn assert_release(visit: &mut Visit, name: &str) {
    assert_eq!(release_of(visit), (name.to_owned(), name.to_owned()));
}

fn cache_count(visit: &mut Visit) -> u64 {
    visit.evaluate("caches.keys().then(keys => keys.length)").as_u64().expect("a number")
}

/// Checks for an update, as every visit does, and waits until it is installed or has failed.
fn check_for_update(visit: &mut Visit) {
    visit.evaluate(
        "navigator.serviceWorker.ready.then(async registration => {
            await registration.update().catch(() => {});
            const worker = registration.installing;
            if (worker) await new Promise(done => (worker.onstatechange = done));
        })",
    );
}

#[test]
fn only_complete_updates_are_offered() {
    let (one, two) = (release("v-1"), release("v-2"));
    let served = scratch().join("served");
    publish(&one, &served);
    let mut visit = Visit::open_folder(&served, &Camera::None);
    wait_until_cached(&mut visit);
    assert_release(&mut visit, "v-1");

    // A release with a missing file, then one with a truncated file: the old release stays in use.
    for damage in [None, Some(&b"cut"[..])] {
        publish(&two, &served);
        let file = served.join(CHANGED);
        match damage {
            None => fs::remove_file(file).expect("there"),
            Some(content) => fs::write(file, content).expect("writable"),
        }
        check_for_update(&mut visit);
        assert_eq!(visit.all("update").len(), 0, "an incomplete release is not offered");
        assert_eq!(cache_count(&mut visit), 1, "its cache is deleted");
        visit.reload();
        wait_until_cached(&mut visit);
        assert_release(&mut visit, "v-1");
        classify_sample(&mut visit);
    }

    // A complete release while two tabs are open: only the tab where the user clicks is updated.
    publish(&two, &served);
    check_for_update(&mut visit);
    visit.wait_for("update", |_| true);
    visit.screenshot("update");
    assert_release(&mut visit, "v-1");
    visit.open_tab();
    wait_until_cached(&mut visit);
    assert_release(&mut visit, "v-1");
    visit.wait_for("update", |_| true);
    visit.until_reloaded(|visit| visit.click("update"));
    wait_until_cached(&mut visit);
    assert_release(&mut visit, "v-2");
    classify_sample(&mut visit);
    assert_eq!(cache_count(&mut visit), 2, "a tab of the old release is open");

    // The old tab continues with the files of its release, even if it restarts the engine.
    visit.switch_to_tab(0);
    assert_release(&mut visit, "v-1");
    visit.evaluate("void document.querySelector('[data-testid=backend-choice]').dispatchEvent(new Event('change', { bubbles: true }))");
    visit.wait_for_value("backend", "data-state", "ready");
    classify_sample(&mut visit);
    // When it is closed, the old release is deleted.
    visit.close_and_switch_to(1);
    visit.wait_for_true("navigator.locks.query().then(({ held }) => held.length === 1)");
    visit.reload();
    wait_until_cached(&mut visit);
    visit.wait_for_true("caches.keys().then(keys => keys.length === 1)");
    assert_release(&mut visit, "v-2");
    assert_eq!(visit.leaks(), [""; 0]);
}
