//! Random order and stratified sampling, from a seed.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::random::derive_seed;

/// The samples in random order, which depends on the seed alone.
pub fn shuffled(samples: &[usize], seed: u64) -> Vec<usize> {
    let mut order = samples.to_vec();
    order.shuffle(&mut StdRng::seed_from_u64(seed));
    order
}

/// Draws a stratified random sample of `count` samples, in ascending order: each class gets its share rounded down, and the
/// rest goes to the classes with the largest remainders (Hamilton's method). Depends on the seed alone.
pub fn stratified(samples: &[u32], class: impl Fn(u32) -> u8, count: usize, seed: u64) -> Vec<u32> {
    let mut classes = BTreeMap::<u8, Vec<u32>>::new();
    samples.iter().for_each(|&sample| classes.entry(class(sample)).or_default().push(sample));
    let (count, all) = (count.min(samples.len()), samples.len().max(1));
    let mut quotas: Vec<(usize, usize, u8)> = classes
        .iter()
        .map(|(&class, members)| (members.len() * count / all, members.len() * count % all, class))
        .collect();
    let missing = count - quotas.iter().map(|(quota, ..)| quota).sum::<usize>();
    quotas.sort_by_key(|&(_, lost, _)| std::cmp::Reverse(lost));
    quotas.iter_mut().take(missing).for_each(|(quota, ..)| *quota += 1);
    let mut drawn = Vec::with_capacity(count);
    for (quota, _, class) in quotas {
        let members = classes.entry(class).or_default();
        members.sort_by_key(|&sample| derive_seed(seed, u64::from(sample)));
        drawn.extend(members.iter().take(quota));
    }
    drawn.sort_unstable();
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_depends_on_the_seed_alone() {
        let samples: Vec<usize> = (100..200).collect();
        let order = shuffled(&samples, 7);
        assert_eq!(order, shuffled(&samples, 7));
        assert_ne!(order, shuffled(&samples, 8));
        let mut sorted = order;
        sorted.sort_unstable();
        assert_eq!(sorted, samples);
    }

    #[test]
    fn classes_keep_their_proportion() {
        let samples: Vec<u32> = (1000..2000).collect();
        // 700 of class 0, 290 of class 1, 10 of class 2
        let class = |sample: u32| match sample % 100 {
            0 => 2,
            1..=29 => 1,
            _ => 0,
        };
        for (count, expected) in
            [(100, [70, 29, 1]), (10, [7, 3, 0]), (1, [1, 0, 0]), (0, [0; 3]), (9999, [700, 290, 10])]
        {
            let drawn = stratified(&samples, class, count, 3);
            let of = |wanted| drawn.iter().filter(|&&sample| class(sample) == wanted).count();
            assert_eq!([of(0), of(1), of(2)], expected, "{count}");
            assert!(drawn.is_sorted_by(|a, b| a < b));
        }
        let drawn = stratified(&samples, class, 100, 3);
        assert_eq!(drawn, stratified(&samples, class, 100, 3));
        assert_ne!(drawn, stratified(&samples, class, 100, 4));
        assert!(stratified(&[], class, 5, 0).is_empty());
    }
}
