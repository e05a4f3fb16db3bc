//! Networks that classify crops: mien's own, and third-party ONNX models.

use std::path::Path;
use std::rc::Rc;

use anyhow::{Context, Result};
use burn::tensor::Device;
use clap::{Args, ValueEnum};

use super::files;
use mien_compute::network::{NetworkFile, Predictor};
use mien_core::dataset::LabelOrder;
use mien_core::expression::Expression;
use mien_core::file_kind;
use mien_core::network::OnnxStatement;
use mien_core::vision::Crop;
use mien_message::{Message, ToMessage};
use mien_onnx::{Description, Limits, Network, Output, Scaling, Stated};
use mien_recognition::CropClassifier;

// What an ONNX model does not say. A doc comment would become that of the command.
#[derive(Args)]
pub struct OnnxArguments {
    /// Scaling of the pixels, for ONNX models that do not declare it: crop (each image with zero mean and unit standard deviation),
    /// unit (0 to 1), signed (-1 to 1), imagenet, levels (0 to 255), or MEAN:DEVIATION of pixels from 0 to 1
    #[arg(long, value_name = "SCALING")]
    onnx_scaling: Option<Scaling>,
    /// Order of the outputs of ONNX models: fer2013, raf-db, affectnet, alphabetical, or all classes (surprise,fear,…), of which an eighth
    /// is contempt or none
    #[arg(long, value_name = "ORDER")]
    onnx_classes: Option<LabelOrder>,
    /// Width and height of the input, for ONNX models that leave them open
    #[arg(long, value_name = "PIXELS")]
    onnx_side: Option<usize>,
    /// Number of input channels, for ONNX models that leave it open
    #[arg(long, value_name = "N", value_parser = clap::builder::PossibleValuesParser::new(["1", "3"]))]
    onnx_channels: Option<String>,
    /// What the output of ONNX models contains [default: as stated in the file, else seen from its values]
    #[arg(long, value_name = "KIND")]
    onnx_output: Option<Kind>,
}

/// The values of `--onnx-output`.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Logits,
    Probabilities,
}

impl OnnxArguments {
    fn stated(&self) -> Stated {
        Stated {
            side: self.onnx_side,
            channels: self.onnx_channels.as_deref().and_then(|channels| channels.parse().ok()),
            scaling: self.onnx_scaling,
            classes: self.onnx_classes.clone(),
            output: self.onnx_output.map(|kind| match kind {
                Kind::Logits => Output::Logits,
                Kind::Probabilities => Output::Probabilities,
            }),
        }
    }
}

impl OnnxArguments {
    /// What was stated, as the page's reports have it.
    fn text(&self) -> String {
        let name = |class: Option<Expression>| class.map_or("contempt", Expression::name);
        let classes = |order: &LabelOrder| match order {
            LabelOrder::Own(_) => order.of_outputs(0).into_iter().map(name).collect::<Vec<_>>().join(","),
            _ => order.name().to_owned(),
        };
        let stated = self.stated();
        let number = |number: Option<usize>| number.and_then(|number| u32::try_from(number).ok());
        let statement = OnnxStatement {
            side: number(stated.side),
            channels: number(stated.channels),
            scaling: stated.scaling.map(|scaling| scaling.to_string()),
            classes: stated.classes.as_ref().map(classes),
            probabilities: stated.output.map(|output| output == Output::Probabilities),
        };
        statement.to_text()
    }
}

/// A network as its file stores it.
pub enum LoadedNetwork {
    /// One of mien's.
    Own(Box<NetworkFile>),
    /// An ONNX model, and what was stated of it.
    Onnx(Rc<Network>, String),
}

impl LoadedNetwork {
    /// Reads a weights file, or an ONNX model, which is tried on the face of the built-in sample.
    pub fn read(path: &Path, device: &Device, onnx: &OnnxArguments) -> Result<Self> {
        if !is_onnx(path) {
            return Ok(Self::Own(Box::new(files::read_network(path, device)?)));
        }
        let network = Network::read(bytes(path)?, &onnx.stated(), &Limits::default());
        // as in the form of the page
        let tried = network.and_then(|network| network.logits(&[mien_onnx::sample()]).map(|_| network));
        Ok(Self::Onnx(Rc::new(tried.with_context(|| path.display().to_string())?), onnx.text()))
    }

    /// The same, or the default network.
    pub fn read_or_default(path: Option<&Path>, device: &Device, onnx: &OnnxArguments) -> Result<Self> {
        match path {
            Some(path) => Self::read(path, device, onnx),
            None => Ok(Self::Own(Box::new(files::read_network_or_default(None, device)?))),
        }
    }

    /// The name of its architecture.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Own(file) => file.header.architecture.name(),
            Self::Onnx(..) => "ONNX",
        }
    }

    /// A text about its origin, with what was stated of an ONNX model.
    pub fn description(&self) -> String {
        match self {
            Self::Own(file) => file.header.training.description.clone(),
            Self::Onnx(network, stated) if stated.is_empty() => network.description().text.clone(),
            Self::Onnx(network, stated) => {
                let origin = &network.description().text;
                format!("{origin}{}stated: {stated}", if origin.is_empty() { "" } else { "; " })
            }
        }
    }

    /// The temperature by which its logits are divided, if it is known.
    pub fn temperature(&self) -> Option<f32> {
        match self {
            Self::Own(file) => Some(file.header.temperature),
            Self::Onnx(..) => None,
        }
    }

    /// What computes it, beside the backend: the runtime of ONNX models, on the CPU.
    pub const fn runtime(&self) -> Option<&'static str> {
        match self {
            Self::Own(_) => None,
            Self::Onnx(..) => Some("rten"),
        }
    }

    /// What classifies with it.
    pub fn classifier(&self) -> AnyClassifier {
        match self {
            Self::Own(file) => AnyClassifier::Own(Box::new(file.predictor())),
            Self::Onnx(network, _) => AnyClassifier::Onnx(Rc::clone(network)),
        }
    }
}

/// What an ONNX model says about itself.
pub fn describe(path: &Path) -> Result<Description> {
    Network::describe(bytes(path)?, &Limits::default()).with_context(|| path.display().to_string())
}

/// The content of an ONNX model, whose size is checked before it takes memory.
fn bytes(path: &Path) -> Result<Vec<u8>> {
    files::check_size(path, Limits::default().bytes)?;
    files::read(path)
}

/// Whether a file is an ONNX model, by its name or its first bytes.
pub fn is_onnx(path: &Path) -> bool {
    // what cannot be opened fails again when it is read
    let starts = || files::open(path).is_ok_and(|file| files::head(&file).is_ok_and(|head| file_kind::is_onnx(&head)));
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx")) || starts()
}

/// A network that classifies.
pub enum AnyClassifier {
    /// One of mien's, in inference form.
    Own(Box<Predictor>),
    /// An ONNX model.
    Onnx(Rc<Network>),
}

impl CropClassifier for AnyClassifier {
    async fn logits_of_crops(&self, crops: &[Crop]) -> Result<Vec<[f32; Expression::COUNT]>, Message> {
        match self {
            Self::Own(predictor) => predictor.logits_of_crops(crops).await,
            Self::Onnx(network) => network.logits(crops).map_err(|error| error.message()),
        }
    }
}
