//! Shared by the project's commands and the end-to-end tests: the location of the built site, building and serving it, the npm
//! package, and the browser for the tests.

pub mod package;
pub mod server;
pub mod site;

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The root of the repository that the program was started in, according to Cargo. Not the one it was compiled in:
/// checkouts that share a target folder also share the compiled program.
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

/// Cargo's target folder.
pub fn target_folder() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The folder of axe, which checks the pages' accessibility; installed by `cargo xtask test`.
pub fn axe_folder() -> PathBuf {
    target_folder().join("tools/axe")
}

/// The path of axe's script within that folder.
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use super::{files, root};

    /// The paths and file names between backticks, but for patterns: those with `TAG`, `NAME`, `*`, `…` or other placeholders.
    fn named_files(text: &str) -> impl Iterator<Item = &str> {
        const FOLDERS: [&str; 12] = [
            "examples/",
            "library/",
            "crates/",
            "src/",
            "www/",
            "tests/",
            "training/",
            "xtask/",
            "fuzz/",
            "benches/",
            "docs/",
            "findings/",
        ];
        const EXTENSIONS: [&str; 9] = [".rs", ".md", ".toml", ".py", ".js", ".css", ".html", ".sh", ".lock"];
        let is_path = |name: &&str| FOLDERS.iter().any(|folder| name.starts_with(folder));
        let is_file = |name: &&str| EXTENSIONS.iter().any(|end| name.ends_with(end) && name.len() > end.len());
        let is_pattern = |name: &str| ["TAG", "NAME", "*", "…"].iter().any(|part| name.contains(part));
        text.split('`')
            .skip(1)
            .step_by(2)
            .filter(move |name| is_path(name) || is_file(name))
            .filter(move |name| !name.contains(char::is_whitespace) && !is_pattern(name))
    }

    #[test]
    fn documents_name_files_that_exist() {
        let mut documents = files(&root().join("docs")).unwrap();
        let others = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "tests/fixtures/README.md"];
        documents.extend(others.map(|name| root().join(name)));
        let output = Command::new("git").arg("-C").arg(root()).args(["ls-files", "-z"]).output().unwrap();
        assert!(output.status.success(), "git: {}", String::from_utf8_lossy(&output.stderr));
        let tracked = String::from_utf8(output.stdout).unwrap();
        let tracked: Vec<&Path> = tracked.split_terminator('\0').map(Path::new).collect();
        for document in documents.iter().filter(|document| document.extension().is_some_and(|kind| kind == "md")) {
            let text = fs::read_to_string(document).unwrap();
            for name in named_files(&text) {
                let beside = document.parent().is_some_and(|folder| folder.join(name).exists());
                let is_tracked = || tracked.iter().any(|path| path.ends_with(name));
                let exists = beside || root().join(name).exists() || is_tracked();
                assert!(exists, "{}: there is no `{name}`", document.display());
            }
        }
    }
}
