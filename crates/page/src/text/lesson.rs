//! Texts of the lesson.

use super::{NO_FACE_HINT, inline};
use crate::format::{fixed, grouped, percent};
use crate::language::{Text, messages};
use crate::state::{Lesson, LessonFailure};
use mien_core::explanation::StageMaps;
use mien_core::expression::Distribution;

pub use messages::lesson::*;

/// What a step is called, what it is about, and what to discuss at its end.
pub struct StepTexts {
    pub title: Text,
    pub about: Text,
    pub questions: [Text; 2],
}

pub const STEP: [StepTexts; Lesson::STEPS] = [
    StepTexts { title: INPUT, about: INPUT_ABOUT, questions: [INPUT_FIRST, INPUT_SECOND] },
    StepTexts { title: LAYERS, about: LAYERS_ABOUT, questions: [LAYERS_FIRST, LAYERS_SECOND] },
    StepTexts { title: CONFIDENCE, about: CONFIDENCE_ABOUT, questions: [CONFIDENCE_FIRST, CONFIDENCE_SECOND] },
    StepTexts { title: FAILURES, about: FAILURES_ABOUT, questions: [FAILURES_FIRST, FAILURES_SECOND] },
    StepTexts { title: LIMITS, about: LIMITS_ABOUT, questions: [LIMITS_FIRST, LIMITS_SECOND] },
];

/// Cases to think about, with answers.
pub const CASE: [(Text, Text); 5] = [
    (CASE_SCHOOL, ANSWER_SCHOOL),
    (CASE_SHOP, ANSWER_SHOP),
    (CASE_COMPANY, ANSWER_COMPANY),
    (CASE_FILM, ANSWER_FILM),
    (CASE_SELF, ANSWER_SELF),
];

/// Pictures that are no faces.
pub const ODD_NAMES: [Text; 3] = [NON_FACE_NOISE, NON_FACE_GREY, NON_FACE_STRIPES];

/// Why a photo was not taken: what, and what to do.
pub fn failure(failure: &LessonFailure) -> (String, Text) {
    match failure {
        LessonFailure::NoFace(name) => (no_face(&**name), NO_FACE_HINT),
        LessonFailure::SampleMissing => (SAMPLE_MISSING.into(), SAMPLE_REMEDY),
    }
}

/// What normalising did.
pub fn normalised(mean: f32, deviation: f32) -> String {
    normalization_text(&fixed(f64::from(mean), 0), &fixed(f64::from(deviation), 0))
}

/// A stage in a line.
pub fn stage_maps(index: usize, of: &StageMaps) -> String {
    stage(index + 1, of.channels, of.side)
}

/// What the head sees.
pub fn gathered(count: u32) -> String {
    features_text(&grouped(count as usize))
}

/// Whether the face is named, and by which rule.
pub fn rule(reading: &Distribution, clear: bool) -> String {
    let [(first, most), (second, less), ..] = reading.ranked();
    let (points, share) = (fixed(f64::from((most - less) * 100.0), 0), percent(most));
    if clear {
        named(inline(first), &share, &points, inline(second))
    } else {
        unnamed(inline(first), &share, &points, inline(second))
    }
}

/// What the network says of something that is no face.
pub fn odd(reading: &Distribution) -> String {
    let (class, share) = reading.top();
    non_face_prediction(inline(class), &percent(share))
}

/// What covering changed.
pub fn difference(before: &Distribution, after: &Distribution) -> String {
    let ((was, share), (is, now)) = (before.top(), after.top());
    if was == is {
        still(inline(was), &percent(share), &percent(now))
    } else {
        changed(inline(was), &percent(share), inline(is), &percent(now))
    }
}

/// The crop, for those who do not see it.
pub const fn crop(damaged: bool) -> Text {
    if damaged { MODIFIED } else { BEFORE }
}
