//! The header, and further columns as groups.

use std::io::{self, Read};

use super::{HEADER, pixels, read, row};
use crate::dataset::{ClassOf, Foreign, GroupFault, LabelOrder, LoadNote, ReadError, Split};
use crate::expression::Expression;

#[test]
fn columns_of_the_same_name_are_refused() {
    let row = format!("3,0,{},Training\n", pixels(7));
    for (header, name) in [
        ("emotion,emotion,pixels,Usage", "emotion"),
        ("emotion, Emotion ,pixels,Usage", "emotion"),
        ("label,usage,pixels,Usage", "usage"),
    ] {
        let error = read([header, "\n", &row].concat().as_bytes()).unwrap_err();
        assert!(matches!(&error, ReadError::SameColumn { name: same, .. } if same == name), "{header}: {error}");
    }
    // other columns are ignored as before
    let loaded = read(["emotion,label,pixels,Usage\n", &row].concat().as_bytes()).unwrap();
    assert_eq!(loaded.dataset.label(0), Expression::Happy);
}

#[test]
fn what_is_no_such_csv_is_refused() {
    assert!(matches!(read(&b""[..]), Err(ReadError::Empty)));
    assert!(matches!(read(&b"\n\n"[..]), Err(ReadError::Empty)));
    assert!(matches!(read(&b"emotion,Usage\n"[..]), Err(ReadError::NoPixels(_))));
    assert!(matches!(read(&b"emotion,pixels\n"[..]), Err(ReadError::NoSamples)));
    assert!(matches!(read(io::repeat(0).take(5_000_000)), Err(ReadError::Foreign(Foreign::Binary))));
    assert!(matches!(read(io::repeat(b'1').take(5_000_000)), Err(ReadError::NoLabels(_))));
    assert!(matches!(read(HEADER.as_bytes()), Err(ReadError::NoSamples)));
    let none = [HEADER, "1,2,3\n"].concat();
    assert!(matches!(read(none.as_bytes()), Err(ReadError::NoValidSample(_))));
}

#[test]
fn without_usage_all_is_training() {
    let text = format!("emotion, pixels\n2,{}\nx,{}\n", pixels(4), pixels(4));
    let loaded = read(text.as_bytes()).unwrap();
    assert_eq!((loaded.dataset.len(), loaded.dataset.split(0)), (1, Split::Training));
    let classes = ClassOf::from([(2, Some(Expression::Fear))]);
    let order = LoadNote::NumberedLabels { order: Some(LabelOrder::Fer2013), classes };
    assert_eq!(loaded.notes, [order, LoadNote::NoSplit(1)]);
    assert_eq!(loaded.rejections.by_reason()["label"], 1);
}

#[test]
fn extra_columns_become_groups() {
    let mut text = "age,emotion,pixels,Usage,\"gender\",note,AGE,\n".to_owned();
    for (age, gender, note) in [("31", "f", "x"), ("", " m ", "x"), ("31", "\"f\"", "\"a, \"\"b\"\"\"")] {
        text.push_str(&format!("{age},1,{},Training,{gender},{note},1,0\n", pixels(9)));
    }
    text.push_str(&format!("99,x,{},Training,f,x,1,0\n", pixels(9)));
    let loaded = read(text.as_bytes()).unwrap();
    let groups = loaded.dataset.groups();
    let names: Vec<&str> = groups.iter().map(|group| group.name()).collect();
    assert_eq!(names, ["age", "gender", "note"]);
    assert_eq!(groups[0].values(), ["31", ""], "those of rejected rows are not kept");
    assert_eq!([0, 1, 2].map(|sample| groups[0].value(sample)), ["31", "", "31"]);
    assert_eq!([0, 1, 2].map(|sample| groups[1].value(sample)), ["f", "m", "f"]);
    assert_eq!(groups[2].value(2), "a, \"b\"");
    let dropped = |name: &str| LoadNote::ColumnIgnored { name: name.into(), fault: GroupFault::Name };
    assert_eq!(loaded.notes, [dropped("AGE"), dropped("")]);
}

#[test]
fn columns_that_are_no_groups_are_dropped_and_no_row_with_them() {
    let mut text = "emotion,pixels,Usage,id,age,long,odd\n".to_owned().into_bytes();
    for index in 0..300 {
        let long = if index == 5 { "x".repeat(65) } else { "x".repeat(64) };
        text.extend(format!("1,{},Training,{index},{},{long},", pixels(9), index % 255).bytes());
        text.extend(if index == 299 { &b"\xff\n"[..] } else { b"a\n" });
    }
    let loaded = read(&text[..]).unwrap();
    assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (300, 0));
    assert_eq!(loaded.dataset.groups().len(), 1);
    let age = &loaded.dataset.groups()[0];
    assert_eq!((age.name(), age.values().len(), age.value(299)), ("age", 255, "44"));
    let dropped = |name: &str, fault| LoadNote::ColumnIgnored { name: name.into(), fault };
    let expected =
        [dropped("long", GroupFault::Text), dropped("id", GroupFault::Values), dropped("odd", GroupFault::Text)];
    assert_eq!(loaded.notes, expected);

    let many: Vec<String> = (0..20).map(|index| format!("g{index}")).collect();
    let row = row("1", &pixels(9), "Training").replace('\n', &",a".repeat(20));
    let loaded = read(format!("emotion,pixels,Usage,{}\n{row}", many.join(",")).as_bytes()).unwrap();
    assert_eq!((loaded.dataset.groups().len(), loaded.notes.len()), (16, 4));
}

#[test]
fn a_refused_header_is_quoted() {
    let message = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(
        message("id;Bild;Klasse\n"),
        "its first line, `id;Bild;Klasse`, names no column of labels; FER2013's CSV is expected, whose first line is \
         `emotion,pixels,Usage` (in place of `emotion` also `label`, `class` or `expression`)"
    );
    assert!(message("emotion;image\n").contains("`emotion;image`, names no column of pixels"));
    let data = message(&row("3", &pixels(7), "Training"));
    assert!(data.contains("is a row where the names of the columns are needed"), "{data}");
}
