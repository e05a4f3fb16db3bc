//! An ONNX model of others that is being opened.

use std::rc::Rc;

use mien_core::network::{OnnxFacts, OnnxStatement, OnnxTrial};
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
}

/// What can happen to the sheet.
pub enum OnnxAction {
    /// A file was opened; its name.
    Open(String),
    /// It was read.
    Read(Rc<OnnxFacts>),
    /// Something was stated.
    State(OnnxStatement),
    /// It was tried with the present statement.
    Tried(Result<Box<OnnxTrial>, Message>),
    /// It became a network, or was left.
    Close,
}

impl OnnxSheet {
    /// The sheet after an action.
    pub fn after(before: Option<Self>, action: OnnxAction) -> Option<Self> {
        let mut sheet = match (before, action) {
            (_, OnnxAction::Close) | (None, OnnxAction::Read(_) | OnnxAction::State(_) | OnnxAction::Tried(_)) => {
                return None;
            }
            (_, OnnxAction::Open(name)) => {
                return Some(Self { name: name.into(), facts: None, statement: OnnxStatement::default(), trial: None });
            }
            (Some(sheet), action) => (sheet, action),
        };
        match sheet.1 {
            OnnxAction::Read(facts) => sheet.0.facts = Some(facts),
            OnnxAction::State(statement) => (sheet.0.statement, sheet.0.trial) = (statement, None),
            OnnxAction::Tried(trial) => sheet.0.trial = Some(trial.map(Rc::from)),
            OnnxAction::Open(_) | OnnxAction::Close => {}
        }
        Some(sheet.0)
    }
}

/// Whether nothing is left open.
pub fn is_onnx_complete(facts: &OnnxFacts, statement: &OnnxStatement) -> bool {
    let filled = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    // a mean without a deviation, or the other way round
    let half = |text: &Option<String>| text.as_ref().is_some_and(|text| text.starts_with(':') || text.ends_with(':'));
    facts.side.or(statement.side).is_some()
        && facts.channels.or(statement.channels).is_some()
        && (facts.is_bytes || filled(&statement.scaling) && !half(&statement.scaling))
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
        assert_eq!((sheet.statement, sheet.trial), (stated, None), "what was tried was another statement");
    }

    #[test]
    fn what_is_open_must_be_stated() {
        let mut facts = OnnxFacts::default();
        let mut stated = OnnxStatement { classes: Some("fer2013".into()), ..OnnxStatement::default() };
        (stated.side, stated.channels) = (Some(48), Some(1));
        assert!(!is_onnx_complete(&facts, &stated));
        for (scaling, complete) in [("unit", true), (":", false), ("0.5:", false), (":0.5", false), ("0.5:0.5", true)] {
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
