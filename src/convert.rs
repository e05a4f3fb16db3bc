//! `mien convert`

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use clap::{Args, ValueEnum};

use super::files;
use super::output::outln;
use mien_compute::network;
use mien_compute::weights::{self, Container};
use mien_export::onnx::{self, Input, Options, Output};
use mien_export::{Network, pytorch};
use mien_weights::Precision;

/// Converts a weights file to another precision or format, also for other tools
///
/// The extension of --out selects the format: .onnx an ONNX model; .pt.safetensors a state dict for PyTorch, with a Python module
/// beside it that loads it; .bpk Burn's own format; any other safetensors. See docs/interop.md.
#[derive(Args)]
pub struct Arguments {
    /// Weights file to read
    input: PathBuf,
    /// File to write
    #[arg(long)]
    out: PathBuf,
    /// Precision of the stored weights [default: full for ONNX and PyTorch, half for weights files]
    #[arg(long)]
    precision: Option<Stored>,
    /// ONNX: the model takes grey bytes [batch, 48, 48, 1] and normalizes them itself
    #[arg(long)]
    pixels: bool,
    /// ONNX: the model gives logits, without temperature and softmax
    #[arg(long)]
    logits: bool,
}

/// The precision of stored weights.
#[derive(Clone, Copy, ValueEnum)]
pub enum Stored {
    /// 8 bits per weight of convolutions and large matrices
    Byte,
    /// 16 bits per value
    Half,
    /// 32 bits per value
    Full,
}

impl From<Stored> for Precision {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Byte => Self::Byte,
            Stored::Half => Self::Half,
            Stored::Full => Self::Full,
        }
    }
}

impl From<Stored> for onnx::Precision {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Byte => Self::Byte,
            Stored::Half => Self::Half,
            Stored::Full => Self::Full,
        }
    }
}

/// The format of a file that is written.
enum Format {
    Onnx,
    Pytorch,
    Weights(Container),
}

impl Format {
    fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".onnx") {
            Self::Onnx
        } else if name.ends_with(STATE_DICT) {
            Self::Pytorch
        } else if name.ends_with(".bpk") {
            Self::Weights(Container::Burnpack)
        } else {
            Self::Weights(Container::Safetensors)
        }
    }
}

/// The end of the names of state dicts for PyTorch.
const STATE_DICT: &str = ".pt.safetensors";

pub fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { out, precision, pixels, logits, .. } = arguments;
    let format = Format::of(out);
    ensure!(
        matches!(format, Format::Onnx) || !(*pixels || *logits),
        "--pixels and --logits are for ONNX: choose a file name that ends in .onnx"
    );
    match format {
        Format::Onnx => {
            let options = Options {
                precision: precision.unwrap_or(Stored::Full).into(),
                input: if *pixels { Input::Pixels } else { Input::Normalized },
                output: if *logits { Output::Logits } else { Output::Probabilities },
            };
            write(out, &onnx::write(&read(&arguments.input)?, options).context("cannot convert the network to ONNX")?)
        }
        Format::Pytorch => {
            ensure!(
                matches!(precision, None | Some(Stored::Full)),
                "a state dict for PyTorch is written with --precision full only"
            );
            let network = read(&arguments.input)?;
            let state = pytorch::state_dict(&network).context("cannot convert the network to PyTorch")?;
            write(out, &state)?;
            write(&module_beside(out), pytorch::module(&network).as_bytes())
        }
        Format::Weights(container) => {
            let file = files::read_network(&arguments.input, &Device::flex())?;
            let precision = precision.unwrap_or(Stored::Half).into();
            let bytes = pollster::block_on(network::save_as(&file, precision, container));
            write(out, &bytes.context("cannot convert the weights")?)
        }
    }
}

/// The Python module of a state dict: `net.py` for `net.pt.safetensors`.
fn module_beside(state: &Path) -> PathBuf {
    let name = state.file_name().unwrap_or_default().to_string_lossy();
    state.with_file_name(format!("{}.py", name.strip_suffix(STATE_DICT).unwrap_or(&name)))
}

/// Reads a network that is to be exported.
fn read(path: &Path) -> Result<Network> {
    let bytes = files::read(path)?;
    let network = weights::parse(&bytes).map_err(Into::into).and_then(Network::new);
    network.with_context(|| path.display().to_string())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    files::write(path, bytes)?;
    outln!("{}: {:.2} MB", path.display(), bytes.len() as f64 / 1e6);
    Ok(())
}
