//! Downloads of snapshots, figures and other files; clipboard; printing.

use gloo::file::ObjectUrl;
use gloo::timers::callback::Timeout;
use gloo::utils::window;
use js_sys::{Array, Date};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, HtmlAnchorElement, HtmlImageElement, OffscreenCanvas, OffscreenCanvasRenderingContext2d,
};
use yew::Callback;

use super::link::Link;
use crate::notice::Notice;
use crate::snapshot::{self, Snapshot};
use crate::sources::element::element;

/// How long the URL of a downloaded file stays valid, in milliseconds: browsers may fetch it after the click.
const LIFETIME: u32 = 60_000;

/// The media type of drawings.
const SVG: &str = "image/svg+xml";

/// PNG pixels per SVG pixel along each axis: sharp in print and on a projector.
const PNG_SCALE: u32 = 3;

/// Downloads pictures, copies and prints.
pub struct Exports(Link);

impl Exports {
    /// Creates the controller.
    pub const fn new(link: Link) -> Self {
        Self(link)
    }

    /// Downloads the picture with its overlay as a PNG.
    pub fn save_snapshot(&self, picture: &Snapshot) {
        let canvas = match snapshot::draw(picture) {
            Ok(canvas) => canvas,
            Err(error) => return self.0.notify(failed(&error)),
        };
        let link = self.0.clone();
        self.0.spawn(async move {
            match encode(&canvas).await {
                Ok(blob) => save_timestamped(blob, "png"),
                Err(error) => link.notify(failed(&error)),
            }
        });
    }

    /// Downloads a figure as SVG.
    pub fn save_drawing(&self, svg: &str) {
        self.0.download_text(svg, SVG, "svg");
    }

    /// Downloads a figure (SVG) as a PNG.
    pub fn save_drawing_as_png(&self, svg: String) {
        let link = self.0.clone();
        self.0.spawn(async move {
            match rasterise(&svg).await {
                Ok(blob) => save_timestamped(blob, "png"),
                Err(error) => link.notify(failed(&error)),
            }
        });
    }

    /// Copies a text to the clipboard; `done` is called on success.
    pub fn copy(&self, text: String, done: Callback<()>) {
        let link = self.0.clone();
        self.0.spawn(async move {
            // Outside of secure contexts there is no clipboard at all.
            let copied = window().is_secure_context()
                && JsFuture::from(window().navigator().clipboard().write_text(&text)).await.is_ok();
            if copied { done.emit(()) } else { link.notify(Notice::CopyFailed) }
        });
    }

    /// Prints the page.
    pub fn print(&self) {
        window().print().ok();
    }
}

/// Downloads a text as a file with a timestamp as its name: see [`save_timestamped`].
///
/// # Errors
/// A notice that says why there is no file.
pub fn save_text(text: &str, media_type: &str, extension: &str) -> Result<(), Notice> {
    let blob = blob(text, media_type).map_err(|error| failed(&error))?;
    save_timestamped(blob, extension);
    Ok(())
}

fn blob(text: &str, media_type: &str) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options)
}

/// Renders a figure at [`PNG_SCALE`].
async fn rasterise(svg: &str) -> Result<Blob, JsValue> {
    let url = ObjectUrl::from(blob(svg, SVG)?);
    let image = HtmlImageElement::new()?;
    image.set_src(&url);
    JsFuture::from(image.decode()).await?;
    let (width, height) = (image.natural_width() * PNG_SCALE, image.natural_height() * PNG_SCALE);
    let canvas = OffscreenCanvas::new(width, height)?;
    let context = canvas.get_context("2d")?.ok_or(JsValue::UNDEFINED)?;
    let context: OffscreenCanvasRenderingContext2d = context.unchecked_into();
    let (width, height) = (f64::from(width), f64::from(height));
    context.draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, width, height)?;
    encode(&canvas).await
}

async fn encode(canvas: &OffscreenCanvas) -> Result<Blob, JsValue> {
    Ok(JsFuture::from(canvas.convert_to_blob()?).await?.unchecked_into())
}

fn failed(error: &JsValue) -> Notice {
    let detail = error.dyn_ref::<web_sys::DomException>().map(web_sys::DomException::message).unwrap_or_default();
    Notice::SaveFailed { detail }
}

/// Downloads a file with a timestamp as its name, and this extension, which a name of what it is may precede: `csv` gives
/// `mien-2025-03-01-140512.csv`, and `curve-happy-yaw.csv` gives `mien-2025-03-01-140512-curve-happy-yaw.csv`.
pub fn save_timestamped(blob: Blob, extension: &str) {
    let joint = if extension.contains('.') { '-' } else { '.' };
    save_as(blob, &format!("mien-{}{joint}{extension}", time_stamp()));
}

/// Downloads a file under a name.
pub fn save_as(blob: Blob, name: &str) {
    let url = ObjectUrl::from(blob);
    let link: HtmlAnchorElement = element("a");
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Timeout::new(LIFETIME, move || drop(url)).forget();
}

/// The local time in a form that sorts and is a valid file name, such as `2025-03-01-140512`.
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
