//! The state of the curves of the model face.

use std::rc::Rc;

use mien_face::sweep::CurvesAnswer;

/// The sweep in progress, and the curves of what is complete.
#[derive(Clone, Default, PartialEq)]
pub struct Curves {
    /// The sweep in progress.
    pub progress: Option<CurvesProgress>,
    /// The number of complete identities of the last sweep.
    pub complete: usize,
    /// The curves.
    pub shown: Option<Rc<CurvesAnswer>>,
    /// Why the last sweep ended early, unless the user cancelled it.
    pub ended: Option<CurvesEnd>,
}

/// A sweep in progress.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvesProgress {
    /// Number of recognized pictures.
    pub done: usize,
    /// Number of all pictures.
    pub total: usize,
    /// Seconds since it began.
    pub seconds: f64,
}

/// Why a sweep ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurvesEnd {
    /// Another network became active.
    Network,
    /// A picture could not be drawn or recognized.
    Failed,
}

/// What can happen to the curves.
pub enum CurvesAction {
    /// A sweep has started.
    Started,
    /// Pictures were recognized; and the number of complete identities.
    Progress(CurvesProgress, usize),
    /// The sweep has ended: early, if there is a reason.
    Ended(Option<CurvesEnd>),
    /// The curves have changed.
    Answered(Box<CurvesAnswer>),
}

impl Curves {
    /// Applies an action. The last curves stay until there are others.
    pub(super) fn apply(&mut self, action: CurvesAction) {
        match action {
            CurvesAction::Started => {
                self.complete = 0;
                self.ended = None;
            }
            CurvesAction::Progress(progress, complete) => {
                self.progress = Some(progress);
                self.complete = complete;
            }
            CurvesAction::Ended(reason) => {
                self.progress = None;
                self.ended = reason;
            }
            CurvesAction::Answered(answer) => self.shown = Some(Rc::from(answer)),
        }
    }
}
