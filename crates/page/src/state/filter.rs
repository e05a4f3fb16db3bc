//! Filters for the images of a dataset.

use std::rc::Rc;

use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_protocol::{DatasetSummary, Exploration, NearDuplicateStatus};

/// Filters for images; an image must match all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// By label.
    pub label: Option<Expression>,
    /// By split.
    pub split: Option<Split>,
    /// By group: the index of the column, and of the value in it.
    pub group: Option<(usize, u8)>,
    /// By predicted class.
    pub predicted: Option<Expression>,
    /// Only wrong predictions.
    pub mistaken: bool,
    /// Only images with this property.
    pub property: Option<ImageProperty>,
    /// By row, counted from 1.
    pub row: Option<u32>,
}

/// A property to filter by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageProperty {
    /// Has byte-identical duplicates.
    Duplicates,
    /// Has near duplicates.
    NearDuplicates,
    /// Is near-constant: almost a single grey level.
    NearConstant,
    /// Is one of these samples.
    These(Rc<[u32]>),
}

/// What is known about the images of a dataset.
#[derive(Clone, Copy, Default)]
pub struct Known<'a> {
    /// The results of the analysis.
    pub exploration: Option<&'a Exploration>,
    /// The search for near duplicates.
    pub near: Option<&'a NearDuplicateStatus>,
    /// For each sample, the index of the predicted class.
    pub predictions: Option<&'a [u8]>,
}

impl Filter {
    /// The matching samples, in the order of the dataset.
    pub fn of(&self, set: &DatasetSummary, known: Known<'_>) -> Vec<u32> {
        let predictions = known.predictions;
        let listed = self.property.as_ref().map(|property| property.listed(set.len(), known));
        let predicted = |sample: usize| predictions.and_then(|classes| classes.get(sample)).copied();
        let fits = |sample: usize| {
            self.label.is_none_or(|label| set.labels.get(sample) == Some(&(label.index() as u8)))
                && self.split.is_none_or(|split| set.splits.get(sample) == Some(&(split.index() as u8)))
                && self.group.is_none_or(|(column, code)| {
                    set.groups.get(column).and_then(|group| group.codes.get(sample)) == Some(&code)
                })
                && self.predicted.is_none_or(|class| predicted(sample) == Some(class.index() as u8))
                && (!self.mistaken || is_mistaken(set.labels.get(sample).copied(), predicted(sample)))
                && self.row.is_none_or(|row| set.rows.get(sample).map(|place| place + 1) == Some(row))
                && listed.as_ref().is_none_or(|listed| listed.get(sample) == Some(&true))
        };
        (0..set.len()).filter(|&sample| fits(sample)).map(|sample| sample as u32).collect()
    }
}

fn is_mistaken(label: Option<u8>, predicted: Option<u8>) -> bool {
    predicted.is_some_and(|class| usize::from(class) < Expression::COUNT) && predicted != label
}

impl ImageProperty {
    /// For each sample, whether it has the property.
    fn listed(&self, samples: usize, known: Known<'_>) -> Vec<bool> {
        let mut listed = vec![false; samples];
        let mut list = |sample: u32| {
            if let Some(mark) = listed.get_mut(sample as usize) {
                *mark = true;
            }
        };
        let near = known.near.map(NearDuplicateStatus::groups).unwrap_or_default();
        match (self, known.exploration) {
            (Self::These(these), _) => these.iter().copied().for_each(&mut list),
            (Self::NearDuplicates, _) => near.iter().flatten().copied().for_each(&mut list),
            (Self::Duplicates, Some(found)) => found.duplicates.iter().flatten().copied().for_each(&mut list),
            (Self::NearConstant, Some(found)) => found.flat.iter().copied().for_each(&mut list),
            (Self::Duplicates | Self::NearConstant, None) => {}
        }
        listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use mien_protocol::GroupColumn;

    /// Four images: two happy ones for training, a sad one for validation, a sad one to test with.
    fn set() -> DatasetSummary {
        let mut set = fixtures::set(
            1,
            "set",
            &[
                (Expression::Happy, Split::Training),
                (Expression::Happy, Split::Training),
                (Expression::Sad, Split::PublicTest),
                (Expression::Sad, Split::PrivateTest),
            ],
        );
        set.rows = vec![0, 1, 5, 6];
        let column = |codes: &[u8]| GroupColumn {
            name: "age".into(),
            values: vec!["old".into(), "young".into()],
            codes: codes.to_vec(),
        };
        set.groups = vec![column(&[0, 0, 0, 0]), column(&[1, 0, 1, 0])];
        set
    }

    #[test]
    fn each_choice_narrows_what_is_shown() {
        let found =
            Exploration { duplicates: vec![vec![0, 3], vec![1]], flat: vec![2, 99], means: vec![], excluded: 0 };
        let near = NearDuplicateStatus::Finished { groups: vec![vec![1, 2], vec![3, 99]], excluded: 0 };
        let known = Known { exploration: Some(&found), near: Some(&near), predictions: Some(&[3, 4, 4, 255]) };
        let all = Filter::default;
        let cases: [(Filter, &[u32]); 14] = [
            (all(), &[0, 1, 2, 3]),
            (Filter { label: Some(Expression::Sad), ..all() }, &[2, 3]),
            (Filter { split: Some(Split::PublicTest), ..all() }, &[2]),
            (Filter { group: Some((1, 1)), ..all() }, &[0, 2]),
            (Filter { group: Some((9, 1)), ..all() }, &[]),
            (Filter { predicted: Some(Expression::Sad), ..all() }, &[1, 2]),
            (Filter { mistaken: true, ..all() }, &[1]),
            (Filter { property: Some(ImageProperty::Duplicates), ..all() }, &[0, 1, 3]),
            (Filter { property: Some(ImageProperty::NearConstant), ..all() }, &[2]),
            (Filter { property: Some(ImageProperty::NearDuplicates), ..all() }, &[1, 2, 3]),
            (Filter { property: Some(ImageProperty::These(Rc::from([3, 1, 99]))), ..all() }, &[1, 3]),
            (Filter { row: Some(6), ..all() }, &[2]),
            (Filter { row: Some(0), ..all() }, &[]),
            (Filter { label: Some(Expression::Happy), group: Some((1, 1)), row: Some(1), ..all() }, &[0]),
        ];
        for (filter, shown) in cases {
            assert_eq!(filter.of(&set(), known), shown, "{filter:?}");
        }
    }

    #[test]
    fn what_is_not_known_yet_shows_nothing() {
        for filter in [
            Filter { predicted: Some(Expression::Happy), ..Filter::default() },
            Filter { mistaken: true, ..Filter::default() },
            Filter { property: Some(ImageProperty::Duplicates), ..Filter::default() },
            Filter { property: Some(ImageProperty::NearConstant), ..Filter::default() },
            Filter { property: Some(ImageProperty::NearDuplicates), ..Filter::default() },
        ] {
            assert!(filter.of(&set(), Known::default()).is_empty(), "{filter:?}");
        }
        let short = Filter { predicted: Some(Expression::Happy), ..Filter::default() };
        assert_eq!(
            short.of(&set(), Known { predictions: Some(&[3]), ..Known::default() }),
            [0],
            "predictions of an earlier state of the set"
        );
    }
}
