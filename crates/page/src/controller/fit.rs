//! “Is it right for me?”: has the engine classify frames of a person, and adapt networks to them.

use super::link::Link;
use super::requests::Latest;
use crate::state::fit::Frames;
use crate::state::{Action, FitAction};
use mien_protocol::{Command, FitCommand, FitEvent, FitMethod, NetworkId};

/// Has the engine classify frames of a person, and adapt networks to them. One request at a time; a new one replaces it.
pub struct Fit {
    link: Link,
    /// With the network that the adapted one replaces.
    pending: Latest<Option<NetworkId>>,
}

impl Fit {
    /// Creates the controller.
    pub fn new(link: Link) -> Self {
        Self { link, pending: Latest::default() }
    }

    /// Has frames classified, by each of the networks.
    pub fn measure(&self, frames: &Frames, networks: Vec<NetworkId>) {
        let (request, crops) = (self.request(None), frames.crops.concat());
        self.send(FitCommand::Classify { request, networks, crops });
    }

    /// Has a network adapted to frames. The adapted one replaces another, if one is given.
    pub fn adapt(&self, frames: &Frames, network: NetworkId, method: FitMethod, replaced: Option<NetworkId>) {
        let name = format!("adapted to me ({}), {}", method.name(), self.link.host().time_of_day());
        let (request, crops, looks) = (self.request(replaced), frames.crops.concat(), frames.looks.clone());
        self.dispatch(FitAction::Adapting(method));
        self.send(FitCommand::Adapt { request, network, name, method, crops, looks });
    }

    /// Forgets the frames, and what the engine is asked for.
    pub fn forget(&self) {
        self.cancel();
        self.dispatch(FitAction::Forget);
    }

    /// Called when the engine was replaced.
    pub fn on_engine_lost(&self) {
        self.pending.cancel();
        self.dispatch(FitAction::Lost);
    }

    /// Handles an event from the engine; returns the network that was adapted, and the one that it replaces.
    pub fn on_event(&self, event: FitEvent) -> Option<(NetworkId, Option<NetworkId>)> {
        let (request, action, network) = match event {
            FitEvent::Classified { request, predictions } => (request, FitAction::Measured(predictions), None),
            FitEvent::Adapted { request, network } => (request, FitAction::Adapted(network), Some(network)),
            FitEvent::Failed { request, reason } => (request, FitAction::Failed(reason), None),
        };
        let replaced = self.pending.take(request)?;
        self.dispatch(action);
        Some((network?, replaced))
    }

    /// Changes the state.
    pub fn dispatch(&self, action: FitAction) {
        self.link.dispatch(Action::Fit(action));
    }

    /// Lets time pass.
    pub fn tick(&self) {
        self.dispatch(FitAction::Tick(self.link.now()));
    }

    fn request(&self, replaced: Option<NetworkId>) -> u32 {
        self.cancel();
        let request = self.link.next_request();
        self.pending.set(request, replaced);
        request
    }

    fn cancel(&self) {
        if let Some((request, _)) = self.pending.cancel() {
            self.send(FitCommand::Cancel { request });
        }
    }

    fn send(&self, command: FitCommand) {
        self.link.send(&Command::Fit(command));
    }
}

#[cfg(test)]
mod tests {
    use super::Fit;
    use crate::controller::fake::FakeHost;
    use crate::fixtures::message;
    use crate::state::fit::Frames;
    use crate::state::{Action, FitAction};
    use mien_core::expression::Expression;
    use mien_protocol::{Command, FitCommand, FitEvent, FitMethod};

    fn frames() -> Frames {
        Frames { looks: vec![Expression::Neutral, Expression::Happy], crops: vec![[1, 2].into(), [3, 4].into()] }
    }

    fn actions(host: &FakeHost) -> Vec<FitAction> {
        let fit = |action| if let Action::Fit(action) = action { Some(action) } else { None };
        host.take_actions().into_iter().filter_map(fit).collect()
    }

    #[test]
    fn frames_are_classified_and_adapted_to_and_only_the_newest_answer_counts() {
        let (host, link) = FakeHost::new();
        let fit = Fit::new(link);
        fit.measure(&frames(), vec![0, 3]);
        let crops = vec![1, 2, 3, 4];
        let classify = FitCommand::Classify { request: 1, networks: vec![0, 3], crops: crops.clone() };
        assert_eq!(host.take_commands(), [Command::Fit(classify)]);
        fit.adapt(&frames(), 0, FitMethod::Head, Some(3));
        let (name, looks) = (format!("adapted to me (head), {}", fit.link.host().time_of_day()), frames().looks);
        let adapt = FitCommand::Adapt { request: 2, network: 0, name, method: FitMethod::Head, crops, looks };
        assert_eq!(host.take_commands(), [FitCommand::Cancel { request: 1 }, adapt].map(Command::Fit));
        assert_eq!(actions(&host), [FitAction::Adapting(FitMethod::Head)]);
        assert_eq!(fit.on_event(FitEvent::Classified { request: 1, predictions: vec![] }), None);
        assert_eq!(actions(&host), []);
        assert_eq!(fit.on_event(FitEvent::Adapted { request: 2, network: 5 }), Some((5, Some(3))));
        assert_eq!(actions(&host), [FitAction::Adapted(5)]);
        fit.measure(&frames(), vec![0]);
        assert_eq!(fit.on_event(FitEvent::Failed { request: 3, reason: message("no") }), None);
        assert_eq!(actions(&host), [FitAction::Failed(message("no"))]);
    }

    #[test]
    fn what_is_forgotten_or_lost_is_not_answered() {
        let (host, link) = FakeHost::new();
        let fit = Fit::new(link);
        fit.measure(&frames(), vec![0]);
        fit.forget();
        assert_eq!(host.take_commands().pop(), Some(Command::Fit(FitCommand::Cancel { request: 1 })));
        fit.measure(&frames(), vec![0]);
        fit.on_engine_lost();
        for request in [1, 2] {
            assert_eq!(fit.on_event(FitEvent::Adapted { request, network: 5 }), None);
        }
        assert_eq!(actions(&host), [FitAction::Forget, FitAction::Lost]);
    }
}
