//! Notifies the engines of this site's other tabs that the networks saved on this device have changed.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::engine::platform::Tabs;
use mien_browser::thrown::describe;

/// The name of the broadcast channel, unique within this origin.
const NAME: &str = "mien networks";

/// The other tabs of this site.
pub(super) struct BrowserTabs;

impl Tabs for BrowserTabs {
    fn connect(&self, on_notify: Box<dyn Fn()>) -> Option<Box<dyn Fn()>> {
        match Channel::open(on_notify) {
            Ok(channel) => Some(Box::new(move || channel.notify())),
            // without it a tab sees changes only when the page requests the list again
            Err(error) => {
                log::info!("other tabs cannot be notified: {}", describe(&error));
                None
            }
        }
    }
}

/// A channel to the engines of the other tabs, open until this is dropped.
struct Channel {
    channel: BroadcastChannel,
    _on_message: Closure<dyn Fn(MessageEvent)>,
}

impl Channel {
    /// Opens the channel; `on_notify` is called for changes by other engines, not by this one.
    fn open(on_notify: Box<dyn Fn()>) -> Result<Self, JsValue> {
        let channel = BroadcastChannel::new(NAME)?;
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |_| on_notify());
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Ok(Self { channel, _on_message: on_message })
    }

    fn notify(&self) {
        // fails only once it is closed
        if let Err(error) = self.channel.post_message(&JsValue::NULL) {
            log::error!("other tabs are not notified: {}", describe(&error));
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.close();
    }
}
