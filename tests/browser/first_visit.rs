//! The requests, bytes and time of a first visit.

use std::collections::BTreeSet;
use std::fs;

use crate::support::{Camera, Visit};

/// Requests until the first result: the page's HTML, style sheets, scripts and wasm, the quick-start engine's script and wasm, two
/// networks, the sample, the icon and the manifest.
const MAX_REQUESTS: usize = 24;

/// Bytes until the first result, before compression, which more than halves them.
const MAX_BYTES: u64 = 3_610_000;

/// Bytes up to which a file may be fetched twice if the server forbids caching: the icon, the sample.
const LARGE: u64 = 100_000;

/// Milliseconds to the first paint, which needs only HTML and style sheets, on the reference machine.
const FIRST_PAINT: f64 = 5_000.0;

#[test]
fn a_first_visit_stays_within_its_limits() {
    let mut visit = Visit::open(&Camera::None);
    // wait for the final layout; before, a click could miss
    visit.wait_for("backend", |_| true);
    visit.click("sample");
    visit.wait_for("face", |_| true);
    let prediction = visit.evaluate("performance.now()").as_f64().expect("a time");
    let requests = visit.server_requests();
    let paint = visit
        .evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        .as_f64()
        .expect("the page is painted");
    // without those of the engine, which is loaded after the first result, and of the service worker
    let is_later = |request: &String| request.contains("/engine-") || request.ends_with("/sw.js");
    let load: Vec<&String> = requests.iter().take_while(|request| !is_later(request)).collect();
    let files: BTreeSet<&str> = load.iter().filter_map(|request| request.split(['?', ' ']).nth(1)).collect();
    let bytes: u64 = files.iter().map(|address| size(address)).sum();
    println!(
        "first visit: {} requests, {bytes} bytes before compression; first paint {paint:.0} ms, first prediction \
         {prediction:.0} ms",
        load.len()
    );
    let twice = |address: &&&str| load.iter().filter(|request| request.contains(**address)).count() > 1;
    let large: Vec<_> = files.iter().filter(twice).filter(|address| size(address) > LARGE).collect();
    assert_eq!(large, [&""; 0], "fetched twice: {load:?}");
    assert!(load.len() <= MAX_REQUESTS, "{load:?}");
    assert!(bytes <= MAX_BYTES, "{bytes} bytes: {load:?}");
    assert!(load.iter().any(|request| request.contains("/weights/phone.")), "without the quick-start engine: {load:?}");
    assert!(paint < FIRST_PAINT * visit.slowdown() && paint < prediction, "{paint} ms to the first paint");
    visit.end();
}

/// The size in bytes of the file at an address.
fn size(address: &str) -> u64 {
    let path = address.trim_start_matches("/some/sub/path/");
    let file = xtask::dist().join(if path.is_empty() { "index.html" } else { path });
    fs::metadata(&file).unwrap_or_else(|error| panic!("{address}: {error}")).len()
}
