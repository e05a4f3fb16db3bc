//! Arguments that choose one of a fixed list, for types of other crates.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// Parses one of `all` by the name that `describe` gives it. The help lists all of them.
pub fn one_of<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    describe: fn(T) -> PossibleValue,
) -> impl TypedValueParser<Value = T> {
    let find = move |name: String| all.iter().copied().find(|&value| describe(value).get_name() == name);
    PossibleValuesParser::new(all.iter().copied().map(describe))
        .try_map(move |name| find(name).ok_or("not one of the possible values"))
}
