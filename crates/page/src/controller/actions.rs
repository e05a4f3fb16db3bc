//! Actions: watches the recognized faces, and does what the rules say when one fires.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::link::Link;
use crate::state::actions::{Actions as Chosen, Deed, Rule, Triggers};
use crate::state::{Action, ActionsAction, RecognitionResult};

/// Milliseconds for which a word, a picture or a count is shown.
const SHOWN: u32 = 3000;

/// Watches faces, and does what the rules say.
pub struct Actions {
    link: Link,
    chosen: RefCell<Chosen>,
    triggers: RefCell<Triggers>,
    /// What was recognized in a picture that stands still.
    still: RefCell<Option<Rc<RecognitionResult>>>,
    /// Number of firings.
    fired: Cell<u32>,
}

impl Actions {
    /// Without rules.
    pub fn new(link: Link) -> Self {
        Self {
            link,
            chosen: RefCell::default(),
            triggers: RefCell::default(),
            still: RefCell::default(),
            fired: Cell::default(),
        }
    }

    /// Changes the actions.
    pub fn act(&self, action: ActionsAction) {
        self.link.dispatch(Action::Actions(action));
    }

    /// What was chosen: the rules are stored, and used from now on.
    pub fn choose(&self, chosen: Chosen) {
        if self.chosen.borrow().rules != chosen.rules {
            Chosen::store(&chosen.rules);
        }
        if !chosen.on {
            self.triggers.take();
        }
        self.chosen.replace(chosen);
    }

    /// The source has changed: its faces are others.
    pub fn reset(&self) {
        self.triggers.take();
    }

    /// The picture that stands still, if there is one.
    pub fn show_still(&self, still: Option<Rc<RecognitionResult>>) {
        self.still.replace(still);
    }

    /// Some time has passed for a picture that stands still.
    pub fn tick(&self) {
        let still = self.still.borrow().clone();
        if let Some(still) = still {
            self.see(self.link.now(), &still);
        }
    }

    /// Called when the faces of a frame of a camera or video were recognized.
    pub fn on_frame(&self, result: &RecognitionResult) {
        self.see(self.link.now() - f64::from(result.latency), result);
    }

    fn see(&self, time: f64, result: &RecognitionResult) {
        let rules = Rc::clone(&self.chosen.borrow().rules);
        if !self.chosen.borrow().on || rules.is_empty() {
            return;
        }
        let fired = self.triggers.borrow_mut().frame(&rules, time, &result.faces);
        for firing in fired {
            self.fire(firing.rule);
        }
    }

    /// Does what a rule says, as if it fired.
    pub fn fire(&self, id: u32) {
        let chosen = self.chosen.borrow().clone();
        let Some(place) = chosen.rules.iter().position(|rule| rule.id == id) else { return };
        let rule: &Rule = &chosen.rules[place];
        let number = self.fired.get().wrapping_add(1);
        self.fired.set(number);
        self.act(ActionsAction::Fired { rule: id, number });
        match (rule.deed, chosen.target()) {
            (Deed::Sound, _) => self.link.host().play_tones(rule.sound.tones()),
            (Deed::Message, Some(target)) => {
                self.link.host().post_to_embedder(place as u32 + 1, rule.class.name(), target);
            }
            (Deed::Word | Deed::Picture | Deed::Count, _) if rule.shows() => {
                let link = self.link.clone();
                let seen = move || link.dispatch(Action::Actions(ActionsAction::Seen(number)));
                self.link.host().after(SHOWN, Box::new(seen));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::fake::{FakeHost, face, recognized};
    use crate::state::actions::Sound;
    use crate::storage;
    use mien_core::expression::Expression;

    fn actions(deeds: &[Deed], on: bool, address: &str) -> (Rc<FakeHost>, Actions) {
        let (host, link) = FakeHost::new();
        let actions = Actions::new(link);
        let rule = |(index, deed): (usize, &Deed)| Rule {
            deed: *deed,
            seconds: 0.5,
            sound: Sound::Low,
            ..Rule::new(index as u32 + 10, "Yes!")
        };
        let rules: Vec<Rule> = deeds.iter().enumerate().map(rule).collect();
        let mut chosen = Chosen::default();
        (chosen.on, chosen.rules, chosen.address, chosen.sends) = (on, rules.into(), address.into(), true);
        actions.choose(chosen);
        (host, actions)
    }

    /// The rules that fired.
    fn fired(host: &FakeHost) -> Vec<u32> {
        let fired = |action| match action {
            Action::Actions(ActionsAction::Fired { rule, .. }) => Some(rule),
            _ => None,
        };
        host.take_actions().into_iter().filter_map(fired).collect()
    }

    #[test]
    fn frames_fire_by_the_time_at_which_they_were_captured() {
        let (host, actions) = actions(&[Deed::Word], true, "");
        let result = RecognitionResult { latency: 400.0, ..recognized(&[face(1, 9.0)]) };
        host.clock.set(1000.0);
        actions.on_frame(&result);
        host.clock.set(1400.0);
        actions.on_frame(&RecognitionResult { latency: 200.0, ..result.clone() });
        assert_eq!(fired(&host), [10], "captured at 600 and 1200");
        // what is shown is taken away later
        assert_eq!(host.run_timers(), [SHOWN]);
        assert!(matches!(host.take_actions()[..], [Action::Actions(ActionsAction::Seen(1))]));
        // another source has other faces
        actions.reset();
        host.clock.set(1500.0);
        actions.on_frame(&result);
        host.clock.set(2100.0);
        actions.on_frame(&result);
        assert_eq!(fired(&host), [10]);
    }

    #[test]
    fn a_picture_that_stands_still_is_held_too() {
        let (host, actions) = actions(&[Deed::Count], true, "");
        actions.tick();
        actions.show_still(Some(Rc::new(recognized(&[face(1, 9.0)]))));
        for time in 0..20 {
            host.clock.set(f64::from(time) * 100.0);
            actions.tick();
        }
        assert_eq!(fired(&host), [10]);
        actions.show_still(None);
        actions.tick();
        assert!(fired(&host).is_empty());
    }

    #[test]
    fn nothing_happens_while_they_are_off() {
        let (host, actions) = actions(&Deed::ALL, false, "https://example.org");
        for time in [0.0, 1000.0] {
            host.clock.set(time);
            actions.on_frame(&recognized(&[face(1, 9.0)]));
        }
        assert!(host.take_actions().is_empty() && host.take_posts().is_empty() && host.take_tones().is_empty());
    }

    #[test]
    fn sounds_are_played_and_messages_go_to_the_chosen_page_only() {
        let (host, loud) = actions(&[Deed::Sound, Deed::Message], true, "https://example.org/page");
        loud.fire(10);
        loud.fire(11);
        loud.fire(99);
        assert_eq!(host.take_tones(), [Sound::Low.tones()]);
        assert_eq!(host.take_posts(), [(2, Expression::Happy.name().to_owned(), "https://example.org".to_owned())]);
        assert_eq!(fired(&host), [10, 11]);
        let (host, quiet) = actions(&[Deed::Message], true, "*");
        quiet.fire(10);
        assert!(host.take_posts().is_empty());
    }

    #[test]
    fn rules_are_stored_when_they_change() {
        let (_, actions) = actions(&[Deed::Word], false, "");
        assert!(storage::get("mien-actions").is_some_and(|text| text.ends_with("\tYes!\n")));
        actions.choose(Chosen::default());
        assert_eq!(storage::get("mien-actions"), None);
    }
}
