//! Explanations.

use super::doubles::{TestEngine, image, set_tick};
use crate::engine::platform::Received;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::explanation::Method;
use mien_protocol::{Backend, Command, DatasetCommand, Event, ExplanationCommand, ExplanationEvent};

fn explain(crops: Vec<u8>, method: Option<Method>) -> Command {
    Command::Explanation(ExplanationCommand::Explain { request: 3, crops, method, class: None })
}

fn similar(request: u32, sample: u32) -> Command {
    Command::Explanation(ExplanationCommand::Similar { request, set: 1, sample, count: 2 })
}

fn failed(error: EngineError) -> [Event; 1] {
    [Event::Explanation(ExplanationEvent::Failed { request: 3, reason: Failure::from(error).into() })]
}

#[test]
fn every_method_explains_each_crop() {
    let engine = TestEngine::started();
    let crops = [image(1), image(2)].concat();
    let mut predictions = Vec::new();
    for method in [None, Some(Method::GradCam { stage: None }), Some(Method::Occlusion)] {
        let events = engine.send(explain(crops.clone(), method));
        let [Event::Explanation(ExplanationEvent::Explained { request: 3, explanations, stages, .. })] = &events[..]
        else {
            panic!("{events:?}")
        };
        assert!(*stages > 0);
        assert_eq!(explanations.len(), 2);
        assert!(explanations.iter().all(|explanation| explanation.map.is_some() == method.is_some()));
        predictions.push(explanations.iter().map(|explanation| explanation.prediction.top().0).collect::<Vec<_>>());
    }
    assert!(predictions.iter().all(|other| *other == predictions[0]), "{predictions:?}");
}

#[test]
fn layers_are_shown_and_what_is_no_crop_is_refused() {
    let engine = TestEngine::started();
    let activations = |crop| engine.send(Command::Explanation(ExplanationCommand::Activations { request: 3, crop }));
    assert!(matches!(
        activations(image(1).to_vec())[..],
        [Event::Explanation(ExplanationEvent::Activations { request: 3, .. })]
    ));
    assert_eq!(activations(vec![0; 9]), failed(EngineError::NotCrops { bytes: 9, size: 2304 }));
    assert_eq!(engine.send(explain(vec![], None)), failed(EngineError::NotCrops { bytes: 0, size: 2304 }));
}

#[test]
fn an_engine_that_has_not_started_explains_nothing() {
    let engine = TestEngine::new();
    engine.page.take();
    for method in [None, Some(Method::Occlusion)] {
        assert_eq!(engine.send(explain(image(1).to_vec(), method)), failed(EngineError::NotStarted));
    }
}

#[test]
fn explanations_continue_on_the_cpu_when_the_gpu_is_lost() {
    for method in [None, Some(Method::GradCam { stage: Some(0) }), Some(Method::Occlusion)] {
        let engine = TestEngine::on_gpu();
        engine.devices.fail_next();
        let events = engine.send(explain(image(1).to_vec(), method));
        assert!(
            matches!(
                events[..],
                [Event::Ready { backend: Backend::Cpu, .. }, Event::Explanation(ExplanationEvent::Explained { .. })]
            ),
            "{events:?}"
        );
    }
}

/// Samples found, images compared, images to compare, and whether that is all.
fn found(event: &Event) -> (Vec<u32>, u32, u32, bool) {
    match event {
        Event::Explanation(ExplanationEvent::Similar { samples, done, total, over, .. }) => {
            (samples.iter().map(|(sample, _)| *sample).collect(), *done, *total, *over)
        }
        event => panic!("{event:?}"),
    }
}

#[test]
fn similar_images_are_searched_in_slices_and_known_ones_are_not_computed_again() {
    let engine = TestEngine::started();
    engine.add_dataset(60);
    set_tick(30.0);
    let events = engine.send(similar(1, 0));
    let (samples, done, total, over) = found(events.last().unwrap());
    assert_eq!((samples.len(), done, over), (2, total, true));
    assert!(!samples.contains(&0), "an image is not similar to itself");
    assert!(events.len() > 1, "answers come while it goes on");
    assert!(!found(&events[0]).3);
    let again = engine.send(similar(2, 0));
    assert_eq!(found(&again[0]), (samples, done, total, true));
    assert_eq!(again.len(), 1);
}

#[test]
fn a_search_is_stopped_or_replaced() {
    let engine = TestEngine::started();
    engine.add_dataset(60);
    set_tick(30.0);
    let inbox = engine.inbox.clone();
    engine.tasks.then(move || {
        for request in [9, 1] {
            inbox.take(Command::Explanation(ExplanationCommand::Stop { request }), Received::Nothing);
        }
    });
    let events = engine.send(similar(1, 0));
    let (_, done, total, over) = found(events.last().unwrap());
    assert!(over && done < total, "{events:?}");

    let inbox = engine.inbox.clone();
    engine.tasks.then(move || inbox.take(similar(3, 5), Received::Nothing));
    let requests: Vec<u32> = engine
        .send(similar(2, 0))
        .iter()
        .filter_map(|event| match event {
            Event::Explanation(ExplanationEvent::Similar { request, over: true, .. }) => Some(*request),
            _ => None,
        })
        .collect();
    assert_eq!(requests, [3]);
}

#[test]
fn a_search_ends_with_its_dataset() {
    let engine = TestEngine::started();
    engine.add_dataset(60);
    assert_eq!(engine.send(similar(3, 60)), failed(EngineError::SetClosed));
    set_tick(30.0);
    let inbox = engine.inbox.clone();
    engine.tasks.then(move || inbox.take(Command::Dataset(DatasetCommand::Close { set: 1 }), Received::Nothing));
    assert_eq!(engine.send(similar(3, 0)).last(), failed(EngineError::SetClosed).last());
}
