//! A text in the current language.

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use super::direction::isolated;
use super::number;
use super::plural::category;

/// A text without arguments, by its index in the catalogues. Displays in the current language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text(pub(super) u16);

/// The value of an argument.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// A number and its number of decimals; it is formatted and pluralized by the rules of the language.
    Number(f64, u32),
    /// A text.
    Text(&'a str),
}

/// What a language has to say. It stays for good: there are few languages, and each is made once.
#[derive(Clone, Copy)]
pub struct Table {
    /// The language's tag, such as `de`.
    pub tag: &'static str,
    /// The texts by their places.
    pub texts: &'static [&'static str],
    /// What went wrong: a line each, identifier and text; empty for English.
    pub errors: &'static str,
}

thread_local! {
    static TABLE: Cell<Table> = const { Cell::new(Table { tag: "en", texts: &[], errors: "" }) };
}

/// A catalogue's texts by their places.
pub fn table(texts: &'static str) -> &'static [&'static str] {
    Vec::leak(texts.split('\n').collect())
}

/// Sets the table from which all texts are read.
pub fn adopt(table: Table) {
    TABLE.set(table);
}

/// The lines that say what went wrong.
pub(super) fn errors() -> &'static str {
    TABLE.get().errors
}

impl Text {
    /// The text in the current language.
    pub fn text(self) -> &'static str {
        #[cfg(not(target_family = "wasm"))]
        if TABLE.get().texts.is_empty() {
            adopt(Table { texts: super::english(), ..TABLE.get() });
        }
        TABLE.get().texts.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// The text with its arguments.
    pub fn fill(self, values: &[Value<'_>]) -> String {
        let mut out = String::new();
        write(self.text(), values, &mut out);
        out
    }
}

/// Writes a compiled text with its arguments.
pub(super) fn write(mut text: &str, values: &[Value<'_>], out: &mut String) {
    while let Some((before, rest)) = text.split_once('{') {
        out.push_str(before);
        let (argument, rest) = braced(rest);
        text = rest;
        let (place, cases) = argument.split_once(',').unwrap_or((argument, ""));
        let Some(&value) = place.parse().ok().and_then(|place: usize| values.get(place)) else { continue };
        match value {
            _ if !cases.is_empty() => write(case(cases, value), values, out),
            Value::Number(number, decimals) => out.push_str(&number::number(number, decimals)),
            Value::Text(words) => out.push_str(&isolated(words)),
        }
    }
    out.push_str(text);
}

/// Splits at the brace that closes this one.
fn braced(text: &str) -> (&str, &str) {
    let mut depth = 0;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return (&text[..index], &text[index + 1..]),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    (text, "")
}

/// The matching case, or else `other`.
fn case<'a>(mut cases: &'a str, value: Value<'_>) -> &'a str {
    let wanted = match value {
        Value::Number(number, _) => &category(number, TABLE.get().tag),
        Value::Text(word) => word,
    };
    let mut other = "";
    while let Some((name, rest)) = cases.split_once('{') {
        let (text, rest) = braced(rest);
        if name == wanted {
            return text;
        }
        if name == "other" {
            other = text;
        }
        cases = rest;
    }
    other
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.text()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.text().to_owned()
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(words: &'a str) -> Self {
        Self::Text(words)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(words: &'a String) -> Self {
        Self::Text(words)
    }
}

impl<'a> From<&'a Rc<str>> for Value<'a> {
    fn from(words: &'a Rc<str>) -> Self {
        Self::Text(words)
    }
}

impl From<Text> for Value<'_> {
    fn from(text: Text) -> Self {
        Self::Text(text.text())
    }
}

impl From<usize> for Value<'_> {
    fn from(count: usize) -> Self {
        Self::Number(count as f64, 0)
    }
}

impl From<u32> for Value<'_> {
    fn from(count: u32) -> Self {
        Self::Number(f64::from(count), 0)
    }
}

mod yew {
    use yew::AttrValue;
    use yew::html::IntoPropValue;
    use yew::virtual_dom::VNode;

    use super::Text;

    impl From<Text> for AttrValue {
        fn from(text: Text) -> Self {
            Self::Static(text.text())
        }
    }

    impl IntoPropValue<AttrValue> for Text {
        fn into_prop_value(self) -> AttrValue {
            self.into()
        }
    }

    impl IntoPropValue<Option<AttrValue>> for Text {
        fn into_prop_value(self) -> Option<AttrValue> {
            Some(self.into())
        }
    }

    impl IntoPropValue<VNode> for Text {
        fn into_prop_value(self) -> VNode {
            AttrValue::from(self).into_prop_value()
        }
    }
}
