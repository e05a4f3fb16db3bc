//! Arbitrary bytes as a stored dataset: no panic, bounded memory, and what is read is written back identically, and can be used.
//! The checksum is corrected, so that inputs get past it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mien_core::dataset::{Dataset, JoinTable, duplicates};
use mien_fuzz::bounded;

fuzz_target!(|input: &[u8]| {
    let _ = Dataset::read_from(input);
    let mut checksum = flate2::Crc::new();
    checksum.update(input);
    let summed = [input, &checksum.sum().to_le_bytes()].concat();
    if let Ok(dataset) = bounded(|| Dataset::read_from(&summed[..])) {
        let mut written = Vec::new();
        dataset.write_to(&mut written).unwrap();
        assert_eq!(Dataset::read_from(&written[..]).unwrap(), dataset);
        let rows: Vec<usize> = (0..dataset.len()).map(|sample| dataset.row(sample)).collect();
        if let Ok((groups, _)) = JoinTable::read(&b"age\n1\n2\n"[..]).unwrap().labels(&rows) {
            assert!(groups.iter().all(|group| group.codes.len() == rows.len()));
        }
        for group in dataset.groups() {
            assert_eq!(group.labels(0..dataset.len()).codes.len(), dataset.len());
        }
        assert!(duplicates(&dataset).iter().all(|same| same.samples.len() > 1));
    }
});
