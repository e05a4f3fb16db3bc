//! Number format of the current language.

use super::messages::{DECIMAL, THOUSANDS};
use mien_core::number::fixed;

/// The sign of a negative number, which is as wide as a plus sign and never ends a line.
const MINUS: char = '−';

/// Converts a number with a decimal point to the current language's format.
pub fn localized(number: &str) -> String {
    let mut out = String::with_capacity(number.len() + MINUS.len_utf8());
    for letter in number.chars() {
        match letter {
            '-' => out.push(MINUS),
            '.' => out.push_str(&DECIMAL),
            letter => out.push(letter),
        }
    }
    out
}

/// A number with a fixed number of decimals and thousands separators, such as `28,709` or `1,234.5`.
pub fn number(value: f64, decimals: u32) -> String {
    let text = fixed(value, decimals);
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, digits) = whole.split_at(usize::from(whole.starts_with('-')));
    let mut out = String::with_capacity(text.len() + digits.len());
    if !sign.is_empty() {
        out.push(MINUS);
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push_str(&THOUSANDS);
        }
        out.push(digit);
    }
    if !rest.is_empty() {
        out.push_str(&DECIMAL);
        out.push_str(rest);
    }
    out
}
