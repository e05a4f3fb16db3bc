//! Messages of the engine in the current language.

use std::borrow::Cow;

use super::Value;
use super::catalogue::Entry;
use super::direction::isolated;
use super::messages::quoted;
use super::text::{errors, write};
use mien_protocol::{Argument, Message};

/// The text of a message in the current language; in English if there is no translation. What is code in it is in quotation marks, not between
/// backticks as in a terminal.
pub fn say(message: &Message) -> String {
    let translation = translated(message.id()).and_then(|text| fill(&with_quotation_marks(text), message));
    translation.unwrap_or_else(|| english(message))
}

/// The English text, which was written where nothing is known of the direction of names.
fn english(message: &Message) -> String {
    let mut text = with_quotation_marks(message.english());
    isolate_names(message, &mut text);
    text
}

fn isolate_names(message: &Message, text: &mut String) {
    for (_, argument) in message.arguments() {
        match argument {
            Argument::Text(name) => {
                // what is in quotation marks is isolated already
                if let Cow::Owned(isolated) = isolated(name)
                    && !text.contains(&isolated)
                {
                    *text = text.replace(name, &isolated);
                }
            }
            Argument::Message(inner) => isolate_names(inner, text),
            Argument::Number(..) => {}
        }
    }
}

/// Puts what is between backticks into the quotation marks of the language.
fn with_quotation_marks(text: &str) -> String {
    let part = |(index, part): (usize, &str)| if index % 2 == 0 { part.to_owned() } else { quoted(part) };
    text.split('`').enumerate().map(part).collect()
}

/// The translation with an identifier in the current language, if any.
pub fn translated(id: &str) -> Option<&'static str> {
    errors().lines().find_map(|line| line.strip_prefix(id)?.strip_prefix(" = "))
}

/// Inserts the arguments of a message into a text, which has the syntax of [`super::catalogue`]; `None` if the text does not.
fn fill(text: &str, message: &Message) -> Option<String> {
    let names: Vec<&str> = message.arguments().map(|(name, _)| name).collect();
    let mut compiled = String::new();
    let entry = Entry { section: "", key: "", arguments: &names.join(","), text };
    entry.compile(&mut compiled).ok()?;
    let inner = |argument: &Argument| if let Argument::Message(inner) = argument { say(inner) } else { String::new() };
    let inner: Vec<String> = message.arguments().map(|(_, argument)| inner(argument)).collect();
    let values = message.arguments().zip(&inner).map(|((_, argument), inner)| match argument {
        Argument::Text(text) => Value::Text(text),
        Argument::Number(number, decimals) => Value::Number(*number, u32::from(*decimals)),
        Argument::Message(_) => Value::Text(inner),
    });
    let mut out = String::new();
    write(&compiled, &values.collect::<Vec<_>>(), &mut out);
    Some(out)
}
