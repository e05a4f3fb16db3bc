//! Test doubles for the platform: everything is in memory, synchronous, and on a clock that tests set.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::{pending, ready};
use std::io::{self, Cursor, Read, Write};
use std::rc::Rc;

use burn::tensor::Device;
use pollster::block_on;

use crate::engine::Inbox;
use crate::engine::platform::*;
use crate::engine::pool::messages::{PoolCommand, PoolEvent, PoolMessage};
use crate::engine::pool::server::PoolServer;
use crate::engine::storage_error::StorageError;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_core::dataset::{Location, Row, RowImage, RowLabel, RowSource, RowsError, Split};
use mien_core::expression::Expression;
use mien_core::vision::{CROP_PIXELS, Frame};
use mien_protocol::{Backend, BackendChoice, Command, DatasetCommand, DatasetId, Event};

pub const CLASSIFIER: &[u8] = include_bytes!("../../../../../tests/fixtures/parity-cnn.safetensors");
pub const OTHER_NETWORK: &[u8] = include_bytes!("../../../../../tests/fixtures/parity-vgg.safetensors");
const DETECTOR: &[u8] = include_bytes!("../../../../../www/weights/blazeface.safetensors");

/// What the site has in place of the reader of ONNX models; other bytes do not start.
pub const ONNX_PROGRAM: &[u8] = b"reader";

thread_local! {
    static TIME: Cell<f64> = const { Cell::new(0.0) };
    static TICK: Cell<f64> = const { Cell::new(0.0) };
}

fn now() -> f64 {
    let now = TIME.get() + TICK.get();
    TIME.set(now);
    now
}

/// Sets by how many milliseconds each reading of the clock advances it.
pub fn set_tick(milliseconds: f64) {
    TICK.set(milliseconds);
}

/// An engine and its test doubles.
pub struct TestEngine {
    pub inbox: Inbox,
    pub page: Rc<Page>,
    pub site: Rc<MemorySite>,
    pub devices: Rc<TestDevices>,
    pub files: Rc<MemoryFiles>,
    pub workers: Rc<TestWorkers>,
    pub tabs: Rc<TestTabs>,
    pub tasks: Rc<TestTasks>,
}

impl TestEngine {
    /// An engine that has not been started.
    pub fn new() -> Self {
        Self::with_files(Rc::default())
    }

    /// The same with existing files.
    pub fn with_files(files: Rc<MemoryFiles>) -> Self {
        set_tick(0.0);
        let (page, site, devices) = (Rc::<Page>::default(), Rc::<MemorySite>::default(), Rc::<TestDevices>::default());
        let (workers, tabs, tasks) =
            (Rc::<TestWorkers>::default(), Rc::<TestTabs>::default(), Rc::<TestTasks>::default());
        site.put("weights/blazeface.safetensors", DETECTOR);
        site.put("weights/default.safetensors", CLASSIFIER);
        let platform = Platform {
            port: Rc::clone(&page) as _,
            site: Rc::clone(&site) as _,
            devices: Rc::clone(&devices) as _,
            columns: Rc::new(TestColumns),
            onnx: Rc::new(TestOnnx),
            files: Rc::clone(&files) as _,
            workers: Rc::clone(&workers) as _,
            tabs: Rc::clone(&tabs) as _,
            tasks: Rc::clone(&tasks) as _,
            clock: Clock { monotonic: now, unix: now, iso: || "2026-03-01T14:05:12.000Z".to_owned() },
        };
        let inbox = Inbox::new(&platform);
        Self { inbox, page, site, devices, files, workers, tabs, tasks }
    }

    /// An engine started on the CPU; earlier events are discarded.
    pub fn started() -> Self {
        let engine = Self::new();
        engine.send(Command::Start { choice: BackendChoice::Cpu });
        engine
    }

    /// An engine started on a simulated GPU, which computes on the CPU.
    pub fn on_gpu() -> Self {
        let engine = Self::new();
        engine.devices.gpu.set(true);
        let events = engine.send(Command::Start { choice: BackendChoice::WebGpu });
        let is_ready = |event: &Event| matches!(event, Event::Ready { backend: Backend::WebGpu, .. });
        assert!(events.last().is_some_and(is_ready), "{events:?}");
        engine
    }

    /// Sends a command; returns the events until the engine is idle.
    pub fn send(&self, command: Command) -> Vec<Event> {
        self.send_with(command, Received::Nothing)
    }

    /// The same with an attachment.
    pub fn send_with(&self, command: Command, received: Received) -> Vec<Event> {
        self.inbox.take(command, received);
        self.page.take()
    }

    /// Adds a dataset of distinct images that cycle through all classes and splits.
    pub fn add_dataset(&self, images: usize) -> DatasetId {
        self.send(Command::Dataset(DatasetCommand::Create { name: "set".into() }));
        for index in 0..images {
            let add = DatasetCommand::Add {
                set: 1,
                label: Expression::ALL[index % Expression::COUNT],
                split: Split::ALL[index / Expression::COUNT % 3],
                pixels: image(index).to_vec(),
            };
            self.send(Command::Dataset(add));
        }
        1
    }
}

/// The pixels of an image that differs from those of other indices.
pub fn image(index: usize) -> [u8; CROP_PIXELS] {
    std::array::from_fn(|pixel| (pixel * (index % 13 + 1) + index * 29) as u8)
}

/// A file in memory.
pub struct MemoryFile(pub Vec<u8>);

impl InputFile for MemoryFile {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        Ok(Box::new(Cursor::new(self.0.clone())))
    }
}

/// Files as an attachment.
pub fn files(files: &[&[u8]]) -> Received {
    Received::Files(files.iter().map(|file| Box::new(MemoryFile(file.to_vec())) as Box<dyn InputFile>).collect())
}

/// A uniform grey picture.
pub struct GreyPicture;

impl Picture for GreyPicture {
    fn read(self: Box<Self>) -> Result<Frame, Failure> {
        Ok(Frame::new(8, 8, vec![128; 8 * 8 * 4])?)
    }
}

/// The page: events with their attachments.
#[derive(Default)]
pub struct Page {
    events: RefCell<Vec<Event>>,
    /// The last one.
    pub attachment: RefCell<Option<Vec<u8>>>,
}

impl Page {
    /// The events since the last call.
    pub fn take(&self) -> Vec<Event> {
        self.events.take()
    }
}

impl Port for Page {
    fn post(&self, event: &Event, attachment: Attachment<'_>) {
        self.events.borrow_mut().push(event.clone());
        if let Attachment::File(bytes) | Attachment::Bytes(bytes) = attachment {
            self.attachment.replace(Some(bytes.to_vec()));
        }
    }
}

/// The site's files.
#[derive(Default)]
pub struct MemorySite(RefCell<BTreeMap<String, Vec<u8>>>);

impl MemorySite {
    pub fn put(&self, path: &str, content: &[u8]) {
        self.0.borrow_mut().insert(path.to_owned(), content.to_vec());
    }

    pub fn remove(&self, path: &str) {
        self.0.borrow_mut().remove(path);
    }
}

/// Reads a file's single row: any image, labelled by the program.
struct TestColumns;

impl Columns for TestColumns {
    fn open(&self, program: &[u8], file: &dyn InputFile) -> Result<Box<dyn RowSource>, RowsError> {
        let label = String::from_utf8_lossy(program).into_owned();
        let image = Ok(RowImage::Pixels(image(1).to_vec()));
        let row = Row { location: Location::Row(1), image, label: Ok(RowLabel::Name(label)), split: None };
        Ok(Box::new(TestRows(Some(row), file.size())))
    }
}

struct TestRows(Option<Row>, u64);

impl RowSource for TestRows {
    fn read(&mut self, _: usize) -> Result<Option<Vec<Row>>, RowsError> {
        Ok(self.0.take().map(|row| vec![row]))
    }

    fn is_fer2013(&self) -> bool {
        false
    }

    fn position(&self) -> u64 {
        0
    }

    fn length(&self) -> u64 {
        self.1
    }
}

/// The reader of ONNX models, without WebAssembly.
struct TestOnnx;

impl OnnxPrograms for TestOnnx {
    #[cfg(not(target_family = "wasm"))]
    fn start(&self, program: &[u8]) -> Result<Box<dyn OnnxProgram>, Failure> {
        if program != ONNX_PROGRAM {
            return Err(Failure::message("WebAssembly.Module(): expected magic word".into()));
        }
        Ok(Box::new(TestOnnxProgram(RefCell::default())))
    }

    // these tests are native
    #[cfg(target_family = "wasm")]
    fn start(&self, _: &[u8]) -> Result<Box<dyn OnnxProgram>, Failure> {
        Err(EngineError::OnnxStopped.into())
    }
}

#[cfg(not(target_family = "wasm"))]
struct TestOnnxProgram(RefCell<mien_onnx::Program>);

#[cfg(not(target_family = "wasm"))]
impl OnnxProgram for TestOnnxProgram {
    fn call(&self, call: mien_core::network::OnnxCall, input: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.0.borrow_mut().call(call, input.to_vec()))
    }
}

impl Site for MemorySite {
    fn fetch(&self, path: &str) -> LocalFuture<'static, Result<Vec<u8>, Failure>> {
        let file = self.0.borrow().get(path).cloned().ok_or_else(|| Failure::from(EngineError::Status(404)));
        Box::pin(async move { file })
    }

    fn download(
        &self,
        path: &str,
        mut on_progress: Box<dyn FnMut(u64)>,
    ) -> LocalFuture<'static, Result<Box<dyn InputFile>, Failure>> {
        let file = self.fetch(path);
        Box::pin(async move {
            let file = file.await?;
            on_progress(file.len() as u64 / 2);
            on_progress(file.len() as u64);
            Ok(Box::new(MemoryFile(file)) as Box<dyn InputFile>)
        })
    }
}

/// A CPU and a simulated GPU.
#[derive(Default)]
pub struct TestDevices {
    pub gpu: Cell<bool>,
    /// How many milliseconds longer than the CPU the GPU takes for a computation: less than zero if it is faster, but no more than a
    /// tick of the clock.
    pub lag: Cell<f64>,
    /// The results of the next calls of `take_error`.
    pub errors: RefCell<VecDeque<Option<Failure>>>,
}

impl TestDevices {
    /// Makes the GPU report an error at the next check.
    pub fn fail_next(&self) {
        self.errors.borrow_mut().push_back(Some(Failure::message("lost".into())));
    }

    /// Makes the GPU report at the next check that it is lost.
    pub fn lose_next(&self) {
        let lost = EngineError::GpuLost { reason: "Destroyed".into(), message: "by the test".into() };
        self.errors.borrow_mut().push_back(Some(lost.into()));
    }
}

impl Devices for TestDevices {
    fn open(&self, choice: BackendChoice) -> LocalFuture<'_, Opened> {
        let gpu = self.gpu.get() && choice != BackendChoice::Cpu;
        let opened = if gpu {
            Opened { device: Device::flex(), backend: Backend::WebGpu, adapter: "test".into(), fallback: None }
        } else {
            Opened::cpu(None)
        };
        Box::pin(async move { opened })
    }

    // called once after each computation on the GPU
    fn take_error(&self) -> Option<Failure> {
        TIME.set(TIME.get() + self.lag.get());
        self.errors.borrow_mut().pop_front().flatten()
    }

    fn failed(&self) -> LocalFuture<'static, ()> {
        match self.errors.borrow().front() {
            Some(Some(_)) => Box::pin(ready(())),
            _ => Box::pin(pending()),
        }
    }
}

/// Files in memory.
#[derive(Default)]
pub struct MemoryFiles {
    pub files: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    pub locked: Rc<RefCell<BTreeSet<String>>>,
    /// The error that every access fails with.
    pub refuses: RefCell<Option<StorageError>>,
    /// Maximum size of a file, in bytes.
    pub room: Cell<Option<usize>>,
    numbers: Cell<u32>,
}

impl MemoryFiles {
    pub fn names(&self) -> Vec<String> {
        self.files.borrow().keys().cloned().collect()
    }

    fn check(&self) -> Result<(), StorageError> {
        self.refuses.borrow().clone().map_or(Ok(()), Err)
    }
}

/// A file that is being written.
struct OpenFile {
    files: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    name: String,
    room: Option<usize>,
}

impl Write for OpenFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut files = self.files.borrow_mut();
        let file = files.entry(self.name.clone()).or_default();
        if self.room.is_some_and(|room| file.len() + bytes.len() > room) {
            return Err(io::Error::other(StorageError::Full));
        }
        file.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl StoredWriter for OpenFile {
    fn finish(self: Box<Self>) -> Result<(), StorageError> {
        Ok(())
    }
}

/// A name that is locked until this is dropped.
struct Lock(Rc<RefCell<BTreeSet<String>>>, String);

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.borrow_mut().remove(&self.1);
    }
}

impl FileStore for MemoryFiles {
    fn names(&self) -> LocalFuture<'_, Result<Vec<String>, StorageError>> {
        Box::pin(async {
            self.check()?;
            Ok(Self::names(self))
        })
    }

    fn create<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<Box<dyn StoredWriter>, StorageError>> {
        Box::pin(async move {
            self.check()?;
            self.files.borrow_mut().insert(name.to_owned(), Vec::new());
            let file = OpenFile { files: Rc::clone(&self.files), name: name.to_owned(), room: self.room.get() };
            Ok(Box::new(file) as Box<dyn StoredWriter>)
        })
    }

    fn open<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<StoredFile, StorageError>> {
        Box::pin(async move {
            self.check()?;
            let file = self.files.borrow().get(name).cloned().ok_or(StorageError::Missing)?;
            let length = file.len() as u64;
            Ok((Box::new(Cursor::new(file)) as Box<dyn Read>, length))
        })
    }

    fn rename<'a>(&'a self, from: &'a str, to: &'a str) -> LocalFuture<'a, Result<(), StorageError>> {
        Box::pin(async move {
            self.check()?;
            let mut files = self.files.borrow_mut();
            let file = files.remove(from).ok_or(StorageError::Missing)?;
            files.insert(to.to_owned(), file);
            Ok(())
        })
    }

    fn delete<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<(), StorageError>> {
        Box::pin(async move {
            self.check()?;
            self.files.borrow_mut().remove(name).map(drop).ok_or(StorageError::Missing)
        })
    }

    fn lock<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Option<Box<dyn Any>>> {
        Box::pin(async move {
            let free = self.locked.borrow_mut().insert(name.to_owned());
            free.then(|| Box::new(Lock(Rc::clone(&self.locked), name.to_owned())) as Box<dyn Any>)
        })
    }

    fn random(&self) -> u32 {
        self.numbers.set(self.numbers.get() + 1);
        self.numbers.get()
    }
}

/// Pool workers that answer at once.
#[derive(Default)]
pub struct TestWorkers {
    /// Number of cores besides the engine's own.
    pub cores: Cell<usize>,
    /// Whether they crash on the first crops or the first slice.
    pub crash: Cell<bool>,
    /// Number of batches they have predicted, and slices they have computed.
    pub batches: Rc<Cell<usize>>,
}

struct TestConnection {
    server: PoolServer,
    messages: RefCell<VecDeque<PoolMessage>>,
    crash: bool,
    batches: Rc<Cell<usize>>,
}

impl Workers for TestWorkers {
    fn cores(&self) -> usize {
        self.cores.get() + 1
    }

    fn start(&self) -> Result<Box<dyn PoolConnection>, String> {
        Ok(Box::new(TestConnection {
            server: PoolServer::new(Rc::new(TestOnnx)),
            messages: RefCell::new(VecDeque::from([PoolMessage::Started])),
            crash: self.crash.get(),
            batches: Rc::clone(&self.batches),
        }))
    }
}

impl PoolConnection for TestConnection {
    fn receive(&self) -> Option<PoolMessage> {
        self.messages.borrow_mut().pop_front()
    }

    fn send(&self, command: PoolCommand) -> Result<(), String> {
        let is_work = matches!(command, PoolCommand::Predict { .. } | PoolCommand::Compute { .. });
        let message = if is_work && self.crash {
            Some(PoolMessage::Crashed("as asked".into()))
        } else {
            block_on(self.server.answer(command)).map(PoolMessage::Event)
        };
        if let Some(PoolMessage::Event(PoolEvent::Predicted { .. } | PoolEvent::Computed { .. })) = &message {
            self.batches.set(self.batches.get() + 1);
        }
        self.messages.borrow_mut().extend(message);
        Ok(())
    }
}

/// Other tabs.
#[derive(Default)]
pub struct TestTabs {
    /// Notifies the engine like another tab.
    pub call: RefCell<Option<Box<dyn Fn()>>>,
    /// How often the engine has notified the others.
    pub notified: Rc<Cell<usize>>,
}

impl Tabs for TestTabs {
    fn connect(&self, on_notify: Box<dyn Fn()>) -> Option<Box<dyn Fn()>> {
        self.call.replace(Some(on_notify));
        let notified = Rc::clone(&self.notified);
        Some(Box::new(move || notified.set(notified.get() + 1)))
    }
}

/// Runs futures to their end at once.
#[derive(Default)]
pub struct TestTasks {
    /// Callbacks for the next waits of the engine, in order.
    pub between: RefCell<VecDeque<Box<dyn FnOnce()>>>,
    /// Number of waits.
    pub waits: Cell<usize>,
}

impl TestTasks {
    /// Adds a callback for the next wait of the engine.
    pub fn then(&self, event: impl FnOnce() + 'static) {
        self.between.borrow_mut().push_back(Box::new(event));
    }
}

impl Tasks for TestTasks {
    fn spawn(&self, future: LocalFuture<'static, ()>) {
        block_on(future);
    }

    fn wait(&self, _milliseconds: i32) -> LocalFuture<'static, ()> {
        self.waits.set(self.waits.get() + 1);
        let event = self.between.borrow_mut().pop_front();
        if let Some(event) = event {
            event();
        }
        Box::pin(async {})
    }
}
