//! Licences of the dependencies: they must be compatible with ours, and those in the page must be listed with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use spdx::{Expression, LicenseReq, Licensee};
use toml::Table;
use xshell::{Shell, cmd};

use crate::tools;

const TARGET: &str = "wasm32-unknown-unknown";

/// The file that lists everything that is not ours, and the line after which the crates are listed.
const NOTICES: &str = "NOTICES";
const HEADING: &str = "The Rust crates that are compiled into the page, each with its licence:";

/// Prefixes of licence file names.
const FILES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];

/// The file that lists the permitted licences.
const ALLOWED: &str = "deny.toml";

/// The `cargo tree` arguments for the crates in the page, and for all crates that anything here is built with.
const PAGE: &str = "--package mien-page --package mien-worker --package mien-columns --package mien-face --package mien-onnx --package mien-video --edges normal,no-proc-macro --target wasm32-unknown-unknown";
const ALL: &str = "--workspace --edges normal,build,dev";

/// The `cargo tree` arguments for the crates in the npm package.
const PACKAGE: &str = "--package mien-quick-start --edges normal,no-proc-macro --target wasm32-unknown-unknown";
/// What the parts of [`NOTICES`] that concern its other files name.
const PACKAGE_FILES: &str = "www/weights";

/// A crate: name, version, licence.
type Crate = (String, String, String);

fn crates(shell: &Shell, which: &str) -> Result<BTreeSet<Crate>> {
    let arguments = "tree --locked --prefix none --format {p}|{l}".split(' ').chain(which.split(' '));
    let listed = tools::clean(cmd!(shell, "cargo {arguments...}")).quiet().read()?;
    let is_ours = |line: &str| ["mien ", "mien-", "xtask "].iter().any(|name| line.starts_with(name));
    let lines = listed.lines().filter(|line| !is_ours(line) && line.contains('|'));
    lines
        .map(|line| {
            let (package, licence) = line.split_once('|').context("no licence")?;
            let mut words = package.split(' ');
            let (name, version) = (words.next().context("no name")?, words.next().context("no version")?);
            let licence = licence.trim_end_matches(" (*)").replace(" / ", " OR ").replace('/', " OR ");
            Ok((name.to_owned(), version.trim_start_matches('v').to_owned(), licence))
        })
        .collect()
}

/// The list of crates in [`NOTICES`], without versions, which are in the lock file.
fn list(crates: &BTreeSet<Crate>) -> String {
    let mut lines = BTreeSet::new();
    lines.extend(crates.iter().map(|(name, _, licence)| format!("  {name}: {licence}")));
    lines.into_iter().fold(String::new(), |list, line| list + &line + "\n")
}

/// Whether the permitted licences satisfy a licence expression.
fn is_allowed(licence: &str, allowed: &[Licensee]) -> bool {
    let met = |required: &LicenseReq| allowed.iter().any(|licence| licence.satisfies(required));
    Expression::parse(licence).is_ok_and(|expression| expression.evaluate(met))
}

/// The licences that deny.toml allows.
fn allowed(deny: &str) -> Result<Vec<Licensee>> {
    let deny: Table = deny.parse()?;
    let list = deny.get("licenses").and_then(|licences| licences.get("allow")).and_then(toml::Value::as_array);
    let list = list.context("`licenses` has no list `allow`")?;
    list.iter().map(|licence| Ok(Licensee::parse(licence.as_str().context("a licence is no text")?)?)).collect()
}

/// Brings the list up to date.
pub fn write_notices(shell: &Shell) -> Result<()> {
    let notices = shell.read_file(NOTICES)?;
    let (ours, _) = notices.split_once(HEADING).context("NOTICES has no place for the crates")?;
    Ok(shell.write_file(NOTICES, format!("{ours}{HEADING}\n\n{}", list(&crates(shell, PAGE)?)))?)
}

/// Checks that the page's crates are listed, and that all crates come from the registry and have compatible licences.
pub fn check(shell: &Shell) -> Result<()> {
    let page = crates(shell, PAGE)?;
    let notices = shell.read_file(NOTICES)?;
    let named = notices.split_once(HEADING).map_or("", |(_, list)| list.trim_start_matches('\n'));
    ensure!(named == list(&page), "NOTICES does not name the crates as they are: run `cargo xtask notices`");
    let allowed = allowed(&shell.read_file(ALLOWED)?).with_context(|| format!("{ALLOWED} lists no licences"))?;
    let all = crates(shell, ALL)?;
    let wrong: Vec<_> = page.union(&all).filter(|(_, _, licence)| !is_allowed(licence, &allowed)).collect();
    ensure!(wrong.is_empty(), "licences that deny.toml does not allow: {wrong:?}");
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let foreign = foreign_package(&shell.read_file(lock)?)?;
        ensure!(foreign.is_none(), "in {lock}, {} is not from the registry", foreign.unwrap_or_default());
    }
    Ok(())
}

/// The first package of a lock file that is neither part of this workspace nor from the registry with a checksum.
fn foreign_package(lock: &str) -> Result<Option<String>> {
    const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
    let lock: Table = lock.parse()?;
    let packages = lock.get("package").and_then(toml::Value::as_array).context("no packages")?;
    let is_foreign = |package: &&toml::Value| {
        let source = package.get("source").and_then(toml::Value::as_str);
        source.is_some_and(|source| source != REGISTRY || package.get("checksum").is_none())
    };
    let name = |package: &toml::Value| package.get("name").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    Ok(packages.iter().find(is_foreign).map(name))
}

/// The texts of all licences with their crates, as published with the page.
pub fn text(shell: &Shell) -> Result<String> {
    with_texts(shell, shell.read_file(NOTICES)?, PAGE)
}

/// The same for the npm package.
pub fn package_text(shell: &Shell) -> Result<String> {
    let notices = shell.read_file(NOTICES)?;
    let (ours, _) = notices.split_once(HEADING).context("NOTICES has no place for the crates")?;
    let parts: Vec<_> = ours.split("\n\n").filter(|part| part.contains(PACKAGE_FILES)).collect();
    let parts = parts.join("\n\n").replace("www/weights", "weights");
    let crates = list(&crates(shell, PACKAGE)?);
    let heading = "The Rust crates that are compiled into the program, each with its licence:";
    let notices = format!("The package has these parts that are not its own.\n\n{parts}\n\n{heading}\n\n{crates}");
    with_texts(shell, notices, PACKAGE)
}

/// Notices, followed by the texts of the licences of crates.
fn with_texts(shell: &Shell, notices: String, which: &str) -> Result<String> {
    let metadata = "metadata --locked --format-version 1 --filter-platform";
    let arguments = metadata.split(' ').chain([TARGET]);
    let metadata = tools::clean(cmd!(shell, "cargo {arguments...}")).quiet().read()?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let folder = |name: &str, version: &str| -> Option<PathBuf> {
        let package = packages.iter().find(|package| package["name"] == name && package["version"] == version)?;
        Some(Path::new(package["manifest_path"].as_str()?).parent()?.to_owned())
    };
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut without = BTreeSet::new();
    for (name, version, licence) in crates(shell, which)? {
        let found = licence_texts(&folder(&name, &version).with_context(|| format!("where is {name} {version}?"))?)?;
        if found.is_empty() {
            without.insert(format!("{name} {version} ({licence}): https://crates.io/crates/{name}/{version}"));
        }
        for text in found {
            texts.entry(text).or_default().insert(format!("{name} {version}"));
        }
    }
    let mut all = notices;
    for (text, crates) in texts {
        let crates: Vec<_> = crates.into_iter().collect();
        write!(all, "\n{}\n{}\n\n{text}\n", "-".repeat(80), crates.join(", "))?;
    }
    let without: Vec<_> = without.into_iter().collect();
    write!(all, "\n{}\nWithout a text of their own:\n\n{}\n", "-".repeat(80), without.join("\n"))?;
    Ok(all)
}

/// The licence files in a crate's folder, without trailing whitespace.
fn licence_texts(folder: &Path) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        if path.is_file() && FILES.iter().any(|start| name.starts_with(start)) {
            let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
            texts.push(text.trim().lines().map(str::trim_end).collect::<Vec<_>>().join("\n"));
        }
    }
    texts.sort();
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::{allowed, foreign_package, is_allowed};

    #[test]
    fn one_of_a_choice_must_be_allowed_and_all_that_apply_together() {
        let deny = "[licenses]\n# some\nallow = [\n    \"MIT\",\n    \"BSD-3-Clause\",\n    \"Unicode-3.0\",\n\
                    \"Apache-2.0 WITH LLVM-exception\",\n]\nother = [\"GPL-3.0\"]\n";
        let allowed = allowed(deny).unwrap();
        assert_eq!(allowed.len(), 4);
        for fine in [
            "MIT",
            "GPL-3.0-only OR MIT",
            "(MIT OR GPL-3.0-only) AND Unicode-3.0",
            "BSD-3-Clause AND MIT",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0",
        ] {
            assert!(is_allowed(fine, &allowed), "{fine}");
        }
        for wrong in [
            "",
            "GPL-3.0-only",
            "(MIT OR Apache-2.0) AND GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "Apache-2.0",
            "a licence",
        ] {
            assert!(!is_allowed(wrong, &allowed), "{wrong}");
        }
    }

    #[test]
    fn a_package_from_elsewhere_is_found() {
        let ours = "[[package]]\nname = \"mien\"\nversion = \"0\"\n";
        let good = "[[package]]\nname = \"a\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\
                    checksum = \"1\"\n";
        let bad = "[[package]]\nname = \"b\"\nsource = \"git+https://example.com/b\"\n";
        let unchecked = good.replace("checksum", "other");
        assert_eq!(foreign_package(&format!("{ours}{good}")).unwrap(), None);
        assert!(foreign_package(&format!("{ours}{good}{bad}")).unwrap().is_some_and(|name| name.contains('b')));
        assert!(foreign_package(&unchecked).unwrap().is_some());
    }
}
