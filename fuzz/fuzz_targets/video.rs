//! Arbitrary bytes as a video: no panic, bounded memory, and reading again from a place gives what was read before.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mien_fuzz::bounded;
use mien_video::{Packet, Packets};

/// More are not read of a file.
const MOST: usize = 10_000;

fuzz_target!(|input: &[u8]| {
    bounded(|| {
        let Ok(mut packets) = mien_video::open(input.to_vec(), input.len() as u64) else { return };
        let read = |packets: &mut dyn Packets| -> Vec<Packet> {
            std::iter::from_fn(|| packets.next().ok().flatten()).take(MOST).collect()
        };
        let all = read(&mut *packets);
        if packets.restart(i64::MAX / 2).is_ok() {
            let again = read(&mut *packets);
            assert!(all.len() == MOST || all.ends_with(&again));
        }
    });
});
