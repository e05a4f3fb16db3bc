//! The images of a dataset with their labels, splits and groups.

use super::groups::GroupColumn;
use super::{Pixels, Split};
use crate::expression::Expression;
use crate::vision::Crop;

/// Number of images per allocation: a growing dataset never moves its images.
const BLOCK: usize = 256;

/// Images with their labels, one byte per pixel. Samples are numbered from 0 to [`Self::len`] - 1.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Dataset {
    /// Full blocks and a last one that may be partly filled.
    pub(super) blocks: Vec<Vec<Pixels>>,
    pub(super) labels: Vec<Expression>,
    pub(super) splits: Vec<Split>,
    pub(super) rows: Vec<usize>,
    pub(super) groups: Vec<GroupColumn>,
}

impl Dataset {
    /// Adds a sample with blank groups. `row` is its row in the original file; the first is 0.
    pub fn push(&mut self, pixels: Pixels, label: Expression, split: Split, row: usize) {
        self.push_ungrouped(pixels, label, split, row);
        for group in &mut self.groups {
            // a blank value is always accepted
            let _ = group.push("");
        }
    }

    /// Adds a sample; the caller adds its groups.
    pub(super) fn push_ungrouped(&mut self, pixels: Pixels, label: Expression, split: Split, row: usize) {
        self.push_pixels(pixels);
        self.labels.push(label);
        self.splits.push(split);
        self.rows.push(row);
    }

    pub(super) fn push_pixels(&mut self, pixels: Pixels) {
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK => block.push(pixels),
            _ => {
                let mut block = Vec::with_capacity(BLOCK);
                block.push(pixels);
                self.blocks.push(block);
            }
        }
    }

    /// Keeps the samples for which `keep` is true, in their order; they are renumbered.
    pub fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        let kept: Vec<usize> = (0..self.len()).filter(|&index| keep(index)).collect();
        for (to, &from) in kept.iter().enumerate() {
            if to != from {
                self.blocks[to / BLOCK][to % BLOCK] = self.blocks[from / BLOCK][from % BLOCK];
            }
        }
        self.blocks.truncate(kept.len().div_ceil(BLOCK));
        if let Some(last) = self.blocks.last_mut() {
            last.truncate((kept.len() - 1) % BLOCK + 1);
        }
        self.labels = kept.iter().map(|&index| self.labels[index]).collect();
        self.splits = kept.iter().map(|&index| self.splits[index]).collect();
        self.rows = kept.iter().map(|&index| self.rows[index]).collect();
        for group in &mut self.groups {
            group.codes = kept.iter().map(|&index| group.codes[index]).collect();
        }
    }

    /// Removes one sample, if it exists; those after it are renumbered.
    pub fn remove(&mut self, sample: usize) {
        self.retain(|index| index != sample);
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pixels of a sample, row by row.
    ///
    /// # Panics
    /// When there is no such sample, like all methods that take an index.
    pub fn pixels(&self, index: usize) -> &Pixels {
        &self.blocks[index / BLOCK][index % BLOCK]
    }

    /// A sample as a crop.
    pub fn crop(&self, index: usize) -> Crop {
        Crop(Box::new(*self.pixels(index)))
    }

    /// The label of a sample.
    pub fn label(&self, index: usize) -> Expression {
        self.labels[index]
    }

    /// The split of a sample.
    pub fn split(&self, index: usize) -> Split {
        self.splits[index]
    }

    /// The splits of all samples.
    pub fn splits(&self) -> &[Split] {
        &self.splits
    }

    /// Replaces the splits, for instance with those of [`super::resplit`], and returns the previous ones.
    ///
    /// # Errors
    /// Returns `splits` when they are not as many as samples.
    pub fn set_splits(&mut self, splits: Vec<Split>) -> Result<Vec<Split>, Vec<Split>> {
        if splits.len() != self.len() {
            return Err(splits);
        }
        Ok(std::mem::replace(&mut self.splits, splits))
    }

    /// The row of a sample in its file, including rejected rows; the first is 0.
    pub fn row(&self, index: usize) -> usize {
        self.rows[index]
    }

    /// The group columns.
    pub fn groups(&self) -> &[GroupColumn] {
        &self.groups
    }

    /// The samples of a split, in ascending order.
    pub fn of_split(&self, split: Split) -> Vec<usize> {
        (0..self.len()).filter(|&index| self.splits[index] == split).collect()
    }

    /// The number of samples of each class among some samples.
    pub fn class_counts(&self, samples: &[usize]) -> [usize; Expression::COUNT] {
        let mut counts = [0; Expression::COUNT];
        for &index in samples {
            counts[self.labels[index].index()] += 1;
        }
        counts
    }
}

impl std::fmt::Debug for Dataset {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Dataset({} samples)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::CROP_PIXELS;

    fn dataset(count: usize) -> Dataset {
        let mut dataset = Dataset { groups: vec![GroupColumn::new("age".into())], ..Dataset::default() };
        for row in 0..count {
            let label = Expression::ALL[row % 7];
            dataset.push_ungrouped([(row % 251) as u8; CROP_PIXELS], label, Split::ALL[row % 3], row);
            dataset.groups[0].push(["young", "old"][row % 2]).unwrap();
        }
        dataset
    }

    #[test]
    fn removal_moves_the_rest_up() {
        for count in [1, 2, BLOCK, BLOCK + 1, 3 * BLOCK + 7] {
            let (mut some, all) = (dataset(count), dataset(count));
            some.retain(|sample| sample % 5 == 1);
            let kept: Vec<usize> = (0..count).filter(|sample| sample % 5 == 1).collect();
            assert_eq!(some.len(), kept.len());
            for (sample, &was) in kept.iter().enumerate() {
                assert_eq!(some.pixels(sample), all.pixels(was));
                assert_eq!(
                    (some.label(sample), some.split(sample), some.row(sample)),
                    (all.label(was), all.split(was), was)
                );
                assert_eq!(some.groups()[0].value(sample), all.groups()[0].value(was));
            }
            // it grows on as if nothing had been
            for _ in 0..2 * BLOCK {
                some.push([9; CROP_PIXELS], Expression::Sad, Split::Training, 0);
            }
            assert_eq!(some.pixels(some.len() - 1), &[9; CROP_PIXELS]);
            assert_eq!(some.groups()[0].value(some.len() - 1), "");
            assert!(some.blocks[..some.blocks.len() - 1].iter().all(|block| block.len() == BLOCK));
        }
        let mut none = dataset(BLOCK);
        none.retain(|_| false);
        assert_eq!((none.len(), none.blocks.len()), (0, 0));
        none.remove(3);
    }

    #[test]
    fn splits_are_exchanged_whole() {
        let mut some = dataset(3);
        let old = some.set_splits(vec![Split::Training; 3]).unwrap();
        assert_eq!(some.of_split(Split::Training), [0, 1, 2]);
        assert_eq!(some.set_splits(old).unwrap(), [Split::Training; 3]);
        assert_eq!(some, dataset(3));
        assert!(some.set_splits(vec![]).is_err());
    }
}
