//! The pixels of bitmaps, in a worker.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ImageBitmap, OffscreenCanvas, OffscreenCanvasRenderingContext2d};

/// A canvas that reads the pixels of bitmaps; to be reused, since creating one is expensive.
pub struct PixelReader {
    canvas: OffscreenCanvas,
    context: OffscreenCanvasRenderingContext2d,
}

/// Width, height, and the pixels as RGBA, row by row.
pub type Pixels = (usize, usize, Vec<u8>);

impl PixelReader {
    /// Creates the canvas; `None` if the browser offers no context for it.
    ///
    /// # Errors
    /// What the browser throws.
    pub fn new() -> Result<Option<Self>, JsValue> {
        let canvas = OffscreenCanvas::new(1, 1)?;
        let options = js_sys::Object::new();
        // kept in main memory, where it is read
        js_sys::Reflect::set(&options, &"willReadFrequently".into(), &JsValue::TRUE)?;
        let context = canvas.get_context_with_context_options("2d", &options)?;
        Ok(context.map(|context| Self { canvas, context: context.unchecked_into() }))
    }

    /// The pixels of a bitmap, which is closed afterwards.
    ///
    /// # Errors
    /// What the browser throws, such as for an empty bitmap or one that is too large.
    pub fn read(&self, bitmap: &ImageBitmap) -> Result<Pixels, JsValue> {
        let (width, height) = (bitmap.width(), bitmap.height());
        if self.canvas.width() != width || self.canvas.height() != height {
            self.canvas.set_width(width);
            self.canvas.set_height(height);
        }
        let pixels = self.draw(bitmap, f64::from(width), f64::from(height));
        bitmap.close();
        Ok((width as usize, height as usize, pixels?))
    }

    fn draw(&self, bitmap: &ImageBitmap, width: f64, height: f64) -> Result<Vec<u8>, JsValue> {
        self.context.clear_rect(0.0, 0.0, width, height);
        self.context.draw_image_with_image_bitmap(bitmap, 0.0, 0.0)?;
        Ok(self.context.get_image_data(0.0, 0.0, width, height)?.data().0)
    }
}
