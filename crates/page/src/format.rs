//! Numbers as text, in the language of the moment. By whole numbers only, since the formatting of floats would weigh more
//! than all of these. What a machine reads, such as an attribute, takes [`mien_core::number`] instead.

use super::language::number::{localized, number};
use super::language::{Value, messages};

/// A number with a fixed count of decimals (0 to 9), such as `12.5`, its thousands together.
pub fn fixed(value: f64, decimals: u32) -> String {
    localized(&mien_core::number::fixed(value, decimals))
}

/// A whole number with its thousands apart, such as `28,709`.
pub fn grouped(count: usize) -> String {
    number(count as f64, 0)
}

/// A share of 1 as whole percent, such as `93%`.
pub fn percent(share: f32) -> String {
    messages::percent(&fixed(f64::from(share) * 100.0, 0))
}

/// A share of 1 as percent with one decimal, such as `67.8%`.
pub fn share(share: f64) -> String {
    messages::percent(&fixed(share * 100.0, 1))
}

/// Milliseconds for reading: one decimal below ten, whole above.
pub fn milliseconds(value: f32) -> String {
    messages::milliseconds(&fixed(f64::from(value), if value < 10.0 { 1 } else { 0 }))
}

/// Seconds as a clock shows them, such as `1:05`.
pub fn clock(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u32;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// A large count, such as `1.3 million`.
pub fn scaled(count: u64) -> String {
    let (value, power) = thousands(count);
    messages::scaled(value, ["", "thousand", "million", "billion"][power])
}

/// Bytes for reading, such as `83 MB`.
pub fn bytes(count: u64) -> String {
    let (value, power) = thousands(count);
    messages::bytes(value, ["", "kilo", "mega", "giga"][power])
}

/// A large count by the power of a thousand that it is in.
fn thousands(count: u64) -> (Value<'static>, usize) {
    let mut value = count as f64;
    let mut power = 0;
    while value >= 1000.0 && power < 3 {
        value /= 1000.0;
        power += 1;
    }
    (Value::Number(value, u32::from(value < 10.0 && power > 0)), power)
}

#[cfg(test)]
mod tests {
    use super::{bytes, clock, fixed, grouped, milliseconds, number, percent, scaled, share};

    #[test]
    fn numbers_read_well() {
        assert_eq!((percent(0.934), share(0.6777)), ("93%".to_owned(), "67.8%".to_owned()));
        assert_eq!([4.26, 42.6].map(milliseconds), ["4.3 ms", "43 ms"]);
        assert_eq!(clock(65.9), "1:05");
        assert_eq!([436, 1_300_000, 117_000_000].map(scaled), ["436", "1.3 million", "117 million"]);
        assert_eq!([7, 436, 28_709, 1_000_000].map(grouped), ["7", "436", "28,709", "1,000,000"]);
        assert_eq!([12, 2_304, 82_683_648].map(bytes), ["12 bytes", "2.3 kB", "83 MB"]);
        assert_eq!((number(-123_456.78, 1), fixed(1234.5, 1)), ("-123,456.8".to_owned(), "1234.5".to_owned()));
    }
}
