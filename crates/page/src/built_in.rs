//! The datasets that come with the page. They are files of the site, which are fetched when a visitor asks for one.

/// A dataset that comes with the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltInSet {
    /// Crops of the photographs of the Face Research Lab London Set, neutral and smiling.
    London,
    /// Rendered faces of the model face.
    ModelFaces,
}

impl BuiltInSet {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::London, Self::ModelFaces];

    /// The name of the dataset, also in reports; the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::London => "London Set",
            Self::ModelFaces => "Model faces",
        }
    }

    /// The set with this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// Its file, relative to the page.
    pub const fn path(self) -> &'static str {
        match self {
            Self::London => "sets/london.csv.gz",
            Self::ModelFaces => "sets/model-faces.csv.gz",
        }
    }

    /// The size of its file in bytes. A server that compresses the file once more does not say it.
    pub const fn bytes(self) -> u32 {
        match self {
            Self::London => 265_028,
            Self::ModelFaces => 259_235,
        }
    }

    /// The test id of its button.
    pub const fn testid(self) -> &'static str {
        match self {
            Self::London => "builtin-set",
            Self::ModelFaces => "builtin-set-model-faces",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;

    use super::BuiltInSet;
    use mien_core::dataset::{Dataset, Split, read};

    fn open(set: BuiltInSet) -> File {
        File::open(Path::new("../../www").join(set.path())).unwrap()
    }

    fn load(set: BuiltInSet) -> Dataset {
        let loaded = read(open(set)).unwrap();
        assert!(loaded.notes.is_empty() && loaded.rejections.count() == 0, "{:?}", loaded.notes);
        loaded.dataset
    }

    /// The name, the number of values and the number of values on both sides of the splits of each group column.
    fn groups(dataset: &Dataset) -> Vec<(&str, usize, usize)> {
        let all = || 0..dataset.len();
        let of = dataset.groups().iter();
        of.map(|group| (group.name(), group.count_values(all()), group.count_across_splits(dataset))).collect()
    }

    #[test]
    fn the_files_have_the_sizes_that_are_shown() {
        for set in BuiltInSet::ALL {
            assert_eq!(open(set).metadata().unwrap().len(), u64::from(set.bytes()), "{}", set.path());
            assert_eq!(BuiltInSet::of(set.name()), Some(set));
        }
        assert_eq!(BuiltInSet::of("fer2013.csv"), None);
    }

    #[test]
    fn half_of_the_persons_of_london_are_held_out() {
        let london = load(BuiltInSet::London);
        let counts = Split::ALL.map(|split| london.class_counts(&london.of_split(split)));
        assert_eq!(counts, [[0, 0, 0, 51, 0, 0, 51], [0; 7], [0, 0, 0, 51, 0, 0, 51]]);
        let groups = groups(&london);
        assert_eq!(groups, [("age", 3, 3), ("gender", 2, 2), ("ethnicity", 5, 4), ("person", 102, 0)]);
    }

    #[test]
    fn the_model_faces_show_every_class_in_every_split() {
        let faces = load(BuiltInSet::ModelFaces);
        let counts = Split::ALL.map(|split| faces.class_counts(&faces.of_split(split)));
        assert_eq!(counts, [[18; 7], [6; 7], [6; 7]]);
        let names: Vec<&str> = faces.groups().iter().map(|group| group.name()).collect();
        assert_eq!(names, ["identity", "skin", "light", "yaw", "intensity"]);
        assert_eq!(groups(&faces)[..2], [("identity", 30, 0), ("skin", 6, 6)]);
    }
}
