//! Training, fine-tuning and cross-validation.

use std::fmt::Write as _;
use std::fs;

use crate::support::{SETTINGS, fail, folder, mien, succeed, write_csv};
use mien_core::evaluation::Report;
use mien_core::training::CrossReport;

#[test]
fn a_network_is_trained_resumed_and_evaluated() {
    let folder = folder("train");
    write_csv(&folder.join("faces.csv"));
    fs::write(folder.join("settings.json"), SETTINGS).unwrap();
    let mut votes = "neutral,happiness,surprise,sadness,anger,disgust,fear\n".to_owned();
    votes.push_str(&"2,2,2,2,2,2,2\n".repeat(280));
    fs::write(folder.join("votes.csv"), votes).unwrap();

    let train = ["train", "faces.csv", "--out", "out.safetensors", "--votes", "votes.csv"];
    let text = succeed(&folder, &[&train[..], &["--settings", "settings.json", "--seed", "3"]].concat());
    assert!(text.contains("140 images to train on, 70 to validate on"), "{text}");
    assert!(text.contains("epoch 2 of 2: loss ") && text.contains("macro F1 "), "{text}");
    assert!(folder.join("out.checkpoint").exists());

    let text = succeed(&folder, &[&train[..], &["--resume", "--epochs", "14"]].concat());
    assert!(
        !text.contains("epoch 2 of") && text.contains("epoch 3 of 14") && text.contains("epoch 14 of 14"),
        "{text}"
    );

    let text = succeed(&folder, &["inspect", "out.safetensors"]);
    assert!(
        text.contains(r#"{"vgg":{"stages":[[8,1],[8,1],[16,1]]"#) && text.contains("validation accuracy: "),
        "{text}"
    );

    let evaluate = ["evaluate", "faces.csv", "--split", "PrivateTest", "--json", "report.json", "--weights"];
    let text = succeed(&folder, &[&evaluate[..], &["out.safetensors"]].concat());
    assert!(text.contains("balanced accuracy"), "{text}");
    let report: Report = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
    assert_eq!((report.samples, report.split.as_str(), report.backend.as_str()), (70, "PrivateTest", "flex"));
    assert_eq!(report.confusion_matrix.samples(), 70);
    assert!(report.classes.iter().all(|class| class.support == 10));
    assert!(report.accuracy > 0.9, "{report:?}");
    assert_eq!((report.dataset.as_str(), report.calibration.len()), ("faces.csv", 15));

    // read in another order, the labels look reordered
    let output = mien(&folder, &[&evaluate[..], &["out.safetensors", "--labels", "affectnet"]].concat());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("faces.csv: the labels look reordered: with angry → neutral, "), "{text}");
    assert!(text.contains("; that is FER2013's order (see --labels)"), "{text}");
    succeed(&folder, &[&evaluate[..], &["out.safetensors"]].concat());

    // the other formats agree
    let forms = ["--csv", "report.csv", "--html", "report.html", "--predictions", "predictions.csv"];
    succeed(&folder, &[&evaluate[..], &["out.safetensors"], &forms[..]].concat());
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let right = (report.accuracy * 70.0).round() as usize;
    let table = read("report.csv");
    let accuracy = table.lines().find_map(|line| line.strip_prefix("accuracy,")).unwrap();
    assert!((accuracy.split(',').next().unwrap().parse::<f64>().unwrap() - report.accuracy).abs() < 1e-8);
    assert!(table.lines().all(|line| line.contains('"') || line.split(',').count() == 19), "{table}");
    let page = read("report.html");
    assert!(page.starts_with("<!doctype html>") && page.matches("<svg").count() == 5, "{page}");
    let rows: Vec<Vec<f64>> = read("predictions.csv")
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|field| field.parse().unwrap()).collect())
        .collect();
    assert_eq!(rows.len(), 70);
    assert_eq!(rows[0][0], 21.0, "the first PrivateTest row");
    assert_eq!(rows.iter().filter(|row| row[1] == row[2]).count(), right);
    let log_loss: f64 = rows.iter().map(|row| -row[3 + row[1] as usize].ln()).sum::<f64>() / 70.0;
    assert!((log_loss - report.log_loss).abs() < 1e-6, "{log_loss} {}", report.log_loss);

    // half precision: half the size, the same predictions
    succeed(&folder, &["convert", "out.safetensors", "--out", "half.safetensors", "--precision", "half"]);
    let size = |name: &str| fs::metadata(folder.join(name)).unwrap().len();
    assert!(size("half.safetensors") < size("out.safetensors"));
    succeed(&folder, &[&evaluate[..], &["half.safetensors"]].concat());
    let half: Report = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
    assert!((half.accuracy - report.accuracy).abs() < 0.03);

    // there and back in Burn's own format
    succeed(&folder, &["convert", "out.safetensors", "--out", "full.bpk", "--precision", "full"]);
    assert!(succeed(&folder, &["inspect", "full.bpk"]).contains("weights of vgg"));
    succeed(&folder, &["convert", "full.bpk", "--out", "again.safetensors", "--precision", "half"]);
    succeed(&folder, &[&evaluate[..], &["again.safetensors"]].concat());
    let again: Report = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
    assert_eq!(again.confusion_matrix, half.confusion_matrix);

    assert!(
        succeed(&folder, &["bench", "--weights", "half.safetensors", "--passes", "2"]).contains("training, batch 32")
    );

    // other tools
    for (file, options) in [
        ("net.onnx", &[][..]),
        ("small.onnx", &["--precision", "byte", "--pixels"]),
        ("logits.onnx", &["--precision", "half", "--logits"]),
        ("net.pt.safetensors", &[]),
    ] {
        let text = succeed(&folder, &[&["convert", "out.safetensors", "--out", file], options].concat());
        assert!(text.contains(file), "{text}");
        let bytes = fs::read(folder.join(file)).unwrap();
        let classes: &[u8] = if file.ends_with(".onnx") { b"angry,disgust" } else { b"angry\\\",\\\"disgust" };
        assert!(bytes.windows(classes.len()).any(|window| window == classes), "{file}");
    }
    assert!(read("net.py").contains("class Network(nn.Module)"));
    // a module is replaced by another one, but not a file of someone else's
    let convert = |out: &str| mien(&folder, &["convert", "out.safetensors", "--out", out]);
    assert!(convert("net.pt.safetensors").status.success());
    fs::write(folder.join("own.py"), "import torch\n").unwrap();
    let text = fail(&folder, &["convert", "out.safetensors", "--out", "own.pt.safetensors"]);
    assert!(text.contains("own.py: mien did not write this file") && text.contains("--out"), "{text}");
    assert!(read("own.py") == "import torch\n" && !folder.join("own.pt.safetensors").exists());
    let text = succeed(&folder, &["convert", "out.safetensors", "--out", "1 net.PT.safetensors"]);
    assert!(text.contains("name `1 net`") && text.contains("_1_net.py: ") && text.contains(" kB"), "{text}");
    assert!(read("_1_net.py").contains("class Network(nn.Module)"));
    // a format that is not written, and a file that is not read
    let text = fail(&folder, &["convert", "out.safetensors", "--out", "q.onnx.zip"]);
    assert!(text.contains(".onnx (") && !folder.join("q.onnx.zip").exists(), "{text}");
    for command in [&["inspect", "net.pt.safetensors"][..], &["convert", "net.pt.safetensors", "--out", "again.onnx"]] {
        let text = fail(&folder, command);
        assert!(text.contains("state dict of PyTorch") && text.matches("`mien-1`").count() == 1, "{text}");
    }
    // an ONNX model is known without its ending
    fs::copy(folder.join("net.onnx"), folder.join("model")).unwrap();
    assert!(succeed(&folder, &["inspect", "model"]).starts_with("ONNX model"));
    let text = fail(&folder, &["convert", "net.onnx", "--out", "again.safetensors"]);
    assert!(text.contains("ONNX"), "{text}");
    // a file that only has the name of a checkpoint
    fs::write(folder.join("notes.checkpoint"), "my notes").unwrap();
    let text = fail(&folder, &["train", "faces.csv", "--out", "notes.safetensors"]);
    assert!(text.contains("notes.checkpoint: mien did not write this file"), "{text}");
    assert_eq!(read("notes.checkpoint"), "my notes");
    for options in [["--out", "wrong.safetensors", "--pixels"], ["--out", "wrong.bpk", "--logits"]] {
        let refused = mien(&folder, &[&["convert", "out.safetensors"], &options[..]].concat());
        assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains(".onnx"));
    }
}

#[test]
fn a_head_is_fine_tuned_and_cross_validated() {
    let folder = folder("cross-validate");
    write_csv(&folder.join("faces.csv"));
    fs::write(folder.join("settings.json"), SETTINGS).unwrap();
    let settings = ["--settings", "settings.json"];
    succeed(&folder, &[&["train", "faces.csv", "--out", "first.safetensors"], &settings[..]].concat());

    let text = succeed(
        &folder,
        &["train", "faces.csv", "--init", "first.safetensors", "--out", "head.safetensors", "--preset", "fine-tune"],
    );
    assert!(text.contains("of 30: loss ") && text.contains("head.safetensors: weights of epoch "), "{text}");
    let text = succeed(&folder, &["inspect", "head.safetensors"]);
    assert!(text.contains("70 images of PublicTest") && text.contains(r#""scope":"head""#), "{text}");

    let cross = ["cross-validate", "faces.csv", "--folds", "3", "--json", "folds.json"];
    let text = succeed(&folder, &[&cross[..], &settings[..]].concat());
    assert!(text.contains("210 images in 3 folds") && text.contains("fold 3 of 3: accuracy "), "{text}");
    let report: CrossReport = serde_json::from_slice(&fs::read(folder.join("folds.json")).unwrap()).unwrap();
    assert_eq!((report.folds, report.confusion_matrix.samples()), (3, 210));
    assert_eq!(report.records.iter().map(|record| record.training_images).sum::<usize>(), 420);
    let few = ["cross-validate", "faces.csv", "--folds", "211"];
    assert!(fail(&folder, &[&few[..], &settings[..]].concat()).contains("folds: 211; samples: 210"));
}

#[test]
fn persons_stay_together() {
    let folder = folder("persons");
    write_csv(&folder.join("faces.csv"));
    fs::write(folder.join("settings.json"), SETTINGS).unwrap();
    // 20 persons with 14 images each, only in Training
    let faces = fs::read_to_string(folder.join("faces.csv")).unwrap();
    let mut text = "emotion,pixels,Usage,Subject,age\n".to_owned();
    for (row, line) in faces.lines().skip(1).enumerate() {
        writeln!(text, "{},Training,s{},{}", line.rsplit_once(',').unwrap().0, row / 14, row % 2).unwrap();
    }
    fs::write(folder.join("persons.csv"), text).unwrap();
    let settings = ["--settings", "settings.json", "--epochs", "1"];
    let run = |arguments: &[&str]| succeed(&folder, &[arguments, &settings[..]].concat());
    let cross = ["cross-validate", "persons.csv", "--folds", "2"];
    let run_cross = |options: &[&str]| {
        let text = run(&[&cross[..], &["--json", "folds.json"], options].concat());
        let report: CrossReport = serde_json::from_slice(&fs::read(folder.join("folds.json")).unwrap()).unwrap();
        (text, report.grouped_by)
    };
    let (text, column) = run_cross(&[]);
    assert!(text.contains("persons stay together (column Subject: 20 values)"), "{text}");
    assert_eq!(column.as_deref(), Some("Subject"));
    let (text, column) = run_cross(&["--group-by", "none"]);
    assert!(!text.contains("together") && column.is_none(), "{text}");
    let (text, column) = run_cross(&["--group-by", "age"]);
    assert!(text.contains("groups stay together (column age: 2 values)"), "{text}");
    assert_eq!(column.as_deref(), Some("age"));
    let refused = |arguments: &[&str]| fail(&folder, &[arguments, &settings[..]].concat());
    let many = refused(&["cross-validate", "persons.csv", "--folds", "21"]);
    assert!(many.contains("at least as many such groups (here 20) as folds or splits (here 21)"), "{many}");
    let unknown = refused(&[&cross[..], &["--group-by", "gender"]].concat());
    assert!(unknown.contains("there is no column `gender`") && unknown.contains("Subject, age"), "{unknown}");

    let train = ["train", "persons.csv", "--out", "weights.safetensors"];
    let text = run(&train);
    assert!(text.contains("persons stay together (column Subject: 20 values)"), "{text}");
    assert!(text.contains("224 images to train on, 56 to validate on"), "{text}");
    // a run keeps the images that it began with
    let text = succeed(&folder, &[&train[..], &["--resume", "--epochs", "2", "--group-by", "none"]].concat());
    assert!(text.contains("224 images to train on, 56 to validate on"), "{text}");
    let text = succeed(&folder, &["inspect", "persons.csv"]);
    assert!(text.contains("  persons: 20, of whom 0 are in Training and in a held-out split"), "{text}");
}
