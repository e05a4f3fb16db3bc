//! The analysis of videos.

use std::path::PathBuf;
use std::{env, fs};

use serde_json::Value;

use crate::access::{axe_violations, load_axe, set_theme, widest_at_320_pixels};
use crate::language::choose;
use crate::support::{Camera, Visit, scratch};

/// Twenty frames, five per second, 3.8 seconds from the first to the last.
fn clip() -> PathBuf {
    fixture("portrait.webm")
}

fn fixture(name: &str) -> PathBuf {
    xtask::root().join("tests/fixtures").join(name)
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

/// Counts in `opened` the workers that decode a video, and in `asked` the frames that they are asked for. The worker does not get question
/// number `stalls`, and the time that the page waits for an answer is over at once.
const WATCH: &str = "(() => {
    const wait = setTimeout;
    let giveUp;
    Object.assign(self, { opened: 0, asked: 0, stalls: 0, onStall: () => {} });
    self.setTimeout = (act, time, ...rest) => wait(time === 20000 ? (giveUp = act) : act, time, ...rest);
    self.Worker = class extends Worker {
        postMessage(message, ...rest) {
            if (message instanceof File) opened++;
            if (typeof message?.[0] !== 'number' || ++asked !== stalls) return super.postMessage(message, ...rest);
            onStall();
            wait(giveUp);
        }
    };
    return true;
})()";

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
    let [sound, resized] = ["sound", "resized"].map(|name| fixture(&format!("videos/{name}.webm")));
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.evaluate(WATCH);
    visit.choose_files("video-input", &[clip()]);
    visit.choose_files("analyse-input", &[damaged, cut, empty, sound, resized]);
    visit.wait_for_all("analysis-file", |files| files.len() == 6);
    visit.screenshot("analysis-queue");
    visit.click("analyse-start");
    wait_for_end(&mut visit, 6);
    let found = files(&mut visit);
    assert_eq!(found[0], ("done".into(), 20.0), "{found:?}");
    assert_eq!([1, 3, 4].map(|bad| &found[bad]), [&("skipped".into(), 0.0); 3], "{found:?}");
    assert!(found[2].1 > 3.0 && found[2].1 < 20.0, "what is there of the third is kept: {found:?}");
    assert_eq!(found[5], ("done".into(), 6.0), "{found:?}");
    let said: Vec<String> = visit.all("analysis-file").into_iter().map(|file| file.text).collect();
    let remarks = ["", "cannot decode", "", "is empty", "no picture", "From 0:00 on the picture has 96 × 128 pixels"];
    assert!(said.iter().zip(remarks).all(|(said, remark)| said.contains(remark)), "{said:?}");
    assert_eq!(visit.evaluate("opened"), 3, "no decoder was started again");

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
    visit.evaluate("void (opened = asked = 0, stalls = 9)");
    visit.click("analyse-start");
    wait_for_end(&mut visit, 1);
    assert_eq!(files(&mut visit), [("done".into(), 20.0)]);
    assert_eq!(visit.evaluate("opened"), 2, "a decoder that stalls is started again where it was");
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

#[test]
fn a_phone_s_video_is_upright_with_its_own_times_decoded_as_sought() {
    let mut visit = Visit::open(&Camera::None);
    let plays = "document.createElement('video').canPlayType('video/mp4; codecs=\"avc1.64000a\"') !== ''";
    if visit.evaluate(plays) != true {
        return visit.end(); // a Chromium without H.264
    }
    visit.wait_for_value("backend", "data-state", "ready");
    visit.evaluate(WATCH);
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
    // A decoder that stalls and cannot be started again: the others are sought.
    visit.evaluate("void (asked = 0, stalls = 6, onStall = () => delete self.VideoDecoder)");
    let partly = analyse(&mut visit);
    assert_eq!(visit.evaluate("asked"), 6, "the frames from there on are sought");
    visit.evaluate("void (asked = 0)");
    let sought = analyse(&mut visit);
    assert_eq!(visit.evaluate("asked"), 0, "the frames are sought");
    let times: Vec<f64> = (0..20).map(|index| f64::from(200 * index + 50 * (index % 3))).collect();
    for rows in [&decoded, &partly, &sought] {
        let seen: Vec<f64> = rows.iter().map(|row| row[0]).collect();
        assert!(seen.len() > 15 && seen.iter().all(|time| times.contains(time)), "{seen:?}");
        assert_eq!(rows.len(), decoded.len());
        for (one, other) in decoded.iter().zip(rows) {
            // time, face, seven probabilities; the last value is the rate
            assert_eq!(one[..2], other[..2]);
            assert!(one.iter().zip(other).all(|(one, other)| (one - other).abs() < 0.05), "{one:?} {other:?}");
        }
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
    // with the keyboard, which finds the focus on what takes a button's place
    visit.enter_on("analyse-start", "analyse-pause");
    visit.wait_for("analyse-progress", |progress| progress.number("data-frames") > 2.0);
    visit.enter_on("analyse-pause", "analyse-resume");
    visit.wait_for_value("analyse-progress", "data-state", "paused");
    visit.screenshot("analysis-paused");
    visit.enter_on("analyse-cancel", "analyse-start");
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

/// `MIEN_CLIP=clip.mp4 cargo xtask test --only browser a_clip_of_a_person` analyses a video of a real person, which is not part of this
/// project, and prints what was found and how long it took.
#[test]
fn a_clip_of_a_person_is_analysed_whole() {
    let Some(clip) = env::var_os("MIEN_CLIP").map(PathBuf::from) else {
        return println!("SKIPPED: MIEN_CLIP in the environment names no video");
    };
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.choose_files("video-input", &[clip]);
    visit.wait_for_true("document.querySelector('video')?.duration > 0");
    visit.evaluate("void (self.began = performance.now())");
    visit.click("analyse-start");
    visit.wait_for_true("document.querySelector('[data-testid=analyse-progress]') !== null");
    // as long as it goes on
    let mut seen = -1.0;
    while let Some(progress) = visit.all("analyse-progress").pop() {
        let before = std::mem::replace(&mut seen, progress.number("data-frames"));
        assert!(before <= seen);
        visit.wait_for_true(&format!(
            "!(document.querySelector('[data-testid=analyse-progress]')?.dataset.frames <= {seen})"
        ));
    }
    let (took, duration) = (
        visit.evaluate("(performance.now() - began) / 1000"),
        visit.evaluate("document.querySelector('video').duration"),
    );
    let [took, duration] = [took, duration].map(|value| value.as_f64().expect("a number"));
    let found = files(&mut visit);
    assert_eq!((found.len(), found[0].0.as_str()), (1, "done"), "{found:?}");
    let json: Value = serde_json::from_str(&visit.download_text("timeline-json")).expect("JSON");
    let source = &json["sources"][0];
    assert_eq!(
        (&source["analysis"]["complete"], source["analysis"]["frames"].as_f64()),
        (&true.into(), Some(found[0].1))
    );
    for row in source["rows"].as_array().expect("rows") {
        let sum: f64 = row["probabilities"].as_array().expect("probabilities").iter().filter_map(Value::as_f64).sum();
        assert!((sum - 1.0).abs() < 0.01 && row["time_ms"].as_f64() <= Some(duration * 1000.0), "{row}");
    }
    let faces = source["faces"].as_array().expect("faces");
    assert!(!faces.is_empty(), "no face was found");
    println!("{} frames of {duration:.2} s in {took:.2} s: {:.2} times real time", found[0].1, duration / took);
    for face in faces {
        println!(
            "face {}: {} s, {} changes per minute, {}",
            face["face"], face["seconds"], face["changes_per_minute"], face["shares"]
        );
    }
    let drawn = visit.evaluate("Number(document.querySelector('[data-testid=timeline-plot] canvas').dataset.drawMs)");
    println!("drawn in {drawn} ms");
    visit.end();
}
