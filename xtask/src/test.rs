//! `cargo xtask test`: all checks, fastest first, each with its duration; or a selection of them.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use std::{env, fs, thread};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use xshell::{Cmd, Shell, cmd};

use crate::{build, licences, tools};

/// Maximum number of browsers in which tests run at once.
const MAX_BROWSERS: usize = 4;

/// The checks to run.
#[derive(Args, Debug, Default)]
pub struct Selection {
    /// Run only this stage; may be repeated
    #[arg(long, value_enum, value_name = "STAGE")]
    only: Vec<Stage>,
    /// Only the tests whose names contain this; with `--only unit`, `wasm` or `browser`.
    #[arg(requires = "only")]
    filter: Option<String>,
    /// Run only the format check, the lints of native code, and the unit tests of crates without Burn
    #[arg(long, conflicts_with_all = ["only", "skip_browser"])]
    quick: bool,
    /// Skip everything that needs a browser: the wasm tests, the site's build and the end-to-end tests
    #[arg(long, conflicts_with = "only")]
    skip_browser: bool,
}

/// A part of the checks, by its name.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The format of the sources.
    Format,
    /// Licences and sources of all dependencies, and known vulnerabilities
    Licences,
    /// Lints, for native and wasm targets
    Lint,
    /// Unit and doc tests, native.
    Unit,
    /// Tests of the wasm programs in a browser
    Wasm,
    /// The release site, in `dist/`.
    Site,
    /// End-to-end tests of the site in `dist/`.
    Browser,
}

impl Stage {
    fn needs_browser(self) -> bool {
        matches!(self, Self::Wasm | Self::Site | Self::Browser)
    }

    fn is_quick(self) -> bool {
        matches!(self, Self::Format | Self::Lint | Self::Unit)
    }

    fn has_tests(self) -> bool {
        matches!(self, Self::Unit | Self::Wasm | Self::Browser)
    }
}

impl Selection {
    /// The stages in their order, each once.
    fn stages(&self) -> Result<Vec<Stage>> {
        let is_chosen = |stage: &Stage| {
            (self.only.is_empty() || self.only.contains(stage))
                && !(self.skip_browser && stage.needs_browser())
                && (!self.quick || stage.is_quick())
        };
        let stages: Vec<_> = Stage::value_variants().iter().copied().filter(is_chosen).collect();
        if let Some(filter) = &self.filter {
            ensure!(
                stages.iter().all(|stage| stage.has_tests()),
                "only unit, wasm and browser have tests: what is {filter}?"
            );
        }
        Ok(stages)
    }
}

/// Runs the selected checks and prints the total number of tests on the last line.
pub fn test(shell: &Shell, selection: &Selection) -> Result<()> {
    let start = Instant::now();
    let mut passed = 0;
    let stages = selection.stages()?;
    let mut site = None;
    for stage in stages.iter().copied() {
        // Whole-program optimization uses one core at a time, so the site is built beside lints and tests, unless only some stages
        // run.
        if stage == Stage::Lint && stages.contains(&Stage::Site) && stages.contains(&Stage::Browser) {
            tools::prepare_build(shell)?;
            site = Some(Beside::start(shell, "site")?);
        }
        passed += match stage {
            Stage::Format => step("format", || run(cmd!(shell, "cargo fmt --all --check")))?,
            Stage::Licences => step("licences and sources", || {
                licences::check(shell)?;
                look_for_advisories(shell)
            })?,
            Stage::Lint => lint(shell, selection.quick)?,
            Stage::Unit => unit(shell, selection)?,
            Stage::Wasm => wasm(shell, selection)?,
            Stage::Site => match site.take() {
                Some(site) => site.finish()?,
                None => step("site", || build::release(shell))?,
            },
            Stage::Browser => browser(shell, selection)?,
        };
    }
    if let (Some(filter), 0) = (&selection.filter, passed) {
        bail!("no test is named like {filter}");
    }
    println!("\ntest result: ok. {passed} passed; finished in {} s", start.elapsed().as_secs());
    Ok(())
}

/// A stage that runs beside others, and whose output is shown once it has ended. If another stage fails, this one ends first.
struct Beside {
    stage: &'static str,
    process: Child,
    /// What it printed.
    output: PathBuf,
}

impl Beside {
    fn start(shell: &Shell, stage: &'static str) -> Result<Self> {
        println!("\n== {stage}: started; its output follows");
        let folder = shell.create_dir(xtask::target_folder().join("xtask"))?;
        let output = folder.join(format!("{stage}.txt"));
        let file = File::create(&output)?;
        let process = Command::new(env::current_exe()?)
            .args(["test", "--only", stage])
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()?;
        Ok(Self { stage, process, output })
    }

    /// Waits for its end, and shows its output.
    fn finish(mut self) -> Result<usize> {
        let status = self.process.wait()?;
        print!("{}", fs::read_to_string(&self.output)?);
        ensure!(status.success(), "failed: {}", self.stage);
        Ok(0)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Ok(None) = self.process.try_wait() {
            println!("\n== {}: waiting for its end", self.stage);
            self.process.wait().ok();
        }
    }
}

/// Runs cargo-deny, if installed. Its advisory database needs a connection: without one, only the other checks run.
fn look_for_advisories(shell: &Shell) -> Result<()> {
    if xtask::on_path(&["cargo-deny"]).is_none() {
        println!("cargo-deny is not installed, so nobody looks for advisories (cargo install --locked cargo-deny)");
        return Ok(());
    }
    let online = cmd!(shell, "cargo deny fetch db").quiet().ignore_stderr().run().is_ok();
    let checks: &[&str] = if online { &[] } else { &["bans", "licenses", "sources"] };
    run(cmd!(shell, "cargo deny --locked check {checks...}"))
}

/// Treats all warnings as errors.
const DENY: [&str; 3] = ["--", "-D", "warnings"];
const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];

/// The crates without Burn, in the `dev` profile, which recompiles only what has changed.
const LIGHT: &[&str] = &[
    "mien-message",
    "mien-message-derive",
    "mien-core",
    "mien-columns",
    "mien-video",
    "mien-export",
    "mien-face",
    "mien-inference",
    "mien-onnx",
    "mien-weights",
    "mien-recognition",
    "mien-protocol",
    "mien-browser",
    "mien-page",
];
/// The crates of the programs that the page downloads, but for the engine, which has tests of its own in wasm.
const PROGRAMS: &[&str] = &["mien-page", "mien-columns", "mien-face", "mien-onnx", "mien-video", "mien-quick-start"];
/// All crates except this one: including it would unify features and compile Burn a second time.
const ALL: [&str; 4] = ["--release", "--workspace", "--exclude", "xtask"];
/// In the profile in which `cargo xtask` is already compiled.
const XTASK: [&str; 2] = ["--package", "xtask"];

/// The seed of property tests, which try the same cases in each run: a change is not rejected for a rare case that it has nothing
/// to do with. `cargo test` by itself tries others each time.
const SEED: &str = "1";

/// The arguments that select packages.
fn packages(names: &[&'static str]) -> Vec<&'static str> {
    names.iter().flat_map(|name| ["--package", name]).collect()
}

fn lint(shell: &Shell, quick: bool) -> Result<usize> {
    let ours = &if quick { packages(LIGHT) } else { ALL.to_vec() };
    step("lints, native", || {
        run(cmd!(shell, "cargo clippy --locked {ours...} --all-targets {DENY...}"))?;
        run(cmd!(shell, "cargo clippy --locked {XTASK...} --all-targets {DENY...}"))?;
        // not among all targets, since `cargo test` does not run them by itself
        run(cmd!(shell, "cargo clippy --locked {XTASK...} --test browser {DENY...}"))
    })?;
    if quick {
        return Ok(0);
    }
    step("lints, fuzz targets", || {
        let fuzz = ["--manifest-path", "fuzz/Cargo.toml", "--no-default-features"];
        run(cmd!(shell, "cargo clippy --locked --release {fuzz...} --bins {DENY...}"))
    })?;
    // Whether each compiles with the features that it has alone is shown by the site.
    step("lints, wasm", || {
        let programs = packages(PROGRAMS);
        run(cmd!(shell, "cargo clippy --locked {WASM...} {programs...} --lib --bins {DENY...}"))?;
        run(cmd!(shell, "cargo clippy --locked {WASM...} --package mien-worker --all-targets {DENY...}"))
    })
}

fn unit(shell: &Shell, selection: &Selection) -> Result<usize> {
    let ours = if selection.quick { packages(LIGHT) } else { ALL.to_vec() };
    let filter = selection.filter.as_slice();
    let mut passed = 0;
    for (name, packages) in [("unit and doc tests", &ours[..]), ("unit tests of xtask", &XTASK)] {
        let tests = cmd!(shell, "cargo test --locked {packages...} {filter...}").env("PROPTEST_RNG_SEED", SEED);
        passed += count_step(name, || count(tests))?;
    }
    Ok(passed)
}

fn wasm(shell: &Shell, selection: &Selection) -> Result<usize> {
    let filter = selection.filter.as_slice();
    count_step("wasm tests", || {
        tools::prepare_build(shell)?;
        tools::prepare_browser(shell)?;
        count(in_browser(cmd!(shell, "cargo test --locked {WASM...} --package mien-worker --lib {filter...}")))
    })
}

fn browser(shell: &Shell, selection: &Selection) -> Result<usize> {
    let filter = selection.filter.as_slice();
    count_step("end-to-end tests", || {
        ensure!(
            xtask::dist().join("index.html").is_file(),
            "no site in dist/: add --only site, or run `cargo xtask build`"
        );
        tools::prepare_browser(shell)?;
        tools::prepare_axe(shell)?;
        // A browser uses more than one core now and then, and waits as often: more browsers than cores would only take memory.
        let browsers = thread::available_parallelism().map_or(1, |cores| cores.get().min(MAX_BROWSERS)).to_string();
        // a failure shows at once: what it waited for, what the page said, a screenshot
        let runner = ["--nocapture", "--test-threads", &browsers];
        count(cmd!(shell, "cargo test --locked {XTASK...} --test browser {filter...} -- {runner...}"))
    })
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<usize> {
    count_step(name, || work().map(|()| 0))
}

fn count_step(name: &str, work: impl FnOnce() -> Result<usize>) -> Result<usize> {
    println!("\n== {name}");
    let start = Instant::now();
    let passed = work().with_context(|| format!("failed: {name}"))?;
    println!("== {name}: {:.1} s", start.elapsed().as_secs_f32());
    Ok(passed)
}

fn run(command: Cmd<'_>) -> Result<()> {
    Ok(tools::clean(command).quiet().run()?)
}

/// Runs wasm tests in a browser with a GPU (or a slow software implementation) and a long timeout.
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
    use clap::Parser;

    use super::{Selection, Stage, passed_in};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        selection: Selection,
    }

    fn stages(line: &str) -> Result<Vec<Stage>, String> {
        let arguments = ["test"].into_iter().chain(line.split_whitespace());
        let line = Line::try_parse_from(arguments).map_err(|error| error.to_string())?;
        line.selection.stages().map_err(|error| error.to_string())
    }

    #[test]
    fn passed_tests_are_read_from_a_runners_last_line() {
        let line = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(passed_in(line), Some(12));
        assert_eq!(passed_in("test tests::one ... ok"), None);
    }

    #[test]
    fn stages_are_run_in_their_order_whichever_is_named_first() {
        use Stage::{Browser, Format, Licences, Lint, Site, Unit, Wasm};
        assert_eq!(stages(""), Ok(vec![Format, Licences, Lint, Unit, Wasm, Site, Browser]));
        assert_eq!(stages("--skip-browser"), Ok(vec![Format, Licences, Lint, Unit]));
        assert_eq!(stages("--quick"), Ok(vec![Format, Lint, Unit]));
        assert_eq!(stages("--only browser --only site"), Ok(vec![Site, Browser]));
        assert_eq!(stages("--only browser live::"), Ok(vec![Browser]));
        assert_eq!(stages("--only unit --only wasm adam"), Ok(vec![Unit, Wasm]));
    }

    #[test]
    fn a_wrong_stage_is_answered_with_those_there_are() {
        let answer = stages("--only browsers").unwrap_err();
        for name in ["format", "licences", "lint", "unit", "wasm", "site", "browser"] {
            assert!(answer.contains(name), "{answer}");
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for line in
            ["--quick --only unit", "--skip-browser --only wasm", "live::", "--only lint live::", "--quick live::"]
        {
            assert!(stages(line).is_err(), "{line}");
        }
    }
}
