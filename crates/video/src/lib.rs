//! Reader for video files in MP4, QuickTime, WebM and Matroska: the compressed pictures one after the other, with their times, for a
//! decoder. The page does not contain this crate: its program `video` is downloaded when a video is analysed.
//!
//! - `window`: a file of which a part is in memory.
//! - `codec`, `color`: the names of codecs and of colour spaces, as WebCodecs has them.
//! - `mp4`: MP4 and QuickTime, also in fragments.
//! - `webm`: WebM and Matroska.
//!
//! No size in a file is trusted: memory is allocated for what is there, up to a limit. What is not understood for sure is refused;
//! the page then has the browser seek each frame.

mod codec;
mod color;
mod mp4;
mod webm;
mod window;

#[cfg(test)]
mod tests;

use std::io;
use std::rc::Rc;

use thiserror::Error;

pub use color::ColorSpace;
pub use window::{ReadAt, Window};

/// Maximum size of a compressed picture in bytes.
const MAX_PACKET: u64 = 32 << 20;

/// What a decoder needs to know, and how its pictures are to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// The codec, as in `VideoDecoderConfig.codec`.
    pub codec: String,
    /// Its settings, as in `VideoDecoderConfig.description`; empty if there are none.
    pub description: Vec<u8>,
    /// Degrees by which the pictures are to be turned clockwise: 0, 90, 180 or 270.
    pub turn: u16,
    /// Width and height as which they are to be shown, before they are turned, if that is not their number of pixels.
    pub aspect: Option<(u32, u32)>,
    /// What the numbers in them mean, if the file says it.
    pub color: Option<ColorSpace>,
}

/// A compressed picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// When it is shown, in microseconds from the start of the video; below 0 if it is only needed for others.
    pub time: i64,
    /// Whether it needs no other.
    pub is_key: bool,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why there is no picture.
#[derive(Debug, Error)]
pub enum VideoError {
    /// It may be right, but is not understood here.
    #[error("the file has {0}, which is not supported here")]
    Unsupported(&'static str),
    /// It cannot be right.
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
    /// The file ends before the picture does.
    #[error("the file ends early")]
    Truncated,
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Io(io::Error),
}

impl From<io::Error> for VideoError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Io(error),
        }
    }
}

/// The compressed pictures of the first video track, in the order in which they are decoded.
pub trait Packets {
    /// What a decoder needs to know.
    fn format(&self) -> &Format;

    /// The next picture; `None` at the end.
    ///
    /// # Errors
    /// When the file is damaged, or cannot be read.
    fn next(&mut self) -> Result<Option<Packet>, VideoError>;

    /// Goes back to a picture that needs no other, no later than this time in microseconds; or to the first.
    ///
    /// # Errors
    /// As [`Self::next`].
    fn restart(&mut self, time: i64) -> Result<(), VideoError>;
}

/// Opens a file of `length` bytes.
///
/// # Errors
/// When it is no video that is understood here, or cannot be read.
pub fn open<R: ReadAt + 'static>(file: R, length: u64) -> Result<Box<dyn Packets>, VideoError> {
    const EBML: [u8; 4] = [0x1a, 0x45, 0xdf, 0xa3];
    let file = Rc::new(file);
    let head = Window::new(Rc::clone(&file), length).take(8)?;
    if head.starts_with(&EBML) { webm::open(file, length) } else { mp4::open(Window::new(file, length)) }
}
