//! The engine's binary: runs in a web worker, and only there.

fn main() {
    #[cfg(target_family = "wasm")]
    mien::engine::run();
}
