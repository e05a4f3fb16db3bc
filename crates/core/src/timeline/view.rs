//! The visible part of a timeline.

/// The shortest visible part, in milliseconds.
const SHORTEST: f64 = 2000.0;

/// Distances between the labels of the axis, in seconds.
const STEPS: [u32; 13] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/// A range of times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)] // said above
pub struct Window {
    pub from: f64,
    pub to: f64,
}

impl Window {
    /// Its length in milliseconds.
    pub fn span(self) -> f64 {
        self.to - self.from
    }

    /// Where a time is: 0 at the start, 1 at the end.
    pub fn share(self, time: f64) -> f64 {
        (time - self.from) / self.span()
    }

    /// The time at a share, held within the window.
    pub fn time(self, share: f64) -> f64 {
        self.from + share.clamp(0.0, 1.0) * self.span()
    }
}

/// What is visible: how much of a timeline, and from where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The length of the visible part in milliseconds; everything if it is longer.
    pub span: f64,
    /// Where the visible part begins; `None` if it follows the position.
    pub from: Option<f64>,
}

impl View {
    /// Everything of a video.
    pub const ALL: Self = Self { span: f64::INFINITY, from: None };

    /// The last two minutes of a camera.
    pub const LATEST: Self = Self { span: 120_000.0, from: None };

    /// The visible part of a timeline up to `end`. One that follows the position turns pages in a video, as `position` is
    /// anywhere in it, and slides over a camera's, `at_end`.
    pub fn window(self, end: f64, position: f64, at_end: bool) -> Window {
        let span = self.span.min(end).max(SHORTEST);
        let latest = (end - span).max(0.0);
        let from = match self.from {
            Some(from) => from,
            None if at_end => latest,
            None => (position / span).floor() * span,
        };
        let from = from.min(latest).max(0.0);
        Window { from, to: from + span }
    }

    /// The view with the visible part longer by a factor, around the position.
    #[must_use]
    pub fn zoomed(self, factor: f64, end: f64, position: f64, at_end: bool) -> Self {
        let window = self.window(end, position, at_end);
        let span = (window.span() * factor).max(SHORTEST);
        if span >= end {
            return Self::ALL;
        }
        let from = self.from.map(|_| position - window.share(position).clamp(0.0, 1.0) * span);
        Self { span, from }
    }

    /// The view moved by a number of half lengths.
    #[must_use]
    pub fn moved(self, steps: f64, end: f64, position: f64, at_end: bool) -> Self {
        let window = self.window(end, position, at_end);
        let from = window.from + steps * window.span() / 2.0;
        Self { from: Some(from.min(end - window.span()).max(0.0)), ..self }
    }
}

/// The distance between the labels of an axis of this length in milliseconds with at most `count` of them, in milliseconds.
pub fn step(span: f64, count: usize) -> f64 {
    let wanted = span / count.max(1) as f64;
    let fits = STEPS.into_iter().map(|step| f64::from(step) * 1000.0).find(|step| *step >= wanted);
    fits.unwrap_or_else(|| (wanted / 3_600_000.0).ceil() * 3_600_000.0)
}

/// The times of at most about `count` labels of an axis.
pub fn ticks(window: Window, count: usize) -> Vec<f64> {
    let step = step(window.span(), count);
    let (first, last) = ((window.from / step).ceil() as u32, (window.to / step).floor() as u32);
    (first..=last).map(|index| f64::from(index) * step).collect()
}
