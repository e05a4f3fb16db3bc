//! A third-party ONNX model that is being opened.

use std::rc::Rc;

use mien_core::network::{OnnxFacts, OnnxScalingFault, OnnxStatement, OnnxTrial};
use mien_protocol::Message;

/// A model that is being opened: what its file says, what the visitor states, and what it makes of the sample.
#[derive(Clone, PartialEq)]
pub struct OnnxSheet {
    /// The file's name.
    pub name: Rc<str>,
    /// What the file says; `None` until it is read.
    pub facts: Option<Rc<OnnxFacts>>,
    /// What is stated so far.
    pub statement: OnnxStatement,
    /// What the model makes of the sample with the present statement, or why it is refused.
    pub trial: Option<Result<Rc<OnnxTrial>, Message>>,
    /// Whether it is being tried, for so long that the visitor is told.
    pub trying: bool,
    /// Whether the engine was lost meanwhile.
    pub lost: bool,
}

/// What can happen to the sheet.
pub enum OnnxAction {
    /// A file was opened; its name.
    Open(String),
    /// It was read.
    Read(Rc<OnnxFacts>),
    /// Something was stated.
    State(OnnxStatement),
    /// An attempt takes a while, or is over without a result for the present statement.
    Trying(bool),
    /// It was tried with the present statement.
    Tried(Result<Box<OnnxTrial>, Message>),
    /// The engine was lost, or the model is opened again.
    Lost(bool),
    /// It became a network, or was left.
    Close,
}

impl OnnxSheet {
    /// The sheet after an action.
    pub fn after(before: Option<Self>, action: OnnxAction) -> Option<Self> {
        let mut sheet = match (before, action) {
            (_, OnnxAction::Open(name)) => {
                let statement = OnnxStatement::default();
                return Some(Self {
                    name: name.into(),
                    facts: None,
                    statement,
                    trial: None,
                    trying: false,
                    lost: false,
                });
            }
            (_, OnnxAction::Close) | (None, _) => return None,
            (Some(sheet), action) => (sheet, action),
        };
        match sheet.1 {
            OnnxAction::Read(facts) => sheet.0.facts = Some(facts),
            OnnxAction::State(statement) => (sheet.0.statement, sheet.0.trial) = (statement, None),
            OnnxAction::Trying(trying) => sheet.0.trying = trying,
            OnnxAction::Tried(trial) => (sheet.0.trial, sheet.0.trying) = (Some(trial.map(Rc::from)), false),
            OnnxAction::Lost(lost) => (sheet.0.lost, sheet.0.trial, sheet.0.trying) = (lost, None, false),
            OnnxAction::Open(_) | OnnxAction::Close => {}
        }
        Some(sheet.0)
    }
}

/// The width and height that a text states, if a model may have it.
pub fn onnx_side(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|side| OnnxStatement::SIDES.contains(side))
}

/// One number or three as they are stated, from a text with semicolons, spaces or commas between three, and maybe behind the last. Commas may
/// also be decimal where they separate nothing. What is neither one number nor three stays as it was typed.
pub fn onnx_numbers(typed: &str) -> String {
    // a colon would divide mean and deviation
    let typed = typed.trim().replace(':', ";");
    // a list may be in brackets, as in Python
    let text = typed.trim_matches(['[', ']', '(', ')']).replace('−', "-");
    let joined = |separates: fn(char) -> bool| {
        let numbers = text.split(separates).map(|number| number.trim_matches([' ', '\u{a0}', '\t', ',', ';']));
        let numbers = numbers.filter(|number| !number.is_empty()).map(|number| number.replace(',', "."));
        numbers.collect::<Vec<_>>().join(",")
    };
    // commas come last, since one between two of the others is decimal
    let separators: [fn(char) -> bool; 3] = [|letter| letter == ';', char::is_whitespace, |letter| letter == ','];
    separators.into_iter().map(joined).find(|numbers| !onnx_list(numbers).is_empty()).unwrap_or(typed)
}

/// The number of a text, or the three with commas between; none if it has anything else.
pub fn onnx_list(text: &str) -> Vec<f32> {
    let numbers: Option<Vec<f32>> = text.split(',').map(|number| decimal(number.trim())).collect();
    numbers.filter(|numbers| matches!(numbers.len(), 1 | 3)).unwrap_or_default()
}

/// A number such as 0.5 or -.5. The standard library's parsing would make the page larger.
fn decimal(text: &str) -> Option<f32> {
    let number = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
    let (mut value, mut unit) = (0.0, 1.0);
    for (place, digit) in whole.bytes().chain(rest.bytes()).enumerate() {
        value = 10.0 * value + f64::from(char::from(digit).to_digit(10)?);
        unit *= if place < whole.len() { 1.0 } else { 10.0 };
    }
    let value = (value / unit) as f32;
    (whole.len() + rest.len() > 0).then_some(if text.starts_with('-') { -value } else { value })
}

/// What is wrong with a mean for images of so many channels, if that is known; nothing while it is empty.
pub fn mean_fault(mean: &str, channels: Option<u32>) -> Option<OnnxScalingFault> {
    OnnxScalingFault::of_mean(&onnx_list(mean), channels).filter(|_| !mean.is_empty())
}

/// What is wrong with a deviation for images of so many channels, if that is known; nothing while it is empty.
pub fn deviation_fault(deviation: &str, channels: Option<u32>) -> Option<OnnxScalingFault> {
    OnnxScalingFault::of_deviation(&onnx_list(deviation), channels).filter(|_| !deviation.is_empty())
}

/// Whether nothing is left open.
pub fn is_onnx_complete(facts: &OnnxFacts, statement: &OnnxStatement) -> bool {
    let filled = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let channels = facts.channels.or(statement.channels);
    // a mean without a deviation, the other way round, or something else than numbers
    let is_wrong = |mean: &str, deviation: &str| {
        let fault = mean_fault(mean, channels).or_else(|| deviation_fault(deviation, channels));
        mean.is_empty() || deviation.is_empty() || fault.is_some()
    };
    let own = statement.scaling.as_ref().and_then(|scaling| scaling.split_once(':'));
    let half = own.is_some_and(|(mean, deviation)| is_wrong(mean, deviation));
    facts.side.or(statement.side).is_some()
        && channels.is_some()
        && (facts.is_bytes || filled(&statement.scaling) && !half)
        && filled(&statement.classes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::message;

    #[test]
    fn a_sheet_is_opened_filled_tried_and_left() {
        let after = |actions: Vec<OnnxAction>| actions.into_iter().fold(None, OnnxSheet::after);
        let open = || OnnxAction::Open("a.onnx".into());
        let refused = || OnnxAction::Tried(Err(message("too large")));
        assert!(after(vec![refused()]).is_none() && after(vec![open(), OnnxAction::Close]).is_none());
        let facts = Rc::new(OnnxFacts { side: Some(48), ..OnnxFacts::default() });
        let sheet = after(vec![open(), OnnxAction::Read(Rc::clone(&facts)), refused()]).unwrap();
        assert_eq!((&*sheet.name, &sheet.facts), ("a.onnx", &Some(facts)));
        assert!(matches!(sheet.trial, Some(Err(_))));
        let stated = OnnxStatement { side: Some(64), ..OnnxStatement::default() };
        let sheet = OnnxSheet::after(Some(sheet), OnnxAction::State(stated.clone())).unwrap();
        assert_eq!((&sheet.statement, &sheet.trial), (&stated, &None), "what was tried was another statement");
        let sheet = OnnxSheet::after(Some(sheet), refused()).unwrap();
        let sheet = OnnxSheet::after(Some(sheet), OnnxAction::Lost(true)).unwrap();
        let trying = OnnxSheet::after(Some(sheet.clone()), OnnxAction::Trying(true)).unwrap();
        assert!(trying.trying && !OnnxSheet::after(Some(trying), refused()).unwrap().trying);
        assert!(sheet.lost && sheet.trial.is_none() && sheet.facts.is_some() && sheet.statement == stated);
        assert!(!OnnxSheet::after(Some(sheet), OnnxAction::Lost(false)).unwrap().lost);
    }

    #[test]
    fn a_side_is_a_whole_number_in_its_range() {
        assert_eq!(["16", " 48 ", "512"].map(onnx_side), [Some(16), Some(48), Some(512)]);
        for wrong in ["", "abc", "48.5", "-5", "15", "513", "99999999999"] {
            assert_eq!(onnx_side(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_may_have_a_decimal_comma() {
        let written = ["0,5", " 0.5 ", "0,5; 0,4;0,3", "0.5;0.4;0.3", "0.5, 0.4,0.3", "1,0,1", "−1"].map(onnx_numbers);
        assert_eq!(
            written,
            ["0.5", "0.5", "0.5,0.4,0.3", "0.5,0.4,0.3", "0.5,0.4,0.3", "1,0,1", "-1"].map(str::to_owned)
        );
        for (typed, kept) in [("0.5, 0.4", "0.5, 0.4"), ("0,5; −1", "0,5; −1"), ("0:5", "0;5"), ("1 2", "1 2")] {
            assert_eq!(
                (onnx_numbers(typed), mean_fault(kept, None)),
                (kept.to_owned(), Some(OnnxScalingFault::NoNumbers))
            );
        }
    }

    #[test]
    fn spaces_semicolons_and_commas_separate_numbers() {
        for three in [
            "0.485 0.456 0.406",
            "0,485 0,456 0,406",
            "0.485\t0.456\u{a0} 0.406",
            "0,485; 0,456; 0,406",
            "0,485;0,456;0,406;",
            "0.485, 0.456, 0.406,",
            "0,485, 0,456, 0,406",
            "0.485 , 0.456 , 0.406 ,",
            "0,485\u{a0}; 0,456\u{a0}; 0,406\u{a0};",
            ".485,.456,.406",
            "[0.485, 0.456, 0.406]",
            "(0.485, 0.456, 0.406)",
        ] {
            let written = onnx_numbers(three).replace("0.", ".");
            assert_eq!(written, ".485,.456,.406", "{three}");
        }
        for one in ["0.5", "0,5", "0.5,", "0,5;", " 0,5 , "] {
            assert_eq!(onnx_numbers(one), "0.5", "{one}");
        }
        for kept in ["0.5 0.4", "1 2 3 4", "1 x 3", "0. 5", ",", "; ;", "0,5 0,4,0,3", "a 0.5"] {
            assert_eq!((onnx_numbers(kept).as_str(), onnx_list(kept)), (kept, Vec::new()));
        }
    }

    #[test]
    fn means_and_deviations_are_read_and_checked() {
        use OnnxScalingFault::{NoNumber, NoNumbers, OneChannel, OutOfRange, TooSmall};
        for (text, numbers) in
            [(".5", [0.5].as_slice()), ("+0.25", &[0.25]), ("-1", &[-1.0]), ("0.485, 0.456,1", &[0.485, 0.456, 1.0])]
        {
            assert_eq!(onnx_list(text), numbers, "{text}");
        }
        let long = "1".repeat(400);
        for wrong in ["a", "0.5,0.4", "1,2,3,4", "0.5.5", "-", ".", "0.5,,0.3", "--1", "0:5", "1e9", &long] {
            for fault in [mean_fault, deviation_fault] {
                assert_eq!(fault(wrong, Some(1)), Some(NoNumber), "{wrong}");
                assert_eq!(fault(wrong, None), Some(NoNumbers), "{wrong}");
            }
        }
        for fault in [mean_fault, deviation_fault] {
            assert_eq!(["", "0.05", "0.1,0.2,0.3"].map(|text| fault(text, None)), [None; 3]);
            let of_grey = ["", "0.05", "0.5,0.5,0.50", "0.1,0.2,0.3"].map(|text| fault(text, Some(1)));
            assert_eq!(of_grey, [None, None, None, Some(OneChannel)]);
            assert_eq!(["127.5", "0.5,0.4,2"].map(|text| fault(text, None)), [Some(OutOfRange); 2]);
        }
        assert_eq!([mean_fault("0", None), mean_fault("-0.5", None)], [None, Some(OutOfRange)]);
        for wrong in ["0", "-1", "0.0", "0.5,0,0.5"] {
            assert_eq!(deviation_fault(wrong, Some(3)), Some(TooSmall), "{wrong}");
        }
    }

    #[test]
    fn what_is_open_must_be_stated() {
        let mut facts = OnnxFacts::default();
        let mut stated = OnnxStatement { classes: Some("fer2013".into()), ..OnnxStatement::default() };
        (stated.side, stated.channels) = (Some(48), Some(1));
        assert!(!is_onnx_complete(&facts, &stated));
        for (scaling, complete) in [
            ("unit", true),
            (":", false),
            ("0.5:", false),
            (":0.5", false),
            ("0.5:0", false),
            ("a:1", false),
            ("0.5:0.5", true),
            ("0.5,0.4,0.3:0.5", false),
            ("0.5,0.5,0.5:0.5", true),
            ("127.5:0.5", false),
        ] {
            stated.scaling = Some(scaling.into());
            assert_eq!(is_onnx_complete(&facts, &stated), complete, "{scaling}");
        }
        (stated.side, stated.scaling) = (None, None);
        assert!(!is_onnx_complete(&facts, &stated));
        (facts.side, facts.is_bytes) = (Some(48), true);
        assert!(is_onnx_complete(&facts, &stated), "bytes are scaled by the model");
        stated.classes = Some(String::new());
        assert!(!is_onnx_complete(&facts, &stated));
    }
}
