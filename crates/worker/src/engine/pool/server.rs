//! The pool worker's side.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

use burn::tensor::Device;
use serde_bytes::ByteBuf;

use super::messages::{PoolCommand, PoolEvent};
use crate::engine::classifier::{Classifier, Source};
use crate::engine::onnx;
use crate::engine::platform::OnnxPrograms;
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::evaluation::{Ensemble, TestTimeAugmentation};
use mien_compute::training::{BatchSlice, Replica};
use mien_core::network::OnnxStatement;
use mien_core::vision::{CROP_PIXELS, Crop};

/// Maximum number of forward passes that are computed together.
const BATCH: usize = 64;

/// Holds an ensemble or a network in training, and answers the engine's commands.
pub struct PoolServer {
    ensemble: RefCell<Option<Rc<Ensemble<Classifier>>>>,
    replica: RefCell<Option<Rc<Replica>>>,
    device: Device,
    programs: Rc<dyn OnnxPrograms>,
}

impl PoolServer {
    /// A server without networks. `programs` starts the reader of ONNX models.
    pub fn new(programs: Rc<dyn OnnxPrograms>) -> Self {
        Self { ensemble: RefCell::default(), replica: RefCell::default(), device: Device::flex(), programs }
    }

    /// The answer to a command, if it has one.
    pub async fn answer(&self, command: PoolCommand) -> Option<PoolEvent> {
        match command {
            PoolCommand::Load { networks, onnx, augmentation } => {
                let loaded = self.load(&networks, onnx.as_deref().map(Vec::as_slice), augmentation);
                let failed = loaded.as_ref().err().map(|error| {
                    log::error!("a pool worker cannot load a network: {error}");
                    PoolEvent::Failed
                });
                self.ensemble.replace(loaded.ok().map(Rc::new));
                failed
            }
            PoolCommand::Predict { batch, crops } => Some(self.predict(batch, &crops).await),
            PoolCommand::Make { settings, votes } => match serde_json::from_str(&settings) {
                Ok(settings) => {
                    self.replica.replace(Some(Rc::new(Replica::new(&settings, votes, &self.device))));
                    None
                }
                Err(error) => {
                    log::error!("a pool worker cannot read the settings: {error}");
                    Some(PoolEvent::Failed)
                }
            },
            PoolCommand::Compute { slice, weights, batch } => Some(self.compute(slice, &weights, &batch).await),
        }
    }

    fn load(
        &self,
        networks: &[ByteBuf],
        program: Option<&[u8]>,
        augmentation: TestTimeAugmentation,
    ) -> Result<Ensemble<Classifier>, Failure> {
        let load = |bytes: &ByteBuf| -> Result<Classifier, Failure> {
            let source = if OnnxStatement::is_in(bytes) {
                Source::Onnx(onnx::open(&*self.programs, program.ok_or(EngineError::NoFile)?, bytes)?)
            } else {
                Source::Own(bytes)
            };
            Ok(source.load(&self.device)?.classifier)
        };
        Ok(Ensemble { networks: networks.iter().map(load).collect::<Result<_, Failure>>()?, augmentation })
    }

    async fn compute(&self, slice: u32, weights: &[f32], batch: &BatchSlice) -> PoolEvent {
        let Some(replica) = self.replica.borrow().clone() else { return PoolEvent::Failed };
        match replica.compute(weights, batch).await {
            Ok(output) => PoolEvent::Computed { slice, output },
            Err(error) => {
                log::error!("a pool worker cannot compute a slice: {error}");
                PoolEvent::Failed
            }
        }
    }

    async fn predict(&self, batch: u32, crops: &[u8]) -> PoolEvent {
        let Some(ensemble) = self.ensemble.borrow().clone() else { return PoolEvent::Failed };
        let crops = crops.as_chunks::<CROP_PIXELS>().0.iter().map(|crop| Crop(Box::new(*crop)));
        match ensemble.predict(crops, BATCH, async |_| ControlFlow::Continue(())).await {
            Ok(predictions) => PoolEvent::Predicted { batch, predictions },
            Err(error) => {
                log::error!("a pool worker cannot predict: {error}");
                PoolEvent::Failed
            }
        }
    }
}
