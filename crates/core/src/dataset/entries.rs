//! What an archive or a folder contains that has neither a table nor images that can be read.

use super::paths::{has_ending, is_hidden};
use super::reading::EntryFault;

/// Files that tell spreadsheets from other zip archives: Excel's and OpenDocument's.
const SPREADSHEET_FILES: [&str; 3] = ["xl/workbook.xml", "xl/workbook.bin", "META-INF/manifest.xml"];

/// Whether a path is that of an archive, by its extension.
pub(super) fn is_archive(path: &str) -> bool {
    has_ending(path, &["zip", "gz", "tgz", "tar", "7z", "rar", "xz", "bz2"])
}

/// What to do with files of kinds that are not read here: the first archive, or else the first of the kind that most likely is the
/// dataset. Where there are tables, what is wrong with them counts more than other files.
pub(super) fn fault<'a>(paths: impl Iterator<Item = &'a str>) -> Option<EntryFault> {
    let mut best: Option<EntryFault> = None;
    let mut has_table = false;
    for path in paths.filter(|path| !is_hidden(path)) {
        if is_archive(path) {
            return Some(EntryFault::Packed(path.to_owned()));
        }
        has_table |= has_ending(path, &["csv", "tsv"]);
        if let Some(fault) = fault_of(path)
            && best.as_ref().is_none_or(|best| rank(&fault) < rank(best))
        {
            best = Some(fault);
        }
    }
    best.filter(|_| !has_table)
}

/// Small for what likely is the dataset, and large for what likely describes it.
fn rank(fault: &EntryFault) -> u8 {
    match fault {
        EntryFault::Columns(_) => 0,
        EntryFault::Array(_) => 1,
        EntryFault::Spreadsheet(_) => 2,
        EntryFault::Video(_) => 3,
        _ => 4,
    }
}

fn fault_of(path: &str) -> Option<EntryFault> {
    let is = |endings: &[&str]| has_ending(path, endings);
    let path = || path.to_owned();
    if is(&["parquet", "npz"]) {
        Some(EntryFault::Columns(path()))
    } else if is(&["npy"]) {
        Some(EntryFault::Array(path()))
    } else if is(&["xlsx", "xlsm", "xls", "ods"]) {
        Some(EntryFault::Spreadsheet(path()))
    } else if is(&["mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "wmv", "flv", "3gp"]) {
        Some(EntryFault::Video(path()))
    } else if is(&[
        "h5",
        "hdf5",
        "mat",
        "pkl",
        "pickle",
        "pt",
        "json",
        "jsonl",
        "arrow",
        "feather",
        "tfrecord",
        "tfrecords",
    ]) {
        Some(EntryFault::Data(path()))
    } else {
        None
    }
}

/// Whether a zip archive is a spreadsheet, by the paths of its files.
pub(super) fn is_spreadsheet<'a>(mut paths: impl Iterator<Item = &'a str>) -> bool {
    paths.any(|path| SPREADSHEET_FILES.contains(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_file_of_a_kind_tells_what_to_do() {
        let of = |paths: &[&str]| fault(paths.iter().copied());
        let path = |path: &str| path.to_owned();
        assert_eq!(of(&["README.md", "x/a.parquet"]), Some(EntryFault::Columns(path("x/a.parquet"))));
        assert_eq!(of(&["x_train.npy", "y_train.npy"]), Some(EntryFault::Array(path("x_train.npy"))));
        assert_eq!(of(&["a.MP4", "b.xlsx", "c.zip"]), Some(EntryFault::Packed(path("c.zip"))));
        assert_eq!(of(&["labels.XLSX"]), Some(EntryFault::Spreadsheet(path("labels.XLSX"))));
        assert_eq!(of(&["happy/a.mp4"]), Some(EntryFault::Video(path("happy/a.mp4"))));
        assert_eq!(of(&["infos.json", "a.parquet"]), Some(EntryFault::Columns(path("a.parquet"))));
        assert_eq!(of(&["fer.h5"]), Some(EntryFault::Data(path("fer.h5"))));
        assert_eq!(of(&["a.mp4", "fer2013.csv"]), None);
        assert_eq!(of(&["__MACOSX/a.mp4", ".b.zip", "LICENSE"]), None);
    }
}
