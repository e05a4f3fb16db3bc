//! Bounding boxes over the picture. Positions are in percent of the picture, so the overlay scales with it while line
//! widths and font sizes stay constant.

use yew::{Html, classes, html};

use crate::identity::Identity;
use crate::state::RecognitionResult;
use crate::text;
use mien_core::number::fixed;
use mien_protocol::RecognizedFace;

/// Width per character of a label, in hundredths of the root font size; the text is stretched to fit.
const LETTER: usize = 54;

/// Horizontal padding of a label, in the same unit.
const PADDING: usize = 50;

/// If a box is closer to the top edge than this fraction of the picture's height, its label is drawn inside the box.
const LABEL_ROOM: f32 = 0.08;

/// A bounding box with number and class for each face, in a picture that may be shown mirrored. Hidden from screen
/// readers: the same information is beside the picture as text.
pub fn overlay(result: &RecognitionResult, mirrored: bool) -> Html {
    let size = (result.width as f32, result.height as f32);
    html! {
        <svg class="overlay" aria-hidden="true" focusable="false">
            for face in result.faces.iter() {
                <g key={face.id} class={classes!("box", Identity::of(face.id).class(), (!face.clear).then_some("unsure"))}>
                    { marks(face, size, mirrored) }
                </g>
            }
        </svg>
    }
}

fn marks(face: &RecognizedFace, (width, height): (f32, f32), mirrored: bool) -> Html {
    let bounds = face.bounds;
    let left = if mirrored { width - bounds.x - bounds.width } else { bounds.x };
    let share = |value: f32, whole: f32| format!("{}%", fixed(f64::from(value / whole * 100.0), 2));
    let (x, y) = (share(left, width), share(bounds.y, height));
    let (box_width, box_height) = (share(bounds.width, width), share(bounds.height, height));
    let label = format!("{} {}", face.id, text::verdict(face));
    let letters = label.chars().count() * LETTER;
    let rem = |hundredths: usize| format!("{}rem", fixed(hundredths as f64 / 100.0, 2));
    let rise = if bounds.y / height < LABEL_ROOM { "0" } else { "-1.65rem" };
    html! {
        <>
            <rect class="box-halo" x={x.clone()} y={y.clone()} width={box_width.clone()} height={box_height.clone()} rx="6" />
            <rect class="box-line" x={x.clone()} y={y.clone()} width={box_width} height={box_height} rx="6" />
            <svg class="label" {x} {y}>
                <svg class="label" y={rise}>
                    <rect class="label-back" width={rem(letters + 2 * PADDING)} height="1.5rem" rx="5" />
                    <text x={rem(PADDING)} y="1.07rem" textLength={rem(letters)}>{ label }</text>
                </svg>
            </svg>
        </>
    }
}
