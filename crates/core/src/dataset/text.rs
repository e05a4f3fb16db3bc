//! Text of unknown encoding: UTF-8, or else what Windows and older programs write.

use std::borrow::Cow;

/// The text of a field of a table: UTF-8, or else Latin-1.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|&byte| char::from(byte)).collect(), Cow::Borrowed)
}

/// The path of a file of an archive: UTF-8, or else Latin-1, whose control characters are taken for the letters of code page
/// 437, in which zip archives name files unless they say otherwise.
pub(super) fn decode_path(bytes: &[u8]) -> Cow<'_, str> {
    const LETTERS: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ";
    std::str::from_utf8(bytes).map_or_else(
        |_| {
            let letter = |&byte: &u8| match byte {
                0x80..=0x9f => LETTERS.chars().nth(usize::from(byte - 0x80)).unwrap_or(char::REPLACEMENT_CHARACTER),
                _ => char::from(byte),
            };
            bytes.iter().map(letter).collect()
        },
        Cow::Borrowed,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_utf_8_or_else_latin_1() {
        for (bytes, text) in [
            ("Glücklich".as_bytes(), "Glücklich"),
            (b"Gl\xfccklich", "Glücklich"),
            (b"\xdcberraschung", "Überraschung"),
            (b"col\xe8re", "colère"),
            (b"", ""),
        ] {
            assert_eq!(decode(bytes), text);
            assert_eq!(decode_path(bytes), text);
        }
        assert_eq!(decode_path(b"gl\x81cklich/\x9aberrascht/\x84rger"), "glücklich/Überrascht/ärger");
    }
}
