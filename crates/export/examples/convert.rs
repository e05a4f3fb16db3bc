//! What `mien convert` does for ONNX and PyTorch, built without Burn:
//! `cargo run --package mien-export --example convert IN.safetensors --out OUT.onnx [--precision half] [--pixels] [--logits]`.

use std::fs;

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
    let (Some(input), Some(out)) = (input, out) else {
        return Err("usage: convert IN.safetensors --out OUT.onnx|OUT.pt.safetensors".into());
    };
    let network = Network::new(WeightsFile::parse(&fs::read(input)?)?)?;
    if let Some(stem) = out.strip_suffix(".pt.safetensors") {
        fs::write(&out, pytorch::state_dict(&network)?)?;
        fs::write(format!("{stem}.py"), pytorch::module(&network))?;
    } else {
        fs::write(out, onnx::write(&network, options)?)?;
    }
    Ok(())
}
