//! The run that trains a network, and the networks to choose from.

use std::rc::Rc;

use crate::engine::protocol::{NetworkEntry, NetworkId, Plan};

/// The run at hand.
#[derive(Clone, Default, PartialEq)]
pub struct Training {
    /// What it is going to do, and its curves so far.
    pub plan: Option<Rc<Plan>>,
    /// The networks to choose from.
    pub networks: Rc<Vec<NetworkEntry>>,
    /// The one at work.
    pub used: NetworkId,
}

/// What can happen to the run and the networks.
pub enum TrainingAction {
    /// A run begins.
    Began(Box<Plan>),
    /// The library.
    Networks(Vec<NetworkEntry>, NetworkId),
}

impl Training {
    /// Changes with what happened.
    pub fn apply(&mut self, action: TrainingAction) {
        match action {
            TrainingAction::Began(plan) => self.plan = Some(Rc::from(plan)),
            TrainingAction::Networks(networks, used) => (self.networks, self.used) = (Rc::new(networks), used),
        }
    }
}
