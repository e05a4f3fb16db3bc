//! The files of reasons against the sources that give them, and how reasons are put into a language.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::reasons::{Reasons, pairs};

/// Errors whose words the page never shows, and why.
const UNSEEN: [(&str, &str); 16] = [
    ("the votes could not be read ({})", VOTES),
    ("these are not FER+'s votes: the first line has no column `{}`", VOTES),
    ("row {} of the votes, column {}: `{}` is no number of votes", VOTES),
    ("the votes don't fit the dataset row by row: {}", VOTES),
    ("`{}` is no split: there are Training, PublicTest and PrivateTest", "only the command line reads a split's name"),
    ("the two runs have no image in common: compare runs over the same split or selection", KINDS),
    ("the two runs are over different datasets: they label image {} differently", KINDS),
    ("nothing names the splits, so these samples count as Training: {}", KINDS),
    ("the column `{}` is not kept: {}", KINDS),
    ("read from `{}` of the archive", KINDS),
    ("files that are no images and were passed over: {}", KINDS),
    ("at most {} extra columns are kept", KINDS),
    ("its name is empty, longer than {} bytes or that of another column", KINDS),
    ("it has more than {} different values, so it tells samples rather than groups apart", KINDS),
    ("a value is longer than {} bytes or no UTF-8", KINDS),
    (
        "training collapsed: after epoch {} the network takes every image for {}, as in the epochs before. A lower learning rate helps; so do balanced classes and less weight decay",
        KINDS,
    ),
];
const VOTES: &str = "only the command line reads votes";
const KINDS: &str = "the page gets it as a kind and has words of its own";

/// Those of these that begin so.
const UNSEEN_START: (&str, &str) = ("training diverged in epoch {}, step {}: ", KINDS);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every language's file by its tag.
fn files() -> BTreeMap<String, String> {
    let texts = fs::read_dir(root().join("www/text")).unwrap();
    let tags = texts.map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned());
    let read = |tag: String| {
        let file = root().join(format!("www/reasons/{tag}.txt"));
        let source = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        (tag, source)
    };
    tags.filter(|tag| tag != "en").map(read).collect()
}

/// What the sources say: every text in quotation marks, with its holes as `{}`, and whether it is an error's.
fn said() -> BTreeMap<String, bool> {
    let mut folders = vec![root().join("crates")];
    let mut said = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("reasons_tests.rs")
            {
                for (text, is_error) in texts(&fs::read_to_string(&path).unwrap()) {
                    *said.entry(text).or_default() |= is_error;
                }
            }
        }
    }
    said
}

/// The texts of a source, and whether each is that of an error.
fn texts(source: &str) -> Vec<(String, bool)> {
    let (mut texts, mut rest) = (Vec::new(), source);
    while let Some(place) = rest.find(['"', '\'', '/']) {
        let (before, from) = rest.split_at(place);
        rest = if let Some(comment) = from.strip_prefix("//") {
            comment.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(text) = from.strip_prefix('"') {
            let hashes = before.len() - before.trim_end_matches('#').len();
            let is_raw = before.trim_end_matches('#').ends_with(['r', 'R']) && (hashes > 0 || is_prefix(before));
            let end = if is_raw { text.find(&format!("\"{}", "#".repeat(hashes))) } else { end_of(text) };
            let end = end.expect("a text ends");
            let is_error = before.trim_end().ends_with("#[error(");
            texts.push((if is_raw { text[..end].to_owned() } else { pattern(&text[..end]) }, is_error));
            &text[end + 1..]
        } else if let Some(letter) = from.strip_prefix("'\\") {
            // the letter itself may be that mark
            &letter[letter[1..].find('\'').map_or(letter.len(), |end| end + 2)..]
        } else if from.starts_with('\'') && from.chars().nth(2) == Some('\'') {
            &from[from.char_indices().nth(3).map_or(from.len(), |(end, _)| end)..]
        } else {
            &from[1..]
        };
    }
    texts
}

/// Whether what stands before a quotation mark ends in a lone `r`, or `br`.
fn is_prefix(before: &str) -> bool {
    let word = before.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
    matches!(&before[word.len()..], "r" | "br")
}

/// Where the quotation mark is that ends a text.
fn end_of(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// A text as a file of reasons has it: in one line, with bare holes.
fn pattern(text: &str) -> String {
    let (mut pattern, mut letters) = (String::new(), text.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('\n') => while letters.next_if(|letter| letter.is_whitespace()).is_some() {},
                Some('n') => pattern.push('\n'),
                Some(letter) => pattern.push(letter),
                None => {}
            },
            '{' if letters.next_if_eq(&'{').is_none() => {
                letters.by_ref().take_while(|letter| *letter != '}').for_each(drop);
                pattern.push_str("{}");
            }
            letter => pattern.push(letter),
        }
    }
    pattern
}

#[test]
fn texts_are_found_in_sources() {
    let source = r##"
        // "no text"
        #[error("a {what:?} of \
                 {0}")]
        const A: char = '"'; const B: char = '\''; const C: char = '\\'; fn d<'a>(e: &'a str) {}
        let f = (r"g\", r#"h"i"#, "j \"k\"", b'"', 1 / 2);
        #[error(
            "l"
        )]
    "##;
    let found = texts(source);
    let expected = [("a {} of {}", true), ("g\\", false), ("h\"i", false), ("j \"k\"", false), ("l", true)];
    assert_eq!(found.iter().map(|(text, is_error)| (text.as_str(), *is_error)).collect::<Vec<_>>(), expected);
}

#[test]
fn every_language_has_the_same_reasons() {
    let files = files();
    let english = |source: &str| pairs(source).unwrap().iter().map(|(_, english, _)| (*english).to_owned()).collect();
    let lists: BTreeMap<&String, Vec<String>> = files.iter().map(|(tag, source)| (tag, english(source))).collect();
    let (first, expected) = lists.first_key_value().unwrap();
    for (tag, list) in &lists {
        assert_eq!(list, expected, "{tag}.txt and {first}.txt");
        assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), list.len(), "{tag}.txt has one twice");
    }
    for (tag, source) in &files {
        Reasons::parse(source).unwrap_or_else(|mistake| panic!("{tag}.txt, {mistake}"));
        for (line, english, words) in pairs(source).unwrap() {
            let sentence = english.split(' ').count() > 4;
            assert!(!sentence || english != words, "{tag}.txt, line {line}: it is English");
            let ends = |text: &str| text.ends_with('.');
            assert_eq!(ends(english), ends(words), "{tag}.txt, line {line}: the page ends its sentences itself");
        }
    }
}

#[test]
fn every_error_that_the_page_may_show_is_there_in_every_language() {
    let said = said();
    let errors = || said.iter().filter(|(_, is_error)| **is_error).map(|(text, _)| text.as_str());
    for (tag, source) in files() {
        let known: BTreeSet<&str> = pairs(&source).unwrap().into_iter().map(|(_, english, _)| english).collect();
        let unseen = |text: &str| UNSEEN.iter().any(|(unseen, _)| *unseen == text) || text.starts_with(UNSEEN_START.0);
        let missing: Vec<&str> = errors().filter(|text| !known.contains(text) && !unseen(text)).collect();
        assert_eq!(missing, [""; 0], "{tag}.txt lacks these");
    }
    assert!(errors().count() > 80, "errors are found in the sources");
    for (text, _) in UNSEEN {
        assert!(said.contains_key(text), "no source says so any more: {text}");
    }
}

#[test]
fn no_reason_is_there_that_nothing_says() {
    let said = said();
    let offers = fs::read_to_string(root().join("www/weights/networks.json")).unwrap();
    let offers: Vec<mien_compute::network::Offer> = serde_json::from_str(&offers).unwrap();
    for offer in &offers {
        for (tag, source) in files() {
            let there = pairs(&source).unwrap().iter().any(|(_, english, _)| *english == offer.purpose);
            assert!(there, "{tag}.txt lacks what a network is good for: {}", offer.purpose);
        }
    }
    for (tag, source) in files() {
        for (line, english, _) in pairs(&source).unwrap() {
            let there = said.contains_key(english) || offers.iter().any(|offer| offer.purpose == english);
            assert!(there, "{tag}.txt, line {line}: nothing says so any more: {english}");
        }
    }
}

#[test]
fn mistakes_are_told_with_their_line() {
    let mistake = |source: &str| Reasons::parse(source).map(|_| ()).map_err(|mistake| mistake.to_string());
    assert_eq!(mistake("# fine\n\na {} of {}\n{2} et {1}\n"), Ok(()));
    assert_eq!(mistake("a\nb\n\nc\n# d\n"), Err("line 4: its translation is missing".into()));
    assert_eq!(mistake("{}{}\n{1}{2}"), Err("line 1: it is nothing but holes".into()));
    assert_eq!(mistake("a {}\n{1"), Err("line 1: a brace is open".into()));
    assert_eq!(mistake("a {}\n{}"), Err("line 1: no number".into()));
    assert_eq!(mistake("a {}\n{0}"), Err("line 1: no number".into()));
    for wrong in ["b", "{2}", "{1}{1}", "{1}{2}"] {
        let expected = "line 1: its translation does not have every hole once";
        assert_eq!(mistake(&format!("a {{}}\n{wrong}")), Err(expected.into()), "{wrong}");
    }
}

#[test]
fn reasons_are_put_into_a_language_with_what_caused_them() {
    let reasons = Reasons::parse(
        "the file is damaged ({})\nDatei kaputt ({1})\n\
         the end\ndas Ende\n\
         {} of {}\n{2}: {1}\n\
         no file{}\nkeine Datei{1}\n\
         ; {}\n; und {1}\n\
         a line of {} letters\nZeile von {1} Zeichen\n\
         a line {}\nZeile {1}\n\
         its `{}` is {}\nsein `{1}` ist {2}",
    )
    .unwrap();
    let said = |text| reasons.translate(text);
    assert_eq!(said("the end"), "das Ende");
    assert_eq!(said("the end of"), "the end of", "what does not fit whole stays");
    assert_eq!(said("the file is damaged (the end)"), "Datei kaputt (das Ende)");
    assert_eq!(said("the file is damaged (EOF (1))"), "Datei kaputt (EOF (1))");
    assert_eq!(said("no file"), "keine Datei");
    assert_eq!(said("no file; the end"), "keine Datei; und das Ende");
    assert_eq!(said("the end of a line 3"), "Zeile 3: das Ende");
    assert_eq!(said("a line of 3 letters"), "Zeile von 3 Zeichen", "the one with more words of its own");
    assert_eq!(said("a line of letters"), "Zeile of letters", "the one that begins with more of them");
    assert_eq!(said("its `the end` is the end"), "sein `the end` ist das Ende", "names stay");
    assert_eq!(said(""), "");
    said(&"; ".repeat(100_000));
}

#[test]
fn the_reasons_of_a_file_that_is_no_set_read_well() {
    use mien_core::dataset::read;
    use std::io::Cursor;

    let files = files();
    let reason = |bytes: &[u8]| read(Cursor::new(bytes.to_vec())).map(drop).unwrap_err().to_string();
    let told = |tag: &str, bytes: &[u8]| Reasons::parse(&files[tag]).unwrap().translate(&reason(bytes));
    let bad = b"emotion,pixels,Usage\n9,0 1,Training\n";
    assert_eq!(
        told("de", bad),
        "die Datei hat kein gültiges Bild; Zeile 2, Spalte emotion: das Label ist `9`, gebraucht wird 0 bis 6"
    );
    assert_eq!(
        told("fr", b"name,age\nAda,36\n"),
        "ce n’est pas le CSV de FER2013\u{a0}: il manque à sa première ligne la colonne `emotion`\u{a0}; on attend \
         `emotion,pixels,Usage`"
    );
    assert!(told("de", b"\x89PNG").starts_with("das ist ein PNG-Bild; erwartet wird"));
}

#[test]
fn the_reasons_of_settings_read_well() {
    use mien_compute::training::{Method, Settings};

    let german = Reasons::parse(&files()["de"]).unwrap();
    let told =
        |settings: Settings| german.translate(&format!("the settings ask for {}", settings.check().unwrap_err()));
    assert_eq!(
        told(Settings { learning_rate: 20.0, ..Settings::default() }),
        "die Einstellungen verlangen eine Lernrate von 20 (mehr als 0, höchstens 10)"
    );
    assert_eq!(
        told(Settings { optimizer: Method::Sgd { momentum: 1.5 }, ..Settings::default() }),
        "die Einstellungen verlangen ein Momentum von 1.5 (0 bis unter 1)"
    );
    assert_eq!(
        told(Settings { batch: 5000, ..Settings::default() }),
        "die Einstellungen verlangen 5000 Bilder je Schritt (1 bis 4096)"
    );
}
