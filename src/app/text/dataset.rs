//! Words of the Dataset page.

use crate::app::format::{bytes, clock, fixed, grouped};
use crate::app::state::{Hold, Loading, Placing};
use crate::dataset::{Imbalance, Place, Split};
use crate::engine::protocol::{SetSummary, StoredSet};
use crate::expression::Expression;

pub const TITLE: &str = "Dataset";
pub const LEAD: &str = "Look through the labelled images that a network learns from and is measured on.";
pub const DROP_HERE: &str = "Drop a dataset to load it: a CSV, a zip, or a folder of images";

// Loading.
pub const CHOOSE_FILE: &str = "Choose file";
pub const CHOOSE_FILE_HINT: &str = "A CSV like FER2013's, plain or as .gz or .zip, or a zip of images in folders";
pub const CHOOSE_FOLDER: &str = "Choose folder";
pub const CHOOSE_FOLDER_HINT: &str = "A folder that holds a folder of images for each class";
pub const MAKE: &str = "Make a set by hand";
pub const MAKE_NAME: &str = "My faces";
pub const FORMS: [(&str, &str); 2] = [
    (
        "A CSV",
        "with the columns emotion (0 to 6), pixels (2,304 numbers from 0 to 255) and, if there are splits, Usage. Further columns, such as age, are kept to filter by. Packed as .gz or .zip it works as well.",
    ),
    ("Folders", "or a zip of them: train/happy/1.jpg, test/fear/2.png and so on. Images become 48 by 48 grey pixels."),
];
pub const DROP: &str =
    "You can also drop a file or a folder anywhere on this page. It is read on this device: no image ever leaves it.";
pub const WHERE_FROM: &str = "FER2013 itself is not part of this page: it comes from Kaggle's “Challenges in Representation Learning: Facial Expression Recognition Challenge”, where a free account can download fer2013.csv (about 300 MB).";
pub const KEPT_TITLE: &str = "Kept on this device";
pub const LOAD_KEPT: &str = "Load it";
pub const CANCEL: &str = "Cancel";
pub const PROGRESS: &str = "Loading of the dataset";
pub const FAILED_STAYS: &str = "What was loaded before is still there.";
pub const UNDO: &str = "Undo";

/// How far the loading is: rows, rate, time left.
pub fn progress(loading: &Loading) -> String {
    let mut parts = vec![format!("{} images", grouped(loading.accepted as usize))];
    if loading.rejected > 0 {
        parts.push(format!("{} left out", grouped(loading.rejected as usize)));
    }
    if let Some(rate) = loading.rate() {
        parts.push(format!("{} MB/s", fixed(rate, u32::from(rate < 10.0))));
    }
    if let Some(left) = loading.left() {
        parts.push(format!("{} left", clock(left + 0.5)));
    }
    parts.join(" · ")
}

/// What is being loaded.
pub fn loading(name: &str) -> String {
    format!("Loading “{name}”")
}

/// That a file was not loaded.
pub fn failed(name: &str) -> String {
    format!("“{name}” was not loaded.")
}

/// That a set was closed.
pub fn closed(name: &str) -> String {
    format!("“{name}” is closed.")
}

/// A loaded set, for who does not see it.
pub fn loaded(set: &SetSummary) -> String {
    format!("“{}”: {}", set.name, summary(set))
}

// The loaded sets.
pub const SETS: &str = "Loaded set";
pub const MORE: &str = "Load another";
pub const CLOSE: &str = "Close this set";
pub const EXPORT: &str = "Save as CSV";
pub const EXPORT_HINT: &str = "Write this set in the form of FER2013's CSV";

/// A set in a few words.
pub fn summary(set: &SetSummary) -> String {
    let rejected = set.rejections.count();
    let mut text = match set.len() {
        0 => "no image yet".to_owned(),
        1 => "1 image".to_owned(),
        samples => format!("{} images", grouped(samples)),
    };
    if rejected > 0 {
        text.push_str(&format!(", {} left out", grouped(rejected)));
    }
    if set.seconds > 0.0 {
        text.push_str(&format!(", read in {} s", fixed(set.seconds, 1)));
    }
    text
}

/// A remark about the file, as a sentence.
pub fn remark(remark: &str) -> String {
    let mut letters = remark.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What a split is for.
pub const fn split_use(split: Split) -> &'static str {
    match split {
        Split::Training => "to learn from",
        Split::PublicTest => "to check on while learning",
        Split::PrivateTest => "to measure on, once",
    }
}

// Counts.
pub const COUNTS: &str = "How many of each";
pub const CLASS: &str = "Class";
pub const ALL: &str = "All";
pub const TOGETHER: &str = "Together";
pub const SHOW_CLASS: &str = "Show these images";

/// The imbalance, in words.
pub fn imbalance(imbalance: Option<Imbalance>, split: Option<Split>) -> String {
    let Some(imbalance) = imbalance else { return String::new() };
    let (largest, smallest) = (imbalance.largest.name(), imbalance.smallest.name());
    let place = split.map_or("in this set", |split| match split {
        Split::Training => "in Training",
        Split::PublicTest => "in PublicTest",
        Split::PrivateTest => "in PrivateTest",
    });
    match imbalance.ratio {
        None => format!(
            "No image is labelled {smallest} {place}, so nothing about {smallest} can be learned or measured there."
        ),
        Some(ratio) if ratio < 1.25 => format!("All classes are about as frequent {place}."),
        Some(ratio) => format!(
            "{} is {} times as frequent as {smallest} {place}. A network that learns from it sees {smallest} rarely, and its accuracy says little about {smallest}.",
            remark(largest),
            fixed(ratio, 1)
        ),
    }
}

// Mean faces.
pub const MEANS: &str = "Mean face of each class";
pub const MEANS_HINT: &str =
    "All images of a class laid over each other: what they have in common remains, the rest blurs.";

/// A mean face, for who does not see it.
pub fn mean(class: Expression, count: usize) -> String {
    format!("Mean of {} images of {}", grouped(count), class.name())
}

// Images.
pub const IMAGES: &str = "Images";
pub const FILTER_CLASS: &str = "Class";
pub const FILTER_SPLIT: &str = "Split";
pub const FILTER_PREDICTED: &str = "Network says";
pub const FILTER_MISTAKEN: &str = "another class than the label";
pub const FILTER_ONLY: &str = "Only";
pub const FILTER_ANY: &str = "all";
pub const FILTER_DUPLICATES: &str = "duplicates";
pub const FILTER_FLAT: &str = "near-constant";
pub const FILTER_THESE: &str = "these copies";
pub const FILTER_ROW: &str = "Row";
pub const FILTER_CLEAR: &str = "Show all";
pub const BLANK: &str = "(blank)";
pub const GRID: &str = "Images of the set";
pub const NONE_FIT: &str = "No image fits.";
pub const LOOKING: &str = "Looking through the images …";

/// How many images fit.
pub fn shown(shown: usize, all: usize) -> String {
    if shown == all { format!("{} images", grouped(all)) } else { format!("{} of {}", grouped(shown), grouped(all)) }
}

/// An image, in a few words.
pub fn image(row: u32, class: Option<Expression>, split: Option<Split>) -> String {
    format!("row {row}, {}, {}", class.map_or("", Expression::name), split.map_or("", Split::name))
}

/// An image of a set, in a few words.
pub fn image_of(set: &SetSummary, sample: u32) -> String {
    image(row(set, sample), set.label(sample as usize), set.split(sample as usize))
}

/// The number of an image's row: the first below the header is 1.
pub fn row(set: &SetSummary, sample: u32) -> u32 {
    set.rows.get(sample as usize).map_or(0, |row| row + 1)
}

// One image.
pub const VIEWER_CLOSE: &str = "Close";
pub const VIEWER_BACK: &str = "Previous";
pub const VIEWER_NEXT: &str = "Next";
pub const VIEWER_ROW: &str = "Row";
pub const VIEWER_LABEL: &str = "Label";
pub const VIEWER_SPLIT: &str = "Split";
pub const VIEWER_PREDICTED: &str = "Network says";
pub const VIEWER_TWINS: &str = "The same image again";
pub const VIEWER_FLAT: &str = "Near-constant: this image shows nothing.";
pub const VIEWER_NEIGHBOURS: &str = "Most like it";
pub const VIEWER_NEIGHBOURS_HINT: &str =
    "By the correlation of light and dark, pixel by pixel: 1.00 is the same picture, whatever its brightness.";
pub const VIEWER_SEARCHING: &str = "Searching …";
pub const VIEWER_NONE: &str = "Nothing is like it.";
pub const VIEWER_REMOVE: &str = "Take out of the set";

/// Where an image is in the order shown.
pub fn place(place: usize, all: usize) -> String {
    format!("{} of {}", grouped(place + 1), grouped(all))
}

// Duplicates.
pub const DUPLICATES: &str = "Duplicates and empty images";
pub const NO_DUPLICATES: &str = "No image is there twice, byte for byte.";
pub const NO_FLAT: &str = "No image is near-constant.";
pub const SHOW: &str = "Show in the grid";
pub const CONFLICT: &str = "labels differ";
pub const ACROSS: &str = "across splits";

/// What the duplicates amount to.
pub fn duplicates(groups: usize, extra: usize, across: usize, conflicts: usize) -> Vec<String> {
    let mut said = vec![format!(
        "{} are there more than once: {} too many.",
        plural(groups, "image", "images"),
        plural(extra, "copy", "copies")
    )];
    if across > 0 {
        said.push(format!(
            "{} in more than one split. A network that learned such an image has seen the answer, so a measure on the other split flatters it.",
            plural_are(across)
        ));
    }
    if conflicts > 0 {
        said.push(format!(
            "{} under different labels: at least one of them is wrong, and no network can get all of them right.",
            plural_are(conflicts)
        ));
    }
    said
}

/// What near-constant images amount to.
pub fn flat(count: usize) -> String {
    format!(
        "{} of nearly one grey. Nothing can be learned from such an image, and what a network says of it is a guess.",
        plural_are(count)
    )
}

/// What training does about all of these.
pub fn left_out(count: usize) -> String {
    match count {
        0 => "Training leaves none of its images out.".to_owned(),
        _ => format!(
            "Training leaves {} out: those that are also in a test split, and those that show nothing.",
            plural(count, "image", "images")
        ),
    }
}

/// That a list goes on.
pub fn more(count: usize) -> String {
    format!("and {} more", grouped(count))
}

/// A group of the same image.
pub fn copies(count: usize) -> String {
    format!("{count} times")
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

fn plural_are(count: usize) -> String {
    if count == 1 { "1 image is".to_owned() } else { format!("{} images are", grouped(count)) }
}

// Rows left out.
pub const REJECTED: &str = "Left out";
pub const REJECTED_SAVE: &str = "Save details as CSV";
pub const REJECTED_PLACE: &str = "Line or file";
pub const REJECTED_COLUMN: &str = "Column";
pub const REJECTED_WHY: &str = "Why";
pub const REJECTED_LINE_HINT: &str = "Lines count as in an editor: the header is line 1.";

/// How many were left out, and how many of them are listed.
pub fn rejected(count: usize, listed: usize) -> String {
    let rows = plural(count, "row or image was", "rows or images were");
    if listed < count { format!("{rows} left out. The first {listed} are:") } else { format!("{rows} left out:") }
}

/// Where something was left out.
pub fn rejected_place(place: &Place) -> String {
    match place {
        Place::Row(line) => line.to_string(),
        Place::Path(path) => path.clone(),
    }
}

/// A reason, by its short name.
pub fn reason(kind: &str) -> &str {
    match kind {
        "empty-row" => "empty row",
        "long-row" => "far too long a row",
        "nul-byte" => "NUL byte",
        "open-quote" => "quotation mark not closed",
        "field-count" => "too few or too many fields",
        "label" => "label not 0 to 6",
        "pixel-count" => "not 2,304 pixels",
        "pixel" => "pixel not 0 to 255",
        "split" => "unknown split",
        "class" => "in no class's folder",
        "image-file" => "image file too large",
        "image-size" => "image too large",
        "image" => "no readable JPEG or PNG",
        "archive" => "archive damaged",
        other => other,
    }
}

// Splits.
pub const SPLITS: &str = "Own splits";
pub const SPLITS_HINT: &str = "Draws for each image anew which split it belongs to. Every class is divided by the same shares, copies of an image stay on one side, and the same number draws the same splits again.";
pub const SEED: &str = "Number to draw from";
pub const RESPLIT: &str = "Draw splits";
pub const RESTORE_SPLITS: &str = "Back to the file's own";
pub const RESPLIT_NOW: &str = "These splits were drawn here.";
pub const SHARES_WRONG: &str = "The shares must be whole numbers that come to 100 %.";

/// A share's field.
pub fn share(split: Split) -> String {
    format!("{} in %", split.name())
}

/// What the shares come to.
pub fn shares(sum: u32) -> String {
    format!("{sum} % in all")
}

// Keeping.
pub const KEEP: &str = "Keep on this device";
pub const KEEP_HINT: &str = "Nothing is kept unless you ask for it here. A kept set stays in this browser, for this page alone, until you delete it, and loads in a moment at your next visit.";
pub const KEEP_BUTTON: &str = "Keep this set";
pub const KEEP_INSTEAD: &str = "Keep this set in its place";
pub const KEEPING: &str = "Keeping";
pub const KEPT_NOTHING: &str = "Nothing is kept on this device.";
pub const FORGET: &str = "Delete it from this device";
pub const STORAGE_FAILED: &str = "This device's storage did not do it. What is loaded is still here.";
pub const STORAGE_REMEDY: &str =
    "Make room on the device, or leave the private window; saving the set as CSV always works.";

/// The set that is kept.
pub fn kept(kept: &StoredSet) -> String {
    format!("“{}”: {}, {}", kept.name, plural(kept.samples as usize, "image", "images"), bytes(kept.bytes))
}

// Making.
pub const HAND: &str = "Add images";
pub const HAND_HINT: &str = "Choose a class, then hold the button and make the face: about eight images a second, of the largest face in view, as the network would get it.";
pub const HAND_CLASS: &str = "Class to add to";
pub const HAND_PLACING: &str = "Put new images into";
pub const HAND_PLACING_HINT: &str = "Images of one press look almost alike. If some of them taught the network and others measured it, the measure would flatter, so a press stays together.";
pub const HAND_HOLD: &str = "Hold to capture";
pub const HAND_HOLDING: &str = "Capturing";
pub const HAND_CAMERA_FIRST: &str = "Start the camera to capture, or add photos.";
pub const HAND_NO_FACE: &str = "No face in view";
pub const HAND_PHOTOS: &str = "Add faces of photos";

/// The ways to place new images.
pub const fn placing(placing: Placing) -> &'static str {
    match placing {
        Placing::Turns => "Training, and every fifth press into PublicTest",
        Placing::All(Split::Training) => "Training",
        Placing::All(Split::PublicTest) => "PublicTest",
        Placing::All(Split::PrivateTest) => "PrivateTest",
    }
}

/// What the last press added, on the button that takes it back.
pub fn undo(hold: Hold) -> String {
    format!("Take back {} {}", hold.count, hold.label.name())
}

/// Photos whose faces are still to come.
pub fn waiting(count: usize) -> String {
    plural(count, "photo is", "photos are") + " being read"
}
