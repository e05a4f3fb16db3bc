//! The video element for cameras and video files.

use gloo::utils::{document, window};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlVideoElement, ImageBitmap, MediaStream};

/// Creates an element; the tag must be a standard one.
pub fn element<T: JsCast>(tag: &str) -> T {
    match document().create_element(tag) {
        Ok(element) => element.unchecked_into(),
        // The tags are constants of this program; only a misspelt one gets here.
        Err(error) => wasm_bindgen::throw_val(error),
    }
}

/// A video element that plays inline and muted.
pub fn player() -> HtmlVideoElement {
    let video: HtmlVideoElement = element("video");
    video.set_muted(true);
    // Without the attribute, phones play videos full screen.
    video.set_attribute("playsinline", "").ok();
    video
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

/// Calls back when the next frame is displayed; without browser support, at the next repaint.
pub fn on_next_frame(video: &HtmlVideoElement, callback: &Closure<dyn FnMut()>) {
    let callback: &js_sys::Function = callback.as_ref().unchecked_ref();
    let request = js_sys::Reflect::get(video, &JsValue::from_str("requestVideoFrameCallback"));
    match request.ok().and_then(|request| request.dyn_into::<js_sys::Function>().ok()) {
        Some(request) => request.call1(video, callback).map(drop).ok(),
        None => window().request_animation_frame(callback).map(drop).ok(),
    };
}
