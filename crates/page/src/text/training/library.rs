//! Texts of the library of networks.

use crate::format::{bytes, grouped, scaled, share};
use mien_core::network::Offer;
use mien_protocol::{NetworkEntry, NetworkSummary};

pub use crate::language::messages::training::library::*;

/// What a network is called: those that come with the page have no name of their own.
pub fn name(entry: &NetworkEntry) -> &str {
    if entry.name.is_empty() { BUILT_IN_NAME.text() } else { &entry.name }
}

/// A network's figures.
pub fn facts(entry: &NetworkEntry) -> String {
    let summary = &entry.summary;
    let mut facts = vec![
        summary.name.clone(),
        parameters(&exact(summary.parameters)),
        multiply_adds(&exact(summary.multiply_adds)),
        bytes(entry.bytes),
    ];
    facts.retain(|fact| !fact.is_empty());
    facts.join(" · ")
}

/// What is known of a network that can be downloaded.
pub fn offer(offer: &Offer) -> String {
    let mut facts = vec![
        offer.architecture.clone(),
        parameters(&exact(offer.parameters)),
        multiply_adds(&exact(offer.multiply_adds)),
        bytes(offer.bytes),
    ];
    let known = |accuracy| accuracy_by(&share(accuracy), &offer.split, offer.labels.name());
    facts.extend(offer.accuracy_by_its_labels().map(known));
    facts.join(" · ")
}

/// How good a network is, and on which images.
pub fn accuracy(summary: &NetworkSummary) -> String {
    let Some(accuracy) = summary.validation_accuracy else { return NOT_MEASURED.into() };
    let images = summary.validated_on.as_deref().unwrap_or(OWN_VALIDATION.text());
    accuracy_on(&share(accuracy), images)
}

/// A count that is exact where it is small.
pub fn exact(value: u64) -> String {
    if value < 10_000 { grouped(value as usize) } else { scaled(value) }
}
