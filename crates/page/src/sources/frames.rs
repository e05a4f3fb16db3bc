//! The frames of a video file, one after the other: decoded by a worker where that is possible, and otherwise sought. A
//! decoder that fails or stalls is restarted where it was, and given up if it does not advance.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use web_sys::{File, ImageBitmap};

use super::decoding::DecodedVideo;
use super::seeking::{SAME, SeekError, SoughtVideo};

/// Seconds of video that a decoder has to get further until it is started again.
const FURTHER: f64 = 5.0;

/// A frame at a position.
pub struct Frame {
    /// The picture; `None` if the frame is known.
    pub bitmap: Option<ImageBitmap>,
    /// Its own time in seconds; `None` where the browser does not tell it, as in a hidden tab.
    pub time: Option<f64>,
    /// What is known of the frame after it.
    pub next: Next,
}

/// What is known of the frame after another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// Nothing.
    Unknown,
    /// Its time in seconds.
    At(f64),
    /// There is none.
    None {
        /// Whether the file breaks off there.
        broken: bool,
    },
}

/// Where a decoder was started again last.
#[derive(Debug, Default)]
struct Restarts(Cell<Option<f64>>);

impl Restarts {
    /// Whether to start it again at a position in seconds.
    fn allow(&self, seconds: f64) -> bool {
        let allowed = self.0.get().is_none_or(|last| seconds >= last + FURTHER);
        if allowed {
            self.0.set(Some(seconds));
        }
        allowed
    }
}

/// A video file whose frames are asked for, the later ones later, and one at a time.
pub struct VideoFrames {
    file: File,
    duration: f64,
    decoded: RefCell<Option<Rc<DecodedVideo>>>,
    restarts: Restarts,
    sought: RefCell<Option<Rc<SoughtVideo>>>,
}

impl VideoFrames {
    /// Opens a file. The browser's player says whether it can be shown and how long it is; the worker decodes it if both agree
    /// about the first frame.
    ///
    /// # Errors
    /// As [`SoughtVideo::open`].
    pub async fn open(file: File) -> Result<Self, SeekError> {
        let sought = SoughtVideo::open(&file).await?;
        let duration = sought.duration();
        let decoded = DecodedVideo::open(&file).await;
        let agrees = match &decoded {
            Some(decoded) => agree(decoded, &sought).await,
            None => false,
        };
        let decoded = decoded.filter(|_| agrees).map(Rc::new);
        let sought = decoded.is_none().then_some(Rc::new(sought));
        let (decoded, sought) = (RefCell::new(decoded), RefCell::new(sought));
        Ok(Self { file, duration, decoded, restarts: Restarts::default(), sought })
    }

    /// Its length in seconds.
    pub const fn duration(&self) -> f64 {
        self.duration
    }

    /// Whether a worker decodes it: in a hidden tab too.
    pub fn is_decoded(&self) -> bool {
        self.decoded.borrow().is_some()
    }

    /// The frame at a position in seconds. Its picture may be left out if its time is not after `known`.
    ///
    /// # Errors
    /// When there is none.
    pub async fn frame(&self, seconds: f64, known: Option<f64>) -> Result<Frame, SeekError> {
        while let Some(decoded) = self.decoder() {
            if let Some(frame) = decoded.frame(seconds, known).await {
                return Ok(frame);
            }
            drop((decoded, self.decoded.take()));
            // Browsers take decoders away from pages that have not used them for a while, and some stop answering. Where one fails
            // again, the browser's player may know better what to do with what comes.
            if self.restarts.allow(seconds) {
                let again = DecodedVideo::open(&self.file).await;
                self.decoded.replace(again.map(Rc::new));
            }
        }
        let sought = self.sought.borrow().clone();
        let sought = match sought {
            Some(sought) => sought,
            None => {
                let sought = Rc::new(SoughtVideo::open(&self.file).await?);
                self.sought.replace(Some(Rc::clone(&sought)));
                sought
            }
        };
        let (bitmap, time) = sought.frame(seconds).await?;
        Ok(Frame { bitmap: Some(bitmap), time, next: Next::Unknown })
    }

    fn decoder(&self) -> Option<Rc<DecodedVideo>> {
        self.decoded.borrow().clone()
    }
}

/// Whether the first frame is of the same size and time both ways.
async fn agree(decoded: &DecodedVideo, sought: &SoughtVideo) -> bool {
    let (Some(frame), Ok((shown, time))) = (decoded.frame(0.0, None).await, sought.frame(0.0).await) else {
        return false;
    };
    let size = |bitmap: &ImageBitmap| (bitmap.width(), bitmap.height());
    let same_size = frame.bitmap.as_ref().map(size) == Some(size(&shown));
    let same_time = time.zip(frame.time).is_none_or(|(one, other)| (one - other).abs() < SAME);
    for bitmap in frame.bitmap.iter().chain([&shown]) {
        bitmap.close();
    }
    same_size && same_time
}

#[cfg(test)]
mod tests {
    use super::Restarts;

    #[test]
    fn a_decoder_is_started_again_where_it_was_and_given_up_if_it_gets_no_further() {
        let restarts = Restarts::default();
        assert!(restarts.allow(0.08));
        assert!(!restarts.allow(0.08));
        assert!(!restarts.allow(5.0), "hardly further");
        assert!(restarts.allow(3600.0));
        assert!(!restarts.allow(3600.04));
        assert!(!restarts.allow(1.0), "back, since the engine lost a frame");
    }
}
