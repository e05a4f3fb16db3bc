//! The timeline of a session: what was read in each frame, kept only from the moment the visitor asks for it until they
//! clear it or close the tab.

use std::cell::{Cell, RefCell};
use std::fmt::Write;

use super::{Controller, now};
use crate::notice::Notice;
use crate::state::{Action, Reading, Recording};
use mien_core::expression::Expression;
use mien_core::number::fixed;

/// Rows that are kept at most: five hours of one face at 25 frames a second, some 40 MB.
const MOST_ROWS: usize = 450_000;

/// The rows as CSV, and since when.
#[derive(Default)]
pub(super) struct Timeline {
    on: Cell<bool>,
    rows: Cell<usize>,
    began: Cell<Option<f64>>,
    csv: RefCell<String>,
}

impl Controller {
    /// Starts or holds the recording.
    pub fn toggle_recording(&self) {
        let timeline = &self.0.timeline;
        timeline.on.set(!timeline.on.get());
        self.tell_recording();
    }

    /// Forgets the timeline.
    pub fn clear_timeline(&self) {
        let timeline = &self.0.timeline;
        timeline.on.set(false);
        timeline.rows.set(0);
        timeline.began.set(None);
        timeline.csv.take();
        self.tell_recording();
    }

    /// Hands the timeline to the visitor as a file.
    pub fn save_timeline(&self) {
        let csv = format!("{}{}", header(), self.0.timeline.csv.borrow());
        self.save_text(&csv, "text/csv", "csv");
    }

    pub(super) fn record(&self, reading: &Reading) {
        let timeline = &self.0.timeline;
        if !timeline.on.get() || reading.faces.is_empty() {
            return;
        }
        let taken = now() - f64::from(reading.latency);
        let time = taken - timeline.began.get().unwrap_or(taken);
        timeline.began.set(Some(taken - time));
        let mut csv = timeline.csv.borrow_mut();
        for face in &reading.faces {
            let (expression, _) = face.smoothed.top();
            // Writing to a string cannot fail.
            write!(csv, "{},{},{expression}", fixed(time, 0), face.id).ok();
            for probability in face.smoothed.0 {
                write!(csv, ",{}", fixed(f64::from(probability), 4)).ok();
            }
            writeln!(csv, ",{}", face.clear).ok();
        }
        drop(csv);
        timeline.rows.set(timeline.rows.get() + reading.faces.len());
        if timeline.rows.get() >= MOST_ROWS {
            timeline.on.set(false);
            self.notify(Notice::TimelineFull);
        }
        self.tell_recording();
    }

    fn tell_recording(&self) {
        let timeline = &self.0.timeline;
        self.dispatch(Action::Record(Recording { on: timeline.on.get(), rows: timeline.rows.get() }));
    }
}

fn header() -> String {
    let mut header = String::from("time_ms,face,expression");
    for expression in Expression::ALL {
        header.push(',');
        header.push_str(expression.name());
    }
    header.push_str(",clear\n");
    header
}
