//! How long a person and a picture take, on one thread.
//!
//! `cargo bench --profile web -p mien-face`, with the optimization of the page
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::Instant;

use mien_core::expression::Expression;
use mien_face::FaceModel;
use mien_face::action_unit::Actions;
use mien_face::appearance::SkinTone;
use mien_face::person::Person;
use mien_face::render::{Motion, Renderer};
use mien_face::scene::Scene;

/// Repetitions, of which the median counts.
const REPETITIONS: usize = 31;

fn main() {
    let bytes = include_bytes!("../../../www/face/face.bin");
    measure("reading the model", || FaceModel::from_bytes(bytes).unwrap());
    let model = FaceModel::from_bytes(bytes).unwrap();
    measure("a person", || Person::random(&model, SkinTone::Light, 1));
    let person = Person::random(&model, SkinTone::Light, 1);
    let motion = Motion { actions: Actions::of_expression(Expression::Happy, 2, 1.0), ..Motion::default() };
    let mut renderer = Renderer::new(&model);
    for side in [48, 128, 256, 320, 640] {
        let name = format!("a picture of {side} × {side} pixels");
        measure(&name, || renderer.render(&model, &person, &motion, &Scene::default(), side).unwrap());
    }
    let mut dressed = person;
    dressed.set_lashes(1.0);
    measure("256 × 256 pixels with lashes", || {
        renderer.render(&model, &dressed, &motion, &Scene::default(), 256).unwrap()
    });
    measure("glasses, fitted", || {
        let mut person = dressed.clone();
        person.wear_glasses(&model, true);
        person
    });
    dressed.wear_glasses(&model, true);
    measure("256 × 256 pixels with lashes and glasses", || {
        renderer.render(&model, &dressed, &motion, &Scene::default(), 256).unwrap()
    });
}

fn measure<T>(name: &str, mut work: impl FnMut() -> T) {
    let mut times = [0.0; REPETITIONS];
    for time in &mut times {
        let start = Instant::now();
        std::hint::black_box(work());
        *time = start.elapsed().as_secs_f64() * 1000.0;
    }
    times.sort_unstable_by(f64::total_cmp);
    println!("{:7.1} ms: {name}", times[REPETITIONS / 2]);
}
