//! The tools that the build calls: found on the path in the right version, or installed in the target folder, so that
//! no other installation is replaced.

mod fetch;
mod release;

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use xshell::{Cmd, Shell, cmd};

use fetch::Failure;
use release::{Pins, TARGETS, TRUNK, Tool, WASM_BINDGEN};

/// Installs everything that [`crate::build`] needs.
pub fn prepare_build(shell: &Shell) -> Result<()> {
    prepare_wasm(shell)?;
    let pins = Pins::read()?;
    install(shell, &pins, &TRUNK, pins.version(&TRUNK)?)
}

/// Installs what a wasm program needs.
pub fn prepare_wasm(shell: &Shell) -> Result<()> {
    let bin = xtask::target_folder().join("tools/bin");
    let path = env::var_os("PATH").unwrap_or_default();
    shell.set_var("PATH", env::join_paths([bin].into_iter().chain(env::split_paths(&path)))?);

    wasm_target(shell)?;
    // Its output must fit the library that was compiled in, to the last digit.
    install(shell, &Pins::read()?, &WASM_BINDGEN, &wasm_bindgen_version(shell)?)
}

/// Downloads the releases for all platforms and writes their checksums to `xtask/tools.json`: Trunk in the version
/// given there, the wasm-bindgen command line in the version of the library.
pub fn pin(shell: &Shell) -> Result<()> {
    let mut pins = Pins::read()?;
    let trunk = pins.version(&TRUNK)?.to_owned();
    for (tool, version) in [(&TRUNK, trunk), (&WASM_BINDGEN, wasm_bindgen_version(shell)?)] {
        let mut checksums = BTreeMap::new();
        for target in TARGETS {
            let url = tool.url(&version, target);
            println!("{url}");
            match fetch::sha256_at(&url, &xtask::target_folder().join("tools/bin")) {
                Ok(checksum) => checksums.insert(target.to_owned(), checksum),
                Err(failure) => bail!("nothing is pinned: {failure}"),
            };
        }
        pins.set(tool, &version, checksums);
    }
    pins.write()
}

fn wasm_bindgen_version(shell: &Shell) -> Result<String> {
    let lock = shell.read_file("Cargo.lock")?;
    Ok(locked_version(&lock, "wasm-bindgen").context("Cargo.lock names no wasm-bindgen")?.to_owned())
}

/// Makes sure that a browser for the tests is installed, and its WebDriver for the wasm tests.
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

/// Installs axe, which checks the pages' accessibility, in the version and with the checksum of the tests' lock file.
pub fn prepare_axe(shell: &Shell) -> Result<()> {
    let folder = xtask::axe_folder();
    npm(shell, &xtask::root().join("tests/browser/axe"), &folder, xtask::AXE).with_context(|| {
        let modules = folder.join("node_modules");
        format!("the accessibility tests need axe-core: install npm, or put it into {}", modules.display())
    })
}

/// Installs what [`crate::peers`] compares with, and returns the folder of their packages.
pub fn prepare_peers(shell: &Shell) -> Result<PathBuf> {
    let folder = xtask::target_folder().join("tools/peers");
    npm(shell, &xtask::root().join("benches/peers"), &folder, "node_modules/onnxruntime-web/package.json")
        .context("the comparison needs npm and Node.js: install them")?;
    Ok(folder.join("node_modules"))
}

/// Installs the npm packages of a lock file into another folder, unless `file` is there from the same lock file.
fn npm(shell: &Shell, wanted: &Path, folder: &Path, file: &str) -> Result<()> {
    let lock = "package-lock.json";
    let fresh = || -> Result<bool> {
        let installed = folder.join(file).is_file() && folder.join(lock).is_file();
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
    shell.create_dir(folder)?;
    for file in ["package.json", lock] {
        shell.copy_file(wanted.join(file), folder.join(file))?;
    }
    println!("installing the packages of {} into {}", wanted.display(), folder.display());
    let _inside = shell.push_dir(folder);
    Ok(cmd!(shell, "npm ci --ignore-scripts --no-audit --no-fund --silent").run()?)
}

fn is_debian_root(shell: &Shell) -> bool {
    cmd!(shell, "id -u").quiet().ignore_stderr().read().is_ok_and(|user| user == "0")
        && xtask::on_path(&["apt-get"]).is_some()
}

/// Removes Cargo's environment variables of this program from a command: build scripts that depend on them would
/// otherwise rerun after every other way of calling cargo.
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

/// Finds a tool on the path, or installs it in the fastest way available: a release with a pinned checksum, a binary
/// found by cargo-binstall, or by compiling it.
fn install(shell: &Shell, pins: &Pins, tool: &Tool, version: &str) -> Result<()> {
    let program = tool.programs[0];
    let found = cmd!(shell, "{program} --version").quiet().ignore_stderr().read().unwrap_or_default();
    if found.split_whitespace().nth(1) == Some(version) {
        return Ok(());
    }
    let tools = xtask::target_folder().join("tools");
    let Err(reason) = fetch_release(pins, tool, version, &tools.join("bin")) else { return Ok(()) };
    println!("no released {} {version}: {reason}", tool.package);
    // If a release has been tampered with, cargo-binstall would install it.
    if !matches!(reason, Failure::Checksum(_)) && binstall(shell, tool, version, &tools) {
        return Ok(());
    }
    compile(shell, tool, version, &tools)
}

fn fetch_release(pins: &Pins, tool: &Tool, version: &str, bin: &Path) -> Result<(), Failure> {
    let target = release::target().ok_or_else(|| Failure::Install("none is made for this machine".to_owned()))?;
    let sha256 = pins.sha256(tool, version, target).map_err(Failure::Install)?;
    let url = tool.url(version, target);
    println!("fetching {url} (SHA-256 {sha256})");
    fetch::fetch(&url, sha256, version, tool.programs, bin)
}

/// Installs a tool with cargo-binstall, if available. Returns whether it succeeded.
fn binstall(shell: &Shell, tool: &Tool, version: &str, tools: &Path) -> bool {
    if xtask::on_path(&["cargo-binstall"]).is_none() {
        return false;
    }
    let package = tool.package;
    println!("installing {package} {version} with cargo-binstall into {}", tools.display());
    let flags = ["--no-confirm", "--disable-strategies", "compile", "--version", version];
    let install = cmd!(shell, "cargo binstall {flags...} --root {tools} {package}").quiet();
    let installed = clean(install).run();
    if let Err(error) = &installed {
        println!("cargo-binstall did not install {package}: {error}");
    }
    installed.is_ok()
}

/// Compiles a tool without optimization: it is called once per build, and its own profile would take most of an hour on
/// two cores.
fn compile(shell: &Shell, tool: &Tool, version: &str, tools: &Path) -> Result<()> {
    let Tool { package, programs, .. } = tool;
    println!("compiling {package} {version} into {} (once, some minutes)", tools.display());
    let bins = programs.iter().flat_map(|program| ["--bin", program]);
    let install = cmd!(
        shell,
        "cargo install {package} --version {version} --locked --no-default-features {bins...} --root {tools}"
    );
    clean(install.quiet())
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .run()
        .with_context(|| {
            format!("{package} {version} is missing: install it, say with `cargo install {package}@{version}`")
        })
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

    #[test]
    fn the_pinned_release_is_that_of_the_library() {
        let lock = std::fs::read_to_string(xtask::root().join("Cargo.lock")).unwrap();
        let locked = super::locked_version(&lock, "wasm-bindgen").unwrap();
        let pins = super::Pins::read().unwrap();
        assert_eq!(pins.version(&super::WASM_BINDGEN).unwrap(), locked, "run `cargo xtask pin-tools`");
    }
}
