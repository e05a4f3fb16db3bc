//! How the engine speaks to the page: in the page's language, as far as that has words for it.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::DedicatedWorkerGlobalScope;

use super::{Engine, get};
use crate::reasons::Reasons;
use mien_browser::wire::to_message;
use mien_protocol::{Command, Event};

/// The language of the sources, which needs no file.
const ENGLISH: &str = "en";

/// What speaks; clones are the same one.
#[derive(Clone)]
pub(super) struct Voice {
    scope: DedicatedWorkerGlobalScope,
    language: Rc<RefCell<Language>>,
}

struct Language {
    /// The one that the page speaks.
    tag: String,
    /// Its reasons, once they are there; English until then.
    reasons: Option<Reasons>,
    /// Whether what lasts was told in another.
    told_otherwise: bool,
}

impl Voice {
    /// One that speaks English.
    pub fn new(scope: DedicatedWorkerGlobalScope) -> Self {
        let language = Language { tag: ENGLISH.to_owned(), reasons: None, told_otherwise: false };
        Self { scope, language: Rc::new(RefCell::new(language)) }
    }

    /// Posts an event.
    pub fn post(&self, event: &Event) {
        // an event of numbers and texts always serialises, and posting fails only when the page is gone
        if let Some(message) = self.message(event) {
            let transfer = Array::of1(&message.buffer());
            let _ = self.scope.post_message_with_transfer(&Array::of1(&message), &transfer);
        }
    }

    /// Posts an event with something beside it, such as a file.
    pub fn post_with(&self, event: &Event, beside: &JsValue) {
        if let Some(message) = self.message(event) {
            let _ = self.scope.post_message(&Array::of2(&message, beside));
        }
    }

    fn message(&self, event: &Event) -> Option<Uint8Array> {
        let mut language = self.language.borrow_mut();
        if matches!(event, Event::Ready { .. }) {
            language.told_otherwise = false;
        }
        match &language.reasons {
            Some(reasons) if event.may_have_words() => {
                let mut event = event.clone();
                for words in event.words() {
                    *words = reasons.translate(words);
                }
                to_message(&event).ok()
            }
            _ => to_message(event).ok(),
        }
    }

    /// Changes over to a language; whether its reasons have to be fetched.
    fn change_to(&self, tag: &str) -> bool {
        let mut language = self.language.borrow_mut();
        if language.tag == tag {
            return false;
        }
        tag.clone_into(&mut language.tag);
        language.told_otherwise |= language.reasons.take().is_some();
        tag != ENGLISH
    }

    /// Takes the reasons of a language, unless the page speaks another by now.
    fn take(&self, tag: &str, reasons: Option<Reasons>) {
        let mut language = self.language.borrow_mut();
        if language.tag == tag {
            language.told_otherwise |= reasons.is_some();
            language.reasons = reasons;
        }
    }

    fn told_otherwise(&self) -> bool {
        self.language.borrow().told_otherwise
    }
}

impl Engine {
    /// Speaks a language from now on, or once its reasons are there; the engine's start does not wait for them. Said of the
    /// language that is spoken already, it tells what lasts anew, where that was told in another.
    pub(super) fn speak(&self, tag: String) {
        if !self.voice.change_to(&tag) {
            if let Some(running) = self.running.as_ref().filter(|_| self.voice.told_otherwise()) {
                self.post(&running.ready());
            }
            return;
        }
        let (voice, inbox) = (self.voice.clone(), self.inbox.clone());
        spawn_local(async move {
            let source = get::text(&voice.scope, &format!("reasons/{tag}.txt")).await;
            // without them it is English
            voice.take(&tag, source.and_then(|source| Reasons::parse(&source).ok()));
            inbox.take(Command::Speak { tag }, JsValue::UNDEFINED);
        });
    }
}
