//! The file that is being analysed.

use std::rc::Rc;

use web_sys::ImageBitmap;

use super::Sought;
use super::pipeline::{Pipeline, Step};
use crate::sources::frames::VideoFrames;
use crate::sources::seeking::SeekError;
use crate::state::{AnalysisProgress, FileStatus, RecognitionResult, Remark};
use mien_core::timeline::{Following, Rate, Reading, Seeker};
use mien_protocol::RecognizedFace;

/// Seconds from the last picture to the end of a video from which on that is remarked.
const EARLY: f64 = 1.5;

/// A frame, and its width and height in pixels.
pub(super) struct Picture {
    pub bitmap: ImageBitmap,
    pub size: (u32, u32),
}

/// The file that is being analysed.
pub(super) struct Current {
    /// The file's number in the queue.
    pub id: u32,
    /// The number of this analysis.
    pub number: u32,
    /// The number under which the engine tracks faces.
    pub recording: u32,
    /// The index in the timeline, once there are frames.
    pub source: Option<usize>,
    video: Option<Rc<VideoFrames>>,
    pipeline: Option<Pipeline<Picture>>,
    duration: f64,
    size: Option<(u32, u32)>,
    /// Added to the engine's numbers of faces: those before it was tracked anew.
    offset: u32,
    highest: u32,
    /// The times in milliseconds of the submitted frame, and of the one before.
    submitted: Option<u32>,
    before: Option<u32>,
    frames: u32,
    /// Why the video ends before its end.
    broken: Option<SeekError>,
    /// Whether a frame without a time was sought again.
    again: bool,
    /// Milliseconds of work up to the last pause, and when it went on.
    worked: f64,
    since: Option<f64>,
}

impl Current {
    /// A file that is being opened at `now` (milliseconds).
    pub fn new(id: u32, number: u32, now: f64) -> Self {
        Self {
            id,
            number,
            recording: number,
            source: None,
            video: None,
            pipeline: None,
            duration: 0.0,
            size: None,
            offset: 0,
            highest: 0,
            submitted: None,
            before: None,
            frames: 0,
            broken: None,
            again: false,
            worked: 0.0,
            since: Some(now),
        }
    }

    /// Called when it was opened, and ends at `end` seconds.
    pub fn open(&mut self, video: Option<Rc<VideoFrames>>, rate: Rate, end: f64) {
        self.video = video;
        self.duration = end;
        self.pipeline = Some(Pipeline::new(Seeker::new(rate, end)));
    }

    /// Notes whether it is worked on from now on.
    pub fn work(&mut self, now: f64, works: bool) {
        if let Some(since) = self.since.take() {
            self.worked += now - since;
        }
        self.since = works.then_some(now);
    }

    /// What to do next.
    pub fn next(&mut self, idle: bool) -> Step<Picture> {
        self.pipeline.as_mut().map_or(Step::Wait, |pipeline| pipeline.next(idle))
    }

    /// The video, the time in seconds of the newest frame that is known, and the number of the analysis.
    pub fn seek(&self) -> (Option<Rc<VideoFrames>>, Option<f64>, u32) {
        let known = self.pipeline.as_ref().and_then(|pipeline| pipeline.seeker().last());
        (self.video.clone(), known, self.number)
    }

    /// Whether its frames come in a hidden tab too.
    pub fn goes_on_hidden(&self) -> bool {
        self.video.as_ref().is_some_and(|video| video.is_decoded())
    }

    /// Called with a frame that was sought, or why there is none. Returns the picture if it is not needed.
    pub fn sought(&mut self, sought: Result<Sought, SeekError>, hidden: bool) -> Option<Picture> {
        let pipeline = self.pipeline.as_mut()?;
        if pipeline.take_stale() {
            return sought.ok().and_then(|sought| sought.picture);
        }
        match sought {
            Ok(Sought { picture, time: Some(time), following, broken }) => {
                self.again = false;
                let unneeded = pipeline.sought(picture, time, following);
                if broken {
                    self.broken = Some(SeekError::Damaged);
                    pipeline.close();
                }
                unneeded
            }
            Ok(Sought { picture, .. }) if hidden || !std::mem::replace(&mut self.again, true) => {
                pipeline.not_sought();
                picture
            }
            // Twice without a time: the browser tells none for a frame that it shows already.
            Ok(Sought { picture, .. }) => {
                let time = pipeline.seeker().last().or_else(|| pipeline.seeker().target()).unwrap_or_default();
                self.again = false;
                pipeline.sought(picture, time, Following::Unknown)
            }
            Err(error) => {
                self.broken = Some(error);
                pipeline.close();
                None
            }
        }
    }

    /// Called before a frame is submitted; `next` makes a new number. Returns what is to be said about it.
    pub fn submit(&mut self, picture: &Picture, time: f64, next: impl FnOnce() -> u32) -> Option<Remark> {
        self.submitted = Some((time * 1000.0).round() as u32);
        let before = self.size.replace(picture.size);
        let (width, height) = picture.size;
        let resized = before.is_some_and(|before| before != picture.size);
        if resized {
            self.track_anew(next());
        }
        resized.then_some(Remark::Resized { seconds: time, width, height })
    }

    /// Faces get new numbers from now on.
    pub fn track_anew(&mut self, recording: u32) {
        self.recording = recording;
        self.offset = self.highest;
    }

    /// Called with the faces of the submitted frame. Returns its time, that of the frame before, and the faces.
    pub fn recognized(&mut self, result: &RecognitionResult, now: f64) -> Option<(u32, Option<u32>, Vec<Reading>)> {
        let time = self.submitted.take()?;
        self.pipeline.as_mut()?.answered();
        let before = self.before.replace(time);
        self.frames += 1;
        let reading = |face: &RecognizedFace| Reading {
            face: face.id + self.offset,
            probabilities: face.smoothed,
            clear: face.clear,
        };
        let faces: Vec<Reading> = result.faces.iter().map(reading).collect();
        self.highest = faces.iter().map(|face| face.face).fold(self.highest, u32::max);
        if self.since.is_some() {
            self.work(now, true);
        }
        Some((time, before, faces))
    }

    /// Called when the engine has lost the submitted frame. Returns a picture that is not needed then.
    pub fn lost(&mut self) -> Option<Picture> {
        self.submitted.take()?;
        self.pipeline.as_mut()?.lost()
    }

    /// The picture that is not submitted.
    pub fn take_ready(&mut self) -> Option<Picture> {
        self.pipeline.as_mut()?.take_ready()
    }

    /// The time of the newest analysed frame, in seconds of the video.
    pub fn position(&self) -> f64 {
        f64::from(self.before.unwrap_or(0)) / 1000.0
    }

    /// How far a file is that is stopped here.
    pub const fn stopped(&self) -> FileStatus {
        if self.frames > 0 { FileStatus::Stopped(self.frames) } else { FileStatus::Skipped }
    }

    /// How far it is at its end, and what is to be said about it.
    pub fn outcome(&self) -> (FileStatus, Option<Remark>) {
        let (seconds, end) = (self.position(), self.duration);
        match self.broken {
            Some(error) => (self.stopped(), Some(remark(error, (self.frames > 0).then_some(seconds)))),
            None => {
                let early = end - seconds >= EARLY;
                (FileStatus::Done(self.frames), early.then_some(Remark::EndsEarly { seconds, end }))
            }
        }
    }

    /// How far it is.
    pub fn progress(&self, now: f64) -> AnalysisProgress {
        let worked = self.worked + self.since.map_or(0.0, |since| now - since);
        AnalysisProgress {
            frames: self.frames,
            position: self.position(),
            duration: self.duration,
            share: if self.duration > 0.0 { (self.position() / self.duration).min(1.0) } else { 0.0 },
            worked: worked / 1000.0,
        }
    }
}

/// What is said about a video that ends at a time in seconds, or that has no frame.
pub(super) const fn remark(error: SeekError, seconds: Option<f64>) -> Remark {
    match (error, seconds) {
        (SeekError::NoPicture, _) => Remark::NoPicture,
        (SeekError::Damaged, None) => Remark::Unreadable,
        (SeekError::Damaged, Some(seconds)) => Remark::Broken { seconds },
        (SeekError::Stalled, seconds) => Remark::Stalled {
            seconds: match seconds {
                Some(seconds) => seconds,
                None => 0.0,
            },
        },
    }
}
