//! What the scripts around the program tell of the site (`www/offline.js`): whether it is on the device, and whether a new
//! version waits.

use gloo::events::EventListener;
use gloo::utils::{document_element, window};
use web_sys::Event;
use yew::{hook, use_effect_with, use_state};

/// They say so when anything has changed.
const CHANGED: &str = "mien-offline";

/// They are asked to take the new version over.
const UPDATE: &str = "mien-update";

/// How far the site is on the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kept {
    /// It is being copied.
    #[default]
    Preparing,
    /// All of it is there.
    Ready,
    /// The browser keeps nothing, or a file did not arrive as it should.
    None,
}

impl Kept {
    /// As the scripts and the page's attributes write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Ready => "ready",
            Self::None => "none",
        }
    }
}

/// What there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shell {
    /// Whether there may be a network.
    pub online: bool,
    /// How far the site is on the device.
    pub kept: Kept,
    /// Whether a new version waits.
    pub update: bool,
}

impl Shell {
    fn now() -> Self {
        let told = |name| document_element().get_attribute(name).unwrap_or_default();
        let offline = told("data-offline");
        let kept = [Kept::Ready, Kept::None].into_iter().find(|kept| kept.name() == offline).unwrap_or_default();
        Self { online: window().navigator().on_line(), kept, update: told("data-update") == "ready" }
    }
}

/// What there is to tell, always the newest.
#[hook]
pub fn use_shell() -> Shell {
    let shell = use_state(Shell::now);
    {
        let shell = shell.clone();
        use_effect_with((), move |()| {
            let listeners = [CHANGED, "online", "offline"].map(|event| {
                let shell = shell.setter();
                EventListener::new(&window(), event, move |_| shell.set(Shell::now()))
            });
            // something may have changed since
            shell.set(Shell::now());
            move || drop(listeners)
        });
    }
    *shell
}

/// Loads the page anew, in the new version.
pub fn update() {
    if let Ok(event) = Event::new(UPDATE) {
        window().dispatch_event(&event).ok();
    }
}
