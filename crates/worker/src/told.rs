//! What weights files and training sessions tell in English, as messages, where these words are ours: files keep the
//! English, and the page shows it in the visitor's language.

use mien_compute::training::HELD_OUT;
use mien_message::{Message, ToMessage};

/// A text of a file or a session.
#[derive(Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub(crate) enum Told {
    /// Where a network comes from that was trained in the page on a dataset of this name.
    #[error("trained in the page on {0}")]
    TrainedHere(String),
    /// What a network was validated on.
    #[error("{count} images of {name}")]
    Images {
        /// How many images.
        count: u64,
        /// What they are called.
        name: Box<Told>,
    },
    /// What images are called that were held out of Training.
    #[error("{HELD_OUT}")]
    HeldOut,
    /// Any other text, which is shown as it is.
    #[error("{0}")]
    Other(String),
}

impl Told {
    /// Where a network comes from, as its file tells.
    pub fn origin(text: &str) -> Self {
        match text.strip_prefix("trained in the page on ") {
            Some(set) => Self::TrainedHere(set.to_owned()),
            None => Self::Other(text.to_owned()),
        }
    }

    /// What a network was validated on, as its file tells.
    pub fn images(text: &str) -> Self {
        let parts = text.split_once(" images of ").and_then(|(count, name)| Some((count.parse().ok()?, name)));
        match parts {
            Some((count, name)) => Self::Images { count, name: Box::new(Self::name(name)) },
            None => Self::Other(text.to_owned()),
        }
    }

    /// What validation images are called.
    pub fn name(text: &str) -> Self {
        if text == HELD_OUT { Self::HeldOut } else { Self::Other(text.to_owned()) }
    }
}

impl From<Told> for Message {
    fn from(told: Told) -> Self {
        told.message()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_files_are_known_and_stay_the_same() {
        let origin = "trained in the page on my.csv";
        assert_eq!(Told::origin(origin), Told::TrainedHere("my.csv".into()));
        let images = "3589 images of PublicTest";
        let name = Box::new(Told::Other("PublicTest".into()));
        assert_eq!(Told::images(images), Told::Images { count: 3589, name });
        let held_out = "20 images of a held-out share";
        assert_eq!(Told::images(held_out), Told::Images { count: 20, name: Box::new(Told::HeldOut) });
        for told in [Told::origin(origin), Told::origin("on paper"), Told::name("PublicTest"), Told::HeldOut] {
            assert!([origin, "on paper", "PublicTest", HELD_OUT].contains(&&*told.to_string()));
        }
        for text in [images, held_out, "many images of me", ""] {
            assert_eq!(Told::images(text).to_string(), text);
        }
        assert_eq!(Message::from(Told::origin("on paper")).english(), "on paper");
    }
}
