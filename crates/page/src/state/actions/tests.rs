use mien_core::expression::Expression;
use mien_protocol::RecognizedFace;

use super::rule::WORD;
use super::trigger::{Firing, REARM};
use super::*;
use crate::fixtures::face;

const STEP: f64 = 100.0;

/// A rule on `happy`, held for a second with at least 60 %.
fn rule(id: u32) -> Rule {
    Rule { seconds: 1.0, percent: 60, ..Rule::new(id, "Yes!") }
}

fn happy(id: u32, probability: f32) -> RecognizedFace {
    face(id, Expression::Happy, probability, true)
}

/// The frames, a tenth of a second apart, at which the first rule fires for a face, by its probabilities.
fn fired(rules: &[Rule], probabilities: impl IntoIterator<Item = f32>) -> Vec<usize> {
    let mut triggers = Triggers::default();
    let mut frames = Vec::new();
    for (index, probability) in probabilities.into_iter().enumerate() {
        for firing in triggers.frame(rules, STEP * index as f64, &[happy(1, probability)]) {
            assert_eq!(firing, Firing { rule: rules[0].id, face: 1 });
            frames.push(index);
        }
    }
    frames
}

fn times(parts: &[(usize, f32)]) -> Vec<f32> {
    parts.iter().flat_map(|(count, probability)| std::iter::repeat_n(*probability, *count)).collect()
}

#[test]
fn a_rule_fires_once_its_look_was_held() {
    assert_eq!(fired(&[rule(1)], times(&[(10, 0.9)])), [0; 0]);
    assert_eq!(fired(&[rule(1)], times(&[(50, 0.9)])), [10], "once a hold");
    assert_eq!(fired(&[rule(1)], times(&[(50, 0.6)])), [10], "the probability of the rule is enough");
    assert_eq!(fired(&[rule(1)], times(&[(50, 0.59)])), [0; 0]);
    assert_eq!(fired(&[rule(1)], times(&[(9, 0.9), (1, 0.55), (9, 0.9), (1, 0.55), (11, 0.9)])), [30]);
    let at_once = Rule { seconds: 0.0, ..rule(1) };
    assert_eq!(fired(&[at_once], times(&[(3, 0.3), (3, 0.7)])), [3]);
}

#[test]
fn it_is_armed_again_once_the_look_was_left() {
    let almost = 0.6 - REARM + 0.02;
    assert_eq!(fired(&[rule(1)], times(&[(15, 0.9), (20, almost), (30, 0.9)])), [10], "it flickers, but is not left");
    let left = 0.6 - REARM - 0.02;
    assert_eq!(fired(&[rule(1)], times(&[(15, 0.9), (1, left), (30, 0.9)])), [10, 26]);
}

#[test]
fn every_face_and_every_rule_has_its_own_hold() {
    let sad = Rule { class: Expression::Sad, seconds: 0.5, ..rule(2) };
    let rules = [rule(1), sad];
    let mut triggers = Triggers::default();
    let mut all = Vec::new();
    for frame in 0..30 {
        let mut faces = vec![happy(1, 0.9)];
        if frame >= 5 {
            faces.push(happy(2, 0.8));
            faces.push(face(3, Expression::Sad, 0.7, false));
        }
        for firing in triggers.frame(&rules, STEP * f64::from(frame), &faces) {
            all.push((frame, firing.rule, firing.face));
        }
    }
    assert_eq!(all, [(10, 1, 1), (10, 2, 3), (15, 1, 2)]);
}

#[test]
fn a_hold_takes_its_time_however_many_frames_there_are() {
    for step in [20.0, 40.0, 250.0, 1000.0] {
        let mut triggers = Triggers::default();
        let mut time = 0.0;
        while triggers.frame(&[rule(1)], time, &[happy(1, 0.9)]).is_empty() {
            time += step;
            assert!(time < 5000.0);
        }
        assert_eq!(time, 1000.0, "a frame every {step} ms");
    }
}

#[test]
fn a_gap_or_a_clock_that_goes_back_begins_the_hold_anew() {
    let rules = [rule(1)];
    for (later, fires) in [(1000.0, true), (1600.0, false), (-100.0, false)] {
        let mut triggers = Triggers::default();
        triggers.frame(&rules, 900.0, &[happy(1, 0.9)]);
        assert_eq!(!triggers.frame(&rules, 900.0 + later, &[happy(1, 0.9)]).is_empty(), fires, "{later} ms later");
    }
    // A face that was missing has not held its look.
    let mut triggers = Triggers::default();
    for (time, seen) in [(0.0, true), (500.0, false), (1000.0, true), (1500.0, true)] {
        let faces = [happy(1, 0.9)];
        assert!(triggers.frame(&rules, time, &faces[..usize::from(seen)]).is_empty(), "at {time} ms");
    }
    assert_eq!(triggers.frame(&rules, 2000.0, &[happy(1, 0.9)]).len(), 1);
    // A face that is missing for a moment is still the same; one that was gone is not.
    for (missing, fires) in [(1000.0, false), (2000.0, true)] {
        let mut triggers = Triggers::default();
        assert_eq!(triggers.frame(&[Rule { seconds: 0.0, ..rule(1) }], 0.0, &[happy(1, 0.9)]).len(), 1);
        triggers.frame(&rules, missing / 2.0, &[]);
        assert_eq!(!triggers.frame(&[Rule { seconds: 0.0, ..rule(1) }], missing, &[happy(1, 0.9)]).is_empty(), fires);
    }
}

#[test]
fn what_is_known_of_faces_and_rules_that_are_gone_is_forgotten() {
    let mut triggers = Triggers::default();
    for frame in 0..1000_u32 {
        triggers.frame(&[rule(frame / 100)], STEP * f64::from(frame), &[happy(frame, 0.9)]);
    }
    triggers.frame(&[], STEP * 1000.0, &[]);
    assert_eq!(triggers, {
        let mut empty = Triggers::default();
        empty.frame(&[], STEP * 1000.0, &[]);
        empty
    });
}

/// The actions after these.
fn after(all: impl IntoIterator<Item = ActionsAction>) -> Actions {
    let mut actions = Actions::default();
    all.into_iter().for_each(|action| actions.apply(action));
    actions
}

fn add(word: &str) -> ActionsAction {
    ActionsAction::Add(word.to_owned())
}

fn words(actions: &Actions) -> Vec<&str> {
    actions.rules.iter().map(|rule| &*rule.word).collect()
}

#[test]
fn rules_are_added_changed_and_removed_and_all_of_it_is_undone() {
    let mut actions = after([add("a"), add("b")]);
    let mut changed = actions.rules[1].clone();
    for word in ["b!", "b!!"] {
        changed.word = word.into();
        actions.apply(ActionsAction::Change(Box::new(changed.clone()), Some(2)));
    }
    actions.apply(ActionsAction::Rest);
    actions.apply(ActionsAction::Remove(1));
    assert_eq!(words(&actions), ["b!!"]);
    let mut seen = Vec::new();
    for action in [ActionsAction::Undo, ActionsAction::Undo, ActionsAction::Undo, ActionsAction::Redo] {
        actions.apply(action);
        seen.push(words(&actions).join(" "));
    }
    assert_eq!(seen, ["a b!!", "a b", "a", "a b"]);
    // a rule that is gone is not changed
    actions.apply(ActionsAction::Change(Box::new(Rule::new(9, "z")), None));
    assert_eq!(words(&actions), ["a", "b"]);
    let many = after((0..MAX_RULES + 5).map(|_| add("x")));
    assert_eq!(many.rules.len(), MAX_RULES);
}

#[test]
fn values_stay_in_their_ranges() {
    let mut actions = after([add("a")]);
    for (seconds, percent, word) in
        [(f32::NAN, 0, "two\nlines"), (99.0, 300, "long".repeat(40).as_str()), (-1.0, 60, "")]
    {
        let rule = Rule { seconds, percent, word: word.into(), ..actions.rules[0].clone() };
        actions.apply(ActionsAction::Change(Box::new(rule), None));
        let rule = &actions.rules[0];
        assert!((SECONDS.0..=SECONDS.1).contains(&rule.seconds) && (PERCENT.0..=PERCENT.1).contains(&rule.percent));
        assert!(rule.word.chars().count() <= WORD && !rule.word.contains('\n'));
    }
}

#[test]
fn what_fires_is_counted_and_shown_for_its_time() {
    let fired = |rule, number| ActionsAction::Fired { rule, number };
    let mut actions = after([add("a"), add("b"), fired(1, 1), fired(1, 2), fired(2, 3)]);
    assert_eq!([1, 2, 3].map(|rule| actions.count(rule)), [2, 1, 0]);
    let shown = |actions: &Actions| actions.shown.as_ref().map(|shown| (shown.rule.id, shown.count, shown.number));
    assert_eq!(shown(&actions), Some((2, 1, 3)));
    actions.apply(ActionsAction::Seen(2));
    assert_eq!(shown(&actions), Some((2, 1, 3)), "another is shown now");
    actions.apply(ActionsAction::Seen(3));
    assert_eq!(shown(&actions), None);
    // a sound shows nothing, and neither does what is gone
    let rule = Rule { deed: Deed::Sound, ..actions.rules[0].clone() };
    for action in [ActionsAction::Change(Box::new(rule), None), fired(1, 4), fired(7, 5)] {
        actions.apply(action);
    }
    assert_eq!((shown(&actions), actions.count(1), actions.count(7)), (None, 3, 0));
    actions.apply(ActionsAction::Reset);
    assert_eq!(actions.count(1), 0);
}

#[test]
fn rules_are_stored_without_their_pictures_and_read_again() {
    let odd =
        Rule { class: Expression::Fear, seconds: 2.5, percent: 75, deed: Deed::Sound, sound: Sound::Chord, ..rule(2) };
    let rules = [rule(1), odd, Rule { deed: Deed::Message, ..Rule::new(3, "ünï;cöde \"x\"") }];
    Actions::store(&rules);
    let stored = Actions::stored();
    assert!(stored.rules.as_slice() == rules && !stored.on && !stored.open && stored.target().is_none());
    Actions::store(&[]);
    assert_eq!(storage::get(STORAGE_KEY), None);
    assert!(Actions::stored().rules.is_empty());
    // what others wrote
    let damaged = "happy\t10\t60\tword\thigh\n\nnobody\t10\t60\tword\thigh\tx\nsad\t9999\t60\tword\tlow\tkept\n\
                   sad\tNaN\t60\tword\tlow\tx\nsad\t12\t0\tcount\tlow\t\u{0}\n";
    storage::set(STORAGE_KEY, Some(damaged));
    let stored = Actions::stored();
    assert_eq!((words(&stored), stored.rules[0].seconds, stored.rules[1].seconds), (vec!["kept", ""], SECONDS.1, 1.2));
    storage::set(STORAGE_KEY, Some(&to_text(&vec![rule(1); 2 * MAX_RULES])));
    assert_eq!(Actions::stored().rules.len(), MAX_RULES);
}

#[test]
fn messages_go_to_a_named_page_only_and_only_once_that_is_chosen() {
    for (address, expected) in [
        ("https://example.org", Some("https://example.org")),
        (" http://localhost:8080/a/page?x#y ", Some("http://localhost:8080")),
        ("http://[::1]:80/", Some("http://[::1]:80")),
        ("*", None),
        ("/", None),
        ("", None),
        ("https://", None),
        ("https://*", None),
        ("https://user@example.org", None),
        ("https://example.org?x", None),
        ("javascript:alert(1)", None),
        ("file:///etc", None),
        ("example.org", None),
    ] {
        assert_eq!(origin(address), expected, "{address}");
        let mut actions = after([ActionsAction::Address(address.to_owned())]);
        assert_eq!(actions.target(), None, "not unasked");
        actions.apply(ActionsAction::Send(true));
        assert_eq!(actions.target(), expected);
        actions.apply(ActionsAction::Address("https://other.example".to_owned()));
        assert_eq!(actions.target(), None, "another page was not chosen");
    }
}

#[test]
fn what_shows_nothing_covers_nothing() {
    let shows = |deed: Deed, word: &str| Rule { deed, ..Rule::new(1, word) }.shows();
    assert!(shows(Deed::Word, "Yes!") && shows(Deed::Count, ""));
    assert!(!shows(Deed::Word, "  ") && !shows(Deed::Picture, "Yes!") && !shows(Deed::Sound, "Yes!"));
    let rules =
        vec![Rule { deed: Deed::Word, ..Rule::new(1, "Yes!") }, Rule { deed: Deed::Picture, ..Rule::new(2, "") }];
    let mut actions = Actions { on: true, rules: rules.into(), ..Actions::default() };
    actions.apply(ActionsAction::Fired { rule: 1, number: 1 });
    actions.apply(ActionsAction::Fired { rule: 2, number: 2 });
    assert_eq!(actions.shown.map(|shown| shown.rule.id), Some(1), "a picture that is not chosen hides no word");
}
