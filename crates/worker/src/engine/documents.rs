//! Text files that are written and read for the page.

use serde::Serialize;

use super::outbox::Outbox;
use crate::failure::Failure;
use mien_compute::evaluation::{csv, html};
use mien_compute::training::Settings;
use mien_protocol::{Document, DocumentCommand, DocumentEvent, Event};

/// Handles a command.
pub(super) fn handle(command: DocumentCommand, outbox: &Outbox) {
    let event = match command {
        DocumentCommand::Write { request, document } => DocumentEvent::Written { request, text: write(&document) },
        DocumentCommand::ReadSettings { name, text } => {
            DocumentEvent::Settings { name, settings: read(&text).map_err(Failure::into) }
        }
    };
    outbox.post(&Event::Document(event));
}

fn write(document: &Document) -> String {
    match document {
        Document::Settings(settings) => json(settings),
        Document::CrossReport(report) => json(report),
        Document::Report(report) => json(report) + "\n",
        Document::Table(report) => csv::report(report),
        Document::Page(evaluation) => html::page(evaluation),
    }
}

/// A value as JSON. On failure, which the types used here cannot cause, logs the error and returns an empty text.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|error| {
        log::error!("a file is empty, as it cannot be written as JSON: {error}");
        String::new()
    })
}

fn read(text: &str) -> Result<Box<Settings>, Failure> {
    let settings: Settings = serde_json::from_str(text).map_err(|error| Failure::message(error.to_string()))?;
    settings.check()?;
    Ok(Box::new(settings))
}
