use super::*;
use crate::fixtures::{distribution, face, message, network, recognized};
use mien_core::vision::CROP_PIXELS;
use mien_protocol::RecognizedFace;
use round::FIRST;

/// A measurement with what is in view, and a clock.
struct Booth {
    fit: Fit,
    now: f64,
    /// The grey of the crop, which changes with each tick unless the picture stands still.
    grey: u8,
    still: bool,
    faces: usize,
}

impl Booth {
    fn new() -> Self {
        let mut booth = Self { fit: Fit::default(), now: 1000.0, grey: 0, still: false, faces: 1 };
        booth.act(FitAction::Open(true));
        booth.act(FitAction::Start { demo: false, network: 0 });
        booth
    }

    fn act(&mut self, action: FitAction) {
        let seen = |id| RecognizedFace { crop: vec![self.grey; CROP_PIXELS], ..face(id, Expression::Happy, 0.9, true) };
        let result = recognized((1..=self.faces as u32).map(seen).collect());
        let sight = Sight { moving: true, frames: None, result: Some(&result), mirrored: false };
        self.fit.apply(action, &sight);
    }

    /// One tenth of a second.
    fn tick(&mut self) {
        self.now += 100.0;
        if !self.still {
            self.grey = self.grey.wrapping_add(1);
        }
        self.act(FitAction::Tick(self.now));
    }

    fn round(&self) -> &Round {
        self.fit.round.as_ref().expect("a round goes on")
    }

    fn asked(&self) -> Option<Expression> {
        self.fit.round.as_ref().and_then(Round::asked)
    }

    /// Lets frames of the look be taken that is asked for.
    fn show(&mut self) {
        let asked = self.asked();
        self.act(FitAction::Now);
        for _ in 0..100 {
            if self.asked() != asked {
                return;
            }
            self.tick();
        }
        panic!("it asks for nothing else");
    }

    /// Shows all looks, and has the frames classified: by each of the networks as one of these classes.
    fn play(&mut self, classes: &[Expression]) {
        while self.fit.round.is_some() {
            self.show();
        }
        let Some(Busy::Measuring { frames, .. }) = &self.fit.busy else { panic!("{:?}", self.fit.busy) };
        let count = frames.looks.len();
        let predictions = classes.iter().map(|class| vec![distribution(*class, 0.7); count]).collect();
        self.act(FitAction::Measured(predictions));
    }
}

#[test]
fn every_look_is_asked_for_and_its_frames_are_taken() {
    let mut booth = Booth::new();
    let mut asked = Vec::new();
    assert!(matches!(booth.round().phase, Phase::Ready(left) if left == FIRST));
    while let Some(look) = booth.asked() {
        assert_eq!(booth.round().place(), (asked.len() + 1, 7));
        asked.push(look);
        booth.show();
    }
    assert_eq!(asked, ORDER);
    let Some(Busy::Measuring { frames, second: false, .. }) = &booth.fit.busy else { panic!("{:?}", booth.fit.busy) };
    assert_eq!((frames.looks.len(), frames.crops.len()), (7 * FRAMES, 7 * FRAMES));
    assert!(frames.crops.iter().all(|crop| crop.len() == CROP_PIXELS));
    // no two frames of a look are the same
    assert!(frames.crops.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn the_countdown_takes_its_time_and_the_clock_stands_without_a_face() {
    let mut booth = Booth::new();
    for _ in 0..20 {
        booth.tick();
    }
    assert!(matches!(booth.round().phase, Phase::Ready(left) if (1900.0..2300.0).contains(&left)));
    booth.faces = 0;
    let before = booth.round().phase;
    (0..50).for_each(|_| booth.tick());
    assert_eq!((booth.round().phase, booth.round().wait.is_some()), (before, true));
    booth.faces = 2;
    (0..30).for_each(|_| booth.tick());
    assert!(matches!(booth.round().phase, Phase::Hold(_)) && booth.round().count() > 0);
}

#[test]
fn a_picture_that_stands_still_is_one_frame() {
    let mut booth = Booth::new();
    booth.still = true;
    booth.act(FitAction::Now);
    (0..15).for_each(|_| booth.tick());
    assert_eq!(booth.round().count(), 1);
    (0..15).for_each(|_| booth.tick());
    assert_eq!(booth.round().place().0, 2, "its time is over");
}

#[test]
fn a_look_is_left_out_repeated_or_interrupted() {
    let mut booth = Booth::new();
    booth.show();
    booth.act(FitAction::Skip);
    assert_eq!(booth.asked(), Some(ORDER[2]));
    booth.act(FitAction::Back);
    assert_eq!(booth.asked(), Some(ORDER[1]));
    booth.act(FitAction::Back);
    booth.act(FitAction::Back);
    assert_eq!((booth.asked(), booth.round().frames()), (Some(ORDER[0]), Frames::default()));
    booth.act(FitAction::Now);
    (0..5).for_each(|_| booth.tick());
    assert!(booth.round().count() > 0);
    booth.act(FitAction::Pause(true));
    assert!(!booth.fit.is_running() && booth.round().count() == 0);
    let before = booth.round().phase;
    (0..50).for_each(|_| booth.tick());
    assert_eq!(booth.round().phase, before);
    booth.act(FitAction::Open(false));
    booth.act(FitAction::Open(true));
    assert!(booth.round().paused, "closing it pauses it, and loses nothing");
    booth.act(FitAction::Pause(false));
    booth.show();
    assert_eq!(booth.round().frames().looks, [ORDER[0]; FRAMES]);
}

#[test]
fn a_round_that_ends_early_counts_what_there_is() {
    let mut booth = Booth::new();
    booth.act(FitAction::Stop);
    assert!(booth.fit.round.is_none() && booth.fit.busy.is_none() && booth.fit.first.is_none());
    let mut booth = Booth::new();
    booth.show();
    booth.act(FitAction::Now);
    (0..5).for_each(|_| booth.tick());
    booth.act(FitAction::Stop);
    booth.play(&[Expression::Neutral]);
    assert_eq!(booth.fit.looks(), [Expression::Neutral], "what was interrupted does not count");
    // a second round that ends at once changes nothing, whatever was measured before
    booth.act(FitAction::Adapting(FitMethod::Neutral));
    booth.act(FitAction::Adapted(4));
    let before = booth.fit.clone();
    booth.act(FitAction::Second);
    assert!(booth.fit.is_running());
    booth.act(FitAction::Stop);
    assert!(booth.fit == before);
}

#[test]
fn the_second_round_measures_both_networks_on_the_looks_of_the_first() {
    let mut booth = Booth::new();
    booth.show();
    booth.show();
    while booth.fit.round.is_some() {
        booth.act(FitAction::Skip);
    }
    booth.play(&[Expression::Sad]);
    booth.act(FitAction::Second);
    assert!(booth.fit.round.is_none(), "there is nothing to compare with");
    booth.act(FitAction::Adapting(FitMethod::Head));
    booth.act(FitAction::Failed(message("no")));
    assert_eq!((booth.fit.adapted, booth.fit.failure.clone()), (None, Some(message("no"))));
    booth.act(FitAction::Adapting(FitMethod::Head));
    booth.act(FitAction::Adapted(4));
    assert_eq!((booth.fit.adapted, booth.fit.failure.clone()), (Some((FitMethod::Head, 4)), None));
    booth.act(FitAction::Second);
    while booth.fit.round.is_some() {
        booth.show();
    }
    assert!(matches!(&booth.fit.busy, Some(Busy::Measuring { networks, second: true, .. }) if *networks == [0, 4]));
    booth.play(&[Expression::Sad, Expression::Happy]);
    let second = booth.fit.second.clone().unwrap();
    let (before, after) = (second.said_before(), second.said_after().unwrap());
    assert_eq!((before.looks.len(), before.found(), after.found()), (2, 0, 1));
    assert_eq!((before.accuracy(), after.accuracy()), (0.0, 0.5));
    assert_eq!(verdict(&before, &after), Verdict::Better);
    assert_eq!((verdict(&after, &before), verdict(&after, &after)), (Verdict::Worse, Verdict::Same));
    // another adaptation is not measured yet
    booth.act(FitAction::Adapting(FitMethod::Neutral));
    booth.act(FitAction::Adapted(5));
    assert!(booth.fit.second.is_none() && booth.fit.first.is_some());
}

#[test]
fn a_new_first_round_measures_what_the_adapted_network_was_made_of() {
    let mut booth = Booth::new();
    booth.act(FitAction::Start { demo: false, network: 2 });
    booth.play(&[Expression::Sad]);
    booth.act(FitAction::Adapting(FitMethod::Neutral));
    booth.act(FitAction::Adapted(4));
    let before = booth.fit.clone();
    booth.act(FitAction::Start { demo: false, network: 4 });
    assert_eq!(booth.round().networks, [2]);
    booth.act(FitAction::Stop);
    assert!(booth.fit == before, "without frames nothing has changed");
    booth.act(FitAction::Start { demo: true, network: 3 });
    booth.play(&[Expression::Happy]);
    assert_eq!((booth.fit.base, booth.fit.demo), (3, true));
    booth.act(FitAction::Forget);
    assert!(booth.fit.round.is_none() && booth.fit.open && booth.fit.adapted.is_some());
}

#[test]
fn a_lost_engine_takes_the_adapted_network_but_no_frames() {
    let mut booth = Booth::new();
    booth.play(&[Expression::Sad]);
    booth.act(FitAction::Adapting(FitMethod::Neutral));
    booth.act(FitAction::Lost);
    assert!(booth.fit.busy.is_none() && booth.fit.first.is_some() && booth.fit.adapted.is_none());
    let mut booth = Booth::new();
    while booth.fit.round.is_some() {
        booth.show();
    }
    booth.act(FitAction::Lost);
    booth.play(&[Expression::Neutral]);
    assert_eq!(booth.fit.first.as_ref().map(|first| first.said_before().found()), Some(1));
}

#[test]
fn a_look_is_what_most_of_its_frames_are_and_the_surer_one_of_two() {
    let looks = vec![Expression::Sad; 4];
    let frames = Frames { crops: vec![[0].into(); 4], looks };
    let said = |classes: [(Expression, f32); 4]| {
        let said = Said::new(&frames, &classes.map(|(class, share)| distribution(class, share)));
        (said.looks[0].taken, said.looks[0].frames, said.found())
    };
    let (sad, fear) = (Expression::Sad, Expression::Fear);
    assert_eq!(said([(sad, 0.5), (sad, 0.5), (sad, 0.5), (fear, 0.9)]), (sad, 3, 1));
    assert_eq!(said([(sad, 0.5), (sad, 0.5), (fear, 0.9), (fear, 0.9)]), (fear, 2, 0));
    assert_eq!(said([(sad, 0.9), (sad, 0.9), (fear, 0.5), (fear, 0.5)]), (sad, 2, 1));
}

#[test]
fn adapted_networks_are_known_by_where_they_come_from() {
    let mut networks = vec![network(1, "a"), network(2, "b")];
    networks[1].summary.description = Some(Message::new(ADAPTED, Vec::new(), String::new()));
    assert_eq!(adapted(&networks).map(|network| network.id).collect::<Vec<_>>(), [2]);
}
