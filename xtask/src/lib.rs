//! What the project's commands and its end-to-end tests share: where the built site lies, how it is made and served, and
//! which browser opens it.

pub mod server;
pub mod site;

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The repository that the program runs for, as Cargo tells it. Not the one that it was compiled in: clones that share a
/// build folder share the compiled program as well.
pub fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let start = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
        let root = start.ancestors().find(|folder| folder.join("xtask/Cargo.toml").is_file());
        root.map_or_else(|| start.clone(), Path::to_path_buf)
    });
    &ROOT
}

/// The built site.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// The browser of the tests: the one that `CHROME` names, or the first Chromium on the path.
pub fn browser() -> Option<PathBuf> {
    if let Some(chosen) = env::var_os("CHROME") {
        return Some(chosen.into());
    }
    on_path(&["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"])
}

/// Where cargo puts its output.
pub fn target_folder() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The folder with axe, which checks the pages' accessibility; `cargo xtask test` fills it.
pub fn axe_folder() -> PathBuf {
    target_folder().join("tools/axe")
}

/// Axe as a script for the page, within its folder.
pub const AXE: &str = "node_modules/axe-core/axe.min.js";

/// The first of the programs that is on the path.
pub fn on_path(programs: &[&str]) -> Option<PathBuf> {
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH")?).collect();
    let files =
        |name: &&str| folders.iter().map(|folder| folder.join(format!("{name}{EXE_SUFFIX}"))).collect::<Vec<_>>();
    programs.iter().flat_map(files).find(|file| file.is_file())
}

/// All files below a folder, sorted.
///
/// # Errors
/// When it cannot be read.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}
