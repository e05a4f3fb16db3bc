//! What to evaluate.

use std::rc::Rc;

use mien_core::dataset::{Split, stratified};
use mien_core::evaluation::Views;
use mien_core::expression::Expression;
use mien_protocol::{NetworkEntry, NetworkId, SetSummary};

/// What a random choice is drawn from. It is always the same, so that two networks can be compared on it.
pub const SEED: u64 = 1;

/// The choice of images to evaluate on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Which splits.
    pub subset: Subset,
    /// Only this class of it.
    pub class: Option<Expression>,
    /// Only so many of them, drawn at random with the classes in proportion.
    pub count: Option<u32>,
}

/// A choice of splits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subset {
    /// The split that nothing was chosen by, as far as there is one: PrivateTest, else PublicTest, else all.
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
    pub set: Rc<SetSummary>,
    /// Which samples.
    pub samples: Vec<u32>,
    /// What they are called in the report.
    pub split: String,
    /// The networks, and test-time augmentation.
    pub ensemble: Ensemble,
}

/// Networks whose probabilities are averaged, and test-time augmentation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ensemble {
    /// The networks; none for the active one.
    pub networks: Vec<NetworkId>,
    /// Test-time augmentation.
    pub views: Views,
}

impl Ensemble {
    /// The same without networks that are not there any more; an ensemble of just the active one becomes an empty list.
    pub fn among(mut self, entries: &[NetworkEntry], active: NetworkId) -> Self {
        self.networks.retain(|network| entries.iter().any(|entry| entry.id == *network));
        if self.networks == [active] {
            self.networks.clear();
        }
        self
    }

    /// The same with a network added, or removed if it was there.
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
        self.networks.len().max(1) * self.views.count()
    }
}

impl Selection {
    /// The split to evaluate, which has images, or `None` for the whole set.
    pub fn split(&self, set: &SetSummary) -> Option<Split> {
        let has = |split: &Split| set.splits.iter().any(|&index| Split::ALL.get(usize::from(index)) == Some(split));
        match self.subset {
            Subset::All => None,
            Subset::Split(split) if has(&split) => Some(split),
            Subset::Split(_) | Subset::HeldOut => [Split::PrivateTest, Split::PublicTest].into_iter().find(has),
        }
    }

    /// The samples.
    pub fn samples(&self, set: &SetSummary) -> Vec<u32> {
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
