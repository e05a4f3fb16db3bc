//! The form of the lines of a list that labels the images beside it: columns of a table, words, or ExpW's form.

use memchr::memchr;

use super::class_names;
use super::fields::{Fields, MAX_COLUMNS};
use super::paths::is_image_name;
use super::persons::is_of_persons;
use super::picture::Region;
use super::reader::{LABEL_NAMES, SEPARATORS, USAGE_NAMES};
use super::text::decode;

/// Names of the column of paths, without what is neither letter nor digit.
pub(super) const PATH_NAMES: [&str; 17] = [
    "path",
    "image",
    "img",
    "file",
    "filename",
    "imagepath",
    "imgpath",
    "imagename",
    "imgname",
    "filepath",
    "imagefile",
    "picture",
    "photo",
    "pth",
    "imageid",
    "relativepath",
    AFFECT_NET_PATH,
];

/// AffectNet's name of that column.
const AFFECT_NET_PATH: &str = "subdirectoryfilepath";

/// How the lines of a list look.
pub(super) enum Form {
    /// Columns of a table; one may be missing.
    Table { fields: Box<Fields>, path: usize, label: usize, usage: Option<usize>, person: Option<usize> },
    /// A path and a label with spaces between.
    Words,
    /// ExpW's: name, number of the face, top, left, right, bottom, confidence, label.
    ExpW,
}

/// What a line says.
#[derive(Default)]
pub(super) struct Line {
    pub path: String,
    pub label: String,
    pub usage: Option<String>,
    pub region: Option<Region>,
    pub person: Option<String>,
}

impl Form {
    /// The form of a list by its first line, and whether that is a header; `None` if it is no such list.
    pub fn of(first: &[u8]) -> Option<(Self, bool)> {
        if memchr(0, first).is_some() {
            return None;
        }
        for separator in SEPARATORS {
            let mut fields = Box::new(Fields::separated_by(separator, MAX_COLUMNS));
            let Some(record) = fields.split(first) else { continue };
            let texts: Vec<String> = record.iter().map(|field| decode(field).into_owned()).collect();
            let plain =
                |text: &String| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
            let names: Vec<String> = texts.iter().map(plain).collect();
            let position =
                |wanted: &[&str]| wanted.iter().find_map(|name| names.iter().position(|other| other == name));
            if let (Some(path), Some(label)) = (position(&PATH_NAMES), position(&LABEL_NAMES)) {
                // which of two is meant cannot be known
                if names.iter().filter(|name| **name == names[label]).count() > 1 {
                    return None;
                }
                let person = texts.iter().position(|name| is_of_persons(name));
                return Some((Self::Table { fields, path, label, usage: position(&USAGE_NAMES), person }, true));
            }
            match &texts[..] {
                [path, label] if is_image_name(path) && class_names::label(label).is_some() => {
                    return Some((Self::Table { fields, path: 0, label: 1, usage: None, person: None }, false));
                }
                [path, label, usage]
                    if is_image_name(path)
                        && class_names::label(label).is_some()
                        && class_names::role(usage).is_some() =>
                {
                    return Some((Self::Table { fields, path: 0, label: 1, usage: Some(2), person: None }, false));
                }
                _ => {}
            }
        }
        let line = decode(first);
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let is_labelled = is_image_name(words.first()?) && class_names::label(words.last()?).is_some();
        match words.len() {
            2 if is_labelled => Some((Self::Words, false)),
            8 if is_labelled && words[1..].iter().all(|word| word.parse::<f32>().is_ok()) => Some((Self::ExpW, false)),
            _ => None,
        }
    }

    /// What a line says; `None` if it has no path.
    pub fn parse(&mut self, line: &[u8]) -> Option<Line> {
        let line_text = decode(line);
        let text = |field: &[u8]| decode(field).into_owned();
        let line = match self {
            Self::Table { fields, path, label, usage, person } => {
                let record = fields.split(line)?;
                let optional = |column: &Option<usize>| column.map(|column| text(record.get(column)));
                Line {
                    path: text(record.get(*path)),
                    label: text(record.get(*label)),
                    usage: optional(usage),
                    region: None,
                    person: optional(person).filter(|person| !person.trim().is_empty()),
                }
            }
            Self::Words => {
                let mut words = line_text.split_ascii_whitespace();
                let (path, label) = (words.next()?.to_owned(), words.next().unwrap_or_default().to_owned());
                Line { path, label, ..Line::default() }
            }
            Self::ExpW => {
                let words: Vec<&str> = line_text.split_ascii_whitespace().collect();
                let [path, _, top, left, right, bottom, _, label] = words[..] else { return None };
                let number = |word: &str| word.parse::<f32>().ok().filter(|value| value.is_finite());
                let region =
                    Region { left: number(left)?, top: number(top)?, right: number(right)?, bottom: number(bottom)? };
                Line { path: path.to_owned(), label: label.to_owned(), region: Some(region), ..Line::default() }
            }
        };
        (!line.path.is_empty()).then_some(line)
    }
}
