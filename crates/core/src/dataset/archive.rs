//! Zip archives: FER2013's CSV in one, or images in folders.

use std::io::{self, BufRead, BufReader, Read, Seek};
use std::sync::Arc;

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, RangeReader, ZipArchive, ZipArchiveEntryWayfinder, ZipLocator, ZipVerifier};

use super::counted_file::CountedFile;
use super::cropping::Cropping;
use super::entries;
use super::folder::FolderReader;
use super::label_order::LabelOrder;
use super::limits::MAX_BYTES;
use super::paths::is_hidden;
use super::picture::MAX_IMAGE_BYTES;
use super::reader::CsvReader;
use super::reading::{EntryFault, Foreign, LoadNote, LoadedDataset, ReadError};
use super::rejection::{Rejection, Rejections};
use super::tables::Tables;
use super::text::decode_path;

/// Maximum number of files in an archive.
pub(super) const MAX_ENTRIES: usize = 200_000;

/// Maximum length of a path, in bytes.
pub(super) const MAX_PATH_LENGTH: usize = 1024;

/// Maximum size of all photographs in relation to that of their archive. Image files hardly get smaller in a zip.
const MAX_RATIO: u64 = 8;

/// Bytes of compressed data read at once.
const BUFFER: usize = 64 * 1024;

type Archive<R> = ZipArchive<Arc<CountedFile<R>>>;

/// A file of an archive, decompressed as it is read; size and checksum are verified at its end.
pub(super) type EntryReader<R> = ZipVerifier<Unpacked<BufReader<RangeReader<Arc<CountedFile<R>>>>>>;

/// Decompresses one of the two common methods of zip files.
pub(super) enum Unpacked<S> {
    Stored(S),
    Deflated(DeflateDecoder<S>),
}

impl<S: BufRead> Read for Unpacked<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(source) => source.read(buffer),
            Self::Deflated(source) => source.read(buffer),
        }
    }
}

/// What an archive contains.
pub(super) enum Content<R> {
    Csv(Box<CsvReader<EntryReader<R>>>, LoadNote),
    Images(Box<Images<R>>),
}

/// Opens the best CSV of an archive of `length` bytes, or else its images.
pub(super) fn open<R: Read + Seek>(source: CountedFile<R>, length: u64) -> Result<Content<R>, ReadError> {
    let progress = source.progress();
    let mut buffer = vec![0; rawzip::RECOMMENDED_BUFFER_SIZE];
    let located = ZipLocator::new().locate_in_reader(Arc::new(source), &mut buffer, length);
    let archive = located.map_err(|(_, error)| error)?;
    let listing = Listing::read(&archive, &mut buffer)?;
    let mut tables = Tables::default();
    for (index, entry) in listing.files.iter().enumerate() {
        if !tables.wants(&entry.path) {
            continue;
        }
        match unpack(&archive, entry) {
            Ok(source) => tables.examine(index, &entry.path, entry.place.uncompressed_size_hint(), source)?,
            Err(ReadError::Io(error)) => return Err(error.into()),
            // a damaged file
            Err(_) => {}
        }
    }
    progress.reset();
    if let Some(entry) = tables.best().and_then(|index| listing.files.get(index)) {
        if entry.place.uncompressed_size_hint() > MAX_BYTES {
            return Err(ReadError::TooLarge);
        }
        let reader = CsvReader::new(unpack(&archive, entry)?)?;
        return Ok(Content::Csv(Box::new(reader), LoadNote::ArchiveEntry(entry.path.clone())));
    }
    if entries::is_spreadsheet(listing.paths()) {
        return Err(ReadError::Foreign(Foreign::Spreadsheet));
    }
    let mut reader = FolderReader::beside(tables, listing.fault(), listing.paths());
    reader.skip_others(listing.others);
    Ok(Content::Images(Box::new(Images { archive, entries: listing.files.into_iter(), reader, unpacked: 0, length })))
}

/// A file of an archive that can be read.
struct Entry {
    path: String,
    place: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
}

/// The files of an archive.
#[derive(Default)]
struct Listing {
    files: Vec<Entry>,
    others: usize,
    encrypted: bool,
    method: Option<CompressionMethod>,
}

impl Listing {
    fn read<R: Read + Seek>(archive: &Archive<R>, buffer: &mut [u8]) -> Result<Self, ReadError> {
        let mut listing = Self::default();
        let mut entries = archive.entries(buffer);
        let mut count = 0;
        while let Some(entry) = entries.next_entry()? {
            count += 1;
            if count > MAX_ENTRIES {
                return Err(ReadError::Entries(MAX_ENTRIES));
            }
            let path = entry.file_path();
            let bytes = path.as_bytes();
            let path = decode_path(&bytes[..bytes.len().min(MAX_PATH_LENGTH)]).into_owned();
            if entry.is_dir() || is_hidden(&path) {
                continue;
            }
            let method = entry.compression_method();
            if bytes.len() > MAX_PATH_LENGTH {
                listing.others += 1;
            } else if entry.flags().is_encrypted() {
                listing.encrypted = true;
            } else if method != CompressionMethod::STORE && method != CompressionMethod::DEFLATE {
                listing.method.get_or_insert(method);
            } else {
                listing.files.push(Entry { path, place: entry.wayfinder(), method });
            }
        }
        Ok(listing)
    }

    fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|entry| entry.path.as_str())
    }

    /// Why the archive contains nothing readable.
    fn fault(&self) -> Option<EntryFault> {
        if self.encrypted {
            Some(EntryFault::Encrypted)
        } else if let Some(method) = self.method {
            Some(EntryFault::Method(method.to_string()))
        } else {
            entries::fault(self.paths())
        }
    }
}

fn unpack<R: Read + Seek>(archive: &Archive<R>, entry: &Entry) -> Result<EntryReader<R>, ReadError> {
    let local = archive.get_entry(entry.place)?;
    let (start, end) = local.compressed_data_range();
    let packed = BufReader::with_capacity(BUFFER, RangeReader::new(Arc::clone(archive.get_ref()), start..end));
    let unpacked = if entry.method == CompressionMethod::STORE {
        Unpacked::Stored(packed)
    } else {
        Unpacked::Deflated(DeflateDecoder::new(packed))
    };
    Ok(local.verifying_reader(unpacked))
}

/// The images of an archive, read one by one.
pub(super) struct Images<R> {
    archive: Archive<R>,
    entries: std::vec::IntoIter<Entry>,
    reader: FolderReader,
    /// Bytes decompressed so far, including those of rejected files.
    unpacked: u64,
    /// Size of the archive in bytes.
    length: u64,
}

impl<R: Read + Seek> Images<R> {
    /// Reads up to `max` more images; `false` at the end.
    pub fn read(&mut self, max: usize) -> Result<bool, ReadError> {
        for _ in 0..max {
            let Some(entry) = self.entries.next() else { return Ok(false) };
            let max = if self.reader.takes_photos() { MAX_BYTES.max(MAX_RATIO * self.length) } else { MAX_BYTES };
            if self.unpacked > max {
                return Err(ReadError::TooLarge);
            }
            match self.unpack(&entry) {
                Ok(None) => self.reader.skip(&entry.path),
                Ok(Some(_)) if entry.place.uncompressed_size_hint() > MAX_IMAGE_BYTES => {
                    self.reader.reject(&entry.path, Rejection::ImageFile(MAX_IMAGE_BYTES >> 20));
                }
                Ok(Some(bytes)) => self.reader.add(&entry.path, &bytes)?,
                Err(ReadError::Io(error)) => return Err(error.into()),
                Err(error) => self.reader.reject(&entry.path, Rejection::Entry(error.to_string())),
            }
        }
        Ok(true)
    }

    /// The bytes of an image, or the first ones of one that is too large; `None` if it is another file.
    fn unpack(&mut self, entry: &Entry) -> Result<Option<Vec<u8>>, ReadError> {
        let mut reader = unpack(&self.archive, entry)?;
        let mut bytes = Vec::new();
        let head = reader.by_ref().take(FolderReader::HEAD as u64).read_to_end(&mut bytes).map_err(ReadError::from);
        // another file is skipped, also if it is damaged
        if !FolderReader::is_image(&entry.path, &bytes) && !matches!(head, Err(ReadError::Io(_))) {
            return Ok(None);
        }
        head?;
        let size = entry.place.uncompressed_size_hint();
        if size <= MAX_IMAGE_BYTES && self.reader.is_reading() {
            self.unpacked += size;
            // the verifying reader stops at the size given in the directory
            reader.take(MAX_IMAGE_BYTES).read_to_end(&mut bytes)?;
        }
        Ok(Some(bytes))
    }

    pub fn set_order(&mut self, order: Option<LabelOrder>) {
        self.reader.set_order(order);
    }

    pub fn set_cropping(&mut self, cropping: Cropping) {
        self.reader.set_cropping(cropping);
    }

    pub fn accepted(&self) -> usize {
        self.reader.accepted()
    }

    pub fn rejections(&self) -> &Rejections {
        self.reader.rejections()
    }

    pub fn finish(self) -> Result<LoadedDataset, ReadError> {
        self.reader.finish()
    }
}
