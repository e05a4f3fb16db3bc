//! Recovery from failures: the GPU is lost, the engine crashes, the storage quota is exceeded, two tabs train at once, the
//! camera starts and stops. The page reports each failure, keeps the user's data, and continues after at most one click.

use std::env;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;
use xtask::site;

use crate::live::{change_to_gpu, photo};
use crate::support::{Camera, Element, Visit, copy_folder, scratch, write_clip};
use crate::training::{load, set, set_at_once, write_set};

/// The factor by which memory may grow.
const MAX_GROWTH: f64 = 1.05;

/// Bytes by which the engine's memory may grow once: the largest activation of the face detector (24 channels of 192×144).
/// Whether it fits into free memory depends on fragmentation.
const LARGEST_ALLOCATION: f64 = 3e6;

/// A number of repetitions or seconds: from an environment variable, or else the default.
fn repetitions(variable: &str, default: u32) -> u32 {
    env::var(variable).ok().and_then(|number| number.parse().ok()).unwrap_or(default)
}

/// The error of the service worker, which cannot cache the site either.
const QUOTA_EXCEEDED: &str = "QuotaExceededError";

/// Sets a storage quota that is too small for anything; returns the site's origin.
pub fn limit_storage(visit: &mut Visit) -> String {
    let origin = visit.origin();
    visit.call("Storage.overrideQuotaForOrigin", json!({ "origin": origin, "quotaSize": 1000 }));
    origin
}

/// Starts a run of very many epochs, and waits until two are done; returns their number.
fn train(visit: &mut Visit) -> f64 {
    visit.click("demo");
    set(visit, "epochs", "10000");
    visit.click("train-start");
    let run = visit.wait_for("train-progress", |run| run.number("data-epochs-over") >= 2.0);
    run.number("data-epochs-over")
}

/// Waits until a number of epochs are done. The timeout applies to each epoch.
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

/// A visit to a site whose default network is tiny: what these tests are about does not depend on predictions.
fn visit(camera: &Camera) -> Visit {
    let folder = scratch().join("tiny");
    copy_folder(&xtask::dist(), &folder);
    let tiny = xtask::root().join("tests/fixtures/parity-vgg.safetensors");
    fs::copy(tiny, folder.join("weights/default.safetensors")).expect("the scratch folder is writable");
    site::seal(&folder).expect("a site");
    Visit::open_folder(&folder, camera)
}

/// The same with the dataset.
pub fn visit_with_dataset() -> Visit {
    let mut visit = visit(&Camera::None);
    load(&mut visit, &write_set());
    visit
}

/// The same on the (possibly software) GPU.
fn visit_with_dataset_on_gpu() -> Visit {
    let mut visit = visit_with_dataset();
    assert_eq!(change_to_gpu(&mut visit).attribute("data-backend"), "webgpu", "the browser of the tests has WebGPU");
    visit
}

#[test]
#[ignore = "takes minutes on a software GPU"]
fn memory_stays_constant_over_a_thousand_training_steps_on_the_gpu() {
    let mut visit = visit_with_dataset_on_gpu();
    visit.click("demo");
    visit.click("scope-everything");
    // seven steps per epoch
    set_at_once(&mut visit, &[("batch", "8"), ("epochs", "10000")]);
    visit.click("train-start");
    let epochs = f64::from(repetitions("MIEN_GPU_EPOCHS", 143));
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
    assert!(early > 0.0 && late <= early * MAX_GROWTH, "GPU buffers of {early} bytes, then of {late}");
    assert!(late_wasm <= wasm * MAX_GROWTH, "{wasm} bytes of wasm memory, then {late_wasm}");
    visit.end();
}

#[test]
fn losing_the_gpu_during_training_costs_at_most_one_epoch() {
    let mut visit = visit_with_dataset_on_gpu();
    limit_storage(&mut visit);
    train(&mut visit);
    let early = visit.gpu_bytes();
    let more = f64::from(repetitions("MIEN_GPU_EPOCHS", 6));
    let before = visit.wait_for("train-progress", |run| run.number("data-epochs-over") >= 2.0 + more);
    let late = visit.gpu_bytes();
    println!("GPU buffers after 2 epochs {early} bytes, after {more} more {late}");
    assert!(early > 0.0 && late <= early * MAX_GROWTH, "buffers of {early} bytes after two epochs, of {late} later");

    visit.lose_gpu();
    visit.wait_for_value("message", "data-kind", "moved-to-cpu");
    visit.screenshot("gpu-lost-in-training");
    visit.wait_for_value("backend", "data-backend", "cpu");
    let over = before.number("data-epochs-over");
    let run = visit.wait_for("train-progress", |run| run.number("data-epochs-over") >= over + 2.0);
    // in a new engine, since the old one has lost its GPU; nothing can be stored, so the run is only in the page's memory
    assert_eq!(change_to_gpu(&mut visit).attribute("data-backend"), "webgpu", "the GPU is available again");
    let over = run.number("data-epochs-over");
    visit.wait_for("train-progress", |run| {
        run.attribute("data-state") == "running" && run.number("data-epochs-over") >= over + 1.0
    });
    visit.click("train-cancel");
    visit.click("train-cancel-yes");
    visit.click("adopt-best");
    visit.wait_for("adopted", |_| true);
    visit.end_after(&[QUOTA_EXCEEDED]);
}

#[test]
fn losing_the_gpu_during_a_computation_falls_back_to_the_cpu() {
    let mut visit = visit_with_dataset();
    visit.go_to("live");

    // during the self-check
    visit.lose_gpu_on_submit();
    assert_eq!(change_to_gpu(&mut visit).attribute("data-backend"), "cpu", "the self-check fails");
    visit.wait_for_value("message", "data-kind", "gpu-lost");

    // during recognition
    change_back_to_gpu(&mut visit);
    visit.lose_gpu_on_submit();
    visit.click("sample");
    visit.wait_for_value("backend", "data-backend", "cpu");
    visit.wait_for("face", |face| !face.attribute("data-expression").is_empty());

    // during an explanation
    change_back_to_gpu(&mut visit);
    visit.lose_gpu_on_submit();
    visit.click("explain");
    visit.wait_for_value("backend", "data-backend", "cpu");
    visit.wait_for("explanation", |_| true);
    visit.screenshot("gpu-lost-in-explanation");

    // during an evaluation
    change_back_to_gpu(&mut visit);
    visit.go_to("evaluation");
    visit.wait_for("evaluate-start", |button| !button.has("disabled"));
    visit.lose_gpu_on_submit();
    visit.click("evaluate-start");
    visit.wait_for_value("backend", "data-backend", "cpu");
    visit.wait_for("metrics", |_| true);
    visit.end();
}

/// Changes back to the GPU after it was lost: in a new engine.
fn change_back_to_gpu(visit: &mut Visit) {
    assert_eq!(change_to_gpu(visit).attribute("data-backend"), "webgpu", "the GPU is available again");
}

#[test]
fn after_a_crash_one_click_restores_dataset_networks_and_run() {
    let mut visit = visit_with_dataset();
    let before = train(&mut visit);
    visit.click("network-duplicate");
    let is_copy = |network: &Element| network.attribute("data-name").starts_with("Copy");
    visit.wait_for("network", is_copy);
    visit.evaluate("[...document.querySelectorAll('[data-testid=network-use]')].pop().click()");
    let is_active = |network: &Element| is_copy(network) && network.attribute("data-used") == "true";
    visit.wait_for("network", is_active);
    visit.crash_engine();
    visit.wait_for_value("message", "data-kind", "engine-failed");
    visit.screenshot("engine-crashed");
    visit.click("engine-retry");
    visit.wait_for("train-progress", |run| {
        run.attribute("data-state") == "running" && run.number("data-epochs-over") >= before
    });
    assert_eq!(visit.all("train-unfinished").len(), 0, "a resumed run is not listed as unfinished");
    visit.wait_for("network", is_active);
    assert_eq!(visit.all("network").len(), 2, "each is restored once");
    visit.wait_for_value("backend", "data-state", "ready");
    visit.end_after(&["crashed by the test"]);
}

#[test]
fn photos_are_classified_after_a_crash_if_decoded_by_browser_or_engine() {
    let tiff = scratch().join("photo.tiff");
    let picture = image::open(photo()).expect("the fixture is readable");
    picture.save_with_format(&tiff, image::ImageFormat::Tiff).expect("the scratch folder is writable");
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.crash_engine();
    // the first photo triggers the crash; the second is decoded by the next engine
    visit.choose_files("image-input", &[photo(), tiff]);
    visit.wait_for_value("message", "data-kind", "engine-failed");
    visit.click("engine-retry");
    let is_done = |photo: &Element| photo.attribute("data-state") == "done";
    visit.wait_for_all("photo", |photos| photos.len() == 2 && photos.iter().all(is_done));
    visit.end_after(&["crashed by the test"]);
}

#[test]
fn a_paused_run_without_storage_survives_a_crash_of_the_engine() {
    let mut visit = visit_with_dataset();
    limit_storage(&mut visit);
    train(&mut visit);
    visit.wait_for_value("message", "data-kind", "not-stored");
    visit.click("train-pause");
    let paused = visit.wait_for_value("train-progress", "data-state", "paused");
    visit.crash_engine();
    // triggers the crash, unless the engine has crashed already
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
    assert_eq!(visit.all("train-unfinished").len(), 0, "a cancelled run is not listed as unfinished");
    visit.end_after(&["crashed by the test", QUOTA_EXCEEDED]);
}

#[test]
fn training_without_storage_works_with_a_message() {
    let mut visit = visit_with_dataset();
    // as on pages served over plain HTTP
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
fn an_exceeded_quota_is_reported_and_no_data_is_lost() {
    let mut visit = visit_with_dataset();
    let origin = limit_storage(&mut visit);
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
    visit.end_after(&[QUOTA_EXCEEDED]);
}

#[test]
fn two_tabs_train_and_save_independently() {
    let file = write_set();
    let mut visit = visit(&Camera::None);
    load(&mut visit, &file);
    train(&mut visit);

    visit.open_tab();
    load(&mut visit, &file);
    assert_eq!(visit.all("train-unfinished").len(), 0, "a run of another tab is not listed as unfinished");
    train(&mut visit);
    let second = pause(&mut visit).number("data-epochs-over");
    visit.click("network-duplicate");
    visit.wait_for_all("network", |networks| networks.len() == 2);
    visit.click("network-keep");
    // wait until it is stored: the other tab reads the storage when it is shown
    let copied = |networks: &[Element], count: usize| {
        let kept = |network: &Element| network.attribute("data-kept") == "true";
        let copies = networks.iter().filter(|network| network.attribute("data-name").starts_with("Copy"));
        networks.len() == count && copies.count() == count - 1 && networks.iter().all(kept)
    };
    visit.wait_for_all("network", |networks| copied(networks, 2));

    visit.switch_to_tab(0);
    let first = pause(&mut visit).number("data-epochs-over");
    visit.wait_for_all("network", |networks| copied(networks, 2)); // the other tab's
    visit.click("network-duplicate");
    visit.wait_for_all("network", |networks| networks.len() == 3);
    visit.evaluate("[...document.querySelectorAll('[data-testid=network-keep]')].pop().click()");
    visit.wait_for_all("network", |networks| copied(networks, 3));
    // a tab in the background is notified
    visit.use_background_tab(1);
    visit.wait_for_all("network", |networks| copied(networks, 3));
    visit.use_background_tab(0);

    visit.reload();
    let left = visit.wait_for("train-unfinished", |_| true);
    assert_eq!(left.number("data-epoch"), first, "the run of this tab");
    visit.wait_for_all("network", |networks| copied(networks, 3));
    load(&mut visit, &file);
    visit.click("train-continue");
    visit.wait_for("train-progress", |run| run.number("data-epochs-over") >= first + 1.0);
    visit.switch_to_tab(1);
    visit.click("train-resume");
    visit.wait_for("train-progress", |run| run.number("data-epochs-over") >= second + 1.0);
    visit.end();
}

#[test]
fn a_hidden_tab_a_frozen_page_and_a_changed_clock_do_no_harm() {
    let mut visit = visit(&Camera::Clip(write_clip(&photo())));
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

/// Simulates that the page's tab is hidden or shown.
fn hide(visit: &mut Visit, hidden: bool) {
    visit.evaluate(&format!(
        "void (() => {{
            Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }});
            document.dispatchEvent(new Event('visibilitychange'));
        }})()"
    ));
}

#[test]
fn cameras_started_and_stopped_leak_no_resources() {
    let mut visit = Visit::open(&Camera::Clip(write_clip(&photo())));
    visit.wait_for_value("backend", "data-state", "ready");
    // the browser has only one fake camera, so the second one shows the same clip
    visit.evaluate(
        "void (() => {
            self.tracks = [];
            const devices = navigator.mediaDevices;
            const [request, list] = [devices.getUserMedia.bind(devices), devices.enumerateDevices.bind(devices)];
            devices.enumerateDevices = async () => {
                return [...await list(), { kind: 'videoinput', deviceId: 'second', label: 'Second' }];
            };
            devices.getUserMedia = async ({ video: { deviceId, ...video } }) => {
                const stream = await request({ video });
                tracks.push(...stream.getTracks().map(track => Object.assign(track, { requested: deviceId?.exact })));
                return stream;
            };
        })()",
    );
    let live = "tracks.filter(track => track.readyState === 'live').length";
    visit.click("camera-start");
    visit.wait_for("face", |_| true);
    visit.wait_for_true("document.querySelectorAll('[data-testid=camera-device] option').length == 2");
    visit.select("camera-device", 1);
    visit.wait_for_true(&format!("tracks.length == 2 && {live} == 1 && tracks[1].requested == 'second'"));
    visit.wait_for("face", |_| true);

    let soak = Duration::from_secs(repetitions("MIEN_SOAK", 4).into());
    (0..20).for_each(|_| wait_for_movement(&mut visit));
    let before = Resources::measure(&mut visit);
    let start = Instant::now();
    while start.elapsed() < soak {
        wait_for_movement(&mut visit);
    }
    let after = Resources::measure(&mut visit);
    println!("{} s of live use: {before:?}, then {after:?}", soak.as_secs());
    after.assert_no_more_than(&before);

    visit.click("camera-stop");
    let cycles = repetitions("MIEN_CYCLES", 8);
    let mut before = None;
    for cycle in 0..cycles {
        visit.click("camera-start");
        visit.wait_for("camera-stop", |_| true);
        if cycle % 2 == 0 {
            visit.wait_for_true(&format!("{live} == 1"));
        }
        visit.click("camera-stop");
        visit.wait_for("camera-start", |_| true);
        if cycle == cycles / 2 {
            before = Some(Resources::measure(&mut visit));
        }
    }
    visit.wait_for_true(&format!("{live} == 0"));
    let after = Resources::measure(&mut visit);
    println!("{cycles} times on and off: {before:?} after half of them, then {after:?}");
    after.assert_no_more_than(&before.expect("more than one cycle"));
    visit.end();
}

/// Waits until the face has moved.
fn wait_for_movement(visit: &mut Visit) {
    let before = visit.wait_for("face", |_| true).number("data-x");
    visit.wait_for("face", |face| face.number("data-x") != before);
}

/// Resources that may leak.
#[derive(Debug)]
struct Resources {
    listeners: f64,
    nodes: f64,
    heap: f64,
    wasm: f64,
}

impl Resources {
    /// Measures them after a garbage collection.
    fn measure(visit: &mut Visit) -> Self {
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
        assert!(self.heap <= before.heap * MAX_GROWTH + 300_000.0, "the page's heap: {before:?}, then {self:?}");
        assert!(
            self.wasm > 0.0 && self.wasm <= before.wasm * MAX_GROWTH + LARGEST_ALLOCATION,
            "the engine's memory: {before:?}, then {self:?}"
        );
    }
}
