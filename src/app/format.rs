//! Numbers as text. By whole numbers only, since the formatting of floats would weigh more than all of these.

pub use crate::number::fixed;

/// A share of 1 as whole percent, such as `93%`.
pub fn percent(share: f32) -> String {
    format!("{}%", (share * 100.0).round() as i32)
}

/// Milliseconds for reading: one decimal below ten, whole above.
pub fn milliseconds(value: f32) -> String {
    fixed(f64::from(value), if value < 10.0 { 1 } else { 0 })
}

/// Seconds as a clock shows them, such as `1:05`.
pub fn clock(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u32;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// A large count, such as `1.3 million`, without its unit word: the number and the power of a thousand it is in.
pub fn scaled(count: u64) -> (String, u32) {
    let mut value = count as f64;
    let mut power = 0;
    while value >= 1000.0 && power < 3 {
        value /= 1000.0;
        power += 1;
    }
    (fixed(value, u32::from(value < 10.0 && power > 0)), power)
}

/// A whole number with its thousands apart, such as `28,709`.
pub fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes for reading, such as `83 MB`.
pub fn bytes(count: u64) -> String {
    let (number, power) = scaled(count);
    format!("{number} {}", ["bytes", "kB", "MB", "GB"][power as usize])
}

#[cfg(test)]
mod tests {
    use super::{bytes, clock, grouped, milliseconds, percent, scaled};

    #[test]
    fn numbers_read_well() {
        assert_eq!(percent(0.934), "93%");
        assert_eq!(milliseconds(4.26), "4.3");
        assert_eq!(milliseconds(42.6), "43");
        assert_eq!(clock(65.9), "1:05");
        assert_eq!(scaled(1_300_000), ("1.3".to_owned(), 2));
        assert_eq!(scaled(117_000_000), ("117".to_owned(), 2));
        assert_eq!([7, 436, 28_709, 1_000_000].map(grouped), ["7", "436", "28,709", "1,000,000"]);
        assert_eq!([12, 2_304, 82_683_648].map(bytes), ["12 bytes", "2.3 kB", "83 MB"]);
    }
}
