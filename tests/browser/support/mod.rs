//! A visit to the built site in a real browser: served below a sub-path, cut off from every other host.

mod chrome;
mod clip;
mod listener;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Instant;

use data_encoding::BASE64;
use serde_json::{Value, json};
use xtask::server::Server;

use chrome::{Chrome, Place};
pub use clip::write_clip;
pub use listener::Listener;

/// The folder of the server that the site lies in.
const PREFIX: &str = "/some/sub/path/";

/// What the browser has for a camera.
pub enum Camera {
    /// No device at all.
    None,
    /// A clip, and a visitor who permits its use.
    Clip(PathBuf),
    /// A device, and a visitor who refuses it.
    Refused,
}

impl Camera {
    fn flags(&self) -> Vec<String> {
        match self {
            Self::None => vec![],
            Self::Clip(file) => vec![
                "--use-fake-ui-for-media-stream".into(),
                "--use-fake-device-for-media-stream".into(),
                format!("--use-file-for-fake-video-capture={}", file.display()),
            ],
            Self::Refused => {
                vec!["--use-fake-device-for-media-stream".into(), "--deny-permission-prompts".into()]
            }
        }
    }
}

/// An element of the page at one moment.
#[derive(Debug)]
pub struct Element {
    attributes: BTreeMap<String, String>,
    pub text: String,
}

impl Element {
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// Whether an attribute is there, as `disabled` is or is not.
    pub fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    pub fn number(&self, name: &str) -> f64 {
        let value = self.attribute(name);
        value.parse().unwrap_or_else(|_| panic!("{name} is no number: {value:?}"))
    }
}

/// An open page.
pub struct Visit {
    chrome: Chrome,
    server: Option<Server>,
    url: String,
}

/// Waits until an element stands still, sees to it that a press reaches that or nothing, and returns its middle. `aim()` then
/// says whether a click came.
const AIM: &str = "async element => {
    let last, box = new DOMRect(), still = 0;
    while (element?.isConnected && still < 3) {
        element.scrollIntoView({ block: 'center', behavior: 'instant' });
        box = element.getBoundingClientRect();
        still = box.y === last ? still + 1 : 0;
        last = box.y;
        await new Promise(requestAnimationFrame);
    }
    const kinds = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'];
    let hit = false;
    const guard = event => {
        const reached = event.composedPath().includes(element);
        if (!reached && !hit) {
            event.stopImmediatePropagation();
            event.preventDefault();
        }
        hit ||= reached && event.type === 'click';
    };
    kinds.forEach(kind => addEventListener(kind, guard, true));
    self.aim = () => {
        kinds.forEach(kind => removeEventListener(kind, guard, true));
        return hit;
    };
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}";

impl Visit {
    /// Opens the built site.
    pub fn open(camera: &Camera) -> Self {
        let dist = xtask::dist();
        assert!(dist.join("index.html").is_file(), "no site in dist/: run `cargo xtask test` or `cargo xtask build`");
        Self::open_folder(&dist, camera)
    }

    pub fn open_folder(folder: &Path, camera: &Camera) -> Self {
        let server = Server::start(folder, PREFIX, 0).expect("a free port");
        let mut chrome = Chrome::start(&camera.flags());
        let url = server.url();
        chrome.call("Page.navigate", json!({ "url": url }));
        Self { chrome, server: Some(server), url }
    }

    /// Closes the tab that is looked at, and looks at another.
    pub fn close_for(&mut self, tab: usize) {
        self.chrome.call("Page.close", json!({}));
        self.chrome.look_at(tab);
    }

    /// Stops the server.
    pub fn stop_server(&mut self) {
        self.server = None;
    }

    /// What the server was asked so far: method and address.
    pub fn asked(&self) -> Vec<String> {
        self.server.as_ref().map(|server| server.asked().lines()).unwrap_or_default()
    }

    /// Waits until the server was asked as it should be.
    #[track_caller]
    pub fn wait_for_server(&mut self, fits: impl Fn(&[String]) -> bool) {
        let server = self.server.as_ref().expect("the server runs");
        if let Err(asked) = server.asked().wait(self.chrome.patience(), fits) {
            panic!("the server was asked for {asked:?} only");
        }
    }

    /// How many times slower than usual the machine is, 1 if it is not: what time limits are multiplied by.
    pub fn pace(&self) -> f64 {
        self.chrome.pace()
    }

    /// Tells the browser whether there is a network.
    pub fn set_online(&mut self, online: bool) {
        let conditions = json!({ "offline": !online, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.chrome.call("Network.emulateNetworkConditions", conditions);
    }

    /// All elements of a test id.
    pub fn all(&mut self, id: &str) -> Vec<Element> {
        elements(self.evaluate(&query(id)))
    }

    /// Waits until the elements of a test id are as they should be, and returns them.
    #[track_caller]
    pub fn wait_for_all(&mut self, id: &str, fits: impl Fn(&[Element]) -> bool) -> Vec<Element> {
        self.wait(id, id, |found| Some(found).filter(|found| fits(found)))
    }

    /// Waits until one element of a test id is as it should be, and returns it.
    #[track_caller]
    pub fn wait_for(&mut self, id: &str, fits: impl Fn(&Element) -> bool) -> Element {
        self.wait(id, id, |found| found.into_iter().find(&fits))
    }

    /// Waits until an attribute of an element has a value.
    #[track_caller]
    pub fn wait_for_value(&mut self, id: &str, attribute: &str, value: &str) -> Element {
        let what = format!("{id} with {attribute}={value:?}");
        self.wait(&what, id, |found| found.into_iter().find(|element| element.attribute(attribute) == value))
    }

    #[track_caller]
    fn wait<T>(&mut self, what: &str, id: &str, fits: impl Fn(Vec<Element>) -> Option<T>) -> T {
        self.chrome.wait(Place::Page, what, &query(id), |found| fits(elements(found)))
    }

    /// Waits until a JavaScript expression, or what it promises, is true, as JavaScript takes it.
    #[track_caller]
    pub fn wait_for_true(&mut self, expression: &str) {
        self.wait_in(Place::Page, expression);
    }

    /// The same in the engine's worker.
    #[track_caller]
    pub fn wait_in_engine(&mut self, expression: &str) {
        self.wait_in(Place::Worker, expression);
    }

    #[track_caller]
    fn wait_in(&mut self, place: Place, expression: &str) {
        let look = format!("Boolean(await ({expression}))");
        self.chrome.wait(place, expression, &look, |found| (found == true).then_some(()));
    }

    /// Clicks in the middle of an element, as a hand would, once it is enabled. A press that lands elsewhere, since what came
    /// above the element moved it away from under the hand, is kept from the page and made again.
    #[track_caller]
    pub fn click(&mut self, id: &str) {
        let deadline = Instant::now() + self.chrome.patience();
        while Instant::now() < deadline {
            self.wait_for_all(id, |found| found.first().is_some_and(|element| !element.has("disabled")));
            let middle = self.evaluate(&format!("({AIM})(document.querySelector('[data-testid={id}]'))"));
            for kind in ["mousePressed", "mouseReleased"] {
                let event =
                    json!({ "type": kind, "x": middle["x"], "y": middle["y"], "button": "left", "clickCount": 1 });
                self.chrome.call("Input.dispatchMouseEvent", event);
            }
            // a click that loads another page leaves nobody to ask
            if self.evaluate("self.aim?.()") != false {
                return;
            }
        }
        panic!("no click reaches {id}");
    }

    /// Loads the page anew, and waits until the old one is gone: its elements would pass for the new one's.
    #[track_caller]
    pub fn reload(&mut self) {
        self.until_reloaded(|visit| {
            visit.chrome.call("Page.reload", json!({}));
        });
    }

    /// Does what loads the page anew, and waits until the old one is gone.
    #[track_caller]
    pub fn until_reloaded(&mut self, act: impl FnOnce(&mut Self)) {
        self.evaluate("void (self.old = true)");
        act(self);
        self.wait_for_true("!self.old");
    }

    /// Opens the page in another tab of the same browser, which is looked at from then on.
    pub fn open_tab(&mut self) {
        self.chrome.open_tab();
        let url = self.url.clone();
        self.chrome.call("Page.navigate", json!({ "url": url }));
    }

    /// Looks at a tab, the first being 0.
    pub fn look_at(&mut self, tab: usize) {
        self.chrome.look_at(tab);
    }

    /// Looks at a tab that stays behind the others.
    pub fn look_behind(&mut self, tab: usize) {
        self.chrome.look_behind(tab);
    }

    /// Calls a method of the browser's protocol for the page.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.chrome.call(method, parameters)
    }

    /// Runs a script in every page of the tab before the page's own, from the next page on.
    pub fn run_first(&mut self, script: &str) {
        self.chrome.call("Page.enable", json!({}));
        self.chrome.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
    }

    /// Where the page comes from, as the browser names it.
    pub fn origin(&mut self) -> String {
        self.evaluate("location.origin").as_str().expect("a text").to_owned()
    }

    /// The value of a JavaScript expression in the engine's worker.
    #[track_caller]
    pub fn evaluate_in_engine(&mut self, expression: &str) -> Value {
        self.chrome.evaluate(Place::Worker, expression)
    }

    /// Takes the GPU away from the engine, as a driver that is restarted does.
    pub fn lose_gpu(&mut self) {
        // so the engine has one
        self.gpu_bytes();
        self.evaluate_in_engine("lose()");
    }

    /// Takes the GPU away as soon as it has work, before that is done.
    pub fn lose_gpu_at_work(&mut self) {
        self.gpu_bytes();
        self.evaluate_in_engine("void (loseAtWork = true)");
    }

    /// Has the engine crash as soon as it looks at the clock.
    pub fn crash_engine(&mut self) {
        self.evaluate_in_engine("Performance.prototype.now = () => { throw new Error('crashed by the test') }");
    }

    /// Bytes of the engine's wasm memory.
    pub fn engine_bytes(&mut self) -> f64 {
        self.number_in_engine("memoryBytes")
    }

    /// Bytes of the GPU buffers that the engine holds.
    pub fn gpu_bytes(&mut self) -> f64 {
        self.number_in_engine("gpuBytes")
    }

    /// The value of a variable that the tests keep in the engine's worker, once it is a number.
    #[track_caller]
    fn number_in_engine(&mut self, name: &str) -> f64 {
        self.chrome.wait(Place::Worker, name, &format!("self.{name}"), |found| found.as_f64())
    }

    /// Gives a property of a control, the first of a selector, a value, as a visitor's input does who causes that event.
    #[track_caller]
    pub fn change(&mut self, selector: &str, property: &str, value: impl Into<Value>, event: &str) {
        self.wait_for_true(&format!("document.querySelector('{selector}')"));
        self.evaluate(&format!(
            "(() => {{
                const control = document.querySelector('{selector}');
                control.{property} = {};
                control.dispatchEvent(new Event('{event}', {{ bubbles: true }}));
            }})()",
            value.into()
        ));
    }

    /// Chooses an option of a select, by its index.
    #[track_caller]
    pub fn select(&mut self, id: &str, index: usize) {
        self.change(&format!("[data-testid={id}]"), "selectedIndex", index, "change");
    }

    /// Types into a field.
    #[track_caller]
    pub fn enter(&mut self, selector: &str, value: &str) {
        self.change(selector, "value", value, "input");
    }

    /// Goes to a page of the app.
    pub fn go_to(&mut self, page: &str) {
        self.evaluate(&format!("void (location.hash = '{page}')"));
    }

    /// Chooses files in a file input.
    #[track_caller]
    pub fn choose_files(&mut self, id: &str, files: &[PathBuf]) {
        self.wait_for(id, |_| true);
        let expression = format!("document.querySelector('[data-testid={id}]')");
        let input = self.chrome.call("Runtime.evaluate", json!({ "expression": expression }));
        let choice = json!({ "files": files, "objectId": input["result"]["objectId"] });
        self.chrome.call("DOM.setFileInputFiles", choice);
    }

    /// The file that a click on a button hands to the visitor.
    #[track_caller]
    pub fn download(&mut self, button: &str) -> Vec<u8> {
        self.evaluate(
            "(() => {
                const create = URL.createObjectURL;
                self.saved = null;
                URL.createObjectURL = blob => {
                    URL.createObjectURL = create;
                    self.saved = blob;
                    return URL.createObjectURL(blob);
                };
            })()",
        );
        self.click(button);
        self.wait_for_true("self.saved");
        let content = self.evaluate("saved.bytes().then(bytes => bytes.toBase64())");
        BASE64.decode(content.as_str().expect("a text").as_bytes()).expect("base64")
    }

    /// The same, of a text.
    #[track_caller]
    pub fn download_text(&mut self, button: &str) -> String {
        String::from_utf8(self.download(button)).expect("a text")
    }

    /// The value of a JavaScript expression in the page.
    #[track_caller]
    pub fn evaluate(&mut self, expression: &str) -> Value {
        self.chrome.evaluate(Place::Page, expression)
    }

    /// Presses a key, such as `Tab`.
    pub fn press(&mut self, key: &str) {
        for kind in ["rawKeyDown", "keyUp"] {
            let code = if key == "Tab" { 9 } else { 0 };
            let event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            self.chrome.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Gives the page so many CSS pixels of width, as zoom or a small screen does.
    pub fn set_width(&mut self, width: u32) {
        let metrics = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.chrome.call("Emulation.setDeviceMetricsOverride", metrics);
    }

    /// Sets the languages that the browser tells pages, the most wanted first.
    pub fn prefer(&mut self, languages: &str) {
        let agent = self.evaluate("navigator.userAgent");
        self.chrome.call("Emulation.setUserAgentOverride", json!({ "userAgent": agent, "acceptLanguage": languages }));
    }

    /// Writes a picture of the page to the tests' scratch folder.
    pub fn screenshot(&mut self, name: &str) -> PathBuf {
        self.try_screenshot(name).expect("a picture")
    }

    fn try_screenshot(&mut self, name: &str) -> Result<PathBuf, String> {
        let answer = self.chrome.try_call("Page.captureScreenshot", json!({}))?;
        let picture = BASE64.decode(answer["data"].as_str().unwrap_or_default().as_bytes()).expect("base64");
        let file = scratch().join(format!("{name}.png"));
        fs::write(&file, picture).expect("the scratch folder is writable");
        Ok(file)
    }

    /// The errors of the page and its workers so far.
    pub fn problems(&mut self) -> Vec<String> {
        self.chrome.problems().to_vec()
    }

    /// Waits until the page and its workers had an error for each of these parts of messages.
    #[track_caller]
    pub fn wait_for_problems(&mut self, parts: &[&str]) {
        self.chrome.wait_for_problems(|problems| parts.iter().all(|part| problems.concat().contains(part)));
    }

    /// Where the scripts of the page's workers came from so far.
    pub fn worker_scripts(&mut self) -> Vec<String> {
        self.chrome.scripts().to_vec()
    }

    /// The requests so far that more than fetched a file of the site.
    pub fn leaks(&mut self) -> Vec<String> {
        let site = format!("GET {}", self.url);
        let harmless = [site.as_str(), "GET data:", "GET blob:"];
        let fetches = |request: &&String| !harmless.iter().any(|start| request.starts_with(start));
        self.chrome.requests().iter().filter(fetches).cloned().collect()
    }

    /// Ends the visit: nothing went wrong unseen, and nothing left this machine.
    pub fn end(self) {
        self.end_after(&[]);
    }

    /// Ends a visit in which the test made some things go wrong, which are told by these parts of their messages.
    pub fn end_after(mut self, expected: &[&str]) {
        let mut problems = self.problems();
        problems.retain(|problem| !expected.iter().any(|part| problem.contains(part)));
        assert_eq!(problems, [""; 0], "errors in the page or its workers");
        assert_eq!(self.leaks(), [""; 0], "requests that fetch no file of the site");
    }
}

impl Drop for Visit {
    /// Tells what the page of a failed test said and showed last.
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", self.chrome.report());
            eprintln!("picture: {:?}", self.try_screenshot("failed"));
        }
    }
}

/// What tells of all elements of a test id: their attributes and texts.
fn query(id: &str) -> String {
    format!(
        "[...document.querySelectorAll('[data-testid={id}]')].map(element => \
         [Object.fromEntries([...element.attributes].map(each => [each.name, each.value])), element.textContent])"
    )
}

fn elements(found: Value) -> Vec<Element> {
    let found: Vec<(BTreeMap<String, String>, String)> = serde_json::from_value(found).expect("attributes and a text");
    found.into_iter().map(|(attributes, text)| Element { attributes, text }).collect()
}

/// The folder for what this test writes: others that run meanwhile write files of the same names.
pub fn scratch() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test_name());
    fs::create_dir_all(&folder).expect("a writable folder");
    folder
}

/// The name of the test that runs in this thread, as a file's.
fn test_name() -> String {
    thread::current().name().unwrap_or("a test").replace("::", "-")
}

/// The report that a command of the command line writes, if that is built beside these tests.
pub fn on_the_command_line(command: &[&str], set: &Path) -> Option<Value> {
    let program = xtask::target_folder().join("release/mien");
    if !program.is_file() {
        eprintln!("{} is not built, so the page was not compared with it", program.display());
        return None;
    }
    let report = scratch().join(format!("{}.json", command[0]));
    let mut run = Command::new(program);
    let done = run.current_dir(xtask::root()).args(command).arg("--json").args([&report, set]).output();
    let done = done.expect("it starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&fs::read(report).expect("a report")).ok()
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the scratch folder is writable");
    for entry in fs::read_dir(from).expect("the site is built").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the scratch folder is writable");
        }
    }
}
