//! Files that the engine writes and reads for the page, which need not know their forms.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use mien_core::evaluation::{Evaluation, Report};
use mien_core::training::{CrossReport, Settings};

/// What to write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Document {
    /// The settings of a training, as JSON.
    Settings(Box<Settings>),
    /// A cross-validation, as JSON.
    CrossReport(Box<CrossReport>),
    /// A report, as JSON: see `docs/report.md`.
    Report(Box<Report>),
    /// A report, as a table for spreadsheets.
    Table(Box<Report>),
    /// An evaluation, as a page with figures.
    Page(Box<Evaluation>),
}

/// About files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DocumentCommand {
    /// Write a file. Answered by [`DocumentEvent::Written`].
    Write {
        /// Named again in the answer.
        request: u32,
        /// What.
        document: Document,
    },
    /// Read settings from the text of a file. Answered by [`DocumentEvent::Settings`].
    ReadSettings {
        /// The file's name, named again in the answer.
        name: String,
        /// Its text.
        text: String,
    },
}

/// About files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DocumentEvent {
    /// A file.
    Written {
        /// The command's.
        request: u32,
        /// Its text.
        text: String,
    },
    /// What settings a file holds.
    Settings {
        /// The command's.
        name: String,
        /// The settings, or why they are none.
        settings: Result<Box<Settings>, Message>,
    },
}
