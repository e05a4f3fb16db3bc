//! Lines of a text of any size, one at a time, in bounded memory.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

/// Bytes of a line that are kept: a row of 2,304 pixels takes less than 10,000.
const LONGEST: usize = 64 * 1024;

/// Reads line by line, whether lines end in LF, CR LF or CR.
pub(super) struct Lines<R> {
    source: BufReader<R>,
    line: Vec<u8>,
    number: u64,
    after_return: bool,
}

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The first line is 1.
    pub number: u64,
    pub bytes: &'a [u8],
    /// The line was longer, the rest is dropped.
    pub cut: bool,
}

impl<R: Read> Lines<R> {
    pub fn new(source: R) -> Self {
        Self { source: BufReader::with_capacity(LONGEST, source), line: Vec::new(), number: 0, after_return: false }
    }

    /// The next line, `None` after the last.
    pub fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let (mut started, mut cut) = (false, false);
        loop {
            let buffer = match self.source.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                filled => filled?,
            };
            if buffer.is_empty() {
                if started {
                    break;
                }
                return Ok(None);
            }
            if std::mem::take(&mut self.after_return) && buffer[0] == b'\n' {
                self.source.consume(1);
                continue;
            }
            started = true;
            let end = buffer.iter().position(|&byte| byte == b'\n' || byte == b'\r');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            let room = LONGEST - self.line.len();
            cut |= part.len() > room;
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            self.after_return = end.is_some_and(|end| buffer[end] == b'\r');
            let used = part.len() + usize::from(end.is_some());
            self.source.consume(used);
            if end.is_some() {
                break;
            }
        }
        self.number += 1;
        Ok(Some(Line { number: self.number, bytes: &self.line, cut }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        let mut lines = Lines::new(text.as_bytes());
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push(String::from_utf8(line.bytes.to_vec()).unwrap());
        }
        all
    }

    #[test]
    fn any_line_end_will_do() {
        for text in ["a\n\nb", "a\r\n\r\nb\r\n", "a\r\rb\r", "a\n\r\nb\r"] {
            assert_eq!(lines(text), ["a", "", "b"], "{text:?}");
        }
        assert!(lines("").is_empty());
    }

    #[test]
    fn a_line_without_end_stays_small() {
        let mut lines = Lines::new(io::repeat(b'x').take(10_000_000).chain(&b"\nnext"[..]));
        let long = lines.next().unwrap().unwrap();
        assert!(long.cut && long.bytes.len() == LONGEST);
        assert_eq!(lines.next().unwrap(), Some(Line { number: 2, bytes: b"next", cut: false }));
        assert_eq!(lines.next().unwrap(), None);
    }
}
