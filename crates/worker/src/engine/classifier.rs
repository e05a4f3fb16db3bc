//! Networks that classify: mien's own on a device, and third-party ONNX models.

use burn::tensor::Device;

use super::onnx::OnnxNetwork;
use super::summary::{onnx_summary, summary};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::network::{self, Network, NetworkFile, NotCompiled, Predictor};
use mien_core::expression::Expression;
use mien_core::vision::Crop;
use mien_protocol::{Backend, Message, NetworkSummary};
use mien_recognition::CropClassifier;

/// The name of the runtime of ONNX models in reports.
const ONNX_RUNTIME: &str = "rten";

/// A network that classifies.
#[derive(Clone)]
pub(super) enum Classifier {
    /// One of mien's.
    Own(Box<Predictor>),
    /// A third-party ONNX model, on the CPU.
    Onnx(OnnxNetwork),
}

/// A network that is not loaded on a device yet.
pub(super) enum Source<'a> {
    /// A weights file.
    Own(&'a [u8]),
    /// An ONNX model, which is open.
    Onnx(OnnxNetwork),
}

/// A network on a device.
pub(super) struct LoadedNetwork {
    pub classifier: Classifier,
    pub summary: NetworkSummary,
    /// What its file says; `None` for ONNX models.
    pub file: Option<Box<NetworkFile>>,
}

impl Source<'_> {
    /// Loads the network on a device; ONNX models are computed by their own program.
    ///
    /// # Errors
    /// When a weights file is damaged.
    pub fn load(&self, device: &Device) -> Result<LoadedNetwork, Failure> {
        Ok(match self {
            Self::Own(bytes) => {
                let file = network::load(bytes, device)?;
                let (classifier, summary) = (Classifier::Own(Box::new(predictor(&file))), summary(&file));
                LoadedNetwork { classifier, summary, file: Some(Box::new(file)) }
            }
            Self::Onnx(network) => LoadedNetwork {
                classifier: Classifier::Onnx(network.clone()),
                summary: onnx_summary(&network.summary),
                file: None,
            },
        })
    }
}

impl LoadedNetwork {
    /// What the file of one of mien's networks says.
    ///
    /// # Errors
    /// When it is an ONNX model, which can only classify.
    pub fn own_file(&self) -> Result<&NetworkFile, Failure> {
        self.file.as_deref().ok_or_else(|| EngineError::OnnxOnlyClassifies.into())
    }
}

impl Classifier {
    /// One of mien's networks.
    ///
    /// # Errors
    /// When it is an ONNX model, which can only classify.
    pub fn own(&self) -> Result<&Predictor, Failure> {
        match self {
            Self::Own(predictor) => Ok(predictor),
            Self::Onnx(_) => Err(EngineError::OnnxOnlyClassifies.into()),
        }
    }

    /// The same, without a predictor.
    ///
    /// # Errors
    /// As above.
    pub fn network(&self) -> Result<&Network, Failure> {
        self.own().map(Predictor::network)
    }

    /// Whether it is an ONNX model.
    pub const fn is_onnx(&self) -> bool {
        matches!(self, Self::Onnx(_))
    }

    /// What computes it, in reports.
    pub const fn computed_by(&self, backend: Backend) -> &'static str {
        if self.is_onnx() { ONNX_RUNTIME } else { backend.name() }
    }
}

impl CropClassifier for Classifier {
    async fn logits_of_crops(&self, crops: &[Crop]) -> Result<Vec<[f32; Expression::COUNT]>, Message> {
        match self {
            Self::Own(predictor) => predictor.logits_of_crops(crops).await,
            Self::Onnx(network) => network.logits_of_crops(crops).await,
        }
    }
}

/// The predictor of a network.
pub(super) fn predictor(file: &NetworkFile) -> Predictor {
    let predictor = file.predictor();
    if let Some(reason) =
        predictor.not_compiled().filter(|reason| !matches!(reason, NotCompiled::Gpu | NotCompiled::Native))
    {
        log::warn!("the CPU computes a network slowly, since it is not compiled: {reason}");
    }
    predictor
}
