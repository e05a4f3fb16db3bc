//! Texts of maps over faces.

use super::{face as face_name, inline, time};
use crate::format::{clock, fixed, grouped, percent};
use crate::language::Text;
use crate::state::{Explanations, FaceExplanation, FeatureNeighbours};
use mien_core::explanation::{Method, Part};

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

/// Where a part of a face is, within a sentence.
const fn part(part: Part) -> Text {
    match part {
        Part::Forehead => PART_FOREHEAD,
        Part::Eyes => PART_EYES,
        Part::Nose => PART_NOSE,
        Part::Cheeks => PART_CHEEKS,
        Part::Mouth => PART_MOUTH,
        Part::Chin => PART_CHIN,
        Part::Edge => PART_EDGE,
    }
}

/// What a map shows, in words.
fn map(mapped: &FaceExplanation, method: Option<Method>) -> String {
    let (class, share) = (inline(mapped.class), percent(mapped.reading.probability(mapped.class)));
    let words = match mapped.parts.as_slice() {
        [] => return map_nothing(class, &share),
        [(only, most)] => map_one(class, &share, part(*only), &percent(*most)),
        [(first, most), (second, less), ..] => {
            map_two(class, &share, part(*first), &percent(*most), part(*second), &percent(*less))
        }
    };
    if method == Some(Method::Occlusion) {
        return occluded(&words, &fixed(f64::from(mapped.peak * 100.0), 0));
    }
    words
}

/// What the map of one of several faces shows.
pub fn map_of(id: u32, alone: bool, mapped: &FaceExplanation, method: Option<Method>) -> String {
    let words = map(mapped, method);
    if alone { for_class(&words) } else { of_face(&face_name(id), &words) }
}

/// How long it took.
pub fn duration(found: &Explanations) -> String {
    computed_in(&time(found.time))
}

/// How far the search for like images is.
pub fn search(alike: &FeatureNeighbours, training: bool) -> String {
    let kind = if training { "training" } else { "" };
    let (done, total) = (grouped(alike.done as usize), grouped(alike.total as usize));
    if alike.done == alike.total {
        return similar_in_all(&total, kind);
    }
    if alike.over {
        return similar_in_some(&done, &total, kind);
    }
    let words = similar_so_far(&done, &total, kind);
    match alike.pace {
        (seconds, looked) if looked > 0 && seconds > 1.0 => {
            let left = f64::from(alike.total.saturating_sub(alike.done)) * seconds / f64::from(looked);
            similar_time_left(&words, &clock(left))
        }
        _ => words,
    }
}
