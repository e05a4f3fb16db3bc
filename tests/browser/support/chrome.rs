//! Chromium, driven through its DevTools protocol: just what the tests ask of it, on one blocking socket.
//!
//! The crates for this cannot listen to a page's workers, where this project's errors would be.

use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// How long the browser may take to answer one call.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take to start, before another one is started in its place.
const START: Duration = Duration::from_secs(30);
const STARTS: usize = 3;

const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--disable-background-networking",
    "--disable-component-update",
    // Nothing listens there: neither the page nor the browser itself reaches any host but this one.
    "--proxy-server=127.0.0.1:9",
    // WebGPU on a software adapter, where there is no other.
    "--enable-unsafe-webgpu",
    "--window-size=1280,900",
];

/// Runs in every worker, before it computes on a GPU: a test may then take the GPU away with `lose()`, or in the midst of its next
/// work by setting `loseAtWork`, and read in `gpuBytes` what the GPU's living buffers take.
const KEEP_GPU: &str = "(function keep(patience) {
    if (self.lose || !self.WorkerGlobalScope || patience === 0) return;
    // a worker has its context before it has a GPU
    if (!self.GPUAdapter) return void setTimeout(keep, 1, patience - 1);
    self.gpuBytes = 0;
    self.lose = () => {};
    self.loseAtWork = false;
    const submit = GPUQueue.prototype.submit;
    GPUQueue.prototype.submit = function (...commands) {
        submit.apply(this, commands);
        if (loseAtWork) {
            loseAtWork = false;
            lose();
        }
    };
    const [create, destroy] = [GPUDevice.prototype.createBuffer, GPUBuffer.prototype.destroy];
    const gone = new FinalizationRegistry(size => { gpuBytes -= size; });
    const living = new WeakSet();
    GPUDevice.prototype.createBuffer = function (...options) {
        const buffer = create.apply(this, options);
        self.lose = () => this.destroy();
        gpuBytes += buffer.size;
        living.add(buffer);
        gone.register(buffer, buffer.size, buffer);
        return buffer;
    };
    GPUBuffer.prototype.destroy = function () {
        if (living.delete(this)) {
            gpuBytes -= this.size;
            gone.unregister(this);
        }
        return destroy.call(this);
    };
})(5000)";

/// Tells how many bytes a worker's wasm memory has, whenever its program reaches into it from JavaScript: for each message, so
/// often that it does not matter whether this or the program was there first. (`Runtime.queryObjects` gets no answer while a
/// worker is never idle.)
const KEEP_MEMORY: &str = "if (self.WorkerGlobalScope && !('memoryBytes' in self)) {
    self.memoryBytes = undefined;
    const part = Uint8Array.prototype.subarray;
    Uint8Array.prototype.subarray = function (...place) {
        const size = this.buffer.byteLength;
        if (this.byteLength === size && size >= 1 << 20) self.memoryBytes = size;
        return part.apply(this, place);
    };
}";

/// A browser with one page, and what it and its workers did.
pub struct Chrome {
    socket: WebSocket<TcpStream>,
    /// The tabs, and which of them is looked at.
    pages: Vec<String>,
    page: usize,
    /// The workers that run, each with the page that started it.
    workers: Vec<(String, String)>,
    /// Where their scripts came from, and those of workers that are gone.
    scripts: Vec<String>,
    calls: u64,
    problems: Vec<String>,
    requests: Vec<String>,
    process: Process,
}

impl Chrome {
    pub fn start(flags: &[String]) -> Self {
        let started = (0..STARTS).find_map(|_| {
            let mut process = Process::start(flags);
            process.connect().map(|socket| (process, socket))
        });
        let (process, socket) = started.expect("the browser does not start");
        let (pages, workers, scripts) = (Vec::new(), Vec::new(), Vec::new());
        let (problems, requests) = (Vec::new(), Vec::new());
        let mut chrome = Self { socket, pages, page: 0, workers, scripts, calls: 0, problems, requests, process };
        chrome.open_tab();
        chrome
    }

    /// Opens an empty tab, which is looked at from then on.
    pub fn open_tab(&mut self) {
        let target = self.call_in(None, "Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let page = text(&self.call_in(None, "Target.attachToTarget", attach)["sessionId"]);
        self.page = self.pages.len();
        self.pages.push(page.clone());
        self.listen(&page);
        // Until it has answered, the browser would not listen on across the navigation that follows.
        self.evaluate("0");
    }

    /// Looks at a tab, the first being 0.
    pub fn look_at(&mut self, tab: usize) {
        self.look_behind(tab);
        self.call("Page.bringToFront", json!({}));
    }

    /// Looks at a tab that stays behind the others.
    pub fn look_behind(&mut self, tab: usize) {
        self.page = tab;
    }

    /// Calls a method of the page and waits for its answer.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        let page = self.pages[self.page].clone();
        self.call_in(Some(&page), method, parameters)
    }

    /// The value of a JavaScript expression in the page, or of its promise.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", parameters);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// The same, as if the visitor had just clicked: some things browsers let a page do only then.
    pub fn evaluate_clicked(&mut self, expression: &str) -> Value {
        let parameters =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true });
        self.call("Runtime.evaluate", parameters)["result"]["value"].clone()
    }

    /// Where the scripts of the workers came from, of those that are gone too.
    pub fn scripts(&mut self) -> &[String] {
        self.evaluate("0");
        &self.scripts
    }

    /// What the newest worker of the page answers to a JavaScript expression, or to its promise: `result`, with its `value`,
    /// and `exceptionDetails` if it threw.
    pub fn ask_worker(&mut self, expression: &str) -> Value {
        let worker = self.worker();
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        self.call_in(Some(&worker), "Runtime.evaluate", parameters)
    }

    fn worker(&mut self) -> String {
        self.evaluate("0");
        let page = &self.pages[self.page];
        let newest = self.workers.iter().rfind(|(_, parent)| parent == page);
        newest.map(|(worker, _)| worker.clone()).expect("the page has a worker")
    }

    /// The errors of the page and of its workers so far: logged, thrown, or reported by the browser.
    pub fn problems(&mut self) -> &[String] {
        // Whatever the browser sent before it answers has been read by then.
        self.evaluate("0");
        &self.problems
    }

    /// What the page and its workers asked of any server so far, as method and address.
    pub fn requests(&mut self) -> &[String] {
        self.evaluate("0");
        &self.requests
    }

    fn call_in(&mut self, session: Option<&str>, method: &str, parameters: Value) -> Value {
        let call = self.send(session, method, parameters);
        loop {
            let message = self.socket.read().unwrap_or_else(|error| panic!("{method}: no answer: {error}"));
            let Message::Text(message) = message else { continue };
            let message: Value = serde_json::from_str(&message).expect("the protocol speaks JSON");
            if message["id"] == call {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.note(&message);
        }
    }

    fn send(&mut self, session: Option<&str>, method: &str, parameters: Value) -> u64 {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method });
        message["params"] = parameters;
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.socket.send(Message::text(message.to_string())).expect("the browser is gone");
        self.calls
    }

    /// Asks a page or worker for its errors and requests, from its first line on, and for the workers that it starts.
    fn listen(&mut self, session: &str) {
        for domain in ["Runtime.enable", "Log.enable", "Network.enable"] {
            self.send(Some(session), domain, json!({}));
        }
        let workers = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true });
        self.send(Some(session), "Target.setAutoAttach", workers);
        self.send(Some(session), "Runtime.runIfWaitingForDebugger", json!({}));
    }

    fn note(&mut self, event: &Value) {
        let details = &event["params"];
        match event["method"].as_str().unwrap_or_default() {
            "Target.attachedToTarget" => {
                let session = text(&details["sessionId"]);
                if details["targetInfo"]["type"] != "page" {
                    self.listen(&session);
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
                for script in [KEEP_GPU, KEEP_MEMORY] {
                    self.send(event["sessionId"].as_str(), "Runtime.evaluate", json!({ "expression": script }));
                }
            }
            "Runtime.consoleAPICalled" if details["type"] == "error" || details["type"] == "assert" => {
                self.problems.push(format!("console: {}", details["args"]));
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
        // Asked, it ends its helpers as well; killed, it might leave some.
        let close = json!({ "id": 0, "method": "Browser.close" });
        if self.socket.send(Message::text(close.to_string())).is_ok() {
            self.process.wait(Duration::from_secs(5));
        }
    }
}

/// A running browser with a profile of its own; both end with it.
struct Process {
    child: Child,
    profile: PathBuf,
}

impl Process {
    fn start(flags: &[String]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let profile = super::scratch().join(format!("profile-{}-{number}", std::process::id()));
        // A run that was cut off may have left one of that name.
        fs::remove_dir_all(&profile).ok();
        let program = xtask::browser().expect("the end-to-end tests need Chromium: install it, or name it in CHROME");
        let child = Command::new(&program)
            .args(FLAGS)
            .args(flags)
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
        Self { child, profile }
    }

    /// The browser writes the port that it chose, and the path of its socket, into its profile.
    fn connect(&mut self) -> Option<WebSocket<TcpStream>> {
        let deadline = Instant::now() + START;
        let (port, path) = loop {
            let written = fs::read_to_string(self.profile.join("DevToolsActivePort")).unwrap_or_default();
            if let Some((port, path)) = written.split_once('\n') {
                break (port.to_owned(), path.trim().to_owned());
            }
            if self.wait(Duration::from_millis(20)) || Instant::now() > deadline {
                return None;
            }
        };
        let stream = TcpStream::connect(format!("127.0.0.1:{port}")).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let (socket, _) = tungstenite::client(format!("ws://127.0.0.1:{port}{path}"), stream).ok()?;
        Some(socket)
    }

    /// Whether the browser ended within that time.
    fn wait(&mut self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                return false;
            }
            sleep(Duration::from_millis(10));
        }
        true
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        fs::remove_dir_all(&self.profile).ok();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
