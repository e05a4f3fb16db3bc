//! The program that the page fetches when someone opens a third-party ONNX model: plain WebAssembly with a memory of its own, which
//! the engine calls.
//!
//! It imports nothing. `input(length)` makes room for so many bytes and returns where; 0 if there is none. `call(number)` takes them and
//! calls the function of that number ([`OnnxCall`](mien_core::network::OnnxCall)); it leaves a reply at `reply_start()`, of `reply_length()`
//! bytes.

#[cfg(target_family = "wasm")]
#[allow(unsafe_code)] // what makes functions known to the outside
mod program {
    use std::cell::RefCell;
    use std::ptr;

    use mien_core::network::OnnxCall;
    use mien_onnx::Program;

    thread_local! {
        static PROGRAM: RefCell<Program> = RefCell::default();
        static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
        static REPLY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    #[unsafe(no_mangle)]
    extern "C" fn input(length: usize) -> *mut u8 {
        REPLY.take();
        INPUT.with_borrow_mut(|input| {
            *input = Vec::new();
            if input.try_reserve_exact(length).is_err() {
                return ptr::null_mut();
            }
            input.resize(length, 0);
            input.as_mut_ptr()
        })
    }

    #[unsafe(no_mangle)]
    extern "C" fn call(number: usize) {
        let call = OnnxCall::ALL.get(number).copied().unwrap_or(OnnxCall::Describe);
        REPLY.set(PROGRAM.with_borrow_mut(|program| program.call(call, INPUT.take())));
    }

    #[unsafe(no_mangle)]
    extern "C" fn reply_start() -> *const u8 {
        REPLY.with_borrow(|reply| reply.as_ptr())
    }

    #[unsafe(no_mangle)]
    extern "C" fn reply_length() -> usize {
        REPLY.with_borrow(Vec::len)
    }
}

fn main() {}
