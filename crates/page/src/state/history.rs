//! Changes that can be undone and made again.

use std::rc::Rc;

/// Maximum number of changes that can be undone; the oldest are forgotten.
pub const MAX_UNDONE: usize = 200;

/// The values before each change, and those that were undone.
#[derive(Clone, PartialEq)]
pub struct History<T> {
    /// Before each change, the last one at the end.
    undo: Rc<Vec<T>>,
    /// What was undone, the next one at the end.
    redo: Rc<Vec<T>>,
    /// The gesture whose further changes are undone together with its first.
    gesture: Option<usize>,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self { undo: Rc::default(), redo: Rc::default(), gesture: None }
    }
}

impl<T: Clone + PartialEq> History<T> {
    /// Changes a value. Changes of one gesture, such as the dragging of a slider, are undone together; `None` is undone alone.
    pub fn change(&mut self, value: &mut T, to: T, gesture: Option<usize>) {
        let goes_on = gesture.is_some() && gesture == self.gesture;
        if !goes_on && to != *value {
            let undo = Rc::make_mut(&mut self.undo);
            undo.push(value.clone());
            if undo.len() > MAX_UNDONE {
                undo.remove(0);
            }
            self.redo = Rc::default();
            self.gesture = gesture;
        }
        *value = to;
    }

    /// The gesture has ended.
    pub fn rest(&mut self) {
        self.gesture = None;
    }

    /// Undoes the last change.
    pub fn undo(&mut self, value: &mut T) {
        self.rest();
        step(value, &mut self.undo, &mut self.redo);
    }

    /// Makes the last change again that was undone.
    pub fn redo(&mut self, value: &mut T) {
        self.rest();
        step(value, &mut self.redo, &mut self.undo);
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether something was undone that can be made again.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }
}

/// Goes to the last value of a list; the one before is then the last of the other.
fn step<T: Clone>(value: &mut T, from: &mut Rc<Vec<T>>, to: &mut Rc<Vec<T>>) {
    if let Some(other) = Rc::make_mut(from).pop() {
        Rc::make_mut(to).push(std::mem::replace(value, other));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_changes_are_forgotten() {
        let (mut value, mut history) = (0, History::default());
        for to in 1..=MAX_UNDONE + 5 {
            history.change(&mut value, to, None);
        }
        while history.can_undo() {
            history.undo(&mut value);
        }
        assert_eq!(value, 5);
        while history.can_redo() {
            history.redo(&mut value);
        }
        assert_eq!(value, MAX_UNDONE + 5);
        history.redo(&mut value);
        assert_eq!(value, MAX_UNDONE + 5, "there is nothing more");
    }

    #[test]
    fn a_gesture_is_undone_at_once_and_what_changes_nothing_not_at_all() {
        let (mut value, mut history) = (0, History::default());
        for to in [1, 2, 3] {
            history.change(&mut value, to, Some(7));
        }
        history.rest();
        history.change(&mut value, 4, Some(7));
        history.change(&mut value, 4, None);
        history.undo(&mut value);
        assert_eq!((value, history.can_redo()), (3, true));
        history.undo(&mut value);
        assert_eq!((value, history.can_undo()), (0, false));
        history.change(&mut value, 9, None);
        assert!(!history.can_redo(), "another way was taken");
    }
}
