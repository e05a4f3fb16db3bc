//! The timeline: the recognized faces of each frame. It is recorded only while enabled, and kept until it is cleared or
//! the tab is closed.

use std::cell::{Cell, RefCell};
use std::fmt::Write;

use super::link::Link;
use crate::notice::Notice;
use crate::state::{Action, RecognitionResult, Recording};
use mien_core::expression::Expression;
use mien_core::number::fixed;

/// Maximum number of rows: five hours of one face at 25 frames per second, about 40 MB.
const MAX_ROWS: usize = 450_000;

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

    /// Adds the faces of a frame if recording.
    pub fn on_frame(&self, result: &RecognitionResult) {
        if !self.on.get() || result.faces.is_empty() {
            return;
        }
        self.table.borrow_mut().add(self.link.now(), result);
        if self.table.borrow().rows >= MAX_ROWS {
            self.on.set(false);
            self.link.notify(Notice::TimelineFull);
        }
        self.show();
    }

    fn show(&self) {
        let recording = Recording { on: self.on.get(), rows: self.table.borrow().rows };
        self.link.dispatch(Action::Record(recording));
    }
}

/// The rows as CSV, and the time of the first frame.
#[derive(Debug, Default)]
struct Table {
    rows: usize,
    began: Option<f64>,
    csv: String,
}

impl Table {
    /// Adds a row for each face of a frame whose response arrived at `answered` (milliseconds). Times are relative to
    /// the first frame.
    fn add(&mut self, answered: f64, result: &RecognitionResult) {
        let taken = answered - f64::from(result.latency);
        let time = taken - *self.began.get_or_insert(taken);
        for face in &result.faces {
            let (expression, _) = face.smoothed.top();
            // Writing to a string cannot fail.
            write!(self.csv, "{},{},{expression}", fixed(time, 0), face.id).ok();
            for probability in face.smoothed.0 {
                write!(self.csv, ",{}", fixed(f64::from(probability), 4)).ok();
            }
            writeln!(self.csv, ",{}", face.clear).ok();
        }
        self.rows += result.faces.len();
    }

    /// The rows with their header.
    fn to_csv(&self) -> String {
        let mut csv = String::from("time_ms,face,expression");
        for expression in Expression::ALL {
            csv.push(',');
            csv.push_str(expression.name());
        }
        csv.push_str(",clear\n");
        csv.push_str(&self.csv);
        csv
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{MAX_ROWS, Timeline};
    use crate::controller::fake::{FakeHost, face, recognized};
    use crate::notice::Notice;
    use crate::state::{Action, Recording};

    fn timeline() -> (Rc<FakeHost>, Timeline) {
        let (host, link) = FakeHost::new();
        (host, Timeline::new(link))
    }

    fn shown(host: &FakeHost) -> Option<Recording> {
        let recording = |action| if let Action::Record(recording) = action { Some(recording) } else { None };
        host.take_actions().into_iter().filter_map(recording).next_back()
    }

    #[test]
    fn nothing_is_recorded_unasked() {
        let (host, timeline) = timeline();
        timeline.on_frame(&recognized(&[face(1, 4.0)]));
        assert_eq!(shown(&host), None);
        timeline.toggle();
        timeline.on_frame(&recognized(&[]));
        assert_eq!(shown(&host), Some(Recording { on: true, rows: 0 }));
        timeline.on_frame(&recognized(&[face(1, 4.0), face(2, 4.0)]));
        assert_eq!(shown(&host), Some(Recording { on: true, rows: 2 }));
        timeline.toggle();
        timeline.on_frame(&recognized(&[face(1, 4.0)]));
        assert_eq!(shown(&host), Some(Recording { on: false, rows: 2 }));
    }

    #[test]
    fn times_count_from_when_the_first_frame_was_taken() {
        let (host, timeline) = timeline();
        timeline.toggle();
        for time in [5000.0, 5040.4] {
            host.clock.set(time);
            timeline.on_frame(&recognized(&[face(3, 4.0)]));
        }
        timeline.save();
        let csv = "time_ms,face,expression,angry,disgust,fear,happy,sad,surprise,neutral,clear\n\
                   0,3,happy,0.0000,0.0000,0.0000,1.0000,0.0000,0.0000,0.0000,true\n\
                   40,3,happy,0.0000,0.0000,0.0000,1.0000,0.0000,0.0000,0.0000,true\n";
        assert_eq!(host.take_downloads(), [(String::from(csv), String::from("text/csv csv"))]);
    }

    #[test]
    fn clearing_forgets_rows_and_time() {
        let (host, timeline) = timeline();
        timeline.toggle();
        timeline.on_frame(&recognized(&[face(1, 4.0)]));
        timeline.clear();
        assert_eq!(shown(&host), Some(Recording { on: false, rows: 0 }));
        host.clock.set(9000.0);
        timeline.toggle();
        timeline.on_frame(&recognized(&[face(1, 4.0)]));
        timeline.save();
        assert!(host.take_downloads()[0].0.contains("\n0,1,happy"));
    }

    #[test]
    fn a_full_timeline_stops_and_says_so() {
        let (host, timeline) = timeline();
        timeline.toggle();
        timeline.table.borrow_mut().rows = MAX_ROWS - 1;
        timeline.on_frame(&recognized(&[face(1, 4.0)]));
        assert_eq!(host.take_notices(), [Notice::TimelineFull]);
        timeline.on_frame(&recognized(&[face(1, 4.0)]));
        assert_eq!(timeline.table.borrow().rows, MAX_ROWS);
    }

    #[test]
    fn a_download_that_fails_is_told() {
        let (host, timeline) = timeline();
        host.refuses_downloads.set(true);
        timeline.save();
        assert_eq!(host.take_notices(), [Notice::SaveFailed { detail: String::from("full") }]);
    }
}
