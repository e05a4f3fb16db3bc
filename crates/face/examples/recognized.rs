//! What the shipped detector and network make of model faces. It writes pictures, and then reads what `mien recognize` says of them:
//!
//! ```sh
//! cargo run --release -p mien-face --example recognized -- www/face/face.bin FOLDER SCENE 20
//! mien recognize FOLDER > recognized.jsonl
//! cargo run --release -p mien-face --example recognized -- www/face/face.bin FOLDER SCENE 20 recognized.jsonl
//! ```
//!
//! SCENE is `plain` (the first combination of each expression, from the front, in the usual light) or `varied` (as in sets). The
//! output is a confusion table, and the constants that frame crops by the detector's box (`mien_face::set`).
#![allow(clippy::print_stdout, reason = "a command speaks to the person who typed it")]

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use mien_core::expression::Expression;
use mien_core::vision::Rectangle;
use mien_face::FaceModel;
use mien_face::action_unit::Actions;
use mien_face::render::{Motion, Picture, Renderer};
use mien_face::scene::Scene;
use mien_face::set::{FacePlace, FaceSetPlan, Sample};
use serde_json::Value;

/// Side of the pictures, in pixels.
const SIDE: usize = 256;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let usage = "arguments: MODEL FOLDER plain|varied IDENTITIES [RECOGNIZED.jsonl]";
    let [model, folder, scene, identities, recognized @ ..] = &arguments[..] else { anyhow::bail!(usage) };
    ensure!(["plain", "varied"].contains(&&scene[..]), usage);
    let model = FaceModel::from_bytes(&fs::read(model)?)?;
    let plan = FaceSetPlan {
        identities: identities.parse().context(usage)?,
        expressions: Expression::ALL.to_vec(),
        intensities: vec![1.0],
        seed: 1,
    };
    let lines = recognized.first().map(fs::read_to_string).transpose()?;
    let lines = lines.iter().flat_map(|text| text.lines()).map(serde_json::from_str);
    let lines: Vec<Value> = lines.collect::<Result<_, _>>()?;
    fs::create_dir_all(folder)?;

    let mut table = [[0; Expression::COUNT + 1]; Expression::COUNT];
    let (mut sides, mut drops) = (Vec::new(), Vec::new());
    let mut renderer = Renderer::new(&model);
    for identity in 0..plan.identities {
        let person = plan.person(&model, identity);
        for sample in plan.samples(identity) {
            let sample = if scene == "plain" { plain(sample) } else { sample };
            let picture = sample.picture(&mut renderer, &model, &person, SIDE)?;
            let path = path(folder, &sample);
            if recognized.is_empty() {
                let side = SIDE as u32;
                image::save_buffer(&path, picture.frame.pixels(), side, side, image::ColorType::Rgba8)?;
                continue;
            }
            let line = lines.iter().find(|line| line["file"].as_str().map(Path::new) == Some(&path));
            let face = &line.with_context(|| format!("nothing about {}", path.display()))?["faces"][0];
            let named = Expression::ALL.iter().position(|expression| face["expression"] == expression.name());
            table[sample.expression.index()][named.unwrap_or(Expression::COUNT)] += 1;
            if let Ok(bounds) = serde_json::from_value(face["bounds"].clone()) {
                let [side, drop] = framing(&picture, bounds);
                sides.push(side);
                drops.push(drop);
            }
        }
    }
    if !recognized.is_empty() {
        println!("{:>9} {} {:>9}", "", Expression::ALL.map(|named| format!("{:>9}", named.name())).join(""), "no face");
        for expression in Expression::ALL {
            let row = table[expression.index()].map(|count| format!("{count:>9}"));
            println!("{:>9} {}", expression.name(), row.join(""));
        }
        println!("box: side {:.3}, drop {:.3}, in sizes of the face", median(&mut sides), median(&mut drops));
    }
    Ok(())
}

fn plain(sample: Sample) -> Sample {
    let actions = Actions::of_expression(sample.expression, 0, sample.intensity);
    Sample { motion: Motion { actions, ..Motion::default() }, scene: Scene::default(), ..sample }
}

fn path(folder: &str, sample: &Sample) -> PathBuf {
    Path::new(folder).join(format!("{:03}-{}.png", sample.identity + 1, sample.expression))
}

/// The side of a detected box, and how far its centre is below the middle of the eyes, in sizes of the face.
fn framing(picture: &Picture, bounds: Rectangle) -> [f32; 2] {
    let face = FacePlace::new(&picture.landmarks);
    let centre = bounds.centre();
    let (x, y) = (centre.x - face.eyes.x, centre.y - face.eyes.y);
    let down = y * face.roll.cos() - x * face.roll.sin();
    [(bounds.width + bounds.height) / 2.0 / face.size, down / face.size]
}

fn median(values: &mut [f32]) -> f32 {
    values.sort_unstable_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f32::NAN)
}
