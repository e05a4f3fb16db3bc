//! Texts of the library of networks.

use crate::format::{bytes, grouped, scaled, share};
use crate::language::{say, translated};
use crate::text::titled;
use mien_core::network::AvailableNetwork;
use mien_protocol::{NetworkEntry, NetworkSummary};

pub use crate::language::messages::training::library::*;

/// The name of a network; the built-in one's is translated.
pub fn name(entry: &NetworkEntry) -> &str {
    if entry.name.is_empty() { BUILT_IN_NAME.text() } else { &entry.name }
}

/// A short summary of a network.
pub fn facts(entry: &NetworkEntry) -> String {
    let summary = &entry.summary;
    let mut facts = vec![
        titled(&summary.name),
        parameters(&exact(summary.parameters)),
        multiply_adds(&exact(summary.multiply_adds)),
        bytes(entry.bytes),
    ];
    facts.retain(|fact| !fact.is_empty());
    facts.join(" · ")
}

/// A short summary of a network available for download.
pub fn available_network(network: &AvailableNetwork) -> String {
    let mut facts = vec![
        titled(&network.architecture),
        parameters(&exact(network.parameters)),
        multiply_adds(&exact(network.multiply_adds)),
        bytes(network.bytes),
    ];
    let known = |accuracy| accuracy_by(&share(accuracy), &network.split, network.labels.name());
    facts.extend(network.accuracy_by_its_labels().map(known));
    facts.join(" · ")
}

/// What a network is good for.
pub fn purpose(network: &AvailableNetwork) -> String {
    translated(&format!("available-network/{}", network.id)).unwrap_or(&network.purpose).to_owned()
}

/// The accuracy of a network, and the images it was measured on.
pub fn accuracy(summary: &NetworkSummary) -> String {
    let Some(accuracy) = summary.validation_accuracy else { return NOT_MEASURED.into() };
    let images = summary.validated_on.as_ref().map_or_else(|| OWN_VALIDATION.into(), say);
    accuracy_on(&share(accuracy), &images)
}

/// A count, exact if it is small.
pub fn exact(value: u64) -> String {
    if value < 10_000 { grouped(value as usize) } else { scaled(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{message, network};
    use mien_core::network::Labels;

    #[test]
    fn the_network_of_the_page_has_a_name() {
        assert_eq!((name(&network(0, "")), name(&network(1, "own"))), ("mien's network", "own"));
    }

    #[test]
    fn small_counts_are_exact() {
        assert_eq!([0, 9_999, 10_000, 1_300_000].map(exact), ["0", "9,999", "10 thousand", "1.3 million"]);
    }

    #[test]
    fn facts_leave_out_what_is_not_known() {
        let entry = network(0, "");
        assert_eq!(facts(&entry), "VGG · 1.3 million parameters · 117 million multiply-adds per face · 5.2 MB");
        let mut unnamed = entry;
        unnamed.summary.name = String::new();
        assert!(facts(&unnamed).starts_with("1.3 million parameters"));
    }

    #[test]
    fn accuracies_name_their_images() {
        let mut summary = network(0, "").summary;
        assert_eq!(accuracy(&summary), "Not measured");
        summary.validation_accuracy = Some(0.7);
        assert_eq!(accuracy(&summary), "70.0% on its validation images");
        summary.validated_on = Some(message("PublicTest"));
        assert_eq!(accuracy(&summary), "70.0% on PublicTest");
    }

    #[test]
    fn an_available_network_shows_its_accuracy_by_its_own_labels() {
        let mut large = AvailableNetwork {
            file: "large.safetensors".into(),
            name: "large".into(),
            purpose: String::new(),
            id: String::new(),
            labels: Labels::FerPlus,
            ensemble: false,
            architecture: "resnet".into(),
            bytes: 1_000,
            parameters: 5_000,
            multiply_adds: 6_000,
            accuracy: Some(0.7),
            macro_f1: None,
            ferplus_accuracy: Some(0.8),
            split: "PublicTest".into(),
        };
        assert!(
            available_network(&large).ends_with("80.0% on PublicTest (FER+ labels)"),
            "{}",
            available_network(&large)
        );
        large.ferplus_accuracy = None;
        assert!(available_network(&large).ends_with("1.0 kB"), "{}", available_network(&large));
    }
}
