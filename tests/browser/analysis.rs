//! The analysis of videos.

use std::fs;

use serde_json::Value;

use crate::access::{axe_violations, load_axe, set_theme, widest_at_320_pixels};
use crate::language::choose;
use crate::support::{Camera, Visit, scratch};

/// Twenty frames, five per second, 3.8 seconds from the first to the last.
fn clip() -> std::path::PathBuf {
    xtask::root().join("tests/fixtures/portrait.webm")
}

/// The states of the files, and the numbers of their frames.
fn files(visit: &mut Visit) -> Vec<(String, f64)> {
    let files = visit.all("analysis-file");
    files.iter().map(|file| (file.attribute("data-state").to_owned(), file.number("data-frames"))).collect()
}

/// Waits until so many files are analysed or skipped.
fn wait_for_end(visit: &mut Visit, count: usize) {
    visit.wait_for_all("analysis-file", |files| {
        let over = |state: &str| ["done", "stopped", "skipped"].contains(&state);
        files.len() == count && files.iter().all(|file| over(file.attribute("data-state")))
    });
}

fn times(csv: &str) -> Vec<u32> {
    csv.lines().skip(1).filter_map(|line| line.split(',').next()?.parse().ok()).collect()
}

#[test]
fn videos_are_analysed_with_their_own_times_and_bad_ones_are_skipped() {
    let whole = fs::read(clip()).expect("the fixture is readable");
    let write = |name: &str, content: &[u8]| {
        let file = scratch().join(name);
        fs::write(&file, content).expect("the scratch folder is writable");
        file
    };
    let (cut, damaged) = (write("cut.webm", &whole[..whole.len() - 180]), write("no video.webm", b"no video"));
    let empty = write("empty.webm", b"");
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.choose_files("video-input", &[clip()]);
    visit.choose_files("analyse-input", &[damaged, cut, empty]);
    visit.wait_for_all("analysis-file", |files| files.len() == 4);
    visit.screenshot("analysis-queue");
    visit.click("analyse-start");
    wait_for_end(&mut visit, 4);
    let found = files(&mut visit);
    assert_eq!(found[0], ("done".into(), 20.0), "{found:?}");
    assert_eq!([&found[1], &found[3]], [&("skipped".into(), 0.0); 2], "{found:?}");
    assert!(found[2].1 > 3.0 && found[2].1 < 20.0, "what is there of the third is kept: {found:?}");
    let said: Vec<String> = visit.all("analysis-file").into_iter().map(|file| file.text).collect();
    assert!(said[1].contains("cannot decode") && said[3].contains("is empty"), "{said:?}");

    // Each frame once, at its own time; the same when it is analysed again, with every frame.
    let csv = visit.download_text("timeline-csv");
    let of = |csv: &str, name: &str| -> String {
        let mut lines = csv.lines();
        let header = lines.next().map(|line| format!("{line}\n")).unwrap_or_default();
        header + &lines.filter(|line| line.contains(name)).map(|line| format!("{line}\n")).collect::<String>()
    };
    let portrait = of(&csv, "portrait.webm");
    let seen = times(&portrait);
    assert!(seen.len() > 15 && seen.is_sorted() && seen.iter().all(|time| time % 200 == 0), "{portrait}");
    assert_eq!(seen.last(), Some(&3800));
    assert!(portrait.contains(",portrait.webm,vgg,12.5"), "{portrait}");
    let cut_times = times(&of(&csv, "cut.webm"));
    assert!(!cut_times.is_empty() && seen.starts_with(&cut_times), "{cut_times:?}");
    visit.choose_files("video-input", &[clip()]);
    visit.select("analyse-rate", 0);
    visit.click("analyse-start");
    wait_for_end(&mut visit, 1);
    assert_eq!(files(&mut visit), [("done".into(), 20.0)]);
    let again = of(&visit.download_text("timeline-csv"), "portrait.webm");
    assert_eq!(again.replace(",every", ",12.5"), portrait, "the numbers do not depend on the speed");

    // The face in short, in the page and in the file.
    let face = visit.wait_for("face-summary-row", |_| true);
    assert!((face.number("data-seconds") - 4.0).abs() < 0.7, "{face:?}");
    let json: Value = serde_json::from_str(&visit.download_text("timeline-json")).expect("JSON");
    let source = &json["sources"][0];
    assert_eq!(source["analysis"]["frames_per_second"], "every", "{json}");
    assert_eq!(source["faces"][0]["frames"].as_f64(), Some(face.number("data-frames")));
    visit.wait_for_value("timeline-plot", "data-faces", "1");

    load_axe(&mut visit);
    for theme in ["light", "dark"] {
        set_theme(&mut visit, theme);
        visit.evaluate("document.querySelector('[data-testid=analysis]').scrollIntoView()");
        visit.screenshot(&format!("analysis-{theme}"));
        assert_eq!(axe_violations(&mut visit), [""; 0], "{theme}");
    }
    visit.set_width(320);
    for language in ["en", "de", "fr"] {
        choose(&mut visit, language);
        visit.wait_for("face-summary", |_| true);
        let (width, elements) = widest_at_320_pixels(&mut visit);
        assert!(width <= 320.0, "{language}: {width} {elements}");
        visit.evaluate("document.querySelector('[data-testid=analysis]').scrollIntoView()");
        visit.screenshot(&format!("analysis-320-{language}"));
        visit.evaluate("document.querySelector('[data-testid=face-summary]').scrollIntoView()");
        visit.screenshot(&format!("face-summary-320-{language}"));
    }
    visit.end();
}

/// Counts in `asked` the frames that the page asks a decoder for.
const COUNT: &str = "(() => {
    self.asked = 0;
    self.Worker = class extends Worker {
        postMessage(message, ...rest) {
            if (typeof message?.[0] === 'number') asked++;
            super.postMessage(message, ...rest);
        }
    };
    return true;
})()";

#[test]
fn a_phone_s_video_is_upright_with_its_own_times_decoded_as_sought() {
    let mut visit = Visit::open(&Camera::None);
    let plays = "document.createElement('video').canPlayType('video/mp4; codecs=\"avc1.64000a\"') !== ''";
    if visit.evaluate(plays) != true {
        return visit.end(); // a Chromium without H.264
    }
    visit.wait_for_value("backend", "data-state", "ready");
    visit.evaluate(COUNT);
    visit.choose_files("video-input", &[xtask::root().join("tests/fixtures/turned.mp4")]);
    let analyse = |visit: &mut Visit| -> Vec<Vec<f64>> {
        visit.click("analyse-start");
        visit.wait_for_true("document.querySelector('[data-testid=analyse-progress]') !== null");
        wait_for_end(visit, 1);
        assert_eq!(files(visit), [("done".into(), 20.0)]);
        let csv = visit.download_text("timeline-csv");
        csv.lines().skip(1).map(|line| line.split(',').filter_map(|value| value.parse().ok()).collect()).collect()
    };
    let decoded = analyse(&mut visit);
    assert_eq!(visit.evaluate("asked >= 20 && asked < 50"), true, "the frames are decoded");
    visit.evaluate("void (delete self.VideoDecoder, asked = 0)");
    let sought = analyse(&mut visit);
    assert_eq!(visit.evaluate("asked"), 0, "the frames are sought");
    let times: Vec<f64> = (0..20).map(|index| f64::from(200 * index + 50 * (index % 3))).collect();
    for rows in [&decoded, &sought] {
        let seen: Vec<f64> = rows.iter().map(|row| row[0]).collect();
        assert!(seen.len() > 15 && seen.iter().all(|time| times.contains(time)), "{seen:?}");
    }
    assert_eq!(decoded.len(), sought.len());
    for (one, other) in decoded.iter().zip(&sought) {
        // time, face, seven probabilities; the last value is the rate
        assert_eq!(one[..2], other[..2]);
        assert!(one.iter().zip(other).all(|(one, other)| (one - other).abs() < 0.05), "{one:?} {other:?}");
    }
    visit.end();
}

/// Makes the browser record a face that leaves after 1.5 seconds and is back 2.5 seconds later, as a file without a length, and
/// chooses it.
const RECORD: &str = "(async () => {
    const image = new Image();
    image.src = document.querySelector('[data-testid=sample] img').src;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 320 });
    const context = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(10), { mimeType: 'video/webm;codecs=vp8' });
    const parts = [];
    recorder.ondataavailable = event => parts.push(event.data);
    const stopped = new Promise(done => { recorder.onstop = done; });
    const start = performance.now();
    const timer = setInterval(() => {
        const passed = performance.now() - start;
        context.fillStyle = '#808080';
        context.fillRect(0, 0, 320, 320);
        if (passed < 1500 || passed > 4000) context.drawImage(image, passed / 500, 0, 320, 320);
        context.fillStyle = `rgb(${passed % 256}, 0, 0)`;
        context.fillRect(0, 0, 4, 4);
    }, 50);
    recorder.start();
    await new Promise(done => setTimeout(done, 5500));
    clearInterval(timer);
    recorder.stop();
    await stopped;
    const files = new DataTransfer();
    files.items.add(new File(parts, 'recorded.webm', { type: 'video/webm' }));
    const input = document.querySelector('[data-testid=video-input]');
    input.files = files.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
    return true;
})()";

#[test]
fn an_analysis_is_paused_stopped_and_its_tracks_are_joined_by_hand() {
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.evaluate(RECORD);
    visit.wait_for_true("document.querySelector('video')?.readyState > 1");
    visit.click("analyse-start");
    visit.wait_for("analyse-progress", |progress| progress.number("data-frames") > 2.0);
    visit.click("analyse-pause");
    visit.wait_for_value("analyse-progress", "data-state", "paused");
    visit.screenshot("analysis-paused");
    visit.click("analyse-cancel");
    visit.wait_for_value("analysis-file", "data-state", "stopped");
    let kept = files(&mut visit)[0].1;
    assert!(kept > 2.0 && kept < 60.0, "{kept} frames");
    visit.wait_for("face-summary-row", |_| true);

    visit.click("analyse-start");
    visit.wait_for("analyse-progress", |progress| progress.number("data-frames") > 2.0);
    visit.click("analyse-pause");
    visit.click("analyse-resume");
    visit.wait_for_value("analysis-file", "data-state", "done");
    let rows = visit.wait_for_all("face-summary-row", |rows| rows.len() == 2);
    let seconds: f64 = rows.iter().map(|row| row.number("data-seconds")).sum();
    let unchosen = "[...document.querySelectorAll('[data-testid=join]')].every(field => field.selectedIndex === 0)";
    assert_eq!(visit.evaluate(unchosen), true, "nothing is joined yet");
    visit.select("join", 1);
    let joined = visit.wait_for_all("face-summary-row", |rows| rows.len() == 1);
    assert!((joined[0].number("data-seconds") - seconds).abs() < 0.3, "{rows:?} {joined:?}");
    visit.wait_for_value("timeline-plot", "data-faces", "1");
    let json: Value = serde_json::from_str(&visit.download_text("timeline-json")).expect("JSON");
    assert_eq!(json["sources"][0]["joins"], serde_json::json!([[1, 2]]), "{json}");
    assert_eq!(json["sources"][0]["faces"][0]["tracks"], serde_json::json!([1, 2]));
    visit.call("Emulation.setEmulatedMedia", serde_json::json!({ "media": "print" }));
    visit.evaluate("void dispatchEvent(new Event('beforeprint'))");
    visit.screenshot("analysis-print");
    visit.call("Emulation.setEmulatedMedia", serde_json::json!({ "media": "" }));
    visit.evaluate("void dispatchEvent(new Event('afterprint'))");
    visit.click("join-undo");
    visit.wait_for_all("face-summary-row", |rows| rows.len() == 2);
    assert_eq!(visit.evaluate(unchosen), true, "the faces are apart again");
    visit.screenshot("analysis-two-faces");

    visit.click("timeline-clear");
    visit.wait_for_all("face-summary", <[_]>::is_empty);
    visit.end();
}
