//! Builds the site: Trunk's output, finished for any static server. `cargo xtask build` builds the release and checks
//! its size, `cargo xtask serve` builds a faster-compiling version, and `cargo xtask dev` lets Trunk rebuild it on
//! every change.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};
use xtask::{files, package, site};

use crate::{licences, tools};

/// Maximum compressed size of each wasm file, in bytes.
const BUDGETS: [(&str, usize); 7] = [
    ("columns", 215_000),
    ("engine", 3_082_000),
    ("model-face", 110_000),
    ("onnx", 448_000),
    ("page", 552_000),
    ("quick-start", 149_500),
    ("video", 48_000),
];

/// Maximum size of each dataset that comes with the page, in bytes; it is compressed already.
const SETS: (&str, usize) = ("sets", 300_000);

/// The programs that the page downloads on demand: package, program, and profile of the release.
const ON_DEMAND: [(&str, &str, &str); 4] = [
    ("mien-columns", "columns", "columns"),
    ("mien-face", "model-face", "web"),
    ("mien-onnx", "onnx", "onnx"),
    ("mien-video", "video", "page"),
];

/// Writes the release to `dist/`, and prints its sizes.
pub fn release(shell: &Shell) -> Result<()> {
    tools::prepare_build(shell)?;
    // Trunk keeps there what earlier builds left, and would ship it.
    shell.remove_path(xtask::target_folder().join("wasm-bindgen/release"))?;
    let dist = xtask::dist();
    build(shell, &dist, &["--release"])?;
    print_sizes(&dist)
}

/// Builds the site in the target folder, with optimized dependencies but without whole-program optimization, and
/// returns the folder.
pub fn light(shell: &Shell) -> Result<PathBuf> {
    tools::prepare_build(shell)?;
    let folder = xtask::target_folder().join("site");
    build(shell, &folder, &[])?;
    Ok(folder)
}

fn build(shell: &Shell, folder: &Path, flags: &[&str]) -> Result<()> {
    trunk(shell, "warn", &[&["build", "--locked", "--dist"][..], &[&*folder.to_string_lossy()], flags].concat())
        .context("Trunk could not build the site")?;
    shell.write_file(folder.join("licences.txt"), licences::text(shell)?)?;
    site::finish(folder)
}

/// Builds the programs that the page downloads on demand into the folder of a site: WebAssembly without the JavaScript for
/// which Trunk is needed. Trunk calls this, and says in variables where to and how.
pub fn programs(shell: &Shell) -> Result<()> {
    let folder =
        shell.var_os("TRUNK_STAGING_DIR").context("only for Trunk, which calls this while it builds the site")?;
    let is_release = shell.var("TRUNK_PROFILE").is_ok_and(|profile| profile == "release");
    for (package, program, release) in ON_DEMAND {
        let (profile, output) = if is_release { (release, release) } else { ("dev", "debug") };
        let arguments = ["--target", "wasm32-unknown-unknown", "--package", package, "--bin", program];
        let command = cmd!(shell, "cargo build --locked --profile {profile} {arguments...}");
        tools::clean(command).quiet().run().with_context(|| format!("{program} was not built"))?;
        let built = xtask::target_folder().join("wasm32-unknown-unknown").join(output).join(format!("{program}.wasm"));
        shell.copy_file(built, &folder)?;
    }
    Ok(())
}

/// Builds the npm package in `dist-package/`, with the program of the quick-start engine, and prints its sizes.
pub fn package(shell: &Shell) -> Result<()> {
    tools::prepare_wasm(shell)?;
    let folder = write_package(shell)?;
    shell.write_file(folder.join("NOTICES"), licences::package_text(shell)?)?;
    print_sizes(&folder)
}

/// Builds the program and writes the package; returns its folder.
pub fn write_package(shell: &Shell) -> Result<PathBuf> {
    const TARGET: &str = "wasm32-unknown-unknown";
    // as Trunk builds it, so that it is compiled once for both
    let arguments = ["--target", TARGET, "--package", "mien-quick-start", "--bin", "quick-start"];
    let command = cmd!(shell, "cargo build --locked --profile web {arguments...}");
    tools::clean(command).quiet().run().context("the program was not built")?;
    let (built, output) =
        (xtask::target_folder().join(TARGET).join("web/quick-start.wasm"), xtask::target_folder().join("package"));
    cmd!(shell, "wasm-bindgen --target web --no-typescript --out-dir {output} {built}").quiet().run()?;
    let folder = xtask::root().join("dist-package");
    package::write(&folder, &output.join("quick-start.js"))?;
    Ok(folder)
}

/// Serves Trunk's output, rebuilds it on changes and reloads the browser.
pub fn watch(shell: &Shell, port: u16, open: bool) -> Result<()> {
    tools::prepare_build(shell)?;
    let (port, open) = (port.to_string(), open.to_string());
    trunk(shell, "info", &["serve", "--locked", "--port", &port, "--open", &open])
}

fn trunk(shell: &Shell, log: &str, arguments: &[&str]) -> Result<()> {
    // Trunk takes the usual `NO_COLOR=1` for a mistake.
    let command = cmd!(shell, "trunk --log {log} {arguments...}").quiet().env_remove("NO_COLOR");
    Ok(tools::clean(command).run()?)
}

fn print_sizes(dist: &Path) -> Result<()> {
    let mut too_large = Vec::new();
    let title = format!("{}/", dist.file_name().unwrap_or_default().display());
    println!("{title:48} {:>12} {:>12} {:>12}", "bytes", "brotli", "budget");
    for path in files(dist)? {
        let content = fs::read(&path)?;
        let compressed = brotli_size(&content)?;
        let name = path.strip_prefix(dist)?.display().to_string();
        let program = BUDGETS.iter().find(|(part, _)| name.starts_with(part) && name.ends_with(".wasm"));
        let (size, budget) =
            if name.starts_with(SETS.0) { (content.len(), Some(&SETS)) } else { (compressed, program) };
        let limit = budget.map(|(_, most)| most.to_string()).unwrap_or_default();
        println!("{name:48} {:>12} {compressed:>12} {limit:>12}", content.len());
        if budget.is_some_and(|(_, most)| size > *most) {
            too_large.push(name);
        }
    }
    ensure!(too_large.is_empty(), "over budget: {}", too_large.join(", "));
    Ok(())
}

/// Maximum size at which the highest compression level is still fast, in bytes.
const SMALL: usize = 4 << 20;

fn brotli_size(content: &[u8]) -> Result<usize> {
    // as a host does that compresses once for all visitors; the highest quality takes minutes for large files and gains little
    let quality = if content.len() < SMALL { 11 } else { 9 };
    let settings = brotli::enc::BrotliEncoderParams { quality, ..Default::default() };
    let mut compressed = Vec::new();
    Ok(brotli::BrotliCompress(&mut &*content, &mut compressed, &settings)?)
}
