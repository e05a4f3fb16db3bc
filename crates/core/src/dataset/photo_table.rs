//! A table that labels whole photographs: their paths, classes, and columns of groups.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};

use mien_message::ToMessage;

use super::class_names::{self, Label};
use super::composition::composed;
use super::fields::Fields;
use super::grouping::GroupLabels;
use super::groups::{MAX_GROUP_COLUMNS, MAX_TEXT_LENGTH, group_text};
use super::join::LineFault;
use super::limits::{MAX_BYTES, MAX_SAMPLES};
use super::lines::{self, Lines};
use super::list_form::PATH_NAMES;
use super::persons::is_of_persons;
use super::reader::LABEL_NAMES;
use super::rejection::excerpt;
use super::text::decode;
use crate::expression::Expression;
use crate::random::derive_seed;

/// Values of groups that say that there is none.
const NOT_GIVEN: [&str; 3] = ["NA", "N/A", "n/a"];

/// Photographs and what a table says about each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoTable {
    photos: Vec<LabelledPhoto>,
    columns: Vec<String>,
}

/// What a table says about a photograph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledPhoto {
    /// Its path, as it is written.
    pub path: String,
    /// The line that labels it; the header is 1.
    pub line: u64,
    /// Its class.
    pub label: Expression,
    /// Its value in each further column.
    groups: Vec<String>,
}

/// A half of the persons of a table, by a hash of each one's identifier: one to choose by, the other to confirm the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonHalf {
    /// The half that choices are made by.
    Choosing,
    /// The other half, to be measured once, after the choice.
    Confirming,
}

/// Why a table of photographs can't be used.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum PhotoTableError {
    /// Reading failed.
    #[error("it could not be read ({0})")]
    Io(io::Error),
    /// Not lines of text.
    #[error("it is damaged: a line is longer than 16 MiB")]
    LongLine,
    /// The file is empty.
    #[error("it is empty; a CSV is expected whose first line names its columns, such as `file,class,person,age`")]
    Empty,
    /// The header has no column of paths.
    #[error("its first line, `{0}`, names no column of paths: call it `file`, `path` or `image`")]
    NoPaths(String),
    /// The header has no column of classes.
    #[error("its first line, `{0}`, names no column of classes: call it `class`, `label`, `emotion` or `expression`")]
    NoClasses(String),
    /// A column name is empty, too long, or a duplicate.
    #[error("column {0} has no name of its own of at most {MAX_TEXT_LENGTH} bytes")]
    #[message(most = MAX_TEXT_LENGTH)]
    Name(usize),
    /// Too many columns.
    #[error("it has more than {MAX_GROUP_COLUMNS} columns beside the path and the class")]
    #[message(most = MAX_GROUP_COLUMNS)]
    Columns,
    /// A line that does not fit the header.
    #[error("line {line}: {fault}")]
    Line {
        /// The header is 1.
        line: u64,
        /// What is wrong with it.
        fault: LineFault,
    },
    /// A line without a path.
    #[error("line {0}: it names no photograph")]
    NoPath(u64),
    /// A class that is none of the seven.
    #[error("line {line}: `{text}` is none of the classes angry, disgust, fear, happy, sad, surprise, neutral")]
    Class {
        /// The header is 1.
        line: u64,
        /// What is written there.
        text: String,
    },
    /// A photograph that an earlier line labels.
    #[error("line {line}: `{path}` is labelled twice")]
    Twice {
        /// The header is 1.
        line: u64,
        /// The path.
        path: String,
    },
    /// There is only a header.
    #[error("it labels no photograph")]
    NoPhotos,
    /// More rows than a dataset can have.
    #[error("it has more than {MAX_SAMPLES} lines")]
    #[message(most = MAX_SAMPLES)]
    TooLarge,
    /// There is no column of persons.
    #[error("it has no column of persons (`person`, `subject` …), so there are no halves of persons")]
    NoPersons,
}

impl From<io::Error> for PhotoTableError {
    fn from(error: io::Error) -> Self {
        if lines::is_long(&error) { Self::LongLine } else { Self::Io(error) }
    }
}

impl PhotoTable {
    /// The name of the table in a folder of photographs.
    pub const FILE: &str = "labels.csv";

    /// Reads a CSV whose first line names its columns; the separator may also be a semicolon, a tab or a bar.
    ///
    /// # Errors
    /// When it is empty, too large or damaged, lacks a column, or a line does not fit the first or has no class.
    pub fn read(source: impl Read) -> Result<Self, PhotoTableError> {
        let mut lines = Lines::new(source.take(MAX_BYTES));
        let first = lines.next()?.ok_or(PhotoTableError::Empty)?.bytes.to_vec();
        let (mut fields, header) = header(&first)?;
        let position = |wanted: &[&str]| {
            let plain = |name: &String| -> String { name.chars().filter(char::is_ascii_alphanumeric).collect() };
            let names: Vec<String> = header.iter().map(|name| plain(&name.to_lowercase())).collect();
            wanted.iter().find_map(|wanted| names.iter().position(|name| name == wanted))
        };
        let shown = || excerpt(&first);
        let path = position(&PATH_NAMES).ok_or_else(|| PhotoTableError::NoPaths(shown()))?;
        let class = position(&LABEL_NAMES).ok_or_else(|| PhotoTableError::NoClasses(shown()))?;
        let groups: Vec<usize> = (0..header.len()).filter(|&index| index != path && index != class).collect();
        if groups.len() > MAX_GROUP_COLUMNS {
            return Err(PhotoTableError::Columns);
        }
        let columns: Vec<String> = groups.iter().map(|&index| header[index].clone()).collect();
        for (place, name) in columns.iter().enumerate() {
            let is_known = columns[..place].iter().any(|other| other.eq_ignore_ascii_case(name));
            if name.is_empty() || name.len() > MAX_TEXT_LENGTH || is_known {
                return Err(PhotoTableError::Name(groups[place] + 1));
            }
        }
        let mut photos = Vec::new();
        let mut known = HashSet::new();
        while let Some(line) = lines.next()? {
            if line.bytes.trim_ascii().is_empty() {
                continue;
            }
            let number = line.number;
            let fault = |fault| PhotoTableError::Line { line: number, fault };
            if line.ends_within_character {
                return Err(fault(LineFault::End));
            }
            let record = fields.split(line.bytes).filter(|_| !line.cut).ok_or_else(|| fault(LineFault::Unsplit))?;
            if record.len() != header.len() {
                return Err(fault(LineFault::Fields { got: record.len(), needed: header.len() }));
            }
            if photos.len() == MAX_SAMPLES {
                return Err(PhotoTableError::TooLarge);
            }
            let file = decode(record.get(path)).into_owned();
            if file.is_empty() {
                return Err(PhotoTableError::NoPath(number));
            }
            let text = decode(record.get(class));
            let Some(Label::Class(label)) = class_names::label(&text) else {
                return Err(PhotoTableError::Class { line: number, text: excerpt(text.as_bytes()) });
            };
            let value = |&index: &usize| {
                let text = group_text(record.get(index)).map(|text| if NOT_GIVEN.contains(&text) { "" } else { text });
                text.map(str::to_owned).map_err(|_| fault(LineFault::Value(header[index].clone())))
            };
            let groups = groups.iter().map(value).collect::<Result<_, _>>()?;
            if !known.insert(composed(&relative(&file))) {
                return Err(PhotoTableError::Twice { line: number, path: excerpt(file.as_bytes()) });
            }
            photos.push(LabelledPhoto { path: file, line: number, label, groups });
        }
        if photos.is_empty() {
            return Err(PhotoTableError::NoPhotos);
        }
        Ok(Self { photos, columns })
    }

    /// The photographs, in the order of the table.
    pub fn photos(&self) -> &[LabelledPhoto] {
        &self.photos
    }

    /// Which of the files of a folder each photograph is, in the order of the table. The files are given by their paths from the folder on, each
    /// with its index. Accents may be written in another way than in the table; of two files whose paths differ in nothing else, a photograph
    /// is the one that is written as in the table, and neither if none is.
    pub fn places<'a>(&self, files: impl IntoIterator<Item = (usize, &'a str)>) -> Vec<Option<usize>> {
        let mut places: HashMap<String, Vec<(usize, &str)>> = HashMap::new();
        for (index, path) in files {
            places.entry(composed(path)).or_default().push((index, path));
        }
        let place = |photo: &LabelledPhoto| {
            let path = relative(&photo.path);
            match &places.get(&composed(&path))?[..] {
                &[(index, _)] => Some(index),
                several => several.iter().find(|(_, other)| *other == path).map(|&(index, _)| index),
            }
        };
        self.photos.iter().map(place).collect()
    }

    /// The values of every column beside path, class and persons.
    pub fn groups(&self) -> Vec<GroupLabels> {
        let persons = self.person_column();
        (0..self.columns.len()).filter(|&column| Some(column) != persons).map(|column| self.labels(column)).collect()
    }

    /// The values of the column of persons, if there is one.
    pub fn persons(&self) -> Option<GroupLabels> {
        self.person_column().map(|column| self.labels(column))
    }

    /// Keeps the photographs of a half of the persons. The identifier's FNV-1a hash, mixed, decides; so the halves depend on
    /// nothing else, and both photographs of a person are in the same one.
    ///
    /// # Errors
    /// When there is no column of persons, or no photograph is left.
    pub fn keep_half(&mut self, half: PersonHalf) -> Result<(), PhotoTableError> {
        let column = self.person_column().ok_or(PhotoTableError::NoPersons)?;
        self.photos.retain(|photo| PersonHalf::of(&photo.groups[column]) == half);
        if self.photos.is_empty() { Err(PhotoTableError::NoPhotos) } else { Ok(()) }
    }

    fn person_column(&self) -> Option<usize> {
        self.columns.iter().position(|name| is_of_persons(name))
    }

    fn labels(&self, column: usize) -> GroupLabels {
        let mut values: Vec<String> = Vec::new();
        let mut places = HashMap::new();
        let codes = self.photos.iter().map(|photo| {
            let value = &photo.groups[column];
            *places.entry(value.clone()).or_insert_with(|| {
                values.push(value.clone());
                (values.len() - 1) as u32
            })
        });
        let codes = codes.collect();
        GroupLabels { name: self.columns[column].clone(), values, codes }
    }
}

impl PersonHalf {
    /// The half of a person.
    pub fn of(person: &str) -> Self {
        // FNV-1a (Fowler, Noll & Vo), 64 bits
        let hash = person
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        if derive_seed(hash, 0) >> 63 == 0 { Self::Choosing } else { Self::Confirming }
    }
}

/// A path as that of a file in a folder: with slashes, and without `./` at its start.
fn relative(path: &str) -> String {
    path.replace('\\', "/").trim_start_matches("./").to_owned()
}

/// The fields of the header, and what splits the lines below it.
fn header(first: &[u8]) -> Result<(Fields, Vec<String>), PhotoTableError> {
    if first.trim_ascii().is_empty() {
        return Err(PhotoTableError::Empty);
    }
    let mut fields = Fields::of_header(first);
    let record = fields.split(first).ok_or(PhotoTableError::Line { line: 1, fault: LineFault::Unsplit })?;
    let names = record.iter().map(|field| decode(field).trim().to_owned()).collect();
    Ok((fields, names))
}

#[cfg(test)]
mod tests {
    use super::super::encoding::tests::{utf16, utf16_and_a_byte};
    use super::*;

    fn read(text: &str) -> Result<PhotoTable, PhotoTableError> {
        PhotoTable::read(text.as_bytes())
    }

    #[test]
    fn photographs_have_classes_and_groups() {
        for text in [
            "file,class,person,age\nneutral/1.jpg,neutral,p1,31\n\"a, b.jpg\",happy,p1,NA\n",
            "\u{feff}Person;Age;Emotion;File_Name\r\np1;31;Neutral;neutral/1.jpg\r\n\r\np1;;happiness;a, b.jpg\r\n",
        ] {
            let table = read(text).unwrap();
            let photos: Vec<_> = table.photos().iter().map(|photo| (photo.path.as_str(), photo.label)).collect();
            assert_eq!(photos, [("neutral/1.jpg", Expression::Neutral), ("a, b.jpg", Expression::Happy)]);
            let groups = table.groups();
            let [age] = &groups[..] else { panic!("persons are no group") };
            let persons = table.persons().unwrap();
            assert_eq!([&age.name, &persons.name].map(|name| name.to_lowercase()), ["age", "person"]);
            assert_eq!((&persons.codes[..], &age.values[..]), (&[0, 0][..], &["31".to_owned(), String::new()][..]));
        }
    }

    #[test]
    fn a_table_in_utf_16_is_read() {
        let text = "file,class,person\nMüller.jpg,neutral,Jörg\n";
        assert_eq!(PhotoTable::read(&utf16(text)[..]).unwrap(), read(text).unwrap());
        let unicode_text = text.replace(',', "\t").replace('\n', "\r\n");
        assert_eq!(PhotoTable::read(&utf16(&unicode_text)[..]).unwrap(), read(text).unwrap());
    }

    #[test]
    fn what_is_wrong_with_a_table_is_said() {
        let error = |text: &str| read(text).unwrap_err().to_string();
        assert!(error("").starts_with("it is empty"));
        assert!(error("\n").starts_with("it is empty"));
        assert!(error("class,age\nhappy,3\n").contains("`class,age`, names no column of paths"));
        assert!(error("file,age\na.jpg,3\n").contains("names no column of classes"));
        assert!(error("file,class,,x\n").contains("column 3 "));
        assert!(error("file,class,age,Age\n").contains("column 4 "));
        assert!(error("file,class\n").contains("labels no photograph"));
        for file in utf16_and_a_byte("file,class\na.jpg,happy", b's') {
            let error = PhotoTable::read(&file[..]).unwrap_err();
            assert!(matches!(error, PhotoTableError::Line { line: 2, fault: LineFault::End }), "{error}");
        }
        assert!(error("file,class\na.jpg\n").contains("line 2: number of fields in it: 1; in the first line: 2"));
        assert!(error("file,class\n,happy\n").contains("line 2: it names no photograph"));
        assert!(error("file,class\na.jpg,smug\n").contains("line 2: `smug` is none of the classes"));
        assert!(error("file,class\na.jpg,3\n").contains("line 2: `3` is none of the classes"));
        assert!(error("file,class\na.jpg,happy\na.jpg,sad\n").contains("line 3: `a.jpg` is labelled twice"));
        assert!(
            error("file,class\né.jpg,happy\ne\u{301}.jpg,sad\n").contains("line 3"),
            "however its accent is written"
        );
        assert!(
            error("file,class\nb/a.jpg,happy\n.\\b\\a.jpg,sad\n").contains("line 3"),
            "however its path is written"
        );
        assert!(error(&format!("file,class,age\na,happy,{}\n", "x".repeat(65))).contains("line 2: its `age`"));
        let wide: Vec<String> = (0..17).map(|index| format!("c{index}")).collect();
        assert!(error(&format!("file,class,{}\n", wide.join(","))).contains("more than 16 columns"));
    }

    #[test]
    fn files_whose_names_differ_in_how_their_accents_are_written_are_told_apart() {
        let (one, two) = ("M\u{fc}ller/\u{e9}.jpg", "Mu\u{308}ller/e\u{301}.jpg");
        let mixed = "M\u{fc}ller/e\u{301}.jpg";
        let place = |written: &str, files: &[&str]| {
            let table = read(&format!("file,class\n{written},happy\n")).unwrap();
            table.places(files.iter().copied().enumerate())[0]
        };
        for files in [[one, two], [two, one]] {
            for written in [one, two] {
                let at = place(written, &files);
                assert_eq!(at.map(|at| files[at]), Some(written), "the one that is written in the same way");
                assert_eq!(place(&format!(".\\{}", written.replace('/', "\\")), &files), at);
            }
            assert_eq!(place(mixed, &files), None, "it may be either");
        }
        assert_eq!([one, two, mixed].map(|written| place(written, &["x.jpg", two])), [Some(1); 3]);
    }

    #[test]
    fn halves_of_persons_keep_their_photographs_together() {
        let mut text = "file,class,person\n".to_owned();
        for person in 0..100 {
            text += &format!("n{person}.jpg,neutral,{person:03}\ns{person}.jpg,happy,{person:03}\n");
        }
        let table = read(&text).unwrap();
        let half = |half| {
            let mut table = table.clone();
            table.keep_half(half).unwrap();
            let persons = table.persons().unwrap();
            assert_eq!(table.photos().len(), 2 * persons.values.len(), "both photographs of each");
            persons.values
        };
        let (choosing, confirming) = (half(PersonHalf::Choosing), half(PersonHalf::Confirming));
        assert_eq!(choosing.len() + confirming.len(), 100);
        assert!((40..=60).contains(&choosing.len()), "{}", choosing.len());
        assert!(choosing.iter().all(|person| !confirming.contains(person)));
        let mut none = read("file,class\na.jpg,happy\n").unwrap();
        assert!(matches!(none.keep_half(PersonHalf::Choosing), Err(PhotoTableError::NoPersons)));
    }
}
