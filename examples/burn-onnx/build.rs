//! Has burn-onnx write the ONNX model `NETWORK` as Rust code and weights, to Cargo's folder for generated files.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use burn_onnx::{LoadStrategy, ModelGen};

fn main() -> Result<(), Box<dyn Error>> {
    let network = env::var("NETWORK").unwrap_or_else(|_| "net.onnx".to_owned());
    println!("cargo::rerun-if-env-changed=NETWORK");
    println!("cargo::rerun-if-changed={network}");
    // what is generated is named after the model
    let copy = Path::new(&env::var("OUT_DIR")?).join("network.onnx");
    fs::copy(&network, &copy).map_err(|error| format!("{network}: {error}. Write it with `mien convert`"))?;
    let copy = copy.to_str().ok_or("the path of Cargo's folder for generated files is not UTF-8")?;
    ModelGen::new().input(copy).out_dir("").load_strategy(LoadStrategy::Embedded).run_from_script();
    Ok(())
}
