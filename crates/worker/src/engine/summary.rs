//! Summaries of networks for the page.

use crate::file_text::FileText;
use mien_compute::network::NetworkFile;
use mien_core::network::OnnxSummary;
use mien_protocol::NetworkSummary;

/// The summary of a network for the page.
pub(super) fn summary(file: &NetworkFile) -> NetworkSummary {
    let description = Some(&file.header.training.description).filter(|text| !text.is_empty());
    NetworkSummary {
        name: file.header.architecture.name().to_owned(),
        parameters: file.header.architecture.parameters(),
        multiply_adds: file.header.architecture.multiply_adds(),
        description: description.map(|text| FileText::origin(text).into()),
        validation_accuracy: file.header.training.validation_accuracy,
        validated_on: file.header.training.validated_on.as_deref().map(|text| FileText::images(text).into()),
    }
}

/// The summary of an ONNX model for the page.
pub(super) fn onnx_summary(summary: &OnnxSummary) -> NetworkSummary {
    let description = Some(&summary.text).filter(|text| !text.is_empty());
    NetworkSummary {
        name: NetworkSummary::ONNX.to_owned(),
        parameters: summary.parameters,
        multiply_adds: summary.multiply_adds,
        description: description.map(|text| FileText::origin(text).into()),
        validation_accuracy: None,
        validated_on: None,
    }
}
