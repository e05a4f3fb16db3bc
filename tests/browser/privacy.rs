//! Nothing leaves: a whole session asks no server for anything, and what would leave is refused.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::live::photo;
use crate::support::{Camera, Listener, Visit, scratch, write_clip};

/// How long is waited for what should not come, at the usual pace. The last way is tried after one and a half seconds.
const REFUSED: Duration = Duration::from_secs(5);
/// How long it may take to come, at the usual pace.
const PERMITTED: Duration = Duration::from_secs(20);

/// Waits until the site is on the device: that, and no request more, is the load.
fn loaded(visit: &mut Visit) {
    visit.wait_for_value("backend", "data-state", "ready");
    visit.wait_for_true("document.documentElement.dataset.offline === 'ready'");
}

#[test]
fn a_whole_session_asks_no_server_for_anything() {
    let mut visit = Visit::open(&Camera::Clip(write_clip(&photo())));
    loaded(&mut visit);
    // From the second visit on the headers are in force too.
    visit.reload();
    loaded(&mut visit);
    visit.wait_for_server(|asked| asked.iter().filter(|request| request.ends_with("/sw.js")).count() == 2);
    let before = visit.asked().len();

    visit.click("sample");
    visit.wait_for("face", |_| true);
    visit.choose_files("image-input", &[photo()]);
    visit.wait_for_all("face", |faces| faces.len() == 1);
    visit.click("camera-start");
    visit.wait_for("face", |_| true);
    visit.click("camera-stop");

    visit.go_to("dataset");
    visit.choose_files("dataset-input", &[crate::training::write_set()]);
    visit.wait_for("dataset-summary", |summary| summary.number("data-samples") == 84.0);
    visit.go_to("training");
    visit.wait_for_value("train-images", "data-training", "56");
    visit.click("demo");
    visit.click("train-start");
    visit.wait_for("train-progress", |run| run.number("data-epochs-over") >= 1.0);
    visit.click("train-cancel");
    visit.click("train-cancel-yes");
    visit.click("adopt-best");
    visit.wait_for("adopted", |_| true);
    visit.click("weights-save");
    visit.go_to("evaluation");
    visit.click("evaluate-start");
    visit.wait_for("metrics", |_| true);
    visit.click("report-json");

    let asked: Vec<String> = visit.asked().split_off(before);
    println!("requests of the load: {before}; after it: {}", asked.len());
    assert_eq!(asked, [""; 0], "requests after the load");
    let workers = visit.worker_scripts();
    let guarded = |worker: &String| worker.starts_with("blob:");
    assert!(!workers.is_empty() && workers.iter().all(guarded), "a worker from a file has no policy: {workers:?}");
    visit.end();
}

/// What no policy of a page can refuse; `docs/privacy.md` says so.
const OPEN: [&str; 0] = [];

#[test]
fn every_way_out_is_closed() {
    // The same page without a policy: each way must be one.
    let folder = scratch().join("open");
    fs::create_dir_all(&folder).expect("the scratch folder is writable");
    let page = "<!doctype html><link rel=icon href='data:,'><body><p data-testid=page></p>";
    fs::write(folder.join("index.html"), page).expect("the scratch folder is writable");
    let mut open = Visit::open_folder(&folder, &Camera::None);
    open.wait_for("page", |_| true);
    let (tried, arrived) = try_all(&mut open, PERMITTED);
    drop(open);
    // A browser may drop it when a page leaves unasked while so much else is under way.
    let unsure = BTreeSet::from(["location".to_owned()]);
    assert_eq!(&(&tried - &arrived) - &unsure, BTreeSet::new(), "these are no ways out of a page without a policy");

    let mut visit = Visit::open(&Camera::None);
    loaded(&mut visit);
    let (tried, arrived) = try_all(&mut visit, REFUSED);
    println!("ways tried: {}; refused: {}; not: {arrived:?}", tried.len(), tried.len() - arrived.len());
    assert_eq!(arrived, OPEN.map(str::to_owned).into());
    // The page is still there and still works.
    visit.click("sample");
    visit.wait_for("face", |_| true);
}

/// Which ways there are, and by which something came through, when all did or this time is over.
fn try_all(visit: &mut Visit, time: Duration) -> (BTreeSet<String>, BTreeSet<String>) {
    let target = Listener::start();
    let script = include_str!("ways_out.js");
    let script = &script[script.find("target =>").expect("a function")..];
    // as if the visitor had just clicked: some things browsers let a page do only then
    let call = format!("({script})('http://127.0.0.1:{}')", target.port());
    let call = json!({ "expression": call, "returnByValue": true, "userGesture": true });
    let tried = visit.call("Runtime.evaluate", call)["result"]["value"].take();
    let tried: BTreeSet<String> = serde_json::from_value(tried).expect("names");
    let arrived = |heard: &[String]| {
        let says = |line: &String, way: &str| line.split([' ', '/']).any(|word| word == way);
        let came = |way: &&String| heard.iter().any(|line| says(line, way) || *way == "webrtc" && line == "STUN");
        tried.iter().filter(came).cloned().collect::<BTreeSet<String>>()
    };
    let heard = target.wait(time.mul_f64(visit.pace()), |heard| arrived(heard) == tried);
    let arrived = arrived(&heard);
    (tried, arrived)
}
