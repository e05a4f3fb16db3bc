//! No data leaves the device: a whole session sends no request, and the browser blocks all attempts to send data.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::live::photo;
use crate::support::{Camera, Listener, Visit, scratch, write_clip};

/// Time to wait for attempts that must be blocked, on the reference machine. The last one starts after 1.5 seconds.
const BLOCKED: Duration = Duration::from_secs(5);
/// Time to wait for attempts that must succeed, on the reference machine.
const PERMITTED: Duration = Duration::from_secs(40);

/// Waits until the whole site is cached; after that no request is expected.
fn wait_until_cached(visit: &mut Visit) {
    visit.wait_for_value("backend", "data-state", "ready");
    visit.wait_for_true("document.documentElement.dataset.offline === 'ready'");
}

#[test]
fn a_whole_session_sends_no_request() {
    let mut visit = Visit::open(&Camera::Clip(write_clip(&photo())));
    wait_until_cached(&mut visit);
    // From the second visit on, the response headers apply as well.
    visit.reload();
    wait_until_cached(&mut visit);
    visit.wait_for_server_requests(|requests| requests.iter().filter(|each| each.ends_with("/sw.js")).count() == 2);
    let before = visit.server_requests().len();

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

    let requests: Vec<String> = visit.server_requests().split_off(before);
    println!("requests of the load: {before}; after it: {}", requests.len());
    assert_eq!(requests, [""; 0], "requests after the load");
    let workers = visit.worker_scripts();
    let guarded = |worker: &String| worker.starts_with("blob:");
    assert!(!workers.is_empty() && workers.iter().all(guarded), "a worker from a file has no policy: {workers:?}");
    visit.end();
}

/// Attempts that no policy of a page can block; `docs/privacy.md` lists them.
const NOT_BLOCKED: [&str; 0] = [];

/// The attempt that may fail without a policy, too: the browser may cancel a navigation without a user's click while there are many
/// other requests.
const UNRELIABLE: &str = "location";

#[test]
fn every_attempt_to_send_data_is_blocked() {
    // A page without a policy, where each attempt must succeed.
    let folder = scratch().join("open");
    fs::create_dir_all(&folder).expect("the scratch folder is writable");
    let page = "<!doctype html><link rel=icon href='data:,'><body><p data-testid=page></p>";
    fs::write(folder.join("index.html"), page).expect("the scratch folder is writable");
    let mut open = Visit::open_folder(&folder, &Camera::None);
    open.wait_for("page", |_| true);
    let (tried, arrived) = try_all(&mut open, PERMITTED);
    drop(open);
    let failed: Vec<_> = tried.difference(&arrived).filter(|attempt| *attempt != UNRELIABLE).collect();
    assert_eq!(failed, [""; 0], "attempts that fail without a policy");

    let mut visit = Visit::open(&Camera::None);
    wait_until_cached(&mut visit);
    let (tried, arrived) = try_all(&mut visit, BLOCKED);
    println!("attempts: {}; blocked: {}; not blocked: {arrived:?}", tried.len(), tried.len() - arrived.len());
    assert_eq!(arrived, NOT_BLOCKED.map(str::to_owned).into());
    // The page still works.
    visit.click("sample");
    visit.wait_for("face", |_| true);
}

/// The names of all attempts, and of those that arrived until all reliable ones had, or within this time.
fn try_all(visit: &mut Visit, time: Duration) -> (BTreeSet<String>, BTreeSet<String>) {
    let target = Listener::start();
    let script = include_str!("send_attempts.js");
    let script = &script[script.find("target =>").expect("a function")..];
    // with a simulated click, which browsers require for some of the attempts
    let call = format!("({script})('http://127.0.0.1:{}')", target.port());
    let call = json!({ "expression": call, "returnByValue": true, "userGesture": true });
    let tried = visit.call("Runtime.evaluate", call)["result"]["value"].take();
    let tried: BTreeSet<String> = serde_json::from_value(tried).expect("names");
    let arrived = |received: &[String]| {
        let names = |line: &String, attempt: &str| line.split([' ', '/']).any(|word| word == attempt);
        let has_arrived = |attempt: &&String| {
            received.iter().any(|line| names(line, attempt) || *attempt == "webrtc" && line == "STUN")
        };
        tried.iter().filter(has_arrived).cloned().collect::<BTreeSet<String>>()
    };
    let received = target.wait(time.mul_f64(visit.slowdown()), |received| {
        let arrived = arrived(received);
        tried.iter().all(|attempt| attempt == UNRELIABLE || arrived.contains(attempt))
    });
    let arrived = arrived(&received);
    (tried, arrived)
}
