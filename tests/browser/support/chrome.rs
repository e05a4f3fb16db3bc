//! Chromium, driven through its DevTools protocol: just what the tests ask of it, on one blocking socket.
//!
//! The crates for this cannot listen to a page's workers, where this project's errors would be.

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

/// How long the browser may take for anything, where the yardstick takes no longer than usual.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take to start, before another one is started in its place.
const START: Duration = Duration::from_secs(30);
const STARTS: usize = 3;
/// How long it may take to end by itself.
const END: Duration = Duration::from_secs(5);

/// The environment variable with the rate by which the browser slows its pages' main threads down, such as 4.
const THROTTLE: &str = "MIEN_TEST_THROTTLE";

/// A fixed workload: the milliseconds that a page takes for it say how fast the machine is, and how busy.
const YARDSTICK: &str = "(() => {
    const start = performance.now();
    for (let [round, number] = [0, 1]; round < 2e7; round++) number = (Math.imul(number, 69069) + 1) | 0;
    return performance.now() - start;
})()";
/// Milliseconds of the yardstick on two idle cores of a cloud machine.
const USUAL: f64 = 40.0;

/// Lines of the console that a failure tells.
const CONSOLE: usize = 12;

/// Resolves to what `look` finds, as JSON, as soon as that is not `seen`: looks at once, at every change of the document, and
/// now and then, since the focus, a canvas, or a variable change without one.
const CHANGE: &str = "(look, seen) => new Promise(done => {
    const check = async () => {
        const found = JSON.stringify(await look().catch(String)) ?? 'null';
        if (found === seen) return;
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

/// Where a script runs.
#[derive(Clone, Copy)]
pub enum Place {
    /// The page that is looked at.
    Page,
    /// Its newest worker.
    Worker,
}

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
    /// The last lines that pages and workers logged.
    console: VecDeque<String>,
    pace: f64,
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
        let (problems, requests, console) = (Vec::new(), Vec::new(), VecDeque::new());
        let (page, calls, pace) = (0, 0, 1.0);
        let mut chrome =
            Self { socket, pages, page, workers, scripts, calls, problems, requests, console, pace, process };
        chrome.open_tab();
        chrome.pace = (chrome.evaluate(Place::Page, YARDSTICK).as_f64().expect("milliseconds") / USUAL).max(throttle());
        chrome
    }

    /// How many times slower than usual the machine is, 1 if it is not: what time limits are multiplied by.
    pub fn pace(&self) -> f64 {
        self.pace
    }

    /// How long anything may take.
    pub fn patience(&self) -> Duration {
        PATIENCE.mul_f64(self.pace)
    }

    /// Opens an empty tab, which is looked at from then on.
    pub fn open_tab(&mut self) {
        let mut ask = |method, parameters| self.try_call_in(None, method, parameters, PATIENCE).expect("a tab");
        let target = ask("Target.createTarget", json!({ "url": "about:blank" }));
        let attached = ask("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }));
        let page = text(&attached["sessionId"]);
        self.page = self.pages.len();
        self.pages.push(page.clone());
        self.listen(&page);
        // Until it has answered, the browser would not listen on across the navigation that follows.
        self.call("Emulation.setCPUThrottlingRate", json!({ "rate": throttle() }));
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
    #[track_caller]
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.try_call(method, parameters).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// The same, or why there is no answer.
    pub fn try_call(&mut self, method: &str, parameters: Value) -> Result<Value, String> {
        let page = self.pages[self.page].clone();
        self.try_call_in(Some(&page), method, parameters, self.patience())
    }

    /// The value of a JavaScript expression, or of its promise.
    #[track_caller]
    pub fn evaluate(&mut self, place: Place, expression: &str) -> Value {
        self.try_evaluate(place, expression, self.patience()).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// The same, or why there is none within this time.
    fn try_evaluate(&mut self, place: Place, expression: &str, patience: Duration) -> Result<Value, String> {
        let session = self.session(place)?;
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.try_call_in(Some(&session), "Runtime.evaluate", parameters, patience)?;
        match &answer["exceptionDetails"] {
            Value::Null => Ok(answer["result"]["value"].clone()),
            exception => Err(exception.to_string()),
        }
    }

    /// Waits until a JavaScript expression, which may `await`, has a value that fits, and returns what that is taken for.
    ///
    /// # Panics
    /// When it takes longer than anything may: with what was waited for, and the value that was seen last.
    #[track_caller]
    pub fn wait<T>(&mut self, place: Place, what: &str, expression: &str, fits: impl Fn(Value) -> Option<T>) -> T {
        let (start, patience) = (Instant::now(), self.patience());
        let mut seen = String::new();
        loop {
            let change = format!("({CHANGE})(async () => ({expression}), {})", Value::from(seen.as_str()));
            match self.try_evaluate(place, &change, patience.saturating_sub(start.elapsed())) {
                Ok(found) => {
                    seen = text(&found);
                    if let Some(taken) = serde_json::from_str(&seen).ok().and_then(&fits) {
                        return taken;
                    }
                }
                Err(error) if start.elapsed() >= patience || !self.socket.can_read() => {
                    panic!("{what}: not within {:.1} s ({error}); last seen: {seen}", start.elapsed().as_secs_f64())
                }
                // The page or worker went away: the next one is looked at.
                Err(_) => {}
            }
        }
    }

    /// Waits until the errors of the page and its workers fit.
    #[track_caller]
    pub fn wait_for_problems(&mut self, fits: impl Fn(&[String]) -> bool) {
        let deadline = Instant::now() + self.patience();
        while !fits(&self.problems) {
            let event = self.receive(deadline).unwrap_or_else(|error| panic!("{error}; only {:?}", self.problems));
            self.note(&event);
        }
    }

    /// Where the scripts of the workers came from, of those that are gone too.
    pub fn scripts(&mut self) -> &[String] {
        self.catch_up();
        &self.scripts
    }

    /// The errors of the page and of its workers so far: logged, thrown, or reported by the browser.
    pub fn problems(&mut self) -> &[String] {
        self.catch_up();
        &self.problems
    }

    /// What the page and its workers asked of any server so far, as method and address.
    pub fn requests(&mut self) -> &[String] {
        self.catch_up();
        &self.requests
    }

    /// Where the page is, and what it and its workers said last, for whoever looks for the reason of a failure.
    pub fn report(&mut self) -> String {
        let address = self.try_evaluate(Place::Page, "location.href", self.patience());
        let lines = self.console.iter().chain(&self.problems).map(|line| format!("\n  {line}"));
        format!("page: {address:?}, pace {:.1}, console and problems:{}", self.pace, lines.collect::<String>())
    }

    /// Whatever the browser sent before it answers has been read by then.
    fn catch_up(&mut self) {
        self.evaluate(Place::Page, "0");
    }

    fn session(&mut self, place: Place) -> Result<String, String> {
        let page = self.pages[self.page].clone();
        match place {
            Place::Page => Ok(page),
            Place::Worker => {
                self.try_evaluate(Place::Page, "0", self.patience())?;
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
        patience: Duration,
    ) -> Result<Value, String> {
        let deadline = Instant::now() + patience;
        let call = self.send(session, method, &parameters)?;
        loop {
            let mut message = self.receive(deadline)?;
            if message["id"] == call {
                return match message["error"].take() {
                    Value::Null => Ok(message["result"].take()),
                    error => Err(error.to_string()),
                };
            }
            self.note(&message);
            // it leaves calls unanswered
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
                return Err("no answer in time".to_owned());
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

    fn send(&mut self, session: Option<&str>, method: &str, parameters: &Value) -> Result<u64, String> {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method });
        message["params"] = parameters.clone();
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.socket.send(Message::text(message.to_string())).map_err(|error| error.to_string())?;
        Ok(self.calls)
    }

    /// Asks a page or worker for its errors and requests, from its first line on, and for the workers that it starts.
    fn listen(&mut self, session: &str) {
        let workers = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true });
        for (method, parameters) in [
            ("Runtime.enable", json!({})),
            ("Log.enable", json!({})),
            ("Network.enable", json!({})),
            ("Target.setAutoAttach", workers),
            ("Runtime.runIfWaitingForDebugger", json!({})),
        ] {
            // a browser that is gone does not answer the next call either
            self.send(Some(session), method, &parameters).ok();
        }
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
                    self.send(event["sessionId"].as_str(), "Runtime.evaluate", &json!({ "expression": script })).ok();
                }
            }
            "Runtime.consoleAPICalled" => {
                if details["type"] == "error" || details["type"] == "assert" {
                    self.problems.push(format!("console: {}", details["args"]));
                }
                let words = details["args"].as_array().into_iter().flatten();
                let words = words.map(|word| word.get("value").or(word.get("description")).unwrap_or(word).to_string());
                self.console.push_back(format!("{}: {}", text(&details["type"]), words.collect::<Vec<_>>().join(" ")));
                if self.console.len() > CONSOLE {
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
        // Asked, it ends its helpers as well; killed, it might leave some.
        if self.send(None, "Browser.close", &json!({})).is_ok() {
            self.process.address.recv_timeout(END).ok();
        }
    }
}

/// A running browser with a profile of its own; both end with it.
struct Process {
    child: Child,
    profile: PathBuf,
    /// Where the browser listens, once it does; disconnected once it and its helpers have ended.
    address: Receiver<String>,
}

impl Process {
    fn start(flags: &[String]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let profile = super::scratch().join(format!("profile-{}-{number}", std::process::id()));
        // A run that was cut off may have left one of that name.
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
        let address = self.address.recv_timeout(START).ok()?;
        let stream = TcpStream::connect(address.strip_prefix("ws://")?.split('/').next()?).ok()?;
        stream.set_read_timeout(Some(START)).ok()?;
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

/// The rate by which the pages are slowed down, 1 if they are not.
fn throttle() -> f64 {
    env::var(THROTTLE).map_or(1.0, |rate| rate.parse().expect("a rate"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
