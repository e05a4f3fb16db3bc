//! The timeline: the recognized faces of each frame. It is recorded only while enabled, and kept until it is cleared or
//! the tab is closed.
//!
//! For video files, times are those of the video: pauses add nothing, and what is played again replaces what was recorded
//! of it before. `docs/timeline.md` describes the files.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::link::Link;
use crate::notice::Notice;
use crate::sources::video::{VideoFile, VideoPosition};
use crate::state::{Action, RecognitionResult, Recording};
use mien_core::timeline::{self, Analysis, Reading, Source};
use mien_protocol::RecognizedFace;

/// Records the faces of frames while enabled.
pub struct Timeline {
    link: Link,
    on: Cell<bool>,
    changes: Cell<u32>,
    recorded: RefCell<Recorded>,
}

/// The recorded frames.
#[derive(Default)]
struct Recorded {
    timeline: timeline::Timeline,
    /// The video file of each source; `None` for the cameras.
    files: Vec<Option<Rc<VideoFile>>>,
    /// When the first frame of a camera was captured.
    began: Option<f64>,
    /// The frame before, while the recording is on: its source, its time, and the number of seeks before it.
    last: Option<(usize, u32, Option<u32>)>,
    /// The source that was recorded last.
    source: usize,
}

impl Timeline {
    /// Creates an empty timeline that is not recording.
    pub fn new(link: Link) -> Self {
        Self { link, on: Cell::new(false), changes: Cell::new(0), recorded: RefCell::default() }
    }

    /// Starts or pauses the recording.
    pub fn toggle(&self) {
        self.on.set(!self.on.get());
        self.recorded.borrow_mut().last = None;
        self.show();
    }

    /// Deletes the timeline.
    pub fn clear(&self) {
        self.on.set(false);
        self.recorded.take();
        self.show();
    }

    /// Downloads the timeline as CSV.
    pub fn save(&self) {
        let csv = self.recorded.borrow().timeline.to_csv();
        self.link.download_text(&csv, "text/csv", "csv");
    }

    /// Downloads the timeline as JSON with the name of the network.
    pub fn save_json(&self, network: &str) {
        let json = self.recorded.borrow().timeline.to_json(network);
        self.link.download_text(&json, "application/json", "json");
    }

    /// Begins the analysis of a video file, which replaces what was recorded of it. Returns the index of the source.
    pub fn begin_analysis(&self, file: &Rc<VideoFile>, analysis: Analysis) -> usize {
        let mut recorded = self.recorded.borrow_mut();
        let index = recorded.source_of(Some(file));
        if let Some(source) = recorded.timeline.source_mut(index) {
            source.begin_analysis(analysis);
        }
        recorded.source = index;
        index
    }

    /// Adds the faces of an analysed frame at `time`, which follows the one at `before` (milliseconds). It is shown after
    /// [`Self::show`]. Returns whether the timeline is full.
    pub fn add_analysed(&self, source: usize, time: u32, before: Option<u32>, faces: &[Reading]) -> bool {
        let mut recorded = self.recorded.borrow_mut();
        if let Some(source) = recorded.timeline.source_mut(source) {
            source.add(time, before, faces);
            source.count_frame();
        }
        recorded.timeline.is_full()
    }

    /// Adds the faces of a frame if recording. `position` is the frame's position in its video file; `None` for a frame
    /// of a camera.
    pub fn on_frame(&self, position: Option<VideoPosition>, result: &RecognitionResult) {
        if !self.on.get() {
            return;
        }
        self.recorded.borrow_mut().add(position, self.link.now() - f64::from(result.latency), result);
        if self.recorded.borrow().timeline.is_full() {
            self.on.set(false);
            self.link.notify(Notice::TimelineFull);
        }
        self.show();
    }

    /// Shows what has changed.
    pub fn show(&self) {
        self.changes.set(self.changes.get().wrapping_add(1));
        let rows = self.recorded.borrow().timeline.rows();
        self.link.dispatch(Action::Record(Recording { on: self.on.get(), rows, changes: self.changes.get() }));
    }

    /// What is recorded of a video file, or of the cameras.
    pub fn of(&self, file: Option<&Rc<VideoFile>>) -> Option<usize> {
        self.recorded.borrow().files.iter().position(|known| known.as_ref() == file)
    }

    /// The source that was recorded last, if any was.
    pub fn latest(&self) -> Option<usize> {
        let recorded = self.recorded.borrow();
        (!recorded.files.is_empty()).then_some(recorded.source)
    }

    /// Reads what is recorded of a source.
    pub fn read<T>(&self, source: usize, read: impl FnOnce(&Source) -> T) -> Option<T> {
        self.recorded.borrow().timeline.sources().get(source).map(read)
    }

    /// Changes the markers of a source.
    pub fn edit(&self, source: usize, edit: impl FnOnce(&mut Source)) {
        if let Some(source) = self.recorded.borrow_mut().timeline.source_mut(source) {
            edit(source);
        }
        self.show();
    }
}

impl Recorded {
    /// The index of the source of a file, or of the cameras.
    fn source_of(&mut self, file: Option<&Rc<VideoFile>>) -> usize {
        self.files.iter().position(|known| known.as_ref() == file).unwrap_or_else(|| {
            self.files.push(file.cloned());
            self.timeline.open(file.map_or("", |file| &file.name))
        })
    }

    /// Adds the faces of a frame captured at `taken` (milliseconds).
    fn add(&mut self, position: Option<VideoPosition>, taken: f64, result: &RecognitionResult) {
        let (file, milliseconds, seeks) = match position {
            Some(VideoPosition { file, seconds, seeks }) => (Some(file), seconds * 1000.0, seeks),
            None => (None, taken - *self.began.get_or_insert(taken), None),
        };
        let source = self.source_of(file.as_ref());
        if self.timeline.sources().get(source).is_some_and(|source| source.analysis().is_some()) {
            return; // what was analysed is complete, with other numbers of faces
        }
        let time = milliseconds.round() as u32;
        // A camera plays on unless it was recorded for something else meanwhile.
        let played_on = |&(from, _, before): &(usize, u32, Option<u32>)| {
            from == source && before == seeks && (seeks.is_some() || file.is_none())
        };
        let before = self.last.replace((source, time, seeks)).filter(played_on).map(|(_, time, _)| time);
        self.source = source;
        let reading =
            |face: &RecognizedFace| Reading { face: face.id, probabilities: face.smoothed, clear: face.clear };
        let faces: Vec<Reading> = result.faces.iter().map(reading).collect();
        if let Some(source) = self.timeline.source_mut(source) {
            source.add(time, before, &faces);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::Timeline;
    use crate::controller::fake::{FakeHost, face, recognized};
    use crate::notice::Notice;
    use crate::sources::video::{VideoFile, VideoPosition};
    use crate::state::{Action, Recording};
    use mien_core::timeline::{self, Analysis, MAX_ROWS, Rate, Reading};

    const HEADER: &str = "time_ms,face,expression,angry,disgust,fear,happy,sad,surprise,neutral,clear,file\n";

    fn timeline() -> (Rc<FakeHost>, Timeline) {
        let (host, link) = FakeHost::new();
        (host, Timeline::new(link))
    }

    /// Whether it is recording, and the number of rows, if that is shown.
    fn shown(host: &FakeHost) -> Option<(bool, usize)> {
        let recording = |action| match action {
            Action::Record(Recording { on, rows, .. }) => Some((on, rows)),
            _ => None,
        };
        host.take_actions().into_iter().filter_map(recording).next_back()
    }

    fn file(name: &str, size: f64) -> Rc<VideoFile> {
        Rc::new(VideoFile { name: name.to_owned(), size, modified: 0.0 })
    }

    /// Adds frames of a video at these seconds, each with one face.
    fn play<const N: usize>(timeline: &Timeline, file: &Rc<VideoFile>, seeks: Option<u32>, seconds: [f64; N], id: u32) {
        for seconds in seconds {
            let position = VideoPosition { file: Rc::clone(file), seconds, seeks };
            timeline.on_frame(Some(position), &recognized(&[face(id, 4.0)]));
        }
    }

    /// The downloaded file.
    fn csv(host: &FakeHost, timeline: &Timeline) -> String {
        timeline.save();
        let (csv, name) = host.take_downloads().remove(0);
        assert_eq!(name, "text/csv csv");
        csv
    }

    /// Time and face of each row.
    fn rows(host: &FakeHost, timeline: &Timeline) -> Vec<(u32, u32)> {
        let row = |line: &str| {
            let mut fields = line.split(',').map(|field| field.parse().unwrap());
            (fields.next().unwrap(), fields.next().unwrap())
        };
        let csv = csv(host, timeline);
        csv.lines().skip(1).map(|line| row(line.split_once(",happy").unwrap().0)).collect()
    }

    #[test]
    fn nothing_is_recorded_unasked() {
        let (host, timeline) = timeline();
        timeline.on_frame(None, &recognized(&[face(1, 4.0)]));
        assert_eq!(shown(&host), None);
        timeline.toggle();
        timeline.on_frame(None, &recognized(&[]));
        assert_eq!(shown(&host), Some((true, 0)));
        timeline.on_frame(None, &recognized(&[face(1, 4.0), face(2, 4.0)]));
        assert_eq!(shown(&host), Some((true, 2)));
        timeline.toggle();
        timeline.on_frame(None, &recognized(&[face(1, 4.0)]));
        assert_eq!(shown(&host), Some((false, 2)));
    }

    #[test]
    fn the_time_of_a_camera_counts_from_when_its_first_frame_was_taken() {
        let (host, timeline) = timeline();
        timeline.toggle();
        for time in [5000.0, 5040.4] {
            host.clock.set(time);
            timeline.on_frame(None, &recognized(&[face(3, 4.0)]));
        }
        let rows = "0,3,happy,0.0000,0.0000,0.0000,1.0000,0.0000,0.0000,0.0000,true,\n\
                    40,3,happy,0.0000,0.0000,0.0000,1.0000,0.0000,0.0000,0.0000,true,\n";
        assert_eq!(csv(&host, &timeline), format!("{HEADER}{rows}"));
    }

    #[test]
    fn the_time_of_a_video_is_its_own_and_its_file_is_named() {
        let (host, timeline) = timeline();
        timeline.toggle();
        let clip = file("at home, \"1\".mp4", 9.0);
        for (clock, seconds) in [(5000.0, 0.0333), (95_000.0, 0.0667)] {
            host.clock.set(clock);
            play(&timeline, &clip, Some(0), [seconds], 1);
        }
        let rows = "33,1,happy,0.0000,0.0000,0.0000,1.0000,0.0000,0.0000,0.0000,true,\"at home, \"\"1\"\".mp4\"\n\
                    67,1,happy,0.0000,0.0000,0.0000,1.0000,0.0000,0.0000,0.0000,true,\"at home, \"\"1\"\".mp4\"\n";
        assert_eq!(csv(&host, &timeline), format!("{HEADER}{rows}"));
    }

    #[test]
    fn what_is_played_again_replaces_what_was_recorded_of_it() {
        let (host, timeline) = timeline();
        timeline.toggle();
        let clip = file("a.mp4", 9.0);
        play(&timeline, &clip, Some(0), [0.0, 0.2, 0.4, 0.6, 0.8], 1);
        // Other frames than the first time, as a busy device takes them.
        play(&timeline, &clip, Some(1), [0.3, 0.5], 2);
        assert_eq!(rows(&host, &timeline), [(0, 1), (200, 1), (300, 2), (500, 2), (600, 1), (800, 1)]);
        timeline
            .on_frame(Some(VideoPosition { file: Rc::clone(&clip), seconds: 0.7, seeks: Some(1) }), &recognized(&[]));
        assert_eq!(
            rows(&host, &timeline),
            [(0, 1), (200, 1), (300, 2), (500, 2), (800, 1)],
            "where no face is seen now"
        );
        // A video that starts again at its end was sought too, but its time alone shows it.
        play(&timeline, &clip, Some(1), [0.0, 0.4], 3);
        assert_eq!(rows(&host, &timeline), [(0, 3), (400, 3), (500, 2), (800, 1)]);
        assert_eq!(shown(&host), Some((true, 4)));
    }

    #[test]
    fn what_is_skipped_stays() {
        let (host, timeline) = timeline();
        timeline.toggle();
        let clip = file("a.mp4", 9.0);
        let again = || play(&timeline, &clip, Some(0), [0.0, 0.2, 0.4, 0.6], 1);
        let all = [(0, 1), (200, 1), (400, 1), (600, 1)];
        again();
        // Seeking, with a frame from before in between.
        play(&timeline, &clip, Some(0), [0.0], 1);
        play(&timeline, &clip, None, [0.2], 1);
        play(&timeline, &clip, None, [0.6], 1);
        assert_eq!(rows(&host, &timeline), all);
        play(&timeline, &clip, Some(1), [0.0], 1);
        play(&timeline, &clip, Some(2), [0.6], 1);
        assert_eq!(rows(&host, &timeline), all);
        // Not recording meanwhile.
        again();
        play(&timeline, &clip, Some(3), [0.0], 1);
        timeline.toggle();
        timeline.toggle();
        play(&timeline, &clip, Some(3), [0.6], 1);
        assert_eq!(rows(&host, &timeline), all);
        // Too long for frames that follow each other.
        play(&timeline, &clip, Some(3), [1.7], 1);
        play(&timeline, &clip, Some(3), [0.5], 1);
        play(&timeline, &clip, Some(3), [1.7], 1);
        assert_eq!(rows(&host, &timeline), [&all[..3], &[(500, 1), (600, 1), (1700, 1)]].concat());
    }

    #[test]
    fn each_source_has_its_own_times() {
        let (host, timeline) = timeline();
        timeline.toggle();
        let clips = [file("a.mp4", 9.0), file("a.mp4", 10.0)];
        play(&timeline, &clips[0], Some(0), [0.4], 1);
        timeline.on_frame(None, &recognized(&[face(2, 4.0)]));
        play(&timeline, &clips[1], Some(0), [0.4], 3);
        play(&timeline, &file("a.mp4", 9.0), Some(0), [0.2], 4);
        play(&timeline, &clips[0], Some(0), [0.4], 5);
        assert_eq!(rows(&host, &timeline), [(200, 4), (400, 5), (0, 2), (400, 3)], "a file opened again is the same");
    }

    #[test]
    fn an_analysis_replaces_what_was_recorded_and_is_not_recorded_over() {
        let (host, timeline) = timeline();
        timeline.toggle();
        let clip = file("a.mp4", 9.0);
        play(&timeline, &clip, Some(0), [0.0, 0.2, 0.4], 1);
        timeline.edit(0, |source| assert!(source.mark(100, String::from("smile"))));
        let analysis = Analysis {
            rate: Rate::default(),
            network: String::from("vgg"),
            augmentation: "none",
            frames: 0,
            complete: false,
        };
        let source = timeline.begin_analysis(&clip, analysis);
        let reading = Reading { face: 7, probabilities: face(7, 4.0).smoothed, clear: true };
        assert!(!timeline.add_analysed(source, 80, None, &[reading]));
        assert!(!timeline.add_analysed(source, 160, Some(80), &[]));
        play(&timeline, &clip, Some(1), [0.0, 0.2], 1);
        let read = |source: &timeline::Source| {
            let rows: Vec<(u32, u32)> = source.rows().iter().map(|row| (row.time, row.face)).collect();
            (rows, source.markers().len(), source.analysis().map(|analysis| analysis.frames))
        };
        assert_eq!(timeline.read(source, read), Some((vec![(80, 7)], 1, Some(2))));
        timeline.clear();
        assert_eq!(shown(&host), Some((false, 0)));
    }

    #[test]
    fn clearing_forgets_rows_and_time() {
        let (host, timeline) = timeline();
        timeline.toggle();
        timeline.on_frame(None, &recognized(&[face(1, 4.0)]));
        timeline.clear();
        assert_eq!(shown(&host), Some((false, 0)));
        host.clock.set(9000.0);
        timeline.toggle();
        timeline.on_frame(None, &recognized(&[face(1, 4.0)]));
        assert_eq!(rows(&host, &timeline), [(0, 1)]);
    }

    #[test]
    fn a_full_timeline_stops_and_says_so() {
        let (host, timeline) = timeline();
        timeline.toggle();
        let four = recognized(&[1, 2, 3, 4].map(|id| face(id, 4.0)));
        for frame in 1..MAX_ROWS / 4 {
            timeline.recorded.borrow_mut().add(None, frame as f64 * 40.0, &four);
        }
        host.clock.set(1e7);
        timeline.on_frame(None, &recognized(&[]));
        assert!(host.take_notices().is_empty(), "nearly full");
        timeline.on_frame(Some(VideoPosition { file: file("a", 1.0), seconds: 1.0, seeks: None }), &four);
        assert_eq!(host.take_notices(), [Notice::TimelineFull]);
        timeline.on_frame(None, &recognized(&[face(1, 4.0)]));
        assert_eq!(timeline.recorded.borrow().timeline.rows(), MAX_ROWS);
    }

    #[test]
    fn a_failed_download_is_reported() {
        let (host, timeline) = timeline();
        host.refuses_downloads.set(true);
        timeline.save();
        assert_eq!(host.take_notices(), [Notice::SaveFailed { detail: String::from("full") }]);
    }
}
