//! Arbitrary bytes as a Parquet table or as NumPy arrays: no panic, bounded memory, the result does not depend on the step size,
//! and an order of the classes that is offered is accepted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mien_core::dataset::{LabelOrder, RowLoader};
use mien_fuzz::{Outcome, assert_same, bounded, check};

fuzz_target!(|input: &[u8]| {
    let whole = bounded(|| load(input, usize::MAX, None));
    assert_same(&whole, &load(input, 1, None));
    check(&whole, |order| load(input, usize::MAX, order));
});

fn load(input: &[u8], step: usize, order: Option<LabelOrder>) -> Outcome {
    let source = mien_columns::open(input.to_vec(), input.len() as u64)?;
    let mut loader = RowLoader::new(vec![("train".into(), source)]).with_order(order);
    while loader.advance(step)? {
        assert!(loader.position() <= loader.length());
    }
    loader.finish()
}
