//! Offline use and updates, as reported by the site's scripts (`www/offline.js`).

use gloo::events::EventListener;
use gloo::utils::{document_element, window};
use web_sys::Event;
use yew::{hook, use_effect_with, use_state};

/// The event that reports a change.
const CHANGED: &str = "mien-offline";

/// The event that requests the activation of a new version.
const UPDATE: &str = "mien-update";

/// The offline copy of the site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OfflineCopy {
    /// It is being downloaded.
    #[default]
    Preparing,
    /// It is complete.
    Ready,
    /// There is none: the browser stores nothing, or a file could not be downloaded correctly.
    None,
}

impl OfflineCopy {
    /// The name in the scripts and in attributes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Ready => "ready",
            Self::None => "none",
        }
    }
}

/// Whether the site can be used offline, and whether there is a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfflineStatus {
    /// Whether the browser is online.
    pub online: bool,
    /// The offline copy of the site.
    pub copy: OfflineCopy,
    /// Whether a new version is ready.
    pub update_ready: bool,
}

impl OfflineStatus {
    fn now() -> Self {
        let attribute = |name| document_element().get_attribute(name).unwrap_or_default();
        let offline = attribute("data-offline");
        let copies = [OfflineCopy::Ready, OfflineCopy::None];
        let copy = copies.into_iter().find(|copy| copy.name() == offline).unwrap_or_default();
        Self { online: window().navigator().on_line(), copy, update_ready: attribute("data-update") == "ready" }
    }
}

/// The current status; re-renders on changes.
#[hook]
pub fn use_offline_status() -> OfflineStatus {
    let status = use_state(OfflineStatus::now);
    {
        let status = status.clone();
        use_effect_with((), move |()| {
            let listeners = [CHANGED, "online", "offline"].map(|event| {
                let status = status.setter();
                EventListener::new(&window(), event, move |_| status.set(OfflineStatus::now()))
            });
            // something may have changed since
            status.set(OfflineStatus::now());
            move || drop(listeners)
        });
    }
    *status
}

/// Reloads the page in the new version.
pub fn update() {
    if let Ok(event) = Event::new(UPDATE) {
        window().dispatch_event(&event).ok();
    }
}
