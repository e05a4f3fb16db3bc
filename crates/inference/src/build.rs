//! From an architecture and its tensors to steps.

use mien_core::network::{Architecture, ArchitectureError, BlockLayout, Convolution, NetworkLayout};
use mien_core::vision::CROP_SIDE;

use crate::convolution::{Dense, Depthwise};
use crate::lanes::LANES;
use crate::maps::Maps;
use crate::matrix::PANEL;
use crate::step::{Operation, Step};
use crate::winograd::{Tile, Winograd};

/// Why a network cannot be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BuildError {
    /// The sizes are out of range.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// There is no such tensor.
    #[error("there is no tensor `{0}`")]
    Missing(String),
    /// A tensor has another shape than the network's.
    #[error("tensor `{name}` has shape {got:?} where the network needs {needed:?}")]
    Shape {
        /// Its path in the network.
        name: String,
        /// Its shape.
        got: Vec<usize>,
        /// The shape that is needed.
        needed: Vec<usize>,
    },
    /// No step computes such a layer.
    #[error("the layer `{0}` is of a kind that is not computed here")]
    Unsupported(String),
}

/// What is added to the variance in batch norm, as in Burn's and PyTorch's default.
const EPSILON: f32 = 1e-5;

/// The steps of a network.
pub(crate) struct CompiledSteps {
    pub steps: Vec<Step>,
    /// The images, one value per pixel.
    pub input: Maps,
    /// The logits, as maps of one pixel.
    pub output: Maps,
    pub classes: usize,
}

/// Feature maps during the build.
#[derive(Clone)]
struct Features {
    maps: Maps,
    /// The values of each pixel that belong to them, from [`Maps::offset`] on.
    width: usize,
    /// Where in these the channels are; the others are zero.
    places: Vec<usize>,
}

/// Folded weights and biases of a convolution.
struct Folded {
    weights: Vec<f32>,
    bias: Vec<f32>,
}

struct Builder<F> {
    tensors: F,
    prefix: &'static str,
    steps: Vec<Step>,
    buffers: usize,
    free: Vec<usize>,
}

/// Plans the steps of a network; `tensors` returns shape and values by name.
pub(crate) fn plan<'a, F>(architecture: &Architecture, tensors: F) -> Result<CompiledSteps, BuildError>
where
    F: Fn(&str) -> Option<(&'a [usize], &'a [f32])>,
{
    architecture.check()?;
    Builder { tensors, prefix: architecture.tensor_prefix(), steps: Vec::new(), buffers: 0, free: Vec::new() }
        .network(&architecture.layout())
}

impl<'a, F: Fn(&str) -> Option<(&'a [usize], &'a [f32])>> Builder<F> {
    fn network(mut self, layout: &NetworkLayout) -> Result<CompiledSteps, BuildError> {
        let input = self.allocate(CROP_SIDE, 1);
        let mut features = Features { maps: input, width: 1, places: vec![0] };
        for (index, stage) in layout.stages.iter().enumerate() {
            for (layer, convolution) in stage.layers.iter().enumerate() {
                let name = format!("stages.{index}.layers.{layer}");
                features = self.layer(&name, convolution, &features)?;
            }
            for (block, layout) in stage.blocks.iter().enumerate() {
                features = self.block(&format!("stages.{index}.blocks.{block}"), layout, &features)?;
            }
            features = self.halve(features);
        }
        let row = match layout.hidden {
            Some(hidden) => {
                let flat = flatten(&features);
                self.linear("hidden", Some(hidden), &flat, true)?.0
            }
            None => self.mean(&features),
        };
        self.release(&features);
        let (logits, classes) = self.linear("head", None, &row, false)?;
        Ok(CompiledSteps { steps: self.steps, input, output: logits.maps, classes })
    }

    /// A convolution whose input is needed no more.
    fn layer(&mut self, name: &str, layout: &Convolution, input: &Features) -> Result<Features, BuildError> {
        let output = self.convolve(name, layout, input, None)?;
        self.release(input);
        Ok(output)
    }

    /// A block whose input is needed no more.
    fn block(&mut self, name: &str, layout: &BlockLayout, input: &Features) -> Result<Features, BuildError> {
        let output = match layout {
            BlockLayout::Residual([first, second]) => {
                let name = format!("{name}.Residual");
                let hidden = self.convolve(&format!("{name}.first"), first, input, None)?;
                let output = self.convolve(&format!("{name}.second"), second, &hidden, Some(input))?;
                self.release(&hidden);
                output
            }
            BlockLayout::Separable([depthwise, pointwise]) => {
                let name = format!("{name}.Separable");
                let hidden = self.convolve(&format!("{name}.depthwise"), depthwise, input, None)?;
                let skip = (pointwise.outputs == depthwise.inputs).then_some(input);
                let output = self.convolve(&format!("{name}.pointwise"), pointwise, &hidden, skip)?;
                self.release(&hidden);
                output
            }
            BlockLayout::Inception { single, three, five, pooled } => {
                let name = format!("{name}.Inception");
                let [last_three, last_five] = [three[1], five[2]];
                let stride =
                    [single, &last_three, &last_five, pooled].iter().map(|layer| width_of(layer.outputs)).sum();
                let maps = self.allocate(input.maps.side, stride);
                let mut output = Features { maps, width: 0, places: Vec::new() };
                self.convolve_into(&format!("{name}.single"), single, input, &mut output)?;
                let hidden = self.convolve(&format!("{name}.three.0"), &three[0], input, None)?;
                self.convolve_into(&format!("{name}.three.1"), &last_three, &hidden, &mut output)?;
                self.release(&hidden);
                let hidden = self.convolve(&format!("{name}.five.0"), &five[0], input, None)?;
                let deeper = self.layer(&format!("{name}.five.1"), &five[1], &hidden)?;
                self.convolve_into(&format!("{name}.five.2"), &last_five, &deeper, &mut output)?;
                self.release(&deeper);
                let hidden = self.dilate(input);
                self.convolve_into(&format!("{name}.pooled"), pooled, &hidden, &mut output)?;
                self.release(&hidden);
                output
            }
        };
        self.release(input);
        Ok(output)
    }

    /// A convolution with ReLU and a separate result.
    fn convolve(
        &mut self,
        name: &str,
        layout: &Convolution,
        input: &Features,
        skip: Option<&Features>,
    ) -> Result<Features, BuildError> {
        let depthwise = layout.groups > 1;
        // the channels of a depthwise convolution stay where they are
        let width = if depthwise { input.width } else { width_of(layout.outputs) };
        let places = if depthwise { input.places.clone() } else { (0..layout.outputs).collect() };
        let output = Features { maps: self.allocate(input.maps.side, width), width, places };
        self.add_convolution(name, layout, input, output.maps, skip)?;
        Ok(output)
    }

    /// A convolution with ReLU whose channels follow those that are there.
    fn convolve_into(
        &mut self,
        name: &str,
        layout: &Convolution,
        input: &Features,
        output: &mut Features,
    ) -> Result<(), BuildError> {
        let maps = Maps { offset: output.width, ..output.maps };
        output.places.extend((0..layout.outputs).map(|channel| output.width + channel));
        output.width += width_of(layout.outputs);
        self.add_convolution(name, layout, input, maps, None)
    }

    fn add_convolution(
        &mut self,
        name: &str,
        layout: &Convolution,
        input: &Features,
        output: Maps,
        skip: Option<&Features>,
    ) -> Result<(), BuildError> {
        let unsupported = || BuildError::Unsupported(name.to_owned());
        let Convolution { inputs, outputs, side, groups, .. } = *layout;
        let Folded { weights, bias: biases } = self.folded(name, layout)?;
        let (places, width) = (&input.places[..], input.width);
        let whole = width.is_multiple_of(LANES);
        let mut bias = vec![0.0; if groups > 1 { width } else { width_of(outputs) }];
        let operation = if groups > 1 {
            if !(whole && side == 3 && groups == inputs && groups == outputs) {
                return Err(unsupported());
            }
            places.iter().zip(biases).for_each(|(&place, value)| bias[place] = value);
            Operation::Depthwise(Depthwise::new(places, width, |channel, tap| weights[channel * 9 + tap]))
        } else {
            bias[..outputs].copy_from_slice(&biases);
            if side == 3 && whole {
                let kernel = |output: usize, input: usize| {
                    let at =
                        |row: usize| std::array::from_fn(|tap| weights[(output * inputs + input) * 9 + 3 * row + tap]);
                    [at(0), at(1), at(2)]
                };
                let convolution = Winograd::new(Tile::best(input.maps.side), places, width, outputs, kernel);
                Operation::Winograd { convolution, pool: false }
            } else {
                let pixels = side * side;
                let weight =
                    |output: usize, input: usize, pixel: usize| weights[(output * inputs + input) * pixels + pixel];
                Operation::Dense(Dense::new(side, places, width, outputs, weight))
            }
        };
        let skip = match skip {
            Some(skip) if skip.places.iter().copied().eq(0..outputs) => Some(skip.maps),
            Some(_) => return Err(unsupported()),
            None => None,
        };
        self.steps.push(Step { operation, input: input.maps, output, skip, bias, relu: true });
        Ok(())
    }

    /// 2×2 max-pooling.
    fn halve(&mut self, mut input: Features) -> Features {
        let side = input.maps.side / 2;
        if let Some(Step { operation: Operation::Winograd { convolution, pool }, output, .. }) = self.steps.last_mut()
            && *output == input.maps
            && convolution.can_pool()
        {
            *pool = true;
            output.side = side;
            input.maps.side = side;
            return input;
        }
        let maps = self.allocate(side, input.width);
        let output = Features { maps, ..input.clone() };
        self.push(Operation::Halve { width: input.width }, &input, maps);
        self.release(&input);
        output
    }

    fn dilate(&mut self, input: &Features) -> Features {
        let maps = self.allocate(input.maps.side, input.width);
        self.push(Operation::Dilate { width: input.width }, input, maps);
        Features { maps, ..input.clone() }
    }

    fn mean(&mut self, input: &Features) -> Features {
        let maps = self.allocate(1, input.width);
        self.push(Operation::Mean { width: input.width }, input, maps);
        Features { maps, ..input.clone() }
    }

    /// A fully connected layer of as many outputs as named or as its tensor has, and this number.
    fn linear(
        &mut self,
        name: &str,
        outputs: Option<usize>,
        input: &Features,
        relu: bool,
    ) -> Result<(Features, usize), BuildError> {
        let inputs = input.places.len();
        let path = format!("{}.{name}.weight", self.prefix);
        let shape = (self.tensors)(&path).ok_or(BuildError::Missing(path))?.0;
        let outputs = outputs.or_else(|| shape.last().copied()).unwrap_or_default().max(1);
        let weights = self.tensor(&format!("{name}.weight"), &[inputs, outputs])?;
        let biases = self.tensor(&format!("{name}.bias"), &[outputs])?;
        let width = width_of(outputs);
        let mut bias = vec![0.0; width];
        bias[..outputs].copy_from_slice(biases);
        let weight = |output: usize, input: usize, _| weights[input * outputs + output];
        let maps = self.allocate(1, width);
        // of images with one pixel
        let operation = Operation::Dense(Dense::new(1, &input.places, input.width, outputs, weight));
        self.steps.push(Step { operation, input: input.maps, output: maps, skip: None, bias, relu });
        Ok((Features { maps, width, places: (0..outputs).collect() }, outputs))
    }

    fn push(&mut self, operation: Operation, input: &Features, output: Maps) {
        self.steps.push(Step { operation, input: input.maps, output, skip: None, bias: Vec::new(), relu: false });
    }

    /// Weights and biases of a convolution with its batch norm, if it has one and it is not folded yet:
    /// `norm(w * x) = (w·s) * x + (β − μ·s)` with `s = γ / √(σ² + ε)`.
    fn folded(&self, name: &str, layout: &Convolution) -> Result<Folded, BuildError> {
        let Convolution { inputs, outputs, side, groups, .. } = *layout;
        let shape = [outputs, inputs / groups.max(1), side, side];
        let weights = self.tensor(&format!("{name}.conv.weight"), &shape)?;
        let bias = format!("{name}.conv.bias");
        if !layout.norm || (self.tensors)(&format!("{}.{bias}", self.prefix)).is_some() {
            return Ok(Folded { weights: weights.to_vec(), bias: self.tensor(&bias, &[outputs])?.to_vec() });
        }
        let norm = |part: &str| self.tensor(&format!("{name}.norm.{part}"), &[outputs]);
        let [gamma, beta, mean, variance] =
            [norm("gamma")?, norm("beta")?, norm("running_mean")?, norm("running_var")?];
        let mut folded = Folded { weights: weights.to_vec(), bias: beta.to_vec() };
        let size = weights.len() / outputs.max(1);
        for (channel, weights) in folded.weights.chunks_exact_mut(size.max(1)).enumerate() {
            let scale = gamma[channel] / (variance[channel] + EPSILON).sqrt();
            weights.iter_mut().for_each(|weight| *weight *= scale);
            folded.bias[channel] -= mean[channel] * scale;
        }
        Ok(folded)
    }

    fn tensor(&self, name: &str, needed: &[usize]) -> Result<&'a [f32], BuildError> {
        tensor(&self.tensors, &format!("{}.{name}", self.prefix), needed)
    }

    fn allocate(&mut self, side: usize, stride: usize) -> Maps {
        let buffer = self.free.pop().unwrap_or_else(|| {
            self.buffers += 1;
            self.buffers - 1
        });
        Maps { buffer, side, stride, offset: 0 }
    }

    /// Lets later steps write where these are.
    fn release(&mut self, features: &Features) {
        self.free.push(features.maps.buffer);
    }
}

/// The values of a tensor, which must have this shape.
pub(crate) fn tensor<'a>(
    tensors: impl Fn(&str) -> Option<(&'a [usize], &'a [f32])>,
    name: &str,
    needed: &[usize],
) -> Result<&'a [f32], BuildError> {
    let (shape, values) = tensors(name).ok_or_else(|| BuildError::Missing(name.to_owned()))?;
    if shape != needed || values.len() != needed.iter().product::<usize>() {
        return Err(BuildError::Shape { name: name.to_owned(), got: shape.to_vec(), needed: needed.to_vec() });
    }
    Ok(values)
}

/// The values of a pixel with so many channels.
fn width_of(channels: usize) -> usize {
    channels.next_multiple_of(PANEL)
}

/// All pixels of each image as one row, and where the channels are in it, pixels of a channel together.
fn flatten(features: &Features) -> Features {
    let Maps { buffer, side, stride, offset } = features.maps;
    let pixels = side * side;
    let of_channel = |&place: &usize| (0..pixels).map(move |pixel| pixel * stride + offset + place);
    let places = features.places.iter().flat_map(of_channel).collect();
    let width = pixels * stride;
    Features { maps: Maps { buffer, side: 1, stride: width, offset: 0 }, width, places }
}
