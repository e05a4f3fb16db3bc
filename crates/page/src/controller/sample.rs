//! The built-in sample photo.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Response};

use super::link::Link;
use mien_browser::site;

/// The path of the built-in sample.
pub const SAMPLE: &str = "sample.jpg";

/// The built-in sample, once loaded.
#[derive(Default)]
pub struct Sample(RefCell<Option<Blob>>);

impl Sample {
    /// Fetches the sample in advance, so that it is also available offline.
    pub fn prefetch(self: &Rc<Self>, link: &Link) {
        let sample = Rc::clone(self);
        link.spawn(async move {
            // If the download fails, the next request tries again and reports it.
            *sample.0.borrow_mut() = fetch(SAMPLE).await.ok();
        });
    }

    /// The sample; `None` if it could not be loaded.
    pub async fn get(&self) -> Option<Blob> {
        let sample = self.0.borrow().clone();
        match sample {
            Some(sample) => Some(sample),
            None => fetch(SAMPLE).await.ok(),
        }
    }
}

async fn fetch(path: &str) -> Result<Blob, JsValue> {
    let response: Response = JsFuture::from(site::fetch(path)).await?.unchecked_into();
    if !response.ok() {
        return Err(JsValue::UNDEFINED);
    }
    Ok(JsFuture::from(response.blob()?).await?.unchecked_into())
}
