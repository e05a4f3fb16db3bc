//! The tables of a file that is not in fragments: where its pictures are, and when they are shown.

use std::ops::Range;

use mp4_atom::{Co64, Ctts, Stco, Stsc, Stss, Stsz, StszSamples, Stts};

use super::boxes::{decode, require};
use crate::VideoError;

/// Maximum number of pictures: ten hours of 50 in a second have less.
pub const MAX_SAMPLES: usize = 2_000_000;

const DAMAGED: VideoError = VideoError::Damaged("the tables of its pictures do not fit together");

/// Where a picture is, and when it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Bytes from the start of the file.
    pub offset: u64,
    /// In bytes.
    pub size: u32,
    /// Microseconds from the start of the video.
    pub time: i64,
    /// Whether it needs no other.
    pub is_key: bool,
}

/// The clock of a track.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Units in a second.
    pub units: u32,
    /// What of the track is shown, in units.
    pub shown: Option<Range<i64>>,
    /// Microseconds for which nothing is shown first.
    pub delay: i64,
}

impl Clock {
    /// The time in microseconds of something at a time in units; `None` behind what is shown. Below 0 before it.
    pub fn time(&self, at: i64) -> Option<i64> {
        let from = match &self.shown {
            Some(shown) if at >= shown.end => return None,
            Some(shown) => shown.start,
            None => 0,
        };
        let micros = (i128::from(at) - i128::from(from)) * 1_000_000;
        // rounded to the nearest
        let units = i128::from(self.units.max(1));
        let micros = i64::try_from((2 * micros + units).div_euclid(2 * units)).ok()?;
        Some(if micros < 0 { micros } else { micros.saturating_add(self.delay) })
    }
}

/// Values that are written as runs, each once for every picture.
struct Runs<T> {
    runs: std::vec::IntoIter<(u32, T)>,
    left: u32,
    value: Option<T>,
}

impl<T: Copy> Runs<T> {
    fn new(runs: Vec<(u32, T)>) -> Self {
        Self { runs: runs.into_iter(), left: 0, value: None }
    }
}

impl<T: Copy> Iterator for Runs<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        while self.left == 0 {
            let (count, value) = self.runs.next()?;
            (self.left, self.value) = (count, Some(value));
        }
        self.left -= 1;
        self.value
    }
}

/// Reads the tables, in the content of the box `stbl`. Pictures behind what is shown are left out.
pub fn read(tables: &[u8], clock: &Clock) -> Result<Vec<Sample>, VideoError> {
    let chunks: Vec<u64> = match decode::<Stco>(tables)? {
        Some(stco) => stco.entries.into_iter().map(u64::from).collect(),
        None => decode::<Co64>(tables)?.unwrap_or_default().entries,
    };
    let (sizes, same, count) = match require::<Stsz>(tables)?.samples {
        StszSamples::Identical { count, size } => (Vec::new(), size, count as usize),
        StszSamples::Different { sizes } => (sizes.clone(), 0, sizes.len()),
    };
    if count > MAX_SAMPLES {
        return Err(VideoError::Unsupported("very many pictures"));
    }
    let durations = decode::<Stts>(tables)?.unwrap_or_default().entries;
    let mut durations = Runs::new(durations.iter().map(|run| (run.sample_count, run.sample_delta)).collect());
    let mut delays = decode::<Ctts>(tables)?.map(|ctts| {
        // Some writers of the older version mean signed numbers.
        let signed = |offset: i64| i64::from(offset as i32);
        Runs::new(ctts.entries.iter().map(|run| (run.sample_count, signed(run.sample_offset))).collect())
    });
    let keys = decode::<Stss>(tables)?.map(|stss| stss.entries);
    let mut keys = keys.as_ref().map(|keys| keys.iter().map(|key| *key as usize).peekable());
    let chunk_sizes = decode::<Stsc>(tables)?.unwrap_or_default();
    let mut places = places(&chunk_sizes, &chunks);
    let (mut samples, mut decoded_at, mut ended_at): (Vec<Sample>, i64, u64) = (Vec::with_capacity(count), 0, 0);
    for index in 0..count {
        let size = if same > 0 { same } else { *sizes.get(index).ok_or(DAMAGED)? };
        // the next of the same chunk, or the first of another
        let offset = places.next().ok_or(DAMAGED)?.unwrap_or(ended_at);
        ended_at = offset.checked_add(size.into()).ok_or(DAMAGED)?;
        let delay = match &mut delays {
            Some(delays) => delays.next().ok_or(DAMAGED)?,
            None => 0,
        };
        let is_key = match &mut keys {
            Some(keys) => {
                while keys.next_if(|key| *key <= index).is_some() {}
                keys.next_if_eq(&(index + 1)).is_some()
            }
            None => true,
        };
        if let Some(time) = clock.time(decoded_at.saturating_add(delay)) {
            samples.push(Sample { offset, size, time, is_key });
        }
        decoded_at = decoded_at.saturating_add(durations.next().ok_or(DAMAGED)?.into());
    }
    Ok(samples)
}

/// For each picture, the offset of the chunk that it is the first of; `None` if it follows another. Runs of chunks follow one another: what
/// goes back is left out, so that no chunk is visited twice.
fn places(stsc: &Stsc, chunks: &[u64]) -> impl Iterator<Item = Option<u64>> {
    let ends = stsc.entries.iter().skip(1).map(|run| run.first_chunk as usize).chain([usize::MAX]);
    let mut passed = 0;
    stsc.entries.iter().zip(ends).flat_map(move |(run, end)| {
        let first = (run.first_chunk as usize).saturating_sub(1).max(passed);
        let last = end.saturating_sub(1).min(chunks.len());
        passed = passed.max(last);
        let here = chunks.get(first..last).unwrap_or_default();
        here.iter().flat_map(move |offset| (0..run.samples_per_chunk).map(move |index| (index == 0).then_some(*offset)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_and_begin_where_the_video_does() {
        let clock = Clock { units: 3, shown: Some(2..8), delay: 0 };
        let times: Vec<_> = (1..9).map(|at| clock.time(at)).collect();
        let expected = [-333_333, 0, 333_333, 666_667, 1_000_000, 1_333_333, 1_666_667];
        assert_eq!(times, expected.map(Some).into_iter().chain([None]).collect::<Vec<_>>());
        assert_eq!(Clock { delay: 5, ..clock }.time(2), Some(5));
        assert_eq!(Clock { units: 0, ..Clock::default() }.time(i64::MAX), None);
    }

    #[test]
    fn chunks_have_as_many_pictures_as_the_table_says() {
        let run = |first_chunk, samples_per_chunk| mp4_atom::StscEntry {
            first_chunk,
            samples_per_chunk,
            sample_description_index: 1,
        };
        let stsc = Stsc { entries: vec![run(1, 2), run(3, 1)] };
        let found: Vec<_> = places(&stsc, &[10, 20, 30, 40]).collect();
        assert_eq!(found, [Some(10), None, Some(20), None, Some(30), Some(40)]);
        let hostile = Stsc { entries: vec![run(0, 1), run(2, u32::MAX), run(1, 1)] };
        assert_eq!(places(&hostile, &[10, 20]).collect::<Vec<_>>(), [Some(10), Some(20)], "2 to 1 is nothing");
        let again = Stsc { entries: vec![run(1, 1), run(9, 1), run(1, 1), run(9, 1), run(2, u32::MAX)] };
        assert_eq!(places(&again, &[10, 20]).collect::<Vec<_>>(), [Some(10), Some(20)], "no chunk twice");
    }
}
