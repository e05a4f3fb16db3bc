//! Decompresses gzip as the program `gzip` does: members one after the other, and zero bytes that pad the file.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// Decompresses a gzip file. Zero bytes between and after its members are ignored.
pub(super) struct Gunzip<R> {
    /// The current member; `None` after the last.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Gunzip<R> {
    pub fn new(source: R) -> Self {
        Self { member: Some(GzDecoder::new(source)) }
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let source = self.member.take().map(GzDecoder::into_inner);
            if let Some(mut source) = source
                && skip_zeros(&mut source)?
            {
                self.member = Some(GzDecoder::new(source));
            }
        }
        Ok(0)
    }
}

/// Skips zero bytes; whether others follow.
fn skip_zeros(source: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = source.fill_buf()?;
        if bytes.is_empty() {
            return Ok(false);
        }
        let (length, zeros) = (bytes.len(), bytes.iter().take_while(|&&byte| byte == 0).count());
        source.consume(zeros);
        if zeros < length {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn gunzip(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        // in small pieces, so that members and zeros cross their ends
        Gunzip::new(io::BufReader::with_capacity(7, bytes)).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn zeros_around_members_are_ignored() {
        let (one, two) = (gzip("one "), gzip("two"));
        assert_eq!(gunzip(&[&one[..], &two].concat()).unwrap(), "one two");
        assert_eq!(gunzip(&[&one[..], &[0; 20], &two, &[0; 600]].concat()).unwrap(), "one two");
        assert_eq!(gunzip(&gzip("")).unwrap(), "");
    }

    #[test]
    fn anything_else_behind_a_member_is_an_error() {
        let one = gzip("one ");
        for rest in [&b"x"[..], b"\0\0x", b"\x1f\x8b", &one[..one.len() - 1]] {
            assert!(gunzip(&[&one[..], rest].concat()).is_err(), "{rest:?}");
        }
        for length in 0..one.len() {
            assert!(gunzip(&one[..length]).is_err(), "{length}");
        }
    }
}
