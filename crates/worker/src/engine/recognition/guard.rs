//! Ends computations that a failed GPU never finishes.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use super::compute_error::ComputeError;
use crate::engine::platform::{Devices, Tasks};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_protocol::Backend;

/// Milliseconds without progress after which a GPU counts as lost during its self-check: shaders are compiled in that time,
/// and nothing is known yet of its speed.
const CHECK_TIMEOUT: f64 = 120_000.0;

/// Least number of milliseconds without progress after which a GPU counts as lost.
const MIN_TIMEOUT: f64 = 20_000.0;

/// Milliseconds without progress after which a GPU counts as lost, per millisecond of its self-check.
const TIMEOUT_FACTOR: f64 = 30.0;

/// Milliseconds after which the report of a GPU's loss has arrived.
const REPORT_DELAY: i32 = 50;

/// Runs computations on a device. A GPU that is lost may leave a read-back pending forever, so a computation on it ends as
/// soon as the GPU reports an error, and after a long time without progress.
#[derive(Clone)]
pub(in crate::engine) struct Guard {
    backend: Backend,
    devices: Rc<dyn Devices>,
    tasks: Rc<dyn Tasks>,
    /// Milliseconds without progress after which the GPU counts as lost.
    timeout: f64,
    /// Incremented whenever a computation makes progress.
    progress: Rc<Cell<u32>>,
}

impl Guard {
    /// The guard of a device whose self-check took this many milliseconds; `None` during the self-check.
    pub fn new(backend: Backend, devices: Rc<dyn Devices>, tasks: Rc<dyn Tasks>, check: Option<f64>) -> Self {
        let timeout = check.map_or(CHECK_TIMEOUT, |check| (check * TIMEOUT_FACTOR).max(MIN_TIMEOUT));
        Self { backend, devices, tasks, timeout, progress: Rc::default() }
    }

    /// Reports progress within a computation, which then has its full time again.
    pub fn progress(&self) {
        self.progress.set(self.progress.get().wrapping_add(1));
    }

    /// Runs a computation to its end, or until the GPU fails.
    ///
    /// # Errors
    /// When the computation fails, or the GPU reports an error, is lost or makes no progress.
    pub async fn run<T, E: Into<Failure>>(
        &self,
        computation: impl Future<Output = Result<T, E>>,
    ) -> Result<T, ComputeError> {
        if self.backend == Backend::Cpu {
            return computation.await.map_err(|error| ComputeError::Failed(error.into()));
        }
        let result = self.until_failure(computation).await;
        if let Ok(Err(_)) = result {
            // the report of a loss may come after the error that it causes
            self.tasks.wait(REPORT_DELAY).await;
        }
        match (result, self.devices.take_error()) {
            (Ok(Ok(value)), None) => Ok(value),
            (_, Some(reported)) => Err(ComputeError::DeviceLost(reported)),
            (Ok(Err(error)), None) => {
                let reason: Failure = error.into();
                // it is computed on the CPU
                let is_lost = !reason.is_of_onnx();
                Err(if is_lost { ComputeError::DeviceLost(reason) } else { ComputeError::Failed(reason) })
            }
            (Err(stalled), None) => Err(ComputeError::DeviceLost(stalled)),
        }
    }

    /// Waits for an optional result; an error of the GPU is left for the next computation.
    ///
    /// # Errors
    /// When the GPU fails before.
    pub async fn until_failure<T>(&self, computation: impl Future<Output = T>) -> Result<T, Failure> {
        if self.backend == Backend::Cpu {
            return Ok(computation.await);
        }
        let (mut computation, mut failed, mut stalled) =
            (pin!(computation), self.devices.failed(), pin!(self.stalled()));
        poll_fn(|context| {
            if let Poll::Ready(result) = computation.as_mut().poll(context) {
                return Poll::Ready(Ok(result));
            }
            let ended = failed.as_mut().poll(context).is_ready() || stalled.as_mut().poll(context).is_ready();
            if ended {
                let seconds = (self.timeout / 1000.0).round() as u32;
                return Poll::Ready(Err(EngineError::GpuStalled { seconds }.into()));
            }
            Poll::Pending
        })
        .await
    }

    /// Resolves after a long time without progress.
    async fn stalled(&self) {
        loop {
            let before = self.progress.get();
            self.tasks.wait(self.timeout as i32).await;
            if self.progress.get() == before {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use pollster::block_on;

    use super::*;
    use crate::engine::tests::doubles::TestEngine;
    use mien_compute::evaluation::PredictError;
    use mien_protocol::Message;

    fn guard(engine: &TestEngine, backend: Backend, check: f64) -> Guard {
        Guard::new(backend, Rc::clone(&engine.devices) as _, Rc::clone(&engine.tasks) as _, Some(check))
    }

    fn lost<T: std::fmt::Debug>(result: Result<T, ComputeError>) -> String {
        match result {
            Err(ComputeError::DeviceLost(reason)) => reason.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_computation_that_a_lost_gpu_never_finishes_ends_with_its_report() {
        let engine = TestEngine::new();
        let guard = guard(&engine, Backend::WebGpu, 0.0);
        engine.devices.fail_next();
        assert_eq!(lost(block_on(guard.run(pending::<Result<(), Failure>>()))), "lost");
        assert_eq!(engine.tasks.waits.get(), 0, "it does not wait for the deadline");
        assert_eq!(block_on(guard.run(ready(Ok::<_, Failure>(1)))), Ok(1), "the report is taken");
    }

    #[test]
    fn a_gpu_without_progress_counts_as_lost_after_its_time() {
        let engine = TestEngine::new();
        let quick = guard(&engine, Backend::WebGpu, 100.0);
        assert_eq!(lost(block_on(quick.run(pending::<Result<(), Failure>>()))), stalled(20));
        let guard = guard(&engine, Backend::WebGpu, 1000.0);
        assert_eq!(lost(block_on(guard.run(pending::<Result<(), Failure>>()))), stalled(30));
        let progress = guard.clone();
        engine.tasks.between.borrow_mut().push_back(Box::new(move || progress.progress()));
        let before = engine.tasks.waits.get();
        assert_eq!(lost(block_on(guard.run(pending::<Result<(), Failure>>()))), stalled(30));
        assert_eq!(engine.tasks.waits.get() - before, 2, "progress gives it its time again");
    }

    #[test]
    fn the_cpu_has_as_much_time_as_it_takes_and_its_errors_stay() {
        let engine = TestEngine::new();
        let guard = guard(&engine, Backend::Cpu, 0.0);
        engine.devices.fail_next();
        assert_eq!(block_on(guard.run(ready(Ok::<_, Failure>(1)))), Ok(1), "what the GPU reported is of before");
        let failed = Failure::message("odd".into());
        let result = block_on(guard.run(ready(Err::<(), _>(failed.clone()))));
        assert_eq!(result, Err(ComputeError::Failed(failed)));
    }

    #[test]
    fn an_onnx_model_that_fails_does_not_lose_the_gpu() {
        let engine = TestEngine::new();
        let guard = guard(&engine, Backend::WebGpu, 0.0);
        let cause = Failure::from(EngineError::OnnxStopped);
        let failed = Failure::from(PredictError::Device(cause.into()));
        let result = block_on(guard.run(ready(Err::<(), _>(failed.clone()))));
        assert_eq!(result, Err(ComputeError::Failed(failed)));
        let other = Failure::from(PredictError::Device(Message::quoted("odd".into())));
        lost(block_on(guard.run(ready(Err::<(), _>(other)))));
    }

    fn stalled(seconds: u32) -> String {
        format!("the GPU made no progress for {seconds} s")
    }
}
