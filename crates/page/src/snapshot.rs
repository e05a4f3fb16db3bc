//! Renders the current picture with its overlay as one image.

use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlCanvasElement, HtmlVideoElement, OffscreenCanvas, OffscreenCanvasRenderingContext2d};

use super::identity::Identity;
use super::state::RecognitionResult;
use super::text;
use mien_protocol::RecognizedFace;

/// What to draw.
#[derive(Clone, PartialEq)]
pub struct Snapshot {
    /// The pixels.
    pub source: PixelSource,
    /// The faces.
    pub result: Rc<RecognitionResult>,
    /// Whether the picture is shown mirrored.
    pub mirrored: bool,
}

/// The source of the pixels.
#[derive(Clone, PartialEq)]
pub enum PixelSource {
    /// A photo.
    Canvas(HtmlCanvasElement),
    /// A camera or video.
    Video(HtmlVideoElement),
}

/// Draws the picture with the overlay.
///
/// # Errors
/// The browser's error.
pub fn draw(snapshot: &Snapshot) -> Result<OffscreenCanvas, JsValue> {
    let (width, height) = (snapshot.result.width, snapshot.result.height);
    let canvas = OffscreenCanvas::new(width, height)?;
    let context: OffscreenCanvasRenderingContext2d =
        canvas.get_context("2d")?.ok_or(JsValue::UNDEFINED)?.unchecked_into();
    let (width, height) = (f64::from(width), f64::from(height));
    context.save();
    if snapshot.mirrored {
        context.translate(width, 0.0)?;
        context.scale(-1.0, 1.0)?;
    }
    match &snapshot.source {
        PixelSource::Canvas(source) => {
            context.draw_image_with_html_canvas_element_and_dw_and_dh(source, 0.0, 0.0, width, height)?;
        }
        PixelSource::Video(source) => {
            context.draw_image_with_html_video_element_and_dw_and_dh(source, 0.0, 0.0, width, height)?;
        }
    }
    context.restore();
    for face in &snapshot.result.faces {
        draw_face(&context, face, width, snapshot.mirrored)?;
    }
    Ok(canvas)
}

fn draw_face(
    context: &OffscreenCanvasRenderingContext2d,
    face: &RecognizedFace,
    width: f64,
    mirrored: bool,
) -> Result<(), JsValue> {
    // As thick as on a screen that is 800 pixels across.
    let unit = (width / 800.0).max(0.75);
    let bounds = face.bounds;
    let [mut x, y, box_width, box_height] = [bounds.x, bounds.y, bounds.width, bounds.height].map(f64::from);
    if mirrored {
        x = width - x - box_width;
    }
    let color = Identity::of(face.id).color();
    for (style, line) in [("rgb(0 0 0 / 0.6)", 5.0), (color, 2.5)] {
        context.set_stroke_style_str(style);
        context.set_line_width(line * unit);
        context.stroke_rect(x, y, box_width, box_height);
    }
    let label = format!("{}  {}", face.id, text::verdict(face));
    context.set_font(&format!("600 {}px system-ui, sans-serif", (16.0 * unit) as u32));
    let (padding, line_height) = (7.0 * unit, 26.0 * unit);
    let label_width = context.measure_text(&label)?.width() + 2.0 * padding;
    // Above the box where there is room, else inside it.
    let top = if y >= line_height { y - line_height } else { y };
    context.set_fill_style_str(color);
    context.fill_rect(x, top, label_width, line_height);
    context.set_fill_style_str("#15130e");
    context.set_text_baseline("middle");
    context.fill_text(&label, x + padding, top + line_height / 2.0)
}
