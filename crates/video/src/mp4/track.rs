//! The video track of a file: its codec, its clock, and how its pictures are shown.

use mp4_atom::{Colr, Elst, FourCC, Hdlr, Matrix, Mdhd, Mvhd, Tkhd, Trex};

use super::boxes::{all, decode, find, inside, require};
use super::samples::{self, Clock, Sample};
use crate::{ColorSpace, Format, VideoError, codec, webm};

/// Bytes of an entry of `stsd` before the boxes in it.
const ENTRY: usize = 78;

/// The first video track.
pub struct Track {
    pub format: Format,
    pub clock: Clock,
    pub id: u32,
    /// What holds for pictures in fragments that say nothing else.
    pub defaults: Trex,
    /// The content of the box `stbl`.
    tables: Vec<u8>,
}

impl Track {
    /// Reads the content of the box `moov`.
    pub fn read(movie: &[u8]) -> Result<Self, VideoError> {
        let is_video = |track: &&[u8]| {
            let handler = find(track, b"mdia").and_then(|media| decode::<Hdlr>(media).ok().flatten());
            handler.is_some_and(|handler| handler.handler == FourCC::new(b"vide"))
        };
        let mut tracks = inside(movie).filter(|(kind, _)| *kind == FourCC::new(b"trak")).map(|(_, body)| body);
        let track = tracks.find(is_video).ok_or(VideoError::Unsupported("no video"))?;
        let missing = VideoError::Damaged("a box is missing");
        let media = find(track, b"mdia");
        let tables = media.and_then(|media| find(media, b"minf")).and_then(|info| find(info, b"stbl"));
        let (Some(media), Some(tables)) = (media, tables) else { return Err(missing) };
        let head = require::<Tkhd>(track)?;
        let units = require::<Mdhd>(media)?.timescale;
        let movie_units = require::<Mvhd>(movie)?.timescale;
        let edits = find(track, b"edts").map(decode::<Elst>).transpose()?.flatten().unwrap_or_default();
        let extends = all::<Trex>(find(movie, b"mvex").unwrap_or_default());
        let defaults = extends.flatten().find(|trex| trex.track_id == head.track_id);
        Ok(Self {
            format: format(tables, &head)?,
            clock: clock(&edits, units, movie_units)?,
            id: head.track_id,
            defaults: defaults.unwrap_or_default(),
            tables: tables.to_vec(),
        })
    }

    /// The pictures that are not in fragments.
    pub fn samples(&self) -> Result<Vec<Sample>, VideoError> {
        samples::read(&self.tables, &self.clock)
    }
}

/// What of the track is shown, and when.
fn clock(edits: &Elst, units: u32, movie_units: u32) -> Result<Clock, VideoError> {
    if units == 0 || movie_units == 0 {
        return Err(VideoError::Damaged("a clock that stands still"));
    }
    let mut clock = Clock { units, ..Clock::default() };
    let scaled = |duration: u64, units: u32| {
        let scaled = u128::from(duration) * u128::from(units) / u128::from(movie_units);
        i64::try_from(scaled).map_err(|_| VideoError::Damaged("a time"))
    };
    let (last, empty) = match &*edits.entries {
        [] => return Ok(clock),
        [empty @ .., last] => (last, empty),
    };
    let from = last.media_time.and_then(|from| i64::try_from(from).ok());
    let is_simple = empty.iter().all(|edit| edit.media_time.is_none()) && last.media_rate == 1.into();
    let from = from.filter(|_| is_simple).ok_or(VideoError::Unsupported("a list of edits"))?;
    for edit in empty {
        clock.delay = clock.delay.saturating_add(scaled(edit.segment_duration, 1_000_000)?);
    }
    // A duration of 0 is that of a file in fragments. Both clocks are rounded, so that the last picture may seem to be behind the end.
    let to = match scaled(last.segment_duration, units)? {
        0 => i64::MAX,
        shown => from.saturating_add(shown).saturating_add(i64::from(units / movie_units)),
    };
    clock.shown = Some(from..to);
    Ok(clock)
}

/// What a decoder needs to know of the first description of pictures.
fn format(tables: &[u8], head: &Tkhd) -> Result<Format, VideoError> {
    // a version and a number before the entries
    let entries = find(tables, b"stsd").and_then(|stsd| stsd.get(8..)).unwrap_or_default();
    let mut entries = inside(entries);
    let (kind, entry) = entries.next().ok_or(VideoError::Damaged("pictures without a description"))?;
    if entries.next().is_some() {
        return Err(VideoError::Unsupported("pictures of several kinds"));
    }
    let within = entry.get(ENTRY..).unwrap_or_default();
    let record = |kind| find(within, kind).unwrap_or_default();
    let (codec, description) = match kind.as_ref() {
        b"avc1" => (codec::avc("avc1", record(b"avcC")), record(b"avcC")),
        b"avc3" => (codec::avc("avc3", record(b"avcC")), record(b"avcC")),
        b"hvc1" => (codec::hevc("hvc1", record(b"hvcC")), record(b"hvcC")),
        b"hev1" => (codec::hevc("hev1", record(b"hvcC")), record(b"hvcC")),
        b"vp08" => (Some("vp8".to_owned()), &[][..]),
        b"vp09" => (codec::vp9(record(b"vpcC")), &[][..]),
        b"av01" => (codec::av1(record(b"av1C")), &[][..]),
        _ => (None, &[][..]),
    };
    let codec = codec.ok_or(VideoError::Unsupported("a codec"))?;
    let number = |at: usize| entry.get(at..at + 2).map(|bytes| u64::from(bytes[0]) << 8 | u64::from(bytes[1]));
    let pixels = number(24).zip(number(26)).ok_or(VideoError::Damaged("a description of pictures"))?;
    let shown = (u64::from(head.width.integer()), u64::from(head.height.integer()));
    // one that is not understood is left out
    let color = all::<Colr>(within).flatten().find_map(|colr| ColorSpace::of_mp4(&colr));
    let aspect = webm::aspect(pixels, shown);
    Ok(Format { codec, description: description.to_vec(), turn: turn(&head.matrix)?, aspect, color })
}

/// Degrees clockwise of a matrix that turns only.
fn turn(matrix: &Matrix) -> Result<u16, VideoError> {
    let Matrix { a, b, c, d, .. } = *matrix;
    match [a.signum(), b.signum(), c.signum(), d.signum()] {
        [1, 0, 0, 1] => Ok(0),
        [0, 1, -1, 0] => Ok(90),
        [-1, 0, 0, -1] => Ok(180),
        [0, -1, 1, 0] => Ok(270),
        _ => Err(VideoError::Unsupported("pictures that are mirrored or slanted")),
    }
}

#[cfg(test)]
mod tests {
    use mp4_atom::ElstEntry;

    use super::super::fragments;
    use super::*;

    fn edit(duration: u64, media_time: Option<u64>) -> ElstEntry {
        ElstEntry { segment_duration: duration, media_time, media_rate: 1.into() }
    }

    #[test]
    fn edits_say_what_is_shown() {
        let clock = |entries| clock(&Elst { entries }, 12_800, 1000).map(|clock| (clock.shown, clock.delay));
        assert_eq!(clock(Vec::new()).ok(), Some((None, 0)));
        assert_eq!(clock(vec![edit(1000, Some(1024))]).ok(), Some((Some(1024..13_836), 0)));
        assert_eq!(clock(vec![edit(500, None), edit(0, Some(0))]).ok(), Some((Some(0..i64::MAX), 500_000)));
        assert!(clock(vec![edit(500, Some(0)), edit(500, Some(9))]).is_err());
        assert!(clock(vec![edit(500, None)]).is_err());
    }

    #[test]
    fn pictures_of_fragments_are_counted_though_they_are_not_shown() {
        let atom = |kind: &[u8; 4], content: &[u8]| {
            [&(content.len() as u32 + 8).to_be_bytes()[..], &kind[..], content].concat()
        };
        let read = |runs: [u32; 2]| {
            let run = |count: u32| atom(b"trun", &[[0; 4], count.to_be_bytes()].concat());
            let head = [atom(b"tfhd", &[0, 0, 0, 0, 0, 0, 0, 1]), atom(b"tfdt", &[0; 8])].concat();
            let fragment = atom(b"traf", &[head, run(runs[0]), run(runs[1])].concat());
            let track = Track {
                format: Format::default(),
                clock: Clock { units: 1, shown: Some(0..1), delay: 0 },
                id: 1,
                defaults: Trex { default_sample_duration: 1, ..Trex::default() },
                tables: Vec::new(),
            };
            let (mut count, mut samples) = (0, Vec::new());
            fragments::read(&fragment, 0, &track, &mut count, &mut samples).map(|()| (count, samples.len()))
        };
        assert_eq!(read([4, 5]).ok(), Some((9, 1)));
        let most = samples::MAX_SAMPLES as u32;
        assert!(matches!(read([most, 1]), Err(VideoError::Unsupported("very many pictures"))));
    }

    #[test]
    fn a_matrix_turns_or_is_refused() {
        let matrix = |a, b, c, d| Matrix { a, b, c, d, ..Matrix::default() };
        let one = 0x10000;
        assert_eq!(turn(&Matrix::default()).ok(), Some(0));
        assert_eq!(turn(&matrix(0, one, -one, 0)).ok(), Some(90));
        assert_eq!(turn(&matrix(-one, 0, 0, -one)).ok(), Some(180));
        assert_eq!(turn(&matrix(0, -one, one, 0)).ok(), Some(270));
        assert!(turn(&matrix(-one, 0, 0, one)).is_err());
    }
}
