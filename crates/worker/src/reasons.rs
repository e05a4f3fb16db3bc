//! What the engine says when something goes wrong, in the visitor's language.
//!
//! Reasons come about in English, wherever something fails; the command line shows them so. For the page the engine puts
//! them into its language, by a file that it fetches when it is told one, `www/reasons/TAG.txt`: what stands in the
//! sources, and below it the same in the language.
//!
//! ```text
//! # A remark.
//! the zip holds more than {} files
//! das Zip enthält mehr als {1} Dateien
//! ```
//!
//! `{}` is a hole, whatever the sources call it; `{1}` is what stands in the first. What stands in a hole is put into the
//! language as well where the file has it, since an error often ends with its cause; but not between backticks, where names
//! are. What the file does not have stays as it is, such as the words of the browser.
//!
//! Tests find what the sources say and the files do not, and the other way round.

use std::cmp::Reverse;
use std::fmt;

/// So many reasons may stand in each other.
const DEEPEST: usize = 8;

/// The reasons of a language.
#[derive(Debug)]
pub struct Reasons(Vec<Reason>);

#[derive(Debug)]
struct Reason {
    /// What is fixed in English: a hole between each and the next.
    pieces: Vec<String>,
    /// What stands for it: texts, and holes by their place.
    words: Vec<(String, Option<usize>)>,
}

/// A line with a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, the first being 1.
    pub line: usize,
    /// What is wrong.
    pub what: &'static str,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for Mistake {}

/// The reasons of a file, in order: the line, the English, and the same in the file's language.
///
/// # Errors
/// When the last has no translation.
pub fn pairs(source: &str) -> Result<Vec<(usize, &str, &str)>, Mistake> {
    let lines = source.lines().map(str::trim_ascii).zip(1..);
    let mut lines = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
    let mut pairs = Vec::new();
    while let Some((english, line)) = lines.next() {
        let (words, _) = lines.next().ok_or(Mistake { line, what: "its translation is missing" })?;
        pairs.push((line, english, words));
    }
    Ok(pairs)
}

impl Reasons {
    /// The reasons of a file.
    ///
    /// # Errors
    /// The first mistake in it.
    pub fn parse(source: &str) -> Result<Self, Mistake> {
        let reason = |(line, english, words)| Reason::parse(english, words).map_err(|what| Mistake { line, what });
        let mut reasons = pairs(source)?.into_iter().map(reason).collect::<Result<Vec<_>, _>>()?;
        // An error stands before its cause: where several fit, the one that begins with the most of its own words. Among
        // those that begin alike it is the one that has the most of them.
        reasons.sort_by_key(|reason| {
            let fixed: usize = reason.pieces.iter().map(String::len).sum();
            Reverse((reason.pieces[0].len(), fixed))
        });
        Ok(Self(reasons))
    }

    /// A reason in the language, as far as the file has it.
    pub fn translate(&self, reason: &str) -> String {
        self.within(reason, DEEPEST)
    }

    fn within(&self, text: &str, depth: usize) -> String {
        let found = self.0.iter().find_map(|reason| Some((reason, reason.holes(text)?)));
        let Some((reason, holes)) = found.filter(|_| depth > 0) else { return text.to_owned() };
        let mut translated = String::new();
        for (words, hole) in &reason.words {
            translated += words;
            if let Some(place) = *hole {
                let is_name = reason.pieces[place].ends_with('`') && reason.pieces[place + 1].starts_with('`');
                match holes[place] {
                    name if is_name => translated += name,
                    cause => translated += &self.within(cause, depth - 1),
                }
            }
        }
        translated
    }
}

impl Reason {
    fn parse(english: &str, translation: &str) -> Result<Self, &'static str> {
        let pieces: Vec<String> = english.split("{}").map(str::to_owned).collect();
        if pieces.iter().all(String::is_empty) {
            return Err("it is nothing but holes");
        }
        let mut parts = translation.split('{');
        let mut words = vec![(parts.next().unwrap_or_default().to_owned(), None)];
        for part in parts {
            let (number, text) = part.split_once('}').ok_or("a brace is open")?;
            let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).ok_or("no number")?;
            if let Some((_, hole)) = words.last_mut() {
                *hole = Some(place);
            }
            words.push((text.to_owned(), None));
        }
        let mut used: Vec<usize> = words.iter().filter_map(|(_, hole)| *hole).collect();
        used.sort_unstable();
        if !used.into_iter().eq(0..pieces.len() - 1) {
            return Err("its translation does not have every hole once");
        }
        Ok(Self { pieces, words })
    }

    /// What stands in the holes, if a text is this reason.
    fn holes<'text>(&self, text: &'text str) -> Option<Vec<&'text str>> {
        let (first, others) = self.pieces.split_first()?;
        let mut rest = text.strip_prefix(first.as_str())?;
        let Some((last, between)) = others.split_last() else { return rest.is_empty().then(Vec::new) };
        let mut holes = Vec::with_capacity(others.len());
        for piece in between {
            let (hole, after) = rest.split_once(piece.as_str())?;
            holes.push(hole);
            rest = after;
        }
        holes.push(rest.strip_suffix(last.as_str())?);
        Some(holes)
    }
}
