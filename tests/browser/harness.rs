//! Tests of the test harness: it must detect the errors and requests whose absence it asserts.

use std::fs;

use crate::live::photo;
use crate::support::{Camera, Visit, scratch, write_clip};

/// Writes a site with one page and one worker to a folder, and opens it.
fn visit(name: &str, page: &str, worker: &str, camera: &Camera) -> Visit {
    let folder = scratch().join(name);
    fs::create_dir_all(&folder).expect("the scratch folder is writable");
    let page =
        format!("<!doctype html><link rel=icon href='data:,'><body>{page}<script>new Worker('worker.js')</script>");
    fs::write(folder.join("index.html"), page).expect("a page");
    fs::write(folder.join("worker.js"), worker).expect("a worker");
    Visit::open_folder(&folder, camera)
}

#[test]
fn errors_of_page_and_worker_and_requests_to_other_hosts_are_detected() {
    let page = "<script>console.error('logged by the page'); fetch('/elsewhere', { method: 'POST' });</script>";
    let worker = "console.error('logged by the worker'); \
                  setTimeout(() => { throw new Error('thrown by the worker') }); \
                  fetch('http://example.com/secret', { mode: 'no-cors' }).catch(() => {});";
    let mut visit = visit("faulty", page, worker, &Camera::None);
    let expected = ["logged by the page", "405", "logged by the worker", "thrown by the worker"];
    visit.wait_for_problems(&expected);
    let leaks = visit.leaks();
    assert_eq!(leaks.len(), 2, "{leaks:?}");
    assert!(leaks.iter().any(|leak| leak.starts_with("POST http://localhost")), "{leaks:?}");
    assert!(leaks.iter().any(|leak| leak == "GET http://example.com/secret"), "{leaks:?}");
}

#[test]
fn a_page_can_be_clicked_read_and_sent_files() {
    let page = "<div style='height: 3000px'></div><button data-testid=press onclick='this.dataset.state = \"pressed\"'>\
                </button><input type=file data-testid=input hidden onchange='this.dataset.name = this.files[0].name'>";
    let mut visit = visit("plain", page, "", &Camera::None);
    visit.click("press");
    visit.wait_for_value("press", "data-state", "pressed");
    visit.choose_files("input", &[photo()]);
    visit.wait_for_value("input", "data-name", "astronaut.jpg");
    assert!(fs::metadata(visit.screenshot("plain")).is_ok_and(|picture| picture.len() > 1000));
    visit.end();
}

#[test]
fn a_camera_shows_a_clip_is_denied_or_missing() {
    let page = "<p data-testid=camera></p><script>navigator.mediaDevices.getUserMedia({ video: true })\
                .then(stream => stream.getVideoTracks()[0].getSettings()).then(it => `${it.width}×${it.height}`)\
                .catch(error => error.name).then(seen => document.querySelector('p').dataset.seen = seen)</script>";
    let cameras = [
        (Camera::Clip(write_clip(&photo())), "640×480"),
        (Camera::Refused, "NotAllowedError"),
        (Camera::None, "NotFoundError"),
    ];
    for (camera, expected) in cameras {
        let mut visit = visit("camera", page, "", &camera);
        visit.wait_for_value("camera", "data-seen", expected);
        visit.end();
    }
}
