//! A dataset as FER2013's CSV.

use std::borrow::Cow;
use std::io::{self, Write};

use super::Dataset;

/// A field of a CSV, quoted if necessary.
pub fn quoted(text: &str) -> Cow<'_, str> {
    if text.contains(['"', ',', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}

impl Dataset {
    /// Writes FER2013's CSV: `emotion,pixels,Usage`, and the groups as further columns. Reading it gives the same dataset
    /// with new row numbers.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_csv(&self, mut target: impl Write) -> io::Result<()> {
        let mut row = "emotion,pixels,Usage".to_owned();
        for group in &self.groups {
            row.push(',');
            row.push_str(&quoted(&group.name));
        }
        row.push('\n');
        target.write_all(row.as_bytes())?;
        let numbers: Vec<String> = (0..=u8::MAX).map(|pixel| pixel.to_string()).collect();
        for index in 0..self.len() {
            row.clear();
            row.push_str(&numbers[self.label(index).index()]);
            for (position, &pixel) in self.pixels(index).iter().enumerate() {
                row.push(if position == 0 { ',' } else { ' ' });
                row.push_str(&numbers[usize::from(pixel)]);
            }
            row.push(',');
            row.push_str(self.split(index).name());
            for group in &self.groups {
                row.push(',');
                row.push_str(&quoted(group.value(index)));
            }
            row.push('\n');
            target.write_all(row.as_bytes())?;
        }
        target.flush()
    }
}
