#!/usr/bin/env bash
# Cargo lets each package have its own `opt-level`. With `lto = "fat"`, does a loop of a package at level 3 still become SIMD
# instructions when the program that calls it is built at level "s"? The level of the program's own crate decides, not that of the
# package; without whole-program optimization, the package's does.
# Needs rustup with the toolchain 1.95.0, whose target wasm32-unknown-unknown is installed on demand, and crates.io.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
toolchain=1.95.0
rustup target add --toolchain "$toolchain" wasm32-unknown-unknown >&2
cargo "+$toolchain" --version

mkdir -p kernel/src program/src
cat >Cargo.toml <<'TOML'
[workspace]
members = ["kernel", "program"]
resolver = "3"
TOML
cat >kernel/Cargo.toml <<'TOML'
[package]
name = "kernel"
version = "0.0.0"
edition = "2024"
TOML
cat >kernel/src/lib.rs <<'RUST'
/// `to[i] += by * from[i]`, never inlined, so that it can be found in the program.
#[inline(never)]
pub fn add_scaled(to: &mut [f32], by: f32, from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += by * from;
    }
}
RUST
cat >program/Cargo.toml <<'TOML'
[package]
name = "program"
version = "0.0.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]

[dependencies]
kernel = { path = "../kernel" }
TOML
cat >program/src/lib.rs <<'RUST'
#[unsafe(no_mangle)]
pub extern "C" fn run(length: usize, by: f32) -> f32 {
    let (mut to, from) = (vec![1.0; length], vec![2.0; length]);
    kernel::add_scaled(&mut to, by, &from);
    to.iter().sum()
}
RUST
# counts the instructions of WebAssembly
mkdir -p count/src
cat >count/Cargo.toml <<'TOML'
[workspace]
[package]
name = "count"
version = "0.0.0"
edition = "2024"
[dependencies]
wasmparser = "=0.240.0"
TOML
cat >count/src/main.rs <<'RUST'
use wasmparser::{Operator, Parser, Payload};

fn main() {
    let bytes = std::fs::read(std::env::args().nth(1).unwrap()).unwrap();
    let mut vectors = 0;
    for payload in Parser::new(0).parse_all(&bytes) {
        if let Payload::CodeSectionEntry(body) = payload.unwrap() {
            for operator in body.get_operators_reader().unwrap() {
                vectors += usize::from(matches!(operator.unwrap(), Operator::F32x4Mul));
            }
        }
    }
    println!("{vectors}");
}
RUST
cargo "+$toolchain" build --quiet --manifest-path count/Cargo.toml --target-dir target-count

export RUSTFLAGS="-C target-feature=+simd128"
found=""
for lto in off fat; do
  for level in '"s"' 3; do
    target=$(mktemp -d -p "$folder")
    cargo "+$toolchain" build --quiet --release --package program --target wasm32-unknown-unknown --target-dir "$target" \
      --config "profile.release.lto=\"$lto\"" --config "profile.release.opt-level=$level" \
      --config "profile.release.package.kernel.opt-level=3" --config "profile.release.codegen-units=1"
    count=$(target-count/debug/count "$target/wasm32-unknown-unknown/release/program.wasm")
    vectors=$([ "$count" -gt 0 ] && echo yes || echo no)
    echo "lto $lto, program at $level, package at 3: $count multiplications of four floats"
    found="$found $lto:$level:$vectors"
  done
done
expected=' off:"s":yes off:3:yes fat:"s":no fat:3:yes'
[ "$found" = "$expected" ] || { echo "changed:$found"; exit 1; }
