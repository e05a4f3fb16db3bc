//! Lines of a text of any size, one at a time, in bounded memory.

use std::io::{self, ErrorKind, Read};

use memchr::memchr2;

use super::encoding::Text;

/// Maximum length of a line, in bytes; the rest is dropped. A row of 2,304 pixels takes less than 10,000.
pub(super) const MAX_LINE_LENGTH: usize = 64 * 1024;

/// Maximum number of bytes of a line that are skipped; a file with longer lines is not text.
const MAX_SKIPPED_LENGTH: u64 = 16 * 1024 * 1024;

/// Size of the buffer, which also holds the rest of the previous read.
const BUFFER: usize = 4 * MAX_LINE_LENGTH;

/// A line takes no end.
#[derive(Debug, thiserror::Error)]
#[error("a line is longer than 16 MiB")]
struct LongLine;

/// Whether reading stopped since a line takes no end.
pub(super) fn is_long(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<LongLine>())
}

/// Reads line by line, whether lines end in LF, CR LF or CR, and whether the text is in UTF-8 or UTF-16. A byte-order mark at the very start
/// is skipped.
pub(super) struct Lines<R> {
    source: Text<R>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    number: u64,
    after_return: bool,
    /// Whether the rest of a line that is too long comes next.
    is_cut: bool,
}

/// A line without its terminator.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The first line is 1.
    pub number: u64,
    pub bytes: &'a [u8],
    /// Whether the line was longer and its rest is dropped.
    pub cut: bool,
    /// Whether the text ends within the line's last character, which is U+FFFD.
    pub ends_within_character: bool,
}

impl<R: Read> Lines<R> {
    pub fn new(source: R) -> Self {
        Self {
            source: Text::new(source),
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            number: 0,
            after_return: false,
            is_cut: false,
        }
    }

    /// Number of bytes read from the source.
    pub fn read(&self) -> u64 {
        self.source.source_bytes()
    }

    /// The next line, `None` after the last.
    ///
    /// # Errors
    /// When reading fails or a line is far too long.
    pub fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.pass_rest()?;
        let mut searched = 0;
        let mut is_last = false;
        let length = loop {
            match memchr2(b'\n', b'\r', &self.buffer[self.start + searched..self.end]) {
                Some(at) => break searched + at,
                None => searched = self.end - self.start,
            }
            if searched > MAX_LINE_LENGTH {
                self.compact();
                self.start = MAX_LINE_LENGTH;
                self.is_cut = true;
                self.number += 1;
                let bytes = &self.buffer[..MAX_LINE_LENGTH];
                return Ok(Some(Line { number: self.number, bytes, cut: true, ends_within_character: false }));
            }
            if !self.fill()? {
                if searched == 0 {
                    return Ok(None);
                }
                is_last = true;
                break searched;
            }
        };
        self.number += 1;
        let line = self.start..self.start + length;
        self.start = line.end;
        self.pass_end();
        let cut = length > MAX_LINE_LENGTH;
        let bytes = &self.buffer[line];
        Ok(Some(Line {
            number: self.number,
            bytes: &bytes[..length.min(MAX_LINE_LENGTH)],
            cut,
            ends_within_character: is_last && self.source.ends_within_character(),
        }))
    }

    /// The first byte of the next line, or of its end; `None` after the last line.
    ///
    /// # Errors
    /// When reading fails.
    pub fn peek(&mut self) -> io::Result<Option<u8>> {
        self.pass_rest()?;
        Ok(self.has_byte()?.then(|| self.buffer[self.start]))
    }

    /// Skips what is left of the line before: its dropped rest, and the LF of CR LF.
    fn pass_rest(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.is_cut) {
            self.skip()?;
        }
        if std::mem::take(&mut self.after_return) && self.has_byte()? && self.buffer[self.start] == b'\n' {
            self.start += 1;
        }
        Ok(())
    }

    /// Skips the rest of a line.
    fn skip(&mut self) -> io::Result<()> {
        let mut skipped = 0;
        loop {
            if let Some(at) = memchr2(b'\n', b'\r', &self.buffer[self.start..self.end]) {
                self.start += at;
                self.pass_end();
                return Ok(());
            }
            skipped += (self.end - self.start) as u64;
            if skipped > MAX_SKIPPED_LENGTH {
                return Err(io::Error::new(ErrorKind::InvalidData, LongLine));
            }
            self.start = self.end;
            if !self.fill()? {
                return Ok(());
            }
        }
    }

    /// Skips a line terminator at the start of the buffer.
    fn pass_end(&mut self) {
        if self.start < self.end {
            self.after_return = self.buffer[self.start] == b'\r';
            self.start += 1;
        }
    }

    fn has_byte(&mut self) -> io::Result<bool> {
        Ok(self.start < self.end || self.fill()?)
    }

    /// Reads more into the buffer; `false` at the end of the source.
    fn fill(&mut self) -> io::Result<bool> {
        if self.end == self.buffer.len() || self.start == self.end {
            self.compact();
        }
        self.read_more()
    }

    fn compact(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
    }

    fn read_more(&mut self) -> io::Result<bool> {
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => {
                    let count = result?;
                    self.end += count;
                    return Ok(count > 0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a limited number of bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let max = buffer.len().min(self.1);
            self.0.read(&mut buffer[..max])
        }
    }

    fn lines(text: &str, drop: usize) -> Vec<String> {
        let mut lines = Lines::new(Drops(text.as_bytes(), drop));
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push(String::from_utf8(line.bytes.to_vec()).unwrap());
        }
        all
    }

    #[test]
    fn any_line_end_will_do() {
        for text in ["a\n\nb", "a\r\n\r\nb\r\n", "a\r\rb\r", "a\n\r\nb\r", "\u{feff}a\n\nb\n"] {
            for drop in [1, 2, 3, 100] {
                assert_eq!(lines(text, drop), ["a", "", "b"], "{text:?}");
            }
        }
        assert!(lines("", 1).is_empty() && lines("\u{feff}", 1).is_empty());
        assert_eq!(lines("\n\u{feff}", 5), ["", "\u{feff}"]);
    }

    #[test]
    fn lines_cross_the_buffer() {
        let written: Vec<String> = (0..300).map(|index| "x".repeat(index * 41 % 9000)).collect();
        for drop in [1000, 77_777, usize::MAX] {
            assert_eq!(lines(&(written.join("\r\n") + "\r\n"), drop), written);
        }
        let longest = "y".repeat(MAX_LINE_LENGTH);
        assert_eq!(lines(&format!("{longest}\n{longest}"), 30_000), [longest.clone(), longest]);
    }

    #[test]
    fn a_line_without_end_stays_small() {
        for length in [MAX_LINE_LENGTH as u64 + 1, 1_000_000, 10_000_000] {
            let mut lines = Lines::new(io::repeat(b'x').take(length).chain(&b"\r\nnext"[..]));
            let long = lines.next().unwrap().unwrap();
            assert!(long.cut && long.bytes.len() == MAX_LINE_LENGTH && long.bytes.iter().all(|&byte| byte == b'x'));
            let next = Line { number: 2, bytes: b"next", cut: false, ends_within_character: false };
            assert_eq!(lines.next().unwrap(), Some(next));
            assert_eq!(lines.next().unwrap(), None);
        }
        let mut lines = Lines::new(io::repeat(b'x').take(20_000_000));
        assert!(lines.next().unwrap().unwrap().cut);
        assert_eq!(lines.next().unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
