//! What spreadsheets and scripts write, this program among them.

use super::{HEADER, pixels, read, row, seven};
use crate::dataset::{ReadError, Rejection, Split};
use crate::expression::Expression;
use crate::vision::CROP_PIXELS;

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
    for (open, between, close) in [("[", ", ", "]"), ("", ",", "")] {
        assert_seven(&seven("emotion,pixels,Usage\n", number, |label, pixels, usage| {
            format!("{label},\"{open}{}{close}\",{usage}\n", pixels.replace(' ', between))
        }));
    }
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
