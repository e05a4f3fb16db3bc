//! The checkpoints of runs: stored on this device, held by the page, and as files.

use super::Training;
use super::run::RunState;
use crate::engine::platform::Attachment;
use crate::failure::Failure;
use mien_message::Message;
use mien_protocol::{Event, StoredRun, TrainingEvent};

/// How often a stored run is looked for that seems to be of another tab: after a reload, the browser may release the lock of the page
/// that was a moment later, and other tabs lock each run for a moment when they look for one.
const LOCK_ATTEMPTS: u32 = 10;

/// Milliseconds between these attempts.
const LOCK_PAUSE: i32 = 100;

/// The checkpoints that the page holds. One is sent at a time, since each takes megabytes, and a page that is slow would have many
/// waiting.
#[derive(Default)]
pub(super) struct PageCopy {
    /// Whether the page has not yet taken the last one.
    is_sent: bool,
    /// Why the newest one was not stored, and which it is, if it waits for that; its bytes are the run's checkpoint.
    waiting: Option<(Message, StoredRun)>,
}

impl Training {
    /// Makes a checkpoint and stores it on this device; the run continues even if that fails.
    pub(super) async fn store_run(&mut self) {
        let Some(run) = &mut self.run else { return };
        let Some(bytes) = run.bytes().await else { return };
        let label = run.label();
        let problem = self.store.store(&label, &bytes).await.err().map(|error| Failure::from(error).into());
        // an engine that replaces this one has nothing else to continue from
        self.page.waiting = problem.map(|problem| (problem, label.run(bytes.len() as u64, true)));
        run.checkpoint = Some(bytes);
        run.stored_at = self.clock.now();
        if self.page.waiting.is_none() {
            self.post(TrainingEvent::Stored { problem: None, held: None });
        } else if !self.page.is_sent {
            self.send_to_page();
        }
    }

    /// Called when the page has taken a checkpoint.
    pub(super) fn on_held(&mut self) {
        self.page.is_sent = false;
        self.send_to_page();
    }

    /// Sends the page the newest checkpoint, if it is to hold that.
    fn send_to_page(&mut self) {
        let bytes = self.run.as_ref().and_then(|run| run.checkpoint.as_deref());
        if let (Some((problem, held)), Some(bytes)) = (self.page.waiting.take(), bytes) {
            let event = TrainingEvent::Stored { problem: Some(problem), held: Some(held) };
            self.outbox.post_with(&Event::Training(event), Attachment::Bytes(bytes));
            self.page.is_sent = true;
        }
    }

    /// A checkpoint before a change of device; if the old device is already lost, the last checkpoint.
    pub async fn checkpoint(&self) -> Option<Vec<u8>> {
        let run = self.run.as_ref()?;
        run.bytes().await.or_else(|| run.checkpoint.clone())
    }

    /// Posts a checkpoint as a file.
    pub(super) async fn export_checkpoint(&self) {
        let bytes = match self.run.as_ref().filter(|run| run.state != RunState::Failed) {
            Some(run) => run.bytes().await.or_else(|| run.checkpoint.clone()),
            None => self.store.peek_unfinished().await,
        };
        let file = bytes.as_deref().map_or(Attachment::None, Attachment::File);
        self.outbox.post_with(&Event::Training(TrainingEvent::Checkpoint), file);
    }

    /// Posts the unfinished run: this tab's own if it failed, otherwise one that no tab is training.
    pub(super) async fn post_unfinished(&mut self) {
        let no_run = self.has_no_run();
        let mut attempts = 0;
        let (run, problem) = loop {
            let found = self.store.find_unfinished(no_run).await;
            attempts += 1;
            if !matches!(found, (None, None)) || !self.store.has_locked() || attempts == LOCK_ATTEMPTS {
                break found;
            }
            self.tasks.wait(LOCK_PAUSE).await;
        };
        if let Some(problem) = problem {
            self.post(TrainingEvent::Stored { problem: Some(Failure::from(problem).into()), held: None });
        }
        self.post(TrainingEvent::Unfinished { run });
    }

    /// Deletes the unfinished run, and posts whether there is another.
    pub(super) async fn discard(&mut self) {
        match self.store.discard().await {
            Ok(was_held) => {
                if was_held {
                    self.post(TrainingEvent::Cleared);
                }
                self.post_unfinished().await;
            }
            Err(reason) => self.post(TrainingEvent::Stored { problem: Some(reason.into()), held: None }),
        }
    }

    /// Deletes this tab's stored run, and posts whether there is another.
    pub(super) async fn clear_stored(&mut self) {
        self.page.waiting = None;
        self.store.clear().await;
        self.post(TrainingEvent::Cleared);
        self.post_unfinished().await;
    }
}
