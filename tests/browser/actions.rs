//! Actions on Live: when this look is held, do that.

use std::fs;

use serde_json::json;

use crate::access::{axe_violations, load_axe, set_theme, widest_at_320_pixels};
use crate::language::choose;
use crate::live::photo;
use crate::model_face;
use crate::support::{Camera, Visit, copy_folder, scratch};

/// The deeds, by their places in the list.
const PICTURE: usize = 1;
const SOUND: usize = 2;
const COUNT: usize = 3;
const MESSAGE: usize = 4;

/// Waits until a rule has fired so often.
fn wait_for_count(visit: &mut Visit, rule: u32, count: u32) {
    let attribute =
        format!("document.querySelector('[data-testid=actions-rule][data-rule=\"{rule}\"]')?.dataset.count");
    visit.wait_for_true(&format!("{attribute} === '{count}'"));
}

#[test]
fn rules_fire_for_a_face_once_a_hold() {
    let mut visit = Visit::open(&Camera::None);
    // records the tones that the page plays
    visit.evaluate(
        "void (self.tones = [], OscillatorNode.prototype.start = function () { tones.push(this.frequency.value); })",
    );
    visit.wait_for_value("backend", "data-state", "ready");
    model_face::open(&mut visit);
    visit.wait_for_value("face", "data-expression", "neutral");
    visit.click("actions-open");
    visit.wait_for("actions-on", |on| on.has("disabled"));
    visit.click("actions-add");
    visit.enter("[data-testid=actions-word]", "Hooray");
    visit.click("actions-on");
    visit.wait_for_value("actions-on", "aria-pressed", "true");

    visit.click("face-look-happy");
    let shown = visit.wait_for("actions-shown", |_| true);
    assert_eq!((shown.text.as_str(), shown.attribute("data-expression")), ("Hooray", "happy"));
    visit.screenshot("actions-shown");
    wait_for_count(&mut visit, 1, 1);
    // it is taken away after a while, and does not come again as long as the look is held
    visit.wait_for_all("actions-shown", <[_]>::is_empty);
    wait_for_count(&mut visit, 1, 1);
    visit.click("face-look-neutral");
    visit.wait_for_value("face", "data-expression", "neutral");
    visit.click("face-look-happy");
    wait_for_count(&mut visit, 1, 2);

    // a second rule plays a sound, and its removal is undone
    visit.click("actions-add");
    visit.wait_for_all("actions-rule", |rules| rules.len() == 2);
    let second = "[data-testid=actions-rule][data-rule=\"2\"]";
    for (control, index) in [("look", 5), ("deed", SOUND)] {
        visit.change(&format!("{second} [data-testid=actions-{control}]"), "selectedIndex", index, "change");
        visit.wait_for_true(&format!(
            "document.querySelector('{second} [data-testid=actions-{control}]').selectedIndex === {index}"
        ));
    }
    visit.enter(&format!("{second} [data-testid=actions-seconds]"), "0.5");
    visit.evaluate(&format!("document.querySelector('{second} [data-testid=actions-remove]').click()"));
    visit.wait_for_all("actions-rule", |rules| rules.len() == 1);
    visit.click("actions-undo");
    visit.wait_for_all("actions-rule", |rules| rules.len() == 2);
    visit.click("face-look-surprise");
    wait_for_count(&mut visit, 2, 1);
    assert_eq!(visit.evaluate("tones.map(Math.round)"), json!([523, 659, 784]));

    // off is off
    visit.click("actions-on");
    visit.wait_for_value("actions-on", "aria-pressed", "false");
    visit.click("face-look-happy");
    visit.wait_for_value("face", "data-expression", "happy");
    wait_for_count(&mut visit, 1, 2);

    // the rules are kept, and are off
    visit.reload();
    visit.wait_for_value("backend", "data-state", "ready");
    visit.click("sample");
    visit.wait_for("face", |_| true);
    visit.click("actions-open");
    visit.wait_for_all("actions-rule", |rules| rules.len() == 2);
    visit.wait_for_value("actions-on", "aria-pressed", "false");
    // a picture stays in memory, and the sample holds its look
    visit.select("actions-deed", PICTURE);
    visit.choose_files("actions-picture", &[photo()]);
    visit.click("actions-on");
    visit.wait_for_true("document.querySelector('[data-testid=actions-shown] img')?.naturalWidth > 0");
    visit.screenshot("actions-picture");
    visit.wait_for_all("actions-shown", <[_]>::is_empty);
    visit.select("actions-deed", COUNT);
    visit.click("actions-try");
    visit.wait_for("actions-shown", |shown| shown.text == "Happy: 2");
    visit.select("actions-deed", MESSAGE);
    visit.wait_for("actions-not-embedded", |_| true);

    load_axe(&mut visit);
    for theme in ["dark", "light"] {
        set_theme(&mut visit, theme);
        assert_eq!(axe_violations(&mut visit), [""; 0], "{theme}");
        visit.screenshot(&format!("actions-{theme}"));
    }
    visit.set_width(320);
    for language in ["de", "fr", "en"] {
        choose(&mut visit, language);
        visit.wait_for("actions", |_| true);
        visit.evaluate("document.querySelector('[data-testid=actions]').scrollIntoView()");
        let (width, elements) = widest_at_320_pixels(&mut visit);
        assert!(width <= 320.0, "{language}: {width} {elements}");
        visit.screenshot(&format!("actions-320-{language}"));
    }
    visit.end();
}

/// A page that shows the site in a frame, and records the messages that it gets from it.
const EMBEDDING: &str = "<!doctype html><title>embedding</title><link rel=icon href=mien/icons/icon.svg><script>
    self.messages = [];
    addEventListener('message', ({ data, origin }) => messages.push({ data, origin }));
    self.part = id => document.querySelector('iframe')?.contentDocument?.querySelector(`[data-testid=${id}]`);
</script><iframe src='mien/index.html' title='mien' width='1200' height='800'></iframe>";

#[test]
fn an_embedding_page_gets_a_message_only_if_it_is_chosen() {
    let folder = scratch().join("embedding");
    fs::remove_dir_all(&folder).ok();
    copy_folder(&xtask::dist(), &folder.join("mien"));
    fs::write(folder.join("index.html"), EMBEDDING).expect("the scratch folder is writable");
    let mut visit = Visit::open_folder(&folder, &Camera::None);
    let click = |visit: &mut Visit, id: &str| {
        visit.wait_for_true(&format!("part('{id}') && !part('{id}').disabled"));
        visit.evaluate(&format!("part('{id}').click()"));
    };
    visit.wait_for_true("part('backend')?.dataset.state === 'ready'");
    click(&mut visit, "sample");
    visit.wait_for_true("part('face')?.dataset.expression === 'happy'");
    for button in ["actions-open", "actions-add"] {
        click(&mut visit, button);
    }
    visit.wait_for_true("part('actions-deed')");
    let set = |visit: &mut Visit, id: &str, property: &str, value: &str, event: &str| {
        visit.evaluate(&format!(
            "void (part('{id}').{property} = {value}, part('{id}').dispatchEvent(new Event('{event}', {{ bubbles: true }})))"
        ));
    };
    set(&mut visit, "actions-deed", "selectedIndex", &MESSAGE.to_string(), "change");
    // the address of the embedding page is no consent
    visit.wait_for_true("part('actions-send')?.disabled");
    let origin = visit.origin();
    set(&mut visit, "actions-address", "value", &format!("'{origin}/some/page'"), "input");
    click(&mut visit, "actions-try");
    visit.wait_for_true("part('actions-rule').dataset.count === '1'");
    assert_eq!(visit.evaluate("messages"), json!([]));
    click(&mut visit, "actions-send");
    visit.wait_for_true("part('actions-send').ariaPressed === 'true'");
    click(&mut visit, "actions-on");
    visit.wait_for_true("messages.length > 0");
    let message = json!({ "data": { "type": "mien-action", "rule": 1, "class": "happy" }, "origin": origin });
    assert_eq!(visit.evaluate("messages"), json!([message]));
    // another address switches it off
    set(&mut visit, "actions-address", "value", "'*'", "input");
    visit.wait_for_true("part('actions-send').ariaPressed === 'false' && part('actions-send').disabled");
    click(&mut visit, "actions-try");
    visit.wait_for_true("part('actions-rule').dataset.count === '3'");
    assert_eq!(visit.evaluate("messages"), json!([message]));
    visit.end();
}
