//! The photographs of each group of people, and the gaps between groups.

use serde::{Deserialize, Serialize};

use super::{PhotoOutcome, count, share};
use crate::dataset::GroupLabels;
use crate::evaluation::groups::permute_units;
use crate::evaluation::statistics::mean;
use crate::evaluation::wilson_interval;
use crate::expression::Expression;

/// Groups of fewer persons (or photographs, where the persons are not known) are shown and not compared.
pub const MIN_PERSONS: usize = 5;

/// The groups of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotoGroups {
    /// The column.
    pub name: String,
    /// Its groups, the largest first; the blank one is last.
    pub groups: Vec<PhotoGroup>,
    /// The gap in accuracy, and in the recall of each class that occurs; empty if fewer than two groups are compared.
    pub gaps: Vec<PhotoGap>,
}

/// The photographs of a group, with metrics from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotoGroup {
    /// The value in the column; empty for the blank one.
    pub value: String,
    /// Whether it is compared with others.
    pub compared: bool,
    /// Number of persons; that of photographs where the persons are not known.
    pub persons: u64,
    /// Number of photographs.
    pub samples: u64,
    /// Number of those without a found face, which count as errors.
    pub not_found: u64,
    /// The share of photographs with a correct prediction.
    pub accuracy: f64,
    /// Its 95 % Wilson interval.
    pub accuracy_interval: Option<[f64; 2]>,
    /// The mean probability of the label; 0 for a face that was not found.
    pub mean_probability: f64,
    /// The classes that occur.
    pub recalls: Vec<GroupRecall>,
}

/// The photographs of a class in a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupRecall {
    /// The class.
    pub class: String,
    /// Number of photographs of it.
    pub samples: u64,
    /// The share of those with a correct prediction.
    pub recall: f64,
    /// Its 95 % Wilson interval.
    pub recall_interval: Option<[f64; 2]>,
    /// The mean probability of the class on them.
    pub mean_probability: f64,
}

/// The largest gap between the groups that are compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotoGap {
    /// `accuracy`, or the class whose recall is compared.
    pub what: String,
    /// The group with the lowest share.
    pub lowest: String,
    /// The group with the highest share.
    pub highest: String,
    /// Highest minus lowest share.
    pub difference: f64,
    /// The p-value of a permutation test, which assigns the persons to groups at random.
    pub p_value: f64,
}

impl PhotoGroups {
    /// The groups that a column with a value for each photograph makes.
    pub(super) fn new(outcomes: &[PhotoOutcome], column: &GroupLabels, persons: Option<&GroupLabels>) -> Self {
        let value = |photo: usize| column.codes.get(photo).map_or(0, |&code| code as usize);
        let person = |photo: usize| match persons.and_then(|persons| persons.codes.get(photo)) {
            Some(&code) => code as usize,
            None => photo,
        };
        let mut groups: Vec<(usize, PhotoGroup)> = Vec::new();
        for (code, name) in column.values.iter().enumerate() {
            let photos: Vec<usize> = (0..outcomes.len()).filter(|&photo| value(photo) == code).collect();
            if photos.is_empty() {
                continue;
            }
            let own: Vec<PhotoOutcome> = photos.iter().map(|&photo| outcomes[photo]).collect();
            let mut shown: Vec<usize> = photos.iter().map(|&photo| person(photo)).collect();
            shown.sort_unstable();
            shown.dedup();
            groups.push((code, PhotoGroup::new(name, &own, shown.len())));
        }
        groups.sort_by_key(|(_, group)| (group.value.is_empty(), std::cmp::Reverse(group.samples)));
        let compared: Vec<(usize, &PhotoGroup)> =
            groups.iter().filter(|(_, group)| group.compared).map(|(code, group)| (*code, group)).collect();
        let gap = |what: &str, class: Option<Expression>| {
            let photos = (0..outcomes.len()).filter(|&photo| class.is_none_or(|class| outcomes[photo].label == class));
            let known = photos.filter_map(|photo| {
                let place = compared.iter().position(|(code, _)| *code == value(photo))?;
                Some((place, person(photo), outcomes[photo].is_right()))
            });
            PhotoGap::new(what, &compared, &known.collect::<Vec<_>>())
        };
        let classes =
            Expression::ALL.into_iter().filter(|&class| outcomes.iter().any(|outcome| outcome.label == class));
        let mut gaps = Vec::new();
        if compared.len() > 1 {
            gaps.extend(gap("accuracy", None));
            gaps.extend(classes.filter_map(|class| gap(class.name(), Some(class))));
        }
        Self { name: column.name.clone(), groups: groups.into_iter().map(|(_, group)| group).collect(), gaps }
    }
}

impl PhotoGroup {
    fn new(value: &str, outcomes: &[PhotoOutcome], persons: usize) -> Self {
        let (samples, right) = (outcomes.len() as u64, count(outcomes, PhotoOutcome::is_right));
        Self {
            value: value.to_owned(),
            compared: !value.is_empty() && persons >= MIN_PERSONS,
            persons: persons as u64,
            samples,
            not_found: count(outcomes, |outcome| outcome.prediction.is_none()),
            accuracy: share(right, samples),
            accuracy_interval: wilson_interval(right, samples),
            mean_probability: mean(outcomes.iter().map(PhotoOutcome::probability)),
            recalls: Expression::ALL.into_iter().filter_map(|class| GroupRecall::new(class, outcomes)).collect(),
        }
    }

    /// The photographs of a class, if there are any.
    pub fn recall(&self, class: Expression) -> Option<&GroupRecall> {
        self.recalls.iter().find(|of| of.class == class.name())
    }
}

impl GroupRecall {
    fn new(class: Expression, outcomes: &[PhotoOutcome]) -> Option<Self> {
        let own: Vec<PhotoOutcome> = outcomes.iter().copied().filter(|outcome| outcome.label == class).collect();
        let (samples, right) = (own.len() as u64, count(&own, PhotoOutcome::is_right));
        (samples > 0).then(|| Self {
            class: class.name().to_owned(),
            samples,
            recall: share(right, samples),
            recall_interval: wilson_interval(right, samples),
            mean_probability: mean(own.iter().map(PhotoOutcome::probability)),
        })
    }
}

impl PhotoGap {
    /// The gap between groups, from the place of each photograph's group, its person and whether its prediction is correct;
    /// `None` if a group has no such photograph.
    fn new(what: &str, groups: &[(usize, &PhotoGroup)], photos: &[(usize, usize, bool)]) -> Option<Self> {
        // a person is in one group; should a table say otherwise, they count once for each
        let mut units: Vec<((usize, usize), [u32; 2])> = Vec::new();
        let mut sorted = photos.to_vec();
        sorted.sort_unstable();
        for (place, person, right) in sorted {
            match units.last_mut() {
                Some((known, counts)) if *known == (place, person) => {
                    counts[0] += u32::from(right);
                    counts[1] += 1;
                }
                _ => units.push(((place, person), [u32::from(right), 1])),
            }
        }
        let units: Vec<(usize, [u32; 2])> = units.into_iter().map(|((place, _), counts)| (place, counts)).collect();
        let mut counts = vec![[0_u64; 2]; groups.len()];
        for (place, [right, samples]) in &units {
            counts[*place][0] += u64::from(*right);
            counts[*place][1] += u64::from(*samples);
        }
        if counts.iter().any(|[_, samples]| *samples == 0) {
            return None;
        }
        let shares: Vec<f64> = counts.iter().map(|&[right, samples]| share(right, samples)).collect();
        let by_share = |a: &usize, b: &usize| shares[*a].total_cmp(&shares[*b]);
        let lowest = (0..groups.len()).min_by(by_share)?;
        let highest = (0..groups.len()).max_by(by_share)?;
        Some(Self {
            what: what.to_owned(),
            lowest: groups[lowest].1.value.clone(),
            highest: groups[highest].1.value.clone(),
            difference: shares[highest] - shares[lowest],
            p_value: permute_units(&units, groups.len()),
        })
    }
}
