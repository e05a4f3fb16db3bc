//! Standard output and standard error, without panics when they are closed.
//!
//! Once a pipe is closed, as by `mien inspect … | head`, what is printed is dropped, and the command ends without an error.
//! A command that writes files still writes them.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

use anyhow::{Context, Result};

/// The first failure of standard output.
static FAILURE: OnceLock<io::Error> = OnceLock::new();

/// Errors that were reported on standard error, after which a command went on: it fails without a further message.
#[derive(Debug)]
pub struct Reported;

impl std::fmt::Display for Reported {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("some files could not be read")
    }
}

impl std::error::Error for Reported {}

/// Prints to standard output, like `print!`.
macro_rules! out {
    ($($text:tt)*) => { $crate::output::write(format_args!($($text)*)) };
}

/// Prints a line to standard output, like `println!`.
macro_rules! outln {
    ($($text:tt)*) => { $crate::output::write_line(format_args!($($text)*)) };
}

/// Prints a line to standard error, like `eprintln!`.
macro_rules! errln {
    ($($text:tt)*) => { $crate::output::write_error(format_args!($($text)*)) };
}

pub(crate) use {errln, out, outln};

/// Prints to standard output, unless that failed before.
pub fn write(text: Arguments) {
    attempt(|output| output.write_fmt(text));
}

/// Prints a line to standard output, unless that failed before.
pub fn write_line(text: Arguments) {
    attempt(|output| writeln!(output, "{text}"));
}

/// Prints a line to standard error, if there is one.
pub fn write_error(text: Arguments) {
    // there is no place to report it
    let _ = writeln!(io::stderr(), "{text}");
}

fn attempt(print: impl FnOnce(&mut io::StdoutLock) -> io::Result<()>) {
    if FAILURE.get().is_none()
        && let Err(error) = print(&mut io::stdout().lock())
    {
        // only the first one counts
        let _ = FAILURE.set(error);
    }
}

/// The line about an error and its causes. Some errors end with the text of their cause, which is not repeated.
pub fn line(error: &anyhow::Error) -> String {
    let mut causes = error.chain().map(ToString::to_string);
    let mut text = causes.next().unwrap_or_default();
    for cause in causes.filter(|cause| !cause.is_empty()) {
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Whether nothing more can be printed.
pub fn is_closed() -> bool {
    FAILURE.get().is_some()
}

/// Prints what is still buffered.
///
/// # Errors
/// When standard output failed in another way than by being closed.
pub fn finish() -> Result<()> {
    attempt(|output| output.flush());
    match FAILURE.get() {
        Some(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(io::Error::new(error.kind(), error.to_string())).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::line;

    #[test]
    fn no_cause_is_told_twice() {
        let cause = || anyhow!("no entry `format`");
        let whole = cause().context("the header is incomplete: no entry `format`").context("net.safetensors");
        assert_eq!(line(&whole), "net.safetensors: the header is incomplete: no entry `format`");
        assert_eq!(line(&cause().context("cannot read")), "cannot read: no entry `format`");
        assert_eq!(line(&cause()), "no entry `format`");
    }
}
