//! The queue of commands.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::platform::Received;
use mien_protocol::Command;

/// Starts the loop that handles the commands.
type Start = Box<dyn FnOnce()>;

/// Accepts commands for the engine; clones share the queue.
#[derive(Clone)]
pub struct Inbox {
    queue: Rc<RefCell<VecDeque<(Command, Received)>>>,
    /// Absent while the loop runs.
    start: Rc<RefCell<Option<Start>>>,
}

impl Inbox {
    /// An empty queue, which no loop reads yet.
    pub(super) fn empty() -> Self {
        Self { queue: Rc::default(), start: Rc::default() }
    }

    /// Queues a command, and starts the loop if the engine is idle.
    pub fn take(&self, command: Command, received: Received) {
        self.queue.borrow_mut().push_back((command, received));
        if let Some(start) = self.start.take() {
            start();
        }
    }

    /// Removes the next command from the queue.
    pub(super) fn pop(&self) -> Option<(Command, Received)> {
        self.queue.borrow_mut().pop_front()
    }

    /// Sets how the next command starts the loop.
    pub(super) fn set_start(&self, start: impl FnOnce() + 'static) {
        self.start.replace(Some(Box::new(start)));
    }
}
