//! The measurement of this device's speed.

use std::rc::Rc;

use super::RunFailure;
use mien_protocol::{Backend, BenchmarkEvent, BenchmarkResult, Figures, Message};

/// The measurement in progress, and the results of the last one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Benchmark {
    /// The measurement in progress.
    pub progress: Option<BenchmarkProgress>,
    /// The figures of the backends that were measured.
    pub results: Vec<BenchmarkResult>,
    /// The backends that could not be measured, and why.
    pub unmeasured: Vec<(Backend, Message)>,
    /// The results as JSON, once the measurement is finished.
    pub json: Option<Rc<str>>,
    /// Why the measurement ended early, unless the user cancelled it.
    pub failure: Option<RunFailure>,
}

/// The measurement in progress.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BenchmarkProgress {
    /// The run.
    pub run: u32,
    /// The backend that is being measured.
    pub backend: Backend,
    /// How much is done, 0 to 1.
    pub share: f32,
    /// Seconds since it began.
    pub seconds: f64,
}

/// Two backends in comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The faster one.
    pub fast: Backend,
    /// The other one.
    pub slow: Backend,
    /// How many times as fast it is, at least 1.
    pub factor: f64,
}

/// What can happen to the measurement.
pub enum BenchmarkAction {
    /// A measurement starts; its run.
    Started(u32),
    /// An event from the engine.
    Event(BenchmarkEvent),
    /// The engine failed, and the measurement in progress is lost.
    Lost,
}

impl Benchmark {
    /// The faster of two measured backends for live recognition.
    pub fn faster_live(&self) -> Option<Comparison> {
        self.faster(|times| times.detect + times.infer_1)
    }

    /// The faster of two measured backends for training.
    pub fn faster_training(&self) -> Option<Comparison> {
        self.faster(|times| times.train_32)
    }

    fn faster(&self, time: fn(&Figures<f64>) -> f64) -> Option<Comparison> {
        let [first, second] = &self.results[..] else { return None };
        let [first, second] = [first, second].map(|result| (result.backend, time(&result.milliseconds)));
        let (fast, slow) = if first.1 <= second.1 { (first, second) } else { (second, first) };
        Some(Comparison { fast: fast.0, slow: slow.0, factor: slow.1 / fast.1 })
    }

    /// Applies an action.
    pub(super) fn apply(&mut self, action: BenchmarkAction) {
        match action {
            BenchmarkAction::Started(run) => {
                let progress = BenchmarkProgress { run, backend: Backend::Cpu, share: 0.0, seconds: 0.0 };
                *self = Self { progress: Some(progress), ..Self::default() };
            }
            BenchmarkAction::Event(event) => self.on_event(event),
            BenchmarkAction::Lost => {
                if self.progress.take().is_some() {
                    self.failure = Some(RunFailure::Lost);
                }
            }
        }
    }

    fn on_event(&mut self, event: BenchmarkEvent) {
        let Some(progress) = &mut self.progress else { return };
        match event {
            BenchmarkEvent::Progress { run, backend, share, seconds } if run == progress.run => {
                *progress = BenchmarkProgress { run, backend, share, seconds };
            }
            BenchmarkEvent::Measured { run, result } if run == progress.run => self.results.push(*result),
            BenchmarkEvent::Unmeasured { run, backend, reason } if run == progress.run => {
                self.unmeasured.push((backend, reason));
            }
            BenchmarkEvent::Done { run, json } if run == progress.run => {
                self.progress = None;
                self.json = Some(json.into());
            }
            BenchmarkEvent::Failed { run, reason } if run == progress.run => {
                self.progress = None;
                self.failure = Some(RunFailure::Failed(reason));
            }
            BenchmarkEvent::Cancelled { run } if run == progress.run => self.progress = None,
            _ => {} // of an earlier run
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{benchmark, message};

    fn after(events: impl IntoIterator<Item = BenchmarkEvent>) -> Benchmark {
        let mut state = Benchmark::default();
        state.apply(BenchmarkAction::Started(1));
        events.into_iter().for_each(|event| state.apply(BenchmarkAction::Event(event)));
        state
    }

    fn measured(run: u32, backend: Backend, infer: f64, train: f64) -> BenchmarkEvent {
        BenchmarkEvent::Measured { run, result: Box::new(benchmark(backend, infer, train)) }
    }

    fn done(run: u32) -> BenchmarkEvent {
        BenchmarkEvent::Done { run, json: "{}".into() }
    }

    #[test]
    fn results_arrive_one_by_one_and_the_next_start_drops_them() {
        let progress = BenchmarkEvent::Progress { run: 1, backend: Backend::WebGpu, share: 0.5, seconds: 2.0 };
        let state = after([measured(1, Backend::Cpu, 20.0, 900.0), progress]);
        let expected = BenchmarkProgress { run: 1, backend: Backend::WebGpu, share: 0.5, seconds: 2.0 };
        assert_eq!((state.results.len(), state.progress), (1, Some(expected)));
        let reason = message("lost");
        let unmeasured = BenchmarkEvent::Unmeasured { run: 1, backend: Backend::WebGpu, reason: reason.clone() };
        let mut state = after([measured(1, Backend::Cpu, 20.0, 900.0), unmeasured, done(1)]);
        assert_eq!((state.results.len(), state.progress), (1, None));
        assert_eq!(
            (state.unmeasured.as_slice(), state.json.as_deref()),
            (&[(Backend::WebGpu, reason)][..], Some("{}"))
        );
        state.apply(BenchmarkAction::Started(2));
        assert!(state.results.is_empty() && state.unmeasured.is_empty() && state.json.is_none());
    }

    #[test]
    fn events_of_other_runs_are_ignored() {
        let reason = || message("no");
        let stale = [
            measured(2, Backend::Cpu, 1.0, 1.0),
            BenchmarkEvent::Unmeasured { run: 2, backend: Backend::Cpu, reason: reason() },
            BenchmarkEvent::Failed { run: 2, reason: reason() },
            BenchmarkEvent::Cancelled { run: 2 },
            done(2),
        ];
        assert_eq!(after(stale), after([]));
        let ended = after([done(1)]);
        assert_eq!(after([done(1), measured(1, Backend::Cpu, 1.0, 1.0)]), ended, "it is over");
    }

    #[test]
    fn a_measurement_ends_early_with_its_reason() {
        let failed = after([BenchmarkEvent::Failed { run: 1, reason: message("no") }]);
        assert_eq!((failed.failure, failed.progress), (Some(RunFailure::Failed(message("no"))), None));
        let cancelled = after([measured(1, Backend::Cpu, 1.0, 1.0), BenchmarkEvent::Cancelled { run: 1 }]);
        assert_eq!((cancelled.failure, cancelled.progress, cancelled.results.len()), (None, None, 1));
        let mut lost = after([]);
        lost.apply(BenchmarkAction::Lost);
        assert_eq!((lost.failure, lost.progress), (Some(RunFailure::Lost), None));
        let mut idle = Benchmark::default();
        idle.apply(BenchmarkAction::Lost);
        assert_eq!(idle, Benchmark::default());
    }

    #[test]
    fn the_faster_backend_is_found_for_each_kind_of_work() {
        let both = after([measured(1, Backend::Cpu, 10.0, 900.0), measured(1, Backend::WebGpu, 15.0, 30.0)]);
        let (cpu, gpu) = (Backend::Cpu, Backend::WebGpu);
        assert_eq!(both.faster_live(), Some(Comparison { fast: cpu, slow: gpu, factor: 1.5 }));
        assert_eq!(both.faster_training(), Some(Comparison { fast: gpu, slow: cpu, factor: 30.0 }));
        assert_eq!(after([measured(1, cpu, 10.0, 900.0)]).faster_live(), None);
    }
}
