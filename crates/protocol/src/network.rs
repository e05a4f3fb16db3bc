//! Commands and events about the library of networks.

use mien_message::Message;
use serde::{Deserialize, Serialize};

use super::NetworkSummary;
use mien_core::evaluation::Card;
use mien_core::network::{AvailableNetwork, OnnxFacts, OnnxStatement, OnnxTrial};

/// Identifies a network of the library; 0 is the built-in one.
pub type NetworkId = u32;

/// A format of the file of a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NetworkFormat {
    /// Safetensors with 32 bits per value.
    #[default]
    Full,
    /// Safetensors with 16 bits per value.
    Half,
    /// Burn's own format with 32 bits per value.
    BurnFull,
    /// Burn's own format with 16 bits per value.
    BurnHalf,
    /// An ONNX model with 32 bits per value, which takes normalized images.
    Onnx,
    /// The same, which takes grey bytes and normalizes them.
    OnnxPixels,
}

/// Commands from the page to the engine. All except `Export`, `Download`, `Card`, `InspectOnnx` and `TryOnnx` are answered by
/// [`NetworkEvent::Networks`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkCommand {
    /// Ask for the list.
    List,
    /// Sent by the engine itself when another tab has changed which networks are saved.
    Refresh,
    /// Add the network in the attached weights file. Answered by [`NetworkEvent::Refused`] if it is invalid.
    Load {
        /// Its name, such as the file's name.
        name: String,
    },
    /// Ask what the attached ONNX model says about itself. Answered by [`NetworkEvent::OnnxInspected`].
    InspectOnnx {
        /// Request number, repeated in the answer.
        request: u32,
    },
    /// Try the attached ONNX model on the sample. Answered by [`NetworkEvent::OnnxTried`].
    TryOnnx {
        /// Request number, repeated in the answer.
        request: u32,
        /// What is stated about it.
        statement: OnnxStatement,
    },
    /// Add the network in the attached ONNX model. Answered by [`NetworkEvent::Refused`] if it is invalid.
    LoadOnnx {
        /// Its name, such as the file's name.
        name: String,
        /// What is stated about it.
        statement: OnnxStatement,
    },
    /// Make it the active network.
    Activate {
        /// The network.
        network: NetworkId,
    },
    /// Rename it.
    Rename {
        /// The network.
        network: NetworkId,
        /// The new name.
        name: String,
    },
    /// Duplicate it.
    Duplicate {
        /// The network to duplicate.
        network: NetworkId,
    },
    /// Delete or restore it.
    Delete {
        /// The network; not the built-in one.
        network: NetworkId,
        /// Whether to restore it.
        undo: bool,
    },
    /// Save it on this device, or remove it from there.
    SetSaved {
        /// The network.
        network: NetworkId,
        /// Whether to save it.
        saved: bool,
    },
    /// Export it as a file. Answered by [`NetworkEvent::Exported`] with the file attached.
    Export {
        /// The network.
        network: NetworkId,
        /// The format of the file.
        format: NetworkFormat,
    },
    /// Download one of the available networks and add it. Answered by [`NetworkEvent::Downloading`], then
    /// [`NetworkEvent::Networks`] or [`NetworkEvent::Refused`].
    Download {
        /// Its file.
        file: String,
    },
    /// Ask for the model card. Answered by [`NetworkEvent::Card`].
    Card,
}

/// Events from the engine to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkEvent {
    /// The library.
    Networks {
        /// All networks, the built-in one first.
        networks: Vec<NetworkEntry>,
        /// The active network.
        active: NetworkId,
    },
    /// A network that is not saved on this device, with its file attached (a `Blob`). The page keeps the file, to
    /// restore the network with [`NetworkCommand::Load`] if the engine is restarted.
    Unsaved {
        /// The network.
        network: NetworkId,
    },
    /// The networks available for download; follows the first [`Self::Networks`].
    Available {
        /// All of them.
        networks: Vec<AvailableNetwork>,
    },
    /// The progress of a download.
    Downloading {
        /// Its file.
        file: String,
        /// The progress, 0 to 1.
        progress: f32,
    },
    /// The model card of the built-in network; `None` if it could not be loaded.
    Card {
        /// The card.
        card: Option<Box<Card>>,
    },
    /// A file was refused; nothing changed.
    Refused {
        /// Its name.
        name: String,
        /// What is wrong with it, and what is expected.
        reason: Message,
    },
    /// What an ONNX model says about itself, or why it is refused.
    OnnxInspected {
        /// As in the command.
        request: u32,
        /// What it says.
        facts: Result<Box<OnnxFacts>, Message>,
    },
    /// What an ONNX model makes of the sample, or why it is refused.
    OnnxTried {
        /// As in the command.
        request: u32,
        /// What it sees and says.
        trial: Result<Box<OnnxTrial>, Message>,
    },
    /// A network as an attached file (a `Blob`); without attachment if the export failed.
    Exported {
        /// The network.
        network: NetworkId,
        /// The file's name.
        file: String,
        /// Why the export failed.
        reason: Option<Message>,
    },
    /// A storage operation failed.
    StorageFailed {
        /// Why.
        reason: Message,
    },
}

/// A network of the library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkEntry {
    /// Its id.
    pub id: NetworkId,
    /// Its name for display.
    pub name: String,
    /// Its summary.
    pub summary: NetworkSummary,
    /// Size of its file in bytes.
    pub bytes: u64,
    /// Whether it is saved on this device.
    pub saved: bool,
}
