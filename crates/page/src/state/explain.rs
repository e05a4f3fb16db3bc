//! Maps over faces that say where a class comes from.

use std::rc::Rc;

use mien_core::explanation::{Method, Part, Pixmap};
use mien_core::expression::{Distribution, Expression};
use mien_protocol::{Explanation, SetId};

/// What the visitor wants explained, how, and what was found.
#[derive(Clone, PartialEq)]
pub struct Explain {
    /// Whether maps show on the Live and Evaluation pages.
    pub on: bool,
    /// How maps are found.
    pub method: Method,
    /// The class that they are for; without one the likeliest of each face.
    pub class: Option<Expression>,
    /// Stages of the network; 0 until known.
    pub stages: u32,
    /// What was found last.
    pub found: Option<Rc<Found>>,
    /// Why nothing was, in the engine's words.
    pub failure: Option<Rc<str>>,
    /// Whether images are wanted that the network takes for like the one from near.
    pub alike: bool,
}

/// What crops are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The photo of this id.
    Photo(u32),
    /// The camera or video.
    Stream,
    /// A sample of a set.
    Sample(SetId, u32),
    /// The face of the lesson, damaged or not.
    Lesson,
    /// Pictures of the lesson that are no faces.
    Odd,
}

/// What was found.
#[derive(Debug, PartialEq)]
pub struct Found {
    /// Of what.
    pub subject: Subject,
    /// How.
    pub method: Option<Method>,
    /// By the number of the face.
    pub faces: Vec<(u32, Mapped)>,
    /// Milliseconds that the engine took.
    pub time: f32,
}

/// What the network says of a face, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapped {
    /// What it says.
    pub reading: Distribution,
    /// The class that the map is for.
    pub class: Expression,
    /// The map, if it was asked for.
    pub map: Option<Art>,
    /// Its largest number; 0 where nothing speaks for the class.
    pub peak: f32,
    /// Where it is strong.
    pub parts: Vec<(Part, f32)>,
}

/// A picture that is the same only if it is one and the same, which is quick to tell.
#[derive(Clone, Debug)]
pub struct Art(pub Rc<Pixmap>);

impl PartialEq for Art {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl From<Pixmap> for Art {
    fn from(painting: Pixmap) -> Self {
        Self(Rc::new(painting))
    }
}

impl From<Explanation> for Mapped {
    fn from(explanation: Explanation) -> Self {
        let Explanation { reading, class, map, peak, parts } = explanation;
        Self { reading, class, map: map.map(Art::from), peak, parts }
    }
}

/// What can happen to the maps.
pub enum ExplainAction {
    /// The visitor wants them, or no more.
    On(bool),
    /// The visitor wants them found otherwise.
    Method(Method),
    /// The visitor wants them for another class.
    Class(Option<Expression>),
    /// The visitor wants to see what the network takes for alike, or no more.
    Alike(bool),
    /// They were found, by a network of so many stages.
    Found(Found, u32),
    /// They were not.
    Failed(String),
}

impl Default for Explain {
    fn default() -> Self {
        let method = Method::GradCam { stage: None };
        Self { on: false, method, class: None, stages: 0, found: None, failure: None, alike: false }
    }
}

impl Explain {
    /// What was found of a subject.
    pub fn of(&self, subject: Subject) -> Option<&Rc<Found>> {
        self.found.as_ref().filter(|found| found.subject == subject)
    }

    /// Changes with what happened.
    pub fn apply(&mut self, action: ExplainAction) {
        match action {
            ExplainAction::On(on) => {
                self.on = on;
                self.found = None;
                self.failure = None;
            }
            ExplainAction::Method(method) => self.method = method,
            ExplainAction::Class(class) => self.class = class,
            ExplainAction::Alike(alike) => self.alike = alike,
            ExplainAction::Found(found, stages) => {
                self.stages = stages;
                self.found = Some(Rc::new(found));
                self.failure = None;
            }
            ExplainAction::Failed(reason) => self.failure = Some(reason.into()),
        }
    }
}

impl Found {
    /// What was found of a face.
    pub fn face(&self, id: u32) -> Option<&Mapped> {
        self.faces.iter().find(|(face, _)| *face == id).map(|(_, mapped)| mapped)
    }
}
