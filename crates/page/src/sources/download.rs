//! Files of the site that are read piece by piece, so that their progress can be shown.

use js_sys::{Array, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, Response};

use mien_browser::site;

#[wasm_bindgen]
extern "C" {
    /// The stream of an answer's bytes.
    type Body;

    #[wasm_bindgen(method, js_name = getReader)]
    fn reader(this: &Body) -> Reader;

    type Reader;

    #[wasm_bindgen(method)]
    fn read(this: &Reader) -> Promise;

    #[wasm_bindgen(method)]
    fn cancel(this: &Reader) -> Promise;
}

/// Downloads a file, given its path relative to the page, as a file with this name. `on_part` is called with the number of
/// bytes that have arrived, and says whether the file is still wanted: otherwise the download ends, and there is no file.
///
/// # Errors
/// The browser's error, or nothing if the server has no such file.
pub async fn download(path: &str, name: &str, mut on_part: impl FnMut(u32) -> bool) -> Result<Option<File>, JsValue> {
    let response: Response = JsFuture::from(site::fetch(path)).await?.unchecked_into();
    let body = Reflect::get(&response, &"body".into())?;
    if !response.ok() || body.is_null() {
        return Err(JsValue::UNDEFINED);
    }
    let reader = body.unchecked_into::<Body>().reader();
    let (parts, mut read) = (Array::new(), 0);
    loop {
        let step = JsFuture::from(reader.read()).await?;
        // the last step has no value
        let Ok(part) = Reflect::get(&step, &"value".into())?.dyn_into::<Uint8Array>() else { break };
        read += part.length();
        parts.push(&part);
        if !on_part(read) {
            JsFuture::from(reader.cancel()).await.ok();
            return Ok(None);
        }
    }
    File::new_with_u8_array_sequence(&parts, name).map(Some)
}
