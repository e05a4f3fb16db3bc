//! `mien convert`

use std::path::PathBuf;

use anyhow::{Context, Result};
use burn::tensor::Device;
use clap::{Args, ValueEnum};

use super::files;
use super::output::outln;
use mien_compute::network;
use mien_compute::weights::Container;
use mien_weights::Precision;

/// Converts a weights file to another precision or format
#[derive(Args)]
pub struct Arguments {
    /// Weights file to read
    input: PathBuf,
    /// Weights file to write; the extension .bpk selects Burn's own format, any other safetensors
    #[arg(long)]
    out: PathBuf,
    /// Precision of the stored weights
    #[arg(long, default_value = "half")]
    precision: Stored,
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

pub fn run(arguments: &Arguments) -> Result<()> {
    let file = files::read_network(&arguments.input, &Device::flex())?;
    let precision = arguments.precision.into();
    let burnpack = arguments.out.extension().is_some_and(|ending| ending == "bpk");
    let container = if burnpack { Container::Burnpack } else { Container::Safetensors };
    let bytes =
        pollster::block_on(network::save_as(&file, precision, container)).context("cannot convert the weights")?;
    files::write(&arguments.out, &bytes)?;
    outln!("{}: {:.2} MB", arguments.out.display(), bytes.len() as f64 / 1e6);
    Ok(())
}
