//! Actions on the Live page: when a look is held, something happens. `docs/actions.md` describes them.

mod rule;
#[cfg(test)]
mod tests;
mod trigger;

use std::rc::Rc;

pub use rule::{ChosenPicture, Deed, PERCENT, Rule, SECONDS, Sound};
pub use trigger::Triggers;

use super::history::History;
use crate::storage;
use rule::to_text;

/// The local storage key of the rules.
pub const STORAGE_KEY: &str = "mien-actions";

/// Maximum number of rules.
pub const MAX_RULES: usize = 20;

/// What is shown because a rule fired.
#[derive(Clone, PartialEq)]
pub struct Shown {
    /// The rule.
    pub rule: Rule,
    /// How often it has fired.
    pub count: u32,
    /// The number of the firing.
    pub number: u32,
}

/// The origin of an address, such as `https://example.org`; `None` unless it names a host of the web. So no message is ever sent to
/// just any page.
pub fn origin(address: &str) -> Option<&str> {
    let address = address.trim();
    let scheme = ["https://", "http://"].into_iter().find(|scheme| address.starts_with(scheme))?.len();
    let end = address[scheme..].find('/').map_or(address.len(), |slash| scheme + slash);
    let host = &address[scheme..end];
    let named = host.chars().all(|letter| letter.is_ascii_alphanumeric() || "-.:[]".contains(letter));
    (named && host.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[')).then_some(&address[..end])
}

/// The actions.
#[derive(Clone, Default, PartialEq)]
pub struct Actions {
    /// Whether their panel is shown.
    pub open: bool,
    /// Whether rules fire.
    pub on: bool,
    /// The rules.
    pub rules: Rc<Vec<Rule>>,
    /// What can be undone.
    pub history: History<Rc<Vec<Rule>>>,
    /// How often each rule has fired, by its id.
    counts: Vec<(u32, u32)>,
    /// What is shown.
    pub shown: Option<Shown>,
    /// The address of the page that embeds this one, as typed.
    pub address: Rc<str>,
    /// Whether it gets messages.
    pub sends: bool,
}

/// What can happen to the actions.
pub enum ActionsAction {
    /// Their panel is shown, or no longer.
    Open(bool),
    /// Rules fire, or no longer.
    On(bool),
    /// A rule is added, with this word.
    Add(String),
    /// A rule is removed.
    Remove(u32),
    /// A rule is changed: the one with its id. Changes of one gesture are undone together.
    Change(Box<Rule>, Option<usize>),
    /// The gesture has ended.
    Rest,
    /// The last change is undone.
    Undo,
    /// The last change that was undone is made again.
    Redo,
    /// A rule fired.
    Fired {
        /// The rule.
        rule: u32,
        /// The number of the firing.
        number: u32,
    },
    /// What was shown for the firing of this number has been seen.
    Seen(u32),
    /// The counts begin anew.
    Reset,
    /// The address of the page that embeds this one. It gets no messages until that is chosen again.
    Address(String),
    /// That page gets messages, or no longer.
    Send(bool),
}

impl Actions {
    /// The stored rules, switched off.
    pub fn stored() -> Self {
        let mut rules = rule::from_text(&storage::get(STORAGE_KEY).unwrap_or_default());
        rules.truncate(MAX_RULES);
        Self { rules: rules.into(), ..Self::default() }
    }

    /// Stores the rules, without pictures.
    pub fn store(rules: &[Rule]) {
        storage::set(STORAGE_KEY, Some(to_text(rules).as_str()).filter(|text| !text.is_empty()));
    }

    /// The origin to which messages go, if any.
    pub fn target(&self) -> Option<&str> {
        origin(&self.address).filter(|_| self.sends)
    }

    /// How often a rule has fired.
    pub fn count(&self, rule: u32) -> u32 {
        self.counts.iter().find(|(id, _)| *id == rule).map_or(0, |(_, count)| *count)
    }

    /// The rule with an id.
    pub fn rule(&self, id: u32) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Applies an action.
    pub(super) fn apply(&mut self, action: ActionsAction) {
        match action {
            ActionsAction::Open(open) => self.open = open,
            ActionsAction::On(on) => {
                self.on = on;
                self.shown = None;
            }
            ActionsAction::Add(word) => {
                let id = self.rules.iter().map(|rule| rule.id).max().unwrap_or_default() + 1;
                if self.rules.len() < MAX_RULES {
                    self.counts.retain(|(known, _)| *known != id);
                    self.edit(None, |rules| rules.push(Rule::new(id, &word)));
                }
            }
            ActionsAction::Remove(id) => self.edit(None, |rules| rules.retain(|rule| rule.id != id)),
            ActionsAction::Change(changed, gesture) => self.edit(gesture, |rules| {
                if let Some(rule) = rules.iter_mut().find(|rule| rule.id == changed.id) {
                    *rule = changed.within_limits();
                }
            }),
            ActionsAction::Rest => self.history.rest(),
            ActionsAction::Undo => self.history.undo(&mut self.rules),
            ActionsAction::Redo => self.history.redo(&mut self.rules),
            ActionsAction::Fired { rule, number } => self.fire(rule, number),
            ActionsAction::Seen(number) => {
                if self.shown.as_ref().is_some_and(|shown| shown.number == number) {
                    self.shown = None;
                }
            }
            ActionsAction::Reset => self.counts.clear(),
            ActionsAction::Address(address) => {
                self.address = address.into();
                self.sends = false;
            }
            ActionsAction::Send(sends) => self.sends = sends && origin(&self.address).is_some(),
        }
    }

    fn edit(&mut self, gesture: Option<usize>, edit: impl FnOnce(&mut Vec<Rule>)) {
        let mut rules = self.rules.to_vec();
        edit(&mut rules);
        self.history.change(&mut self.rules, rules.into(), gesture);
    }

    fn fire(&mut self, id: u32, number: u32) {
        let Some(rule) = self.rule(id).cloned() else { return };
        match self.counts.iter_mut().find(|(known, _)| *known == id) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((id, 1)),
        }
        if rule.shows() {
            self.shown = Some(Shown { count: self.count(id), rule, number });
        }
    }
}
