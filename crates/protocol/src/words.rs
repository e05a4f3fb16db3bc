//! Words in events that the page shows as they are.

use super::{
    DatasetEvent, DocumentEvent, EvaluationEvent, Event, ExplanationEvent, Fallback, NetworkEvent, NetworkSummary,
    RobustnessEvent, TrainingEvent,
};

impl Event {
    /// Whether it may have such words; what comes often or is large has none.
    pub const fn may_have_words(&self) -> bool {
        match self {
            Self::Progress { .. } | Self::Recognized { .. } => false,
            Self::Dataset(event) => {
                matches!(event, DatasetEvent::LoadFailed { .. } | DatasetEvent::StorageFailed { .. })
            }
            Self::Evaluation(event) => {
                matches!(event, EvaluationEvent::Failed { .. } | EvaluationEvent::Groups { .. })
            }
            Self::Robustness(event) => matches!(event, RobustnessEvent::Failed { .. }),
            Self::Explanation(event) => matches!(event, ExplanationEvent::Failed { .. }),
            Self::Training(event) => matches!(
                event,
                TrainingEvent::Began { .. } | TrainingEvent::Stored { .. } | TrainingEvent::Failed { .. }
            ),
            Self::Network(event) => matches!(
                event,
                NetworkEvent::Networks { .. }
                    | NetworkEvent::Offers { .. }
                    | NetworkEvent::Refused { .. }
                    | NetworkEvent::StorageFailed { .. }
            ),
            Self::Document(event) => matches!(event, DocumentEvent::Settings { .. }),
            Self::Ready { .. } | Self::Failed { .. } | Self::Refused { .. } => true,
        }
    }

    /// All such words: reasons, and what is said of networks. What the page words by itself, names, and what goes into
    /// files is not among them.
    pub fn words(&mut self) -> Vec<&mut String> {
        match self {
            Self::Ready { fallback, network, .. } => {
                let reason = fallback.as_mut().map(|fallback| match fallback {
                    Fallback::Missing { reason } | Fallback::Mismatch { reason } | Fallback::Lost { reason } => reason,
                });
                reason.into_iter().chain(of_network(network)).collect()
            }
            Self::Failed { problem } | Self::Refused { problem, .. } => vec![&mut problem.detail],
            Self::Dataset(DatasetEvent::LoadFailed { reason, .. } | DatasetEvent::StorageFailed { reason })
            | Self::Evaluation(EvaluationEvent::Failed { reason, .. })
            | Self::Robustness(RobustnessEvent::Failed { reason, .. })
            | Self::Explanation(ExplanationEvent::Failed { reason, .. })
            | Self::Training(TrainingEvent::Failed { reason })
            | Self::Network(NetworkEvent::Refused { reason, .. } | NetworkEvent::StorageFailed { reason })
            | Self::Document(DocumentEvent::Settings { settings: Err(reason), .. }) => vec![reason],
            Self::Evaluation(EvaluationEvent::Groups { faults, .. }) => faults.iter_mut().collect(),
            Self::Training(TrainingEvent::Began { plan }) => vec![&mut plan.validation_name],
            Self::Training(TrainingEvent::Stored { problem, .. }) => problem.iter_mut().collect(),
            Self::Network(NetworkEvent::Networks { networks, .. }) => {
                networks.iter_mut().flat_map(|network| of_network(&mut network.summary)).collect()
            }
            Self::Network(NetworkEvent::Offers { offers }) => {
                offers.iter_mut().map(|offer| &mut offer.purpose).collect()
            }
            Self::Progress { .. }
            | Self::Recognized { .. }
            | Self::Dataset(_)
            | Self::Evaluation(_)
            | Self::Robustness(_)
            | Self::Explanation(_)
            | Self::Training(_)
            | Self::Network(_)
            | Self::Document(_) => Vec::new(),
        }
    }
}

fn of_network(network: &mut NetworkSummary) -> impl Iterator<Item = &mut String> {
    std::iter::once(&mut network.description).chain(&mut network.validated_on)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::{Backend, Problem, ProblemKind};
    use mien_core::network::Offer;

    /// What an event says once every word of it has been replaced.
    fn replaced(mut event: Event) -> Event {
        assert!(event.may_have_words(), "{event:?}");
        event.words().into_iter().for_each(|words| words.insert(0, '+'));
        event
    }

    #[test]
    fn words_are_found_and_names_are_not() {
        let network = |mark: &str| NetworkSummary {
            name: "vgg".into(),
            parameters: 1,
            multiply_adds: 2,
            description: format!("{mark}trained"),
            validation_accuracy: None,
            validated_on: Some(format!("{mark}images")),
        };
        let ready = |mark: &str| Event::Ready {
            backend: Backend::Cpu,
            adapter: "an adapter".into(),
            fallback: Some(Fallback::Lost { reason: format!("{mark}lost") }),
            network: network(mark),
        };
        assert_eq!(replaced(ready("")), ready("+"));
        let refused = |mark: &str| Event::Refused {
            request: 1,
            problem: Problem { kind: ProblemKind::Picture, detail: format!("{mark}no picture") },
        };
        assert_eq!(replaced(refused("")), refused("+"));
        let failed = |mark: &str| {
            let reason = format!("{mark}none");
            Event::Dataset(DatasetEvent::LoadFailed { name: "a name".into(), reason })
        };
        assert_eq!(replaced(failed("")), failed("+"));
        let groups = |mark: &str| {
            let faults = vec![format!("{mark}one"), format!("{mark}two")];
            Event::Evaluation(EvaluationEvent::Groups { run: 1, groups: vec![], faults })
        };
        assert_eq!(replaced(groups("")), groups("+"));
        let offers = |mark: &str| {
            let offer = Offer { name: "a name".into(), purpose: format!("{mark}good for"), ..Offer::default() };
            Event::Network(NetworkEvent::Offers { offers: vec![offer] })
        };
        assert_eq!(replaced(offers("")), offers("+"));
    }

    /// A field of one of these names in an event has a line in [`Event::words`].
    #[test]
    fn no_reason_of_an_event_is_forgotten() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let fields = ["reason", "problem", "detail", "faults", "purpose", "validation_name"];
        let mut found = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = if path.ends_with("words.rs") { String::new() } else { fs::read_to_string(path).unwrap() };
            let is_one = |line: &&str| {
                let field = line.trim().trim_start_matches("pub ");
                fields.iter().any(|name| field.starts_with(&format!("{name}: ")))
            };
            let declared = text.lines().filter(is_one);
            found += declared.filter(|line| line.contains("String") || line.contains("Problem")).count();
        }
        assert_eq!(found, 17, "after a change here: does `words` have all of them?");
    }
}
