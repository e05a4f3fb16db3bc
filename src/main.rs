//! The page: mounts the app and leaves the rest to it.

#[cfg(target_family = "wasm")]
fn main() {
    console_error_panic_hook::set_once();
    mien::app::mount();
}

#[cfg(not(target_family = "wasm"))]
fn main() {}
