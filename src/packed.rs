//! Options that make written datasets smaller: compression, and fewer grey levels.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::files::NewFile;

// A doc comment would become that of the command.
#[derive(Args)]
pub struct GreyArguments {
    /// Rounds the grey levels to multiples of this, so that a compressed CSV is smaller
    #[arg(long, value_name = "LEVELS", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=32))]
    grey_step: u8,
}

impl GreyArguments {
    /// Whether any grey level is lost.
    pub const fn is_rounding(&self) -> bool {
        self.grey_step > 1
    }

    /// Rounds these pixels to the nearest of the grey levels that are left, half a step up.
    pub fn round(&self, pixels: &mut [u8]) {
        let step = u16::from(self.grey_step);
        for pixel in pixels {
            *pixel = u8::try_from((u16::from(*pixel) + step / 2) / step * step).unwrap_or(u8::MAX);
        }
    }
}

/// The name of a CSV, which may be compressed.
pub fn csv_name(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if is_csv(&path) { Ok(path) } else { Err("its name must end in .csv or .csv.gz".into()) }
}

/// Whether a name is that of a CSV, compressed or not.
pub fn is_csv(path: &Path) -> bool {
    ends_in(path, "csv") || is_gzip(path) && path.file_stem().is_some_and(|stem| ends_in(Path::new(stem), "csv"))
}

fn is_gzip(path: &Path) -> bool {
    ends_in(path, "gz")
}

fn ends_in(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

/// A CSV that is being written, and compressed if its name says so. The same content gives the same bytes.
pub struct NewCsv {
    file: NewFile,
    is_gzip: bool,
}

impl NewCsv {
    /// Creates the file, so that what cannot be written fails before the work begins.
    pub fn create(path: &Path) -> Result<Self> {
        Ok(Self { file: NewFile::create(path)?, is_gzip: is_gzip(path) })
    }

    /// Writes the content and gives the file its name.
    pub fn finish(self, text: &str) -> Result<()> {
        self.file.finish(|file| {
            if !self.is_gzip {
                return file.write_all(text.as_bytes());
            }
            let mut packed = GzEncoder::new(file, Compression::best());
            packed.write_all(text.as_bytes())?;
            packed.finish().map(drop)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_levels_are_rounded_to_the_nearest_that_are_left() {
        let rounded = |grey_step, mut pixels: Vec<u8>| {
            GreyArguments { grey_step }.round(&mut pixels);
            pixels
        };
        let all: Vec<u8> = (0..=u8::MAX).collect();
        assert_eq!(rounded(1, all.clone()), all);
        assert_eq!(rounded(8, vec![0, 3, 4, 11, 12, 251, 252, 255]), [0, 0, 8, 8, 16, 248, 255, 255]);
        for step in 1..=32 {
            let far = |(a, b): (&u8, &u8)| a.abs_diff(*b);
            assert!(all.iter().zip(&rounded(step, all.clone())).map(far).all(|far| far <= step.div_ceil(2)), "{step}");
        }
    }

    #[test]
    fn names_of_tables_are_known() {
        for name in ["a.csv", "a/b.CSV", "a.csv.gz", "a.b.csv.GZ"] {
            assert!(csv_name(name).is_ok(), "{name}");
        }
        for name in ["", "a", "csv", "a.gz", "a.csv.zip", "csv.gz"] {
            assert!(csv_name(name).is_err(), "{name}");
        }
        assert!(is_gzip(Path::new("a.csv.gz")) && !is_gzip(Path::new("a.csv")));
    }
}
