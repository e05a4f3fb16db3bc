//! Intervals by resampling (Efron 1979, *Bootstrap methods: another look at the jackknife*; the percentile method).

use crate::random::derive_seed;

/// Number of resamples.
pub const RESAMPLES: usize = 2000;

/// Random seed of the resamples.
const SEED: u64 = 1;

/// The median of values that may be infinite, but not minus infinity; `None` of nothing.
pub fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 { Some(upper) } else { Some(f64::midpoint(values[middle - 1], upper)) }
}

/// The medians of resamples. Whole units, such as identities, are drawn with replacement, each with all its values. Equal
/// numbers of units are resampled alike with the same `salt`, so that the medians of two conditions can be subtracted.
pub fn medians(units: &[&[f64]], salt: u64, resamples: usize) -> Vec<f64> {
    let seed = derive_seed(SEED, salt);
    let (mut drawn, mut sample) = (0_u64, Vec::new());
    let resample = |_| {
        sample.clear();
        for _ in units {
            // the upper half times a count: uniform enough for so few
            let place = (((derive_seed(seed, drawn) >> 32) * units.len() as u64) >> 32) as usize;
            drawn += 1;
            sample.extend_from_slice(units[place]);
        }
        median(&mut sample).unwrap_or(f64::NAN)
    };
    (0..resamples).map(resample).collect()
}

/// The central 95 % of values; `None` of nothing.
pub fn central(mut values: Vec<f64>) -> Option<[f64; 2]> {
    values.sort_unstable_by(f64::total_cmp);
    let outside = values.len() / 40;
    Some([*values.get(outside)?, *values.get(values.len() - 1 - outside)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_even_numbers_and_of_what_is_never_reached() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&mut [1.0, f64::INFINITY]), Some(f64::INFINITY));
        assert_eq!(median(&mut []), None);
    }

    #[test]
    fn intervals_contain_the_median_as_often_as_they_should() {
        // medians of 41 numbers, uniform from 0 to 1
        let (mut contained, repetitions) = (0, 400);
        for repetition in 0..repetitions {
            let values: Vec<f64> =
                (0..41).map(|index| (derive_seed(repetition, index) >> 11) as f64 / (1_u64 << 53) as f64).collect();
            let units: Vec<&[f64]> = values.chunks(1).collect();
            let [low, high] = central(medians(&units, repetition, 400)).unwrap();
            contained += u32::from((low..=high).contains(&0.5));
        }
        // four standard errors of 95 % are 4.4 points
        let share = f64::from(contained) / repetitions as f64;
        assert!((0.9..0.995).contains(&share), "{share}");
    }

    #[test]
    fn units_are_drawn_whole_and_alike() {
        let values = [[1.0, 1.0, 9.0], [2.0, 2.0, 9.0]];
        let units: Vec<&[f64]> = values.iter().map(<[f64; 3]>::as_slice).collect();
        let drawn = medians(&units, 1, 200);
        // the median of one unit alone, or of both: never the 9 of either
        assert!(drawn.iter().all(|median| [1.0, 2.0].contains(median)), "{drawn:?}");
        let higher = [[11.0, 11.0, 19.0], [12.0, 12.0, 19.0]];
        let units: Vec<&[f64]> = higher.iter().map(<[f64; 3]>::as_slice).collect();
        assert!(drawn.iter().zip(medians(&units, 1, 200)).all(|(low, high)| high - low == 10.0));
        assert_ne!(drawn, medians(&values.iter().map(<[f64; 3]>::as_slice).collect::<Vec<_>>(), 2, 200));
        assert_eq!((central(Vec::new()), central(vec![3.0])), (None, Some([3.0, 3.0])));
    }
}
