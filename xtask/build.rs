//! Rebuilds when the end-to-end tests change. They are outside this package, where Cargo only checks the files of the
//! checkout that it compiled last, and several checkouts may share a target folder.

fn main() {
    println!("cargo::rerun-if-changed=../tests/browser");
}
