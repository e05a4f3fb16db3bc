//! What a first visit costs: requests, bytes, time.

use std::collections::BTreeSet;
use std::fs;

use crate::support::{Camera, Visit};

/// Files that a first result needs: the page's markup, styles, scripts and program, the engine's scripts and program, two
/// networks and the list of others, the sample, the icon and the manifest.
const MAX_REQUESTS: usize = 26;

/// Bytes of a file that may be fetched twice where a server lets nothing be kept: the icon, the sample.
const LARGE: u64 = 100_000;

/// Milliseconds to the first paint, which waits for nothing but markup and styles; at the usual pace.
const FIRST_PAINT: f64 = 5_000.0;

#[test]
fn a_first_visit_is_short() {
    let mut visit = Visit::open(&Camera::None);
    // The page has its final form; before, a click could miss.
    visit.wait_for("backend", |_| true);
    visit.click("sample");
    visit.wait_for("face", |_| true);
    let prediction = visit.evaluate("performance.now()").as_f64().expect("a time");
    let asked = visit.asked();
    let paint = visit
        .evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        .as_f64()
        .expect("the page is painted");
    // before it copies itself for use without a network, which comes after all that a visitor waits for
    let load: Vec<&String> = asked.iter().take_while(|request| !request.ends_with("/sw.js")).collect();
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
    assert!(paint < FIRST_PAINT * visit.pace() && paint < prediction, "{paint} ms to the first paint");
    visit.end();
}

/// Bytes of the file of an address.
fn size(address: &str) -> u64 {
    let path = address.trim_start_matches("/some/sub/path/");
    let file = xtask::dist().join(if path.is_empty() { "index.html" } else { path });
    fs::metadata(&file).unwrap_or_else(|error| panic!("{address}: {error}")).len()
}
