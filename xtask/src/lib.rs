//! What the project's commands and its end-to-end tests share: where the built site lies, how it is served and which
//! browser opens it.

pub mod server;

use std::env;
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

/// The first of the programs that is on the path.
pub fn on_path(programs: &[&str]) -> Option<PathBuf> {
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH")?).collect();
    programs.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|file| file.is_file())
}
