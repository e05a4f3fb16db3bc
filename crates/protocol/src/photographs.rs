//! Commands and events about labelled photographs, on which recognition is evaluated end to end.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use mien_core::evaluation::photos::{PhotoFigures, PhotoRun};

/// Commands from the page to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhotographsCommand {
    /// Measure the active network on the photographs among the attached files that a table among them labels. Answered by
    /// [`PhotographsEvent::Progress`], then [`PhotographsEvent::Done`], [`PhotographsEvent::Failed`] or
    /// [`PhotographsEvent::Cancelled`] with the same `run`.
    Measure {
        /// Run number, repeated in the answers.
        run: u32,
        /// The name of the photographs in the report, such as that of their folder.
        name: String,
        /// The paths of the attached files, in their order.
        paths: Vec<String>,
    },
    /// Cancel a run.
    Cancel {
        /// The run.
        run: u32,
    },
}

/// Events from the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhotographsEvent {
    /// The progress of a run.
    Progress {
        /// As in the command.
        run: u32,
        /// Number of measured photographs.
        done: u32,
        /// Number of photographs in the table.
        total: u32,
        /// Seconds since it began.
        seconds: f64,
    },
    /// A run is finished.
    Done {
        /// As in the command.
        run: u32,
        /// The results.
        outcome: Box<PhotographsOutcome>,
    },
    /// A run failed.
    Failed {
        /// As in the command.
        run: u32,
        /// Why.
        reason: Message,
    },
    /// A run was cancelled on request.
    Cancelled {
        /// As in the command.
        run: u32,
    },
}

/// The results of a finished run: what the page shows, and the file for download.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotographsOutcome {
    /// What was measured, and how.
    pub measured: PhotoRun,
    /// The metrics.
    pub figures: PhotoFigures,
    /// The report as JSON: see `docs/photographs.md`.
    pub json: String,
}
