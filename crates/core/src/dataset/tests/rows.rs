//! Rows, and why they are rejected.

use std::io::{self, Read};

use super::{HEADER, pixels, read, row};
use crate::dataset::{Column, Location, Rejected, Rejection, Split};
use crate::expression::Expression;
use crate::vision::CROP_PIXELS;

#[test]
fn rows_become_samples() {
    let text = [HEADER, &row("3", &pixels(7), "Training"), &row("0", &pixels(255), "PrivateTest")].concat();
    let loaded = read(text.as_bytes()).unwrap();
    assert_eq!(loaded.rejections.count(), 0);
    let dataset = loaded.dataset;
    assert_eq!(dataset.len(), 2);
    assert_eq!((dataset.label(0), dataset.split(0), dataset.row(0)), (Expression::Happy, Split::Training, 0));
    assert_eq!((dataset.label(1), dataset.split(1), dataset.row(1)), (Expression::Angry, Split::PrivateTest, 1));
    assert_eq!(dataset.pixels(1), &[255; CROP_PIXELS]);
}

#[test]
fn columns_line_ends_and_quotes_may_differ() {
    let text = format!("\u{feff}age,\"Usage\", pixels,EMOTION\r\n31,PublicTest,\"{}\",6", pixels(0));
    let dataset = read(text.as_bytes()).unwrap().dataset;
    assert_eq!((dataset.len(), dataset.label(0), dataset.split(0)), (1, Expression::Neutral, Split::PublicTest));
}

#[test]
fn labels_may_be_in_latin_1() {
    let mut text = HEADER.as_bytes().to_vec();
    for label in [&b"Gl\xfccklich"[..], b"\xdcberraschung", b"col\xe8re", "Überraschung".as_bytes(), b"gl\xffcklich"] {
        text.extend_from_slice(label);
        text.extend_from_slice(row("", &pixels(7), "Training").as_bytes());
    }
    let loaded = read(&text[..]).unwrap();
    let labels: Vec<&str> = (0..loaded.dataset.len()).map(|at| loaded.dataset.label(at).name()).collect();
    assert_eq!(labels, ["happy", "surprise", "angry", "surprise"]);
    assert_eq!(loaded.rejections.first()[0].location, Location::Row(6));
}

#[test]
fn blank_lines_above_the_header_are_skipped() {
    let rows = [HEADER, &row("3", &pixels(7), "Training"), &row("9", &pixels(7), "Training")].concat();
    for blank in ["\n\n", "\r\n \t\r\n", ",,\n\"\",\n", ";;\n\nsep=,\n\n"] {
        let loaded = read([blank, &rows].concat().as_bytes()).unwrap();
        assert_eq!((loaded.dataset.len(), loaded.dataset.row(0)), (1, 0), "{blank:?}");
        // lines count as in an editor
        let line = blank.lines().count() as u64 + 3;
        assert_eq!(loaded.rejections.first()[0].location, Location::Row(line), "{blank:?}");
    }
}

#[test]
fn bad_rows_are_rejected_one_by_one() {
    let good = row("1", &pixels(1), "Training");
    let short = pixels(1).split_off(2);
    let cases = [
        (row("", &pixels(1), "Training"), Some(Column::Emotion), Rejection::Label(String::new())),
        (row("contempt", &pixels(1), "Training"), Some(Column::Emotion), Rejection::Label("contempt".into())),
        (row("1.5", &pixels(1), "Training"), Some(Column::Emotion), Rejection::Label("1.5".into())),
        (row("-1", &pixels(1), "Training"), Some(Column::Emotion), Rejection::Label("-1".into())),
        (row("1", &short, "Training"), Some(Column::Pixels), Rejection::PixelCount(2303)),
        (row("1", &format!("{} 1", pixels(1)), "Training"), Some(Column::Pixels), Rejection::PixelCount(2305)),
        (
            row("1", &format!("256 {short}"), "Training"),
            Some(Column::Pixels),
            Rejection::Pixel { position: 1, text: "256".into() },
        ),
        (row("1", &format!("1 x\0{short}"), "Training"), None, Rejection::Nul(6)),
        (row("1", &pixels(1), "Tests"), Some(Column::Usage), Rejection::Split("Tests".into())),
        ("\n".into(), None, Rejection::Empty),
        ("1,2\n".into(), None, Rejection::Fields { got: 2, needed: 3 }),
        (row("1", &format!("\"{}", pixels(1)), "Training"), None, Rejection::Quote),
        (row("1", &"1 ".repeat(100_000), "Training"), None, Rejection::Long),
        (",".repeat(99) + "\n", None, Rejection::Empty),
        (",".repeat(99) + "1\n", None, Rejection::Fields { got: 65, needed: 3 }),
        (format!("\u{feff}{good}"), Some(Column::Emotion), Rejection::Label("\u{feff}1".into())),
    ];
    for (bad, column, reason) in cases {
        let text = [HEADER, &good, &bad, &good].concat();
        let loaded = read(text.as_bytes()).unwrap();
        assert_eq!(loaded.rejections.first(), [Rejected { location: Location::Row(3), column, reason }]);
        assert_eq!(loaded.dataset.len(), 2, "the rest is kept");
        assert_eq!(loaded.dataset.row(1), 2, "rejected rows count");
    }
}

#[test]
fn a_bad_row_leaves_nothing_behind() {
    let good = row("1", &pixels(1), "Training");
    let marked = format!("\u{feff}{good}");
    for bad in ["1,\"2\n", "\"\n", &(",".repeat(99) + "1\n"), "1,\"2\"3\n"] {
        let text = [HEADER, bad, &good, bad, &marked, &good].concat();
        let loaded = read(text.as_bytes()).unwrap();
        assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (2, 3), "{bad:?}");
    }
}

#[test]
fn a_rejection_says_where_and_why() {
    let text = [HEADER, &row("1", &pixels(1), "Training"), &row("nine", &pixels(1), "Training")].concat();
    let message = read(text.as_bytes()).unwrap().rejections.first()[0].to_string();
    assert_eq!(message, "row 3, column emotion: the label is `nine`, which is none of the seven classes");
}

#[test]
fn many_blank_lines_take_no_memory() {
    let rows = row("1", &pixels(1), "Training");
    let text = HEADER.as_bytes().chain(rows.as_bytes()).chain(io::repeat(b'\n').take(3_000_000));
    let loaded = read(text.chain(rows.as_bytes())).unwrap();
    assert_eq!(loaded.rejections.count(), 3_000_000);
    assert_eq!(loaded.rejections.first().len(), 1000);
    assert_eq!(loaded.dataset.row(1), 3_000_001);
}

#[test]
fn a_row_cut_off_is_rejected() {
    let text = [HEADER, &row("3", &pixels(7), "Training"), &row("0", &pixels(255), "PrivateTest")].concat();
    let first = HEADER.len() + row("3", &pixels(7), "Training").len();
    for length in [first + 1, first + 500, text.len() - 13, text.len() - 12, text.len() - 3] {
        let loaded = read(&text.as_bytes()[..length]).unwrap();
        assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (1, 1), "{length}");
    }
}

#[test]
fn beside_validation_the_test_is_private() {
    let of = |usages: &[&str]| {
        let rows: String = usages.iter().map(|usage| row("0", &pixels(1), usage)).collect();
        read([HEADER, &rows].concat().as_bytes()).unwrap().dataset.splits().to_vec()
    };
    assert_eq!(of(&["train", "test", "Val"]), [Split::Training, Split::PrivateTest, Split::PublicTest]);
    assert_eq!(of(&["training", "Testing"]), [Split::Training, Split::PublicTest]);
    assert_eq!(of(&["PUBLICTEST", "private_test"]), [Split::PublicTest, Split::PrivateTest]);
}
