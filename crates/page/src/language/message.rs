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

/// Stands for a backtick in a value, which quotes nothing. It is no character, so no text has it.
const KEPT: &str = "\u{ffff}";

/// The English text, in which the values are already, written where nothing is known of the direction of names.
fn english(message: &Message) -> String {
    let mut text = message.english().to_owned();
    keep_backticks(message, &mut text);
    text = with_quotation_marks(&text).replace(KEPT, "`");
    isolate_names(message, &mut text);
    text
}

/// Has [`KEPT`] stand for the backticks in the values of a message.
fn keep_backticks(message: &Message, text: &mut String) {
    for (_, argument) in message.arguments() {
        match argument {
            Argument::Text(value) if value.contains('`') => {
                let kept = value.replace('`', KEPT);
                *text = text.replace(&format!("`{value}`"), &format!("`{kept}`"));
                // what is nothing but backticks is only known by those around it
                if value.bytes().any(|byte| byte != b'`') {
                    *text = text.replace(value, &kept);
                }
            }
            Argument::Message(inner) => keep_backticks(inner, text),
            Argument::Text(_) | Argument::Number(..) => {}
        }
    }
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

/// Puts what is between backticks into the quotation marks of the language. A last one without another is kept.
fn with_quotation_marks(text: &str) -> String {
    let last = text.matches('`').count();
    let part = |(index, part): (usize, &str)| match index % 2 {
        0 => part.to_owned(),
        _ if index == last => format!("`{part}"),
        _ => quoted(part),
    };
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
