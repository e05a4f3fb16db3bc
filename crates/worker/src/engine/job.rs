//! The jobs of all features.

use super::benchmark::BenchmarkJob;
use super::datasets::DatasetJob;
use super::evaluation::EvaluationJob;
use super::explanation::ExplanationJob;
use super::fit::FitJob;
use super::jobs::{JobQueue, Jobs};
use super::photographs::PhotographsJob;
use super::robustness::RobustnessJob;
use super::training::TrainingJob;

/// Work of a feature that advances in slices.
pub(super) enum Job {
    Dataset(DatasetJob),
    Evaluation(Box<EvaluationJob>),
    Robustness(Box<RobustnessJob>),
    Photographs(Box<PhotographsJob>),
    Explanation(ExplanationJob),
    Training(TrainingJob),
    Benchmark(Box<BenchmarkJob>),
    Fit(Box<FitJob>),
}

macro_rules! jobs {
    ($($variant:ident($job:ty)),*) => {$(
        impl Jobs<$job> for JobQueue<Job> {
            fn add(&mut self, job: $job) {
                self.push(Job::$variant(job));
            }

            fn take(&mut self, matches: &dyn Fn(&$job) -> bool) -> Vec<$job> {
                let taken = self.remove(|job| matches!(job, Job::$variant(job) if matches(job)));
                taken.into_iter().filter_map(|job| if let Job::$variant(job) = job { Some(job) } else { None }).collect()
            }
        }
    )*};
}
jobs![
    Dataset(DatasetJob),
    Evaluation(Box<EvaluationJob>),
    Robustness(Box<RobustnessJob>),
    Photographs(Box<PhotographsJob>),
    Explanation(ExplanationJob),
    Training(TrainingJob),
    Benchmark(Box<BenchmarkJob>),
    Fit(Box<FitJob>)
];
