//! WebM and Matroska.

use std::cell::Cell;
use std::rc::Rc;

use matroska_demuxer::{DemuxError, Frame, MatroskaFile, TrackEntry, TrackType};

use crate::{ColorSpace, Format, MAX_PACKET, Packet, Packets, ReadAt, VideoError, Window, codec};

/// Bytes of tables that are read of a file before its first picture: the demuxer follows what a file says about places in itself, even in
/// circles.
const MAX_TABLES: u64 = 64 << 20;

/// A file, and where it is read.
struct Webm<R: ReadAt> {
    source: Rc<R>,
    length: u64,
    file: MatroskaFile<Window<Rc<R>>>,
    format: Format,
    track: u64,
    /// Nanoseconds of a unit of time.
    scale: u64,
    /// Whether a picture was read since the start.
    begun: bool,
}

/// Opens a file of `length` bytes.
pub fn open<R: ReadAt + 'static>(source: Rc<R>, length: u64) -> Result<Box<dyn Packets>, VideoError> {
    let file = demuxer(&source, length, MAX_TABLES)?;
    let track = file.tracks().iter().find(|track| track.track_type() == TrackType::Video);
    let track = track.ok_or(VideoError::Unsupported("no video"))?;
    if track.content_encodings().is_some_and(|encodings| !encodings.is_empty()) {
        return Err(VideoError::Unsupported("encoded tracks"));
    }
    let (scale, number) = (file.info().timestamp_scale().get(), track.track_number().get());
    let (format, id) = (format(track)?, track.codec_id().to_owned());
    let mut webm = Webm { source, length, file, format, track: number, scale, begun: false };
    webm.format.codec = match &*id {
        "V_VP8" => Some("vp8".to_owned()),
        "V_VP9" => webm.next()?.and_then(|first| codec::vp9_of_picture(&first.bytes)),
        "V_AV1" => codec::av1(&std::mem::take(&mut webm.format.description)),
        "V_MPEG4/ISO/AVC" => codec::avc("avc1", &webm.format.description),
        "V_MPEGH/ISO/HEVC" => codec::hevc("hvc1", &webm.format.description),
        _ => None,
    }
    .ok_or(VideoError::Unsupported("a codec"))?;
    webm.restart(0)?;
    Ok(Box::new(webm))
}

/// Reads the tables of a file, of at most so many bytes.
fn demuxer<R: ReadAt>(source: &Rc<R>, length: u64, most: u64) -> Result<MatroskaFile<Window<Rc<R>>>, VideoError> {
    let allowed = Rc::new(Cell::new(most));
    let opened = MatroskaFile::open(Window::limited(Rc::clone(source), length, Rc::clone(&allowed)));
    if allowed.replace(u64::MAX) == 0 {
        return Err(VideoError::Damaged("tables without an end"));
    }
    opened.map_err(failure)
}

/// All of the format but the codec's name.
fn format(track: &TrackEntry) -> Result<Format, VideoError> {
    let video = track.video().ok_or(VideoError::Damaged("a video track without pictures"))?;
    let crops = [video.pixel_crop_top(), video.pixel_crop_bottom(), video.pixel_crop_left(), video.pixel_crop_right()];
    if crops.into_iter().flatten().any(|crop| crop > 0) {
        return Err(VideoError::Unsupported("cropped pictures"));
    }
    let pixels = (video.pixel_width().get(), video.pixel_height().get());
    let shown = video.display_width().zip(video.display_height()).map(|(width, height)| (width.get(), height.get()));
    let aspect = shown.and_then(|shown| aspect(pixels, shown));
    let description = track.codec_private().unwrap_or_default().to_vec();
    // The record of VP9 is none that a decoder reads.
    let description = if track.codec_id().starts_with("V_VP") { Vec::new() } else { description };
    Ok(Format { description, aspect, color: video.colour().map(ColorSpace::of_webm), ..Format::default() })
}

/// The size as which pictures are shown if its proportions are others than theirs.
pub fn aspect(pixels: (u64, u64), shown: (u64, u64)) -> Option<(u32, u32)> {
    let stretch = (shown.0 as f64 * pixels.1 as f64) / (shown.1 as f64 * pixels.0 as f64);
    let differs = stretch.is_finite() && stretch > 0.0 && (stretch - 1.0).abs() > 0.01;
    differs.then_some((shown.0.try_into().ok()?, shown.1.try_into().ok()?))
}

impl<R: ReadAt> Packets for Webm<R> {
    fn format(&self) -> &Format {
        &self.format
    }

    fn next(&mut self) -> Result<Option<Packet>, VideoError> {
        let mut frame = Frame::default();
        while self.file.next_frame(&mut frame).map_err(failure)? {
            if frame.track != self.track {
                continue;
            }
            if frame.data.len() as u64 > MAX_PACKET {
                return Err(VideoError::Damaged("a picture of many bytes"));
            }
            let time = i64::try_from(u128::from(frame.timestamp) * u128::from(self.scale) / 1000);
            let time = time.map_err(|_| VideoError::Damaged("a time"))?;
            // Only simple blocks say it; it matters for the first alone.
            let is_key = frame.is_keyframe.unwrap_or(!self.begun);
            self.begun = true;
            return Ok(Some(Packet { time, is_key, bytes: frame.data }));
        }
        Ok(None)
    }

    fn restart(&mut self, _: i64) -> Result<(), VideoError> {
        // Not every file says where pictures are that need no other.
        self.begun = false;
        self.file = demuxer(&self.source, self.length, MAX_TABLES)?;
        Ok(())
    }
}

fn failure(error: DemuxError) -> VideoError {
    match error {
        DemuxError::IoError(error) => error.into(),
        DemuxError::ElementSizeExceedsStream { .. } => VideoError::Truncated,
        _ => VideoError::Damaged("an element of Matroska"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_up_to_a_limit() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
        let file = std::fs::read_dir(path).unwrap().filter_map(|entry| Some(entry.ok()?.path()));
        let file = file.filter(|path| path.extension().is_some_and(|extension| extension == "webm")).min().unwrap();
        let bytes = std::fs::read(file).unwrap();
        let (length, source) = (bytes.len() as u64, Rc::new(bytes));
        assert!(demuxer(&source, length, MAX_TABLES).is_ok());
        assert!(matches!(demuxer(&source, length, 100), Err(VideoError::Damaged("tables without an end"))));
    }
}
