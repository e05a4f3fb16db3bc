//! The third-party ONNX model that is being opened.

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::File;

use super::link::{Attachment, Link, RequestId};
use super::watch::Watch;
use crate::state::{Action, OnnxAction, TrainingAction, is_onnx_complete};
use mien_core::network::{OnnxFacts, OnnxStatement, OnnxTrial};
use mien_protocol::{Command, Event, Message, NetworkCommand};

/// Milliseconds of an attempt after which the visitor is told of it: most are over sooner.
const TOLD: u32 = 1000;

/// Has the engine read and try a model, until it becomes a network.
pub struct Onnx {
    link: Link,
    watch: Rc<Watch>,
    open: RefCell<Option<Open>>,
    /// One that takes its place once it was read.
    next: RefCell<Option<Open>>,
}

struct Open {
    file: File,
    name: String,
    /// The last request.
    request: RequestId,
    facts: Option<Rc<OnnxFacts>>,
    statement: OnnxStatement,
    /// Whether the engine tries it, and whether the statement has changed since.
    trying: Option<bool>,
    /// Whether the engine was lost meanwhile: maybe because of the model, so that it is only opened again on request.
    lost: bool,
}

impl Onnx {
    /// Creates the controller without a model.
    pub fn new(link: Link) -> Rc<Self> {
        let watch = Watch::new(link.clone());
        Rc::new(Self { link, watch, open: RefCell::default(), next: RefCell::default() })
    }

    /// Opens a file of this name; one that was open before is left once this one was read, with all that was stated about it.
    pub fn open(&self, name: String, file: File) {
        let request = self.link.next_request();
        self.send(NetworkCommand::InspectOnnx { request }, &file);
        let statement = OnnxStatement::default();
        self.next.replace(Some(Open { file, name, request, facts: None, statement, trying: None, lost: false }));
        if self.open.borrow().is_none() {
            self.advance();
        }
    }

    /// Has the next file, if there is one, take the place of the one that is open.
    fn advance(&self) {
        if let Some(next) = self.next.take() {
            self.dispatch(OnnxAction::Open(next.name.clone()));
            self.open.replace(Some(next));
        }
    }

    /// Changes what is stated.
    pub fn change(self: &Rc<Self>, change: impl FnOnce(&mut OnnxStatement)) {
        if let Some(open) = &mut *self.open.borrow_mut() {
            change(&mut open.statement);
            self.state(open);
        }
    }

    /// The file with what is stated, which is not open any more.
    pub fn take(&self) -> Option<(String, OnnxStatement, File)> {
        let open = self.open.take()?;
        self.dispatch(OnnxAction::Close);
        self.advance();
        Some((open.name, open.statement, open.file))
    }

    /// Called with each event of the engine.
    pub fn on_event(&self, event: &Event) {
        self.watch.on_event(event);
    }

    /// Called when the engine has read the model; if it is refused, why, and the name of the file.
    pub fn on_inspected(
        self: &Rc<Self>,
        request: RequestId,
        facts: Result<Box<OnnxFacts>, Message>,
    ) -> Option<(String, Message)> {
        self.watch.on_answered();
        let is_asked =
            |open: &RefCell<Option<Open>>| open.borrow().as_ref().is_some_and(|open| open.request == request);
        if is_asked(&self.next) {
            match facts {
                Ok(_) => self.advance(),
                // the one before stays as it is
                Err(reason) => return self.next.take().map(|next| (next.name, reason)),
            }
        }
        if !is_asked(&self.open) {
            return None;
        }
        match facts {
            Ok(facts) => {
                let mut current = self.open.borrow_mut();
                let open = current.as_mut()?;
                let facts = Rc::from(facts);
                open.statement = own(&facts);
                open.facts = Some(Rc::clone(&facts));
                self.dispatch(OnnxAction::Read(facts));
                self.state(open);
                None
            }
            Err(reason) => self.take().map(|(name, _, _)| (name, reason)),
        }
    }

    /// Called when the engine has tried the model.
    pub fn on_tried(self: &Rc<Self>, request: RequestId, trial: Result<Box<OnnxTrial>, Message>) {
        self.watch.on_answered();
        let mut current = self.open.borrow_mut();
        let Some(open) = current.as_mut().filter(|open| open.request == request && !open.lost) else { return };
        if open.trying.take() == Some(true) {
            self.attempt(open);
            if open.trying.is_none() {
                self.dispatch(OnnxAction::Trying(false));
            }
        } else {
            self.dispatch(OnnxAction::Tried(trial));
        }
    }

    /// Called when the engine was lost, with all that it knew of the model. The form keeps the file and what is stated. A file that was
    /// to take its place is left; its name.
    pub fn on_engine_lost(&self) -> Option<String> {
        self.watch.on_engine_lost();
        if let Some(open) = &mut *self.open.borrow_mut() {
            (open.lost, open.trying) = (true, None);
            self.dispatch(OnnxAction::Lost(true));
        }
        self.next.take().map(|next| next.name)
    }

    /// Has another engine read the model again, or try it if it was read.
    pub fn again(self: &Rc<Self>) {
        let mut current = self.open.borrow_mut();
        let Some(open) = current.as_mut().filter(|open| open.lost) else { return };
        open.lost = false;
        self.dispatch(OnnxAction::Lost(false));
        if open.facts.is_some() {
            self.attempt(open);
        } else {
            open.request = self.link.next_request();
            self.send(NetworkCommand::InspectOnnx { request: open.request }, &open.file);
        }
    }

    fn state(self: &Rc<Self>, open: &mut Open) {
        self.dispatch(OnnxAction::State(open.statement.clone()));
        self.attempt(open);
    }

    /// Tries the model, if nothing is left open: after the attempt that is under way, and not in an engine that was lost.
    fn attempt(self: &Rc<Self>, open: &mut Open) {
        if open.lost {
            return;
        }
        if let Some(changed) = &mut open.trying {
            *changed = true;
        } else if open.facts.as_ref().is_some_and(|facts| is_onnx_complete(facts, &open.statement)) {
            (open.request, open.trying) = (self.link.next_request(), Some(false));
            let (request, statement) = (open.request, open.statement.clone());
            self.send(NetworkCommand::TryOnnx { request, statement }, &open.file);
            let onnx = Rc::clone(self);
            self.link.host().after(TOLD, Box::new(move || onnx.tell(request)));
        }
    }

    /// Tells the visitor of an attempt that is still under way.
    fn tell(&self, request: RequestId) {
        if self.open.borrow().as_ref().is_some_and(|open| open.request == request && open.trying.is_some()) {
            self.dispatch(OnnxAction::Trying(true));
        }
    }

    fn send(&self, command: NetworkCommand, file: &File) {
        self.watch.on_asked();
        self.link.send_with(&Command::Network(command), Attachment::Files(std::slice::from_ref(file)));
    }

    fn dispatch(&self, action: OnnxAction) {
        self.link.dispatch(Action::Training(TrainingAction::Onnx(action)));
    }
}

/// What the form begins with: what the file says of all that its input leaves open.
fn own(facts: &OnnxFacts) -> OnnxStatement {
    let mut statement = facts.stated.clone();
    statement.side = statement.side.filter(|_| facts.side.is_none());
    statement.channels = statement.channels.filter(|_| facts.channels.is_none());
    statement.scaling = statement.scaling.filter(|_| !facts.is_bytes);
    statement
}

#[cfg(test)]
mod tests {
    use wasm_bindgen::{JsCast, JsValue};

    use super::*;
    use crate::controller::fake::FakeHost;
    use crate::fixtures::message;
    use mien_core::expression::Distribution;

    fn facts() -> OnnxFacts {
        let stated = OnnxStatement { side: Some(48), probabilities: Some(false), ..OnnxStatement::default() };
        OnnxFacts { side: Some(48), channels: Some(1), stated, ..OnnxFacts::default() }
    }

    fn trial() -> OnnxTrial {
        OnnxTrial {
            crop: Vec::new(),
            side: 0,
            pixels: Vec::new(),
            range: (0.0, 1.0),
            classes: Vec::new(),
            prediction: Distribution::UNIFORM,
            multiply_adds: 1,
        }
    }

    /// A model that was read.
    fn read() -> (Rc<FakeHost>, Rc<Onnx>) {
        let (host, link) = FakeHost::new();
        let onnx = Onnx::new(link);
        onnx.open("a.onnx".into(), JsValue::UNDEFINED.unchecked_into());
        assert_eq!(host.take_commands(), [Command::Network(NetworkCommand::InspectOnnx { request: 1 })]);
        assert!(onnx.on_inspected(1, Ok(Box::new(facts()))).is_none());
        (host, onnx)
    }

    /// The statements that were tried, with their requests.
    fn tried(host: &FakeHost) -> Vec<(RequestId, OnnxStatement)> {
        let tried = |command| match command {
            Command::Network(NetworkCommand::TryOnnx { request, statement }) => Some((request, statement)),
            _ => None,
        };
        host.take_commands().into_iter().filter_map(tried).collect()
    }

    fn results(host: &FakeHost) -> usize {
        let is_result =
            |action: &Action| matches!(action, Action::Training(TrainingAction::Onnx(OnnxAction::Tried(_))));
        host.take_actions().iter().filter(|action| is_result(action)).count()
    }

    #[test]
    fn a_model_is_tried_once_nothing_is_left_open() {
        let (host, onnx) = read();
        assert!(tried(&host).is_empty());
        onnx.change(|statement| statement.scaling = Some("unit".into()));
        assert!(tried(&host).is_empty());
        onnx.change(|statement| statement.classes = Some("fer2013".into()));
        let attempts = tried(&host);
        let stated = OnnxStatement {
            scaling: Some("unit".into()),
            classes: Some("fer2013".into()),
            probabilities: Some(false),
            ..OnnxStatement::default()
        };
        assert_eq!(attempts, [(2, stated.clone())], "its side is its own");
        onnx.on_tried(2, Ok(Box::new(trial())));
        assert_eq!(results(&host), 1);
        assert_eq!(onnx.take().map(|(name, statement, _)| (name, statement)), Some(("a.onnx".into(), stated)));
        assert!(onnx.take().is_none());
    }

    #[test]
    fn of_changes_meanwhile_only_the_last_is_tried() {
        let (host, onnx) = read();
        onnx.change(|statement| statement.scaling = Some("unit".into()));
        for order in ["fer2013", "raf-db", "affectnet"] {
            onnx.change(|statement| statement.classes = Some(order.into()));
        }
        assert_eq!(tried(&host).len(), 1);
        host.take_actions();
        onnx.on_tried(2, Err(message("no")));
        let attempts = tried(&host);
        assert_eq!((attempts[0].0, attempts[0].1.classes.as_deref()), (3, Some("affectnet")));
        assert_eq!(results(&host), 0, "it was of another statement");
        onnx.on_tried(2, Err(message("old")));
        onnx.on_tried(3, Ok(Box::new(trial())));
        assert_eq!(results(&host), 1);
    }

    #[test]
    fn an_attempt_that_takes_a_while_is_told_of() {
        let (host, onnx) = read();
        let told = || {
            host.run_timers();
            let told = |action| match action {
                Action::Training(TrainingAction::Onnx(OnnxAction::Trying(trying))) => Some(trying),
                _ => None,
            };
            host.take_actions().into_iter().filter_map(told).collect::<Vec<_>>()
        };
        onnx.change(|statement| statement.scaling = Some("unit".into()));
        onnx.change(|statement| statement.classes = Some("fer2013".into()));
        assert_eq!(told(), [true]);
        onnx.on_tried(2, Ok(Box::new(trial())));
        // one that is over soon
        onnx.change(|statement| statement.scaling = Some("signed".into()));
        onnx.on_tried(3, Ok(Box::new(trial())));
        assert!(told().is_empty());
        // one whose statement is incomplete at the end
        onnx.change(|statement| statement.scaling = Some("unit".into()));
        assert_eq!(told(), [true]);
        onnx.change(|statement| statement.classes = None);
        onnx.on_tried(4, Ok(Box::new(trial())));
        assert_eq!(told(), [false]);
        // one that was left
        onnx.change(|statement| statement.classes = Some("fer2013".into()));
        onnx.take();
        assert!(told().is_empty());
    }

    #[test]
    fn a_form_stays_until_another_file_was_read() {
        let (host, onnx) = read();
        onnx.change(|statement| statement.scaling = Some("unit".into()));
        host.take_actions();
        let open = |name: &str| onnx.open(name.into(), JsValue::UNDEFINED.unchecked_into());
        open("b.onnx");
        assert!(host.take_actions().is_empty(), "nothing changes yet");
        let refused = onnx.on_inspected(2, Err(message("damaged")));
        assert_eq!(refused.map(|(name, _)| name).as_deref(), Some("b.onnx"));
        assert!(host.take_actions().is_empty());
        open("c.onnx");
        open("d.onnx");
        assert!(onnx.on_inspected(3, Ok(Box::new(facts()))).is_none());
        assert!(host.take_actions().is_empty(), "of two, the last counts");
        onnx.change(|statement| statement.classes = Some("fer2013".into()));
        assert_eq!(tried(&host)[0].1.scaling.as_deref(), Some("unit"), "what was stated is still there");
        host.take_actions();
        assert!(onnx.on_inspected(4, Ok(Box::new(facts()))).is_none());
        let actions = host.take_actions();
        assert!(
            matches!(&actions[0], Action::Training(TrainingAction::Onnx(OnnxAction::Open(name))) if name == "d.onnx")
        );
        assert_eq!(onnx.take().map(|(name, statement, _)| (name, statement.scaling)), Some(("d.onnx".into(), None)));
        assert!(onnx.take().is_none());
    }

    #[test]
    fn the_next_file_takes_the_place_of_one_that_is_refused_or_left() {
        let (_, link) = FakeHost::new();
        let onnx = Onnx::new(link);
        let open = |name: &str| onnx.open(name.into(), JsValue::UNDEFINED.unchecked_into());
        let left = || onnx.take().map(|(name, _, _)| name);
        open("a.onnx");
        open("b.onnx");
        assert!(onnx.on_inspected(1, Err(message("damaged"))).is_some());
        open("c.onnx");
        assert_eq!([left(), left(), left()], [Some("b.onnx".into()), Some("c.onnx".into()), None]);
        open("d.onnx");
        open("e.onnx");
        assert_eq!(onnx.on_engine_lost().as_deref(), Some("e.onnx"), "only the form stays");
        assert_eq!([left(), left()], [Some("d.onnx".into()), None]);
    }

    #[test]
    fn a_form_outlives_the_engine_and_is_opened_again_on_request() {
        let (host, onnx) = read();
        onnx.change(|statement| statement.scaling = Some("unit".into()));
        onnx.change(|statement| statement.classes = Some("fer2013".into()));
        assert_eq!(tried(&host).len(), 1);
        host.take_actions();
        let lost = |actions: &[Action]| match actions {
            [Action::Training(TrainingAction::Onnx(OnnxAction::Lost(lost)))] => Some(*lost),
            _ => None,
        };
        assert_eq!(onnx.on_engine_lost(), None);
        assert_eq!(lost(&host.take_actions()), Some(true));
        // the form can be changed, and nothing is tried
        onnx.change(|statement| statement.classes = Some("raf-db".into()));
        onnx.on_tried(2, Ok(Box::new(trial())));
        assert!(tried(&host).is_empty() && results(&host) == 0);
        onnx.again();
        assert_eq!(lost(&host.take_actions()), Some(false));
        let attempts = tried(&host);
        assert_eq!(attempts.len(), 1);
        let (request, statement) = &attempts[0];
        assert_eq!(
            (*request, statement.scaling.as_deref(), statement.classes.as_deref()),
            (3, Some("unit"), Some("raf-db"))
        );
        onnx.on_tried(3, Ok(Box::new(trial())));
        assert_eq!(results(&host), 1);
        onnx.again();
        assert!(tried(&host).is_empty() && host.take_actions().is_empty(), "it is open");
    }

    #[test]
    fn a_model_that_was_being_read_is_read_again() {
        let (host, link) = FakeHost::new();
        let onnx = Onnx::new(link);
        onnx.open("a.onnx".into(), JsValue::UNDEFINED.unchecked_into());
        onnx.on_engine_lost();
        host.take_commands();
        onnx.again();
        assert_eq!(host.take_commands(), [Command::Network(NetworkCommand::InspectOnnx { request: 2 })]);
        assert!(onnx.on_inspected(2, Ok(Box::new(facts()))).is_none());
        let read = |action: &Action| matches!(action, Action::Training(TrainingAction::Onnx(OnnxAction::Read(_))));
        assert!(host.take_actions().iter().any(read));
    }

    #[test]
    fn a_refused_model_is_left() {
        let (host, link) = FakeHost::new();
        let onnx = Onnx::new(link);
        onnx.open("a.onnx".into(), JsValue::UNDEFINED.unchecked_into());
        let refused = onnx.on_inspected(1, Err(message("damaged")));
        assert_eq!(refused.map(|(name, _)| name).as_deref(), Some("a.onnx"));
        assert!(onnx.take().is_none());
        host.take_actions();
        onnx.open("b.onnx".into(), JsValue::UNDEFINED.unchecked_into());
        assert!(onnx.on_inspected(1, Ok(Box::new(facts()))).is_none());
        assert_eq!(host.take_actions().len(), 1, "an answer about another file changes nothing");
    }
}
