//! Letters with accents, which are written as one character or, as macOS names files, as a letter and combining characters.

/// Which character a letter and a combining character make together: for each combining character a line with its code, and the pairs
/// of the letter and that character. They are the canonical compositions of Unicode with U+0300 to U+0345, U+3099 and U+309A; those of
/// Hangul are computed.
const PAIRS: &str = include_str!("composition.txt");

/// A text in which every letter is followed by the combining characters only for which there is no character that has them already. Texts
/// that differ in how their accents are written become equal.
pub(super) fn composed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match out.chars().next_back().and_then(|before| compose(before, letter)) {
            Some(both) => {
                out.pop();
                out.push(both);
            }
            None => out.push(letter),
        }
    }
    out
}

fn compose(letter: char, next: char) -> Option<char> {
    match next {
        '\u{300}'..='\u{345}' | '\u{3099}' | '\u{309a}' => {
            let code = format!("{:04X} ", u32::from(next));
            let pairs = PAIRS.lines().find_map(|line| line.strip_prefix(&code))?;
            pairs.split(' ').find_map(|pair| pair.strip_prefix(letter)?.chars().next())
        }
        '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}' => compose_hangul(u32::from(letter), u32::from(next)),
        _ => None,
    }
}

/// A syllable of Hangul with the vowel or the final consonant behind it, as the Unicode Standard defines it in section 3.12.
fn compose_hangul(syllable: u32, next: u32) -> Option<char> {
    const VOWELS: u32 = 21;
    const FINALS: u32 = 28;
    let code = match (syllable, next) {
        (0x1100..=0x1112, 0x1161..=0x1175) => 0xac00 + ((syllable - 0x1100) * VOWELS + next - 0x1161) * FINALS,
        (0xac00..=0xd7a3, 0x11a8..=0x11c2) if (syllable - 0xac00).is_multiple_of(FINALS) => syllable + next - 0x11a7,
        _ => return None,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_may_be_written_in_either_way() {
        for (written, expected) in [
            ("cafe\u{301}/Mu\u{308}ller.jpg", "café/Müller.jpg"),
            ("fac\u{327}ade", "façade"),
            ("Bjo\u{308}rk A\u{30a}", "Björk Å"),
            ("Vie\u{323}\u{302}t", "Việt"),
            ("\u{439}\u{438}\u{306}", "йй"),
            ("\u{3b1}\u{301}", "ά"),
            ("か\u{3099}は\u{309a}", "がぱ"),
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}", "한글"),
            ("\u{1100}\u{1161}", "가"),
        ] {
            assert_eq!(composed(written), expected);
            assert_eq!(composed(expected), expected);
        }
        for kept in ["", "a.jpg", "\u{301}a", "q\u{301}", "é\u{301}", "한\u{11ab}", "漢字"] {
            assert_eq!(composed(kept), kept, "nothing to compose");
        }
    }

    #[test]
    fn the_table_has_pairs_of_two_characters() {
        for line in PAIRS.lines() {
            let (code, pairs) = line.split_once(' ').unwrap();
            let mark = u32::from_str_radix(code, 16).ok().and_then(char::from_u32).unwrap();
            for pair in pairs.split(' ') {
                let [letter, both] = pair.chars().collect::<Vec<_>>()[..] else { panic!("{pair}") };
                assert_eq!(compose(letter, mark), Some(both), "{pair}");
            }
        }
    }
}
