//! The engine's entry point in a web worker.

#[cfg(target_family = "wasm")]
#[allow(unsafe_code)] // a call that the linker provides for just this
fn main() {
    unsafe extern "C" {
        /// Runs the static constructors that the linker collected; some crates below Burn register their kernels there.
        safe fn __wasm_call_ctors();
    }
    // Unless the program calls them itself, the linker runs them again before every call from JavaScript.
    __wasm_call_ctors();
    mien_worker::run();
}

#[cfg(not(target_family = "wasm"))]
fn main() {}
