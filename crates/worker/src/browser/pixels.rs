//! Pictures as bitmaps.

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::ImageBitmap;

use super::thrown::thrown;
use crate::engine::platform::Picture;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_browser::pixels::PixelReader;
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
            None => PixelReader::new().map_err(thrown)?.ok_or(EngineError::NoCanvas)?,
        };
        let (width, height, pixels) = shared.insert(reader).read(&self.bitmap).map_err(thrown)?;
        Ok(Frame::new(width, height, pixels)?)
    }
}
