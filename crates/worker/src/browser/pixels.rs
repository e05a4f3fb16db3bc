//! The pixels of bitmaps.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ImageBitmap, OffscreenCanvas, OffscreenCanvasRenderingContext2d};

use crate::engine::platform::Picture;
use mien_browser::thrown::describe;
use mien_core::vision::Frame;

/// The reader of all pictures, once the first has come.
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
    fn read(self: Box<Self>) -> Result<Frame, String> {
        let mut shared = self.reader.borrow_mut();
        let reader = match shared.take() {
            Some(reader) => reader,
            None => PixelReader::new()?,
        };
        shared.insert(reader).read(&self.bitmap)
    }
}

/// A canvas that turns bitmaps into frames; kept, since making one costs more than using it.
pub(super) struct PixelReader {
    canvas: OffscreenCanvas,
    context: OffscreenCanvasRenderingContext2d,
}

impl PixelReader {
    fn new() -> Result<Self, String> {
        let canvas = OffscreenCanvas::new(1, 1).map_err(|error| describe(&error))?;
        let options = js_sys::Object::new();
        // kept in main memory, where it is read
        js_sys::Reflect::set(&options, &"willReadFrequently".into(), &JsValue::TRUE)
            .map_err(|error| describe(&error))?;
        let context = canvas
            .get_context_with_context_options("2d", &options)
            .map_err(|error| describe(&error))?
            .ok_or("this browser has no 2D canvas in workers")?
            .unchecked_into();
        Ok(Self { canvas, context })
    }

    /// The pixels of a bitmap, which is closed.
    fn read(&self, bitmap: &ImageBitmap) -> Result<Frame, String> {
        let (width, height) = (bitmap.width(), bitmap.height());
        if self.canvas.width() != width || self.canvas.height() != height {
            self.canvas.set_width(width);
            self.canvas.set_height(height);
        }
        let pixels = self.draw(bitmap, f64::from(width), f64::from(height));
        bitmap.close();
        Frame::new(width as usize, height as usize, pixels?).map_err(|error| error.to_string())
    }

    fn draw(&self, bitmap: &ImageBitmap, width: f64, height: f64) -> Result<Vec<u8>, String> {
        self.context.clear_rect(0.0, 0.0, width, height);
        self.context.draw_image_with_image_bitmap(bitmap, 0.0, 0.0).map_err(|error| describe(&error))?;
        let data = self.context.get_image_data(0.0, 0.0, width, height).map_err(|error| describe(&error))?;
        Ok(data.data().0)
    }
}
