//! Makes `www/face/face.bin` from ICT-FaceKit's light version as safetensors, compressed with xz or not:
//! `cargo run --release -p mien-face --example make_model -- face-model.safetensors.xz www/face/face.bin`.
//! `docs/face-model.md` describes input and output.
#![allow(clippy::print_stdout, reason = "a command speaks to the person who typed it")]

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::env;
use std::fs;
use std::io::BufReader;

use anyhow::{Context, Result, ensure};
use half::f16;
use mien_face::FaceModel;
use mien_face::model::{Ball, Change, Component, Contents, LANDMARKS, Part, Shape};
use mien_face::vector::Vector;
use safetensors::SafeTensors;

/// ICT-FaceKit's vertices of Multi-PIE's landmarks.
const LANDMARK_VERTICES: [usize; LANDMARKS] = [
    1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443, 268, 493, 1914,
    2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542, 1537,
    1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518,
    5957, 5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966,
];

/// Vertices from here on are inside: sockets, teeth, eyes.
const SKIN_END: i32 = 11_248;

/// Teeth and gums behind this are never seen, in centimetres.
const INNER_DEPTH: f32 = 5.0;

/// Centimetres of one step: of positions, and of differences.
const STEPS: [f32; 2] = [0.001, 0.004];

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let usage = "arguments: INPUT.safetensors[.xz] OUTPUT";
    let (input, output) = (arguments.next().context(usage)?, arguments.next().context(usage)?);
    let source = Source::read(&input)?;
    let model = convert(&source)?;
    let bytes = model.to_bytes();
    ensure!(FaceModel::from_bytes(&bytes)? == model, "what was written is not read again");
    fs::write(&output, &bytes).with_context(|| format!("cannot write {output}"))?;
    let (vertices, components) = (model.vertices(), model.components());
    println!("{output}: {} bytes, {vertices} vertices, {components} components", bytes.len());
    Ok(())
}

/// The original model.
struct Source {
    mean: Vec<Vector>,
    quads: Vec<[i32; 4]>,
    materials: Vec<String>,
    identities: Vec<Vec<Vector>>,
    expressions: HashMap<String, Vec<Vector>>,
}

impl Source {
    fn read(path: &str) -> Result<Self> {
        let file = fs::File::open(path).with_context(|| format!("cannot read {path}"))?;
        let mut bytes = Vec::new();
        if path.ends_with(".xz") {
            lzma_rs::xz_decompress(&mut BufReader::new(file), &mut bytes).context("cannot decompress the model")?;
        } else {
            bytes = fs::read(path)?;
        }
        let (_, header) = SafeTensors::read_metadata(&bytes)?;
        let names = header.metadata().as_ref().and_then(|entries| entries.get("materials")).context("no materials")?;
        let names: Vec<&str> = names.split(',').collect();
        let tensors = SafeTensors::deserialize(&bytes)?;
        let materials = tensors.tensor("quads_material")?;
        let name = |&index: &u8| names.get(usize::from(index)).map(|&name| name.to_owned()).context("no such material");
        let materials = materials.data().iter().map(name).collect::<Result<_>>()?;
        let (numbers, _) = tensors.tensor("quads")?.data().as_chunks::<4>().0.as_chunks::<4>();
        let quads = numbers.iter().map(|quad| quad.map(i32::from_le_bytes)).collect();
        let (numbers, _) = tensors.tensor("neutral")?.data().as_chunks::<4>().0.as_chunks::<3>();
        let mean = numbers.iter().map(|point| vector(point.map(f32::from_le_bytes))).collect();
        let shape = |name: &str| -> Result<Vec<Vector>> {
            let (numbers, _) = tensors.tensor(name)?.data().as_chunks::<2>().0.as_chunks::<3>();
            Ok(numbers.iter().map(|point| vector(point.map(|number| f16::from_le_bytes(number).to_f32()))).collect())
        };
        let identities = (0..100).map(|index| shape(&format!("identity.{index:03}"))).collect::<Result<_>>()?;
        let expression = |each: Shape| Ok((each.name().to_owned(), shape(&format!("expression.{}", each.name()))?));
        let expressions = Shape::ALL.into_iter().map(expression).collect::<Result<_>>()?;
        Ok(Self { mean, quads, materials, identities, expressions })
    }
}

fn vector([x, y, z]: [f32; 3]) -> Vector {
    Vector::new(x, y, z)
}

fn convert(source: &Source) -> Result<FaceModel> {
    let depth = |quad: &[i32; 4]| quad.iter().map(|&vertex| source.mean[vertex as usize].z).fold(f32::MAX, f32::min);
    let part = |quad: &[i32; 4], material: &str| match material {
        "M_Face" => Some(Part::Face),
        "M_BackHead" if quad.iter().all(|&vertex| vertex < SKIN_END) => Some(Part::Head),
        "M_GumsTongue" if depth(quad) > INNER_DEPTH => Some(Part::Gums),
        "M_Teeth" if depth(quad) > INNER_DEPTH => Some(Part::Teeth),
        _ => None,
    };
    let kept: Vec<([i32; 4], Part)> = source
        .quads
        .iter()
        .zip(&source.materials)
        .filter_map(|(quad, material)| Some((*quad, part(quad, material)?)))
        .collect();
    let order = order(&kept);
    let skin = order.iter().filter(|&&vertex| vertex < SKIN_END).count();
    let place: HashMap<i32, u16> = order.iter().copied().zip(0..).collect();
    let quads: Vec<[u16; 4]> = kept.iter().map(|(quad, _)| quad.map(|vertex| place[&vertex])).collect();
    let parts: Vec<Part> = kept.iter().map(|&(_, part)| part).collect();
    let pick = |shape: &[Vector]| -> Vec<Vector> { order.iter().map(|&vertex| shape[vertex as usize]).collect() };
    let mean = pick(&source.mean);

    let ball = |shape: Option<&[Vector]>, material: &str| {
        let vertices: BTreeSet<i32> = source
            .quads
            .iter()
            .zip(&source.materials)
            .filter(|(_, name)| *name == material)
            .flat_map(|(quad, _)| *quad)
            .collect();
        let points: Vec<(Vector, Vector)> = vertices
            .iter()
            .map(|&vertex| vertex as usize)
            .map(|vertex| (source.mean[vertex], shape.map_or(Vector::ZERO, |shape| shape[vertex])))
            .collect();
        eyeball(&points)
    };
    // x is the person's left
    let balls = |shape: Option<&[Vector]>| [ball(shape, "M_ScleraRight"), ball(shape, "M_ScleraLeft")];
    let eyes = balls(None);
    let components = source.identities.iter().map(|shape| {
        let moved = balls(Some(shape));
        let eyes = [0, 1].map(|eye: usize| Ball {
            centre: moved[eye].centre - eyes[eye].centre,
            radius: moved[eye].radius - eyes[eye].radius,
        });
        let all = pick(shape);
        let inner = affine(&mean[skin..], &all[skin..]);
        Component { skin: quantize(&all[..skin], STEPS[1]), inner, eyes }
    });
    let components = components.collect();
    let changes = Shape::ALL.map(|shape| {
        let steps = quantize(&pick(&source.expressions[shape.name()]), STEPS[1]);
        let moving = (0..).zip(&steps).filter(|(_, step)| **step != [0; 3]).map(|(vertex, &step)| (vertex, step));
        let (vertices, differences) = moving.unzip();
        Change { vertices, differences }
    });
    let mut contents = Contents {
        skin,
        openness: vec![255; skin],
        mean: quantize(&mean, STEPS[0]),
        quads,
        parts,
        landmarks: LANDMARK_VERTICES.map(|vertex| place[&(vertex as i32)]),
        eyes,
        components,
        changes: changes.to_vec(),
    };
    let model = FaceModel::new(contents.clone())?;
    contents.openness = openness(&model, skin);
    Ok(FaceModel::new(contents)?)
}

/// The vertices of some quadrilaterals, breadth first along their edges: most are then next to one that precedes them.
/// Skin comes first.
fn order(quads: &[([i32; 4], Part)]) -> Vec<i32> {
    let mut neighbours: HashMap<i32, BTreeSet<i32>> = HashMap::new();
    for (quad, _) in quads {
        for index in 0..4 {
            let (from, to) = (quad[index], quad[(index + 1) % 4]);
            neighbours.entry(from).or_default().insert(to);
            neighbours.entry(to).or_default().insert(from);
        }
    }
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    let all: BTreeSet<i32> = neighbours.keys().copied().collect();
    for start in all {
        let mut queue = VecDeque::new();
        if seen.insert(start) {
            queue.push_back(start);
        }
        while let Some(vertex) = queue.pop_front() {
            order.push(vertex);
            for &next in &neighbours[&vertex] {
                if seen.insert(next) {
                    queue.push_back(next);
                }
            }
        }
    }
    order.sort_by_key(|&vertex| vertex >= SKIN_END);
    order
}

fn quantize(shape: &[Vector], step: f32) -> Vec<[i16; 3]> {
    shape.iter().map(|point| [point.x, point.y, point.z].map(|value| (value / step).round() as i16)).collect()
}

/// The sphere with the least squared algebraic distance to points.
fn sphere(points: &[Vector]) -> Ball {
    let rows = points.iter().map(|point| {
        let [x, y, z] = [point.x, point.y, point.z].map(f64::from);
        ([2.0 * x, 2.0 * y, 2.0 * z, 1.0], x * x + y * y + z * z)
    });
    let [x, y, z, rest] = least_squares(rows);
    let radius = (rest + x * x + y * y + z * z).sqrt() as f32;
    Ball { centre: Vector::new(x as f32, y as f32, z as f32), radius }
}

/// The eyeball of some points, given by their mean position and a difference.
fn eyeball(points: &[(Vector, Vector)]) -> Ball {
    let mean = sphere(&points.iter().map(|&(point, _)| point).collect::<Vec<_>>());
    let moved: Vec<Vector> = points.iter().map(|&(point, difference)| point + difference).collect();
    let centre = sphere(&moved).centre;
    // the white of the eye: neither the cornea, which stands out, nor the back
    let is_white = |point: Vector| (0.25..0.90).contains(&(point - mean.centre).unit().z);
    let white = points.iter().zip(&moved).filter(|((point, _), _)| is_white(*point));
    let distances: Vec<f32> = white.map(|(_, &moved)| (moved - centre).length()).collect();
    Ball { centre, radius: distances.iter().sum::<f32>() / distances.len() as f32 }
}

/// The affine map from positions to differences with the least squared error.
fn affine(positions: &[Vector], differences: &[Vector]) -> [f32; 12] {
    let row = |axis: fn(&Vector) -> f32| {
        let rows = positions.iter().zip(differences).map(|(position, difference)| {
            let [x, y, z] = [position.x, position.y, position.z].map(f64::from);
            ([x, y, z, 1.0], f64::from(axis(difference)))
        });
        least_squares(rows).map(|value| value as f32)
    };
    let rows = [row(|vector| vector.x), row(|vector| vector.y), row(|vector| vector.z)];
    std::array::from_fn(|index| rows[index / 4][index % 4])
}

/// Solves the normal equations by Gaussian elimination with partial pivoting.
fn least_squares(rows: impl Iterator<Item = ([f64; 4], f64)>) -> [f64; 4] {
    let mut system = [[0.0; 5]; 4];
    for (factors, value) in rows {
        for (line, &factor) in system.iter_mut().zip(&factors) {
            for (column, &other) in factors.iter().chain([&value]).enumerate() {
                line[column] += factor * other;
            }
        }
    }
    for pivot in 0..4 {
        let best = (pivot..4).max_by(|&a, &b| system[a][pivot].abs().total_cmp(&system[b][pivot].abs()));
        system.swap(pivot, best.unwrap_or(pivot));
        let pivot_line = system[pivot];
        for (line, values) in system.iter_mut().enumerate() {
            if line != pivot {
                let factor = values[pivot] / pivot_line[pivot];
                for (value, above) in values.iter_mut().zip(pivot_line) {
                    *value -= factor * above;
                }
            }
        }
    }
    [0, 1, 2, 3].map(|index: usize| system[index][4] / system[index][index])
}

/// The share of the sky that each vertex of the mean face's skin sees, weighted by the cosine, from depth maps in many
/// directions.
fn openness(model: &FaceModel, skin: usize) -> Vec<u8> {
    const DIRECTIONS: usize = 256;
    const SIDE: usize = 512;
    const SCALE: f32 = SIDE as f32 / 48.0;
    let positions = model.mean();
    let triangles: Vec<[u16; 3]> = model
        .triangles()
        .into_iter()
        .filter(|(_, part)| matches!(part, Part::Face | Part::Head))
        .map(|(triangle, _)| triangle)
        .collect();
    let mut normals = vec![Vector::ZERO; positions.len()];
    for triangle in &triangles {
        let [a, b, c] = triangle.map(|vertex| positions[usize::from(vertex)]);
        let normal = (b - a).cross(c - a);
        for &vertex in triangle {
            normals[usize::from(vertex)] += normal;
        }
    }
    let (mut seen, mut all) = (vec![0.0; skin], vec![0.0; skin]);
    for index in 0..DIRECTIONS {
        // a spiral of directions at equal distances
        let height = 1.0 - 2.0 * (index as f32 + 0.5) / DIRECTIONS as f32;
        let angle = index as f32 * 2.399_963_2;
        let ring = (1.0 - height * height).sqrt();
        let direction = Vector::new(ring * angle.cos(), height, ring * angle.sin());
        let across = if height.abs() < 0.9 { Vector::new(0.0, 1.0, 0.0) } else { Vector::new(1.0, 0.0, 0.0) };
        let across = across.cross(direction).unit();
        let up = direction.cross(across);
        let middle = SIDE as f32 / 2.0;
        let place = |point: Vector| {
            Vector::new(middle + point.dot(across) * SCALE, middle + point.dot(up) * SCALE, point.dot(direction))
        };
        let placed: Vec<Vector> = positions.iter().map(|&point| place(point)).collect();
        let mut depth = vec![f32::MIN; SIDE * SIDE];
        for triangle in &triangles {
            let [a, b, c] = triangle.map(|vertex| placed[usize::from(vertex)]);
            let area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
            if area.abs() < 1e-9 {
                continue;
            }
            let range =
                |from: f32, to: f32| (from.floor().max(0.0) as usize)..=(to.ceil().min(SIDE as f32 - 1.0) as usize);
            for row in range(a.y.min(b.y).min(c.y), a.y.max(b.y).max(c.y)) {
                for column in range(a.x.min(b.x).min(c.x), a.x.max(b.x).max(c.x)) {
                    let (x, y) = (column as f32, row as f32);
                    let first = ((b.x - x) * (c.y - y) - (b.y - y) * (c.x - x)) / area;
                    let second = ((c.x - x) * (a.y - y) - (c.y - y) * (a.x - x)) / area;
                    let third = 1.0 - first - second;
                    if first >= 0.0 && second >= 0.0 && third >= 0.0 {
                        let here = &mut depth[row * SIDE + column];
                        *here = here.max(first * a.z + second * b.z + third * c.z);
                    }
                }
            }
        }
        for vertex in 0..skin {
            let normal = normals[vertex].unit();
            let cosine = normal.dot(direction);
            if cosine > 0.0 {
                // above the surface, so that it does not hide itself
                let point = place(positions[vertex] + normal * 0.15);
                let (column, row) = (point.x.round() as usize, point.y.round() as usize);
                all[vertex] += cosine;
                if point.z >= depth[row * SIDE + column] - 0.05 {
                    seen[vertex] += cosine;
                }
            }
        }
    }
    seen.iter().zip(all).map(|(&seen, all): (&f32, f32)| (seen / all.max(1e-6) * 255.0).round() as u8).collect()
}
