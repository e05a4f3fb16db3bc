//! The timeline: the recognized faces of each frame. It is recorded only while enabled, and kept until it is cleared or
//! the tab is closed.
//!
//! For video files, times are those of the video: pauses add nothing, and what is played again replaces what was recorded
//! of it before. `docs/timeline.md` describes the file.

use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::rc::Rc;

use super::link::Link;
use crate::notice::Notice;
use crate::sources::video::{VideoFile, VideoPosition};
use crate::state::{Action, RecognitionResult, Recording};
use mien_core::dataset::quoted;
use mien_core::expression::{Distribution, Expression};
use mien_core::number::fixed;
use mien_protocol::RecognizedFace;

/// Maximum number of rows: five hours of one face at 25 frames per second, about 20 MB.
const MAX_ROWS: usize = 450_000;

/// Maximum milliseconds between two frames of a video of which the second replaces what is recorded in between. Over a
/// longer time frames were not recognized, for instance because the engine restarted.
const MAX_GAP: u32 = 1000;

/// Records the faces of frames while enabled.
pub struct Timeline {
    link: Link,
    on: Cell<bool>,
    table: RefCell<Table>,
}

impl Timeline {
    /// Creates an empty timeline that is not recording.
    pub fn new(link: Link) -> Self {
        Self { link, on: Cell::new(false), table: RefCell::default() }
    }

    /// Starts or pauses the recording.
    pub fn toggle(&self) {
        self.on.set(!self.on.get());
        self.table.borrow_mut().last = None;
        self.show();
    }

    /// Deletes the timeline.
    pub fn clear(&self) {
        self.on.set(false);
        self.table.take();
        self.show();
    }

    /// Downloads the timeline.
    pub fn save(&self) {
        let csv = self.table.borrow().to_csv();
        self.link.download_text(&csv, "text/csv", "csv");
    }

    /// Adds the faces of a frame if recording. `position` is the frame's position in its video file; `None` for a frame
    /// of a camera.
    pub fn on_frame(&self, position: Option<VideoPosition>, result: &RecognitionResult) {
        if !self.on.get() {
            return;
        }
        self.table.borrow_mut().add(position, self.link.now() - f64::from(result.latency), &result.faces);
        if self.rows() >= MAX_ROWS {
            self.on.set(false);
            self.link.notify(Notice::TimelineFull);
        }
        self.show();
    }

    fn rows(&self) -> usize {
        self.table.borrow().rows.len()
    }

    fn show(&self) {
        self.link.dispatch(Action::Record(Recording { on: self.on.get(), rows: self.rows() }));
    }
}

/// The recorded faces.
#[derive(Default)]
struct Table {
    /// The recorded video files; `None` stands for the cameras.
    sources: Vec<Option<Rc<VideoFile>>>,
    /// Sorted by time.
    rows: Vec<Row>,
    /// When the first frame of a camera was captured.
    began: Option<f64>,
    /// The frame before, while the recording is on: its time and the number of seeks before it.
    last: Option<(Time, Option<u32>)>,
}

/// The index of the source, and milliseconds: of the video, or for a camera since its first frame.
type Time = (usize, u32);

struct Row {
    time: Time,
    face: u32,
    probabilities: Distribution,
    clear: bool,
}

impl Table {
    /// Adds a row for each face of a frame captured at `taken` (milliseconds). They replace those of the same frame, and
    /// all since the frame before if the video played on from there.
    fn add(&mut self, position: Option<VideoPosition>, taken: f64, faces: &[RecognizedFace]) {
        let (file, milliseconds, seeks) = match position {
            Some(VideoPosition { file, seconds, seeks }) => (Some(file), seconds * 1000.0, seeks),
            None => (None, taken - *self.began.get_or_insert(taken), None),
        };
        let source = self.sources.iter().position(|source| *source == file).unwrap_or_else(|| {
            self.sources.push(file);
            self.sources.len() - 1
        });
        let time = (source, milliseconds.round() as u32);
        let played_on = |&((from, last), before): &(Time, Option<u32>)| {
            seeks.is_some() && before == seeks && from == source && last < time.1 && time.1 - last <= MAX_GAP
        };
        let before = self.last.replace((time, seeks)).filter(played_on);
        let first = before.map_or(time, |((_, last), _)| (source, last + 1));
        let [first, end] = [first, (source, time.1 + 1)].map(|bound| self.rows.partition_point(|row| row.time < bound));
        let later = self.rows.split_off(end);
        self.rows.truncate(first);
        self.rows.extend(faces.iter().map(|face| Row {
            time,
            face: face.id,
            probabilities: face.smoothed,
            clear: face.clear,
        }));
        self.rows.extend(later);
    }

    /// The rows as CSV.
    fn to_csv(&self) -> String {
        let mut csv = String::from("time_ms,face,expression");
        for expression in Expression::ALL {
            csv.push(',');
            csv.push_str(expression.name());
        }
        csv.push_str(",clear,file\n");
        for Row { time: (source, milliseconds), face, probabilities, clear } in &self.rows {
            // Writing to a string cannot fail.
            write!(csv, "{milliseconds},{face},{}", probabilities.top().0).ok();
            for probability in probabilities.0 {
                write!(csv, ",{}", fixed(f64::from(probability), 4)).ok();
            }
            let file = self.sources[*source].as_ref().map_or("", |file| &file.name);
            writeln!(csv, ",{clear},{}", quoted(file)).ok();
        }
        csv
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{MAX_ROWS, Row, Timeline};
    use crate::controller::fake::{FakeHost, face, recognized};
    use crate::notice::Notice;
    use crate::sources::video::{VideoFile, VideoPosition};
    use crate::state::{Action, Recording};
    use mien_core::expression::{Distribution, Expression};

    const HEADER: &str = "time_ms,face,expression,angry,disgust,fear,happy,sad,surprise,neutral,clear,file\n";

    fn timeline() -> (Rc<FakeHost>, Timeline) {
        let (host, link) = FakeHost::new();
        (host, Timeline::new(link))
    }

    fn shown(host: &FakeHost) -> Option<Recording> {
        let recording = |action| if let Action::Record(recording) = action { Some(recording) } else { None };
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
        assert_eq!(shown(&host), Some(Recording { on: true, rows: 0 }));
        timeline.on_frame(None, &recognized(&[face(1, 4.0), face(2, 4.0)]));
        assert_eq!(shown(&host), Some(Recording { on: true, rows: 2 }));
        timeline.toggle();
        timeline.on_frame(None, &recognized(&[face(1, 4.0)]));
        assert_eq!(shown(&host), Some(Recording { on: false, rows: 2 }));
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
        assert_eq!(shown(&host), Some(Recording { on: true, rows: 4 }));
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
    fn clearing_forgets_rows_and_time() {
        let (host, timeline) = timeline();
        timeline.toggle();
        timeline.on_frame(None, &recognized(&[face(1, 4.0)]));
        timeline.clear();
        assert_eq!(shown(&host), Some(Recording { on: false, rows: 0 }));
        host.clock.set(9000.0);
        timeline.toggle();
        timeline.on_frame(None, &recognized(&[face(1, 4.0)]));
        assert_eq!(rows(&host, &timeline), [(0, 1)]);
    }

    #[test]
    fn a_full_timeline_stops_and_says_so() {
        let (host, timeline) = timeline();
        timeline.toggle();
        let row = || Row { time: (0, 0), face: 1, probabilities: Distribution([0.0; Expression::COUNT]), clear: true };
        timeline.table.borrow_mut().rows.extend(std::iter::repeat_with(row).take(MAX_ROWS - 1));
        host.clock.set(1.0);
        timeline.on_frame(
            Some(VideoPosition { file: file("a", 1.0), seconds: 1.0, seeks: None }),
            &recognized(&[face(1, 4.0)]),
        );
        assert_eq!(host.take_notices(), [Notice::TimelineFull]);
        timeline.on_frame(None, &recognized(&[face(1, 4.0)]));
        assert_eq!(timeline.rows(), MAX_ROWS);
    }

    #[test]
    fn a_failed_download_is_reported() {
        let (host, timeline) = timeline();
        host.refuses_downloads.set(true);
        timeline.save();
        assert_eq!(host.take_notices(), [Notice::SaveFailed { detail: String::from("full") }]);
    }
}
