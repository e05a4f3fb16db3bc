//! The photo of the lesson with the detected face.

use yew::{Html, html};

use crate::state::LessonFace;
use crate::text::lesson as text;
use mien_core::number::fixed;
use mien_core::vision::Point;

/// The photo with the bounding box, landmarks and crop of the face.
pub fn photo(subject: &LessonFace) -> Html {
    let LessonFace { name, canvas, result } = subject;
    let Some(face) = subject.face() else { return Html::default() };
    let number = |value: f32| fixed(f64::from(value), 1);
    let point = |point: &Point| format!("{},{}", number(point.x), number(point.y));
    let square: Vec<String> = face.outline.iter().map(point).collect();
    let dot = number(face.bounds.width / 40.0);
    html! {
        <div class="lesson-photo" role="img" aria-label={text::photo(&**name)}>
            { Html::VRef(canvas.clone().into()) }
            <svg viewBox={format!("0 0 {} {}", result.width, result.height)} aria-hidden="true" focusable="false">
                <rect
                    x={number(face.bounds.x)}
                    y={number(face.bounds.y)}
                    width={number(face.bounds.width)}
                    height={number(face.bounds.height)}
                />
                <polygon points={square.join(" ")} />
                for place in face.landmarks {
                    <circle cx={number(place.x)} cy={number(place.y)} r={dot.clone()} />
                }
            </svg>
        </div>
    }
}
