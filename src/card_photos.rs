//! The shipped networks on labelled photographs, for the model card.

use std::path::Path;

use anyhow::{Context, Result};

use super::backend::Backend;
use super::files;
use super::output::outln;
use super::photos::{Framed, PhotoSet, milliseconds};
use mien_compute::Recognizer;
use mien_compute::evaluation::TestTimeAugmentation;
use mien_compute::evaluation::photos::{self, PhotoReport, PhotoRun};
use mien_compute::network::{AvailableNetwork, DEFAULT_FILE};
use mien_core::vision::{Framing, PhotoCondition};

/// Measures the networks of a folder on the photographs of another, and the default one under each condition too. Returns the
/// figures as Markdown.
///
/// # Errors
/// When a file is missing or damaged, or the device fails.
pub fn measure(photographs: &Path, labels: Option<&Path>, weights: &Path, backend: Backend) -> Result<String> {
    let device = backend.device()?;
    let mut set = PhotoSet::read(photographs, labels, None)?;
    set.bin(&[])?;
    let list = weights.join("networks.json");
    let networks: Vec<AvailableNetwork> =
        serde_json::from_slice(&files::read(&list)?).with_context(|| list.display().to_string())?;
    let default = Path::new(DEFAULT_FILE).file_name().unwrap_or_default().to_string_lossy();
    let framings = [Framing::FOUND_FACES];
    let (mut all, mut conditions) = (Vec::new(), Vec::new());
    for network in &networks {
        let file = files::read_network(&weights.join(&network.file), &device)?;
        let mut recognizer = Recognizer::new(files::read_detector(None, &device)?, file.predictor(), milliseconds);
        let mut report = |condition: PhotoCondition| -> Result<PhotoReport> {
            let start = milliseconds();
            let outcomes = set.measure(&mut recognizer, &Framed::Averaged(&framings), condition, |_| {})?;
            let run = PhotoRun {
                model: network.file.clone(),
                backend: backend.name().to_owned(),
                photographs: set.name.clone(),
                condition: condition.name().to_owned(),
                framings: framings.iter().map(|framing| [framing.scale(), framing.shift()]).collect(),
                test_time_augmentation: TestTimeAugmentation::None,
                biases: None,
                seconds: (milliseconds() - start) / 1000.0,
            };
            let outcomes = outcomes.first().map_or(&[][..], Vec::as_slice);
            Ok(PhotoReport::new(outcomes, &set.columns, set.persons.as_ref(), run))
        };
        let plain = report(PhotoCondition::Original)?;
        outln!("{}: accuracy {:.4} on {}", network.file, plain.accuracy, set.name);
        if network.file == default {
            conditions.push(plain.clone());
            let poor = PhotoCondition::ALL.into_iter().filter(|&condition| condition != PhotoCondition::Original);
            for condition in poor {
                conditions.push(report(condition)?);
            }
        }
        all.push(plain);
    }
    let mut text = format!("{}\n", photos::networks(&all));
    text += &photos::groups(conditions.iter().take(1));
    text += &format!("\n{}", photos::conditions(&conditions));
    Ok(text)
}
