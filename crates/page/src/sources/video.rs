//! The video element for cameras and video files.

use std::rc::Rc;

use gloo::file::ObjectUrl;
use gloo::utils::window;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, HtmlVideoElement, ImageBitmap, MediaStream};

use super::element::element;
use super::picture::bytes;
use mien_core::file_kind::FileKind;

/// The number of bytes at the start of a file that determine whether it is a video.
const HEAD: usize = 1024;

/// A video file, as far as it distinguishes one from another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VideoFile {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: f64,
    /// When it was last changed, in milliseconds since 1970.
    pub modified: f64,
}

impl From<&File> for VideoFile {
    fn from(file: &File) -> Self {
        Self { name: file.name(), size: file.size(), modified: file.last_modified() }
    }
}

/// Where a frame is in a video file.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoPosition {
    /// The file.
    pub file: Rc<VideoFile>,
    /// The frame's presentation time: seconds from the start of the video.
    pub seconds: f64,
    /// How often the video was sought before. Between frames with the same number, the video played on. `None` for a
    /// frame that was captured during a seek, which may be from before or after it.
    pub seeks: Option<u32>,
}

/// Whether a file is a video, by its first bytes; only if these say nothing, by the type that the browser derives from
/// its name.
pub async fn is_video(file: &File) -> bool {
    let head = bytes(file, HEAD).await.unwrap_or_default();
    is_video_kind(FileKind::of(&head), &file.type_())
}

fn is_video_kind(kind: FileKind, media_type: &str) -> bool {
    kind == FileKind::Video || kind == FileKind::Other && media_type.starts_with("video/")
}

/// A video element that plays inline and muted.
pub fn player() -> HtmlVideoElement {
    let video: HtmlVideoElement = element("video");
    video.set_muted(true);
    // Without the attribute, phones play videos full screen.
    video.set_attribute("playsinline", "").ok();
    video
}

/// The address of a file for a video element. Some browsers refuse a video with the type of something else, but recognize
/// one without a type.
pub fn object_url(file: &File) -> ObjectUrl {
    let untyped = if file.type_().starts_with("video/") { None } else { file.slice().ok() };
    ObjectUrl::from(untyped.unwrap_or_else(|| file.clone().into()))
}

/// Plays a camera.
pub async fn play_stream(video: &HtmlVideoElement, stream: &MediaStream) {
    video.set_src_object(Some(stream));
    play(video).await;
}

/// Plays a file.
pub async fn play_file(video: &HtmlVideoElement, url: &str) {
    video.set_src(url);
    play(video).await;
}

/// Starts or resumes playback. Errors are ignored: the controls show that the video is paused.
pub async fn play(video: &HtmlVideoElement) {
    if let Ok(promise) = video.play() {
        JsFuture::from(promise).await.ok();
    }
}

/// Removes the source from the element.
pub fn clear(video: &HtmlVideoElement) {
    video.pause().ok();
    video.set_src_object(None);
    if video.has_attribute("src") {
        video.remove_attribute("src").ok();
        video.load();
    }
}

/// The frame that the video shows.
///
/// # Errors
/// When the browser does not provide one.
pub async fn frame(video: &HtmlVideoElement) -> Result<ImageBitmap, JsValue> {
    let promise = window().create_image_bitmap_with_html_video_element(video)?;
    Ok(JsFuture::from(promise).await?.unchecked_into())
}

/// Called for a frame with the time of the call, and the frame's metadata if the browser provides them.
pub type FrameCallback = Closure<dyn FnMut(JsValue, JsValue)>;

/// The presentation time of a frame in seconds, from its metadata.
pub fn media_time(metadata: &JsValue) -> Option<f64> {
    js_sys::Reflect::get(metadata, &JsValue::from_str("mediaTime")).ok()?.as_f64()
}

/// Calls back when the next frame is displayed; without browser support, at the next repaint.
pub fn on_next_frame(video: &HtmlVideoElement, callback: &FrameCallback) {
    let callback: &js_sys::Function = callback.as_ref().unchecked_ref();
    let request = js_sys::Reflect::get(video, &JsValue::from_str("requestVideoFrameCallback"));
    match request.ok().and_then(|request| request.dyn_into::<js_sys::Function>().ok()) {
        Some(request) => request.call1(video, callback).map(drop).ok(),
        None => window().request_animation_frame(callback).map(drop).ok(),
    };
}

#[cfg(test)]
mod tests {
    use super::is_video_kind;
    use mien_core::file_kind::FileKind;

    #[test]
    fn bytes_decide_what_is_a_video_before_the_name_does() {
        assert!(is_video_kind(FileKind::Video, ""), "a name without an ending");
        assert!(is_video_kind(FileKind::Video, "image/jpeg"), "or with another's");
        assert!(!is_video_kind(FileKind::Jpeg, "video/mp4"));
        // The browser says what it cannot play.
        assert!(is_video_kind(FileKind::Other, "video/x-ms-wmv"));
        assert!(!is_video_kind(FileKind::Other, "text/plain"));
    }
}
