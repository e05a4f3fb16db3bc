//! Which frames of a video are analysed. It depends on the frames' own times alone, so it is the same wherever they are
//! decoded, and however fast.

use crate::number::plain;

/// Added to every position that is sought, in seconds: the times of frames are rounded, in some files to milliseconds. So it is
/// a little more than one, and no position is a whole number of them.
const ROUNDING: f64 = 0.0012;

/// Seconds at the start of a video over which the shortest time between two frames is looked for.
const PROBED: f64 = 0.5;

/// The shortest time between two frames that is looked for, in seconds.
const FINEST: f64 = 1.0 / 120.0;

/// The longest step in which every frame is looked for, in seconds.
const LONGEST: f64 = 0.045;

/// Which frames are analysed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// Every frame.
    Every,
    /// So many in each second: those shown at equally distant times from the start on. Where the video has fewer, each once.
    PerSecond(f64),
}

impl Default for Rate {
    fn default() -> Self {
        Self::PerSecond(12.5)
    }
}

impl Rate {
    /// Those that the page offers.
    pub const ALL: [Self; 6] = [
        Self::Every,
        Self::PerSecond(25.0),
        Self::PerSecond(12.5),
        Self::PerSecond(5.0),
        Self::PerSecond(2.0),
        Self::PerSecond(1.0),
    ];

    /// A rate from its name, a number above 0 and up to 1000 or `every`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "every" => Some(Self::Every),
            name => name.parse().ok().filter(|rate| *rate > 0.0 && *rate <= 1000.0).map(Self::PerSecond),
        }
    }

    /// The name in files and on the command line: `every`, or the frames per second.
    pub fn name(self) -> String {
        match self {
            Self::Every => "every".to_owned(),
            Self::PerSecond(rate) => plain(rate, 3),
        }
    }

    /// The time for which a frame counts that no other follows, in milliseconds.
    pub(super) fn interval(self) -> f64 {
        match self {
            Self::Every => 40.0,
            Self::PerSecond(rate) => 1000.0 / rate,
        }
    }

    /// Whether a frame is analysed that is shown from one time to another, in seconds; for videos that are read from the start
    /// to the end. The first frame of a video is shown from 0.
    pub fn takes(self, from: f64, to: f64) -> bool {
        match self {
            Self::Every => true,
            Self::PerSecond(rate) => {
                let index = ((from - ROUNDING) * rate).ceil().max(0.0);
                index / rate + ROUNDING < to
            }
        }
    }
}

/// What the frame at a position that was sought is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// One to analyse.
    New,
    /// The one before, or an earlier one.
    Known,
}

/// What is known of the frame after the one that a video shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Following {
    /// Nothing.
    Unknown,
    /// Its time in seconds.
    At(f64),
    /// There is none.
    None,
}

/// The positions to seek to in a video of which frames are to be analysed, in order.
#[derive(Clone, Debug)]
pub struct Seeker {
    rate: Rate,
    /// Where the video ends, in seconds.
    end: f64,
    target: f64,
    /// Number of equally distant times so far.
    index: u32,
    /// The time of the newest frame.
    last: Option<f64>,
    /// The shortest time between two frames so far.
    gap: f64,
    /// What is known of the frame after the newest one.
    following: Following,
}

impl Seeker {
    /// Begins at the start of a video that ends at `end` seconds.
    pub const fn new(rate: Rate, end: f64) -> Self {
        Self { rate, end, target: 0.0, index: 0, last: None, gap: f64::INFINITY, following: Following::Unknown }
    }

    /// The position to seek to, in seconds; `None` at the end.
    pub fn target(&self) -> Option<f64> {
        let goes_on = match self.following {
            // some files say that they end earlier than they do
            Following::At(next) => self.target < self.end || next >= self.end,
            Following::None => false,
            Following::Unknown => self.target < self.end,
        };
        (goes_on || self.last.is_none()).then_some(self.target)
    }

    /// The time of the newest frame, in seconds.
    pub const fn last(&self) -> Option<f64> {
        self.last
    }

    /// How much of the video is done, 0 to 1.
    pub fn share(&self) -> f64 {
        if self.end > 0.0 { (self.target / self.end).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Called with the time of the frame that the video shows at [`Self::target`], in seconds, and what is known of the one after
    /// it. Sets the next target.
    pub fn shown(&mut self, time: f64, following: Following) -> Shown {
        let shown = match self.last {
            Some(last) if time <= last => Shown::Known,
            last => {
                if let Some(last) = last {
                    self.gap = self.gap.min(time - last);
                }
                self.last = Some(time);
                Shown::New
            }
        };
        self.following = following;
        self.target = match (self.rate, following) {
            (Rate::PerSecond(rate), _) => {
                self.index += 1;
                if let Following::At(next) = following {
                    // at all times before, the same frame is shown
                    self.index = self.index.max(((next - ROUNDING) * rate).ceil() as u32);
                }
                f64::from(self.index) / rate + ROUNDING
            }
            (Rate::Every, Following::At(next)) => next,
            // A frame is passed over only where two follow within the shortest time so far.
            (Rate::Every, _) => {
                let step = if self.target < PROBED { FINEST } else { self.gap.clamp(FINEST, LONGEST) };
                match shown {
                    Shown::New => (time + step).max(self.target) + ROUNDING,
                    Shown::Known => self.target + if self.target < PROBED { step } else { step / 2.0 },
                }
            }
        };
        shown
    }
}

/// The frames of a video that is read from the start to the end, of which some are analysed: see [`Rate::takes`].
#[derive(Debug)]
pub struct Sampled<I, T, E> {
    frames: I,
    /// An error that comes after the newest frame.
    failure: Option<E>,
    rate: Rate,
    /// The newest frame, by its index, its time, and that from which on it is shown.
    pending: Option<Timed<T>>,
    /// Seconds between the newest two frames.
    gap: f64,
    /// Number of frames so far.
    count: usize,
}

/// A frame of a video.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timed<T> {
    /// Its index among all frames, from 0.
    pub index: usize,
    /// Its own time in seconds.
    pub time: f64,
    /// The frame.
    pub frame: T,
}

impl<T, E, I: Iterator<Item = Result<(f64, T), E>>> Sampled<I, T, E> {
    /// Samples frames that are given with their times in seconds.
    pub const fn new(frames: I, rate: Rate) -> Self {
        Self { frames, failure: None, rate, pending: None, gap: 0.04, count: 0 }
    }

    /// The last frame if it is analysed: it is shown for as long as the one before.
    fn last(&mut self) -> Option<Timed<T>> {
        let to = self.pending.as_ref()?.time + self.gap;
        self.take(to)
    }

    /// The newest frame if it is analysed, where the next begins at `to`.
    fn take(&mut self, to: f64) -> Option<Timed<T>> {
        let frame = self.pending.take()?;
        let from = if frame.index == 0 { 0.0 } else { frame.time };
        self.rate.takes(from, to).then_some(frame)
    }
}

impl<T, E, I: Iterator<Item = Result<(f64, T), E>>> Iterator for Sampled<I, T, E> {
    type Item = Result<Timed<T>, E>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(failure) = self.failure.take() {
            return Some(Err(failure));
        }
        loop {
            match self.frames.next() {
                Some(Ok((time, frame))) => {
                    let last = self.pending.as_ref().map(|pending| pending.time);
                    if let Some(last) = last.filter(|last| time > *last) {
                        self.gap = time - last;
                    }
                    let taken = self.take(time);
                    self.pending = Some(Timed { index: self.count, time, frame });
                    self.count += 1;
                    if let Some(taken) = taken {
                        return Some(Ok(taken));
                    }
                }
                Some(Err(failure)) => {
                    let Some(last) = self.last() else { return Some(Err(failure)) };
                    self.failure = Some(failure);
                    return Some(Ok(last));
                }
                None => return self.last().map(Ok),
            }
        }
    }
}
