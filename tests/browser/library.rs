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
    visit.evaluate("document.querySelector('mien-camera').shadowRoot.querySelector('button').click()");
    visit.wait_for("camera-faces", |faces| faces.text == "1: happy");
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
            const wrong = [one.recognize('a text'), one.classify(new ImageData(3, 4)), one.useNetwork(new Uint8Array(9))];
            const errors = await Promise.all(wrong.map(refusal));
            const pending = [one.recognize(image), one.useNetwork('default')];
            one.dispose();
            errors.push(...await Promise.all([...pending, one.classify(face.crop)].map(refusal)));
            const { length } = await other.recognize(image);
            other.dispose();
            return { label, probability, inside, errors, length };
        })()",
    );
    let errors = ["picture-invalid", "crop-size", "weights-damaged", "disposed", "disposed", "disposed"];
    assert_eq!(seen, json!({ "label": "happy", "probability": 0, "inside": true, "errors": errors, "length": 1 }));
    visit.end();
}
