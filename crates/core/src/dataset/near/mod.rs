//! Near duplicates: the same picture saved again, brightened, blurred, mirrored or shifted by a pixel.
//!
//! Hashes ([`hash`], [`index`]) select a few candidates for each image, and the correlation of their fine structure ([`detail`])
//! decides.

mod detail;
mod hash;
mod index;
#[cfg(test)]
mod tests;

use self::detail::Detail;
use self::hash::Hasher;
use self::index::{Candidate, HashIndex};
use super::Dataset;

/// Images are near duplicates if their fine structure correlates at least so much; see `docs/dataset.md`.
const MIN_CORRELATION: f32 = 0.8;

/// Maximum number of images that an image is compared with: those with the most similar hashes.
const MAX_COMPARED: usize = 12;

/// Number of images that an image is compared with on average, at most: where many images are similar, fewer are compared, so that
/// the time is bounded.
const MEAN_COMPARED: usize = 3;

/// Maximum number of images of a group that further images are compared with.
const MAX_INDEXED: u8 = 8;

/// The near duplicates of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NearDuplicates {
    /// Groups of samples with nearly the same image, each in ascending order, in the order of their first samples. An image belongs
    /// to a group if it is a near duplicate of one of its images. A group has at least two different images; byte-identical
    /// copies of them belong to it too.
    pub groups: Vec<Vec<usize>>,
}

impl NearDuplicates {
    /// Number of samples in all groups.
    pub fn images(&self) -> usize {
        self.groups.iter().map(Vec::len).sum()
    }

    /// The groups whose samples belong to several splits of the dataset, which is data leakage.
    pub fn across_splits<'a>(&'a self, dataset: &'a Dataset) -> impl Iterator<Item = &'a [usize]> {
        let groups = self.groups.iter().map(Vec::as_slice);
        groups.filter(|group| group.iter().any(|&sample| dataset.split(sample) != dataset.split(group[0])))
    }
}

/// A search for near duplicates, which advances step by step. An image is compared with a limited number of others, so the time is
/// proportional to the number of images, also if all of them are similar. The search stores a hash and a few numbers for each image.
///
/// Near-constant images ([`super::FLAT_DEVIATION`]) have no near duplicates.
pub struct NearDuplicateSearch {
    hasher: Hasher,
    index: HashIndex,
    groups: Groups,
    done: usize,
    /// Number of comparisons that are left for the next image.
    comparisons: usize,
}

impl NearDuplicateSearch {
    /// A search among all samples of a dataset, which must not change until it ends, except for its labels and splits.
    pub fn new(dataset: &Dataset) -> Self {
        let groups = Groups::new(dataset.len());
        Self { hasher: Hasher::new(), index: HashIndex::new(), groups, done: 0, comparisons: 0 }
    }

    /// Number of samples that were compared so far.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Compares up to `max` more samples; `false` at the end.
    pub fn advance(&mut self, dataset: &Dataset, max: usize) -> bool {
        let end = self.done.saturating_add(max).min(self.groups.len());
        for sample in self.done..end {
            self.add(dataset, sample);
        }
        self.done = end;
        self.done < self.groups.len()
    }

    /// Compares a sample with similar ones before it.
    fn add(&mut self, dataset: &Dataset, sample: usize) {
        let pixels = dataset.pixels(sample);
        let Some(hashes) = self.hasher.hashes(pixels) else { return };
        let candidates = most_similar(self.index.find(&hashes));
        self.comparisons += MEAN_COMPARED;
        let max = self.comparisons.min(MAX_COMPARED);
        let mut details = None;
        let (mut compared, mut is_copy) = (0, false);
        for candidate in candidates {
            let other = candidate.sample as usize;
            if compared == max {
                break;
            }
            if self.groups.are_together(sample, other) {
                continue;
            }
            compared += 1;
            if dataset.pixels(other) == pixels {
                is_copy = true;
                self.groups.join(sample, other);
                continue;
            }
            let (plain, mirrored) = details.get_or_insert_with(|| {
                let detail = Detail::of(pixels);
                let mirrored = detail.mirrored();
                (detail, mirrored)
            });
            let other_detail = Detail::of(dataset.pixels(other));
            let correlation = other_detail.correlation(plain).max(other_detail.correlation(mirrored));
            if correlation >= MIN_CORRELATION {
                self.groups.join(sample, other);
            }
        }
        self.comparisons -= compared;
        if !is_copy && self.groups.index(sample) {
            self.index.insert(sample as u32, hashes.central);
        }
    }

    /// The groups found so far.
    pub fn finish(mut self, dataset: &Dataset) -> NearDuplicates {
        let differ =
            |group: &Vec<usize>| group.iter().any(|&sample| dataset.pixels(sample) != dataset.pixels(group[0]));
        let mut groups = self.groups.all();
        groups.retain(|group| group.len() > 1 && differ(group));
        NearDuplicates { groups }
    }
}

/// The candidates with the most similar hashes, in this order; enough for all comparisons even if some belong to the same group.
fn most_similar(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    const ENOUGH: usize = MAX_COMPARED * MAX_INDEXED as usize;
    if candidates.len() > ENOUGH {
        candidates.select_nth_unstable(ENOUGH);
        candidates.truncate(ENOUGH);
    }
    candidates.sort_unstable();
    candidates
}

/// The near duplicates of a dataset, in one go.
pub fn near_duplicates(dataset: &Dataset) -> NearDuplicates {
    let mut search = NearDuplicateSearch::new(dataset);
    while search.advance(dataset, usize::MAX) {}
    search.finish(dataset)
}

/// A partition of the samples into groups that grow together (disjoint-set forest).
struct Groups {
    /// A sample of the same group; the first sample of a group has itself.
    parents: Vec<u32>,
    /// For the first sample of a group, how many of the group are in the index.
    indexed: Vec<u8>,
}

impl Groups {
    fn new(samples: usize) -> Self {
        Self { parents: (0..samples as u32).collect(), indexed: vec![0; samples] }
    }

    fn len(&self) -> usize {
        self.parents.len()
    }

    /// The first sample of a group.
    fn first(&mut self, sample: usize) -> usize {
        let mut at = sample;
        while self.parents[at] as usize != at {
            // shortens the path for the next time
            self.parents[at] = self.parents[self.parents[at] as usize];
            at = self.parents[at] as usize;
        }
        at
    }

    fn are_together(&mut self, a: usize, b: usize) -> bool {
        self.first(a) == self.first(b)
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        let (first, second) = (a.min(b), a.max(b));
        if first != second {
            self.parents[second] = first as u32;
            self.indexed[first] = self.indexed[first].saturating_add(self.indexed[second]);
        }
    }

    /// Whether to add a sample to the index.
    fn index(&mut self, sample: usize) -> bool {
        let first = self.first(sample);
        let indexed = &mut self.indexed[first];
        let room = *indexed < MAX_INDEXED;
        *indexed += u8::from(room);
        room
    }

    /// All groups, each in ascending order, in the order of their first samples.
    fn all(&mut self) -> Vec<Vec<usize>> {
        let mut groups = vec![Vec::new(); self.len()];
        for sample in 0..self.len() {
            groups[self.first(sample)].push(sample);
        }
        groups.retain(|group| !group.is_empty());
        groups
    }
}
