//! Descriptions in weights files and training sessions, parsed from English sentences into messages, so that the page can show
//! them in other languages. Texts that this project did not write are kept as they are.
//!
//! The sentences are written in three places:
//!
//! - `crates/worker/src/engine/training/mod.rs` writes the origin of a network that was trained in the page
//!   ([`FileText::TrainedHere`]);
//! - `crates/worker/src/engine/fit.rs` writes that of one that was adapted to a person ([`FileText::AdaptedHere`]);
//! - `crates/compute/src/training/session/trained.rs` writes the validation images ([`FileText::Images`]), which
//!   `crates/compute/src/training/data.rs` calls [`HELD_OUT`] if they were held out from Training.
//!
//! Weights files contain these sentences, so a change of their wording must keep the present one readable.

use mien_compute::training::HELD_OUT;
use mien_core::number::counted;
use mien_message::{Message, ToMessage};

/// A text of a file or a session.
#[derive(Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub(crate) enum FileText {
    /// The origin of a network that was trained in the page on a dataset with this name.
    #[error("trained in the page on {0}")]
    TrainedHere(String),
    /// The origin of a network that was adapted to one person in the page.
    #[error("adapted to one person in the page")]
    AdaptedHere,
    /// The validation images of a network.
    #[error("{} of {name}", counted(*.count, "image"))]
    Images {
        /// Number of images.
        count: u64,
        /// Their name.
        name: Box<FileText>,
    },
    /// Images that were held out from Training.
    #[error("{HELD_OUT}")]
    HeldOut,
    /// Any other text; it is not translated.
    #[error("{0}")]
    Other(String),
}

impl FileText {
    /// Parses the origin of a network.
    pub fn origin(text: &str) -> Self {
        match text.strip_prefix("trained in the page on ") {
            Some(set) => Self::TrainedHere(set.to_owned()),
            None if text == Self::AdaptedHere.to_string() => Self::AdaptedHere,
            None => Self::Other(text.to_owned()),
        }
    }

    /// Parses the validation images of a network.
    pub fn images(text: &str) -> Self {
        let parts = text.split_once(" of ").and_then(|(images, name)| {
            // files that have "1 images" exist
            let count = images.strip_suffix(" images").or_else(|| images.strip_suffix(" image"))?;
            Some((count.parse().ok()?, name))
        });
        match parts {
            Some((count, name)) => Self::Images { count, name: Box::new(Self::name(name)) },
            None => Self::Other(text.to_owned()),
        }
    }

    /// Parses the name of validation images.
    pub fn name(text: &str) -> Self {
        if text == HELD_OUT { Self::HeldOut } else { Self::Other(text.to_owned()) }
    }
}

impl From<FileText> for Message {
    fn from(text: FileText) -> Self {
        text.message()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_files_are_known_and_stay_the_same() {
        let origin = "trained in the page on my.csv";
        assert_eq!(FileText::origin(origin), FileText::TrainedHere("my.csv".into()));
        let adapted = "adapted to one person in the page";
        assert_eq!(
            (FileText::origin(adapted), FileText::AdaptedHere.to_string().as_str()),
            (FileText::AdaptedHere, adapted)
        );
        let images = "3589 images of PublicTest";
        let name = Box::new(FileText::Other("PublicTest".into()));
        assert_eq!(FileText::images(images), FileText::Images { count: 3589, name });
        let held_out = "20 images of a held-out share";
        assert_eq!(FileText::images(held_out), FileText::Images { count: 20, name: Box::new(FileText::HeldOut) });
        for text in
            [FileText::origin(origin), FileText::origin("on paper"), FileText::name("PublicTest"), FileText::HeldOut]
        {
            assert!([origin, "on paper", "PublicTest", HELD_OUT].contains(&&*text.to_string()));
        }
        let one = "1 image of a set of mine";
        for text in [images, held_out, one, "many images of me", ""] {
            assert_eq!(FileText::images(text).to_string(), text);
        }
        assert_eq!(FileText::images("1 images of a set of mine"), FileText::images(one));
        assert_eq!(Message::from(FileText::origin("on paper")).english(), "on paper");
    }
}
