//! The engine's interface to the browser: small traits, implemented for the browser and by test doubles.

use std::any::Any;
use std::io::{self, Read, Seek, Write};
use std::pin::Pin;
use std::rc::Rc;

use burn::tensor::Device;

use super::pool::messages::{PoolCommand, PoolMessage};
use super::storage_error::StorageError;
use crate::failure::Failure;
use mien_core::dataset::{RowSource, RowsError};
use mien_core::network::OnnxCall;
use mien_core::vision::Frame;
use mien_protocol::{Backend, BackendChoice, Event, Fallback};

/// A single-threaded future.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Everything the engine needs from its platform.
#[derive(Clone)]
pub struct Platform {
    /// Sends events to the page.
    pub port: Rc<dyn Port>,
    /// Fetches the site's files.
    pub site: Rc<dyn Site>,
    /// Opens compute devices.
    pub devices: Rc<dyn Devices>,
    /// Runs the reader for Parquet and NumPy files.
    pub columns: Rc<dyn Columns>,
    /// Runs the reader of ONNX models.
    pub onnx: Rc<dyn OnnxPrograms>,
    /// Stores files in the browser.
    pub files: Rc<dyn FileStore>,
    /// Starts pool workers.
    pub workers: Rc<dyn Workers>,
    /// Notifies the engines of other tabs.
    pub tabs: Rc<dyn Tabs>,
    /// Spawns futures and timers.
    pub tasks: Rc<dyn Tasks>,
    /// The clock.
    pub clock: Clock,
}

/// Clocks, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Since an arbitrary time; monotonic.
    pub monotonic: fn() -> f64,
    /// Since 1970; may jump.
    pub unix: fn() -> f64,
    /// The same as date and time (UTC) by ISO 8601.
    pub iso: fn() -> String,
}

impl Clock {
    /// Milliseconds of the monotonic clock.
    pub fn now(self) -> f64 {
        (self.monotonic)()
    }

    /// Milliseconds since 1970.
    pub fn date(self) -> f64 {
        (self.unix)()
    }

    /// The date and time (UTC) by ISO 8601, such as `2026-03-01T14:05:12.000Z`.
    pub fn date_text(self) -> String {
        (self.iso)()
    }
}

/// Sends events to the page.
pub trait Port {
    /// Posts an event and its attachment.
    fn post(&self, event: &Event, attachment: Attachment<'_>);
}

/// An attachment of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attachment<'a> {
    /// Nothing.
    None,
    /// A file, for download or for the page to hold.
    File(&'a [u8]),
    /// An array of bytes for the page to hold.
    Bytes(&'a [u8]),
}

/// An attachment of a command.
pub enum Received {
    /// Nothing.
    Nothing,
    /// A picture, and its file if it is to be checked.
    Picture(Box<dyn Picture>, Option<Box<dyn InputFile>>),
    /// Files, in the order of the command.
    Files(Vec<Box<dyn InputFile>>),
    /// Bytes that the page held.
    Bytes(Vec<u8>),
}

impl Received {
    /// The files; empty where none came.
    pub fn into_files(self) -> Vec<Box<dyn InputFile>> {
        if let Self::Files(files) = self { files } else { Vec::new() }
    }
}

/// A picture that is not yet decoded to pixels.
pub trait Picture {
    /// Its pixels.
    ///
    /// # Errors
    /// When it is empty or too large for the browser.
    fn read(self: Box<Self>) -> Result<Frame, Failure>;
}

/// A file from the page.
pub trait InputFile {
    /// Its length in bytes.
    fn size(&self) -> u64;

    /// A reader at its start, which reads in pieces.
    ///
    /// # Errors
    /// When it cannot be read.
    fn open(&self) -> io::Result<Box<dyn ReadSeek>>;
}

/// A source of bytes with random access.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// Fetches the site's files, by paths relative to the page.
pub trait Site {
    /// Fetches a file. The request is sent immediately, not when the future is first polled. Fails with the browser's
    /// message or the server's status.
    fn fetch(&self, path: &str) -> LocalFuture<'static, Result<Vec<u8>, Failure>>;

    /// Downloads a file; `on_progress` is called with the number of bytes received so far.
    fn download(
        &self,
        path: &str,
        on_progress: Box<dyn FnMut(u64)>,
    ) -> LocalFuture<'static, Result<Box<dyn InputFile>, Failure>>;
}

/// Runs the reader for Parquet and NumPy files.
pub trait Columns {
    /// Opens a file with the program, given its bytes.
    ///
    /// # Errors
    /// When the program does not start, or cannot read the file.
    fn open(&self, program: &[u8], file: &dyn InputFile) -> Result<Box<dyn RowSource>, RowsError>;
}

/// Starts the reader of ONNX models.
pub trait OnnxPrograms {
    /// Starts the program, given its bytes.
    ///
    /// # Errors
    /// When the browser does not start it.
    fn start(&self, program: &[u8]) -> Result<Box<dyn OnnxProgram>, Failure>;
}

/// The reader of ONNX models, as it runs. It ends when this is dropped.
pub trait OnnxProgram {
    /// Calls a function, and returns its reply: see [`OnnxCall`].
    ///
    /// # Errors
    /// When the program ends.
    fn call(&self, call: OnnxCall, input: &[u8]) -> Result<Vec<u8>, Failure>;
}

/// Opens compute devices.
pub trait Devices {
    /// Opens a device for a backend choice, falling back to the CPU.
    fn open(&self, choice: BackendChoice) -> LocalFuture<'_, Opened>;

    /// Takes the first GPU error since the last call that occurred outside of a call: an uncaptured error, or that the
    /// device was lost.
    fn take_error(&self) -> Option<Failure>;

    /// Resolves once there is an error to take.
    fn failed(&self) -> LocalFuture<'static, ()>;
}

/// An open device.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The Burn device.
    pub device: Device,
    /// The backend.
    pub backend: Backend,
    /// The GPU's name as the browser reports it.
    pub adapter: String,
    /// Why the backend differs from the selected one.
    pub fallback: Option<Fallback>,
}

impl Opened {
    /// The CPU.
    pub fn cpu(fallback: Option<Fallback>) -> Self {
        Self { device: Device::flex(), backend: Backend::Cpu, adapter: String::new(), fallback }
    }
}

/// A reader of a stored file, and its length in bytes.
pub type StoredFile = (Box<dyn Read>, u64);

/// Stores files in the browser. Several tabs share them.
pub trait FileStore {
    /// The names of all files.
    fn names(&self) -> LocalFuture<'_, Result<Vec<String>, StorageError>>;

    /// Opens a file for writing, which is created if it does not exist.
    fn create<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<Box<dyn StoredWriter>, StorageError>>;

    /// Opens a file for reading, as it is at that moment: a reader and its length in bytes.
    fn open<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<StoredFile, StorageError>>;

    /// Renames a file; it replaces one that has the name.
    fn rename<'a>(&'a self, from: &'a str, to: &'a str) -> LocalFuture<'a, Result<(), StorageError>>;

    /// Deletes a file. Fails with [`StorageError::Missing`] where there is none.
    fn delete<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<(), StorageError>>;

    /// Locks a name across all tabs until the result is dropped or the worker ends; `None` while it is locked. Always
    /// granted if the browser does not support locks.
    fn lock<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Option<Box<dyn Any>>>;

    /// A random number, for file names that no other tab uses at the same time.
    fn random(&self) -> u32;
}

/// A file that is being written.
pub trait StoredWriter: Write {
    /// Flushes and closes the file.
    ///
    /// # Errors
    /// When the browser fails to.
    fn finish(self: Box<Self>) -> Result<(), StorageError>;
}

/// Starts pool workers: additional workers with the same script.
pub trait Workers {
    /// Number of CPU cores reported by the browser.
    fn cores(&self) -> usize;

    /// Starts a worker, which is terminated when the connection is dropped.
    ///
    /// # Errors
    /// When the browser does not start it.
    fn start(&self) -> Result<Box<dyn PoolConnection>, String>;
}

/// The engine's connection to a pool worker.
pub trait PoolConnection {
    /// The next message received, if any.
    fn receive(&self) -> Option<PoolMessage>;

    /// Sends a command.
    ///
    /// # Errors
    /// When the worker cannot be reached.
    fn send(&self, command: PoolCommand) -> Result<(), String>;
}

/// Notifies the engines of other tabs.
pub trait Tabs {
    /// Subscribes to notifications of other tabs' engines until the result is dropped; calling the result notifies
    /// them. `None` if the browser does not support broadcast channels.
    fn connect(&self, on_notify: Box<dyn Fn()>) -> Option<Box<dyn Fn()>>;
}

/// Spawns futures and timers.
pub trait Tasks {
    /// Spawns a future.
    fn spawn(&self, future: LocalFuture<'static, ()>);

    /// Waits at least this many milliseconds, in a new task: messages are only delivered between tasks.
    fn wait(&self, milliseconds: i32) -> LocalFuture<'static, ()>;
}
