//! Step 1: what the network sees.

use yew::{Html, html};

use super::photo::photo;
use super::{grey, part};
use crate::components::explain::painting;
use crate::state::{Lesson, LessonFace};
use crate::text::lesson as text;
use mien_core::vision::CROP_SIDE;

/// The area of pixels shown as numbers (the eye on the left): first column, first row, width, height.
pub const EXCERPT: (usize, usize, usize, usize) = (11, 14, 8, 6);

/// From the photo to pixel values.
pub fn input(lesson: &Lesson, subject: &LessonFace) -> Html {
    let Some(face) = subject.face() else { return Html::default() };
    let (left, top, columns, rows) = EXCERPT;
    let at = |value: usize| value.to_string();
    html! {
        <div class="lesson-grid">
            {
                part(text::DETECTION, html! {
                    <>
                        { photo(subject) }
                        <p>{ text::DETECTION_TEXT }</p>
                    </>
                })
            }
            {
                part(text::ALIGNMENT, html! {
                    <>
                        <div class="mapped">
                            { grey(&face.crop, crate::text::crop(face.id)) }
                            <svg viewBox="0 0 48 48" aria-hidden="true" focusable="false">
                                <rect x={at(left)} y={at(top)} width={at(columns)} height={at(rows)} />
                            </svg>
                        </div>
                        <p>{ text::ALIGNMENT_TEXT }</p>
                    </>
                })
            }
            {
                part(text::PIXELS, html! {
                    <>
                        <table class="lesson-numbers" data-testid="lesson-numbers">
                            <tbody>
                                for row in face.crop.chunks(CROP_SIDE).skip(top).take(rows) {
                                    <tr>
                                        for byte in &row[left..left + columns] {
                                            <td>{ byte }</td>
                                        }
                                    </tr>
                                }
                            </tbody>
                        </table>
                        <p>{ text::PIXELS_TEXT }</p>
                    </>
                })
            }
            if let Some(layers) = &lesson.layers {
                {
                    part(text::NORMALIZATION, html! {
                        <>
                            { painting(&layers.normalized, None) }
                            <p>{ text::normalised(layers.mean, layers.deviation) }</p>
                        </>
                    })
                }
            }
        </div>
    }
}
