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
