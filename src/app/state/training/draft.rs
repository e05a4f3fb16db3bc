//! How the next run is to go. Until the visitor changes a setting, the settings are the preset's for the chosen set.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Knob, Trouble};
use crate::engine::protocol::StartFrom;
use crate::training::{Preset, Settings};

/// On a CPU, from so many training images the quickest preset is the one to begin with.
const LARGE: usize = 2_000;

/// How the next run is to go.
#[derive(Clone, Default, PartialEq)]
pub struct Draft {
    /// The preset that the visitor chose; without one it follows from the set.
    pub chosen: Option<Preset>,
    /// What the visitor chose to begin from; without it, it follows from the preset.
    pub from: Option<StartFrom>,
    /// The settings, once they differ from the preset's.
    pub edited: Option<Rc<Settings>>,
    /// The text of the fields that were typed into, so that typing is not fought.
    pub typed: BTreeMap<Knob, Typed>,
}

/// The text of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed {
    /// As it stands there.
    pub text: Rc<str>,
    /// Why it is no value for the field.
    pub trouble: Option<Trouble>,
}

/// What the visitor does to the draft.
pub enum DraftAction {
    /// Chooses a preset.
    Preset(Preset),
    /// Chooses what to begin from.
    From(StartFrom),
    /// Makes settings by a choice or from a file.
    Edit(Box<Settings>),
    /// Types into a field; the settings, if it is a value for them.
    Type(Knob, Typed, Option<Box<Settings>>),
    /// Leaves a field.
    Leave(Knob),
}

impl Draft {
    /// The preset for a set with so many training images.
    pub fn preset(&self, images: usize, cpu: bool) -> Preset {
        self.chosen.unwrap_or(if cpu && images > LARGE { Preset::Demo } else { Preset::FineTune })
    }

    /// The settings for such a set.
    pub fn settings(&self, images: usize, cpu: bool) -> Rc<Settings> {
        match &self.edited {
            Some(settings) => Rc::clone(settings),
            None => Rc::new(Settings::preset(self.preset(images, cpu), images)),
        }
    }

    /// What the run begins from.
    pub fn from(&self) -> StartFrom {
        self.from.unwrap_or(match self.chosen {
            Some(Preset::FromScratch) => StartFrom::Scratch,
            Some(Preset::Demo | Preset::FineTune) | None => StartFrom::Network,
        })
    }

    /// Whether a field holds what is no value.
    pub fn is_wrong(&self) -> bool {
        self.typed.values().any(|typed| typed.trouble.is_some())
    }

    /// Changes with what the visitor does.
    pub fn apply(&mut self, action: DraftAction) {
        match action {
            DraftAction::Preset(preset) => *self = Self { chosen: Some(preset), ..Self::default() },
            DraftAction::From(from) => self.from = Some(from),
            DraftAction::Edit(settings) => {
                self.edited = Some(Rc::from(settings));
                self.typed.clear();
            }
            DraftAction::Type(knob, typed, settings) => {
                self.typed.insert(knob, typed);
                if let Some(settings) = settings {
                    self.edited = Some(Rc::from(settings));
                }
            }
            DraftAction::Leave(knob) => {
                if self.typed.get(&knob).is_some_and(|typed| typed.trouble.is_none()) {
                    self.typed.remove(&knob);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_follow_the_set_until_they_are_changed() {
        let mut draft = Draft::default();
        assert_eq!(draft.preset(28_709, true), Preset::Demo);
        assert_eq!(*draft.settings(500, true), Settings::preset(Preset::FineTune, 500));
        draft.apply(DraftAction::Preset(Preset::FromScratch));
        assert_eq!(draft.from(), StartFrom::Scratch);
        let settings = draft.settings(500, false);
        let changed = Knob::Epochs.accept(&settings, Some(3.0)).unwrap();
        let typed = |text: &str, trouble| Typed { text: text.into(), trouble };
        draft.apply(DraftAction::Type(Knob::Epochs, typed("3", None), Some(Box::new(changed))));
        draft.apply(DraftAction::Type(Knob::Batch, typed("", Some(Trouble::NoNumber)), None));
        assert_eq!(draft.settings(9_000, false).epochs, 3);
        draft.apply(DraftAction::Leave(Knob::Epochs));
        draft.apply(DraftAction::Leave(Knob::Batch));
        assert!(draft.is_wrong() && !draft.typed.contains_key(&Knob::Epochs));
        draft.apply(DraftAction::Preset(Preset::Demo));
        assert!(!draft.is_wrong() && draft.edited.is_none());
    }
}
