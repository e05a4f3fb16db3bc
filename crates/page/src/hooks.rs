//! What happens to the page as a whole: files dropped or pasted, the tab hidden, the address changed, keys pressed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Timeout;
use gloo::utils::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, DragEvent, Element, Event, File, FileList, HtmlElement, KeyboardEvent};
use yew::{Callback, NodeRef, UseReducerDispatcher, hook, use_effect_with, use_mut_ref, use_state};

use super::controller::Controller;
use super::settings::Page;
use super::sources::{camera, folder::Dropped};
use super::state::{Action, LessonAction, State};

/// At most one announcement in so many milliseconds: screen readers say them to the end.
const ANNOUNCE_EVERY: u32 = 3000;

/// Drags leave and enter every element they pass; only a pause this long means that the file is gone.
const DRAG_PAUSE: u32 = 200;

/// Listens to what happens to the page as a whole.
#[hook]
pub fn use_page_events(controller: &Controller, dispatch: &UseReducerDispatcher<State>) {
    let (controller, dispatch) = (controller.clone(), dispatch.clone());
    use_effect_with((), move |()| {
        let mut listeners =
            vec![on_hash(dispatch.clone()), on_visibility(controller.clone()), on_paste(controller.clone())];
        listeners.extend(on_drag(&controller, &dispatch));
        listeners.extend(on_devices(controller));
        move || drop(listeners)
    });
}

fn on_hash(dispatch: UseReducerDispatcher<State>) -> EventListener {
    EventListener::new(&window(), "hashchange", move |_| {
        if let Some(step) = Page::step() {
            dispatch.dispatch(Action::Lesson(LessonAction::Step(step)));
        }
        dispatch.dispatch(Action::Visit(Page::current()));
    })
}

fn on_visibility(controller: Controller) -> EventListener {
    EventListener::new(&document(), "visibilitychange", move |_| controller.on_visibility(document().hidden()))
}

fn on_devices(controller: Controller) -> Option<EventListener> {
    let devices = camera::devices()?;
    Some(EventListener::new(&devices, "devicechange", move |_| controller.list_cameras()))
}

fn on_paste(controller: Controller) -> EventListener {
    EventListener::new(&document(), "paste", move |event| {
        let data = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data);
        let files = list(data.and_then(|data| data.files()));
        if files.is_empty() {
            return;
        }
        match Page::current() {
            Page::Dataset => controller.open_set(files),
            Page::Lesson => controller.open_lesson_file(files),
            _ => controller.open_files(files),
        }
    })
}

fn on_drag(controller: &Controller, dispatch: &UseReducerDispatcher<State>) -> [EventListener; 2] {
    let leave = Rc::new(Cell::new(None));
    let over = {
        let (dispatch, leave) = (dispatch.clone(), Rc::clone(&leave));
        on_document("dragover", move |event| {
            // Else the browser opens the file in place of the page.
            event.prevent_default();
            let later = dispatch.clone();
            let gone = Timeout::new(DRAG_PAUSE, move || later.dispatch(Action::Dragging(false)));
            if leave.replace(Some(gone)).is_none() {
                dispatch.dispatch(Action::Dragging(true));
            }
        })
    };
    let (controller, dispatch) = (controller.clone(), dispatch.clone());
    let dropped = on_document("drop", move |event| {
        event.prevent_default();
        leave.take();
        dispatch.dispatch(Action::Dragging(false));
        let data = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
        let Some(data) = data else { return };
        match Page::current() {
            Page::Dataset => controller.drop_set(Dropped::take(&data)),
            Page::Lesson => controller.open_lesson_file(list(data.files())),
            _ => controller.open_files(list(data.files())),
        }
    });
    [over, dropped]
}

fn on_document(event: &'static str, act: impl FnMut(&Event) + 'static) -> EventListener {
    EventListener::new_with_options(&document(), event, EventListenerOptions::enable_prevent_default(), act)
}

/// The files of a list.
pub fn list(files: Option<FileList>) -> Vec<File> {
    files.map(|files| (0..files.length()).filter_map(|index| files.get(index)).collect()).unwrap_or_default()
}

/// Has the browser ask before the tab closes, while that would lose something.
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

/// Sets properties of an element's style. The content security policy lets scripts do that, but takes no attribute `style`.
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

/// Calls back with the key, in lower case, when one is pressed that no control wants for itself. The callback tells
/// whether it made use of it.
#[hook]
pub fn use_shortcuts(on_key: Callback<String, bool>) {
    // The callback changes with every frame, the listener stays.
    let newest = use_mut_ref(|| None);
    *newest.borrow_mut() = Some(on_key);
    use_effect_with((), move |()| {
        let listener = on_document("keydown", move |event| {
            let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
            let modified = key.ctrl_key() || key.alt_key() || key.meta_key() || key.repeat();
            let wanted = key.target().and_then(|target| target.dyn_into::<Element>().ok()).is_some_and(|element| {
                element.closest("a, button, input, select, summary").is_ok_and(|control| control.is_some())
            });
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

/// What a live region says: the newest sentence, but never two in three seconds and never the same twice in a row.
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
