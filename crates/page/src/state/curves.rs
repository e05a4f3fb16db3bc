//! The state of the curves of the model face.

use std::rc::Rc;

use super::RunProgress;
use mien_core::expression::Expression;
use mien_face::settings::{INTENSITY, SETTINGS, SKIN, Settings};
use mien_face::sweep::{CurvesAnswer, Grouping, SweepPlan};

/// The sweep in progress, and the curves of what is complete.
#[derive(Clone, Default, PartialEq)]
pub struct Curves {
    /// The sweep in progress, of pictures.
    pub progress: Option<RunProgress>,
    /// The number of complete identities of the last sweep; of the one before, if none was complete.
    pub complete: usize,
    /// The number of the sweep before.
    before: usize,
    /// The curves.
    pub shown: Option<Rc<CurvesAnswer>>,
    /// Why the last sweep ended early, unless the user cancelled it.
    pub ended: Option<CurvesEnd>,
    /// What is chosen for the next one.
    pub draft: CurvesDraft,
    /// The class whose thresholds are shown; `None` chooses it by the sweep.
    pub class: Option<Expression>,
}

/// What is chosen for the next sweep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvesDraft {
    /// The look; `None` is the model face as it is set.
    pub look: Option<Expression>,
    /// What changes.
    pub axis: usize,
    /// The first value; like the other numbers as it was entered, also if it is out of range, and not a number if none was.
    pub from: f64,
    /// The last value.
    pub to: f64,
    /// The number of values.
    pub steps: f64,
    /// The number of identities.
    pub identities: f64,
    /// What is compared.
    pub grouping: Grouping,
}

/// A number of something; 0, of which there is no sweep, if it is no whole number.
fn whole(entered: f64) -> u16 {
    if entered.fract() == 0.0 && (0.0..=f64::from(u16::MAX)).contains(&entered) { entered as u16 } else { 0 }
}

/// A setting as one would enter it: 0.1, and not the number that is next to it.
fn shown(value: f32) -> f64 {
    (f64::from(value) * 1e4).round() / 1e4
}

impl CurvesDraft {
    /// A smile, step by step.
    pub const SMILE: Self = Self {
        look: Some(Expression::Happy),
        axis: INTENSITY,
        from: 0.0,
        to: 1.0,
        steps: 11.0,
        identities: 10.0,
        grouping: Grouping::None,
    };

    /// The sweep of what is chosen; all else is as the model face is set. Its check fails if a number of something is none.
    pub fn plan(self, face: &Settings) -> SweepPlan {
        let Self { look, axis, from, to, steps, identities, grouping } = self;
        let mut base = *face;
        if let Some(look) = look {
            base.set(INTENSITY, 1.0);
            base.show(look);
        }
        let [steps, identities] = [steps, identities].map(whole);
        SweepPlan { base, axis, from: from as f32, to: to as f32, steps, identities, grouping }
    }

    /// The same with something else that changes, over all of its range.
    #[must_use]
    pub fn along(self, axis: usize) -> Self {
        let [from, to] = [SETTINGS[axis].min, SETTINGS[axis].max].map(shown);
        Self { axis, from, to, steps: if axis == SKIN { 6.0 } else { 11.0 }, ..self }
    }
}

impl Default for CurvesDraft {
    fn default() -> Self {
        Self::SMILE
    }
}

/// Why a sweep ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurvesEnd {
    /// Another network became active.
    Network,
    /// A picture could not be drawn or recognized.
    Failed,
    /// It was cancelled before the first identity was complete.
    Nothing,
}

/// What can happen to the curves.
pub enum CurvesAction {
    /// A sweep has started.
    Started,
    /// Pictures were recognized; and the number of complete identities.
    Progress(RunProgress, usize),
    /// The sweep has ended: early, if there is a reason.
    Ended(Option<CurvesEnd>),
    /// Something else is chosen.
    Draft(CurvesDraft),
    /// Thresholds of another class are wanted.
    Class(Option<Expression>),
    /// The curves have changed.
    Answered(Box<CurvesAnswer>),
}

impl Curves {
    /// Whether there is something to see: a sweep in progress, curves, or why there are none.
    pub const fn is_open(&self) -> bool {
        self.progress.is_some() || self.shown.is_some() || self.ended.is_some()
    }

    /// Applies an action. The last curves stay until there are others.
    pub(super) fn apply(&mut self, action: CurvesAction) {
        match action {
            CurvesAction::Started => {
                self.before = std::mem::take(&mut self.complete);
                self.ended = None;
            }
            CurvesAction::Progress(progress, complete) => {
                self.progress = Some(progress);
                self.complete = complete;
            }
            CurvesAction::Ended(reason) => {
                self.progress = None;
                self.ended = reason;
                if self.complete == 0 {
                    self.complete = self.before;
                    self.ended = reason.or(Some(CurvesEnd::Nothing));
                }
            }
            CurvesAction::Draft(draft) => self.draft = draft,
            CurvesAction::Class(class) => self.class = class,
            CurvesAction::Answered(answer) => self.shown = Some(Rc::from(answer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(curves: &mut Curves, complete: usize, reason: Option<CurvesEnd>) -> (usize, Option<CurvesEnd>) {
        curves.apply(CurvesAction::Started);
        let progress = RunProgress { run: 1, done: 3, total: 40, seconds: 1.0 };
        curves.apply(CurvesAction::Progress(progress, complete));
        curves.apply(CurvesAction::Ended(reason));
        assert_eq!(curves.progress, None);
        (curves.complete, curves.ended)
    }

    #[test]
    fn what_was_complete_before_stays_if_nothing_else_becomes_complete() {
        let mut curves = Curves::default();
        assert!(!curves.is_open());
        assert_eq!(ended(&mut curves, 0, None), (0, Some(CurvesEnd::Nothing)));
        assert!(curves.is_open(), "it says why there is nothing");
        assert_eq!(ended(&mut curves, 4, None), (4, None));
        assert_eq!(ended(&mut curves, 0, None), (4, Some(CurvesEnd::Nothing)));
        assert_eq!(ended(&mut curves, 0, Some(CurvesEnd::Network)), (4, Some(CurvesEnd::Network)));
        assert_eq!(ended(&mut curves, 1, None), (1, None));
    }

    #[test]
    fn a_number_that_is_wrong_is_no_other_number() {
        let check = |draft: CurvesDraft| draft.plan(&Settings::default()).check().is_ok();
        assert!(check(CurvesDraft::SMILE));
        for wrong in [99_999_999.0, 65_537.0, -3.0, 2.7, 0.0, f64::NAN, f64::INFINITY] {
            assert!(!check(CurvesDraft { steps: wrong, ..CurvesDraft::SMILE }), "{wrong}");
            assert!(!check(CurvesDraft { identities: wrong, ..CurvesDraft::SMILE }), "{wrong}");
        }
        for wrong in [f64::NAN, -3.0, 1e30] {
            assert!(!check(CurvesDraft { from: wrong, ..CurvesDraft::SMILE }), "{wrong}");
            assert!(!check(CurvesDraft { to: wrong, ..CurvesDraft::SMILE }), "{wrong}");
        }
        assert_eq!(CurvesDraft::SMILE.along(mien_face::settings::STRENGTH).from, 0.1);
    }

    #[test]
    fn what_is_chosen_stays() {
        let mut curves = Curves::default();
        let draft = CurvesDraft { identities: 3.0, ..CurvesDraft::SMILE.along(SKIN) };
        curves.apply(CurvesAction::Draft(draft));
        curves.apply(CurvesAction::Class(Some(Expression::Sad)));
        ended(&mut curves, 2, None);
        assert_eq!((curves.draft, curves.class), (draft, Some(Expression::Sad)));
    }
}
