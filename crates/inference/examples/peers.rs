//! A network for `benches/peers`, which compares the speed of runtimes in the browser.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure is to end the comparison")]
#![allow(missing_docs)]

#[path = "../tests/support/mod.rs"]
mod support;

use mien_inference::CompiledNetwork;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub struct Network(CompiledNetwork);

#[wasm_bindgen]
impl Network {
    /// The network of a safetensors file.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: &[u8]) -> Self {
        Self(support::load(bytes))
    }

    /// The logits `[batch, 7]` of images `[batch, 1, 48, 48]`.
    pub fn run(&mut self, images: &[f32]) -> Vec<f32> {
        self.0.run(images).to_vec()
    }
}
