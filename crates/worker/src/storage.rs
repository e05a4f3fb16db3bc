//! Files that the browser keeps for this site on the device (the origin private file system), and only when asked to.
//!
//! Several tabs may do so at once. A file is written under a name of this worker's own and then takes the old one's place
//! whole; it is read as it is at that moment, and never locked against the other tabs.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, DedicatedWorkerGlobalScope, DomException, FileSystemDirectoryHandle, FileSystemFileHandle,
    FileSystemGetFileOptions, FileSystemReadWriteOptions, FileSystemSyncAccessHandle,
};

use super::blob::BlobReader;
use mien_browser::thrown::describe;

/// What the name of a file that is being written ends with.
const PARTIAL: &str = ".partial";

/// Milliseconds after which such a file was left by a tab that crashed: for a moment between writing and renaming, one that
/// another tab is writing could be deleted too.
const LEFT_AFTER: f64 = 60_000.0;

/// A label is no longer than this; a longer one is damage.
const LONGEST_LABEL: usize = 1 << 20;

/// Bytes gathered before they are written.
const BUFFER: usize = 1 << 20;

/// Why the storage did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum StorageError {
    /// There is no such file.
    #[error("there is no such file")]
    Missing,
    /// No room is left.
    #[error("no room is left for this site on this device")]
    Full,
    /// Another tab has its hands on it.
    #[error("another tab of this page is using it just now")]
    Busy,
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
            Some("NoModificationAllowedError") => Self::Busy,
            _ => Self::Refused(describe(&error)),
        }
    }
}

/// A file open for this worker alone; closed when dropped.
struct StoredFile(FileSystemSyncAccessHandle);

impl StoredFile {
    /// Opens a file to be written, which is made if it is not there.
    async fn create(name: &str) -> Result<Self, StorageError> {
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let file = JsFuture::from(root().await?.get_file_handle_with_options(name, &options)).await?;
        let file: FileSystemFileHandle = file.unchecked_into();
        Ok(Self(JsFuture::from(file.create_sync_access_handle()).await?.unchecked_into()))
    }

    /// Writes at a place; the file grows as needed.
    fn write_at(&self, place: u64, bytes: &[u8]) -> Result<(), StorageError> {
        let written = self.0.write_with_u8_array_and_options(bytes, &at(place))?;
        if written as usize == bytes.len() { Ok(()) } else { Err(StorageError::Full) }
    }

    /// Cuts the file, and has the device write what it holds back.
    fn finish(&self, length: u64) -> Result<(), StorageError> {
        self.0.truncate_with_f64(length as f64)?;
        Ok(self.0.flush()?)
    }
}

impl Drop for StoredFile {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A name that no other tab comes upon, after such a beginning; in the order of time.
pub(super) fn fresh_name(start: &str) -> String {
    let chance = (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
    format!("{start}{:.0}-{chance:08x}", js_sys::Date::now())
}

/// The names of the files that begin in a way, without those that are being written.
pub(super) async fn names(start: &str) -> Result<Vec<String>, StorageError> {
    let mut all = all_names().await?;
    all.retain(|name| name.starts_with(start) && !name.ends_with(PARTIAL));
    all.sort_unstable();
    Ok(all)
}

/// Deletes what a tab that crashed has left half written, and nothing that another tab is writing just now.
pub(super) async fn clean() -> Result<(), StorageError> {
    let now = js_sys::Date::now();
    for name in all_names().await? {
        // where the clock was set back since, the difference is the other way round
        if begun(&name).is_some_and(|begun| (now - begun).abs() > LEFT_AFTER) {
            let _ = delete(&name).await;
        }
    }
    Ok(())
}

/// When the writing of a half-written file began, by its name.
fn begun(name: &str) -> Option<f64> {
    let (_, own) = name.strip_suffix(PARTIAL)?.rsplit_once('.')?;
    own.split_once('-')?.0.parse().ok()
}

async fn all_names() -> Result<Vec<String>, StorageError> {
    let keys = root().await?.keys();
    let mut names = Vec::new();
    loop {
        let next: js_sys::IteratorNext = JsFuture::from(keys.next()?).await?.unchecked_into();
        if next.done() {
            return Ok(names);
        }
        names.extend(next.value().as_string());
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
async fn rename(from: &str, to: &str) -> Result<(), StorageError> {
    let file = JsFuture::from(root().await?.get_file_handle(from)).await?;
    // not in web-sys yet
    let rename: js_sys::Function = js_sys::Reflect::get(&file, &"move".into())?
        .dyn_into()
        .map_err(|_| StorageError::Refused("this browser cannot rename stored files".to_owned()))?;
    let promise: js_sys::Promise = rename.call1(&file, &to.into())?.unchecked_into();
    JsFuture::from(promise).await?;
    Ok(())
}

/// Writes a file: a label that says what it is, then its content. Until that is done what was kept under the name stays.
pub(super) async fn write<L: Serialize>(
    name: &str,
    label: &L,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StorageError> {
    let partial = fresh_name(&format!("{name}.")) + PARTIAL;
    let written = async {
        let file = StoredFile::create(&partial).await?;
        let mut target = io::BufWriter::with_capacity(BUFFER, Stream { file, place: 0 });
        let label = serde_json::to_vec(label).map_err(io::Error::from)?;
        target.write_all(&(label.len() as u32).to_le_bytes())?;
        target.write_all(&label)?;
        content(&mut target)?;
        let stream = target.into_inner().map_err(io::IntoInnerError::into_error)?;
        stream.file.finish(stream.place)?;
        drop(stream);
        rename(&partial, name).await
    };
    let written = written.await;
    if written.is_err() {
        // what was kept before still is
        let _ = delete(&partial).await;
    }
    written
}

/// A file's label, its content yet to be read, and the bytes of all of it.
pub(super) async fn open<L: DeserializeOwned>(name: &str) -> Result<(L, impl Read, u64), StorageError> {
    let handle: FileSystemFileHandle = JsFuture::from(root().await?.get_file_handle(name)).await?.unchecked_into();
    let file: Blob = JsFuture::from(handle.get_file()).await?.unchecked_into();
    let length = file.size() as u64;
    let mut source = BlobReader::new(file)?;
    let mut label_length = [0; 4];
    source.read_exact(&mut label_length)?;
    let label_length = u32::from_le_bytes(label_length) as usize;
    if label_length > LONGEST_LABEL {
        return Err(StorageError::Damaged("its label is too long".to_owned()));
    }
    let mut label = vec![0; label_length];
    source.read_exact(&mut label)?;
    let label = serde_json::from_slice(&label).map_err(|error| StorageError::Damaged(error.to_string()))?;
    Ok((label, source, length))
}

/// A file that is being written, as a stream of bytes.
struct Stream {
    file: StoredFile,
    place: u64,
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_at(self.place, bytes).map_err(io::Error::other)?;
        self.place += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn root() -> Result<FileSystemDirectoryHandle, StorageError> {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let storage = scope.navigator().storage();
    // a page that came over plain HTTP has none, and in some browsers it holds no files
    if !js_sys::Reflect::get(&storage, &"getDirectory".into()).is_ok_and(|get| get.is_function()) {
        return Err(StorageError::Refused("it has no storage for files".to_owned()));
    }
    Ok(JsFuture::from(storage.get_directory()).await?.unchecked_into())
}

fn at(place: u64) -> FileSystemReadWriteOptions {
    let options = FileSystemReadWriteOptions::new();
    options.set_at(place as f64);
    options
}
