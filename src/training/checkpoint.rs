//! A session as bytes: safetensors of its networks, and the rest as text in the header.

use burn::module::Module;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::average::Average;
use super::optimizer::Optimizer;
use super::record::{EpochRecord, TrainingError};
use super::session::{Position, Session};
use super::{Method, Settings, TrainingData};
use crate::network::Network;
use crate::weights::{self, Metadata, Precision, WeightsFile};

/// Marks checkpoints among other safetensors.
const FORMAT: &str = "mien-checkpoint-1";

/// What a session holds on the device. The optimizer's moments have the network's own shape.
#[derive(Module, Debug)]
struct Tensors {
    network: Network,
    average: Option<Network>,
    first: Network,
    second: Option<Network>,
}

/// What else it holds.
#[derive(Serialize, Deserialize)]
struct State {
    settings: Settings,
    data: u64,
    position: Position,
    /// The sum of the epoch's losses, as its bits: decimal places would not come back exactly.
    losses: u64,
    history: Vec<EpochRecord>,
    optimizer_steps: i32,
    average_updates: u32,
}

impl Session {
    /// The whole session as bytes, from which [`Self::resume`] goes on.
    ///
    /// # Errors
    /// When the device does not hand the tensors over.
    pub async fn checkpoint(&self) -> Result<Vec<u8>, TrainingError> {
        let network = self.network.valid();
        let [first, second] = self.optimizer.moments(&network);
        let has_second = matches!(self.settings.optimizer, Method::AdamW { .. });
        let tensors = Tensors {
            network,
            average: self.average.as_ref().map(|average| average.network().valid()),
            first,
            second: has_second.then_some(second),
        };
        let state = State {
            settings: self.settings.clone(),
            data: self.data.fingerprint(),
            position: self.position,
            losses: self.losses.to_bits(),
            history: self.history.clone(),
            optimizer_steps: self.optimizer.steps(),
            average_updates: self.average.as_ref().map_or(0, Average::updates),
        };
        let state = serde_json::to_string(&state).map_err(|error| TrainingError::Checkpoint(error.to_string()))?;
        let metadata = Metadata::from([("format".to_owned(), FORMAT.to_owned()), ("session".to_owned(), state)]);
        Ok(weights::write(&tensors, Precision::Full, metadata).await?)
    }

    /// Goes on from a checkpoint, with the same data.
    ///
    /// # Errors
    /// When the bytes are no checkpoint, are damaged, or belong to other data.
    pub fn resume(bytes: &[u8], data: TrainingData, device: &Device) -> Result<Self, TrainingError> {
        let file = WeightsFile::parse(bytes)?;
        let entry = |key: &str| file.metadata().get(key).map(String::as_str).unwrap_or_default();
        if entry("format") != FORMAT {
            return Err(TrainingError::Checkpoint(format!("its format is not `{FORMAT}`")));
        }
        let state: State =
            serde_json::from_str(entry("session")).map_err(|error| TrainingError::Checkpoint(error.to_string()))?;
        state.settings.check().map_err(TrainingError::Settings)?;
        if state.data != data.fingerprint() {
            return Err(TrainingError::OtherData);
        }
        let device = device.clone().without_autodiff();
        let init = || state.settings.architecture.init(&device);
        let tensors = Tensors {
            network: init(),
            average: (state.settings.averaging > 0.0).then(init),
            first: init(),
            second: matches!(state.settings.optimizer, Method::AdamW { .. }).then(init),
        };
        let Tensors { network, average, first, second } = file.load(tensors, &device)?;
        let mut session = Self::new(state.settings, data, network, device)?;
        session.optimizer = Optimizer::resume(&first, second.as_ref(), state.optimizer_steps);
        session.average = average.map(|average| Average::new(average, state.average_updates));
        session.losses = f64::from_bits(state.losses);
        session.history = state.history;
        session.go_to(state.position)?;
        Ok(session)
    }
}
