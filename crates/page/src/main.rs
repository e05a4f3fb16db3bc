//! The page's program: mounts the app and leaves the rest to it.

fn main() {
    console_error_panic_hook::set_once();
    mien_page::mount();
}
