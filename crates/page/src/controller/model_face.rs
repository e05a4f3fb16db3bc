//! The model face: its worker draws pictures by the settings, which are recognized as photos are. Only the newest settings are
//! drawn, and only the newest picture is recognized.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use js_sys::{Float32Array, JSON, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlCanvasElement, ImageBitmap, PointerEvent};

use super::face_program::{Answer, Program};
use super::link::Link;
use super::recognizer::Recognizer;
use crate::notice::Notice;
use crate::sources::element::element;
use crate::sources::picture;
use crate::state::{Action, ModelFaceAction, RecognitionResult};
use mien_core::number::plain;
use mien_core::vision::Point;
use mien_face::handle::Handle;
use mien_face::model::LANDMARKS;
use mien_face::settings::{COUNT, SETTINGS, Settings};
use mien_protocol::Problem;

/// Side of the pictures in pixels.
pub const SIDE: u32 = 256;

/// Milliseconds that a morph takes.
const MORPH: f64 = 2500.0;

/// Milliseconds between two steps of a morph.
const STEP: u32 = 40;

/// The gesture of the pointer on the picture, and of a morph. Those of sliders are the indices of their settings.
const PULL: usize = COUNT;
const PLAY: usize = COUNT + 1;

/// The worker of the model face, and its newest picture.
pub struct ModelFace {
    link: Link,
    recognizer: Rc<Recognizer>,
    canvas: OnceCell<HtmlCanvasElement>,
    listeners: RefCell<Vec<EventListener>>,
    program: RefCell<Option<Program>>,
    settings: Cell<Settings>,
    landmarks: Cell<[Point; LANDMARKS]>,
    /// What to do when the first picture is there; `None` if it is not wanted (any more).
    on_open: RefCell<Option<Box<dyn FnOnce()>>>,
    /// Whether the settings have changed since the worker got them.
    changed: Cell<bool>,
    /// Whether the worker draws.
    drawing: Cell<bool>,
    /// The newest picture, until it is submitted.
    newest: RefCell<Option<ImageBitmap>>,
    /// What is pulled, where that began, and the settings then.
    pulled: Cell<Option<(Handle, Point, Settings)>>,
    /// Whether it is shown, or about to be.
    shown: Cell<bool>,
    /// The number of the morph, which ends once this changes.
    morph: Cell<u32>,
}

impl ModelFace {
    /// Creates the controller; nothing is fetched.
    pub fn new(link: Link, recognizer: Rc<Recognizer>) -> Self {
        Self {
            link,
            recognizer,
            canvas: OnceCell::new(),
            listeners: RefCell::default(),
            program: RefCell::default(),
            settings: Cell::default(),
            landmarks: Cell::new([Point::default(); LANDMARKS]),
            on_open: RefCell::default(),
            changed: Cell::default(),
            drawing: Cell::default(),
            newest: RefCell::default(),
            pulled: Cell::default(),
            shown: Cell::default(),
            morph: Cell::default(),
        }
    }

    /// Opens the model face: fetches it, unless it is there. Once there is a picture, `on_open` is called, and it is shown.
    pub fn open(self: &Rc<Self>, on_open: impl FnOnce() + 'static) {
        self.on_open.replace(Some(Box::new(on_open)));
        self.shown.set(true);
        self.dispatch(ModelFaceAction::Loading(true));
        self.draw_again();
    }

    /// Gives up opening it, since something else is opened.
    pub fn dismiss(&self) {
        if self.on_open.take().is_some() {
            self.dispatch(ModelFaceAction::Loading(false));
        }
        self.shown.set(false);
        self.end_morph();
        self.forget_newest();
    }

    /// Whether it is shown; not while it is being opened.
    pub fn is_shown(&self) -> bool {
        self.shown.get() && self.on_open.borrow().is_none()
    }

    /// Stops showing it.
    pub fn close(&self) {
        self.dismiss();
        self.dispatch(ModelFaceAction::Closed);
    }

    fn start(self: &Rc<Self>) -> Result<Program, JsValue> {
        let face = Rc::downgrade(self);
        Program::start(move |answer| {
            if let Some(face) = face.upgrade() {
                face.on_answer(answer);
            }
        })
    }

    fn on_answer(self: &Rc<Self>, answer: Answer) {
        match answer {
            Answer::Picture(bitmap, numbers) => {
                let mut landmarks = [Point::default(); LANDMARKS];
                let numbers = Float32Array::new(&numbers).to_vec();
                for (landmark, place) in landmarks.iter_mut().zip(numbers.chunks_exact(2)) {
                    *landmark = Point::new(place[0], place[1]);
                }
                self.landmarks.set(landmarks);
                if let Some(context) = picture::context(&self.canvas()) {
                    context.draw_image_with_image_bitmap(&bitmap, 0.0, 0.0).ok();
                }
                self.on_picture(bitmap);
            }
            Answer::Curves(_) => {}
            Answer::Failed(notice) => self.on_failed(notice),
        }
    }

    /// Called when a picture was drawn.
    fn on_picture(self: &Rc<Self>, bitmap: ImageBitmap) {
        self.drawing.set(false);
        self.forget_newest();
        if !self.shown.get() {
            return bitmap.close();
        }
        self.newest.replace(Some(bitmap));
        if let Some(on_open) = self.on_open.take() {
            on_open();
            self.dispatch(ModelFaceAction::Opened);
        }
        self.advance();
        self.draw();
    }

    /// Called when the worker has no picture. The next settings start another one.
    fn on_failed(&self, notice: Notice) {
        self.program.take();
        self.drawing.set(false);
        if self.on_open.take().is_some() {
            self.shown.set(false);
            self.dispatch(ModelFaceAction::Loading(false));
        }
        self.link.notify(notice);
    }

    fn forget_newest(&self) {
        if let Some(before) = self.newest.take() {
            before.close();
        }
    }

    /// Draws the face by other settings.
    pub fn set(self: &Rc<Self>, settings: Settings) {
        self.settings.set(settings);
        self.draw_again();
    }

    /// Draws the face again, to be recognized again.
    pub fn draw_again(self: &Rc<Self>) {
        self.changed.set(true);
        self.draw();
    }

    /// Sends changed settings to the worker, unless it draws.
    fn draw(self: &Rc<Self>) {
        if !self.shown.get() || self.drawing.get() || !self.changed.take() {
            return;
        }
        self.drawing.set(true);
        if self.send().is_err() {
            self.on_failed(Notice::ModelFaceMissing);
        }
    }

    /// Sends the settings to the worker, which is started if there is none.
    fn send(self: &Rc<Self>) -> Result<(), JsValue> {
        let running = self.program.take().map_or_else(|| self.start(), Ok)?;
        let sent = running.draw(&self.settings.get());
        self.program.replace(Some(running));
        sent
    }

    /// Submits the newest picture if the engine is idle.
    pub fn advance(&self) {
        if self.recognizer.is_idle()
            && let Some(bitmap) = self.newest.take()
        {
            self.recognizer.submit_model_face(&bitmap);
        }
    }

    /// Called when a picture was recognized.
    pub fn on_recognized(&self, result: RecognitionResult) {
        self.dispatch(ModelFaceAction::Recognized(result));
    }

    /// Called when the engine could not process a picture.
    pub fn on_refused(&self, problem: Problem) {
        self.link.notify(Notice::FrameRefused { detail: problem.detail });
    }

    /// The canvas with the face, whose parts can be pulled.
    pub fn canvas(self: &Rc<Self>) -> HtmlCanvasElement {
        self.canvas.get_or_init(|| self.new_canvas()).clone()
    }

    fn new_canvas(self: &Rc<Self>) -> HtmlCanvasElement {
        let canvas: HtmlCanvasElement = element("canvas");
        canvas.set_width(SIDE);
        canvas.set_height(SIDE);
        canvas.set_attribute("data-testid", "model-face-picture").ok();
        let listeners = ["pointerdown", "pointermove", "pointerup", "pointercancel"].map(|kind| {
            let (face, target) = (Rc::downgrade(self), canvas.clone());
            EventListener::new(&canvas, kind, move |event| {
                if let (Some(face), Some(event)) = (face.upgrade(), event.dyn_ref::<PointerEvent>()) {
                    let kind = match kind {
                        // only the main button pulls
                        "pointerdown" if event.button() != 0 => return,
                        // released where the canvas was not
                        "pointermove" if event.buttons() & 1 == 0 => "pointerup",
                        kind => kind,
                    };
                    let scale = 1.0 / target.client_width().max(1) as f32;
                    let place = Point::new(event.offset_x() as f32 * scale, event.offset_y() as f32 * scale);
                    if kind == "pointerdown" {
                        target.set_pointer_capture(event.pointer_id()).ok();
                    }
                    face.on_pointer(kind, place);
                }
            })
        });
        self.listeners.borrow_mut().extend(listeners);
        canvas
    }

    /// Called when the pointer pulls, relative to the side of the picture.
    fn on_pointer(&self, kind: &str, place: Point) {
        match (kind, self.pulled.get()) {
            ("pointerdown", _) => {
                let handle = Handle::at(&self.settings.get(), &self.landmarks.get(), place);
                self.pulled.set(Some((handle, place, self.settings.get())));
            }
            ("pointermove", Some((handle, start, settings))) => {
                let settings = handle.pull(&settings, place.x - start.x, place.y - start.y);
                self.change(settings, Some(PULL));
            }
            ("pointermove", None) => {}
            (_, Some(_)) => {
                self.pulled.set(None);
                self.act(ModelFaceAction::Rest);
            }
            (_, None) => {}
        }
    }

    /// Does what the user wants, which ends a morph.
    pub fn act(&self, action: ModelFaceAction) {
        self.end_morph();
        self.dispatch(action);
    }

    /// Changes the settings, as a part of a gesture or alone.
    pub fn change(&self, settings: Settings, gesture: Option<usize>) {
        self.act(ModelFaceAction::Change(settings, gesture));
    }

    /// Plays a morph from the current settings to others, unless they are the same.
    pub fn play(self: &Rc<Self>, to: Settings) {
        if to == self.settings.get() {
            return self.end_morph();
        }
        self.act(ModelFaceAction::Rest);
        Rc::clone(self).step(self.morph.get(), self.settings.get(), to, self.link.now());
    }

    fn end_morph(&self) {
        self.morph.set(self.morph.get().wrapping_add(1));
    }

    fn step(self: Rc<Self>, morph: u32, from: Settings, to: Settings, start: f64) {
        if self.morph.get() != morph {
            return;
        }
        let share = ((self.link.now() - start) / MORPH).min(1.0);
        self.dispatch(ModelFaceAction::Change(from.toward(&to, share as f32), Some(PLAY)));
        if share < 1.0 {
            let face = Rc::clone(&self);
            self.link.host().after(STEP, Box::new(move || face.step(morph, from, to, start)));
        } else {
            self.dispatch(ModelFaceAction::Rest);
        }
    }

    /// Adopts copied settings.
    pub fn paste(&self, text: &str) {
        match parse(text) {
            Some(settings) => {
                self.link.withdraw(Notice::ModelFaceSettings);
                self.change(settings, None);
            }
            None => self.link.notify(Notice::ModelFaceSettings),
        }
    }

    fn dispatch(&self, action: ModelFaceAction) {
        self.link.dispatch(Action::ModelFace(action));
    }
}

/// Settings as JSON: an object with a number for each name.
pub fn copy(settings: &Settings) -> String {
    let numbers = SETTINGS.iter().zip(settings.numbers());
    let entries = numbers.map(|(setting, &number)| format!("\"{}\":{}", setting.name, plain(f64::from(number), 3)));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
}

/// The settings of a JSON object, or of its entry `settings`, as in the files of curves; `None` if it is none, or has none of the
/// names.
fn parse(text: &str) -> Option<Settings> {
    let file = JSON::parse(text).ok()?;
    let object = Reflect::get(&file, &"settings".into()).ok().filter(JsValue::is_object).unwrap_or(file);
    let number = |name: &str| Reflect::get(&object, &name.into()).ok()?.as_f64();
    let numbers = SETTINGS.map(|setting| number(setting.name).map_or(f32::NAN, |number| number as f32));
    numbers.iter().any(|number| !number.is_nan()).then(|| Settings::from_numbers(numbers))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{MORPH, ModelFace, PLAY, PULL, Settings, copy};
    use crate::controller::fake::{FakeHost, bitmap, recognized};
    use crate::controller::recognizer::Recognizer;
    use crate::state::{Action, ModelFaceAction};
    use mien_core::expression::Expression;
    use mien_core::vision::Point;
    use mien_face::settings::YAW;
    use mien_protocol::{Command, FrameSource};

    fn face() -> (Rc<FakeHost>, Rc<Recognizer>, Rc<ModelFace>) {
        let (host, link) = FakeHost::new();
        link.set_ready(true);
        let recognizer = Rc::new(Recognizer::new(link.clone()));
        (host, Rc::clone(&recognizer), Rc::new(ModelFace::new(link, recognizer)))
    }

    /// The changes among the actions: the settings, and their gesture.
    fn changes(host: &FakeHost) -> Vec<(Settings, Option<usize>)> {
        let change = |action| match action {
            Action::ModelFace(ModelFaceAction::Change(settings, gesture)) => Some((settings, gesture)),
            _ => None,
        };
        host.take_actions().into_iter().filter_map(change).collect()
    }

    #[test]
    fn the_first_picture_opens_it_and_is_recognized() {
        let (host, recognizer, face) = face();
        face.shown.set(true);
        let closes = Rc::clone(&host);
        face.on_open.replace(Some(Box::new(move || assert!(closes.take_actions().is_empty()))));
        face.on_picture(bitmap());
        assert!(matches!(host.take_actions()[..], [Action::ModelFace(ModelFaceAction::Opened)]));
        assert_eq!(host.take_commands(), [Command::Recognize { request: 1, source: FrameSource::Still, time: 0.0 }]);
        // the next waits for the answer
        face.on_picture(bitmap());
        assert!(host.take_commands().is_empty() && host.take_actions().is_empty());
        recognizer.answered(1).unwrap();
        face.on_recognized(recognized(&[]));
        face.advance();
        face.advance();
        assert!(matches!(host.take_commands()[..], [Command::Recognize { request: 2, .. }]));
    }

    #[test]
    fn what_fails_leaves_the_page_as_it_was() {
        let (host, _, face) = face();
        face.shown.set(true);
        face.on_open.replace(Some(Box::new(|| panic!("it is not opened"))));
        face.on_failed(crate::notice::Notice::ModelFaceMissing);
        let actions = host.take_actions();
        assert!(matches!(actions[..], [Action::ModelFace(ModelFaceAction::Loading(false)), Action::Notify(_)]));
        assert!(!face.shown.get());
        face.dismiss();
        assert!(host.take_actions().is_empty());
    }

    #[test]
    fn a_morph_ends_at_the_expression_or_with_the_next_change() {
        let (host, _, face) = face();
        let mut happy = Settings::default();
        happy.show(Expression::Happy);
        face.play(happy);
        assert_eq!(changes(&host).len(), 1);
        host.clock.set(MORPH / 2.0);
        host.run_timers();
        assert_eq!(changes(&host), [(Settings::default().toward(&happy, 0.5), Some(PLAY))]);
        host.clock.set(MORPH);
        host.run_timers();
        assert_eq!(changes(&host), [(happy, Some(PLAY))]);
        assert!(host.run_timers().is_empty());

        face.play(happy);
        face.change(Settings::default(), None);
        host.take_actions();
        assert_eq!(host.run_timers().len(), 1);
        assert!(host.take_actions().is_empty());
    }

    #[test]
    fn the_head_is_pulled_from_where_the_pointer_went_down() {
        let (host, _, face) = face();
        face.on_pointer("pointermove", Point::new(0.1, 0.5));
        face.on_pointer("pointerdown", Point::new(0.5, 0.5));
        for x in [0.55, 0.6] {
            face.on_pointer("pointermove", Point::new(x, 0.5));
        }
        let turns = changes(&host).into_iter().map(|(settings, gesture)| {
            assert_eq!(gesture, Some(PULL));
            settings.get(YAW).round()
        });
        assert_eq!(turns.collect::<Vec<_>>(), [8.0, 15.0]);
        face.on_pointer("pointerup", Point::new(0.6, 0.5));
        face.on_pointer("pointermove", Point::new(0.9, 0.5));
        assert!(matches!(host.take_actions()[..], [Action::ModelFace(ModelFaceAction::Rest)]));
    }

    #[test]
    fn copied_settings_name_their_numbers() {
        let mut settings = Settings::default();
        settings.set(8, 0.25);
        let json = copy(&settings);
        assert!(json.starts_with("{\"au-1\":0,") && json.ends_with("\"expression\":0}"), "{json}");
        assert!(json.contains("\"au-12\":0.25,") && json.contains("\"light-right\":-35,"), "{json}");
    }
}
