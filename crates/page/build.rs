//! Generates Rust constants and functions for the page's texts: see `src/language/`.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

#[path = "src/language/catalogue.rs"]
mod catalogue;

use catalogue::Entry;

/// The reference language, whose file defines the keys.
const ENGLISH: &str = "en";

/// The key of a language's own name.
const NAME: &str = "language";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new("../../www/text");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=src/language/catalogue.rs");
    let mut languages = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if let (Some(tag), true) = (path.file_stem(), path.extension().is_some_and(|extension| extension == "txt")) {
            languages.insert(tag.to_string_lossy().into_owned(), fs::read_to_string(&path)?);
        }
    }
    let english = languages.get(ENGLISH).ok_or("www/text/en.txt is missing")?;
    let code = generate(english, &languages).map_err(|error| format!("www/text: {error}"))?;
    Ok(fs::write(Path::new(&env::var("OUT_DIR")?).join("messages.rs"), code)?)
}

fn generate(english: &str, languages: &BTreeMap<String, String>) -> Result<String, Box<dyn Error>> {
    let compiled = catalogue::compile(english)?;
    let mut code = Module::default();
    for (place, entry) in catalogue::entries(english).enumerate() {
        let (_, entry) = entry?;
        if entry.key != NAME {
            code.module(entry.section).items.push(item(place, &entry));
        }
    }
    let names: Vec<(&str, &str)> = languages
        .iter()
        .map(|(tag, source)| Some((tag.as_str(), name(source)?)))
        .collect::<Option<_>>()
        .ok_or("a language has no name")?;
    let place = names.iter().position(|(tag, _)| *tag == ENGLISH).unwrap_or_default();
    let mut out = String::new();
    writeln!(
        out,
        "/// The English texts, compiled, a line each. The page fetches them as it does those of any other language.\n\
         #[cfg(not(target_family = \"wasm\"))]\npub const ENGLISH_TEXTS: &str = {:?};",
        compiled.texts
    )?;
    writeln!(
        out,
        "/// What the keys of every language come to.\npub const FINGERPRINT: u64 = {};",
        compiled.fingerprint
    )?;
    writeln!(
        out,
        "/// Tag and name of every language.\npub const LANGUAGES: [(&str, &str); {}] = {names:?};",
        names.len()
    )?;
    writeln!(out, "/// The place of English among them.\npub const ENGLISH: u8 = {place};")?;
    code.write(&mut out)?;
    Ok(out)
}

/// A language's own name.
fn name(source: &str) -> Option<&str> {
    catalogue::entries(source).flatten().map(|(_, entry)| entry).find(|entry| entry.key == NAME).map(|entry| entry.text)
}

/// The Rust item for a text.
fn item(place: usize, entry: &Entry<'_>) -> String {
    const ROOM: &str = "crate::language";
    let text = entry.text;
    if entry.arguments.is_empty() {
        let name = entry.key.to_uppercase();
        return format!("/// {text}\npub const {name}: {ROOM}::Text = {ROOM}::Text({place});");
    }
    let names: Vec<&str> = entry.names().collect();
    let parameters: Vec<String> = names.iter().map(|name| format!("{name}: impl Into<{ROOM}::Value<'a>>")).collect();
    let values: Vec<String> = names.iter().map(|name| format!("{name}.into()")).collect();
    format!(
        "/// {text}\npub fn {}<'a>({}) -> String {{\n    {ROOM}::Text({place}).fill(&[{}])\n}}",
        entry.key,
        parameters.join(", "),
        values.join(", ")
    )
}

#[derive(Default)]
struct Module {
    items: Vec<String>,
    modules: BTreeMap<String, Module>,
}

impl Module {
    fn module(&mut self, path: &str) -> &mut Self {
        path.split('.')
            .filter(|name| !name.is_empty())
            .fold(self, |module, name| module.modules.entry(name.to_owned()).or_default())
    }

    fn write(&self, out: &mut String) -> Result<(), std::fmt::Error> {
        for item in &self.items {
            writeln!(out, "{item}")?;
        }
        for (name, module) in &self.modules {
            writeln!(out, "/// Texts of this section.\npub mod {name} {{")?;
            module.write(out)?;
            writeln!(out, "}}")?;
        }
        Ok(())
    }
}
