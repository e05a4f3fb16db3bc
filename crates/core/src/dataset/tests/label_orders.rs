//! Labels that are numbers.

use super::{HEADER, pixels, row, seven};
use crate::dataset::reader::CsvReader;
use crate::dataset::{
    ClassOf, LabelOrder, LabelOrderError, LabelQuestion, LoadNote, LoadedDataset, Location, ReadError, Split,
};
use crate::expression::Expression;
use crate::vision::CROP_PIXELS;

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
    assert_eq!(labels("happy; sad; fear; , "), Ok(vec![Happy, Sad, Fear]), "separators behind the last");
    assert_eq!(labels(" happy sad\tfear "), Ok(vec![Happy, Sad, Fear]), "spaces alone");
    for neither in ["happy", "happy,", "happy,,sad", "x=happy,sad", ""] {
        let refused = labels(neither).unwrap_err();
        assert!(refused.starts_with(&format!("`{neither}` is neither an order")), "{refused}");
    }
    for (list, word) in
        [("fer2013,foo", "fer2013"), ("happy,sad dogs", "sad dogs"), ("happy dogs", "dogs"), ("1,2", "1")]
    {
        let refused = labels(list).unwrap_err();
        assert!(refused.starts_with(&format!("`{word}` in the list is no class")), "{refused}");
    }
}
