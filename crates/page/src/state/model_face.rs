//! The state of the model face on the Live page.

use std::rc::Rc;

use mien_face::settings::Settings;

use super::history::History;
use super::{LiveSource, RecognitionResult};

/// The model face: its settings, and what can be undone.
#[derive(Clone, Default, PartialEq)]
pub struct ModelFace {
    /// The settings.
    pub settings: Settings,
    /// What can be undone.
    pub history: History<Settings>,
    /// Whether the program and the model are being fetched.
    pub loading: bool,
    /// Whether expressions are shown by a morph.
    pub morphs: bool,
    /// What was recognized in the newest picture.
    pub result: Option<Rc<RecognitionResult>>,
}

/// What can happen to the model face.
pub enum ModelFaceAction {
    /// The program and the model are being fetched, or no longer are.
    Loading(bool),
    /// The model face is shown.
    Opened,
    /// It is no longer shown.
    Closed,
    /// Other settings. Changes of one gesture, such as the dragging of a slider, are undone together; `None` is undone alone.
    Change(Settings, Option<usize>),
    /// The gesture has ended.
    Rest,
    /// The last change is undone.
    Undo,
    /// The last change that was undone is made again.
    Redo,
    /// Whether expressions are shown by a morph.
    Morphs(bool),
    /// A picture was recognized.
    Recognized(RecognitionResult),
}

impl ModelFace {
    /// Applies an action; returns the new source, if it changes.
    pub(super) fn apply(&mut self, action: ModelFaceAction) -> Option<LiveSource> {
        match action {
            ModelFaceAction::Loading(loading) => self.loading = loading,
            ModelFaceAction::Opened => {
                self.loading = false;
                self.result = None;
                return Some(LiveSource::ModelFace);
            }
            ModelFaceAction::Closed => return Some(LiveSource::Empty),
            ModelFaceAction::Change(settings, gesture) => self.history.change(&mut self.settings, settings, gesture),
            ModelFaceAction::Rest => self.history.rest(),
            ModelFaceAction::Undo => self.history.undo(&mut self.settings),
            ModelFaceAction::Redo => self.history.redo(&mut self.settings),
            ModelFaceAction::Morphs(morphs) => self.morphs = morphs,
            ModelFaceAction::Recognized(result) => self.result = Some(Rc::new(result)),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::recognized;
    use mien_face::settings::{PITCH, YAW};

    fn turned(settings: &Settings, index: usize, degrees: f32) -> Settings {
        let mut settings = *settings;
        settings.set(index, degrees);
        settings
    }

    /// Turns the head by two gestures, of which the first has two changes.
    fn face() -> ModelFace {
        let mut face = ModelFace::default();
        for (index, degrees) in [(YAW, 5.0), (YAW, 10.0), (PITCH, 20.0)] {
            let settings = turned(&face.settings, index, degrees);
            face.apply(ModelFaceAction::Change(settings, Some(index)));
        }
        face
    }

    fn pose(face: &ModelFace) -> (f32, f32) {
        (face.settings.get(YAW), face.settings.get(PITCH))
    }

    #[test]
    fn gestures_are_undone_and_made_again() {
        let mut face = face();
        let mut poses = Vec::new();
        for action in [
            ModelFaceAction::Undo,
            ModelFaceAction::Undo,
            ModelFaceAction::Undo,
            ModelFaceAction::Redo,
            ModelFaceAction::Redo,
            ModelFaceAction::Redo,
        ] {
            face.apply(action);
            poses.push(pose(&face));
        }
        assert_eq!(poses, [(10.0, 0.0), (0.0, 0.0), (0.0, 0.0), (10.0, 0.0), (10.0, 20.0), (10.0, 20.0)]);
    }

    #[test]
    fn a_gesture_that_rested_is_another_one() {
        let mut face = face();
        face.apply(ModelFaceAction::Rest);
        let settings = turned(&face.settings, PITCH, 30.0);
        face.apply(ModelFaceAction::Change(settings, Some(PITCH)));
        face.apply(ModelFaceAction::Undo);
        assert_eq!(pose(&face), (10.0, 20.0));
        // what comes next is no part of what was undone
        face.apply(ModelFaceAction::Change(Settings::default(), None));
        assert!(!face.history.can_redo());
        face.apply(ModelFaceAction::Change(Settings::default(), None));
        face.apply(ModelFaceAction::Undo);
        assert_eq!(pose(&face), (10.0, 20.0), "what changes nothing is not undone");
    }

    #[test]
    fn it_is_shown_once_fetched_and_keeps_its_settings() {
        let mut face = face();
        assert_eq!(face.apply(ModelFaceAction::Loading(true)), None);
        face.apply(ModelFaceAction::Recognized(recognized(Vec::new())));
        assert_eq!(face.apply(ModelFaceAction::Opened), Some(LiveSource::ModelFace));
        assert!(!face.loading && face.result.is_none() && pose(&face) == (10.0, 20.0));
        assert_eq!(face.apply(ModelFaceAction::Closed), Some(LiveSource::Empty));
        assert_eq!(pose(&face), (10.0, 20.0));
    }
}
