//! The frames of a video on their way to the engine: the next one is sought while the engine works on the one before.

use mien_core::timeline::{Following, Seeker, Shown};

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Frame<P> {
    picture: P,
    /// Its own time, in seconds.
    time: f64,
}

/// What to do next.
#[derive(Debug, PartialEq)]
pub enum Step<P> {
    /// Seek to this position, in seconds.
    Seek(f64),
    /// Submit this frame, whose own time is given in seconds.
    Submit(P, f64),
    /// The video was analysed to its end.
    Finish,
    /// Wait.
    Wait,
}

/// The frames that are on their way.
#[derive(Debug)]
pub struct Pipeline<P> {
    /// After the newest frame.
    seeker: Seeker,
    /// The seeker before the frame that was sought, and before the one that was submitted, to seek them again.
    before: [Option<Seeker>; 2],
    seeking: bool,
    /// Whether what is being sought is not wanted any more.
    stale: bool,
    ready: Option<Frame<P>>,
    submitted: bool,
    /// Whether nothing more is sought.
    closed: bool,
}

impl<P> Pipeline<P> {
    /// Begins with the first frame of a video.
    pub const fn new(seeker: Seeker) -> Self {
        Self {
            seeker,
            before: [None, None],
            seeking: false,
            stale: false,
            ready: None,
            submitted: false,
            closed: false,
        }
    }

    /// The positions that are sought.
    pub const fn seeker(&self) -> &Seeker {
        &self.seeker
    }

    /// What to do next; `idle` says whether the engine takes a frame.
    pub fn next(&mut self, idle: bool) -> Step<P> {
        if !self.submitted
            && idle
            && let Some(Frame { picture, time }) = self.ready.take()
        {
            self.submitted = true;
            let sought = self.before[0].take();
            self.before[1] = sought;
            return Step::Submit(picture, time);
        }
        if self.seeking || self.ready.is_some() {
            return Step::Wait;
        }
        match self.seeker.target().filter(|_| !self.closed) {
            Some(target) => {
                self.seeking = true;
                Step::Seek(target)
            }
            None if self.submitted => Step::Wait,
            None => Step::Finish,
        }
    }

    /// Called with the frame at the position that was sought last, which has no picture if it is known, its own time in seconds, and
    /// what is known of the one after it. Returns the picture if it is not needed.
    pub fn sought(&mut self, picture: Option<P>, time: f64, following: Following) -> Option<P> {
        self.seeking = false;
        let before = self.seeker.clone();
        match (self.seeker.shown(time, following), picture) {
            (Shown::New, Some(picture)) => {
                self.before[0] = Some(before);
                self.ready = Some(Frame { picture, time });
                None
            }
            (_, picture) => picture,
        }
    }

    /// Called when nothing was found at the position that was sought last: it is sought again.
    pub const fn not_sought(&mut self) {
        self.seeking = false;
    }

    /// Called first when a position was sought: whether that is not wanted any more.
    pub const fn take_stale(&mut self) -> bool {
        if self.stale {
            self.seeking = false;
        }
        std::mem::replace(&mut self.stale, false)
    }

    /// Seeks nothing more: the video ends here. The frames that are on their way stay.
    pub const fn close(&mut self) {
        self.seeking = false;
        self.closed = true;
    }

    /// The picture that is not submitted yet.
    pub fn take_ready(&mut self) -> Option<P> {
        self.ready.take().map(|frame| frame.picture)
    }

    /// Called when the submitted frame was answered.
    pub const fn answered(&mut self) {
        self.submitted = false;
    }

    /// Called when the engine lost the submitted frame. It is sought again, with all after it; returns the picture that is not
    /// needed then. What is being sought now is stale: the video seeks one position at a time.
    pub fn lost(&mut self) -> Option<P> {
        if !std::mem::take(&mut self.submitted) {
            return None;
        }
        if let Some(before) = self.before[1].take() {
            self.seeker = before;
        }
        self.stale = self.seeking;
        self.take_ready()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mien_core::timeline::Rate;

    /// A video with a frame every 40 ms.
    fn time_at(target: f64) -> f64 {
        (target / 0.04 + 1e-9).floor() * 0.04
    }

    fn pipeline(end: f64) -> Pipeline<u32> {
        Pipeline::new(Seeker::new(Rate::PerSecond(12.5), end))
    }

    /// Seeks what is wanted.
    fn seek(pipeline: &mut Pipeline<u32>, idle: bool, picture: u32) {
        let Step::Seek(target) = pipeline.next(idle) else { panic!("nothing is sought") };
        assert_eq!(pipeline.next(true), Step::Wait, "one at a time");
        assert_eq!(pipeline.sought(Some(picture), time_at(target), Following::Unknown), None);
    }

    #[test]
    fn the_next_frame_is_sought_while_the_engine_works() {
        let mut pipeline = pipeline(0.2);
        seek(&mut pipeline, true, 1);
        assert_eq!(pipeline.next(false), Step::Wait, "the engine is busy with something else");
        assert_eq!(pipeline.next(true), Step::Submit(1, 0.0));
        seek(&mut pipeline, false, 2);
        assert_eq!(pipeline.next(true), Step::Wait, "the frame before is not answered");
        pipeline.answered();
        assert_eq!(pipeline.next(true), Step::Submit(2, 0.08));
        seek(&mut pipeline, false, 3);
        pipeline.answered();
        assert_eq!(pipeline.next(true), Step::Submit(3, 0.16));
        assert_eq!(pipeline.next(true), Step::Wait, "the last is not answered");
        pipeline.answered();
        assert_eq!(pipeline.next(true), Step::Finish);
    }

    #[test]
    fn a_lost_frame_comes_again_and_what_follows_too() {
        let mut pipeline = pipeline(10.0);
        seek(&mut pipeline, true, 1);
        assert_eq!(pipeline.lost(), None, "nothing was submitted");
        assert_eq!(pipeline.next(true), Step::Submit(1, 0.0));
        seek(&mut pipeline, false, 2);
        assert_eq!(pipeline.lost(), Some(2));
        seek(&mut pipeline, false, 3);
        assert_eq!(pipeline.next(true), Step::Submit(3, 0.0));
        // While a frame is sought: its answer comes first.
        assert!(!pipeline.take_stale());
        assert!(matches!(pipeline.next(false), Step::Seek(_)));
        assert_eq!(pipeline.lost(), None);
        assert_eq!(pipeline.next(true), Step::Wait);
        assert!(pipeline.take_stale() && !pipeline.take_stale());
        seek(&mut pipeline, false, 4);
        assert_eq!(pipeline.next(true), Step::Submit(4, 0.0));
    }

    #[test]
    fn a_video_that_breaks_ends_with_what_is_on_its_way() {
        let mut pipeline = pipeline(10.0);
        seek(&mut pipeline, true, 1);
        assert_eq!(pipeline.next(true), Step::Submit(1, 0.0));
        seek(&mut pipeline, false, 2);
        pipeline.answered();
        assert_eq!(pipeline.next(true), Step::Submit(2, 0.08));
        assert!(matches!(pipeline.next(false), Step::Seek(_)));
        pipeline.close();
        assert_eq!(pipeline.next(true), Step::Wait);
        pipeline.answered();
        assert_eq!(pipeline.next(true), Step::Finish);
    }

    #[test]
    fn a_frame_that_was_seen_is_not_submitted_again() {
        let mut pipeline = pipeline(10.0);
        seek(&mut pipeline, true, 1);
        assert_eq!(pipeline.next(true), Step::Submit(1, 0.0));
        assert!(matches!(pipeline.next(false), Step::Seek(_)));
        assert_eq!(
            pipeline.sought(Some(2), 0.0, Following::Unknown),
            Some(2),
            "the video shows the same frame for longer"
        );
        assert!(matches!(pipeline.next(false), Step::Seek(target) if target > 0.15));
    }
}
