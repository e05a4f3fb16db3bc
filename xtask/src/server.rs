//! A static file server, as plain as the one that the site will meet: no special headers, `GET` only.

use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, anyhow};
use tiny_http::{Header, Method, Request, Response};

/// A page and its worker load side by side; a browser opens no more connections to a host than six.
const THREADS: usize = 6;

/// Serves a folder on this machine until it is dropped.
pub struct Server {
    http: Arc<tiny_http::Server>,
    prefix: String,
    threads: Vec<JoinHandle<()>>,
}

impl Server {
    /// Serves `folder` below `prefix`, which starts and ends with a slash, on the given port or, for 0, a free one.
    pub fn start(folder: &Path, prefix: &str, port: u16) -> Result<Self> {
        let http = tiny_http::Server::http(("127.0.0.1", port)).map_err(|error| anyhow!("port {port}: {error}"))?;
        let http = Arc::new(http);
        let threads = (0..THREADS)
            .map(|_| {
                let (http, folder, prefix) = (Arc::clone(&http), folder.to_owned(), prefix.to_owned());
                thread::spawn(move || {
                    while let Ok(request) = http.recv() {
                        // A visitor who went away before the answer is no fault.
                        answer(request, &folder, &prefix).ok();
                    }
                })
            })
            .collect();
        Ok(Self { http, prefix: prefix.to_owned(), threads })
    }

    /// The address of the folder.
    pub fn url(&self) -> Result<String> {
        let address = self.http.server_addr().to_ip().context("not an internet address")?;
        Ok(format!("http://localhost:{}{}", address.port(), self.prefix))
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        for thread in self.threads.drain(..) {
            thread.join().ok();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for _ in &self.threads {
            self.http.unblock();
        }
        for thread in self.threads.drain(..) {
            thread.join().ok();
        }
    }
}

fn answer(request: Request, folder: &Path, prefix: &str) -> std::io::Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return request.respond(Response::empty(405));
    }
    let Some(file) = locate(folder, prefix, request.url()) else { return request.respond(Response::empty(404)) };
    let mut response = Response::from_file(File::open(&file)?);
    // A new build shows at the next reload.
    for (name, value) in [("Content-Type", content_type(&file)), ("Cache-Control", "no-cache")] {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    request.respond(response)
}

/// The file that a request means, if it lies in the folder.
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

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        // Browsers compile while they load only what comes under this type.
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
    use std::path::Path;

    #[test]
    fn only_files_below_the_folder_and_the_prefix_are_found() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let found = |url| locate(folder, "/some/path/", url);
        assert_eq!(found("/some/path/Cargo.toml?v=1"), Some(folder.join("Cargo.toml")));
        assert_eq!(found("/some/path/src/lib.rs"), Some(folder.join("src/lib.rs")));
        assert_eq!(found("/Cargo.toml"), None);
        assert_eq!(found("/some/path/src"), None, "a folder without a page");
        assert_eq!(found("/some/path/../Cargo.toml"), None);
        assert_eq!(found("/some/path//etc/hostname"), None);
    }
}
