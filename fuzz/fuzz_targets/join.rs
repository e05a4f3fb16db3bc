//! Arbitrary bytes as the tables beside a dataset or photographs, of groups, of FER+'s votes and of labels: no panic, bounded memory, the
//! result does not depend on how many bytes are read at once, and every sample or photograph has a value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mien_core::dataset::{Binning, GroupLabels, JoinTable, PersonHalf, PhotoTable, Votes};
use mien_fuzz::{Trickle, bounded};

/// Rows of a dataset.
const ROWS: [usize; 5] = [3, 0, 1, 2, 900];

fuzz_target!(|input: &[u8]| {
    match bounded(|| JoinTable::read(input)) {
        Ok(table) => {
            assert_eq!(JoinTable::read(Trickle(input, 3)).unwrap(), table);
            for rows in [&ROWS[..], &ROWS[..4], &ROWS[1..2], &[usize::MAX], &[]] {
                if let Ok((groups, missing)) = table.labels(rows) {
                    assert!(missing < rows.len().max(1));
                    groups.iter().for_each(|group| check(group, rows.len()));
                }
            }
        }
        Err(error) => {
            assert_eq!(JoinTable::read(Trickle(input, 3)).unwrap_err().to_string(), error.to_string());
        }
    }
    check_photographs(input);
    if let Ok(votes) = bounded(|| Votes::read(input)) {
        assert_eq!(Votes::read(Trickle(input, 3)).unwrap(), votes);
        for row in 0..10 {
            let sum = |shares: &[f32]| shares.iter().sum::<f32>();
            assert!(votes.shares(row).is_none_or(|shares| (sum(&shares) - 1.0).abs() < 1e-5));
            assert!(votes.choices(row).is_none_or(|choices| (sum(&choices) - 1.0).abs() < 1e-5));
            if let (Some(class), Some(choices)) = (votes.majority(row), votes.choices(row)) {
                assert!(choices.iter().all(|&choice| choice <= choices[class.index()]));
            }
        }
    }
});

fn check_photographs(input: &[u8]) {
    let again = PhotoTable::read(Trickle(input, 3));
    match bounded(|| PhotoTable::read(input)) {
        Ok(table) => {
            assert_eq!(again.unwrap(), table);
            let photos = table.photos().len();
            table.groups().iter().chain(&table.persons()).for_each(|group| check(group, photos));
            let paths = table.photos().iter().map(|photo| photo.path.as_str());
            assert_eq!(table.places(paths.enumerate()).len(), photos);
            let size = |half| {
                let mut kept = table.clone();
                kept.keep_half(half).map_or(0, |()| kept.photos().len())
            };
            let halves = size(PersonHalf::Choosing) + size(PersonHalf::Confirming);
            assert_eq!(halves, if table.persons().is_some() { photos } else { 0 });
        }
        Err(error) => assert_eq!(again.unwrap_err().to_string(), error.to_string()),
    }
}

fn check(group: &GroupLabels, samples: usize) {
    assert_eq!(group.codes.len(), samples);
    assert!(group.codes.iter().all(|&code| (code as usize) < group.values.len()));
    for binning in [Binning::Quantiles(4), Binning::Width(3), Binning::Quantiles(20), Binning::Width(2)] {
        let (Binning::Quantiles(count) | Binning::Width(count)) = binning;
        match group.binned(binning) {
            Ok(binned) => {
                assert!(binned.codes.len() == samples && binned.values.len() <= count + 1);
                let values = |labels: &GroupLabels, sample: usize| labels.values[labels.codes[sample] as usize].clone();
                for sample in 0..samples {
                    assert_eq!(values(&binned, sample).is_empty(), values(group, sample).is_empty());
                }
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}
