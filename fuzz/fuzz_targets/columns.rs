//! Arbitrary bytes as a Parquet table or as NumPy arrays: no panic, and the result does not depend on the step size.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mien_core::dataset::{LabelOrder, LoadedDataset, ReadError, RowLoader};

fuzz_target!(|input: &[u8]| {
    match (load(input, usize::MAX), load(input, 1)) {
        (Ok(whole), Ok(steps)) => {
            assert_eq!(whole.dataset, steps.dataset);
            assert_eq!(whole.rejections, steps.rejections);
            assert_eq!(whole.notes, steps.notes);
        }
        (whole, steps) => assert!(whole.is_err() && steps.is_err()),
    }
});

fn load(input: &[u8], step: usize) -> Result<LoadedDataset, ReadError> {
    let source = mien_columns::open(input.to_vec(), input.len() as u64)?;
    let mut loader = RowLoader::new(vec![("train".into(), source)]).with_order(Some(LabelOrder::Fer2013));
    while loader.advance(step)? {
        assert!(loader.position() <= loader.length());
    }
    loader.finish()
}
