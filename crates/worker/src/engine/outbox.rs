//! Posts events to the page, with their messages in the page's language as far as it has translations.

use std::cell::RefCell;
use std::rc::Rc;

use super::platform::{Attachment, Port};
use crate::reasons::Reasons;
use mien_protocol::Event;

/// The language of the sources, which needs no file.
const ENGLISH: &str = "en";

/// Posts events; clones share the language.
#[derive(Clone)]
pub(super) struct Outbox {
    port: Rc<dyn Port>,
    language: Rc<RefCell<Language>>,
}

struct Language {
    /// The page's.
    tag: String,
    /// Its translations, once they are fetched; English until then.
    reasons: Option<Reasons>,
    /// Whether [`Event::Ready`], which lasts, was last posted in another language.
    outdated: bool,
}

impl Outbox {
    /// One that posts in English.
    pub fn new(port: Rc<dyn Port>) -> Self {
        let language = Language { tag: ENGLISH.to_owned(), reasons: None, outdated: false };
        Self { port, language: Rc::new(RefCell::new(language)) }
    }

    /// Posts an event.
    pub fn post(&self, event: &Event) {
        self.post_with(event, Attachment::None);
    }

    /// Posts an event with an attachment.
    pub fn post_with(&self, event: &Event, attachment: Attachment<'_>) {
        let mut language = self.language.borrow_mut();
        if matches!(event, Event::Ready { .. }) {
            language.outdated = false;
        }
        match &language.reasons {
            Some(reasons) if event.may_have_words() => {
                let mut event = event.clone();
                for words in event.words() {
                    *words = reasons.translate(words);
                }
                self.port.post(&event, attachment);
            }
            _ => self.port.post(event, attachment),
        }
    }

    /// Changes to a language, or leaves it as it is. Whether translations have to be fetched for that.
    pub fn change_language(&self, tag: &str) -> bool {
        let mut language = self.language.borrow_mut();
        if language.tag == tag {
            return false;
        }
        tag.clone_into(&mut language.tag);
        language.outdated |= language.reasons.take().is_some();
        tag != ENGLISH
    }

    /// Sets the translations of a language, unless the page has changed to another by now.
    pub fn set_reasons(&self, tag: &str, reasons: Option<Reasons>) {
        let mut language = self.language.borrow_mut();
        if language.tag == tag {
            language.outdated |= reasons.is_some();
            language.reasons = reasons;
        }
    }

    /// Whether [`Event::Ready`] was last posted in another language.
    pub fn is_outdated(&self) -> bool {
        self.language.borrow().outdated
    }
}
