//! ONNX models: those of mien's own networks, and third-party ones.

use std::fs;
use std::path::Path;

use crate::support::{fail, folder, succeed, write_csv};
use mien_core::evaluation::Report;
use mien_core::evaluation::robustness::RobustnessReport;

const OTHER: [&str; 5] = ["--weights", "residual.onnx", "--onnx-scaling", "imagenet", "--onnx-classes=affectnet"];

/// A folder with images, and an ONNX model of PyTorch.
fn prepared(name: &str) -> std::path::PathBuf {
    let folder = folder(name);
    write_csv(&folder.join("faces.csv"));
    fs::write(folder.join("residual.onnx"), include_bytes!("../fixtures/onnx/torch-residual.onnx")).unwrap();
    folder
}

fn report(folder: &Path, arguments: &[&str]) -> (Report, Vec<Vec<f64>>) {
    let evaluate = ["evaluate", "faces.csv", "--split", "PublicTest", "--json", "report.json"];
    succeed(folder, &[&evaluate[..], &["--predictions", "predictions.csv"], arguments].concat());
    let text = fs::read_to_string(folder.join("predictions.csv")).unwrap();
    let probabilities = |line: &str| line.split(',').skip(3).map(|field| field.parse().unwrap()).collect();
    let predictions = text.lines().skip(1).map(probabilities).collect();
    (serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap(), predictions)
}

#[test]
fn an_exported_network_evaluates_the_same() {
    let folder = prepared("own-onnx");
    for (kind, weights) in [
        ("cnn", &include_bytes!("../fixtures/parity-cnn.safetensors")[..]),
        ("vgg", include_bytes!("../fixtures/parity-vgg.safetensors")),
        ("resnet", include_bytes!("../fixtures/parity-resnet.safetensors")),
        ("inception", include_bytes!("../fixtures/parity-inception.safetensors")),
        ("mobile", include_bytes!("../fixtures/parity-mobile.safetensors")),
    ] {
        let file = format!("{kind}.safetensors");
        fs::write(folder.join(&file), weights).unwrap();
        let (expected, burn) = report(&folder, &["--weights", &file]);
        for options in [&[][..], &["--pixels"], &["--logits"]] {
            succeed(&folder, &[&["convert", &file, "--out", "net.onnx"], options].concat());
            let (got, rten) = report(&folder, &["--weights", "net.onnx"]);
            let differ = |(a, b): (&f64, &f64)| (a - b).abs() > 1e-4;
            assert!(!burn.concat().iter().zip(&rten.concat()).any(differ), "{kind} {options:?}");
            assert_eq!((got.samples, got.accuracy), (expected.samples, expected.accuracy), "{kind} {options:?}");
            assert_eq!(got.backend, "rten");
        }
    }
}

#[test]
fn a_network_of_others_is_put_to_the_same_measure() {
    let folder = prepared("foreign");
    let (alone, probabilities) = report(&folder, &OTHER);
    assert_eq!((alone.samples, alone.backend.as_str()), (70, "rten"));
    assert!(alone.model.contains("ONNX (residual.onnx)"), "{}", alone.model);
    assert!(alone.description.contains("stated: scaling="), "{}", alone.description);
    assert!(probabilities.iter().all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-4));
    let both = [&OTHER[..], &["--weights", "own.safetensors", "--tta", "flip"]].concat();
    fs::write(folder.join("own.safetensors"), include_bytes!("../fixtures/parity-vgg.safetensors")).unwrap();
    let (ensemble, _) = report(&folder, &both);
    assert_eq!((ensemble.samples, ensemble.backend.as_str()), (70, "rten + flex"));

    let robustness = ["robustness", "faces.csv", "--split", "PublicTest", "--samples", "14", "--json", "robust.json"];
    succeed(&folder, &[&robustness[..], &["--corruption", "gamma"], &OTHER].concat());
    let robust: RobustnessReport = serde_json::from_slice(&fs::read(folder.join("robust.json")).unwrap()).unwrap();
    assert_eq!((robust.backend.as_str(), robust.model.as_str()), ("rten", "ONNX (residual.onnx)"));

    fs::write(folder.join("face.png"), include_bytes!("../fixtures/astronaut_256.png")).unwrap();
    let lines = succeed(&folder, &[&["recognize", "face.png"], &OTHER[..]].concat());
    let line: serde_json::Value = serde_json::from_str(lines.trim()).unwrap();
    assert_eq!((line["found"].as_u64(), line["faces"][0]["probabilities"].as_array().unwrap().len()), (Some(1), 7));
    let speed = succeed(&folder, &[&["bench", "--passes", "1"], &OTHER[..]].concat());
    assert!(speed.contains("ONNX, ") && speed.contains("batch 32") && !speed.contains("training"), "{speed}");
    let text = succeed(&folder, &["inspect", "residual.onnx"]);
    assert!(text.contains("side of images: 64; channels: 3") && text.contains("classes: not stated"), "{text}");
}

#[test]
fn models_that_do_not_fit_are_refused_in_one_line() {
    let folder = prepared("foreign-refused");
    let model = include_bytes!("../fixtures/onnx/torch-residual.onnx");
    fs::write(folder.join("cut.onnx"), &model[..model.len() / 2]).unwrap();
    fs::write(folder.join("text.onnx"), "emotion,pixels,Usage\n").unwrap();
    let position = model.windows(11).position(|bytes| bytes == b"AveragePool").unwrap();
    let mut unknown = model.to_vec();
    unknown[position..position + 11].copy_from_slice(b"AveragePond");
    fs::write(folder.join("unknown.onnx"), unknown).unwrap();
    let evaluate = |arguments: &[&str]| {
        fail(&folder, &[&["evaluate", "faces.csv", "--split", "PublicTest", "--weights"], arguments].concat())
    };
    let stated = ["--onnx-scaling", "unit", "--onnx-classes", "affectnet"];
    let with = |file: &'static str| [&[file], &stated[..]].concat();
    assert!(evaluate(&with("cut.onnx")).contains("cut.onnx: the ONNX model is damaged or cut off"));
    assert!(evaluate(&with("text.onnx")).contains("text.onnx: this is not an ONNX model"));
    assert!(evaluate(&with("unknown.onnx")).contains("unknown.onnx: operator `AveragePond` is not supported"));
    // before what is left open
    assert!(evaluate(&["unknown.onnx"]).contains("unknown.onnx: operator `AveragePond` is not supported"));
    assert!(evaluate(&["residual.onnx"]).contains("does not say how its pixels are scaled"));
    assert!(evaluate(&["residual.onnx", "--onnx-scaling", "unit"]).contains("in which order its classes are"));
    let seven =
        ["residual.onnx", "--onnx-scaling", "unit", "--onnx-classes", "angry,disgust,fear,happy,sad,surprise,neutral"];
    assert!(evaluate(&seven).contains("the model has eight classes, of which seven are named"));
    let typing =
        ["residual.onnx", "--onnx-scaling", "unit", "--onnx-classes", "neutral,happy,sad,contempt,fear,disgust"];
    assert!(evaluate(&typing).contains("classes of the model: 8; named: 6; missing: angry, surprise"));
    fs::write(folder.join("grey.onnx"), include_bytes!("../fixtures/onnx/dark.onnx")).unwrap();
    let three = ["grey.onnx", "--onnx-scaling", "0.485,0.456,0.406:0.229,0.224,0.225", "--onnx-classes", "fer2013"];
    assert!(evaluate(&three).contains("grey.onnx: the model takes grey images, of one channel"));
    let dark = ["grey.onnx", "--onnx-scaling", "unit", "--onnx-classes", "fer2013"];
    assert!(evaluate(&dark).contains("grey.onnx: the model computes values that are not numbers"));
    let probabilities = [&with("residual.onnx")[..], &["--onnx-output", "probabilities"]].concat();
    assert!(evaluate(&probabilities).contains("residual.onnx: the outputs add up to "));
}
