//! Texts of the Training page.

pub mod library;
pub mod onnx;
pub mod run;
pub mod settings;

use super::dataset::sentence;
use super::inline;
use crate::format::bytes;
use crate::language::number::localized;
use crate::language::{Text, say};
use crate::notice::TrainingNotice;
use mien_core::expression::Expression;
use mien_core::training::Preset;
use mien_protocol::{Message, StoredRun};

pub use crate::language::messages::training::*;

pub const EMPTY_STEPS: [(Text, Text); 3] =
    [(STEP_PREDICT, STEP_PREDICT_TEXT), (STEP_UPDATE, STEP_UPDATE_TEXT), (STEP_VALIDATE, STEP_VALIDATE_TEXT)];

/// A preset's name.
pub const fn preset(preset: Preset) -> Text {
    match preset {
        Preset::Demo => PRESET_DEMO,
        Preset::FineTune => PRESET_FINE_TUNE,
        Preset::FromScratch => PRESET_FROM_SCRATCH,
    }
}

/// The description of a preset.
pub const fn preset_text(preset: Preset) -> Text {
    match preset {
        Preset::Demo => PRESET_TEXT_DEMO,
        Preset::FineTune => PRESET_TEXT_FINE_TUNE,
        Preset::FromScratch => PRESET_TEXT_FROM_SCRATCH,
    }
}

/// The number of images for training and validation.
pub fn images(training: usize, validation: usize) -> String {
    if validation == 0 { images_held_out(training) } else { images_split(training, validation) }
}

/// The warning about classes without images.
pub fn missing(classes: &[Expression]) -> String {
    let names: Vec<&str> = classes.iter().map(|class| inline(*class).text()).collect();
    missing_classes(&names.join(", "))
}

/// The unfinished run.
pub fn unfinished(run: &StoredRun) -> String {
    if run.set.is_empty() {
        return unfinished_file(run.epoch, run.epochs, &bytes(run.bytes));
    }
    let place = if run.held { "page" } else { "device" };
    if run.epoch >= run.epochs {
        unfinished_over(run.epochs, &run.set, &bytes(run.bytes), place)
    } else {
        unfinished_part(run.epoch, run.epochs, &run.set, &bytes(run.bytes), place)
    }
}

/// The dataset that is needed to resume.
pub fn needs(run: &StoredRun) -> String {
    if run.set.is_empty() { NEEDS_ITS_SET.into() } else { needs_set(&run.set) }
}

/// A notice: what happened, and what to do.
pub fn notice(notice: &TrainingNotice) -> (String, &'static str) {
    match notice {
        TrainingNotice::SettingsRefused { name, reason } => {
            (settings_refused(name, &say(reason)), SETTINGS_REFUSED_DO.text())
        }
        TrainingNotice::SettingsLoaded { name } => (settings_loaded(name), ""),
        TrainingNotice::WeightsRefused { name, reason } => {
            let remedy = if is_unavailable(reason) { WEIGHTS_UNREAD_DO } else { WEIGHTS_REFUSED_DO };
            (weights_refused(name, &sentence(&say(reason))), remedy.text())
        }
        TrainingNotice::DownloadFailed { name, reason } => {
            (download_failed(name, &say(reason)), DOWNLOAD_FAILED_DO.text())
        }
        TrainingNotice::OneNetwork { name } => (one_network(name), ONE_NETWORK_DO.text()),
        TrainingNotice::NetworkLost { name } => (network_lost(name), NETWORK_LOST_DO.text()),
        TrainingNotice::ExportFailed { file, reason } => {
            let remedy = if is_unavailable(reason) { EXPORT_OFFLINE_DO } else { EXPORT_FAILED_DO };
            (export_failed(file, &say(reason)), remedy.text())
        }
        TrainingNotice::NetworkStorage { .. } => (NETWORK_STORAGE.into(), NETWORK_STORAGE_DO.text()),
        TrainingNotice::NoCheckpoint => (NO_CHECKPOINT.into(), NO_CHECKPOINT_DO.text()),
    }
}

/// Whether the program for ONNX models could not be fetched or started, so that it read nothing.
fn is_unavailable(reason: &Message) -> bool {
    reason.id() == "engine/onnx-unavailable"
}

/// A number without trailing zeros.
pub fn number(value: f64) -> String {
    localized(plain(value).as_str())
}

/// The same, machine-readable.
pub fn plain(value: f64) -> String {
    mien_core::number::plain(value, 9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tests::assert_distinct;

    #[test]
    fn presets_have_names_and_explanations() {
        assert_distinct(Preset::ALL.map(preset));
        assert_distinct(Preset::ALL.map(preset_text));
    }

    #[test]
    fn images_to_train_and_to_validate_on_are_counted() {
        assert!(images(1, 0).starts_with("1 Training image;") && images(0, 0).starts_with("0 Training images;"));
        assert_eq!(images(2_000, 1), "2,000 Training images to train on, 1 PublicTest image to validate on.");
        assert!(missing(&[Expression::Fear, Expression::Sad]).contains("fear, sad"));
    }

    #[test]
    fn an_unfinished_run_says_where_it_is_and_what_it_needs() {
        let run = |set: &str, epoch, held| StoredRun { set: set.into(), epoch, epochs: 5, bytes: 2_000_000, held };
        assert!(unfinished(&run("faces.csv", 2, false)).starts_with("2 of 5 epochs on “faces.csv” finished."));
        assert!(unfinished(&run("faces.csv", 2, false)).contains("stored on this device"));
        assert!(unfinished(&run("faces.csv", 2, true)).contains("only in the memory of this page"));
        assert!(unfinished(&run("faces.csv", 5, false)).starts_with("All 5 epochs on “faces.csv” are finished"));
        let one = StoredRun { epochs: 1, ..run("faces.csv", 1, false) };
        assert!(unfinished(&one).starts_with("The only epoch on “faces.csv” is finished"));
        assert!(unfinished(&run("", 2, false)).starts_with("A run from a file (2.0 MB): 2 of 5 epochs"));
        assert!(needs(&run("faces.csv", 2, false)).contains("faces.csv") && !needs(&run("", 2, false)).contains('“'));
    }

    #[test]
    fn a_missing_program_is_not_blamed_on_the_file() {
        let missing = || Message::new("engine/onnx-unavailable", [], "no program".into());
        let refused = || Message::new("onnx/not-onnx", [], "no model".into());
        for (reason, is_missing) in [(missing(), true), (refused(), false)] {
            let words = reason.english().to_owned();
            let (what, remedy) =
                notice(&TrainingNotice::WeightsRefused { name: "a.onnx".into(), reason: reason.clone() });
            assert!(what.contains("a.onnx") && what.ends_with(&format!(". {}.", sentence(&words))), "{what}");
            assert_eq!(remedy.contains("Choose a weights file"), !is_missing, "{remedy}");
            let (what, remedy) = notice(&TrainingNotice::ExportFailed { file: "b.onnx".into(), reason });
            assert!(what.contains("b.onnx") && what.contains(&words), "{what}");
            assert_eq!(remedy.contains("connection"), is_missing, "{remedy}");
        }
    }

    #[test]
    fn numbers_have_no_needless_zeros() {
        assert_eq!(
            [0.0, 1.0, 0.1, 0.0005, 1e-9, 123_456.5].map(number),
            ["0", "1", "0.1", "0.0005", "0.000000001", "123456.5"]
        );
        assert_eq!(plain(f64::NAN), "NaN");
        assert!(!number(f64::INFINITY).is_empty());
    }
}
