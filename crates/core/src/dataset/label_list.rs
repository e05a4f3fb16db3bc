//! Lists that label the images beside them: a CSV with paths and labels, RAF-DB's and ExpW's lists.

use std::cmp::Ordering;
use std::io::Read;

use memchr::memchr;

use super::class_names::{self, Label, Role};
use super::fields::{Fields, MAX_COLUMNS};
use super::label_order::LabelOrder;
use super::limits::MAX_BYTES;
use super::lines::Lines;
use super::paths::{file_name, is_image_name};
use super::picture::Region;
use super::reader::{LABEL_NAMES, SEPARATORS, USAGE_NAMES};
use super::reading::ReadError;
use super::rejection::excerpt;

/// Maximum number of lines of all lists.
const MAX_ENTRIES: usize = 1_000_000;

/// Names of the column of paths, without what is neither letter nor digit.
const PATH_NAMES: [&str; 17] = [
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

/// What a list says about an image, or about one of its faces.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ListEntry {
    /// Folders and the name without its ending, in lower case.
    path: String,
    /// What the label says; the text of one that says nothing.
    pub label: Result<Label, String>,
    pub role: Option<Role>,
    pub region: Option<Region>,
}

/// The lists of a folder or an archive.
#[derive(Debug, Default)]
pub(super) struct LabelLists {
    /// Sorted by the name of the file, then by its folders, the innermost first.
    entries: Vec<ListEntry>,
    paths: Vec<String>,
    orders: Vec<Option<LabelOrder>>,
    has_aligned: bool,
}

/// How the lines of a list look.
enum Form {
    /// Columns of a table; one may be missing.
    Table { fields: Box<Fields>, path: usize, label: usize, usage: Option<usize> },
    /// A path and a label with spaces between.
    Words,
    /// ExpW's: name, number of the face, top, left, right, bottom, confidence, label.
    ExpW,
}

/// What the lists say about an image.
pub(super) enum Listed<'a> {
    /// Nothing.
    Not,
    /// That another file shows the same.
    Elsewhere,
    /// One entry for each face.
    As(Vec<&'a ListEntry>),
}

impl LabelLists {
    /// Reads a table if it is such a list; whether it is.
    ///
    /// # Errors
    /// When reading fails, or the lists are too long. Nothing of the table is used then.
    pub fn read(&mut self, path: &str, source: impl Read) -> Result<bool, ReadError> {
        let before = self.entries.len();
        let result = self.read_entries(path, source);
        if result.is_err() {
            self.entries.truncate(before);
        }
        self.entries.sort_by(|a, b| upwards(&a.path).cmp(upwards(&b.path)));
        result
    }

    fn read_entries(&mut self, path: &str, source: impl Read) -> Result<bool, ReadError> {
        let mut lines = Lines::new(source);
        let Some(first) = lines.next()?.map(|line| line.bytes.to_vec()) else { return Ok(false) };
        let Some((mut form, has_header)) = form(&first) else { return Ok(false) };
        let name = file_name(path).to_lowercase();
        let is_raf_db = name.starts_with("list_patition_label") || name.starts_with("list_partition_label");
        let is_affect_net =
            has_header && String::from_utf8_lossy(&first).to_lowercase().contains("subdirectory_filepath");
        let order = match form {
            _ if is_raf_db => Some(LabelOrder::RafDb),
            _ if is_affect_net => Some(LabelOrder::AffectNet),
            Form::ExpW => Some(LabelOrder::Fer2013),
            _ => None,
        };
        let role = class_names::role(name.rsplit_once('.').map_or(&*name, |(stem, _)| stem));
        let mut add = |line: &[u8]| -> Result<(), ReadError> {
            let Some((path, label, usage, region)) = form.parse(line) else { return Ok(()) };
            if self.entries.len() == MAX_ENTRIES {
                return Err(ReadError::TooLarge);
            }
            let path = key(&path);
            let by_name = || if is_raf_db { class_names::role(last(&path)) } else { None };
            let role = usage.as_deref().and_then(class_names::role).or(role).or_else(by_name);
            let known = class_names::label(&label).filter(|known| *known != Label::Other);
            let label = known.ok_or_else(|| excerpt(label.as_bytes()));
            self.entries.push(ListEntry { path, label, role, region });
            Ok(())
        };
        if !has_header {
            add(&first)?;
        }
        while let Some(line) = lines.next()? {
            if !line.cut {
                add(line.bytes)?;
            }
            if lines.read() > MAX_BYTES {
                return Err(ReadError::TooLarge);
            }
        }
        self.paths.push(path.to_owned());
        self.orders.push(order);
        Ok(true)
    }

    /// The paths of the lists.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// The order in which the lists number the classes, if it is known.
    pub fn order(&self) -> Option<LabelOrder> {
        let first = self.orders.first()?;
        first.clone().filter(|_| self.orders.iter().all(|order| order == first))
    }

    /// Tells which images there are. RAF-DB has each image as a photo and as an aligned face; only the faces are used if they
    /// are there.
    pub fn set_images<'a>(&mut self, mut paths: impl Iterator<Item = &'a str>) {
        self.has_aligned = self.order() == Some(LabelOrder::RafDb) && paths.any(|path| key(path).ends_with(ALIGNED));
    }

    /// What the lists say about an image.
    pub fn find(&self, path: &str) -> Listed<'_> {
        if self.entries.is_empty() {
            return Listed::Not;
        }
        let path = key(path);
        let plain = path.strip_suffix(ALIGNED);
        if self.has_aligned && plain.is_none() {
            return Listed::Elsewhere;
        }
        let found = self.find_key(&path).or_else(|| self.find_key(plain?));
        found.map_or(Listed::Not, Listed::As)
    }

    /// The entries whose path has most folders in common with this one, if they are of one image.
    fn find_key(&self, path: &str) -> Option<Vec<&ListEntry>> {
        // those with most in common are neighbours
        let place = self.entries.partition_point(|entry| upwards(&entry.path).lt(upwards(path)));
        let common = |entry: &ListEntry| upwards(path).zip(upwards(&entry.path)).take_while(|(a, b)| a == b).count();
        let beside =
            [place.checked_sub(1), Some(place)].into_iter().flatten().filter_map(|index| self.entries.get(index));
        let most = beside.map(common).max().filter(|&most| most > 0)?;
        // the name alone tells an image only where there are no folders on one side
        let is_bare = |path: &str| upwards(path).nth(1).is_none();
        let needs_bare = most == 1 && !is_bare(path);
        let compare = |entry: &ListEntry| {
            let begins = upwards(&entry.path).take(most).cmp(upwards(path).take(most));
            begins.then(if needs_bare && !is_bare(&entry.path) { Ordering::Greater } else { Ordering::Equal })
        };
        let start = self.entries.partition_point(|entry| compare(entry) == Ordering::Less);
        let end = self.entries.partition_point(|entry| compare(entry) != Ordering::Greater);
        let found = &self.entries[start..end];
        let is_one = found.first()?.path == found.last()?.path;
        is_one.then(|| found.iter().collect())
    }
}

/// What the names of RAF-DB's aligned faces end with.
const ALIGNED: &str = "_aligned";

/// A path as it is compared: with slashes, in lower case, without the ending of an image.
fn key(path: &str) -> String {
    let path = path.trim().replace('\\', "/").to_lowercase();
    let path = path.trim_start_matches("./").trim_start_matches('/');
    let stem = path.rsplit_once('.').filter(|_| is_image_name(path));
    stem.map_or(path, |(stem, _)| stem).to_owned()
}

fn last(path: &str) -> &str {
    upwards(path).next().unwrap_or_default()
}

/// The name of a file, then its folders from the innermost outwards.
fn upwards(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit('/')
}

/// The form of a list by its first line, and whether that is a header; `None` if it is no such list.
fn form(first: &[u8]) -> Option<(Form, bool)> {
    if memchr(0, first).is_some() {
        return None;
    }
    for separator in SEPARATORS {
        let mut fields = Box::new(Fields::separated_by(separator, MAX_COLUMNS));
        let Some(record) = fields.split(first) else { continue };
        let texts: Vec<String> = record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        let plain = |text: &String| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let names: Vec<String> = texts.iter().map(plain).collect();
        let position = |wanted: &[&str]| wanted.iter().find_map(|name| names.iter().position(|other| other == name));
        if let (Some(path), Some(label)) = (position(&PATH_NAMES), position(&LABEL_NAMES)) {
            return Some((Form::Table { fields, path, label, usage: position(&USAGE_NAMES) }, true));
        }
        match &texts[..] {
            [path, label] if is_image_name(path) && class_names::label(label).is_some() => {
                return Some((Form::Table { fields, path: 0, label: 1, usage: None }, false));
            }
            [path, label, usage]
                if is_image_name(path) && class_names::label(label).is_some() && class_names::role(usage).is_some() =>
            {
                return Some((Form::Table { fields, path: 0, label: 1, usage: Some(2) }, false));
            }
            _ => {}
        }
    }
    let line = std::str::from_utf8(first).ok()?;
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let is_labelled = is_image_name(words.first()?) && class_names::label(words.last()?).is_some();
    match words.len() {
        2 if is_labelled => Some((Form::Words, false)),
        8 if is_labelled && words[1..].iter().all(|word| word.parse::<f32>().is_ok()) => Some((Form::ExpW, false)),
        _ => None,
    }
}

impl Form {
    /// Path, label, split and face of a line; `None` if it has no path.
    fn parse(&mut self, line: &[u8]) -> Option<(String, String, Option<String>, Option<Region>)> {
        let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
        let (path, label, usage, region) = match self {
            Self::Table { fields, path, label, usage } => {
                let record = fields.split(line)?;
                (text(record.get(*path)), text(record.get(*label)), usage.map(|usage| text(record.get(usage))), None)
            }
            Self::Words => {
                let mut words = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
                (words.next()?.to_owned(), words.next().unwrap_or_default().to_owned(), None, None)
            }
            Self::ExpW => {
                let words: Vec<&str> = std::str::from_utf8(line).ok()?.split_ascii_whitespace().collect();
                let [path, _, top, left, right, bottom, _, label] = words[..] else { return None };
                let number = |word: &str| word.parse::<f32>().ok().filter(|value| value.is_finite());
                let region =
                    Region { left: number(left)?, top: number(top)?, right: number(right)?, bottom: number(bottom)? };
                (path.to_owned(), label.to_owned(), None, Some(region))
            }
        };
        (!path.is_empty()).then_some((path, label, usage, region))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Expression;

    fn lists(files: &[(&str, &str)]) -> LabelLists {
        let mut lists = LabelLists::default();
        for (path, text) in files {
            assert!(lists.read(path, text.as_bytes()).unwrap(), "{path}");
        }
        lists
    }

    fn labels(lists: &LabelLists, path: &str) -> Vec<Result<Label, String>> {
        match lists.find(path) {
            Listed::As(entries) => entries.into_iter().map(|entry| entry.label.clone()).collect(),
            Listed::Not | Listed::Elsewhere => Vec::new(),
        }
    }

    #[test]
    fn tables_of_paths_and_labels_are_read() {
        let happy = || vec![Ok(Label::Class(Expression::Happy))];
        for text in [
            "image,label\n000.jpg,angry\n001.jpg,happy\n",
            "\u{feff}Label;File_Name\r\nangry;images/000.jpg\r\nhappy;images\\001.JPG\r\n",
            "000.jpg,angry\n001.jpg,happy\n",
            "000.jpg\t0_angry\n./001.jpg\thappy\n",
            "000.jpg angry\n001.jpg happy\n",
            "/home/me/set/images/000.jpg,angry,train\n/home/me/set/images/001.jpg,happy,test\n",
            "id,image,x,emotion\n1,000.jpg,,angry\n2,001,\"a,b\",HAPPINESS\n",
        ] {
            let lists = lists(&[("labels.csv", text)]);
            assert_eq!(labels(&lists, "archive/images/001.jpg"), happy(), "{text}");
            assert_eq!(labels(&lists, "archive/images/002.jpg"), [], "{text}");
        }
        let mut none = LabelLists::default();
        for text in ["", "dear diary\n", "id,emotion\n1,2\n", "image,age\n1.jpg,3\n", "a.jpg b.jpg\n", "a\0.jpg 1\n"] {
            assert!(!none.read("x.txt", text.as_bytes()).unwrap(), "{text}");
        }
    }

    #[test]
    fn paths_decide_between_equal_names() {
        let lists =
            lists(&[("labels.csv", "path,label\ntrain/a/1.jpg,sad\ntest/a/1.jpg,happy\nb/1.jpg,x\n1.png,fear\n")]);
        assert_eq!(labels(&lists, "set/train/a/1.jpg"), [Ok(Label::Class(Expression::Sad))]);
        assert_eq!(labels(&lists, "set/test/a/1.jpg"), [Ok(Label::Class(Expression::Happy))]);
        assert_eq!(labels(&lists, "a/1.jpg"), [], "it may be either");
        assert_eq!(labels(&lists, "b/1.jpg"), [Err("x".into())]);
        assert_eq!(labels(&lists, "c/1.jpg"), [Ok(Label::Class(Expression::Fear))]);
    }

    #[test]
    fn nothing_of_a_damaged_list_is_used() {
        struct Damaged;
        impl Read for Damaged {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::InvalidData.into())
            }
        }
        let mut lists = lists(&[("a.csv", "path,label\nb/1.jpg,sad\n")]);
        lists.read("b.csv", b"path,label\na/1.jpg,happy\n".chain(Damaged)).unwrap_err();
        assert_eq!((lists.paths(), labels(&lists, "a/1.jpg")), (&["a.csv".to_owned()][..], vec![]));
        assert_eq!(labels(&lists, "b/1.jpg"), [Ok(Label::Class(Expression::Sad))]);
    }

    #[test]
    fn many_images_of_the_same_name_are_found_at_once() {
        let count = 30_000;
        let text: String =
            (0..count).map(|person| format!("{person}/1.jpg,{}\n", ["sad", "happy"][person % 2])).collect();
        let lists = lists(&[("labels.csv", &format!("path,label\n{text}"))]);
        for person in 0..count {
            let class = [Expression::Sad, Expression::Happy][person % 2];
            assert_eq!(labels(&lists, &format!("set/{person}/1.jpg")), [Ok(Label::Class(class))]);
        }
        assert_eq!(labels(&lists, "1.jpg"), [], "it may be any");
        assert_eq!(labels(&lists, "set/1/2.jpg"), []);
    }

    #[test]
    fn the_lists_of_published_datasets_are_known() {
        let mut raf_db = lists(&[("EmoLabel/list_patition_label.txt", "train_00001.jpg 5\ntest_0001.jpg 7\n")]);
        assert_eq!(raf_db.order(), Some(LabelOrder::RafDb));
        assert_eq!(labels(&raf_db, "Image/original/train_00001.jpg"), [Ok(Label::Number(5))]);
        let aligned = "Image/aligned/test_0001_aligned.jpg";
        raf_db.set_images(["Image/original/test_0001.jpg", aligned].into_iter());
        assert_eq!(labels(&raf_db, aligned), [Ok(Label::Number(7))]);
        assert!(matches!(raf_db.find("Image/original/test_0001.jpg"), Listed::Elsewhere));
        let Listed::As(found) = raf_db.find(aligned) else { panic!("not found") };
        assert_eq!(found[0].role, Some(Role::Test));

        let exp_w = lists(&[("label/label.lst", "a.jpg 0 10 20 60 70 99.5 3\na.jpg 1 1 2 6 7 50 4\n")]);
        assert_eq!((exp_w.order(), labels(&exp_w, "origin/a.jpg").len()), (Some(LabelOrder::Fer2013), 2));
        let Listed::As(found) = exp_w.find("origin/a.jpg") else { panic!("not found") };
        assert_eq!(found[0].region, Some(Region { left: 20.0, top: 10.0, right: 60.0, bottom: 70.0 }));

        let affect_net = lists(&[("training.csv", "subDirectory_filePath,face_x,expression\n1/a.jpg,3,6\n")]);
        assert_eq!(affect_net.order(), Some(LabelOrder::AffectNet));
        assert_eq!(labels(&affect_net, "Manually/1/a.jpg"), [Ok(Label::Number(6))]);
        let other = lists(&[("train_labels.csv", "image,label\na.jpg,6\n"), ("list_patition_label.txt", "b.jpg 1\n")]);
        assert_eq!(other.order(), None);
        let Listed::As(found) = other.find("a.jpg") else { panic!("not found") };
        assert!(matches!(found[0].role, Some(Role::Split(_))));
    }
}
