//! The pixels of bitmaps.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ImageBitmap, OffscreenCanvas, OffscreenCanvasRenderingContext2d};

use super::thrown::thrown;
use crate::engine::platform::Picture;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_core::vision::Frame;

/// The shared pixel reader, created for the first picture.
pub(super) type SharedReader = Rc<RefCell<Option<PixelReader>>>;

/// A picture as a bitmap.
pub(super) struct BitmapPicture {
    bitmap: ImageBitmap,
    reader: SharedReader,
}

impl BitmapPicture {
    /// A picture that is read with the shared reader.
    pub fn new(bitmap: ImageBitmap, reader: &SharedReader) -> Self {
        Self { bitmap, reader: Rc::clone(reader) }
    }
}

impl Picture for BitmapPicture {
    fn read(self: Box<Self>) -> Result<Frame, Failure> {
        let mut shared = self.reader.borrow_mut();
        let reader = match shared.take() {
            Some(reader) => reader,
            None => PixelReader::new()?,
        };
        shared.insert(reader).read(&self.bitmap)
    }
}

/// A canvas that reads the pixels of bitmaps; it is reused, since creating one is expensive.
pub(super) struct PixelReader {
    canvas: OffscreenCanvas,
    context: OffscreenCanvasRenderingContext2d,
}

impl PixelReader {
    fn new() -> Result<Self, Failure> {
        let canvas = OffscreenCanvas::new(1, 1).map_err(thrown)?;
        let options = js_sys::Object::new();
        // kept in main memory, where it is read
        js_sys::Reflect::set(&options, &"willReadFrequently".into(), &JsValue::TRUE).map_err(thrown)?;
        let context = canvas
            .get_context_with_context_options("2d", &options)
            .map_err(thrown)?
            .ok_or(EngineError::NoCanvas)?
            .unchecked_into();
        Ok(Self { canvas, context })
    }

    /// The pixels of a bitmap, which is closed afterwards.
    fn read(&self, bitmap: &ImageBitmap) -> Result<Frame, Failure> {
        let (width, height) = (bitmap.width(), bitmap.height());
        if self.canvas.width() != width || self.canvas.height() != height {
            self.canvas.set_width(width);
            self.canvas.set_height(height);
        }
        let pixels = self.draw(bitmap, f64::from(width), f64::from(height));
        bitmap.close();
        Ok(Frame::new(width as usize, height as usize, pixels?)?)
    }

    fn draw(&self, bitmap: &ImageBitmap, width: f64, height: f64) -> Result<Vec<u8>, Failure> {
        self.context.clear_rect(0.0, 0.0, width, height);
        self.context.draw_image_with_image_bitmap(bitmap, 0.0, 0.0).map_err(thrown)?;
        let data = self.context.get_image_data(0.0, 0.0, width, height).map_err(thrown)?;
        Ok(data.data().0)
    }
}
