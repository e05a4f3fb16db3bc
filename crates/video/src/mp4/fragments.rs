//! Fragments, as browsers and phones write them while they record.

use mp4_atom::{FourCC, Tfdt, Tfhd, Trun};

use super::boxes::{all, decode, inside, require};
use super::samples::{MAX_SAMPLES, Sample};
use super::track::Track;
use crate::VideoError;

/// The flag of a picture that needs others.
const NEEDS_OTHERS: u32 = 0x1_0000;

/// Adds the pictures of a fragment: the content of the box `moof`, which begins at `start`. `count` is the number of those that the file
/// has so far, with those behind what is shown, which are left out.
pub fn read(
    fragment: &[u8],
    start: u64,
    track: &Track,
    count: &mut usize,
    samples: &mut Vec<Sample>,
) -> Result<(), VideoError> {
    for (kind, part) in inside(fragment) {
        if kind != FourCC::new(b"traf") {
            continue;
        }
        let head = require::<Tfhd>(part)?;
        if head.track_id != track.id {
            continue;
        }
        let at = decode::<Tfdt>(part)?.ok_or(VideoError::Unsupported("fragments without a time"))?;
        let mut at = i64::try_from(at.base_media_decode_time).map_err(|_| VideoError::Damaged("a time"))?;
        let base = head.base_data_offset.unwrap_or(start);
        let duration = head.default_sample_duration.unwrap_or(track.defaults.default_sample_duration);
        let size = head.default_sample_size.unwrap_or(track.defaults.default_sample_size);
        let flags = head.default_sample_flags.unwrap_or(track.defaults.default_sample_flags);
        let mut offset = base;
        for run in all::<Trun>(part) {
            let run = run?;
            *count = count.saturating_add(run.samples.len());
            if *count > MAX_SAMPLES {
                return Err(VideoError::Unsupported("very many pictures"));
            }
            if let Some(by) = run.data_offset {
                offset = base.checked_add_signed(by.into()).ok_or(VideoError::Damaged("a place"))?;
            }
            for entry in run.samples.iter() {
                let size = entry.size.unwrap_or(size);
                let is_key = entry.flags.unwrap_or(flags) & NEEDS_OTHERS == 0;
                let shown_at = at.saturating_add(entry.cts.unwrap_or_default());
                if let Some(time) = track.clock.time(shown_at) {
                    samples.push(Sample { offset, size, time, is_key });
                }
                offset = offset.checked_add(size.into()).ok_or(VideoError::Damaged("a place"))?;
                at = at.saturating_add(entry.duration.unwrap_or(duration).into());
            }
        }
    }
    Ok(())
}
