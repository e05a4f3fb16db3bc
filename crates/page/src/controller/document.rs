//! Files that the engine writes and reads: see [`mien_protocol::Document`].

use std::cell::{Cell, RefCell};

use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::File;

use super::Controller;
use crate::notice::{Notice, TrainingNotice};
use crate::state::{Action, DraftAction};
use crate::text::training as text;
use mien_core::training::Settings;
use mien_protocol::{Command, Document, DocumentCommand, DocumentEvent};

/// No settings file is larger, in bytes.
const MOST_BYTES: f64 = 1_000_000.0;

/// The files that the engine has not written yet.
#[derive(Default)]
pub(super) struct Writing {
    requests: Cell<u32>,
    asked: RefCell<Vec<(u32, Form)>>,
}

/// Media type and extension.
type Form = (&'static str, &'static str);

impl Controller {
    /// Has a file written and hands it to the visitor.
    pub fn save_document(&self, document: Document) {
        let form = match document {
            Document::Settings(_) | Document::CrossReport(_) | Document::Report(_) => ("application/json", "json"),
            Document::Table(_) => ("text/csv", "csv"),
            Document::Page(_) => ("text/html", "html"),
        };
        let writing = &self.0.writing;
        let request = writing.requests.get().wrapping_add(1);
        writing.requests.set(request);
        writing.asked.borrow_mut().push((request, form));
        self.command_document(DocumentCommand::Write { request, document });
    }

    /// Takes settings from a file, or says why not and changes nothing.
    pub fn load_settings(&self, file: File) {
        let controller = self.clone();
        spawn_local(async move {
            let name = file.name();
            if file.size() > MOST_BYTES {
                return controller.on_settings(name, Err(text::SETTINGS_TOO_LARGE.into()));
            }
            match JsFuture::from(file.text()).await.ok().and_then(|json| json.as_string()) {
                Some(text) => controller.command_document(DocumentCommand::ReadSettings { name, text }),
                None => controller.on_settings(name, Err(text::SETTINGS_UNREADABLE.into())),
            }
        });
    }

    fn command_document(&self, command: DocumentCommand) {
        self.send(|engine| engine.send(&Command::Document(command)));
    }

    pub(super) fn on_document(&self, event: DocumentEvent) {
        match event {
            DocumentEvent::Written { request, text } => {
                let mut asked = self.0.writing.asked.borrow_mut();
                if let Some(place) = asked.iter().position(|(asked, _)| *asked == request) {
                    let (_, (kind, extension)) = asked.swap_remove(place);
                    self.save_text(&text, kind, extension);
                }
            }
            DocumentEvent::Settings { name, settings } => self.on_settings(name, settings),
        }
    }

    fn on_settings(&self, name: String, settings: Result<Box<Settings>, String>) {
        self.notify(Notice::Training(match settings {
            Ok(settings) => {
                self.dispatch(Action::Draft(DraftAction::Load(settings)));
                TrainingNotice::SettingsLoaded { name }
            }
            Err(reason) => TrainingNotice::SettingsRefused { name, reason },
        }));
    }
}
