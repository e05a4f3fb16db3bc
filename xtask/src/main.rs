//! `cargo xtask build | serve | dev | package | notices | pin-tools | bench-peers | bench-page | test`: the project's own commands,
//! each of which installs what it needs.
#![allow(clippy::print_stdout, reason = "a command speaks to the person who typed it")]

mod build;
mod licences;
mod page;
mod peers;
mod test;
mod tools;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use xshell::Shell;
use xtask::server::Server;

/// The project's own commands.
#[derive(Parser)]
enum Command {
    /// Build the release site in `dist/`
    Build,
    /// Build the site (fast) and serve it locally
    Serve {
        /// The port; the next free one if it is in use
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Do not open a browser
        #[arg(long)]
        no_open: bool,
        /// Build and serve the release instead, as `build` writes it
        #[arg(long)]
        release: bool,
    },
    /// Serve the site during development: rebuilds and reloads on every change
    Dev {
        /// The port (different from `serve`'s, so that its service worker does not interfere)
        #[arg(long, default_value_t = 8090)]
        port: u16,
        /// Do not open a browser
        #[arg(long)]
        no_open: bool,
    },
    /// Build the npm package for other pages in `dist-package/`
    Package,
    /// Build the programs that the page downloads on demand into the site that Trunk is building, which calls this
    #[command(hide = true)]
    Programs,
    /// Update the list of crates in NOTICES
    Notices,
    /// Pin the releases of Trunk and the wasm-bindgen command line: downloads them and writes their checksums to a file
    PinTools,
    /// Compare the speed of inference on the CPU with other runtimes, in a headless Chromium
    BenchPeers {
        /// How often each runtime or site has its turn [default: 15, or 5 with --first-visit or --gpu]
        #[arg(long)]
        rounds: Option<u32>,
        /// Compare the first visit over a slow link, until the first label, with other libraries instead
        #[arg(long, group = "of_site")]
        first_visit: bool,
        /// Measure the built page and the other runtimes on this machine's GPU, with WebGPU, instead
        #[arg(long, group = "of_site")]
        gpu: bool,
        /// With --gpu, accept a software emulation of a GPU, to try the measurement: the other runtimes with one image only
        #[arg(long, requires = "gpu")]
        allow_software: bool,
        /// The folder with the built site, for --first-visit and --gpu [default: dist]
        #[arg(long, requires = "of_site")]
        site: Option<PathBuf>,
    },
    /// Measure the built page on the CPU, in a headless Chromium: the live view with many faces, datasets of many images, training
    BenchPage {
        #[command(flatten)]
        extent: page::Extent,
        /// The folder with the built site [default: dist]
        #[arg(long)]
        site: Option<PathBuf>,
    },
    /// Run the format check, lints and all tests, or a selection of them
    Test(test::Selection),
}

fn main() -> Result<()> {
    let command = Command::parse();
    let shell = Shell::new()?;
    shell.change_dir(xtask::root());
    match command {
        Command::Build => build::release(&shell),
        Command::Serve { port, no_open, release } => {
            let folder = if release { build::release(&shell).map(|()| xtask::dist()) } else { build::light(&shell) }?;
            serve(&folder, port, !no_open)
        }
        Command::Dev { port, no_open } => build::watch(&shell, port, !no_open),
        Command::Package => build::package(&shell),
        Command::Programs => build::programs(&shell),
        Command::Notices => licences::write_notices(&shell),
        Command::PinTools => tools::pin(&shell),
        Command::BenchPeers { rounds, first_visit: true, site, .. } => {
            peers::compare_first_visit(&shell, rounds.unwrap_or(5), &site.unwrap_or_else(xtask::dist))
        }
        Command::BenchPeers { rounds, gpu: true, allow_software, site, .. } => {
            peers::measure_gpu(&shell, rounds.unwrap_or(5), &site.unwrap_or_else(xtask::dist), allow_software)
        }
        Command::BenchPeers { rounds, .. } => peers::compare(&shell, rounds.unwrap_or(15)),
        Command::BenchPage { extent, site } => page::measure(&shell, &site.unwrap_or_else(xtask::dist), &extent),
        Command::Test(selection) => test::test(&shell, &selection),
    }
}

fn serve(folder: &Path, port: u16, open: bool) -> Result<()> {
    let last = port.saturating_add(20);
    let server = (port..=last)
        .find_map(|port| Server::start(folder, "/", port).ok())
        .with_context(|| format!("every port from {port} to {last} is taken: choose one with --port"))?;
    let url = server.url();
    println!("\nMien is at {url} (Ctrl+C stops it)");
    if open {
        // Where there is no desktop, the printed address has to do.
        open::that_detached(&url).ok();
    }
    server.wait();
    Ok(())
}
