//! Texts of the Dataset page.

use super::{expression, inline};
use crate::format::{bytes, clock, fixed};
use crate::language::Text;
use crate::state::{Burst, Loading, SplitRule};
use mien_core::dataset::{GroupFault, Imbalance, Location, Rejection, Remark, Split};
use mien_core::expression::Expression;
use mien_protocol::{SetSummary, StoredSet};

pub use crate::language::messages::dataset::*;

pub const FORMS: [(Text, Text); 2] = [(FORM_CSV, FORM_CSV_TEXT), (FORM_FOLDERS, FORM_FOLDERS_TEXT)];

/// How far the loading is: rows, rate, time left.
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

/// A loaded set, for who does not see it.
pub fn loaded(set: &SetSummary) -> String {
    set_loaded(&set.name, &summary(set))
}

/// A set among others, of which two may have the same name.
pub fn choice(set: &SetSummary) -> String {
    format!("{} ({})", set.name, images(set.len()))
}

/// A set in a few words.
pub fn summary(set: &SetSummary) -> String {
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

/// What a split is for.
pub const fn split_use(split: Split) -> Text {
    match split {
        Split::Training => SPLIT_USE_TRAINING,
        Split::PublicTest => SPLIT_USE_PUBLIC_TEST,
        Split::PrivateTest => SPLIT_USE_PRIVATE_TEST,
    }
}

/// The imbalance, in words.
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

/// How many images fit.
pub fn shown(shown: usize, all: usize) -> String {
    if shown == all { images(all) } else { of(shown, all) }
}

/// An image, in a few words.
pub fn image(row: u32, class: Option<Expression>, split: Option<Split>) -> String {
    let class = class.map(inline);
    image_row(row, class.as_deref().unwrap_or_default(), split.map_or("", Split::name))
}

/// An image of a set, in a few words.
pub fn image_of(set: &SetSummary, sample: u32) -> String {
    image(row(set, sample), set.label(sample as usize), set.split(sample as usize))
}

/// The number of an image's row: the first below the header is 1.
pub fn row(set: &SetSummary, sample: u32) -> u32 {
    set.rows.get(sample as usize).map_or(0, |row| row + 1)
}

/// Where an image is in the order shown.
pub fn place(place: usize, all: usize) -> String {
    of(place + 1, all)
}

/// What the duplicates amount to.
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

/// What training does about all of these.
pub fn left_out(count: usize) -> String {
    if count == 0 { TRAINING_SKIPS_NONE.into() } else { training_skips_some(count) }
}

/// How many were left out, and how many of them are listed.
pub fn rejected(count: usize, listed: usize) -> String {
    if listed < count { rejected_first(count, listed) } else { rejected_all(count) }
}

/// Where something was left out.
pub fn rejected_place(place: &Location) -> String {
    match place {
        Location::Row(line) => line.to_string(),
        Location::Path(path) => path.clone(),
    }
}

/// A reason, by its short name.
pub fn reason(kind: &str) -> &str {
    match kind {
        "empty-row" => REASON_EMPTY_ROW,
        "long-row" => REASON_LONG_ROW,
        "nul-byte" => REASON_NUL_BYTE,
        "open-quote" => REASON_OPEN_QUOTE,
        "field-count" => REASON_FIELD_COUNT,
        "label" => REASON_LABEL,
        "pixel-count" => REASON_PIXEL_COUNT,
        "pixel" => REASON_PIXEL,
        "split" => REASON_SPLIT,
        "class" => REASON_CLASS,
        "image-file" => REASON_IMAGE_FILE,
        "image-size" => REASON_IMAGE_SIZE,
        "image" => REASON_IMAGE,
        "archive" => REASON_ARCHIVE,
        other => return other,
    }
    .text()
}

/// Something about the file that is good to know.
pub fn remark(remark: &Remark) -> String {
    match remark {
        Remark::NoSplit(count) => remark_no_split(*count),
        Remark::GroupDropped { name, fault } => remark_group_dropped(name, fault_of(*fault)),
        Remark::Entry(name) => remark_entry(name),
        Remark::PassedOver(count) => remark_skipped(*count),
    }
}

/// Why a column is not kept.
const fn fault_of(fault: GroupFault) -> Text {
    match fault {
        GroupFault::Columns => GROUP_COLUMNS,
        GroupFault::Name => GROUP_NAME,
        GroupFault::Values => GROUP_VALUES,
        GroupFault::Text => GROUP_TEXT,
    }
}

/// Words of an error as a sentence.
pub fn sentence(reason: &str) -> String {
    let mut sentence = reason.to_owned();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}

/// Why a row or an image was left out.
pub fn rejection(rejection: &Rejection) -> String {
    match rejection {
        Rejection::Empty => REJECTION_EMPTY.into(),
        Rejection::Long => REJECTION_LONG.into(),
        Rejection::Nul(byte) => rejection_nul(*byte),
        Rejection::Quote => REJECTION_QUOTE.into(),
        Rejection::Fields { got, needed } => rejection_fields(*got, *needed),
        Rejection::Label(label) => rejection_label(label),
        Rejection::PixelCount(count) => rejection_pixel_count(*count),
        Rejection::Pixel { position, text } => rejection_pixel(*position, text),
        Rejection::Split(split) => rejection_split(split),
        Rejection::Class => REJECTION_CLASS.into(),
        Rejection::ImageFile(most) => rejection_image_file(*most as usize),
        Rejection::ImageSize { width, height, most } => rejection_image_size(*width, *height, *most),
        Rejection::Image(detail) => rejection_image(detail),
        Rejection::Entry(detail) => rejection_archive(detail),
    }
}

/// The set that is kept.
pub fn saved_set_facts(saved: &StoredSet) -> String {
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

/// The last burst, on the button that removes it.
pub fn undo(burst: Burst) -> String {
    undo_capture(burst.count, inline(burst.label))
}
