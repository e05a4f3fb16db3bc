//! “Is it right for me?” on Live: a person is asked for looks, and the predictions of the network are counted. The network
//! can be adapted to the person, and a second round measures the effect. `docs/fit.md` describes it.

mod result;
mod round;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use mien_core::expression::{Distribution, Expression};
use mien_protocol::{FitMethod, Message, NetworkEntry, NetworkId};

pub use result::{Look, Measured, Said, Verdict, verdict};
pub use round::{FRAMES, Frames, HOLD, ORDER, Phase, Round};

use super::sight::Sight;

/// How networks that were adapted to a person say where they come from.
const ADAPTED: &str = "file-text/adapted-here";

/// The measurement of one person.
#[derive(Clone, Default, PartialEq)]
pub struct Fit {
    /// Whether its panel is shown.
    pub open: bool,
    /// Whether the model face makes the looks by itself.
    pub demo: bool,
    /// The round that goes on.
    pub round: Option<Round>,
    /// What the engine is asked for.
    pub busy: Option<Busy>,
    /// The network that was measured: the active one at the start of the first round.
    pub base: NetworkId,
    /// The first round.
    pub first: Option<Rc<Measured>>,
    /// The second round: of the network as it was, and of the adapted one.
    pub second: Option<Rc<Measured>>,
    /// The network that was adapted last, and how.
    pub adapted: Option<(FitMethod, NetworkId)>,
    /// Why the engine could not do what it was asked for.
    pub failure: Option<Message>,
}

/// What the engine is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Busy {
    /// To classify the frames of a round.
    Measuring {
        /// The frames.
        frames: Rc<Frames>,
        /// The networks.
        networks: Vec<NetworkId>,
        /// Whether it is the second round.
        second: bool,
        /// How many engines were lost over it.
        lost: u32,
    },
    /// To adapt the network.
    Adapting(FitMethod),
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum FitAction {
    /// The panel is shown, or no longer; then the round is paused.
    Open(bool),
    /// A first round begins. It takes the place of what was measured before once it has frames; an adapted network stays.
    Start {
        /// Whether the model face makes the looks by itself.
        demo: bool,
        /// The active network.
        network: NetworkId,
    },
    /// The second round begins.
    Second,
    /// Some time has passed, by the page's clock in milliseconds.
    Tick(f64),
    /// Frames are taken at once.
    Now,
    /// The round is paused, or goes on.
    Pause(bool),
    /// The look that is asked for is left out.
    Skip,
    /// The look before is asked for again.
    Back,
    /// The round ends with what there is.
    Stop,
    /// The engine has classified the frames of a round: by each network.
    Measured(Vec<Vec<Distribution>>),
    /// The engine was asked to adapt the network.
    Adapting(FitMethod),
    /// The network was adapted.
    Adapted(NetworkId),
    /// The engine could not do what it was asked for.
    Failed(Message),
    /// The engine was replaced.
    Lost,
    /// All frames and results are forgotten; an adapted network stays.
    Forget,
}

impl Fit {
    /// Whether time passes.
    pub fn is_running(&self) -> bool {
        self.open && self.round.as_ref().is_some_and(Round::is_running)
    }

    /// The looks that can be adapted to: those of the first round.
    pub fn looks(&self) -> Vec<Expression> {
        let has = |look: &Expression| self.first.as_ref().is_some_and(|first| first.frames.looks.contains(look));
        ORDER.into_iter().filter(has).collect()
    }

    /// Applies an action, with what is in view.
    pub(super) fn apply(&mut self, action: FitAction, sight: &Sight<'_>) {
        match action {
            FitAction::Open(open) => {
                self.open = open;
                if !open {
                    self.change(|round| round.pause(true));
                }
            }
            FitAction::Start { demo, network } => {
                // an adapted network is measured in the second round, beside the one that it was made of
                let is_adapted = self.adapted.is_some_and(|(_, adapted)| adapted == network);
                let base = if is_adapted { self.base } else { network };
                self.begin(Round::new(ORDER.to_vec(), vec![base], false));
                self.demo = demo;
            }
            FitAction::Second => {
                if let (Some(_), Some((_, adapted))) = (&self.first, self.adapted) {
                    self.begin(Round::new(self.looks(), vec![self.base, adapted], true));
                }
            }
            FitAction::Tick(now) => self.change(|round| round.tick(now, sight)),
            FitAction::Now => self.change(Round::now),
            FitAction::Pause(paused) => self.change(|round| round.pause(paused)),
            FitAction::Skip => self.change(Round::skip),
            FitAction::Back => self.change(Round::back),
            FitAction::Stop => self.change(Round::stop),
            FitAction::Measured(predictions) => self.measured(predictions),
            FitAction::Adapting(method) => (self.busy, self.failure) = (Some(Busy::Adapting(method)), None),
            FitAction::Adapted(network) => {
                if let Some(Busy::Adapting(method)) = self.busy.take() {
                    (self.adapted, self.second) = (Some((method, network)), None);
                }
            }
            FitAction::Failed(reason) => (self.busy, self.failure) = (None, Some(reason)),
            FitAction::Lost => {
                // ids of networks do not hold any more
                (self.adapted, self.base) = (None, 0);
                if let Some(Busy::Adapting(_)) = self.busy {
                    self.busy = None;
                }
                if let Some(Busy::Measuring { networks, lost, .. }) = &mut self.busy {
                    (*networks, *lost) = (vec![0], *lost + 1);
                }
            }
            FitAction::Forget => {
                *self = Self { open: self.open, base: self.base, adapted: self.adapted, ..Self::default() };
            }
        }
    }

    /// Changes the round. Once it has ended, its frames are measured, if there are any.
    fn change(&mut self, change: impl FnOnce(&mut Round)) {
        let Some(round) = &mut self.round else { return };
        change(round);
        if round.phase != Phase::Done {
            return;
        }
        let (frames, networks, second) = (round.frames(), std::mem::take(&mut round.networks), round.second);
        self.round = None;
        if !frames.crops.is_empty() {
            self.busy = Some(Busy::Measuring { frames: Rc::new(frames), networks, second, lost: 0 });
        }
    }

    fn begin(&mut self, round: Round) {
        (self.round, self.busy, self.failure) = (Some(round), None, None);
    }

    fn measured(&mut self, predictions: Vec<Vec<Distribution>>) {
        let Some(Busy::Measuring { frames, networks, second, .. }) = self.busy.take() else { return };
        let mut predictions = predictions.into_iter();
        let Some(before) = predictions.next() else { return };
        let measured = Some(Rc::new(Measured { frames, before, after: predictions.next() }));
        if second {
            self.second = measured;
        } else {
            (self.first, self.second) = (measured, None);
            self.base = networks.first().copied().unwrap_or_default();
        }
    }
}

/// The adapted networks among those that there are.
pub fn adapted(networks: &[NetworkEntry]) -> impl Iterator<Item = &NetworkEntry> {
    let is_adapted = |network: &&NetworkEntry| {
        network.summary.description.as_ref().is_some_and(|description| description.id() == ADAPTED)
    };
    networks.iter().filter(is_adapted)
}
