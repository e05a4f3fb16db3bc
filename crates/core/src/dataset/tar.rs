//! Tar archives, plain or gzipped: FER2013's CSV in one, or images. A tar has no list of its files, so it is read twice: first
//! for what there is, then for what is needed.

use std::io::{self, BufReader, Read, Seek};
use std::sync::Arc;

use rawzip::RangeReader;

use super::archive::{MAX_ENTRIES, MAX_PATH_LENGTH};
use super::counted_file::{CountedFile, ReadPosition};
use super::cropping::Cropping;
use super::entries;
use super::folder::FolderReader;
use super::gunzip::Gunzip;
use super::label_order::LabelOrder;
use super::limits::MAX_BYTES;
use super::paths::is_hidden;
use super::reader::CsvReader;
use super::reading::{LoadNote, LoadedDataset, ReadError};
use super::rejection::Rejections;
use super::tables::Tables;
use super::text::decode_path;

/// Size of a block: of each header, and what the contents are padded to.
const BLOCK: u64 = 512;

/// Maximum number of bytes of an archive, decompressed.
const MAX_LENGTH: u64 = 4 * MAX_BYTES;

/// Maximum number of bytes of a file's headers: long paths have headers of their own.
const MAX_HEADERS: u64 = 1 << 20;

/// Bytes that are skipped at once, so that the caller can stop in between.
const STEP: u64 = 4 << 20;

/// Bytes read at once.
const BUFFER: usize = 64 * 1024;

/// Whether a file is a tar archive, by the checksum of its first header.
pub(super) fn is_tar(head: &[u8]) -> bool {
    let Some((header, _)) = head.split_first_chunk::<512>() else { return false };
    let header = tar::Header::from_byte_slice(header);
    let bytes = header.as_bytes();
    // the checksum's own field counts as spaces
    let sum: u32 =
        bytes.iter().enumerate().map(|(at, &byte)| if (148..156).contains(&at) { 32 } else { u32::from(byte) }).sum();
    bytes[0] != 0 && header.cksum().is_ok_and(|checksum| checksum == sum)
}

/// The first bytes of what is gzipped in a file that starts with these.
pub(super) fn unpacked_head(head: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    // what could be read of a damaged file
    let _ = Gunzip::new(head).take(BLOCK).read_to_end(&mut bytes);
    bytes
}

/// Reads a tar archive in steps.
pub(super) struct TarLoader<R> {
    file: Arc<CountedFile<R>>,
    length: u64,
    is_gzip: bool,
    order: Option<LabelOrder>,
    cropping: Option<Cropping>,
    state: State<R>,
}

enum State<R> {
    /// Looks what there is.
    Listing(Box<Listing<R>>),
    /// Skips what is before the CSV with this index.
    Seeking(Entries<R>, usize),
    Csv(Box<CsvReader<io::Take<Stream<R>>>>, LoadNote),
    Images(Entries<R>, Box<FolderReader>),
    /// After a failure.
    Failed,
}

struct Listing<R> {
    entries: Entries<R>,
    tables: Tables,
    paths: Vec<String>,
}

impl<R: Read + Seek> TarLoader<R> {
    /// Starts to read an archive of `length` bytes.
    pub fn new(file: CountedFile<R>, length: u64, is_gzip: bool) -> Self {
        let file = Arc::new(file);
        let listing =
            Listing { entries: Entries::new(&file, length, is_gzip), tables: Tables::default(), paths: Vec::new() };
        Self { file, length, is_gzip, order: None, cropping: None, state: State::Listing(Box::new(listing)) }
    }

    pub fn set_order(&mut self, order: Option<LabelOrder>) {
        self.order = order;
    }

    pub fn set_cropping(&mut self, cropping: Cropping) {
        self.cropping = Some(cropping);
    }

    /// How far the file has been read, of its length: half for each time.
    pub fn position(&self, progress: &ReadPosition) -> u64 {
        let before = if matches!(self.state, State::Listing(_)) { 0 } else { self.length };
        before.midpoint(progress.position().min(self.length))
    }

    /// Reads up to `max` rows, images or headers; `false` at the end.
    pub fn advance(&mut self, max: usize) -> Result<bool, ReadError> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Listing(mut listing) => {
                self.state = if listing.advance(max)? { State::Listing(listing) } else { self.choose(*listing)? };
                Ok(true)
            }
            State::Seeking(mut entries, wanted) => {
                self.state = match entries.next()? {
                    Next::Entry(entry) if entry.index == wanted => {
                        let mut reader = CsvReader::new(entries.into_content())?;
                        reader.set_order(self.order.take());
                        State::Csv(Box::new(reader), LoadNote::ArchiveEntry(entry.path))
                    }
                    Next::End => return Err(ReadError::NoEntry),
                    Next::Entry(_) | Next::Skipped => State::Seeking(entries, wanted),
                };
                Ok(true)
            }
            State::Csv(mut reader, note) => {
                let more = reader.read_rows(max)?;
                self.state = State::Csv(reader, note);
                Ok(more)
            }
            State::Images(mut entries, mut reader) => {
                let more = read_images(&mut entries, &mut reader, 1)?;
                self.state = State::Images(entries, reader);
                Ok(more)
            }
            State::Failed => Ok(false),
        }
    }

    /// What to read of what there is.
    fn choose(&mut self, listing: Listing<R>) -> Result<State<R>, ReadError> {
        self.file.progress().reset();
        let entries = Entries::new(&self.file, self.length, self.is_gzip);
        if let Some(index) = listing.tables.best() {
            return Ok(State::Seeking(entries, index));
        }
        let paths = || listing.paths.iter().map(String::as_str);
        let mut reader = FolderReader::beside(listing.tables, entries::fault(paths()), paths());
        reader.set_order(self.order.take());
        reader.set_cropping(self.cropping.take().unwrap_or_default());
        Ok(State::Images(entries, Box::new(reader)))
    }

    pub fn accepted(&self) -> usize {
        match &self.state {
            State::Csv(reader, _) => reader.accepted(),
            State::Images(_, reader) => reader.accepted(),
            State::Listing(_) | State::Seeking(..) | State::Failed => 0,
        }
    }

    /// `None` before anything was rejected.
    pub fn rejections(&self) -> Option<&Rejections> {
        match &self.state {
            State::Csv(reader, _) => Some(reader.rejections()),
            State::Images(_, reader) => Some(reader.rejections()),
            State::Listing(_) | State::Seeking(..) | State::Failed => None,
        }
    }

    pub fn finish(self) -> Result<LoadedDataset, ReadError> {
        match self.state {
            State::Csv(reader, note) => {
                let mut loaded = reader.finish()?;
                loaded.notes.push(note);
                Ok(loaded)
            }
            State::Images(_, reader) => reader.finish(),
            State::Listing(_) | State::Seeking(..) | State::Failed => Err(ReadError::NoEntry),
        }
    }
}

impl<R: Read + Seek> Listing<R> {
    /// Looks at up to `max` more files; `false` at the end.
    fn advance(&mut self, max: usize) -> Result<bool, ReadError> {
        for _ in 0..max {
            let entry = match self.entries.next()? {
                Next::Entry(entry) => entry,
                Next::Skipped => return Ok(true),
                Next::End => return Ok(false),
            };
            if entry.index >= MAX_ENTRIES {
                return Err(ReadError::Entries(MAX_ENTRIES));
            }
            if is_hidden(&entry.path) || entry.path.len() > MAX_PATH_LENGTH {
                continue;
            }
            if self.tables.wants(&entry.path) {
                self.tables.examine(entry.index, &entry.path, entry.size, self.entries.content())?;
            }
            self.paths.push(entry.path);
        }
        Ok(true)
    }
}

/// Reads up to `max` more files; `false` at the end.
fn read_images<R: Read + Seek>(
    entries: &mut Entries<R>,
    reader: &mut FolderReader,
    max: usize,
) -> Result<bool, ReadError> {
    for _ in 0..max {
        let entry = match entries.next()? {
            Next::Entry(entry) => entry,
            Next::Skipped => return Ok(true),
            Next::End => return Ok(false),
        };
        if is_hidden(&entry.path) {
            continue;
        }
        if entry.path.len() > MAX_PATH_LENGTH {
            reader.skip_others(1);
        } else {
            reader.read(&entry.path, entry.size, entries.content())?;
        }
    }
    Ok(true)
}

/// The bytes of an archive, in sequence.
enum Stream<R> {
    Plain(BufReader<RangeReader<Arc<CountedFile<R>>>>),
    Gzip(Gunzip<BufReader<RangeReader<Arc<CountedFile<R>>>>>),
}

impl<R: Read + Seek> Read for Stream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(source) => source.read(buffer),
            Self::Gzip(source) => source.read(buffer),
        }
    }
}

/// A file of an archive.
struct Entry {
    /// Its position among the files.
    index: usize,
    path: String,
    /// In bytes.
    size: u64,
}

enum Next {
    Entry(Entry),
    /// Something was skipped, and more may have to be.
    Skipped,
    End,
}

/// The files of an archive, one after the other.
struct Entries<R> {
    stream: Stream<R>,
    file: Arc<CountedFile<R>>,
    length: u64,
    /// Number of files so far.
    count: usize,
    /// Bytes so far.
    position: u64,
    /// Bytes left of the current file.
    content: u64,
    /// Bytes after it, up to the next block.
    padding: u64,
    /// Whether the end of the archive has been seen; what follows has no meaning.
    at_end: bool,
}

impl<R: Read + Seek> Entries<R> {
    fn new(file: &Arc<CountedFile<R>>, length: u64, is_gzip: bool) -> Self {
        let source = BufReader::with_capacity(BUFFER, RangeReader::new(Arc::clone(file), 0..length));
        let stream = if is_gzip { Stream::Gzip(Gunzip::new(source)) } else { Stream::Plain(source) };
        Self { stream, file: Arc::clone(file), length, count: 0, position: 0, content: 0, padding: 0, at_end: false }
    }

    /// The next file, or a part of the way to it.
    fn next(&mut self) -> Result<Next, ReadError> {
        if self.position > MAX_LENGTH {
            return Err(ReadError::TooLarge);
        }
        let rest = self.content.saturating_add(self.padding);
        if rest > 0 {
            self.skip(rest.min(STEP))?;
            if rest > STEP {
                return Ok(Next::Skipped);
            }
        }
        if self.at_end {
            // a checksum may follow
            let read = io::copy(&mut self.stream.by_ref().take(STEP), &mut io::sink())?;
            self.position += read;
            return Ok(if read == 0 { Next::End } else { Next::Skipped });
        }
        let mut headers = self.stream.by_ref().take(MAX_HEADERS);
        let mut archive = tar::Archive::new(&mut headers);
        let damaged = |error: io::Error| match error.kind() {
            io::ErrorKind::Other => ReadError::Damaged(error.to_string()),
            _ => error.into(),
        };
        let Some(entry) = archive.entries()?.next().transpose().map_err(damaged)? else {
            self.at_end = true;
            return Ok(Next::Skipped);
        };
        let kind = entry.header().entry_type();
        let size = if kind.is_gnu_sparse() { entry.header().entry_size()? } else { entry.size() };
        let path = decode_path(&entry.path_bytes()).into_owned();
        let is_file = kind.is_file() || kind.is_contiguous();
        drop(entry);
        self.position += MAX_HEADERS - headers.limit();
        self.content = size;
        self.padding = (BLOCK - size % BLOCK) % BLOCK;
        if !is_file {
            return Ok(Next::Skipped);
        }
        self.count += 1;
        Ok(Next::Entry(Entry { index: self.count - 1, path, size }))
    }

    /// Skips bytes of the current file.
    fn skip(&mut self, count: u64) -> Result<(), ReadError> {
        if let Stream::Plain(source) = &mut self.stream
            && count > source.buffer().len() as u64
        {
            let from = (self.position + count).min(self.length);
            let range = RangeReader::new(Arc::clone(&self.file), from..self.length);
            *source = BufReader::with_capacity(BUFFER, range);
            self.passed(count);
            return if self.position > self.length { Err(cut()) } else { Ok(()) };
        }
        let read = io::copy(&mut self.stream.by_ref().take(count), &mut io::sink())?;
        self.passed(read);
        if read < count { Err(cut()) } else { Ok(()) }
    }

    fn passed(&mut self, count: u64) {
        self.position += count;
        let of_content = count.min(self.content);
        self.content -= of_content;
        self.padding -= (count - of_content).min(self.padding);
    }

    /// What is left of the current file.
    fn content(&mut self) -> Content<'_, R> {
        Content(self)
    }

    /// The current file, after which no other can be read.
    fn into_content(self) -> io::Take<Stream<R>> {
        self.stream.take(self.content)
    }
}

fn cut() -> ReadError {
    io::Error::from(io::ErrorKind::UnexpectedEof).into()
}

/// Reads the current file; an archive that ends in it is damaged.
struct Content<'a, R>(&'a mut Entries<R>);

impl<R: Read + Seek> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let max = usize::try_from(self.0.content).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.0.stream.read(&mut buffer[..max])?;
        self.0.passed(count as u64);
        if count == 0 && max > 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(count) }
    }
}
