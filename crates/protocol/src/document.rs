//! Files that the engine writes and reads for the page, which does not know their formats.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use mien_core::evaluation::{Evaluation, Report};
use mien_core::training::{CrossReport, Settings};

/// A file to write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Document {
    /// The settings of a training, as JSON.
    Settings(Box<Settings>),
    /// A cross-validation, as JSON.
    CrossReport(Box<CrossReport>),
    /// A report, as JSON: see `docs/report.md`.
    Report(Box<Report>),
    /// A report as CSV.
    Table(Box<Report>),
    /// An evaluation as an HTML page with figures.
    Page(Box<Evaluation>),
}

/// Commands about files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DocumentCommand {
    /// Write a file. Answered by [`DocumentEvent::Written`].
    Write {
        /// Request number, repeated in the answer.
        request: u32,
        /// The content.
        document: Document,
    },
    /// Read settings from the text of a file. Answered by [`DocumentEvent::Settings`].
    ReadSettings {
        /// The file's name, repeated in the answer.
        name: String,
        /// Its content.
        text: String,
    },
}

/// Events about files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DocumentEvent {
    /// A file.
    Written {
        /// As in the command.
        request: u32,
        /// Its content.
        text: String,
    },
    /// The settings in a file.
    Settings {
        /// As in the command.
        name: String,
        /// The settings, or why they are invalid.
        settings: Result<Box<Settings>, Message>,
    },
}
