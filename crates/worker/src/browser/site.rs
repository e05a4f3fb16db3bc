//! Fetches the site's files.

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableStreamDefaultReader, Response};

use super::blob::BlobFile;
use super::scope::scope;
use super::thrown::thrown;
use crate::engine::platform::{InputFile, LocalFuture, Site};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_browser::site;

/// Fetches the files of the page's site.
pub(super) struct BrowserSite;

impl Site for BrowserSite {
    fn fetch(&self, path: &str) -> LocalFuture<'static, Result<Vec<u8>, Failure>> {
        let response = request(path);
        Box::pin(async move {
            let buffer = response.await?.array_buffer().map_err(thrown)?;
            let buffer: JsValue = JsFuture::from(buffer).await.map_err(thrown)?;
            Ok(Uint8Array::new(&buffer).to_vec())
        })
    }

    fn download(
        &self,
        path: &str,
        mut on_progress: Box<dyn FnMut(u64)>,
    ) -> LocalFuture<'static, Result<Box<dyn InputFile>, Failure>> {
        let response = request(path);
        Box::pin(async move {
            let stream = response.await?.body().ok_or(EngineError::NoBody)?;
            let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
            let pieces = Array::new();
            let mut received = 0;
            loop {
                let step = JsFuture::from(reader.read()).await.map_err(thrown)?;
                let piece = Reflect::get(&step, &"value".into()).and_then(JsCast::dyn_into::<Uint8Array>);
                // the last step has no value
                let Ok(piece) = piece else { break };
                received += u64::from(piece.length());
                pieces.push(&piece);
                on_progress(received);
            }
            let blob = Blob::new_with_u8_array_sequence(&pieces).map_err(thrown)?;
            Ok(Box::new(BlobFile(blob)) as Box<dyn InputFile>)
        })
    }
}

/// The response for a file. The request is sent at once, not when the result is awaited.
fn request(path: &str) -> impl Future<Output = Result<Response, Failure>> + use<> {
    let scope = scope();
    let request = site::fetch_in_worker(&scope, path);
    async move {
        let response: Response = JsFuture::from(request).await.map_err(thrown)?.unchecked_into();
        if response.ok() { Ok(response) } else { Err(EngineError::Status(response.status()).into()) }
    }
}
