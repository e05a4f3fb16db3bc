//! What Trunk leaves to do: scripts in files of their own, and an engine whose files change names when they change.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use anyhow::{Context, Result};

/// Makes Trunk's output ready to be served.
pub fn finish(dist: &Path) -> Result<()> {
    let index = dist.join("index.html");
    let html = fs::read_to_string(&index).context("Trunk wrote no index.html")?;
    let html = move_scripts_out(&html, dist)?;
    let html = name_engine_by_content(&html, dist)?;
    Ok(fs::write(index, html)?)
}

/// Moves each inline script to a file: a strict content security policy forbids inline ones.
fn move_scripts_out(html: &str, dist: &Path) -> Result<String> {
    const OPEN: &str = "<script type=\"module\">";
    const CLOSE: &str = "</script>";
    let mut pieces = html.split(OPEN);
    let mut moved = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (script, rest) = piece.split_once(CLOSE).context("index.html has a script without an end")?;
        let name = format!("start-{}.js", fingerprint(&[script.as_bytes()]));
        fs::write(dist.join(&name), script.trim_start())?;
        moved += &format!("<script type=\"module\" src=\"./{name}\">{CLOSE}{rest}");
    }
    Ok(moved)
}

/// Puts the engine's fingerprint into its file names, as Trunk does only for the page: a browser that kept files of
/// an older version must not start that version's engine with this version's page. The page finds the loader's name in
/// `<meta name="engine">`.
fn name_engine_by_content(html: &str, dist: &Path) -> Result<String> {
    let (script, wasm, loader) = ("engine.js", "engine_bg.wasm", "engine_loader.js");
    let glue = fs::read_to_string(dist.join(script)).context("Trunk built no engine")?;
    let version = fingerprint(&[glue.as_bytes(), &fs::read(dist.join(wasm))?]);
    let versioned = |name: &str| name.replacen("engine", &format!("engine-{version}"), 1);

    fs::rename(dist.join(wasm), dist.join(versioned(wasm)))?;
    fs::remove_file(dist.join(script))?;
    fs::write(dist.join(versioned(script)), glue.replace(wasm, &versioned(wasm)))?;
    let load = fs::read_to_string(dist.join(loader)).context("index.html asks for no engine loader")?;
    fs::remove_file(dist.join(loader))?;
    fs::write(dist.join(versioned(loader)), load.replace(script, &versioned(script)))?;

    let (before, after) = html.split_once("</head>").context("index.html has no head")?;
    Ok(format!("{before}<meta name=\"engine\" content=\"./{}\"></head>{after}", versioned(loader)))
}

fn fingerprint(contents: &[&[u8]]) -> String {
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
