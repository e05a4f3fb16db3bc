//! Parses the text of 2,304 pixels.

use super::Pixels;
use super::rejection::{Rejection, excerpt};
use crate::vision::CROP_PIXELS;

/// Parses 2,304 numbers from 0 to 255, separated by spaces.
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

/// The general case: any number of spaces; reports errors.
fn parse_any(text: &[u8]) -> Result<Pixels, Rejection> {
    let mut pixels = [0; CROP_PIXELS];
    let mut count = 0;
    for number in text.split(|&byte| byte == b' ').filter(|number| !number.is_empty()) {
        if let Some(pixel) = pixels.get_mut(count) {
            *pixel =
                parse_byte(number).ok_or_else(|| Rejection::Pixel { position: count + 1, text: excerpt(number) })?;
        }
        count += 1;
    }
    if count == CROP_PIXELS { Ok(pixels) } else { Err(Rejection::PixelCount(count)) }
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
