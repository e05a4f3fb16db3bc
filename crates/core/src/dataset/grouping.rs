//! The group of each sample, and binning of numbers into groups.

use mien_message::ToMessage;
use serde::{Deserialize, Serialize};

use crate::number::plain;

use super::groups::{GroupColumn, MAX_VALUES};

/// Possible counts of bins.
pub const BINS: std::ops::RangeInclusive<usize> = 2..=20;

/// Numbers of more different values than this are binned by default …
const MAX_NUMBERS: usize = 10;

/// … into this many bins with about the same number of samples each.
const DEFAULT_BINS: Binning = Binning::Quantiles(3);

/// The values of some samples in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLabels {
    /// The column's name.
    pub name: String,
    /// The distinct values; the empty text is the blank one.
    pub values: Vec<String>,
    /// The index in `values` of each sample.
    pub codes: Vec<u32>,
}

/// How numbers are binned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binning {
    /// This many bins with about the same number of samples each.
    Quantiles(usize),
    /// This many bins of equal width between the smallest and the largest number.
    Width(usize),
}

/// Why values cannot be binned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum BinningError {
    /// The number of bins is out of range.
    #[error("the number of bins is {0}, and must be {least} to {most}", least = BINS.start(), most = BINS.end())]
    #[message(least = *BINS.start(), most = *BINS.end())]
    Bins(usize),
    /// A value is not a number.
    #[error("the column `{column}` can't be binned: `{value}` is not a number")]
    NoNumber {
        /// The column.
        column: String,
        /// The first such value.
        value: String,
    },
    /// All values are blank.
    #[error("the column `{0}` can't be binned: it is blank everywhere")]
    Blank(String),
}

impl std::str::FromStr for Binning {
    type Err = String;

    /// `quantiles:4` or `width:5`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a binning: there are quantiles:4 and width:5, or other counts");
        let (kind, count) = text.split_once(':').ok_or_else(wrong)?;
        let count = count.parse().map_err(|_| wrong())?;
        match kind {
            "quantiles" => Ok(Self::Quantiles(count)),
            "width" => Ok(Self::Width(count)),
            _ => Err(wrong()),
        }
    }
}

impl GroupColumn {
    /// The values of some samples.
    ///
    /// # Panics
    /// When there is no such sample.
    pub fn labels(&self, samples: impl IntoIterator<Item = usize>) -> GroupLabels {
        let codes = samples.into_iter().map(|sample| self.code(sample) as u32).collect();
        GroupLabels { name: self.name().to_owned(), values: self.values().to_vec(), codes }
    }
}

impl GroupLabels {
    /// Whether there are too many values for groups, which means that the column identifies samples.
    pub fn is_too_many(&self) -> bool {
        self.values.iter().filter(|value| !value.is_empty()).count() > MAX_VALUES
    }

    /// Whether there are values, and all of them are numbers.
    pub fn are_numbers(&self) -> bool {
        let mut named = self.values.iter().filter(|value| !value.is_empty()).peekable();
        named.peek().is_some() && named.all(|value| number(value).is_some())
    }

    /// Numbers of more than ten different values in three bins of about the same number of samples; anything else as it is.
    #[must_use]
    pub fn binned_by_default(self) -> Self {
        if self.values.len() <= MAX_NUMBERS || !self.are_numbers() {
            return self;
        }
        self.binned(DEFAULT_BINS).unwrap_or(self)
    }

    /// Replaces numbers by bins; blank values stay blank. A bin is named after the smallest and the largest number in it, and
    /// bins without samples are omitted.
    ///
    /// # Errors
    /// When a value is not a number, all are blank, or the count of bins is out of range.
    pub fn binned(&self, binning: Binning) -> Result<Self, BinningError> {
        let (Binning::Quantiles(count) | Binning::Width(count)) = binning;
        if !BINS.contains(&count) {
            return Err(BinningError::Bins(count));
        }
        let parse = |value: &String| match value.is_empty() {
            true => Ok(None),
            false => number(value)
                .map(Some)
                .ok_or_else(|| BinningError::NoNumber { column: self.name.clone(), value: value.clone() }),
        };
        let numbers: Vec<Option<f64>> = self.values.iter().map(parse).collect::<Result<_, _>>()?;
        let of = |code: &u32| numbers.get(*code as usize).copied().flatten();
        let mut sorted: Vec<f64> = self.codes.iter().filter_map(of).collect();
        sorted.sort_by(f64::total_cmp);
        let (Some(&least), Some(&largest)) = (sorted.first(), sorted.last()) else {
            return Err(BinningError::Blank(self.name.clone()));
        };
        // a number belongs to the last bin that starts at or below it
        let starts: Vec<f64> = match binning {
            Binning::Quantiles(_) => (0..count).map(|bin| sorted[bin * sorted.len() / count]).collect(),
            Binning::Width(_) => (0..count).map(|bin| least + (largest - least) * bin as f64 / count as f64).collect(),
        };
        let bin = |number: f64| starts.partition_point(|&start| start <= number).saturating_sub(1);
        let mut ends = vec![None::<[f64; 2]>; count];
        for &number in &sorted {
            let ends = &mut ends[bin(number)];
            *ends = Some([ends.map_or(number, |[low, _]| low), number]);
        }
        let mut values = vec![String::new()];
        let places: Vec<u32> = ends
            .into_iter()
            .map(|ends| {
                let Some([low, high]) = ends else { return 0 };
                let [from, to] = [low, high].map(|end| plain(end, 3));
                let name = if low == high { from } else { format!("{from} to {to}") };
                values.push(name);
                (values.len() - 1) as u32
            })
            .collect();
        let codes = self.codes.iter().map(|code| of(code).map_or(0, |number| places[bin(number)])).collect();
        Ok(Self { name: self.name.clone(), values, codes })
    }
}

fn number(value: &str) -> Option<f64> {
    value.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(values: &[&str]) -> GroupLabels {
        let mut labels = GroupLabels { name: "age".into(), values: Vec::new(), codes: Vec::new() };
        for value in values {
            let place = labels.values.iter().position(|known| known == value).unwrap_or_else(|| {
                labels.values.push((*value).to_owned());
                labels.values.len() - 1
            });
            labels.codes.push(place as u32);
        }
        labels
    }

    fn groups(labels: &GroupLabels) -> Vec<&str> {
        labels.codes.iter().map(|&code| labels.values[code as usize].as_str()).collect()
    }

    #[test]
    fn numbers_are_binned_by_count_or_by_width() {
        let ages = labels(&["1", "2", "", "3", "4", "50", "100.5"]);
        let halves = ages.binned(Binning::Quantiles(2)).unwrap();
        assert_eq!(groups(&halves), ["1 to 3", "1 to 3", "", "1 to 3", "4 to 100.5", "4 to 100.5", "4 to 100.5"]);
        let width = ages.binned(Binning::Width(4)).unwrap();
        assert_eq!(groups(&width), ["1 to 4", "1 to 4", "", "1 to 4", "1 to 4", "50", "100.5"]);
        let same = labels(&["7", "7", "7"]);
        for binning in [Binning::Quantiles(5), Binning::Width(5)] {
            assert_eq!(groups(&same.binned(binning).unwrap()), ["7"; 3]);
        }
        assert!(ages.are_numbers() && !labels(&["a", "1"]).are_numbers() && !labels(&[""]).are_numbers());
    }

    #[test]
    fn only_many_numbers_are_binned_by_default() {
        let numbers = |count: usize| {
            let texts: Vec<String> = (0..count).map(|number| number.to_string()).collect();
            labels(&texts.iter().map(String::as_str).collect::<Vec<_>>())
        };
        assert_eq!(numbers(10).binned_by_default(), numbers(10));
        assert_eq!(numbers(12).binned_by_default().values, ["", "0 to 3", "4 to 7", "8 to 11"]);
        let mut names = numbers(12);
        names.values[3] = "x".into();
        assert_eq!(names.clone().binned_by_default(), names);
    }

    #[test]
    fn what_is_no_number_is_said() {
        let error = |values: &[&str], binning| labels(values).binned(binning).unwrap_err();
        let none = BinningError::NoNumber { column: "age".into(), value: "old".into() };
        assert_eq!(error(&["1", "old"], Binning::Width(3)), none);
        assert_eq!(
            error(&["NaN"], Binning::Width(3)),
            BinningError::NoNumber { column: "age".into(), value: "NaN".into() }
        );
        assert_eq!(error(&["", ""], Binning::Quantiles(3)), BinningError::Blank("age".into()));
        assert_eq!(error(&["1"], Binning::Quantiles(1)), BinningError::Bins(1));
        assert_eq!(error(&["1"], Binning::Width(21)), BinningError::Bins(21));
        assert_eq!("quantiles:4".parse(), Ok(Binning::Quantiles(4)));
        assert_eq!("width:5".parse(), Ok(Binning::Width(5)));
        for wrong in ["", "4", "thirds:3", "width:", "width:-1"] {
            assert!(wrong.parse::<Binning>().is_err(), "{wrong}");
        }
    }
}
