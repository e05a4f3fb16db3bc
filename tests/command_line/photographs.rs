//! Crops and measurements of whole photographs.

use std::fs;
use std::path::Path;

use crate::support::{fail, folder, lines, mien, succeed, turned_astronaut};
use mien_core::dataset::PersonHalf;
use mien_core::evaluation::photos::PhotoReport;

#[test]
fn faces_of_photographs_are_cropped() {
    let folder = folder("crop");
    let write = |path: &str, file: &[u8]| {
        let path = folder.join("set").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    };
    let astronaut = include_bytes!("../fixtures/astronaut.jpg");
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
pub fn labelled_photographs(folder: &Path) {
    let photos = folder.join("photos");
    fs::create_dir_all(photos.join("smiling")).unwrap();
    fs::write(photos.join("smiling/a.jpg"), include_bytes!("../fixtures/astronaut.jpg")).unwrap();
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
fn a_table_is_read_as_windows_writes_it_and_finds_files_as_macos_names_them() {
    let folder = folder("photo-names");
    let photos = folder.join("photos/Mu\u{308}ller");
    fs::create_dir_all(&photos).unwrap();
    fs::write(photos.join("Ce\u{301}line.jpg"), include_bytes!("../fixtures/astronaut.jpg")).unwrap();
    let text = "\u{feff}file\tclass\r\nMüller\\Céline.jpg\thappy\r\n";
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(folder.join("photos/labels.csv"), utf_16).unwrap();
    succeed(&folder, &["measure-photos", "photos", "--json", "report.json"]);
    let report: PhotoReport = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
    assert_eq!((report.samples, report.not_found), (1, 0));
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
    fs::write(folder.join("photos/cut.jpg"), &include_bytes!("../fixtures/astronaut.jpg")[..3000]).unwrap();
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
