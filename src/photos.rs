//! Labelled photographs, and the results of the recognizer for them.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use super::files;
use mien_core::dataset::{Binning, Dataset, GroupLabels, PersonHalf, PhotoTable, decode_picture};
use mien_core::evaluation::photos::{PhotoOutcome, Placement};
use mien_core::expression::Expression;
use mien_core::recognition::{FrameSource, RecognizedFace};
use mien_core::vision::{Frame, Framing, PhotoCondition, pasted, pasted_corners};
use mien_recognition::{Classifier, DetectorNetwork, Recognizer};

/// Maximum width and height of a photograph, in pixels.
const MAX_SIDE: u32 = 16_384;

/// Labelled photographs.
pub struct PhotoSet {
    /// What they are called in reports.
    pub name: String,
    labels: Vec<Expression>,
    source: Source,
    /// The columns of groups but that of persons.
    pub columns: Vec<GroupLabels>,
    /// The persons, if they are known.
    pub persons: Option<GroupLabels>,
}

/// Where the photographs come from.
enum Source {
    Files(Vec<PathBuf>),
    /// Samples of a dataset, enlarged in turn to each of these sides, in pixels, and pasted into a larger picture.
    Pasted {
        dataset: Box<Dataset>,
        samples: Vec<usize>,
        sides: Vec<f32>,
    },
}

/// How the faces of photographs are framed.
pub enum Framed<'a> {
    /// The probabilities for these framings are averaged, as the recognizer does.
    Averaged(&'a [Framing]),
    /// Each of these framings is measured by itself.
    Each(&'a [Framing]),
}

impl PhotoSet {
    /// The photographs of a folder that a table labels: `labels.csv` in the folder, unless another is named. Only those of a
    /// half of the persons, if that is wanted.
    ///
    /// # Errors
    /// When the table is missing or damaged, or one of its files is missing.
    pub fn read(folder: &Path, labels: Option<&Path>, half: Option<PersonHalf>) -> Result<Self> {
        ensure!(folder.is_dir(), "{}: not a folder of photographs", folder.display());
        let path = labels.map_or_else(|| folder.join(PhotoTable::FILE), Path::to_owned);
        let named = || path.display().to_string();
        let mut table = PhotoTable::read(files::open(&path)?).with_context(named)?;
        if let Some(half) = half {
            table.keep_half(half).with_context(named)?;
        }
        let photos = find(folder, &table)?;
        let missing: Vec<&PathBuf> = photos.iter().filter(|photo| !photo.is_file()).collect();
        if let Some(first) = missing.first() {
            let others = missing.len() - 1;
            let others = if others > 0 { format!(" (and {others} more)") } else { String::new() };
            bail!("{}: {} is not there{others}", path.display(), first.display());
        }
        let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
        let name = match half {
            None => name.into_owned(),
            Some(PersonHalf::Choosing) => format!("{name}, choosing half"),
            Some(PersonHalf::Confirming) => format!("{name}, confirming half"),
        };
        Ok(Self {
            name,
            labels: table.photos().iter().map(|photo| photo.label).collect(),
            source: Source::Files(photos),
            columns: table.groups(),
            persons: table.persons(),
        })
    }

    /// Every `step`th of the samples of a dataset, enlarged in turn to each of these sides and pasted into a larger picture.
    pub fn pasted(name: String, dataset: Dataset, samples: &[usize], step: usize, sides: Vec<f32>) -> Self {
        let samples: Vec<usize> = samples.iter().copied().step_by(step.max(1)).collect();
        let columns = dataset.groups().iter().map(|column| column.labels(samples.iter().copied())).collect();
        let labels = samples.iter().map(|&sample| dataset.label(sample)).collect();
        let source = Source::Pasted { dataset: Box::new(dataset), samples, sides };
        Self { name, labels, source, columns, persons: None }
    }

    /// Bins the numbers of the columns: as it is said, or else into three bins if there are more than ten different ones.
    ///
    /// # Errors
    /// When a column is not there, or cannot be binned.
    pub fn bin(&mut self, chosen: &[(String, Binning)]) -> Result<()> {
        for (name, binning) in chosen {
            let Some(column) = self.columns.iter_mut().find(|column| column.name == *name) else {
                let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
                bail!("there is no column `{name}` to bin; there are {}", names.join(", "));
            };
            *column = column.binned(*binning)?;
        }
        for column in &mut self.columns {
            if chosen.iter().all(|(name, _)| *name != column.name) {
                *column = column.clone().binned_by_default();
            }
        }
        Ok(())
    }

    /// The class of each photograph.
    pub fn labels(&self) -> &[Expression] {
        &self.labels
    }

    /// What the recognizer makes of every photograph under a condition: for each framing that is measured by itself, or else
    /// once. `on_face` is called with the largest face of each photograph, in their order.
    ///
    /// # Errors
    /// When a photograph cannot be read, or the device fails.
    pub fn measure<D: DetectorNetwork, C: Classifier>(
        &self,
        recognizer: &mut Recognizer<D, C>,
        framed: &Framed,
        condition: PhotoCondition,
        mut on_face: impl FnMut(Option<&RecognizedFace>),
    ) -> Result<Vec<Vec<PhotoOutcome>>> {
        let (rows, averaged) = match framed {
            Framed::Averaged(framings) => (1, Some(framings.to_vec())),
            Framed::Each(framings) => (framings.len(), None),
        };
        recognizer.set_framings(averaged.unwrap_or_default());
        let mut outcomes: Vec<Vec<PhotoOutcome>> = vec![Vec::new(); rows];
        let bar = files::bar(self.labels.len(), "{pos} of {len} photographs, {per_sec}, {eta} left");
        for (index, &label) in self.labels.iter().enumerate() {
            let frame = condition.of(&self.photo(index)?, index as u64);
            let faces: Vec<Option<RecognizedFace>> = match framed {
                // the largest face comes first
                Framed::Averaged(_) => {
                    let (faces, _) = pollster::block_on(recognizer.recognize(&frame, FrameSource::Still, 0.0))?;
                    vec![faces.into_iter().next()]
                }
                Framed::Each(framings) => {
                    let mut faces = pollster::block_on(recognizer.compare_framings(&frame, framings))?.into_iter();
                    (0..rows).map(|_| faces.next()).collect()
                }
            };
            on_face(faces.first().and_then(Option::as_ref));
            for (row, face) in outcomes.iter_mut().zip(faces) {
                let placed = face.as_ref().zip(self.side(index));
                row.push(PhotoOutcome {
                    image_placement: placed.map(|(face, side)| Placement::within(face, pasted_corners(side))),
                    ..PhotoOutcome::new(label, face.as_ref(), recognizer.found())
                });
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(outcomes)
    }

    /// The side with which a sample is pasted.
    fn side(&self, index: usize) -> Option<f32> {
        match &self.source {
            Source::Files(_) => None,
            Source::Pasted { sides, .. } => sides.get(index % sides.len().max(1)).copied(),
        }
    }

    fn photo(&self, index: usize) -> Result<Frame> {
        match &self.source {
            Source::Files(files) => {
                let path = files.get(index).context("no such photograph")?;
                decode_picture(&files::read(path)?, MAX_SIDE).with_context(|| path.display().to_string())
            }
            Source::Pasted { dataset, samples, .. } => {
                let sample = samples.get(index).copied().context("no such sample")?;
                let side = self.side(index).context("no side to paste images with")?;
                Ok(pasted(&dataset.crop(sample), side))
            }
        }
    }
}

/// The photographs of a table. Those that are not there as they are written are searched among the files of the folder, whose names may
/// have their accents written in another way.
fn find(folder: &Path, table: &PhotoTable) -> Result<Vec<PathBuf>> {
    let mut photos: Vec<PathBuf> = table.photos().iter().map(|photo| folder.join(&photo.path)).collect();
    if photos.iter().all(|photo| photo.is_file()) {
        return Ok(photos);
    }
    let files = files::list(folder)?;
    let inside = files.iter().enumerate().filter_map(|(index, file)| Some((index, file.name.split_once('/')?.1)));
    for (photo, place) in photos.iter_mut().zip(table.places(inside)) {
        if let Some(file) = place.filter(|_| !photo.is_file()).and_then(|place| files.get(place)) {
            photo.clone_from(&file.path);
        }
    }
    Ok(photos)
}

/// Milliseconds since the first call.
pub fn milliseconds() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64() * 1000.0
}
