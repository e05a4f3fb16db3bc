//! The test harness: a visit to a site in a real browser, served in a sub-folder, without access to other hosts.

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

use chrome::{Chrome, Target};
pub use clip::write_clip;
pub use listener::Listener;

/// The path of the site on the server.
const PREFIX: &str = "/some/sub/path/";

/// The browser's camera.
pub enum Camera {
    /// No camera.
    None,
    /// A fake camera that shows a clip; permission is granted.
    Clip(PathBuf),
    /// A fake camera; permission is denied.
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

/// A snapshot of an element of the page.
#[derive(Debug)]
pub struct Element {
    attributes: BTreeMap<String, String>,
    pub text: String,
}

impl Element {
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// Whether an attribute exists, such as `disabled`.
    pub fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    pub fn number(&self, name: &str) -> f64 {
        let value = self.attribute(name);
        value.parse().unwrap_or_else(|_| panic!("{name} is no number: {value:?}"))
    }
}

/// A browser with an open page, and its server.
pub struct Visit {
    chrome: Chrome,
    server: Option<Server>,
    url: String,
}

/// Scrolls to an element, waits until it stops moving, blocks clicks on anything else, and returns its centre. `isClicked()`
/// then ends the block and returns whether the element was clicked.
const PREPARE_CLICK: &str = "async element => {
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
    self.isClicked = () => {
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

    /// Closes the current tab, and switches to another.
    pub fn close_and_switch_to(&mut self, tab: usize) {
        self.chrome.call("Page.close", json!({}));
        self.chrome.switch_to_tab(tab);
    }

    /// Stops the server.
    pub fn stop_server(&mut self) {
        self.server = None;
    }

    /// The requests to the server so far: method and path.
    pub fn server_requests(&self) -> Vec<String> {
        self.server.as_ref().map(|server| server.requests().lines()).unwrap_or_default()
    }

    /// Waits until the requests to the server fulfil a condition.
    #[track_caller]
    pub fn wait_for_server_requests(&mut self, fits: impl Fn(&[String]) -> bool) {
        let server = self.server.as_ref().expect("the server runs");
        if let Err(requests) = server.requests().wait(self.chrome.timeout(), fits) {
            panic!("only these requests reached the server: {requests:?}");
        }
    }

    /// The factor for time limits: how many times slower than the reference machine this one is.
    pub fn slowdown(&self) -> f64 {
        self.chrome.slowdown()
    }

    /// Sets whether the browser is online.
    pub fn set_online(&mut self, online: bool) {
        let conditions = json!({ "offline": !online, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.chrome.call("Network.emulateNetworkConditions", conditions);
    }

    /// All elements of a test id.
    pub fn all(&mut self, id: &str) -> Vec<Element> {
        elements(self.evaluate(&query(id)))
    }

    /// Waits until the elements of a test id fulfil a condition, and returns them.
    #[track_caller]
    pub fn wait_for_all(&mut self, id: &str, fits: impl Fn(&[Element]) -> bool) -> Vec<Element> {
        self.wait(id, id, |found| Some(found).filter(|found| fits(found)))
    }

    /// Waits until an element of a test id fulfils a condition, and returns it.
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
        self.chrome.wait(Target::Page, what, &query(id), |found| fits(elements(found)))
    }

    /// Waits until the value of a JavaScript expression is truthy; promises are awaited.
    #[track_caller]
    pub fn wait_for_true(&mut self, expression: &str) {
        self.wait_in(Target::Page, expression);
    }

    /// The same in the engine's worker.
    #[track_caller]
    pub fn wait_in_engine(&mut self, expression: &str) {
        self.wait_in(Target::Worker, expression);
    }

    #[track_caller]
    fn wait_in(&mut self, target: Target, expression: &str) {
        let look = format!("Boolean(await ({expression}))");
        self.chrome.wait(target, expression, &look, |found| (found == true).then_some(()));
    }

    /// Clicks in the centre of an element with the mouse, once it is enabled. If a layout shift moves it away, the click is
    /// blocked and repeated.
    #[track_caller]
    pub fn click(&mut self, id: &str) {
        let deadline = Instant::now() + self.chrome.timeout();
        while Instant::now() < deadline {
            self.wait_for_all(id, |found| found.first().is_some_and(|element| !element.has("disabled")));
            let centre = self.evaluate(&format!("({PREPARE_CLICK})(document.querySelector('[data-testid={id}]'))"));
            for kind in ["mousePressed", "mouseReleased"] {
                let event =
                    json!({ "type": kind, "x": centre["x"], "y": centre["y"], "button": "left", "clickCount": 1 });
                self.chrome.call("Input.dispatchMouseEvent", event);
            }
            // undefined if the click has loaded another page, and an error while it does
            let parameters = json!({ "expression": "self.isClicked?.()", "returnByValue": true });
            let clicked = self.chrome.try_call("Runtime.evaluate", parameters);
            if !clicked.is_ok_and(|answer| answer["result"]["value"] == false) {
                return;
            }
        }
        panic!("no click reaches {id}");
    }

    /// Reloads the page, and waits until the old document is gone: its elements could be mistaken for the new ones.
    #[track_caller]
    pub fn reload(&mut self) {
        self.until_reloaded(|visit| {
            visit.chrome.call("Page.reload", json!({}));
        });
    }

    /// Does something that reloads the page, and waits until the old document is gone.
    #[track_caller]
    pub fn until_reloaded(&mut self, act: impl FnOnce(&mut Self)) {
        self.evaluate("void (self.old = true)");
        act(self);
        self.wait_for_true("!self.old");
    }

    /// Opens the page in another tab, which becomes the current one.
    pub fn open_tab(&mut self) {
        self.chrome.open_tab();
        let url = self.url.clone();
        self.chrome.call("Page.navigate", json!({ "url": url }));
    }

    /// Brings a tab to the front and makes it the current one; the first is 0.
    pub fn switch_to_tab(&mut self, tab: usize) {
        self.chrome.switch_to_tab(tab);
    }

    /// Makes a tab the current one without bringing it to the front.
    pub fn use_background_tab(&mut self, tab: usize) {
        self.chrome.use_background_tab(tab);
    }

    /// Calls a method of the Chrome DevTools Protocol for the page.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.chrome.call(method, parameters)
    }

    /// Runs a script at the start of every page that the tab loads from now on.
    pub fn run_first(&mut self, script: &str) {
        self.chrome.call("Page.enable", json!({}));
        self.chrome.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
    }

    /// The origin of the page.
    pub fn origin(&mut self) -> String {
        self.evaluate("location.origin").as_str().expect("a text").to_owned()
    }

    /// The value of a JavaScript expression in the engine's worker.
    #[track_caller]
    pub fn evaluate_in_engine(&mut self, expression: &str) -> Value {
        self.chrome.evaluate(Target::Worker, expression)
    }

    /// Makes the engine lose its GPU, as a restart of the driver does.
    pub fn lose_gpu(&mut self) {
        // wait until the engine uses it
        self.gpu_bytes();
        self.evaluate_in_engine("lose()");
    }

    /// Makes the engine lose its GPU with the next commands that it submits, before they are executed.
    pub fn lose_gpu_on_submit(&mut self) {
        self.gpu_bytes();
        self.evaluate_in_engine("void (loseOnSubmit = true)");
    }

    /// Makes the engine crash when it next reads the clock.
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

    /// Waits until a global variable in the engine's worker is a number, and returns it.
    #[track_caller]
    fn number_in_engine(&mut self, name: &str) -> f64 {
        self.chrome.wait(Target::Worker, name, &format!("self.{name}"), |found| found.as_f64())
    }

    /// Sets a property of the first control of a selector, and dispatches an event as user input would.
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

    /// Goes to a section of the page.
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

    /// The file that a click on a button downloads.
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

    /// The same as text.
    #[track_caller]
    pub fn download_text(&mut self, button: &str) -> String {
        String::from_utf8(self.download(button)).expect("a text")
    }

    /// The value of a JavaScript expression in the page.
    #[track_caller]
    pub fn evaluate(&mut self, expression: &str) -> Value {
        self.chrome.evaluate(Target::Page, expression)
    }

    /// Presses a key, such as `Tab`.
    pub fn press(&mut self, key: &str) {
        let (down, code, text) = match key {
            "Tab" => ("rawKeyDown", 9, ""),
            "Enter" => ("keyDown", 13, "\r"),
            _ => ("rawKeyDown", 0, ""),
        };
        for kind in [down, "keyUp"] {
            let event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text });
            self.chrome.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Presses Enter on a control, and waits until the focus is on another.
    pub fn enter_on(&mut self, id: &str, then: &str) {
        self.wait_for(id, |control| !control.has("disabled"));
        self.evaluate(&format!("document.querySelector('[data-testid={id}]').focus()"));
        self.press("Enter");
        self.wait_for_true(&format!("document.activeElement?.dataset?.testid === '{then}'"));
    }

    /// Sets the width of the page in CSS pixels, as zoom or a small screen does.
    pub fn set_width(&mut self, width: u32) {
        let metrics = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.chrome.call("Emulation.setDeviceMetricsOverride", metrics);
    }

    /// Sets the browser's preferred languages, the most preferred first.
    pub fn set_languages(&mut self, languages: &str) {
        let agent = self.evaluate("navigator.userAgent");
        self.chrome.call("Emulation.setUserAgentOverride", json!({ "userAgent": agent, "acceptLanguage": languages }));
    }

    /// Writes a screenshot of the page to the tests' scratch folder.
    pub fn screenshot(&mut self, name: &str) -> PathBuf {
        self.try_screenshot(name).expect("a screenshot")
    }

    fn try_screenshot(&mut self, name: &str) -> Result<PathBuf, String> {
        let answer = self.chrome.try_call("Page.captureScreenshot", json!({}))?;
        let screenshot = BASE64.decode(answer["data"].as_str().unwrap_or_default().as_bytes()).expect("base64");
        let file = scratch().join(format!("{name}.png"));
        fs::write(&file, screenshot).expect("the scratch folder is writable");
        Ok(file)
    }

    /// The errors of the page and its workers so far.
    pub fn problems(&mut self) -> Vec<String> {
        self.chrome.problems().to_vec()
    }

    /// Waits until each of these texts occurs in an error of the page or its workers.
    #[track_caller]
    pub fn wait_for_problems(&mut self, parts: &[&str]) {
        self.chrome.wait_for_problems(|problems| parts.iter().all(|part| problems.concat().contains(part)));
    }

    /// The URLs of the scripts of all workers so far.
    pub fn worker_scripts(&mut self) -> Vec<String> {
        self.chrome.scripts().to_vec()
    }

    /// The requests so far other than `GET` of a file of the site.
    pub fn leaks(&mut self) -> Vec<String> {
        let site = format!("GET {}", self.url);
        let harmless = [site.as_str(), "GET data:", "GET blob:"];
        let fetches = |request: &&String| !harmless.iter().any(|start| request.starts_with(start));
        self.chrome.requests().iter().filter(fetches).cloned().collect()
    }

    /// Ends the visit, and asserts that there were no errors and no requests to other hosts.
    pub fn end(self) {
        self.end_after(&[]);
    }

    /// The same, except for errors that contain one of these texts.
    pub fn end_after(mut self, expected: &[&str]) {
        let mut problems = self.problems();
        problems.retain(|problem| !expected.iter().any(|part| problem.contains(part)));
        assert_eq!(problems, [""; 0], "errors in the page or its workers");
        assert_eq!(self.leaks(), [""; 0], "requests other than GET of a file of the site");
    }
}

impl Drop for Visit {
    /// Reports the last state of the page of a failed test.
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", self.chrome.report());
            eprintln!("screenshot: {:?}", self.try_screenshot("failed"));
        }
    }
}

/// JavaScript that returns the attributes and text of all elements of a test id.
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

/// The folder for files of this test; other tests, which run in parallel, use the same file names.
pub fn scratch() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test_name());
    fs::create_dir_all(&folder).expect("a writable folder");
    folder
}

/// The name of the running test, as a file name.
fn test_name() -> String {
    thread::current().name().unwrap_or("a test").replace("::", "-")
}

/// The report of a subcommand of the command line, if that has been built.
pub fn on_the_command_line(command: &[&str], set: &Path) -> Option<Value> {
    let program = xtask::target_folder().join("release/mien");
    if !program.is_file() {
        eprintln!("{} is not built, so the page is not compared with it", program.display());
        return None;
    }
    let report = scratch().join(format!("{}.json", command[0]));
    let mut run = Command::new(program);
    let output = run.current_dir(xtask::root()).args(command).arg("--json").args([&report, set]).output();
    let output = output.expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&fs::read(report).expect("a report")).ok()
}

/// Copies a folder recursively.
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
