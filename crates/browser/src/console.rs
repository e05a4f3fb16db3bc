//! The log, in the browser's console.
//!
//! The query string of the page's address sets the level: `?log=debug` for this project's crates, `?log=info,wgpu=warn`
//! also for another crate or module. The default is warnings of this project and errors of other crates.

use std::sync::OnceLock;

use log::{Level, LevelFilter, Log, Metadata, Record};
use web_sys::console;

/// Prefix of the module paths of this project.
const OURS: &str = "mien_";

static LOGGER: OnceLock<ConsoleLog> = OnceLock::new();

struct ConsoleLog(Filter);

/// Minimum level per module prefix; the last matching entry applies.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Filter(Vec<(String, LevelFilter)>);

/// Installs the console logger with the levels from the page's query string.
pub fn start(query: &str) {
    let filter = Filter::parse(query);
    let max = filter.0.iter().map(|(_, level)| *level).max().unwrap_or(LevelFilter::Off);
    // fails only when there is a logger already
    if log::set_logger(LOGGER.get_or_init(|| ConsoleLog(filter))).is_ok() {
        log::set_max_level(max);
    }
}

impl Filter {
    /// Parses the query string; unknown levels are ignored.
    fn parse(query: &str) -> Self {
        let mut levels = vec![(String::new(), LevelFilter::Error), (OURS.to_owned(), LevelFilter::Warn)];
        let asked = query.trim_start_matches('?').split('&').find_map(|part| part.strip_prefix("log="));
        for word in asked.unwrap_or_default().split(',') {
            let (module, level) = word.split_once('=').unwrap_or((OURS, word));
            levels.extend(level.parse().map(|level| (module.to_owned(), level)));
        }
        Self(levels)
    }

    fn shows(&self, module: &str, level: Level) -> bool {
        self.0
            .iter()
            .rev()
            .find(|(prefix, _)| module.starts_with(prefix.as_str()))
            .is_some_and(|(_, max)| level <= *max)
    }
}

impl Log for ConsoleLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.shows(metadata.target(), metadata.level())
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let message = format!("{}: {}", record.target(), record.args()).into();
        match record.level() {
            Level::Error if record.target().starts_with(OURS) => console::error_1(&message),
            // what a crate below calls an error, such as a lost device, the engine may have an answer to
            Level::Error | Level::Warn => console::warn_1(&message),
            Level::Info => console::info_1(&message),
            Level::Debug | Level::Trace => console::debug_1(&message),
        }
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use super::Filter;
    use log::Level;

    #[test]
    fn warnings_appear_unless_the_query_asks_for_more_or_less() {
        let shown = |query: &str, module: &str| {
            let filter = Filter::parse(query);
            Level::iter().filter(|level| filter.shows(module, *level)).last()
        };
        for (query, ours, wgpu) in [
            ("", Some(Level::Warn), Some(Level::Error)),
            ("?sample=1", Some(Level::Warn), Some(Level::Error)),
            ("?log=debug", Some(Level::Debug), Some(Level::Error)),
            ("?a=b&log=off", None, Some(Level::Error)),
            ("?log=mien_worker=trace", Some(Level::Trace), Some(Level::Error)),
            ("?log=mien_page=trace", Some(Level::Warn), Some(Level::Error)),
            ("?log=info,wgpu=warn", Some(Level::Info), Some(Level::Warn)),
            ("?log=loud,wgpu=loud", Some(Level::Warn), Some(Level::Error)),
        ] {
            assert_eq!(shown(query, "mien_worker::engine"), ours, "{query}");
            assert_eq!(shown(query, "wgpu_core::device"), wgpu, "{query}");
        }
    }
}
