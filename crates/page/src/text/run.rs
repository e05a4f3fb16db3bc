//! Texts about runs.

use super::evaluation::{END_CANCELLED, END_FAILED, END_FAILED_DO, END_LOST, END_LOST_DO, duration, time_left};
use super::{ONNX_FAILED_DO, onnx_failure};
use crate::format::{fixed, percent};
use crate::state::{RunFailure, RunProgress};

/// What is done of a run; from a second on, when they can be estimated, also its rate, in these words if there are any, and the time
/// left, if it is more than a second.
pub fn with_estimates(mut done: String, progress: &RunProgress, rate: Option<fn(&str) -> String>) -> String {
    if progress.done > 0 && progress.seconds > 1.0 {
        let speed = f64::from(progress.done) / progress.seconds;
        if let Some(rate) = rate {
            done += " · ";
            done += &rate(&fixed(speed, u32::from(speed < 10.0)));
        }
        let left = f64::from(progress.total.saturating_sub(progress.done)) / speed;
        if left > 1.0 {
            done += " · ";
            done += &time_left(&duration(left));
        }
    }
    done
}

/// The quarters of a run that are done, for screen readers.
pub fn quarters(progress: &RunProgress) -> String {
    percent((progress.share() * 4.0).floor() as f32 / 4.0)
}

/// Why a run ended without a result, and what to do.
pub fn failure(failure: &RunFailure) -> (String, &'static str) {
    match failure {
        RunFailure::Cancelled => (END_CANCELLED.into(), ""),
        RunFailure::Lost => (END_LOST.into(), END_LOST_DO.text()),
        RunFailure::Failed(reason) => match onnx_failure(reason) {
            Some(what) => (what, ONNX_FAILED_DO.text()),
            None => (END_FAILED.into(), END_FAILED_DO.text()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::message;
    use crate::text::evaluation::images_per_second;
    use mien_protocol::{Argument, Message};

    #[test]
    fn rate_and_time_left_are_said_once_they_can_be_estimated() {
        let said = |done, seconds| {
            let progress = RunProgress { run: 1, done, total: 100, seconds };
            let of = |rate: Option<fn(&str) -> String>| with_estimates("so far".into(), &progress, rate);
            (of(Some(|rate| images_per_second(rate))), of(None))
        };
        let plain = (String::from("so far"), String::from("so far"));
        assert_eq!(said(0, 5.0), plain, "nothing is done");
        assert_eq!(said(50, 1.0), plain, "too early for an estimate");
        let estimated = |with: &str, without: &str| (format!("so far · {with}"), format!("so far · {without}"));
        assert_eq!(said(10, 2.0), estimated("5.0 images/s · 18 s left", "18 s left"));
        assert_eq!(said(40, 4.0), estimated("10 images/s · 6 s left", "6 s left"));
        assert_eq!(said(90, 5.0), ("so far · 18 images/s".into(), "so far".into()), "less than a second");
        assert_eq!(said(200, 4.0), ("so far · 50 images/s".into(), "so far".into()), "more than announced");
    }

    #[test]
    fn progress_is_announced_once_a_quarter() {
        let of = |done, total| quarters(&RunProgress { run: 1, done, total, seconds: 1.0 });
        assert_eq!([0, 24, 25, 74, 99, 100].map(|done| of(done, 100)), ["0%", "0%", "25%", "50%", "75%", "100%"]);
        assert_eq!(of(0, 0), "0%", "it is not known of how many");
    }

    #[test]
    fn a_run_that_ended_early_says_what_to_do_unless_it_was_cancelled() {
        assert_eq!(failure(&RunFailure::Cancelled).1, "");
        for ended in [RunFailure::Lost, RunFailure::Failed(message("no memory"))] {
            assert!(!failure(&ended).0.is_empty() && !failure(&ended).1.is_empty());
        }
        let cause = Message::new("onnx/not-finite", [], "the model computes no numbers".into());
        let nested = Message::new("predict/device", [("0", Argument::Message(Box::new(cause)))], "nested".into());
        let (what, remedy) = failure(&RunFailure::Failed(nested));
        assert_eq!(what, "The model computes no numbers.");
        assert!(remedy.contains("another network") && !remedy.contains("GPU"), "{remedy}");
    }
}
