//! The plot of the timeline.

use std::env;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::access::{axe_violations, load_axe, set_theme, widest_at_320_pixels};
use crate::language::choose;
use crate::live::photo;
use crate::support::{Camera, Visit, write_clip};

/// The first and the last visible millisecond.
fn window(visit: &mut Visit) -> (f64, f64) {
    let plot = visit.wait_for("timeline-plot", |_| true);
    (plot.number("data-from"), plot.number("data-to"))
}

/// Presses the mouse at a share of the plot's width, moves it to another, and releases it.
fn drag(visit: &mut Visit, from: f64, to: f64) {
    let area = visit.evaluate(
        "(() => { const plot = document.querySelector('[data-testid=timeline-plot]');
            plot.scrollIntoView({ block: 'center' });
            const { x, y, width, height } = plot.getBoundingClientRect();
            return [x, width, y + height / 2]; })()",
    );
    let [x, width, y] = [0, 1, 2].map(|index| area[index].as_f64().expect("a number"));
    for (kind, share) in [("mousePressed", from), ("mouseMoved", to), ("mouseReleased", to)] {
        let event =
            json!({ "type": kind, "x": x + width * share, "y": y, "button": "left", "buttons": 1, "clickCount": 1 });
        visit.call("Input.dispatchMouseEvent", event);
    }
}

fn current_time(visit: &mut Visit) -> f64 {
    visit.wait_for_true("!document.querySelector('video').seeking");
    visit.evaluate("document.querySelector('video').currentTime").as_f64().expect("a number")
}

#[test]
fn the_timeline_is_drawn_and_followed_by_the_video() {
    let clip = xtask::root().join("tests/fixtures/portrait.webm");
    let mut visit = Visit::open(&Camera::None);
    visit.wait_for_value("backend", "data-state", "ready");
    visit.choose_files("video-input", &[clip]);
    assert!(visit.all("timeline").is_empty(), "nothing is recorded unasked");
    visit.click("record");
    visit.evaluate("void Object.assign(document.querySelector('video'), { currentTime: 0, playbackRate: 4 }).play()");
    visit.wait_for_true("document.querySelector('video').ended");
    visit.wait_for_value("timeline-plot", "data-faces", "1");
    let (from, to) = window(&mut visit);
    assert!(from == 0.0 && to >= 3800.0, "all of it: {from} to {to}");

    // Pixels of several classes are painted, in both modes.
    let colours = "(() => { const canvas = document.querySelector('[data-testid=timeline-plot] canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size; })()";
    visit.select("timeline-mode", 1);
    visit.wait_for_value("timeline-plot", "data-mode", "area");
    assert!(visit.evaluate(colours).as_u64() > Some(20), "areas are drawn");
    visit.screenshot("timeline-area");
    visit.select("timeline-mode", 0);
    visit.wait_for_value("timeline-plot", "data-mode", "curves");
    assert!(visit.evaluate(colours).as_u64() > Some(20), "curves are drawn");
    let drawn = visit.evaluate("Number(document.querySelector('[data-testid=timeline-plot] canvas').dataset.drawMs)");
    println!("drawn in {drawn} ms");

    // Scrubbing with the pointer and the keyboard moves the video.
    drag(&mut visit, 0.25, 0.6);
    let dragged = current_time(&mut visit);
    assert!((1.6..2.8).contains(&dragged), "dragged to {dragged}");
    visit.evaluate("document.querySelector('[data-testid=timeline-plot]').focus()");
    visit.press("ArrowRight");
    visit.wait_for_true(&format!("document.querySelector('video').currentTime > {dragged}"));
    visit.press("Home");
    visit.wait_for_true("document.querySelector('video').currentTime === 0");
    visit.wait_for("timeline-reading", |reading| reading.text.starts_with("0:00"));

    // Zoom.
    visit.press("+");
    visit.wait_for("timeline-plot", |plot| plot.number("data-to") < to);
    visit.click("timeline-later");
    visit.wait_for("timeline-plot", |plot| plot.number("data-from") > 0.0);
    visit.click("timeline-all");
    visit.wait_for("timeline-plot", |plot| plot.number("data-to") == to && plot.number("data-from") == 0.0);

    // Markers are named, and kept in the files.
    visit.evaluate("document.querySelector('[data-testid=timeline-plot]').focus()");
    visit.press("End");
    visit.wait_for_true("document.querySelector('video').currentTime > 3.5");
    visit.press("m");
    let marker = visit.wait_for("timeline-marker", |_| true).attribute("data-time").to_owned();
    visit.enter("[data-testid=timeline-marker-name]", "smile, <now>");
    let csv = visit.download_text("timeline-csv");
    assert!(csv.lines().any(|line| line.starts_with(&marker) && line.ends_with(",\"smile, <now>\"")), "{csv}");
    let json: Value = serde_json::from_str(&visit.download_text("timeline-json")).expect("JSON");
    assert_eq!(json["sources"][0]["file"], "portrait.webm");
    assert_eq!(json["sources"][0]["markers"][0]["name"], "smile, <now>");
    assert!(json["sources"][0]["rows"].as_array().is_some_and(|rows| !rows.is_empty()), "{json}");
    let svg = visit.download_text("timeline-svg");
    assert!(svg.starts_with("<svg") && svg.contains("smile, &lt;now&gt;") && !svg.contains("var("), "{svg}");
    visit.click("timeline-marker-go");
    visit.screenshot("timeline");

    // The same for screen readers, in both themes, and on a narrow screen.
    visit.evaluate("document.querySelector('[data-testid=timeline-table]').open = true");
    visit.wait_for_true("document.querySelectorAll('[data-testid=timeline-table] tbody tr').length > 1");
    load_axe(&mut visit);
    for theme in ["light", "dark"] {
        set_theme(&mut visit, theme);
        assert_eq!(axe_violations(&mut visit), [""; 0], "{theme}");
    }
    visit.set_width(320);
    for language in ["en", "de", "fr"] {
        choose(&mut visit, language);
        visit.wait_for("timeline-plot", |_| true);
        let (width, elements) = widest_at_320_pixels(&mut visit);
        assert!(width <= 320.0, "{language}: {width} {elements}");
        visit.screenshot(&format!("timeline-320-{language}"));
    }
    visit.enter_on("timeline-mark", "timeline-mark");
    visit.wait_for_all("timeline-marker", |markers| markers.len() == 2);
    visit.enter_on("timeline-marker-remove", "timeline-marker-remove");
    visit.wait_for_all("timeline-marker", |markers| markers.len() == 1);
    visit.click("timeline-marker-remove");
    visit.wait_for_all("timeline-marker", <[_]>::is_empty);
    visit.click("timeline-clear");
    visit.wait_for_all("timeline", <[_]>::is_empty);
    visit.end();
}

#[test]
fn what_is_recorded_stays_when_the_source_changes() {
    let mut visit = Visit::open(&Camera::Clip(write_clip(&photo())));
    visit.wait_for_value("backend", "data-state", "ready");
    visit.click("camera-start");
    visit.wait_for("face", |_| true);
    visit.click("record");
    visit.wait_for_value("timeline-plot", "data-faces", "1");
    visit.click("camera-stop");
    visit.wait_for("camera-start", |_| true);
    visit.wait_for_value("timeline-plot", "data-faces", "1");
    visit.choose_files("video-input", &[xtask::root().join("tests/fixtures/portrait.webm")]);
    visit.wait_for("face", |_| true);
    visit.click("video-close");
    visit.wait_for_value("timeline-plot", "data-faces", "1");
    visit.end();
}

/// Keeps the memories of the page's programs, and once `fast` is set answers for the engine: with its last answer about one face, and other
/// probabilities, in which the look changes every three seconds of a video of 25 frames per second.
const ANSWER: &str = "(() => {
    Object.assign(self, { memories: [], fast: false, frames: 0 });
    for (const name of ['instantiate', 'instantiateStreaming']) {
        const instantiate = WebAssembly[name].bind(WebAssembly);
        WebAssembly[name] = async (...all) => {
            const program = await instantiate(...all);
            memories.push((program.instance ?? program).exports.memory);
            return program;
        };
    }
    // an integer of postcard, and where the next value begins
    const read = (bytes, at) => {
        for (let value = 0, shift = 0; ; shift += 7) {
            value += (bytes[at] & 127) * 2 ** shift;
            if (bytes[at++] < 128) return [value, at];
        }
    };
    const write = value => (value < 128 ? [value] : [value & 127 | 128, ...write(Math.floor(value / 128))]);
    let answer, asked;
    const keep = ({ data }) => {
        if (!(data?.[0] instanceof Uint8Array) || data[0].length < 2000) return;
        const [kind, after] = read(data[0], 0);
        const [request, rest] = read(data[0], after);
        if (request !== asked) return;
        // width, height, the number of faces, and the number of the face
        const start = [0, 0, 0, 0].reduce(at => read(data[0], at)[1], rest);
        // a rectangle, six points, four points, a score and the probabilities of this frame alone
        answer = { kind, bytes: data[0].slice(rest), smoothed: start - rest + 4 * (4 + 12 + 8 + 1 + 7) };
    };
    self.Worker = class extends Worker {
        constructor(...all) {
            super(...all);
            this.addEventListener('message', keep);
        }
        postMessage(message, ...rest) {
            const picture = Array.isArray(message) && message.flat().find(part => part instanceof ImageBitmap);
            if (!picture || !(message[0] instanceof Uint8Array)) return super.postMessage(message, ...rest);
            const request = read(message[0], read(message[0], 0)[1])[0];
            if (!fast) {
                asked = request;
                return super.postMessage(message, ...rest);
            }
            picture.close();
            const head = [...write(answer.kind), ...write(request)];
            const bytes = new Uint8Array([...head, ...answer.bytes]);
            const look = Math.floor(frames++ / 75) % 7;
            const weights = [0, 1, 2, 3, 4, 5, 6].map(each => (each === look ? 3 : 0.3) + Math.random() / 2);
            const sum = weights.reduce((sum, weight) => sum + weight);
            const view = new DataView(bytes.buffer, head.length + answer.smoothed);
            weights.forEach((weight, each) => view.setFloat32(4 * each, weight / sum, true));
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => this.dispatchEvent(new MessageEvent('message', { data: [bytes, undefined] }));
            port2.postMessage(0);
        }
    };
})()";

/// Analyses every frame of a video.
fn analyse(visit: &mut Visit, video: PathBuf) {
    visit.choose_files("video-input", &[video]);
    visit.wait_for_true("document.querySelector('video') !== null");
    visit.evaluate("document.querySelector('video').pause()");
    visit.select("analyse-rate", 0);
    visit.click("analyse-start");
    visit.wait_for_true("document.querySelector('[data-testid=analyse-progress]') !== null");
    let mut seen = -1.0;
    while let Some(progress) = visit.all("analyse-progress").pop() {
        seen = progress.number("data-frames").max(seen);
        visit.wait_for_true(&format!(
            "!(document.querySelector('[data-testid=analyse-progress]')?.dataset.frames <= {seen})"
        ));
    }
}

/// `MIEN_HOUR=hour.mp4 cargo xtask test --only browser an_hour` measures how long the plot of an hour takes to draw, and the memory. The
/// faces are made up, so any video of an hour and 25 frames per second will do, such as that of `ffmpeg -f lavfi -i
/// testsrc=size=64x64:rate=25 -t 3600 -c:v libx264 -preset ultrafast -crf 45 -g 250 -pix_fmt yuv420p hour.mp4`.
#[test]
fn an_hour_is_drawn_soon_and_takes_little_memory() {
    let Some(hour) = env::var_os("MIEN_HOUR").map(PathBuf::from) else {
        return println!("SKIPPED: MIEN_HOUR in the environment names no video");
    };
    let mut visit = Visit::open(&Camera::None);
    visit.run_first(ANSWER);
    visit.reload();
    visit.wait_for_value("backend", "data-state", "ready");
    analyse(&mut visit, xtask::root().join("tests/fixtures/portrait.webm"));
    visit.click("timeline-clear");
    let bytes = |visit: &mut Visit| {
        visit.call("HeapProfiler.collectGarbage", json!({}));
        let heap = visit.call("Runtime.getHeapUsage", json!({}))["usedSize"].as_f64().expect("bytes");
        let programs = visit.evaluate("memories.reduce((sum, memory) => sum + (memory?.buffer.byteLength ?? 0), 0)");
        [heap, programs.as_f64().expect("bytes")]
    };
    let before = bytes(&mut visit);
    visit.evaluate("void (fast = true)");
    analyse(&mut visit, hour);
    let after = bytes(&mut visit);
    let grown = [0, 1].map(|part| (after[part] - before[part]) / 1e6);
    println!("memory: {:.1} MB of JavaScript and {:.1} MB of the page's program more", grown[0], grown[1]);
    assert!(grown.iter().sum::<f64>() < 40.0);
    // and those of the video until it was paused
    assert!(visit.evaluate("frames").as_u64() >= Some(90_000));
    for mode in [0, 1] {
        visit.select("timeline-mode", mode);
        visit.evaluate("document.querySelector('[data-testid=timeline-all]').click()");
        loop {
            // moved by a key, so that the video seeks and all is drawn again
            let drawn = visit.evaluate(
                "(async () => {
                    const plot = document.querySelector('[data-testid=timeline-plot]');
                    const canvas = plot.querySelector('canvas');
                    const times = [];
                    for (let move = 0; move < 20; move++) {
                        const drawn = new Promise(done => {
                            const observer = new MutationObserver(() => done(observer.disconnect()));
                            observer.observe(canvas, { attributeFilter: ['data-draw-ms'] });
                        });
                        const key = move % 10 < 8 ? 'ArrowRight' : 'ArrowLeft';
                        plot.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
                        await Promise.race([drawn, new Promise(done => setTimeout(done, 2000))]);
                        times.push(Number(canvas.dataset.drawMs));
                    }
                    times.sort((one, other) => one - other);
                    return [times[10], times[19]];
                })()",
            );
            let (from, to) = window(&mut visit);
            println!("{:.0} s, mode {mode}: median {} ms, at most {} ms", (to - from) / 1000.0, drawn[0], drawn[1]);
            if visit.wait_for("timeline-zoom-in", |_| true).has("disabled") {
                break;
            }
            visit.click("timeline-zoom-in");
            visit.wait_for("timeline-plot", |plot| plot.number("data-to") - plot.number("data-from") < to - from);
        }
    }
    visit.screenshot("timeline-hour");
    visit.end();
}
