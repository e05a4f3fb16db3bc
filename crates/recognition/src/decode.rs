//! Decodes raw outputs into faces: anchors, boxes and landmarks, and weighted non-maximum suppression as in MediaPipe.

use mien_core::vision::{Point, Rectangle};

use crate::face::Face;

/// Anchors per cell at stride 16 and 32.
pub const ANCHORS: [usize; 2] = [2, 6];

/// Values per anchor: bounding box (4) and six landmarks (12).
pub const VALUES: usize = 16;

/// Strides of the two outputs, in input pixels.
const STRIDES: [usize; 2] = [16, 32];

/// Detections with a higher overlap (IoU) are the same face.
const SAME_FACE: f32 = 0.3;

/// Decodes the raw outputs of an image ([`crate::DetectorNetwork::compute`]) into faces with a score of at least `threshold`, in
/// input pixels, without suppression. Outputs that are too short give no faces.
pub fn decode(raw: &[f32], width: usize, height: usize, threshold: f32) -> Vec<Face> {
    let mut faces = Vec::new();
    let mut rest = raw;
    for (stride, anchors) in STRIDES.into_iter().zip(ANCHORS) {
        let (columns, rows) = (width / stride, height / stride);
        let cells = columns * rows;
        let Some((scores, tail)) = rest.split_at_checked(anchors * cells) else { break };
        let Some((values, tail)) = tail.split_at_checked(anchors * VALUES * cells) else { break };
        rest = tail;
        for (index, &logit) in scores.iter().enumerate() {
            let score = sigmoid(logit);
            if score >= threshold {
                let (anchor, cell) = (index / cells, index % cells);
                let centre = Point::new(
                    (cell % columns) as f32 * stride as f32 + stride as f32 / 2.0,
                    (cell / columns) as f32 * stride as f32 + stride as f32 / 2.0,
                );
                let value = |number: usize| values[(anchor * VALUES + number) * cells + cell];
                let point = |first: usize| Point::new(centre.x + value(first), centre.y + value(first + 1));
                faces.push(Face {
                    bounds: Rectangle::centred(point(0), value(2), value(3)),
                    landmarks: [point(4), point(6), point(8), point(10), point(12), point(14)],
                    score,
                });
            }
        }
    }
    faces
}

/// A detection whose overlap with a better one exceeds this fraction of its own area is part of the same face, detected
/// at the wrong scale.
const PART: f32 = 0.5;

/// Merges overlapping detections of one pass: the mean of boxes and landmarks, weighted by score, with the best score.
pub fn suppress(mut faces: Vec<Face>) -> Vec<Face> {
    faces.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept = Vec::new();
    while let Some(&best) = faces.first() {
        let same = |face: &Face| *face == best || face.bounds.overlap(&best.bounds) > SAME_FACE;
        kept.push(merge(faces.iter().filter(|face| same(face)), best.score));
        faces.retain(|face| !same(face));
    }
    kept
}

/// Of detections at several scales, those that no better one overlaps. They are not averaged, since position and size are
/// inaccurate at the wrong scale.
pub fn best_of(mut faces: Vec<Face>) -> Vec<Face> {
    faces.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Face> = Vec::new();
    for face in faces {
        let covered =
            |better: &Face| face.bounds.overlap(&better.bounds) > SAME_FACE || is_part(&face.bounds, &better.bounds);
        if !kept.iter().any(covered) {
            kept.push(face);
        }
    }
    kept
}

fn is_part(one: &Rectangle, of: &Rectangle) -> bool {
    one.intersection(of).area() > PART * one.area().min(of.area())
}

fn merge<'a>(faces: impl Iterator<Item = &'a Face>, score: f32) -> Face {
    let (mut sum, mut bounds, mut landmarks) = (0.0, [0.0; 4], [Point::default(); 6]);
    for face in faces {
        let weight = face.score;
        sum += weight;
        let Rectangle { x, y, width, height } = face.bounds;
        for (total, value) in bounds.iter_mut().zip([x, y, width, height]) {
            *total += value * weight;
        }
        for (total, point) in landmarks.iter_mut().zip(face.landmarks) {
            total.x += point.x * weight;
            total.y += point.y * weight;
        }
    }
    let [x, y, width, height] = bounds.map(|value| value / sum);
    Face {
        bounds: Rectangle { x, y, width, height },
        landmarks: landmarks.map(|point| Point::new(point.x / sum, point.y / sum)),
        score,
    }
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit.clamp(-100.0, 100.0)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32, score: f32) -> Face {
        let bounds = Rectangle { x, y: 0.0, width: 10.0, height: 10.0 };
        Face { bounds, landmarks: [Point::new(x, 1.0); 6], score }
    }

    #[test]
    fn overlapping_faces_merge_by_score() {
        let kept = suppress(vec![face(0.0, 0.6), face(2.0, 0.9), face(100.0, 0.7)]);
        assert_eq!(kept.len(), 2);
        assert!((kept[0].bounds.x - 1.2).abs() < 1e-5); // (0·0.6 + 2·0.9) / 1.5
        assert_eq!(kept[0].score, 0.9);
        assert_eq!(kept[1].bounds.x, 100.0);
    }

    #[test]
    fn parts_of_a_better_face_are_dropped() {
        let mut large = face(0.0, 0.9);
        large.bounds = Rectangle { x: 0.0, y: 0.0, width: 100.0, height: 100.0 };
        let kept = best_of(vec![face(40.0, 0.7), large]);
        assert_eq!(kept, [large]);
    }

    #[test]
    fn a_planted_anchor_decodes() {
        let (width, height) = (64, 32);
        let cells = [(64 / 16) * (32 / 16), 2];
        let mut raw = vec![0.0; cells[0] * 2 * 17 + cells[1] * 6 * 17];
        raw[..cells[0] * 2].fill(-50.0);
        let second = cells[0] * 2 * 17;
        raw[second..second + cells[1] * 6].fill(-50.0);
        raw[cells[0] + 5] = 3.0; // second anchor, cell 5: column 1, row 1
        raw[cells[0] * 2 + (VALUES + 2) * cells[0] + 5] = 20.0; // its width
        let faces = decode(&raw, width, height, 0.5);
        assert_eq!(faces.len(), 1);
        assert_eq!(faces[0].bounds.centre(), Point::new(24.0, 24.0));
        assert_eq!(faces[0].bounds.width, 20.0);
        assert!((faces[0].score - 0.952_574).abs() < 1e-5);
    }

    #[test]
    fn damaged_output_gives_no_face() {
        assert!(decode(&[], 64, 32, 0.5).is_empty());
        assert!(suppress(Vec::new()).is_empty());
        assert!(decode(&[f32::NAN; 16 * 17 + 12 * 17], 64, 32, 0.5).is_empty());
    }
}
