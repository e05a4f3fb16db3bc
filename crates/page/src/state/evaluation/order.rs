//! What is to be measured.

use std::rc::Rc;

use mien_core::dataset::{Split, stratified};
use mien_core::evaluation::Views;
use mien_core::expression::Expression;
use mien_protocol::{NetworkEntry, NetworkId, SetSummary};

/// What a random choice is drawn from. It is always the same, so that two networks can be compared on it.
pub const SEED: u64 = 1;

/// What the visitor chose to measure on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Which part of the set.
    pub part: Part,
    /// Only this class of it.
    pub class: Option<Expression>,
    /// Only so many of them, drawn at random with the classes in proportion.
    pub count: Option<u32>,
}

/// A part of a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// The split that nothing was chosen by, as far as there is one: PrivateTest, else PublicTest, else all.
    #[default]
    Unseen,
    /// A split.
    Of(Split),
    /// All images.
    All,
}

/// What is to be measured: some samples of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The set.
    pub set: Rc<SetSummary>,
    /// Which samples.
    pub samples: Vec<u32>,
    /// What they are called in the report.
    pub split: String,
    /// Who is asked.
    pub panel: Panel,
}

/// Who is asked, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Panel {
    /// Networks whose probabilities are averaged; none for the one at work.
    pub networks: Vec<NetworkId>,
    /// How each looks at an image.
    pub views: Views,
}

impl Panel {
    /// The same without networks that are not there any more; only the one at work counts as none.
    pub fn among(mut self, entries: &[NetworkEntry], used: NetworkId) -> Self {
        self.networks.retain(|network| entries.iter().any(|entry| entry.id == *network));
        if self.networks == [used] {
            self.networks.clear();
        }
        self
    }

    /// The same with a network more or less.
    pub fn toggled(&self, network: NetworkId, used: NetworkId) -> Self {
        let mut networks = if self.networks.is_empty() { vec![used] } else { self.networks.clone() };
        match networks.iter().position(|&one| one == network) {
            Some(place) => drop(networks.remove(place)),
            None => networks.push(network),
        }
        Self { networks, ..self.clone() }
    }

    /// Whether a network is asked.
    pub fn has(&self, network: NetworkId, used: NetworkId) -> bool {
        if self.networks.is_empty() { network == used } else { self.networks.contains(&network) }
    }

    /// How often an image goes through a network.
    pub fn passes(&self) -> usize {
        self.networks.len().max(1) * self.views.count()
    }
}

impl Selection {
    /// The part of a set that is meant: a split that has images, or `None` for all of it.
    pub fn split(&self, set: &SetSummary) -> Option<Split> {
        let has = |split: &Split| set.splits.iter().any(|&index| Split::ALL.get(usize::from(index)) == Some(split));
        match self.part {
            Part::All => None,
            Part::Of(split) if has(&split) => Some(split),
            Part::Of(_) | Part::Unseen => [Split::PrivateTest, Split::PublicTest].into_iter().find(has),
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
