//! Labelled photographs, on which the network is measured.

use std::cell::Cell;
use std::rc::Rc;

use web_sys::File;

use super::link::{Attachment, Link, RequestId};
use crate::notice::Notice;
use crate::sources::folder::{self, Dropped};
use crate::state::{Action, EvaluationAction, EvaluationView, PhotographsAction, RunAction, RunProgress};
use mien_core::dataset::PhotoTable;
use mien_protocol::{Command, PhotographsCommand, PhotographsEvent};

/// Measures the network on labelled photographs.
pub struct Photographs {
    link: Link,
    /// The run that started last, which may have ended.
    run: Cell<Option<RequestId>>,
}

impl Photographs {
    /// Creates the controller.
    pub const fn new(link: Link) -> Self {
        Self { link, run: Cell::new(None) }
    }

    /// Measures the active network on the photographs of a folder, in place of a run in progress.
    pub fn open(&self, files: Vec<File>) {
        self.measure(files.into_iter().map(|file| (folder::path(&file), file)).collect());
    }

    /// Measures the active network on what was dropped, if that may be photographs with a table; otherwise `open_files` gets the files.
    pub fn open_dropped(self: &Rc<Self>, dropped: Dropped, open_files: impl FnOnce(Vec<File>) + 'static) {
        let photographs = Rc::clone(self);
        self.link.spawn(async move {
            match dropped.files().await {
                Ok(files) if is_labelled(files.iter().map(|(path, _)| path.as_str())) => photographs.measure(files),
                Ok(files) => open_files(files.into_iter().map(|(_, file)| file).collect()),
                Err(name) => photographs.link.notify(Notice::FileUnreadable { name }),
            }
        });
    }

    fn measure(&self, files: Vec<(String, File)>) {
        let name = folder::common(&files).unwrap_or_default();
        let (paths, files): (Vec<String>, Vec<File>) = files.into_iter().unzip();
        let run = self.link.next_request();
        if let Some(before) = self.run.replace(Some(run)) {
            self.cancel(before);
        }
        self.link.dispatch(Action::DismissAll);
        self.link.dispatch(Action::Evaluation(EvaluationAction::View(EvaluationView::Photographs)));
        self.dispatch(PhotographsAction::Started(run));
        let command = Command::Photographs(PhotographsCommand::Measure { run, name, paths });
        self.link.send_with(&command, Attachment::Files(&files));
    }

    /// Cancels a run.
    pub fn cancel(&self, run: RequestId) {
        self.link.send(&Command::Photographs(PhotographsCommand::Cancel { run }));
    }

    /// Downloads the report as JSON.
    pub fn save(&self, json: &str) {
        self.link.download_text(json, "application/json", "json");
    }

    /// Called when the engine was replaced or lost.
    pub fn on_engine_lost(&self) {
        self.dispatch(PhotographsAction::Run(RunAction::Lost));
    }

    /// Handles an event from the engine.
    pub fn on_event(&self, event: PhotographsEvent) {
        self.dispatch(match event {
            PhotographsEvent::Progress { run, done, total, seconds } => {
                PhotographsAction::Run(RunAction::Progress(RunProgress { run, done, total, seconds }))
            }
            PhotographsEvent::Done { run, outcome } => PhotographsAction::Done(run, outcome),
            PhotographsEvent::Failed { run, reason } => PhotographsAction::Run(RunAction::Failed(run, reason)),
            PhotographsEvent::Cancelled { run } => PhotographsAction::Run(RunAction::Cancelled(run)),
        });
    }

    fn dispatch(&self, action: PhotographsAction) {
        self.link.dispatch(Action::Evaluation(EvaluationAction::Photographs(action)));
    }
}

/// Whether files with these paths may be photographs with a table: those of folders, or with a file that has the name of the table.
fn is_labelled<'a>(mut paths: impl Iterator<Item = &'a str>) -> bool {
    paths.any(|path| path.contains('/') || path.eq_ignore_ascii_case(PhotoTable::FILE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::fake::{FakeHost, file};
    use crate::fixtures::{message, photographs as outcome};
    use crate::state::{Photographs as PhotographsState, Run, RunFailure};

    #[test]
    fn a_folder_is_measured_in_place_of_the_one_before() {
        let (host, link) = FakeHost::new();
        let photographs = Photographs::new(link);
        photographs.measure(vec![("set/labels.csv".into(), file()), ("set/a.jpg".into(), file())]);
        let measure = |run: u32, name: &str, paths: &[&str]| {
            let (name, paths) = (name.to_owned(), paths.iter().map(|&path| path.to_owned()).collect());
            Command::Photographs(PhotographsCommand::Measure { run, name, paths })
        };
        assert_eq!(host.take_commands(), [measure(1, "set", &["set/labels.csv", "set/a.jpg"])]);
        let actions = host.take_actions();
        let [Action::DismissAll, Action::Evaluation(EvaluationAction::View(view)), Action::Evaluation(started)] =
            &actions[..]
        else {
            panic!("{} actions", actions.len())
        };
        assert_eq!(*view, EvaluationView::Photographs);
        assert!(matches!(started, EvaluationAction::Photographs(PhotographsAction::Started(1))));
        photographs.measure(vec![("labels.csv".into(), file()), ("a.jpg".into(), file())]);
        let cancel = Command::Photographs(PhotographsCommand::Cancel { run: 1 });
        assert_eq!(host.take_commands(), [cancel, measure(2, "", &["labels.csv", "a.jpg"])]);
        photographs.save("{}");
        assert_eq!(host.take_downloads(), [(String::from("{}"), String::from("application/json json"))]);
    }

    #[test]
    fn a_measurement_ends_with_a_result_or_with_its_reason() {
        let (host, link) = FakeHost::new();
        let photographs = Photographs::new(link);
        let after = |event: PhotographsEvent| {
            let mut state = PhotographsState::default();
            state.apply(PhotographsAction::Started(1));
            photographs.on_event(event);
            for action in host.take_actions() {
                if let Action::Evaluation(EvaluationAction::Photographs(action)) = action {
                    state.apply(action);
                }
            }
            state
        };
        let running = after(PhotographsEvent::Progress { run: 1, done: 2, total: 3, seconds: 4.0 });
        assert_eq!(running.current, Run::Running(RunProgress { run: 1, done: 2, total: 3, seconds: 4.0 }));
        let failed = after(PhotographsEvent::Failed { run: 1, reason: message("why") });
        assert_eq!(failed.current, Run::Ended(RunFailure::Failed(message("why"))));
        assert_eq!(after(PhotographsEvent::Cancelled { run: 1 }).current, Run::Ended(RunFailure::Cancelled));
        let done = after(PhotographsEvent::Done { run: 1, outcome: Box::new(outcome()) });
        assert!(done.current == Run::Idle && done.outcome.is_some());
    }

    #[test]
    fn folders_and_tables_are_told_from_other_files() {
        assert!(is_labelled(["set/a.jpg"].into_iter()) && is_labelled(["a.jpg", "Labels.csv"].into_iter()));
        assert!(!is_labelled(["a.jpg", "clip.mp4"].into_iter()) && !is_labelled([].into_iter()));
    }
}
