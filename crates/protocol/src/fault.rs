//! Errors of the connection to the engine and of settings files, on the page's side.

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
    /// It has not answered for minutes.
    #[error("the worker has not answered for two minutes: it ended, or computes without end")]
    Silent,
}

/// Why a settings file is not sent to the engine. The texts refer to the file as “it”.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum SettingsFault {
    /// The file is too large for settings.
    #[error("it is larger than 1 MB")]
    TooLarge,
    /// The browser could not read the file.
    #[error("it could not be read")]
    Unreadable,
}
