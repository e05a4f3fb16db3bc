//! `mien bench`

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use burn::tensor::{Device, Distribution, Tensor};
use clap::Args;

use super::backend::Backend;
use super::files;
use crate::network::{Architecture, Network};
use crate::vision::CROP_SIDE;

/// Measures how long a network takes
#[derive(Args)]
pub struct Arguments {
    /// The network's weights file; without it the default network with random weights
    #[arg(long)]
    weights: Option<PathBuf>,
    /// What to compute on
    #[arg(long, default_value = "flex")]
    backend: Backend,
    /// Passes that are measured, after two that are not
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    passes: u32,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let device = arguments.backend.device()?;
    let (architecture, network) = match &arguments.weights {
        Some(path) => {
            let file = files::read_network(path, &device)?;
            (file.architecture, file.network)
        }
        None => {
            let architecture = Architecture::default();
            let network = architecture.init(&device);
            (architecture, network)
        }
    };
    let multiply_adds = architecture.multiply_adds() as f64;
    println!("{}, {:.1} million multiply-adds, {}", architecture.name(), multiply_adds / 1e6, arguments.backend.name());
    for batch in [1, 32] {
        let milliseconds = median_milliseconds(&network, batch, arguments.passes, &device)?;
        let image = milliseconds / batch as f64;
        let speed = 2.0 * multiply_adds / image / 1e6;
        println!("batch {batch:>2}: {milliseconds:8.2} ms a pass, {image:6.2} ms an image, {speed:.1} GFLOP/s");
    }
    Ok(())
}

fn median_milliseconds(network: &Network, batch: usize, passes: u32, device: &Device) -> Result<f64> {
    const WARM_UP: u32 = 2;
    let images = Tensor::random([batch, 1, CROP_SIDE, CROP_SIDE], Distribution::Normal(0.0, 1.0), device);
    let mut times = Vec::new();
    for pass in 0..WARM_UP + passes {
        let start = Instant::now();
        network.forward(images.clone()).try_into_data()?;
        if pass >= WARM_UP {
            times.push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
