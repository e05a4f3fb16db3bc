use super::*;

/// Certain of a class, by a probability.
fn certain(class: Expression, probability: f32) -> Distribution {
    let mut distribution = [(1.0 - probability) / 6.0; Expression::COUNT];
    distribution[class.index()] = probability;
    Distribution(distribution)
}

fn outcome(label: Expression, prediction: Option<(Expression, f32)>) -> PhotoOutcome {
    PhotoOutcome {
        label,
        prediction: prediction.map(|(class, probability)| certain(class, probability)),
        placement: None,
        image_placement: None,
        faces: usize::from(prediction.is_some()),
    }
}

/// Eight persons with two photographs each: of four women every smile is found, of four men one of three, and one face is
/// not found.
fn photographs() -> (Vec<PhotoOutcome>, Vec<GroupLabels>, GroupLabels) {
    use Expression::{Happy, Neutral};
    let (mut outcomes, mut persons, mut gender) = (Vec::new(), Vec::new(), Vec::new());
    for person in 0..12_u32 {
        let is_man = person >= 6;
        let smile = match person {
            0..6 => Some((Happy, 0.9)),
            6 => Some((Happy, 0.6)),
            7 => None,
            _ => Some((Neutral, 0.5)),
        };
        for (label, prediction) in [(Neutral, Some((Neutral, 0.8))), (Happy, smile)] {
            outcomes.push(outcome(label, prediction));
            persons.push(person);
            gender.push(u32::from(is_man));
        }
    }
    let values = (0..12).map(|person| format!("p{person}")).collect();
    let persons = GroupLabels { name: "person".into(), values, codes: persons };
    let gender = GroupLabels { name: "gender".into(), values: vec!["female".into(), "male".into()], codes: gender };
    (outcomes, vec![gender], persons)
}

#[test]
fn a_face_that_is_not_found_is_an_error() {
    let (outcomes, columns, persons) = photographs();
    let report = PhotoReport::new(&outcomes, &columns, Some(&persons), PhotoRun::default());
    assert_eq!((report.samples, report.not_found, report.several), (24, 1, 0));
    assert!((report.accuracy - 19.0 / 24.0).abs() < 1e-9);
    assert_eq!(report.accuracy_interval, wilson_interval(19, 24));
    let happy = report.class(Expression::Happy).unwrap();
    assert_eq!((happy.samples, happy.not_found, happy.right), (12, 1, 7));
    assert!((happy.recall - 7.0 / 12.0).abs() < 1e-9 && (report.balanced_accuracy - 19.0 / 24.0).abs() < 1e-9);
    assert_eq!((report.confusion_matrix.samples(), report.classes.len()), (23, 2));
    assert_eq!(happy.roc_auc, Some(1.0), "of those that were found, every smile has a higher probability of it");
    // 12 · 0.8 + 6 · 0.9 + 0.6 + 4 · (0.5 / 6) of 24
    assert!((report.mean_probability - (9.6 + 5.4 + 0.6 + 4.0 * 0.5 / 6.0) / 24.0).abs() < 1e-6);
    let none = PhotoReport::new(&[], &[], None, PhotoRun::default());
    assert_eq!((none.samples, none.accuracy, none.accuracy_interval, none.placement), (0, 0.0, None, None));
}

#[test]
fn groups_have_intervals_and_gaps() {
    let (outcomes, columns, persons) = photographs();
    let report = PhotoReport::new(&outcomes, &columns, Some(&persons), PhotoRun::default());
    let [women, men] = &report.groups[0].groups[..] else { panic!("two groups") };
    assert_eq!((women.value.as_str(), women.persons, women.samples, women.not_found), ("female", 6, 12, 0));
    assert_eq!((men.value.as_str(), men.persons, men.samples, men.not_found), ("male", 6, 12, 1));
    assert!((women.accuracy - 1.0).abs() < 1e-9 && (men.accuracy - 7.0 / 12.0).abs() < 1e-9);
    let smiles = men.recall(Expression::Happy).unwrap();
    assert_eq!((smiles.samples, smiles.recall_interval), (6, wilson_interval(1, 6)));
    let gaps: Vec<_> = report.groups[0].gaps.iter().map(|gap| (gap.what.as_str(), gap.difference)).collect();
    assert_eq!(gaps.iter().map(|(what, _)| *what).collect::<Vec<_>>(), ["accuracy", "happy", "neutral"]);
    assert!((gaps[0].1 - 5.0 / 12.0).abs() < 1e-9 && (gaps[1].1 - 5.0 / 6.0).abs() < 1e-9 && gaps[2].1 == 0.0);
    let p = |what: usize| report.groups[0].gaps[what].p_value;
    // the five smiles that were missed are all among six of twelve persons: 2 · C(6, 5) / C(12, 5)
    assert!((p(1) - 12.0 / 792.0).abs() < 0.012, "{}", p(1));
    assert_eq!(p(2), 1.0);
}

#[test]
fn small_and_blank_groups_are_shown_and_not_compared() {
    let (outcomes, _, persons) = photographs();
    let codes = (0..24)
        .map(|photo| {
            if photo < 8 {
                0
            } else if photo < 12 {
                1
            } else {
                2
            }
        })
        .collect();
    let column = GroupLabels { name: "x".into(), values: vec!["few".into(), String::new(), "many".into()], codes };
    let report = PhotoReport::new(&outcomes, &[column], Some(&persons), PhotoRun::default());
    let shown: Vec<_> =
        report.groups[0].groups.iter().map(|group| (group.value.as_str(), group.persons, group.compared)).collect();
    assert_eq!(shown, [("many", 6, true), ("few", 4, false), ("", 2, false)]);
    assert!(report.groups[0].gaps.is_empty());
}

#[test]
fn tables_have_the_figures() {
    let (outcomes, columns, persons) = photographs();
    let run = PhotoRun {
        framings: vec![[1.2, 0.05], [1.0, 0.0]],
        condition: "original".into(),
        model: "net".into(),
        ..PhotoRun::default()
    };
    let report = PhotoReport::new(&outcomes, &columns, Some(&persons), run);
    let text = text(&report);
    for part in [
        "face not found                     1",
        "accuracy                      79.2 %  (95 %: 59.5 % to 90.8 %)",
        "framing: scale 1.2, shift 0.05; scale 1, shift 0",
        "largest gap, recall of happy: 83.3 points (male to female), p = 0.0",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    assert!(framings(std::slice::from_ref(&report)).contains("1.2+1  0.05+0"));
    assert!(
        networks(std::slice::from_ref(&report)).contains("| 24 | 1 | 79.2 % | 59.5 % to 90.8 % | 100.0 % | 58.3 % |")
    );
    let groups = groups([&report]);
    assert!(groups.contains("| gender: male | 6 | 12 | 1 | 58.3 % |"), "{groups}");
    assert!(groups.contains("| gender | smiles found | 83.3 points | male | female | 0.0"), "{groups}");
    assert!(conditions(std::slice::from_ref(&report)).contains("| original | all | 1 | 79.2 % |"));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(serde_json::from_value::<PhotoReport>(json).unwrap(), report);
}

#[test]
fn about_has_the_figures_of_the_model_card() {
    let card = include_str!("../../../../../docs/model-card.md");
    // the smiles that were found, of how many, by the row of a group
    let smiles = |group: &str| {
        let row = card.lines().find(|line| line.starts_with(&format!("| default.safetensors | gender: {group} |")));
        let cells: Vec<&str> = row.unwrap().split('|').map(str::trim).collect();
        let (persons, share): (f64, f64) =
            (cells[3].parse().unwrap(), cells[8].trim_end_matches(" %").parse().unwrap());
        ((persons * share / 100.0).round().to_string(), cells[3].to_owned())
    };
    for text in [
        include_str!("../../../../../www/text/en.txt"),
        include_str!("../../../../../www/text/de.txt"),
        include_str!("../../../../../www/text/fr.txt"),
    ] {
        let about = text.lines().find(|line| line.starts_with("worse_text = ")).unwrap();
        let numbers: Vec<&str> =
            about.split(|letter: char| !letter.is_ascii_digit()).filter(|number| !number.is_empty()).collect();
        for (found, persons) in [smiles("female"), smiles("male")] {
            let place = numbers.windows(2).position(|pair| pair == [found.as_str(), persons.as_str()]);
            assert!(place.is_some(), "{found} of {persons} in: {about}");
        }
    }
}
