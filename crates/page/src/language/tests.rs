//! Tests of all catalogues, and of how texts are filled in.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::catalogue::{Entry, compile, entries};
use super::messages::{FINGERPRINT, LANGUAGES, headed, joined, labelled};
use super::text::{Table, adopt};
use super::{Value, say, text, translated};
use mien_protocol::{Argument, Message};

/// Every language's file by its tag.
fn catalogues() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/text");
    let read = |(tag, _): (&str, &str)| {
        let source = fs::read_to_string(folder.join(format!("{tag}.txt"))).unwrap();
        (tag.to_owned(), source)
    };
    LANGUAGES.map(read).to_vec()
}

/// Reads all texts in a language, in this test.
pub fn speak(tag: &'static str) {
    adopt(Table { tag, texts: texts_of(tag), errors: "" });
}

/// The texts of a language by their places.
fn texts_of(tag: &str) -> &'static [&'static str] {
    let (_, source) = catalogues().into_iter().find(|(other, _)| other == tag).unwrap();
    text::table(compile(&source).unwrap().texts.leak())
}

fn texts(source: &str) -> Vec<Entry<'_>> {
    entries(source).map(|entry| entry.unwrap().1).collect()
}

fn english() -> String {
    catalogues().into_iter().find(|(tag, _)| tag == "en").unwrap().1
}

#[test]
fn every_language_has_every_text_at_its_place() {
    let english = english();
    let english = texts(&english);
    for (tag, source) in catalogues() {
        let own = texts(&source);
        for (place, entry) in english.iter().enumerate() {
            let name = |entry: &Entry<'_>| format!("[{}] {}({})", entry.section, entry.key, entry.arguments);
            let got = own.get(place).map(&name);
            assert_eq!(got.as_deref(), Some(name(entry).as_str()), "{tag}.txt, text {place}");
        }
        assert_eq!(own.len(), english.len(), "{tag}.txt has texts that English lacks");
        assert_eq!(compile(&source).unwrap().fingerprint, FINGERPRINT, "{tag}.txt");
    }
}

#[test]
fn no_text_is_there_twice_empty_or_forgotten() {
    let english = english();
    for (tag, source) in catalogues() {
        let mut keys = BTreeSet::new();
        for (entry, original) in texts(&source).into_iter().zip(texts(&english)) {
            assert!(keys.insert((entry.section.to_owned(), entry.key.to_owned())), "{tag}.txt: {} twice", entry.key);
            assert!(
                !entry.text.contains('`'),
                "{tag}.txt: {} has backticks, which a page shows as they are",
                entry.key
            );
            assert!(!entry.text.is_empty(), "{tag}.txt: {} is empty", entry.key);
            // names, symbols and abbreviations may be the same; sentences may not
            let sentence = !entry.text.contains('{') && entry.text.split(' ').count() > 4;
            assert!(tag == "en" || !sentence || entry.text != original.text, "{tag}.txt: {} is English", entry.key);
        }
    }
}

#[test]
fn every_language_uses_the_same_arguments() {
    let english = english();
    for (tag, source) in catalogues() {
        for (entry, original) in texts(&source).into_iter().zip(texts(&english)) {
            let used = |entry: &Entry<'_>| -> BTreeSet<String> {
                entry.names().filter(|name| mentions(entry.text, name)).map(str::to_owned).collect()
            };
            assert_eq!(used(&entry), used(&original), "{tag}.txt: {}", entry.key);
        }
        for entry in texts(&source) {
            for name in entry.names() {
                assert!(mentions(entry.text, name), "{tag}.txt: {} makes no use of {name}", entry.key);
            }
        }
    }
}

fn mentions(text: &str, name: &str) -> bool {
    text.contains(&format!("{{{name}}}")) || text.contains(&format!("{{{name},"))
}

#[test]
fn every_plural_has_the_forms_of_its_language() {
    for (tag, source) in catalogues() {
        for entry in texts(&source) {
            for choice in entry.text.split(", plural,").skip(1) {
                assert!(choice.contains("one {"), "{tag}.txt: {} has no form for one", entry.key);
                assert!(choice.contains("other {"), "{tag}.txt: {} has no form for others", entry.key);
            }
        }
    }
}

/// Texts with a plural behind a number that is at least 2, has decimals, or is a limit.
const NEVER_ONE: [&str; 17] = [
    "faces_not_shown",
    "faces_left",
    "faces_not_drawn",
    "accuracy_measured",
    "imbalance_ratio",
    "copies",
    "cost_many",
    "live_faster",
    "training_faster",
    "speed",
    "read/too-large",
    "rows/too-large",
    "read/entries",
    "join/too-large",
    "photo-table/too-large",
    "rejection/several-faces",
    "onnx/batch",
];

/// The word behind a space at the start of a text.
fn following_word(text: &str) -> Option<&str> {
    let text = text.strip_prefix([' ', '\u{a0}'])?;
    let end = text.find(|letter: char| !letter.is_alphabetic()).unwrap_or(text.len());
    Some(&text[..end]).filter(|word| !word.is_empty())
}

/// A plural is known by a text that has it in `other {# …}`. What has one form for all numbers is none.
#[test]
fn a_number_before_a_plural_chooses_its_form() {
    let errors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/errors");
    for (tag, mut source) in catalogues() {
        if tag != "en" {
            source.push('\n');
            source.push_str(&fs::read_to_string(errors.join(format!("{tag}.txt"))).unwrap());
        }
        let texts = texts(&source);
        let words = |form: &str| -> BTreeSet<&str> {
            texts.iter().flat_map(|entry| entry.text.split(form).skip(1)).filter_map(following_word).collect()
        };
        let plurals = &words("other {#") - &words("one {#");
        assert!(plurals.len() > 10, "{tag}: {plurals:?}");
        for entry in &texts {
            for (end, _) in entry.text.match_indices('}') {
                let Some((before, name)) = entry.text[..end].rsplit_once('{') else { continue };
                let is_number = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
                let is_part = name == "rate" || before.trim_end().ends_with('×');
                let word = following_word(&entry.text[end + 1..]).filter(|word| plurals.contains(word));
                // adjectives, such as "1 weitere"
                let word = word.filter(|word| tag != "de" || word.starts_with(char::is_uppercase));
                if let Some(word) = word.filter(|_| is_number && !is_part) {
                    assert!(NEVER_ONE.contains(&entry.key), "{tag}, {}: {word} is wrong for 1", entry.key);
                }
            }
        }
    }
}

#[test]
fn errors_name_their_line() {
    let error = |source: &str| compile(source).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(error("# fine\n\n[a.b]\nkey = text # kept\n"), Ok(()));
    assert_eq!(error("\nkey: text"), Err("line 2: neither a section nor “key = text”".into()));
    assert_eq!(error("key(a = text"), Err("line 1: a parenthesis is open".into()));
    assert_eq!(error("key(a) = {b}"), Err("line 1: an unknown argument".into()));
    assert_eq!(error("key(a) = {a"), Err("line 1: a brace is open".into()));
    assert_eq!(error("key(a) = a}"), Err("line 1: a brace closes that was not open".into()));
    assert_eq!(error("key(a) = {a, plural, one {#}}"), Err("line 1: “other” is missing".into()));
    assert_eq!(error("key(a) = {a, number}"), Err("line 1: neither “plural” nor “select”".into()));
    assert_eq!(error("key(a) = {a, plural, one {# other"), Err("line 1: a brace is open".into()));
}

/// A text of this pattern, filled.
fn filled(arguments: &str, pattern: &str, values: &[Value<'_>]) -> String {
    let catalogue = compile(&format!("key({arguments}) = {pattern}")).unwrap();
    let mut text = String::new();
    text::write(&catalogue.texts, values, &mut text);
    text
}

#[test]
fn texts_take_arguments_plurals_and_choices() {
    let pattern = "{done} of {all, plural, one {# image} other {# images in {place}}}";
    let fill = |all: usize| filled("done, all, place", pattern, &[1_usize.into(), all.into(), "Oslo".into()]);
    assert_eq!(fill(1), "1 of 1 image");
    assert_eq!(fill(1234), "1 of 1,234 images in Oslo");

    let state = |word: &'static str| filled("a", "it {a, select, on {runs} other {rests {a}}}!", &[word.into()]);
    assert_eq!((state("on"), state("off")), ("it runs!".to_owned(), "it rests off!".to_owned()));
    assert_eq!(filled("a", "#1 {a}", &["{0}".into()]), "#1 {0}", "what is filled in is not filled again");
    assert_eq!(filled("a", "{a}", &[Value::Number(1234.5, 2)]), "1,234.50");
    assert_eq!(filled("a", "x{a}", &[]), "x");
    assert_eq!(filled("a", "“{a}”.", &["a\u{202e}b".into()]), "“\u{2068}a\u{202e}b\u{2069}”.");
}

#[test]
fn labels_are_punctuated_as_in_their_language() {
    let label = |tag: &'static str| {
        speak(tag);
        joined(&labelled("FER2013", "PublicTest"), &headed("a"))
    };
    assert_eq!(label("fr"), "FER2013\u{a0}: PublicTest\u{a0}; a\u{a0}:");
    assert_eq!(label("de"), "FER2013: PublicTest; a:");
    assert_eq!(label("en"), "FER2013: PublicTest; a:");
}

#[test]
fn backticks_in_values_quote_nothing() {
    let named = |name: &str| {
        let english = format!("`{name}` (in {name}): `x` is no class");
        let inner = Message::new("inner", [("0", Argument::Text("x".to_owned()))], "`x` is no class".to_owned());
        let arguments = [("path", Argument::Text(name.to_owned())), ("fault", Argument::Message(Box::new(inner)))];
        Message::new("outer", arguments, english)
    };
    let around = |inner: Message| {
        let english = inner.english().to_owned();
        Message::new("around", [("0", Argument::Message(Box::new(inner)))], english)
    };
    for name in ["a`b.csv", "`a`.csv", "``a", "a.csv"] {
        let said = format!("“{name}” (in {name}): “x” is no class");
        assert_eq!([say(&named(name)), say(&around(named(name)))], [said.clone(), said]);
    }
    let (flips, isolated) = ("a\u{202e}`b", "\u{2068}a\u{202e}`b\u{2069}");
    assert!(say(&named(flips)).starts_with(&format!("“{isolated}” (in ")), "{}", say(&named(flips)));
    let only = Message::new("only", [("0", Argument::Text("`".to_owned()))], "there is no ``` in `b`".to_owned());
    assert_eq!(say(&only), "there is no “`” in “b”");
}

#[test]
fn messages_are_said_in_the_language_of_the_moment() {
    let inner = |count: f64| Message::new("rows", [("count", Argument::Number(count, 0))], format!("{count} rows"));
    let outer = |name: &str, inner: Message| {
        let arguments = [("name", Argument::Text(name.to_owned())), ("0", Argument::Message(Box::new(inner)))];
        Message::new("table/outer", arguments, "English".to_owned())
    };
    assert_eq!(say(&outer("a", inner(2.0))), "English");
    let (flips, name) = ("a\u{202e}b", |name: &str| [("name", Argument::Text(name.to_owned()))]);
    let named = |outer| Message::new(outer, name(flips), format!("`{flips}` is empty"));
    assert_eq!(say(&named("file")), "“\u{2068}a\u{202e}b\u{2069}” is empty", "in English as well");

    let errors = "rows = {count, plural, one {# Zeile} other {# Zeilen}}\ntable/outer = {0} in `{name}`\nbroken = {\n";
    adopt(Table { tag: "de", texts: texts_of("de"), errors });
    assert_eq!(say(&inner(1.0)), "1 Zeile");
    assert_eq!(say(&outer("{0}", inner(1234.0))), "1.234 Zeilen in „{0}“", "what is filled in is not filled again");
    assert_eq!(say(&outer("a`b`", inner(2.0))), "2 Zeilen in „a`b`“", "what is filled in stays as it is");
    let unknown = Message::new("table", [], "unknown".to_owned());
    assert_eq!(say(&outer("a", unknown)), "unknown in „a“");
    assert_eq!(say(&Message::new("broken", [], "still English".to_owned())), "still English");
    assert_eq!(say(&Message::quoted("the browser's".to_owned())), "the browser's");
    assert_eq!(say(&Message::quoted("`{a}`: no `b`".to_owned())), "„{a}“: no „b“");
    assert_eq!(say(&Message::quoted("`a` has no `".to_owned())), "„a“ has no `", "it belongs to no other");
    assert_eq!((translated("broken"), translated("brok"), translated("")), (Some("{"), None, None));
}
