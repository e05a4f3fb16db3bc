//! Tests of the command line on a small generated CSV.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use mien_core::dataset::PersonHalf;
use mien_core::evaluation::Report;
use mien_core::evaluation::photos::PhotoReport;
use mien_core::evaluation::robustness::RobustnessReport;
use mien_core::training::CrossReport;

const SETTINGS: &str = r#"{
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
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn mien(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mien")).args(arguments).current_dir(folder).output().unwrap()
}

/// Standard output of a command that must succeed.
fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = mien(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The one line of standard error of a command that must fail.
fn fail(folder: &Path, arguments: &[&str]) -> String {
    let output = mien(folder, arguments);
    assert!(!output.status.success(), "{arguments:?} should have failed");
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

/// Stripes whose direction determines the class: 140 to train on, 70 in each of the other splits.
/// Each image has its own pattern of 4×4 pixels, as they would be near duplicates otherwise.
fn write_csv(path: &Path) {
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
    assert!(text.contains("140 images in 3 folds") && text.contains("fold 3 of 3: accuracy "), "{text}");
    let report: CrossReport = serde_json::from_slice(&fs::read(folder.join("folds.json")).unwrap()).unwrap();
    assert_eq!((report.folds, report.confusion_matrix.samples()), (3, 140));
    assert_eq!(report.records.iter().map(|record| record.training_images).sum::<usize>(), 280);
    let few = ["cross-validate", "faces.csv", "--folds", "141"];
    assert!(fail(&folder, &[&few[..], &settings[..]].concat()).contains("141 folds of 140 samples"));
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
    let text = run(&cross);
    assert!(text.contains("persons stay together (column Subject: 20 values)"), "{text}");
    assert!(!run(&[&cross[..], &["--group-by", "none"]].concat()).contains("together"));
    let text = run(&[&cross[..], &["--group-by", "age"]].concat());
    assert!(text.contains("groups stay together (column age: 2 values)"), "{text}");
    let refused = |arguments: &[&str]| fail(&folder, &[arguments, &settings[..]].concat());
    let many = refused(&["cross-validate", "persons.csv", "--folds", "21"]);
    assert!(many.contains("20 groups of images cannot fill 21 folds"), "{many}");
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

#[test]
fn a_network_is_calibrated() {
    let folder = folder("calibrate");
    write_csv(&folder.join("faces.csv"));
    fs::write(folder.join("raw.safetensors"), include_bytes!("fixtures/parity-vgg.safetensors")).unwrap();
    let calibrate =
        ["calibrate", "faces.csv", "--weights", "raw.safetensors", "--precision", "full", "--json", "found.json"];
    succeed(&folder, &[&calibrate[..], &["--out", "soft.safetensors"]].concat());
    let found =
        || -> serde_json::Value { serde_json::from_slice(&fs::read(folder.join("found.json")).unwrap()).unwrap() };
    assert!(found()["biases"].as_array().unwrap().iter().all(|bias| bias.as_f64() == Some(0.0)), "{}", found());
    let text = succeed(&folder, &[&calibrate[..], &["--out", "fitted.safetensors", "--biases"]].concat());
    assert!(text.contains("biases: angry "), "{text}");

    let measure = |weights: &str| -> (Report, [f64; 7]) {
        let evaluate = ["evaluate", "faces.csv", "--split", "PublicTest", "--weights", weights];
        let files = ["--json", "report.json", "--predictions", "predictions.csv"];
        succeed(&folder, &[&evaluate[..], &files[..]].concat());
        let mut said = [0.0; 7];
        for line in fs::read_to_string(folder.join("predictions.csv")).unwrap().lines().skip(1) {
            let fields: Vec<f64> = line.split(',').map(|field| field.parse().unwrap()).collect();
            said.iter_mut().zip(&fields[3..]).for_each(|(sum, probability)| *sum += probability);
        }
        (serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap(), said)
    };
    let [(raw, _), (soft, _), (fitted, said)] =
        ["raw.safetensors", "soft.safetensors", "fitted.safetensors"].map(measure);
    assert!(soft.log_loss < raw.log_loss && fitted.log_loss < soft.log_loss);
    assert_eq!(soft.confusion_matrix, raw.confusion_matrix, "a temperature changes no prediction");
    // at the minimum of the log loss, the probabilities of each class add up to its number of images: ten
    assert!(said.iter().all(|sum| (sum - 10.0).abs() < 0.05), "{said:?}");
}

#[test]
fn the_model_card_is_generated() {
    let folder = folder("card");
    write_csv(&folder.join("faces.csv"));
    let columns = "neutral,happiness,surprise,sadness,anger,disgust,fear\n";
    fs::write(folder.join("votes.csv"), format!("{columns}{}", "10,0,0,0,0,0,0\n".repeat(280))).unwrap();
    fs::create_dir(folder.join("weights")).unwrap();
    for (file, bytes) in [
        ("default.safetensors", &include_bytes!("fixtures/parity-vgg.safetensors")[..]),
        ("small.safetensors", include_bytes!("fixtures/parity-mobile.safetensors")),
        ("other.safetensors", include_bytes!("fixtures/parity-resnet.safetensors")),
    ] {
        fs::write(folder.join("weights").join(file), bytes).unwrap();
    }
    let list = serde_json::json!([
        { "file": "default.safetensors", "name": "One", "purpose": "It is there first.", "ensemble": true },
        { "file": "small.safetensors", "name": "Two", "purpose": "It is small.", "labels": "FER2013", "ensemble": true },
        { "file": "other.safetensors", "name": "Three", "purpose": "It learned from others.", "labels": "FER+" },
    ]);
    fs::write(folder.join("weights/networks.json"), list.to_string()).unwrap();
    let card =
        ["card", "faces.csv", "--votes", "votes.csv", "--weights", "weights", "--out", "card.md", "--tta", "flip"];
    fs::write(folder.join("card.md"), "# Mine\n").unwrap();
    assert!(fail(&folder, &card).contains("card.md: no place for figures"));
    labelled_photographs(&folder);
    let on_photos = ["card", "--photos", "photos", "--weights", "weights", "--out", "photos.md"];
    fs::write(folder.join("photos.md"), "<!-- end of photographs -->\n").unwrap();
    assert!(fail(&folder, &on_photos).contains("photos.md: no place for figures between `<!-- photographs: "));
    let marks = "A\n<!-- photographs: written by mien card --photos -->\nold\n<!-- end of photographs -->\nB\n";
    fs::write(folder.join("photos.md"), marks).unwrap();
    succeed(&folder, &on_photos);
    let text = fs::read_to_string(folder.join("photos.md")).unwrap();
    assert!(text.starts_with("A\n") && text.ends_with("B\n") && !text.contains("old"), "{text}");
    for row in
        ["| small.safetensors | 3 | 1 |", "| default.safetensors | gender: female | 1 | 2 | 0 |", "| webcam | all |"]
    {
        assert!(text.contains(row), "{row} is not in {text}");
    }
    fs::write(
        folder.join("card.md"),
        "# Mine\n<!-- figures: written by mien card -->\nold\n<!-- end of figures -->\nRest\n",
    )
    .unwrap();
    succeed(&folder, &card);

    let text = fs::read_to_string(folder.join("card.md")).unwrap();
    assert!(text.starts_with("# Mine\n") && text.ends_with("Rest\n") && !text.contains("old"), "{text}");
    let read = |file: &str| -> serde_json::Value {
        serde_json::from_slice(&fs::read(folder.join("weights").join(file)).unwrap()).unwrap()
    };
    let report = &read("card.json")["ensemble"];
    assert_eq!((report["model"].as_str(), report["samples"].as_u64()), (Some("vgg + mobile"), Some(70)), "{report}");
    let networks = read("networks.json");
    for network in networks.as_array().unwrap() {
        let file = network["file"].as_str().unwrap();
        assert_eq!(network["bytes"].as_u64(), Some(fs::metadata(folder.join("weights").join(file)).unwrap().len()));
        // `mien evaluate` gives the same metrics
        let weights = format!("weights/{file}");
        let evaluate =
            ["evaluate", "faces.csv", "--split", "PublicTest", "--votes", "votes.csv", "--weights", &weights];
        succeed(&folder, &[&evaluate[..], &["--json", "report.json"]].concat());
        let report: Report = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
        assert_eq!(network["accuracy"].as_f64(), Some(report.accuracy), "{file}");
        assert_eq!(network["ferplus_accuracy"].as_f64(), report.ferplus.map(|labels| labels.accuracy), "{file}");
        let row = format!(
            "| {file} ({}) | {} | ",
            network["architecture"].as_str().unwrap(),
            network["labels"].as_str().unwrap()
        );
        assert!(text.contains(&row), "{row} is not in {text}");
    }
}

#[test]
fn a_csv_is_inspected() {
    let folder = folder("inspect");
    let path = folder.join("faces.csv");
    write_csv(&path);
    let mut text = fs::read_to_string(&path).unwrap();
    let first = text.lines().nth(1).unwrap().to_owned();
    let flat = vec!["90"; 48 * 48].join(" ");
    // a near-constant image, a copy in another split with another label, two bad rows
    writeln!(text, "6,{flat},Training").unwrap();
    writeln!(text, "4{},PublicTest", first.strip_prefix('0').unwrap().strip_suffix(",Training").unwrap()).unwrap();
    text.push_str("9,1 2 3,Training\nnonsense\n");
    fs::write(&path, text).unwrap();
    let text = succeed(&folder, &["inspect", "faces.csv"]);
    for line in [
        "282 images",
        "rejected: 2",
        "  field-count: 1",
        "  label: 1",
        "  row 284, column emotion: the label is `9`, which is none of the seven classes",
        "  row 285: number of fields in the row: 1; in the header: 3",
        "groups of byte-identical images: 1",
        "  across splits (data leakage): 1",
        "  with conflicting labels: 1",
        "groups of near duplicates: 0, of 0 images",
        "  across splits (data leakage): 0",
        "near-constant images: 1",
        "Training images that are excluded from training for these reasons: 2",
    ] {
        assert!(text.lines().any(|printed| printed == line), "no `{line}` in\n{text}");
    }
    // compressed, it is the same
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&fs::read(&path).unwrap()).unwrap();
    fs::write(folder.join("faces.csv.gz"), encoder.finish().unwrap()).unwrap();
    assert_eq!(succeed(&folder, &["inspect", "faces.csv.gz"]), text);
    // groups, and no splits
    let row = format!("{},31", first.strip_suffix(",Training").unwrap());
    fs::write(folder.join("groups.csv"), format!("emotion,pixels,age\n{row}\n{row}\n")).unwrap();
    let text = succeed(&folder, &["inspect", "groups.csv"]);
    assert!(text.contains("age:\n  31: 2\n"), "{text}");
}

#[test]
fn tables_and_arrays_are_inspected() {
    let folder = folder("columns");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/columns");
    for (name, as_name) in
        [("hugging-face.parquet", "data/train-0.parquet"), ("snappy-2.parquet", "data/test-0.parquet")]
    {
        fs::create_dir_all(folder.join("data")).unwrap();
        fs::copy(fixtures.join(name), folder.join(as_name)).unwrap();
    }
    fs::write(folder.join("data/README.txt"), "a description").unwrap();
    let counts = |text: &str, split: &str| {
        let line = text.lines().find(|line| line.starts_with(split)).unwrap_or_else(|| panic!("{text}")).to_owned();
        line.split_whitespace().nth(8).unwrap_or_default().to_owned()
    };
    let text = succeed(&folder, &["inspect", "data/test-0.parquet"]);
    assert!(text.starts_with("14 images"), "{text}");
    assert_eq!(counts(&text, "PublicTest"), "14");
    let text = succeed(&folder, &["inspect", "data"]);
    assert_eq!([counts(&text, "Training"), counts(&text, "PublicTest")], ["14", "14"]);
    fs::copy(fixtures.join("numbered.npz"), folder.join("set.npz")).unwrap();
    assert!(fail(&folder, &["inspect", "set.npz"]).contains("--labels fer2013"));
    let text = succeed(&folder, &["inspect", "set.npz", "--labels", "fer2013"]);
    assert_eq!(counts(&text, "Training"), "14");
    fs::copy(fixtures.join("images.npy"), folder.join("images.npy")).unwrap();
    assert!(fail(&folder, &["inspect", "images.npy"]).contains("numpy.savez"));
}

#[test]
fn bad_input_is_refused_in_one_line() {
    let folder = folder("refuse");
    write_csv(&folder.join("faces.csv"));
    fs::write(folder.join("text.csv"), "a picture of a face\n").unwrap();
    fs::write(folder.join("empty.csv"), "").unwrap();
    fs::write(folder.join("bad.json"), r#"{ "epochs": 0 }"#).unwrap();
    fs::write(folder.join("unknown.json"), r#"{ "epoch": 1 }"#).unwrap();
    fs::write(folder.join("cut.safetensors"), include_bytes!("fixtures/parity-vgg.safetensors").split_at(2000).0)
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

/// A CSV of stripes with two columns of groups, and a network that was trained on it for one epoch.
fn trained(name: &str) -> PathBuf {
    let folder = folder(name);
    write_csv(&folder.join("faces.csv"));
    fs::write(folder.join("settings.json"), SETTINGS).unwrap();
    succeed(
        &folder,
        &["train", "faces.csv", "--settings", "settings.json", "--epochs", "1", "--out", "out.safetensors"],
    );
    let text = fs::read_to_string(folder.join("faces.csv")).unwrap();
    let mut grouped = String::new();
    for (index, line) in text.lines().enumerate() {
        let groups = match index.checked_sub(1) {
            None => "age,sex".to_owned(),
            Some(row) => format!("{},{}", row % 50, ["f", "m", ""][row % 3]),
        };
        writeln!(grouped, "{line},{groups}").unwrap();
    }
    fs::write(folder.join("grouped.csv"), grouped).unwrap();
    folder
}

#[test]
fn a_network_is_evaluated_on_corrupted_images_and_by_groups() {
    let folder = trained("robustness");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let robustness = ["robustness", "faces.csv", "--split", "PublicTest", "--weights", "out.safetensors"];
    let some = ["--samples", "14", "--json", "r.json", "--csv", "r.csv", "--markdown", "r.md"];
    let text = succeed(&folder, &[&robustness[..], &some].concat());
    let report: RobustnessReport = serde_json::from_str(&read("r.json")).unwrap();
    assert_eq!((report.samples, report.corruptions.len(), report.severities.len()), (14, 18, 5));
    assert!(
        report.predictions <= 14 * 91 && report.split == "14 of PublicTest, drawn by class with seed 1",
        "{report:?}"
    );
    assert!(text.contains("clean: accuracy ") && text.contains("\nsalt_and_pepper "), "{text}");
    assert_eq!(read("r.csv").lines().count(), 2 + 90);
    assert!(
        read("r.md")
            .contains("Generated by `mien robustness faces.csv --split PublicTest --samples 14 --markdown r.md`")
    );
    // the same with another batch size and some of the corruptions
    let again =
        ["--samples", "14", "--json", "again.json", "--batch", "5", "--corruption", "roll", "--corruption", "blur"];
    succeed(&folder, &[&robustness[..], &again].concat());
    let again: RobustnessReport = serde_json::from_str(&read("again.json")).unwrap();
    assert_eq!((again.clean, again.corruptions.len()), (report.clean.clone(), 2));
    assert_eq!(again.corruptions[0].severities, report.corruptions[4].severities);

    let evaluate =
        ["evaluate", "grouped.csv", "--split", "PublicTest", "--weights", "out.safetensors", "--json", "g.json"];
    let report = || serde_json::from_str::<Report>(&read("g.json")).unwrap();
    succeed(&folder, &evaluate);
    assert!(report().groups.is_empty(), "not requested");
    let text = succeed(&folder, &[&evaluate[..], &["--groups", "--bin", "age=quantiles:2"]].concat());
    assert!(text.contains("\nage ") && text.contains("(blank)") && text.contains("too few images"), "{text}");
    let groups = report().groups;
    assert_eq!(
        groups.iter().map(|table| (table.name.as_str(), table.groups.len())).collect::<Vec<_>>(),
        [("age", 2), ("sex", 3)]
    );
    assert_eq!(groups[0].groups.iter().map(|group| group.samples).sum::<u64>(), 70);
    assert!(groups[0].gaps.is_some() && groups[1].gaps.is_none(), "23 of each sex are too few");

    // a separate table, by row
    let table: String = (0..280).rev().map(|row| format!("{row},{}\n", ["north", "south"][row % 2])).collect();
    fs::write(folder.join("join.csv"), format!("row,origin\n{table}")).unwrap();
    succeed(&folder, &[&evaluate[..], &["--join", "join.csv"]].concat());
    let joined = report().groups;
    assert_eq!((joined.len(), joined[2].name.as_str(), joined[2].groups[0].value.as_str()), (3, "origin", "north"));
    fs::write(folder.join("short.csv"), "origin\nnorth\n").unwrap();
    assert!(
        fail(&folder, &[&evaluate[..], &["--join", "short.csv"]].concat()).contains("short.csv: the table has 1 rows")
    );
    fs::write(folder.join("other.csv"), "row,origin\n9000,north\n").unwrap();
    assert!(fail(&folder, &[&evaluate[..], &["--join", "other.csv"]].concat()).contains("no row of the table belongs"));
    assert!(fail(&folder, &[&evaluate[..], &["--bin", "sex=width:3"]].concat()).contains("`f` is not a number"));
    assert!(fail(&folder, &[&evaluate[..], &["--bin", "origin=width:3"]].concat()).contains("there are age, sex"));
    let plain = ["evaluate", "faces.csv", "--split", "PublicTest", "--weights", "out.safetensors", "--groups"];
    assert!(fail(&folder, &plain).contains("there are no groups"));
}

/// The astronaut, in a form that cameras write: stored on its side, with the orientation that turns it upright.
fn turned_astronaut() -> Vec<u8> {
    let upright = image::load_from_memory(include_bytes!("fixtures/astronaut_256.png")).unwrap().to_rgb8();
    let mut file = std::io::Cursor::new(Vec::new());
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 95);
    // EXIF with one entry: the orientation is 6, to be turned clockwise
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    image::ImageEncoder::set_exif_metadata(&mut encoder, exif.to_vec()).unwrap();
    image::imageops::rotate270(&upright).write_with_encoder(encoder).unwrap();
    file.into_inner()
}

fn lines(output: &[u8]) -> Vec<serde_json::Value> {
    std::str::from_utf8(output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn pictures_are_recognized_in_any_folder() {
    let folder = folder("recognize");
    let photos = folder.join("photos");
    fs::create_dir_all(photos.join("more")).unwrap();
    let astronaut = include_bytes!("fixtures/astronaut.jpg");
    fs::write(photos.join("b.jfif"), astronaut).unwrap();
    fs::write(photos.join("more/c"), turned_astronaut()).unwrap();
    fs::write(photos.join("a.jpg"), &astronaut[..astronaut.len() / 2]).unwrap();
    fs::write(photos.join("notes.txt"), "no picture").unwrap();
    fs::write(photos.join(".hidden.jpg"), astronaut).unwrap();

    // without weights beside it: the program carries them
    let output =
        mien(&folder, &["recognize", "photos", "none.jpg", "photos/b.jfif", "--crops", "crops", "--csv", "faces.csv"]);
    assert_eq!(output.status.code(), Some(1));
    let lines = lines(&output.stdout);
    let read: Vec<&str> = lines.iter().map(|line| line["file"].as_str().unwrap()).collect();
    assert_eq!(read, ["photos/b.jfif", "photos/more/c", "photos/b.jfif"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    let expected = [
        "photos: skipped files that are not images: 1",
        "mien: photos/a.jpg: the image file ends early, as if it had not been copied or downloaded completely",
        "mien: cannot read none.jpg: No such file or directory (os error 2)",
        "mien: 2 of 5 files could not be read",
    ];
    assert_eq!(errors.lines().collect::<Vec<_>>(), expected);
    // turned upright, the face is in the same place: the second picture has half the size
    let bounds = |line: &serde_json::Value| {
        let bounds = &line["faces"][0]["bounds"];
        ["x", "y", "width"].map(|name| bounds[name].as_f64().unwrap())
    };
    for (whole, half) in bounds(&lines[0]).into_iter().zip(bounds(&lines[1])) {
        assert!((whole / 2.0 - half).abs() < 8.0, "{lines:?}");
    }
    assert!(lines.iter().all(|line| line["found"] == 1 && line["faces"].as_array().unwrap().len() == 1));
    assert!(folder.join("crops/photos-more-c-0000-1.png").exists() && folder.join("crops/b-0000-1.png").exists());
    let table = fs::read_to_string(folder.join("faces.csv")).unwrap();
    let rows: Vec<&str> = table.lines().collect();
    assert!(rows.len() == 4 && rows[0].starts_with("FaceRectX,") && rows[2].ends_with(",photos/more/c,0"), "{table}");
    // one bad file alone is one line
    assert!(fail(&folder, &["recognize", "photos/a.jpg"]).starts_with("mien: photos/a.jpg: the image file ends early"));
    fs::create_dir(folder.join("empty")).unwrap();
    assert!(fail(&folder, &["recognize", "empty"]).starts_with("mien: empty: none of the files is an image"));
}

/// An MJPEG clip of this many pictures in which a face moves.
fn write_clip(path: &Path, pictures: u32) -> Vec<u8> {
    let face = image::load_from_memory(include_bytes!("fixtures/astronaut_256.png")).unwrap().to_rgb8();
    let mut clip = Vec::new();
    for picture in 0..pictures {
        let mut frame = image::RgbImage::from_pixel(400, 300, image::Rgb([96; 3]));
        image::imageops::overlay(&mut frame, &face, i64::from(20 + 6 * picture), 20);
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut clip, 90).encode_image(&frame).unwrap();
    }
    fs::write(path, &clip).unwrap();
    clip
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
    let video = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/portrait.webm")).unwrap();
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
}

#[test]
fn faces_of_photographs_are_cropped() {
    let folder = folder("crop");
    let write = |path: &str, file: &[u8]| {
        let path = folder.join("set").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    };
    let astronaut = include_bytes!("fixtures/astronaut.jpg");
    write("train/happy/a.jpg", astronaut);
    write("test/happy/a.jpg", &turned_astronaut());
    let mut wall = std::io::Cursor::new(Vec::new());
    image::GrayImage::from_pixel(300, 200, [90].into()).write_to(&mut wall, image::ImageFormat::Png).unwrap();
    write("train/sad/wall.png", wall.get_ref());
    let all_read = mien(&folder, &["crop", "set", "--out", "faces.csv"]);
    let text = String::from_utf8(all_read.stdout).unwrap();
    assert!(all_read.status.success() && all_read.stderr.is_empty(), "{text}");
    for line in [
        "faces.csv: 2 crops: 2 happy",
        "images with a face: 2 of 3",
        "  with several, of which the largest is taken: 0",
        "rejected: 1",
        "  no-face: 1",
        "  `set/train/sad/wall.png`: no face was found in the picture",
    ] {
        assert!(text.lines().any(|printed| printed == line), "no `{line}` in\n{text}");
    }

    // the crops are those that are recognized
    succeed(&folder, &["recognize", "set", "--crops", "crops"]);
    let csv = fs::read_to_string(folder.join("faces.csv")).unwrap();
    let rows: Vec<&str> = csv.lines().skip(1).collect();
    for (row, (crop, split)) in rows.iter().zip([("set-test-happy-a", "PublicTest"), ("set-train-happy-a", "Training")])
    {
        let crop = image::open(folder.join(format!("crops/{crop}-0000-1.png"))).unwrap().to_luma8();
        let pixels: Vec<String> = crop.as_raw().iter().map(u8::to_string).collect();
        assert_eq!(*row, format!("3,{},{split}", pixels.join(" ")));
    }
    // from an archive to an archive: the same
    succeed(&folder, &["crop", "set", "--out", "faces.zip"]);
    assert_eq!(succeed(&folder, &["inspect", "faces.zip"]), succeed(&folder, &["inspect", "faces.csv"]));
    let crops_alone = fail(&folder, &["crop", "faces.zip", "--out", "again.csv"]);
    assert!(crops_alone.ends_with("faces.zip: all images are 48×48 crops already\n"), "{crops_alone}");

    // one bad file does not stop the rest
    write("train/fear/cut.jpg", &astronaut[..astronaut.len() / 2]);
    let output = mien(&folder, &["crop", "set", "set/none/happy/b.jpg", "--out", "some.csv"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "mien: 2 of 5 images could not be read\n");
    assert_eq!(fs::read_to_string(folder.join("some.csv")).unwrap(), csv);
    // nothing is written without a face, and no labels are no reason to wait
    assert!(fail(&folder, &["crop", "set/train/sad/wall.png", "--out", "no.csv"]).contains("no face was found"));
    fs::create_dir(folder.join("plain")).unwrap();
    fs::write(folder.join("plain/x.jpg"), astronaut).unwrap();
    assert!(fail(&folder, &["crop", "plain", "--out", "no.csv"]).contains("names one of the seven classes"));
    assert!(
        fail(&folder, &["crop", "set", "faces.zip", "--out", "no.csv"]).contains("an archive must be the only file")
    );
    let no_form = mien(&folder, &["crop", "set", "--out", "no.txt"]);
    assert!(String::from_utf8(no_form.stderr).unwrap().contains("must end in .csv or .zip"));
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let written: Vec<String> = names.filter(|name| name.contains("no.") || name.contains("partial")).collect();
    assert!(written.is_empty(), "{written:?}");
}

/// A folder of two photographs of the astronaut and one of a wall, with a table of labels.
fn labelled_photographs(folder: &Path) {
    let photos = folder.join("photos");
    fs::create_dir_all(photos.join("smiling")).unwrap();
    fs::write(photos.join("smiling/a.jpg"), include_bytes!("fixtures/astronaut.jpg")).unwrap();
    fs::write(photos.join("turned.jpg"), turned_astronaut()).unwrap();
    image::GrayImage::from_pixel(300, 200, [90].into()).save(photos.join("wall.png")).unwrap();
    let labels = "file,class,person,age,gender\nsmiling/a.jpg,happy,p1,47,female\nturned.jpg,fear,p1,47,female\n\
                  wall.png,neutral,p2,,male\n";
    fs::write(photos.join("labels.csv"), labels).unwrap();
}

#[test]
fn photographs_are_measured() {
    let folder = folder("measure-photos");
    labelled_photographs(&folder);
    let text = succeed(&folder, &["measure-photos", "photos", "--json", "report.json"]);
    let report: PhotoReport = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
    assert_eq!((report.samples, report.not_found, report.several), (3, 1, 0), "{text}");
    // the smile is found; the other picture of it is labelled fear, and the wall has no face
    assert!((report.accuracy - 1.0 / 3.0).abs() < 1e-9, "{text}");
    let recalls: Vec<_> =
        report.classes.iter().map(|class| (class.name.as_str(), class.right, class.samples)).collect();
    assert_eq!(recalls, [("fear", 0, 1), ("happy", 1, 1), ("neutral", 0, 1)]);
    let columns: Vec<&str> = report.groups.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(columns, ["age", "gender"], "persons are no group");
    assert_eq!((report.groups[1].groups[0].persons, report.groups[1].groups[0].samples), (1, 2));
    assert!(text.contains("face not found                     1") && text.contains("distance of the eyes"), "{text}");

    // the same face as `recognize` finds, with the same probabilities
    let line = &lines(succeed(&folder, &["recognize", "photos/smiling/a.jpg"]).as_bytes())[0];
    let happy = line["faces"][0]["probabilities"][3].as_f64().unwrap();
    let labels = "path;emotion\nphotos/smiling/a.jpg;happy\n";
    fs::write(folder.join("one.csv"), labels).unwrap();
    let one = ["measure-photos", ".", "--labels", "one.csv", "--json", "one.json"];
    let probability = |arguments: &[&str]| {
        succeed(&folder, &[&one[..], arguments].concat());
        let report: PhotoReport = serde_json::from_slice(&fs::read(folder.join("one.json")).unwrap()).unwrap();
        report.mean_probability
    };
    assert!((probability(&[]) - happy).abs() < 1e-4);
    // framings are averaged, or compared in a table
    let (near, wide) = (probability(&["--scale", "0.8"]), probability(&["--scale", "1.3", "--shift", "-0.05"]));
    let both = probability(&["--scale", "0.8,1.3", "--shift", "0,-0.05"]);
    assert!((both - (near + wide) / 2.0).abs() < 1e-4, "{both} of {near} and {wide}");
    let table = succeed(&folder, &[&one[..], &["--framings", "--scale", "0.8,1.3", "--shift", "0,-0.05"]].concat());
    assert!(table.contains("recall of each class") && table.lines().count() == 6, "{table}");
    let rows: Vec<PhotoReport> = serde_json::from_slice(&fs::read(folder.join("one.json")).unwrap()).unwrap();
    let rows: Vec<_> = rows.iter().map(|row| (row.run.framings[0], row.mean_probability)).collect();
    assert_eq!((rows.len(), rows[0].0, rows[3].0), (4, [0.8, 0.0], [1.3, -0.05]));
    assert!((rows[0].1 - near).abs() < 1e-4 && (rows[3].1 - wide).abs() < 1e-4, "{rows:?}");
    assert!(probability(&["--bias", "happy=-3"]) < happy);
    // little light is another picture
    assert!((probability(&["--condition", "dimmed"]) - happy).abs() > 1e-4);
}

#[test]
fn crops_of_photographs_are_written_as_a_set_with_groups() {
    let folder = folder("photo-crops");
    labelled_photographs(&folder);
    let run = |out: &str, arguments: &[&str]| {
        succeed(&folder, &[&["measure-photos", "photos", "--crops", out], arguments].concat())
    };
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let text = run("faces.csv", &[]);
    assert!(text.contains("faces.csv: 2 crops") && text.contains("changes 0 predictions"), "{text}");
    let csv = read("faces.csv");
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["emotion", "pixels", "Usage", "age", "gender", "person"]);
    let split = if PersonHalf::of("p1") == PersonHalf::Choosing { "Training" } else { "PrivateTest" };
    for (row, label) in rows[1..].iter().zip(["3", "2"]) {
        assert_eq!((row[0], &row[2..]), (label, &[split, "47", "female", "p1"][..]));
    }
    // the pixels are those of `mien crop`
    succeed(&folder, &["crop", "photos", "--out", "cropped.csv"]);
    let cropped = read("cropped.csv");
    let pixels: Vec<&str> = cropped.lines().filter_map(|line| line.split(',').nth(1)).collect();
    assert_eq!(pixels, rows.iter().map(|row| row[1]).collect::<Vec<_>>());

    let small = ["--grey-step", "16"];
    assert!(run("small.csv.gz", &small).contains("small.csv.gz: 2 crops"));
    run("again.csv.gz", &small);
    let bytes = |name: &str| fs::read(folder.join(name)).unwrap();
    assert!(bytes("small.csv.gz") == bytes("again.csv.gz") && bytes("small.csv.gz").len() * 5 < csv.len());
    let text = succeed(&folder, &["inspect", "small.csv.gz"]);
    assert!(text.contains("2 images") && text.contains("person:\n  p1: 2\n"), "{text}");

    let error = |arguments: &[&str]| fail(&folder, &[&["measure-photos", "photos"], arguments].concat());
    assert!(error(&small).contains("--grey-step: it is for the file of --crops"));
    assert!(error(&["--crops", "no.csv", "--scale", "1,1.2"]).contains("give one --scale"));
    let no_name = mien(&folder, &["measure-photos", "photos", "--crops", "no.txt"]);
    assert!(String::from_utf8(no_name.stderr).unwrap().contains("must end in .csv or .csv.gz"));
    assert!(!folder.join("no.csv").exists());
}

#[test]
fn face_images_are_pasted_and_found_again() {
    let folder = folder("paste");
    labelled_photographs(&folder);
    fs::remove_file(folder.join("photos/labels.csv")).unwrap();
    fs::create_dir_all(folder.join("set/test/happy")).unwrap();
    fs::copy(folder.join("photos/smiling/a.jpg"), folder.join("set/test/happy/a.jpg")).unwrap();
    succeed(&folder, &["crop", "set", "--out", "faces.csv"]);
    let paste = ["measure-photos", "faces.csv", "--paste", "200", "--json", "report.json"];
    succeed(&folder, &paste);
    let report: PhotoReport = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
    assert_eq!((report.samples, report.not_found, report.accuracy), (1, 0, 1.0), "{report:?}");
    assert!(report.run.photographs.contains("PublicTest, pasted with sides of [200] pixels"), "{report:?}");
    assert!(fail(&folder, &[&paste[..], &["--split", "Training"]].concat()).contains("no image belongs to Training"));
}

#[test]
fn bad_tables_of_photographs_are_refused() {
    let folder = folder("bad-photos");
    labelled_photographs(&folder);
    let error = |arguments: &[&str]| fail(&folder, &[&["measure-photos"], arguments].concat());
    let labels = |text: &str| {
        fs::write(folder.join("labels.csv"), text).unwrap();
        error(&["photos", "--labels", "labels.csv"])
    };
    assert!(labels("").contains("labels.csv: it is empty"));
    assert!(labels("file,class\nwall.png,smug\n").contains("labels.csv: line 2: `smug` is none of the classes"));
    let missing = labels("file,class\nno.jpg,happy\nnone.jpg,sad\n");
    assert!(missing.contains("labels.csv: photos/no.jpg is not there (and 1 more)"), "{missing}");
    fs::write(folder.join("photos/cut.jpg"), &include_bytes!("fixtures/astronaut.jpg")[..3000]).unwrap();
    assert!(labels("file,class\ncut.jpg,happy\n").contains("photos/cut.jpg: the image file ends early"));
    assert!(error(&["none"]).contains("none: not a folder of photographs"));
    assert!(error(&["photos", "--labels", "no.csv"]).contains("cannot read no.csv"));
    assert!(error(&["photos", "--scale", "9"]).contains("a scale of 9: it must be 0.5 to 2"));
    assert!(error(&["photos", "--scale", "1,1.2,1.3", "--shift", "0,0.1"]).contains("2 values for 3 scales"));
    assert!(error(&["photos", "--bin", "size=width:3"]).contains("there is no column `size` to bin"));
    fs::write(folder.join("labels.csv"), "file,class\nwall.png,sad\n").unwrap();
    let halves = error(&["photos", "--labels", "labels.csv", "--half", "choosing"]);
    assert!(halves.contains("no column of persons"), "{halves}");
}

#[test]
fn faces_that_are_not_shown_are_counted() {
    let folder = folder("crowd");
    let face = image::load_from_memory(include_bytes!("fixtures/astronaut_256.png")).unwrap().to_rgb8();
    let face = image::imageops::crop_imm(&face, 50, 0, 128, 128).to_image();
    let mut crowd = image::RgbImage::from_pixel(128 * 7, 128 * 6, image::Rgb([96; 3]));
    for place in 0..42 {
        image::imageops::replace(&mut crowd, &face, place % 7 * 128, place / 7 * 128);
    }
    crowd.save(folder.join("crowd.png")).unwrap();
    let output = mien(&folder, &["recognize", "crowd.png"]);
    assert!(output.status.success());
    let line = &lines(&output.stdout)[0];
    let found = line["found"].as_u64().unwrap();
    assert!(found > 32 && line["faces"].as_array().unwrap().len() == 32, "{found}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("crowd.png: 32 of {found} faces shown\n"));
}

#[test]
fn a_folder_of_images_is_a_dataset() {
    let folder = folder("images");
    let pictures = folder.join("set/train/happy");
    fs::create_dir_all(&pictures).unwrap();
    for name in ["grey.tiff", "colour.bmp", "lossy.webp", "one.gif", "orientation-6.jpg"] {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pictures");
        fs::copy(fixtures.join(name), pictures.join(name)).unwrap();
    }
    fs::write(pictures.join("phone.heic"), b"\0\0\0\x24ftypheic\0\0\0\0mif1").unwrap();
    let text = succeed(&folder, &["inspect", "set"]);
    assert!(text.starts_with("5 images\n") && text.contains("\nrejected: 1\n  image-format: 1\n"), "{text}");
}

#[test]
fn numbered_folders_need_labels() {
    let folder = folder("labels");
    // in RAF-DB's order, with as many images of a class as its number says
    for number in 1..=7 {
        let images = folder.join(format!("set/train/{number}"));
        fs::create_dir_all(&images).unwrap();
        for index in 0..number {
            let grey = image::GrayImage::from_pixel(48, 48, [number * 16 + index].into());
            grey.save(images.join(format!("{index}.png"))).unwrap();
        }
    }
    let error = fail(&folder, &["inspect", "set"]);
    assert!(error.starts_with("mien: set: the labels are integers (1–7), which datasets assign"), "{error}");
    let choices =
        "--labels raf-db, --labels affectnet, --labels alphabetical, or --labels with all classes in the order";
    assert!(error.contains(choices), "{error}");
    // angry, disgust, fear, happy, sad, surprise, neutral, all
    let own = "surprise,fear,disgust,happy,sad,angry,neutral";
    for (order, name) in
        [("raf-db", "RAF-DB's order"), (own, "the order given"), (&format!("1={own}"), "the order given")]
    {
        let output = mien(&folder, &["inspect", "set", "--labels", order]);
        let text = String::from_utf8(output.stdout).unwrap();
        let row = text.lines().find_map(|line| line.strip_prefix("Training ")).unwrap();
        let counts: Vec<&str> = row.split_whitespace().take(8).collect();
        assert_eq!(counts, ["6", "3", "2", "4", "5", "1", "7", "28"], "{order}: {text}");
        let notes = String::from_utf8(output.stderr).unwrap();
        assert!(notes.contains(&format!("they were read in {name} as 1 surprise, 2 fear, 3 disgust")), "{notes}");
    }
    // other commands take it too, and an order that does not fit is refused
    let error = fail(&folder, &["evaluate", "set", "--split", "Training", "--labels", "fer2013", "--json", "r.json"]);
    assert!(error.starts_with("mien: set: the labels (1–7) do not fit the order FER2013. "), "{error}");
    let text = mien(&folder, &["inspect", "set", "--labels", "rafdp"]).stderr;
    assert!(String::from_utf8(text).unwrap().contains("`rafdp` is neither an order (fer2013, raf-db, affectnet"));
}

#[test]
fn model_faces_are_rendered() {
    let folder = folder("render");
    let render = |out: &str| {
        succeed(&folder, &["render", "--identities", "7", "--looks", "happy,neutral", "--out", out]);
        fs::read_to_string(folder.join(out)).unwrap()
    };
    let csv = render("set.csv");
    assert_eq!(csv, render("again.csv"));
    assert_eq!(csv.lines().count(), 1 + 7 * 2);
    let text = succeed(&folder, &["inspect", "set.csv"]);
    for line in ["14 images", "rejected: 0", "intensity:", "  1: 7", "skin:", "  very light: 4"] {
        assert!(text.lines().any(|printed| printed == line), "no `{line}` in\n{text}");
    }
    let small = ["render", "--identities", "7", "--looks", "happy,neutral", "--grey-step", "8", "--out"];
    succeed(&folder, &[&small[..], &["small.csv.gz"]].concat());
    assert!(fs::metadata(folder.join("small.csv.gz")).unwrap().len() * 3 < csv.len() as u64);
    assert_eq!(succeed(&folder, &["inspect", "small.csv.gz"]), text);
    assert!(fail(&folder, &[&small[..], &["pictures"]].concat()).contains("--grey-step: it is for a CSV"));
    succeed(&folder, &["render", "--identities", "1", "--looks", "sad", "--side", "64", "--out", "pictures"]);
    let picture = image::open(folder.join("pictures/sad/001-00.png")).unwrap();
    assert_eq!((picture.width(), picture.height()), (64, 64));
    let error = fail(&folder, &["render", "--out", "nowhere/set.csv"]);
    assert!(error.starts_with("mien: cannot write nowhere/set.csv"), "{error}");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = folder("pipe");
    write_csv(&folder.join("faces.csv"));
    fs::write(folder.join("a.jpg"), include_bytes!("fixtures/astronaut.jpg")).unwrap();
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

#[test]
fn a_smile_is_swept() {
    let folder = folder("sweep");
    let files = ["--csv", "curves.csv", "--json", "curves.json", "--svg", "curves.svg"];
    let smile = ["sweep", "--look", "happy", "--steps", "3", "--identities", "2", "--groups", "skin"];
    let text = succeed(&folder, &[&smile[..], &files].concat());
    assert!(text.contains("18 pictures, no face found in 0") && text.contains("named happy from"), "{text}");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&read("curves.json")).unwrap();
    let groups: Vec<&str> =
        json["groups"].as_array().unwrap().iter().filter_map(|group| group["name"].as_str()).collect();
    assert_eq!(groups, ["", "light", "medium", "dark"]);
    assert_eq!(json["curves"].as_array().unwrap().len(), 6);
    let steps = &json["groups"][0]["steps"];
    let happy = |step: usize| steps[step]["means"][3].as_f64().unwrap();
    assert!(happy(2) > happy(0) + 0.3, "{steps}");
    assert_eq!(read("curves.csv").lines().count(), 1 + 4 * 3);
    assert!(read("curves.svg").starts_with("<svg") && !read("curves.svg").contains("var("));
    // the same arguments give the same curves
    succeed(&folder, &[&smile[..], &["--csv", "again.csv"]].concat());
    assert_eq!(read("curves.csv"), read("again.csv"));

    for (arguments, part) in [
        (&["sweep"][..], "nothing changes"),
        (&["sweep", "--yaw"], "yaw goes from -60 to 60"),
        (&["sweep", "--look", "happy", "--from", "0.5", "--to", "0.5"], "needs a range"),
        (&["sweep", "--action-unit", "3", "--from", "0", "--to", "1"], "no action unit 3"),
        (&["sweep", "--action-unit", "12", "--from", "0", "--to", "2"], "au-12 of 2: it goes from 0 to 1"),
        (&["sweep", "--look", "happy", "--steps", "0"], "0 steps"),
        (&["sweep", "--look", "happy", "--csv", "nowhere/curves.csv"], "nowhere"),
        (&["sweep", "--look", "happy", "--weights", "none.safetensors"], "none.safetensors"),
    ] {
        let error = fail(&folder, arguments);
        assert!(error.contains(part), "{arguments:?}: {error}");
    }
}
