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

/// Lets a test take the GPU away from a worker that has one: `new BroadcastChannel('gpu').postMessage('destroy')`.
const KEEP_GPU: &str = "if (self.GPUAdapter && self.WorkerGlobalScope) {
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...options) {
        const device = await request.apply(this, options);
        new BroadcastChannel('gpu').onmessage = () => device.destroy();
        return device;
    };
}";

/// A browser with one page, and what it and its workers did.
pub struct Chrome {
    socket: WebSocket<TcpStream>,
    page: String,
    calls: u64,
    problems: Vec<String>,
    requests: Vec<String>,
    workers: Vec<String>,
    process: Process,
}

impl Chrome {
    pub fn start(flags: &[String]) -> Self {
        let started = (0..STARTS).find_map(|_| {
            let mut process = Process::start(flags);
            process.connect().map(|socket| (process, socket))
        });
        let (process, socket) = started.expect("the browser does not start");
        let (problems, requests, workers) = (Vec::new(), Vec::new(), Vec::new());
        let mut chrome = Self { socket, page: String::new(), calls: 0, problems, requests, workers, process };
        chrome.open_tab();
        chrome
    }

    /// Calls a method of the page and waits for its answer.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        let page = self.page.clone();
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

    /// Opens another tab, which is the page from now on; the former one is returned.
    pub fn open_tab(&mut self) -> String {
        let target = self.call_in(None, "Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let page = text(&self.call_in(None, "Target.attachToTarget", attach)["sessionId"]);
        self.listen(&page);
        let former = self.turn_to(page);
        // Until it has answered, the browser would not listen on across the navigation that follows.
        self.evaluate("0");
        former
    }

    /// Goes on with another tab; the former one is returned.
    pub fn turn_to(&mut self, page: String) -> String {
        std::mem::replace(&mut self.page, page)
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

    /// Where the scripts of the page's workers came from so far.
    pub fn workers(&mut self) -> &[String] {
        self.evaluate("0");
        &self.workers
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
        let mut message = json!({ "id": self.calls, "method": method, "params": parameters });
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
            "Target.attachedToTarget" if details["sessionId"] != self.page => {
                if details["targetInfo"]["type"] == "worker" {
                    self.workers.push(text(&details["targetInfo"]["url"]));
                }
                self.listen(&text(&details["sessionId"]));
            }
            "Runtime.executionContextCreated" if event["sessionId"] != self.page => {
                self.send(event["sessionId"].as_str(), "Runtime.evaluate", json!({ "expression": KEEP_GPU }));
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
