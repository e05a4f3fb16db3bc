//! Sweeps of the model face: a separate worker draws the pictures, which are recognized like photos. While one is recognized,
//! the next is drawn.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::ImageBitmap;

use super::face_program::{Answer, Program};
use super::link::Link;
use super::recognizer::Recognizer;
use crate::notice::Notice;
use crate::state::{Action, CurvesAction, CurvesEnd, RecognitionResult, RunProgress};
use mien_core::expression::{Distribution, Expression};
use mien_core::sweep::Words;
use mien_face::sweep::{CurvesRequest, SweepPlan};
use mien_protocol::Problem;

/// The worker, and the last sweep.
pub struct Curves {
    link: Link,
    recognizer: Rc<Recognizer>,
    program: RefCell<Option<Program>>,
    run: RefCell<Option<Run>>,
    /// The sweep before, whose curves stay if none of this one's identities becomes complete.
    before: RefCell<Option<Run>>,
    /// A drawn picture, until it is submitted.
    drawn: RefCell<Option<ImageBitmap>>,
    /// Whether the worker draws a picture.
    drawing: Cell<bool>,
    /// Whether the picture that it draws is no longer wanted.
    stale: Cell<bool>,
}

/// A sweep.
struct Run {
    id: u32,
    plan: SweepPlan,
    network: String,
    /// Of the recognized pictures.
    outcomes: Vec<Option<Distribution>>,
    /// Whether the picture after these is being recognized.
    pending: bool,
    /// When it began; `None` if it has ended.
    began: Option<f64>,
}

impl Run {
    fn complete(&self) -> usize {
        self.outcomes.len() / self.plan.pictures_each().max(1)
    }
}

impl Curves {
    /// Creates the controller; nothing is fetched.
    pub fn new(link: Link, recognizer: Rc<Recognizer>) -> Self {
        Self {
            link,
            recognizer,
            program: RefCell::default(),
            run: RefCell::default(),
            before: RefCell::default(),
            drawn: RefCell::default(),
            drawing: Cell::default(),
            stale: Cell::default(),
        }
    }

    /// Starts a sweep with the active network, in place of the last one.
    pub fn start(self: &Rc<Self>, plan: SweepPlan, network: String) {
        self.forget();
        let (id, began) = (self.link.next_request(), Some(self.link.now()));
        let before = self.run.replace(Some(Run { id, plan, network, outcomes: Vec::new(), pending: false, began }));
        self.before.replace(before);
        self.dispatch(CurvesAction::Started);
        self.show_progress();
        self.draw();
    }

    /// Ends the sweep; what is complete stays.
    pub fn cancel(&self) {
        self.end(None);
    }

    /// Called when another network became active.
    pub fn on_other_network(&self) {
        self.end(Some(CurvesEnd::Network));
    }

    fn end(&self, reason: Option<CurvesEnd>) {
        let ended = self.run.borrow_mut().as_mut().and_then(|run| run.began.take());
        if ended.is_some() {
            self.forget();
            let before = self.before.take();
            if self.run.borrow().as_ref().is_some_and(|run| run.complete() == 0) && before.is_some() {
                self.run.replace(before);
            }
            self.dispatch(CurvesAction::Ended(reason));
        }
    }

    /// Forgets pictures that are drawn or being drawn.
    fn forget(&self) {
        self.stale.set(self.drawing.get());
        if let Some(before) = self.drawn.take() {
            before.close();
        }
    }

    /// Draws the next picture, unless one is being drawn or waits for the engine.
    fn draw(self: &Rc<Self>) {
        if self.drawing.get() || self.drawn.borrow().is_some() {
            return;
        }
        let next = self.run.borrow().as_ref().and_then(|run| {
            let next = run.outcomes.len() + usize::from(run.pending);
            (run.began.is_some() && next < run.plan.len()).then(|| run.plan.picture(next))
        });
        if let Some(settings) = next {
            self.drawing.set(true);
            if self.ask(|program| program.draw(&settings)).is_err() {
                self.on_failed(Notice::ModelFaceMissing);
            }
        }
    }

    /// Asks the worker, which is started if there is none.
    fn ask(self: &Rc<Self>, ask: impl FnOnce(&Program) -> Result<(), JsValue>) -> Result<(), JsValue> {
        let running = self.program.take().map_or_else(
            || {
                let curves = Rc::downgrade(self);
                Program::start(move |answer| {
                    if let Some(curves) = curves.upgrade() {
                        curves.on_answer(answer);
                    }
                })
            },
            Ok,
        )?;
        let asked = ask(&running);
        self.program.replace(Some(running));
        asked
    }

    fn on_answer(self: &Rc<Self>, answer: Answer) {
        match answer {
            Answer::Picture(bitmap, _) => self.on_picture(bitmap),
            Answer::Curves(answer) => self.dispatch(CurvesAction::Answered(answer)),
            Answer::Failed(notice) => self.on_failed(notice),
        }
    }

    /// Called when a picture was drawn.
    fn on_picture(self: &Rc<Self>, bitmap: ImageBitmap) {
        self.drawing.set(false);
        if self.stale.take() {
            bitmap.close();
            return self.draw();
        }
        self.drawn.replace(Some(bitmap));
        self.advance();
    }

    /// Called when the worker has no answer. The next sweep starts another one.
    fn on_failed(&self, notice: Notice) {
        self.program.take();
        self.drawing.set(false);
        self.link.notify(notice);
        self.end(Some(CurvesEnd::Failed));
    }

    /// Submits a drawn picture if the engine is idle, and draws the next.
    pub fn advance(self: &Rc<Self>) {
        if self.recognizer.is_idle()
            && let Some(run) = self.run.borrow_mut().as_mut()
            && let Some(bitmap) = self.drawn.take()
        {
            run.pending = true;
            self.recognizer.submit_curves(run.id, &bitmap);
        }
        self.draw();
    }

    /// Called when a picture of a sweep was recognized.
    pub fn on_recognized(&self, id: u32, result: &RecognitionResult) {
        let ended = {
            let mut run = self.run.borrow_mut();
            let Some(run) = run.as_mut().filter(|run| run.id == id && run.began.is_some()) else { return };
            run.pending = false;
            // the largest comes first
            run.outcomes.push(result.faces.first().map(|face| face.prediction));
            run.outcomes.len() == run.plan.len()
        };
        self.show_progress();
        if ended {
            self.end(None);
        }
    }

    /// Called when the engine could not process a picture.
    pub fn on_refused(&self, id: u32, problem: Problem) {
        if self.run.borrow().as_ref().is_some_and(|run| run.id == id && run.began.is_some()) {
            self.link.notify(Notice::FrameRefused { detail: problem.detail });
            self.end(Some(CurvesEnd::Failed));
        }
    }

    /// Called when the engine failed, possibly with a picture, which is then drawn again.
    pub fn requeue(self: &Rc<Self>) {
        let was_pending = self.run.borrow_mut().as_mut().is_some_and(|run| std::mem::take(&mut run.pending));
        if was_pending {
            self.forget();
            self.draw();
        }
    }

    fn show_progress(&self) {
        let progress = self.run.borrow().as_ref().and_then(|run| {
            let seconds = (self.link.now() - run.began?) / 1000.0;
            let (done, total) = (run.outcomes.len() as u32, run.plan.len() as u32);
            let progress = RunProgress { run: run.id, done, total, seconds };
            Some(CurvesAction::Progress(progress, run.complete()))
        });
        if let Some(progress) = progress {
            self.dispatch(progress);
        }
    }

    /// Has the curves of the complete identities computed, if there are any, with thresholds of a class and a drawing in these
    /// words.
    pub fn summarize(self: &Rc<Self>, class: Option<Expression>, words: impl FnOnce(&SweepPlan) -> Words) {
        let request = self.run.borrow().as_ref().filter(|run| run.complete() > 0).map(|run| CurvesRequest {
            plan: run.plan,
            outcomes: run.outcomes.clone(),
            class,
            network: run.network.clone(),
            words: words(&run.plan),
        });
        if let Some(request) = request
            && self.ask(|program| program.ask(&request)).is_err()
        {
            self.on_failed(Notice::ModelFaceMissing);
        }
    }

    /// Downloads a file of the curves of a sweep, whose name says what was swept.
    pub fn save(&self, plan: &SweepPlan, text: &str, media_type: &str, extension: &str) {
        self.link.download_text(text, media_type, &format!("{}.{extension}", plan.file_name()));
    }

    /// Changes the state of the curves.
    pub fn dispatch(&self, action: CurvesAction) {
        self.link.dispatch(Action::Curves(action));
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{Curves, Run};
    use crate::controller::fake::{FakeHost, bitmap, face, recognized};
    use crate::controller::recognizer::Recognizer;
    use crate::fixtures::message;
    use crate::notice::Notice;
    use crate::state::{Action, CurvesAction, CurvesEnd, RunProgress};
    use mien_core::expression::Expression;
    use mien_face::settings::{INTENSITY, Settings};
    use mien_face::sweep::{Grouping, SweepPlan};
    use mien_protocol::{Command, FrameSource, Problem, ProblemKind};

    /// A smile in two steps by two identities.
    fn plan() -> SweepPlan {
        let mut base = Settings::default();
        base.show(Expression::Happy);
        let (axis, grouping) = (INTENSITY, Grouping::None);
        SweepPlan { base, axis, from: 0.0, to: 1.0, steps: 2, identities: 2, grouping }
    }

    /// A sweep whose first picture is being drawn, as number 1.
    fn curves() -> (Rc<FakeHost>, Rc<Recognizer>, Rc<Curves>) {
        let (host, link) = FakeHost::new();
        link.set_ready(true);
        let recognizer = Rc::new(Recognizer::new(link.clone()));
        let curves = Rc::new(Curves::new(link.clone(), Rc::clone(&recognizer)));
        // without a browser there is no worker
        let (id, network, outcomes) = (link.next_request(), "small".to_owned(), Vec::new());
        curves.run.replace(Some(Run { id, plan: plan(), network, outcomes, pending: false, began: Some(0.0) }));
        curves.drawing.set(true);
        (host, recognizer, curves)
    }

    /// The drawn picture arrives; what would be drawn next is taken as being drawn.
    fn arrive(curves: &Rc<Curves>) {
        curves.drawing.set(false);
        curves.drawn.replace(Some(bitmap()));
        // a worker that draws all the time is not asked again
        curves.drawing.set(true);
        curves.advance();
    }

    fn problem(detail: &str) -> Problem {
        Problem { kind: ProblemKind::Picture, detail: message(detail) }
    }

    fn progress(host: &FakeHost) -> Vec<(u32, usize)> {
        let done = |action| match action {
            Action::Curves(CurvesAction::Progress(RunProgress { done, .. }, complete)) => Some((done, complete)),
            _ => None,
        };
        host.take_actions().into_iter().filter_map(done).collect()
    }

    #[test]
    fn pictures_are_recognized_one_by_one() {
        let (host, recognizer, curves) = curves();
        for done in 1..=4 {
            arrive(&curves);
            let request = done + 1;
            let command = Command::Recognize { request, source: FrameSource::Still, time: 0.0 };
            assert_eq!(host.take_commands(), [command]);
            recognizer.answered(request).unwrap();
            let faces = if done == 2 { Vec::new() } else { vec![face(1, 40.0)] };
            curves.on_recognized(1, &recognized(&faces));
            if done < 4 {
                assert_eq!(progress(&host), [(done, done as usize / 2)]);
            }
        }
        assert!(matches!(
            host.take_actions()[..],
            [Action::Curves(CurvesAction::Progress(_, 2)), Action::Curves(CurvesAction::Ended(None))]
        ));
        let run = curves.run.borrow();
        let outcomes = &run.as_ref().unwrap().outcomes;
        assert_eq!(outcomes.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true, true]);
    }

    #[test]
    fn what_is_cancelled_is_kept_and_not_continued() {
        let (host, recognizer, curves) = curves();
        arrive(&curves);
        curves.cancel();
        curves.cancel();
        assert!(matches!(host.take_actions()[..], [Action::Curves(CurvesAction::Ended(None))]));
        recognizer.answered(2).unwrap();
        curves.on_recognized(1, &recognized(&[face(1, 40.0)]));
        curves.on_refused(1, problem("late"));
        assert!(host.take_actions().is_empty());
        assert!(curves.stale.get(), "the picture that is being drawn is not wanted");
        assert!(curves.run.borrow().as_ref().unwrap().outcomes.is_empty());
    }

    #[test]
    fn another_network_or_a_refused_picture_ends_it() {
        let (host, _, curves) = curves();
        curves.on_other_network();
        assert!(matches!(host.take_actions()[..], [Action::Curves(CurvesAction::Ended(Some(CurvesEnd::Network)))]));
        let (host, recognizer, curves) = self::curves();
        arrive(&curves);
        recognizer.answered(2).unwrap();
        curves.on_refused(1, problem("no"));
        assert!(matches!(
            host.take_actions()[..],
            [Action::Notify(Notice::FrameRefused { .. }), Action::Curves(CurvesAction::Ended(Some(CurvesEnd::Failed)))]
        ));
    }

    #[test]
    fn files_say_what_was_swept() {
        let (host, _, curves) = curves();
        curves.save(&plan(), "{}", "application/json", "json");
        let expected = ("{}".to_owned(), "application/json curve-happy-intensity.json".to_owned());
        assert_eq!(host.take_downloads(), [expected]);
    }

    #[test]
    fn a_picture_that_is_lost_with_the_engine_is_drawn_again() {
        let (_, recognizer, curves) = curves();
        arrive(&curves);
        assert!(recognizer.interrupt());
        curves.requeue();
        assert!(curves.stale.get(), "the picture after it comes again, too");
        let run = curves.run.borrow();
        let run = run.as_ref().unwrap();
        assert!(!run.pending && run.outcomes.is_empty() && run.began.is_some());
    }
}
