//! The command line: see the room `cli`.

#[cfg(not(target_family = "wasm"))]
fn main() -> std::process::ExitCode {
    mien::cli::main()
}

#[cfg(target_family = "wasm")]
fn main() {}
