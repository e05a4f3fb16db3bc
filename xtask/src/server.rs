//! A static file server with the minimum of a typical host: no special headers, `GET` only.
//!
//! Uses one thread per connection and one connection per request: with a fixed number of threads, a browser's idle
//! connections would block further ones.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};

/// Maximum size of a request head, in bytes.
const MAX_HEAD_LENGTH: usize = 16 << 10;

/// Idle timeout: browsers open connections in advance.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Lines that one thread writes and another reads.
#[derive(Default)]
pub struct Log {
    lines: Mutex<Vec<String>>,
    added: Condvar,
}

impl Log {
    /// Adds a line.
    pub fn add(&self, line: String) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        self.added.notify_all();
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the lines fulfil a condition, and returns them.
    ///
    /// # Errors
    /// The lines after `timeout`, if they do not fulfil it by then.
    pub fn wait(&self, timeout: Duration, fits: impl Fn(&[String]) -> bool) -> Result<Vec<String>, Vec<String>> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.added.wait_timeout_while(lines, timeout, |lines| !fits(lines));
        let (lines, result) = waited.unwrap_or_else(PoisonError::into_inner);
        if result.timed_out() { Err(lines.clone()) } else { Ok(lines.clone()) }
    }
}

/// Serves a folder on this machine until it is dropped.
pub struct Server {
    address: SocketAddr,
    prefix: String,
    requests: Arc<Log>,
    closing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `folder` under `prefix`, which starts and ends with a slash, on the given port, or on a free one if it is
    /// 0.
    pub fn start(folder: &Path, prefix: &str, port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(|| format!("port {port}"))?;
        let address = listener.local_addr()?;
        let (requests, closing): (Arc<Log>, _) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let log = Arc::clone(&requests);
        let (closed, root) = (Arc::clone(&closing), (folder.to_owned(), prefix.to_owned()));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten().take_while(|_| !closed.load(Ordering::Relaxed)) {
                let ((folder, prefix), log) = (root.clone(), Arc::clone(&log));
                // a client that closes the connection early is no error
                thread::spawn(move || answer(stream, &folder, &prefix, &log).ok());
            }
        });
        Ok(Self { address, prefix: prefix.to_owned(), requests, closing, thread: Some(thread) })
    }

    /// The address of the folder.
    pub fn url(&self) -> String {
        format!("http://localhost:{}{}", self.address.port(), self.prefix)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The requests so far: method and path.
    pub fn requests(&self) -> &Log {
        &self.requests
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        // the thread waits for a connection before it checks the flag
        if TcpStream::connect(self.address).is_ok()
            && let Some(thread) = self.thread.take()
        {
            thread.join().ok();
        }
    }
}

fn answer(mut stream: TcpStream, folder: &Path, prefix: &str, log: &Log) -> io::Result<()> {
    stream.set_read_timeout(Some(IDLE_TIMEOUT))?;
    let mut head = Vec::new();
    let (method, url) = loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&head) {
            Ok(httparse::Status::Complete(_)) => {
                break (request.method.unwrap_or_default().to_owned(), request.path.unwrap_or_default().to_owned());
            }
            Ok(httparse::Status::Partial) if head.len() < MAX_HEAD_LENGTH => {}
            _ => return write!(stream, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        }
        let mut part = [0; 4096];
        let count = stream.read(&mut part)?;
        if count == 0 {
            return Ok(());
        }
        head.extend_from_slice(&part[..count]);
    };
    log.add(format!("{method} {url}"));
    let mut respond = |status: &str, length: u64, kind: &str| {
        // the next reload shows a new build
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: no-cache\r\n\
             Connection: close\r\n\r\n"
        )
    };
    if method != "GET" && method != "HEAD" {
        return respond("405 Method Not Allowed", 0, "text/plain");
    }
    let Some(path) = locate(folder, prefix, &url) else { return respond("404 Not Found", 0, "text/plain") };
    let mut file = File::open(&path)?;
    respond("200 OK", file.metadata()?.len(), content_type(&path))?;
    if method == "GET" {
        io::copy(&mut file, &mut stream)?;
    }
    stream.flush()
}

/// The file for a requested URL, if it is inside the folder.
fn locate(folder: &Path, prefix: &str, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix(prefix)?;
    let relative = Path::new(path);
    let inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let mut file = folder.join(relative);
    if file.is_dir() {
        file.push("index.html");
    }
    (inside && fs::metadata(&file).is_ok_and(|found| found.is_file())).then_some(file)
}

/// The content type of a file.
pub fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        // required for compilation while the file loads
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("ico") => "image/x-icon",
        Some("txt" | "md" | "csv") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::locate;

    #[test]
    fn only_files_below_the_folder_and_the_prefix_are_found() {
        let folder = &crate::root().join("xtask");
        let found = |url| locate(folder, "/some/path/", url);
        assert_eq!(found("/some/path/Cargo.toml?v=1"), Some(folder.join("Cargo.toml")));
        assert_eq!(found("/some/path/src/lib.rs"), Some(folder.join("src/lib.rs")));
        assert_eq!(found("/Cargo.toml"), None);
        assert_eq!(found("/some/path/src"), None, "a folder without a page");
        assert_eq!(found("/some/path/../Cargo.toml"), None);
        assert_eq!(found("/some/path//etc/hostname"), None);
    }
}
