//! The architectures of networks, without weights.

use serde::{Deserialize, Serialize};

use super::layout::NetworkLayout;
use super::sizes::{ArchitectureError, Sizes};
use super::{cnn, inception, mobile, resnet, vgg};

/// The architecture of a network: its kind and its sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// Convolutions, max-pooling and a fully connected layer, without batch norm.
    Cnn(Sizes),
    /// Stages of 3×3 convolutions with batch norm, after Simonyan & Zisserman (2015), reduced to 48×48.
    Vgg(Sizes),
    /// Stages of residual blocks, after He et al. (2016).
    ResNet(Sizes),
    /// Stages of modules with parallel branches, after Szegedy et al. (2015).
    Inception(Sizes),
    /// Stages of depthwise-separable convolutions, after Howard et al. (2017): small and fast, for phones.
    Mobile(Sizes),
}

impl Default for Architecture {
    fn default() -> Self {
        Self::Vgg(vgg::sizes())
    }
}

impl Architecture {
    /// All architectures in their default sizes, oldest first.
    pub fn all() -> [Self; 5] {
        [
            Self::Cnn(cnn::sizes()),
            Self::Vgg(vgg::sizes()),
            Self::Inception(inception::sizes()),
            Self::ResNet(resnet::sizes()),
            Self::Mobile(mobile::sizes()),
        ]
    }

    /// The short name, such as `vgg`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Cnn(_) => "cnn",
            Self::Vgg(_) => "vgg",
            Self::ResNet(_) => "resnet",
            Self::Inception(_) => "inception",
            Self::Mobile(_) => "mobile",
        }
    }

    /// The first part of the names of its tensors in weights files, such as `Vgg` in `Vgg.stages.0.layers.1.conv.weight`.
    pub const fn tensor_prefix(&self) -> &'static str {
        match self {
            Self::Cnn(_) => "Cnn",
            Self::Vgg(_) => "Vgg",
            Self::ResNet(_) => "ResNet",
            Self::Inception(_) => "Inception",
            Self::Mobile(_) => "Mobile",
        }
    }

    /// Checks that the sizes are in their ranges, so that a malicious file cannot allocate terabytes.
    ///
    /// # Errors
    /// What is out of range.
    pub fn check(&self) -> Result<(), ArchitectureError> {
        self.sizes().check()?;
        match self {
            Self::Cnn(sizes) | Self::Vgg(sizes) => sizes.check_counts(0),
            Self::ResNet(_) => Ok(()),
            Self::Inception(sizes) => sizes.check_counts(1).and_then(|()| inception::check(sizes)),
            Self::Mobile(sizes) => sizes.check_counts(1),
        }
    }

    /// Its sizes.
    pub fn sizes(&self) -> &Sizes {
        match self {
            Self::Cnn(sizes)
            | Self::Vgg(sizes)
            | Self::ResNet(sizes)
            | Self::Inception(sizes)
            | Self::Mobile(sizes) => sizes,
        }
    }

    /// Its sizes, mutable.
    pub fn sizes_mut(&mut self) -> &mut Sizes {
        match self {
            Self::Cnn(sizes)
            | Self::Vgg(sizes)
            | Self::ResNet(sizes)
            | Self::Inception(sizes)
            | Self::Mobile(sizes) => sizes,
        }
    }

    /// The number of parameters, without the running statistics of batch norm.
    pub fn parameters(&self) -> u64 {
        self.layout().parameters()
    }

    /// The multiply-adds of convolutions and fully connected layers for one image.
    pub fn multiply_adds(&self) -> u64 {
        self.layout().multiply_adds()
    }

    /// The same architecture with the number of channels divided.
    #[must_use]
    pub fn narrow(mut self, divisor: usize) -> Self {
        let multiple = if matches!(self, Self::Inception(_)) { inception::MULTIPLE } else { 1 };
        for (channels, _) in &mut self.sizes_mut().stages {
            *channels = (*channels / divisor.max(1)).next_multiple_of(multiple).max(1);
        }
        self
    }

    /// Sets the dropout before the fully connected layer, from 0 to less than 1.
    pub fn set_dropout(&mut self, share: f64) {
        self.sizes_mut().dropout = share;
    }

    /// The layers of the network.
    pub fn layout(&self) -> NetworkLayout {
        match self {
            Self::Cnn(sizes) => cnn::layout(sizes),
            Self::Vgg(sizes) => vgg::layout(sizes),
            Self::ResNet(sizes) => resnet::layout(sizes),
            Self::Inception(sizes) => inception::layout(sizes),
            Self::Mobile(sizes) => mobile::layout(sizes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_is_sound_and_named_as_in_files() {
        for architecture in Architecture::all() {
            architecture.check().unwrap();
            let json = serde_json::to_value(&architecture).unwrap();
            assert!(json.as_object().unwrap().keys().eq([architecture.name()]));
            assert_eq!(serde_json::from_value::<Architecture>(json).unwrap(), architecture);
            assert!(architecture.parameters() < 3_000_000, "{}", architecture.name());
            let narrow = architecture.clone().narrow(4);
            narrow.check().unwrap();
            assert!(narrow.parameters() * 8 < architecture.parameters(), "{}", architecture.name());
        }
        assert!(Architecture::Mobile(mobile::sizes()).parameters() < 500_000);
    }

    #[test]
    fn the_documented_counts_are_the_counts() {
        let documented = include_str!("../../../../docs/training.md");
        for architecture in Architecture::all() {
            let start = format!("| `{}` |", architecture.name());
            let line = documented.lines().find(|line| line.starts_with(&start) && line.contains("million")).unwrap();
            let numbers: String = line.chars().filter(|letter| *letter != ',').collect();
            assert!(numbers.contains(&format!(" {} ", architecture.parameters())), "{line}");
            let millions = format!(" {:.1} million", architecture.multiply_adds() as f64 / 1e6);
            assert!(line.contains(&millions), "{line} {millions}");
            let stages = serde_json::to_string(&architecture.sizes().stages).unwrap().replace(',', ", ");
            assert!(line.contains(&stages), "{line} {stages}");
        }
    }

    #[test]
    fn sizes_out_of_range_are_refused() {
        let sizes = |stages: &[(usize, usize)]| Sizes { stages: stages.to_vec(), stage_dropout: vec![], dropout: 0.0 };
        Architecture::ResNet(sizes(&[(4, 0), (8, 0)])).check().unwrap();
        Architecture::Mobile(sizes(&[(4, 0), (8, 1)])).check().unwrap();
        for wrong in [
            Architecture::Vgg(sizes(&[])),
            Architecture::Vgg(sizes(&[(4, 0)])),
            Architecture::Cnn(sizes(&[(4, 9)])),
            Architecture::ResNet(sizes(&[(1025, 1)])),
            Architecture::ResNet(sizes(&[(4, usize::MAX)])),
            Architecture::Inception(sizes(&[(16, 1), (24, 1)])),
            Architecture::Inception(sizes(&[(16, 0), (16, 0)])),
            Architecture::Mobile(sizes(&[(4, 0), (8, 0)])),
            Architecture::Vgg(Sizes { dropout: 1.0, ..sizes(&[(4, 1)]) }),
            Architecture::Vgg(Sizes { stage_dropout: vec![f64::NAN], ..sizes(&[(4, 1)]) }),
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
