//! Removes debug information from the site's wasm.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Removes function names from the site's wasm: a third of its size, and only used in stack traces.
pub fn strip_names(dist: &Path) -> Result<()> {
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

/// The wasm module without its `name` section; `None` if the bytes are not a wasm module.
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

/// Decodes an unsigned LEB128 number; returns it with its length in bytes.
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

#[cfg(test)]
mod tests {
    use super::without_names;

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
}
