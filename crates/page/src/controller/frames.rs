//! Frames of the camera or video: the next one is taken only after the answer to the last, and only if it is new.

use std::collections::VecDeque;
use std::rc::Rc;

use gloo::utils::document;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;

use super::feed::Plays;
use super::{Controller, Purpose, now};
use crate::notice::Notice;
use crate::sources::video;
use crate::state::{Action, Pace, Reading, StreamAction};
use mien_protocol::Problem;

/// Over this many milliseconds the shown figures are averaged.
const WINDOW: f64 = 1000.0;

/// So many milliseconds the shown figures stand still, to be readable.
const SHOWN_FOR: f64 = 500.0;

impl Controller {
    /// Has the browser call at every new frame.
    pub(super) fn watch_frames(&self) {
        let feed = &self.0.feed;
        if feed.on_frame.borrow().is_none() {
            let inner = Rc::downgrade(&self.0);
            let on_frame = Closure::new(move || {
                if let Some(inner) = inner.upgrade() {
                    Self(inner).on_new_frame();
                }
            });
            *feed.on_frame.borrow_mut() = Some(on_frame);
        }
        if !feed.watching.replace(true)
            && let Some(on_frame) = feed.on_frame.borrow().as_ref()
        {
            video::on_next_frame(&feed.video, on_frame);
        }
    }

    fn on_new_frame(&self) {
        let feed = &self.0.feed;
        feed.watching.set(false);
        if feed.plays.get() == Plays::Nothing {
            return;
        }
        self.watch_frames();
        feed.fresh.set(true);
        self.next_frame();
    }

    /// Takes the frame on screen, if it is new and the engine waits for one.
    pub(super) fn next_frame(&self) {
        let feed = &self.0.feed;
        let wanted = feed.plays.get() != Plays::Nothing && feed.fresh.get() && !feed.taking.get() && self.is_idle();
        if !wanted || document().hidden() {
            return;
        }
        feed.fresh.set(false);
        feed.taking.set(true);
        let (controller, generation, taken) = (self.clone(), feed.generation.get(), now());
        spawn_local(async move {
            let feed = &controller.0.feed;
            let frame = video::frame(&feed.video).await;
            feed.taking.set(false);
            // No frame yet, or no longer: the next one that the browser announces is taken.
            let Ok(frame) = frame else { return };
            if feed.generation.get() == generation && controller.is_idle() {
                controller.recognize(Purpose::Frame(generation), &frame, taken);
            } else {
                frame.close();
            }
        });
    }

    pub(super) fn on_frame(&self, generation: u32, reading: Reading) {
        let feed = &self.0.feed;
        if feed.generation.get() != generation {
            return;
        }
        self.record(&reading);
        self.capture(&reading);
        let pace = feed.meter.borrow_mut().add(now(), &reading);
        self.dispatch(Action::Stream(StreamAction::Read(reading)));
        if let Some(pace) = pace {
            self.dispatch(Action::Stream(StreamAction::Pace(pace)));
        }
    }

    pub(super) fn on_frame_refused(&self, generation: u32, problem: Problem) {
        let feed = &self.0.feed;
        if feed.generation.get() == generation && !feed.complained.replace(true) {
            self.notify(Notice::FrameRefused { detail: problem.detail });
        }
    }
}

/// Measures how fast frames are read.
#[derive(Default)]
pub(super) struct Meter {
    frames: VecDeque<(f64, [f32; 4])>,
    shown: f64,
}

impl Meter {
    /// Counts a frame; tells the averages when it is time to show new ones.
    fn add(&mut self, time: f64, reading: &Reading) -> Option<Pace> {
        let timing = &reading.timing;
        self.frames.push_back((time, [timing.detect, timing.align, timing.classify, reading.latency]));
        while self.frames.front().is_some_and(|(first, _)| *first < time - WINDOW) {
            self.frames.pop_front();
        }
        let (first, _) = self.frames.front()?;
        if time - self.shown < SHOWN_FOR || self.frames.len() < 2 {
            return None;
        }
        self.shown = time;
        let count = self.frames.len() as f32;
        let average = |index: usize| self.frames.iter().map(|(_, values)| values[index]).sum::<f32>() / count;
        Some(Pace {
            rate: ((count - 1.0) * 1000.0) / (time - first).max(1.0) as f32,
            detect: average(0),
            align: average(1),
            classify: average(2),
            latency: average(3),
        })
    }
}
