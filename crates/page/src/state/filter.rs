//! Which images of a set are shown.

use std::rc::Rc;

use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_protocol::{Exploration, SetSummary};

/// Which images are shown: those that fit all that is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Labelled with this class.
    pub label: Option<Expression>,
    /// Of this split.
    pub split: Option<Split>,
    /// With this value, by its place, of the further column at this place.
    pub group: Option<(usize, u8)>,
    /// Predicted as this class.
    pub predicted: Option<Expression>,
    /// Predicted as another class than the label.
    pub mistaken: bool,
    /// With something remarkable.
    pub only: Option<Only>,
    /// Of this row, counted from 1.
    pub row: Option<u32>,
}

/// Something remarkable about an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Only {
    /// It has duplicates, byte for byte.
    Duplicates,
    /// It is nearly constant: almost a single grey.
    NearConstant,
    /// It is among these.
    These(Rc<[u32]>),
}

impl Filter {
    /// The samples that fit, in the order of the set.
    pub fn of(&self, set: &SetSummary, found: Option<&Exploration>, predictions: Option<&[u8]>) -> Vec<u32> {
        let listed = self.only.as_ref().map(|only| only.listed(set.len(), found));
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

impl Only {
    /// For each sample whether it is one.
    fn listed(&self, samples: usize, found: Option<&Exploration>) -> Vec<bool> {
        let mut listed = vec![false; samples];
        let mut list = |sample: u32| {
            if let Some(mark) = listed.get_mut(sample as usize) {
                *mark = true;
            }
        };
        match (self, found) {
            (Self::These(these), _) => these.iter().copied().for_each(&mut list),
            (Self::Duplicates, Some(found)) => found.duplicates.iter().flatten().copied().for_each(&mut list),
            (Self::NearConstant, Some(found)) => found.flat.iter().copied().for_each(&mut list),
            (Self::Duplicates | Self::NearConstant, None) => {}
        }
        listed
    }
}
