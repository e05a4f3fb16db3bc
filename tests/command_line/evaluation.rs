//! Evaluation, calibration, robustness and the model card.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use crate::photographs::labelled_photographs;
use crate::support::{SETTINGS, fail, folder, succeed, write_csv};
use mien_core::evaluation::Report;
use mien_core::evaluation::robustness::RobustnessReport;

#[test]
fn a_network_is_calibrated() {
    let folder = folder("calibrate");
    write_csv(&folder.join("faces.csv"));
    fs::write(folder.join("raw.safetensors"), include_bytes!("../fixtures/parity-vgg.safetensors")).unwrap();
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
        ("default.safetensors", &include_bytes!("../fixtures/parity-vgg.safetensors")[..]),
        ("small.safetensors", include_bytes!("../fixtures/parity-mobile.safetensors")),
        ("other.safetensors", include_bytes!("../fixtures/parity-resnet.safetensors")),
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
        fail(&folder, &[&evaluate[..], &["--join", "short.csv"]].concat())
            .contains("short.csv: the table ends with row 1")
    );
    fs::write(folder.join("other.csv"), "row,origin\n9000,north\n").unwrap();
    assert!(fail(&folder, &[&evaluate[..], &["--join", "other.csv"]].concat()).contains("no row of the table belongs"));
    assert!(fail(&folder, &[&evaluate[..], &["--bin", "sex=width:3"]].concat()).contains("`f` is not a number"));
    assert!(fail(&folder, &[&evaluate[..], &["--bin", "origin=width:3"]].concat()).contains("there are age, sex"));
    let plain = ["evaluate", "faces.csv", "--split", "PublicTest", "--weights", "out.safetensors", "--groups"];
    assert!(fail(&folder, &plain).contains("there are no groups"));
}
