//! MP4 and QuickTime.

mod boxes;
mod fragments;
mod samples;
mod track;

use crate::{Format, MAX_PACKET, Packet, Packets, ReadAt, VideoError, Window};
use boxes::next_box;
use samples::Sample;
use track::Track;

/// Maximum size of the description of a file or of a fragment in bytes: that of a day has less.
const MAX_DESCRIPTION: u64 = 64 << 20;

/// A file, and where it is read.
struct Mp4<R> {
    window: Window<R>,
    format: Format,
    samples: Vec<Sample>,
    next: usize,
}

/// Opens a file.
pub fn open<R: ReadAt + 'static>(mut window: Window<R>) -> Result<Box<dyn Packets>, VideoError> {
    let mut track: Option<Track> = None;
    let mut samples = Vec::new();
    let mut count = 0;
    while let Some((kind, size)) = next_box(&mut window)? {
        let start = window.position();
        match (&kind, &track) {
            (b"moov", None) => {
                let found = Track::read(&description(&mut window, size)?)?;
                samples = found.samples()?;
                count = samples.len();
                track = Some(found);
            }
            (b"moof", Some(track)) => {
                // The box begins with eight bytes of its own: fragments are never so large that it has more.
                fragments::read(&description(&mut window, size)?, start - 8, track, &mut count, &mut samples)?;
            }
            (b"moof", None) => return Err(VideoError::Unsupported("fragments without a description")),
            _ => {}
        }
        window.go_to(start.saturating_add(size));
    }
    let track = track.ok_or(VideoError::Unsupported("no description"))?;
    samples.retain(|sample| sample.size > 0);
    Ok(Box::new(Mp4 { window, format: track.format, samples, next: 0 }))
}

fn description<R: ReadAt>(window: &mut Window<R>, size: u64) -> Result<Vec<u8>, VideoError> {
    if size > MAX_DESCRIPTION {
        return Err(VideoError::Unsupported("a long description"));
    }
    Ok(window.take(size)?)
}

impl<R: ReadAt> Packets for Mp4<R> {
    fn format(&self) -> &Format {
        &self.format
    }

    fn next(&mut self) -> Result<Option<Packet>, VideoError> {
        let Some(sample) = self.samples.get(self.next) else { return Ok(None) };
        if u64::from(sample.size) > MAX_PACKET {
            return Err(VideoError::Damaged("a picture of many bytes"));
        }
        self.next += 1;
        self.window.go_to(sample.offset);
        let bytes = self.window.take(sample.size.into())?;
        Ok(Some(Packet { time: sample.time, is_key: sample.is_key, bytes }))
    }

    fn restart(&mut self, time: i64) -> Result<(), VideoError> {
        let before = self.samples.iter().rposition(|sample| sample.is_key && sample.time <= time);
        self.next = before.unwrap_or(0);
        Ok(())
    }
}
