//! Texts about heatmaps.

use super::{face as face_name, inline, time};
use crate::format::{clock, fixed, grouped, percent};
use crate::language::{Text, say};
use crate::state::{Explanations, FaceExplanation, FeatureNeighbours};
use mien_core::explanation::{FaceRegion, Method};
use mien_protocol::Message;

pub use crate::language::messages::explain::*;

/// What a method shows.
pub const fn how(method: Method) -> Text {
    match method {
        Method::GradCam { .. } => HOW_GRAD_CAM,
        Method::Occlusion => HOW_OCCLUSION,
    }
}

/// A stage's name, counted from 0.
pub fn stage(stage: u32, stages: u32) -> String {
    match stage {
        0 => stage_first(1_u32),
        last if last + 1 == stages => stage_last(stages),
        _ => (stage + 1).to_string(),
    }
}

/// Why there is nothing, or that it is being computed.
pub fn wait_or_failure(wait: Text, failure: Option<&Message>) -> String {
    failure.map_or_else(|| wait.into(), |reason| not_possible(&say(reason)))
}

/// A region of a face, within a sentence.
const fn region(region: FaceRegion) -> Text {
    match region {
        FaceRegion::Forehead => PART_FOREHEAD,
        FaceRegion::Eyes => PART_EYES,
        FaceRegion::Nose => PART_NOSE,
        FaceRegion::Cheeks => PART_CHEEKS,
        FaceRegion::Mouth => PART_MOUTH,
        FaceRegion::Chin => PART_CHIN,
        FaceRegion::Surroundings => PART_EDGE,
    }
}

/// A description of a heatmap.
fn map(mapped: &FaceExplanation, method: Option<Method>) -> String {
    let (class, share) = (inline(mapped.class), percent(mapped.prediction.probability(mapped.class)));
    let words = match mapped.regions.as_slice() {
        [] => return map_nothing(class, &share),
        [(only, most)] => map_one(class, &share, region(*only), &percent(*most)),
        [(first, most), (second, less), ..] => {
            map_two(class, &share, region(*first), &percent(*most), region(*second), &percent(*less))
        }
    };
    if method == Some(Method::Occlusion) {
        return occluded(&words, &fixed(f64::from(mapped.peak * 100.0), 0));
    }
    words
}

/// A description of the heatmap of one of several faces.
pub fn map_of(id: u32, alone: bool, mapped: &FaceExplanation, method: Option<Method>) -> String {
    let words = map(mapped, method);
    if alone { for_class(&words) } else { of_face(&face_name(id), &words) }
}

/// The computation time.
pub fn duration(found: &Explanations) -> String {
    computed_in(&time(found.time))
}

/// The progress of the search for similar images.
pub fn search(found: &FeatureNeighbours, training: bool) -> String {
    let kind = if training { "training" } else { "" };
    let (done, total) = (grouped(found.done as usize), grouped(found.total as usize));
    if found.done == found.total {
        return similar_in_all(&total, kind);
    }
    if found.over {
        return similar_in_some(&done, &total, kind);
    }
    let words = similar_so_far(&done, &total, kind);
    match found.elapsed_and_searched {
        (seconds, searched) if searched > 0 && seconds > 1.0 => {
            let left = f64::from(found.total.saturating_sub(found.done)) * seconds / f64::from(searched);
            similar_time_left(&words, &clock(left))
        }
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::distribution;
    use crate::text::tests::assert_distinct;
    use mien_core::expression::Expression;
    use std::rc::Rc;

    fn explanation(regions: &[(FaceRegion, f32)]) -> FaceExplanation {
        let prediction = distribution(Expression::Happy, 0.9);
        FaceExplanation { prediction, class: Expression::Happy, map: None, peak: 0.25, regions: regions.to_vec() }
    }

    #[test]
    fn stages_are_numbered_from_one_and_the_ends_marked() {
        let all: Vec<String> = (0..4).map(|index| stage(index, 4)).collect();
        assert_eq!(all, ["1 (first)", "2", "3", "4 (last)"]);
        assert_eq!(stage(0, 1), "1 (first)");
    }

    #[test]
    fn heatmaps_name_the_two_strongest_parts() {
        assert_distinct(FaceRegion::ALL.map(region));
        let of = |regions: &[(FaceRegion, f32)]| map_of(2, true, &explanation(regions), None);
        assert_eq!(of(&[]), "For happy (90%): no area supports it.");
        assert_eq!(of(&[(FaceRegion::Mouth, 0.6)]), "For happy (90%): strongest at the mouth (60%).");
        let three = [(FaceRegion::Mouth, 0.6), (FaceRegion::Nose, 0.3), (FaceRegion::Chin, 0.1)];
        assert_eq!(of(&three), "For happy (90%): strongest at the mouth (60%), then at the nose (30%).");
        assert!(map_of(2, false, &explanation(&three), None).starts_with("Face 2, for happy"));
    }

    #[test]
    fn occlusion_shows_the_loss_of_probability() {
        let method = Some(Method::Occlusion);
        let said = map_of(1, true, &explanation(&[(FaceRegion::Eyes, 0.5)]), method);
        assert!(said.ends_with("Covering it lowers the probability by up to 25 points."), "{said}");
        assert!(!map_of(1, true, &explanation(&[]), method).contains("Covering"), "nothing supports it");
        assert_distinct([Method::Occlusion, Method::GradCam { stage: Some(1) }].map(how));
    }

    #[test]
    fn a_search_reports_its_progress() {
        let found = |done, total, elapsed_and_searched, over| FeatureNeighbours {
            samples: Rc::from([]),
            done,
            total,
            elapsed_and_searched,
            over,
        };
        let of = |done, total, progress, over| search(&found(done, total, progress, over), true);
        assert_eq!(of(2_000, 2_000, (9.0, 2_000), true), "Among all 2,000 Training images");
        assert_eq!(of(500, 2_000, (9.0, 500), true), "Among 500 of 2,000 Training images, chosen at random");
        assert_eq!(of(500, 2_000, (0.5, 500), false), "Among 500 of 2,000 Training images so far");
        assert!(of(500, 2_000, (10.0, 500), false).ends_with(", 0:30 left"));
        assert!(of(500, 2_000, (10.0, 0), false).ends_with("so far"), "none was searched since it went on");
        assert!(of(9, 3, (10.0, 9), false).ends_with("0:00 left"), "more than announced");
        assert!(!search(&found(1, 1, (0.0, 0), true), false).contains("Training"));
    }
}
