//! Formats numbers in the current language. Uses integer arithmetic only, since float formatting would add too much
//! code to the page's program. Machine-readable values, such as attributes, use [`mien_core::number`] instead.

use super::language::number::{localized, number};
use super::language::{Value, messages};

/// A number with a fixed number of decimals (0 to 9) and without thousands separators, such as `12.5`.
pub fn fixed(value: f64, decimals: u32) -> String {
    localized(&mien_core::number::fixed(value, decimals))
}

/// An integer with thousands separators, such as `28,709`.
pub fn grouped(count: usize) -> String {
    number(count as f64, 0)
}

/// A fraction as a whole percentage, such as `93%`.
pub fn percent(share: f32) -> String {
    messages::percent(&fixed(f64::from(share) * 100.0, 0))
}

/// A fraction as a percentage with one decimal, such as `67.8%`.
pub fn share(share: f64) -> String {
    messages::percent(&fixed(share * 100.0, 1))
}

/// Milliseconds: with one decimal below ten, otherwise none.
pub fn milliseconds(value: f32) -> String {
    messages::milliseconds(&fixed(f64::from(value), if value < 9.95 { 1 } else { 0 }))
}

/// Minutes and seconds, such as `1:05`.
pub fn clock(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u32;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// A large count, such as `1.3 million`.
pub fn scaled(count: u64) -> String {
    let (value, power) = thousands(count);
    messages::scaled(value, ["", "thousand", "million", "billion"][power])
}

/// A size in bytes, such as `83 MB`.
pub fn bytes(count: u64) -> String {
    let (value, power) = thousands(count);
    messages::bytes(value, ["", "kilo", "mega", "giga"][power])
}

/// A large count as a value and a power of a thousand.
fn thousands(count: u64) -> (Value<'static>, usize) {
    let mut value = count as f64;
    let mut power = 0;
    // By what it rounds to: 999,999 is 1.0 million rather than 1,000 thousand.
    while value.round() >= 1000.0 && power < 3 {
        value /= 1000.0;
        power += 1;
    }
    (Value::Number(value, u32::from(value < 9.95 && power > 0)), power)
}

#[cfg(test)]
mod tests {
    use super::{bytes, clock, fixed, grouped, localized, milliseconds, number, percent, scaled, share};
    use crate::language::speak;

    #[test]
    fn numbers_read_well() {
        assert_eq!((percent(0.934), share(0.6777)), ("93%".to_owned(), "67.8%".to_owned()));
        assert_eq!([4.26, 42.6].map(milliseconds), ["4.3 ms", "43 ms"]);
        assert_eq!(clock(65.9), "1:05");
        assert_eq!([436, 1_300_000, 117_000_000].map(scaled), ["436", "1.3 million", "117 million"]);
        assert_eq!([7, 436, 28_709, 1_000_000].map(grouped), ["7", "436", "28,709", "1,000,000"]);
        assert_eq!([12, 2_304, 82_683_648].map(bytes), ["12 bytes", "2.3 kB", "83 MB"]);
        assert_eq!((number(-123_456.78, 1), fixed(1234.5, 1)), ("−123,456.8".to_owned(), "1234.5".to_owned()));
    }

    #[test]
    fn negative_numbers_have_a_minus_sign_in_every_language() {
        for (tag, decimal) in [("en", '.'), ("de", ','), ("fr", ',')] {
            speak(tag);
            let texts = [fixed(-35.5, 1), number(-35.5, 1), localized("-35.5")];
            assert_eq!(texts, [(); 3].map(|()| format!("−35{decimal}5")), "{tag}");
            assert!(percent(-0.5).starts_with("−50"), "{tag}");
        }
    }

    #[test]
    fn large_counts_take_the_unit_that_they_round_to() {
        for (count, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1.0 thousand"),
            (9_949, "9.9 thousand"),
            (9_960, "10 thousand"),
            (999_499, "999 thousand"),
            (999_500, "1.0 million"),
            (999_999_999, "1.0 billion"),
            (u64::MAX, "18,446,744,074 billion"),
        ] {
            assert_eq!(scaled(count), text, "{count}");
        }
        assert_eq!([999, 999_999, 1_000_000_000].map(bytes), ["999 bytes", "1.0 MB", "1.0 GB"]);
    }

    #[test]
    fn milliseconds_change_to_whole_ones_at_ten() {
        assert_eq!(
            [0.0, 9.94, 9.96, 10.4, 1234.0].map(milliseconds),
            ["0.0 ms", "9.9 ms", "10 ms", "10 ms", "1234 ms"]
        );
    }

    #[test]
    fn clocks_never_run_backwards() {
        assert_eq!([0.0, 59.999, 60.0, 3_725.0].map(clock), ["0:00", "0:59", "1:00", "62:05"]);
        assert_eq!([-5.0, f64::NAN].map(clock), ["0:00", "0:00"]);
    }

    #[test]
    fn numbers_out_of_range_are_written_without_a_panic() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, f64::MIN_POSITIVE, -0.0] {
            for decimals in [0, 3, 9] {
                assert!(!fixed(value, decimals).is_empty() && !number(value, decimals).is_empty());
            }
            assert!(share(value).ends_with('%') && percent(value as f32).ends_with('%'));
            assert!(!clock(value).is_empty() && !milliseconds(value as f32).is_empty());
        }
        assert_eq!((fixed(f64::NAN, 1), fixed(-0.04, 1)), ("0.0".to_owned(), "0.0".to_owned()));
        assert_eq!(grouped(usize::MAX), number(usize::MAX as f64, 0));
    }
}
