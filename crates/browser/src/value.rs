//! Handles on JavaScript values that unit tests outside a browser can hold too.

use wasm_bindgen::JsCast;

/// Another handle on the same JavaScript value.
#[cfg(target_family = "wasm")]
pub fn share<T: JsCast + Clone>(value: &T) -> T {
    value.clone()
}

/// Another handle: outside a browser, where tests have no value but `undefined`, it is `undefined`, since `clone` aborts there
/// before version 0.2.130 of wasm-bindgen.
#[cfg(not(target_family = "wasm"))]
pub fn share<T: JsCast + Clone>(_: &T) -> T {
    wasm_bindgen::JsValue::UNDEFINED.unchecked_into()
}
