//! Encodes commands and events as bytes. Both sides always have the same version, so no field names are encoded; a
//! self-describing format would add considerable code to the page's program.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Encodes a command or event.
///
/// # Errors
/// Never for the types of this protocol: only sequences of unknown length cannot be encoded.
pub fn encode(message: &impl Serialize) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_allocvec(message)
}

/// Decodes a command or event.
///
/// # Errors
/// When the bytes are invalid or from another version.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, postcard::Error> {
    postcard::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use crate::{Command, Document, DocumentCommand, DocumentEvent, Event, PhotographsEvent, PhotographsOutcome};
    use mien_core::evaluation::photos::{PhotoOutcome, PhotoReport, PhotoRun};
    use mien_core::expression::{Distribution, Expression};
    use mien_core::training::Settings;

    #[test]
    fn messages_arrive_as_they_were_sent_and_cut_ones_do_not() {
        let settings = Box::new(Settings::default());
        let write = DocumentCommand::Write { request: 7, document: Document::Settings(settings.clone()) };
        let command = Command::Document(write);
        let bytes = encode(&command).unwrap();
        assert_eq!(decode::<Command>(&bytes), Ok(command));
        assert!(decode::<Command>(&bytes[..bytes.len() - 1]).is_err());

        let read = DocumentEvent::Settings { name: "a.json".into(), settings: Ok(settings) };
        let event = Event::Document(read);
        assert_eq!(decode::<Event>(&encode(&event).unwrap()), Ok(event));
    }

    #[test]
    fn the_figures_of_photographs_are_encoded() {
        let prediction = Some(Distribution::UNIFORM);
        let outcome =
            PhotoOutcome { label: Expression::Sad, prediction, placement: None, image_placement: None, faces: 2 };
        let run = PhotoRun { framings: vec![[1.1, 0.05]], ..PhotoRun::default() };
        let report = PhotoReport::new(&[outcome], &[], None, run);
        let outcome = PhotographsOutcome { measured: report.run, figures: report.figures, json: "{}".into() };
        let event = Event::Photographs(PhotographsEvent::Done { run: 1, outcome: Box::new(outcome) });
        assert_eq!(decode::<Event>(&encode(&event).unwrap()), Ok(event));
    }
}
