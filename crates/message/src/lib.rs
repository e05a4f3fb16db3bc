//! Errors as data. Where an error arises it is an enum of Rust; to the page it travels as a [`Message`]: an identifier, the
//! arguments, and the English text. The page has the texts of other languages by identifier and fills in the arguments
//! itself, so whatever language it changes to, what is on screen follows.
//!
//! ```
//! use mien_message::{Argument, ToMessage};
//!
//! #[derive(Debug, thiserror::Error, ToMessage)]
//! enum OvenError {
//!     #[error("{degrees} °C is too hot")]
//!     TooHot { degrees: u32 },
//!     #[error("no cake: {0}")]
//!     NoCake(Box<OvenError>),
//! }
//!
//! let message = OvenError::NoCake(Box::new(OvenError::TooHot { degrees: 300 })).message();
//! assert_eq!(message.id(), "oven/no-cake");
//! assert_eq!(message.to_string(), "no cake: 300 °C is too hot");
//! let Some((_, Argument::Message(inner))) = message.arguments().next() else { panic!() };
//! assert_eq!(inner.arguments().next(), Some(("degrees", &Argument::Number(300.0, 0))));
//! ```

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

/// Derives [`ToMessage`](trait@ToMessage) for an enum that derives `thiserror::Error` too. A variant's identifier is
/// `kebab-case-of-the-enum/kebab-case-of-the-variant`, without a final `Error` of the enum's name; its arguments are its
/// fields, called as in `#[error("…")]`: by name, or `0`, `1`, ….
///
/// - `#[error(transparent)]` passes the message of the field on.
/// - `#[message(name = expression, …)]` on a variant adds arguments, such as limits that the text names.
/// - `#[message(opaque)]` on a variant leaves its fields out.
pub use mien_message_derive::ToMessage;

/// What there is to say, in no language yet and in English.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    id: Cow<'static, str>,
    arguments: Vec<(Cow<'static, str>, Argument)>,
    english: String,
}

/// A part of a message that is not the same each time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Argument {
    /// A name, or what somebody else said, such as the browser: shown as it is.
    Text(String),
    /// A number and how many decimals it has.
    Number(f64, u8),
    /// A message within this one.
    Message(Box<Message>),
}

/// Identifiers and the names of their arguments.
pub type Forms = BTreeMap<&'static str, Vec<&'static str>>;

/// What can be said in the visitor's language. `Display` is the English text.
pub trait ToMessage: fmt::Display {
    /// The same as data.
    fn message(&self) -> Message;

    /// Adds all forms that messages of this type have, and those of messages within them: a test compares them with the
    /// translations.
    fn forms(forms: &mut Forms)
    where
        Self: Sized;
}

/// What can be an argument of a message.
pub trait ToArgument {
    /// The argument.
    fn argument(&self) -> Argument;

    /// As [`ToMessage::forms`].
    fn forms(_forms: &mut Forms)
    where
        Self: Sized,
    {
    }
}

impl Message {
    /// A message.
    pub fn new(
        id: &'static str,
        arguments: impl IntoIterator<Item = (&'static str, Argument)>,
        english: String,
    ) -> Self {
        let arguments = arguments.into_iter().map(|(name, argument)| (name.into(), argument)).collect();
        Self { id: id.into(), arguments, english }
    }

    /// What somebody else said, such as the browser: shown as it is.
    pub fn quoted(text: String) -> Self {
        Self::new("", [], text)
    }

    /// Names it among the translations; empty for what is shown as it is.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The arguments by name.
    pub fn arguments(&self) -> impl Iterator<Item = (&str, &Argument)> {
        self.arguments.iter().map(|(name, argument)| (&**name, argument))
    }

    /// The English text, with everything filled in.
    pub fn english(&self) -> &str {
        &self.english
    }
}

impl fmt::Display for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.english)
    }
}

impl ToArgument for Message {
    fn argument(&self) -> Argument {
        Argument::Message(Box::new(self.clone()))
    }
}

impl<T: ToMessage> ToMessage for Box<T> {
    fn message(&self) -> Message {
        T::message(self)
    }

    fn forms(forms: &mut Forms) {
        T::forms(forms);
    }
}

impl<T: ToMessage> ToArgument for T {
    fn argument(&self) -> Argument {
        Argument::Message(Box::new(self.message()))
    }

    fn forms(forms: &mut Forms) {
        T::forms(forms);
    }
}

macro_rules! text {
    ($($type:ty),*) => {$(
        impl ToArgument for $type {
            fn argument(&self) -> Argument {
                Argument::Text(self.to_string())
            }
        }
    )*};
}
text!(String, &'static str, io::Error);

/// Such as a tensor's shape.
impl ToArgument for Vec<usize> {
    fn argument(&self) -> Argument {
        Argument::Text(format!("{self:?}"))
    }
}

macro_rules! whole {
    ($($type:ty),*) => {$(
        impl ToArgument for $type {
            fn argument(&self) -> Argument {
                Argument::Number(*self as f64, 0)
            }
        }
    )*};
}
whole!(u8, u16, u32, u64, usize);

macro_rules! real {
    ($($type:ty),*) => {$(
        impl ToArgument for $type {
            fn argument(&self) -> Argument {
                // the shortest text that is this number, so that 0.1_f32 stays 0.1
                let text = self.to_string();
                if !self.is_finite() {
                    return Argument::Text(text);
                }
                let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len().min(MAX_DECIMALS));
                Argument::Number(text.parse().unwrap_or(f64::NAN), decimals as u8)
            }
        }
    )*};
}
real!(f32, f64);

/// Decimals that numbers are shown with at most.
const MAX_DECIMALS: usize = 9;
