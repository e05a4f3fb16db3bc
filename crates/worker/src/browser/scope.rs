//! The global scope of this worker.

use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

/// This worker.
pub(super) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
