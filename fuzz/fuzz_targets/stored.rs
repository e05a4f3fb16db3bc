//! Arbitrary bytes as a stored dataset: no panic, and what is read is written back identically. The checksum is
//! corrected, so that inputs get past it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mien_core::dataset::Dataset;

fuzz_target!(|input: &[u8]| {
    let _ = Dataset::read_from(input);
    let summed = [input, &checksum(input).to_le_bytes()].concat();
    if let Ok(dataset) = Dataset::read_from(&summed[..]) {
        let mut written = Vec::new();
        dataset.write_to(&mut written).unwrap();
        assert_eq!(Dataset::read_from(&written[..]).unwrap(), dataset);
    }
});

/// CRC-32 as zip has it, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, &byte| (0..8).fold(sum ^ u32::from(byte), step))
}
