//! Tests of the analysis with a fake browser: what the engine is asked, what is recorded, what is said.

use std::rc::Rc;

use super::file::Picture;
use super::*;
use crate::controller::fake::{FakeHost, bitmap, face, file, recognized};
use crate::fixtures::message;
use crate::state;
use mien_protocol::{Command, FrameSource, RecognizedFace};

struct Bench {
    host: Rc<FakeHost>,
    link: Link,
    recognizer: Rc<Recognizer>,
    timeline: Rc<Timeline>,
    analysis: Rc<Analysis>,
}

impl Bench {
    /// An analysis of files of these names; those named `empty` are.
    fn new(names: &[&str]) -> Self {
        let (host, link) = FakeHost::new();
        link.set_ready(true);
        let recognizer = Rc::new(Recognizer::new(link.clone()));
        let timeline = Rc::new(Timeline::new(link.clone()));
        let analysis = Rc::new(Analysis::new(link.clone(), Rc::clone(&recognizer), Rc::clone(&timeline)));
        let described = |name: &&str| {
            let size = if name.starts_with("empty") { 0.0 } else { 9.0 };
            (file(), VideoFile { name: (*name).to_owned(), size, modified: 0.0 })
        };
        analysis.offer(names.iter().map(described).collect());
        Self { host, link, recognizer, timeline, analysis }
    }

    /// Begins, with the first file open, which has this length in seconds.
    fn begun(names: &[&str], seconds: f64) -> Self {
        let bench = Self::new(names);
        bench.analysis.start(String::from("vgg"), TestTimeAugmentation::None);
        bench.open(seconds);
        bench
    }

    fn open(&self, seconds: f64) {
        self.analysis.on_opened(self.number(), Ok((None, seconds)));
    }

    /// The number of the current analysis.
    fn number(&self) -> u32 {
        self.analysis.inner.borrow().current.as_ref().unwrap().number
    }

    /// The browser answers the last seek.
    fn seek(&self, size: (u32, u32), time: f64) {
        self.analysis.on_sought(self.number(), Ok(sought(size, Some(time))));
    }

    fn seek_fails(&self, error: SeekError) {
        self.analysis.on_sought(self.number(), Err(error));
    }

    /// The recordings and times in milliseconds of the frames that the engine got since the last call.
    fn submitted(&self) -> Vec<(u32, f64)> {
        let frame = |command| match command {
            Command::Recognize { source: FrameSource::Recording(recording), time, .. } => Some((recording, time)),
            _ => None,
        };
        self.host.take_commands().into_iter().filter_map(frame).collect()
    }

    /// The engine answers the submitted frame.
    fn answer(&self, faces: &[RecognizedFace]) {
        let purpose = self.recognizer.pending_purpose();
        let Some(crate::controller::recognizer::Purpose::Recording(recording)) = purpose else { panic!("{purpose:?}") };
        self.recognizer.interrupt();
        self.link.set_ready(true);
        self.analysis.on_recognized(recording, &recognized(faces));
        self.analysis.advance();
    }

    /// The newest state.
    fn state(&self) -> state::Analysis {
        let analysis = |action| if let Action::Analysis(analysis) = action { Some(analysis) } else { None };
        self.analysis.show();
        self.host.take_actions().into_iter().filter_map(analysis).next_back().unwrap()
    }

    fn statuses(&self) -> Vec<FileStatus> {
        self.state().files.iter().map(|file| file.status).collect()
    }

    /// Time and face of each row.
    fn rows(&self) -> Vec<(u32, u32)> {
        let rows = |source: &timeline::Source| source.rows().iter().map(|row| (row.time, row.face)).collect();
        self.timeline.read(0, rows).unwrap_or_default()
    }
}

fn sought(size: (u32, u32), time: Option<f64>) -> Sought {
    let picture = Some(Picture { bitmap: bitmap(), size });
    Sought { picture, time, following: Following::Unknown, broken: false }
}

const SIZE: (u32, u32) = (640, 360);

#[test]
fn a_video_is_analysed_with_its_own_times() {
    let bench = Bench::begun(&["a.mp4"], 0.16);
    bench.seek(SIZE, 0.0);
    let number = bench.number();
    assert_eq!(bench.submitted(), [(number, 0.0)]);
    bench.seek(SIZE, 0.0805);
    assert!(bench.submitted().is_empty(), "the engine works on the frame before");
    bench.host.clock.set(70_000.0);
    bench.answer(&[face(1, 4.0)]);
    assert_eq!(bench.submitted(), [(number, 80.5)]);
    bench.answer(&[face(1, 4.0), face(2, 4.0)]);
    assert_eq!(bench.rows(), [(0, 1), (81, 1), (81, 2)], "whatever the clock says");
    assert_eq!((bench.statuses(), bench.state().phase), (vec![FileStatus::Done(2)], AnalysisPhase::Idle));
    let analysis = bench.timeline.read(0, |source| source.analysis().cloned()).flatten().unwrap();
    assert_eq!((analysis.network.as_str(), analysis.frames, analysis.complete), ("vgg", 2, true));
    // Once more: all of them again.
    bench.analysis.start(String::from("cnn"), TestTimeAugmentation::None);
    assert_eq!(bench.statuses(), [FileStatus::Running]);
    assert_eq!(bench.rows().len(), 3, "kept until there is a new frame");
}

#[test]
fn a_bad_file_is_skipped_with_its_reason() {
    let bench = Bench::new(&["empty.mp4", "a.mp4", "b.mp4", "sound.mp4"]);
    bench.analysis.start(String::from("vgg"), TestTimeAugmentation::None);
    bench.analysis.on_opened(bench.number(), Err(SeekError::Damaged));
    bench.open(1.0);
    bench.seek_fails(SeekError::Damaged);
    bench.analysis.on_opened(bench.number(), Err(SeekError::NoPicture));
    assert_eq!(bench.statuses(), [FileStatus::Skipped; 4]);
    let remarks: Vec<Remark> = bench.state().files.iter().flat_map(|file| file.remarks.clone()).collect();
    assert_eq!(remarks, [Remark::Empty, Remark::Unreadable, Remark::Unreadable, Remark::NoPicture]);
    assert_eq!(bench.timeline.latest(), None, "nothing was recorded");
    // Once more: what was said before is no longer.
    bench.analysis.start(String::from("vgg"), TestTimeAugmentation::None);
    assert!(bench.state().files[1..].iter().all(|file| file.remarks.is_empty()));
}

#[test]
fn a_broken_end_keeps_what_was_read() {
    let bench = Bench::begun(&["a.mp4", "b.mp4"], 10.0);
    bench.seek(SIZE, 0.0);
    bench.seek(SIZE, 0.08);
    bench.answer(&[face(1, 4.0)]);
    bench.seek_fails(SeekError::Damaged);
    bench.answer(&[face(1, 4.0)]);
    assert_eq!(bench.statuses(), [FileStatus::Stopped(2), FileStatus::Running], "the next begins");
    assert_eq!(bench.state().files[0].remarks, [Remark::Broken { seconds: 0.08 }]);
    assert_eq!(bench.rows().len(), 2);
    // One whose last picture is long before its end.
    bench.open(9.0);
    bench.seek(SIZE, 0.0);
    bench.answer(&[]);
    while bench.state().phase == AnalysisPhase::Running {
        bench.seek_fails(SeekError::Stalled);
    }
    assert_eq!(bench.state().files[1].remarks, [Remark::Stalled { seconds: 0.0 }]);
}

#[test]
fn it_pauses_resumes_and_stops_with_what_is_there() {
    let bench = Bench::begun(&["a.mp4", "b.mp4"], 10.0);
    bench.seek(SIZE, 0.0);
    bench.host.clock.set(2000.0);
    bench.answer(&[face(1, 4.0)]);
    bench.submitted();
    bench.analysis.toggle();
    bench.host.clock.set(9000.0);
    bench.seek(SIZE, 0.08);
    assert!(bench.submitted().is_empty(), "paused");
    let state = bench.state();
    assert_eq!((state.phase, state.progress.unwrap().worked), (AnalysisPhase::Paused, 2.0), "a pause is no work");
    bench.analysis.toggle();
    assert_eq!(bench.submitted().len(), 1);
    bench.analysis.on_visibility(true);
    bench.answer(&[face(1, 4.0)]);
    bench.seek(SIZE, 0.16);
    assert!(bench.submitted().is_empty(), "the tab is hidden");
    bench.analysis.on_visibility(false);
    assert_eq!(bench.submitted().len(), 1);
    bench.answer(&[]);
    bench.analysis.cancel();
    assert_eq!(bench.statuses(), [FileStatus::Stopped(3), FileStatus::Waiting]);
    assert_eq!(bench.state().files[0].remarks, [Remark::Cancelled { seconds: 0.16 }]);
    assert_eq!(bench.rows().len(), 2);
    // It goes on with the file that waits, and is stopped before there is anything.
    bench.analysis.start(String::from("vgg"), TestTimeAugmentation::None);
    assert_eq!(bench.statuses(), [FileStatus::Stopped(3), FileStatus::Running]);
    bench.analysis.cancel();
    assert_eq!(bench.statuses(), [FileStatus::Stopped(3), FileStatus::Waiting]);
}

#[test]
fn faces_get_new_numbers_where_tracking_begins_anew() {
    let bench = Bench::begun(&["a.mp4"], 10.0);
    bench.seek(SIZE, 0.0);
    bench.answer(&[face(1, 4.0), face(2, 4.0)]);
    let before = bench.submitted()[0].0;
    bench.seek((320, 180), 0.08);
    let [(recording, _)] = bench.submitted()[..] else { panic!("one frame") };
    assert_ne!(recording, before, "the picture has another size");
    bench.answer(&[face(1, 4.0)]);
    assert_eq!(bench.state().files[0].remarks, [Remark::Resized { seconds: 0.08, width: 320, height: 180 }]);
    // The engine starts again while it has a frame: that frame comes again.
    bench.seek((320, 180), 0.16);
    assert_eq!(bench.submitted(), [(recording, 160.0)]);
    bench.recognizer.interrupt();
    bench.analysis.requeue();
    bench.link.set_ready(true);
    bench.analysis.on_engine();
    bench.analysis.advance();
    bench.seek_fails(SeekError::Damaged);
    assert_eq!(bench.submitted(), [], "what was being sought is not wanted any more");
    bench.seek((320, 180), 0.16);
    let [(later, 160.0)] = bench.submitted()[..] else { panic!("the lost frame") };
    assert_ne!(later, recording);
    bench.answer(&[face(1, 4.0)]);
    assert_eq!(bench.rows(), [(0, 1), (0, 2), (80, 3), (160, 4)]);
}

#[test]
fn another_network_ends_the_analysis_and_so_does_a_frame_that_is_refused() {
    let bench = Bench::begun(&["a.mp4", "b.mp4"], 10.0);
    bench.seek(SIZE, 0.0);
    bench.answer(&[face(1, 4.0)]);
    bench.analysis.on_settings_changed();
    assert_eq!(bench.state().files[0].remarks, [Remark::OtherNetwork { seconds: 0.0 }]);
    bench.analysis.on_settings_changed();
    assert_eq!(bench.statuses(), [FileStatus::Stopped(1), FileStatus::Waiting]);
    bench.analysis.start(String::from("vgg"), TestTimeAugmentation::None);
    bench.open(10.0);
    bench.seek(SIZE, 0.0);
    bench.analysis.on_refused(bench.number(), message("odd"));
    assert_eq!(bench.state().files[1].remarks, [Remark::Refused { seconds: 0.0, reason: message("odd") }]);
    assert_eq!((bench.statuses()[1], bench.state().phase), (FileStatus::Skipped, AnalysisPhase::Idle));
}

#[test]
fn videos_are_listed_once_and_replaced_while_nothing_runs() {
    let bench = Bench::new(&["a.mp4", "a.mp4", "b.mp4"]);
    assert_eq!(bench.statuses().len(), 2);
    let other = || vec![(file(), VideoFile { name: String::from("c.mp4"), size: 9.0, modified: 0.0 })];
    bench.analysis.add(other());
    assert_eq!(bench.statuses().len(), 3);
    bench.analysis.offer(other());
    assert_eq!(bench.state().files[0].name, "c.mp4");
    bench.analysis.start(String::from("vgg"), TestTimeAugmentation::None);
    bench.analysis.offer(vec![(file(), VideoFile { name: String::from("d.mp4"), size: 9.0, modified: 0.0 })]);
    assert_eq!(bench.statuses(), [FileStatus::Running, FileStatus::Waiting]);
    bench.analysis.forget_results();
    assert_eq!(bench.statuses(), [FileStatus::Waiting; 2]);
}

#[test]
fn a_frame_without_a_time_is_sought_again_and_then_is_the_one_before() {
    let bench = Bench::begun(&["a.mp4"], 10.0);
    let current = |time| {
        let mut inner = bench.analysis.inner.borrow_mut();
        let current = inner.current.as_mut().unwrap();
        current.next(false);
        current.sought(Ok(sought(SIZE, time)), false).is_some()
    };
    assert!(current(None), "sought again");
    assert!(!current(None), "taken for what it was sought as");
    let last = bench.analysis.inner.borrow().current.as_ref().unwrap().progress(0.0);
    assert_eq!(last.frames, 0);
}
