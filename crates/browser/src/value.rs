//! Handles on JavaScript values that unit tests outside a browser can hold too.

use wasm_bindgen::JsCast;

/// Another handle on the same JavaScript value.
///
/// Outside a browser, where tests have no value but `undefined`, it is `undefined`: there `clone` aborts before version
/// 0.2.130 of wasm-bindgen.
pub fn share<T: JsCast + Clone>(value: &T) -> T {
    #[cfg(target_family = "wasm")]
    return value.clone();
    #[cfg(not(target_family = "wasm"))]
    {
        let _ = value;
        wasm_bindgen::JsValue::UNDEFINED.unchecked_into()
    }
}
