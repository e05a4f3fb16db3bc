//! Texts of the lesson.

use super::{NO_FACE_HINT, inline};
use crate::format::{fixed, grouped, percent};
use crate::language::{Text, messages};
use crate::state::{Lesson, LessonTrouble};
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
    StepTexts { title: SEES, about: SEES_ABOUT, questions: [SEES_FIRST, SEES_SECOND] },
    StepTexts { title: LOOKS, about: LOOKS_ABOUT, questions: [LOOKS_FIRST, LOOKS_SECOND] },
    StepTexts { title: SURE, about: SURE_ABOUT, questions: [SURE_FIRST, SURE_SECOND] },
    StepTexts { title: FAILS, about: FAILS_ABOUT, questions: [FAILS_FIRST, FAILS_SECOND] },
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
pub const ODD_NAMES: [Text; 3] = [ODD_NOISE, ODD_GREY, ODD_STRIPES];

/// Why a photo was not taken: what, and what to do.
pub fn trouble(trouble: &LessonTrouble) -> (String, Text) {
    match trouble {
        LessonTrouble::NoFace(name) => (no_face(&**name), NO_FACE_HINT),
        LessonTrouble::SampleMissing => (SAMPLE_MISSING.into(), SAMPLE_REMEDY),
    }
}

/// What normalising did.
pub fn normalised(mean: f32, deviation: f32) -> String {
    light_text(&fixed(f64::from(mean), 0), &fixed(f64::from(deviation), 0))
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
    odd_said(inline(class), &percent(share))
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
    if damaged { DAMAGED } else { BEFORE }
}
