//! Errors of stored files.

use std::io;

use mien_message::ToMessage;

use crate::failure::Failure;

/// Why a storage operation failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error, ToMessage)]
pub enum StorageError {
    /// There is no such file.
    #[error("there is no such file")]
    Missing,
    /// The storage quota is exceeded.
    #[error("the storage for this site is full")]
    Full,
    /// Another tab is using the file.
    #[error("another tab of this page is using it")]
    Busy,
    /// The file is damaged.
    #[error("what is saved on this device is damaged ({0})")]
    Damaged(Failure),
    /// The browser stores nothing for this page, as in a private window.
    #[error("this browser saves no files for this page ({0})")]
    Refused(Refusal),
}

/// Why a browser stores nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, ToMessage)]
pub enum Refusal {
    /// It has no such storage, or not for this page.
    #[error("it has no storage for files")]
    NoStorage,
    /// Its storage is of an old version.
    #[error("it cannot rename stored files")]
    NoRename,
    /// Its own message.
    #[error("{0}")]
    Message(String),
}

impl From<io::Error> for StorageError {
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => error,
            Err(error) => Self::Damaged(Failure::message(error.to_string())),
        }
    }
}
