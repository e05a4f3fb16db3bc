//! Checkpoints of a session: its networks as safetensors, the rest as JSON in the header.

use burn::module::Module;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{EpochSums, Position, Session};
use crate::network::Network;
use crate::training::average::Average;
use crate::training::divergence_monitor::DivergenceMonitor;
use crate::training::optimizer::Optimizer;
use crate::training::{CheckpointError, History, Method, Settings, TrainingData, TrainingError};
use crate::weights;
use mien_core::dataset::CHOICES;
use mien_weights::{Metadata, Precision, WeightsFile};

/// Identifies checkpoints among other safetensors files.
const FORMAT: &str = "mien-checkpoint-2";

/// The tensors of a session. All but the first belong to the trained part; the moments of the optimizer have its shape.
#[derive(Module, Debug)]
struct Tensors {
    whole: Option<Network>,
    network: Network,
    average: Option<Network>,
    first: Network,
    second: Option<Network>,
    best: Option<Network>,
}

/// The rest of a session.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    settings: Settings,
    data: u64,
    position: Position,
    #[serde(rename = "tally")]
    sums: EpochSums,
    #[serde(rename = "watch")]
    monitor: DivergenceMonitor,
    history: History,
    optimizer_steps: i32,
    average_updates: u32,
    best_epoch: Option<usize>,
}

impl Session {
    /// A checkpoint, which [`Self::resume`] continues.
    ///
    /// # Errors
    /// When the run diverged, or the tensors cannot be read back from the device.
    pub async fn checkpoint(&self) -> Result<Vec<u8>, TrainingError> {
        if let Some(divergence) = self.divergence() {
            return Err(divergence.into());
        }
        let network = self.network.valid();
        let [first, second] = self.optimizer.moments(&network);
        let has_second = matches!(self.settings.optimizer, Method::AdamW { .. });
        let tensors = Tensors {
            whole: self.whole.clone(),
            network,
            average: self.average.as_ref().map(|average| average.network().valid()),
            first,
            second: has_second.then_some(second),
            best: self.best.as_ref().map(|(_, network)| network.clone()),
        };
        let state = State {
            settings: self.settings.clone(),
            data: self.fingerprint,
            position: self.position,
            sums: self.sums,
            monitor: self.monitor.clone(),
            history: self.history.clone(),
            optimizer_steps: self.optimizer.steps(),
            average_updates: self.average.as_ref().map_or(0, Average::updates),
            best_epoch: self.best_epoch(),
        };
        let state = serde_json::to_string(&state).map_err(|error| CheckpointError::State(error.to_string()))?;
        let metadata = Metadata::from([("format".to_owned(), FORMAT.to_owned()), ("session".to_owned(), state)]);
        Ok(weights::write(&tensors, Precision::Full, metadata).await?)
    }

    /// The number of finished epochs of a checkpoint, and in total.
    ///
    /// # Errors
    /// When the bytes are not a checkpoint, or are damaged.
    pub fn epochs(bytes: &[u8]) -> Result<(usize, usize), TrainingError> {
        let (_, state) = parse(bytes)?;
        Ok((state.history.epochs.len(), state.settings.epochs))
    }

    /// Resumes from a checkpoint with the same data. Checkpoints of earlier versions, which trained on near duplicates of held-out
    /// images too, go on with those.
    ///
    /// # Errors
    /// When the bytes are not a checkpoint, are damaged, or belong to other data.
    pub fn resume(bytes: &[u8], data: TrainingData, device: &Device) -> Result<Self, TrainingError> {
        let (file, state) = parse(bytes)?;
        let data = data.with_fingerprint(state.data).ok_or(TrainingError::OtherData)?;
        let device = device.clone().without_autodiff();
        let whole = Network::new(&state.settings.architecture, &device).valid();
        let stage = state.settings.scope.first_stage(whole.stage_count());
        let second = state.settings.second_head.is_some() && data.votes.is_some();
        // clones would share their running statistics
        let like = || {
            let tail = whole.tail(stage).valid();
            if second { tail.widen(CHOICES, &device) } else { tail }
        };
        let tensors = Tensors {
            whole: (stage > 0).then(|| whole.valid()),
            network: like(),
            average: (state.settings.averaging > 0.0).then(like),
            first: like(),
            second: matches!(state.settings.optimizer, Method::AdamW { .. }).then(like),
            best: state.best_epoch.map(|_| like()),
        };
        let Tensors { whole, network, average, first, second, best } =
            weights::load(&file, tensors, &device).map_err(CheckpointError::from)?;
        let mut session = Self::new(state.settings, data, whole, network, device)?;
        session.optimizer = Optimizer::resume(&first, second.as_ref(), state.optimizer_steps);
        session.average = average.map(|average| Average::new(average, state.average_updates));
        session.sums = state.sums;
        session.monitor = state.monitor;
        session.history = state.history;
        session.best = state.best_epoch.zip(best);
        session.go_to(state.position)?;
        Ok(session)
    }
}

/// The file of a checkpoint, and its state without tensors.
fn parse(bytes: &[u8]) -> Result<(WeightsFile, State), TrainingError> {
    let file = weights::parse(bytes).map_err(CheckpointError::from)?;
    let entry = |key: &str| file.metadata().get(key).map(String::as_str).unwrap_or_default();
    if entry("format") != FORMAT {
        return Err(CheckpointError::Format(FORMAT).into());
    }
    let state: State =
        serde_json::from_str(entry("session")).map_err(|error| CheckpointError::State(error.to_string()))?;
    state.settings.check()?;
    Ok((file, state))
}
