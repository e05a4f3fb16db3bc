//! The languages of the page: which there are, which one speaks, and how a text comes about in it.
//!
//! Each language is a file, `www/text/TAG.txt`; its head tells the language's own name and how it writes numbers. English
//! says which texts there are: the build script makes constants and functions of it (`messages`). The page fetches the
//! language that it is to speak, by a name that changes with the content, while its own program is compiled; until then the
//! first paint shows, which is part of the HTML. In the program the texts would take an eighth of its budget.
//!
//! **A new text** is a line in `www/text/en.txt` and in every other language's file, at the same place. `text = Words` in
//! the section `[dataset]` is then `messages::dataset::TEXT`, and `text(count, name) = …` is
//! `messages::dataset::text(count, name)`. [`catalogue`] has the form. A text that no code uses is a warning of the
//! compiler, and what a file lacks or has too much fails a test.
//!
//! **What went wrong** arrives as a [`Message`](mien_protocol::Message): [`say`] returns its text in the selected language,
//! from the file `www/errors/TAG.txt`, where texts are found by their identifiers. English needs no such file, since a
//! message contains its English text.
//!
//! **A new language** is these two new files. `cargo xtask build` joins them, so that the page fetches both at once.
//!
//! Fluent was weighed: its implementation in Rust alone would take more than the page's budget for its size leaves.

pub mod catalogue;
mod message;
pub mod number;
mod plural;
mod switch;
#[cfg(test)]
mod tests;
mod text;

pub use message::{say, translated};
pub use switch::Language;
pub use text::{Text, Value};

/// Every text by its key, and the table of the languages, as the build script wrote them.
#[rustfmt::skip]
pub mod messages {
    include!(concat!(env!("OUT_DIR"), "/messages.rs"));
}

/// The English texts by their places, for tests outside a browser.
#[cfg(not(target_family = "wasm"))]
fn english() -> &'static [&'static str] {
    text::table(messages::ENGLISH_TEXTS)
}
