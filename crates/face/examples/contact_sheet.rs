//! Writes a sheet of faces: `cargo run --release -p mien-face --example contact_sheet -- www/face/face.bin SHEET.png KIND`.

use std::{env, fs};

use anyhow::{Context, Result, bail};
use mien_core::expression::Expression;
use mien_face::FaceModel;
use mien_face::action_unit::{ActionUnit, Actions, combinations};
use mien_face::appearance::{Appearance, SkinTone};
use mien_face::person::{Person, identity_weights};
use mien_face::render::{Gaze, Motion, Picture, Renderer};
use mien_face::scene::{Camera, Light, Pose, Scene};

/// Side of each picture, in pixels.
const SIDE: usize = 256;

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let usage = "arguments: MODEL SHEET.png expressions|people|units|poses|lights|large|lashes|glasses";
    let (model, sheet, kind) = (arguments.next(), arguments.next(), arguments.next());
    let model = FaceModel::from_bytes(&fs::read(model.context(usage)?)?)?;
    let mut renderer = Renderer::new(&model);
    let mut cells: Vec<Vec<Picture>> = Vec::new();
    let mut side = SIDE;
    let mut add = |row: usize, person: &Person, motion: &Motion, scene: &Scene, side: usize| -> Result<()> {
        if cells.len() <= row {
            cells.push(Vec::new());
        }
        cells[row].push(renderer.render(&model, person, motion, scene, side)?);
        Ok(())
    };
    let scene = Scene::default();
    match kind.context(usage)?.as_str() {
        "expressions" => {
            for row in 0..5 {
                let seed = row as u64;
                let person = Person::random(&model, SkinTone::ALL[row % 6], seed);
                for expression in Expression::ALL {
                    let actions = Actions::of_expression(expression, row, 1.0);
                    add(row, &person, &Motion { actions, ..Motion::default() }, &scene, side)?;
                }
            }
        }
        "people" => {
            for row in 0..6 {
                for column in 0..8 {
                    let seed = (row * 8 + column) as u64;
                    let person = Person::random(&model, SkinTone::ALL[row], seed);
                    add(row, &person, &Motion::default(), &Scene::random(seed), side)?;
                }
            }
        }
        "units" => {
            let person = Person::new(&model, &[], Appearance { beard: 0.0, ..Appearance::random(SkinTone::Light, 5) });
            for (index, unit) in ActionUnit::ALL.into_iter().enumerate() {
                let mut motion = Motion::default();
                motion.actions.set(unit, 1.0);
                add(index / 8, &person, &motion, &scene, side)?;
            }
        }
        "poses" => {
            let person = Person::random(&model, SkinTone::Tan, 3);
            for (row, pitch) in [-20.0, 0.0, 20.0].into_iter().enumerate() {
                for yaw in [-60.0, -40.0, -20.0, 0.0, 20.0, 40.0, 60.0] {
                    let scene = Scene { pose: Pose { yaw, pitch, roll: pitch / 2.0 }, ..scene };
                    let motion = Motion { gaze: Gaze { left: -yaw / 2.0, up: pitch / 2.0 }, ..Motion::default() };
                    add(row, &person, &motion, &scene, side)?;
                }
            }
        }
        "lights" => {
            let weights = identity_weights(model.components(), 4);
            for (row, softness) in [0.0, 0.5, 1.0].into_iter().enumerate() {
                let person = Person::new(&model, &weights, Appearance::random(SkinTone::ALL[row * 2], 4));
                for azimuth in [-80.0, -45.0, 0.0, 45.0, 80.0] {
                    let key = Light { azimuth, elevation: 25.0, intensity: 1.0, softness };
                    add(row, &person, &Motion::default(), &Scene { key, ..scene }, side)?;
                }
                let key = Light { azimuth: 0.0, elevation: 75.0, intensity: 1.0, softness };
                add(row, &person, &Motion::default(), &Scene { key, ambient: 0.2, ..scene }, side)?;
            }
        }
        "large" => {
            side = 640;
            for (column, (seed, expression)) in
                [(1, Expression::Neutral), (2, Expression::Happy), (6, Expression::Fear)].into_iter().enumerate()
            {
                let person = Person::random(&model, SkinTone::ALL[column * 2], seed);
                let actions = Actions::of_expression(expression, combinations(expression).len() - 1, 1.0);
                add(0, &person, &Motion { actions, ..Motion::default() }, &scene, side)?;
            }
        }
        "lashes" => {
            side = 640;
            let scene = Scene { camera: Camera { height: 14.0, ..scene.camera }, ..scene };
            for row in 0..3 {
                let mut person = Person::random(&model, SkinTone::ALL[row * 2], row as u64 + 1);
                person.set_lashes(1.0);
                for closed in [0.0, 0.5, 1.0] {
                    let mut motion = Motion::default();
                    motion.actions.set(ActionUnit::Au43, closed);
                    add(row, &person, &motion, &scene, side)?;
                }
            }
        }
        "glasses" => {
            for seed in 0..20 {
                let mut person = Person::random(&model, SkinTone::ALL[seed % 6], seed as u64 + 1);
                person.set_lashes(1.0);
                person.wear_glasses(&model, true);
                for yaw in [-30.0, 0.0, 30.0] {
                    let scene = Scene { pose: Pose { yaw, ..Pose::default() }, ..scene };
                    add(seed / 3, &person, &Motion::default(), &scene, side)?;
                }
            }
        }
        _ => bail!(usage),
    }
    let columns = cells.iter().map(Vec::len).max().unwrap_or(0);
    let (width, height) = (columns * side, cells.len() * side);
    let mut pixels = vec![255; width * height * 3];
    for (row, pictures) in cells.iter().enumerate() {
        for (column, picture) in pictures.iter().enumerate() {
            for (index, pixel) in picture.frame.pixels().chunks_exact(4).enumerate() {
                let at = ((row * side + index / side) * width + column * side + index % side) * 3;
                pixels[at..at + 3].copy_from_slice(&pixel[..3]);
            }
        }
    }
    image::save_buffer(sheet.context(usage)?, &pixels, width as u32, height as u32, image::ColorType::Rgb8)?;
    Ok(())
}
