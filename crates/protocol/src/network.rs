//! What page and engine say to each other about the networks that there are to choose from.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use super::NetworkSummary;
use mien_core::evaluation::Card;
use mien_core::network::Offer;

/// Names a network of the library; 0 is the one that comes with the page.
pub type NetworkId = u32;

/// From the page to the engine. All but `Save`, `Get` and `Card` are answered by [`NetworkEvent::Networks`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkCommand {
    /// Ask for the list.
    List,
    /// As the engine of another tab has it answered: that one has changed what is kept.
    Relist,
    /// Take in the weights file that travels beside, or answer [`NetworkEvent::Refused`].
    Load {
        /// What to call it, such as the file's name.
        name: String,
    },
    /// Let it recognise and be measured.
    Use {
        /// Which.
        network: NetworkId,
    },
    /// Call it something else.
    Rename {
        /// Which.
        network: NetworkId,
        /// What.
        name: String,
    },
    /// Make a copy of it.
    Duplicate {
        /// Of which.
        network: NetworkId,
    },
    /// Take it away, or bring it back.
    Delete {
        /// Which; not the one that comes with the page.
        network: NetworkId,
        /// Whether to bring it back.
        undo: bool,
    },
    /// Keep it on this device, or keep it no more.
    Keep {
        /// Which.
        network: NetworkId,
        /// Whether to.
        keep: bool,
    },
    /// Ask for it as a file. Answered by [`NetworkEvent::Saved`] with the file beside.
    Save {
        /// Which.
        network: NetworkId,
        /// With 16 bits a number rather than 32.
        half: bool,
        /// In Burn's own format rather than safetensors.
        burnpack: bool,
    },
    /// Fetch one of those that are offered and take it in. Answered by [`NetworkEvent::Getting`], then
    /// [`NetworkEvent::Networks`] or [`NetworkEvent::Refused`].
    Get {
        /// Which: its file.
        file: String,
    },
    /// Ask for the model card. Answered by [`NetworkEvent::Card`].
    Card,
}

/// From the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkEvent {
    /// The library.
    Networks {
        /// All that there are, the one that comes with the page first.
        networks: Vec<NetworkEntry>,
        /// The one at work.
        used: NetworkId,
    },
    /// A network is nowhere but in the engine; its file is beside (a `Blob`), for the page to hold: an engine that takes
    /// the place of this one gets it back with [`NetworkCommand::Load`].
    Unkept {
        /// Which.
        network: NetworkId,
    },
    /// What can be fetched beside the one that comes with the page; follows the first [`Self::Networks`].
    Offers {
        /// All of them.
        offers: Vec<Offer>,
    },
    /// How far the fetching of one is.
    Getting {
        /// Its file.
        file: String,
        /// How much of it is there, 0 to 1.
        share: f32,
    },
    /// The card of the network that comes with the page; `None` where it could not be fetched.
    Card {
        /// See above.
        card: Option<Box<Card>>,
    },
    /// A file was not taken in; nothing changed.
    Refused {
        /// Its name.
        name: String,
        /// What is wrong with it, and what is expected.
        reason: Message,
    },
    /// A network as a file, which is beside (a `Blob`), or absent when it could not be made.
    Saved {
        /// Which.
        network: NetworkId,
        /// What to call the file.
        file: String,
    },
    /// The storage of this device did not do what was asked.
    StorageFailed {
        /// Why.
        reason: Message,
    },
}

/// A network of the library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkEntry {
    /// Names it.
    pub id: NetworkId,
    /// For people.
    pub name: String,
    /// Its figures.
    pub summary: NetworkSummary,
    /// Bytes of its file.
    pub bytes: u64,
    /// Whether it is kept on this device.
    pub kept: bool,
}
