//! Picture files, bitmaps, canvases.

use gloo::file::ObjectUrl;
use gloo::utils::window;
use js_sys::{Array, ArrayBuffer, Promise, Uint8Array, Uint8ClampedArray};
use wasm_bindgen::{Clamped, JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement, ImageBitmap, ImageBitmapOptions, ImageData,
    MessageEvent,
};

use super::element::element;
use crate::notice::Notice;
use mien_browser::site;
use mien_core::explanation::Pixmap;
use mien_core::vision::CROP_SIDE;
use mien_protocol::MAX_PHOTO_SIDE;

/// Maximum number of pixels: decoded, they take 600 MB.
const MAX_PIXELS: f64 = 150e6;

/// The script that shrinks large pictures in a worker.
const SHRINK: &str = "shrink.js";

/// The length of a thumbnail's longer side, in pixels: twice the displayed size, for high-resolution screens.
const THUMBNAIL_SIDE: u32 = 160;

/// A decoded picture.
pub struct Decoded {
    /// Upright, with a longer side of at most [`MAX_PHOTO_SIDE`].
    pub bitmap: ImageBitmap,
    /// File pixels per bitmap pixel; at least 1.
    pub scale: f32,
    /// The file, if the engine is to check it: browsers also decode files that end early.
    pub unchecked: Option<Blob>,
    /// A notice about the picture, if any.
    pub notice: Option<Notice>,
}

/// Pixels of a picture file: a bitmap, and file pixels per bitmap pixel.
pub type Pixels = (ImageBitmap, f32);

/// Decodes a picture file in the browser, off the main thread; `None` if it cannot.
///
/// # Errors
/// A notice that the picture is too large.
pub async fn decode(blob: &Blob, name: &str) -> Result<Option<Pixels>, Notice> {
    let Some((width, height)) = size(blob).await else { return Ok(None) };
    let pixels = f64::from(width) * f64::from(height);
    if pixels > MAX_PIXELS {
        return Err(Notice::PictureLarge { name: name.to_owned(), megapixels: (pixels / 1e6) as u32 });
    }
    let Ok(bitmap) = bitmap(blob, width, height).await else { return Ok(None) };
    let scale = width as f32 / bitmap.width() as f32;
    Ok(Some((bitmap, scale)))
}

/// A bitmap of RGBA bytes in a `Uint8Array`, row by row.
///
/// # Errors
/// What the browser throws if the bytes do not match the width, or memory is exhausted.
pub async fn bitmap_of(bytes: &JsValue, width: u32) -> Result<ImageBitmap, JsValue> {
    let bytes: &Uint8Array = bytes.dyn_ref().ok_or(JsValue::UNDEFINED)?;
    let pixels = ImageData::new_with_js_u8_clamped_array(&Uint8ClampedArray::new(&bytes.buffer()), width)?;
    let promise = window().create_image_bitmap_with_image_data(&pixels)?;
    Ok(JsFuture::from(promise).await?.unchecked_into())
}

/// The first bytes of a file; `None` if it cannot be read.
pub async fn bytes(blob: &Blob, max: usize) -> Option<Vec<u8>> {
    let part = blob.slice_with_f64_and_f64(0.0, blob.size().min(max as f64)).ok()?;
    let buffer = JsFuture::from(part.array_buffer()).await.ok()?;
    Some(Uint8Array::new(buffer.unchecked_ref::<ArrayBuffer>()).to_vec())
}

/// Displayed width and height, without decoding the pixels; `None` if the browser does not recognize the picture.
async fn size(blob: &Blob) -> Option<(u32, u32)> {
    let image = HtmlImageElement::new().ok()?;
    let url = ObjectUrl::from(blob.clone());
    let loaded = Promise::new(&mut |loaded, failed| {
        image.set_onload(Some(&loaded));
        image.set_onerror(Some(&failed));
        image.set_src(&url);
    });
    JsFuture::from(loaded).await.ok()?;
    let size = (image.natural_width(), image.natural_height());
    (size.0 > 0 && size.1 > 0).then_some(size)
}

/// The pixels, rotated according to EXIF, which is the browsers' default.
async fn bitmap(blob: &Blob, width: u32, height: u32) -> Result<ImageBitmap, JsValue> {
    let promise = match shrunk(width, height, MAX_PHOTO_SIDE) {
        None => window().create_image_bitmap_with_blob(blob)?,
        Some((width, height)) => match shrink(blob, width, height).await {
            Ok(answer) => return answer.dyn_into(),
            // The worker did not start, so it must be done here.
            Err(_) => {
                let options = ImageBitmapOptions::new();
                options.set_resize_width(width);
                options.set_resize_height(height);
                window().create_image_bitmap_with_blob_and_image_bitmap_options(blob, &options)?
            }
        },
    };
    Ok(JsFuture::from(promise).await?.unchecked_into())
}

/// Decodes and shrinks in a worker, whose memory for the full picture is freed when it ends. Returns a bitmap, or null
/// if the file cannot be decoded.
async fn shrink(blob: &Blob, width: u32, height: u32) -> Result<JsValue, JsValue> {
    let (worker, _script) = site::worker(SHRINK)?;
    let answer = Promise::new(&mut |answered, failed| {
        worker.set_onmessage(Some(&answered));
        worker.set_onerror(Some(&failed));
    });
    worker.post_message(&Array::of3(blob, &width.into(), &height.into()))?;
    let answer = JsFuture::from(answer).await;
    worker.terminate();
    Ok(answer?.unchecked_into::<MessageEvent>().data())
}

/// The size scaled to a longer side of `longest`; `None` if it does not exceed that.
fn shrunk(width: u32, height: u32, longest: u32) -> Option<(u32, u32)> {
    let side = width.max(height);
    let shrink = |length: u32| (f64::from(length) * f64::from(longest) / f64::from(side)).round().max(1.0) as u32;
    (side > longest).then(|| (shrink(width), shrink(height)))
}

/// A canvas with the picture, for display after the bitmap was transferred to the engine.
pub fn canvas(bitmap: &ImageBitmap) -> HtmlCanvasElement {
    drawn(bitmap, bitmap.width(), bitmap.height())
}

/// A small canvas with the picture.
pub fn thumbnail(bitmap: &ImageBitmap) -> HtmlCanvasElement {
    let (width, height) = (bitmap.width(), bitmap.height());
    let (width, height) = shrunk(width, height, THUMBNAIL_SIDE).unwrap_or((width, height));
    drawn(bitmap, width, height)
}

fn drawn(bitmap: &ImageBitmap, width: u32, height: u32) -> HtmlCanvasElement {
    let canvas: HtmlCanvasElement = element("canvas");
    canvas.set_width(width);
    canvas.set_height(height);
    if let Some(context) = context(&canvas) {
        // Drawing fails only for an empty bitmap, which then is an empty canvas.
        context.draw_image_with_image_bitmap_and_dw_and_dh(bitmap, 0.0, 0.0, f64::from(width), f64::from(height)).ok();
    }
    canvas
}

/// Draws a 48×48 grey image on a canvas of that size. Does nothing if the number of bytes is wrong.
pub fn draw_grey(canvas: &HtmlCanvasElement, grey: &[u8]) {
    let pixels: Vec<u8> = grey.iter().flat_map(|&grey| [grey, grey, grey, 255]).collect();
    if let Some(context) = context(canvas)
        && let Ok(pixels) = ImageData::new_with_u8_clamped_array(Clamped(&pixels), CROP_SIDE as u32)
    {
        context.put_image_data(&pixels, 0.0, 0.0).ok();
    }
}

/// Draws an image on a canvas of its size.
pub fn draw(canvas: &HtmlCanvasElement, painting: &Pixmap) {
    if let Some(context) = context(canvas)
        && let Ok(pixels) = ImageData::new_with_u8_clamped_array(Clamped(&painting.pixels), painting.width)
    {
        context.put_image_data(&pixels, 0.0, 0.0).ok();
    }
}

/// The canvas's 2D context.
pub fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

#[cfg(test)]
mod tests {
    use super::shrunk;

    #[test]
    fn only_what_is_too_long_is_shrunk() {
        assert_eq!(shrunk(1920, 1080, 1920), None);
        assert_eq!(shrunk(3840, 2160, 1920), Some((1920, 1080)));
        assert_eq!(shrunk(1000, 4000, 1920), Some((480, 1920)));
        // A line does not vanish.
        assert_eq!(shrunk(100_000, 1, 1920), Some((1920, 1)));
    }
}
