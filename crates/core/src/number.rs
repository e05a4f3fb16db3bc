//! Numbers, and JSON strings, as text. Uses integers only, since the formatting of floats would add more to the size of the wasm file.

/// A number with a fixed count of decimals (0 to 9) and a decimal point, such as `12.5`. Numbers that are too large become
/// the largest that fits, and NaN becomes 0.
pub fn fixed(value: f64, decimals: u32) -> String {
    let unit = 10_i64.pow(decimals);
    let scaled = (value * unit as f64).round() as i64;
    let sign = if scaled < 0 { "-" } else { "" };
    let scaled = scaled.unsigned_abs();
    let (whole, rest) = (scaled / unit as u64, scaled % unit as u64);
    if decimals == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:0width$}", width = decimals as usize)
    }
}

/// A number with as few decimals as it needs, at most `decimals`, such as `0.0005`.
pub fn plain(value: f64, decimals: u32) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let text = fixed(value, decimals);
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// A share from 0 to 1 as a percentage with one decimal, such as `67.8 %`.
pub fn percent(share: f64) -> String {
    fixed(share * 100.0, 1) + " %"
}

/// A count of things with a regular plural, named as one, such as `1 image` and `2 images`.
pub fn counted(count: u64, one: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {one}{ending}")
}

/// A name, or the first of those that follow it and are not taken: `name (2)`, `name (3)`.
pub fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    for number in 2_u32.. {
        if !is_taken(&free) {
            break;
        }
        free = format!("{name} ({number})");
    }
    free
}

/// A text as a JSON string, with its quotation marks.
pub fn json_string(text: &str) -> String {
    let mut json = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => json.extend(['\\', letter]),
            letter if letter < ' ' => json += &format!("\\u{:04x}", u32::from(letter)),
            letter => json.push(letter),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::{counted, fixed, free_name, json_string, percent, plain};

    #[test]
    fn names_that_are_taken_are_numbered() {
        let taken = ["good", "good (2)", "a (2)"];
        let free = |name| free_name(name, |name| taken.contains(&name));
        assert_eq!(["good", "a", "a (2)", ""].map(free), ["good (3)", "a", "a (2) (2)", ""]);
    }

    #[test]
    fn texts_are_json() {
        let text = "a \"b\" \\ c\n\u{1}é";
        assert_eq!(serde_json::from_str::<String>(&json_string(text)).unwrap(), text);
    }

    #[test]
    fn one_is_singular() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "image")), ["0 images", "1 image", "2 images"]);
    }

    #[test]
    fn numbers_are_formatted() {
        assert_eq!(fixed(12.345, 2), "12.35");
        assert_eq!(fixed(-0.5, 1), "-0.5");
        assert_eq!(fixed(-0.04, 1), "0.0");
        assert_eq!(fixed(3.0, 0), "3");
        assert_eq!(fixed(0.04, 2), "0.04");
        assert_eq!(fixed(0.123_456_789_4, 9), "0.123456789");
        assert_eq!(fixed(f64::NEG_INFINITY, 0), "-9223372036854775808");
        assert_eq!(percent(0.6777), "67.8 %");
        assert_eq!([0.0005, 40.0, f64::NAN].map(|value| plain(value, 9)), ["0.0005", "40", "NaN"]);
        assert_eq!(plain(f64::from(0.1_f32), 6), "0.1");
    }
}
