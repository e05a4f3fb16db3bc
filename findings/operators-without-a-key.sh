#!/usr/bin/env bash
# rten reads an ONNX model with all of its operators, or with those of which a program names the keys (`op_types`), so that a small
# WebAssembly program contains no others. Does every operator that it reads have a key? No: GlobalMaxPool and ReduceL1 have none in
# rten 0.27.0, so a program that names its operators cannot read them, while one with all operators can.
# Needs rustup with the toolchain 1.95.0, base64 and crates.io.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
toolchain=1.95.0
cargo "+$toolchain" --version

mkdir -p src/bin
cat >Cargo.toml <<'TOML'
[workspace]
[package]
name = "operators"
version = "0.0.0"
edition = "2024"

[dependencies]
rten = { version = "=0.27.0", default-features = false, features = ["onnx_format"] }
TOML
# graphs of one operator for an input of [1, 1, 2, 2], IR version 8, operator set 17
base64 --decode >GlobalMaxPool.onnx <<<CAg6VAoVCgF4EgF5Ig1HbG9iYWxNYXhQb29sEgFnWhsKAXgSFgoUCAESEAoCCAEKAggBCgIIAgoCCAJiGwoBeRIWChQIARIQCgIIAQoCCAEKAggBCgIIAUIECgAQEQ==
base64 --decode >ReduceL1.onnx <<<CAg6XgofCgF4EgF5IghSZWR1Y2VMMSoNCgRheGVzQAJAA6ABBxIBZ1obCgF4EhYKFAgBEhAKAggBCgIIAQoCCAIKAggCYhsKAXkSFgoUCAESEAoCCAEKAggBCgIIAQoCCAFCBAoAEBE=
cat >src/main.rs <<'RUST'
use rten::ModelOptions;

fn main() {
    for operator in ["GlobalMaxPool", "ReduceL1"] {
        let model = std::fs::read(format!("{operator}.onnx")).unwrap();
        let read = ModelOptions::with_all_ops().load(model);
        println!("all operators, {operator}: {}", if read.is_ok() { "read" } else { "refused" });
    }
}
RUST
keys=(GlobalAveragePool GlobalMaxPool ReduceL1 ReduceL2)
for key in "${keys[@]}"; do
  cat >"src/bin/$key.rs" <<RUST
fn main() {
    let _operators = rten::OpRegistry::with_ops(&[&rten::op_types::$key]);
}
RUST
done

cargo "+$toolchain" tree --quiet --depth 1
found=$(
  cargo "+$toolchain" run --quiet --release --bin operators
  for key in "${keys[@]}"; do
    if message=$(cargo "+$toolchain" check --quiet --release --bin "$key" 2>&1); then
      echo "key of $key: there"
    elif grep -q "cannot find value \`$key\` in module \`rten::op_types\`" <<<"$message"; then
      echo "key of $key: missing"
    else
      echo "$message" >&2
      echo "key of $key: another error"
    fi
  done
)
echo "$found"
expected="all operators, GlobalMaxPool: read
all operators, ReduceL1: read
key of GlobalAveragePool: there
key of GlobalMaxPool: missing
key of ReduceL1: missing
key of ReduceL2: there"
if [ "$found" != "$expected" ]; then
  echo "this has changed" >&2
  exit 1
fi
