//! The service worker's list of files, and the headers for hosts that read them from a file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::checksum::{fingerprint, integrity};
use super::policy;
use crate::server::content_type;
use anyhow::{Context, Result};

/// The script of the service worker.
pub const SERVICE_WORKER: &str = "sw.js";

/// The file from which some hosts read headers.
pub const HEADERS: &str = "_headers";

/// Weights that every visit needs. Other weights, the licence texts, the readers for tables, ONNX models and videos, the model face, the
/// script that the workers of videos and of the model face import, and the datasets are fetched on demand and then cached.
const FIRST: [&str; 3] = ["weights/blazeface.safetensors", "weights/default.safetensors", "weights/phone.safetensors"];
const WEIGHTS: &str = ".safetensors";
const ON_DEMAND: [&str; 6] =
    ["licences.txt", "columns.wasm", "fetched.js", "model-face.wasm", "onnx.wasm", "video.wasm"];
const FOLDERS: [&str; 2] = ["face/", "sets/"];

/// Cacheable forever: the name changes with the content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Revalidated on every visit.
const ASK: &str = "no-cache";

/// The site's files: path, type and checksum.
pub struct Files(BTreeMap<String, (&'static str, String)>);

impl Files {
    /// Collects all files to be served.
    pub fn of(dist: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        for path in crate::files(dist)? {
            let parts: Vec<_> = path.strip_prefix(dist)?.iter().map(|part| part.to_string_lossy()).collect();
            let name = parts.join("/");
            if ![SERVICE_WORKER, HEADERS].contains(&&*name) {
                files.insert(name, (content_type(&path), integrity(&fs::read(&path)?)));
            }
        }
        Ok(Self(files))
    }

    /// A version that changes with any file.
    pub fn version(&self, beside: &[u8]) -> String {
        let mut contents = vec![beside];
        for (name, (_, checksum)) in &self.0 {
            contents.extend([name.as_bytes(), checksum.as_bytes()]);
        }
        fingerprint(&contents)
    }

    fn list(&self, later: bool) -> Result<String> {
        let part: BTreeMap<_, _> = self.0.iter().filter(|(name, _)| is_later(name) == later).collect();
        Ok(serde_json::to_string_pretty(&part)?)
    }
}

fn is_later(name: &str) -> bool {
    let is_in = |folder: &&str| name.starts_with(*folder);
    ON_DEMAND.contains(&name) || FOLDERS.iter().any(is_in) || name.ends_with(WEIGHTS) && !FIRST.contains(&name)
}

/// Fills in the placeholders of the service worker script.
pub fn service_worker(script: &str, version: &str, files: &Files, content: &str) -> Result<String> {
    let headers: BTreeMap<_, _> = policy::headers(content).into_iter().collect();
    let values = [
        ("VERSION", serde_json::to_string(version)?),
        ("HEADERS", serde_json::to_string_pretty(&headers)?),
        ("FILES", files.list(false)?),
        ("LATER", files.list(true)?),
    ];
    values.iter().try_fold(script.to_owned(), |script, (name, value)| {
        let gap = format!("\"@{name}@\"");
        let (before, after) = script.split_once(&gap).with_context(|| format!("{SERVICE_WORKER} has no {gap}"))?;
        Ok(format!("{before}{value}{after}"))
    })
}

/// The headers in the form that Netlify and Cloudflare Pages read.
pub fn header_file(files: &Files, content: &str) -> Result<String> {
    let mut text = "/*\n".to_owned();
    for (name, value) in policy::headers(content) {
        writeln!(text, "  {name}: {value}")?;
    }
    let names = files.0.keys().map(String::as_str).filter(|name| *name != "index.html");
    for name in ["", "index.html", SERVICE_WORKER].into_iter().chain(names) {
        let cache = if is_named_by_content(name) { FOR_EVER } else { ASK };
        writeln!(text, "/{name}\n  Cache-Control: {cache}")?;
    }
    Ok(text)
}

/// Whether a file name contains a content hash.
fn is_named_by_content(name: &str) -> bool {
    let mut words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    // Trunk leaves out leading zeros
    words
        .any(|word| (12..=16).contains(&word.len()) && word.bytes().all(|letter| b"0123456789abcdef".contains(&letter)))
}

#[cfg(test)]
mod tests {
    use super::{is_later, is_named_by_content};

    #[test]
    fn names_with_a_checksum_are_known() {
        assert!(is_named_by_content("engine-0123456789abcdef_bg.wasm"));
        assert!(is_named_by_content("style-fedcba9876543210.css"));
        assert!(is_named_by_content("page-79e8c231986ca4_bg.wasm"));
        assert!(!is_named_by_content("sw.js") && !is_named_by_content("weights/default.safetensors"));
    }

    #[test]
    fn a_visit_keeps_the_networks_that_it_begins_with() {
        assert!(!is_later("weights/default.safetensors") && !is_later("weights/networks.json"));
        let on_demand = [
            "weights/another.safetensors",
            "licences.txt",
            "columns.wasm",
            "fetched.js",
            "model-face.wasm",
            "onnx.wasm",
            "video.wasm",
            "face/face.bin",
            "sets/london.csv.gz",
        ];
        assert!(on_demand.into_iter().all(is_later) && !is_later("model-face.js") && !is_later("video.js"));
    }
}
