//! What is visible of a face in each column of pixels.

use super::record::{Bucket, LEVELS, Source};
use super::tally::{Row, Tally};
use super::view::Window;
use crate::expression::Expression;

/// Maximum number of faces that are drawn.
pub const MAX_BANDS: usize = 6;

/// A face in one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// Mean probability of each class, 0 to 1.
    pub mean: [f32; Expression::COUNT],
    /// The lowest probabilities.
    pub low: [f32; Expression::COUNT],
    /// The highest probabilities.
    pub high: [f32; Expression::COUNT],
    /// The class that is named most often; `None` if more often none is.
    pub named: Option<Expression>,
}

/// The columns of a face from left to right; `None` where it was not found.
pub type Band = Vec<Option<Column>>;

impl From<&Tally> for Column {
    fn from(tally: &Tally) -> Self {
        let [mean, low, high] = tally.values();
        Self { mean, low, high, named: tally.named() }
    }
}

impl Source {
    /// Calls back with everything in a window, and what lasts no longer than `finest` milliseconds summarized: time, face
    /// and summary.
    pub(super) fn visit(&self, window: Window, finest: f64, mut each: impl FnMut(u32, u32, &Tally)) {
        let level = LEVELS.iter().rposition(|shift| f64::from(1_u32 << shift) <= finest);
        let [first, last] = [window.from, window.to].map(|time| time.max(0.0) as u32);
        match level {
            None => {
                let start = self.rows.partition_point(|row| row.time < first);
                for row in self.rows[start..].iter().take_while(|row| row.time <= last) {
                    each(row.time, row.face, &Tally::of(row));
                }
            }
            Some(level) => {
                let (buckets, shift): (&[Bucket], u32) = (&self.levels[level], LEVELS[level]);
                let start = buckets.partition_point(|bucket| bucket.index < first >> shift);
                for bucket in buckets[start..].iter().take_while(|bucket| bucket.index <= last >> shift) {
                    each(bucket.index << shift, bucket.face, &bucket.tally);
                }
            }
        }
    }

    /// The faces seen in a window: the [`MAX_BANDS`] that were seen longest, by number, and how many there are.
    pub fn faces(&self, window: Window) -> (Vec<u32>, usize) {
        let mut found: Vec<(u32, u32)> = Vec::new();
        self.visit(window, window.span() / 64.0, |_, face, tally| {
            match found.iter_mut().rfind(|found| found.0 == face) {
                Some((_, count)) => *count += tally.count(),
                None => found.push((face, tally.count())),
            }
        });
        let all = found.len();
        let mut faces: Vec<u32> = Vec::new();
        while faces.len() < MAX_BANDS.min(all) {
            let mut most = 0;
            for (index, (_, count)) in found.iter().enumerate() {
                if *count > found[most].1 {
                    most = index;
                }
            }
            found[most].1 = 0;
            let place = faces.partition_point(|face| *face < found[most].0);
            faces.insert(place, found[most].0);
        }
        (faces, all)
    }

    /// The columns of these faces over a window. Between two frames that follow each other the values are interpolated.
    pub fn columns(&self, faces: &[u32], window: Window, count: usize) -> Vec<Band> {
        let width = window.span() / count.max(1) as f64;
        let mut bands = vec![vec![None; count]; faces.len()];
        let mut last: Vec<Option<(i64, Tally)>> = vec![None; faces.len()];
        // A little more on both sides, to connect with what is just outside.
        let gap = f64::from(self.gap());
        let around = Window { from: window.from - gap, to: window.to + gap };
        self.visit(around, width, |time, face, tally| {
            let Some(place) = faces.iter().position(|known| *known == face) else { return };
            let column = ((f64::from(time) - window.from) / width).floor() as i64;
            let (band, last) = (&mut bands[place], &mut last[place]);
            match last {
                Some((before, sum)) if *before == column => sum.add(tally),
                before => {
                    let left = before.replace((column, *tally));
                    fill(band, left, Some((column, tally)));
                }
            }
        });
        for (band, last) in bands.iter_mut().zip(last) {
            fill(band, last, None);
        }
        bands
    }

    /// What is recorded of each face in each of `count` equal parts of a window: the time at which the part begins, the
    /// face, and the summary.
    pub fn summaries(&self, faces: &[u32], window: Window, count: usize) -> Vec<(f64, u32, Column)> {
        let width = window.span() / count.max(1) as f64;
        let mut parts: Vec<(f64, u32, Tally)> = Vec::new();
        self.visit(window, width, |time, face, tally| {
            let part = window.from + ((f64::from(time) - window.from) / width).floor().max(0.0) * width;
            if !faces.contains(&face) {
                return;
            }
            let same = parts.iter_mut().rev().take_while(|(begin, ..)| *begin == part).find(|known| known.1 == face);
            match same {
                Some((_, _, sum)) => sum.add(tally),
                None => parts.push((part, face, *tally)),
            }
        });
        parts.iter().map(|(begin, face, tally)| (*begin, *face, Column::from(tally))).collect()
    }
}

/// Writes a finished column, and those between it and the next if the two follow each other.
fn fill(band: &mut [Option<Column>], left: Option<(i64, Tally)>, right: Option<(i64, &Tally)>) {
    let Some((first, left)) = left else { return };
    let column = Column::from(&left);
    let mut put = |place: i64, column| {
        if let Some(slot) = usize::try_from(place).ok().and_then(|place| band.get_mut(place)) {
            *slot = Some(column);
        }
    };
    put(first, column);
    let Some((end, right)) = right.filter(|(_, right)| right.joined) else { return };
    let [target, ..] = right.values();
    for place in first + 1..end {
        let weight = (place - first) as f32 / (end - first) as f32;
        let mut mean = column.mean;
        for (value, target) in mean.iter_mut().zip(target) {
            *value += (target - *value) * weight;
        }
        put(place, Column { mean, low: mean, high: mean, named: column.named });
    }
}

/// Neighbouring columns where the same is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The first column.
    pub start: usize,
    /// The column after the last.
    pub end: usize,
    /// What is named there.
    pub named: Option<Expression>,
}

/// The runs of a band, from left to right.
pub fn runs(band: &[Option<Column>]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (place, column) in band.iter().enumerate() {
        let Some(column) = column else { continue };
        match runs.last_mut() {
            Some(run) if run.end == place && run.named == column.named => run.end += 1,
            _ => runs.push(Run { start: place, end: place + 1, named: column.named }),
        }
    }
    runs
}

impl Row {
    /// The row as a column.
    pub fn column(&self) -> Column {
        Column::from(&Tally::of(self))
    }
}
