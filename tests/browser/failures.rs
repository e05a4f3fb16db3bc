//! What happens to a page in the hands of people: the GPU goes away, the engine crashes, the device is full, two tabs train
//! at once, the camera comes and goes. Each time the page says so, keeps the work, and goes on after one click at most.

use std::env;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::live::{change_to_gpu, photo};
use crate::support::{Camera, Element, Visit, scratch, write_clip};
use crate::training::{load, set, set_at_once, write_set};

/// Growth of memory that counts as none: a share of what it was.
const FLAT: f64 = 1.05;

/// Bytes by which the engine's memory may grow at any time, but only once: the largest piece of a look over a whole picture
/// (24 channels of 192×144). Whether such a piece finds room between the others is chance.
const PIECE: f64 = 3e6;

/// How often something is done, or for how many seconds: a few here, more where the environment says so.
fn times(variable: &str, few: u32) -> u32 {
    env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(few)
}

/// What the service worker reports when it has no room either to keep the site.
const NO_ROOM: &str = "QuotaExceededError";

/// Leaves the site no room on the device; tells the site's origin.
fn fill_device(visit: &mut Visit) -> String {
    let origin = visit.origin();
    visit.call("Storage.overrideQuotaForOrigin", json!({ "origin": origin, "quotaSize": 1000 }));
    origin
}

/// Begins a run that does not end by itself, and waits until some epochs are over.
fn train(visit: &mut Visit) -> f64 {
    visit.click("demo");
    set(visit, "epochs", "10000");
    visit.click("train-start");
    let run = visit.wait_for("train-progress", |run| run.number("data-epochs-over") >= 2.0);
    run.number("data-epochs-over")
}

/// Waits until so many epochs are over, however long that takes, as long as one follows the other.
fn train_to(visit: &mut Visit, epochs: f64) {
    let mut over = -1.0;
    while over < epochs {
        let next = visit.wait_for("train-progress", |run| run.number("data-epochs-over") > over);
        over = next.number("data-epochs-over");
    }
}

fn pause(visit: &mut Visit) -> Element {
    visit.click("train-pause");
    visit.wait_for("train-progress", |run| {
        run.attribute("data-state") == "paused" && run.attribute("data-stored") == "true"
    })
}

/// A visit with a tiny network on the GPU, which may be a program, and the set.
fn tiny_on_gpu() -> Visit {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    assert_eq!(change_to_gpu(&mut visit).attribute("data-backend"), "webgpu", "the browser of the tests has WebGPU");
    visit.go_to("training");
    let tiny = fs::read(xtask::root().join("tests/fixtures/parity-vgg.safetensors")).expect("the fixture is readable");
    let file = scratch().join("tiny.safetensors");
    fs::write(&file, tiny).expect("the scratch folder is writable");
    visit.choose_files("weights-load", &[file]);
    visit.wait_for("network", |network| {
        network.attribute("data-name") == "tiny" && network.attribute("data-used") == "true"
    });
    load(&mut visit, &write_set());
    visit
}

#[test]
#[ignore = "takes minutes where the GPU is a program: for a look by hand"]
fn a_thousand_steps_on_the_gpu_take_no_more_memory() {
    let mut visit = tiny_on_gpu();
    visit.click("demo");
    visit.click("scope-everything");
    // seven steps an epoch
    set_at_once(&mut visit, &[("batch", "8"), ("epochs", "10000")]);
    visit.click("train-start");
    let epochs = f64::from(times("MIEN_GPU_EPOCHS", 143));
    let mut memory = |epochs: f64| {
        train_to(&mut visit, epochs);
        let run = pause(&mut visit);
        let found = (run.number("data-epochs-over"), visit.gpu_bytes(), visit.engine_bytes());
        println!("after {} epochs {} bytes of GPU buffers, {} of wasm", found.0, found.1, found.2);
        visit.click("train-resume");
        found
    };
    let (_, early, wasm) = memory(15.0);
    memory(15.0 + (epochs - 15.0) / 2.0);
    let (_, late, late_wasm) = memory(epochs);
    assert!(early > 0.0 && late <= early * FLAT, "GPU buffers of {early} bytes, then of {late}");
    assert!(late_wasm <= wasm * FLAT, "{wasm} bytes of wasm memory, then {late_wasm}");
    visit.end();
}

#[test]
fn a_gpu_that_goes_away_in_mid_training_costs_an_epoch_at_most() {
    let mut visit = tiny_on_gpu();
    fill_device(&mut visit);
    train(&mut visit);
    let early = visit.gpu_bytes();
    let more = f64::from(times("MIEN_GPU_EPOCHS", 6));
    let before = visit.wait_for("train-progress", |run| run.number("data-epochs-over") >= 2.0 + more);
    let late = visit.gpu_bytes();
    println!("GPU buffers after 2 epochs {early} bytes, after {more} more {late}");
    assert!(early > 0.0 && late <= early * FLAT, "buffers of {early} bytes after two epochs, of {late} later");

    visit.lose_gpu();
    visit.wait_for_value("message", "data-kind", "moved-to-cpu");
    visit.screenshot("gpu-lost-in-training");
    visit.wait_for_value("backend", "data-backend", "cpu");
    let over = before.number("data-epochs-over");
    let run = visit.wait_for("train-progress", |run| run.number("data-epochs-over") >= over + 2.0);
    // with a new engine, since the old one's GPU is gone; the device is full, so the run is nowhere but in the page
    assert_eq!(change_to_gpu(&mut visit).attribute("data-backend"), "webgpu", "it is there again");
    let over = run.number("data-epochs-over");
    visit.wait_for("train-progress", |run| {
        run.attribute("data-state") == "running" && run.number("data-epochs-over") >= over + 1.0
    });
    visit.click("train-cancel");
    visit.click("train-cancel-yes");
    visit.click("adopt-best");
    visit.wait_for("adopted", |_| true);
    visit.end_after(&[NO_ROOM]);
}

#[test]
fn a_gpu_that_goes_away_at_work_hands_it_to_the_cpu() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");

    // in its self-check
    visit.lose_gpu_at_work();
    assert_eq!(change_to_gpu(&mut visit).attribute("data-backend"), "cpu", "the check fails");
    visit.wait_for_value("message", "data-kind", "gpu-lost");

    // in a picture
    on_gpu(&mut visit);
    visit.lose_gpu_at_work();
    visit.click("sample");
    visit.wait_for_value("backend", "data-backend", "cpu");
    visit.wait_for("face", |face| !face.attribute("data-expression").is_empty());

    // in an explanation
    on_gpu(&mut visit);
    visit.lose_gpu_at_work();
    visit.click("explain");
    visit.wait_for_value("backend", "data-backend", "cpu");
    visit.wait_for("explanation", |_| true);
    visit.screenshot("gpu-lost-in-explanation");

    // in an evaluation
    load(&mut visit, &write_set());
    on_gpu(&mut visit);
    visit.go_to("evaluation");
    visit.wait_for("evaluate-start", |button| !button.has("disabled"));
    visit.lose_gpu_at_work();
    visit.click("evaluate-start");
    visit.wait_for_value("backend", "data-backend", "cpu");
    visit.wait_for("metrics", |_| true);
    visit.end();
}

/// Changes to the GPU, which is there again after it went away: in a fresh engine.
fn on_gpu(visit: &mut Visit) {
    assert_eq!(change_to_gpu(visit).attribute("data-backend"), "webgpu", "it is there again");
}

#[test]
fn after_a_crash_one_click_brings_sets_networks_and_run_back() {
    let mut visit = Visit::open(&Camera::None);
    load(&mut visit, &write_set());
    let before = train(&mut visit);
    visit.click("network-duplicate");
    let is_copy = |network: &Element| network.attribute("data-name").starts_with("Copy");
    visit.wait_for("network", is_copy);
    visit.evaluate("[...document.querySelectorAll('[data-testid=network-use]')].pop().click()");
    let works = |network: &Element| is_copy(network) && network.attribute("data-used") == "true";
    visit.wait_for("network", works);
    visit.crash_engine();
    visit.wait_for_value("message", "data-kind", "engine-failed");
    visit.screenshot("engine-crashed");
    visit.click("engine-retry");
    visit.wait_for("train-progress", |run| {
        run.attribute("data-state") == "running" && run.number("data-epochs-over") >= before
    });
    assert_eq!(visit.all("train-unfinished").len(), 0, "what goes on is not unfinished");
    visit.wait_for("network", works);
    assert_eq!(visit.all("network").len(), 2, "each of them once");
    visit.wait_for_value("backend", "data-state", "ready");
    visit.end_after(&["crashed by the test"]);
}

#[test]
fn photos_are_read_after_a_crash_whoever_decodes_them() {
    let tiff = scratch().join("photo.tiff");
    let picture = image::open(photo()).expect("the fixture is readable");
    picture.save_with_format(&tiff, image::ImageFormat::Tiff).expect("the scratch folder is writable");
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.crash_engine();
    // it crashes with the first photo; the second is for the next engine to decode
    visit.choose_files("image-input", &[photo(), tiff]);
    visit.wait_for_value("message", "data-kind", "engine-failed");
    visit.click("engine-retry");
    let is_done = |photo: &Element| photo.attribute("data-state") == "done";
    visit.wait_for_all("photo", |photos| photos.len() == 2 && photos.iter().all(is_done));
    visit.end_after(&["crashed by the test"]);
}

#[test]
fn a_paused_run_that_is_stored_nowhere_outlives_the_engine() {
    let mut visit = Visit::open(&Camera::None);
    load(&mut visit, &write_set());
    fill_device(&mut visit);
    train(&mut visit);
    visit.wait_for_value("message", "data-kind", "not-stored");
    visit.click("train-pause");
    let paused = visit.wait_for_value("train-progress", "data-state", "paused");
    visit.crash_engine();
    // it crashes at whatever it does next, which may have come before
    visit.evaluate("document.querySelector('[data-testid=train-resume]')?.click()");
    visit.wait_for_value("message", "data-kind", "engine-failed");
    visit.click("engine-retry");
    let left = visit.wait_for("train-unfinished", |_| true);
    assert_eq!(left.attribute("data-held"), "true", "{left:?}");
    assert_eq!(left.attribute("data-epoch"), paused.attribute("data-epochs-over"), "{left:?}");
    visit.screenshot("run-held");
    visit.click("train-continue");
    visit.wait_for("train-progress", |run| run.number("data-epochs-over") >= paused.number("data-epochs-over") + 1.0);
    visit.click("train-cancel");
    visit.click("train-cancel-yes");
    visit.wait_for_value("train-progress", "data-state", "cancelled");
    assert_eq!(visit.all("train-unfinished").len(), 0, "it was ended");
    visit.end_after(&["crashed by the test", NO_ROOM]);
}

#[test]
fn without_any_storage_the_page_says_so_and_trains() {
    let mut visit = Visit::open(&Camera::None);
    load(&mut visit, &write_set());
    // as over plain HTTP
    visit.evaluate_in_engine("Object.defineProperty(navigator, 'storage', { value: undefined })");
    let before = train(&mut visit);
    visit.wait_for_value("message", "data-kind", "not-stored");
    visit.go_to("dataset");
    visit.click("dataset-keep");
    visit.wait_for_value("message", "data-kind", "storage-failed");
    visit.go_to("training");
    visit.wait_for("train-progress", |run| run.number("data-epochs-over") > before);
    visit.end();
}

#[test]
fn a_full_device_is_told_at_once_and_nothing_is_lost() {
    let mut visit = Visit::open(&Camera::None);
    load(&mut visit, &write_set());
    let origin = fill_device(&mut visit);
    train(&mut visit);
    visit.wait_for_value("message", "data-kind", "not-stored");
    visit.screenshot("device-full");
    visit.click("network-duplicate");
    visit.wait_for_all("network", |networks| networks.len() == 2);
    visit.click("network-keep");
    visit.wait_for_value("message", "data-kind", "network-storage");
    visit.go_to("dataset");
    visit.click("dataset-keep");
    visit.wait_for_value("message", "data-kind", "storage-failed");

    visit.call("Storage.overrideQuotaForOrigin", json!({ "origin": origin }));
    visit.click("dataset-keep");
    visit.wait_for_value("dataset-kept", "data-samples", "84");
    visit.go_to("training");
    visit.click("network-keep");
    visit.wait_for("network", |network| {
        network.attribute("data-network") != "0" && network.attribute("data-kept") == "true"
    });
    pause(&mut visit);
    assert!(visit.all("message").iter().all(|message| message.attribute("data-kind") != "not-stored"));
    visit.end_after(&[NO_ROOM]);
}

#[test]
fn two_tabs_train_and_keep_without_harm_to_each_other() {
    let file = write_set();
    let mut visit = Visit::open(&Camera::None);
    load(&mut visit, &file);
    train(&mut visit);

    visit.open_tab();
    load(&mut visit, &file);
    assert_eq!(visit.all("train-unfinished").len(), 0, "what another tab trains is not unfinished");
    train(&mut visit);
    let second = pause(&mut visit).number("data-epochs-over");
    visit.click("network-duplicate");
    visit.wait_for_all("network", |networks| networks.len() == 2);
    visit.click("network-keep");
    // not before it is stored: the other tab would see nothing when it is looked at
    let copied = |networks: &[Element], count: usize| {
        let kept = |network: &Element| network.attribute("data-kept") == "true";
        let copies = networks.iter().filter(|network| network.attribute("data-name").starts_with("Copy"));
        networks.len() == count && copies.count() == count - 1 && networks.iter().all(kept)
    };
    visit.wait_for_all("network", |networks| copied(networks, 2));

    visit.look_at(0);
    let first = pause(&mut visit).number("data-epochs-over");
    visit.wait_for_all("network", |networks| copied(networks, 2)); // the other tab's
    visit.click("network-duplicate");
    visit.wait_for_all("network", |networks| networks.len() == 3);
    visit.evaluate("[...document.querySelectorAll('[data-testid=network-keep]')].pop().click()");
    visit.wait_for_all("network", |networks| copied(networks, 3));
    // the other tab hears of it where nobody looks at it
    visit.look_behind(1);
    visit.wait_for_all("network", |networks| copied(networks, 3));
    visit.look_behind(0);

    visit.reload();
    let left = visit.wait_for("train-unfinished", |_| true);
    assert_eq!(left.number("data-epoch"), first, "its own run, not the other tab's");
    visit.wait_for_all("network", |networks| copied(networks, 3));
    load(&mut visit, &file);
    visit.click("train-continue");
    visit.wait_for("train-progress", |run| run.number("data-epochs-over") >= first + 1.0);
    visit.look_at(1);
    visit.click("train-resume");
    visit.wait_for("train-progress", |run| run.number("data-epochs-over") >= second + 1.0);
    visit.end();
}

#[test]
fn a_hidden_tab_a_sleep_and_another_time_of_day_break_nothing() {
    let mut visit = Visit::open(&Camera::Clip(write_clip(&photo())));
    load(&mut visit, &write_set());
    train(&mut visit);
    visit.go_to("live");
    visit.click("camera-start");
    visit.wait_for("face", |_| true);
    hide(&mut visit, true);
    visit.wait_for_all("face", <[Element]>::is_empty);
    hide(&mut visit, false);
    visit.wait_for("face", |_| true);

    visit.go_to("training");
    visit.call("Page.setWebLifecycleState", json!({ "state": "frozen" }));
    sleep(Duration::from_secs(2));
    visit.call("Page.setWebLifecycleState", json!({ "state": "active" }));
    let set_back = "(() => { const real = Date.now; Date.now = () => real() - 86400000; })()";
    visit.evaluate(set_back);
    visit.evaluate_in_engine(set_back);
    let slept = visit.all("train-progress")[0].number("data-epochs-over");
    visit.wait_for("train-progress", |run| {
        run.attribute("data-state") == "running" && run.number("data-epochs-over") >= slept + 2.0
    });
    visit.end();
}

/// Has the page believe that its tab is hidden, or is no more.
fn hide(visit: &mut Visit, hidden: bool) {
    visit.evaluate(&format!(
        "void (() => {{
            Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }});
            document.dispatchEvent(new Event('visibilitychange'));
        }})()"
    ));
}

#[test]
fn cameras_come_and_go_without_a_trace() {
    let mut visit = Visit::open(&Camera::Clip(write_clip(&photo())));
    visit.wait_for_value("backend", "data-state", "ready");
    // the browser has but one clip, so the second camera shows the same
    visit.evaluate(
        "void (() => {
            self.tracks = [];
            const devices = navigator.mediaDevices;
            const [ask, list] = [devices.getUserMedia.bind(devices), devices.enumerateDevices.bind(devices)];
            devices.enumerateDevices = async () => {
                return [...await list(), { kind: 'videoinput', deviceId: 'second', label: 'Second' }];
            };
            devices.getUserMedia = async ({ video: { deviceId, ...video } }) => {
                const stream = await ask({ video });
                tracks.push(...stream.getTracks().map(track => Object.assign(track, { asked: deviceId?.exact })));
                return stream;
            };
        })()",
    );
    let living = "tracks.filter(track => track.readyState === 'live').length";
    visit.click("camera-start");
    visit.wait_for("face", |_| true);
    visit.wait_for_true("document.querySelectorAll('[data-testid=camera-device] option').length == 2");
    visit.select("camera-device", 1);
    visit.wait_for_true(&format!("tracks.length == 2 && {living} == 1 && tracks[1].asked == 'second'"));
    visit.wait_for("face", |_| true);

    let soak = Duration::from_secs(times("MIEN_SOAK", 4).into());
    (0..20).for_each(|_| see_it_move(&mut visit));
    let before = Traces::of(&mut visit);
    let began = Instant::now();
    while began.elapsed() < soak {
        see_it_move(&mut visit);
    }
    let after = Traces::of(&mut visit);
    println!("{} s of live use: {before:?}, then {after:?}", soak.as_secs());
    after.assert_no_more_than(&before);

    visit.click("camera-stop");
    let cycles = times("MIEN_CYCLES", 8);
    let mut before = None;
    for cycle in 0..cycles {
        visit.click("camera-start");
        visit.wait_for("camera-stop", |_| true);
        if cycle % 2 == 0 {
            visit.wait_for_true(&format!("{living} == 1"));
        }
        visit.click("camera-stop");
        visit.wait_for("camera-start", |_| true);
        if cycle == cycles / 2 {
            before = Some(Traces::of(&mut visit));
        }
    }
    visit.wait_for_true(&format!("{living} == 0"));
    let after = Traces::of(&mut visit);
    println!("{cycles} times on and off: {before:?} after half of them, then {after:?}");
    after.assert_no_more_than(&before.expect("there is a middle"));
    visit.end();
}

/// Waits until the face is elsewhere.
fn see_it_move(visit: &mut Visit) {
    let before = visit.wait_for("face", |_| true).number("data-x");
    visit.wait_for("face", |face| face.number("data-x") != before);
}

/// What use may leave behind.
#[derive(Debug)]
struct Traces {
    listeners: f64,
    nodes: f64,
    heap: f64,
    wasm: f64,
}

impl Traces {
    /// Once the garbage is collected.
    fn of(visit: &mut Visit) -> Self {
        visit.evaluate("new Promise(done => requestIdleCallback(() => done()))");
        visit.call("HeapProfiler.collectGarbage", json!({}));
        visit.call("Performance.enable", json!({}));
        let metrics = visit.call("Performance.getMetrics", json!({}));
        let metric = |name: &str| {
            let metrics = metrics["metrics"].as_array().expect("a list");
            metrics.iter().find(|metric| metric["name"] == name).and_then(|metric| metric["value"].as_f64())
        };
        let metric = |name: &str| metric(name).unwrap_or_else(|| panic!("no metric {name}"));
        let (listeners, nodes, heap) = (metric("JSEventListeners"), metric("Nodes"), metric("JSHeapUsedSize"));
        let wasm = visit.engine_bytes();
        Self { listeners, nodes, heap, wasm }
    }

    fn assert_no_more_than(&self, before: &Self) {
        assert!(self.listeners <= before.listeners + 8.0, "listeners: {before:?}, then {self:?}");
        assert!(self.nodes <= before.nodes + 40.0, "nodes: {before:?}, then {self:?}");
        assert!(self.heap <= before.heap * FLAT + 300_000.0, "the page's heap: {before:?}, then {self:?}");
        assert!(
            self.wasm > 0.0 && self.wasm <= before.wasm * FLAT + PIECE,
            "the engine's memory: {before:?}, then {self:?}"
        );
    }
}
