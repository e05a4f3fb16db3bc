//! Creating elements outside of components.

use gloo::utils::document;
use wasm_bindgen::JsCast;

/// Creates an element; the tag must be a standard one.
pub fn element<T: JsCast>(tag: &str) -> T {
    match document().create_element(tag) {
        Ok(element) => element.unchecked_into(),
        // The tags are constants of this program; only a misspelt one gets here.
        Err(error) => wasm_bindgen::throw_val(error),
    }
}
