//! Files in the origin private file system.

use std::any::Any;
use std::io::{self, Read, Write};

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, DomException, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetFileOptions,
    FileSystemReadWriteOptions, FileSystemSyncAccessHandle,
};

use super::blob::BlobReader;
use super::claim::Claim;
use super::scope::scope;
use crate::engine::platform::{FileStore, LocalFuture, StoredFile, StoredWriter};
use crate::engine::storage_error::{Refusal, StorageError};
use mien_browser::thrown::describe;

impl From<JsValue> for StorageError {
    fn from(error: JsValue) -> Self {
        match error.dyn_ref::<DomException>().map(DomException::name).as_deref() {
            Some("NotFoundError") => Self::Missing,
            Some("QuotaExceededError") => Self::Full,
            Some("NoModificationAllowedError") => Self::Busy,
            _ => Self::Refused(Refusal::Message(describe(&error))),
        }
    }
}

/// The files of this site.
pub(super) struct BrowserFiles;

impl FileStore for BrowserFiles {
    fn names(&self) -> LocalFuture<'_, Result<Vec<String>, StorageError>> {
        Box::pin(async {
            let keys = root().await?.keys();
            let mut names = Vec::new();
            loop {
                let next: js_sys::IteratorNext = JsFuture::from(keys.next()?).await?.unchecked_into();
                if next.done() {
                    return Ok(names);
                }
                names.extend(next.value().as_string());
            }
        })
    }

    fn create<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<Box<dyn StoredWriter>, StorageError>> {
        Box::pin(async move {
            let options = FileSystemGetFileOptions::new();
            options.set_create(true);
            let file = JsFuture::from(root().await?.get_file_handle_with_options(name, &options)).await?;
            let file: FileSystemFileHandle = file.unchecked_into();
            let handle = JsFuture::from(file.create_sync_access_handle()).await?.unchecked_into();
            Ok(Box::new(OpenFile { handle, position: 0 }) as Box<dyn StoredWriter>)
        })
    }

    fn open<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<StoredFile, StorageError>> {
        Box::pin(async move {
            let handle: FileSystemFileHandle =
                JsFuture::from(root().await?.get_file_handle(name)).await?.unchecked_into();
            let file: Blob = JsFuture::from(handle.get_file()).await?.unchecked_into();
            let length = file.size() as u64;
            Ok((Box::new(BlobReader::new(file)?) as Box<dyn Read>, length))
        })
    }

    fn rename<'a>(&'a self, from: &'a str, to: &'a str) -> LocalFuture<'a, Result<(), StorageError>> {
        Box::pin(async move {
            let file = JsFuture::from(root().await?.get_file_handle(from)).await?;
            // not in web-sys yet
            let rename: js_sys::Function = js_sys::Reflect::get(&file, &"move".into())?
                .dyn_into()
                .map_err(|_| StorageError::Refused(Refusal::NoRename))?;
            let promise: js_sys::Promise = rename.call1(&file, &to.into())?.unchecked_into();
            JsFuture::from(promise).await?;
            Ok(())
        })
    }

    fn delete<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<(), StorageError>> {
        Box::pin(async move {
            JsFuture::from(root().await?.remove_entry(name)).await?;
            Ok(())
        })
    }

    fn lock<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Option<Box<dyn Any>>> {
        Box::pin(async move { Claim::take(name).await.map(|claim| Box::new(claim) as Box<dyn Any>) })
    }

    fn random(&self) -> u32 {
        (js_sys::Math::random() * f64::from(u32::MAX)) as u32
    }
}

/// An open file, locked by this worker; closed when dropped.
struct OpenFile {
    handle: FileSystemSyncAccessHandle,
    position: u64,
}

impl Write for OpenFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let options = FileSystemReadWriteOptions::new();
        options.set_at(self.position as f64);
        let written = self.handle.write_with_u8_array_and_options(bytes, &options);
        let written = written.map_err(|error| io::Error::other(StorageError::from(error)))?;
        if written as usize != bytes.len() {
            return Err(io::Error::other(StorageError::Full));
        }
        self.position += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl StoredWriter for OpenFile {
    fn finish(self: Box<Self>) -> Result<(), StorageError> {
        self.handle.truncate_with_f64(self.position as f64)?;
        Ok(self.handle.flush()?)
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        self.handle.close();
    }
}

async fn root() -> Result<FileSystemDirectoryHandle, StorageError> {
    let storage = scope().navigator().storage();
    // a page that came over plain HTTP has none, and in some browsers it holds no files
    if !js_sys::Reflect::get(&storage, &"getDirectory".into()).is_ok_and(|get| get.is_function()) {
        return Err(StorageError::Refused(Refusal::NoStorage));
    }
    Ok(JsFuture::from(storage.get_directory()).await?.unchecked_into())
}
