//! Arbitrary bytes as settings: no panic, and accepted settings are the same after writing and reading them again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mien_core::training::Settings;

fuzz_target!(|input: &[u8]| {
    let Ok(settings) = serde_json::from_slice::<Settings>(input) else { return };
    if settings.check().is_ok() {
        let written = serde_json::to_vec(&settings).unwrap();
        assert_eq!(serde_json::from_slice::<Settings>(&written).unwrap(), settings);
    }
});
