//! Arbitrary bytes as settings: no panic, and accepted settings are the same after writing and reading them again, and can be
//! used.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mien_core::training::Settings;
use mien_core::vision::CROP_PIXELS;
use mien_fuzz::bounded;

fuzz_target!(|input: &[u8]| {
    let settings = match bounded(|| serde_json::from_slice::<Settings>(input)) {
        Ok(settings) => settings,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    if let Err(error) = settings.check() {
        assert!(!error.to_string().is_empty());
        return;
    }
    let written = serde_json::to_vec(&settings).unwrap();
    assert_eq!(serde_json::from_slice::<Settings>(&written).unwrap(), settings);
    for progress in [0.0, 0.001, 0.5, 0.999, 1.0] {
        let factor = settings.schedule.factor(progress);
        assert!((-1e-9..=1.0 + 1e-9).contains(&factor), "{factor} at {progress}");
    }
    let architecture = &settings.architecture;
    // the counts do not overflow
    assert!(architecture.parameters() < 1 << 30 && architecture.multiply_adds() > 0);
    let stages = architecture.layout().stages.len();
    assert!((1..=5).contains(&stages) && settings.scope.first_stage(stages) <= stages);
    for seed in 0..2 {
        let mut image = vec![0.5; CROP_PIXELS];
        settings.augmentation.apply(&mut image, seed);
        assert!(image.len() == CROP_PIXELS && image.iter().all(|value| value.is_finite()));
    }
});
