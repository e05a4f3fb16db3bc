//! Commands and events as bytes. Both sides are of one version, so no names of fields travel with them; reading by names
//! would be a good part of the page's program.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A command or event as bytes.
///
/// # Errors
/// Never, with what the protocol has: a list whose length is not known beforehand cannot be written.
pub fn encode(message: &impl Serialize) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_allocvec(message)
}

/// The command or event of these bytes.
///
/// # Errors
/// When they are of another version, or none.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, postcard::Error> {
    postcard::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use crate::{Command, Document, DocumentCommand, DocumentEvent, Event};
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
}
