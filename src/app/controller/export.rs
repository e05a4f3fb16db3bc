//! Files for the visitor: the snapshot and the timeline.

use gloo::file::ObjectUrl;
use gloo::timers::callback::Timeout;
use js_sys::{Array, Date};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, OffscreenCanvas};

use super::Controller;
use crate::app::notice::Notice;
use crate::app::snapshot::{self, Snapshot};
use crate::app::sources::video::element;

/// How long a finished file stays at hand, in milliseconds: browsers fetch it after the click.
const KEPT_FOR: u32 = 60_000;

impl Controller {
    /// Hands the picture with its overlay to the visitor as a PNG.
    pub fn save_snapshot(&self, picture: &Snapshot) {
        let canvas = match snapshot::draw(picture) {
            Ok(canvas) => canvas,
            Err(error) => return self.notify(failed(&error)),
        };
        let controller = self.clone();
        spawn_local(async move {
            match encode(&canvas).await {
                Ok(blob) => save(blob, "png"),
                Err(error) => controller.notify(failed(&error)),
            }
        });
    }

    /// Hands a text to the visitor as a file.
    pub(super) fn save_text(&self, text: &str, kind: &str, extension: &str) {
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        match Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options) {
            Ok(blob) => save(blob, extension),
            Err(error) => self.notify(failed(&error)),
        }
    }
}

async fn encode(canvas: &OffscreenCanvas) -> Result<Blob, JsValue> {
    Ok(JsFuture::from(canvas.convert_to_blob()?).await?.unchecked_into())
}

fn failed(error: &JsValue) -> Notice {
    let detail = error.dyn_ref::<web_sys::DomException>().map(web_sys::DomException::message).unwrap_or_default();
    Notice::SaveFailed { detail }
}

/// Hands a file to the visitor.
pub(super) fn save(blob: Blob, extension: &str) {
    let url = ObjectUrl::from(blob);
    let link: HtmlAnchorElement = element("a");
    link.set_href(&url);
    link.set_download(&format!("mien-{}.{extension}", time_stamp()));
    link.click();
    Timeout::new(KEPT_FOR, move || drop(url)).forget();
}

/// The visitor's time in a form that sorts and that every file system takes, such as `2025-03-01-140512`.
fn time_stamp() -> String {
    let now = Date::new_0();
    format!(
        "{}-{:02}-{:02}-{:02}{:02}{:02}",
        now.get_full_year(),
        now.get_month() + 1,
        now.get_date(),
        now.get_hours(),
        now.get_minutes(),
        now.get_seconds()
    )
}
