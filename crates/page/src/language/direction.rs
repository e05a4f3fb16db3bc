//! Names that are written from right to left, or contain characters that change the direction, within other text.

use std::borrow::Cow;

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_ISOLATE: char = '\u{2069}';

/// A name that leaves the direction of the text around it as it is, whatever characters it contains. Every text that is filled into
/// another one is isolated; what elements show next to other text is to be.
pub fn isolated(name: &str) -> Cow<'_, str> {
    if !name.chars().any(is_from_right_to_left) {
        return Cow::Borrowed(name);
    }
    let mut out = String::from(FIRST_STRONG_ISOLATE);
    let mut open = 1;
    for letter in name.chars() {
        match letter {
            '\u{2066}'..=FIRST_STRONG_ISOLATE => open += 1,
            // it would end this isolate
            POP_ISOLATE if open == 1 => continue,
            POP_ISOLATE => open -= 1,
            _ => {}
        }
        out.push(letter);
    }
    out.extend(std::iter::repeat_n(POP_ISOLATE, open));
    Cow::Owned(out)
}

/// Whether a character belongs to a script that is written from right to left, such as Arabic or Hebrew, or changes the direction.
const fn is_from_right_to_left(letter: char) -> bool {
    matches!(
        letter,
        '\u{590}'..='\u{8ff}'
            | '\u{200e}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe70}'..='\u{fefc}'
            | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
    )
}

#[cfg(test)]
mod tests {
    use super::isolated;

    #[test]
    fn names_keep_to_themselves() {
        assert_eq!(["", "face.png", "Gesicht – ①.png"].map(isolated), ["", "face.png", "Gesicht – ①.png"]);
        assert_eq!(isolated("שלום"), "\u{2068}שלום\u{2069}");
        assert_eq!(isolated("a\u{202e}gnp.b"), "\u{2068}a\u{202e}gnp.b\u{2069}", "the isolate ends what is open in it");
    }

    #[test]
    fn isolates_are_balanced() {
        assert_eq!(isolated("a\u{2069}\u{202e}b"), "\u{2068}a\u{202e}b\u{2069}");
        assert_eq!(isolated("a\u{2067}b"), "\u{2068}a\u{2067}b\u{2069}\u{2069}");
        let inner = isolated("שלום");
        assert_eq!(isolated(&inner), format!("\u{2068}{inner}\u{2069}"));
    }
}
