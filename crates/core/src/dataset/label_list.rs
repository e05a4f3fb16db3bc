//! Lists that label the images beside them (a CSV with paths and labels, RAF-DB's and ExpW's lists), and the label of each
//! image.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use super::class_names::{self, Label, Role, role_of};
use super::label_order::LabelOrder;
use super::limits::MAX_BYTES;
use super::lines::Lines;
use super::list_form::{Form, Line};
use super::listed_images::{
    Image, List, candidates, choose, common_folder, common_folders, folder_key, is_training, key, plain, role_of_list,
    upwards,
};
use super::paths::{file_name, is_hidden};
use super::picture::Region;
use super::reading::ReadError;
use super::rejection::excerpt;

/// Maximum number of lines of all lists.
const MAX_ENTRIES: usize = 1_000_000;

/// Maximum number of images among which the one that a line means is searched; more are ambiguous at once.
const MAX_CANDIDATES: usize = 16;

/// What a list says about an image, or about one of its faces.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ListEntry {
    /// The path of the image as it is written, with slashes.
    path: String,
    /// The index of the list.
    list: usize,
    /// What the label says; the text of one that says nothing.
    pub label: Result<Label, String>,
    pub role: Option<Role>,
    pub region: Option<Region>,
    /// The person who is shown.
    pub person: Option<String>,
}

impl ListEntry {
    /// Takes in what another entry says about the same face; `false` if they contradict each other.
    pub fn merge(&mut self, other: &Self) -> bool {
        let is_empty = |label: &Result<Label, String>| label.as_ref().is_err_and(String::is_empty);
        match (&self.label, &other.label) {
            (own, other) if own == other || is_empty(other) => {}
            // a name and its number
            (Ok(Label::Class(_)), Ok(Label::Number(_))) => {}
            (Ok(Label::Number(_)), Ok(Label::Class(_))) => self.label = other.label.clone(),
            (own, _) if is_empty(own) => self.label = other.label.clone(),
            _ => return false,
        }
        self.role = self.role.or(other.role);
        self.person = self.person.take().or_else(|| other.person.clone());
        true
    }
}

/// The lists of a folder or an archive, and the images that they label.
#[derive(Debug, Default)]
pub(super) struct LabelLists {
    entries: Vec<ListEntry>,
    paths: Vec<String>,
    orders: Vec<Option<LabelOrder>>,
    /// What the lists say about each image, by its path.
    images: HashMap<String, Mentions>,
    has_aligned: bool,
}

/// How the lists mention an image.
#[derive(Debug)]
enum Mentions {
    /// The indices of the entries that are about this image and no other.
    Entries(Vec<usize>),
    /// Only by a path that several images match.
    Ambiguous,
}

/// What the lists say about an image.
pub(super) enum Listed<'a> {
    /// Nothing.
    Not,
    /// That another file shows the same.
    Elsewhere,
    /// Something that may be about another image as well.
    Ambiguous,
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
        result
    }

    fn read_entries(&mut self, path: &str, source: impl Read) -> Result<bool, ReadError> {
        let mut lines = Lines::new(source);
        let first = loop {
            let Some(line) = lines.next()? else { return Ok(false) };
            if !line.bytes.trim_ascii().is_empty() {
                break line.bytes.to_vec();
            }
            if lines.read() > MAX_BYTES {
                return Err(ReadError::TooLarge);
            }
        };
        let Some((mut form, has_header)) = Form::of(&first) else { return Ok(false) };
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
        let list = self.paths.len();
        let role = class_names::role(name.rsplit_once('.').map_or(&*name, |(stem, _)| stem));
        let mut add = |line: &[u8]| -> Result<(), ReadError> {
            let Some(Line { path, label, usage, region, person }) = form.parse(line) else { return Ok(()) };
            if self.entries.len() == MAX_ENTRIES {
                return Err(ReadError::TooLarge);
            }
            let by_name = || if is_raf_db { class_names::role(last(&key(&path))) } else { None };
            let role = usage.as_deref().and_then(class_names::role).or(role).or_else(by_name);
            let known = class_names::label(&label).filter(|known| *known != Label::Other);
            let label = known.ok_or_else(|| excerpt(label.as_bytes()));
            self.entries.push(ListEntry { path: plain(&path), list, label, role, region, person });
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

    /// Finds the image that each entry is about, once all lists are read. RAF-DB has each image as a photo and as an aligned
    /// face; only the faces are used if they are there.
    pub fn set_images<'a>(&mut self, paths: impl Iterator<Item = &'a str>) {
        if self.entries.is_empty() {
            return;
        }
        let paths: Vec<&str> = paths.filter(|path| !is_hidden(path)).collect();
        let root = common_folder(paths.iter().copied().chain(self.paths.iter().map(String::as_str)));
        let is_raf_db = self.order() == Some(LabelOrder::RafDb);
        let mut images: Vec<Image<'a>> = Vec::new();
        for path in paths {
            let (key, role) = (key(path), role_of(&path[root..]));
            if let Some(plain) = key.strip_suffix(ALIGNED).filter(|_| is_raf_db) {
                self.has_aligned = true;
                images.push(Image { path, key: plain.to_owned(), role });
            }
            images.push(Image { path, key, role });
        }
        if self.has_aligned {
            images.retain(|image| key(image.path).ends_with(ALIGNED));
        }
        images.sort_by(|a, b| upwards(&a.key).cmp(upwards(&b.key)).then(a.path.cmp(b.path)));
        images.dedup_by(|a, b| (a.path, &a.key) == (b.path, &b.key));
        let has = |training| images.iter().any(|image| image.role.is_some_and(|role| is_training(role) == training));
        let has_split = [has(false), has(true)];
        let lists: Vec<List> = self
            .paths
            .iter()
            .map(|path| List { folder: folder_key(path), role: role_of_list(&path[root..]), has_split })
            .collect();
        let mut ambiguous: HashSet<(usize, usize)> = HashSet::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let Some((start, end)) = candidates(&images, &key(&entry.path)) else { continue };
            let found = &images[start..end];
            let chosen = if found.len() <= MAX_CANDIDATES {
                choose(found, &entry.path, entry.role, &lists[entry.list])
            } else if ambiguous.insert((start, end)) {
                found.iter().collect()
            } else {
                // they were marked by another entry
                continue;
            };
            if let [image] = chosen[..] {
                match self.images.entry(image.path.to_owned()).or_insert(Mentions::Ambiguous) {
                    Mentions::Entries(entries) => entries.push(index),
                    mentions => *mentions = Mentions::Entries(vec![index]),
                }
            } else {
                for image in chosen {
                    self.images.entry(image.path.to_owned()).or_insert(Mentions::Ambiguous);
                }
            }
        }
    }

    /// What the lists say about an image, which must be among those of [`Self::set_images`].
    pub fn find(&self, path: &str) -> Listed<'_> {
        if self.has_aligned && !key(path).ends_with(ALIGNED) {
            return Listed::Elsewhere;
        }
        match self.images.get(path) {
            None => Listed::Not,
            Some(Mentions::Ambiguous) => Listed::Ambiguous,
            Some(Mentions::Entries(entries)) => {
                let image = folder_key(path);
                let common = |entry: &ListEntry| common_folders(&folder_key(&self.paths[entry.list]), &image);
                let nearest = entries.iter().map(|&index| common(&self.entries[index])).max().unwrap_or_default();
                // the name alone is about an image beside the list, if there is a list beside the image
                let is_meant = |entry: &&ListEntry| entry.path.contains('/') || common(entry) == nearest;
                Listed::As(entries.iter().map(|&index| &self.entries[index]).filter(is_meant).collect())
            }
        }
    }
}

/// What the names of RAF-DB's aligned faces end with.
const ALIGNED: &str = "_aligned";

fn last(path: &str) -> &str {
    upwards(path).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::encoding::tests::utf16;
    use super::*;
    use crate::expression::Expression;

    fn lists(files: &[(&str, &str)]) -> LabelLists {
        let mut lists = LabelLists::default();
        for (path, text) in files {
            assert!(lists.read(path, text.as_bytes()).unwrap(), "{path}");
        }
        lists
    }

    fn class(class: Expression) -> Vec<Result<Label, String>> {
        vec![Ok(Label::Class(class))]
    }

    fn labels(lists: &LabelLists, path: &str) -> Vec<Result<Label, String>> {
        match lists.find(path) {
            Listed::As(entries) => entries.into_iter().map(|entry| entry.label.clone()).collect(),
            Listed::Ambiguous => vec![Err("ambiguous".into())],
            Listed::Not | Listed::Elsewhere => Vec::new(),
        }
    }

    /// What the lists say about each of these images.
    fn all<const N: usize>(files: &[(&str, &str)], images: [&str; N]) -> [Vec<Result<Label, String>>; N] {
        let mut lists = lists(files);
        lists.set_images(images.into_iter());
        images.map(|image| labels(&lists, image))
    }

    fn ambiguous() -> Vec<Result<Label, String>> {
        vec![Err("ambiguous".into())]
    }

    #[test]
    fn tables_of_paths_and_labels_are_read() {
        for text in [
            "image,label\n000.jpg,angry\n001.jpg,happy\n",
            "\u{feff}Label;File_Name\r\nangry;images/000.jpg\r\nhappy;images\\001.JPG\r\n",
            "000.jpg,angry\n001.jpg,happy\n",
            "000.jpg\t0_angry\n./001.jpg\thappy\n",
            "000.jpg angry\n001.jpg happy\n",
            "/home/me/set/images/000.jpg,angry,train\n/home/me/set/images/001.jpg,happy,test\n",
            "id,image,x,emotion\n1,000.jpg,,angry\n2,001,\"a,b\",HAPPINESS\n",
            "\n \r\nimage,label\n001.jpg,happy\n",
        ] {
            let images = ["archive/images/001.jpg", "archive/images/002.jpg"];
            assert_eq!(all(&[("labels.csv", text)], images), [class(Expression::Happy), vec![]], "{text}");
        }
        let mut latin_1 = LabelLists::default();
        assert!(latin_1.read("labels.csv", &b"image,label\na.png,Gl\xfccklich\n"[..]).unwrap());
        latin_1.set_images(["a.png"].into_iter());
        assert_eq!(labels(&latin_1, "a.png"), class(Expression::Happy));
        let mut utf_16 = LabelLists::default();
        assert!(utf_16.read("labels.txt", &utf16("image\tlabel\nMüller/é.png\thappy\n")[..]).unwrap());
        let as_macos_writes = "Mu\u{308}ller/e\u{301}.png";
        utf_16.set_images([as_macos_writes].into_iter());
        assert_eq!(labels(&utf_16, as_macos_writes), class(Expression::Happy));
        let mut none = LabelLists::default();
        let twice = "image,label,Label\na.png,sad,happy\n";
        for text in
            ["", twice, "dear diary\n", "id,emotion\n1,2\n", "image,age\n1.jpg,3\n", "a.jpg b.jpg\n", "a\0.jpg 1\n"]
        {
            assert!(!none.read("x.txt", text.as_bytes()).unwrap(), "{text}");
        }
    }

    #[test]
    fn a_column_of_persons_is_read() {
        let mut lists = lists(&[("labels.csv", "file,emotion,age,Subject ID\na.png,sad,31,s1\nb.png,happy,32, \n")]);
        lists.set_images(["a.png", "b.png"].into_iter());
        let person = |path: &str| match lists.find(path) {
            Listed::As(entries) => entries[0].person.clone(),
            _ => panic!("{path} is not listed"),
        };
        assert_eq!((person("a.png").as_deref(), person("b.png")), (Some("s1"), None));
    }

    #[test]
    fn paths_decide_between_equal_names() {
        let list = "path,label\ntrain/a/1.jpg,sad\ntest/a/1.jpg,happy\nb/1.jpg,x\n";
        let images = ["set/train/a/1.jpg", "set/test/a/1.jpg", "b/1.jpg", "c/1.jpg"];
        let unknown = vec![Err("x".into())];
        assert_eq!(
            all(&[("labels.csv", list)], images),
            [class(Expression::Sad), class(Expression::Happy), unknown, vec![]]
        );
    }

    #[test]
    fn a_name_that_several_images_have_is_ambiguous() {
        let list = ("labels.csv", "image,label\n1.png,sad\n2.png,happy\n");
        let images = ["images/a/1.png", "images/b/1.png", "images/b/2.png"];
        assert_eq!(all(&[list], images), [ambiguous(), ambiguous(), class(Expression::Happy)]);
        let long = "path,label\na/x/1.png,sad\n";
        assert_eq!(all(&[("labels.csv", long)], ["b/x/1.png", "c/x/1.png"]), [ambiguous(), ambiguous()]);
    }

    #[test]
    fn a_list_labels_the_images_beside_it_first() {
        let (sad, happy) = ("image,label\n1.png,sad\n", "image,label\n1.png,happy\n");
        let images = ["s/a/1.png", "s/b/1.png"];
        let expected = [class(Expression::Sad), class(Expression::Happy)];
        assert_eq!(all(&[("s/a/labels.csv", sad), ("s/b/labels.csv", happy)], images), expected);
        assert_eq!(all(&[("s/a/labels.csv", sad)], images), [class(Expression::Sad), vec![]]);
        // deeper folders are its own, too
        assert_eq!(all(&[("s/a/labels.csv", sad)], ["s/a/x/1.png", "s/b/1.png"]), [class(Expression::Sad), vec![]]);
        assert_eq!(
            all(&[("1/labels/l.csv", sad), ("2/labels/l.csv", happy)], ["1/images/1.png", "2/images/1.png"]),
            expected
        );
        // an image of another list is missing
        assert_eq!(all(&[("s/a/labels.csv", sad), ("s/b/labels.csv", happy)], ["s/a/1.png"]), [class(Expression::Sad)]);
        // images elsewhere
        assert_eq!(all(&[("notes/labels.csv", sad)], ["images/1.png"]), [class(Expression::Sad)]);
    }

    #[test]
    fn a_list_labels_the_images_of_its_split() {
        let (sad, happy) = ("image,label\n1.png,sad\n", "image,label\n1.png,happy\n");
        let images = ["train/1.png", "test/1.png"];
        let expected = [class(Expression::Sad), class(Expression::Happy)];
        assert_eq!(all(&[("train.csv", sad), ("test.csv", happy)], images), expected);
        assert_eq!(all(&[("train/labels.csv", sad), ("test/labels.csv", happy)], images), expected);
        let both = "image,label,split\n1.png,sad,train\n1.png,happy,test\n";
        assert_eq!(all(&[("labels.csv", both)], images), expected);
        // the image that is meant is missing
        let missing = ["test/1.png", "train/2.png"];
        assert_eq!(all(&[("train/labels.csv", sad)], missing), [vec![], vec![]]);
        assert_eq!(all(&[("train_labels.csv", sad)], missing), [vec![], vec![]]);
    }

    #[test]
    fn a_folder_of_another_split_is_not_always_one() {
        let (sad, other) = ("image,label\n1.png,sad\n", "image,label\n2.png,happy\n");
        // the folder of the whole dataset
        assert_eq!(all(&[("test/train.csv", sad)], ["test/images/1.png"]), [class(Expression::Sad)]);
        let nested = "image,label\ntrain/1.png,sad\ntest/2.png,happy\n";
        let expected = [class(Expression::Sad), class(Expression::Happy)];
        assert_eq!(all(&[("train/labels.csv", nested)], ["train/train/1.png", "train/test/2.png"]), expected);
        // one folder for the images of all splits
        assert_eq!(all(&[("train.csv", sad), ("val.csv", other)], ["train/1.png", "train/2.png"]), expected);
        // an exact path
        let exact = "path,label\ntrain/1.png,sad\n";
        assert_eq!(all(&[("val.csv", exact)], ["train/1.png", "val/2.png"]), [class(Expression::Sad), vec![]]);
        // the split of the row
        let row = "image,label,Usage\n1.png,sad,PublicTest\n";
        assert_eq!(all(&[("train.csv", row)], ["test/1.png", "train/2.png"]), [class(Expression::Sad), vec![]]);
    }

    #[test]
    fn exact_names_come_first() {
        let list = "image,label\na.png,sad\nA.png,happy\nb.png,fear\nb.jpg,angry\nc.png,neutral\n";
        let images = ["a.png", "A.png", "b.png", "b.jpg", "c.jpg"];
        assert_eq!(
            all(&[("labels.csv", list)], images),
            [Expression::Sad, Expression::Happy, Expression::Fear, Expression::Angry, Expression::Neutral].map(class)
        );
        assert_eq!(all(&[("labels.csv", list)], ["c.png", "c.jpg"]), [class(Expression::Neutral), vec![]]);
    }

    #[test]
    fn what_two_entries_say_is_merged_unless_it_contradicts() {
        let entry = |label| ListEntry { path: "a.png".into(), list: 0, label, role: None, region: None, person: None };
        let (happy, sad) = (Ok(Label::Class(Expression::Happy)), Ok(Label::Class(Expression::Sad)));
        let merged = |one: &Result<Label, String>, other: &Result<Label, String>| {
            let mut entry = entry(one.clone());
            entry.merge(&ListEntry { label: other.clone(), ..entry.clone() }).then_some(entry.label)
        };
        assert_eq!(merged(&happy, &happy), Some(happy.clone()));
        assert_eq!(merged(&happy, &sad), None);
        for other in [Ok(Label::Number(3)), Err(String::new())] {
            assert_eq!(merged(&happy, &other), Some(happy.clone()));
            assert_eq!(merged(&other, &happy), Some(happy.clone()));
        }
        assert_eq!(merged(&Ok(Label::Number(3)), &Ok(Label::Number(4))), None);
        assert_eq!(merged(&happy, &Err("contempt".into())), None);
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
        lists.set_images(["a/1.jpg", "b/1.jpg"].into_iter());
        assert_eq!((lists.paths(), labels(&lists, "a/1.jpg")), (&["a.csv".to_owned()][..], vec![]));
        assert_eq!(labels(&lists, "b/1.jpg"), class(Expression::Sad));
    }

    #[test]
    fn many_images_of_the_same_name_are_found_at_once() {
        let count = 30_000;
        let text: String =
            (0..count).map(|person| format!("{person}/1.jpg,{}\n", ["sad", "happy"][person % 2])).collect();
        let mut one = lists(&[("labels.csv", &format!("path,label\n{text}"))]);
        let images: Vec<String> = (0..count).map(|person| format!("set/{person}/1.jpg")).collect();
        one.set_images(images.iter().map(String::as_str));
        for (person, image) in images.iter().enumerate() {
            assert_eq!(labels(&one, image), class([Expression::Sad, Expression::Happy][person % 2]));
        }
        // many lines that may each mean any of many images
        let text = "1.jpg,sad\n".repeat(count);
        let mut bare = lists(&[("labels.csv", &format!("path,label\n{text}"))]);
        bare.set_images(images.iter().map(String::as_str));
        assert_eq!(labels(&bare, &images[9]), ambiguous());
    }

    #[test]
    fn the_lists_of_published_datasets_are_known() {
        let mut raf_db = lists(&[("EmoLabel/list_patition_label.txt", "train_00001.jpg 5\ntest_0001.jpg 7\n")]);
        assert_eq!(raf_db.order(), Some(LabelOrder::RafDb));
        raf_db.set_images(["Image/original/train_00001.jpg"].into_iter());
        assert_eq!(labels(&raf_db, "Image/original/train_00001.jpg"), [Ok(Label::Number(5))]);
        let aligned = "Image/aligned/test_0001_aligned.jpg";
        raf_db.set_images(["Image/original/test_0001.jpg", aligned].into_iter());
        assert_eq!(labels(&raf_db, aligned), [Ok(Label::Number(7))]);
        assert!(matches!(raf_db.find("Image/original/test_0001.jpg"), Listed::Elsewhere));
        let Listed::As(found) = raf_db.find(aligned) else { panic!("not found") };
        assert_eq!(found[0].role, Some(Role::Test));

        let mut exp_w = lists(&[("label/label.lst", "a.jpg 0 10 20 60 70 99.5 3\na.jpg 1 1 2 6 7 50 4\n")]);
        exp_w.set_images(["origin/a.jpg"].into_iter());
        assert_eq!((exp_w.order(), labels(&exp_w, "origin/a.jpg").len()), (Some(LabelOrder::Fer2013), 2));
        let Listed::As(found) = exp_w.find("origin/a.jpg") else { panic!("not found") };
        assert_eq!(found[0].region, Some(Region { left: 20.0, top: 10.0, right: 60.0, bottom: 70.0 }));

        let mut affect_net = lists(&[("training.csv", "subDirectory_filePath,face_x,expression\n1/a.jpg,3,6\n")]);
        assert_eq!(affect_net.order(), Some(LabelOrder::AffectNet));
        affect_net.set_images(["Manually/1/a.jpg"].into_iter());
        assert_eq!(labels(&affect_net, "Manually/1/a.jpg"), [Ok(Label::Number(6))]);
        let mut other =
            lists(&[("train_labels.csv", "image,label\na.jpg,6\n"), ("list_patition_label.txt", "b.jpg 1\n")]);
        assert_eq!(other.order(), None);
        other.set_images(["a.jpg"].into_iter());
        let Listed::As(found) = other.find("a.jpg") else { panic!("not found") };
        assert!(matches!(found[0].role, Some(Role::Split(_))));
    }
}
