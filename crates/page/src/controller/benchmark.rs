//! The measurement of this device's speed.

use super::link::{Link, RequestId};
use crate::state::{Action, BenchmarkAction};
use mien_protocol::{BenchmarkCommand, BenchmarkEvent, Command};

/// Measures this device's speed.
pub struct Benchmark(Link);

impl Benchmark {
    /// Creates the controller.
    pub const fn new(link: Link) -> Self {
        Self(link)
    }

    /// Starts a measurement.
    pub fn start(&self) {
        let run = self.0.next_request();
        self.dispatch(BenchmarkAction::Started(run));
        self.0.send(&Command::Benchmark(BenchmarkCommand::Start { run }));
    }

    /// Cancels a measurement.
    pub fn cancel(&self, run: RequestId) {
        self.0.send(&Command::Benchmark(BenchmarkCommand::Cancel { run }));
    }

    /// Downloads the results.
    pub fn save(&self, json: &str) {
        self.0.download_text(json, "application/json", "json");
    }

    /// Called when the engine was replaced or lost.
    pub fn on_engine_lost(&self) {
        self.dispatch(BenchmarkAction::Lost);
    }

    /// Handles an event from the engine.
    pub fn on_event(&self, event: BenchmarkEvent) {
        self.dispatch(BenchmarkAction::Event(event));
    }

    fn dispatch(&self, action: BenchmarkAction) {
        self.0.dispatch(Action::Benchmark(action));
    }
}

#[cfg(test)]
mod tests {
    use super::Benchmark;
    use crate::controller::fake::FakeHost;
    use crate::state::{Action, BenchmarkAction};
    use mien_protocol::{BenchmarkCommand, Command};

    #[test]
    fn a_measurement_is_started_cancelled_and_downloaded() {
        let (host, link) = FakeHost::new();
        let benchmark = Benchmark::new(link);
        benchmark.start();
        benchmark.cancel(1);
        let commands = [BenchmarkCommand::Start { run: 1 }, BenchmarkCommand::Cancel { run: 1 }];
        assert_eq!(host.take_commands(), commands.map(Command::Benchmark));
        assert!(matches!(host.take_actions()[..], [Action::Benchmark(BenchmarkAction::Started(1))]));
        benchmark.save("{}");
        assert_eq!(host.take_downloads(), [(String::from("{}"), String::from("application/json json"))]);
    }
}
