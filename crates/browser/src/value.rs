//! Cloning JavaScript values in code that unit tests also run natively.

use wasm_bindgen::JsCast;

/// Another reference to the same JavaScript value.
#[cfg(target_family = "wasm")]
pub fn clone_handle<T: JsCast + Clone>(value: &T) -> T {
    value.clone()
}

/// Outside a browser (unit tests) always `undefined`: there, `clone` aborts in wasm-bindgen before 0.2.130.
#[cfg(not(target_family = "wasm"))]
pub fn clone_handle<T: JsCast + Clone>(_: &T) -> T {
    wasm_bindgen::JsValue::UNDEFINED.unchecked_into()
}
