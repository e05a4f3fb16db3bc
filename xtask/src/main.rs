//! `cargo xtask build | serve | dev | notices | pin-tools | test`: the project's own commands, each of which installs what it needs.
#![allow(clippy::print_stdout, reason = "a command speaks to the person who typed it")]

mod build;
mod licences;
mod test;
mod tools;

use std::path::Path;

use anyhow::{Context, Result};
use clap::Parser;
use xshell::Shell;
use xtask::server::Server;

/// The project's own commands.
#[derive(Parser)]
enum Command {
    /// Write the release site to `dist/`.
    Build,
    /// Build the site, quickly, then serve it on this machine.
    Serve {
        /// The port to serve on; the next free one where it is taken.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Leave the browser alone.
        #[arg(long)]
        no_open: bool,
        /// Build and serve the release, as `build` writes it.
        #[arg(long)]
        release: bool,
    },
    /// Serve the site while you work on it: at every change it is built and loaded anew.
    Dev {
        /// The port to serve on. (No service worker that `serve` left at its own port gets between.)
        #[arg(long, default_value_t = 8090)]
        port: u16,
        /// Leave the browser alone.
        #[arg(long)]
        no_open: bool,
    },
    /// Bring the list of crates in NOTICES up to date.
    Notices,
    /// Pin the releases of Trunk and the wasm-bindgen command line: download them and write their checksums down.
    PinTools,
    /// Check the format, run the lints and all tests; or only some of that.
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
        Command::Notices => licences::write_notices(&shell),
        Command::PinTools => tools::pin(&shell),
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
