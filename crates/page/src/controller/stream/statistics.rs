//! Frame rate and processing times of a stream.

use std::collections::VecDeque;

use crate::state::{RecognitionResult, StreamStatistics};

/// Averaging window, in milliseconds.
const WINDOW: f64 = 1000.0;

/// Minimum time between updates of the display, in milliseconds, so that it is readable.
const SHOWN_FOR: f64 = 500.0;

/// Measures frame rate and processing times.
#[derive(Default)]
pub struct StatisticsMeter {
    frames: VecDeque<(f64, [f32; 4])>,
    shown: f64,
}

impl StatisticsMeter {
    /// Adds a frame at a time in milliseconds; returns new averages when the display is due for an update.
    pub fn add(&mut self, time: f64, result: &RecognitionResult) -> Option<StreamStatistics> {
        let timing = &result.timing;
        self.frames.push_back((time, [timing.detect, timing.align, timing.classify, result.latency]));
        while self.frames.front().is_some_and(|(first, _)| *first < time - WINDOW) {
            self.frames.pop_front();
        }
        let (first, _) = self.frames.front()?;
        if time - self.shown < SHOWN_FOR || self.frames.len() < 2 {
            return None;
        }
        self.shown = time;
        let count = self.frames.len() as f32;
        let average = |index: usize| self.frames.iter().map(|(_, values)| values[index]).sum::<f32>() / count;
        Some(StreamStatistics {
            rate: ((count - 1.0) * 1000.0) / (time - first).max(1.0) as f32,
            detect: average(0),
            align: average(1),
            classify: average(2),
            latency: average(3),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::StatisticsMeter;
    use crate::controller::fake::recognized;

    #[test]
    fn the_rate_is_that_of_the_last_second() {
        let mut meter = StatisticsMeter::default();
        let mut shown = Vec::new();
        // Ten frames a second for a second, then five a second for two.
        let slow = (1..=10).map(|frame| 2000.0 + f64::from(frame) * 200.0);
        for time in (0..=10).map(|frame| 1000.0 + f64::from(frame) * 100.0).chain(slow) {
            shown.extend(meter.add(time, &recognized(&[])));
        }
        assert_eq!(shown.first().unwrap().rate, 10.0);
        assert_eq!(shown.last().unwrap().rate, 5.0);
        assert_eq!(shown.last().unwrap().latency, 20.0);
        // At most twice in each of the three seconds.
        assert!(shown.len() <= 6, "{}", shown.len());
    }

    #[test]
    fn one_frame_has_no_rate() {
        let mut meter = StatisticsMeter::default();
        assert_eq!(meter.add(1000.0, &recognized(&[])), None);
        // Nor has one whose predecessor is long ago.
        assert_eq!(meter.add(9000.0, &recognized(&[])), None);
    }
}
