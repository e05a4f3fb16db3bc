//! Has the end-to-end tests compiled anew when they changed. They lie outside this package, where Cargo looks only at the
//! files of the clone that it compiled last, and clones may share a build folder.

fn main() {
    println!("cargo::rerun-if-changed=../tests/browser");
}
