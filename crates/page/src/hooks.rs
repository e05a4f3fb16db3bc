//! Hooks used by several components: keyboard shortcuts, announcements, intervals, styles, leave confirmation.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::{Interval, Timeout};
use gloo::utils::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent};
use yew::{Callback, NodeRef, hook, use_effect_with, use_mut_ref, use_state};

/// Minimum time between announcements, in milliseconds, so that screen readers can finish.
const ANNOUNCE_EVERY: u32 = 3000;

/// Listens to an event of the document, whose default action `act` may prevent.
pub fn on_document(event: &'static str, act: impl FnMut(&Event) + 'static) -> EventListener {
    EventListener::new_with_options(&document(), event, EventListenerOptions::enable_prevent_default(), act)
}

/// Asks for confirmation before the tab closes, while `losing` is true.
#[hook]
pub fn use_leave_guard(losing: bool) {
    use_effect_with(losing, |losing| {
        let guard = losing.then(|| {
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&window(), "beforeunload", options, |event| event.prevent_default())
        });
        move || drop(guard)
    });
}

/// Calls back at an interval in milliseconds, while `on` is true.
#[hook]
pub fn use_interval(on: bool, milliseconds: u32, call: impl Fn() + 'static) {
    use_effect_with(on, move |on| {
        let interval = on.then(|| Interval::new(milliseconds, call));
        move || drop(interval)
    });
}

/// Whether the visitor prefers that nothing moves.
pub fn prefers_reduced_motion() -> bool {
    window().match_media("(prefers-reduced-motion: reduce)").ok().flatten().is_some_and(|query| query.matches())
}

/// Sets CSS properties of an element from code, since the content security policy forbids `style` attributes.
#[hook]
pub fn use_style(element: &NodeRef, properties: Vec<(&'static str, String)>) {
    let element = element.clone();
    use_effect_with(properties, move |properties| {
        let Some(element) = element.cast::<HtmlElement>() else { return };
        for (name, value) in properties {
            // fails only for a style that is computed
            element.style().set_property(name, value).ok();
        }
    });
}

/// Calls back with a pressed key (lower case), unless a focused control handles it. The callback returns whether it
/// handled the key.
#[hook]
pub fn use_shortcuts(on_key: Callback<String, bool>) {
    // The callback changes with every frame, the listener stays.
    let newest = use_mut_ref(|| None);
    *newest.borrow_mut() = Some(on_key);
    use_effect_with((), move |()| {
        let listener = on_document("keydown", move |event| {
            let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
            let modified = key.ctrl_key() || key.alt_key() || key.meta_key() || key.repeat();
            // a letter or a digit does nothing to a button, a link or a slider
            let wanting = match key.key() {
                letter if letter.len() == 1 && letter != " " => "input:not([type=range]), select",
                _ => "a, button, input, select, summary",
            };
            let wanted = key
                .target()
                .and_then(|target| target.dyn_into::<Element>().ok())
                .is_some_and(|element| element.closest(wanting).is_ok_and(|control| control.is_some()));
            let on_key = newest.borrow().clone();
            if let Some(on_key) = on_key
                && !modified
                && !wanted
                && on_key.emit(key.key().to_ascii_lowercase())
            {
                event.prevent_default();
            }
        });
        move || drop(listener)
    });
}

/// The text of a live region: the newest sentence, updated at most every three seconds and never repeated.
#[hook]
pub fn use_announcement(sentence: String) -> String {
    let said = use_state(String::new);
    let newest = use_mut_ref(String::new);
    let pause = use_mut_ref(|| None::<Timeout>);
    {
        let said = said.clone();
        use_effect_with(sentence, move |sentence| {
            newest.borrow_mut().clone_from(sentence);
            if pause.borrow().is_none() && !sentence.is_empty() {
                say(&said, &newest, &pause);
            }
        });
    }
    (*said).clone()
}

fn say(said: &yew::UseStateHandle<String>, newest: &Rc<RefCell<String>>, pause: &Rc<RefCell<Option<Timeout>>>) {
    let sentence = newest.borrow().clone();
    let timer = {
        let (said, newest, pause, sentence) = (said.clone(), Rc::clone(newest), Rc::clone(pause), sentence.clone());
        Timeout::new(ANNOUNCE_EVERY, move || {
            pause.take();
            let changed = *newest.borrow() != sentence && !newest.borrow().is_empty();
            if changed {
                say(&said, &newest, &pause);
            }
        })
    };
    said.set(sentence);
    *pause.borrow_mut() = Some(timer);
}
