//! The measurement of this device's speed.

use std::rc::Rc;

use super::{Run, RunAction, RunProgress};
use mien_protocol::{Backend, BenchmarkEvent, BenchmarkResult, Figures, Message};

/// What a whole measurement counts as.
const WHOLE: u32 = 1000;

/// The measurement in progress, and the results of the last one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Benchmark {
    /// The measurement in progress, in thousandths.
    pub current: Run,
    /// The backend that is being measured, once known.
    pub backend: Option<Backend>,
    /// The figures of the backends that were measured.
    pub results: Vec<BenchmarkResult>,
    /// The backends that could not be measured, and why.
    pub unmeasured: Vec<(Backend, Message)>,
    /// The results as JSON, once the measurement is finished.
    pub json: Option<Rc<str>>,
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
                *self = Self::default();
                self.current.start(run, WHOLE);
            }
            BenchmarkAction::Event(event) => self.on_event(event),
            BenchmarkAction::Lost => self.current.apply(RunAction::Lost),
        }
    }

    fn on_event(&mut self, event: BenchmarkEvent) {
        match event {
            BenchmarkEvent::Progress { run, backend, share, seconds } if self.current.is(run) => {
                self.backend = Some(backend);
                let done = (share * WHOLE as f32) as u32;
                self.current.apply(RunAction::Progress(RunProgress { run, done, total: WHOLE, seconds }));
            }
            BenchmarkEvent::Measured { run, result } if self.current.is(run) => self.results.push(*result),
            BenchmarkEvent::Unmeasured { run, backend, reason } if self.current.is(run) => {
                self.unmeasured.push((backend, reason));
            }
            BenchmarkEvent::Done { run, json } if self.current.finish(run) => self.json = Some(json.into()),
            BenchmarkEvent::Failed { run, reason } => {
                self.current.apply(RunAction::Failed(run, reason));
            }
            // who cancels it sees that it has ended
            BenchmarkEvent::Cancelled { run } => {
                self.current.finish(run);
            }
            _ => {} // of an earlier run
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{benchmark, message};
    use crate::state::RunFailure;

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
        let expected = RunProgress { run: 1, done: 500, total: 1000, seconds: 2.0 };
        assert_eq!((state.results.len(), state.current.progress()), (1, Some(&expected)));
        assert_eq!(state.backend, Some(Backend::WebGpu));
        let reason = message("lost");
        let unmeasured = BenchmarkEvent::Unmeasured { run: 1, backend: Backend::WebGpu, reason: reason.clone() };
        let mut state = after([measured(1, Backend::Cpu, 20.0, 900.0), unmeasured, done(1)]);
        assert_eq!((state.results.len(), &state.current), (1, &Run::Idle));
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
            BenchmarkEvent::Progress { run: 2, backend: Backend::Cpu, share: 0.5, seconds: 2.0 },
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
        assert_eq!(failed.current, Run::Ended(RunFailure::Failed(message("no"))));
        let cancelled = after([measured(1, Backend::Cpu, 1.0, 1.0), BenchmarkEvent::Cancelled { run: 1 }]);
        assert_eq!((&cancelled.current, cancelled.results.len()), (&Run::Idle, 1));
        let mut lost = after([]);
        lost.apply(BenchmarkAction::Lost);
        assert_eq!(lost.current, Run::Ended(RunFailure::Lost));
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
