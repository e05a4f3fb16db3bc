//! Evaluations, and the documents made of them.

use super::doubles::{OTHER_NETWORK, TestEngine, files, set_tick};
use super::scheduling::evaluate;
use crate::engine::platform::Received;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::training::Settings;
use mien_core::evaluation::{Evaluation, Predictions};
use mien_protocol::{
    Command, Document, DocumentCommand, DocumentEvent, EvaluationCommand, EvaluationEvent, Event, NetworkCommand,
};

fn done(events: Vec<Event>) -> (Box<Evaluation>, Predictions) {
    match events.into_iter().last() {
        Some(Event::Evaluation(EvaluationEvent::Done { evaluation, predictions, .. })) => (evaluation, predictions),
        event => panic!("{event:?}"),
    }
}

fn failed(error: EngineError) -> Vec<Event> {
    vec![Event::Evaluation(EvaluationEvent::Failed { run: 1, reason: Failure::from(error).into() })]
}

#[test]
fn every_sample_is_predicted_once_and_the_report_names_what_was_evaluated() {
    let engine = TestEngine::started();
    let set = engine.add_dataset(100);
    let samples: Vec<u32> = (0..100).rev().collect();
    let (evaluation, predictions) = done(engine.send(evaluate(1, set, &samples, &[])));
    let predicted: Vec<u32> = predictions.iter().map(|(sample, ..)| sample).collect();
    assert_eq!(predicted, samples);
    let report = &evaluation.report;
    assert_eq!((report.model.as_str(), report.dataset.as_str(), report.split.as_str()), ("cnn", "set", "Training"));
    assert_eq!(report.backend, "cpu");
}

#[test]
fn several_networks_are_averaged() {
    let engine = TestEngine::started();
    let set = engine.add_dataset(7);
    let load = Command::Network(NetworkCommand::Load { name: "vgg".into() });
    engine.send_with(load, files(&[OTHER_NETWORK]));
    let predict = |networks: &[u32]| {
        let (evaluation, predictions) = done(engine.send(evaluate(1, set, &[3], networks)));
        let (_, _, prediction) = predictions.iter().next().unwrap();
        (evaluation.report.model.clone(), prediction.0)
    };
    let ((_, first), (_, second), (model, both)) = (predict(&[0]), predict(&[1]), predict(&[0, 1]));
    assert_eq!(model, "cnn + vgg (vgg)");
    assert_ne!(first, second);
    for class in 0..first.len() {
        assert!((both[class] - (first[class] + second[class]) / 2.0).abs() < 1e-3, "{first:?} {second:?} {both:?}");
    }
}

#[test]
fn what_is_gone_is_not_evaluated() {
    let engine = TestEngine::started();
    let set = engine.add_dataset(2);
    assert_eq!(engine.send(evaluate(1, 9, &[0], &[])), failed(EngineError::SetClosed));
    assert_eq!(engine.send(evaluate(1, set, &[2], &[])), failed(EngineError::NoSamples));
    assert_eq!(engine.send(evaluate(1, set, &[], &[])), failed(EngineError::NoSamples));
    assert_eq!(engine.send(evaluate(1, set, &[0], &[9])), failed(EngineError::NetworkGone));
}

#[test]
fn groups_come_from_a_table_with_what_is_wrong_with_it() {
    let engine = TestEngine::started();
    let set = engine.add_dataset(4);
    let (_, predictions) = done(engine.send(evaluate(1, set, &[0, 1, 2, 3], &[])));
    let groups = |set, received| {
        let predictions = predictions.clone();
        let command = EvaluationCommand::Groups { run: 1, set, predictions, bins: vec![] };
        match engine.send_with(Command::Evaluation(command), received).pop() {
            Some(Event::Evaluation(EvaluationEvent::Groups { groups, faults, .. })) => (groups.len(), faults),
            event => panic!("{event:?}"),
        }
    };
    assert_eq!(groups(set, Received::Files(vec![])), (0, vec![]));
    assert_eq!(groups(9, Received::Nothing).1, [Failure::from(EngineError::SetChanged).into()]);
    let (count, faults) = groups(set, files(&[b"row,age\n0,old\n1,young\n2,old\n"]));
    assert_eq!(count, 1);
    assert_eq!(faults, [Failure::from(EngineError::NoRows { missing: 1, images: 4 }).into()]);
    let (count, faults) = groups(set, files(&[b""]));
    assert_eq!((count, faults.len()), (0, 1));
}

#[test]
fn documents_are_written_and_read() {
    let engine = TestEngine::new();
    engine.page.take();
    let document = |command| match engine.send(Command::Document(command)).pop() {
        Some(Event::Document(event)) => event,
        event => panic!("{event:?}"),
    };
    let settings = Box::new(Settings { epochs: 3, ..Settings::default() });
    let write = DocumentCommand::Write { request: 4, document: Document::Settings(settings.clone()) };
    let DocumentEvent::Written { request: 4, text } = document(write) else { panic!("not written") };
    let read = |text: &str| document(DocumentCommand::ReadSettings { name: "a".into(), text: text.into() });
    assert_eq!(read(&text), DocumentEvent::Settings { name: "a".into(), settings: Ok(settings) });
    for wrong in ["{", "{\"epochs\": 0}", "{\"other\": 1}"] {
        assert!(matches!(read(wrong), DocumentEvent::Settings { settings: Err(_), .. }), "{wrong}");
    }
}

/// The predictions of an evaluation and the number of batches that pool workers made.
fn pooled(tick: f64, cores: usize, crash: bool, networks: &[u32]) -> (Predictions, usize) {
    let engine = TestEngine::started();
    let set = engine.add_dataset(40);
    engine.send_with(Command::Network(NetworkCommand::Load { name: "vgg".into() }), files(&[OTHER_NETWORK]));
    engine.workers.cores.set(cores);
    engine.workers.crash.set(crash);
    set_tick(tick);
    let samples: Vec<u32> = (0..40).rev().collect();
    let (_, predictions) = done(engine.send(evaluate(1, set, &samples, networks)));
    (predictions, engine.workers.batches.get())
}

#[test]
fn pool_workers_predict_the_same_to_the_last_bit_and_their_failure_costs_nothing() {
    for networks in [&[0][..], &[0, 1]] {
        let (alone, batches) = pooled(400.0, 0, false, networks);
        assert_eq!(batches, 0);
        let (together, batches) = pooled(400.0, 3, false, networks);
        assert!(batches > 0);
        assert!(together == alone);
        assert!(pooled(400.0, 3, true, networks) == (alone, 0));
    }
}

#[test]
fn an_evaluation_of_a_moment_starts_no_workers() {
    assert_eq!(pooled(1.0, 3, false, &[0]).1, 0);
}
