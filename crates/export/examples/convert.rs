//! What `mien convert` does for ONNX and PyTorch, built without Burn:
//! `cargo run --package mien-export --example convert IN.safetensors --out OUT.onnx [--precision half] [--pixels] [--logits]`.

use std::fs;
use std::path::PathBuf;

use mien_export::onnx::{self, Input, Options, Output, Precision};
use mien_export::{Network, pytorch};
use mien_weights::WeightsFile;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut input, mut out, mut options) = (None, None, Options::default());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--out" => out = arguments.next(),
            "--precision" => {
                options.precision = match arguments.next().as_deref() {
                    Some("byte") => Precision::Byte,
                    Some("half") => Precision::Half,
                    _ => Precision::Full,
                }
            }
            "--pixels" => options.input = Input::Pixels,
            "--logits" => options.output = Output::Logits,
            _ => input = Some(argument),
        }
    }
    const USAGE: &str = "usage: convert IN.safetensors --out OUT.onnx|OUT.pt.safetensors";
    let (Some(input), Some(out)) = (input, out.map(PathBuf::from)) else { return Err(USAGE.into()) };
    let name = out.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is = |ending: &str| name.to_ascii_lowercase().ends_with(ending);
    let network = Network::new(WeightsFile::parse(&fs::read(input)?)?)?;
    if is(pytorch::ENDING) {
        let module = out.with_file_name(pytorch::module_file(&name));
        if fs::read(&module).is_ok_and(|content| !pytorch::is_module(&content)) {
            return Err(format!("{} is another file, and is not replaced", module.display()).into());
        }
        fs::write(&out, pytorch::state_dict(&network)?)?;
        fs::write(module, pytorch::module(&network))?;
    } else if is(".onnx") {
        fs::write(out, onnx::write(&network, options)?)?;
    } else {
        return Err(USAGE.into());
    }
    Ok(())
}
