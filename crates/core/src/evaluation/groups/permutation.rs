//! Permutation test for the difference between groups.

use crate::random::derive_seed;

/// Number of permutations.
pub const PERMUTATIONS: u32 = 1999;

/// Random seed of the permutations.
const SEED: u64 = 1;

/// The p-value of a permutation test (Fisher 1935; Phipson & Smyth 2010): how often the largest difference in accuracy
/// between groups is at least as large when the images are assigned to the groups at random. The observed assignment counts
/// too, so the value is never 0. `images` are the group (less than `groups`) and the correctness of each image; no group
/// may be empty.
pub fn permutation_test(images: &[(usize, bool)], groups: usize, permutations: u32) -> f64 {
    let mut sizes = vec![0_usize; groups];
    images.iter().for_each(|&(group, _)| sizes[group] += 1);
    let mut seen = vec![0_usize; groups];
    images.iter().filter(|(_, right)| *right).for_each(|&(group, _)| seen[group] += 1);
    let total: usize = seen.iter().sum();
    let difference = |right: &[usize]| {
        let shares = right.iter().zip(&sizes).map(|(&right, &size)| right as f64 / size.max(1) as f64);
        let (low, high) = shares.fold((f64::MAX, f64::MIN), |(low, high), share| (low.min(share), high.max(share)));
        high - low
    };
    // slightly less, so that rounding does not separate equal differences
    let observed = difference(&seen) - 1e-12;
    let (mut drawn, mut right) = (0_u64, vec![0_usize; groups]);
    let mut as_large = 1_u32;
    for _ in 0..permutations {
        // drawing images without replacement is the same as shuffling them
        let (mut left, mut right_left) = (images.len(), total);
        for (group, &size) in sizes.iter().enumerate() {
            let before = right_left;
            for _ in 0..size {
                let draw = derive_seed(SEED, drawn);
                drawn += 1;
                // the upper half times a count: uniform enough for datasets of this size
                let place = (((draw >> 32) * left as u64) >> 32) as usize;
                right_left -= usize::from(place < right_left);
                left -= 1;
            }
            right[group] = before - right_left;
        }
        as_large += u32::from(difference(&right) >= observed);
    }
    f64::from(as_large) / f64::from(permutations + 1)
}

/// The p-value of the same test where several images belong together, as those of a person: `units` are the group (less than
/// `groups`), and the number of correct predictions and of images of each; units are assigned to the groups at random, as
/// many to each as it has.
pub fn permute_units(units: &[(usize, [u32; 2])], groups: usize) -> f64 {
    let mut places: Vec<usize> = units.iter().map(|&(group, _)| group).collect();
    let mut counts = vec![[0_u64; 2]; groups];
    let mut difference = |places: &[usize]| {
        counts.fill([0; 2]);
        for (&place, &(_, [right, images])) in places.iter().zip(units) {
            counts[place][0] += u64::from(right);
            counts[place][1] += u64::from(images);
        }
        let shares = counts.iter().map(|&[right, images]| right as f64 / images.max(1) as f64);
        let (low, high) = shares.fold((f64::MAX, f64::MIN), |(low, high), share| (low.min(share), high.max(share)));
        high - low
    };
    let observed = difference(&places) - 1e-12;
    let (mut drawn, mut as_large) = (0_u64, 1_u32);
    for _ in 0..PERMUTATIONS {
        // Fisher & Yates' shuffle
        for last in (1..places.len()).rev() {
            let draw = derive_seed(SEED, drawn);
            drawn += 1;
            places.swap(last, (((draw >> 32) * (last as u64 + 1)) >> 32) as usize);
        }
        as_large += u32::from(difference(&places) >= observed);
    }
    f64::from(as_large) / f64::from(PERMUTATIONS + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(groups: &[(usize, usize)]) -> Vec<(usize, bool)> {
        let group =
            |(group, &(right, size)): (usize, &(usize, usize))| (0..size).map(move |place| (group, place < right));
        groups.iter().enumerate().flat_map(group).collect()
    }

    fn ways(whole: u64, part: u64) -> f64 {
        (0..part).map(|step| (whole - step) as f64 / (step + 1) as f64).product()
    }

    /// The exact value for two groups: a sum over the hypergeometric distribution.
    fn exact([(first, size), (second, other)]: [(u64, u64); 2]) -> f64 {
        let (right, all) = (first + second, size + other);
        let difference = |first: u64| (first as f64 / size as f64 - (right - first) as f64 / other as f64).abs();
        let seen = difference(first) - 1e-12;
        let possible = right.saturating_sub(other)..=right.min(size);
        let chance = |first: u64| ways(right, first) * ways(all - right, size - first) / ways(all, size);
        possible.filter(|&first| difference(first) >= seen).map(chance).sum()
    }

    #[test]
    fn it_comes_near_the_exact_value() {
        for groups in [[(20, 40), (30, 40)], [(15, 30), (40, 60)], [(18, 30), (20, 35)], [(5, 50), (11, 60)]] {
            let sizes = groups.map(|(right, size)| (right as usize, size as usize));
            let (got, expected) = (permutation_test(&images(&sizes), 2, 20_000), exact(groups));
            // five standard errors
            let error = 5.0 * (expected * (1.0 - expected).max(0.0) / 20_000.0).sqrt();
            assert!((got - expected).abs() < error + 1e-4, "{groups:?}: {got} where {expected} is right");
        }
    }

    #[test]
    fn it_depends_on_nothing_else() {
        let some = images(&[(30, 40), (20, 40), (25, 40)]);
        assert_eq!(permutation_test(&some, 3, 500), permutation_test(&some, 3, 500));
        // no difference at all is always reached, a total one nearly never
        assert_eq!(permutation_test(&images(&[(20, 40), (20, 40)]), 2, 500), 1.0);
        assert_eq!(permutation_test(&images(&[(0, 40), (40, 40)]), 2, 500), 1.0 / 501.0);
        assert_eq!(permutation_test(&images(&[(0, 40), (0, 40)]), 2, 500), 1.0);
    }

    #[test]
    fn units_of_one_image_are_images() {
        for groups in [[(20, 40), (30, 40)], [(15, 30), (40, 60)], [(18, 30), (20, 35)]] {
            let sizes = groups.map(|(right, size)| (right as usize, size as usize));
            let units: Vec<(usize, [u32; 2])> =
                images(&sizes).into_iter().map(|(group, right)| (group, [u32::from(right), 1])).collect();
            let (got, expected) = (permute_units(&units, 2), exact(groups));
            let error = 5.0 * (expected * (1.0 - expected).max(0.0) / f64::from(PERMUTATIONS)).sqrt();
            assert!((got - expected).abs() < error + 1e-3, "{groups:?}: {got} where {expected} is right");
        }
        assert_eq!(permute_units(&[(0, [1, 2]), (0, [1, 2]), (1, [1, 2]), (1, [1, 2])], 2), 1.0);
    }

    #[test]
    fn images_of_a_person_count_as_one_draw() {
        // ten persons with four images each, all right or all wrong: as many draws as persons, not as images
        let persons: Vec<(usize, [u32; 2])> =
            (0..10).map(|person| (person / 5, [if person < 4 { 4 } else { 0 }, 4])).collect();
        let images: Vec<(usize, [u32; 2])> = persons
            .iter()
            .flat_map(|&(group, [right, all])| (0..all).map(move |_| (group, [u32::from(right > 0), 1])))
            .collect();
        // 4 of the 10 are right: all four in one group of five, of two, in 10 of 210 ways
        let got = permute_units(&persons, 2);
        assert!((got - 10.0 / 210.0).abs() < 0.025, "{got}");
        assert!(permute_units(&images, 2) < 0.002);
    }
}
