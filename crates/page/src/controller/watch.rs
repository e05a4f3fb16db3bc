//! Notices an engine that never answers, because it ended without an error or computes without end.

use std::cell::Cell;
use std::rc::Rc;

use super::link::Link;
use mien_protocol::{Event, Fault, ToMessage};

/// Milliseconds between two checks.
const CHECK: u32 = 10_000;

/// Checks in a row without an event of the engine after which it is ended, as [`Fault::Silent`] says. Checks are counted, not time, which
/// passes while a device sleeps.
const MOST_CHECKS: u32 = 12;

/// Watches the engine while a request is not answered.
pub struct Watch {
    link: Link,
    /// Requests that are not answered.
    open: Cell<u32>,
    /// Checks since the last event.
    silent: Cell<u32>,
    /// Whether the engine has started: until then it is loaded, which may take any time.
    started: Cell<bool>,
    /// Whether the next check is set.
    checking: Cell<bool>,
}

impl Watch {
    /// Watches nothing yet.
    pub fn new(link: Link) -> Rc<Self> {
        Rc::new(Self {
            link,
            open: Cell::default(),
            silent: Cell::default(),
            started: Cell::default(),
            checking: Cell::default(),
        })
    }

    /// Called when the engine gets a request that it answers.
    pub fn on_asked(self: &Rc<Self>) {
        if self.open.replace(self.open.get() + 1) == 0 {
            self.silent.set(0);
        }
        if !self.checking.replace(true) {
            self.check_later();
        }
    }

    /// Called when the engine has answered a request.
    pub fn on_answered(&self) {
        self.open.set(self.open.get().saturating_sub(1));
    }

    /// Called with each event of the engine.
    pub fn on_event(&self, event: &Event) {
        self.silent.set(0);
        match event {
            Event::Ready { .. } => self.started.set(true),
            Event::Progress { .. } | Event::QuickStarted { .. } => self.started.set(false),
            _ => {}
        }
    }

    /// Called when the engine was lost, which answers nothing any more.
    pub fn on_engine_lost(&self) {
        self.open.set(0);
        self.started.set(false);
    }

    fn check_later(self: &Rc<Self>) {
        let watch = Rc::clone(self);
        self.link.host().after(CHECK, Box::new(move || watch.check()));
    }

    fn check(self: Rc<Self>) {
        if self.open.get() == 0 {
            return self.checking.set(false);
        }
        if self.started.get() {
            self.silent.set(self.silent.get() + 1);
        }
        if self.silent.get() < MOST_CHECKS {
            return self.check_later();
        }
        self.checking.set(false);
        self.link.host().end_engine(Fault::Silent.message());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::fake::FakeHost;
    use crate::fixtures::network;
    use mien_protocol::{Backend, Message};

    fn ready() -> Event {
        let network = network(0, "").summary;
        Event::Ready { backend: Backend::Cpu, adapter: String::new(), fallback: None, network }
    }

    fn watch() -> (Rc<FakeHost>, Rc<Watch>) {
        let (host, link) = FakeHost::new();
        (host, Watch::new(link))
    }

    /// The ends after so many checks.
    fn ends(host: &FakeHost, checks: u32) -> Vec<Message> {
        (0..checks).for_each(|_| drop(host.run_timers()));
        host.take_ends()
    }

    #[test]
    fn an_engine_that_never_answers_is_ended() {
        let (host, watch) = watch();
        watch.on_event(&ready());
        assert!(host.run_timers().is_empty(), "nothing is asked");
        watch.on_asked();
        watch.on_asked();
        watch.on_answered();
        assert!(ends(&host, MOST_CHECKS - 1).is_empty());
        watch.on_event(&ready());
        assert!(ends(&host, MOST_CHECKS - 1).is_empty(), "it gave a sign");
        assert_eq!(ends(&host, 1), [Fault::Silent.message()]);
        watch.on_engine_lost();
        assert!(host.run_timers().is_empty());
    }

    #[test]
    fn an_engine_that_answers_is_left_alone() {
        let (host, watch) = watch();
        watch.on_event(&ready());
        for _ in 0..2 {
            watch.on_asked();
            assert!(ends(&host, MOST_CHECKS - 1).is_empty());
            watch.on_answered();
        }
        assert!(ends(&host, MOST_CHECKS).is_empty());
        assert!(host.run_timers().is_empty(), "nothing is checked any more");
    }

    #[test]
    fn an_engine_that_is_loaded_may_take_any_time() {
        let (host, watch) = watch();
        watch.on_asked();
        assert!(ends(&host, 2 * MOST_CHECKS).is_empty());
        watch.on_event(&ready());
        assert_eq!(ends(&host, MOST_CHECKS).len(), 1);
    }
}
