//! Posts events to the page.

use std::rc::Rc;

use super::platform::{Attachment, Port};
use mien_protocol::Event;

/// Posts events; clones are the same one.
#[derive(Clone)]
pub(super) struct Outbox {
    port: Rc<dyn Port>,
}

impl Outbox {
    /// One that posts to this port.
    pub fn new(port: Rc<dyn Port>) -> Self {
        Self { port }
    }

    /// Posts an event.
    pub fn post(&self, event: &Event) {
        self.post_with(event, Attachment::None);
    }

    /// Posts an event with an attachment.
    pub fn post_with(&self, event: &Event, attachment: Attachment<'_>) {
        self.port.post(event, attachment);
    }
}
