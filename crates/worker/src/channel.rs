//! What the engines of this site's tabs tell each other: that the networks kept on this device have changed.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

/// What it is called among all that this origin has.
const NAME: &str = "mien networks";

/// A line to the engines of the other tabs, open until this is dropped.
pub(super) struct Channel {
    line: BroadcastChannel,
    _on_message: Closure<dyn Fn(MessageEvent)>,
}

impl Channel {
    /// Calls back when another engine has changed something, never when this one has. `None` where the browser has no such
    /// line; there a tab sees what changed when it is looked at again.
    pub fn open(hear: impl Fn() + 'static) -> Option<Self> {
        let line = BroadcastChannel::new(NAME).ok()?;
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |_| hear());
        line.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self { line, _on_message: on_message })
    }

    /// Tells the others that this engine has changed something.
    pub fn tell(&self) {
        // fails only once it is closed
        let _ = self.line.post_message(&JsValue::NULL);
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.line.close();
    }
}
