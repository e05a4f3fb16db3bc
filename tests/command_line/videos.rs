//! Timelines of videos.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{fail, folder, lines, mien, succeed};

/// An MJPEG clip of this many pictures in which a face moves.
fn write_clip(path: &Path, pictures: u32) -> Vec<u8> {
    let face = image::load_from_memory(include_bytes!("../fixtures/astronaut_256.png")).unwrap().to_rgb8();
    let mut clip = Vec::new();
    for picture in 0..pictures {
        let mut frame = image::RgbImage::from_pixel(400, 300, image::Rgb([96; 3]));
        image::imageops::overlay(&mut frame, &face, i64::from(20 + 6 * picture), 20);
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut clip, 90).encode_image(&frame).unwrap();
    }
    fs::write(path, &clip).unwrap();
    clip
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The times in a timeline.
fn times(csv: &str) -> Vec<u32> {
    csv.lines().skip(1).map(|line| line.split(',').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn a_clip_becomes_a_timeline() {
    let folder = folder("clip");
    let clip = write_clip(&folder.join("clip.mjpeg"), 6);
    let printed = succeed(
        &folder,
        &["recognize", "clip.mjpeg", "--rate", "25", "--timeline", "all.csv", "--timeline", "all.json"],
    );
    let printed = lines(printed.as_bytes());
    assert_eq!((printed.len(), &printed[2]["time_ms"]), (6, &80.into()));
    let csv = fs::read_to_string(folder.join("all.csv")).unwrap();
    assert_eq!(times(&csv), [0, 40, 80, 120, 160, 200], "{csv}");
    assert!(csv.starts_with("time_ms,face,expression,angry,") && csv.contains(",clip.mjpeg,vgg,every\n"), "{csv}");
    let json: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("all.json")).unwrap()).unwrap();
    let source = &json["sources"][0];
    assert_eq!((&source["analysis"]["frames"], &source["analysis"]["complete"]), (&6.into(), &true.into()));
    assert_eq!((&source["faces"][0]["frames"], source["faces"].as_array().unwrap().len()), (&6.into(), 1));
    for (row, line) in source["rows"].as_array().unwrap().iter().zip(&printed) {
        let (a, b) = (&row["probabilities"], &line["faces"][0]["probabilities"]);
        let near = |class: usize| (a[class].as_f64().unwrap() - b[class].as_f64().unwrap()).abs() < 6e-5;
        assert!((0..7).all(near), "{row} {line}");
    }
    // Fewer frames, and a clip that breaks off: what was read is written.
    fs::write(folder.join("cut.mjpeg"), &clip[..clip.len() - 900]).unwrap();
    let arguments = ["recognize", "cut.mjpeg", "--rate", "25", "--sample", "12.5", "--timeline", "some.csv"];
    succeed(&folder, &arguments);
    assert_eq!(times(&fs::read_to_string(folder.join("some.csv")).unwrap()), [0, 80, 160]);
    let error = fail(&folder, &["recognize", "cut.mjpeg", "--timeline", "cut.csv"]);
    assert!(error.starts_with("mien: cut.mjpeg, picture 5: the image file ends early"), "{error}");
    assert_eq!(times(&fs::read_to_string(folder.join("cut.csv")).unwrap()), [0, 80, 160, 240, 320]);
    fs::write(folder.join("none.mjpeg"), "no clip").unwrap();
    assert_eq!(fail(&folder, &["recognize", "none.mjpeg"]), "mien: none.mjpeg: no JPEG picture in this clip\n");
    let error = fail(&folder, &["recognize", "clip.mjpeg", "--timeline", "faces.txt"]);
    assert_eq!(error, "mien: faces.txt: a timeline is written as .csv or .json\n");
}

#[test]
fn a_video_is_decoded_by_ffmpeg_or_the_lack_of_it_is_told() {
    let folder = folder("video");
    let video = fs::read(fixtures().join("portrait.webm")).unwrap();
    fs::write(folder.join("portrait.webm"), &video).unwrap();
    let without = Command::new(env!("CARGO_BIN_EXE_mien"))
        .args(["recognize", "portrait.webm"])
        .current_dir(&folder)
        .env("PATH", &folder)
        .output()
        .unwrap();
    let error = String::from_utf8(without.stderr).unwrap();
    assert_eq!(without.status.code(), Some(1));
    assert!(error.contains("ffmpeg, which is not installed") && error.lines().count() == 1, "{error}");
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        println!("SKIPPED: ffmpeg is not installed, so no video is decoded");
        return;
    }
    succeed(&folder, &["recognize", "portrait.webm", "--timeline", "all.csv"]);
    let all = times(&fs::read_to_string(folder.join("all.csv")).unwrap());
    assert!(all.len() > 15 && all.is_sorted() && all.iter().all(|time| time % 200 == 0), "{all:?}");
    assert_eq!(all.last(), Some(&3800));
    // A broken end is told in one line, and what was read is written.
    fs::write(folder.join("cut.webm"), &video[..video.len() - 180]).unwrap();
    mien(&folder, &["recognize", "cut.webm", "--timeline", "cut.csv"]);
    let cut = times(&fs::read_to_string(folder.join("cut.csv")).unwrap());
    assert!(!cut.is_empty() && all.starts_with(&cut), "{cut:?}");
    fs::write(folder.join("head.webm"), &video[..600]).unwrap();
    let error = fail(&folder, &["recognize", "head.webm"]);
    assert!(error.starts_with("mien: head.webm: no picture could be decoded"), "{error}");
    // Other bad videos, which the page is tested on, too.
    for (name, said) in [
        ("sound.webm", "no picture"),
        ("sound.mp4", "no picture"),
        ("frameless.mp4", "no picture"), // in this video, or ffmpeg's reason why none could be decoded
        ("empty.mp4", "the file is empty"),
    ] {
        let bytes = fs::read(fixtures().join("videos").join(name)).unwrap_or_default();
        fs::write(folder.join(name), bytes).unwrap();
        let error = fail(&folder, &["recognize", name, "--timeline", "none.csv"]);
        let is_said = error.starts_with(&format!("mien: {name}: ")) && error.contains(said);
        assert!(is_said && error.lines().count() == 1, "{error}");
    }
    let resized = fixtures().join("videos/resized.webm");
    let output = mien(&folder, &["recognize", resized.to_str().unwrap(), "--timeline", "resized.json"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success()
            && error.ends_with("from 0.600 s on the picture has 96×128 pixels; it is scaled to the size before\n"),
        "{error}"
    );
    let json: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("resized.json")).unwrap()).unwrap();
    assert_eq!(json["sources"][0]["analysis"]["frames"], 6, "{json}");
    let front = fs::read(fixtures().join("videos/front.mp4")).unwrap();
    fs::write(folder.join("front.mp4"), &front[..front.len() - 100]).unwrap();
    let error = fail(&folder, &["recognize", "front.mp4", "--timeline", "front.json"]);
    assert!(error.starts_with("mien: front.mp4: damaged; the last picture is at "), "{error}");
    let json: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("front.json")).unwrap()).unwrap();
    let analysis = &json["sources"][0]["analysis"];
    assert!(analysis["frames"].as_u64() > Some(2) && analysis["complete"] == false, "{json}");
    // A place that does not exist is told before anything is decoded.
    let error = fail(&folder, &["recognize", "portrait.webm", "--timeline", "nowhere/all.csv"]);
    assert!(error.starts_with("mien: cannot write nowhere/all.csv: ") && error.lines().count() == 1, "{error}");
}
