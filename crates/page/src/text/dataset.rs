//! Texts of the Dataset page.

use super::{expression, inline};
use crate::format::{bytes, clock, fixed};
use crate::language::{Text, say};
use crate::state::{Burst, Loading, OwnClass, SplitRule, Unanswered};
use mien_core::dataset::{ClassOf, GroupFault, Imbalance, LabelOrder, LoadNote, Location, Rejection, Split};
use mien_core::expression::Expression;
use mien_protocol::{DatasetSummary, SavedDataset, ToMessage as _};

pub use crate::language::messages::dataset::*;

pub const FORMS: [(Text, Text); 3] =
    [(FORM_CSV, FORM_CSV_TEXT), (FORM_FOLDERS, FORM_FOLDERS_TEXT), (FORM_COLUMNS, FORM_COLUMNS_TEXT)];

/// The progress of loading: rows, rate, remaining time.
pub fn progress(loading: &Loading) -> String {
    let mut parts = vec![images(loading.accepted as usize)];
    if loading.rejected > 0 {
        parts.push(rejected_count(loading.rejected as usize));
    }
    if let Some(rate) = loading.rate() {
        parts.push(megabytes_per_second(&fixed(rate, u32::from(rate < 10.0))));
    }
    if let Some(left) = loading.left() {
        parts.push(time_left(&clock(left + 0.5)));
    }
    parts.join(" · ")
}

/// The announcement that a dataset was loaded, for screen readers.
pub fn loaded(set: &DatasetSummary) -> String {
    set_loaded(&set.name, &summary(set))
}

/// The name of a dataset in a menu, distinguishable from others with the same name.
pub fn choice(set: &DatasetSummary) -> String {
    format!("{} ({})", set.name, images(set.len()))
}

/// A short summary of a dataset.
pub fn summary(set: &DatasetSummary) -> String {
    let rejected = set.rejections.count();
    let mut parts = vec![if set.is_empty() { NO_IMAGE_YET.into() } else { images(set.len()) }];
    if rejected > 0 {
        parts.push(rejected_count(rejected));
    }
    if set.seconds >= 0.05 {
        parts.push(read_in(&fixed(set.seconds, 1)));
    }
    parts.join(", ")
}

/// The purpose of a split.
pub const fn split_use(split: Split) -> Text {
    match split {
        Split::Training => SPLIT_USE_TRAINING,
        Split::PublicTest => SPLIT_USE_PUBLIC_TEST,
        Split::PrivateTest => SPLIT_USE_PRIVATE_TEST,
    }
}

/// The class imbalance as a sentence.
pub fn imbalance(imbalance: Option<Imbalance>, split: Option<Split>) -> String {
    let Some(imbalance) = imbalance else { return String::new() };
    let (largest, smallest) = (expression(imbalance.largest), inline(imbalance.smallest));
    let place = split.map_or_else(|| IN_THIS_SET.into(), |split| in_split(split.name()));
    match imbalance.ratio {
        None => imbalance_missing(smallest, &place),
        Some(ratio) if ratio < 1.25 => imbalance_none(&place),
        Some(ratio) => imbalance_ratio(largest, smallest, &fixed(ratio, 1), &place),
    }
}

/// The number of matching images.
pub fn shown(shown: usize, all: usize) -> String {
    if shown == all { images(all) } else { of(shown, all) }
}

/// A short description of an image.
pub fn image(row: u32, class: Option<Expression>, split: Option<Split>) -> String {
    let class = class.map(inline);
    image_row(row, class.as_deref().unwrap_or_default(), split.map_or("", Split::name))
}

/// A short description of an image of a dataset.
pub fn image_of(set: &DatasetSummary, sample: u32) -> String {
    image(row(set, sample), set.label(sample as usize), set.split(sample as usize))
}

/// The number of an image's row: the first below the header is 1.
pub fn row(set: &DatasetSummary, sample: u32) -> u32 {
    set.rows.get(sample as usize).map_or(0, |row| row + 1)
}

/// The position of an image among the shown ones.
pub fn position(index: usize, all: usize) -> String {
    of(index + 1, all)
}

/// A summary of the duplicates.
pub fn duplicates(groups: usize, extra: usize, across: usize, conflicts: usize) -> Vec<String> {
    let mut said = vec![duplicates_found(groups, extra)];
    if across > 0 {
        said.push(duplicates_across(across));
    }
    if conflicts > 0 {
        said.push(duplicates_conflict(conflicts));
    }
    said
}

/// How training treats these images.
pub fn excluded(count: usize) -> String {
    if count == 0 { TRAINING_SKIPS_NONE.into() } else { training_skips_some(count) }
}

/// How many rows or images were skipped, and how many of them are listed.
pub fn rejected(count: usize, listed: usize) -> String {
    if listed < count { rejected_first(count, listed) } else { rejected_all(count) }
}

/// The location of a skipped row or image.
pub fn rejected_location(location: &Location) -> String {
    match location {
        Location::Row(line) => line.to_string(),
        Location::Path(path) => path.clone(),
    }
}

/// A reason, by its short name.
pub fn reason(kind: &str) -> &str {
    match kind {
        "empty-row" => REASON_EMPTY_ROW,
        "long-row" => REASON_LONG_ROW,
        "text-end" => REASON_TEXT_END,
        "nul-byte" => REASON_NUL_BYTE,
        "open-quote" => REASON_OPEN_QUOTE,
        "field-count" => REASON_FIELD_COUNT,
        "label" => REASON_LABEL,
        "pixel-count" => REASON_PIXEL_COUNT,
        "pixel" => REASON_PIXEL,
        "split" => REASON_SPLIT,
        "class" => REASON_CLASS,
        "ambiguous-path" => REASON_AMBIGUOUS_PATH,
        "contradiction" => REASON_CONTRADICTION,
        "region" => REASON_REGION,
        "image-file" => REASON_IMAGE_FILE,
        "image-size" => REASON_IMAGE_SIZE,
        "no-image" => REASON_NO_IMAGE,
        "image-format" => REASON_IMAGE_FORMAT,
        "image-end" => REASON_IMAGE_END,
        "image" => REASON_IMAGE,
        "image-values" => REASON_IMAGE_VALUES,
        "file" => REASON_FILE,
        "no-face" => REASON_NO_FACE,
        "several-faces" => REASON_SEVERAL_FACES,
        "archive" => REASON_ARCHIVE,
        "missing-image" => REASON_MISSING_IMAGE,
        "image-path" => REASON_IMAGE_PATH,
        "missing-label" => REASON_MISSING_LABEL,
        "empty-file" => REASON_EMPTY_FILE,
        "git-lfs" => REASON_GIT_LFS,
        other => return other,
    }
    .text()
}

/// A note about the file.
pub fn note(note: &LoadNote) -> String {
    match note {
        LoadNote::NoSplit(count) => note_no_split(*count),
        LoadNote::ColumnIgnored { name, fault } => note_group_dropped(name, fault_of(*fault)),
        LoadNote::ArchiveEntry(name) => note_entry(name),
        LoadNote::SkippedFiles(count) => note_skipped(*count),
        LoadNote::UnalignedPhotos(count) => note_unaligned(*count),
        LoadNote::SeemingPersons(count) => note_persons(*count),
        LoadNote::Cropped(report) if report.is_cropped => {
            note_faces(report.with_face(), report.pictures, report.without_face, report.several)
        }
        LoadNote::Cropped(report) => note_centre(report.pictures),
        LoadNote::LabelList { path, count } => note_list(path, *count),
        LoadNote::UnusedTable { path, reason } => note_unused_table(path, &say(reason)),
        LoadNote::LabelsFromFileNames(count) => note_file_names(*count),
        LoadNote::NumberedLabels { order, classes } => note_numbers(order_name(order.as_ref()), &class_list(classes)),
    }
}

/// The name of an order of the classes; without one, file names gave the class of each number.
fn order_name(order: Option<&LabelOrder>) -> &'static str {
    order.map_or_else(|| ORDER_FILE_NAMES.text(), order_title)
}

/// The name of an order of the classes.
pub fn order_title(order: &LabelOrder) -> &'static str {
    match order {
        LabelOrder::Alphabetical => ORDER_ALPHABETICAL.text(),
        LabelOrder::Own(_) => ORDER_OWN.text(),
        named => named.title(),
    }
}

/// The class of each number.
fn class_list(classes: &ClassOf) -> String {
    let pair = |(number, &class): (&u32, &Option<Expression>)| format!("{number} {}", class_or_none(class));
    classes.iter().map(pair).collect::<Vec<_>>().join(", ")
}

/// The class that a number means.
pub fn class_or_none(class: Option<Expression>) -> Text {
    class.map_or(NO_CLASS, inline)
}

/// What a number can mean in a custom order.
pub fn own_class(class: OwnClass) -> Text {
    match class {
        OwnClass::Open => LABELS_CHOOSE,
        OwnClass::Class(class) => inline(class),
        OwnClass::LeftOut => LABELS_LEAVE_OUT,
    }
}

/// What is missing before a dataset with integer labels can be loaded; empty if nothing is.
pub fn unanswered(what: Option<Unanswered>) -> String {
    match what {
        None => String::new(),
        Some(Unanswered::Order) => LABELS_NO_ORDER.into(),
        Some(Unanswered::Number(number)) => labels_open(number),
        Some(Unanswered::Twice(class)) => labels_twice(inline(class)),
    }
}

/// The text alternative of an example of a number: where it is in the file.
pub fn example(location: &Location) -> String {
    labels_example(&rejected_location(location))
}

/// Why a column was ignored.
const fn fault_of(fault: GroupFault) -> Text {
    match fault {
        GroupFault::Columns => GROUP_COLUMNS,
        GroupFault::Name => GROUP_NAME,
        GroupFault::Values => GROUP_VALUES,
        GroupFault::Text => GROUP_TEXT,
    }
}

/// An error message as a sentence.
pub fn sentence(reason: &str) -> String {
    let mut sentence = reason.to_owned();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}

/// Why a row or an image was skipped.
pub fn rejection(rejection: &Rejection) -> String {
    say(&rejection.message())
}

/// A short summary of the saved dataset.
pub fn saved_set_facts(saved: &SavedDataset) -> String {
    saved_set(&saved.name, saved.samples as usize, &bytes(saved.bytes))
}

/// A rule for the split of new images.
pub const fn split_rule(split_rule: SplitRule) -> Text {
    match split_rule {
        SplitRule::Alternating => SPLIT_RULE_ALTERNATING,
        SplitRule::Fixed(Split::Training) => SPLIT_RULE_TRAINING,
        SplitRule::Fixed(Split::PublicTest) => SPLIT_RULE_PUBLIC_TEST,
        SplitRule::Fixed(Split::PrivateTest) => SPLIT_RULE_PRIVATE_TEST,
    }
}

/// The label of the button that undoes the last burst.
pub fn undo(burst: Burst) -> String {
    undo_capture(burst.count, inline(burst.label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{happy, set};
    use crate::text::tests::assert_distinct;
    use mien_core::dataset::CropReport;

    fn loading() -> Loading {
        Loading {
            name: "faces.csv".into(),
            read: 50_000_000,
            length: 100_000_000,
            accepted: 1,
            rejected: 0,
            seconds: 2.0,
        }
    }

    #[test]
    fn loading_shows_rows_rate_and_time_left() {
        assert_eq!(progress(&loading()), "1 image · 25 MB/s · 0:02 left");
        let slow = Loading { read: 5_000_000, rejected: 3, ..loading() };
        assert_eq!(progress(&slow), "1 image · 3 skipped · 2.5 MB/s · 0:38 left");
        assert_eq!(progress(&Loading { seconds: 0.0, accepted: 2, ..loading() }), "2 images", "too early for a rate");
    }

    #[test]
    fn a_set_is_summed_up() {
        assert_eq!(summary(&happy(1, 0)), "No images yet");
        assert_eq!(summary(&DatasetSummary { seconds: 1.26, ..happy(1, 1234) }), "1,234 images, loaded in 1.3 s");
        assert_eq!(summary(&DatasetSummary { seconds: 0.04, ..happy(1, 1) }), "1 image");
        assert_eq!(choice(&happy(1, 1)), "set (1 image)");
        assert_eq!(loaded(&happy(1, 2)), "“set”: 2 images");
    }

    #[test]
    fn splits_and_rules_have_texts() {
        assert_distinct(Split::ALL.map(split_use));
        assert_distinct(SplitRule::ALL.map(split_rule));
    }

    #[test]
    fn imbalance_is_reported_from_a_quarter_more_on() {
        let of = |ratio, split| {
            imbalance(Some(Imbalance { largest: Expression::Happy, smallest: Expression::Disgust, ratio }), split)
        };
        assert_eq!(of(Some(1.2), None), "The classes are balanced in this dataset.");
        let uneven = of(Some(16.5), Some(Split::Training));
        assert!(
            uneven.starts_with("Class imbalance in Training: Happy is 16.5 times as frequent as disgust."),
            "{uneven}"
        );
        assert!(of(None, None).starts_with("No image is labelled disgust in this dataset"), "{}", of(None, None));
        assert_eq!(imbalance(None, None), "");
    }

    #[test]
    fn images_are_named_by_row_class_and_split() {
        let mut set = set(1, "set", &[(Expression::Sad, Split::PublicTest)]);
        set.rows = vec![41];
        assert_eq!(image_of(&set, 0), "row 42, sad, PublicTest");
        assert_eq!((row(&set, 0), row(&set, 9)), (42, 0), "there is no such sample");
        assert_eq!(
            (position(0, 1234), shown(3, 10), shown(10, 10)),
            ("1 of 1,234".into(), "3 of 10".into(), "10 images".into())
        );
    }

    #[test]
    fn duplicates_are_described_with_their_problems() {
        assert_eq!(duplicates(1, 1, 0, 0), ["1 image is duplicated: 1 redundant copy."]);
        let all = duplicates(2, 3, 1, 2);
        assert!(
            all[1].starts_with("1 image is in more than one split") && all[2].starts_with("2 images have conflicting")
        );
        assert_eq!(all.len(), 3);
        assert!(excluded(0).contains("all") && excluded(1).contains("1 image:"));
        assert!(rejected(5, 5).ends_with("skipped:") && rejected(500, 100).ends_with("The first 100 are:"));
    }

    #[test]
    fn every_rejection_has_a_reason_and_a_detail() {
        let all = [
            Rejection::Empty,
            Rejection::Long,
            Rejection::TextEnd,
            Rejection::Nul(7),
            Rejection::Quote,
            Rejection::Fields { got: 1, needed: 3 },
            Rejection::Label("9".into()),
            Rejection::PixelCount(1),
            Rejection::Pixel { position: 3, text: "x".into() },
            Rejection::Split("Test".into()),
            Rejection::Class,
            Rejection::AmbiguousPath,
            Rejection::Contradiction,
            Rejection::Region,
            Rejection::ImageFile(32),
            Rejection::ImageSize { width: 9, height: 8, most: 7 },
            Rejection::NoImage,
            Rejection::ImageFormat("HEIC".into()),
            Rejection::ImageEnd,
            Rejection::Image("no header".into()),
            Rejection::ImageValues { least: "-3".into(), most: "4000".into() },
            Rejection::File("gone".into()),
            Rejection::NoFace,
            Rejection::SeveralFaces(2),
            Rejection::Entry("cut off".into()),
            Rejection::MissingImage,
            Rejection::ImagePath("a.png".into()),
            Rejection::MissingLabel,
            Rejection::EmptyFile,
            Rejection::GitLfs,
        ];
        let mut said = std::collections::BTreeSet::new();
        for each in &all {
            assert_ne!(reason(each.kind()), each.kind(), "{each:?} has a text");
            assert!(said.insert(rejection(each)) && said.insert(reason(each.kind()).to_owned()), "{each:?}");
        }
        assert_eq!(reason("of another version"), "of another version");
        assert_eq!(rejected_location(&Location::Row(2)), "2");
        assert_eq!(rejected_location(&Location::Path("a/b.png".into())), "a/b.png");
    }

    #[test]
    fn notes_name_what_they_are_about() {
        assert_distinct([GroupFault::Columns, GroupFault::Name, GroupFault::Values, GroupFault::Text].map(fault_of));
        let dropped = LoadNote::ColumnIgnored { name: "id".into(), fault: GroupFault::Values };
        assert!(note(&dropped).contains("“id”") && note(&LoadNote::ArchiveEntry("a.csv".into())).contains("“a.csv”"));
        assert!(
            note(&LoadNote::NoSplit(1)).contains("1 sample is") && note(&LoadNote::SkippedFiles(2)).contains("2 files")
        );
        let list = LoadNote::LabelList { path: "labels.csv".into(), count: 1 };
        assert_eq!(note(&list), "Labels taken from “labels.csv”: 1 image.");
        assert_eq!(note(&LoadNote::LabelsFromFileNames(3)), "Labels taken from file names: 3 images.");
        let report = CropReport { is_cropped: true, pictures: 204, without_face: 6, several: 1 };
        assert_eq!(
            note(&LoadNote::Cropped(report)),
            "Faces were found and cropped in 198 of 204 images (6 without a face, 1 with several)."
        );
        let centre = LoadNote::Cropped(CropReport { pictures: 1, ..CropReport::default() });
        assert!(note(&centre).contains("1 image "), "{}", note(&centre));
        let classes = ClassOf::from([(1, Some(Expression::Surprise)), (7, None)]);
        let numbers = |order| note(&LoadNote::NumberedLabels { order, classes: classes.clone() });
        assert_eq!(
            numbers(Some(LabelOrder::RafDb)),
            "The labels are integers, interpreted in this order (RAF-DB): 1 surprise, 7 no class."
        );
        assert!(numbers(Some(LabelOrder::Alphabetical)).contains("(alphabetical)"));
        assert!(numbers(None).contains("(by file name)"));
    }

    #[test]
    fn the_missing_parts_of_an_order_are_named() {
        assert_distinct(OwnClass::all().map(own_class));
        assert_eq!(unanswered(None), "");
        assert_eq!(unanswered(Some(Unanswered::Number(7))), "Select a class for number 7, or leave it out.");
        assert!(unanswered(Some(Unanswered::Twice(Expression::Happy))).contains("happy"));
        assert_ne!(unanswered(Some(Unanswered::Order)), "");
        assert!(example(&Location::Path("3/a.png".into())).contains("3/a.png"));
    }

    #[test]
    fn sentences_begin_with_a_capital_whatever_they_begin_with() {
        assert_eq!(["it is empty", "", "é is odd", "9 rows"].map(sentence), ["It is empty", "", "é is odd", "9 rows"]);
    }

    #[test]
    fn saved_sets_and_bursts_are_counted() {
        let stored = SavedDataset { name: "mine".into(), samples: 1, bytes: 2_304, at: 0.0 };
        assert_eq!(saved_set_facts(&stored), "“mine”: 1 image, 2.3 kB");
        assert_eq!(undo(Burst { set: 1, label: Expression::Fear, count: 8 }), "Undo capture: 8 × fear");
    }
}
