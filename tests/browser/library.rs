//! The npm package in a page of its own: the example in `examples/web-page/`.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::live::photo;
use crate::support::{Camera, Visit, copy_folder, scratch, write_clip};

/// Loads the library in the page as `library`, and as `mien` what a promise of it is rejected with.
const IMPORT: &str = "import('./node_modules/mien/mien.js').then(module => {
    self.library = module;
    self.refusal = promise => promise.then(() => 'none', error => error instanceof library.MienError ? error.id : String(error));
})";

/// The example with the package, which is written from the built site.
fn example() -> PathBuf {
    let folder = scratch().join("page");
    copy_folder(&xtask::root().join("examples/web-page"), &folder);
    let program = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("quick-start-") && name.ends_with(".js")
    };
    let files = xtask::files(&xtask::dist()).expect("the site is built");
    let script = files.into_iter().find(|path| program(path)).expect("the site has a quick-start engine");
    xtask::package::write(&folder.join("node_modules/mien"), &script).expect("the package is written");
    folder
}

#[test]
fn a_page_recognizes_a_picture_and_a_camera() {
    let mut visit = Visit::open_folder(&example(), &Camera::Clip(write_clip(&photo())));
    visit.wait_for("status", |status| status.text == "Choose a picture.");
    visit.choose_files("picture-input", &[photo()]);
    let face = visit.wait_for_value("face", "data-expression", "happy");
    assert!(face.text.starts_with("1happy0.9"), "{}", face.text);
    visit.wait_for("status", |status| status.text == "1 face");
    visit.select("network", 1);
    visit.wait_for("face", |other| other.text.starts_with("1happy") && other.text != face.text);

    assert_eq!(
        visit.evaluate("document.querySelector('mien-camera').video.srcObject"),
        json!(null),
        "not before its start"
    );
    visit.evaluate(
        "import('./node_modules/mien/actions.js').then(({ Actions }) => {
            const actions = new Actions([{ expression: 'sad', seconds: 0 }, { expression: 'happy', seconds: 0.3 }]);
            self.held = [];
            actions.addEventListener('held', ({ detail }) => held.push([detail.index, detail.face.label, detail.time > 0]));
            document.querySelector('mien-camera').actions = actions;
            return true;
        })",
    );
    visit.evaluate("document.querySelector('mien-camera').shadowRoot.querySelector('button').click()");
    visit.wait_for("camera-faces", |faces| faces.text == "1: happy");
    visit.wait_for_true("held.length > 0");
    assert_eq!(visit.evaluate("held"), json!([[1, "happy", true]]), "once a hold");
    visit.wait_for_value("camera", "state", "on");
    visit.evaluate("document.querySelector('mien-camera').stop()");
    visit.wait_for_value("camera", "state", "off");

    // the same crop, the same probabilities; instances share nothing; what is pending is rejected
    visit.evaluate(IMPORT);
    let seen = visit.evaluate(
        "(async () => {
            const [one, other] = await Promise.all(['phone', 'phone'].map(network => library.load({ network })));
            const image = document.querySelector('img');
            const [face] = await one.recognize(image);
            const { label, probabilities } = await other.classify(face.crop);
            const probability = probabilities[label] - face.probabilities[label];
            const inside = face.box.x > 0 && face.box.x + face.box.width < image.naturalWidth;
            const wrong = [one.recognize('a text'), one.classify(new ImageData(3, 4)), one.useNetwork(new Uint8Array(9)),
                one.classify(new Float32Array(48 * 48)), ...[undefined, 5, {}].map(network => one.useNetwork(network))];
            const errors = await Promise.all(wrong.map(refusal));
            const pending = [one.recognize(image), one.useNetwork('default')];
            one.dispose();
            errors.push(...await Promise.all([...pending, one.classify(face.crop)].map(refusal)));
            const { length } = await other.recognize(image);
            other.dispose();
            return { label, probability, inside, errors, length };
        })()",
    );
    // what is wrong is told, and the instance goes on
    let seen_wrong = visit.evaluate(
        "(async () => {
            const loads = ['phone', 5, [], { flip: 1 }, { signal: {} }].map(options => refusal(library.load(options)));
            const mien = await library.load(null);
            const canvas = document.createElement('canvas');
            const thrown = make => { try { make(); return 'none'; } catch (error) { return error.id ?? String(error); } };
            const tracks = [[canvas], [canvas, 'show'], [canvas, () => {}, 'fast'], ...[{ actions: [{ expression: 'happy' }] },
                { interval: '5' }, { onError: 5 }, { signal: 5 }].map(options => [canvas, () => {}, options])];
            const ids = tracks.map(values => thrown(() => mien.track(...values)));
            const ended = [];
            for (const source of [null, undefined, 'a text', { requestVideoFrameCallback: 5 }]) {
                const tracking = { stop: () => {} };
                const error = await new Promise(onError => Object.assign(tracking, mien.track(source, () => {}, { onError })));
                tracking.stop();
                ended.push(error.id);
            }
            const camera = document.querySelector('mien-camera');
            const property = thrown(() => (camera.actions = [{ expression: 'happy' }]));
            const { length } = await mien.recognize(document.querySelector('img'));
            mien.dispose();
            return [await Promise.all(loads), ids, ended, property, length];
        })()",
    );
    let invalid = "argument-invalid";
    let (loads, tracks, ended) = ([invalid; 5], [invalid; 7], ["picture-invalid"; 4]);
    assert_eq!(seen_wrong, json!([loads, tracks, ended, invalid, 1]));
    let wrong = ["picture-invalid", "crop-size", "weights-damaged", "picture-invalid"];
    let errors = [&wrong[..], &["network-invalid"; 3], &["disposed"; 3]].concat();
    assert_eq!(seen, json!({ "label": "happy", "probability": 0, "inside": true, "errors": errors, "length": 1 }));
    visit.end();
}

/// Runs a rule that holds for a second over frames of 100 ms: `fired` has the numbers of the frames in which it fires for face 1.
const RULES: &str = "import('./node_modules/mien/actions.js').then(({ Actions }) => {
    const face = (id, happy) => ({ id, probabilities: { happy: Math.fround(happy), sad: Math.fround(1 - happy) } });
    self.fired = (parts, rule = {}) => {
        const actions = new Actions([{ expression: 'happy', ...rule }]);
        const frames = parts.flatMap(([count, happy]) => Array(count).fill(happy));
        return frames.flatMap((happy, index) =>
            actions.frame(happy === null ? [] : [face(1, happy)], { time: 100 * index }).map(() => index));
    };
    self.refused = make => {
        try { make(Actions); return 'none'; } catch (error) { return error.id; }
    };
    return true;
})";

#[test]
fn rules_of_the_library_fire_as_those_of_the_page() {
    let mut visit = Visit::open_folder(&example(), &Camera::None);
    visit.evaluate(RULES);
    // As in `crates/page/src/state/actions/tests.rs`.
    for (frames, fired) in [
        ("[[10, 0.9]]", json!([])),
        ("[[50, 0.9]]", json!([10])),
        ("[[50, 0.6]]", json!([10])),
        ("[[50, 0.59]]", json!([])),
        ("[[9, 0.9], [1, 0.55], [9, 0.9], [1, 0.55], [11, 0.9]]", json!([30])),
        ("[[15, 0.9], [20, 0.52], [30, 0.9]]", json!([10])),
        ("[[15, 0.9], [1, 0.48], [30, 0.9]]", json!([10, 26])),
        ("[[5, 0.9], [1, null], [15, 0.9]]", json!([16])),
        ("[[15, 0.9], [10, null], [15, 0.9]]", json!([10])),
        ("[[15, 0.9], [20, null], [15, 0.9]]", json!([10, 45])),
    ] {
        assert_eq!(visit.evaluate(&format!("fired({frames})")), fired, "{frames}");
    }
    assert_eq!(visit.evaluate("fired([[3, 0.3], [3, 0.7]], { seconds: 0 })"), json!([3]));
    for rule in [
        "{ expression: 'smile' }",
        "{ expression: 'sad', seconds: -1 }",
        "{ expression: 'sad', seconds: '1' }",
        "{ expression: 'sad', probability: 0 }",
        "{ expression: 'sad', probability: '0.5' }",
        "null",
        "'sad'",
    ] {
        assert_eq!(
            visit.evaluate(&format!("refused(Actions => new Actions([{rule}]))")),
            json!("rule-invalid"),
            "{rule}"
        );
    }
    assert_eq!(visit.evaluate("refused(Actions => new Actions(5))"), json!("rule-invalid"));
    assert_eq!(visit.evaluate("refused(Actions => new Actions().sendTo(parent, '*'))"), json!("rule-invalid"));
    for call in ["sendTo({}, location.href)", "frame()", "frame([])", "frame([null], { time: 0 })"] {
        let refused = visit.evaluate(&format!("refused(Actions => new Actions().{call})"));
        assert_eq!(refused, json!("argument-invalid"), "{call}");
    }
    // A message reaches a page of the origin only.
    let messages = visit.evaluate(
        "import('./node_modules/mien/actions.js').then(async ({ Actions }) => {
            const seen = [];
            addEventListener('message', ({ data }) => seen.push(data));
            for (const origin of [location.href, 'https://mien.example', location.href]) {
                const actions = new Actions([{ expression: 'happy', seconds: 0 }]);
                actions.sendTo(window, origin);
                actions.frame([{ id: 1, probabilities: { happy: 1 } }], { time: 0 });
            }
            while (seen.length < 2) await new Promise(done => setTimeout(done, 10));
            return seen;
        })",
    );
    let message = json!({ "type": "mien-action", "rule": 1, "class": "happy" });
    assert_eq!(messages, json!([message, message]));
    visit.end();
}
