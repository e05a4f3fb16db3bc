//! Forms of datasets.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::support::{fail, folder, mien, succeed, write_csv};

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
