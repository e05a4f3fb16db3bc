//! Explanations: heatmaps of what a prediction depends on.

use std::rc::Rc;

use mien_core::explanation::{FaceRegion, Method, Pixmap};
use mien_core::expression::{Distribution, Expression};
use mien_protocol::{DatasetId, Explanation, Message};

/// The settings and results of explanations.
#[derive(Clone, PartialEq)]
pub struct Explain {
    /// Whether heatmaps show on the Live and Evaluation pages.
    pub on: bool,
    /// The method.
    pub method: Method,
    /// The class to explain; `None` for the predicted class of each face.
    pub class: Option<Expression>,
    /// Number of stages of the network; 0 until known.
    pub stages: u32,
    /// The last result.
    pub found: Option<Rc<Explanations>>,
    /// Why the last attempt failed, in the engine's words.
    pub failure: Option<Message>,
    /// Whether images with features similar to those of the opened image are searched.
    pub find_similar: bool,
}

/// The source of crops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The photo of this id.
    Photo(u32),
    /// The camera or video.
    Stream,
    /// A sample of a set.
    Sample(DatasetId, u32),
    /// The face of the lesson, modified or not.
    Lesson,
    /// The lesson's pictures without a face.
    NonFaces,
}

/// The result of a request.
#[derive(Debug, PartialEq)]
pub struct Explanations {
    /// The source of the crops.
    pub subject: Subject,
    /// The method; `None` if only classified.
    pub method: Option<Method>,
    /// The explanations by face number.
    pub faces: Vec<(u32, FaceExplanation)>,
    /// Duration in milliseconds.
    pub time: f32,
}

/// The prediction for a face and its explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceExplanation {
    /// The predicted probabilities.
    pub prediction: Distribution,
    /// The class that is explained.
    pub class: Expression,
    /// The heatmap, if requested.
    pub map: Option<SharedPainting>,
    /// The largest value of the heatmap; 0 if no area supports the class.
    pub peak: f32,
    /// The regions of the face where it is strong, with their shares.
    pub regions: Vec<(FaceRegion, f32)>,
}

/// An image compared by pointer, which is fast.
#[derive(Clone, Debug)]
pub struct SharedPainting(pub Rc<Pixmap>);

impl PartialEq for SharedPainting {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl From<Pixmap> for SharedPainting {
    fn from(painting: Pixmap) -> Self {
        Self(Rc::new(painting))
    }
}

impl From<Explanation> for FaceExplanation {
    fn from(explanation: Explanation) -> Self {
        let Explanation { prediction, class, map, peak, regions } = explanation;
        Self { prediction, class, map: map.map(SharedPainting::from), peak, regions }
    }
}

/// What can happen to the explanations.
pub enum ExplainAction {
    /// The visitor shows or hides heatmaps.
    On(bool),
    /// The visitor chose a method.
    Method(Method),
    /// The visitor chose a class.
    Class(Option<Expression>),
    /// The visitor starts or stops the search for images with similar features.
    FindSimilar(bool),
    /// Explanations arrived, from a network with this number of stages.
    Explained(Explanations, u32),
    /// They could not be computed.
    Failed(Message),
}

impl Default for Explain {
    fn default() -> Self {
        let method = Method::GradCam { stage: None };
        Self { on: false, method, class: None, stages: 0, found: None, failure: None, find_similar: false }
    }
}

impl Explain {
    /// The result for a subject.
    pub fn of(&self, subject: Subject) -> Option<&Rc<Explanations>> {
        self.found.as_ref().filter(|found| found.subject == subject)
    }

    /// Applies an action.
    pub fn apply(&mut self, action: ExplainAction) {
        match action {
            ExplainAction::On(on) => {
                self.on = on;
                self.found = None;
                self.failure = None;
            }
            ExplainAction::Method(method) => self.method = method,
            ExplainAction::Class(class) => self.class = class,
            ExplainAction::FindSimilar(find_similar) => self.find_similar = find_similar,
            ExplainAction::Explained(found, stages) => {
                self.stages = stages;
                self.found = Some(Rc::new(found));
                self.failure = None;
            }
            ExplainAction::Failed(reason) => self.failure = Some(reason),
        }
    }
}

impl Explanations {
    /// The explanation for a face.
    pub fn face(&self, id: u32) -> Option<&FaceExplanation> {
        self.faces.iter().find(|(face, _)| *face == id).map(|(_, mapped)| mapped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{distribution, message, painting};

    fn explanations(subject: Subject) -> Explanations {
        let explanation = Explanation {
            prediction: distribution(Expression::Happy, 0.9),
            class: Expression::Happy,
            map: Some(painting()),
            peak: 1.0,
            regions: vec![(FaceRegion::Mouth, 0.8)],
        };
        Explanations { subject, method: None, faces: vec![(4, explanation.into())], time: 3.0 }
    }

    #[test]
    fn what_was_found_belongs_to_its_subject() {
        let mut explain = Explain::default();
        explain.apply(ExplainAction::Explained(explanations(Subject::Sample(1, 7)), 5));
        assert_eq!(explain.stages, 5);
        let found = explain.of(Subject::Sample(1, 7)).unwrap();
        assert_eq!(found.face(4).map(|face| face.class), Some(Expression::Happy));
        assert!(found.face(7).is_none());
        for other in [Subject::Sample(2, 7), Subject::Photo(7), Subject::Stream, Subject::Lesson, Subject::NonFaces] {
            assert!(explain.of(other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn a_failure_stays_until_something_is_found() {
        let mut explain = Explain::default();
        explain.apply(ExplainAction::Explained(explanations(Subject::Stream), 5));
        explain.apply(ExplainAction::Failed(message("no memory")));
        assert!(explain.failure.as_ref().map(Message::english) == Some("no memory") && explain.found.is_some());
        explain.apply(ExplainAction::Explained(explanations(Subject::Stream), 4));
        assert!(explain.failure.is_none() && explain.stages == 4);
    }

    #[test]
    fn switching_on_or_off_forgets_old_heatmaps() {
        for on in [true, false] {
            let mut explain = Explain::default();
            explain.apply(ExplainAction::Explained(explanations(Subject::Stream), 5));
            explain.apply(ExplainAction::Failed(message("no memory")));
            explain.apply(ExplainAction::On(on));
            assert!(explain.on == on && explain.found.is_none() && explain.failure.is_none());
            assert_eq!(explain.stages, 5, "those of the network");
        }
    }

    #[test]
    fn choices_are_kept_as_they_are() {
        let mut explain = Explain::default();
        assert_eq!(explain.method, Method::GradCam { stage: None }, "the last stage at first");
        explain.apply(ExplainAction::Method(Method::Occlusion));
        explain.apply(ExplainAction::Class(Some(Expression::Fear)));
        explain.apply(ExplainAction::FindSimilar(true));
        assert!(explain.method == Method::Occlusion && explain.class == Some(Expression::Fear) && explain.find_similar);
    }

    #[test]
    fn paintings_are_the_same_only_if_they_are_one() {
        let one = SharedPainting::from(painting());
        assert!(one == one.clone() && one != SharedPainting::from(painting()));
    }
}
