//! Recognition in pictures.

use std::fs;

use crate::support::{fail, folder, lines, mien, turned_astronaut};

#[test]
fn pictures_are_recognized_in_any_folder() {
    let folder = folder("recognize");
    let photos = folder.join("photos");
    fs::create_dir_all(photos.join("more")).unwrap();
    let astronaut = include_bytes!("../fixtures/astronaut.jpg");
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

#[test]
fn faces_that_are_not_shown_are_counted() {
    let folder = folder("crowd");
    let face = image::load_from_memory(include_bytes!("../fixtures/astronaut_256.png")).unwrap().to_rgb8();
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
