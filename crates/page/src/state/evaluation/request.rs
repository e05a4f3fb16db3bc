//! What to evaluate.

use std::rc::Rc;

use mien_core::dataset::{Split, stratified};
use mien_core::evaluation::TestTimeAugmentation;
use mien_core::expression::Expression;
use mien_protocol::{DatasetSummary, NetworkEntry, NetworkId};

/// The random seed of subsets. It is constant, so that runs can be compared on the same subset.
pub const SEED: u64 = 1;

/// The choice of images to evaluate on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The split.
    pub subset: Subset,
    /// Only images of this class.
    pub class: Option<Expression>,
    /// Only a stratified random subset of this size.
    pub count: Option<u32>,
}

/// A choice of splits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subset {
    /// The default: PrivateTest if present, else PublicTest, else all images.
    #[default]
    HeldOut,
    /// A split.
    Split(Split),
    /// All images.
    All,
}

/// What to evaluate: networks, and samples of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluationRequest {
    /// The set.
    pub set: Rc<DatasetSummary>,
    /// The samples.
    pub samples: Vec<u32>,
    /// The name of the selection in the report.
    pub split: String,
    /// The networks, and test-time augmentation.
    pub ensemble: Ensemble,
    /// What the run is called: the names of its networks and of the selection.
    pub title: String,
}

/// Networks whose probabilities are averaged, and test-time augmentation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ensemble {
    /// The networks; empty for the active one.
    pub networks: Vec<NetworkId>,
    /// Test-time augmentation.
    pub augmentation: TestTimeAugmentation,
}

impl Ensemble {
    /// The ensemble without deleted networks; if only the active network remains, the list is empty.
    pub fn among(mut self, entries: &[NetworkEntry], active: NetworkId) -> Self {
        self.networks.retain(|network| entries.iter().any(|entry| entry.id == *network));
        if self.networks == [active] {
            self.networks.clear();
        }
        self
    }

    /// The ensemble with a network added, or removed if it was included.
    pub fn toggled(&self, network: NetworkId, active: NetworkId) -> Self {
        let mut networks = if self.networks.is_empty() { vec![active] } else { self.networks.clone() };
        match networks.iter().position(|&one| one == network) {
            Some(place) => drop(networks.remove(place)),
            None => networks.push(network),
        }
        Self { networks, ..self.clone() }
    }

    /// Whether a network is part of it.
    pub fn has(&self, network: NetworkId, active: NetworkId) -> bool {
        if self.networks.is_empty() { network == active } else { self.networks.contains(&network) }
    }

    /// Forward passes per image.
    pub fn passes(&self) -> usize {
        self.networks.len().max(1) * self.augmentation.count()
    }
}

impl Selection {
    /// The split to evaluate, which has images, or `None` for the whole set.
    pub fn split(&self, set: &DatasetSummary) -> Option<Split> {
        let has = |split: &Split| set.splits.iter().any(|&index| Split::ALL.get(usize::from(index)) == Some(split));
        match self.subset {
            Subset::All => None,
            Subset::Split(split) if has(&split) => Some(split),
            Subset::Split(_) | Subset::HeldOut => [Split::PrivateTest, Split::PublicTest].into_iter().find(has),
        }
    }

    /// The samples.
    pub fn samples(&self, set: &DatasetSummary) -> Vec<u32> {
        let split = self.split(set);
        let samples = (0..set.len())
            .filter(|&sample| split.is_none() || set.split(sample) == split)
            .filter(|&sample| self.class.is_none() || set.label(sample) == self.class)
            .map(|sample| sample as u32)
            .collect::<Vec<_>>();
        match self.count {
            Some(count) if (count as usize) < samples.len() => {
                stratified(&samples, |sample| set.labels[sample as usize], count as usize, SEED)
            }
            _ => samples,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{network, set};

    fn split_set(splits: &[Split]) -> DatasetSummary {
        set(1, "set", &splits.iter().map(|split| (Expression::Happy, *split)).collect::<Vec<_>>())
    }

    #[test]
    fn without_a_choice_the_split_is_evaluated_that_was_not_used_before() {
        let chosen = |subset, splits: &[Split]| Selection { subset, ..Selection::default() }.split(&split_set(splits));
        let [training, public, private] = Split::ALL;
        assert_eq!(chosen(Subset::HeldOut, &[training, public, private]), Some(private));
        assert_eq!(chosen(Subset::HeldOut, &[training, public]), Some(public));
        assert_eq!(chosen(Subset::HeldOut, &[training]), None, "all of it");
        assert_eq!(chosen(Subset::All, &[training, private]), None);
        assert_eq!(chosen(Subset::Split(training), &[training, private]), Some(training));
        assert_eq!(chosen(Subset::Split(public), &[training, private]), Some(private), "it has no PublicTest image");
    }

    #[test]
    fn samples_are_those_of_the_split_and_the_class() {
        let set = set(
            1,
            "set",
            &[
                (Expression::Happy, Split::Training),
                (Expression::Sad, Split::PrivateTest),
                (Expression::Happy, Split::PrivateTest),
            ],
        );
        let of = |subset, class| Selection { subset, class, count: None }.samples(&set);
        assert_eq!(of(Subset::HeldOut, None), [1, 2]);
        assert_eq!(of(Subset::HeldOut, Some(Expression::Happy)), [2]);
        assert_eq!(of(Subset::All, Some(Expression::Happy)), [0, 2]);
        assert!(of(Subset::All, Some(Expression::Fear)).is_empty());
    }

    #[test]
    fn a_random_choice_is_always_the_same_and_keeps_the_proportions() {
        let mut samples = vec![(Expression::Happy, Split::Training); 30];
        samples.extend([(Expression::Sad, Split::Training); 10]);
        let set = set(1, "set", &samples);
        let of = |count| Selection { subset: Subset::All, class: None, count: Some(count) }.samples(&set);
        assert_eq!(of(20), of(20));
        assert_eq!((of(20).len(), of(20).iter().filter(|sample| **sample >= 30).count()), (20, 5));
        assert!(of(20).is_sorted(), "as duplicates are looked up by binary search");
        assert_eq!((of(40).len(), of(1000).len()), (40, 40), "no more than there are");
    }

    #[test]
    fn an_ensemble_of_the_active_network_alone_names_none() {
        let networks = [network(0, ""), network(3, "own")];
        let of =
            |networks: &[NetworkId]| Ensemble { networks: networks.to_vec(), augmentation: TestTimeAugmentation::Flip };
        assert_eq!(of(&[0]).among(&networks, 0), of(&[]));
        assert_eq!(of(&[3, 9]).among(&networks, 0), of(&[3]), "one that was deleted");
        assert_eq!(of(&[3, 9]).among(&networks, 3), of(&[]));
    }

    #[test]
    fn networks_are_added_and_removed_one_by_one() {
        let alone = Ensemble::default();
        assert!(alone.has(0, 0) && !alone.has(3, 0));
        let both = alone.toggled(3, 0);
        assert_eq!(both.networks, [0, 3], "beside the active one");
        assert!(both.has(0, 0) && both.has(3, 0));
        let other = both.toggled(0, 0);
        assert!(!other.has(0, 0) && other.has(3, 0));
        assert_eq!(other.toggled(3, 0).networks, [0; 0], "without any, it is the active one again");
    }

    #[test]
    fn passes_multiply_networks_and_views() {
        let passes =
            |networks: &[NetworkId], augmentation| Ensemble { networks: networks.to_vec(), augmentation }.passes();
        assert_eq!(
            (
                passes(&[], TestTimeAugmentation::None),
                passes(&[1], TestTimeAugmentation::Flip),
                passes(&[1, 2], TestTimeAugmentation::TenCrop)
            ),
            (1, 2, 20)
        );
    }
}
