//! A hidden video element, whose frames are sought one by one. The browser decodes it as fast as it can.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::file::ObjectUrl;
use gloo::timers::callback::Timeout;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, HtmlVideoElement, ImageBitmap};

use super::video::{self, FrameCallback};

/// Milliseconds after which a browser that does not answer is given up.
const ANSWERS_WITHIN: u32 = 20_000;

/// Milliseconds after a seek within which the browser tells the time of the frame.
const PRESENTS_WITHIN: u32 = 250;

/// The largest difference in seconds of two times of the same frame.
pub const SAME: f64 = 0.001;

/// A position behind the end of every video, in seconds.
const BEHIND: f64 = 1e7;

/// Why there is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeekError {
    /// The browser cannot decode it.
    Damaged,
    /// There is sound only, or nothing at all.
    NoPicture,
    /// The browser does not answer.
    Stalled,
}

/// A video whose frames are sought.
pub struct SoughtVideo {
    video: HtmlVideoElement,
    _url: ObjectUrl,
    /// Whether the browser tells the times of frames.
    tells: bool,
    /// The time of the newest frame, as the browser tells it.
    time: Rc<Cell<Option<f64>>>,
    /// Called when it does.
    told: Rc<RefCell<Option<Function>>>,
    watching: Rc<Cell<bool>>,
    callback: FrameCallback,
}

impl SoughtVideo {
    /// Opens a file.
    ///
    /// # Errors
    /// When the browser cannot decode it, or when there is no picture.
    pub async fn open(file: &File) -> Result<Self, SeekError> {
        let element = video::player();
        element.set_preload("auto");
        let url = video::object_url(file);
        let time = Rc::<Cell<Option<f64>>>::default();
        let told = Rc::<RefCell<Option<Function>>>::default();
        let watching = Rc::<Cell<bool>>::default();
        let callback = {
            let (time, told, watching) = (Rc::clone(&time), Rc::clone(&told), Rc::clone(&watching));
            Closure::new(move |_: JsValue, metadata: JsValue| {
                watching.set(false);
                time.set(video::media_time(&metadata));
                answer(told.take().as_ref());
            })
        };
        let tells = Reflect::has(&element, &JsValue::from_str("requestVideoFrameCallback")).unwrap_or(false);
        let sought = Self { video: element, _url: url.clone(), tells, time, told, watching, callback };
        let loaded = sought.wait("loadeddata", |video| video.set_src(&url)).await;
        // without a frame nothing is loaded
        if sought.video.duration() == 0.0 || loaded.is_ok() && sought.size().0 == 0 {
            return Err(SeekError::NoPicture);
        }
        loaded?;
        if !sought.video.duration().is_finite() {
            // Recordings of browsers say nothing about their length, until the end was sought.
            sought.wait("seeked", |video| video.set_current_time(BEHIND)).await?;
        }
        Ok(sought)
    }

    /// Its length in seconds.
    pub fn duration(&self) -> f64 {
        let duration = self.video.duration();
        if duration.is_finite() { duration } else { self.video.current_time() }
    }

    /// Its width and height in pixels, upright.
    pub fn size(&self) -> (u32, u32) {
        (self.video.video_width(), self.video.video_height())
    }

    /// The frame at a position in seconds, and its own time. Without a time where the browser does not tell it, as in a hidden
    /// tab.
    ///
    /// # Errors
    /// When the browser has no frame.
    pub async fn frame(&self, seconds: f64) -> Result<(ImageBitmap, Option<f64>), SeekError> {
        self.seek(seconds).await?;
        // The browser may tell only now the time of the frame that was sought before, as of the end of a recording.
        if self.time.get().is_some_and(|time| time > seconds + SAME) {
            self.seek(seconds).await?;
        }
        let frame = video::frame(&self.video).await.map_err(|_| SeekError::Damaged)?;
        Ok((frame, self.time.get()))
    }

    /// Goes to a position in seconds, and waits for the time of its frame.
    async fn seek(&self, seconds: f64) -> Result<(), SeekError> {
        self.time.set(None);
        if self.tells && !self.watching.replace(true) {
            video::on_next_frame(&self.video, &self.callback);
        }
        self.wait("seeked", |video| video.set_current_time(seconds)).await?;
        if self.tells {
            self.presented().await;
        } else {
            self.time.set(Some(self.video.current_time()));
        }
        Ok(())
    }

    /// Waits until the browser tells the time of the frame.
    async fn presented(&self) {
        if self.time.get().is_some() {
            return;
        }
        let mut timeout = None;
        let promise = Promise::new(&mut |told, _| {
            let late = told.clone();
            timeout = Some(Timeout::new(PRESENTS_WITHIN, move || answer(Some(&late))));
            self.told.replace(Some(told));
        });
        JsFuture::from(promise).await.ok();
    }

    /// Does something, and waits for an event of the video.
    async fn wait(&self, event: &'static str, act: impl FnOnce(&HtmlVideoElement)) -> Result<(), SeekError> {
        let outcome = Rc::new(Cell::new(Err(SeekError::Stalled)));
        let mut pending = None;
        let promise = Promise::new(&mut |done, _| {
            let listen = |event: &'static str, result| {
                let (done, outcome) = (done.clone(), Rc::clone(&outcome));
                EventListener::once(&self.video, event, move |_| {
                    outcome.set(result);
                    answer(Some(&done));
                })
            };
            let listeners = [listen(event, Ok(())), listen("error", Err(SeekError::Damaged))];
            let late = done.clone();
            pending = Some((listeners, Timeout::new(ANSWERS_WITHIN, move || answer(Some(&late)))));
        });
        act(&self.video);
        JsFuture::from(promise).await.ok();
        outcome.get()
    }
}

impl Drop for SoughtVideo {
    fn drop(&mut self) {
        video::clear(&self.video);
    }
}

/// Calls the function of a promise.
fn answer(done: Option<&Function>) {
    if let Some(done) = done {
        done.call0(&JsValue::UNDEFINED).ok();
    }
}
