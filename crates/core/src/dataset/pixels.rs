//! Parses the text of 2,304 pixels.

use super::Pixels;
use super::rejection::{Rejection, excerpt};
use crate::vision::CROP_PIXELS;

/// Parses 2,304 whole numbers from 0 to 255, separated by spaces, or as lists of Python and NumPy are printed: separated by
/// commas or line breaks, in brackets, with decimal points.
pub(super) fn parse_pixels(text: &[u8]) -> Result<Pixels, Rejection> {
    let mut pixels = [0; CROP_PIXELS];
    if parse_regular(text, &mut pixels).is_some() { Ok(pixels) } else { parse_any(text) }
}

/// The fast path: exactly one space between two numbers and none elsewhere. `None` for any other text, valid or not.
fn parse_regular(text: &[u8], pixels: &mut Pixels) -> Option<()> {
    let mut rest = text;
    let (last, others) = pixels.split_last_mut()?;
    for pixel in others {
        let (value, length) = match *rest {
            [a, b' ', ..] => (digit(a)?, 2),
            [a, b, b' ', ..] => (digit(a)? * 10 + digit(b)?, 3),
            [a, b, c, b' ', ..] => (digit(a)? * 100 + digit(b)? * 10 + digit(c)?, 4),
            _ => return None,
        };
        *pixel = u8::try_from(value).ok()?;
        rest = &rest[length..];
    }
    *last = parse_byte(rest)?;
    Some(())
}

fn digit(letter: u8) -> Option<u16> {
    let value = letter.wrapping_sub(b'0');
    (value < 10).then_some(u16::from(value))
}

/// The general case: any separators; reports errors.
fn parse_any(text: &[u8]) -> Result<Pixels, Rejection> {
    let mut pixels = [0; CROP_PIXELS];
    let mut count = 0;
    for number in text.split(|&byte| is_between(byte)).filter(|number| !number.is_empty()) {
        if let Some(pixel) = pixels.get_mut(count) {
            *pixel =
                parse_number(number).ok_or_else(|| Rejection::Pixel { position: count + 1, text: excerpt(number) })?;
        }
        count += 1;
    }
    if count == CROP_PIXELS { Ok(pixels) } else { Err(Rejection::PixelCount(count)) }
}

/// Whether a byte stands between pixels.
pub(super) fn is_between(byte: u8) -> bool {
    matches!(byte, b' ' | b',' | b'\t' | b'\n' | b'\r' | b';' | b'[' | b']' | b'(' | b')')
}

/// Parses the pixels of a row in which each has its own field.
pub(super) fn parse_fields<'a>(fields: impl Iterator<Item = &'a [u8]>) -> Result<Pixels, Rejection> {
    let mut pixels = [0; CROP_PIXELS];
    for (index, (pixel, text)) in pixels.iter_mut().zip(fields).enumerate() {
        let invalid = || Rejection::Pixel { position: index + 1, text: excerpt(text) };
        *pixel = parse_number(text).ok_or_else(invalid)?;
    }
    Ok(pixels)
}

/// A byte, or a number with a decimal point or an exponent whose value is whole: `70`, `70.`, `7.00e+01`.
fn parse_number(text: &[u8]) -> Option<u8> {
    const LONGEST: usize = 32;
    if let Some(byte) = parse_byte(text) {
        return Some(byte);
    }
    let is_decimal = text.first()?.is_ascii_digit()
        && text.len() <= LONGEST
        && text.iter().any(|letter| b".eE".contains(letter))
        && text.iter().all(|letter| letter.is_ascii_digit() || b".eE+-".contains(letter));
    let value: f64 = std::str::from_utf8(text).ok().filter(|_| is_decimal)?.parse().ok()?;
    ((0.0..=255.0).contains(&value) && value.fract() == 0.0).then_some(value as u8)
}

/// One to three digits, without sign or decimal point.
fn parse_byte(digits: &[u8]) -> Option<u8> {
    if digits.is_empty() || digits.len() > 3 {
        return None;
    }
    let value = digits.iter().try_fold(0, |value, &letter| Some(value * 10 + digit(letter)?))?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_of_any_length_are_read() {
        let written: Vec<String> = (0..CROP_PIXELS).map(|index| (index % 256).to_string()).collect();
        let expected: Pixels = std::array::from_fn(|index| (index % 256) as u8);
        assert_eq!(parse_pixels(written.join(" ").as_bytes()).unwrap(), expected);
        assert_eq!(parse_pixels(format!("  {} ", written.join("  ")).as_bytes()).unwrap(), expected);
        let padded: Vec<String> = (0..CROP_PIXELS).map(|index| format!("{:03}", index % 256)).collect();
        assert_eq!(parse_pixels(padded.join(" ").as_bytes()).unwrap(), expected);
    }

    #[test]
    fn other_ways_to_write_pixels_are_read() {
        let expected: Pixels = std::array::from_fn(|index| (index % 256) as u8);
        let written = |number: &dyn Fn(u8) -> String, between: &str| {
            expected.iter().map(|&pixel| number(pixel)).collect::<Vec<_>>().join(between)
        };
        let whole = |pixel: u8| pixel.to_string();
        for text in [
            written(&whole, ","),
            format!("[{}]", written(&whole, ", ")),
            format!("[[ {}]]", written(&whole, "]\n [")),
            format!("[{}]", written(&|pixel| format!("{pixel}."), " ")),
            written(&|pixel| format!("{pixel}.0"), " "),
            written(&|pixel| format!("{pixel:e}"), "\t"),
        ] {
            assert_eq!(parse_pixels(text.as_bytes()), Ok(expected), "{}", &text[..40]);
        }
        let fields: Vec<String> = expected.iter().map(|pixel| format!("{pixel}.0")).collect();
        assert_eq!(parse_fields(fields.iter().map(String::as_bytes)), Ok(expected));
        for number in ["0.5", "-1", "+1", "256.0", "1e3", ".5", "nan", "inf", "...", "1e", "0x1", ""] {
            assert_eq!(parse_number(number.as_bytes()), None, "{number}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_quick_way_agrees_with_the_careful_one(
            numbers in proptest::collection::vec("[0-9]{1,3}", 2300..2308),
            at in 0..9000_usize,
            letter in "[0-9 x-]",
        ) {
            let mut text = numbers.join(" ").into_bytes();
            for change in [None, Some(letter.as_bytes()[0])] {
                let length = text.len();
                if let Some(letter) = change {
                    text[at % length] = letter;
                }
                let mut pixels = [0; CROP_PIXELS];
                if parse_regular(&text, &mut pixels).is_some() {
                    prop_assert_eq!(parse_any(&text), Ok(pixels));
                }
                prop_assert_eq!(parse_pixels(&text), parse_any(&text));
            }
        }
    }
}
