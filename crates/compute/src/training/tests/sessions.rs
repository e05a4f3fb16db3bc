//! How sessions start, stop, resume and fail.

use std::ops::ControlFlow;
use std::sync::Arc;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor};
use pollster::block_on;

use super::{finish, go_on, settings, shapes, tensors};
use crate::evaluation::predict;
use crate::network::{self, Architecture, NetworkFile, Predictor};
use crate::training::{
    Criterion, CrossOutcome, CrossReport, CrossValidation, Divergence, EarlyStopping, Method, Schedule, Scope,
    SecondHead, Session, Settings, StepOutcome, TrainingData, TrainingError,
};
use mien_core::dataset::{NearDuplicates, Split, Votes};
use mien_core::expression::{Distribution, Expression};
use mien_weights::Precision;

fn data() -> TrainingData {
    TrainingData::new(shapes::dataset(84, |shape, _| shape), &NearDuplicates::default(), None, None)
}

fn start(settings: Settings) -> Session {
    Session::start(settings, data(), None, &Device::flex()).unwrap()
}

#[test]
fn a_session_stops_when_requested() {
    let mut session = start(Settings { epochs: 1, ..settings() });
    let mut outcome = block_on(session.step(go_on));
    while let Ok(StepOutcome::Step(_)) = outcome {
        outcome = block_on(session.step(async |_| ControlFlow::Break(())));
    }
    assert!(matches!(outcome, Err(TrainingError::Stopped)));
    assert!(session.history().epochs.is_empty() && session.best(String::new()).is_none());
    assert!(matches!(block_on(session.step(go_on)).unwrap(), StepOutcome::Epoch(_)));
    assert_eq!(block_on(session.step(go_on)).unwrap(), StepOutcome::Finished);
}

#[test]
fn a_session_stops_early_and_keeps_the_best() {
    let early_stopping = Some(EarlyStopping { by: Criterion::Loss, patience: 2 });
    let settings = Settings { epochs: 200, early_stopping, best_by: Criterion::Loss, ..settings() };
    let mut session = start(Settings { learning_rate: 0.05, ..settings });
    let mut kept = None;
    loop {
        match block_on(session.step(go_on)).unwrap() {
            StepOutcome::Epoch(_) if session.is_best() => kept = Some(tensors(&session.file(String::new()))),
            StepOutcome::Finished => break,
            _ => {}
        }
    }
    assert!(session.stopped_early());
    let losses: Vec<f32> = session.history().epochs.iter().map(|record| record.validation.unwrap().loss).collect();
    let lowest = losses.iter().copied().fold(f32::INFINITY, f32::min);
    let best = session.best_epoch().unwrap();
    assert_eq!((losses.len(), losses[best - 1]), (best + 2, lowest), "{losses:?}");
    let file = session.best("the best".to_owned()).unwrap();
    assert_eq!(
        (file.header.training.epochs, file.header.training.validated_on.as_deref()),
        (best, Some("28 images of PublicTest"))
    );
    assert_eq!(Some(tensors(&file)), kept);
    assert_ne!(Some(tensors(&session.file(String::new()))), kept);
    let settings: Settings = serde_json::from_value(file.header.training.settings.unwrap()).unwrap();
    assert_eq!(settings, *session.settings());
}

#[test]
fn a_loss_that_is_no_number_stops_the_run_at_its_last_good_weights() {
    let mut session = start(settings());
    while !matches!(block_on(session.step(go_on)).unwrap(), StepOutcome::Epoch(_)) {}
    let good = tensors(&session.file(String::new()));
    block_on(session.step(go_on)).unwrap();
    session.network = session.network.clone().map(&mut Times(f32::MAX));
    for _ in 0..2 {
        let outcome = block_on(session.step(go_on));
        let Err(TrainingError::Diverged(divergence)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(divergence, Divergence::NotFinite { epoch: 2, step: 2 });
        assert!(divergence.to_string().contains("learning rate"));
    }
    assert_eq!(tensors(&session.file(String::new())), good);
    assert_eq!(session.best(String::new()).map(|file| tensors(&file)), Some(good));
    assert!(matches!(block_on(session.checkpoint()), Err(TrainingError::Diverged(_))));
}

#[test]
fn an_absurd_learning_rate_is_a_divergence() {
    let initial = start(settings()).file(String::new());
    let absurd = Settings {
        optimizer: Method::Sgd { momentum: 0.9 },
        learning_rate: 10.0,
        schedule: Schedule::Constant { warm_up: 0.0 },
        epochs: 60,
        ..settings()
    };
    for scope in [Scope::Everything, Scope::Head, Scope::LastStages(1)] {
        for optimizer in [Method::Sgd { momentum: 0.9 }, Method::AdamW { betas: (0.9, 0.999) }] {
            let settings = Settings { scope, optimizer, ..absurd.clone() };
            let mut session = Session::start(settings, data(), Some(initial.clone()), &Device::flex()).unwrap();
            let outcome = loop {
                match block_on(session.step(go_on)) {
                    Ok(StepOutcome::Finished) => {
                        panic!("{scope:?} {optimizer:?} {:?}", session.history().losses.points)
                    }
                    Ok(_) => {}
                    Err(error) => break error,
                }
            };
            eprintln!("{scope:?} {optimizer:?} {outcome}");
            assert!(matches!(outcome, TrainingError::Diverged(_)), "{outcome}");
        }
    }
}

#[test]
fn a_second_head_learns_the_votes_and_is_not_saved() {
    let text: String = (0..84).map(|row| ["0,0,0,8,0,0,2,0,0,0\n", "0,0,0,0,8,0,0,0,2,0\n"][row % 2]).collect();
    let header = "anger,disgust,fear,happiness,sadness,surprise,neutral,contempt,unknown,NF\n";
    let votes = Votes::read((header.to_owned() + &text).as_bytes()).unwrap();
    let with_votes = || {
        TrainingData::new(shapes::dataset(84, |shape, _| shape), &NearDuplicates::default(), Some(votes.clone()), None)
    };
    let settings = Settings {
        votes_share: 0.0,
        second_head: Some(SecondHead { loss: 1.0, share: 1.0 }),
        averaging: 0.9,
        epochs: 20,
        ..settings()
    };
    let device = Device::flex();
    let run = |settings: Settings, data: TrainingData| {
        let mut session = Session::start(settings, data, None, &device).unwrap();
        finish(&mut session);
        session
    };
    // with the second head only, and without it: the saved network has seven outputs in both cases
    let second = run(settings.clone(), with_votes()).file(String::new());
    let names: Vec<usize> = second.network.forward(Tensor::zeros([1, 1, 48, 48], &device)).dims().to_vec();
    assert_eq!(names, [1, 7]);
    let data = with_votes();
    let said = |file: &NetworkFile| {
        let crops = data.training.iter().map(|&sample| data.dataset.crop(sample));
        block_on(predict(&Predictor::new(&file.network), crops, 28, go_on)).unwrap()
    };
    let named = said(&second).into_iter().map(|logits| Distribution::from_logits(logits).top().0);
    assert!(named.into_iter().all(|class| matches!(class, Expression::Happy | Expression::Sad)), "by the votes");
    let first = SecondHead { loss: 1.0, share: 0.0 };
    let first = run(Settings { second_head: Some(first), ..settings.clone() }, with_votes());
    assert!(first.history().epochs.last().unwrap().validation.unwrap().confusion.accuracy() > 0.8, "by the labels");
    // without votes there is no second head
    let short = Settings { epochs: 3, ..settings.clone() };
    let without = run(short.clone(), self::data()).file(String::new());
    let never = run(Settings { second_head: None, ..short }, self::data()).file(String::new());
    assert_eq!(tensors(&without), tensors(&never));

    // resuming changes nothing
    let mut broken = Session::start(settings, with_votes(), None, &device).unwrap();
    for _ in 0..7 {
        block_on(broken.step(go_on)).unwrap();
    }
    let bytes = block_on(broken.checkpoint()).unwrap();
    let mut resumed = Session::resume(&bytes, with_votes(), &device).unwrap();
    finish(&mut resumed);
    assert_eq!(tensors(&resumed.file(String::new())), tensors(&second));
}

#[test]
fn what_can_not_be_trained_is_refused() {
    let device = Device::flex();
    let wrong = Settings { epochs: 0, ..settings() };
    assert!(matches!(Session::start(wrong, data(), None, &device), Err(TrainingError::Settings(_))));
    let empty = TrainingData { training: vec![], ..data() };
    assert!(matches!(Session::start(settings(), empty, None, &device), Err(TrainingError::NoData)));
}

#[test]
fn a_run_continues_with_its_original_images() {
    let device = Device::flex();
    let dataset = || shapes::dataset(84, |shape, _| shape);
    let held_out = dataset().of_split(Split::PublicTest)[0];
    let near = NearDuplicates { groups: vec![vec![3, held_out]] };
    let (all, fewer) = (data(), TrainingData::new(dataset(), &near, None, None));
    assert_eq!(fewer.training.len(), all.training.len() - 1);
    // an earlier version did not look for near duplicates
    for began in [&all, &fewer] {
        let session = Session::start(settings(), began.clone(), None, &device).unwrap();
        let resumed = Session::resume(&block_on(session.checkpoint()).unwrap(), fewer.clone(), &device).unwrap();
        assert_eq!(resumed.data().training, began.training);
        let again = Session::resume(&block_on(resumed.checkpoint()).unwrap(), fewer.clone(), &device).unwrap();
        assert_eq!(again.data().training, began.training);
    }
}

#[test]
fn a_run_on_a_part_of_the_images_moves_to_another_device() {
    let limits = Settings { training_images: Some(20), validation_images: Some(9), ..settings() };
    let session = start(limits);
    let bytes = block_on(session.checkpoint()).unwrap();
    let moved = Session::resume(&bytes, session.all_data().clone(), &Device::flex()).unwrap();
    assert_eq!(moved.data().training, session.data().training);
    assert_eq!(moved.data().validation, session.data().validation);
}

#[test]
fn a_checkpoint_of_something_else_is_refused() {
    let device = Device::flex();
    let mut session = start(Settings { scope: Scope::Head, ..settings() });
    while !matches!(block_on(session.step(go_on)).unwrap(), StepOutcome::Epoch(_)) {}
    let bytes = block_on(session.checkpoint()).unwrap();
    assert!(Session::resume(&bytes, data(), &device).is_ok());
    assert_eq!(Session::epochs(&bytes).unwrap(), (1, settings().epochs));
    let fewer = TrainingData::new(shapes::dataset(42, |shape, _| shape), &NearDuplicates::default(), None, None);
    assert!(matches!(Session::resume(&bytes, fewer, &device), Err(TrainingError::OtherData)));
    let refused = |bytes: &[u8]| {
        let Err(error) = Session::resume(bytes, data(), &device) else { panic!("{} bytes were taken", bytes.len()) };
        assert!(matches!(error, TrainingError::Checkpoint(_) | TrainingError::Settings(_)), "{error}");
        error.to_string()
    };
    for length in (0..bytes.len()).step_by(bytes.len() / 40).chain([bytes.len() - 1]) {
        refused(&bytes[..length]);
    }
    let weights = block_on(network::save(&session.file(String::new()), Precision::Full)).unwrap();
    assert!(refused(&weights).contains("its format is not"));
    // one byte of the header is changed
    let text = |from: &str, to: &str| {
        let place = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        [&bytes[..place], to.as_bytes(), &bytes[place + from.len()..]].concat()
    };
    refused(&text(r#"\"epoch\":1,\"step\":0"#, r#"\"epoch\":9,\"step\":0"#));
    refused(&text(r#"\"scope\":\"head\""#, r#"\"scope\":\"nose\""#));
    refused(&text(r#"\"batch\":14"#, r#"\"batch\":00"#));
}

#[test]
fn training_continues_from_given_weights() {
    let mut first = start(settings());
    let losses = finish(&mut first);
    let file = first.file("a test".to_owned());
    assert_eq!(file.header.training.epochs, 15);
    let other = Settings { architecture: Architecture::default(), dropout: Some(0.3), ..settings() };
    let mut second = Session::start(other, data(), Some(file), &Device::flex()).unwrap();
    let mut expected = settings().architecture;
    expected.set_dropout(0.3);
    assert_eq!(second.settings().architecture, expected, "the weights decide, but for dropout");
    let StepOutcome::Step(step) = block_on(second.step(go_on)).unwrap() else { panic!("a step was due") };
    assert!(step.loss < losses[0] / 2.0, "{} after {}", step.loss, losses[0]);
}

#[test]
fn cross_validation_measures_every_image_once() {
    let dataset = shapes::dataset(98, |shape, _| shape);
    let samples: Vec<usize> = (0..98).collect();
    let settings = Settings { epochs: 10, ..settings() };
    let new = |folds| {
        let data = (Arc::clone(&dataset), &samples[..], None);
        CrossValidation::new(settings.clone(), data, (folds, None), None, &Device::flex())
    };
    assert!(matches!(new(1), Err(TrainingError::Folds(_))));
    assert!(matches!(new(99), Err(TrainingError::Folds(_))));
    let mut validation = new(3).unwrap();
    let mut folds = Vec::new();
    loop {
        match block_on(validation.step(go_on)).unwrap() {
            CrossOutcome::Training(fold, _) => assert_eq!(fold, folds.len() + 1),
            CrossOutcome::Fold(record) => folds.push(*record),
            CrossOutcome::Finished => break,
        }
    }
    let report = validation.report();
    assert_eq!((validation.folds(), report.records.len()), ((3, 3), 3));
    assert_eq!((validation.grouped_by(), &report.grouped_by), (None, &None));
    assert_eq!(report.records, folds);
    assert_eq!(report.confusion_matrix.samples(), 98);
    assert_eq!(report.metrics[0].name, "accuracy");
    let accuracies = folds.iter().map(|fold| fold.report.accuracy);
    assert!((report.metrics[0].mean.unwrap() - accuracies.sum::<f64>() / 3.0).abs() < 1e-12);
    assert!(report.metrics[0].mean.unwrap() > 0.5, "{:?}", report.metrics[0]);
    let text = serde_json::to_string(&report).unwrap();
    let again: CrossReport = serde_json::from_str(&text).unwrap();
    assert_eq!(again.records.len(), 3);
}

/// Multiplies every tensor.
struct Times(f32);

impl ModuleMapper for Times {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let factor = self.0;
        let (id, tensor, mapper) = param.consume();
        Param::from_mapped_value(id, Tensor::from_inner(tensor.inner() * factor).require_grad(), mapper)
    }
}
