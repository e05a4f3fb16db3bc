use std::io::{self, Read};

use super::reader::CsvReader;
use super::{
    ClassOf, Column, Foreign, GroupFault, LabelOrder, LabelOrderError, LabelQuestion, LoadNote, LoadedDataset,
    Location, ReadError, Rejected, Rejection, Split,
};
use crate::expression::Expression;
use crate::vision::CROP_PIXELS;
use proptest::prelude::*;

fn pixels(value: u8) -> String {
    vec![value.to_string(); CROP_PIXELS].join(" ")
}

fn row(label: &str, pixels: &str, usage: &str) -> String {
    format!("{label},{pixels},{usage}\n")
}

fn read(source: impl Read) -> Result<LoadedDataset, ReadError> {
    let mut reader = CsvReader::new(source)?;
    while reader.read_rows(usize::MAX)? {}
    reader.finish()
}

const HEADER: &str = "emotion,pixels,Usage\n";

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
fn many_blank_lines_take_no_memory() {
    let rows = row("1", &pixels(1), "Training");
    let text = HEADER.as_bytes().chain(rows.as_bytes()).chain(io::repeat(b'\n').take(3_000_000));
    let loaded = read(text.chain(rows.as_bytes())).unwrap();
    assert_eq!(loaded.rejections.count(), 3_000_000);
    assert_eq!(loaded.rejections.first().len(), 1000);
    assert_eq!(loaded.dataset.row(1), 3_000_001);
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
fn a_row_cut_off_is_rejected() {
    let text = [HEADER, &row("3", &pixels(7), "Training"), &row("0", &pixels(255), "PrivateTest")].concat();
    let first = HEADER.len() + row("3", &pixels(7), "Training").len();
    for length in [first + 1, first + 500, text.len() - 13, text.len() - 12, text.len() - 3] {
        let loaded = read(&text.as_bytes()[..length]).unwrap();
        assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (1, 1), "{length}");
    }
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
fn what_is_written_is_read_again() {
    let mut text = "emotion,pixels,Usage,age,\"a \"\"b\"\", c\"\n".to_owned();
    for index in 0..600 {
        let shown: Vec<String> = (0..CROP_PIXELS).map(|pixel| ((pixel * 31 + index) % 256).to_string()).collect();
        let usage = Split::ALL[index % 3];
        text.push_str(&format!("{},{},{usage},{},\"x,\"\"{}\"\n", index % 7, shown.join(" "), index % 80, index % 2));
    }
    let dataset = read(text.as_bytes()).unwrap().dataset;
    let mut written = Vec::new();
    dataset.write_csv(&mut written).unwrap();
    let again = read(&written[..]).unwrap();
    assert_eq!(again.rejections.count(), 0);
    assert_eq!(again.dataset, dataset);
    assert_eq!(again.dataset.groups()[1].value(3), "x,\"1");
}

/// Seven rows in the order of FER2013's labels; `label` writes them.
fn seven(header: &str, label: impl Fn(usize) -> String, row: impl Fn(String, String, &str) -> String) -> String {
    let rows = (0..7).map(|index| row(label(index), pixels(index as u8 * 9), ["Training", "PublicTest"][index % 2]));
    header.to_owned() + &rows.collect::<String>()
}

fn assert_seven(text: &str) {
    let loaded = read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {}", &text[..60]));
    assert_eq!(loaded.rejections.first(), [], "{}", &text[..60]);
    assert_eq!(loaded.dataset.len(), 7);
    for index in 0..7 {
        let expected = (Expression::ALL[index], [index as u8 * 9; CROP_PIXELS]);
        assert_eq!((loaded.dataset.label(index), *loaded.dataset.pixels(index)), expected, "{}", &text[..60]);
        assert_eq!(
            (loaded.dataset.split(index) == Split::Training, loaded.dataset.row(index)),
            (index % 2 == 0, index)
        );
    }
}

#[test]
fn what_spreadsheets_and_scripts_write_is_read() {
    let number = |index: usize| index.to_string();
    let name = |index: usize| Expression::ALL[index].name().to_uppercase();
    let comma = |label: String, pixels: String, usage: &str| format!("{label},{pixels},{usage}\n");
    let semicolon = |label: String, pixels: String, usage: &str| format!("{label};{pixels};{usage}\r\n");
    assert_seven(&seven("\u{feff}emotion;pixels;Usage\r\n", number, semicolon));
    assert_seven(&seven("sep=;\nemotion;pixels;Usage\n", number, semicolon));
    assert_seven(&seven("SEP=;\r\nemotion;pixels;Usage\r\n", number, semicolon));
    assert_seven(&seven("emotion\tpixels\tUsage\n", number, |label, pixels, usage| {
        format!("{label}\t{pixels}\t{usage}\n")
    }));
    assert_seven(&seven("sep=\t\nemotion\tpixels\tUsage\n", number, |label, pixels, usage| {
        format!("{label}\t{pixels}\t{usage}\n")
    }));
    assert_seven(&(seven("emotion,pixels,Usage\n", number, comma) + &",,\n".repeat(20)));
    assert_seven(&(seven("emotion;pixels;Usage\n", number, semicolon) + ";;\r\n\"\";;\r\n"));
    assert_seven(&seven("emotion,pixels,Usage\n", |index| format!("{index}.0"), comma));
    for header in ["emotion,pixels,Usage\n", "Label,Pixels,SPLIT\n", "class,pixels,set\n", "expression,pixels,usage\n"]
    {
        assert_seven(&seven(header, name, comma));
    }
    assert_seven(&seven("emotion,pixels,Usage\n", number, |label, pixels, usage| {
        format!("{label},\"[{}]\",{usage}\n", pixels.replace(' ', ", "))
    }));
    assert_seven(&seven("emotion,pixels,Usage\n", number, |label, pixels, usage| {
        format!("{label},{},{usage}\n", pixels.replace(' ', ".0 ") + ".0")
    }));
    assert_seven(&seven("emotion,pixels,Usage\n", number, |label, pixels, usage| {
        format!("{label},{pixels},{}\n", if usage == "Training" { "train" } else { "TEST" })
    }));
}

#[test]
fn arrays_as_numpy_prints_them_are_read() {
    for (between, end) in [("\n  ", "]"), ("\r\n  ", "]"), ("]\n [ ", "]]"), ("]\n\n [ ", "]]")] {
        let printed = |label: String, pixels: String, usage: &str| {
            let numbers: Vec<&str> = pixels.split(' ').collect();
            let lines: Vec<String> = numbers.chunks(48).map(|chunk| chunk.join("  ")).collect();
            format!("{label},\"{}{}{end}\",{usage}\n", &"[["[..end.len()], lines.join(between))
        };
        assert_seven(&seven("emotion,pixels,Usage\n", |index| index.to_string(), printed));
    }
    // one that is never closed costs only itself
    let good = row("1", &pixels(1), "Training");
    for bad in ["1,\"[1 2\n 3 4\n", "1,\"[1 2\n 3 x\n", "1,\"[1 2\n"] {
        let loaded = read([HEADER, &good, bad, &good].concat().as_bytes()).unwrap();
        assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (2, 1), "{bad:?}");
        assert_eq!(loaded.rejections.first()[0].reason, Rejection::Quote);
    }
    let endless = [HEADER, &good, "1,\"[1 2\n", &" 3 4\n".repeat(100_000)].concat();
    assert_eq!(read(endless.as_bytes()).unwrap().dataset.len(), 1);
    // NumPy leaves out the middle of long arrays
    let short = read([HEADER, &good, "1,\"[ 1  2 ...  3  4]\",Training\n"].concat().as_bytes()).unwrap();
    assert_eq!(short.rejections.first()[0].reason, Rejection::Pixel { position: 3, text: "...".into() });
}

#[test]
fn each_pixel_may_have_its_column() {
    for (name, first) in [("pixel", 0), ("p_", 1), ("", 0)] {
        let columns: Vec<String> = (first..first + CROP_PIXELS).map(|index| format!("{name}{index}")).collect();
        let header = format!("label,{},split,age\n", columns.join(","));
        let row =
            |label: String, pixels: String, usage: &str| format!("{label},{},{usage},31\n", pixels.replace(' ', ","));
        let text = seven(&header, |index| Expression::ALL[index].name().to_owned(), row);
        assert_seven(&text);
        let loaded = read(text.as_bytes()).unwrap();
        assert_eq!((loaded.dataset.groups().len(), loaded.dataset.groups()[0].value(6)), (1, "31"));
        let bad = text.replace("disgust,9,", "disgust,300,");
        let rejected = read(bad.as_bytes()).unwrap().rejections.first()[0].clone();
        assert_eq!(rejected.reason, Rejection::Pixel { position: 1, text: "300".into() });
    }
    let few: Vec<String> = (0..CROP_PIXELS - 1).map(|index| format!("pixel{index}")).collect();
    assert!(matches!(read(format!("label,{}\n", few.join(",")).as_bytes()), Err(ReadError::NoPixels(_))));
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

/// A CSV of these labels; each image has the number of its row.
fn numbered(header: &str, labels: &[u32]) -> String {
    let rows =
        labels.iter().enumerate().map(|(index, label)| row(&label.to_string(), &pixels(index as u8), "Training"));
    header.to_owned() + &rows.collect::<String>()
}

fn read_in(text: &str, order: Option<LabelOrder>) -> Result<LoadedDataset, ReadError> {
    let mut reader = CsvReader::new(text.as_bytes())?;
    reader.set_order(order);
    while reader.read_rows(3)? {}
    reader.finish()
}

fn question(text: &str) -> LabelQuestion {
    match read_in(text, None) {
        Err(ReadError::Labels(question)) => *question,
        other => panic!("{other:?}"),
    }
}

fn orders(question: &LabelQuestion) -> Vec<LabelOrder> {
    question.orders().cloned().collect()
}

#[test]
fn integer_labels_are_not_interpreted_without_a_note() {
    // the form of FER2013 is known
    let fer2013 = read_in(&numbered(HEADER, &[0, 1, 2, 3, 4, 5, 6]), None).unwrap();
    assert_eq!((fer2013.dataset.label(1), &fer2013.notes[..]), (Expression::Disgust, &[][..]));
    // another name of the column is not
    let text = numbered("label,pixels,Usage\n", &[0, 1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 6]);
    let asked = question(&text);
    assert_eq!(orders(&asked), [LabelOrder::Fer2013, LabelOrder::AffectNet, LabelOrder::Alphabetical]);
    let counts: Vec<(u32, usize, usize)> =
        asked.numbers.iter().map(|each| (each.number, each.count, each.examples.len())).collect();
    assert_eq!((counts.len(), counts[0], counts[6]), (7, (0, 1, 1), (6, 6, 4)));
    let example = &asked.numbers[6].examples[3];
    assert_eq!((&example.location, &example.pixels[..]), (&Location::Row(11), &[9; CROP_PIXELS][..]));
    assert!(asked.to_string().contains("(0–6)"), "{asked}");
    for (order, class) in
        [("fer2013", Expression::Disgust), ("affectnet", Expression::Happy), ("Alphabetical", Expression::Disgust)]
    {
        let order: LabelOrder = order.parse().unwrap();
        let loaded = read_in(&text, Some(order.clone())).unwrap();
        assert_eq!((loaded.dataset.len(), loaded.dataset.label(1)), (12, class));
        assert!(matches!(&loaded.notes[..], [LoadNote::NumberedLabels { order: Some(note), .. }] if *note == order));
    }
    assert_eq!(read_in(&text, Some(LabelOrder::Alphabetical)).unwrap().dataset.label(4), Expression::Neutral);
    // but the splits may be FER2013's, unless the numbers are not
    let with_split = |labels: &[u32]| numbered("label,pixels,Usage\n", labels).replacen("Training", "PublicTest", 1);
    let loaded = read_in(&with_split(&[0, 1, 2, 3, 4, 5, 6]), None).unwrap();
    assert_eq!((loaded.dataset.label(6), loaded.dataset.split(0)), (Expression::Neutral, Split::PublicTest));
    assert!(matches!(&loaded.notes[..], [LoadNote::NumberedLabels { order: Some(LabelOrder::Fer2013), .. }]));
    assert_eq!(question(&with_split(&[1, 2, 3, 4, 5, 6, 7])).orders().count(), 3);
    // with names the order is known
    assert_eq!(
        read_in(
            &seven(
                "label,pixels,Usage\n",
                |index| Expression::ALL[index].name().into(),
                |label, pixels, usage| row(&label, &pixels, usage)
            ),
            None
        )
        .unwrap()
        .notes,
        []
    );
}

#[test]
fn numbers_rule_orders_out() {
    for header in [HEADER, "label,pixels,Usage\n"] {
        // a 7 without a 0 is not FER2013's
        let raf_db = numbered(header, &[1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(orders(&question(&raf_db)), [LabelOrder::RafDb, LabelOrder::AffectNet, LabelOrder::Alphabetical]);
        let loaded = read_in(&raf_db, Some(LabelOrder::RafDb)).unwrap();
        assert_eq!((loaded.dataset.label(0), loaded.dataset.label(6)), (Expression::Surprise, Expression::Neutral));
        match read_in(&raf_db, Some(LabelOrder::Fer2013)) {
            Err(ReadError::Labels(asked)) => assert_eq!(asked.refused, Some(LabelOrder::Fer2013)),
            other => panic!("{other:?}"),
        }
        // eight classes
        let affect_net = numbered(header, &[0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(orders(&question(&affect_net)), [LabelOrder::AffectNet, LabelOrder::Alphabetical]);
        let loaded = read_in(&affect_net, Some(LabelOrder::AffectNet)).unwrap();
        assert_eq!((loaded.dataset.len(), loaded.dataset.label(6)), (7, Expression::Angry));
        assert_eq!(loaded.rejections.first()[0].location, Location::Row(9));
        let loaded = read_in(&affect_net, Some(LabelOrder::Alphabetical)).unwrap();
        assert_eq!((loaded.dataset.len(), loaded.dataset.label(1)), (7, Expression::Disgust));
    }
    // in FER2013's own form, a few stray numbers cost only their rows, save for a 7, which other orders have
    for labels in [&[0, 1, 2, 3, 4, 5, 6, 9][..], &[1, 8, 3], &[9, 2, 10]] {
        let loaded = read_in(&numbered(HEADER, labels), None).unwrap();
        let strays = labels.iter().filter(|&&label| label > 6).count();
        assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (labels.len() - strays, strays));
        assert_eq!(loaded.rejections.by_reason()["label"], strays);
    }
    for labels in [&[1, 7, 3][..], &[0, 1, 7], &[0, 1, 9, 9, 10]] {
        assert!(matches!(read_in(&numbered(HEADER, labels), None), Err(ReadError::Labels(_))), "{labels:?}");
    }
    // elsewhere if there are few
    let mut labels: Vec<u32> = (0..700).map(|row| row % 7).collect();
    labels[500] = 9;
    let loaded = read_in(&numbered("label,pixels,Usage\n", &labels), Some(LabelOrder::Fer2013)).unwrap();
    assert_eq!((loaded.dataset.len(), loaded.rejections.count()), (699, 1));
}

#[test]
fn a_question_lists_the_classes_of_each_order() {
    use Expression::{Disgust, Fear, Happy, Sad, Surprise};
    let text = numbered("label,pixels,Usage\n", &[1, 2, 3, 7, 9000]);
    let asked = question(&text);
    let readings: Vec<_> = asked.readings.iter().map(|each| (&each.order, &each.classes[..4], each.fits)).collect();
    assert_eq!(readings[0], (&LabelOrder::Fer2013, &[Some(Disgust), Some(Fear), Some(Happy), None][..], false));
    assert_eq!(readings[1].1, [Some(Surprise), Some(Fear), Some(Disgust), Some(Expression::Neutral)]);
    assert_eq!(readings[2].1, [Some(Happy), Some(Sad), Some(Surprise), None]);
    assert_eq!((readings.len(), asked.has_more), (4, false));
    assert!(asked.readings.iter().all(|reading| reading.classes.len() == 5 && reading.classes[4].is_none()));
    assert!(asked.orders().next().is_none(), "none has the last number");

    // a custom order: classes may be missing, and numbers may be far apart
    let classes = ClassOf::from([(1, Some(Happy)), (2, None), (3, Some(Sad)), (7, None), (9000, Some(Fear))]);
    let order = LabelOrder::Own(classes.clone().into());
    let loaded = read_in(&text, Some(order.clone())).unwrap();
    let labels: Vec<_> = (0..loaded.dataset.len()).map(|sample| loaded.dataset.label(sample)).collect();
    assert_eq!((&labels[..], loaded.rejections.count()), (&[Happy, Sad, Fear][..], 2));
    assert_eq!(loaded.notes, [LoadNote::NumberedLabels { order: Some(order), classes }]);
    let notes = serde_json::to_string(&loaded.notes).unwrap();
    assert_eq!(serde_json::from_str::<Vec<LoadNote>>(&notes).unwrap(), loaded.notes, "as it is stored: {notes}");

    let many: Vec<u32> = (0..40).collect();
    let asked = question(&numbered(HEADER, &many));
    assert_eq!((asked.numbers.len(), asked.has_more), (16, true));
}

#[test]
fn an_order_is_named_or_listed() {
    for order in LabelOrder::NAMED {
        assert_eq!(order.name().parse(), Ok(order));
    }
    assert_eq!("RAFDB".parse(), Ok(LabelOrder::RafDb));
    let text = numbered("label,pixels,Usage\n", &[1, 2, 3]);
    let labels = |order: &str| {
        let order = order.parse().map_err(|error: LabelOrderError| error.to_string())?;
        let loaded = read_in(&text, Some(order)).map_err(|error| error.to_string())?;
        Ok::<_, String>((0..loaded.dataset.len()).map(|sample| loaded.dataset.label(sample)).collect::<Vec<_>>())
    };
    use Expression::{Fear, Happy, Sad};
    assert_eq!(labels("happy,sad,fear"), Ok(vec![Happy, Sad, Fear]), "3 is there and 0 is not");
    assert_eq!(labels("1=joy,contempt,Angst"), Ok(vec![Happy, Fear]));
    assert_eq!(labels("neutral,happy,sad,fear").unwrap_err(), "the labels (1–3) do not fit the order given");
    assert_eq!(labels("0=neutral,happy,sad,fear"), Ok(vec![Happy, Sad, Fear]));
    assert!(labels("alphabetical").unwrap_err().contains("do not fit"), "0 or 1 may be the first");
    assert!(labels("ferplus").unwrap_err().contains("`ferplus` is neither"));
    assert!(labels("happy,sad,joy").unwrap_err().contains("twice"));
    assert!(
        labels("x=happy,sad").is_err() && labels("happy").is_err() && labels("").is_err() && labels("1,2,3").is_err()
    );
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

/// Pieces that valid and invalid rows are made of.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(pixels(12)),
        Just(pixels(200).split_off(4)),
        Just(",".to_owned()),
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        Just("\"".to_owned()),
        Just(" ".to_owned()),
        Just("Training".to_owned()),
        Just("PublicTest".to_owned()),
        Just("\u{feff}".to_owned()),
        "[0-9]{1,3}",
        "[ -~\\x00]{0,6}",
        any::<char>().prop_map(String::from),
        Just(row("4", &pixels(3), "Training")),
    ]
}

/// A simple definition of rows that may be valid.
fn is_valid(line: &str) -> bool {
    let line = line.replace('"', "");
    let fields: Vec<&str> = line.split(',').map(str::trim_ascii).collect();
    let [label, pixels @ .., usage] = &fields[..] else { return false };
    let pixels = pixels.join(" ");
    let numbers: Vec<&str> = pixels.split(' ').filter(|number| !number.is_empty()).collect();
    label.chars().any(char::is_alphanumeric)
        && numbers.len() == CROP_PIXELS
        && numbers.iter().all(|number| number.parse::<f64>().is_ok_and(|value| (0.0..=255.0).contains(&value)))
        && usage.chars().any(char::is_alphabetic)
}

/// Returns a limited number of bytes at a time.
struct Drops<'a>(&'a [u8], usize);

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let max = buffer.len().min(self.1);
        self.0.read(&mut buffer[..max])
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn never_panics_and_never_accepts_an_invalid_row(pieces in proptest::collection::vec(piece(), 0..40)) {
        let text = HEADER.to_owned() + &pieces.concat();
        let valid = text.split(['\n', '\r']).skip(1).filter(|line| is_valid(line)).count();
        let (accepted, rejected) = match read(text.as_bytes()) {
            Ok(loaded) => (loaded.dataset.len(), loaded.rejections.count()),
            Err(_) => (0, 0),
        };
        prop_assert!(accepted <= valid);
        prop_assert!(accepted + rejected <= text.split(['\n', '\r']).count());
    }

    #[test]
    fn pieces_of_work_and_of_reading_change_nothing(
        pieces in proptest::collection::vec(piece(), 0..40),
        rows in 1..9_usize,
        drop in 1..5000_usize,
    ) {
        let text = HEADER.to_owned() + &pieces.concat();
        let mut slow = CsvReader::new(Drops(text.as_bytes(), drop)).unwrap();
        while slow.read_rows(rows).unwrap() {
            prop_assert!(slow.accepted() + slow.rejections().count() <= text.len());
        }
        match (read(text.as_bytes()), slow.finish()) {
            (Ok(whole), Ok(slow)) => {
                prop_assert_eq!(whole.dataset, slow.dataset);
                prop_assert_eq!(whole.rejections, slow.rejections);
            }
            (whole, slow) => prop_assert!(whole.is_err() && slow.is_err()),
        }
    }

    #[test]
    fn what_is_accepted_is_written_and_read_again(pieces in proptest::collection::vec(piece(), 0..40)) {
        let text = "emotion,pixels,Usage,age\n".to_owned() + &pieces.concat().replace("Training\n", "Training,\"a\"\"1\"\n");
        if let Ok(loaded) = read(text.as_bytes()) {
            let mut written = Vec::new();
            loaded.dataset.write_csv(&mut written).unwrap();
            let again = read(&written[..]).unwrap();
            prop_assert_eq!(again.rejections.count(), 0);
            prop_assert_eq!(again.dataset.len(), loaded.dataset.len());
            prop_assert_eq!(again.dataset.groups(), loaded.dataset.groups());
        }
    }

    #[test]
    fn never_panics_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let _ = read(&bytes[..]);
        let _ = read(&[HEADER.as_bytes(), &bytes].concat()[..]);
    }
}
