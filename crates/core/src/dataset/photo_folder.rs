//! Labelled photographs among the files of a folder.

use std::io::{self, Read};

use mien_message::ToMessage;

use super::paths::{file_name, is_hidden};
use super::photo_table::{LabelledPhoto, PhotoTable, PhotoTableError};
use super::rejection::Rejection;

/// The photographs of a folder that a table in it labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoFolder {
    /// The path of the table.
    path: String,
    table: PhotoTable,
    /// The index of the file of each photograph.
    files: Vec<usize>,
}

/// Why the photographs of a folder cannot be measured.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum PhotoFolderError {
    /// There is no table.
    #[error("there is no `{name}` in the folder: a table of that name must label its photographs", name = PhotoTable::FILE)]
    #[message(name = PhotoTable::FILE)]
    NoTable,
    /// Several folders side by side have a table.
    #[error("`{first}` and `{second}` both label photographs: choose the folder of one of them")]
    SeveralTables {
        /// The path of one.
        first: String,
        /// The path of another.
        second: String,
    },
    /// The table can't be used.
    #[error("`{path}`: {fault}")]
    Table {
        /// Its path.
        path: String,
        /// Why.
        fault: PhotoTableError,
    },
    /// Photographs that the table names are not there.
    #[error("`{table}`, line {line}: `{photo}` is not in the folder (photographs missing: {missing})")]
    Missing {
        /// The path of the table.
        table: String,
        /// The line of the first of them; the header is 1.
        line: u64,
        /// Its path in the table.
        photo: String,
        /// The number of them.
        missing: usize,
    },
    /// A photograph cannot be read.
    #[error("`{table}`, line {line}: `{photo}`: {fault}")]
    Unreadable {
        /// The path of the table.
        table: String,
        /// Its line; the header is 1.
        line: u64,
        /// Its path in the table.
        photo: String,
        /// Why.
        fault: Rejection,
    },
}

impl PhotoFolder {
    /// Finds the table among files with these paths, and the photographs that it labels; `open` opens the file with an index. The
    /// table is the [`PhotoTable::FILE`] in the fewest folders, and the paths in it begin at its own folder. Hidden files are ignored.
    ///
    /// # Errors
    /// When there is no table, or one that can't be used, or a photograph of it is not there.
    pub fn find<R: Read>(
        paths: &[String],
        open: impl FnOnce(usize) -> io::Result<R>,
    ) -> Result<Self, PhotoFolderError> {
        let at = table(paths)?;
        let path = paths[at].clone();
        let read = open(at).map_err(PhotoTableError::from).and_then(PhotoTable::read);
        let table = match read {
            Ok(table) => table,
            Err(fault) => return Err(PhotoFolderError::Table { path, fault }),
        };
        let folder = &path[..path.len() - file_name(&path).len()];
        let inside = paths.iter().enumerate().filter_map(|(index, path)| Some((index, path.strip_prefix(folder)?)));
        let found = table.places(inside);
        let files: Vec<usize> = found.iter().copied().flatten().collect();
        if let Some(first) = found.iter().position(Option::is_none) {
            let LabelledPhoto { line, path: photo, .. } = table.photos()[first].clone();
            let missing = found.len() - files.len();
            return Err(PhotoFolderError::Missing { table: path, line, photo, missing });
        }
        Ok(Self { path, table, files })
    }

    /// What the table says.
    pub const fn table(&self) -> &PhotoTable {
        &self.table
    }

    /// The index of the file of each photograph, in the order of the table.
    pub fn files(&self) -> &[usize] {
        &self.files
    }

    /// The error that a photograph of the table cannot be read.
    ///
    /// # Panics
    /// When there is no such photograph.
    pub fn unreadable(&self, photo: usize, fault: Rejection) -> PhotoFolderError {
        let LabelledPhoto { line, path, .. } = self.table.photos()[photo].clone();
        PhotoFolderError::Unreadable { table: self.path.clone(), line, photo: path, fault }
    }
}

/// The index of the table.
fn table(paths: &[String]) -> Result<usize, PhotoFolderError> {
    let is_table = |path: &str| file_name(path).eq_ignore_ascii_case(PhotoTable::FILE) && !is_hidden(path);
    let depth = |index: usize| paths[index].matches('/').count();
    let tables: Vec<usize> = (0..paths.len()).filter(|&index| is_table(&paths[index])).collect();
    let first = tables.iter().copied().min_by_key(|&index| depth(index)).ok_or(PhotoFolderError::NoTable)?;
    match tables.into_iter().find(|&other| other != first && depth(other) == depth(first)) {
        None => Ok(first),
        Some(second) => {
            Err(PhotoFolderError::SeveralTables { first: paths[first].clone(), second: paths[second].clone() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Expression;

    /// What is found in a folder whose tables all have this text.
    fn find(paths: &[&str], text: &str) -> Result<PhotoFolder, PhotoFolderError> {
        let paths: Vec<String> = paths.iter().map(|&path| path.to_owned()).collect();
        PhotoFolder::find(&paths, |index| {
            assert!(paths[index].ends_with("labels.csv") || paths[index].ends_with("Labels.CSV"));
            Ok(text.as_bytes())
        })
    }

    #[test]
    fn photographs_are_found_from_the_folder_of_the_table_on() {
        let text = "file,class\nsad/b.jpg,sad\n.\\a.jpg,happy\n";
        for paths in [
            ["set/a.jpg", "set/labels.csv", "set/sad/b.jpg", "set/sad/labels.csv", "set/.x/labels.csv"],
            ["a.jpg", "Labels.CSV", "sad/b.jpg", "sad/labels.csv", "__MACOSX/labels.csv"],
        ] {
            let folder = find(&paths, text).unwrap();
            assert_eq!(folder.files(), [2, 0], "in the order of the table");
            assert_eq!(folder.table().photos()[1].label, Expression::Happy);
        }
    }

    #[test]
    fn accents_may_be_written_in_either_way() {
        let (one, two) = ("Müller/é.jpg", "Mu\u{308}ller/e\u{301}.jpg");
        for (file, written) in [(one, one), (one, two), (two, one), (two, two)] {
            // as macOS writes the folder's own name
            let folder = find(
                &["Bu\u{308}hne/labels.csv", &format!("Bu\u{308}hne/{file}")],
                &format!("file,class\n{written},sad\n"),
            );
            assert_eq!(folder.unwrap().files(), [1], "{file:?} {written:?}");
        }
        let other = find(&["labels.csv", "e\u{300}.jpg"], "file,class\né.jpg,sad\n").unwrap_err();
        assert!(matches!(other, PhotoFolderError::Missing { .. }), "another accent");
    }

    #[test]
    fn what_is_wrong_with_a_folder_is_said() {
        let error = |paths: &[&str], text: &str| find(paths, text).unwrap_err().to_string();
        assert!(error(&["set/a.jpg", "set/list.csv"], "").starts_with("there is no `labels.csv` in the folder"));
        assert!(error(&[], "").starts_with("there is no `labels.csv`"));
        let several = error(&["x/a/labels.csv", "x/b/labels.csv"], "");
        assert!(several.starts_with("`x/a/labels.csv` and `x/b/labels.csv` both"), "{several}");
        let smug = error(&["set/labels.csv"], "file,class\na.jpg,smug\n");
        assert!(smug.starts_with("`set/labels.csv`: line 2: `smug` is none of the classes"), "{smug}");
        let text = "file,class\na.jpg,happy\n\nb.jpg,sad\nc.jpg,sad\n";
        assert_eq!(
            error(&["set/labels.csv", "set/a.jpg", "b.jpg"], text),
            "`set/labels.csv`, line 4: `b.jpg` is not in the folder (photographs missing: 2)"
        );
        let folder = find(&["set/labels.csv", "set/a.jpg"], "file,class\na.jpg,happy\n").unwrap();
        let unreadable = folder.unreadable(0, Rejection::ImageEnd).to_string();
        assert!(unreadable.starts_with("`set/labels.csv`, line 2: `a.jpg`: the image file ends early"), "{unreadable}");
        let closed = PhotoFolder::find(&["labels.csv".to_owned()], |_| {
            Err::<&[u8], _>(io::Error::from(io::ErrorKind::PermissionDenied))
        });
        assert!(closed.unwrap_err().to_string().starts_with("`labels.csv`: it could not be read ("));
    }
}
