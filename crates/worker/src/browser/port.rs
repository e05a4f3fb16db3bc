//! Posts events to the page.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::{Blob, DedicatedWorkerGlobalScope};

use crate::engine::platform::{Attachment, Port};
use mien_browser::thrown::describe;
use mien_browser::wire::to_message;
use mien_protocol::{Event, NetworkEvent};

/// Posts events to the page that started this worker.
pub(super) struct PagePort {
    scope: DedicatedWorkerGlobalScope,
}

impl PagePort {
    pub fn new(scope: DedicatedWorkerGlobalScope) -> Self {
        Self { scope }
    }
}

impl Port for PagePort {
    fn post(&self, event: &Event, attachment: Attachment<'_>) {
        let message = match to_message(event) {
            Ok(message) => message,
            // cannot happen with numbers, texts and lists
            Err(error) => return log::error!("an event cannot be encoded: {error}"),
        };
        let attachment = match attachment {
            Attachment::None => {
                let transfer = Array::of1(&message.buffer());
                let posted = self.scope.post_message_with_transfer(&Array::of1(&message), &transfer);
                return report(posted);
            }
            Attachment::Bytes(bytes) => Uint8Array::from(bytes).into(),
            Attachment::File(bytes) => match blob_of(bytes) {
                Ok(blob) => blob.into(),
                Err(error) => {
                    log::error!("a file cannot be handed over: {}", describe(&error));
                    // the page would hold nothing for a network
                    if let Event::Network(NetworkEvent::Unsaved { .. }) = event {
                        return;
                    }
                    JsValue::UNDEFINED
                }
            },
        };
        report(self.scope.post_message(&Array::of2(&message, &attachment)));
    }
}

/// Posting fails only when an attachment cannot be copied.
fn report(posted: Result<(), JsValue>) {
    if let Err(error) = posted {
        log::error!("an event is not posted: {}", describe(&error));
    }
}

/// Bytes as a file for the page.
fn blob_of(bytes: &[u8]) -> Result<Blob, JsValue> {
    Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)))
}
