//! Which images show the same person: the column that says so, and file names that begin with a person.

use std::collections::{BTreeMap, BTreeSet};

use super::class_names::{self, Label};
use super::groups::{GroupColumn, GroupFault, group_text};
use super::reading::LoadNote;
use super::{Dataset, Split};
use crate::expression::Expression;

/// The name of a column of persons that is not from a table.
const COLUMN: &str = "person";

/// Words that name a column of persons, in English, German or French, in lower case and without accents.
const PERSON_WORDS: [&str; 20] = [
    "person",
    "persons",
    "personne",
    "subject",
    "subjects",
    "sujet",
    "participant",
    "participants",
    "teilnehmer",
    "identity",
    "identitat",
    "identite",
    "actor",
    "acteur",
    "schauspieler",
    "individual",
    "individu",
    "volunteer",
    "proband",
    "sitter",
];

/// Words beside these.
const BESIDE: [&str; 12] = ["id", "ids", "nr", "no", "num", "number", "nummer", "code", "key", "label", "of", "the"];

/// The fewest persons that names of files must seem to have for a note.
const MIN_PERSONS: usize = 5;

/// Up to this many parts of a name may be those of its person.
const MAX_PARTS: usize = 3;

/// What stays together when a dataset is divided: all images with the same value of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GroupBy {
    /// Those of a person, if there is a column of persons ([`person_column`]).
    #[default]
    Person,
    /// Nothing but copies of an image.
    Nothing,
    /// Those with the same value of the column with this name, in upper or lower case.
    Column(String),
}

/// A name that none of the columns has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no column `{name}` to group the images by; {}", known(.columns))]
pub struct UnknownColumn {
    /// The name.
    name: String,
    /// The columns that there are.
    columns: Vec<String>,
}

fn known(columns: &[String]) -> String {
    if columns.is_empty() { "the dataset has none".to_owned() } else { format!("there are {}", columns.join(", ")) }
}

impl From<&str> for GroupBy {
    /// `none`, or the name of a column.
    fn from(text: &str) -> Self {
        if text == "none" { Self::Nothing } else { Self::Column(text.to_owned()) }
    }
}

impl GroupBy {
    /// The index of the column in [`Dataset::groups`]; `None` if nothing stays together.
    ///
    /// # Errors
    /// When there is no column with this name.
    pub fn column(&self, dataset: &Dataset) -> Result<Option<usize>, UnknownColumn> {
        match self {
            Self::Person => Ok(person_column(dataset)),
            Self::Nothing => Ok(None),
            Self::Column(name) => {
                let mut columns = dataset.groups().iter();
                let unknown = || UnknownColumn {
                    name: name.clone(),
                    columns: dataset.groups().iter().map(|column| column.name().to_owned()).collect(),
                };
                columns.position(|column| column.name().eq_ignore_ascii_case(name)).map(Some).ok_or_else(unknown)
            }
        }
    }
}

/// Whether a column with this name is one of persons.
pub(super) fn is_of_persons(name: &str) -> bool {
    let words = class_names::words(name);
    let mut left = words.iter().filter(|word| !BESIDE.contains(&word.as_str()));
    let is_person = |word: &String| {
        PERSON_WORDS.contains(&word.as_str())
            || word.strip_suffix("id").is_some_and(|word| PERSON_WORDS.contains(&word))
    };
    left.next().is_some_and(is_person) && left.next().is_none()
}

impl GroupColumn {
    /// Whether the column is one of persons, by its name (`person`, `subject_id`, `Identity`, …).
    pub fn is_of_persons(&self) -> bool {
        is_of_persons(self.name())
    }

    /// The number of different values of some samples, without the blank one.
    ///
    /// # Panics
    /// When there is no such sample.
    pub fn count_values(&self, samples: impl IntoIterator<Item = usize>) -> usize {
        let codes: BTreeSet<usize> = samples.into_iter().map(|sample| self.code(sample)).collect();
        codes.into_iter().filter(|&code| !self.values[code].is_empty()).count()
    }

    /// The number of values that samples of Training have and samples of PublicTest or PrivateTest as well, without the blank
    /// one. A network that was trained on some images of a person does better on others of that person.
    pub fn count_across_splits(&self, dataset: &Dataset) -> usize {
        let mut found = vec![[false; 2]; self.values.len()];
        for (sample, &split) in dataset.splits().iter().enumerate() {
            found[self.code(sample)][usize::from(split == Split::Training)] = true;
        }
        self.values.iter().zip(found).filter(|(value, found)| !value.is_empty() && *found == [true; 2]).count()
    }
}

/// The index of the column of persons in [`Dataset::groups`]: the first with such a name that has at least two persons.
pub fn person_column(dataset: &Dataset) -> Option<usize> {
    let is_it = |column: &GroupColumn| column.is_of_persons() && column.count_values(0..dataset.len()) > 1;
    dataset.groups().iter().position(is_it)
}

/// Adds a column of persons, one for each sample, if at least half of them are known.
pub(super) fn add_column(dataset: &mut Dataset, persons: &[Option<String>]) -> Option<LoadNote> {
    if persons.iter().flatten().count() * 2 < persons.len().max(1) {
        return None;
    }
    let mut column = GroupColumn::new(COLUMN.to_owned());
    let mut add = |person: &Option<String>| -> Result<(), GroupFault> {
        column.push(group_text(person.as_deref().unwrap_or_default().as_bytes())?)
    };
    match persons.iter().try_for_each(&mut add) {
        Ok(()) => {
            dataset.groups.push(column);
            None
        }
        Err(fault) => Some(LoadNote::ColumnIgnored { name: COLUMN.to_owned(), fault }),
    }
}

/// The number of persons that names of files seem to have, where that is likely: the beginnings of most names are those of
/// several images with different classes (`s001_happy.jpg`, `s001_sad.jpg`). `None` otherwise.
pub(super) fn seeming_persons(names: &[String], dataset: &Dataset) -> Option<usize> {
    let all: Vec<usize> = (0..dataset.len()).collect();
    let classes = dataset.class_counts(&all).into_iter().filter(|&count| count > 0).count();
    (1..=MAX_PARTS).find_map(|parts| {
        let mut persons = BTreeMap::<&str, (BTreeSet<&str>, BTreeSet<Expression>)>::new();
        for (sample, name) in names.iter().enumerate().take(dataset.len()) {
            if let Some((person, rest)) = beginning(name, parts) {
                let (rests, classes) = persons.entry(person).or_default();
                rests.insert(rest);
                classes.insert(dataset.label(sample));
            }
        }
        // images of the same class may have the same name in several folders
        persons.retain(|_, (rests, found)| {
            let least = classes.clamp(2, 3);
            rests.len() >= least && found.len() >= least
        });
        let images: usize = persons.values().map(|(rests, _)| rests.len()).sum();
        let largest = persons.values().map(|(rests, _)| rests.len()).max().unwrap_or(0);
        let is_most = images * 4 >= names.len() * 3 && largest * 2 <= images;
        (is_most && persons.len() >= MIN_PERSONS).then_some(persons.len())
    })
}

/// The first parts of a name, and the rest; `None` if they do not look like a person's: without a digit, they must stand before
/// the name of a class.
fn beginning(name: &str, parts: usize) -> Option<(&str, &str)> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let is_between = |letter: char| matches!(letter, '_' | '-' | ' ' | '.');
    let (end, between) = stem.match_indices(is_between).nth(parts - 1)?;
    let (person, rest) = (&stem[..end], &stem[end + between.len()..]);
    let first = person.split(is_between).next().unwrap_or_default();
    let says_more = matches!(class_names::label(first), Some(Label::Class(_) | Label::Other))
        || class_names::class_of_file(person).is_some()
        || class_names::role(first).is_some() && parts == 1;
    let has_digit =
        person.rsplit(is_between).next().is_some_and(|part| part.contains(|letter: char| letter.is_ascii_digit()));
    let is_person = !person.is_empty() && !rest.is_empty() && !says_more;
    (is_person && (has_digit || class_names::class_of_file(rest).is_some())).then_some((person, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::CROP_PIXELS;

    fn column(name: &str, values: &[&str]) -> GroupColumn {
        let mut column = GroupColumn::new(name.to_owned());
        values.iter().for_each(|value| column.push(value).unwrap());
        column
    }

    fn dataset(columns: Vec<GroupColumn>, samples: usize) -> Dataset {
        let mut dataset = Dataset::default();
        for row in 0..samples {
            dataset.push_ungrouped([0; CROP_PIXELS], Expression::ALL[row % 7], Split::ALL[row % 3], row);
        }
        dataset.groups = columns;
        dataset
    }

    #[test]
    fn columns_of_persons_are_known_by_name() {
        for name in [
            "person",
            "Person_ID",
            "personId",
            "subject",
            "SubjectID",
            "subjectid",
            "subject no",
            "Identity",
            "Identität",
        ] {
            assert!(column(name, &[]).is_of_persons(), "{name}");
        }
        for name in ["age", "id", "personality", "subject age", "person gender", "", "of", "actor person", "name"] {
            assert!(!column(name, &[]).is_of_persons(), "{name}");
        }
    }

    #[test]
    fn the_column_is_found_or_chosen() {
        let ages = column("age", &["1", "2", "1"]);
        let one = column("person", &["a", "", "a"]);
        let subjects = column("Subject", &["a", "", "b"]);
        let set = dataset(vec![ages.clone(), one.clone(), subjects], 3);
        assert_eq!(GroupBy::default().column(&set), Ok(Some(2)), "the other has one person");
        assert_eq!(GroupBy::from("none").column(&set), Ok(None));
        assert_eq!(GroupBy::from("AGE").column(&set), Ok(Some(0)));
        let error = GroupBy::from("gender").column(&set).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no column `gender` to group the images by; there are age, person, Subject"
        );
        let none = dataset(vec![ages, one], 3);
        assert_eq!(GroupBy::default().column(&none), Ok(None));
        let error = GroupBy::from("age").column(&dataset(vec![], 3)).unwrap_err();
        assert!(error.to_string().ends_with("the dataset has none"));
    }

    #[test]
    fn persons_in_training_and_in_a_test_are_counted() {
        // Training, PublicTest, PrivateTest, Training
        for (values, count) in
            [(["a", "a", "b", "b"], 2), (["a", "b", "b", "a"], 0), (["", "", "c", "c"], 1), (["a", "b", "b", "c"], 0)]
        {
            let persons = column("person", &values);
            assert_eq!(persons.count_across_splits(&dataset(vec![], 4)), count, "{values:?}");
        }
        assert_eq!(column("person", &["a", "", "b"]).count_values([0, 1]), 1);
    }

    #[test]
    fn a_column_is_added_if_most_persons_are_known() {
        let persons = |count: usize| -> Vec<Option<String>> {
            (0..6).map(|sample| (sample < count).then(|| ["KA", "YM"][sample % 2].to_owned())).collect()
        };
        for (known, columns) in [(0, 0), (2, 0), (3, 1), (6, 1)] {
            let mut set = dataset(vec![], 6);
            assert_eq!(add_column(&mut set, &persons(known)), None);
            assert_eq!(set.groups().len(), columns, "{known}");
        }
        let mut many = dataset(vec![], 300);
        let note = add_column(&mut many, &(0..300).map(|sample| Some(sample.to_string())).collect::<Vec<_>>());
        assert_eq!(note, Some(LoadNote::ColumnIgnored { name: "person".into(), fault: GroupFault::Values }));
        assert!(many.groups().is_empty());
    }

    fn seeming(name: impl Fn(usize) -> String) -> Option<usize> {
        let names: Vec<String> = (0..140).map(name).collect();
        seeming_persons(&names, &dataset(vec![], 140))
    }

    #[test]
    fn names_of_files_that_begin_with_a_person_are_noticed() {
        let classes = |at: usize| ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"][at % 7];
        assert_eq!(seeming(|at| format!("s{:03}_{}.jpg", at / 7, classes(at))), Some(20));
        assert_eq!(seeming(|at| format!("S{:03}_004_{at:08}.png", at / 14)), Some(10), "CK+");
        assert_eq!(
            seeming(|at| format!("Rafd090_{:02}_Caucasian_female_{}_frontal.jpg", at / 7, classes(at))),
            Some(20)
        );
        assert_eq!(seeming(|at| format!("CFD-BF-{:03}-{at:03}-X.jpg", at / 7)), Some(20));
        let people = ["anna", "ben", "carl", "dora", "emil", "fritz", "gerd"];
        assert_eq!(seeming(|at| format!("{}-{} {at}.jpg", people[at / 20], classes(at))), Some(7));
    }

    #[test]
    fn names_that_are_only_numbered_are_not() {
        for (text, name) in [
            (
                "FER2013",
                Box::new(|at: usize| format!("{}_{at}.jpg", ["Training", "PublicTest", "PrivateTest"][at % 3]))
                    as Box<dyn Fn(usize) -> String>,
            ),
            ("RAF-DB", Box::new(|at| format!("train_{at:05}_aligned.jpg"))),
            ("FER+", Box::new(|at| format!("fer{at:07}.png"))),
            ("AffectNet", Box::new(|at| format!("image{at:07}.jpg"))),
            ("ExpW", Box::new(|at| format!("angry_actor_{at}.jpg"))),
            ("by class", Box::new(|at| format!("{}_{at}.png", at % 7))),
            ("numbered in each folder", Box::new(|at| format!("{}_crop.png", at / 7))),
            ("numbered", Box::new(|at| format!("{}.png", at / 7))),
            ("hashes", Box::new(|at| format!("{:x}_1.jpg", at * 7919))),
            ("words", Box::new(|at| format!("{}_{at}.jpg", ["img", "pic", "photo", "face", "crop"][at / 28]))),
            ("a pair", Box::new(|at| format!("s{}_{at}.jpg", at / 70))),
        ] {
            assert_eq!(seeming(name), None, "{text}");
        }
        assert_eq!(seeming_persons(&[], &Dataset::default()), None);
    }
}
