//! Global events: files dropped or pasted, visibility of the tab, address changes, new cameras.

use std::cell::Cell;
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use gloo::utils::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, DragEvent};
use yew::{UseReducerDispatcher, hook, use_effect_with};

use super::controller::Controller;
use super::hooks::on_document;
use super::settings::Page;
use super::sources::camera;
use super::sources::folder::{Dropped, list};
use super::state::{Action, LessonAction, State};

/// A drag fires leave and enter events for every element it crosses; only a pause this long means that it has left the
/// page.
const DRAG_PAUSE: u32 = 200;

/// Registers the global event listeners.
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
    Some(EventListener::new(&devices, "devicechange", move |_| controller.stream.list_cameras()))
}

fn on_paste(controller: Controller) -> EventListener {
    EventListener::new(&document(), "paste", move |event| {
        let data = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data);
        let files = list(data.and_then(|data| data.files()));
        if files.is_empty() {
            return;
        }
        match Page::current() {
            Page::Dataset => controller.dataset.open(files),
            Page::Lesson => controller.lesson.open_file(files),
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
            Page::Dataset => controller.dataset.open_dropped(Dropped::take(&data)),
            Page::Evaluation => {
                let others = controller.clone();
                controller.photographs.open_dropped(Dropped::take(&data), move |files| others.open_files(files));
            }
            Page::Lesson => controller.lesson.open_file(list(data.files())),
            _ => controller.open_files(list(data.files())),
        }
    });
    [over, dropped]
}
