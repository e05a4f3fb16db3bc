//! Arbitrary bytes as a file, mostly zip, gzip and tar: no panic, bounded memory, and the result does not depend on the step
//! size.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let _ = mien_fuzz::read_file(input);
});
