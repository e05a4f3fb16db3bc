//! The steps and whole networks against plain sums.

use std::array;
use std::collections::HashMap;

use mien_core::network::{Architecture, BlockLayout, Convolution, Sizes};
use mien_core::vision::{CROP_PIXELS, CROP_SIDE};
use proptest::prelude::*;

use crate::convolution::{Dense, Depthwise};
use crate::maps::{Maps, ZEROS};
use crate::matrix::PANEL;
use crate::step::{Operation, Step};
use crate::winograd::{Tile, Winograd};
use crate::{BuildError, CompiledNetwork};

/// Pseudo-random values from −1 to 1.
pub(crate) struct Values(pub(crate) u64);

impl Values {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }

    pub(crate) fn take(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }
}

/// Feature maps `[channels][row][column]` of one image.
#[derive(Clone, Debug)]
struct Plain {
    side: usize,
    channels: Vec<Vec<f32>>,
}

impl Plain {
    fn random(values: &mut Values, side: usize, channels: usize) -> Self {
        Self { side, channels: (0..channels).map(|_| values.take(side * side)).collect() }
    }

    fn at(&self, channel: usize, row: isize, column: isize) -> Option<f32> {
        let inside = |at: isize| usize::try_from(at).ok().filter(|at| *at < self.side);
        Some(self.channels[channel][inside(row)? * self.side + inside(column)?])
    }

    /// The same pixels of other channels; `compute` gets channel, row and column.
    fn map(&self, side: usize, channels: usize, compute: impl Fn(usize, isize, isize) -> f32) -> Self {
        let pixel = |channel: usize, index: usize| compute(channel, (index / side) as isize, (index % side) as isize);
        let channels = (0..channels).map(|channel| (0..side * side).map(|index| pixel(channel, index)).collect());
        Self { side, channels: channels.collect() }
    }

    fn convolve(&self, outputs: usize, kernel: usize, groups: usize, weights: &[f32], bias: &[f32]) -> Self {
        let (inputs, reach) = (self.channels.len() / groups, (kernel / 2) as isize);
        self.map(self.side, outputs, |output, row, column| {
            let first = output / (outputs / groups) * inputs;
            let mut sum = f64::from(bias[output]);
            for input in 0..inputs {
                for tap in 0..kernel * kernel {
                    let (y, x) = (row + (tap / kernel) as isize - reach, column + (tap % kernel) as isize - reach);
                    let weight = weights[(output * inputs + input) * kernel * kernel + tap];
                    sum += f64::from(weight) * f64::from(self.at(first + input, y, x).unwrap_or(0.0));
                }
            }
            sum as f32
        })
    }

    fn pool(&self, size: isize, stride: isize, before: isize) -> Self {
        self.map(self.side / stride as usize, self.channels.len(), |channel, row, column| {
            let pixel = |index: isize| {
                self.at(channel, row * stride - before + index / size, column * stride - before + index % size)
            };
            (0..size * size).filter_map(pixel).fold(f32::NEG_INFINITY, f32::max)
        })
    }

    fn plus(&self, other: &Self) -> Self {
        self.map(self.side, self.channels.len(), |channel, row, column| {
            self.at(channel, row, column).unwrap() + other.at(channel, row, column).unwrap()
        })
    }

    fn relu(&self) -> Self {
        self.map(self.side, self.channels.len(), |channel, row, column| self.at(channel, row, column).unwrap().max(0.0))
    }
}

/// Writes maps of several images with gaps between the channels' places, which hold a value that must not be used.
fn place(images: &[Plain], maps: Maps, places: &[usize], width: usize) -> Vec<f32> {
    let mut values = vec![f32::NAN; maps.len(images.len())];
    values[..ZEROS].fill(0.0);
    for (index, image) in images.iter().enumerate() {
        for pixel in 0..maps.side * maps.side {
            let start = maps.index(index, pixel / maps.side, pixel % maps.side);
            values[start..start + width].fill(0.0);
            for (channel, &place) in places.iter().enumerate() {
                values[start + place] = image.channels[channel][pixel];
            }
        }
    }
    values
}

/// Compares a sum of so many products, whose rounding errors grow with their number and not with the sum.
fn assert_close(got: f32, expected: f32, products: usize) -> Result<(), TestCaseError> {
    let tolerance = 2e-5 + 4e-6 * products as f32;
    prop_assert!((got - expected).abs() <= tolerance, "{} is not {}", got, expected);
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Winograd(Tile),
    Dense(usize),
    Depthwise,
}

fn ways() -> impl Strategy<Value = Way> {
    prop_oneof![
        prop::sample::select(vec![Tile::Three, Tile::Four]).prop_map(Way::Winograd),
        prop::sample::select(vec![1_usize, 3, 5]).prop_map(Way::Dense),
        Just(Way::Depthwise),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn convolutions_are_plain_sums(
        way in ways(), side in 1_usize..15, inputs in 1_usize..20, outputs in 1_usize..20, count in 1_usize..4,
        skipped: bool, relu: bool, pooled: bool, gap in 0_usize..2, seed: u64,
    ) {
        let mut values = Values(seed);
        let depthwise = matches!(way, Way::Depthwise);
        let outputs = if depthwise { inputs } else { outputs };
        let (kernel, groups) = match way {
            Way::Winograd(_) => (3, 1),
            Way::Dense(kernel) => (kernel, 1),
            Way::Depthwise => (3, inputs),
        };
        let width = inputs.next_multiple_of(PANEL) + gap * PANEL;
        let places: Vec<usize> = (0..inputs).map(|channel| channel + gap * PANEL).collect();
        let weights = values.take(outputs * inputs / groups * kernel * kernel);
        let bias = values.take(outputs);
        let images: Vec<Plain> = (0..count).map(|_| Plain::random(&mut values, side, inputs)).collect();
        let skips: Vec<Plain> = (0..count).map(|_| Plain::random(&mut values, side, outputs)).collect();

        let at = |output: usize, input: usize, tap: usize| weights[(output * inputs / groups + input) * kernel * kernel + tap];
        let operation = match way {
            Way::Winograd(tile) => {
                let kernel = |output: usize, input: usize| {
                    array::from_fn(|row| array::from_fn(|column| at(output, input, 3 * row + column)))
                };
                let convolution = Winograd::new(tile, &places, width, outputs, kernel);
                let pool = pooled && convolution.can_pool();
                Operation::Winograd { convolution, pool }
            }
            Way::Dense(_) => Operation::Dense(Dense::new(kernel, &places, width, outputs, at)),
            Way::Depthwise => {
                Operation::Depthwise(Depthwise::new(&places, width, |channel, tap| weights[channel * 9 + tap]))
            }
        };
        let pool = matches!(operation, Operation::Winograd { pool: true, .. });
        let output_places: Vec<usize> =
            if depthwise { places.clone() } else { (0..outputs).collect() };
        let output_width = if depthwise { width } else { outputs.next_multiple_of(PANEL) };
        let input = Maps { buffer: 0, side, stride: width + 4, offset: 4 };
        let skip = Maps { buffer: 1, side, stride: output_width, offset: 0 };
        let output = Maps { buffer: 2, side: if pool { side / 2 } else { side }, stride: output_width + 8, offset: 8 };
        let mut placed_bias = vec![0.0; output_width];
        output_places.iter().zip(&bias).for_each(|(&place, &value)| placed_bias[place] = value);
        let step = Step { operation, input, output, skip: skipped.then_some(skip), bias: placed_bias, relu };
        let mut buffers = [
            place(&images, input, &places, width),
            place(&skips, skip, &output_places, output_width),
            vec![f32::INFINITY; output.len(count)],
        ];
        step.run(count, &mut buffers, &mut vec![f32::NAN; step.workspace(count)]);

        for (index, (image, skip)) in images.iter().zip(&skips).enumerate() {
            let mut expected = image.convolve(outputs, kernel, groups, &weights, &bias);
            if skipped {
                expected = expected.plus(skip);
            }
            if relu {
                expected = expected.relu();
            }
            if pool {
                expected = expected.pool(2, 2, 0);
            }
            for row in 0..output.side {
                for column in 0..output.side {
                    let start = output.index(index, row, column);
                    for (channel, &place) in output_places.iter().enumerate() {
                        let expected = expected.channels[channel][row * output.side + column];
                        assert_close(buffers[2][start + place], expected, inputs / groups * kernel * kernel)?;
                    }
                    // what is between the channels of other maps in the same buffer stays
                    prop_assert!(buffers[2][start - 8..start].iter().all(|value| value.is_infinite()));
                }
            }
        }
    }
}

/// A network as plain sums, with random tensors.
struct PlainNetwork {
    architecture: Architecture,
    tensors: HashMap<String, (Vec<usize>, Vec<f32>)>,
    classes: usize,
}

impl PlainNetwork {
    fn random(architecture: Architecture, classes: usize, folded: bool, seed: u64) -> Self {
        let mut network = Self { architecture, tensors: HashMap::new(), classes };
        let mut values = Values(seed);
        let layout = network.architecture.layout();
        for (index, stage) in layout.stages.iter().enumerate() {
            for (layer, convolution) in stage.layers.iter().enumerate() {
                network.add(&format!("stages.{index}.layers.{layer}"), convolution, folded, &mut values);
            }
            for (block, layout) in stage.blocks.iter().enumerate() {
                for (name, convolution) in named(layout) {
                    network.add(&format!("stages.{index}.blocks.{block}.{name}"), &convolution, folded, &mut values);
                }
            }
        }
        let mut features = layout.features();
        if let Some(hidden) = layout.hidden {
            network.add_linear("hidden", [features, hidden], &mut values);
            features = hidden;
        }
        network.add_linear("head", [features, classes], &mut values);
        network
    }

    fn insert(&mut self, name: &str, shape: &[usize], values: Vec<f32>) {
        let prefix = ["Cnn", "Vgg", "ResNet", "Inception", "Mobile"]
            .into_iter()
            .find(|prefix| prefix.eq_ignore_ascii_case(self.architecture.name()));
        self.tensors.insert(format!("{}.{name}", prefix.unwrap()), (shape.to_vec(), values));
    }

    fn get(&self, name: &str) -> Option<&[f32]> {
        let found = self.tensors.iter().find(|(path, _)| path.split_once('.').is_some_and(|(_, path)| path == name));
        found.map(|(_, (_, values))| &values[..])
    }

    fn add(&mut self, name: &str, layout: &Convolution, folded: bool, values: &mut Values) {
        let Convolution { inputs, outputs, side, groups, norm } = *layout;
        let fan = inputs / groups * side * side;
        let weights = values.take(outputs * fan).iter().map(|value| value * (3.0 / fan as f32).sqrt()).collect();
        self.insert(&format!("{name}.conv.weight"), &[outputs, inputs / groups, side, side], weights);
        if !norm || folded {
            self.insert(&format!("{name}.conv.bias"), &[outputs], values.take(outputs));
            return;
        }
        for (part, least) in [("gamma", 0.5), ("beta", -1.0), ("running_mean", -1.0), ("running_var", 0.2)] {
            let values = values.take(outputs).iter().map(|value| least + value + 1.0).collect();
            self.insert(&format!("{name}.norm.{part}"), &[outputs], values);
        }
    }

    fn add_linear(&mut self, name: &str, [inputs, outputs]: [usize; 2], values: &mut Values) {
        let weights = values.take(inputs * outputs).iter().map(|value| value / (inputs as f32).sqrt()).collect();
        self.insert(&format!("{name}.weight"), &[inputs, outputs], weights);
        self.insert(&format!("{name}.bias"), &[outputs], values.take(outputs));
    }

    fn convolve(&self, name: &str, layout: &Convolution, input: &Plain) -> Plain {
        let weights = self.get(&format!("{name}.conv.weight")).unwrap();
        let none = vec![0.0; layout.outputs];
        let bias = self.get(&format!("{name}.conv.bias"));
        let output = input.convolve(layout.outputs, layout.side, layout.groups, weights, bias.unwrap_or(&none));
        if bias.is_some() {
            return output;
        }
        let norm = |part: &str| self.get(&format!("{name}.norm.{part}")).unwrap();
        output.map(output.side, layout.outputs, |channel, row, column| {
            let normal = (output.at(channel, row, column).unwrap() - norm("running_mean")[channel])
                / (norm("running_var")[channel] + 1e-5).sqrt();
            normal * norm("gamma")[channel] + norm("beta")[channel]
        })
    }

    fn block(&self, name: &str, layout: &BlockLayout, input: &Plain) -> Plain {
        let layers = named(layout);
        let linear = |index: usize, input: &Plain| {
            self.convolve(&format!("{name}.{}", layers[index].0), &layers[index].1, input)
        };
        let run = |index: usize, input: &Plain| linear(index, input).relu();
        match layout {
            BlockLayout::Residual(_) => input.plus(&linear(1, &run(0, input))).relu(),
            BlockLayout::Separable(_) => {
                let change = linear(1, &run(0, input));
                if change.channels.len() == input.channels.len() { input.plus(&change).relu() } else { change.relu() }
            }
            BlockLayout::Inception { .. } => {
                let branches = [
                    run(0, input),
                    run(2, &run(1, input)),
                    run(5, &run(4, &run(3, input))),
                    run(6, &input.pool(3, 1, 1)),
                ];
                Plain { side: input.side, channels: branches.into_iter().flat_map(|branch| branch.channels).collect() }
            }
        }
    }

    fn linear(&self, name: &str, input: &[f32], outputs: usize) -> Vec<f32> {
        let weights = self.get(&format!("{name}.weight")).unwrap();
        let bias = self.get(&format!("{name}.bias")).unwrap();
        let sum = |output: usize| {
            let products = input.iter().enumerate().map(|(index, value)| value * weights[index * outputs + output]);
            products.sum::<f32>() + bias[output]
        };
        (0..outputs).map(sum).collect()
    }

    fn run(&self, image: &[f32]) -> Vec<f32> {
        let layout = self.architecture.layout();
        let mut maps = Plain { side: CROP_SIDE, channels: vec![image.to_vec()] };
        for (index, stage) in layout.stages.iter().enumerate() {
            for (layer, convolution) in stage.layers.iter().enumerate() {
                maps = self.convolve(&format!("stages.{index}.layers.{layer}"), convolution, &maps).relu();
            }
            for (block, layout) in stage.blocks.iter().enumerate() {
                maps = self.block(&format!("stages.{index}.blocks.{block}"), layout, &maps);
            }
            maps = maps.pool(2, 2, 0);
        }
        let features: Vec<f32> = match layout.hidden {
            Some(hidden) => {
                self.linear("hidden", &maps.channels.concat(), hidden).iter().map(|value| value.max(0.0)).collect()
            }
            None => maps.channels.iter().map(|channel| channel.iter().sum::<f32>() / channel.len() as f32).collect(),
        };
        self.linear("head", &features, self.classes)
    }

    fn compile(&self) -> Result<CompiledNetwork, BuildError> {
        CompiledNetwork::new(&self.architecture, |name| {
            self.tensors.get(name).map(|(shape, values)| (&shape[..], &values[..]))
        })
    }
}

/// The convolutions of a block and their names.
fn named(layout: &BlockLayout) -> Vec<(String, Convolution)> {
    let of = |names: &[&str], layers: &[Convolution]| {
        names.iter().map(|name| (*name).to_owned()).zip(layers.iter().copied()).collect()
    };
    match layout {
        BlockLayout::Residual(layers) => of(&["Residual.first", "Residual.second"], layers),
        BlockLayout::Separable(layers) => of(&["Separable.depthwise", "Separable.pointwise"], layers),
        BlockLayout::Inception { single, three, five, pooled } => {
            let names = ["single", "three.0", "three.1", "five.0", "five.1", "five.2", "pooled"];
            let names = names.map(|name| format!("Inception.{name}"));
            let layers = [&[*single][..], three, five, &[*pooled]].concat();
            names.into_iter().zip(layers).collect()
        }
    }
}

fn architectures() -> impl Strategy<Value = Architecture> {
    let stages = prop::collection::vec((1_usize..12, 1_usize..3), 1..5);
    (0..5, stages).prop_map(|(kind, stages)| {
        let sizes = Sizes { stages, stage_dropout: vec![], dropout: 0.0 };
        match kind {
            0 => Architecture::Cnn(sizes),
            1 => Architecture::Vgg(sizes),
            2 => Architecture::ResNet(sizes),
            3 => Architecture::Inception(Sizes {
                stages: sizes.stages.iter().map(|(channels, count)| (16 * (channels % 3 + 1), *count)).collect(),
                ..sizes
            }),
            _ => Architecture::Mobile(sizes),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn networks_are_plain_sums(architecture in architectures(), classes in 1_usize..12, folded: bool, seed: u64) {
        let network = PlainNetwork::random(architecture, classes, folded, seed);
        let images = Values(seed ^ 1).take(2 * CROP_PIXELS);
        let mut compiled = network.compile().unwrap();
        prop_assert_eq!(compiled.classes(), classes);
        let got = compiled.run(&images);
        let expected: Vec<f32> = images.chunks(CROP_PIXELS).flat_map(|image| network.run(image)).collect();
        prop_assert_eq!(got.len(), expected.len());
        for (got, expected) in got.iter().zip(expected) {
            prop_assert!((got - expected).abs() <= 2e-5 * (1.0 + expected.abs()), "{} is not {}", got, expected);
        }
    }
}

fn small() -> PlainNetwork {
    let sizes = Sizes { stages: vec![(4, 1), (6, 2)], stage_dropout: vec![], dropout: 0.0 };
    PlainNetwork::random(Architecture::Vgg(sizes), 7, false, 1)
}

#[test]
fn batches_of_any_size_give_the_same() {
    let images = Values(5).take(21 * CROP_PIXELS);
    let mut network = small().compile().unwrap();
    let alone: Vec<f32> = images.chunks(CROP_PIXELS).flat_map(|image| network.run(image).to_vec()).collect();
    for count in [21, 1, 8, 9, 0, 3] {
        let got = network.run(&images[..count * CROP_PIXELS]);
        assert_eq!(got, &alone[..count * 7], "{count}");
    }
    assert_eq!(network.run(&images[..CROP_PIXELS + 1]), &alone[..7]);
}

#[test]
fn transformed_weights_take_at_most_four_times_the_memory() {
    for architecture in Architecture::all() {
        let (name, parameters) = (architecture.name(), architecture.parameters() as f64);
        let size = PlainNetwork::random(architecture, 7, true, 1).compile().unwrap().size();
        let ratio = size as f64 / parameters;
        eprintln!("{name}: {size} weights, {ratio:.2} times the parameters");
        assert!(ratio < 4.0, "{name}: {ratio}");
    }
}

#[test]
fn tensors_that_do_not_fit_are_refused() {
    let names: Vec<String> = small().tensors.into_keys().collect();
    for name in names {
        let mut network = small();
        network.tensors.remove(&name);
        assert_eq!(network.compile().unwrap_err(), BuildError::Missing(name.clone()));
        let mut network = small();
        let (shape, values) = network.tensors.get_mut(&name).unwrap();
        shape[0] += 1;
        values.push(0.0);
        assert!(matches!(network.compile(), Err(BuildError::Shape { .. })), "{name}");
        let mut network = small();
        network.tensors.get_mut(&name).unwrap().1.pop();
        assert!(matches!(network.compile(), Err(BuildError::Shape { .. })), "{name}");
    }
    let architecture = Architecture::Vgg(Sizes { stages: vec![], stage_dropout: vec![], dropout: 0.0 });
    assert!(matches!(CompiledNetwork::new(&architecture, |_| None), Err(BuildError::Architecture(_))));
}
