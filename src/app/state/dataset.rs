//! The sets of images that are loaded.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::engine::protocol::{Exploration, SetId, SetSummary};

/// The loaded sets, and the one that the visitor looks at.
#[derive(Clone, Default, PartialEq)]
pub struct Datasets {
    /// By id.
    pub sets: BTreeMap<SetId, Rc<SetSummary>>,
    /// What was found in them.
    pub explorations: BTreeMap<SetId, Rc<Exploration>>,
    /// The one looked at.
    pub selected: Option<SetId>,
}

/// What can happen to the sets.
pub enum DatasetAction {
    /// A set is there, or is there with changes.
    Loaded(SetSummary),
    /// What is to be seen in a set.
    Explored(SetId, Exploration),
    /// A set was given up.
    Closed(SetId),
    /// The visitor looks at another set.
    Select(SetId),
}

impl Datasets {
    /// The set that the visitor looks at.
    pub fn selected(&self) -> Option<&Rc<SetSummary>> {
        self.selected.and_then(|id| self.sets.get(&id))
    }

    /// Changes with what happened.
    pub fn apply(&mut self, action: DatasetAction) {
        match action {
            DatasetAction::Loaded(summary) => {
                self.selected = Some(summary.id);
                self.explorations.remove(&summary.id);
                self.sets.insert(summary.id, Rc::new(summary));
            }
            DatasetAction::Explored(set, exploration) => {
                self.explorations.insert(set, Rc::new(exploration));
            }
            DatasetAction::Closed(set) => {
                self.sets.remove(&set);
                self.explorations.remove(&set);
                if self.selected == Some(set) {
                    self.selected = self.sets.keys().next_back().copied();
                }
            }
            DatasetAction::Select(set) => self.selected = Some(set),
        }
    }
}
