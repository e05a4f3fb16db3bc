//! A network that is ready to run.

use std::sync::Arc;

use mien_core::network::Architecture;
use mien_core::vision::CROP_PIXELS;

use crate::build::{BuildError, CompiledSteps, plan};
use crate::maps::ZEROS;
#[cfg(test)]
use crate::step::Step;

/// Maximum number of images that go through all steps together; larger batches are divided.
const BATCH: usize = 8;

/// A network with its steps, transformed weights and buffers. Clones share steps and weights, and each has its own buffers, so
/// that threads can use one each.
pub struct CompiledNetwork {
    plan: Arc<CompiledSteps>,
    /// The feature maps between the steps.
    buffers: Vec<Vec<f32>>,
    workspace: Vec<f32>,
    logits: Vec<f32>,
}

impl CompiledNetwork {
    /// Compiles a network. `tensors` returns shape and values of a tensor by its name in weights files, such as
    /// `Vgg.stages.0.layers.1.conv.weight`; batch norm may be folded into the convolutions already. There may be any number
    /// of classes.
    ///
    /// # Errors
    /// When sizes are out of range, or a tensor is missing or of another shape than the network's.
    pub fn new<'a>(
        architecture: &Architecture,
        tensors: impl Fn(&str) -> Option<(&'a [usize], &'a [f32])>,
    ) -> Result<Self, BuildError> {
        Ok(Self::with_plan(Arc::new(plan(architecture, tensors)?)))
    }

    fn with_plan(plan: Arc<CompiledSteps>) -> Self {
        Self { plan, buffers: Vec::new(), workspace: Vec::new(), logits: Vec::new() }
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.plan.classes
    }

    /// The logits `[batch, classes]` of a batch of images `[batch, 1, 48, 48]`, row by row. Allocates only if no batch was as
    /// large yet. Values after the last complete image have no effect.
    pub fn run(&mut self, images: &[f32]) -> &[f32] {
        let (images, _) = images.as_chunks::<CROP_PIXELS>();
        let classes = self.plan.classes;
        self.fit(images.len().min(BATCH));
        self.logits.resize(images.len() * classes, 0.0);
        for (index, images) in images.chunks(BATCH).enumerate() {
            let input = &mut self.buffers[self.plan.input.buffer][ZEROS..];
            input[..images.len() * CROP_PIXELS].copy_from_slice(images.as_flattened());
            for step in &self.plan.steps {
                step.run(images.len(), &mut self.buffers, &mut self.workspace);
            }
            let output = self.plan.output;
            let rows = self.buffers[output.buffer][ZEROS..].chunks_exact(output.stride);
            let logits = self.logits[index * BATCH * classes..].chunks_exact_mut(classes);
            rows.zip(logits).take(images.len()).for_each(|(row, logits)| logits.copy_from_slice(&row[..classes]));
        }
        &self.logits
    }

    /// The number of weights, transformed.
    #[cfg(test)]
    pub(crate) fn size(&self) -> usize {
        self.plan.steps.iter().map(Step::size).sum()
    }

    /// Enlarges the buffers for a batch.
    fn fit(&mut self, count: usize) {
        for step in &self.plan.steps {
            for maps in step.maps() {
                let buffers = self.buffers.len().max(maps.buffer + 1);
                self.buffers.resize_with(buffers, Vec::new);
                let buffer = &mut self.buffers[maps.buffer];
                buffer.resize(buffer.len().max(maps.len(count)), 0.0);
            }
            let workspace = self.workspace.len().max(step.workspace(count));
            self.workspace.resize(workspace, 0.0);
        }
    }
}

impl Clone for CompiledNetwork {
    fn clone(&self) -> Self {
        Self::with_plan(Arc::clone(&self.plan))
    }
}

impl std::fmt::Debug for CompiledNetwork {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (steps, classes) = (self.plan.steps.len(), self.plan.classes);
        formatter.debug_struct("CompiledNetwork").field("steps", &steps).field("classes", &classes).finish()
    }
}
