//! The programs that the build calls: found on the path in the right version, or installed beside the build's output,
//! so that nobody's own versions are replaced.

use std::env;

use anyhow::{Context, Result, ensure};
use xshell::{Cmd, Shell, cmd};

const TRUNK: &str = "0.21.14";

/// Makes sure of everything that [`crate::build`] calls.
pub fn prepare_build(shell: &Shell) -> Result<()> {
    let tools = xtask::target_folder().join("tools");
    let path = env::var_os("PATH").unwrap_or_default();
    shell.set_var("PATH", env::join_paths([tools.join("bin")].into_iter().chain(env::split_paths(&path)))?);

    wasm_target(shell)?;
    install(shell, "trunk", "trunk", TRUNK, &["--locked"])?;
    // Its output must fit the library that was compiled in, to the last digit.
    let lock = shell.read_file("Cargo.lock")?;
    let version = locked_version(&lock, "wasm-bindgen").context("Cargo.lock names no wasm-bindgen")?;
    install(shell, "wasm-bindgen", "wasm-bindgen-cli", version, &[])
}

/// Makes sure of a browser for the tests, and of the driver through which the wasm tests reach it.
pub fn prepare_browser(shell: &Shell) -> Result<()> {
    let found = || xtask::browser().is_some() && xtask::on_path(&["chromedriver"]).is_some();
    if !found() && is_debian_root(shell) {
        println!("installing chromium and chromium-driver");
        cmd!(shell, "apt-get update --quiet --quiet").run().ok();
        cmd!(shell, "apt-get install --yes --no-install-recommends chromium chromium-driver").run().ok();
    }
    ensure!(
        found(),
        "the tests in the browser need Chromium (on the path, or named in CHROME) and chromedriver of the same version: \
         install them, or leave these tests out with --skip-browser"
    );
    Ok(())
}

/// Makes sure of axe, which checks the pages' accessibility: the version, and the content, that the tests' lock file names.
pub fn prepare_axe(shell: &Shell) -> Result<()> {
    let (wanted, folder) = (xtask::root().join("tests/browser/axe"), xtask::axe_folder());
    let lock = "package-lock.json";
    let fresh = || -> Result<bool> {
        let installed = folder.join(xtask::AXE).is_file() && folder.join(lock).is_file();
        Ok(installed && shell.read_file(folder.join(lock))? == shell.read_file(wanted.join(lock))?)
    };
    if fresh()? {
        return Ok(());
    }
    if xtask::on_path(&["npm"]).is_none() && is_debian_root(shell) {
        println!("installing npm");
        cmd!(shell, "apt-get update --quiet --quiet").run().ok();
        cmd!(shell, "apt-get install --yes --no-install-recommends npm").run().ok();
    }
    shell.create_dir(&folder)?;
    for file in ["package.json", lock] {
        shell.copy_file(wanted.join(file), folder.join(file))?;
    }
    println!("installing axe-core into {}", folder.display());
    let install = {
        let _inside = shell.push_dir(&folder);
        cmd!(shell, "npm ci --ignore-scripts --no-audit --no-fund --silent").run()
    };
    install.with_context(|| {
        format!(
            "the accessibility tests need axe-core: install npm, or put the package that {} names into {}",
            wanted.join(lock).display(),
            folder.join("node_modules").display()
        )
    })
}

fn is_debian_root(shell: &Shell) -> bool {
    cmd!(shell, "id -u").quiet().ignore_stderr().read().is_ok_and(|user| user == "0")
        && xtask::on_path(&["apt-get"]).is_some()
}

/// Keeps what `cargo run` told this program about itself from the builds that it starts: build scripts that look at
/// it would run again after every other way to call cargo.
pub fn clean(command: Cmd<'_>) -> Cmd<'_> {
    env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| {
            let name = name.to_string_lossy();
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|own| name.starts_with(own))
        })
        .fold(command, Cmd::env_remove)
}

fn wasm_target(shell: &Shell) -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let libraries = cmd!(shell, "rustc --print target-libdir --target {TARGET}").quiet().read()?;
    if shell.path_exists(libraries) {
        return Ok(());
    }
    println!("installing Rust's {TARGET} target");
    cmd!(shell, "rustup target add {TARGET}")
        .quiet()
        .run()
        .with_context(|| format!("Rust's {TARGET} target is missing: install it with rustup or your system's packages"))
}

fn install(shell: &Shell, program: &str, package: &str, version: &str, flags: &[&str]) -> Result<()> {
    let found = cmd!(shell, "{program} --version").quiet().ignore_stderr().read().unwrap_or_default();
    if found.split_whitespace().nth(1) == Some(version) {
        return Ok(());
    }
    let tools = xtask::target_folder().join("tools");
    println!("installing {package} {version} into {} (once, some minutes)", tools.display());
    let install = cmd!(shell, "cargo install {package} --version {version} {flags...} --quiet --root {tools}").quiet();
    let by_hand =
        || format!("{package} {version} is missing: install it, say with `cargo install {package}@{version}`");
    clean(install).run().with_context(by_hand)
}

fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, entry) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(entry.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_locked_version_is_that_of_the_package_itself() {
        let lock =
            "name = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\nname = \"wasm-bindgen\"\nversion = \"0.2.1\"\n";
        assert_eq!(super::locked_version(lock, "wasm-bindgen"), Some("0.2.1"));
        assert_eq!(super::locked_version(lock, "trunk"), None);
    }
}
