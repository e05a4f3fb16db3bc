//! The recorded frames.

use std::ops::Range;

use super::analysis::Analysis;
use super::tally::{Row, Tally};
use crate::expression::Distribution;

/// Maximum number of rows: five hours of one face at 25 frames per second.
pub const MAX_ROWS: usize = 450_000;

/// Maximum number of bytes of all rows and summaries. Five hours of one face take about 15 million; more than 32 million
/// are only reached with very many faces that each appear for a moment.
pub const MAX_MEMORY: usize = 32_000_000;

/// Maximum number of markers of a source.
pub const MAX_MARKERS: usize = 200;

/// Maximum milliseconds between two frames of which the second follows the first. Over a longer time frames were not
/// recognized, for instance because the engine restarted.
pub const MAX_GAP: u32 = 1000;

/// The durations of the summaries, as powers of two of milliseconds: 0.5 s, 8 s, 131 s.
pub(super) const LEVELS: [u32; 3] = [9, 13, 17];

/// A face of a frame to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Its number.
    pub face: u32,
    /// Its probabilities, smoothed over time.
    pub probabilities: Distribution,
    /// Whether the most probable class is clear enough to be named.
    pub clear: bool,
}

/// A time that the visitor named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Milliseconds since the start of the source.
    pub time: u32,
    /// Its name.
    pub name: String,
}

/// The summary of one face over one of the durations in [`LEVELS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    /// How many such durations lie before.
    pub index: u32,
    pub face: u32,
    pub tally: Tally,
}

/// The frames of a camera or a video file.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The name of the file; empty for cameras.
    pub name: String,
    /// Sorted by time, and those of a frame as they were added.
    pub(super) rows: Vec<Row>,
    /// For each of [`LEVELS`], sorted by index.
    pub(super) levels: [Vec<Bucket>; LEVELS.len()],
    /// The time of the last frame, with faces or without.
    end: u32,
    /// Sorted by time.
    markers: Vec<Marker>,
    /// How the video was analysed, if it was.
    pub(super) analysis: Option<Analysis>,
    /// The tracks that were joined: one, and the face that it belongs to.
    pub(super) joins: Vec<(u32, u32)>,
}

/// The frames of several sources.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    sources: Vec<Source>,
}

impl Timeline {
    /// The sources, in the order in which they were opened.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// One of the sources.
    pub fn source_mut(&mut self, source: usize) -> Option<&mut Source> {
        self.sources.get_mut(source)
    }

    /// Adds a source without frames; returns its index.
    pub fn open(&mut self, name: &str) -> usize {
        self.sources.push(Source { name: name.to_owned(), ..Source::default() });
        self.sources.len() - 1
    }

    /// Number of rows: one for each face in each frame.
    pub fn rows(&self) -> usize {
        self.sources.iter().map(|source| source.rows.len()).sum()
    }

    /// Bytes of memory for rows and summaries.
    pub fn memory(&self) -> usize {
        self.sources.iter().map(Source::memory).sum()
    }

    /// Whether nothing more is to be recorded: see [`MAX_ROWS`] and [`MAX_MEMORY`].
    pub fn is_full(&self) -> bool {
        self.rows() >= MAX_ROWS || self.memory() >= MAX_MEMORY
    }
}

impl Source {
    fn memory(&self) -> usize {
        let buckets: usize = self.levels.iter().map(Vec::capacity).sum();
        self.rows.capacity() * size_of::<Row>() + buckets * size_of::<Bucket>()
    }

    /// The time of the last frame, with faces or without.
    pub const fn end(&self) -> u32 {
        self.end
    }

    /// The rows, sorted by time.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Adds the faces of a frame at `time`. They replace those of the same frame, and all since the frame at `before` if
    /// the source played on from there.
    pub fn add(&mut self, time: u32, before: Option<u32>, faces: &[Reading]) {
        self.end = self.end.max(time);
        let gap = self.gap();
        let follows = |before: u32, time: u32| before < time && time - before <= gap;
        let before = before.filter(|before| follows(*before, time));
        let replaced = self.between(before.map_or(time, |before| before + 1), time);
        let before =
            before.or_else(|| Some(self.rows[..replaced.start].last()?.time).filter(|last| follows(*last, time)));
        let known = before.map_or(0..0, |before| self.between(before, before));
        let mut rows: Vec<Row> = Vec::with_capacity(faces.len());
        for face in faces {
            rows.push(Row::new(time, face.face, &face.probabilities, face.clear));
        }
        assign(&mut rows, &self.joins);
        for row in &mut rows {
            connect(row, &self.rows[known.clone()]);
        }
        let changed_from = self.rows.get(replaced.start).map_or(time, |row| row.time.min(time));
        splice(&mut self.rows, replaced.clone(), &rows);
        // The next frame follows this one now.
        let mut changed_to = time;
        let end = replaced.start + rows.len();
        if let Some(next) = self.rows.get(end).map(|row| row.time) {
            for row in self.rows[end..].iter_mut().take_while(|row| row.time == next) {
                connect(row, if follows(time, next) { &rows } else { &[] });
            }
            changed_to = next;
        }
        self.summarize(changed_from, time);
        if changed_to > time {
            self.summarize(changed_to, changed_to);
        }
    }

    /// The range of the rows from one time to another, both included.
    fn between(&self, first: u32, last: u32) -> Range<usize> {
        let start = self.rows.partition_point(|row| row.time < first);
        start..start + self.rows[start..].partition_point(|row| row.time <= last)
    }

    /// The longest time between two frames of which the second follows the first, in milliseconds.
    pub(super) fn gap(&self) -> u32 {
        let analysed = self.analysis.as_ref().map_or(0, |analysis| (analysis.rate.interval() * 1.5) as u32);
        analysed.max(MAX_GAP)
    }

    /// Deletes the rows; the markers stay.
    pub(super) fn forget(&mut self) {
        *self = Self {
            name: std::mem::take(&mut self.name),
            markers: std::mem::take(&mut self.markers),
            ..Self::default()
        };
    }

    /// Numbers the faces again by what is joined, and computes all summaries again.
    pub(super) fn renumber(&mut self) {
        let gap = self.gap();
        let mut start = 0;
        let mut before = 0..0;
        while let Some(time) = self.rows.get(start).map(|row| row.time) {
            let end = start + self.rows[start..].partition_point(|row| row.time == time);
            let (known, frame) = self.rows.split_at_mut(start);
            let frame = &mut frame[..end - start];
            assign(frame, &self.joins);
            let known = known[before.clone()].iter().filter(|row| time - row.time <= gap);
            for row in frame {
                let other = |known: &Row| known.face == row.face && known.track != row.track;
                row.joined = row.tracked || known.clone().any(other);
            }
            before = start..end;
            start = end;
        }
        self.levels = Default::default();
        if let (Some(first), Some(last)) = (self.rows.first(), self.rows.last()) {
            self.summarize(first.time, last.time);
        }
    }

    /// Computes the summaries of a range of times again.
    fn summarize(&mut self, first: u32, last: u32) {
        let mut fresh: Vec<Bucket> = Vec::new();
        for (level, shift) in LEVELS.into_iter().enumerate() {
            for index in first >> shift..=last >> shift {
                fresh.clear();
                let (below, above) = self.levels.split_at_mut(level);
                match below.last() {
                    None => {
                        let start = self.rows.partition_point(|row| row.time >> shift < index);
                        for row in self.rows[start..].iter().take_while(|row| row.time >> shift == index) {
                            count(&mut fresh, index, row.face, &Tally::of(row));
                        }
                    }
                    Some(below) => {
                        let parts = shift - LEVELS[level - 1];
                        let start = below.partition_point(|part| part.index >> parts < index);
                        for part in below[start..].iter().take_while(|part| part.index >> parts == index) {
                            count(&mut fresh, index, part.face, &part.tally);
                        }
                    }
                }
                let buckets = &mut above[0];
                let start = buckets.partition_point(|bucket| bucket.index < index);
                let end = start + buckets[start..].partition_point(|bucket| bucket.index == index);
                splice(buckets, start..end, &fresh);
            }
        }
    }

    /// The faces of the frame shown at a time: the last one before it, if that is no longer ago than [`MAX_GAP`], or
    /// than two analysed frames are apart.
    pub fn at(&self, time: u32) -> &[Row] {
        let end = self.rows.partition_point(|row| row.time <= time);
        match self.rows[..end].last() {
            Some(last) if time - last.time <= self.gap() => &self.rows[self.between(last.time, last.time)],
            _ => &[],
        }
    }

    /// The markers, sorted by time.
    pub fn markers(&self) -> &[Marker] {
        &self.markers
    }

    /// Adds a marker, unless there are [`MAX_MARKERS`]; returns whether it did.
    pub fn mark(&mut self, time: u32, name: String) -> bool {
        let place = self.markers.partition_point(|marker| marker.time <= time);
        let room = self.markers.len() < MAX_MARKERS;
        if room {
            self.markers.insert(place, Marker { time, name });
        }
        room
    }

    /// Names a marker.
    pub fn rename(&mut self, marker: usize, name: String) {
        if let Some(marker) = self.markers.get_mut(marker) {
            marker.name = name;
        }
    }

    /// Removes a marker.
    pub fn unmark(&mut self, marker: usize) {
        if marker < self.markers.len() {
            self.markers.remove(marker);
        }
    }
}

/// Numbers the faces of a frame by what is joined. One that would get the number of another in the frame keeps its own.
fn assign(frame: &mut [Row], joins: &[(u32, u32)]) {
    for index in 0..frame.len() {
        let track = frame[index].track;
        let face = joins.iter().fold(track, |face, (from, into)| if face == *from { *into } else { face });
        let taken = frame[..index].iter().any(|other| other.face == face);
        let other = frame.iter().any(|other| other.track == face && other.track != track);
        frame[index].face = if taken || other { track } else { face };
    }
}

/// Notes whether a face was in the frame before as well.
fn connect(row: &mut Row, before: &[Row]) {
    row.joined = before.iter().any(|before| before.face == row.face);
    row.tracked = before.iter().any(|before| before.track == row.track);
}

/// Adds later rows of a face to its bucket.
fn count(buckets: &mut Vec<Bucket>, index: u32, face: u32, tally: &Tally) {
    match buckets.iter_mut().find(|bucket| bucket.face == face) {
        Some(bucket) => bucket.tally.add(tally),
        None => buckets.push(Bucket { index, face, tally: *tally }),
    }
}

/// Replaces a range of items. The memory grows by a quarter at a time, so that little of it is unused.
fn splice<T: Copy>(items: &mut Vec<T>, range: Range<usize>, new: &[T]) {
    let old = items.len();
    let length = old - range.len() + new.len();
    if length > items.capacity() {
        items.reserve_exact((length - old).max(old / 4).max(64));
    }
    if let (true, Some(filler)) = (length > old, new.first()) {
        items.resize(length, *filler);
    }
    items.copy_within(range.end..old, range.start + new.len());
    items.truncate(length);
    items[range.start..range.start + new.len()].copy_from_slice(new);
}
