//! Without a network, and from one version to the next.

use std::fs;
use std::path::{Path, PathBuf};

use xtask::site;

use crate::support::{Camera, Visit, copy_folder, scratch};

/// A file that differs from release to release.
const CHANGED: &str = "shrink.js";

/// Waits until all of the site is on the device.
fn kept(visit: &mut Visit) {
    visit.wait_for_value("backend", "data-state", "ready");
    visit.wait_for_true("document.documentElement.dataset.offline === 'ready'");
}

fn reads_the_sample(visit: &mut Visit) {
    visit.click("sample");
    visit.wait_for("face", |_| true);
}

#[test]
fn a_second_visit_needs_no_server() {
    let mut visit = Visit::open(&Camera::None);
    kept(&mut visit);
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
    reads_the_sample(&mut visit);
    assert_eq!(visit.leaks(), [""; 0]);
}

/// A version of the site: one file says which, and so does the page's head. (Its title is the language's.)
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

/// Puts a release in place of the one that is served.
fn publish(release: &Path, served: &Path) {
    fs::remove_dir_all(served).ok();
    copy_folder(release, served);
}

/// The release that the page is of, by its first line and by a file that it asks for now.
fn release_of(visit: &mut Visit) -> (String, String) {
    let version = visit.evaluate("document.querySelector('meta[name=version]').content");
    let address = format!("{CHANGED}?v={}", version.as_str().expect("a version"));
    let script = visit.evaluate(&format!("fetch('{address}').then(answer => answer.text())"));
    let head = visit.evaluate("document.querySelector('meta[name=release]').content");
    let name = |text: &str| text.split([':', '\'']).find(|part| part.starts_with("v-")).unwrap_or_default().to_owned();
    (name(head.as_str().unwrap_or_default()), name(script.as_str().unwrap_or_default()))
}

fn is(visit: &mut Visit, name: &str) {
    assert_eq!(release_of(visit), (name.to_owned(), name.to_owned()));
}

fn caches(visit: &mut Visit) -> u64 {
    visit.evaluate("caches.keys().then(keys => keys.length)").as_u64().expect("a number")
}

/// Looks for a new version, as every visit does, and waits until the browser is done with it.
fn look_for_update(visit: &mut Visit) {
    visit.evaluate(
        "navigator.serviceWorker.ready.then(async registration => {
            await registration.update().catch(() => {});
            const worker = registration.installing;
            if (worker) await new Promise(done => (worker.onstatechange = done));
        })",
    );
}

#[test]
fn an_update_is_offered_whole_or_not_at_all() {
    let (one, two) = (release("v-1"), release("v-2"));
    let served = scratch().join("served");
    publish(&one, &served);
    let mut visit = Visit::open_folder(&served, &Camera::None);
    kept(&mut visit);
    is(&mut visit, "v-1");

    // A version with a file missing, then one with a file cut off: the old one stays, all of it.
    for damage in [None, Some(&b"cut"[..])] {
        publish(&two, &served);
        let file = served.join(CHANGED);
        match damage {
            None => fs::remove_file(file).expect("there"),
            Some(content) => fs::write(file, content).expect("writable"),
        }
        look_for_update(&mut visit);
        assert_eq!(visit.all("update").len(), 0, "a broken version is not offered");
        assert_eq!(caches(&mut visit), 1, "nothing is left of it");
        visit.reload();
        kept(&mut visit);
        is(&mut visit, "v-1");
        reads_the_sample(&mut visit);
    }

    // A whole one, with two tabs open: only the tab that asks for it gets it.
    publish(&two, &served);
    look_for_update(&mut visit);
    visit.wait_for("update", |_| true);
    visit.screenshot("update");
    is(&mut visit, "v-1");
    visit.open_tab();
    kept(&mut visit);
    is(&mut visit, "v-1");
    visit.wait_for("update", |_| true);
    visit.until_reloaded(|visit| visit.click("update"));
    kept(&mut visit);
    is(&mut visit, "v-2");
    reads_the_sample(&mut visit);
    assert_eq!(caches(&mut visit), 2, "a tab of the old version is open");

    // The old tab goes on with its own files, its engine started anew among them.
    visit.look_at(0);
    is(&mut visit, "v-1");
    visit.evaluate("void document.querySelector('[data-testid=backend-choice]').dispatchEvent(new Event('change', { bubbles: true }))");
    visit.wait_for_value("backend", "data-state", "ready");
    reads_the_sample(&mut visit);
    // When it is gone, so is its version.
    visit.close_for(1);
    visit.wait_for_true("navigator.locks.query().then(({ held }) => held.length === 1)");
    visit.reload();
    kept(&mut visit);
    visit.wait_for_true("caches.keys().then(keys => keys.length === 1)");
    is(&mut visit, "v-2");
    assert_eq!(visit.leaks(), [""; 0]);
}
