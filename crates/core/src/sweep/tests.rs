//! Tests of thresholds, means and files on curves whose thresholds are known.

use serde_json::Value;

use super::*;
use crate::expression::Expression;

const HAPPY: Expression = Expression::Happy;
const FROM: Wanted = Wanted { class: HAPPY, until: false };

/// Happy with this probability, else neutral.
fn happy(share: f32) -> Option<Distribution> {
    let mut all = [0.0; Expression::COUNT];
    all[HAPPY.index()] = share;
    all[Expression::Neutral.index()] = 1.0 - share;
    Some(Distribution(all))
}

/// A curve whose probability rises by 0.1 for each step of 0.1 and is a half at the threshold.
fn rising(identity: u32, group: usize, threshold: f32) -> Curve {
    let outcome = |step: usize| happy((0.5 + step as f32 / 10.0 - threshold).clamp(0.0, 1.0));
    Curve { identity, group, outcomes: (0..=10).map(outcome).collect() }
}

fn sweep(groups: &[&str], paired: bool, curves: Vec<Curve>) -> Sweep {
    let values = (0..=10).map(|step| step as f32 / 10.0).collect();
    Sweep { values, continuous: true, groups: groups.iter().map(|name| (*name).to_owned()).collect(), paired, curves }
}

fn near(value: Option<f32>, expected: f32) -> bool {
    value.is_some_and(|value| (value - expected).abs() < 1e-4)
}

#[test]
fn thresholds_lie_between_values() {
    for threshold in [0.02, 0.25, 0.314, 0.5, 0.97] {
        let sweep = sweep(&[], false, vec![rising(1, 0, threshold)]);
        let found = sweep.curves[0].threshold(&sweep, FROM);
        assert!(near(found, threshold), "{found:?} where {threshold} is right");
    }
    // kinds have nothing between them
    let kinds = Sweep { continuous: false, ..sweep(&[], false, vec![rising(1, 0, 0.314)]) };
    assert!(near(kinds.curves[0].threshold(&kinds, FROM), 0.4));
    // nor is there anything to go by where no face was found before
    let mut hidden = sweep(&[], false, vec![rising(1, 0, 0.314)]);
    hidden.curves[0].outcomes[3] = None;
    assert!(near(hidden.curves[0].threshold(&hidden, FROM), 0.4));
    // a falling sweep
    let mut falling = sweep(&[], false, vec![rising(1, 0, 0.3)]);
    falling.values.reverse();
    assert!(near(falling.curves[0].threshold(&falling, FROM), 0.7));
}

#[test]
fn curves_without_a_threshold_are_counted() {
    // three of seven never reach it, one begins beyond it
    let thresholds = [-0.2, 0.2, 0.4, 0.6, 1.2, 1.3, 1.4];
    let curves = |thresholds: &[f32]| {
        thresholds.iter().enumerate().map(|(place, at)| rising(place as u32, 0, *at)).collect::<Vec<_>>()
    };
    let threshold = Summary::new(&sweep(&[], false, curves(&thresholds)), Some(HAPPY)).all.threshold;
    assert_eq!((threshold.curves, threshold.from_start, threshold.never, threshold.back), (7, 1, 3, 0));
    assert!(near(threshold.value, 0.6), "{threshold:?}");
    assert!(near(threshold.interval[0], 0.2) && threshold.interval[1].is_none(), "{threshold:?}");
    // with one more, half of them never reach it
    let most = [&thresholds[..], &[1.5]].concat();
    let threshold = Summary::new(&sweep(&[], false, curves(&most)), Some(HAPPY)).all.threshold;
    assert_eq!((threshold.value, threshold.never), (None, 4));
    // named, then not: still from there on, and said
    let mut lost = sweep(&[], false, curves(&[0.4]));
    lost.curves[0].outcomes[9] = happy(0.1);
    let threshold = Summary::new(&lost, Some(HAPPY)).all.threshold;
    assert!(near(threshold.value, 0.4) && threshold.back == 1);
    // nothing at all
    let nothing = Summary::new(&sweep(&["a", "b"], true, Vec::new()), None);
    assert_eq!((nothing.identities, nothing.all.threshold.value, nothing.groups.len()), (0, None, 2));
    assert_eq!((nothing.all.threshold.interval, nothing.class), ([None; 2], Expression::Angry));
}

#[test]
fn curves_without_faces_where_they_change_are_left_out() {
    let curves = |thresholds: &[f32]| -> Vec<Curve> {
        thresholds.iter().enumerate().map(|(place, at)| rising(place as u32, 0, *at)).collect()
    };
    let mut of = sweep(&[], false, curves(&[0.2, 0.3, 0.4, 1.3, 1.3, 0.3, 0.3, 0.3]));
    // it may be named at the end, or anywhere
    of.curves[4].outcomes[8..].fill(None);
    of.curves[5].outcomes.fill(None);
    // it may be named long before
    of.curves[6].outcomes[..6].fill(None);
    // not named at the first face, and named at the last
    of.curves[7].outcomes[0] = None;
    of.curves[7].outcomes[9..].fill(None);
    let known = |of: &Sweep, wanted: Wanted| of.curves.iter().map(|curve| curve.is_known(wanted)).collect::<Vec<_>>();
    assert_eq!(known(&of, FROM), [true, true, true, true, false, false, false, true]);
    let summary = Summary::new(&of, Some(HAPPY));
    let threshold = &summary.all.threshold;
    assert_eq!((threshold.curves, threshold.unknown, threshold.known()), (8, 3, 5));
    assert_eq!((threshold.from_start, threshold.never, threshold.back), (0, 1, 0));
    // the same as without them
    let left = curves(&[0.2, 0.3, 0.4, 1.3, 0.3]);
    let left = Summary::new(&sweep(&[], false, left), Some(HAPPY)).all.threshold;
    assert!(near(threshold.value, 0.3) && near(left.value, 0.3), "{threshold:?}");
    assert!(threshold.interval[0].is_some_and(|low| (0.2..=0.3).contains(&low)), "{threshold:?}");
    // up to where: the same rule
    let until = Wanted { class: Expression::Neutral, until: true };
    assert_eq!(known(&of, until), known(&of, FROM));

    // files and text say it
    let description = Description { axis: "intensity", network: "", grouped_by: "", settings: &[] };
    let json: Value = serde_json::from_str(&to_json(&of, &summary, &description)).unwrap();
    assert_eq!(json["groups"][0]["threshold"]["unknown"], 3);
    assert_eq!((&json["curves"][3]["known"], &json["curves"][4]["known"]), (&true.into(), &false.into()));
    let text = text::tables(&summary, "intensity");
    assert!(text.contains("Curves are left out if no face was found"), "{text}");

    // nothing at all is known: neither never nor to the end
    of.curves.iter_mut().for_each(|curve| curve.outcomes.fill(None));
    let summary = Summary::new(&of, Some(HAPPY));
    let threshold = &summary.all.threshold;
    assert_eq!((threshold.never, threshold.unknown, threshold.value, threshold.interval), (0, 8, None, [None; 2]));
    let text = text::tables(&summary, "intensity");
    assert!(text.contains("not known") && !text.contains(" never to"), "{text}");
    assert!(text.contains("  –") && !text.contains("0.000"), "{text}");
    let json: Value = serde_json::from_str(&to_json(&of, &summary, &description)).unwrap();
    assert_eq!(json["groups"][0]["steps"][3]["means"], Value::Null);
    let words = Words { unknown: "not known".to_owned(), never: "never".to_owned(), ..Words::default() };
    let svg = draw(&summary, &words, "");
    assert!(svg.contains("> · not known</text>") && !svg.contains("never"), "{svg}");
}

#[test]
fn groups_are_compared_without_what_is_left_out() {
    let mut curves = pairs();
    // in light from the side, no face of the first identity is found
    curves[1].outcomes.fill(None);
    let summary = Summary::new(&sweep(&["front", "side"], true, curves), Some(HAPPY));
    let threshold = &summary.groups[1].threshold;
    assert_eq!((threshold.curves, threshold.unknown, threshold.never), (10, 1, 0));
    // identities 1 to 9: the one in the middle is 5
    assert!(near(threshold.value, 0.3 + 0.04 * 5.0 + 0.1), "{threshold:?}");
    assert!(summary.groups[1].later.is_some_and(|later| later.interval[0] > 0.0 && later.interval[1] < 0.25));
    assert!(summary.is_small(), "nine are left");
    assert!(!Summary::new(&sweep(&["front", "side"], true, pairs()), Some(HAPPY)).is_small());
    // one identity alone is known: other resamples have none, and say nothing
    let mut alone = pairs();
    alone[3..].iter_mut().filter(|curve| curve.group == 1).for_each(|curve| curve.outcomes.fill(None));
    alone[1].outcomes.fill(None);
    alone[3] = rising(1, 1, 0.44);
    let alone = Summary::new(&sweep(&["front", "side"], true, alone), Some(HAPPY));
    let threshold = &alone.groups[1].threshold;
    assert_eq!((threshold.unknown, threshold.known()), (9, 1));
    assert!([threshold.value, threshold.interval[0], threshold.interval[1]].iter().all(|value| near(*value, 0.44)));
}

#[test]
fn what_is_named_at_first_has_a_threshold_where_it_ends() {
    // neutral is named until happy is; one curve begins beyond, one never gets there
    let curves = [-0.2, 0.3, 0.5, 0.7, 1.4].iter().enumerate().map(|(place, at)| rising(place as u32, 0, *at));
    let sweep = sweep(&[], false, curves.collect());
    let summary = Summary::new(&sweep, Some(Expression::Neutral));
    assert!(summary.until && !Summary::new(&sweep, Some(HAPPY)).until);
    let threshold = &summary.all.threshold;
    assert!(near(threshold.value, 0.5), "{threshold:?}");
    assert_eq!((threshold.from_start, threshold.never, threshold.back), (1, 1, 0));
    assert!(near(sweep.curves[1].threshold(&sweep, summary.wanted()), 0.3));
    // where no face is found, it is not beyond
    let mut hidden = sweep;
    hidden.curves[1].outcomes[3] = None;
    assert!(near(hidden.curves[1].threshold(&hidden, summary.wanted()), 0.4));
}

#[test]
fn means_are_over_found_faces() {
    let mut sweep = sweep(&[], false, vec![rising(1, 0, 0.4), rising(2, 0, 0.6), rising(3, 0, 0.5)]);
    sweep.curves[2].outcomes[5] = None;
    let summary = Summary::new(&sweep, None);
    assert_eq!((summary.class, summary.identities, summary.not_found()), (HAPPY, 3, 1), "happy is named at the end");
    let step = summary.all.steps[5];
    assert_eq!((step.found, step.not_found, step.named), (2, 1, 1));
    assert!((step.means[HAPPY.index()] - 0.5).abs() < 1e-6, "{step:?}");
}

/// Ten identities, whose thresholds differ by 0.04 from one to the next, each in both groups: 0.1 later in the second.
fn pairs() -> Vec<Curve> {
    let threshold = |identity: u32| 0.3 + 0.04 * identity as f32;
    (0..10)
        .flat_map(|identity| [0, 1].map(|group| rising(identity, group, threshold(identity) + 0.1 * group as f32)))
        .collect()
}

#[test]
fn differences_of_the_same_identities_are_more_certain() {
    let paired = Summary::new(&sweep(&["front", "side"], true, pairs()), Some(HAPPY));
    let later = paired.groups[1].later.unwrap();
    assert!(
        [later.value, later.interval[0], later.interval[1]].iter().all(|value| (value - 0.1).abs() < 1e-4),
        "{later:?}"
    );
    assert_eq!((paired.groups[0].later, paired.all.later), (None, None));
    assert_eq!((paired.identities, paired.all.threshold.curves), (10, 20));

    // as if they were others: the interval has the spread of both
    let mut others = pairs();
    others.sort_by_key(|curve| curve.group);
    others.iter_mut().for_each(|curve| curve.identity += 100 * curve.group as u32);
    let unpaired = Summary::new(&sweep(&["a", "b"], false, others), Some(HAPPY));
    let later = unpaired.groups[1].later.unwrap();
    assert!((later.value - 0.1).abs() < 1e-4 && later.interval[0] < 0.0 && later.interval[1] > 0.2, "{later:?}");

    // what is never reached has no difference
    let mut never = pairs();
    never.iter_mut().filter(|curve| curve.group == 1).for_each(|curve| curve.outcomes.fill(happy(0.0)));
    let never = Summary::new(&sweep(&["a", "b"], true, never), Some(HAPPY));
    assert_eq!((never.groups[1].later, never.groups[1].threshold.never), (None, 10));
}

#[test]
fn files_have_all_of_it() {
    let mut sweep = sweep(&["front", "side"], true, pairs());
    sweep.curves[3].outcomes[0] = None;
    let summary = Summary::new(&sweep, Some(HAPPY));
    let csv = to_csv(&summary, "intensity");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 1 + 3 * 11);
    assert_eq!(lines[0], "group,intensity,found,not_found,angry,disgust,fear,happy,sad,surprise,neutral,named_happy");
    assert!(lines[1].starts_with(",0,19,1,0.0000") && lines[34 - 11].starts_with("side,0,9,1,"), "{csv}");
    assert!(lines.iter().all(|line| line.matches(',').count() == 11));

    let settings = [("yaw", 0.0), ("softness", 0.6)];
    let description = Description { axis: "intensity", network: "a \"b\"", grouped_by: "light", settings: &settings };
    let json: Value = serde_json::from_str(&to_json(&sweep, &summary, &description)).unwrap();
    assert_eq!(
        (&json["network"], &json["not_found"], &json["settings"]["softness"]),
        (&"a \"b\"".into(), &1.into(), &0.6.into())
    );
    let side = &json["groups"][2];
    assert_eq!((&side["name"], &side["threshold"]["curves"]), (&"side".into(), &10.into()));
    assert!((side["later"]["value"].as_f64().unwrap() - 0.1).abs() < 1e-3);
    let curve = &json["curves"][3];
    assert_eq!(
        (&curve["group"], &curve["identity"], &curve["probabilities"][0]),
        (&"side".into(), &1.into(), &Value::Null)
    );
    assert!((curve["threshold"].as_f64().unwrap() - 0.44).abs() < 1e-3);
    let text = text::tables(&summary, "intensity");
    assert!(text.contains("named happy from") && text.contains("0.10 (0.10 to 0.10)"), "{text}");
    assert!(!text.contains("few identities"), "{text}");

    let one = Sweep { curves: vec![rising(1, 0, 3.0)], ..sweep };
    let always = text::tables(&Summary::new(&one, Some(Expression::Neutral)), "intensity");
    let end = always.lines().find(|line| line.starts_with("all ")).unwrap();
    assert!(end.contains(" to the end ") && !end.contains("never"), "{end}");
    assert!(always.contains("named neutral up to") && always.contains("few identities"), "{always}");
}

#[test]
fn the_drawing_has_curves_marks_and_thresholds() {
    let words = Words {
        title: "Curves <of> it".to_owned(),
        classes: Expression::ALL.map(|class| class.name().to_owned()),
        groups: vec!["from the front".to_owned()],
        all: "all".to_owned(),
        never: "never".to_owned(),
        to_end: "to the end".to_owned(),
        decimal: ",".to_owned(),
        ..Words::default()
    };
    let summary = Summary::new(&sweep(&["front", "side"], true, pairs()), Some(HAPPY));
    let settings = [("yaw", 12.5), ("seed", 3.0)];
    let description = Description { axis: "intensity", network: "</svg>", grouped_by: "light", settings: &settings };
    let metadata = to_metadata(&summary, &description);
    let svg = draw(&summary, &words, &metadata);
    assert!(svg.contains("Curves &lt;of&gt; it") && svg.contains(">from the front</text>"), "{svg}");
    assert!(
        svg.contains(">all · 0,53 (") && svg.contains(">side · 0,58 ("),
        "a name that is missing is the file's: {svg}"
    );
    // the same as in the JSON file, and nothing in a name ends it
    let within = svg.split_once("<metadata>").unwrap().1.split_once("</metadata>").unwrap().0;
    let within = within.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
    let within: Value = serde_json::from_str(&within).unwrap();
    assert_eq!((&within["settings"]["yaw"], &within["settings"]["seed"]), (&12.5.into(), &3.into()));
    assert_eq!((&within["network"], within["values"].as_array().map(Vec::len)), (&"</svg>".into(), Some(11)));
    assert_eq!((svg.matches("</svg>").count(), within.get("groups")), (1, None));
    // seven classes and two groups, and nothing that is no number
    assert_eq!(svg.matches("stroke-linejoin").count(), 9);
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    let never = sweep(&[], false, vec![rising(1, 0, 3.0)]);
    let svg = draw(&Summary::new(&never, Some(HAPPY)), &words, "");
    assert!(svg.contains(">all · never (never – never)</text>"), "{svg}");
    let always = draw(&Summary::new(&never, Some(Expression::Neutral)), &words, "");
    assert!(always.contains(">all · to the end (to the end – to the end)</text>"), "{always}");
    let values = never.values.iter().map(|value| value * 80.0 - 40.0).collect();
    let turned = draw(&Summary::new(&Sweep { values, ..never.clone() }, None), &words, "");
    assert!(turned.contains(">−40</text>") && !turned.contains(">-"), "below zero is a minus sign: {turned}");
    let nothing = Summary::new(&Sweep { values: Vec::new(), ..never }, None);
    assert!(draw(&nothing, &words, "").ends_with("</svg>"));
}
