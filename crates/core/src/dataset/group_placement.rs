//! Divides whole groups of samples, with about the same proportions of the classes in every part.

use std::cmp::Reverse;

use crate::expression::Expression;

/// The samples of a group, or of a part, by class.
pub(super) type ClassCounts = [usize; Expression::COUNT];

/// Assigns groups to parts with these shares, whose sum is 1: the index of the part of each group. Parts without a share get none,
/// and the others at least one each if there are enough groups.
///
/// With equal shares, these are the folds of scikit-learn's `StratifiedGroupKFold`: the groups, from the one with the most uneven
/// class counts on, go one by one where the shares of the classes deviate the least from those of the parts; of equal parts, the
/// emptiest is chosen, and then the first. Groups that are equally uneven keep their order.
pub(super) fn place(groups: &[ClassCounts], shares: &[f64]) -> Vec<usize> {
    let mut totals = [0; Expression::COUNT];
    groups.iter().for_each(|group| add(&mut totals, group));
    let classes: Vec<usize> = (0..Expression::COUNT).filter(|&class| totals[class] > 0).collect();
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|&group| Reverse(unevenness(&groups[group], &classes)));
    let mut parts: Vec<Part> = shares
        .iter()
        .enumerate()
        .filter(|&(_, &share)| share > 0.0)
        .map(|(index, &share)| Part { index, share, counts: [0; Expression::COUNT], groups: 0 })
        .collect();
    let mut part_of = vec![0; groups.len()];
    for (done, &group) in order.iter().enumerate() {
        let empty = parts.iter().filter(|part| part.groups == 0).count();
        let needs_all = groups.len() - done <= empty;
        let Some(best) = best_part(&parts, needs_all, &groups[group], &totals, &classes) else { continue };
        let part = &mut parts[best];
        add(&mut part.counts, &groups[group]);
        part.groups += 1;
        part_of[group] = part.index;
    }
    part_of
}

/// A part while it is filled.
struct Part {
    /// Its index among all parts.
    index: usize,
    /// Its share of all samples, more than 0.
    share: f64,
    counts: ClassCounts,
    /// Number of groups.
    groups: usize,
}

fn add(counts: &mut ClassCounts, group: &ClassCounts) {
    counts.iter_mut().zip(group).for_each(|(count, more)| *count += more);
}

/// The variance of the counts of these classes, times the square of their number.
fn unevenness(group: &ClassCounts, classes: &[usize]) -> usize {
    let counts = || classes.iter().map(|&class| group[class]);
    let sum: usize = counts().sum();
    classes.len() * counts().map(|count| count * count).sum::<usize>() - sum * sum
}

/// The index of the part to which a group is added; only an empty one if `needs_empty`.
fn best_part(
    parts: &[Part],
    needs_empty: bool,
    group: &ClassCounts,
    totals: &ClassCounts,
    classes: &[usize],
) -> Option<usize> {
    // a class's sums over the parts: of the squared counts, of count times share, and of the counts
    let sums: Vec<[f64; 3]> = classes
        .iter()
        .map(|&class| {
            let mut sums = [0.0; 3];
            for part in parts {
                let count = part.counts[class] as f64;
                sums[0] += count * count;
                sums[1] += count * part.share;
                sums[2] += count;
            }
            sums
        })
        .collect();
    let squared_shares: f64 = parts.iter().map(|part| part.share * part.share).sum();
    // the mean over the classes of the deviation of the parts' counts from their shares, in relation to the size of the class
    let deviation = |part: &Part| {
        let of_class = |(&class, &[squares, weighted, placed]): (&usize, &[f64; 3])| {
            let more = group[class] as f64;
            let (squares, weighted, placed) = (
                squares + more * (2.0 * part.counts[class] as f64 + more),
                weighted + more * part.share,
                placed + more,
            );
            let variance = (squares - 2.0 * placed * weighted + placed * placed * squared_shares) / parts.len() as f64;
            variance.max(0.0).sqrt() / totals[class] as f64
        };
        classes.iter().zip(&sums).map(of_class).sum::<f64>() / classes.len() as f64
    };
    let placed: usize = parts.iter().flat_map(|part| &part.counts).sum();
    let lack = |part: &Part| part.share * placed as f64 - part.counts.iter().sum::<usize>() as f64;
    let mut best: Option<(usize, f64, f64)> = None;
    for (index, part) in parts.iter().enumerate().filter(|(_, part)| !needs_empty || part.groups == 0) {
        let (deviation, lack) = (deviation(part), lack(part));
        let is_better = best.is_none_or(
            |(_, least, most)| {
                if is_close(deviation, least) { lack > most } else { deviation < least }
            },
        );
        if is_better {
            best = Some((index, deviation, lack));
        }
    }
    best.map(|(index, ..)| index)
}

/// As NumPy's `isclose`.
fn is_close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-8 + 1e-5 * b.abs()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(groups: &[ClassCounts], parts: &[usize], count: usize) -> Vec<ClassCounts> {
        let mut counts = vec![[0; Expression::COUNT]; count];
        groups.iter().zip(parts).for_each(|(group, &part)| add(&mut counts[part], group));
        counts
    }

    /// The mean deviation that [`place`] keeps small.
    fn deviation(groups: &[ClassCounts], parts: &[usize], shares: &[f64]) -> f64 {
        let counts = counts(groups, parts, shares.len());
        let mut totals = [0; Expression::COUNT];
        groups.iter().for_each(|group| add(&mut totals, group));
        let classes: Vec<usize> = (0..Expression::COUNT).filter(|&class| totals[class] > 0).collect();
        let of_class = |class: usize| {
            let total = totals[class] as f64;
            let squares = counts.iter().zip(shares).map(|(part, share)| (part[class] as f64 / total - share).powi(2));
            (squares.sum::<f64>() / shares.len() as f64).sqrt()
        };
        classes.iter().map(|&class| of_class(class)).sum::<f64>() / classes.len().max(1) as f64
    }

    /// The least possible deviation where no part is empty.
    fn least(groups: &[ClassCounts], shares: &[f64]) -> f64 {
        let count = shares.len();
        let ways = (0..count.pow(groups.len() as u32)).map(|mut way| {
            let mut parts = vec![0; groups.len()];
            for part in &mut parts {
                (*part, way) = (way % count, way / count);
            }
            parts
        });
        let is_full = |parts: &Vec<usize>| (0..count).all(|part| parts.contains(&part));
        ways.filter(is_full).map(|parts| deviation(groups, &parts, shares)).fold(f64::INFINITY, f64::min)
    }

    /// Groups whose counts a formula gives, in the first `classes` classes.
    fn groups(count: usize, classes: usize, number: impl Fn(usize, usize) -> usize) -> Vec<ClassCounts> {
        let class = |group, class| if class < classes { number(group, class) } else { 0 };
        (0..count).map(|group| std::array::from_fn(|at| class(group, at))).collect()
    }

    /// scikit-learn 1.9.1: `StratifiedGroupKFold(n_splits).split(X, y, groups)`.
    #[test]
    fn equal_shares_are_the_folds_of_scikit_learn() {
        let folds = |groups: &[ClassCounts], count: usize| {
            let parts = place(groups, &vec![1.0 / count as f64; count]);
            let counts = counts(groups, &parts, count);
            (parts, counts)
        };
        let (parts, sizes) = folds(&groups(12, 3, |group, class| (group * 7 + class * 5 + group * class * 3) % 6), 4);
        assert_eq!(parts, [0, 2, 2, 3, 0, 3, 1, 2, 2, 0, 1, 1]);
        let of_three: Vec<&[usize]> = sizes.iter().map(|counts| &counts[..3]).collect();
        assert_eq!(of_three, [[7, 13, 7], [9, 9, 9], [6, 8, 10], [8, 6, 4]]);
        let seven = groups(20, 7, |group, class| 1 + (group * group * 5 + class * 11 + group * class * 3) % 4);
        // there, rounding decides between folds that are equal
        assert_eq!(folds(&seven, 5).1, [[6, 12, 10, 12, 6, 12, 10]; 5]);
        let more = groups(30, 7, |group, class| (group * group * 5 + class * class * 11 + group * class * 3 + 1) % 9);
        assert_eq!(
            folds(&more, 3).1,
            [[21, 38, 32, 21, 50, 47, 21], [26, 48, 33, 26, 63, 63, 26], [26, 38, 32, 26, 47, 50, 26]]
        );
        let two = groups(11, 2, |group, class| if class == 0 { 1 + group % 5 } else { group % 3 });
        assert_eq!(folds(&two, 4).0, [0, 0, 2, 1, 2, 3, 3, 3, 1, 0, 0]);
    }

    #[test]
    fn equal_groups_follow_the_shares() {
        let same = groups(20, 7, |_, class| class % 3 + 1);
        let sizes = |shares: &[f64], groups: &[ClassCounts]| -> Vec<usize> {
            let parts = place(groups, shares);
            (0..shares.len()).map(|part| parts.iter().filter(|&&other| other == part).count()).collect()
        };
        assert_eq!(sizes(&[0.8, 0.1, 0.1], &same), [16, 2, 2]);
        assert_eq!(sizes(&[0.25, 0.0, 0.75], &same), [5, 0, 15]);
        assert_eq!(sizes(&[0.8, 0.1, 0.1], &same[..3]), [1, 1, 1], "none stays empty");
        assert_eq!(sizes(&[0.8, 0.1, 0.1], &same[..4]), [2, 1, 1]);
        assert_eq!(place(&[], &[0.5, 0.5]), [0; 0]);
    }

    fn group() -> impl Strategy<Value = ClassCounts> {
        proptest::array::uniform3(0_usize..5)
            .prop_filter("no samples", |counts| counts.iter().sum::<usize>() > 0)
            .prop_map(|counts| std::array::from_fn(|class| counts.get(class).copied().unwrap_or(0)))
    }

    proptest! {
        #[test]
        fn class_shares_are_near_the_best_that_whole_groups_allow(
            groups in prop::collection::vec(group(), 3..8),
            shares in prop::sample::select(vec![vec![0.5, 0.5], vec![1.0 / 3.0; 3], vec![0.8, 0.2], vec![0.6, 0.2, 0.2]]),
        ) {
            let parts = place(&groups, &shares);
            prop_assert!((0..shares.len()).all(|part| parts.contains(&part)), "{parts:?}");
            let largest: f64 = groups.iter().map(|group| {
                let totals = counts(&groups, &vec![0; groups.len()], 1)[0];
                (0..3).filter(|&class| totals[class] > 0).map(|class| group[class] as f64 / totals[class] as f64).sum::<f64>()
            }).fold(0.0, f64::max);
            let (got, best) = (deviation(&groups, &parts, &shares), least(&groups, &shares));
            prop_assert!(got >= best - 1e-12);
            // one group in another part changes no more
            prop_assert!(got <= best + largest / 3.0 + 1e-12, "{got} {best} {largest}: {groups:?} {parts:?}");
        }
    }
}
