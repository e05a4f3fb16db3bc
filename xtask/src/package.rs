//! The npm package: the recognition of the quick-start engine, for third-party pages. Its JavaScript and types are in `library/`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::site;

/// The folder with what is not compiled.
const LIBRARY: &str = "library";

/// The weights of the detector and of the networks that can be chosen by name.
const WEIGHTS: [&str; 3] = ["blazeface.safetensors", "default.safetensors", "phone.safetensors"];

/// The names of the program in the package.
const SCRIPT: &str = "recognition.js";
const WASM: &str = "recognition_bg.wasm";

/// What `package.json` has instead of the workspace's version.
const NO_VERSION: &str = "0.0.0";

/// Writes the package to a folder, which is replaced, from the two files of the quick-start engine's program: its script, and its WebAssembly
/// beside it. The licences of what is compiled into it are not written.
///
/// # Errors
/// When a file is missing or cannot be written.
pub fn write(folder: &Path, script: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder.join("weights"))?;
    let own = crate::root().join(LIBRARY);
    for path in crate::files(&own)? {
        fs::copy(&path, folder.join(path.strip_prefix(&own)?))?;
    }
    for name in WEIGHTS {
        fs::copy(crate::root().join("www/weights").join(name), folder.join("weights").join(name))?;
    }
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        fs::copy(crate::root().join(name), folder.join(name))?;
    }
    let text = fs::read_to_string(script).with_context(|| format!("{} is missing", script.display()))?;
    let name = script.file_stem().context("a script without a name")?.to_string_lossy();
    let wasm = format!("{name}_bg.wasm");
    fs::write(folder.join(SCRIPT), text.replace(&wasm, WASM))?;
    fs::copy(script.with_file_name(&wasm), folder.join(WASM)).with_context(|| format!("{wasm} is missing"))?;
    site::strip_names(folder)?;
    let description = folder.join("package.json");
    // as text: the order of its entries has a meaning
    let content = fs::read_to_string(&description)?.replacen(NO_VERSION, env!("CARGO_PKG_VERSION"), 1);
    Ok(fs::write(description, content)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::{LIBRARY, write};
    use crate::root;

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    /// The texts between quotation marks that follow a prefix.
    fn quoted<'a>(text: &'a str, prefix: &str) -> BTreeSet<&'a str> {
        text.split(&format!("{prefix}\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn every_error_has_a_type_and_is_documented() {
        let folder = root().join(LIBRARY);
        let types = read(&folder.join("mien.d.ts"));
        let types = types.split_once("export type MienErrorId").unwrap().1.split_once("\n\n").unwrap().0;
        let ids = quoted(types, "| ");
        let mut thrown = BTreeSet::new();
        let scripts = ["mien", "arguments", "actions", "camera", "connection", "picture", "weights", "worker"];
        let scripts: String = scripts.iter().map(|name| read(&folder.join(format!("{name}.js")))).collect();
        for prefix in ["MienError(", "Refused(", "failure(", "Error: [", " ? "] {
            thrown.extend(quoted(&scripts, prefix).into_iter().filter(|id| id.contains('-') || ids.contains(id)));
        }
        assert_eq!(thrown, ids);
        let document = read(&root().join("docs/library.md"));
        for id in ids {
            assert!(document.contains(&format!("| `{id}` |")), "docs/library.md: {id}");
        }
    }

    #[test]
    fn the_package_is_whole() {
        let work = crate::target_folder().join("package-test");
        fs::create_dir_all(&work).unwrap();
        let script = work.join("quick-start-0123.js");
        fs::write(&script, "new URL('quick-start-0123_bg.wasm', import.meta.url)").unwrap();
        fs::write(work.join("quick-start-0123_bg.wasm"), b"\0asm\x01\0\0\0").unwrap();
        let folder = work.join("mien");
        write(&folder, &script).unwrap();
        assert_eq!(read(&folder.join("recognition.js")), "new URL('recognition_bg.wasm', import.meta.url)");
        let description: serde_json::Value = serde_json::from_str(&read(&folder.join("package.json"))).unwrap();
        assert_eq!(description["version"], env!("CARGO_PKG_VERSION"));
        // every file that another one names is there
        for path in crate::files(&folder).unwrap() {
            let name = path.file_name().unwrap().to_string_lossy();
            if name.ends_with(".js") || name == "package.json" {
                let text = read(&path);
                let named = text.split(['"', '\'']).filter(|part| part.starts_with("./"));
                for part in named.filter(|part| Path::new(part).extension().is_some()) {
                    assert!(folder.join(part).is_file(), "{name}: {part}");
                }
            }
        }
        fs::remove_dir_all(work).unwrap();
    }
}
