//! What the engine needs of its surroundings: small traits, implemented by the browser and by test doubles.

use std::any::Any;
use std::io::{self, Read, Seek, Write};
use std::pin::Pin;
use std::rc::Rc;

use burn::tensor::Device;

use super::robustness::pool::{PoolCommand, PoolMessage};
use super::storage::StorageError;
use crate::failure::Failure;
use mien_core::vision::Frame;
use mien_protocol::{Backend, BackendChoice, Event, Fallback};

/// A future of the worker's only thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Everything the engine needs of its surroundings.
#[derive(Clone)]
pub struct Platform {
    /// Sends events to the page.
    pub port: Rc<dyn Port>,
    /// Fetches the site's files.
    pub site: Rc<dyn Site>,
    /// Opens the devices that compute.
    pub devices: Rc<dyn Devices>,
    /// Stores files in the browser.
    pub files: Rc<dyn FileStore>,
    /// Starts pool workers.
    pub workers: Rc<dyn Workers>,
    /// Reaches the engines of other tabs.
    pub tabs: Rc<dyn Tabs>,
    /// Runs futures and waits.
    pub tasks: Rc<dyn Tasks>,
    /// Tells the time.
    pub clock: Clock,
}

/// Tells the time, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Since a fixed moment in the past; only goes forward.
    pub monotonic: fn() -> f64,
    /// Since 1970; may be set back.
    pub unix: fn() -> f64,
}

impl Clock {
    /// Milliseconds on the clock that only goes forward.
    pub fn now(self) -> f64 {
        (self.monotonic)()
    }

    /// Milliseconds since 1970.
    pub fn date(self) -> f64 {
        (self.unix)()
    }
}

/// Sends events to the page.
pub trait Port {
    /// Posts an event and its attachment.
    fn post(&self, event: &Event, attachment: Attachment<'_>);
}

/// What travels with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attachment<'a> {
    /// Nothing.
    None,
    /// A file for the visitor or for the page to hold.
    File(&'a [u8]),
    /// An array of bytes for the page to hold.
    Bytes(&'a [u8]),
}

/// What travels with a command.
pub enum Received {
    /// Nothing.
    Nothing,
    /// A picture.
    Picture(Box<dyn Picture>),
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

/// A file that the page handed over.
pub trait InputFile {
    /// Its length in bytes.
    fn size(&self) -> u64;

    /// A reader at its beginning, which reads piece by piece.
    ///
    /// # Errors
    /// When the browser does not let it be read.
    fn open(&self) -> io::Result<Box<dyn ReadSeek>>;
}

/// A source of bytes with random access.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// Fetches the site's files, named by their path from the page.
pub trait Site {
    /// Fetches a file. The request is sent at once, not when the future is first polled. Fails with the browser's message
    /// or the server's status.
    fn fetch(&self, path: &str) -> LocalFuture<'static, Result<Vec<u8>, Failure>>;

    /// Fetches a file piece by piece; `on_progress` gets the number of bytes that have arrived, after each piece.
    fn download(
        &self,
        path: &str,
        on_progress: Box<dyn FnMut(u64)>,
    ) -> LocalFuture<'static, Result<Box<dyn InputFile>, Failure>>;
}

/// Opens the devices that compute.
pub trait Devices {
    /// Opens the device of a choice, or the CPU where that is not possible.
    fn open(&self, choice: BackendChoice) -> LocalFuture<'_, Opened>;

    /// The first error that the GPU reported outside of a call since this was last asked: an uncaptured error, or that
    /// the device was lost.
    fn take_error(&self) -> Option<Failure>;
}

/// An open device.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Where tensors live.
    pub device: Device,
    /// Which kind it is.
    pub backend: Backend,
    /// The GPU's name as the browser tells it.
    pub adapter: String,
    /// Why it is not what was asked for.
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

    /// Locks a name among all tabs until the result is dropped or the worker ends; `None` while it is locked. Grants all
    /// where the browser has no locks.
    fn lock<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Option<Box<dyn Any>>>;

    /// A random number, for names that no other tab makes at the same time.
    fn random(&self) -> u32;
}

/// A file that is being written.
pub trait StoredWriter: Write {
    /// Ends the file after what was written, has the device write what it holds back, and closes it.
    ///
    /// # Errors
    /// When the browser does not.
    fn finish(self: Box<Self>) -> Result<(), StorageError>;
}

/// Starts pool workers: further workers of this program.
pub trait Workers {
    /// Cores of this machine, as far as the browser tells.
    fn cores(&self) -> usize;

    /// Starts a worker; it ends when the connection is dropped.
    ///
    /// # Errors
    /// When the browser starts none.
    fn start(&self) -> Result<Box<dyn PoolConnection>, String>;
}

/// The engine's connection to a pool worker.
pub trait PoolConnection {
    /// The next message that has arrived.
    fn receive(&self) -> Option<PoolMessage>;

    /// Sends a command.
    ///
    /// # Errors
    /// When the worker cannot be reached.
    fn send(&self, command: PoolCommand) -> Result<(), String>;
}

/// Reaches the engines of other tabs.
pub trait Tabs {
    /// Calls back when another tab's engine has notified the others, until the result is dropped; the result notifies them.
    /// `None` where the browser has no such channel.
    fn connect(&self, on_notify: Box<dyn Fn()>) -> Option<Box<dyn Fn()>>;
}

/// Runs futures and waits.
pub trait Tasks {
    /// Runs a future beside what runs already.
    fn spawn(&self, future: LocalFuture<'static, ()>);

    /// Completes in a later task after so many milliseconds: messages arrive between tasks only.
    fn wait(&self, milliseconds: i32) -> LocalFuture<'static, ()>;
}
