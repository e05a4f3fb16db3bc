//! Files that the engine writes and reads: see [`mien_protocol::Document`].

use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::link::Link;
use super::requests::Pending;
use crate::notice::{Notice, TrainingNotice};
use crate::state::{Action, DraftAction, EvaluationRun};
use mien_core::evaluation::csv;
use mien_core::training::Settings;
use mien_protocol::{Command, Document, DocumentCommand, DocumentEvent, Message, SettingsFault, ToMessage};

/// Maximum size of a settings file, in bytes.
const MAX_BYTES: f64 = 1_000_000.0;

/// Writes and reads files through the engine.
pub struct Documents {
    link: Link,
    /// The files that the engine has not written yet.
    writing: Pending<FileType>,
}

/// Media type and extension.
type FileType = (&'static str, &'static str);

/// An export format of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    /// The report as JSON: see `docs/report.md`.
    Json,
    /// The report as CSV, for spreadsheets.
    Csv,
    /// The prediction for each image as CSV.
    Predictions,
    /// The report as a self-contained HTML page with figures.
    Html,
}

impl Documents {
    /// Creates the controller without pending requests.
    pub fn new(link: Link) -> Self {
        Self { link, writing: Pending::default() }
    }

    /// Has the engine write a file, and downloads it.
    pub fn save(&self, document: Document) {
        let request = self.link.next_request();
        self.writing.add(request, file_type(&document));
        send(&self.link, DocumentCommand::Write { request, document });
    }

    /// Downloads an evaluation.
    pub fn save_evaluation(&self, run: &EvaluationRun, format: ReportFormat) {
        let report = &run.evaluation.report;
        match format {
            ReportFormat::Json => self.save(Document::Report(Box::new(report.clone()))),
            ReportFormat::Csv => self.save(Document::Table(Box::new(report.clone()))),
            ReportFormat::Predictions => {
                let row = |sample: u32| run.set.rows.get(sample as usize).map_or(sample as usize, |&row| row as usize);
                self.link.download_text(&csv::predictions(&run.predictions, row), "text/csv", "csv");
            }
            ReportFormat::Html => self.save(Document::Page(Box::new(run.evaluation.clone()))),
        }
    }

    /// Loads settings from a file, or shows why it was refused.
    pub fn load_settings(&self, file: File) {
        let link = self.link.clone();
        self.link.spawn(async move {
            let name = file.name();
            if file.size() > MAX_BYTES {
                return on_settings(&link, name, Err(SettingsFault::TooLarge.message()));
            }
            match JsFuture::from(file.text()).await.ok().and_then(|json| json.as_string()) {
                Some(text) => send(&link, DocumentCommand::ReadSettings { name, text }),
                None => on_settings(&link, name, Err(SettingsFault::Unreadable.message())),
            }
        });
    }

    /// Handles an event from the engine.
    pub fn on_event(&self, event: DocumentEvent) {
        match event {
            DocumentEvent::Written { request, text } => {
                if let Some((media_type, extension)) = self.writing.take(request) {
                    self.link.download_text(&text, media_type, extension);
                }
            }
            DocumentEvent::Settings { name, settings } => on_settings(&self.link, name, settings),
        }
    }
}

const fn file_type(document: &Document) -> FileType {
    match document {
        Document::Settings(_) | Document::CrossReport(_) | Document::Report(_) => ("application/json", "json"),
        Document::Table(_) => ("text/csv", "csv"),
        Document::Page(_) => ("text/html", "html"),
    }
}

fn send(link: &Link, command: DocumentCommand) {
    link.send(&Command::Document(command));
}

fn on_settings(link: &Link, name: String, settings: Result<Box<Settings>, Message>) {
    link.notify(Notice::Training(match settings {
        Ok(settings) => {
            link.dispatch(Action::Draft(DraftAction::Load(settings)));
            TrainingNotice::SettingsLoaded { name }
        }
        Err(reason) => TrainingNotice::SettingsRefused { name, reason },
    }));
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::Documents;
    use crate::controller::fake::FakeHost;
    use crate::fixtures::message;
    use crate::notice::{Notice, TrainingNotice};
    use crate::state::{Action, DraftAction};
    use mien_core::training::{CrossReport, Settings};
    use mien_protocol::{Command, Document, DocumentCommand, DocumentEvent};

    fn documents() -> (Rc<FakeHost>, Documents) {
        let (host, link) = FakeHost::new();
        (host, Documents::new(link))
    }

    fn settings() -> Document {
        Document::Settings(Box::default())
    }

    fn written(request: u32) -> DocumentEvent {
        DocumentEvent::Written { request, text: String::from("{}") }
    }

    #[test]
    fn a_file_is_downloaded_once_it_is_written() {
        let (host, documents) = documents();
        documents.save(settings());
        let report = CrossReport::new(Settings::default(), 2, None, Vec::new());
        documents.save(Document::CrossReport(Box::new(report)));
        assert!(matches!(
            host.take_commands()[..],
            [
                Command::Document(DocumentCommand::Write { request: 1, .. }),
                Command::Document(DocumentCommand::Write { request: 2, .. })
            ]
        ));
        assert!(host.take_downloads().is_empty());
        documents.on_event(written(2));
        documents.on_event(written(2));
        documents.on_event(written(3));
        assert_eq!(host.take_downloads(), [(String::from("{}"), String::from("application/json json"))]);
        documents.on_event(written(1));
        assert_eq!(host.take_downloads().len(), 1);
    }

    #[test]
    fn a_failed_download_is_reported() {
        let (host, documents) = documents();
        host.refuses_downloads.set(true);
        documents.save(settings());
        documents.on_event(written(1));
        assert_eq!(host.take_notices(), [Notice::SaveFailed { detail: String::from("full") }]);
    }

    #[test]
    fn settings_are_taken_or_refused() {
        let (host, documents) = documents();
        let event = |settings| DocumentEvent::Settings { name: String::from("a.json"), settings };
        documents.on_event(event(Ok(Box::default())));
        assert!(matches!(
            host.take_actions()[..],
            [
                Action::Draft(DraftAction::Load(_)),
                Action::Notify(Notice::Training(TrainingNotice::SettingsLoaded { .. }))
            ]
        ));
        documents.on_event(event(Err(message("no JSON"))));
        let (name, reason) = (String::from("a.json"), message("no JSON"));
        let refused = Notice::Training(TrainingNotice::SettingsRefused { name, reason });
        assert_eq!(host.take_notices(), [refused]);
    }
}
