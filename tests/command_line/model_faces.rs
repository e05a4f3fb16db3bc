//! Pictures and sweeps of the model face.

use std::fs;

use crate::support::{fail, folder, succeed};

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
    // lashes and glasses are drawn on request, and change pixels alone
    let groups =
        |csv: &str| csv.lines().map(|row| row.split(',').skip(2).collect::<Vec<_>>().join(",")).collect::<Vec<_>>();
    for option in ["--lashes", "--glasses"] {
        succeed(&folder, &["render", "--identities", "7", "--looks", "happy,neutral", option, "--out", "other.csv"]);
        let other = fs::read_to_string(folder.join("other.csv")).unwrap();
        assert!(other != csv && groups(&other) == groups(&csv), "{option}");
    }
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
fn a_smile_is_swept() {
    let folder = folder("sweep");
    let files = ["--csv", "curves.csv", "--json", "curves.json", "--svg", "curves.svg"];
    let smile = ["sweep", "--look", "happy", "--steps", "3", "--identities", "2", "--groups", "skin"];
    let text = succeed(&folder, &[&smile[..], &files].concat());
    assert!(text.contains("18 pictures, no face found in 0") && text.contains("named happy from"), "{text}");
    assert!(text.contains("few identities"), "{text}");
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
    assert_eq!((&json["settings"]["view-height"], &json["settings"]["seed"]), (&27.into(), &1.into()));
    assert!(read("curves.svg").contains("&quot;view-height&quot;:27,"));
    // the same arguments give the same curves
    succeed(&folder, &[&smile[..], &["--csv", "again.csv"]].concat());
    assert_eq!(read("curves.csv"), read("again.csv"));

    for (arguments, part) in [
        (&["sweep"][..], "nothing changes"),
        (&["sweep", "--yaw"], "yaw goes from -60 to 60"),
        (&["sweep", "--view-height", "--from", "10", "--to", "40"], "view-height of 10: it goes from 16 to 120"),
        (&["sweep", "--look", "happy", "--from", "0.5", "--to", "0.5"], "needs a range"),
        (&["sweep", "--action-unit", "3", "--from", "0", "--to", "1"], "no action unit 3"),
        (&["sweep", "--action-unit", "12", "--from", "0", "--to", "2"], "au-12 of 2: it goes from 0 to 1"),
        (&["sweep", "--look", "happy", "--steps", "0"], "steps: 0"),
        (&["sweep", "--look", "happy", "--csv", "nowhere/curves.csv"], "nowhere"),
        (&["sweep", "--look", "happy", "--csv", "one", "--json", "one"], "another output goes to the same file"),
        (&["sweep", "--look", "happy", "--csv", "."], "it is a folder"),
        (&["sweep", "--look", "happy", "--set", "au-12=1"], "leave out one of them"),
        (&["sweep", "--look", "happy", "--groups", "skin", "--set", "skin=3"], "the groups have their own"),
        (&["sweep", "--yaw", "--from", "0", "--to", "9", "--set", "yaw=3"], "this is what changes"),
        (&["render", "--side", "64", "--out", "set.csv"], "--side: it is for pictures"),
        (&["sweep", "--look", "happy", "--weights", "none.safetensors"], "none.safetensors"),
    ] {
        let error = fail(&folder, arguments);
        assert!(error.contains(part), "{arguments:?}: {error}");
    }
}
