//! Words of the library of networks.

use crate::app::format::{bytes, grouped, scaled as thousands};
use crate::engine::protocol::{NetworkEntry, NetworkSummary};
use crate::network::Offer;
use crate::number::percent;

pub const TITLE: &str = "Networks";
pub const LEAD: &str =
    "All that you can put to work. Nothing is kept when the tab closes unless you ask for it, one by one.";
pub const AT_WORK: &str = "at work";
pub const USE: &str = "Use";
pub const RENAME: &str = "Rename";
pub const RENAME_DONE: &str = "Done";
pub const NAME: &str = "Name of the network";
pub const DUPLICATE: &str = "Duplicate";
pub const DELETE: &str = "Delete";
pub const UNDO: &str = "Undo";
pub const KEEP: &str = "Keep on this device";
/// What a network is called: those that come with the page have no name of their own.
pub fn name(entry: &NetworkEntry) -> &str {
    if entry.name.is_empty() { OURS } else { &entry.name }
}

/// What a copy is called.
pub fn copy(name: &str) -> String {
    format!("Copy of {name}")
}

pub const OURS: &str = "mien's own";
pub const SHIPPED: &str = "comes with the page";
pub const SAVE: &str = "Save the network at work";
pub const SAVE_ONE: &str = "Save";
pub const PRECISION: &str = "Precision of the file";
pub const FULL: &str = "32 bits";
pub const HALF: &str = "16 bits, half the size";
pub const LOAD: &str = "Load weights";
pub const LOAD_HINT: &str = "A safetensors file, saved here or by “mien train”. It is put to work at once.";
pub const COMPARE: &str = "Compare networks on the Evaluation page";
pub const NONE: &str = "The networks are listed once the engine has loaded.";

pub const OFFERS: &str = "More networks";
pub const OFFERS_LEAD: &str = "They come with mien too, but are fetched only when you ask for them.";
pub const GET: &str = "Get";
pub const GETTING: &str = "Getting";

/// What is known of a network that can be fetched.
pub fn offer(offer: &Offer) -> String {
    let mut facts = vec![
        offer.architecture.clone(),
        format!("{} numbers", scaled(offer.parameters)),
        format!("{} multiply-adds a face", scaled(offer.multiply_adds)),
        bytes(offer.bytes),
    ];
    facts.extend(offer.accuracy.map(|accuracy| format!("{} on {}", percent(accuracy), offer.split)));
    facts.join(" · ")
}

/// What a control does to which network, for screen readers.
pub fn of(what: &str, name: &str) -> String {
    format!("{what}: {name}")
}

/// A network's figures.
pub fn facts(entry: &NetworkEntry) -> String {
    let summary = &entry.summary;
    let mut facts = vec![
        summary.name.clone(),
        format!("{} numbers", scaled(summary.parameters)),
        format!("{} multiply-adds a face", scaled(summary.multiply_adds)),
        bytes(entry.bytes),
    ];
    facts.retain(|fact| !fact.is_empty());
    facts.join(" · ")
}

/// How good a network is, and on which images.
pub fn accuracy(summary: &NetworkSummary) -> String {
    let Some(accuracy) = summary.validation_accuracy else { return "Not measured".to_owned() };
    let images = summary.validated_on.as_deref().unwrap_or("its validation images");
    format!("{} on {images}", percent(accuracy))
}

/// That a network was deleted.
pub fn deleted(name: &str) -> String {
    format!("“{name}” was deleted.")
}

/// A large count with its word.
pub fn scaled(value: u64) -> String {
    if value < 10_000 {
        return grouped(value as usize);
    }
    let (number, power) = thousands(value);
    let word = ["", " thousand", " million", " billion"].get(power as usize).copied().unwrap_or_default();
    number + word
}
