//! Texts of the measurement of this device's speed.

use super::labelled;
use super::run::with_estimates;
use crate::format::{bytes, fixed, milliseconds, percent};
use crate::language::Text;
use crate::state::{Benchmark, RunProgress};
use mien_protocol::{Backend, BenchmarkResult};

pub use crate::language::messages::benchmark::*;

/// The columns of the table.
pub const COLUMNS: [Text; 6] =
    [COLUMN_BACKEND, COLUMN_INFER_1, COLUMN_INFER_32, COLUMN_DETECT, COLUMN_TRAIN_32, COLUMN_MEMORY];

/// The name of a backend, the same in every language.
pub const fn name(backend: Backend) -> &'static str {
    match backend {
        Backend::Cpu => "CPU",
        Backend::WebGpu => "GPU",
    }
}

/// The progress. The CPU is measured first.
pub fn progress(backend: Option<Backend>, progress: &RunProgress) -> String {
    let backend = name(backend.unwrap_or(Backend::Cpu));
    with_estimates(progress_on(backend, &percent(progress.share() as f32)), progress, None)
}

/// The cells of a backend's row.
pub fn row(result: &BenchmarkResult) -> [String; 6] {
    let times = &result.milliseconds;
    let time = |value: f64| milliseconds(value as f32);
    let mut processor = name(result.backend).to_owned();
    if !result.adapter.is_empty() {
        processor = labelled(&processor, &result.adapter);
    }
    let memory = bytes(result.memory_bytes);
    [processor, time(times.infer_1), time(times.infer_32), time(times.detect), time(times.train_32), memory]
}

/// Which of two backends is faster for live recognition and for training.
pub fn findings(benchmark: &Benchmark) -> Vec<String> {
    let live =
        benchmark.faster_live().map(|found| live_faster(name(found.fast), &fixed(found.factor, 1), name(found.slow)));
    let training = benchmark
        .faster_training()
        .map(|found| training_faster(name(found.fast), &fixed(found.factor, 1), name(found.slow)));
    live.into_iter().chain(training).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::benchmark;

    #[test]
    fn progress_names_the_backend() {
        let of = |backend, done| progress(backend, &RunProgress { run: 1, done, total: 1000, seconds: 2.0 });
        assert_eq!(of(None, 0), "CPU · 0%");
        assert_eq!(of(Some(Backend::WebGpu), 250), "GPU · 25% · 6 s left");
    }

    #[test]
    fn a_row_has_units_and_the_name_of_the_gpu() {
        let result = BenchmarkResult { adapter: "A1".into(), ..benchmark(Backend::WebGpu, 4.26, 900.0) };
        assert_eq!(row(&result), ["GPU: A1", "4.3 ms", "17 ms", "8.5 ms", "900 ms", "83 MB"]);
        assert_eq!(row(&benchmark(Backend::Cpu, 1.0, 1.0))[0], "CPU");
    }

    #[test]
    fn findings_compare_two_backends() {
        let (cpu, gpu) = (benchmark(Backend::Cpu, 10.0, 900.0), benchmark(Backend::WebGpu, 15.0, 30.0));
        let mut state = Benchmark { results: vec![cpu], ..Benchmark::default() };
        assert_eq!(findings(&state), [""; 0]);
        state.results.push(gpu);
        assert_eq!(
            findings(&state),
            [
                "For live recognition (detection and one face), the CPU is 1.5 times as fast as the GPU.",
                "For training, the GPU is 30.0 times as fast as the CPU."
            ]
        );
    }
}
