//! Analyses video files as fast as the device can, one after the other: while the engine works on a frame, the next is decoded, or sought
//! in an unseen video element. The faces go into the timeline, with the frames' own times.

mod file;
mod pipeline;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::File;

use super::link::Link;
use super::recognizer::Recognizer;
use super::timeline::Timeline;
use crate::sources::frames::{Frame, Next, VideoFrames};
use crate::sources::seeking::SeekError;
use crate::sources::video::VideoFile;
use crate::state::{self, Action, AnalysedFile, AnalysisPhase, FileStatus, RecognitionResult, Remark};
use file::{Current, Picture};
use mien_browser::value::clone_handle;
use mien_core::evaluation::TestTimeAugmentation;
use mien_core::timeline::{self, Following, Rate};
use mien_protocol::Message;
use pipeline::Step;

/// Milliseconds between two updates of the display.
const SHOWN_EVERY: f64 = 250.0;

/// Analyses video files.
pub struct Analysis {
    link: Link,
    recognizer: Rc<Recognizer>,
    timeline: Rc<Timeline>,
    inner: RefCell<Inner>,
}

#[derive(Default)]
struct Inner {
    rate: Rate,
    phase: AnalysisPhase,
    files: Vec<Queued>,
    last_id: u32,
    current: Option<Current>,
    /// The name of the network and the test-time augmentation.
    settings: (String, TestTimeAugmentation),
    /// Whether the tab is hidden, in which browsers tell no times of frames that are sought.
    hidden: bool,
    /// When the progress was shown last.
    shown: f64,
}

/// A file of the queue.
struct Queued {
    id: u32,
    file: File,
    info: Rc<VideoFile>,
    status: FileStatus,
    remarks: Vec<Remark>,
}

impl Queued {
    /// Forgets what was said about it before.
    fn wait(&mut self) {
        self.status = FileStatus::Waiting;
        self.remarks.clear();
    }
}

/// A video that was opened, and its length in seconds.
type Opened = (Option<Rc<VideoFrames>>, f64);

/// A frame that was sought.
struct Sought {
    /// `None` if the frame is known.
    picture: Option<Picture>,
    /// Its own time in seconds if the browser tells it.
    time: Option<f64>,
    /// What is known of the frame after it.
    following: Following,
    /// Whether the file breaks off there.
    broken: bool,
}

impl From<Frame> for Sought {
    fn from(frame: Frame) -> Self {
        let sized = |bitmap: web_sys::ImageBitmap| Picture { size: (bitmap.width(), bitmap.height()), bitmap };
        let (following, broken) = match frame.next {
            Next::Unknown => (Following::Unknown, false),
            Next::At(time) => (Following::At(time), false),
            Next::None { broken } => (Following::None, broken),
        };
        Self { picture: frame.bitmap.map(sized), time: frame.time, following, broken }
    }
}

impl Inner {
    fn queued(&mut self, id: u32) -> Option<&mut Queued> {
        self.files.iter_mut().find(|file| file.id == id)
    }
}

impl Analysis {
    /// An analysis without files.
    pub fn new(link: Link, recognizer: Rc<Recognizer>, timeline: Rc<Timeline>) -> Self {
        Self { link, recognizer, timeline, inner: RefCell::default() }
    }

    /// Takes the videos that were opened in place of those before. While an analysis runs they are added.
    pub fn offer(&self, files: Vec<(File, VideoFile)>) {
        let mut inner = self.inner.borrow_mut();
        if inner.phase == AnalysisPhase::Idle {
            inner.files.clear();
        }
        drop(inner);
        self.add(files);
    }

    /// Adds videos that are not in the queue yet.
    pub fn add(&self, files: Vec<(File, VideoFile)>) {
        let mut inner = self.inner.borrow_mut();
        for (file, info) in files {
            if inner.files.iter().any(|known| *known.info == info) {
                continue;
            }
            inner.last_id += 1;
            let (id, info) = (inner.last_id, Rc::new(info));
            inner.files.push(Queued { id, file, info, status: FileStatus::Waiting, remarks: Vec::new() });
        }
        drop(inner);
        self.show();
    }

    /// A file of the queue.
    pub fn file(&self, id: u32) -> Option<File> {
        self.inner.borrow_mut().queued(id).map(|queued| clone_handle(&queued.file))
    }

    /// Chooses which frames are analysed.
    pub fn set_rate(&self, rate: Rate) {
        self.inner.borrow_mut().rate = rate;
        self.show();
    }

    /// Analyses the files that wait; if none does, all of them again.
    pub fn start(self: &Rc<Self>, network: String, augmentation: TestTimeAugmentation) {
        let mut inner = self.inner.borrow_mut();
        if inner.phase != AnalysisPhase::Idle {
            return;
        }
        if inner.files.iter().all(|file| file.status != FileStatus::Waiting) {
            inner.files.iter_mut().for_each(Queued::wait);
        }
        inner.settings = (network, augmentation);
        inner.phase = AnalysisPhase::Running;
        drop(inner);
        self.open_next();
    }

    /// Pauses, or resumes.
    pub fn toggle(self: &Rc<Self>) {
        let now = self.link.now();
        let mut inner = self.inner.borrow_mut();
        inner.phase = match inner.phase {
            AnalysisPhase::Running => AnalysisPhase::Paused,
            AnalysisPhase::Paused => AnalysisPhase::Running,
            AnalysisPhase::Idle => return,
        };
        let works = inner.phase == AnalysisPhase::Running;
        if let Some(current) = &mut inner.current {
            current.work(now, works);
        }
        drop(inner);
        self.show();
        self.advance();
    }

    /// Stops. What was analysed is kept, and the files that wait still wait.
    pub fn cancel(&self) {
        self.stop(|seconds| Remark::Cancelled { seconds });
    }

    /// Called when the network or its settings change: one analysis is by one network.
    pub fn on_settings_changed(&self) {
        self.stop(|seconds| Remark::OtherNetwork { seconds });
    }

    /// Called when the timeline is deleted.
    pub fn forget_results(&self) {
        self.cancel();
        self.inner.borrow_mut().files.iter_mut().for_each(Queued::wait);
        self.show();
    }

    /// Called when the tab was hidden or became visible.
    pub fn on_visibility(self: &Rc<Self>, hidden: bool) {
        let now = self.link.now();
        let mut inner = self.inner.borrow_mut();
        inner.hidden = hidden;
        let runs = inner.phase == AnalysisPhase::Running;
        if let Some(current) = &mut inner.current {
            current.work(now, runs && (!hidden || current.goes_on_hidden()));
        }
        drop(inner);
        self.advance();
    }

    /// Opens the next file that waits.
    fn open_next(self: &Rc<Self>) {
        let mut inner = self.inner.borrow_mut();
        let Some(queued) = inner.files.iter_mut().find(|file| file.status == FileStatus::Waiting) else {
            inner.phase = AnalysisPhase::Idle;
            drop(inner);
            return self.show();
        };
        queued.remarks.clear();
        queued.status = FileStatus::Running;
        let (id, file, empty) = (queued.id, clone_handle(&queued.file), queued.info.size == 0.0);
        let number = self.link.next_request();
        inner.current = Some(Current::new(id, number, self.link.now()));
        drop(inner);
        self.show();
        if empty {
            return self.end(FileStatus::Skipped, Some(Remark::Empty));
        }
        let analysis = Rc::clone(self);
        self.link.spawn(async move {
            let opened = VideoFrames::open(file).await;
            analysis.on_opened(
                number,
                opened.map(|video| (video.duration(), Some(Rc::new(video)))).map(|(end, video)| (video, end)),
            );
        });
    }

    /// Called when a file was opened, or could not be.
    fn on_opened(self: &Rc<Self>, number: u32, opened: Result<Opened, SeekError>) {
        let mut inner = self.inner.borrow_mut();
        let rate = inner.rate;
        let Some(current) = inner.current.as_mut().filter(|current| current.number == number) else { return };
        match opened {
            Ok((video, end)) => {
                current.open(video, rate, end);
                drop(inner);
                self.show();
                self.advance();
            }
            Err(error) => {
                drop(inner);
                self.end(FileStatus::Skipped, Some(file::remark(error, None)));
            }
        }
    }

    /// Does what is next: seeks a frame, submits one, or ends the file.
    pub fn advance(self: &Rc<Self>) {
        loop {
            let mut inner = self.inner.borrow_mut();
            let (runs, hidden) = (inner.phase == AnalysisPhase::Running, inner.hidden);
            let Some(current) = inner.current.as_mut().filter(|_| runs) else { return };
            if hidden && !current.goes_on_hidden() {
                return;
            }
            let idle = self.recognizer.is_idle();
            match current.next(idle) {
                Step::Wait => return,
                Step::Submit(picture, time) => {
                    if let Some(remark) = current.submit(&picture, time, || self.link.next_request()) {
                        let id = current.id;
                        if let Some(queued) = inner.queued(id) {
                            queued.remarks.push(remark);
                        }
                    }
                    let recording = inner.current.as_ref().map_or(0, |current| current.recording);
                    drop(inner);
                    self.recognizer.submit_recorded(recording, &picture.bitmap, time * 1000.0);
                }
                Step::Seek(target) => {
                    let (video, known, number) = current.seek();
                    drop(inner);
                    let analysis = Rc::clone(self);
                    self.link.spawn(async move {
                        let Some(video) = video else { return };
                        let sought = video.frame(target, known).await;
                        analysis.on_sought(number, sought.map(Sought::from));
                    });
                }
                Step::Finish => {
                    let (status, remark) = current.outcome();
                    let source = current.source.filter(|_| matches!(status, FileStatus::Done(_)));
                    drop(inner);
                    if let Some(source) = source {
                        self.timeline.edit(source, timeline::Source::complete_analysis);
                    }
                    return self.end(status, remark);
                }
            }
        }
    }

    /// Called when a frame was sought.
    fn on_sought(self: &Rc<Self>, number: u32, sought: Result<Sought, SeekError>) {
        let mut inner = self.inner.borrow_mut();
        let hidden = inner.hidden;
        let unneeded = match inner.current.as_mut().filter(|current| current.number == number) {
            Some(current) => current.sought(sought, hidden),
            None => sought.ok().and_then(|sought| sought.picture), // stopped
        };
        drop(inner);
        if let Some(picture) = unneeded {
            picture.bitmap.close();
        }
        self.advance();
    }

    /// Called when a frame of the recording of this number was recognized.
    pub fn on_recognized(self: &Rc<Self>, recording: u32, result: &RecognitionResult) {
        let now = self.link.now();
        let mut inner = self.inner.borrow_mut();
        let (rate, (network, augmentation)) = (inner.rate, inner.settings.clone());
        let Some(current) = inner.current.as_mut().filter(|current| current.recording == recording) else { return };
        let Some((time, before, faces)) = current.recognized(result, now) else { return };
        let (id, known) = (current.id, current.source);
        let Some(info) = inner.queued(id).map(|queued| Rc::clone(&queued.info)) else { return };
        let source = known.unwrap_or_else(|| {
            let augmentation = augmentation.name();
            let analysis = timeline::Analysis { rate, network, augmentation, frames: 0, complete: false };
            self.timeline.begin_analysis(&info, analysis)
        });
        if let Some(current) = &mut inner.current {
            current.source = Some(source);
        }
        let due = now - inner.shown >= SHOWN_EVERY;
        drop(inner);
        if self.timeline.add_analysed(source, time, before, &faces) {
            return self.stop(|seconds| Remark::Full { seconds });
        }
        if due {
            self.timeline.show();
            self.show();
        }
    }

    /// Called when the engine could not process a frame: the file ends there.
    pub fn on_refused(self: &Rc<Self>, recording: u32, reason: Message) {
        let inner = self.inner.borrow();
        let Some(current) = inner.current.as_ref().filter(|current| current.recording == recording) else { return };
        let (seconds, status) = (current.position(), current.stopped());
        drop(inner);
        self.end(status, Some(Remark::Refused { seconds, reason }));
    }

    /// Called when the engine has lost a frame: it comes again.
    pub fn requeue(&self) {
        let unneeded = self.inner.borrow_mut().current.as_mut().and_then(Current::lost);
        if let Some(picture) = unneeded {
            picture.bitmap.close();
        }
    }

    /// Called when an engine begins: faces are tracked anew.
    pub fn on_engine(&self) {
        if let Some(current) = &mut self.inner.borrow_mut().current {
            current.track_anew(self.link.next_request());
        }
    }

    /// Stops the whole queue, with a remark on the current file.
    fn stop(&self, remark: impl FnOnce(f64) -> Remark) {
        let mut inner = self.inner.borrow_mut();
        inner.phase = AnalysisPhase::Idle;
        let Some(current) = inner.current.as_ref() else { return };
        let (status, remark) = match current.stopped() {
            FileStatus::Stopped(frames) => (FileStatus::Stopped(frames), Some(remark(current.position()))),
            _ => (FileStatus::Waiting, None),
        };
        drop(inner);
        self.close(status, remark);
    }

    /// Ends the current file and opens the next.
    fn end(self: &Rc<Self>, status: FileStatus, remark: Option<Remark>) {
        self.close(status, remark);
        if self.inner.borrow().phase != AnalysisPhase::Idle {
            self.open_next();
        }
    }

    fn close(&self, status: FileStatus, remark: Option<Remark>) {
        let mut inner = self.inner.borrow_mut();
        let Some(mut current) = inner.current.take() else { return };
        if let Some(queued) = inner.queued(current.id) {
            queued.status = status;
            queued.remarks.extend(remark);
        }
        drop(inner);
        if let Some(picture) = current.take_ready() {
            picture.bitmap.close();
        }
        self.timeline.show();
        self.show();
    }

    fn show(&self) {
        let now = self.link.now();
        let mut inner = self.inner.borrow_mut();
        inner.shown = now;
        let file = |file: &Queued| AnalysedFile {
            id: file.id,
            name: file.info.name.clone(),
            status: file.status,
            remarks: file.remarks.clone(),
        };
        let analysis = state::Analysis {
            rate: inner.rate,
            files: inner.files.iter().map(file).collect(),
            phase: inner.phase,
            progress: inner.current.as_ref().map(|current| current.progress(now)),
        };
        drop(inner);
        self.link.dispatch(Action::Analysis(analysis));
    }
}
