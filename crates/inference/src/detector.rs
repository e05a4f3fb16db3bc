//! The face detector BlazeFace "back", ready to run.

use std::mem::swap;
use std::sync::Arc;

use crate::build::{BuildError, tensor};
use crate::lanes::{LANES, Lanes};
use crate::matrix::{PANEL, Panels, Rows};
use crate::separable::{Separable, Shape, Tensors};

/// Sides of the input are multiples of this: at the last output, a pixel is as large.
const GRAIN: usize = 32;

/// Colours of a pixel.
const COLOURS: usize = 3;

/// The detector with its transformed weights and buffers. Clones share the weights, and each has its own buffers.
pub struct CompiledDetector {
    layers: Arc<Layers>,
    /// The feature maps before and after a layer, pixel by pixel.
    maps: [Vec<f32>; 2],
    workspace: Vec<f32>,
    rows: Vec<f32>,
}

struct Layers {
    stem: Stem,
    blocks: Vec<Separable>,
    large: Head,
    tail: Separable,
    small: Head,
}

impl CompiledDetector {
    /// Channels and number of blocks per group; the first block of every group except the first halves the resolution.
    pub const GROUPS: [(usize, usize); 4] = [(24, 7), (24, 8), (48, 8), (96, 8)];

    /// Compiles the detector. `tensors` returns shape and values of a tensor by its name in the weights file, such as
    /// `blocks.0.dw.weight`.
    ///
    /// # Errors
    /// When a tensor is missing or of another shape than the network's.
    pub fn new<'a>(tensors: impl Fn(&str) -> Option<(&'a [usize], &'a [f32])>) -> Result<Self, BuildError> {
        Self::with_groups(&Self::GROUPS, tensors)
    }

    fn with_groups<'a>(
        groups: &[(usize, usize)],
        tensors: impl Fn(&str) -> Option<(&'a [usize], &'a [f32])>,
    ) -> Result<Self, BuildError> {
        let layers = Arc::new(Builder { tensors }.layers(groups)?);
        Ok(Self::with_layers(layers))
    }

    fn with_layers(layers: Arc<Layers>) -> Self {
        Self { layers, maps: [Vec::new(), Vec::new()], workspace: Vec::new(), rows: Vec::new() }
    }

    /// The raw outputs of an image `[3, height, width]` with values from −1 to 1: the scores (logits) at stride 16, their
    /// boxes, and the same at stride 32, each `[channels, height, width]`. `None` if the sides are not multiples of 32 or
    /// the image has another number of values. Allocates only if no image was as large yet.
    pub fn run(&mut self, image: &[f32], width: usize, height: usize) -> Option<&[f32]> {
        let whole = width > 0 && height > 0 && width.is_multiple_of(GRAIN) && height.is_multiple_of(GRAIN);
        if !whole || width.checked_mul(height)?.checked_mul(COLOURS)? != image.len() {
            return None;
        }
        let Self { layers, maps: [input, output], workspace, rows } = self;
        let mut size = [width / 2, height / 2];
        layers.stem.run([width, height], image, reserve(input, layers.stem.values(size)), workspace);
        for block in &layers.blocks {
            size = step(block, size, input, output, workspace);
            swap(input, output);
        }
        rows.clear();
        layers.large.run(size, input, rows);
        size = step(&layers.tail, size, input, output, workspace);
        layers.small.run(size, output, rows);
        Some(rows)
    }
}

/// Computes a layer and returns the size of its output.
fn step(
    layer: &Separable,
    size: [usize; 2],
    input: &[f32],
    output: &mut Vec<f32>,
    workspace: &mut Vec<f32>,
) -> [usize; 2] {
    let after = layer.size(size);
    layer.run(size, input, reserve(output, layer.values(after)), reserve(workspace, layer.workspace(after[0])));
    after
}

/// So many values of a buffer, which grows if it is smaller.
fn reserve(buffer: &mut Vec<f32>, count: usize) -> &mut [f32] {
    if buffer.len() < count {
        buffer.resize(count, 0.0);
    }
    &mut buffer[..count]
}

/// The first layer: a 5×5 convolution of the colours with stride 2 and ReLU. The border of zeros is one pixel at the top and
/// left and two at the bottom and right.
struct Stem {
    weights: Panels,
    bias: Vec<f32>,
}

impl Stem {
    /// Pixels of the kernel, in each direction.
    const SIDE: usize = 5;

    /// The values of a column of the kernel.
    const COLUMN: usize = Self::SIDE * COLOURS;

    /// From `[outputs, 3, 5, 5]` weights.
    fn new(weights: &[f32], bias: &[f32]) -> Self {
        let mut panels = Panels::new(Self::SIDE * Self::COLUMN, bias.len());
        for (index, &weight) in weights.iter().enumerate() {
            let [column, row] = [index % Self::SIDE, index / Self::SIDE % Self::SIDE];
            let [colour, output] = [index / Self::SIDE.pow(2) % COLOURS, index / (Self::SIDE * Self::COLUMN)];
            panels.set(column * Self::COLUMN + row * COLOURS + colour, output, weight);
        }
        Self { weights: panels, bias: bias.to_vec() }
    }

    /// The values of an output of this size.
    fn values(&self, [width, height]: [usize; 2]) -> usize {
        width * height * self.bias.len()
    }

    /// Computes an image `[3, height, width]` with even sides.
    fn run(&self, [width, height]: [usize; 2], image: &[f32], output: &mut [f32], workspace: &mut Vec<f32>) {
        let outputs = self.bias.len();
        let columns = reserve(workspace, (width + Self::SIDE - 2) * Self::COLUMN);
        for (y, output) in output.chunks_exact_mut(width / 2 * outputs).enumerate() {
            // the columns of all pixels below the kernel, one after the other, so that those of an output are neighbours
            columns.fill(0.0);
            for row in 0..Self::SIDE {
                let Some(y) = (2 * y + row).checked_sub(1).filter(|y| *y < height) else { continue };
                for colour in 0..COLOURS {
                    let pixels = &image[(colour * height + y) * width..][..width];
                    let targets = columns[Self::COLUMN..].chunks_exact_mut(Self::COLUMN);
                    for (target, &pixel) in targets.zip(pixels) {
                        target[row * COLOURS + colour] = pixel;
                    }
                }
            }
            let rows = Rows { values: columns, stride: 2 * Self::COLUMN, count: width / 2 };
            self.weights.multiply(rows, |pixel, channel, sums| {
                let target = &mut output[pixel * outputs + channel..][..PANEL];
                for ((sum, target), bias) in
                    sums.into_iter().zip(target.chunks_exact_mut(LANES)).zip(self.bias[channel..].chunks_exact(LANES))
                {
                    (sum + Lanes::load(bias)).max(Lanes::splat(0.0)).store(target);
                }
            });
        }
    }
}

/// Scores and boxes: a 1×1 convolution whose output is stored channel by channel.
struct Head {
    weights: Panels,
    bias: Vec<f32>,
    inputs: usize,
}

impl Head {
    /// Appends the outputs of an image of this size.
    fn run(&self, [width, height]: [usize; 2], input: &[f32], rows: &mut Vec<f32>) {
        let (start, pixels) = (rows.len(), width * height);
        for bias in &self.bias {
            rows.resize(rows.len() + pixels, *bias);
        }
        let output = &mut rows[start..];
        self.weights.multiply(Rows { values: input, stride: self.inputs, count: pixels }, |pixel, channel, sums| {
            let sums = sums.map(Lanes::to_array);
            let channels = output.chunks_exact_mut(pixels).skip(channel);
            for (values, sum) in channels.zip(sums.as_flattened()) {
                values[pixel] += sum;
            }
        });
    }
}

struct Builder<F> {
    tensors: F,
}

impl<'a, F: Fn(&str) -> Option<(&'a [usize], &'a [f32])>> Builder<F> {
    fn layers(&self, groups: &[(usize, usize)]) -> Result<Layers, BuildError> {
        let mut inputs = groups.first().map_or(0, |group| group.0);
        let shape = [inputs, COLOURS, Stem::SIDE, Stem::SIDE];
        let stem = Stem::new(self.tensor("stem.weight", &shape)?, self.tensor("stem.bias", &[inputs])?);
        let mut blocks = Vec::new();
        for (group, &(outputs, count)) in groups.iter().enumerate() {
            for index in 0..count {
                let shape = if group > 0 && index == 0 { Shape::Halved } else { Shape::Same };
                let name = format!("blocks.{}", blocks.len());
                blocks.push(self.separable(&name, shape, [inputs, outputs], true)?);
                inputs = outputs;
            }
        }
        let tail = self.separable("tail", Shape::Halved, [inputs, inputs], false)?;
        let [large, small] = [self.head(["cls_16", "reg_16"], inputs)?, self.head(["cls_32", "reg_32"], inputs)?];
        Ok(Layers { stem, blocks, large, tail, small })
    }

    fn separable(&self, name: &str, shape: Shape, channels: [usize; 2], skip: bool) -> Result<Separable, BuildError> {
        if channels.iter().any(|count| !count.is_multiple_of(PANEL)) {
            return Err(BuildError::Unsupported(name.to_owned()));
        }
        let [inputs, outputs] = channels;
        let tensors = Tensors {
            depthwise: self.tensor(&format!("{name}.dw.weight"), &[inputs, 1, 3, 3])?,
            pointwise: self.tensor(&format!("{name}.pw.weight"), &[outputs, inputs, 1, 1])?,
            bias: self.tensor(&format!("{name}.pw.bias"), &[outputs])?,
        };
        Ok(Separable::new(shape, channels, skip, tensors))
    }

    /// The layers of these names side by side, each with as many outputs as its tensors have.
    fn head(&self, names: [&str; 2], inputs: usize) -> Result<Head, BuildError> {
        let (mut weights, mut bias) = (Vec::new(), Vec::new());
        for name in names {
            let path = format!("{name}.bias");
            let shape = (self.tensors)(&path).ok_or_else(|| BuildError::Missing(path.clone()))?.0;
            let outputs = shape.first().copied().unwrap_or_default();
            weights.extend_from_slice(self.tensor(&format!("{name}.weight"), &[outputs, inputs, 1, 1])?);
            bias.extend_from_slice(self.tensor(&path, &[outputs])?);
        }
        Ok(Head { weights: Panels::transposed(inputs, &weights), bias, inputs })
    }

    fn tensor(&self, name: &str, needed: &[usize]) -> Result<&'a [f32], BuildError> {
        tensor(&self.tensors, name, needed)
    }
}

impl Clone for CompiledDetector {
    fn clone(&self) -> Self {
        Self::with_layers(Arc::clone(&self.layers))
    }
}

impl std::fmt::Debug for CompiledDetector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CompiledDetector").field("blocks", &self.layers.blocks.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::tests::Values;

    /// Feature maps `[channels][row][column]`.
    struct Plain {
        size: [usize; 2],
        channels: Vec<Vec<f32>>,
    }

    impl Plain {
        fn at(&self, channel: usize, column: usize, row: usize) -> f32 {
            let [width, height] = self.size;
            let inside = self.channels.get(channel).filter(|_| column < width && row < height);
            inside.map_or(0.0, |values| values[row * width + column])
        }

        fn new(size: [usize; 2], channels: usize, value: impl Fn(usize, usize, usize) -> f32) -> Self {
            let channel = |channel| {
                let pixel = |index: usize| value(channel, index % size[0], index / size[0]);
                (0..size[0] * size[1]).map(pixel).collect()
            };
            Self { size, channels: (0..channels).map(channel).collect() }
        }

        fn halved(&self) -> [usize; 2] {
            self.size.map(|side| side / 2)
        }
    }

    /// The detector as plain sums.
    struct PlainDetector {
        groups: Vec<(usize, usize)>,
        tensors: HashMap<String, (Vec<usize>, Vec<f32>)>,
    }

    impl PlainDetector {
        fn random(groups: &[(usize, usize)], outputs: [usize; 4], seed: u64) -> Self {
            let mut values = Values(seed);
            let mut detector = Self { groups: groups.to_vec(), tensors: HashMap::new() };
            let mut add = |name: String, shape: &[usize]| {
                let count = shape.iter().product();
                let scale = (2.0 * shape[0] as f32 / count as f32).sqrt();
                let values = values.take(count).iter().map(|value| value * scale.min(1.0)).collect();
                detector.tensors.insert(name, (shape.to_vec(), values));
            };
            let mut inputs = groups[0].0;
            let mut layers = vec![("stem".to_owned(), [inputs, 3, 5, 5])];
            let channels = groups.iter().flat_map(|&(channels, count)| vec![channels; count]);
            let names = (0..).map(|index| format!("blocks.{index}"));
            for (channels, name) in
                channels.clone().zip(names).chain(channels.last().map(|last| (last, "tail".to_owned())))
            {
                add(format!("{name}.dw.weight"), &[inputs, 1, 3, 3]);
                layers.push((format!("{name}.pw"), [channels, inputs, 1, 1]));
                inputs = channels;
            }
            let heads = ["cls_16", "reg_16", "cls_32", "reg_32"].map(str::to_owned);
            layers.extend(heads.into_iter().zip(outputs.map(|outputs| [outputs, inputs, 1, 1])));
            for (name, shape) in layers {
                add(format!("{name}.weight"), &shape);
                add(format!("{name}.bias"), &shape[..1]);
            }
            detector
        }

        fn compile(&self) -> Result<CompiledDetector, BuildError> {
            CompiledDetector::with_groups(&self.groups, |name| {
                self.tensors.get(name).map(|(shape, values)| (&shape[..], &values[..]))
            })
        }

        /// A convolution of so many pixels before each pixel, in steps.
        fn convolve(&self, name: &str, input: &Plain, step: usize, before: usize) -> Plain {
            let (shape, weights) = &self.tensors[&format!("{name}.weight")];
            let bias = self.tensors.get(&format!("{name}.bias"));
            let [outputs, inputs, side] = [shape[0], shape[1], shape[2]];
            Plain::new(input.size.map(|size| size / step), outputs, |output, column, row| {
                let mut sum = bias.map_or(0.0, |(_, values)| f64::from(values[output]));
                for index in 0..inputs * side * side {
                    let [x, y, channel] = [index % side, index / side % side, index / (side * side)];
                    // of a convolution of each channel on its own
                    let channel = if inputs == 1 { output } else { channel };
                    // outside is far away
                    let [x, y] = [step * column + x, step * row + y].map(|at| at.wrapping_sub(before));
                    let weight = f64::from(weights[output * inputs * side * side + index]);
                    sum += weight * f64::from(input.at(channel, x, y));
                }
                sum as f32
            })
        }

        fn separable(&self, name: &str, input: &Plain, step: usize, skip: bool) -> Plain {
            let hidden = self.convolve(&format!("{name}.dw"), input, step, 2 - step);
            let change = self.convolve(&format!("{name}.pw"), &hidden, 1, 0);
            let skipped = |channel: usize, column: usize, row: usize| {
                let pixels = (0..step * step).map(|index| [step * column + index % step, step * row + index / step]);
                pixels.map(|[x, y]| input.at(channel, x, y)).fold(f32::NEG_INFINITY, f32::max)
            };
            Plain::new(change.size, change.channels.len(), |channel, column, row| {
                let skipped = if skip { skipped(channel, column, row) } else { 0.0 };
                (change.at(channel, column, row) + skipped).max(0.0)
            })
        }

        fn run(&self, image: &Plain) -> Vec<f32> {
            let stem = self.convolve("stem", image, 2, 1);
            let mut hidden = Plain::new(image.halved(), stem.channels.len(), |channel, column, row| {
                stem.at(channel, column, row).max(0.0)
            });
            let firsts = self.groups.iter().enumerate();
            let steps = firsts.flat_map(|(group, &(_, count))| (0..count).map(move |index| group > 0 && index == 0));
            for (index, halve) in steps.enumerate() {
                hidden = self.separable(&format!("blocks.{index}"), &hidden, if halve { 2 } else { 1 }, true);
            }
            let small = self.separable("tail", &hidden, 2, false);
            let heads = [("cls_16", &hidden), ("reg_16", &hidden), ("cls_32", &small), ("reg_32", &small)];
            heads.into_iter().flat_map(|(name, input)| self.convolve(name, input, 1, 0).channels.concat()).collect()
        }
    }

    fn image(size: [usize; 2], seed: u64) -> Plain {
        let mut values = Values(seed);
        Plain { size, channels: (0..COLOURS).map(|_| values.take(size[0] * size[1])).collect() }
    }

    fn small() -> PlainDetector {
        PlainDetector::random(&[(8, 1), (16, 1)], [1, 4, 2, 3], 1)
    }

    fn run(detector: &mut CompiledDetector, image: &Plain) -> Vec<f32> {
        detector.run(&image.channels.concat(), image.size[0], image.size[1]).unwrap().to_vec()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn outputs_are_plain_sums(
            groups in prop::collection::vec((1_usize..4, 0_usize..3), 1..5),
            outputs in prop::array::uniform4(1_usize..12),
            sizes in prop::collection::vec(prop::array::uniform2(1_usize..4), 1..3),
            seed: u64,
        ) {
            let groups: Vec<_> = groups.iter().map(|&(panels, count)| (panels * PANEL, count.max(1))).collect();
            let plain = PlainDetector::random(&groups, outputs, seed);
            let mut detector = plain.compile().unwrap();
            for size in sizes {
                let image = image(size.map(|side| side * GRAIN), seed ^ 1);
                let (got, expected) = (run(&mut detector, &image), plain.run(&image));
                prop_assert_eq!(got.len(), expected.len());
                for (got, expected) in got.iter().zip(expected) {
                    prop_assert!((got - expected).abs() <= 1e-4 * (1.0 + expected.abs()), "{} is not {}", got, expected);
                }
            }
        }
    }

    #[test]
    fn the_detector_has_its_groups() {
        let plain = PlainDetector::random(&CompiledDetector::GROUPS, [2, 32, 6, 96], 3);
        let tensor = |name: &str| plain.tensors.get(name).map(|(shape, values)| (&shape[..], &values[..]));
        let mut detector = CompiledDetector::new(tensor).unwrap();
        let image = image([64, 32], 4);
        let (got, expected) = (run(&mut detector, &image), plain.run(&image));
        assert_eq!(got.len(), 34 * 8 + 102 * 2);
        let difference = got.iter().zip(&expected).map(|(a, b)| (a - b).abs() / (1.0 + b.abs())).fold(0.0, f32::max);
        assert!(difference < 1e-4, "{difference}");
    }

    #[test]
    fn former_images_do_not_change_outputs() {
        let mut detector = small().compile().unwrap();
        let images = [image([96, 64], 1), image([32, 32], 2), image([64, 96], 3), image([96, 64], 4)];
        for image in &images {
            assert_eq!(run(&mut detector, image), run(&mut small().compile().unwrap(), image));
        }
        assert_eq!(run(&mut detector.clone(), &images[0]), run(&mut detector, &images[0]));
    }

    #[test]
    fn images_of_other_sizes_have_no_outputs() {
        let mut detector = small().compile().unwrap();
        for (count, width, height) in
            [(0, 0, 0), (0, 32, 0), (3 * 32 * 48, 32, 48), (3 * 16 * 64, 16, 64), (3 * 32 * 32 - 1, 32, 32)]
        {
            assert_eq!(detector.run(&vec![0.0; count], width, height), None, "{width}×{height}");
        }
        assert_eq!(detector.run(&[], usize::MAX / 32 * 32, 64), None);
    }

    #[test]
    fn tensors_that_do_not_fit_are_refused() {
        let names: Vec<String> = small().tensors.into_keys().collect();
        for name in names {
            let mut detector = small();
            detector.tensors.remove(&name);
            assert_eq!(detector.compile().unwrap_err(), BuildError::Missing(name.clone()));
            let mut detector = small();
            let (shape, values) = detector.tensors.get_mut(&name).unwrap();
            shape[0] += 1;
            values.push(0.0);
            assert!(matches!(detector.compile(), Err(BuildError::Shape { .. })), "{name}");
        }
        let odd = PlainDetector::random(&[(7, 1)], [1, 4, 2, 3], 1);
        assert!(matches!(odd.compile(), Err(BuildError::Unsupported(_))));
    }
}
