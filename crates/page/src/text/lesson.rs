//! Texts of the lesson.

use super::{NO_FACE_HINT, inline};
use crate::format::{fixed, percent};
use crate::language::{Text, messages};
use crate::state::{Lesson, LessonFailure};
use mien_core::explanation::StageMaps;
use mien_core::expression::Distribution;

pub use messages::lesson::*;

/// Title, introduction and discussion questions of a step.
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
    StepTexts { title: CURVES, about: CURVES_ABOUT, questions: [CURVES_FIRST, CURVES_SECOND] },
    StepTexts { title: LIMITS, about: LIMITS_ABOUT, questions: [LIMITS_FIRST, LIMITS_SECOND] },
];

/// Cases to discuss, with answers.
pub const CASE: [(Text, Text); 5] = [
    (CASE_SCHOOL, ANSWER_SCHOOL),
    (CASE_SHOP, ANSWER_SHOP),
    (CASE_COMPANY, ANSWER_COMPANY),
    (CASE_FILM, ANSWER_FILM),
    (CASE_SELF, ANSWER_SELF),
];

/// Names of the pictures without a face.
pub const ODD_NAMES: [Text; 3] = [NON_FACE_NOISE, NON_FACE_GREY, NON_FACE_STRIPES];

/// Why a photo could not be used, and what to do.
pub fn failure(failure: &LessonFailure) -> (String, Text) {
    match failure {
        LessonFailure::NoFace(name) => (no_face(&**name), NO_FACE_HINT),
        LessonFailure::SampleMissing => (SAMPLE_MISSING.into(), SAMPLE_REMEDY),
    }
}

/// The effect of normalization.
pub fn normalised(mean: f32, deviation: f32) -> String {
    normalization_text(&fixed(f64::from(mean), 0), &fixed(f64::from(deviation), 0))
}

/// A one-line description of a stage.
pub fn stage_maps(index: usize, of: &StageMaps) -> String {
    stage(index + 1, of.channels, of.side)
}

/// Whether the page names the class, and the rule for that.
pub fn rule(prediction: &Distribution, clear: bool) -> String {
    let [(first, most), (second, less), ..] = prediction.ranked();
    let (points, share) = (fixed(f64::from((most - less) * 100.0), 0), percent(most));
    if clear {
        named(inline(first), &share, &points, inline(second))
    } else {
        unnamed(inline(first), &share, &points, inline(second))
    }
}

/// The prediction for a picture without a face.
pub fn odd(prediction: &Distribution) -> String {
    let (class, share) = prediction.top();
    non_face_prediction(inline(class), &percent(share))
}

/// The effect of covering or corrupting the face.
pub fn difference(before: &Distribution, after: &Distribution) -> String {
    let ((was, share), (is, now)) = (before.top(), after.top());
    if was == is {
        still(inline(was), &percent(share), &percent(now))
    } else {
        changed(inline(was), &percent(share), inline(is), &percent(now))
    }
}

/// The text alternative of the crop.
pub const fn crop(damaged: bool) -> Text {
    if damaged { MODIFIED } else { BEFORE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::distribution;
    use crate::state::PhotoName;
    use crate::text::tests::assert_distinct;
    use mien_core::expression::Expression;

    #[test]
    fn every_step_has_texts_of_its_own() {
        assert_distinct(STEP.iter().map(|step| step.title));
        assert_distinct(STEP.iter().map(|step| step.about));
        assert_distinct(STEP.iter().flat_map(|step| step.questions));
        assert_distinct(CASE.iter().flat_map(|(case, answer)| [*case, *answer]));
        assert_distinct(ODD_NAMES);
    }

    #[test]
    fn a_photo_that_is_not_taken_is_named() {
        let (what, _) = failure(&LessonFailure::NoFace(PhotoName::from("wall.png".to_owned())));
        assert_eq!(what, "No face was detected in “wall.png”.");
        assert!(!failure(&LessonFailure::SampleMissing).1.is_empty());
    }

    #[test]
    fn the_rule_shows_the_lead_of_the_class() {
        let said = rule(&distribution(Expression::Happy, 0.7), true);
        assert!(said.contains("Here happy has 70%, 65 points ahead of angry. So the page names it."), "{said}");
        assert!(rule(&distribution(Expression::Happy, 0.2), false).ends_with("So the page says “not sure”."));
    }

    #[test]
    fn a_change_of_class_is_distinguished_from_one_of_probability() {
        let of = |class, probability| distribution(class, probability);
        let same = difference(&of(Expression::Happy, 0.9), &of(Expression::Happy, 0.6));
        assert_eq!(same, "Still happy: 90% before, 60% now.");
        let other = difference(&of(Expression::Happy, 0.9), &of(Expression::Sad, 0.6));
        assert_eq!(other, "Was happy (90%), now sad (60%).");
        assert_eq!(odd(&of(Expression::Fear, 0.5)), "“fear 50%”");
        assert_distinct([crop(true), crop(false)]);
        assert_eq!(normalised(127.6, 40.2).matches("128").count(), 1);
        assert!(features_text(1_024_u32).contains("1,024 numbers are"));
    }
}
