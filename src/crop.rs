//! `mien crop`

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};

use super::backend::Backend;
use super::choice::one_of;
use super::files::{self, LabelArguments, Listed, NewFile};
use super::inspect::print_rejections;
use super::interrupt::Interrupt;
use super::output::{Reported, errln, outln};
use mien_core::dataset::{
    CropChoice, CropReport, Cropping, Crops, FaceFinder, FolderLoader, FolderReader, LabelOrder, LoadNote,
    LoadedDataset, Loader, ReadError, Rejections, SeveralFaces,
};
use mien_core::expression::Expression;
use mien_core::number::counted;

/// Rows of a CSV that are read at once; images are read one by one.
const ROWS: usize = 64;

/// Detects, aligns and crops the faces of labelled photographs, and writes them as a dataset
///
/// The crops are those that `mien recognize` classifies. Folders, file names or lists beside them give the labels and
/// splits, as in any dataset; images of 48×48 pixels are treated as crops already. An image without a face is left out, and
/// counted. If files cannot be read, the others are cropped, and the exit code is 1.
#[derive(Args)]
pub struct Arguments {
    /// A folder or an archive (.zip, .tar) of images, or images and folders
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// File to write: FER2013's CSV (.csv), or 48×48 PNGs in folders (.zip: split/class/name.png)
    #[arg(long, value_parser = output)]
    out: PathBuf,
    /// Which faces to crop from an image with several
    #[arg(long, value_name = "FACES", default_value = "largest", value_parser = several())]
    several: SeveralFaces,
    #[command(flatten)]
    labels: LabelArguments,
    /// Weights file of the detector [default: the detector of the page]
    #[arg(long)]
    detector: Option<PathBuf>,
    /// Backend
    #[arg(long, default_value = "flex")]
    backend: Backend,
}

/// The values of `--several`.
fn several() -> impl TypedValueParser<Value = SeveralFaces> {
    one_of(&[SeveralFaces::Largest, SeveralFaces::All, SeveralFaces::Skip], |several| match several {
        SeveralFaces::Largest => PossibleValue::new("largest").help("the largest face"),
        SeveralFaces::All => PossibleValue::new("all").help("all faces, each with the label of the image"),
        SeveralFaces::Skip => PossibleValue::new("skip").help("nothing: the image is left out"),
    })
}

fn output(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if is_zip(&path) || has_extension(&path, "csv") {
        Ok(path)
    } else {
        Err("its name must end in .csv or .zip".into())
    }
}

fn is_zip(path: &Path) -> bool {
    has_extension(path, "zip")
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let input = Input::new(&arguments.files)?;
    let load = |cropping| input.load(cropping, &arguments.labels, &interrupt);
    // labels first: an error in them is reported before faces are searched for
    load(Cropping::unread())?;
    let device = arguments.backend.device()?;
    let detector = files::read_detector(arguments.detector.as_deref(), &device)?;
    let find: FaceFinder =
        Box::new(move |frame| pollster::block_on(detector.find_faces(frame)).map_err(|error| error.to_string()));
    let out = NewFile::create(&arguments.out)?;
    let loaded = load(Cropping::new(CropChoice::Faces, arguments.several, find))?;
    for note in loaded.notes.iter().filter(|note| !matches!(note, LoadNote::Cropped(_))) {
        errln!("{}: {note}", input.name());
    }
    let dataset = &loaded.dataset;
    let Some(Crops { report, paths, .. }) = &loaded.crops else {
        bail!("{}: all images are 48×48 crops already", input.name());
    };
    out.finish(|file| if is_zip(&arguments.out) { dataset.write_zip(paths, file) } else { dataset.write_csv(file) })?;
    print(arguments, &loaded, report);
    let unread = unread(&loaded.rejections);
    if unread > 0 {
        errln!("mien: {unread} of {} could not be read", counted((report.pictures + unread) as u64, "image"));
        return Err(Reported.into());
    }
    Ok(())
}

fn print(arguments: &Arguments, loaded: &LoadedDataset, report: &CropReport) {
    let dataset = &loaded.dataset;
    let counts = dataset.class_counts(&(0..dataset.len()).collect::<Vec<_>>());
    let classes = Expression::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0);
    let classes: Vec<String> = classes.map(|(class, count)| format!("{count} {class}")).collect();
    let crops = counted(dataset.len() as u64, "crop");
    outln!("{}: {crops}: {}", arguments.out.display(), classes.join(", "));
    outln!("images with a face: {} of {}", report.with_face(), report.pictures);
    let taken = match arguments.several {
        SeveralFaces::Largest => "the largest is taken",
        SeveralFaces::All => "all are taken",
        SeveralFaces::Skip => "left out",
    };
    outln!("  with several, of which {taken}: {}", report.several);
    print_rejections(&loaded.rejections);
}

/// How many images could not be read; others have no face or no label.
fn unread(rejections: &Rejections) -> usize {
    let by_reason: &BTreeMap<String, usize> = rejections.by_reason();
    let readable = ["no-face", "several-faces", "class", "label", "missing-label", "region"];
    by_reason.iter().filter(|(reason, _)| !readable.contains(&reason.as_str())).map(|(_, count)| count).sum()
}

/// What to read.
enum Input {
    Archive(PathBuf),
    /// The name of the first argument, and the files.
    Files(String, Vec<Listed>),
}

impl Input {
    fn new(files: &[PathBuf]) -> Result<Self> {
        if let [file] = files
            && !file.is_dir()
            && !is_image(file)?
        {
            return Ok(Self::Archive(file.clone()));
        }
        let mut listed = Vec::new();
        for file in files {
            if file.is_dir() {
                listed.extend(files::list(file)?);
                continue;
            }
            // a file that is missing is reported when it is read
            let is_known = !file.exists() || is_image(file)?;
            ensure!(is_known, "{}: not an image; an archive must be the only file", file.display());
            let size = fs::metadata(file).map_or(0, |details| details.len());
            listed.push(Listed { path: file.clone(), name: name(file), size });
        }
        let first = files.first().map(|file| file.display().to_string()).unwrap_or_default();
        Ok(Self::Files(if files.len() > 1 { format!("{first} …") } else { first }, listed))
    }

    /// The name in messages.
    fn name(&self) -> String {
        match self {
            Self::Archive(path) => path.display().to_string(),
            Self::Files(name, _) => name.clone(),
        }
    }

    /// Loads the dataset.
    fn load(&self, cropping: Cropping, labels: &LabelArguments, interrupt: &Interrupt) -> Result<LoadedDataset> {
        let order = labels.labels.clone();
        let loaded = match self {
            Self::Archive(path) => load_archive(path, files::open(path)?, cropping, order, interrupt),
            Self::Files(_, files) => load_files(files, cropping, order, interrupt),
        };
        match loaded {
            Ok(Some(loaded)) => Ok(loaded),
            Ok(None) => bail!("stopped; nothing was written"),
            Err(ReadError::Labels(question)) => Err(files::refused(&question).context(self.name())),
            Err(error) => Err(error).with_context(|| self.name()),
        }
    }
}

/// Whether a file is an image; one that is missing is none.
fn is_image(path: &Path) -> Result<bool> {
    let mut head = Vec::new();
    let opened = files::open(path)?;
    opened
        .take(FolderReader::HEAD as u64)
        .read_to_end(&mut head)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(FolderReader::is_image(&path.to_string_lossy(), &head))
}

/// The path of an image, whose folders may give its class, with slashes on every system. A relative one begins with the name
/// of the folder it is relative to; hidden folders and those above them are left out.
fn name(path: &Path) -> String {
    let folder = std::env::current_dir().ok().filter(|_| path.is_relative());
    let folder = folder.as_deref().and_then(Path::file_name);
    let mut parts = folder.into_iter().chain(path).map(|part| part.to_string_lossy().into_owned()).collect::<Vec<_>>();
    let hidden = parts.iter().rposition(|part| FolderReader::is_hidden(part));
    parts.drain(..hidden.map_or(0, |hidden| hidden + 1).min(parts.len().saturating_sub(1)));
    parts.join("/")
}

fn load_archive(
    path: &Path,
    file: File,
    cropping: Cropping,
    order: Option<LabelOrder>,
    interrupt: &Interrupt,
) -> Result<Option<LoadedDataset>, ReadError> {
    if files::has_columns(&file)? {
        let mut loader = files::open_rows(&[&Listed::of(path, &file)?])?.with_order(order).with_cropping(cropping);
        let is_whole = advance(loader.length(), interrupt, || Ok(loader.advance(1)?.then(|| loader.position())))?;
        return is_whole.then(|| loader.finish()).transpose();
    }
    let mut loader = Loader::open(file)?.with_order(order).with_cropping(cropping);
    let is_whole = advance(loader.length(), interrupt, || Ok(loader.advance(ROWS)?.then(|| loader.position())))?;
    is_whole.then(|| loader.finish()).transpose()
}

fn load_files(
    files: &[Listed],
    cropping: Cropping,
    order: Option<LabelOrder>,
    interrupt: &Interrupt,
) -> Result<Option<LoadedDataset>, ReadError> {
    let open = |index: usize| -> io::Result<Box<dyn Read>> {
        let file = files.get(index).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(File::open(&file.path)?))
    };
    let sizes = files.iter().map(|file| (file.name.clone(), file.size)).collect();
    let mut loader = FolderLoader::new(sizes, open)?.with_order(order).with_cropping(cropping);
    let is_whole = advance(loader.length(), interrupt, || Ok(loader.advance(ROWS)?.then(|| loader.position())))?;
    is_whole.then(|| loader.finish()).transpose()
}

/// Calls `step`, which returns the position, until it returns `None`, with a progress bar. `false` if it was interrupted.
fn advance(
    length: u64,
    interrupt: &Interrupt,
    mut step: impl FnMut() -> Result<Option<u64>, ReadError>,
) -> Result<bool, ReadError> {
    let bar = files::bar(length as usize, "{bytes} of {total_bytes}, {eta} left");
    while let Some(position) = step()? {
        if interrupt.requested() {
            bar.finish_and_clear();
            return Ok(false);
        }
        bar.set_position(position);
    }
    bar.finish_and_clear();
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_output_determines_its_format() {
        assert!(output("a/faces.CSV").is_ok() && !is_zip(Path::new("faces.csv")) && is_zip(Path::new("x.Zip")));
        assert!(output("faces").is_err() && output("faces.parquet").is_err());
    }

    #[test]
    fn relative_images_are_named_from_their_folder_on() {
        let folder = std::env::current_dir().unwrap();
        let folder = folder.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(name(Path::new("happy/a.jpg")), format!("{folder}/happy/a.jpg"));
        assert_eq!(name(&Path::new("x").join(".cache").join("sad").join("a.jpg")), "sad/a.jpg");
        assert_eq!(name(Path::new(".a.jpg")), ".a.jpg");
    }
}
