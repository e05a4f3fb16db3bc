//! A minimal client of the Chrome DevTools Protocol over one blocking WebSocket.
//!
//! The existing crates do not report the errors and requests of a page's workers, which these tests need.

use std::collections::VecDeque;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// Timeout of each operation on the reference machine.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Timeout of the browser's start.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// Attempts to start the browser.
const START_ATTEMPTS: usize = 3;
/// How long the browser may take to exit before it is killed.
const EXIT_TIMEOUT: Duration = Duration::from_secs(5);

/// The environment variable with the factor by which the browser slows down the pages' main threads, such as 4.
const THROTTLE: &str = "MIEN_TEST_THROTTLE";

/// A fixed workload; its duration in milliseconds depends on the speed and load of the machine.
const WORKLOAD: &str = "(() => {
    const start = performance.now();
    for (let [round, number] = [0, 1]; round < 2e7; round++) number = (Math.imul(number, 69069) + 1) | 0;
    return performance.now() - start;
})()";
/// Milliseconds of the workload on the reference machine: two idle cores of a cloud machine.
const REFERENCE: f64 = 40.0;

/// Lines of the console in the report of a failure.
const CONSOLE_LINES: usize = 12;

/// Resolves to the value of `read` as JSON as soon as it differs from `last`. Reads at once, on every change of the document,
/// and every 100 ms, since focus, canvases and variables change without one.
const NEXT_VALUE: &str = "(read, last) => new Promise(done => {
    const check = async () => {
        const found = JSON.stringify(await read().catch(String)) ?? 'null';
        if (found === last) return;
        observer?.disconnect();
        clearInterval(timer);
        done(found);
    };
    const timer = setInterval(check, 100);
    const observer = self.MutationObserver && new MutationObserver(check);
    observer?.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    check();
})";

const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--disable-background-networking",
    "--disable-component-update",
    // Nothing listens there, so that neither the page nor the browser reaches any other host.
    "--proxy-server=127.0.0.1:9",
    // WebGPU on a software adapter if there is no other.
    "--enable-unsafe-webgpu",
    "--window-size=1280,900",
];

/// Runs in every worker before it uses a GPU. A test can then destroy the device with `lose()`, or on its next submit by
/// setting `loseOnSubmit`, and read the bytes of all live buffers from `gpuBytes`.
const TRACK_GPU: &str = "(function track(attempts) {
    if (self.lose || !self.WorkerGlobalScope || attempts === 0) return;
    // a worker's context is created before the WebGPU interfaces
    if (!self.GPUAdapter) return void setTimeout(track, 1, attempts - 1);
    self.gpuBytes = 0;
    self.lose = () => {};
    self.loseOnSubmit = false;
    const submit = GPUQueue.prototype.submit;
    GPUQueue.prototype.submit = function (...commands) {
        submit.apply(this, commands);
        if (loseOnSubmit) {
            loseOnSubmit = false;
            lose();
        }
    };
    const [create, destroy] = [GPUDevice.prototype.createBuffer, GPUBuffer.prototype.destroy];
    const collected = new FinalizationRegistry(size => { gpuBytes -= size; });
    const live = new WeakSet();
    GPUDevice.prototype.createBuffer = function (...options) {
        const buffer = create.apply(this, options);
        self.lose = () => this.destroy();
        gpuBytes += buffer.size;
        live.add(buffer);
        collected.register(buffer, buffer.size, buffer);
        return buffer;
    };
    GPUBuffer.prototype.destroy = function () {
        if (live.delete(this)) {
            gpuBytes -= this.size;
            collected.unregister(this);
        }
        return destroy.call(this);
    };
})(5000)";

/// Records the size of a worker's wasm memory in `memoryBytes` whenever JavaScript glue code accesses it, which happens with
/// every message. (`Runtime.queryObjects` does not respond while a worker is busy.)
const TRACK_MEMORY: &str = "if (self.WorkerGlobalScope && !('memoryBytes' in self)) {
    self.memoryBytes = undefined;
    const subarray = Uint8Array.prototype.subarray;
    Uint8Array.prototype.subarray = function (...range) {
        const size = this.buffer.byteLength;
        if (this.byteLength === size && size >= 1 << 20) self.memoryBytes = size;
        return subarray.apply(this, range);
    };
}";

/// The target that a script is evaluated in.
#[derive(Clone, Copy)]
pub enum Target {
    /// The page of the current tab.
    Page,
    /// Its newest worker.
    Worker,
}

/// A browser with its tabs, and the errors and requests of its pages and workers.
pub struct Chrome {
    socket: WebSocket<TcpStream>,
    /// The sessions of the tabs, and the index of the current one.
    pages: Vec<String>,
    page: usize,
    /// The sessions of the running workers, each with that of its page.
    workers: Vec<(String, String)>,
    /// The URLs of the scripts of all workers so far.
    scripts: Vec<String>,
    calls: u64,
    problems: Vec<String>,
    requests: Vec<String>,
    /// The last lines of the consoles of pages and workers.
    console: VecDeque<String>,
    slowdown: f64,
    process: Process,
}

impl Chrome {
    pub fn start(flags: &[String]) -> Self {
        let started = (0..START_ATTEMPTS).find_map(|_| {
            let mut process = Process::start(flags);
            process.connect().map(|socket| (process, socket))
        });
        let (process, socket) = started.expect("the browser does not start");
        let (pages, workers, scripts) = (Vec::new(), Vec::new(), Vec::new());
        let (problems, requests, console) = (Vec::new(), Vec::new(), VecDeque::new());
        let (page, calls, slowdown) = (0, 0, 1.0);
        let mut chrome =
            Self { socket, pages, page, workers, scripts, calls, problems, requests, console, slowdown, process };
        chrome.open_tab();
        chrome.slowdown =
            (chrome.evaluate(Target::Page, WORKLOAD).as_f64().expect("milliseconds") / REFERENCE).max(throttle());
        chrome
    }

    /// The factor for time limits: how many times slower than the reference machine this one is.
    pub fn slowdown(&self) -> f64 {
        self.slowdown
    }

    /// The timeout of each operation on this machine.
    pub fn timeout(&self) -> Duration {
        TIMEOUT.mul_f64(self.slowdown)
    }

    /// Opens an empty tab and makes it the current one.
    pub fn open_tab(&mut self) {
        let mut call = |method, parameters| self.try_call_in(None, method, parameters, TIMEOUT).expect("a tab");
        let target = call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached = call("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }));
        let page = text(&attached["sessionId"]);
        self.page = self.pages.len();
        self.pages.push(page.clone());
        self.subscribe(&page);
        // Wait for a response: before, the subscriptions would not survive the navigation that follows.
        self.call("Emulation.setCPUThrottlingRate", json!({ "rate": throttle() }));
    }

    /// Brings a tab to the front and makes it the current one; the first is 0.
    pub fn switch_to_tab(&mut self, tab: usize) {
        self.use_background_tab(tab);
        self.call("Page.bringToFront", json!({}));
    }

    /// Makes a tab the current one without bringing it to the front.
    pub fn use_background_tab(&mut self, tab: usize) {
        self.page = tab;
    }

    /// Calls a method of the protocol for the current page, and returns its result.
    #[track_caller]
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.try_call(method, parameters).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// The same, or the reason of a failure.
    pub fn try_call(&mut self, method: &str, parameters: Value) -> Result<Value, String> {
        let page = self.pages[self.page].clone();
        self.try_call_in(Some(&page), method, parameters, self.timeout())
    }

    /// The value of a JavaScript expression; promises are awaited.
    #[track_caller]
    pub fn evaluate(&mut self, target: Target, expression: &str) -> Value {
        self.try_evaluate(target, expression, self.timeout()).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// The same, or the reason of a failure or timeout.
    fn try_evaluate(&mut self, target: Target, expression: &str, timeout: Duration) -> Result<Value, String> {
        let session = self.session(target)?;
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.try_call_in(Some(&session), "Runtime.evaluate", parameters, timeout)?;
        match &answer["exceptionDetails"] {
            Value::Null => Ok(answer["result"]["value"].clone()),
            exception => Err(exception.to_string()),
        }
    }

    /// Waits until `fits` returns a result for the value of a JavaScript expression, which may `await`, and returns that.
    ///
    /// # Panics
    /// After the timeout, with what was waited for and the last value.
    #[track_caller]
    pub fn wait<T>(&mut self, target: Target, what: &str, expression: &str, fits: impl Fn(Value) -> Option<T>) -> T {
        let (start, timeout) = (Instant::now(), self.timeout());
        let mut last = String::new();
        loop {
            let script = format!("({NEXT_VALUE})(async () => ({expression}), {})", Value::from(last.as_str()));
            match self.try_evaluate(target, &script, timeout.saturating_sub(start.elapsed())) {
                Ok(found) => {
                    last = text(&found);
                    if let Some(result) = serde_json::from_str(&last).ok().and_then(&fits) {
                        return result;
                    }
                }
                Err(error) if start.elapsed() >= timeout || !self.socket.can_read() => {
                    panic!("{what}: not within {:.1} s ({error}); last value: {last}", start.elapsed().as_secs_f64())
                }
                // The page or worker is gone: try the next one.
                Err(_) => {}
            }
        }
    }

    /// Waits until the errors of pages and workers fulfil a condition.
    #[track_caller]
    pub fn wait_for_problems(&mut self, fits: impl Fn(&[String]) -> bool) {
        let deadline = Instant::now() + self.timeout();
        while !fits(&self.problems) {
            let event = self.receive(deadline).unwrap_or_else(|error| panic!("{error}; only {:?}", self.problems));
            self.handle_event(&event);
        }
    }

    /// The URLs of the scripts of all workers so far.
    pub fn scripts(&mut self) -> &[String] {
        self.read_events();
        &self.scripts
    }

    /// The errors of pages and workers so far: logged, thrown, or reported by the browser.
    pub fn problems(&mut self) -> &[String] {
        self.read_events();
        &self.problems
    }

    /// The requests of pages and workers so far: method and URL.
    pub fn requests(&mut self) -> &[String] {
        self.read_events();
        &self.requests
    }

    /// The current page's URL, the last lines of the console and the errors, to diagnose a failure.
    pub fn report(&mut self) -> String {
        let address = self.try_evaluate(Target::Page, "location.href", self.timeout());
        let lines = self.console.iter().chain(&self.problems).map(|line| format!("\n  {line}"));
        format!("page: {address:?}, slowdown {:.1}, console and errors:{}", self.slowdown, lines.collect::<String>())
    }

    /// Reads all events that were sent so far: the browser sends them before its response.
    fn read_events(&mut self) {
        self.evaluate(Target::Page, "0");
    }

    fn session(&mut self, target: Target) -> Result<String, String> {
        let page = self.pages[self.page].clone();
        match target {
            Target::Page => Ok(page),
            Target::Worker => {
                self.try_evaluate(Target::Page, "0", self.timeout())?;
                let newest = self.workers.iter().rfind(|(_, parent)| *parent == page);
                newest.map(|(worker, _)| worker.clone()).ok_or_else(|| "the page has no worker".to_owned())
            }
        }
    }

    fn try_call_in(
        &mut self,
        session: Option<&str>,
        method: &str,
        parameters: Value,
        timeout: Duration,
    ) -> Result<Value, String> {
        let deadline = Instant::now() + timeout;
        let call = self.send(session, method, parameters)?;
        loop {
            let mut message = self.receive(deadline)?;
            if message["id"] == call {
                return match message["error"].take() {
                    Value::Null => Ok(message["result"].take()),
                    error => Err(error.to_string()),
                };
            }
            self.handle_event(&message);
            // calls of a closed target get no response
            let gone = message["method"] == "Target.detachedFromTarget" && session.is_some();
            if gone && message["params"]["sessionId"].as_str() == session {
                return Err("the page or worker is gone".to_owned());
            }
        }
    }

    /// The next message from the browser.
    fn receive(&mut self, deadline: Instant) -> Result<Value, String> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err("no response in time".to_owned());
            }
            self.socket.get_ref().set_read_timeout(Some(left)).map_err(|error| error.to_string())?;
            match self.socket.read() {
                Ok(Message::Text(message)) => return serde_json::from_str(&message).map_err(|error| error.to_string()),
                Ok(_) => {}
                Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    fn send(&mut self, session: Option<&str>, method: &str, parameters: Value) -> Result<u64, String> {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method });
        message["params"] = parameters;
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.socket.send(Message::text(message.to_string())).map_err(|error| error.to_string())?;
        Ok(self.calls)
    }

    /// Subscribes to the errors and requests of a page or worker from its start on, and to the workers that it starts.
    fn subscribe(&mut self, session: &str) {
        let workers = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true });
        for (method, parameters) in [
            ("Runtime.enable", json!({})),
            ("Log.enable", json!({})),
            ("Network.enable", json!({})),
            ("Target.setAutoAttach", workers),
            ("Runtime.runIfWaitingForDebugger", json!({})),
        ] {
            // if the connection is closed, the next call fails
            self.send(Some(session), method, parameters).ok();
        }
    }

    fn handle_event(&mut self, event: &Value) {
        let details = &event["params"];
        match event["method"].as_str().unwrap_or_default() {
            "Target.attachedToTarget" => {
                let session = text(&details["sessionId"]);
                if details["targetInfo"]["type"] != "page" {
                    self.subscribe(&session);
                }
                if details["targetInfo"]["type"] == "worker" {
                    self.workers.push((session, text(&event["sessionId"])));
                    self.scripts.push(text(&details["targetInfo"]["url"]));
                }
            }
            "Target.detachedFromTarget" => {
                let gone = text(&details["sessionId"]);
                self.workers.retain(|(worker, _)| *worker != gone);
            }
            "Runtime.executionContextCreated"
                if self.workers.iter().any(|(worker, _)| event["sessionId"] == **worker) =>
            {
                for script in [TRACK_GPU, TRACK_MEMORY] {
                    self.send(event["sessionId"].as_str(), "Runtime.evaluate", json!({ "expression": script })).ok();
                }
            }
            "Runtime.consoleAPICalled" => {
                if details["type"] == "error" || details["type"] == "assert" {
                    self.problems.push(format!("console: {}", details["args"]));
                }
                let arguments = details["args"].as_array().into_iter().flatten();
                let arguments =
                    arguments.map(|each| each.get("value").or(each.get("description")).unwrap_or(each).to_string());
                self.console.push_back(format!(
                    "{}: {}",
                    text(&details["type"]),
                    arguments.collect::<Vec<_>>().join(" ")
                ));
                if self.console.len() > CONSOLE_LINES {
                    self.console.pop_front();
                }
            }
            "Runtime.exceptionThrown" => self.problems.push(format!("thrown: {}", details["exceptionDetails"])),
            "Log.entryAdded" if details["entry"]["level"] == "error" => {
                self.problems.push(format!("browser: {} {}", details["entry"]["text"], details["entry"]["url"]));
            }
            "Network.requestWillBeSent" => {
                let request = &details["request"];
                self.requests.push(format!("{} {}", text(&request["method"]), text(&request["url"])));
            }
            "Network.webSocketCreated" => self.requests.push(format!("SOCKET {}", text(&details["url"]))),
            _ => {}
        }
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        // A regular exit ends its child processes too; a kill might leave some.
        if self.send(None, "Browser.close", json!({})).is_ok() {
            self.process.address.recv_timeout(EXIT_TIMEOUT).ok();
        }
    }
}

/// A running browser with a temporary profile; dropping it ends the browser and deletes the profile.
struct Process {
    child: Child,
    profile: PathBuf,
    /// Receives the browser's WebSocket address; disconnected when all its processes have ended.
    address: Receiver<String>,
}

impl Process {
    fn start(flags: &[String]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let profile = super::scratch().join(format!("profile-{}-{number}", std::process::id()));
        // an interrupted run may have left one of that name
        fs::remove_dir_all(&profile).ok();
        let program = xtask::browser().expect("the end-to-end tests need Chromium: install it, or name it in CHROME");
        let mut child = Command::new(&program)
            .args(FLAGS)
            .args(flags)
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
        let lines = BufReader::new(child.stderr.take().expect("a pipe")).split(b'\n').map_while(Result::ok);
        let (sender, address) = mpsc::channel();
        thread::spawn(move || {
            for line in lines {
                if let Some(address) = String::from_utf8_lossy(&line).strip_prefix("DevTools listening on ") {
                    sender.send(address.to_owned()).ok();
                }
            }
        });
        Self { child, profile, address }
    }

    fn connect(&mut self) -> Option<WebSocket<TcpStream>> {
        let address = self.address.recv_timeout(START_TIMEOUT).ok()?;
        let stream = TcpStream::connect(address.strip_prefix("ws://")?.split('/').next()?).ok()?;
        stream.set_read_timeout(Some(START_TIMEOUT)).ok()?;
        Some(tungstenite::client(address, stream).ok()?.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        fs::remove_dir_all(&self.profile).ok();
    }
}

/// The factor by which the browser slows down the pages, 1 by default.
fn throttle() -> f64 {
    env::var(THROTTLE).map_or(1.0, |rate| rate.parse().expect("a rate"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
