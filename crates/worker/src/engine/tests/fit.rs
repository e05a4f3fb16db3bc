//! Networks adapted to one person.

use super::doubles::{TestEngine, image, set_tick};
use crate::engine::platform::Received;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_core::expression::{Distribution, Expression};
use mien_protocol::{
    Backend, Command, Event, FitCommand, FitEvent, FitMethod, NetworkCommand, NetworkEvent, NetworkId,
};

/// The looks of the frames.
const LOOKS: [Expression; 6] =
    [Expression::Neutral, Expression::Neutral, Expression::Happy, Expression::Happy, Expression::Sad, Expression::Sad];

fn crops() -> Vec<u8> {
    (0..LOOKS.len()).flat_map(image).collect()
}

fn classify(networks: &[NetworkId]) -> Command {
    Command::Fit(FitCommand::Classify { request: 3, networks: networks.to_vec(), crops: crops() })
}

fn adapt(method: FitMethod, looks: &[Expression]) -> Command {
    let (crops, looks) = ((0..looks.len()).flat_map(image).collect(), looks.to_vec());
    Command::Fit(FitCommand::Adapt { request: 4, network: 0, name: "me".to_owned(), method, crops, looks })
}

/// The predictions of an answer.
fn predictions(events: &[Event]) -> Vec<Vec<Distribution>> {
    match events.last() {
        Some(Event::Fit(FitEvent::Classified { request: 3, predictions })) => predictions.clone(),
        event => panic!("{event:?}"),
    }
}

/// The network that was adapted.
fn adapted(events: &[Event]) -> NetworkId {
    match events.last() {
        Some(Event::Fit(FitEvent::Adapted { request: 4, network })) => *network,
        event => panic!("{event:?}"),
    }
}

fn failed(request: u32, error: EngineError) -> [Event; 1] {
    [Event::Fit(FitEvent::Failed { request, reason: Failure::from(error).into() })]
}

/// The mean cross-entropy of the frames, among the looks that were shown: what the adaptation lowers.
fn cross_entropy(predictions: &[Distribution]) -> f32 {
    let shown = |prediction: &Distribution| -> f32 {
        [Expression::Neutral, Expression::Happy, Expression::Sad].iter().map(|&look| prediction.probability(look)).sum()
    };
    let of = |(prediction, look): (&Distribution, Expression)| -(prediction.probability(look) / shown(prediction)).ln();
    predictions.iter().zip(LOOKS).map(of).sum::<f32>() / LOOKS.len() as f32
}

#[test]
fn the_head_tells_the_looks_apart_better_and_the_network_stays_as_it_was() {
    let engine = TestEngine::started();
    let before = predictions(&engine.send(classify(&[0])));
    assert_eq!((before.len(), before[0].len()), (1, 6));
    let events = engine.send(adapt(FitMethod::Head, &LOOKS));
    let network = adapted(&events);
    let listed = events.iter().find_map(|event| match event {
        Event::Network(NetworkEvent::Networks { networks, active }) => Some((networks.clone(), *active)),
        _ => None,
    });
    let (networks, active) = listed.unwrap();
    assert_eq!((networks.len(), active, networks[1].id, networks[1].name.as_str()), (2, 0, network, "me"));
    let description = networks[1].summary.description.as_ref().unwrap();
    assert_eq!(description.id(), "file-text/adapted-here");
    assert_eq!(networks[1].summary.validation_accuracy, None);
    let both = predictions(&engine.send(classify(&[0, network])));
    assert_eq!(both[0], before[0]);
    let [before, after] = [0, 1].map(|network: usize| cross_entropy(&both[network]));
    assert!(after < before - 0.05, "{before} {after}");
    // the same frames give the same network
    let again = adapted(&engine.send(adapt(FitMethod::Head, &LOOKS)));
    assert_eq!(predictions(&engine.send(classify(&[again]))), both[1..]);
}

#[test]
fn a_neutral_look_moves_the_odds_of_neutral_alone() {
    let engine = TestEngine::started();
    let network = adapted(&engine.send(adapt(FitMethod::Neutral, &LOOKS)));
    let both = predictions(&engine.send(classify(&[0, network])));
    let odds = |prediction: &Distribution, class: Expression| {
        (prediction.probability(class) / prediction.probability(Expression::Fear)).ln()
    };
    let moved: Vec<f32> = both[0]
        .iter()
        .zip(&both[1])
        .map(|(before, after)| odds(after, Expression::Neutral) - odds(before, Expression::Neutral))
        .collect();
    assert!(moved.iter().all(|change| (change - moved[0]).abs() < 1e-3) && moved[0].abs() > 0.01, "{moved:?}");
    for (before, after) in both[0].iter().zip(&both[1]) {
        assert!((odds(after, Expression::Sad) - odds(before, Expression::Sad)).abs() < 1e-3);
    }
}

#[test]
fn too_few_looks_and_what_is_no_crop_are_refused() {
    let engine = TestEngine::started();
    let (happy, neutral) = ([Expression::Happy], [Expression::Neutral]);
    assert_eq!(engine.send(adapt(FitMethod::Neutral, &happy)), failed(4, EngineError::TooFewLooks));
    assert_eq!(engine.send(adapt(FitMethod::Head, &neutral)), failed(4, EngineError::TooFewLooks));
    let fit = |crops, looks| {
        let (name, method) = (String::new(), FitMethod::Head);
        engine.send(Command::Fit(FitCommand::Adapt { request: 4, network: 0, name, method, crops, looks }))
    };
    assert_eq!(fit(vec![0; 9], vec![]), failed(4, EngineError::NotCrops { bytes: 9, size: 2304 }));
    assert_eq!(fit(image(1).to_vec(), LOOKS.to_vec()), failed(4, EngineError::NoCrop));
    assert_eq!(engine.send(classify(&[7])), failed(3, EngineError::NetworkGone));
    let stopped = TestEngine::new();
    stopped.page.take();
    assert_eq!(stopped.send(classify(&[0])), failed(3, EngineError::NotStarted));
}

#[test]
fn a_request_is_forgotten() {
    let engine = TestEngine::started();
    set_tick(30.0);
    let inbox = engine.inbox.clone();
    engine.tasks.then(move || {
        for command in [FitCommand::Cancel { request: 4 }, FitCommand::Cancel { request: 9 }] {
            inbox.take(Command::Fit(command), Received::Nothing);
        }
    });
    assert_eq!(engine.send(adapt(FitMethod::Head, &LOOKS)), []);
    assert!(!matches!(engine.send(Command::Network(NetworkCommand::List))[..], []));
}

#[test]
fn what_was_begun_on_a_lost_gpu_ends_on_the_cpu() {
    for method in [FitMethod::Neutral, FitMethod::Head] {
        let engine = TestEngine::on_gpu();
        engine.devices.fail_next();
        let events = engine.send(adapt(method, &LOOKS));
        assert!(matches!(events[0], Event::Ready { backend: Backend::Cpu, .. }), "{events:?}");
        adapted(&events);
    }
}
