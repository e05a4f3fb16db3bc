//! A report for tests of its formats.

use super::{CorruptionReport, RobustnessReport, Score, SeverityReport};
use crate::evaluation::RunInfo;
use crate::vision::corruption::{Corruption, SEVERITIES};

/// Two corruptions with decreasing accuracies.
pub fn report() -> RobustnessReport {
    let clean = Score { accuracy: 0.7, accuracy_interval: Some([0.65, 0.75]), macro_f1: 0.6 };
    let corruption = |corruption: Corruption| {
        let severity = |severity: usize| {
            let accuracy = 0.7 - 0.1 * severity as f64 - 0.01 * corruption as u8 as f64;
            let score = Score { accuracy, accuracy_interval: Some([0.1, 0.2]), macro_f1: accuracy / 2.0 };
            SeverityReport::new(severity, corruption.parameter(severity as f32), &score, &clean)
        };
        CorruptionReport::new(corruption, (1..=SEVERITIES).map(severity).collect())
    };
    let corruptions = vec![corruption(Corruption::Shift), corruption(Corruption::Roll)];
    let run = RunInfo { model: "vgg".into(), backend: "flex".into(), split: "PublicTest".into(), ..RunInfo::default() };
    RobustnessReport::new(100, 1100, clean, corruptions, run)
}
