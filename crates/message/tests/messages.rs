//! Enums as messages, and how messages travel.

use mien_message::{Argument, Forms, Message, ToArgument, ToMessage};

const MAX: usize = 5;

#[derive(Debug, thiserror::Error, ToMessage)]
enum InnerError {
    #[error("cut off at byte {0}")]
    CutOff(u64),
    #[error("not even {0}")]
    Not(Box<InnerError>),
}

#[derive(Debug, thiserror::Error, ToMessage)]
enum OuterHTMLError {
    #[error("`{name}` has {share} of {MAX}")]
    #[message(most = MAX, twice = 2 * MAX)]
    Share { name: String, share: f32 },
    #[error("damaged ({0})")]
    Damaged(InnerError),
    #[error(transparent)]
    Passed(#[from] Box<InnerError>),
    #[error("{0:?}")]
    #[message(opaque)]
    Opaque(Vec<u8>),
}

fn forms<T: ToMessage>() -> Forms {
    let mut forms = Forms::new();
    T::forms(&mut forms);
    forms
}

#[test]
fn enums_become_messages() {
    let share = OuterHTMLError::Share { name: "a".into(), share: 0.1 }.message();
    assert_eq!(share.id(), "outer-html/share");
    assert_eq!(share.english(), "`a` has 0.1 of 5");
    let number = Argument::Number;
    let expected = [
        ("name", Argument::Text("a".into())),
        ("share", number(0.1, 1)),
        ("most", number(5.0, 0)),
        ("twice", number(10.0, 0)),
    ];
    assert!(share.arguments().eq(expected.iter().map(|(name, argument)| (*name, argument))));

    let inner = InnerError::CutOff(7).message();
    let damaged = OuterHTMLError::Damaged(InnerError::CutOff(7)).message();
    assert_eq!(damaged.to_string(), "damaged (cut off at byte 7)");
    assert_eq!(InnerError::Not(Box::new(InnerError::CutOff(7))).message().english(), "not even cut off at byte 7");
    assert_eq!(damaged.arguments().next(), Some(("0", &Argument::Message(Box::new(inner.clone())))));
    assert_eq!(OuterHTMLError::from(Box::new(InnerError::CutOff(7))).message(), inner);
    let opaque = OuterHTMLError::Opaque(vec![1]).message();
    assert_eq!((opaque.english(), opaque.arguments().count()), ("[1]", 0));
}

#[test]
fn all_forms_are_known() {
    let expected: Forms = [
        ("inner/cut-off", vec!["0"]),
        ("inner/not", vec!["0"]),
        ("outer-html/damaged", vec!["0"]),
        ("outer-html/opaque", vec![]),
        ("outer-html/share", vec!["name", "share", "most", "twice"]),
    ]
    .into();
    assert_eq!(forms::<OuterHTMLError>(), expected);
}

#[test]
fn messages_travel() {
    let message = OuterHTMLError::Damaged(InnerError::CutOff(7)).message();
    let bytes = postcard::to_allocvec(&message).unwrap();
    assert_eq!(postcard::from_bytes::<Message>(&bytes).unwrap(), message);
    let quoted = Message::quoted("NotFoundError".into());
    assert_eq!((quoted.id(), quoted.english()), ("", "NotFoundError"));
}

#[test]
fn numbers_keep_their_decimals() {
    let number = |argument| if let Argument::Number(value, decimals) = argument { (value, decimals) } else { panic!() };
    assert_eq!(number(0.1_f32.argument()), (0.1, 1));
    assert_eq!(number(20.0_f64.argument()), (20.0, 0));
    assert_eq!(number((1.0_f64 / 3.0).argument()).1, 9);
    assert_eq!(f32::INFINITY.argument(), Argument::Text("inf".to_owned()));
    assert_eq!(f64::NAN.argument(), Argument::Text("NaN".to_owned()));
    assert_eq!(number(28_709_usize.argument()), (28_709.0, 0));
}
