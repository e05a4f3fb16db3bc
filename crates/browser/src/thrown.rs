//! Messages of JavaScript exceptions.

use wasm_bindgen::{JsCast, JsValue};

/// The message of a thrown value.
pub fn describe(value: &JsValue) -> String {
    value.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{value:?}"), |error| String::from(error.message()))
}
