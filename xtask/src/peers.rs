//! Comparisons with other runtimes and libraries in one headless Chromium: the speed of inference on the CPU, on the shipped
//! network; the first visit; and the speed on a GPU.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use crate::{build, tools};

const TARGET: &str = "wasm32-unknown-unknown";

/// What `.cargo/config.toml` sets, and relaxed SIMD.
const RELAXED: &str = "-C target-feature=+simd128,+relaxed-simd";

/// Builds the program, installs the runtimes and prints the table of `benches/peers/run.mjs`.
pub fn compare(shell: &Shell, rounds: u32) -> Result<()> {
    tools::prepare_wasm(shell)?;
    let modules = tools::prepare_peers(shell)?;
    let browser = browser()?;
    let folder = xtask::target_folder().join("peers");
    let plain = build(shell, &folder.join("plain"), None)?;
    let relaxed = build(shell, &folder.join("relaxed"), Some(RELAXED))?;
    let root = xtask::root();
    let (script, weights) = (root.join("benches/peers/run.mjs"), root.join("www/weights/default.safetensors"));
    let rounds = rounds.to_string();
    let runtimes = cmd!(shell, "node {script} --modules {modules} --plain {plain} --relaxed {relaxed}");
    Ok(runtimes
        .arg("--weights")
        .arg(weights)
        .arg("--browser")
        .arg(browser)
        .arg("--rounds")
        .arg(rounds)
        .quiet()
        .run()?)
}

/// Installs the libraries, builds the npm package and prints the tables of `benches/peers/first-visit/run.mjs` for the site in a folder.
pub fn compare_first_visit(shell: &Shell, rounds: u32, site: &Path) -> Result<()> {
    let site = built(site)?;
    tools::prepare_wasm(shell)?;
    let package = build::write_package(shell)?;
    let (modules, browser) = (tools::prepare_peers(shell)?, browser()?);
    let script = xtask::root().join("benches/peers/first-visit/run.mjs");
    let cache = xtask::target_folder().join("peers/brotli");
    let rounds = rounds.to_string();
    let visits = cmd!(shell, "node {script} --site {site} --modules {modules} --cache {cache} --browser {browser}");
    Ok(visits.arg("--package").arg(package).arg("--rounds").arg(rounds).quiet().run()?)
}

/// Installs the runtimes and prints the table of `benches/peers/gpu/run.mjs` for the site in a folder.
pub fn measure_gpu(shell: &Shell, rounds: u32, site: &Path, allow_software: bool) -> Result<()> {
    let site = built(site)?;
    let (modules, browser) = (tools::prepare_peers(shell)?, browser()?);
    let root = xtask::root();
    let (script, weights) = (root.join("benches/peers/gpu/run.mjs"), root.join("www/weights/default.safetensors"));
    let json = xtask::target_folder().join("peers/gpu.json");
    shell.create_dir(xtask::target_folder().join("peers"))?;
    let rounds = rounds.to_string();
    let measurement =
        cmd!(shell, "node {script} --site {site} --modules {modules} --weights {weights} --browser {browser}");
    let measurement = measurement.arg("--json").arg(json).arg("--rounds").arg(rounds);
    Ok(measurement.args(allow_software.then_some("--allow-software")).quiet().run()?)
}

/// The full path of a folder with a built site.
pub fn built(site: &Path) -> Result<PathBuf> {
    let site = site.canonicalize().ok().filter(|site| site.join("_headers").is_file());
    site.context("there is no built site: run `cargo xtask build`, or name its folder with --site")
}

/// The browser that measures.
pub fn browser() -> Result<PathBuf> {
    xtask::browser().context("the measurement needs Chromium: on the path, or named in CHROME")
}

/// Builds the program with other compiler flags than usual, if given, and returns the folder with its files.
fn build(shell: &Shell, folder: &Path, flags: Option<&str>) -> Result<PathBuf> {
    let command = cmd!(
        shell,
        "cargo build --locked --package mien-inference --example peers --target {TARGET} --profile web --target-dir {folder}"
    );
    let command = tools::clean(command.quiet());
    flags.into_iter().fold(command, |command, flags| command.env("RUSTFLAGS", flags)).run()?;
    let (program, output) = (folder.join(TARGET).join("web/examples/peers.wasm"), folder.join("files"));
    cmd!(shell, "wasm-bindgen --target web --no-typescript --out-dir {output} {program}").quiet().run()?;
    Ok(output)
}
