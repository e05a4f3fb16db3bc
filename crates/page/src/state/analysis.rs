//! The state of the analysis of video files.

use std::rc::Rc;

use mien_core::timeline::Rate;
use mien_protocol::Message;

/// The analysis of video files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Analysis {
    /// Which frames are analysed.
    pub rate: Rate,
    /// The files, in the order in which they are analysed.
    pub files: Rc<[AnalysedFile]>,
    /// Whether it runs.
    pub phase: AnalysisPhase,
    /// How far the current file is.
    pub progress: Option<AnalysisProgress>,
}

/// Whether the analysis runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnalysisPhase {
    /// It does not.
    #[default]
    Idle,
    /// It does.
    Running,
    /// It is paused.
    Paused,
}

/// A video file.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalysedFile {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// How far it is.
    pub status: FileStatus,
    /// What is to be said about it.
    pub remarks: Vec<Remark>,
}

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileStatus {
    /// It waits.
    Waiting,
    /// It is analysed.
    Running,
    /// So many frames were analysed, to the end.
    Done(u32),
    /// So many frames were analysed, and no more; their rows are kept.
    Stopped(u32),
    /// It was skipped.
    Skipped,
}

impl FileStatus {
    /// The value of `data-state`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done(_) => "done",
            Self::Stopped(_) => "stopped",
            Self::Skipped => "skipped",
        }
    }
}

/// Something to be said about a file. Times are seconds of the video.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // said above
pub enum Remark {
    /// It is empty.
    Empty,
    /// The browser cannot decode it.
    Unreadable,
    /// There is sound only, or nothing at all.
    NoPicture,
    /// The browser cannot decode it from here on.
    Broken { seconds: f64 },
    /// The browser stopped answering here.
    Stalled { seconds: f64 },
    /// The last picture is long before the end.
    EndsEarly { seconds: f64, end: f64 },
    /// The picture has another size from here on.
    Resized { seconds: f64, width: u32, height: u32 },
    /// The network or its settings were changed here.
    OtherNetwork { seconds: f64 },
    /// The visitor stopped it here.
    Cancelled { seconds: f64 },
    /// The timeline is full.
    Full { seconds: f64 },
    /// The engine could not process the frame.
    Refused { seconds: f64, reason: Message },
}

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnalysisProgress {
    /// Number of analysed frames.
    pub frames: u32,
    /// The time of the newest, in seconds of the video.
    pub position: f64,
    /// The length of the video in seconds.
    pub duration: f64,
    /// The share of the video, 0 to 1.
    pub share: f64,
    /// Seconds of work so far.
    pub worked: f64,
}

impl AnalysisProgress {
    /// Estimated remaining seconds, once there is enough to go by.
    pub fn seconds_left(&self) -> Option<f64> {
        (self.worked >= 1.0 && self.share > 0.0).then(|| self.worked * (1.0 - self.share) / self.share)
    }

    /// Seconds of video for each second of work.
    pub fn speed(&self) -> Option<f64> {
        (self.worked >= 1.0).then(|| self.position / self.worked)
    }
}

impl Analysis {
    /// Whether a file is being analysed, or paused.
    pub const fn is_live(&self) -> bool {
        !matches!(self.phase, AnalysisPhase::Idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_the_share_after_a_second() {
        let at = |worked, share| AnalysisProgress { frames: 1, position: 6.0, duration: 24.0, share, worked };
        assert_eq!((at(0.5, 0.1).seconds_left(), at(0.5, 0.1).speed()), (None, None));
        assert_eq!((at(3.0, 0.25).seconds_left(), at(3.0, 0.25).speed()), (Some(9.0), Some(2.0)));
        assert_eq!(at(3.0, 0.0).seconds_left(), None);
    }
}
