//! Detects the kind of a file by its first bytes, independently of its name.

use crate::network::OnnxStatement;

/// The number of bytes at the start of a file that identify it.
pub const HEAD: usize = 64 * 1024;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum FileKind {
    Gif,
    Jpeg,
    Png {
        /// Whether it is an animation.
        animated: bool,
    },
    WebP {
        /// Whether it is an animation.
        animated: bool,
    },
    /// An image in the container of ISO 14496-12: AVIF, HEIC, JPEG XL or CR3.
    IsoImage,
    /// A video, or sound alone in the same containers: MP4, QuickTime, Matroska, WebM, Ogg, AVI, MPEG.
    Video,
    Bmp,
    Tiff,
    Svg,
    /// An image of another format that is not read.
    OtherImage(OtherImage),
    Gzip,
    Zip,
    SevenZip,
    Rar,
    Xz,
    Bzip2,
    Zstandard,
    NumPy,
    /// A zip archive of NumPy arrays, by its first file.
    NumPyZip,
    Parquet,
    Sqlite,
    Hdf5,
    Pdf,
    /// A dataset as [`crate::dataset::Dataset::write_to`] writes it.
    StoredDataset,
    /// Weights in safetensors: eight bytes with the length of a header in JSON, then the header.
    Safetensors,
    /// Weights in Burn's own format.
    Burnpack,
    /// A text that Git LFS leaves in the place of a file that was not fetched.
    GitLfs,
    /// Anything else, such as text.
    Other,
}

/// A format of images that is not read, nor by most browsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum OtherImage {
    /// PBM, PGM, PPM and PAM.
    Netpbm,
    Jpeg2000,
    Ico,
    Photoshop,
    OpenExr,
    Targa,
}

impl OtherImage {
    /// The name of the format.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Netpbm => "PNM (PBM, PGM, PPM)",
            Self::Jpeg2000 => "JPEG 2000",
            Self::Ico => "ICO",
            Self::Photoshop => "PSD",
            Self::OpenExr => "OpenEXR",
            Self::Targa => "TGA",
        }
    }
}

/// Kinds that start with fixed bytes.
const STARTS: [(&[u8], FileKind); 30] = [
    (b"GIF8", FileKind::Gif),
    (b"\xff\xd8\xff", FileKind::Jpeg),
    (b"II*\0", FileKind::Tiff),
    (b"MM\0*", FileKind::Tiff),
    // with offsets of 64 bits
    (b"II+\0", FileKind::Tiff),
    (b"MM\0+", FileKind::Tiff),
    (b"\0\0\0\x0cJXL ", FileKind::IsoImage),
    (b"\0\0\0\x0cjP  \r\n", FileKind::OtherImage(OtherImage::Jpeg2000)),
    (b"\xff\x4f\xff\x51", FileKind::OtherImage(OtherImage::Jpeg2000)),
    (b"8BPS", FileKind::OtherImage(OtherImage::Photoshop)),
    (b"v/1\x01", FileKind::OtherImage(OtherImage::OpenExr)),
    (b"\x1f\x8b", FileKind::Gzip),
    (b"PK\x03\x04", FileKind::Zip),
    (b"PK\x05\x06", FileKind::Zip),
    (b"7z\xbc\xaf", FileKind::SevenZip),
    (b"Rar!", FileKind::Rar),
    (b"\xfd7zXZ", FileKind::Xz),
    (b"BZh", FileKind::Bzip2),
    (b"\x28\xb5\x2f\xfd", FileKind::Zstandard),
    (b"\x93NUMPY", FileKind::NumPy),
    (b"PAR1", FileKind::Parquet),
    (b"SQLite", FileKind::Sqlite),
    (b"\x89HDF", FileKind::Hdf5),
    (b"%PDF", FileKind::Pdf),
    (b"MIENSET", FileKind::StoredDataset),
    (b"version https://git-lfs.github.com/spec/", FileKind::GitLfs),
    (b"\x1a\x45\xdf\xa3", FileKind::Video),
    (b"OggS", FileKind::Video),
    (b"\0\0\x01\xba", FileKind::Video),
    (b"\0\0\x01\xb3", FileKind::Video),
];

/// Brands of still and animated images in ISO containers, by four bytes each.
const ISO_IMAGES: &[u8] = b"avifavisheicheixheimheishevchevxhevmhevsmif1mif2msf1jxl crx ";

/// Boxes with which QuickTime files begin that name no brand, by four bytes each.
const QUICK_TIME_BOXES: &[u8] = b"moovmdatwidefreeskippnot";

/// The lengths of a BMP's second header, which determine its version.
const BMP_HEADERS: [u8; 7] = [12, 40, 52, 56, 64, 108, 124];

impl FileKind {
    /// Whether it is a Parquet or NumPy file, which [`crate::dataset::RowLoader`] loads.
    pub const fn has_columns(self) -> bool {
        matches!(self, Self::Parquet | Self::NumPy | Self::NumPyZip)
    }

    /// The kind of a file that starts with these bytes: [`HEAD`] of them, or the whole file.
    pub fn of(head: &[u8]) -> Self {
        if head.starts_with(b"\x89PNG") {
            // the header of an animation precedes the pixels
            let pixels = position(head, b"IDAT").unwrap_or(head.len());
            return Self::Png { animated: position(&head[..pixels], b"acTL").is_some() };
        }
        if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
            let animated = head.get(12..16) == Some(b"VP8X") && head.get(20).is_some_and(|flags| flags & 2 != 0);
            return Self::WebP { animated };
        }
        if head.get(4..8) == Some(b"ftyp") {
            return if is_in(ISO_IMAGES, head.get(8..12)) { Self::IsoImage } else { Self::Video };
        }
        let is_quick_time = head.first() == Some(&0) && is_in(QUICK_TIME_BOXES, head.get(4..8));
        if is_quick_time || head.starts_with(b"RIFF") && head.get(8..12) == Some(b"AVI ") {
            return Self::Video;
        }
        // two letters alone may begin a text
        if head.starts_with(b"BM")
            && head.get(14).is_some_and(|length| BMP_HEADERS.contains(length))
            && head.get(15..18) == Some(&[0; 3])
        {
            return Self::Bmp;
        }
        if is_numpy_zip(head) {
            return Self::NumPyZip;
        }
        if let Some((_, kind)) = STARTS.iter().find(|(start, _)| head.starts_with(start)) {
            return *kind;
        }
        if is_transport_stream(head) {
            return Self::Video;
        }
        let text = head.trim_ascii_start();
        if text.starts_with(b"<svg") || text.starts_with(b"<?xml") && position(text, b"<svg").is_some() {
            Self::Svg
        } else if head.starts_with(b"NRUB") {
            Self::Burnpack
        } else if head.get(8) == Some(&b'{') && head.get(5..8) == Some(&[0; 3]) {
            Self::Safetensors
        } else {
            other_image(head).map_or(Self::Other, Self::OtherImage)
        }
    }

    /// Whether it is a picture, of any format.
    pub const fn is_image(self) -> bool {
        use FileKind::{Bmp, Gif, IsoImage, Jpeg, OtherImage, Png, Svg, Tiff, WebP};
        matches!(self, Gif | Jpeg | Png { .. } | WebP { .. } | IsoImage | Bmp | Tiff | Svg | OtherImage(_))
    }
}

/// Whether this is an ONNX model: a message of Protocol Buffers that begins with the version of the format, followed by a field of text, the graph
/// or the operator sets; or with what was stated about the model.
pub fn is_onnx(head: &[u8]) -> bool {
    matches!(head, [0x08, 1..=0x1f, 0x12 | 0x1a | 0x22 | 0x32 | 0x3a | 0x42, ..]) || OnnxStatement::is_in(head)
}

/// Formats of images that no fixed bytes tell.
fn other_image(head: &[u8]) -> Option<OtherImage> {
    match head {
        [b'P', b'1'..=b'6', rest @ ..] if is_netpbm(rest) => Some(OtherImage::Netpbm),
        [b'P', b'7', b'\n', b'W' | b'H' | b'D' | b'M' | b'T' | b'#', ..] => Some(OtherImage::Netpbm),
        // one to 255 pictures, each of which has a zero byte
        [0, 0, 1, 0, 1..=255, 0, _, _, _, 0, ..] => Some(OtherImage::Ico),
        // true colours or greys without a palette, at any place, with 8 to 32 bits
        [_, 0, 2 | 3 | 10 | 11, 0, 0, 0, 0, 0, _, _, _, _, size @ ..] => {
            let is_sized = size.len() >= 6 && size[..2] != [0, 0] && size[2..4] != [0, 0];
            (is_sized && matches!(size[4], 8 | 16 | 24 | 32) && size[5] < 64).then_some(OtherImage::Targa)
        }
        _ => None,
    }
}

/// Whether the width and the height of an image in PNM follow its first two bytes: numbers on lines without a comment.
fn is_netpbm(rest: &[u8]) -> bool {
    let lines = rest.split(|&byte| byte == b'\n').filter(|line| !line.starts_with(b"#"));
    let mut words = lines.flat_map(|line| line.split(u8::is_ascii_whitespace)).filter(|word| !word.is_empty());
    let mut is_number = || words.next().is_some_and(|word| word.len() < 6 && word.iter().all(u8::is_ascii_digit));
    rest.first().is_some_and(u8::is_ascii_whitespace) && is_number() && is_number()
}

/// Whether a list of codes, four bytes each, contains a code.
fn is_in(codes: &[u8], code: Option<&[u8]>) -> bool {
    code.is_some_and(|code| codes.chunks(4).any(|each| each == code))
}

/// Whether this is MPEG's transport stream: packets of 188 bytes, each preceded by four more in cameras' files.
fn is_transport_stream(head: &[u8]) -> bool {
    [(0, 188), (4, 192)]
        .into_iter()
        .any(|(first, length)| (0..3).all(|packet| head.get(first + packet * length) == Some(&b'G')))
}

/// Whether the first file of a zip archive is a NumPy array, by the name in its header.
fn is_numpy_zip(head: &[u8]) -> bool {
    const NAME: usize = 30;
    let length = || Some(usize::from(u16::from_le_bytes(head.get(26..28)?.try_into().ok()?)));
    let name = |length: usize| head.get(NAME..NAME + length);
    head.starts_with(b"PK\x03\x04") && length().and_then(name).is_some_and(|name| name.ends_with(b".npy"))
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// The pictures of an MJPEG clip, which is a sequence of JPEGs.
pub fn clip_pictures(file: &[u8]) -> Vec<&[u8]> {
    const START: &[u8] = b"\xff\xd8\xff";
    let mut starts: Vec<usize> = file
        .windows(START.len())
        .enumerate()
        // a thumbnail inside a JPEG starts with the same bytes, but not after an end marker
        .filter(|&(at, window)| window == START && (at == 0 || file[..at].ends_with(b"\xff\xd9")))
        .map(|(at, _)| at)
        .collect();
    starts.push(file.len());
    starts.windows(2).map(|pair| &file[pair[0]..pair[1]]).collect()
}

/// Number of frames of a GIF, counted up to `most`, without any behind unknown data. Requires the whole file; `None` if it
/// ends within what is counted.
pub fn gif_frames(file: &[u8], most: usize) -> Option<usize> {
    // header and screen size come first
    let mut blocks = Blocks { bytes: file, at: 10 };
    let mut frames = 0;
    blocks.skip_colour_table(2)?;
    while frames < most {
        match blocks.byte()? {
            // an extension
            0x21 => blocks.skip(1),
            // an image: place and size, colours, the size of a code
            0x2c => {
                frames += 1;
                blocks.skip(8);
                blocks.skip_colour_table(1)?;
            }
            _ => break,
        }
        blocks.skip_data()?;
    }
    Some(frames)
}

/// The blocks of a GIF.
struct Blocks<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Blocks<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, count: usize) {
        self.at += count;
    }

    /// Skips flags with the size of a colour table, `more` bytes, and the table.
    fn skip_colour_table(&mut self, more: usize) -> Option<()> {
        let flags = self.byte()?;
        self.skip(more + if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) });
        Some(())
    }

    /// Skips data blocks up to the empty one at their end.
    fn skip_data(&mut self) -> Option<()> {
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
    use super::*;

    /// A GIF of 1×1 pixels.
    fn gif(frames: usize) -> Vec<u8> {
        let mut file = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
        for _ in 0..frames {
            file.extend(b"\x21\xf9\x04\0\x0a\0\0\0");
            file.extend(b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
        }
        file.push(0x3b);
        file
    }

    /// Three packets of a transport stream, the first with a start of its own.
    fn packets(start: &[u8], first: usize, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; first + 3 * length];
        bytes[first..][..start.len()].copy_from_slice(start);
        bytes[first + length] = b'G';
        bytes[first + 2 * length] = b'G';
        bytes
    }

    #[test]
    fn frames_of_a_gif_are_counted() {
        assert_eq!(FileKind::of(&gif(1)), FileKind::Gif);
        assert_eq!([1, 2, 7].map(|frames| gif_frames(&gif(frames), 2)), [Some(1), Some(2), Some(2)]);
        assert_eq!(gif_frames(b"GIF89a", 1), None);
        let (one, two) = (gif(1).len() - 1, gif(2).len() - 1);
        for length in 0..=two {
            let cut = &gif(2)[..length];
            assert_eq!(gif_frames(cut, 1), (length >= one).then_some(1), "{length}");
            assert_eq!(gif_frames(cut, 2), (length >= two).then_some(2), "{length}");
        }
    }

    #[test]
    fn a_clip_splits_into_its_pictures() {
        let picture = &b"\xff\xd8\xff\xe0\x01\x02\x03\xff\xd9"[..];
        let clip = [picture, picture, picture].concat();
        assert_eq!(clip_pictures(&clip), [picture, picture, picture]);
        assert!(clip_pictures(b"no clip").is_empty());
    }

    #[test]
    fn onnx_models_are_known_by_their_first_fields() {
        let stated = OnnxStatement::default().write(b"\x08\x08:\x01");
        for model in [&b"\x08\x08\x12\x07pytorch"[..], b"\x08\x0a:\x80\x01", &stated] {
            assert!(is_onnx(model), "{model:?}");
        }
        for other in
            [&b""[..], b"\x08\x08", b"\x08\x08, backspaces", b"emotion,pixels\n", b"NRUB", b"\x10\x27\0\0\0\0\0\0{"]
        {
            assert!(!is_onnx(other), "{other:?}");
        }
    }

    #[test]
    fn kinds_are_determined_by_their_first_bytes() {
        for (head, kind) in [
            (&b"dear diary"[..], FileKind::Other),
            (b"", FileKind::Other),
            (b"emotion,pixels,Usage\n", FileKind::Other),
            (b"\x89PNG\r\n\x1a\n....acTL....IDAT", FileKind::Png { animated: true }),
            (b"\x89PNG\r\n\x1a\n....IDAT..acTL", FileKind::Png { animated: false }),
            (b"RIFF....WEBPVP8X....\x02", FileKind::WebP { animated: true }),
            (b"RIFF....WEBPVP8 ....\x02", FileKind::WebP { animated: false }),
            (b"\0\0\0\x1cftypavif", FileKind::IsoImage),
            (b"BM\x46\x05\0\0\0\0\0\0\x36\x04\0\0\x28\0\0\0", FileKind::Bmp),
            (b"BMI,age,emotion,pixels", FileKind::Other),
            (b"\0\0\0\x1cftypheis", FileKind::IsoImage),
            (b"\0\0\0\x1cftypisom", FileKind::Video),
            (b"\0\0\0\x14ftypqt  ", FileKind::Video),
            (b"\0\0\0\x08wide", FileKind::Video),
            (b"The wide world", FileKind::Other),
            (b"RIFF....AVI LIST", FileKind::Video),
            (b"RIFF....WAVEfmt ", FileKind::Other),
            (&packets(b"G", 0, 188), FileKind::Video),
            (&packets(b"G", 4, 192), FileKind::Video),
            (&packets(b"GIF89a", 0, 188), FileKind::Gif),
            (b"<?xml version='1.0'?><svg/>", FileKind::Svg),
            (b"  <svg/>", FileKind::Svg),
            (b"P5\n48 48\n255\n\x01", FileKind::OtherImage(OtherImage::Netpbm)),
            (b"P2\n# by GIMP\n48 48 255\n1 2", FileKind::OtherImage(OtherImage::Netpbm)),
            (b"P5,48,48", FileKind::Other),
            (b"P1 is the first person", FileKind::Other),
            (b"\0\0\x01\0\x01\0\x30\x30\0\0\x01\0", FileKind::OtherImage(OtherImage::Ico)),
            (b"\0\0\x02\0\0\0\0\0\0\0\0\0\x30\0\x30\0\x18\0", FileKind::OtherImage(OtherImage::Targa)),
            (&[0; 64], FileKind::Other),
            (b"<?xml version='1.0'?><html/>", FileKind::Other),
            (b"\x10\x27\0\0\0\0\0\0{\"weights\"", FileKind::Safetensors),
            (b"12345678{", FileKind::Other),
            (b"NRUB", FileKind::Burnpack),
            (b"MIENSET\x01", FileKind::StoredDataset),
            (b"PK\x03\x04......................\x05\0\0\0x.npy", FileKind::NumPyZip),
            (b"PK\x03\x04......................\x05\0\0\0x.csv", FileKind::Zip),
            (b"PK\x03\x04......................\x09\0\0\0x.npy", FileKind::Zip),
        ] {
            assert_eq!(FileKind::of(head), kind, "{head:?}");
        }
        for (start, kind) in STARTS {
            assert_eq!(FileKind::of(start), kind);
        }
    }

    #[test]
    fn packets_of_a_transport_stream_are_found_at_their_distance() {
        let stream = |first: usize, length: usize| {
            let mut head = vec![0; 600];
            (0..3).for_each(|packet| head[first + packet * length] = b'G');
            head
        };
        for (first, length, kind) in
            [(0, 188, FileKind::Video), (4, 192, FileKind::Video), (0, 192, FileKind::Other), (1, 188, FileKind::Other)]
        {
            assert_eq!(FileKind::of(&stream(first, length)), kind, "{first} {length}");
        }
        assert_eq!(FileKind::of(&stream(0, 188)[..300]), FileKind::Other);
    }
}
