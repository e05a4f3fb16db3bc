//! What Trunk leaves to do: scripts in files of their own, and an engine whose files change names when they change.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use anyhow::{Context, Result};

/// Makes Trunk's output ready to be served.
pub fn finish(dist: &Path) -> Result<()> {
    let index = dist.join("index.html");
    let html = fs::read_to_string(&index).context("Trunk wrote no index.html")?;
    let html = move_scripts_out(&html, dist)?;
    strip_names(dist)?;
    let html = drop_wasm_integrity(&html);
    let html = name_engine_by_content(&html, dist)?;
    let html = name_texts_by_content(&html, dist)?;
    Ok(fs::write(index, html)?)
}

/// Removes the functions' names from the site's wasm: a third of the bytes, and only stack traces show them.
fn strip_names(dist: &Path) -> Result<()> {
    for entry in fs::read_dir(dist)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            let wasm = fs::read(&path)?;
            let stripped = without_names(&wasm).with_context(|| format!("{} is no wasm", path.display()))?;
            fs::write(path, stripped)?;
        }
    }
    Ok(())
}

/// The bytes of a wasm module without its `name` section; `None` where they are no module.
fn without_names(wasm: &[u8]) -> Option<Vec<u8>> {
    const HEADER: usize = 8;
    const CUSTOM: u8 = 0;
    const NAME: &[u8] = b"\x04name"; // its length, then itself
    let mut kept = wasm.get(..HEADER)?.to_vec();
    let mut rest = wasm.get(HEADER..)?;
    while let Some((&kind, after)) = rest.split_first() {
        let (length, width) = leb128(after)?;
        let content = after.get(width..width.checked_add(length)?)?;
        if kind != CUSTOM || !content.starts_with(NAME) {
            kept.extend(&rest[..1 + width + length]);
        }
        rest = &rest[1 + width + length..];
    }
    Some(kept)
}

/// An unsigned number as wasm writes it, and how many bytes it takes.
fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

/// Takes the checksum off the wasm's preload: browsers ignore it there, and say so on every visit.
fn drop_wasm_integrity(html: &str) -> String {
    let mut result = String::new();
    for (index, link) in html.split("<link ").enumerate() {
        if index > 0 {
            result += "<link ";
        }
        let checked = link.find("as=\"fetch\"").and_then(|_| link.split_once(" integrity=\""));
        match checked.and_then(|(before, after)| Some((before, after.split_once('"')?.1))) {
            Some((before, after)) => result += &format!("{before}{after}"),
            None => result += link,
        }
    }
    result
}

/// Moves each inline script to a file: a strict content security policy forbids inline ones.
fn move_scripts_out(html: &str, dist: &Path) -> Result<String> {
    const OPEN: &str = "<script type=\"module\">";
    const CLOSE: &str = "</script>";
    let mut pieces = html.split(OPEN);
    let mut moved = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (script, rest) = piece.split_once(CLOSE).context("index.html has a script without an end")?;
        let name = format!("start-{}.js", fingerprint(&[script.as_bytes()]));
        fs::write(dist.join(&name), script.trim_start())?;
        moved += &format!("<script type=\"module\" src=\"./{name}\">{CLOSE}{rest}");
    }
    Ok(moved)
}

/// Puts the engine's fingerprint into its file names, as Trunk does only for the page: a browser that kept files of
/// an older version must not start that version's engine with this version's page. The page finds the loader's name in
/// `<meta name="engine">`.
fn name_engine_by_content(html: &str, dist: &Path) -> Result<String> {
    let (script, wasm, loader) = ("engine.js", "engine_bg.wasm", "engine_loader.js");
    let glue = fs::read_to_string(dist.join(script)).context("Trunk built no engine")?;
    let version = fingerprint(&[glue.as_bytes(), &fs::read(dist.join(wasm))?]);
    let versioned = |name: &str| name.replacen("engine", &format!("engine-{version}"), 1);

    fs::rename(dist.join(wasm), dist.join(versioned(wasm)))?;
    fs::remove_file(dist.join(script))?;
    fs::write(dist.join(versioned(script)), glue.replace(wasm, &versioned(wasm)))?;
    let load = fs::read_to_string(dist.join(loader)).context("index.html asks for no engine loader")?;
    fs::remove_file(dist.join(loader))?;
    fs::write(dist.join(versioned(loader)), load.replace(script, &versioned(script)))?;

    name_in_head(html, "engine", &versioned(loader))
}

/// Puts each language's fingerprint into the name of its file, so that a page never gets the texts of another version, and
/// tells the page the names in `<meta name="text-…">`. English is in the page's wasm.
fn name_texts_by_content(html: &str, dist: &Path) -> Result<String> {
    let folder = dist.join("text");
    let mut html = html.to_owned();
    let mut files = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    for file in files {
        let tag = file.file_stem().context("a text without a name")?.to_string_lossy().into_owned();
        if tag == "en" {
            fs::remove_file(file)?;
            continue;
        }
        let name = format!("{tag}-{}.txt", fingerprint(&[&fs::read(&file)?]));
        fs::rename(&file, folder.join(&name))?;
        html = name_in_head(&html, &format!("text-{tag}"), &format!("text/{name}"))?;
    }
    Ok(html)
}

/// Tells the page the name of a file.
fn name_in_head(html: &str, what: &str, file: &str) -> Result<String> {
    let (before, after) = html.split_once("</head>").context("index.html has no head")?;
    Ok(format!("{before}<meta name=\"{what}\" content=\"./{file}\"></head>{after}"))
}

fn fingerprint(contents: &[&[u8]]) -> String {
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::{drop_wasm_integrity, without_names};

    #[test]
    fn names_go_and_the_rest_stays() {
        let header = *b"\0asm\x01\0\0\0";
        let types = [1, 1, 0];
        let names = *b"\0\x07\x04nameab";
        let other = *b"\0\x06\x05other";
        let module = [&header[..], &types, &names, &other].concat();
        assert_eq!(without_names(&module), Some([&header[..], &types, &other].concat()));
        assert_eq!(without_names(&module[..module.len() - 1]), None);
        assert_eq!(without_names(b"text"), None);
    }

    #[test]
    fn only_the_wasm_loses_its_checksum() {
        let html = r#"<link rel="a" integrity="x"><link href="b" integrity="y" as="fetch"><p>"#;
        assert_eq!(drop_wasm_integrity(html), r#"<link rel="a" integrity="x"><link href="b" as="fetch"><p>"#);
    }
}
