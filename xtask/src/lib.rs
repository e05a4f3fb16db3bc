//! What the project's commands and its end-to-end tests share: where the built site lies and how it is served.

pub mod server;

use std::path::{Path, PathBuf};

/// The repository.
pub fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// The built site.
pub fn dist() -> PathBuf {
    root().join("dist")
}
