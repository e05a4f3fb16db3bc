//! JavaScript exceptions as failures of the engine.

use wasm_bindgen::JsValue;

use crate::failure::Failure;
use mien_browser::thrown::describe;

/// What JavaScript threw, in the browser's words.
#[allow(clippy::needless_pass_by_value)] // so that it fits `map_err`
pub(super) fn thrown(error: JsValue) -> Failure {
    Failure::message(describe(&error))
}
