//! Words of the Training page.

pub mod knobs;
pub mod library;
pub mod run;

use crate::app::format::{bytes, grouped};
use crate::app::notice::TrainingNotice;
use crate::engine::protocol::StoredRun;
use crate::expression::Expression;
use crate::number::fixed;
use crate::training::Preset;

pub const TITLE: &str = "Training";
pub const LEAD: &str = "Watch a network learn from labelled faces, on this device. What it learns you can use at once on the Live page, measure, keep or hand on as a file.";

// Without a set.
pub const EMPTY_TITLE: &str = "First, a set of images";
pub const EMPTY_TEXT: &str = "Training needs images with labels: FER2013 as a file, or your own, made with the camera. Ten images a class are enough to try it.";
pub const EMPTY_LINK: &str = "Load or make a set";
pub const EMPTY_STEPS: [(&str, &str); 3] = [
    ("It guesses", "The network looks at a few images at a time and says which of the seven looks each one shows."),
    (
        "It is corrected",
        "Where the label says otherwise, its numbers are changed a little, so that it would be less wrong.",
    ),
    (
        "It is tested",
        "After each round through all images (an epoch) it is measured on images that it does not learn from.",
    ),
];

// What to train.
pub const SETUP: &str = "What to train";
pub const NEXT_SETUP: &str = "What to train next";
pub const SET: &str = "Learn from";
pub const SET_LINK: &str = "Other sets";
pub const PRESETS: &str = "How";
pub const FROM: &str = "Begin from";
pub const FROM_NETWORK: &str = "The network at work";
pub const FROM_NETWORK_TEXT: &str = "It knows faces already, so little is needed.";
pub const FROM_SCRATCH: &str = "Random numbers";
pub const FROM_SCRATCH_TEXT: &str = "It knows nothing yet: needs thousands of images and patience.";
pub const SCOPE: &str = "Which part learns";
pub const SCOPE_HEAD: &str = "The head alone";
pub const SCOPE_HEAD_TEXT: &str = "The last layer, which weighs what the others see. Seconds to minutes.";
pub const SCOPE_LAST: &str = "The last stages";
pub const SCOPE_LAST_TEXT: &str = "Also how it combines shapes. For a thousand images and more.";
pub const SCOPE_ALL: &str = "Everything";
pub const SCOPE_ALL_TEXT: &str = "Down to edges and spots. For ten thousand images and more, or from random numbers.";
pub const SCRATCH_HEAD: &str = "With random numbers below, a head alone learns next to nothing: choose “Everything”.";
pub const CHANGED: &str = "changed";
pub const BACK_TO_PRESET: &str = "Back to the preset";
pub const START: &str = "Train";
pub const STARTING: &str = "Getting ready";
pub const STARTING_HINT: &str = "Images are being prepared; this may take a while for a large set.";
pub const STORED_HINT: &str = "While it runs, its state is stored on this device after every epoch and pause, so that a closed tab or a crash loses nothing. It is deleted when you take over what was learned, end the run or discard it.";
pub const NOT_READY: &str = "Training can begin once the network is loaded.";
pub const WRONG: &str = "A setting is out of its range. Put it right under “More settings” first.";
pub const NO_TRAINING: &str = "This set has no Training images. Change its splits on the Dataset page.";
pub const MORE: &str = "More settings";
pub const VARY: &str = "How images are varied";
pub const SETTINGS_FILE: &str = "Settings as a file";
pub const SETTINGS_FILE_TEXT: &str = "The same file that “mien train --settings” reads on the command line.";
pub const SETTINGS_SAVE: &str = "Save settings";
pub const SETTINGS_LOAD: &str = "Load settings";
pub const SETTINGS_TOO_LARGE: &str = "it is larger than 1 MB, which no settings are";
pub const SETTINGS_UNREADABLE: &str = "it could not be read";

/// A preset's name.
pub const fn preset(preset: Preset) -> &'static str {
    match preset {
        Preset::Demo => "2-minute demo",
        Preset::FineTune => "Fine-tune",
        Preset::FromScratch => "From scratch",
    }
}

/// What a preset is for.
pub const fn preset_text(preset: Preset) -> &'static str {
    match preset {
        Preset::Demo => "The head learns from at most 1,400 images: to be seen in class, even without a GPU.",
        Preset::FineTune => "Makes the network better on your images, as far as their number carries. A good start.",
        Preset::FromScratch => "Everything is learned anew: minutes on a few hundred images, hours on all of FER2013.",
    }
}

pub const FAILED_REMEDY: &str = "Nothing was changed. Put that right, or choose other settings, and train again.";

/// That no run began, or nothing was taken over.
pub fn failed(reason: &str) -> String {
    format!("It did not work: {reason}.")
}

/// How many images a set has for learning and validating.
pub fn images(training: usize, validation: usize) -> String {
    match validation {
        0 => format!("{} Training images; a share of them is held out to validate on.", grouped(training)),
        _ => format!(
            "{} Training images to learn from, {} PublicTest images to validate on.",
            grouped(training),
            grouped(validation)
        ),
    }
}

/// That classes have no image.
pub fn missing(classes: &[Expression]) -> String {
    let names: Vec<&str> = classes.iter().map(|class| class.name()).collect();
    format!(
        "No Training image for: {}. Training works, but the network will hardly ever name what it never saw.",
        names.join(", ")
    )
}

// What was left unfinished.
pub const UNFINISHED: &str = "A run was left unfinished";
pub const UNFINISHED_GO: &str = "Go on";
pub const UNFINISHED_SAVE: &str = "Download it";
pub const UNFINISHED_DISCARD: &str = "Discard it";
pub const UNFINISHED_SURE: &str = "Discard it for good?";
pub const UNFINISHED_LINK: &str = "To the Dataset page";

/// What was left unfinished.
pub fn unfinished(run: &StoredRun) -> String {
    if run.epoch >= run.epochs {
        return format!(
            "All {} epochs on “{}” are over, but what was learned was not taken over; {} are stored on this device.",
            run.epochs,
            run.set,
            bytes(run.bytes)
        );
    }
    format!(
        "{} of {} epochs on “{}” are over; {} are stored on this device.",
        run.epoch,
        run.epochs,
        run.set,
        bytes(run.bytes)
    )
}

/// That the set of an unfinished run is to be loaded.
pub fn needs_set(name: &str) -> String {
    format!("To go on, load “{name}” again: images are not kept with a run.")
}

/// What happened to a file, and what to do.
pub fn notice(notice: &TrainingNotice) -> (String, &'static str) {
    match notice {
        TrainingNotice::SettingsRefused { name, reason } => (
            format!("“{name}” holds no settings: {reason}."),
            "Nothing was changed. Choose a JSON file that was saved here or written for “mien train”.",
        ),
        TrainingNotice::SettingsLoaded { name } => (format!("The settings are those of “{name}” now."), ""),
        TrainingNotice::WeightsRefused { name, reason } => (
            format!("“{name}” was not taken in: {reason}"),
            "Nothing was changed. Choose a weights file of this network that was saved here or by “mien”.",
        ),
        TrainingNotice::NetworkStorage { .. } => (
            "This device did not store the network.".to_owned(),
            "It stays usable until the tab closes. Save it to a file to keep it; private windows and full disks store nothing.",
        ),
        TrainingNotice::NoCheckpoint => {
            ("There is no run to save.".to_owned(), "A run can be saved once it has begun.")
        }
    }
}

/// A number without needless zeros.
pub fn number(value: f64) -> String {
    let text = fixed(value, 9);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!((number(0.0005), number(40.0), number(0.0)), ("0.0005".into(), "40".into(), "0".into()));
    }
}
