//! `cargo xtask test`: every check there is, cheapest first, each with its time.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use xshell::{Cmd, Shell, cmd};

use crate::{build, licences, tools};

/// Runs all checks, or all that need no browser, and ends with the sum of the tests on the last line.
pub fn test(shell: &Shell, skip_browser: bool) -> Result<()> {
    let start = Instant::now();
    let deny = ["--", "-D", "warnings"];
    let wasm = ["--target", "wasm32-unknown-unknown", "--profile", "web", "--lib"];
    step("format", || run(cmd!(shell, "cargo fmt --all --check")))?;
    step("licences and sources", || {
        licences::check(shell)?;
        look_for_advisories(shell)
    })?;
    step("lints, native", || {
        run(cmd!(shell, "cargo clippy --locked --release --all-targets {deny...}"))?;
        run(cmd!(shell, "cargo clippy --locked --release --package xtask --all-targets {deny...}"))
    })?;
    step("lints, fuzz targets", || {
        let fuzz = ["--manifest-path", "fuzz/Cargo.toml", "--no-default-features", "--features", "compute"];
        run(cmd!(shell, "cargo clippy --locked --release {fuzz...} --bins {deny...}"))
    })?;
    step("lints, wasm", || run(cmd!(shell, "cargo clippy --locked {wasm...} --bins {deny...}")))?;
    let mut passed = 0;
    // One package at a time: together they would share features, and Burn would be built once more.
    for package in ["mien", "xtask"] {
        step(&format!("unit and doc tests of {package}"), || {
            passed += count(cmd!(shell, "cargo test --locked --release --package {package}"))?;
            Ok(())
        })?;
    }
    if !skip_browser {
        step("wasm tests", || {
            tools::prepare_build(shell)?;
            tools::prepare_browser(shell)?;
            passed += count(in_browser(cmd!(shell, "cargo test --locked {wasm...}")))?;
            Ok(())
        })?;
        step("site", || build::build(shell))?;
        step("end-to-end tests", || {
            tools::prepare_axe(shell)?;
            passed += count(cmd!(shell, "cargo test --locked --release --package xtask --test browser"))?;
            Ok(())
        })?;
    }
    println!("\ntest result: ok. {passed} passed; finished in {} s", start.elapsed().as_secs());
    Ok(())
}

/// Has cargo-deny look at the dependencies, where it is installed. Its list of advisories comes from the network: without it
/// the rest is checked.
fn look_for_advisories(shell: &Shell) -> Result<()> {
    if xtask::on_path(&["cargo-deny"]).is_none() {
        println!("cargo-deny is not installed, so nobody looks for advisories (cargo install --locked cargo-deny)");
        return Ok(());
    }
    let online = cmd!(shell, "cargo deny fetch db").quiet().ignore_stderr().run().is_ok();
    let checks: &[&str] = if online { &[] } else { &["bans", "licenses", "sources"] };
    run(cmd!(shell, "cargo deny --locked check {checks...}"))
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n== {name}");
    let start = Instant::now();
    work().with_context(|| format!("failed: {name}"))?;
    println!("== {name}: {:.1} s", start.elapsed().as_secs_f32());
    Ok(())
}

fn run(command: Cmd<'_>) -> Result<()> {
    Ok(tools::clean(command).quiet().run()?)
}

/// Sends tests that were built for wasm to the browser, with a GPU (or a slow imitation) and time to use it.
fn in_browser(tests: Cmd<'_>) -> Cmd<'_> {
    tests
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner")
        .env("WASM_BINDGEN_USE_BROWSER", "1")
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", xtask::root().join("tests/browser/webdriver.json"))
        .env("WASM_BINDGEN_TEST_TIMEOUT", "600")
}

/// Runs tests, shows what they print, and counts those that passed.
fn count(command: Cmd<'_>) -> Result<usize> {
    let mut child = Command::from(tools::clean(command)).stdout(Stdio::piped()).spawn()?;
    let mut passed = 0;
    for line in BufReader::new(child.stdout.take().context("no output")?).lines() {
        let line = line?;
        println!("{line}");
        passed += passed_in(&line).unwrap_or(0);
    }
    ensure!(child.wait()?.success(), "not all tests passed");
    Ok(passed)
}

fn passed_in(line: &str) -> Option<usize> {
    line.strip_prefix("test result: ok. ")?.split_once(" passed")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn passed_tests_are_read_from_a_runners_last_line() {
        let line = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(super::passed_in(line), Some(12));
        assert_eq!(super::passed_in("test tests::one ... ok"), None);
    }
}
