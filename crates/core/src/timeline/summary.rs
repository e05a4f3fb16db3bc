//! A summary of each face of a source.

use super::record::Source;
use super::tally::Row;
use crate::expression::Expression;

/// The shortest time over which changes are counted per minute, in seconds.
const SHORTEST: f64 = 1.0;

/// A face in short.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceSummary {
    /// Its number.
    pub face: u32,
    /// The numbers under which it was tracked, in the order in which they appeared.
    pub tracks: Vec<u32>,
    /// When it was first seen, in milliseconds.
    pub first: u32,
    /// When it was last seen, in milliseconds.
    pub last: u32,
    /// Number of frames with it.
    pub frames: u32,
    /// For how long it was seen, in seconds.
    pub seconds: f64,
    /// The share of this time in which each class is named, and at the end that in which none is, 0 to 1.
    pub shares: [f64; Expression::COUNT + 1],
    /// The mean probability of each class over this time, 0 to 1.
    pub means: [f64; Expression::COUNT],
    /// How often another class is named than before. Where none is named in between counts for nothing, and so does where the
    /// face was gone.
    pub changes: u32,
}

impl FaceSummary {
    /// Changes per minute of the time in which it was seen; `None` if that is too short.
    pub fn changes_per_minute(&self) -> Option<f64> {
        (self.seconds >= SHORTEST).then(|| f64::from(self.changes) * 60.0 / self.seconds)
    }
}

/// Time by what is named, and time multiplied by the probabilities.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    weight: f64,
    named: [f64; Expression::COUNT + 1],
    shares: [f64; Expression::COUNT],
}

impl Sum {
    fn add(&mut self, row: &Row, weight: f64) {
        self.weight += weight;
        self.named[row.named().map_or(Expression::COUNT, Expression::index)] += weight;
        for class in Expression::ALL {
            self.shares[class.index()] += f64::from(row.probability(class)) * weight;
        }
    }

    fn add_all(&mut self, other: &Self, weight: f64) {
        self.weight += other.weight * weight;
        self.named.iter_mut().zip(other.named).for_each(|(sum, value)| *sum += value * weight);
        self.shares.iter_mut().zip(other.shares).for_each(|(sum, value)| *sum += value * weight);
    }
}

/// A face while the rows are read.
struct Reading<'a> {
    summary: FaceSummary,
    before: &'a Row,
    named: Option<Expression>,
    /// Frames that another follows, for as long as they are shown.
    followed: Sum,
    /// Number of these frames.
    count: u32,
    /// Frames that none follows, with a weight of 1.
    last: Sum,
}

impl Source {
    /// Each face in short, in the order in which they appear. A frame counts for as long as it is shown, until the next with the
    /// face; the last before the face is gone counts as long as the others on average.
    pub fn face_summaries(&self) -> Vec<FaceSummary> {
        let interval = self.analysis.as_ref().map_or(super::Rate::Every, |analysis| analysis.rate).interval();
        let mut faces: Vec<Reading<'_>> = Vec::new();
        for row in &self.rows {
            let Some(face) = faces.iter_mut().find(|known| known.summary.face == row.face) else {
                faces.push(Reading::new(row));
                continue;
            };
            face.add(row);
        }
        faces.into_iter().map(|face| face.finish(interval)).collect()
    }
}

impl<'a> Reading<'a> {
    fn new(row: &'a Row) -> Self {
        Self {
            summary: FaceSummary {
                face: row.face,
                tracks: vec![row.track],
                first: row.time,
                last: row.time,
                frames: 1,
                seconds: 0.0,
                shares: [0.0; Expression::COUNT + 1],
                means: [0.0; Expression::COUNT],
                changes: 0,
            },
            before: row,
            named: row.named(),
            followed: Sum::default(),
            count: 0,
            last: Sum::default(),
        }
    }

    fn add(&mut self, row: &'a Row) {
        if row.joined {
            self.followed.add(self.before, f64::from(row.time - self.before.time));
            self.count += 1;
        } else {
            self.last.add(self.before, 1.0);
            self.named = None;
        }
        if let Some(named) = row.named()
            && let Some(before) = self.named.replace(named)
        {
            self.summary.changes += u32::from(before != named);
        }
        self.before = row;
        self.summary.last = row.time;
        self.summary.frames += 1;
        if !self.summary.tracks.contains(&row.track) {
            self.summary.tracks.push(row.track);
        }
    }

    /// The summary; `interval` is the time of a frame in milliseconds where none follows another.
    fn finish(mut self, interval: f64) -> FaceSummary {
        self.last.add(self.before, 1.0);
        let mean = if self.count > 0 { self.followed.weight / f64::from(self.count) } else { interval };
        self.followed.add_all(&self.last, mean);
        let total = self.followed.weight.max(f64::MIN_POSITIVE);
        FaceSummary {
            seconds: self.followed.weight / 1000.0,
            shares: self.followed.named.map(|time| time / total),
            means: self.followed.shares.map(|sum| sum / total),
            ..self.summary
        }
    }
}
