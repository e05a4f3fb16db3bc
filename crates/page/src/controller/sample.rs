//! The built-in sample photo.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Response};

use super::link::Link;
use mien_browser::site;

/// The built-in sample, beside the page.
pub const SAMPLE: &str = "sample.jpg";

/// The built-in sample, once it is here.
#[derive(Default)]
pub struct Sample(RefCell<Option<Blob>>);

impl Sample {
    /// Fetches the sample, so that it is there when asked for, without a connection too.
    pub fn prefetch(self: &Rc<Self>, link: &Link) {
        let sample = Rc::clone(self);
        link.spawn(async move {
            // If it does not arrive, asking for it tries again and tells.
            *sample.0.borrow_mut() = fetch(SAMPLE).await.ok();
        });
    }

    /// The sample; `None` if it does not arrive.
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
