//! What the tests share: folders, the command, datasets and pictures.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub const SETTINGS: &str = r#"{
    "architecture": { "vgg": { "stages": [[8, 1], [8, 1], [16, 1]], "stage_dropout": [], "dropout": 0.1 } },
    "optimizer": { "adamw": { "betas": [0.9, 0.99] } },
    "learning_rate": 0.01,
    "schedule": { "cosine": { "warm_up": 0.1 } },
    "epochs": 2,
    "batch": 14,
    "label_smoothing": 0,
    "votes_share": 0.1,
    "augmentation": { "flip": 0, "rotation": 2, "scale": 0.05, "shift": 0.02, "contrast": 0.1, "brightness": 0.1, "erasing": 0 },
    "averaging": 0.5
}"#;

/// A separate folder for a test.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

pub fn mien(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mien")).args(arguments).current_dir(folder).output().unwrap()
}

/// Standard output of a command that must succeed.
pub fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = mien(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The one line of standard error of a command that must fail.
pub fn fail(folder: &Path, arguments: &[&str]) -> String {
    let output = mien(folder, arguments);
    assert!(!output.status.success(), "{arguments:?} should have failed");
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

/// Stripes whose direction determines the class: 140 to train on, 70 in each of the other splits.
/// Each image has its own pattern of 4×4 pixels, as they would be near duplicates otherwise.
pub fn write_csv(path: &Path) {
    let mut text = "emotion,pixels,Usage\n".to_owned();
    for row in 0..280 {
        let class = row % 7;
        let (sine, cosine) = (class as f32 * 0.44).sin_cos();
        let split = ["Training", "Training", "PublicTest", "PrivateTest"][row / 7 % 4];
        write!(text, "{class},").unwrap();
        for index in 0..48 * 48 {
            let (x, y) = ((index % 48) as f32, (index / 48) as f32);
            let block = (index % 48 / 4 * 7 + index / 48 / 4 * 131 + row * 1009 + 1) as u32;
            let hash = block.wrapping_mul(2_654_435_761);
            let noise = (((hash ^ (hash >> 15)).wrapping_mul(2_246_822_519) >> 16) & 63) as f32;
            let pixel = 128.0 + 60.0 * (0.5 * (x * cosine + y * sine) + row as f32).sin() + noise - 31.5;
            write!(text, "{}{}", if index == 0 { "" } else { " " }, pixel as u8).unwrap();
        }
        writeln!(text, ",{split}").unwrap();
    }
    fs::write(path, text).unwrap();
}

/// The astronaut, in a form that cameras write: stored on its side, with the orientation that turns it upright.
pub fn turned_astronaut() -> Vec<u8> {
    let upright = image::load_from_memory(include_bytes!("../fixtures/astronaut_256.png")).unwrap().to_rgb8();
    let mut file = std::io::Cursor::new(Vec::new());
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 95);
    // EXIF with one entry: the orientation is 6, to be turned clockwise
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    image::ImageEncoder::set_exif_metadata(&mut encoder, exif.to_vec()).unwrap();
    image::imageops::rotate270(&upright).write_with_encoder(encoder).unwrap();
    file.into_inner()
}

pub fn lines(output: &[u8]) -> Vec<serde_json::Value> {
    std::str::from_utf8(output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
