//! Runs the program that reads ONNX models: WebAssembly with its own memory, so that nothing that a hostile model does to it reaches the
//! engine. `crates/onnx/src/main.rs` describes its functions.

use js_sys::WebAssembly::{Instance, Memory, Module};
use js_sys::{Function, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::thrown::thrown;
use crate::engine::platform::{OnnxProgram, OnnxPrograms};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_core::network::OnnxCall;

/// Starts programs in this worker.
pub(super) struct BrowserOnnx;

impl OnnxPrograms for BrowserOnnx {
    fn start(&self, program: &[u8]) -> Result<Box<dyn OnnxProgram>, Failure> {
        let start = || {
            let module = Module::new(&Uint8Array::from(program))?;
            let exports: JsValue = Instance::new(&module, &Object::new())?.exports().into();
            let memory = Reflect::get(&exports, &"memory".into())?.dyn_into()?;
            Ok(Box::new(Running { exports, memory }) as Box<dyn OnnxProgram>)
        };
        start().map_err(thrown)
    }
}

/// A program that runs.
struct Running {
    exports: JsValue,
    memory: Memory,
}

impl Running {
    /// Calls a function that returns a number.
    fn number(&self, name: &str, argument: u32) -> Result<u32, JsValue> {
        let function: Function = Reflect::get(&self.exports, &name.into())?.dyn_into()?;
        let number = function.call1(&JsValue::UNDEFINED, &argument.into())?;
        // an unsigned number that JavaScript takes for a signed one
        Ok(number.as_f64().unwrap_or_default() as i64 as u32)
    }
}

impl OnnxProgram for Running {
    fn call(&self, call: OnnxCall, input: &[u8]) -> Result<Vec<u8>, Failure> {
        let length = input.len() as u32;
        // it ends where it has no more memory
        let start = self.number("input", length).map_err(|_| EngineError::OnnxStopped)?;
        if start == 0 && length > 0 {
            return Err(EngineError::OnnxStopped.into());
        }
        let view = |start, length| Uint8Array::new_with_byte_offset_and_length(&self.memory.buffer(), start, length);
        if length > 0 {
            view(start, length).copy_from(input);
        }
        let answer = || {
            self.number("call", call as u32)?;
            Ok((self.number("reply_start", 0)?, self.number("reply_length", 0)?))
        };
        let (start, length) = answer().map_err(|error: JsValue| {
            log::warn!("the reader of ONNX models ended: {}", thrown(error));
            EngineError::OnnxStopped
        })?;
        Ok(view(start, length).to_vec())
    }
}
