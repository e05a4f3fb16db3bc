//! The queue of commands, and the loop that handles them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::Engine;
use super::platform::{Platform, Received, Tasks};
use mien_protocol::{Command, Event, StartupStep};

/// Accepts commands for the engine; clones share the engine.
#[derive(Clone)]
pub struct Inbox {
    queue: Rc<RefCell<VecDeque<(Command, Received)>>>,
    /// The engine while it is idle; absent while the loop runs.
    idle: Rc<RefCell<Option<Engine>>>,
    tasks: Rc<dyn Tasks>,
}

impl Inbox {
    /// Creates an engine, and tells the page that it accepts commands.
    pub fn new(platform: &Platform) -> Self {
        let inbox = Self { queue: Rc::default(), idle: Rc::default(), tasks: Rc::clone(&platform.tasks) };
        let engine = Engine::new(platform, &inbox);
        engine.outbox.post(&Event::Progress { step: StartupStep::Weights, progress: 0.0 });
        inbox.idle.replace(Some(engine));
        inbox
    }

    /// Queues a command, and starts the loop if the engine is idle.
    pub fn take(&self, command: Command, received: Received) {
        self.queue.borrow_mut().push_back((command, received));
        let Some(engine) = self.idle.borrow_mut().take() else { return };
        self.tasks.spawn(Box::pin(self.clone().run(engine)));
    }

    /// Handles commands and, between them, slices of jobs, until none are left.
    async fn run(self, mut engine: Engine) {
        loop {
            let next = self.queue.borrow_mut().pop_front();
            match next {
                Some((command, received)) => engine.handle(command, received).await,
                None if engine.jobs.is_empty() => break,
                None => {
                    engine.advance().await;
                    self.tasks.wait(0).await;
                }
            }
        }
        self.idle.replace(Some(engine));
    }
}
