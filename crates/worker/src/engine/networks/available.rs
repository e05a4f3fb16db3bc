//! Networks that can be downloaded from the site. Downloads run concurrently with the engine's other work.

use std::rc::Rc;

use serde::de::DeserializeOwned;

use crate::engine::inbox::Inbox;
use crate::engine::jobs::REPORT_EVERY;
use crate::engine::outbox::Outbox;
use crate::engine::platform::{Clock, Platform, Received, Site, Tasks};
use crate::engine_error::EngineError;
use crate::failure::Failure;
use mien_compute::network::AvailableNetwork;
use mien_protocol::{Command, Event, NetworkCommand, NetworkEvent};

/// The list of available networks, by its path from the page.
const LIST: &str = "weights/networks.json";

/// The model card of the built-in network.
const CARD: &str = "weights/card.json";

/// Posts and downloads the available networks.
pub(super) struct AvailableNetworks {
    outbox: Outbox,
    inbox: Inbox,
    site: Rc<dyn Site>,
    tasks: Rc<dyn Tasks>,
    clock: Clock,
}

impl AvailableNetworks {
    pub fn new(platform: &Platform, outbox: Outbox, inbox: Inbox) -> Self {
        let (site, tasks) = (Rc::clone(&platform.site), Rc::clone(&platform.tasks));
        Self { outbox, inbox, site, tasks, clock: platform.clock }
    }

    /// Posts the list; does nothing if it cannot be loaded.
    pub fn post(&self) {
        let (site, outbox) = (Rc::clone(&self.site), self.outbox.clone());
        self.tasks.spawn(Box::pin(async move {
            if let Some(networks) = read::<Vec<AvailableNetwork>>(&*site, LIST).await {
                outbox.post(&Event::Network(NetworkEvent::Available { networks }));
            }
        }));
    }

    /// Posts the card of the network that comes with the page.
    pub fn post_card(&self) {
        let (site, outbox) = (Rc::clone(&self.site), self.outbox.clone());
        self.tasks.spawn(Box::pin(async move {
            let card = read(&*site, CARD).await.map(Box::new);
            outbox.post(&Event::Network(NetworkEvent::Card { card }));
        }));
    }

    /// Downloads a network and adds it like a file from the page.
    pub fn download(&self, file: String) {
        let (site, outbox, inbox, clock) = (Rc::clone(&self.site), self.outbox.clone(), self.inbox.clone(), self.clock);
        self.tasks.spawn(Box::pin(async move {
            let networks = read::<Vec<AvailableNetwork>>(&*site, LIST).await.unwrap_or_default();
            let Some(network) = networks.into_iter().find(|network| network.file == file) else {
                let reason = Failure::from(EngineError::NotOffered).into();
                return outbox.post(&Event::Network(NetworkEvent::Refused { name: file, reason }));
            };
            let to_page = outbox.clone();
            let report = move |progress| {
                to_page.post(&Event::Network(NetworkEvent::Downloading { file: file.clone(), progress }));
            };
            report(0.0);
            let mut reported = clock.now();
            let on_progress = move |received: u64| {
                if clock.now() - reported > REPORT_EVERY {
                    reported = clock.now();
                    report((received as f32 / network.bytes.max(1) as f32).min(1.0));
                }
            };
            let name = network.name;
            match site.download(&format!("weights/{}", network.file), Box::new(on_progress)).await {
                Ok(file) => {
                    inbox.take(Command::Network(NetworkCommand::Load { name }), Received::Files(vec![file]));
                }
                Err(reason) => {
                    log::warn!("`{}` does not arrive: {reason}", network.file);
                    outbox.post(&Event::Network(NetworkEvent::Refused { name, reason: reason.into() }));
                }
            }
        }));
    }
}

/// A JSON file of the site; `None` if it cannot be loaded or is damaged.
async fn read<T: DeserializeOwned>(site: &dyn Site, path: &str) -> Option<T> {
    let source = site.fetch(path).await;
    let value =
        source.and_then(|source| serde_json::from_slice(&source).map_err(|error| Failure::message(error.to_string())));
    value.inspect_err(|error| log::warn!("`{path}`: {error}")).ok()
}
