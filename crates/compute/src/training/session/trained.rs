//! The networks of a session as they would be saved: the one trained so far, and that of the best epoch.

use burn::module::Module;

use super::Session;
use crate::network::{Network, NetworkFile};
use mien_core::expression::Expression;
use mien_core::number::counted;
use mien_weights::{NetworkHeader, TrainingSummary};

impl Session {
    /// The network as it would be saved now: in inference mode, with averaged weights if averaging is on. After a
    /// divergence, the last good one.
    pub fn network(&self) -> Network {
        self.joined(&self.tail())
    }

    /// The network with the metadata for a weights file.
    pub fn file(&self, description: String) -> NetworkFile {
        self.named(description, self.network(), self.position.epoch)
    }

    /// The network of the best epoch so far ([`Settings::best_by`](crate::training::Settings::best_by); the last on a tie)
    /// with the metadata for a weights file; `None` before the first epoch is finished.
    pub fn best(&self, description: String) -> Option<NetworkFile> {
        self.best.as_ref().map(|(epoch, tail)| self.named(description, self.joined(tail), *epoch))
    }

    /// The best epoch so far, counted from 1.
    pub fn best_epoch(&self) -> Option<usize> {
        self.best.as_ref().map(|(epoch, _)| *epoch)
    }

    /// Whether the last finished epoch is the best so far. Without validation it always is.
    pub fn is_best(&self) -> bool {
        self.settings.best_by.last_is_best(&self.history.epochs)
    }

    /// The trained part as it would be saved now: with averaged weights, if there are any.
    pub(super) fn tail(&self) -> Network {
        match (&self.diverged, &self.average) {
            (Some(_), _) => self.good.clone(),
            (None, Some(average)) => average.network().valid(),
            (None, None) => self.network.valid(),
        }
    }

    /// The whole network with a trained part, as it would be saved: in inference mode, which copies the running
    /// statistics; a clone would share them.
    fn joined(&self, tail: &Network) -> Network {
        let tail = self.one_head(tail);
        self.whole.as_ref().map_or_else(|| tail.valid(), |whole| whole.with_tail(tail.clone()).valid())
    }

    /// Merges the second head, if there is one, into the first.
    pub(super) fn one_head(&self, tail: &Network) -> Network {
        let tail = tail.clone();
        match self.second {
            Some(head) => tail.join_heads(Expression::COUNT, head.share),
            None => tail,
        }
    }

    fn named(&self, description: String, network: Network, epochs: usize) -> NetworkFile {
        let record = epochs.checked_sub(1).and_then(|index| self.history.epochs.get(index));
        let validation = record.and_then(|record| record.validation);
        let training = TrainingSummary {
            description,
            epochs,
            validation_accuracy: validation.map(|validation| validation.confusion.accuracy()),
            validation_macro_f1: validation.map(|validation| validation.confusion.macro_average().f1),
            validated_on: validation.map(|validation| {
                format!("{} of {}", counted(validation.confusion.samples(), "image"), self.data.validation_name)
            }),
            settings: serde_json::to_value(&self.settings).ok(),
        };
        let header = NetworkHeader { training, ..NetworkHeader::new(self.settings.architecture.clone()) };
        NetworkFile { header, network }
    }
}
