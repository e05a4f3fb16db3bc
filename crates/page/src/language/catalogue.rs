//! Parses a language file. The build script parses English, the page the other languages.
//!
//! ```text
//! # A comment.
//! [dataset]
//! choose = Choose file
//! shown(part, whole) = {part} of {whole}
//! images(count) = {count, plural, one {# image} other {# images}}
//! ```
//!
//! A section becomes a Rust module; a key becomes a constant, or a function if it has arguments. The format is a subset
//! of ICU MessageFormat: arguments, `plural` with its categories, `select`, and `#` for the number of a plural. A
//! literal brace cannot be written. All files have the same keys in the same order, so a text is identified by its
//! index.

use std::fmt;
use std::hash::Hasher as _;

use fnv::FnvHasher;

/// A key with its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The section, with dots; empty for the top level.
    pub section: &'a str,
    /// The key.
    pub key: &'a str,
    /// The names of the arguments, separated by commas.
    pub arguments: &'a str,
    /// The text.
    pub text: &'a str,
}

/// A syntax error in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub what: &'static str,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for SyntaxError {}

/// All texts of a file, in order, with their lines.
pub fn entries(source: &str) -> impl Iterator<Item = Result<(usize, Entry<'_>), SyntaxError>> {
    let mut section = "";
    source.lines().enumerate().filter_map(move |(index, line)| {
        // no further: a text may end in a space that does not break
        let (line, number) = (line.trim_ascii(), index + 1);
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
            return None;
        }
        let Some((key, text)) = line.split_once(" = ") else {
            return Some(Err(SyntaxError { line: number, what: "neither a section nor “key = text”" }));
        };
        let (key, arguments) = match key.split_once('(') {
            None => (key, ""),
            Some((key, arguments)) => match arguments.strip_suffix(')') {
                Some(arguments) => (key, arguments),
                None => return Some(Err(SyntaxError { line: number, what: "a parenthesis is open" })),
            },
        };
        Some(Ok((number, Entry { section, key, arguments, text })))
    })
}

impl Entry<'_> {
    /// The argument names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arguments.split(',').map(str::trim).filter(|name| !name.is_empty())
    }

    /// Appends the compiled text for [`super::text`]: arguments are numbered, insignificant spaces removed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn compile(&self, out: &mut String) -> Result<(), &'static str> {
        let mut compiler = Compiler { names: self.names().collect(), rest: self.text, out };
        compiler.message(None)
    }
}

/// A compiled catalogue.
#[derive(Debug)]
pub struct Catalogue {
    /// All texts, compiled, one per line.
    pub texts: String,
    /// A hash of keys and arguments. Catalogues with equal hashes are compatible.
    pub fingerprint: u64,
}

/// Compiles a file.
///
/// # Errors
/// The first syntax error.
pub fn compile(source: &str) -> Result<Catalogue, SyntaxError> {
    let (mut texts, mut fingerprint) = (String::with_capacity(source.len()), FnvHasher::default());
    for entry in entries(source) {
        let (line, entry) = entry?;
        if !texts.is_empty() {
            texts.push('\n');
        }
        entry.compile(&mut texts).map_err(|what| SyntaxError { line, what })?;
        for part in [entry.section, ".", entry.key, "(", entry.arguments, ")"] {
            fingerprint.write(part.as_bytes());
        }
    }
    Ok(Catalogue { texts, fingerprint: fingerprint.finish() })
}

struct Compiler<'a, 'out> {
    names: Vec<&'a str>,
    rest: &'a str,
    out: &'out mut String,
}

impl<'a> Compiler<'a, '_> {
    /// Parses a text to its end, or, inside a choice, to the closing brace.
    fn message(&mut self, inside: Option<usize>) -> Result<(), &'static str> {
        loop {
            let stop = self.rest.find(['{', '}', '#']);
            let (text, rest) = self.rest.split_at(stop.unwrap_or(self.rest.len()));
            self.out.push_str(text);
            self.rest = rest;
            match self.next() {
                None if inside.is_none() => return Ok(()),
                None => return Err("a brace is open"),
                Some('{') => self.argument()?,
                Some('}') if inside.is_some() => return Ok(()),
                Some('#') => match inside {
                    Some(argument) => self.out.push_str(&format!("{{{argument}}}")),
                    None => self.out.push('#'),
                },
                Some(_) => return Err("a brace closes that was not open"),
            }
        }
    }

    /// Parses an argument after its opening brace.
    fn argument(&mut self) -> Result<(), &'static str> {
        let name = self.until([',', '}'])?;
        let argument = self.names.iter().position(|known| *known == name).ok_or("an unknown argument")?;
        self.out.push_str(&format!("{{{argument}"));
        if self.next() == Some(',') {
            match self.until([',', '}'])? {
                "plural" | "select" => self.next(),
                _ => return Err("neither “plural” nor “select”"),
            };
            self.out.push(',');
            let mut other = false;
            loop {
                let case = self.until(['{', '}'])?;
                if self.next() == Some('}') {
                    break;
                }
                other |= case == "other";
                self.out.push_str(case);
                self.out.push('{');
                self.message(Some(argument))?;
                self.out.push('}');
            }
            if !other {
                return Err("“other” is missing");
            }
        }
        self.out.push('}');
        Ok(())
    }

    fn next(&mut self) -> Option<char> {
        let mut letters = self.rest.chars();
        let next = letters.next();
        self.rest = letters.as_str();
        next
    }

    /// The text up to one of these characters, trimmed.
    fn until(&mut self, ends: [char; 2]) -> Result<&'a str, &'static str> {
        let end = self.rest.find(ends).ok_or("a brace is open")?;
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(word.trim())
    }
}
