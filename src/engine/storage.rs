//! Files that the browser keeps for this site on the device (the origin private file system), and only when asked to.

use std::io;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DedicatedWorkerGlobalScope, DomException, FileSystemDirectoryHandle, FileSystemFileHandle,
    FileSystemGetFileOptions, FileSystemReadWriteOptions, FileSystemSyncAccessHandle,
};

use super::thrown::describe;

/// Why the storage did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum StorageError {
    /// There is no such file.
    #[error("there is no such file")]
    Missing,
    /// No room is left.
    #[error("no room is left for this site on this device")]
    Full,
    /// What is kept is not what was written.
    #[error("what is kept on this device is damaged ({0})")]
    Damaged(String),
    /// The browser keeps nothing for this page, as in a private window; in its words.
    #[error("this browser keeps no files for this page ({0})")]
    Refused(String),
}

impl From<io::Error> for StorageError {
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => error,
            Err(error) => Self::Damaged(error.to_string()),
        }
    }
}

impl From<JsValue> for StorageError {
    fn from(error: JsValue) -> Self {
        match error.dyn_ref::<DomException>().map(DomException::name).as_deref() {
            Some("NotFoundError") => Self::Missing,
            Some("QuotaExceededError") => Self::Full,
            _ => Self::Refused(describe(&error)),
        }
    }
}

/// A file open for this worker alone; closed when dropped.
pub(super) struct StoredFile(FileSystemSyncAccessHandle);

impl StoredFile {
    /// Opens a file, which is made if it is not there and `create` is set.
    pub async fn open(name: &str, create: bool) -> Result<Self, StorageError> {
        let options = FileSystemGetFileOptions::new();
        options.set_create(create);
        let file = JsFuture::from(root().await?.get_file_handle_with_options(name, &options)).await?;
        let file: FileSystemFileHandle = file.unchecked_into();
        Ok(Self(JsFuture::from(file.create_sync_access_handle()).await?.unchecked_into()))
    }

    /// Bytes of the file.
    pub fn length(&self) -> Result<u64, StorageError> {
        Ok(self.0.get_size()? as u64)
    }

    /// Writes at a place; the file grows as needed.
    pub fn write_at(&self, place: u64, bytes: &[u8]) -> Result<(), StorageError> {
        let written = self.0.write_with_u8_array_and_options(bytes, &at(place))?;
        if written as usize == bytes.len() { Ok(()) } else { Err(StorageError::Full) }
    }

    /// Reads from a place on; less than asked for only at the end.
    pub fn read_at(&self, place: u64, bytes: &mut [u8]) -> Result<usize, StorageError> {
        Ok(self.0.read_with_u8_array_and_options(bytes, &at(place))? as usize)
    }

    /// Cuts the file, and has the device write what it holds back.
    pub fn finish(&self, length: u64) -> Result<(), StorageError> {
        self.0.truncate_with_f64(length as f64)?;
        Ok(self.0.flush()?)
    }
}

impl Drop for StoredFile {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Deletes a file; that it is not there is no error.
pub(super) async fn delete(name: &str) -> Result<(), StorageError> {
    match JsFuture::from(root().await?.remove_entry(name)).await.map_err(StorageError::from) {
        Ok(_) | Err(StorageError::Missing) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Gives a file another name, in place of one that has it: so that a file is either wholly written or as before.
pub(super) async fn rename(from: &str, to: &str) -> Result<(), StorageError> {
    let file = JsFuture::from(root().await?.get_file_handle(from)).await?;
    // not in web-sys yet
    let rename: js_sys::Function = js_sys::Reflect::get(&file, &"move".into())?
        .dyn_into()
        .map_err(|_| StorageError::Refused("this browser cannot rename stored files".to_owned()))?;
    let promise: js_sys::Promise = rename.call1(&file, &to.into())?.unchecked_into();
    JsFuture::from(promise).await?;
    Ok(())
}

async fn root() -> Result<FileSystemDirectoryHandle, StorageError> {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    Ok(JsFuture::from(scope.navigator().storage().get_directory()).await?.unchecked_into())
}

fn at(place: u64) -> FileSystemReadWriteOptions {
    let options = FileSystemReadWriteOptions::new();
    options.set_at(place as f64);
    options
}
