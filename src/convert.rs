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
/// beside it that loads it; .safetensors a weights file; .bpk one in Burn's own format. See docs/interop.md.
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
#[derive(Debug, PartialEq)]
enum Format {
    Onnx,
    Pytorch,
    Weights(Container),
}

impl Format {
    /// The format that the end of a file name selects.
    fn of(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let formats = [
            (".onnx", Self::Onnx),
            // before the one with which it ends
            (pytorch::ENDING, Self::Pytorch),
            (".safetensors", Self::Weights(Container::Safetensors)),
            (".bpk", Self::Weights(Container::Burnpack)),
        ];
        let found = formats.into_iter().find(|(ending, _)| name.ends_with(ending));
        let (_, format) = found.with_context(|| {
            format!(
                "{}: the end of the name selects the format: .onnx (ONNX, for most other tools), {} (PyTorch and Keras), \
                 .safetensors or .bpk (weights files of mien)",
                path.display(),
                pytorch::ENDING
            )
        })?;
        Ok(format)
    }
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { out, precision, pixels, logits, .. } = arguments;
    let format = Format::of(out)?;
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
            let name = out.file_name().unwrap_or_default().to_string_lossy();
            let (stem, file) = (&name[..name.len() - pytorch::ENDING.len()], pytorch::module_file(&name));
            let module = out.with_file_name(&file);
            files::check_beside(&module, pytorch::is_module, "--out")?;
            let network = read(&arguments.input)?;
            let state = pytorch::state_dict(&network).context("cannot convert the network to PyTorch")?;
            write(out, &state)?;
            write(&module, pytorch::module(&network).as_bytes())?;
            if file != format!("{stem}.py") {
                outln!("Python cannot import a module of the name `{stem}`, so it is in {file}");
            }
            Ok(())
        }
        Format::Weights(container) => {
            let file = files::read_network(&arguments.input, &Device::flex())?;
            let precision = precision.unwrap_or(Stored::Half).into();
            let bytes = pollster::block_on(network::save_as(&file, precision, container));
            write(out, &bytes.context("cannot convert the weights")?)
        }
    }
}

/// Reads a network that is to be exported.
fn read(path: &Path) -> Result<Network> {
    let bytes = files::read(path)?;
    let network = weights::parse(&bytes).map_err(Into::into).and_then(Network::new);
    network.with_context(|| path.display().to_string())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    files::write(path, bytes)?;
    outln!("{}: {}", path.display(), size(bytes.len()));
    Ok(())
}

/// A number of bytes: in kilobytes below a megabyte.
fn size(bytes: usize) -> String {
    if bytes < 1_000_000 { format!("{:.1} kB", bytes as f64 / 1e3) } else { format!("{:.2} MB", bytes as f64 / 1e6) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_selects_the_format() {
        for (name, format) in [
            ("a/net.onnx", Format::Onnx),
            ("Q.ONNX", Format::Onnx),
            ("net.pt.safetensors", Format::Pytorch),
            ("net.PT.SafeTensors", Format::Pytorch),
            ("net.safetensors", Format::Weights(Container::Safetensors)),
            ("net.Bpk", Format::Weights(Container::Burnpack)),
        ] {
            assert_eq!(Format::of(Path::new(name)).unwrap(), format, "{name}");
        }
        for name in ["q.pt", "q.pth", "q.h5", "q.keras", "q.onnx.zip", "q", "onnx", "q.safetensors.tmp", "train.py", ""]
        {
            let refused = Format::of(Path::new(name)).unwrap_err().to_string();
            assert!(refused.starts_with(name) && refused.contains(".pt.safetensors"), "{refused}");
        }
    }

    #[test]
    fn small_sizes_are_in_kilobytes() {
        assert_eq!([3_456, 999_949, 1_894_567].map(size), ["3.5 kB", "999.9 kB", "1.89 MB"]);
    }
}
