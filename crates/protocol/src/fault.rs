//! What goes wrong between page and engine, on the page's side.

use mien_message::ToMessage;

/// Why the engine cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum Fault {
    /// The page does not contain the path of the engine's script.
    #[error("the page does not say where the worker's program is")]
    Unnamed,
    /// The script could not be loaded.
    #[error("the worker's program could not be loaded")]
    Missing,
    /// A command could not be encoded.
    #[error("a message to the worker could not be encoded")]
    Unwritable,
    /// An event could not be decoded.
    #[error("a message from the worker could not be decoded: it is of another version")]
    Unreadable,
}

/// Why a file is not even sent to the engine to read settings from it. The texts go on with the file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum SettingsFault {
    /// More bytes than settings have.
    #[error("it is larger than 1 MB")]
    TooLarge,
    /// The browser does not read it.
    #[error("it could not be read")]
    Unreadable,
}
