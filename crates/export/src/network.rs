//! What is exported: the tensors of a weights file by name, and what its header says.

use mien_core::expression::Expression;
use mien_core::network::Convolution;
use mien_message::ToMessage;
use mien_weights::{NetworkHeader, WeightsError, WeightsFile};

/// Why a network was not exported. Nothing is written then.
#[derive(Debug, thiserror::Error, ToMessage)]
pub enum ExportError {
    /// The weights file does not fit the network that it names.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A value that folding has made infinite or not a number.
    #[error(
        "tensor `{0}` would hold values that are not finite numbers: the network is damaged or its training diverged"
    )]
    NotFinite(String),
    /// A weight is too large for half precision.
    #[error("tensor `{0}` holds values that are too large for 16 bits: choose 32 bits")]
    TooLarge(String),
    /// A file format refused what was to be written.
    #[error("the file cannot be written ({0})")]
    Format(String),
}

/// A classifier as its weights file stores it.
#[derive(Clone, Debug)]
pub struct Network {
    pub(crate) header: NetworkHeader,
    pub(crate) weights: WeightsFile,
}

/// The weights of a convolution with its batch norm, if it has one.
pub(crate) struct LayerWeights<'a> {
    /// `[outputs, inputs / groups, side, side]`.
    pub shape: [usize; 4],
    pub weight: &'a [f32],
    pub bias: Option<&'a [f32]>,
    pub norm: Option<NormWeights<'a>>,
}

/// Batch norm, each `[channels]`.
pub(crate) struct NormWeights<'a> {
    pub gamma: &'a [f32],
    pub beta: &'a [f32],
    pub mean: &'a [f32],
    pub variance: &'a [f32],
}

/// A fully connected layer.
pub(crate) struct MatrixWeights<'a> {
    /// `[inputs, outputs]`.
    pub shape: [usize; 2],
    pub weight: &'a [f32],
    pub bias: &'a [f32],
}

/// Added to the variance in batch norm: Burn's and PyTorch's default.
pub(crate) const EPSILON: f32 = 1e-5;

impl Network {
    /// Reads the header of a weights file. Its tensors, all of them finite, are looked up when the network is written.
    ///
    /// # Errors
    /// When the file is not one of a classifier, or an entry of its header is invalid.
    pub fn new(weights: WeightsFile) -> Result<Self, ExportError> {
        let header = NetworkHeader::read(weights.metadata()).map_err(WeightsError::from)?;
        Ok(Self { header, weights })
    }

    /// The layer at a path such as `stages.0.layers.1`.
    pub(crate) fn layer(&self, path: &str, layout: Convolution) -> Result<LayerWeights<'_>, ExportError> {
        let Convolution { inputs, outputs, side, groups, norm } = layout;
        let shape = [outputs, inputs / groups.max(1), side, side];
        let channels = |name: &str| self.tensor(&format!("{path}.{name}"), &[outputs]);
        let norm = norm.then(|| {
            Ok::<_, ExportError>(NormWeights {
                gamma: channels("norm.gamma")?,
                beta: channels("norm.beta")?,
                mean: channels("norm.running_mean")?,
                variance: channels("norm.running_var")?,
            })
        });
        Ok(LayerWeights {
            shape,
            weight: self.tensor(&format!("{path}.conv.weight"), &shape)?,
            bias: if layout.norm { None } else { Some(channels("conv.bias")?) },
            norm: norm.transpose()?,
        })
    }

    /// The fully connected layer before the head, if there is one, and the head.
    pub(crate) fn matrices(&self) -> Result<(Option<MatrixWeights<'_>>, MatrixWeights<'_>), ExportError> {
        let layout = self.header.architecture.layout();
        let features = layout.features();
        let hidden = layout.hidden.map(|hidden| self.matrix("hidden", [features, hidden])).transpose()?;
        Ok((hidden, self.matrix("head", [layout.hidden.unwrap_or(features), Expression::COUNT])?))
    }

    fn matrix(&self, path: &str, shape: [usize; 2]) -> Result<MatrixWeights<'_>, ExportError> {
        Ok(MatrixWeights {
            shape,
            weight: self.tensor(&format!("{path}.weight"), &shape)?,
            bias: self.tensor(&format!("{path}.bias"), &shape[1..])?,
        })
    }

    /// The values of a tensor.
    fn tensor(&self, path: &str, needed: &[usize]) -> Result<&[f32], ExportError> {
        let name = format!("{}.{path}", self.header.architecture.tensor_prefix());
        match self.weights.tensor(&name) {
            Some((shape, values)) if shape == needed => Ok(values),
            Some((shape, _)) => Err(WeightsError::Shape { name, got: shape.to_vec(), needed: needed.to_vec() }.into()),
            None => Err(WeightsError::Missing(name).into()),
        }
    }
}

/// A path such as `stages.1.blocks.0.Residual.first` without the variants of enums, which Burn adds.
pub(crate) fn plain(path: &str) -> String {
    let parts = path.split('.').filter(|part| !part.starts_with(|letter: char| letter.is_ascii_uppercase()));
    parts.collect::<Vec<_>>().join(".")
}

impl LayerWeights<'_> {
    /// Weight and bias with batch norm folded in: `norm(w * x) = (w·s) * x + (β − μ·s)` with `s = γ / √(σ² + ε)`.
    pub fn fold(&self) -> (Vec<f32>, Vec<f32>) {
        let Some(NormWeights { gamma, beta, mean, variance }) = self.norm else {
            return (self.weight.to_vec(), self.bias.unwrap_or_default().to_vec());
        };
        let scales: Vec<f32> =
            gamma.iter().zip(variance).map(|(gamma, variance)| gamma / (variance + EPSILON).sqrt()).collect();
        let filter = self.shape[1..].iter().product::<usize>().max(1);
        let rows = self.weight.chunks_exact(filter).zip(&scales);
        let weight = rows.flat_map(|(row, scale)| row.iter().map(move |value| value * scale)).collect();
        let bias = beta.iter().zip(mean).zip(&scales).map(|((beta, mean), scale)| beta - mean * scale).collect();
        (weight, bias)
    }
}
