//! Nothing leaves: a whole session asks no server for anything, and what would leave is refused.

use std::collections::BTreeSet;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::live::photo;
use crate::support::{Camera, Listener, Visit, scratch, write_clip};

/// Seconds for what needs the engine, which may still have to load, and for a small run.
const FIRST: u64 = 60;
/// Seconds for anything else.
const NEXT: u64 = 20;

/// Seconds that are waited for what should not come. The last way is tried after one and a half.
const REFUSED: u64 = 5;

/// Waits until the site is on the device: that, and no request more, is the load.
fn loaded(visit: &mut Visit) {
    visit.wait_for_value("backend", "data-state", "ready", FIRST);
    visit.wait_for_true("document.documentElement.dataset.offline === 'ready'", FIRST);
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
    visit.wait_for("face", NEXT, |_| true);
    visit.choose_files("image-input", &[photo()]);
    visit.wait_for_all("face", NEXT, |faces| faces.len() == 1);
    visit.click("camera-start");
    visit.wait_for("face", NEXT, |_| true);
    visit.click("camera-stop");

    visit.evaluate("void (location.hash = 'dataset')");
    visit.choose_files("dataset-input", &[crate::training::write_set()]);
    visit.wait_for("dataset-summary", FIRST, |summary| summary.number("data-samples") == 84.0);
    visit.evaluate("void (location.hash = 'training')");
    visit.wait_for_value("train-images", "data-training", "56", NEXT);
    visit.click("demo");
    visit.click("train-start");
    visit.wait_for("train-progress", FIRST, |run| run.number("data-epochs-over") >= 1.0);
    visit.click("train-cancel");
    visit.click("train-cancel-yes");
    visit.click("adopt-best");
    visit.wait_for("adopted", NEXT, |_| true);
    visit.click("weights-save");
    visit.evaluate("void (location.hash = 'evaluation')");
    visit.click("evaluate-start");
    visit.wait_for("metrics", FIRST, |_| true);
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
    open.wait_for("page", NEXT, |_| true);
    let (tried, arrived) = try_all(&mut open, NEXT);
    drop(open);
    // A browser may drop it when a page leaves unasked while so much else is under way.
    let unsure = BTreeSet::from(["location".to_owned()]);
    assert_eq!(&(&tried - &arrived) - &unsure, BTreeSet::new(), "these are no ways out of a page without a policy");

    let mut visit = Visit::open(&Camera::None);
    loaded(&mut visit);
    let (tried, arrived) = try_all(&mut visit, REFUSED);
    println!("ways tried: {}; refused: {}; not: {arrived:?}", tried.len(), tried.len() - arrived.len());
    assert_eq!(arrived, OPEN.map(str::to_owned).into());
    // The page is still there, and at work.
    visit.click("sample");
    visit.wait_for("face", NEXT, |_| true);
}

/// Which ways there are, and by which something came through within so many seconds.
fn try_all(visit: &mut Visit, seconds: u64) -> (BTreeSet<String>, BTreeSet<String>) {
    let target = Listener::start();
    let script = include_str!("ways_out.js");
    let script = &script[script.find("target =>").expect("a function")..];
    let tried = visit.evaluate_clicked(&format!("({script})('http://127.0.0.1:{}')", target.port()));
    let tried: BTreeSet<String> = serde_json::from_value(tried).expect("names");
    let deadline = Instant::now() + Duration::from_secs(seconds);
    loop {
        let heard = target.heard();
        let came = |way: &&String| {
            let says = |line: &String| line.split([' ', '/']).any(|word| word == *way);
            heard.iter().any(|line| says(line) || *way == "webrtc" && line == "STUN")
        };
        let arrived: BTreeSet<String> = tried.iter().filter(came).cloned().collect();
        if arrived == tried || Instant::now() > deadline {
            return (tried, arrived);
        }
        sleep(Duration::from_millis(100));
    }
}
