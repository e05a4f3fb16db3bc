//! Errors as data. An error is a Rust enum where it occurs, and is sent to the page as a [`Message`]: an identifier, arguments
//! and the English text. The page looks up the translation by the identifier and inserts the arguments when it renders the
//! message, so messages on screen follow a change of language.
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
//! assert_eq!(message.find(&|message| message.id() == "oven/too-hot"), Some(&**inner));
//! assert_eq!(message.find(&|message| message.id() == "oven/too-cold"), None);
//! ```

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

/// Derives [`ToMessage`](trait@ToMessage) for an enum that also derives `thiserror::Error`. The identifier of a variant is
/// `kebab-case-of-the-enum/kebab-case-of-the-variant`, where the enum's name loses a final `Error`. The arguments are the
/// fields, named as in `#[error("…")]`: by name, or `0`, `1`, ….
///
/// - `#[error(transparent)]` forwards the message of the field.
/// - `#[message(name = expression, …)]` on a variant adds arguments, such as limits mentioned in the text.
/// - `#[message(opaque)]` on a variant omits its fields.
pub use mien_message_derive::ToMessage;

/// A message to the user that can be translated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    id: Cow<'static, str>,
    arguments: Vec<(Cow<'static, str>, Argument)>,
    english: String,
}

/// An argument of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Argument {
    /// A name, or an untranslated text such as a message of the browser.
    Text(String),
    /// A number, and the number of decimals to show.
    Number(f64, u8),
    /// A nested message.
    Message(Box<Message>),
}

/// The names of the arguments of each identifier.
pub type Forms = BTreeMap<&'static str, Vec<&'static str>>;

/// Converts to a translatable message. `Display` is the English text.
pub trait ToMessage: fmt::Display {
    /// Returns the message.
    fn message(&self) -> Message;

    /// Adds the identifiers of all messages of this type and of messages nested in them. A test compares them with the
    /// translations.
    fn forms(forms: &mut Forms)
    where
        Self: Sized;
}

/// Converts to an argument of a message.
pub trait ToArgument {
    /// Returns the argument.
    fn argument(&self) -> Argument;

    /// See [`ToMessage::forms`].
    fn forms(_forms: &mut Forms)
    where
        Self: Sized,
    {
    }
}

impl Message {
    /// Creates a message.
    pub fn new(
        id: &'static str,
        arguments: impl IntoIterator<Item = (&'static str, Argument)>,
        english: String,
    ) -> Self {
        let arguments = arguments.into_iter().map(|(name, argument)| (name.into(), argument)).collect();
        Self { id: id.into(), arguments, english }
    }

    /// Creates a message without a translation, such as one of the browser.
    pub fn quoted(text: String) -> Self {
        Self::new("", [], text)
    }

    /// The identifier of the translations; empty if there are none.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The arguments and their names.
    pub fn arguments(&self) -> impl Iterator<Item = (&str, &Argument)> {
        self.arguments.iter().map(|(name, argument)| (&**name, argument))
    }

    /// This message, or the first of those nested in it, that fulfils a condition.
    pub fn find(&self, condition: &impl Fn(&Self) -> bool) -> Option<&Self> {
        if condition(self) {
            return Some(self);
        }
        self.arguments.iter().find_map(|(_, argument)| match argument {
            Argument::Message(message) => message.find(condition),
            Argument::Text(_) | Argument::Number(..) => None,
        })
    }

    /// The English text with its arguments.
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

/// For example the shape of a tensor.
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

/// Maximum number of decimals.
const MAX_DECIMALS: usize = 9;
