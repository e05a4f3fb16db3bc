//! What a file is by its bytes, whatever its name says: for messages that help, and for animations.

/// What the first bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A GIF, which may be animated: see [`gif_frames`].
    Gif,
    /// A format that every browser reads: JPEG, PNG, WebP.
    Common {
        /// Whether it moves.
        animated: bool,
    },
    /// A format that some browsers read.
    Rare,
    /// No picture that is known here.
    Other,
}

/// Tells from the first bytes what a file is.
pub fn kind(head: &[u8]) -> Kind {
    if head.starts_with(b"\xff\xd8\xff") {
        Kind::Common { animated: false }
    } else if head.starts_with(b"GIF8") {
        Kind::Gif
    } else if head.starts_with(b"\x89PNG") {
        // An animated PNG announces itself before the first pixels.
        let pixels = position(head, b"IDAT").unwrap_or(head.len());
        Kind::Common { animated: position(&head[..pixels], b"acTL").is_some() }
    } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        let animated = head.get(12..16) == Some(b"VP8X") && head.get(20).is_some_and(|flags| flags & 2 != 0);
        Kind::Common { animated }
    } else if is_iso_picture(head) || head.starts_with(b"BM") || is_tiff(head) || is_svg(head) {
        Kind::Rare
    } else {
        Kind::Other
    }
}

/// AVIF and HEIC, the latter of which most browsers don't read.
fn is_iso_picture(head: &[u8]) -> bool {
    let brands: [&[u8]; 8] = [b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"jxl "];
    head.get(4..8) == Some(b"ftyp") && head.get(8..12).is_some_and(|brand| brands.contains(&brand))
}

fn is_tiff(head: &[u8]) -> bool {
    head.starts_with(b"II*\0") || head.starts_with(b"MM\0*")
}

fn is_svg(head: &[u8]) -> bool {
    let text = head.trim_ascii_start();
    text.starts_with(b"<svg") || text.starts_with(b"<?xml") && position(text, b"<svg").is_some()
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// How many frames a GIF has; counts no further than two.
pub fn gif_frames(file: &[u8]) -> usize {
    let mut reader = Reader { bytes: file, at: 10 };
    let mut frames = 0;
    let walk = |reader: &mut Reader<'_>, frames: &mut usize| -> Option<()> {
        let packed = reader.byte()?;
        reader.skip(2 + colours(packed));
        while *frames < 2 {
            match reader.byte()? {
                0x21 => {
                    reader.skip(1);
                    reader.blocks()?;
                }
                0x2c => {
                    *frames += 1;
                    reader.skip(8);
                    let packed = reader.byte()?;
                    reader.skip(colours(packed) + 1);
                    reader.blocks()?;
                }
                _ => return None,
            }
        }
        None
    };
    walk(&mut reader, &mut frames);
    frames
}

/// The bytes of a GIF's colour table.
fn colours(packed: u8) -> usize {
    if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, count: usize) {
        self.at += count;
    }

    /// Past the data blocks up to the empty one that ends them.
    fn blocks(&mut self) -> Option<()> {
        loop {
            match self.byte()? {
                0 => return Some(()),
                length => self.skip(usize::from(length)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, gif_frames, kind};

    /// A GIF of 1×1 pixels with so many frames.
    fn gif(frames: usize) -> Vec<u8> {
        let mut file = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
        for _ in 0..frames {
            file.extend(b"\x21\xf9\x04\0\x0a\0\0\0");
            file.extend(b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
        }
        file.push(0x3b);
        file
    }

    #[test]
    fn frames_of_a_gif_are_counted() {
        assert_eq!(kind(&gif(1)), Kind::Gif);
        assert_eq!(gif_frames(&gif(1)), 1);
        assert_eq!(gif_frames(&gif(7)), 2);
        assert_eq!(gif_frames(&gif(2)[..30]), 1);
        assert_eq!(gif_frames(b"GIF89a"), 0);
    }

    #[test]
    fn a_text_is_no_picture() {
        assert_eq!(kind(b"dear diary"), Kind::Other);
        assert_eq!(kind(b""), Kind::Other);
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n....acTL....IDAT"), Kind::Common { animated: true });
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n....IDAT..acTL"), Kind::Common { animated: false });
    }
}
