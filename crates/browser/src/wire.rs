//! Messages to and from a worker: the bytes of [`mien_protocol::wire`] as a `Uint8Array`.

use mien_protocol::wire;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

/// Encodes a command or event as a message to or from a worker.
///
/// # Errors
/// As [`wire::encode`].
pub fn to_message(message: &impl Serialize) -> Result<js_sys::Uint8Array, postcard::Error> {
    wire::encode(message).map(|bytes| js_sys::Uint8Array::from(bytes.as_slice()))
}

/// Decodes the command or event in a message.
///
/// # Errors
/// As [`wire::decode`].
pub fn from_message<T: DeserializeOwned>(message: &JsValue) -> Result<T, postcard::Error> {
    wire::decode(&js_sys::Uint8Array::new(message).to_vec())
}
