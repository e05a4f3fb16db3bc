//! NumPy arrays: images and their labels in an archive, as `numpy.savez` writes it.

mod archive;
mod header;
mod kind;
mod labels;
mod pairs;
mod pixels;

use std::collections::VecDeque;

use mien_core::dataset::{Location, MAX_SAMPLES, Row, RowImage, RowSource, RowsError};
use rawzip::ReaderAt;

use self::archive::Archive;
use self::header::Header;
use self::labels::Labels;
use self::pairs::{Array, Pair};
use self::pixels::{Images, Survey};
use crate::BATCH;
use crate::class_names::ClassNames;
use crate::file::File;

/// Number of images that are examined at once.
const SURVEYED: usize = 256;

/// An archive of arrays, read pair by pair.
pub struct Arrays<R> {
    file: File<R>,
    archive: Archive<R>,
    arrays: Vec<Array>,
    class_names: Option<ClassNames>,
    pairs: VecDeque<Pair>,
    state: State,
    /// Images examined and read so far, and in all.
    done: u64,
    total: u64,
}

/// What is done with the pair that is read.
enum State {
    /// None is.
    Next,
    /// Finds the scale of the pixels.
    Survey(Pair, Survey),
    Rows(Pair, Images, Labels),
}

impl<R: ReaderAt + Send + Sync + 'static> Arrays<R> {
    /// Reads the headers of the arrays.
    ///
    /// # Errors
    /// When they are damaged, or there are no images, or images without labels.
    pub fn open(file: File<R>) -> Result<Self, RowsError> {
        let (archive, arrays) = Archive::open(&file)?;
        let (pairs, names) = pairs::find(&arrays)?;
        let (mut images, mut total) = (0_u64, 0_u64);
        for pair in &pairs {
            let array = &arrays[pair.images];
            pixels::check(array)?;
            let passes = 1 + u64::from(pixels::needs_survey(array));
            images = images.saturating_add(array.length());
            total = total.saturating_add(array.length().saturating_mul(passes));
        }
        if images > MAX_SAMPLES as u64 {
            return Err(RowsError::TooLarge);
        }
        let labels = |index| Labels::read(&arrays[index], archive.values(index)?);
        let mut class_names = None;
        if let Some(names) = names {
            let mut numbers = Vec::new();
            for pair in &pairs {
                numbers.extend(labels(pair.labels)?.numbers());
            }
            class_names = ClassNames::new(labels(names)?.into_texts(), numbers);
        }
        Ok(Self { file, archive, arrays, class_names, pairs: pairs.into(), state: State::Next, done: 0, total })
    }

    fn rows_of(&self, pair: Pair, scale: f64) -> Result<State, RowsError> {
        let images = Images::new(&self.arrays[pair.images], self.archive.values(pair.images)?, scale);
        let labels = Labels::read(&self.arrays[pair.labels], self.archive.values(pair.labels)?)?;
        Ok(State::Rows(pair, images, labels))
    }
}

impl<R: ReaderAt + Send + Sync + 'static> RowSource for Arrays<R> {
    fn read(&mut self, max: usize) -> Result<Option<Vec<Row>>, RowsError> {
        let mut rows = Vec::new();
        self.state = match std::mem::replace(&mut self.state, State::Next) {
            State::Next => {
                let Some(pair) = self.pairs.pop_front() else { return Ok(None) };
                let array = &self.arrays[pair.images];
                if pixels::needs_survey(array) {
                    let survey = Survey::new(array, self.archive.values(pair.images)?);
                    State::Survey(pair, survey)
                } else {
                    self.rows_of(pair, 1.0)?
                }
            }
            State::Survey(pair, mut survey) => {
                let count = survey.advance(SURVEYED)?;
                self.done += count;
                if count > 0 { State::Survey(pair, survey) } else { self.rows_of(pair, survey.scale()?)? }
            }
            State::Rows(pair, mut images, mut labels) => {
                let array = &self.arrays[pair.images];
                for _ in 0..max.min(BATCH) {
                    let index = images.index();
                    let Some(image) = images.next()? else { break };
                    rows.push(Row {
                        location: Location::Path(format!("{}[{index}]", array.name)),
                        image: image.map(RowImage::Pixels),
                        label: labels.next(self.class_names.as_ref()),
                        split: pair.split.clone(),
                    });
                }
                self.done += rows.len() as u64;
                if rows.is_empty() { State::Next } else { State::Rows(pair, images, labels) }
            }
        };
        Ok(Some(rows))
    }

    fn is_fer2013(&self) -> bool {
        false
    }

    fn position(&self) -> u64 {
        (u128::from(self.length()) * u128::from(self.done) / u128::from(self.total.max(1))) as u64
    }

    fn length(&self) -> u64 {
        self.file.length()
    }
}

/// Why a file of a single array is rejected.
pub fn one_array(head: &[u8]) -> RowsError {
    match Header::read(&mut &head[..]) {
        Ok(header) => RowsError::OneArray(header.shown()),
        Err(error) => error,
    }
}
