//! Where releases of the tools are, and the SHA-256 of their archives: `xtask/tools.json`, written by `cargo xtask
//! pin-tools`.

use std::collections::BTreeMap;
use std::env::consts;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// A package with programs that the build calls.
pub struct Tool {
    /// Its name on crates.io.
    pub package: &'static str,
    /// Its programs; the version is read from the first.
    pub programs: &'static [&'static str],
    /// The URL of a release archive, by version, target and extension.
    address: &'static str,
    windows_ending: &'static str,
}

pub const TRUNK: Tool = Tool {
    package: "trunk",
    programs: &["trunk"],
    address: "https://github.com/trunk-rs/trunk/releases/download/v{version}/trunk-{target}.{ending}",
    windows_ending: "zip",
};

pub const WASM_BINDGEN: Tool = Tool {
    package: "wasm-bindgen-cli",
    programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
    address: "https://github.com/wasm-bindgen/wasm-bindgen/releases/download/{version}/\
              wasm-bindgen-{version}-{target}.{ending}",
    windows_ending: "tar.gz",
};

/// The platforms whose releases are pinned. The Linux ones are statically linked.
pub const TARGETS: [&str; 5] = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-musl",
];

impl Tool {
    /// The address of an archive.
    pub fn url(&self, version: &str, target: &str) -> String {
        let ending = if target.contains("windows") { self.windows_ending } else { "tar.gz" };
        self.address.replace("{version}", version).replace("{target}", target).replace("{ending}", ending)
    }
}

/// The target of this machine, if releases are made for it.
pub fn target() -> Option<&'static str> {
    let system = match consts::OS {
        "linux" => "unknown-linux-musl",
        "macos" => "apple-darwin",
        "windows" => "pc-windows-msvc",
        _ => return None,
    };
    TARGETS.into_iter().find(|target| target.split_once('-') == Some((consts::ARCH, system)))
}

/// The pinned version of each crate, with a SHA-256 in hexadecimal for each target.
#[derive(Debug, PartialEq)]
pub struct Pins(BTreeMap<String, (String, BTreeMap<String, String>)>);

impl Pins {
    fn file() -> PathBuf {
        xtask::root().join("xtask/tools.json")
    }

    /// Reads the pins of the repository.
    ///
    /// # Errors
    /// When the file cannot be read or is not in the format of [`Pins::write`].
    pub fn read() -> Result<Self> {
        Self::parse(&fs::read_to_string(Self::file())?).with_context(|| format!("{}", Self::file().display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)?;
        let mut pins = BTreeMap::new();
        for (package, entry) in value.as_object().context("no packages")? {
            let version = entry["version"].as_str().with_context(|| format!("{package} has no version"))?;
            let mut checksums = BTreeMap::new();
            for (target, checksum) in entry["sha256"].as_object().with_context(|| format!("{package} has no sha256"))? {
                let checksum = checksum.as_str().unwrap_or_default();
                let is_checksum =
                    checksum.len() == 64 && checksum.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
                ensure!(is_checksum, "{package} for {target} has no SHA-256, but \"{checksum}\"");
                checksums.insert(target.clone(), checksum.to_owned());
            }
            pins.insert(package.clone(), (version.to_owned(), checksums));
        }
        Ok(Self(pins))
    }

    /// Writes the pins to the repository.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self) -> Result<()> {
        Ok(fs::write(Self::file(), self.text()?)?)
    }

    fn text(&self) -> Result<String> {
        let entry = |(package, (version, checksums)): (&String, &(String, BTreeMap<String, String>))| {
            (package.clone(), json!({ "version": version, "sha256": checksums }))
        };
        let value: serde_json::Map<String, Value> = self.0.iter().map(entry).collect();
        Ok(serde_json::to_string_pretty(&value)? + "\n")
    }

    /// The pinned version of a package.
    ///
    /// # Errors
    /// When there is none.
    pub fn version(&self, tool: &Tool) -> Result<&str> {
        let (version, _) = self.0.get(tool.package).with_context(|| format!("tools.json has no {}", tool.package))?;
        Ok(version)
    }

    /// The SHA-256 of a crate's archive, or a one-line explanation why there is none.
    ///
    /// # Errors
    /// When another version is pinned, or none for the target.
    pub fn sha256(&self, tool: &Tool, version: &str, target: &str) -> Result<&str, String> {
        match self.0.get(tool.package) {
            Some((pinned, checksums)) if pinned == version => checksums
                .get(target)
                .map(String::as_str)
                .ok_or_else(|| format!("xtask/tools.json has no SHA-256 for {} {version} on {target}", tool.package)),
            _ => Err(format!("xtask/tools.json is for another version than {version}: `cargo xtask pin-tools`")),
        }
    }

    /// Updates the pin of a crate.
    pub fn set(&mut self, tool: &Tool, version: &str, checksums: BTreeMap<String, String>) {
        self.0.insert(tool.package.to_owned(), (version.to_owned(), checksums));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_the_releases() {
        assert_eq!(
            TRUNK.url("0.21.14", "x86_64-pc-windows-msvc"),
            "https://github.com/trunk-rs/trunk/releases/download/v0.21.14/trunk-x86_64-pc-windows-msvc.zip"
        );
        assert_eq!(
            WASM_BINDGEN.url("0.2.129", "x86_64-unknown-linux-musl"),
            "https://github.com/wasm-bindgen/wasm-bindgen/releases/download/0.2.129/\
             wasm-bindgen-0.2.129-x86_64-unknown-linux-musl.tar.gz"
        );
    }

    #[test]
    fn pins_are_written_as_they_are_read() {
        let text = fs::read_to_string(Pins::file()).unwrap();
        assert_eq!(Pins::parse(&text).unwrap().text().unwrap(), text);
    }

    #[test]
    fn a_version_or_a_target_that_is_not_pinned_has_no_checksum() {
        let checksum = "a".repeat(64);
        let text = format!(r#"{{ "trunk": {{ "version": "1.0.0", "sha256": {{ "here": "{checksum}" }} }} }}"#);
        let pins = Pins::parse(&text).unwrap();
        assert_eq!(pins.sha256(&TRUNK, "1.0.0", "here"), Ok(&*checksum));
        for (tool, version, target) in
            [(&TRUNK, "1.0.1", "here"), (&TRUNK, "1.0.0", "there"), (&WASM_BINDGEN, "1.0.0", "here")]
        {
            assert!(pins.sha256(tool, version, target).is_err(), "{} {version} {target}", tool.package);
        }
    }

    #[test]
    fn what_is_no_checksum_is_refused() {
        for checksum in ["", "abc", &"A".repeat(64), &"g".repeat(64)] {
            let text = format!(r#"{{ "trunk": {{ "version": "1", "sha256": {{ "here": "{checksum}" }} }} }}"#);
            assert!(Pins::parse(&text).is_err(), "{checksum}");
        }
    }
}
