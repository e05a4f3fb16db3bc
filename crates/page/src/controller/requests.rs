//! Pending requests, to recognize stale responses.

use std::cell::RefCell;

use super::link::RequestId;

/// A request that replaces the previous one: responses to older requests are stale.
#[derive(Debug)]
pub struct Latest<T>(RefCell<Option<(RequestId, T)>>);

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self(RefCell::new(None))
    }
}

impl<T> Latest<T> {
    /// Sets the pending request and its purpose, replacing the previous one.
    pub fn set(&self, request: RequestId, purpose: T) {
        self.0.replace(Some((request, purpose)));
    }

    /// Whether a request is pending.
    pub fn is_pending(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// The purpose of a response; more responses may follow. `None` if it is stale.
    pub fn get(&self, request: RequestId) -> Option<T>
    where
        T: Clone,
    {
        self.0.borrow().as_ref().filter(|(newest, _)| *newest == request).map(|(_, purpose)| purpose.clone())
    }

    /// The purpose of the only response. `None` if it is stale.
    pub fn take(&self, request: RequestId) -> Option<T> {
        self.0.borrow_mut().take_if(|(newest, _)| *newest == request).map(|(_, purpose)| purpose)
    }

    /// Changes the purpose of the pending request.
    pub fn update(&self, change: impl FnOnce(&mut T)) {
        if let Some((_, purpose)) = self.0.borrow_mut().as_mut() {
            change(purpose);
        }
    }

    /// The purpose of the pending request.
    #[cfg(test)]
    pub fn purpose(&self) -> Option<T>
    where
        T: Clone,
    {
        self.0.borrow().as_ref().map(|(_, purpose)| purpose.clone())
    }

    /// Cancels and returns the pending request.
    pub fn cancel(&self) -> Option<(RequestId, T)> {
        self.0.take()
    }

    /// The pending request, if there is one.
    pub fn pending(&self) -> Option<RequestId> {
        self.0.borrow().as_ref().map(|(request, _)| *request)
    }
}

/// Several pending requests, answered in any order.
#[derive(Debug)]
pub struct Pending<T>(RefCell<Vec<(RequestId, T)>>);

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self(RefCell::new(Vec::new()))
    }
}

impl<T> Pending<T> {
    /// Adds a request and its purpose.
    pub fn add(&self, request: RequestId, purpose: T) {
        self.0.borrow_mut().push((request, purpose));
    }

    /// Removes a request and returns its purpose; `None` if it is not pending.
    pub fn take(&self, request: RequestId) -> Option<T> {
        let mut pending = self.0.borrow_mut();
        let index = pending.iter().position(|(pending, _)| *pending == request)?;
        Some(pending.swap_remove(index).1)
    }

    /// Cancels all requests.
    pub fn clear(&self) {
        self.0.take();
    }
}

#[cfg(test)]
mod tests {
    use super::{Latest, Pending};

    #[test]
    fn only_the_newest_request_is_answered() {
        let latest = Latest::default();
        assert_eq!(latest.take(0), None);
        latest.set(1, "first");
        latest.set(2, "second");
        assert_eq!(latest.take(1), None);
        assert_eq!(latest.get(2), Some("second"));
        assert_eq!(latest.take(2), Some("second"));
        assert_eq!(latest.take(2), None);
        assert!(!latest.is_pending());
    }

    #[test]
    fn a_cancelled_request_is_not_answered() {
        let latest = Latest::default();
        latest.set(7, ());
        assert_eq!(latest.pending(), Some(7));
        assert_eq!(latest.cancel(), Some((7, ())));
        assert_eq!(latest.take(7), None);
        assert_eq!(latest.cancel(), None);
    }

    #[test]
    fn pending_requests_are_answered_once_and_in_any_order() {
        let pending = Pending::default();
        pending.add(1, 'a');
        pending.add(2, 'b');
        pending.add(3, 'c');
        assert_eq!(pending.take(2), Some('b'));
        assert_eq!(pending.take(2), None);
        assert_eq!(pending.take(1), Some('a'));
        pending.clear();
        assert_eq!(pending.take(3), None);
    }
}
