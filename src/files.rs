//! Reading and writing files, with the path in errors.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use burn::tensor::Device;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::output::errln;
use mien_compute::detection::{self, Detector};
use mien_compute::network::{self, NetworkFile};
use mien_core::dataset::{
    Dataset, FolderLoader, FolderReader, GroupBy, GroupColumn, LabelOrder, LabelQuestion, LoadedDataset, Loader,
    NearDuplicateSearch, NearDuplicates, ReadError, RowLoader, RowSource, UnknownColumn, Votes,
};
use mien_core::file_kind::{FileKind, HEAD};
use mien_export::pytorch;

/// Rows between updates of the progress bar.
const ROWS: usize = 500;

/// The weights of the default network, `network::DEFAULT_FILE`, which the program carries.
const DEFAULT_NETWORK: &[u8] = include_bytes!("../www/weights/default.safetensors");

/// The weights of the face detector, which the program carries.
const DETECTOR: &[u8] = include_bytes!("../www/weights/blazeface.safetensors");

/// Reads a file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Refuses a file of more bytes than a limit.
pub fn check_size(path: &Path, most: u64) -> Result<()> {
    let size = open(path)?.metadata().with_context(|| format!("cannot read {}", path.display()))?.len();
    ensure!(size <= most, "{}: it has {size} bytes; at most {most} are allowed", path.display());
    Ok(())
}

/// Writes a file atomically: see [`NewFile`].
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    NewFile::create(path)?.finish(|file| file.write_all(bytes))
}

/// A file that is written under a temporary name beside its place, and renamed when it is complete. Until then, dropping it
/// deletes it.
pub struct NewFile {
    path: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
}

impl NewFile {
    /// Creates the temporary file.
    ///
    /// # Errors
    /// When the path is a folder, no file can be created there, or another one is being written to the same path.
    pub fn create(path: &Path) -> Result<Self> {
        ensure!(!path.is_dir(), "cannot write {}: it is a folder", path.display());
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.partial", std::process::id()));
        let partial = path.with_file_name(name);
        let file = File::create_new(&partial).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                anyhow!(
                    "cannot write {}: another output goes to the same file (or delete {})",
                    path.display(),
                    partial.display()
                )
            }
            _ => anyhow!(error).context(format!("cannot write {}", path.display())),
        })?;
        Ok(Self { path: path.to_owned(), partial, file: BufWriter::new(file) })
    }

    /// Writes the content and gives the file its name.
    pub fn finish(mut self, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<()> {
        let written = write(&mut self.file).and_then(|()| {
            self.file.flush()?;
            self.file.get_ref().sync_all()?;
            fs::rename(&self.partial, &self.path)
        });
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // it is gone once it was renamed
        let _ = fs::remove_file(&self.partial);
    }
}

/// Checks that files can be written, and are not the same, before a computation that may take hours. They are written at its end.
pub fn check_outputs<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<()> {
    paths.into_iter().map(|path| NewFile::create(path)).collect::<Result<Vec<_>>>().map(drop)
}

/// Parses the name of a weights file that is written as safetensors: one that names another format is refused.
pub fn weights_name(text: &str) -> Result<PathBuf, String> {
    let name = text.to_ascii_lowercase();
    match [".onnx", ".bpk", pytorch::ENDING].into_iter().find(|ending| name.ends_with(ending)) {
        Some(ending) => Err(format!("safetensors are written, so its name must not end in {ending}; see mien convert")),
        None => Ok(PathBuf::from(text)),
    }
}

/// Refuses to replace a file that mien did not write, for one that is written beside another, so that nobody named it. `option` names it or the
/// other one.
pub fn check_beside(path: &Path, is_own: impl FnOnce(&[u8]) -> bool, option: &str) -> Result<()> {
    if path.exists() {
        let own = is_own(&head(&open(path)?).with_context(|| format!("cannot read {}", path.display()))?);
        ensure!(
            own,
            "{}: mien did not write this file, and does not replace it: rename it, or choose another {option}",
            path.display()
        );
    }
    Ok(())
}

/// Writes a value as JSON.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    write(path, (serde_json::to_string_pretty(value)? + "\n").as_bytes())
}

// A doc comment would become that of the command.
#[derive(Args)]
pub struct LabelArguments {
    /// Order of the classes for integer labels: fer2013, raf-db, affectnet, alphabetical, or all classes in the order of their
    /// numbers (surprise,fear,…; 1=surprise,fear,… also gives the first number)
    #[arg(long, value_name = "ORDER")]
    pub labels: Option<LabelOrder>,
}

// A doc comment would become that of the command.
#[derive(Args)]
pub struct GroupArguments {
    /// Column by which images are grouped: all images with the same value are in the same fold, and all or none of them in the
    /// validation images; or none [default: the column of persons (person, subject_id, …), if there is one]
    #[arg(long, value_name = "COLUMN")]
    group_by: Option<String>,
}

impl GroupArguments {
    /// The index of the column; `None` if nothing stays together.
    pub fn column(&self, dataset: &Dataset) -> Result<Option<usize>, UnknownColumn> {
        self.group_by.as_deref().map(GroupBy::from).unwrap_or_default().column(dataset)
    }
}

/// What stays together: `persons stay together (column person: 102 values)`.
pub fn describe_groups(column: &GroupColumn, samples: impl IntoIterator<Item = usize>) -> String {
    let (name, count) = (column.name(), column.count_values(samples));
    let what = if column.is_of_persons() { "persons" } else { "groups" };
    format!("{what} stay together (column {name}: {count} values)")
}

/// Loads a dataset: FER2013's CSV, also compressed, Parquet tables, NumPy arrays, or an archive or a folder of images; shows
/// progress on a terminal.
pub fn read_dataset(path: &Path, labels: &LabelArguments) -> Result<LoadedDataset> {
    let named = || path.display().to_string();
    let order = labels.labels.clone();
    let loaded = if path.is_dir() {
        let files = list(path)?;
        let tables: Vec<&Listed> = files.iter().filter(|file| RowLoader::is_table(&file.name)).collect();
        if tables.is_empty() { load_folder(&files, order) } else { load_rows(&tables, order) }
    } else {
        let file = open(path)?;
        match has_columns(&file).with_context(named)? {
            true => load_rows(&[&Listed::of(path, &file).with_context(named)?], order),
            false => load(file, order),
        }
    };
    let loaded = match loaded {
        Err(ReadError::Labels(question)) => {
            return Err(refused(&question).context(named()));
        }
        loaded => loaded.with_context(named)?,
    };
    if let Some(first) = loaded.rejections.first().first() {
        errln!("{}: rejected: {}; the first: {first}", path.display(), loaded.rejections.count());
    }
    for note in &loaded.notes {
        errln!("{}: {note}", path.display());
    }
    Ok(loaded)
}

/// The error of a dataset with integer labels whose order is unknown.
pub fn refused(question: &LabelQuestion) -> anyhow::Error {
    anyhow!("{question}. {}", advice(question))
}

/// How to say which class a number means.
fn advice(question: &LabelQuestion) -> String {
    let orders: Vec<String> = question.orders().map(|order| format!("--labels {}", order.name())).collect();
    let orders = if orders.is_empty() { String::new() } else { format!("{}, or ", orders.join(", ")) };
    format!(
        "Or say what the numbers mean: {orders}--labels with all classes in the order of their numbers (surprise,fear,…; or \
         1=surprise,fear,…, which names the first number; what is none of the seven classes is called contempt)"
    )
}

fn load_folder(files: &[Listed], order: Option<LabelOrder>) -> Result<LoadedDataset, ReadError> {
    let sizes = files.iter().map(|file| (file.name.clone(), file.size)).collect();
    let open = |index: usize| -> io::Result<Box<dyn Read>> {
        let file = files.get(index).ok_or(io::ErrorKind::NotFound)?;
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.path.display()));
        Ok(Box::new(File::open(&file.path).map_err(named)?))
    };
    let mut loader = FolderLoader::new(sizes, open)?.with_order(order);
    let bar = bar(loader.length() as usize, "{bytes} of {total_bytes}, {eta} left");
    while loader.advance(ROWS)? {
        bar.set_position(loader.position());
    }
    bar.finish_and_clear();
    loader.finish()
}

/// The bytes of a file that tell its kind; it is at its start afterwards.
pub fn head(mut file: &File) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.take(HEAD as u64).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head)
}

/// Whether a file is a Parquet table or NumPy arrays, by its content; it is at its start afterwards.
pub fn has_columns(file: &File) -> io::Result<bool> {
    Ok(FileKind::of(&head(file)?).has_columns())
}

/// Starts to read Parquet tables and NumPy arrays.
pub fn open_rows(files: &[&Listed]) -> Result<RowLoader, ReadError> {
    let open = |file: &&Listed| -> Result<(String, Box<dyn RowSource>), ReadError> {
        let source = mien_columns::FileReader::from(File::open(&file.path)?);
        Ok((file.name.clone(), mien_columns::open(source, file.size)?))
    };
    Ok(RowLoader::new(files.iter().map(open).collect::<Result<_, _>>()?))
}

fn load_rows(files: &[&Listed], order: Option<LabelOrder>) -> Result<LoadedDataset, ReadError> {
    let mut loader = open_rows(files)?.with_order(order);
    let bar = bar(loader.length() as usize, "{bytes} of {total_bytes}, {eta} left");
    while loader.advance(ROWS)? {
        bar.set_position(loader.position());
    }
    bar.finish_and_clear();
    loader.finish()
}

fn load(file: File, order: Option<LabelOrder>) -> Result<LoadedDataset, ReadError> {
    let mut loader = Loader::open(file)?.with_order(order);
    let bar = bar(loader.length() as usize, "{bytes} of {total_bytes}, {eta} left");
    while loader.advance(ROWS)? {
        bar.set_position(loader.position());
    }
    bar.finish_and_clear();
    loader.finish()
}

/// Opens a file to read.
pub fn open(path: &Path) -> Result<File> {
    File::open(path).with_context(|| format!("cannot read {}", path.display()))
}

/// A file of a folder.
pub struct Listed {
    /// Where it is.
    pub path: PathBuf,
    /// Its path from the folder on, with the folder's own name, and slashes on every system.
    pub name: String,
    /// In bytes.
    pub size: u64,
}

impl Listed {
    /// A file that is not in a folder.
    pub fn of(path: &Path, file: &File) -> io::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { path: path.to_owned(), name, size: file.metadata()?.len() })
    }
}

/// The files of a folder and of the folders in it, by name; hidden ones are left out, and links to folders are not followed.
pub fn list(folder: &Path) -> Result<Vec<Listed>> {
    let whole = fs::canonicalize(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let name = whole.file_name().unwrap_or_default().to_string_lossy();
    // a hidden folder that was named is read
    let mut waiting = vec![(folder.to_owned(), name.trim_start_matches('.').to_owned())];
    let mut files = Vec::new();
    while let Some((folder, name)) = waiting.pop() {
        let cannot = || format!("cannot read {}", folder.display());
        for entry in fs::read_dir(&folder).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let own = entry.file_name().to_string_lossy().into_owned();
            let (path, name) = (entry.path(), format!("{name}/{own}"));
            if FolderReader::is_hidden(&own) {
            } else if entry.file_type().with_context(cannot)?.is_dir() {
                waiting.push((path, name));
            } else if let Some(details) = fs::metadata(&path).ok().filter(fs::Metadata::is_file) {
                files.push(Listed { path, name, size: details.len() });
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// Reads FER+'s votes, which must have the rows of the dataset.
pub fn read_votes(path: &Path, dataset: &Dataset) -> Result<Votes> {
    let votes = Votes::read(&read(path)?[..]).with_context(|| path.display().to_string())?;
    votes.check(dataset).with_context(|| path.display().to_string())?;
    Ok(votes)
}

/// Loads a weights file, or the default network.
pub fn read_network_or_default(path: Option<&Path>, device: &Device) -> Result<NetworkFile> {
    match path {
        Some(path) => read_network(path, device),
        None => network::load(DEFAULT_NETWORK, device).context("the default network"),
    }
}

/// Loads the detector from a weights file, or the one that the program carries.
pub fn read_detector(path: Option<&Path>, device: &Device) -> Result<Detector> {
    match path {
        Some(path) => detection::load(&read(path)?, device).with_context(|| path.display().to_string()),
        None => detection::load(DETECTOR, device).context("the detector"),
    }
}

/// Finds the near duplicates of a dataset.
pub fn near_duplicates(dataset: &Dataset) -> NearDuplicates {
    let bar = bar(dataset.len(), "near duplicates: {pos} of {len} images, {eta} left");
    let mut search = NearDuplicateSearch::new(dataset);
    while search.advance(dataset, ROWS) {
        bar.set_position(search.done() as u64);
    }
    bar.finish_and_clear();
    search.finish(dataset)
}

/// Loads a weights file.
pub fn read_network(path: &Path, device: &Device) -> Result<NetworkFile> {
    network::load(&read(path)?, device).with_context(|| path.display().to_string())
}

/// A progress bar with a number of steps and the template of its text.
pub fn bar(length: usize, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("{{bar:30}} {template}"));
    ProgressBar::new(length as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests {
    use super::weights_name;

    #[test]
    fn weights_have_no_name_of_another_format() {
        for name in ["a", "my.safetensors", "pt.safetensors", "a.checkpoint"] {
            assert_eq!(weights_name(name), Ok(name.into()));
        }
        for name in ["net.onnx", "Net.ONNX", "net.bpk", "net.pt.safetensors"] {
            assert!(weights_name(name).is_err(), "{name}");
        }
    }
}
