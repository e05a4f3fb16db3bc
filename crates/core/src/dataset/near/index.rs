//! An index of hashes by parts of their bits.

use super::hash::{BANDS, BITS, Hashes};

/// Bits per band.
const BAND_BITS: usize = BITS / BANDS;

/// Maximum number of bits in which the hashes of two candidates differ.
pub(super) const MAX_DISTANCE: u32 = 24;

/// Maximum number of hashes that are compared for a value of a band, the latest first.
const MAX_COMPARED: usize = 32;

/// Finds hashes that differ in few bits: two hashes are compared only if they agree in all bits of a band. Hashes that differ in
/// fewer bits than there are bands always do.
pub(super) struct HashIndex {
    hashes: Vec<u128>,
    samples: Vec<u32>,
    /// The last query that found each hash.
    found_by: Vec<u32>,
    queries: u32,
    /// For each value of each band, the hashes with it.
    buckets: Vec<Vec<u32>>,
}

/// A sample with a similar hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    /// Number of bits in which the hashes differ.
    pub distance: u32,
    /// The sample.
    pub sample: u32,
}

impl HashIndex {
    pub fn new() -> Self {
        let buckets = vec![Vec::new(); BANDS << BAND_BITS];
        Self { hashes: Vec::new(), samples: Vec::new(), found_by: Vec::new(), queries: 0, buckets }
    }

    /// Adds a sample with the hash of its central window.
    pub fn insert(&mut self, sample: u32, hash: u128) {
        let number = self.hashes.len() as u32;
        for band in 0..BANDS {
            self.buckets[bucket(band, hash)].push(number);
        }
        self.hashes.push(hash);
        self.samples.push(sample);
        self.found_by.push(0);
    }

    /// The samples whose hash is similar to one of these, in no particular order.
    pub fn find(&mut self, hashes: &Hashes) -> Vec<Candidate> {
        self.queries += 1;
        let mut candidates = Vec::new();
        for &hash in &hashes.all {
            for band in 0..BANDS {
                for &number in self.buckets[bucket(band, hash)].iter().rev().take(MAX_COMPARED) {
                    let number = number as usize;
                    let distance = (self.hashes[number] ^ hash).count_ones();
                    if distance <= MAX_DISTANCE && self.found_by[number] != self.queries {
                        self.found_by[number] = self.queries;
                        candidates.push(Candidate { distance, sample: self.samples[number] });
                    }
                }
            }
        }
        candidates
    }
}

/// The bucket of a band's value.
fn bucket(band: usize, hash: u128) -> usize {
    (band << BAND_BITS) | ((hash >> (band * BAND_BITS)) as usize & ((1 << BAND_BITS) - 1))
}
