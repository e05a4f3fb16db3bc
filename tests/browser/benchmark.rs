//! The measurement of this device's speed.

use serde_json::Value;

use crate::failures::visit_with_dataset;
use crate::support::{Camera, Visit};

/// The attributes with the times, and their names in the JSON file.
const TIMES: [(&str, &str); 4] = [
    ("data-infer-1-ms", "infer_1"),
    ("data-infer-32-ms", "infer_32"),
    ("data-train-32-ms", "train_32"),
    ("data-detect-ms", "detect"),
];

#[test]
fn the_speed_of_the_device_is_measured_and_downloaded() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.go_to("benchmark");
    visit.wait_for("benchmark-start", |_| true);
    visit
        .wait_for_true("scrollY > 0 && document.getElementById('benchmark').getBoundingClientRect().top < innerHeight");
    visit.reload();
    visit
        .wait_for_true("scrollY > 0 && document.getElementById('benchmark').getBoundingClientRect().top < innerHeight");
    visit.click("benchmark-start");
    visit.wait_for("benchmark-progress", |_| true);
    visit.click("benchmark-cancel");
    visit.wait_for("benchmark-start", |_| true);
    assert!(visit.all("benchmark-json").is_empty() && visit.all("message").is_empty());

    visit.click("benchmark-start");
    visit.wait_for("benchmark-progress", |progress| progress.number("data-share") > 0.0);
    visit.wait_for("benchmark-json", |_| true);
    let results = visit.all("benchmark-result");
    assert_eq!(results[0].attribute("data-backend"), "cpu", "{results:?}");
    assert!(results[0].number("data-memory-bytes") > 0.0, "{results:?}");
    let report: Value = serde_json::from_slice(&visit.download("benchmark-json")).expect("JSON");
    assert_eq!(report["results"].as_array().map(Vec::len), Some(results.len()), "{report}");
    for (result, reported) in results.iter().zip(report["results"].as_array().into_iter().flatten()) {
        for (attribute, name) in TIMES {
            let shown = result.number(attribute);
            assert!(shown > 0.0, "{attribute}: {result:?}");
            assert!(
                reported["milliseconds"][name].as_f64().is_some_and(|time| (time - shown).abs() < 0.01),
                "{report}"
            );
            assert!(
                reported["repetitions"][name].as_u64().is_some_and(|count| count >= 3 && count % 2 == 1),
                "{report}"
            );
        }
    }
    // the browser of the tests has a GPU, or else a software adapter, which is not measured unless it is in use
    let unmeasured = visit.all("benchmark-unmeasured");
    assert_eq!(results.len() + unmeasured.len(), 2, "{unmeasured:?}");
    assert_eq!(report["unmeasured"].as_array().map(Vec::len), Some(unmeasured.len()), "{report}");
    visit.evaluate("document.getElementById('benchmark').scrollIntoView()");
    visit.screenshot("benchmark");
    visit.end();
}

/// Makes the engine's GPU conceal that it is a software one, which *Auto* does not try.
const CONCEAL: &str = "(() => {
    const request = GPU.prototype.requestAdapter;
    GPU.prototype.requestAdapter = async function (...options) {
        const adapter = await request.apply(this, options);
        const { vendor, subgroupMinSize, subgroupMaxSize } = adapter.info;
        const info = { vendor, architecture: '', device: '', description: 'of the test', subgroupMinSize, subgroupMaxSize };
        return Object.defineProperty(adapter, 'info', { value: { ...info, isFallbackAdapter: false } });
    };
})()";

#[test]
fn auto_goes_by_what_it_measures() {
    let mut visit = visit_with_dataset();
    visit.go_to("about");
    assert!(visit.all("measured").is_empty(), "a software adapter is not tried");
    visit.evaluate_in_engine(CONCEAL);
    // the CPU is ready again before one could look, so what is waited for is the measurement, which only the second choice makes
    for choice in [2, 0] {
        visit.select("backend-choice", choice);
    }
    // the browser of the tests has a GPU, or else a software one, which is slow
    let measured = visit.wait_for("measured", |measured| measured.attribute("data-batches").is_empty());
    let backend = visit.wait_for_value("backend", "data-state", "ready");
    assert_eq!(measured.attribute("data-live"), backend.attribute("data-backend"), "{measured:?}");
    assert_eq!(measured.text.matches(" ms").count(), 2, "{measured:?}");
    if backend.attribute("data-backend") == "cpu" {
        visit.go_to("evaluation");
        visit.click("evaluate-start");
        visit.wait_for("metrics", |_| true);
        visit.go_to("about");
        let measured = visit.wait_for("measured", |measured| !measured.attribute("data-batches").is_empty());
        assert!(measured.text.contains("A batch of 32 faces"), "{measured:?}");
        visit.screenshot("auto");
    }
    visit.end();
}
