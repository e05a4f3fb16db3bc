//! Keeps the keyboard focus. When the focused control disappears, as a button does that another one replaces, the control in
//! its place gets the focus, or else one next to it. Browsers would move the focus to the whole page, where no key does
//! anything and screen readers start again from the top.

use std::cell::RefCell;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::{body, document};
use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, FocusOptions, HtmlElement};
use yew::{hook, use_effect_with};

use crate::settings::Page;

#[wasm_bindgen]
extern "C" {
    /// Calls back after elements were added or removed.
    type MutationObserver;
    #[wasm_bindgen(constructor)]
    fn new(call: &Function) -> MutationObserver;
    #[wasm_bindgen(method)]
    fn observe(this: &MutationObserver, element: &Element, what: &Object);
    #[wasm_bindgen(method)]
    fn disconnect(this: &MutationObserver);

    /// An element, of which parts are looked for.
    #[wasm_bindgen(extends = Element)]
    type Part;
    #[wasm_bindgen(method, js_name = querySelectorAll)]
    fn find(this: &Part, selector: &str) -> JsValue;
    /// Whether it is shown; fails in browsers of before 2024.
    #[wasm_bindgen(method, catch, js_name = checkVisibility)]
    fn check_visibility(this: &Part) -> Result<bool, JsValue>;
}

/// What can be focused in a part of the page.
const CONTROLS: &str = "a[href], button:enabled, input:enabled, select:enabled, summary, [tabindex='0']";

/// The attribute with the name of a control.
const NAME: &str = "data-testid";

thread_local! {
    /// The place to keep.
    static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// A control that has the focus.
struct Place {
    control: Element,
    /// The parts of the page that contain it, the innermost first, and how many controls of theirs come before it.
    parts: Vec<(Element, usize)>,
    /// All controls of the page that come before it.
    before: Vec<HtmlElement>,
}

impl Place {
    /// That of a control; `None` if it is the whole page.
    fn of(control: Element) -> Option<Self> {
        if control == *body() {
            return None;
        }
        let mut parts = Vec::new();
        let mut part = control.parent_element().filter(|part| *part != *body())?;
        loop {
            let mut before = controls(&part);
            let count = before.iter().position(|other| **other == control).unwrap_or_default();
            let around = part.parent_element();
            parts.push((part, count));
            match around {
                Some(around) if around != *body() => part = around,
                _ => {
                    before.truncate(count);
                    return Some(Self { control, parts, before });
                }
            }
        }
    }

    /// What opened the panel that is gone with the control.
    fn opener(&self) -> Option<HtmlElement> {
        let opener = |part: &Element| {
            let id = part.id();
            let selector = format!("[data-panel=\"{id}\"]");
            (!id.is_empty() && !part.is_connected()).then(|| document().query_selector(&selector).ok()?).flatten()
        };
        let mut gone = std::iter::once(&self.control).chain(self.parts.iter().map(|(part, _)| part));
        gone.find_map(opener)?.dyn_into().ok()
    }

    /// The control itself in a new place, such as the sample's button, which moves below the picture: the only one of its name.
    fn moved(&self) -> Option<HtmlElement> {
        let name = self.control.get_attribute(NAME)?;
        let mut same =
            controls(&body()).into_iter().filter(|control| control.get_attribute(NAME).as_ref() == Some(&name));
        same.next().filter(|_| same.next().is_none())
    }

    /// What is near the control, or the content that is another one now.
    fn near(&self) -> Option<HtmlElement> {
        let near = |(part, before): &(Element, usize)| {
            let controls = controls(part);
            let same = |control: &HtmlElement| control.tag_name() == self.control.tag_name();
            let same: Vec<bool> = controls.iter().map(same).collect();
            let mut left = self.before.iter().rev().filter(|control| control.is_connected());
            let last = left.find_map(|left| controls.iter().position(|control| control == left));
            controls.into_iter().nth(nearest(&same, *before, last, part.id() == Page::CONTENT)?)
        };
        self.parts.iter().filter(|(part, _)| part.is_connected()).find_map(near).or_else(|| {
            let content = document().get_element_by_id(Page::CONTENT)?;
            content.dyn_into().ok()
        })
    }
}

/// The elements in a part of the page, or of the first paint, that match a selector.
pub fn find(part: &Element, selector: &str) -> Vec<HtmlElement> {
    let found = Array::from(&part.unchecked_ref::<Part>().find(selector));
    found.iter().filter_map(|control| control.dyn_into().ok()).collect()
}

/// Keeps the place of a control that has the focus, until a pointer is used.
pub fn keep(control: Option<Element>) {
    PLACE.set(control.and_then(Place::of));
}

/// Moves the focus without scrolling, and keeps its place.
pub fn focus_in_place(control: &HtmlElement) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    control.focus_with_options(&options).ok();
    keep(Some(control.clone().into()));
}

/// The controls in a part of the page that are shown: not those in closed details.
fn controls(part: &Element) -> Vec<HtmlElement> {
    let is_shown = |control: &HtmlElement| {
        control.offset_parent().is_some() && control.unchecked_ref::<Part>().check_visibility().unwrap_or(true)
    };
    find(part, CONTROLS).into_iter().filter(is_shown).collect()
}

/// Which of some controls takes the place of one that is gone. `same` says which are of its kind, `before` how many came before it, and
/// `last` which is the last of these that is left. If a `whole` part of the page is gone with it, what follows has nothing to do with
/// it: then it is one before, or the first.
fn nearest(same: &[bool], before: usize, last: Option<usize>, whole: bool) -> Option<usize> {
    let wanted = match last {
        _ if whole => last.unwrap_or_default(),
        Some(last) => last + 1,
        None => before,
    };
    let end = if whole { same.len().min(wanted + 1) } else { same.len() };
    let distance = |index: &usize| (!same[*index], index.abs_diff(wanted));
    (0..end).min_by_key(distance)
}

/// Watches the focus of who works with the keyboard. A pointer leaves no place to keep: the next key is meant for the whole page.
#[hook]
pub fn use_kept_focus() {
    use_effect_with((), |()| {
        let listeners = ["keydown", "keyup", "pointerdown"].map(|event| {
            let by_key = event != "pointerdown";
            let options = EventListenerOptions::run_in_capture_phase();
            EventListener::new_with_options(&document(), event, options, move |event| {
                let target = event.target().filter(|_| by_key).and_then(|target| target.dyn_into::<Element>().ok());
                let now = target.and_then(Place::of);
                // a control that was disabled by its key leaves that key's end to the whole page, and is perhaps replaced later
                if now.is_some() || !by_key {
                    PLACE.set(now);
                }
            })
        });
        let restore = Closure::<dyn FnMut()>::new(|| {
            if PLACE.with_borrow(|place| place.as_ref().is_none_or(|place| place.control.is_connected())) {
                return;
            }
            let Some(place) = PLACE.take().filter(|_| is_lost()) else { return };
            let opener = place.opener();
            if let Some(moved) = place.moved().filter(|_| opener.is_none()) {
                focus_in_place(&moved);
            } else if let Some(next) = opener.or_else(|| place.near()) {
                next.focus().ok();
            }
        });
        let changes = Object::new();
        for name in ["childList", "subtree"] {
            Reflect::set(&changes, &name.into(), &JsValue::TRUE).ok();
        }
        let observer = MutationObserver::new(restore.as_ref().unchecked_ref());
        observer.observe(&body(), &changes);
        move || {
            observer.disconnect();
            drop((listeners, restore));
        }
    });
}

/// Whether nothing in particular has the focus.
fn is_lost() -> bool {
    document().active_element().is_none_or(|active| active == *body())
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn what_takes_the_place_of_a_control_is_near_and_of_its_kind() {
        let part = |same: &[bool], before, last| nearest(same, before, last, false);
        assert_eq!(part(&[true; 3], 1, Some(0)), Some(1), "the one that took its place");
        assert_eq!(part(&[true; 3], 3, Some(2)), Some(2), "the last was removed");
        assert_eq!(part(&[true; 3], 2, Some(0)), Some(1), "one before it was removed, too");
        assert_eq!(part(&[true; 3], 1, Some(1)), Some(2), "one was added before it");
        assert_eq!(part(&[true, false, true], 1, Some(0)), Some(0));
        assert_eq!(part(&[false, false], 1, Some(0)), Some(1), "of another kind if there is nothing else");
        assert_eq!(part(&[true; 3], 1, None), Some(1), "all were replaced");
        assert_eq!(part(&[], 0, None), None);
        let whole = |same: &[bool], last| nearest(same, 30, last, true);
        assert_eq!(whole(&[true; 3], Some(1)), Some(1));
        assert_eq!(whole(&[true, false, true], Some(1)), Some(0), "not one that follows");
        assert_eq!(whole(&[false, true], Some(0)), Some(0));
        assert_eq!(whole(&[false, true, true], None), Some(0), "those before it are gone with it");
        assert_eq!(whole(&[], None), None);
    }
}
