//! The crops of labelled photographs as a dataset with groups.

use std::fs;
use std::path::Path;

use anyhow::{Context, Error, Result, ensure};

use super::files::{self, LabelArguments};
use super::output::outln;
use super::packed::{GreyArguments, NewCsv};
use super::photos::PhotoSet;
use mien_core::dataset::{GroupLabels, PersonHalf, Pixels, Split, quoted};
use mien_core::expression::{Distribution, Expression};
use mien_core::number::counted;
use mien_core::vision::Crop;
use mien_recognition::Classifier;

/// The classes of some crops, by a classifier.
fn classes(classifier: &impl Classifier, crops: &[Crop]) -> Result<Vec<Expression>> {
    let images = crops.iter().flat_map(Crop::normalize).collect();
    let logits = pollster::block_on(classifier.logits(images)).map_err(Error::msg)?;
    Ok(logits.into_iter().map(|logits| Distribution::from_logits(logits).top().0).collect())
}

/// Writes the crops of the photographs in which a face was found as FER2013's CSV, with the columns and the persons as groups,
/// and says how many predictions of a classifier the rounding of grey levels changes. The choosing half of the persons is Training, the
/// confirming half PrivateTest, so that what was chosen by the one is tested on the other; without persons all crops are Training.
///
/// # Errors
/// When no face was found, or the file cannot be written or read again.
pub fn write(
    path: &Path,
    grey: &GreyArguments,
    set: &PhotoSet,
    faces: &[Option<Pixels>],
    classifier: &impl Classifier,
) -> Result<()> {
    let out = NewCsv::create(path)?;
    let crops: Vec<Crop> = faces.iter().flatten().map(|pixels| Crop(Box::new(*pixels))).collect();
    ensure!(!crops.is_empty(), "no face was found, so there are no crops to write");
    out.finish(&csv(grey, set, faces))?;
    let loaded = files::read_dataset(path, &LabelArguments { labels: None })?;
    let dataset = loaded.dataset;
    let written: Vec<Crop> = (0..dataset.len()).map(|sample| dataset.crop(sample)).collect();
    let [before, after] = [classes(classifier, &crops)?, classes(classifier, &written)?];
    let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    let of = |split| dataset.of_split(split).len();
    let size = fs::metadata(path).with_context(|| path.display().to_string())?.len();
    outln!(
        "{}: {}, {} of them Training and {} PrivateTest; {size} bytes; rounding the grey levels changes {}",
        path.display(),
        counted(written.len() as u64, "crop"),
        of(Split::Training),
        of(Split::PrivateTest),
        counted(changed as u64, "prediction")
    );
    Ok(())
}

/// The CSV.
fn csv(grey: &GreyArguments, set: &PhotoSet, faces: &[Option<Pixels>]) -> String {
    let columns: Vec<&GroupLabels> = set.columns.iter().chain(&set.persons).collect();
    let mut csv = "emotion,pixels,Usage".to_owned();
    for column in &columns {
        csv.push(',');
        csv.push_str(&quoted(&column.name));
    }
    csv.push('\n');
    for (photo, (label, face)) in set.labels().iter().zip(faces).enumerate() {
        let Some(mut pixels) = *face else { continue };
        grey.round(&mut pixels);
        let pixels: Vec<String> = pixels.iter().map(u8::to_string).collect();
        let half = set.persons.as_ref().map(|persons| PersonHalf::of(value(persons, photo)));
        let split = if half == Some(PersonHalf::Confirming) { Split::PrivateTest } else { Split::Training };
        csv.push_str(&format!("{},{},{split}", label.index(), pixels.join(" ")));
        for column in &columns {
            csv.push(',');
            csv.push_str(&quoted(value(column, photo)));
        }
        csv.push('\n');
    }
    csv
}

/// The value of a photograph in a column.
fn value(column: &GroupLabels, photo: usize) -> &str {
    let code = column.codes.get(photo).and_then(|&code| column.values.get(code as usize));
    code.map_or("", String::as_str)
}
