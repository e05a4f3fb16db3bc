//! Bad input, and outputs that end or are full.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{fail, folder, write_csv};

#[test]
fn bad_input_is_refused_in_one_line() {
    let folder = folder("refuse");
    write_csv(&folder.join("faces.csv"));
    fs::write(folder.join("text.csv"), "a picture of a face\n").unwrap();
    fs::write(folder.join("empty.csv"), "").unwrap();
    fs::write(folder.join("bad.json"), r#"{ "epochs": 0 }"#).unwrap();
    fs::write(folder.join("unknown.json"), r#"{ "epoch": 1 }"#).unwrap();
    fs::write(folder.join("cut.safetensors"), include_bytes!("../fixtures/parity-vgg.safetensors").split_at(2000).0)
        .unwrap();

    let train = |arguments: &[&str]| fail(&folder, &[&["train", "--out", "out.safetensors"], arguments].concat());
    assert!(
        train(&["text.csv"]).contains("text.csv: its first line, `a picture of a face`, names no column of labels")
    );
    assert!(train(&["empty.csv"]).contains("empty.csv: the file is empty"));
    assert!(train(&["none.csv"]).contains("cannot read none.csv"));
    assert!(train(&["faces.csv", "--settings", "bad.json"]).contains("the settings ask for 0 epochs"));
    assert!(train(&["faces.csv", "--settings", "unknown.json"]).contains("unknown field `epoch`"));
    assert!(train(&["faces.csv", "--resume"]).contains("cannot read out.checkpoint"));
    assert!(train(&["faces.csv", "--votes", "text.csv"]).contains("these are not FER+'s votes"));
    assert!(!folder.join("out.safetensors").exists());
    let evaluate = ["evaluate", "faces.csv", "--split", "PublicTest", "--weights"];
    assert!(fail(&folder, &[&evaluate[..], &["cut.safetensors"]].concat()).contains("cut off"));
    assert!(fail(&folder, &[&evaluate[..], &["none"]].concat()).contains("cannot read none"));
    if !cfg!(feature = "cuda") {
        let text = fail(&folder, &["bench", "--backend", "cuda"]);
        assert!(text.contains("this build has no cuda backend"), "{text}");
    }
}

#[test]
fn outputs_that_cannot_be_written_are_refused_before_anything_is_read() {
    let folder = folder("outputs");
    for (command, options) in [
        (&["evaluate", "none.csv", "--split", "PublicTest"][..], &["--json", "--csv", "--html", "--predictions"][..]),
        (&["robustness", "none.csv", "--split", "PublicTest"], &["--json", "--csv", "--markdown"]),
        (&["cross-validate", "none.csv"], &["--json"]),
        (&["train", "none.csv", "--out", "a"], &["--checkpoint"]),
        (&["train", "none.csv"], &["--out"]),
        (&["calibrate", "none.csv", "--weights", "none", "--out", "a"], &["--json"]),
        (&["calibrate", "none.csv", "--weights", "none"], &["--out"]),
        (&["measure-photos", "none"], &["--json", "--crops"]),
        (&["card", "--photos", "none"], &["--out"]),
    ] {
        for option in options {
            let error = fail(&folder, &[command, &[option, "missing/file.csv"]].concat());
            assert!(error.starts_with("mien: cannot write missing/file.csv"), "{command:?} {option}: {error}");
        }
    }
    // the checkpoint would take the place of the weights
    let error = fail(&folder, &["train", "none.csv", "--out", "a.checkpoint"]);
    assert!(error.contains("another output goes to the same file"), "{error}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "nothing is left");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = folder("pipe");
    write_csv(&folder.join("faces.csv"));
    fs::write(folder.join("a.jpg"), include_bytes!("../fixtures/astronaut.jpg")).unwrap();
    for arguments in [&["inspect", "faces.csv"][..], &["recognize", "a.jpg", "a.jpg"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mien"));
        command.args(arguments).current_dir(&folder).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        drop(process.stdout.take());
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
}

#[test]
fn a_full_device_is_an_error() {
    let full = Path::new("/dev/full");
    if full.exists() {
        let folder = folder("full");
        let output = Command::new(env!("CARGO_BIN_EXE_mien"))
            .args(["inspect", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/parity-vgg.safetensors")])
            .current_dir(&folder)
            .stdout(fs::OpenOptions::new().write(true).open(full).unwrap())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8(output.stderr).unwrap().starts_with("mien: cannot write to standard output"));
    }
}
