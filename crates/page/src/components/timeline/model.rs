//! What the timeline's plot shows, and what its controls do.

use super::TimelinePlotProps;
use crate::controller::Controller;
use crate::format::{clock, percent};
use crate::state::LiveSource;
use crate::text::{self, timeline as words};
use mien_core::expression::Expression;
use mien_core::timeline::{Band, Column, Drawing, DrawnBand, DrawnMarker, Marker, Mode, Source, View, Window, step};

/// Maximum number of times in the table.
const TABLE_TIMES: usize = 60;

/// An action of the visitor.
#[derive(Clone, Copy, PartialEq)]
pub enum Act {
    /// Go to a time in milliseconds.
    Go(f64),
    /// Zoom: the visible part becomes longer by this factor.
    Zoom(f64),
    /// Move the visible part by this many half lengths.
    Move(f64),
    /// Show everything.
    All,
    /// Follow the newest frames of the camera.
    Latest,
    /// Set a marker at the position.
    Mark,
}

/// What the plot shows.
pub struct Model {
    controller: Controller,
    /// The index of the source in the timeline; `None` if nothing of it is recorded.
    pub source: Option<usize>,
    /// Whether the position can be moved within a video.
    playing: bool,
    /// Whether the newest frames are followed.
    pub follows: bool,
    /// The length in milliseconds.
    pub end: f64,
    /// The position in milliseconds.
    pub position: f64,
    /// Where the visitor looked, in a source that is not a video.
    cursor: Option<f64>,
    /// The visible part.
    pub window: Window,
    /// The faces that are drawn.
    pub faces: Vec<u32>,
    /// Number of faces in the visible part.
    pub found: usize,
    /// The faces at the position, in words.
    pub reading: String,
    /// The markers.
    pub markers: Vec<Marker>,
}

impl Model {
    /// What to show of the current source.
    pub fn new(controller: &Controller, props: &TimelinePlotProps, view: View, cursor: Option<f64>) -> Self {
        let playing = props.source == LiveSource::Video;
        let source = controller.recorded(props.source);
        let read = |source| {
            controller.timeline.read(source, |source| {
                let mut end = f64::from(source.end());
                let mut position = cursor.unwrap_or(end);
                if playing {
                    end = end.max(props.video.duration * 1000.0);
                    position = (props.video.position * 1000.0).min(end);
                }
                let window = view.window(end, position, !playing);
                let (faces, found) = source.faces(window);
                let reading = words::reading(position / 1000.0, source.at(position as u32));
                (end, position, window, faces, found, reading, source.markers().to_vec())
            })
        };
        let empty = || {
            let window = View::ALL.window(0.0, 0.0, false);
            (0.0, 0.0, window, Vec::new(), 0, String::new(), Vec::new())
        };
        let (end, position, window, faces, found, reading, markers) = source.and_then(read).unwrap_or_else(empty);
        let (controller, follows) = (controller.clone(), props.source == LiveSource::Camera);
        Self { controller, source, playing, follows, end, position, cursor, window, faces, found, reading, markers }
    }

    /// Whether the newest frames are visible, and nothing earlier is looked at.
    pub fn is_at_latest(&self) -> bool {
        self.cursor.is_none() && self.window.to >= self.end
    }

    /// The columns of the faces.
    pub fn bands(&self, count: usize) -> Vec<Band> {
        let bands =
            |source| self.controller.timeline.read(source, |source| source.columns(&self.faces, self.window, count));
        self.source.and_then(bands).unwrap_or_default()
    }

    /// The rows of the table: time, face and summary.
    pub fn table(&self) -> Vec<(f64, u32, Column)> {
        let step = step(self.window.span(), TABLE_TIMES);
        let from = (self.window.from / step).floor() * step;
        let count = ((self.window.to - from) / step).ceil();
        let window = Window { from, to: from + count * step };
        let rows = |source| {
            self.controller.timeline.read(source, |source| source.summaries(&self.faces, window, count as usize))
        };
        self.source.and_then(rows).unwrap_or_default()
    }

    /// The plot as SVG.
    pub fn svg(&self, mode: Mode) -> String {
        let [from, to] = [self.window.from, self.window.to].map(|time| clock(time / 1000.0));
        let name = |(face, band): (&u32, Band)| DrawnBand { name: text::face(*face), band };
        let marker = |each: &Marker| f64::from(each.time);
        Drawing {
            title: &words::TITLE,
            description: &words::description(self.found, &from, &to),
            classes: Expression::ALL.map(|class| text::expression(class).text()),
            unsure: &text::NOT_SURE,
            mode,
            window: self.window,
            bands: self.faces.iter().zip(self.bands(Drawing::COLUMNS)).map(name).collect(),
            markers: self.markers.iter().map(|each| DrawnMarker { time: marker(each), name: &each.name }).collect(),
            clock,
            percent,
        }
        .svg()
    }

    /// What a key does.
    pub fn key(&self, key: &str) -> Option<Act> {
        let (span, position) = (self.window.span(), self.position);
        let step = (span / 120.0).max(40.0);
        Some(match key {
            "ArrowLeft" | "ArrowDown" => Act::Go(position - step),
            "ArrowRight" | "ArrowUp" => Act::Go(position + step),
            "PageUp" => Act::Go(position - span / 10.0),
            "PageDown" => Act::Go(position + span / 10.0),
            "Home" => Act::Go(0.0),
            "End" if self.follows => Act::Latest,
            "End" => Act::Go(self.end),
            "+" | "=" => Act::Zoom(0.5),
            "-" => Act::Zoom(2.0),
            "m" | "M" => Act::Mark,
            _ => return None,
        })
    }

    /// Does what the visitor wants; returns the next view and where the visitor looks, if they change.
    pub fn act(&self, act: Act, view: View) -> Option<(View, Option<f64>)> {
        let (end, at_end) = (self.end, !self.playing);
        let cursor = self.cursor;
        Some(match act {
            Act::Go(time) => {
                let time = time.min(end).max(0.0);
                if self.playing {
                    self.controller.stream.seek(time / 1000.0);
                    return Some((View { from: None, ..view }, None));
                }
                // What is looked at stays where it is while the camera goes on, and comes into view.
                let mut from = self.window.from;
                if !(0.0..=1.0).contains(&self.window.share(time)) {
                    from = time - self.window.span() / 2.0;
                }
                (View { from: Some(from), ..view }, Some(time))
            }
            Act::Zoom(factor) => (view.zoomed(factor, end, self.position, at_end), cursor),
            Act::Move(steps) => (view.moved(steps, end, self.position, at_end), cursor),
            Act::All => (View::ALL, cursor),
            Act::Latest => (View { from: None, ..view }, None),
            Act::Mark => {
                let (time, name) = (self.position as u32, words::marker(self.markers.len() + 1));
                self.edit(|source| {
                    source.mark(time, name);
                });
                return None;
            }
        })
    }

    /// Changes the markers.
    pub fn edit(&self, edit: impl FnOnce(&mut Source)) {
        if let Some(source) = self.source {
            self.controller.timeline.edit(source, edit);
        }
    }
}
