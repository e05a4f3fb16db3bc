//! The loop that handles commands and, between them, advances jobs.

use std::rc::Rc;

use super::Engine;
use super::inbox::Inbox;
use super::platform::{Platform, Tasks};
use mien_protocol::{Event, StartupStep};

impl Inbox {
    /// Creates an engine, and notifies the page that it accepts commands.
    pub fn new(platform: &Platform) -> Self {
        let inbox = Self::empty();
        let engine = Engine::new(platform, &inbox);
        engine.outbox.post(&Event::Progress { step: StartupStep::Weights, progress: 0.0 });
        CommandLoop { engine, inbox: inbox.clone(), tasks: Rc::clone(&platform.tasks) }.pause();
        inbox
    }
}

struct CommandLoop {
    engine: Engine,
    inbox: Inbox,
    tasks: Rc<dyn Tasks>,
}

impl CommandLoop {
    /// Runs again when the next command arrives.
    fn pause(self) {
        let inbox = self.inbox.clone();
        inbox.set_start(move || {
            let tasks = Rc::clone(&self.tasks);
            tasks.spawn(Box::pin(self.run()));
        });
    }

    /// Handles commands and, between them, slices of jobs, until none are left.
    async fn run(mut self) {
        loop {
            match self.inbox.pop() {
                Some((command, received)) => self.engine.handle(command, received).await,
                None if self.engine.jobs.is_empty() => break,
                None => {
                    self.engine.advance().await;
                    self.tasks.wait(0).await;
                }
            }
        }
        self.pause();
    }
}
