//! Tests on files that ffmpeg wrote.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name)).unwrap()
}

fn opened(bytes: &[u8]) -> Result<Box<dyn Packets>, VideoError> {
    open(bytes.to_vec(), bytes.len() as u64)
}

/// All packets, and why there are no more.
fn read(packets: &mut dyn Packets) -> (Vec<Packet>, Option<VideoError>) {
    let mut all = Vec::new();
    loop {
        match packets.next() {
            Ok(Some(packet)) => all.push(packet),
            Ok(None) => return (all, None),
            Err(error) => return (all, Some(error)),
        }
    }
}

/// The times in the order in which the pictures are shown, in milliseconds.
fn times(packets: &[Packet]) -> Vec<i64> {
    let mut times: Vec<_> = packets.iter().map(|packet| packet.time / 1000).collect();
    times.sort_unstable();
    times
}

#[test]
fn a_phone_s_video_has_its_own_times_and_is_turned() {
    let mut video = opened(&fixture("turned.mp4")).unwrap();
    let format = video.format();
    assert!(format.codec.starts_with("avc1.64"), "{}", format.codec);
    assert_eq!((format.turn, format.aspect, format.description.first()), (90, None, Some(&1)));
    let (packets, error) = read(&mut *video);
    assert!(error.is_none());
    let expected: Vec<i64> = (0..20).map(|index| 200 * index + 50 * (index % 3)).collect();
    assert_eq!(times(&packets), expected);
    assert_eq!(packets.iter().map(|packet| packet.time / 1000).take(4).collect::<Vec<_>>(), [0, 600, 250, 500]);
    assert_eq!(packets.iter().filter(|packet| packet.is_key).count(), 1);
    assert_eq!(packets.iter().map(|packet| packet.bytes.len()).take(3).collect::<Vec<_>>(), [7686, 31, 18]);
    video.restart(3_000_000).unwrap();
    assert_eq!(read(&mut *video).0, packets, "from the only key frame");
}

#[test]
fn a_recording_of_a_browser_is_read_from_its_start_again() {
    let mut video = opened(&fixture("portrait.webm")).unwrap();
    assert_eq!(video.format().codec, "vp09.00.10.08");
    assert_eq!((video.format().turn, video.format().description.len()), (0, 0));
    let color = video.format().color.clone().unwrap_or_default();
    assert_eq!((color.matrix, color.full_range), (Some("bt470bg"), Some(true)));
    let (packets, error) = read(&mut *video);
    assert!(error.is_none());
    assert_eq!(times(&packets), (0..20).map(|index| 200 * index).collect::<Vec<_>>());
    assert!(packets[0].is_key && !packets[1].is_key);
    video.restart(3_000_000).unwrap();
    assert_eq!(read(&mut *video).0, packets);
}

#[test]
fn a_file_that_was_cut_off_is_refused_or_read_up_to_there() {
    // What is cut off here are the list of key frames and the description.
    for name in ["portrait.webm", "turned.mp4"] {
        let whole = fixture(name);
        assert!(opened(&whole[..whole.len() - 180]).is_err(), "{name}");
    }
    // The first fragment of these has the first picture alone.
    let whole = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/video/fragments.mp4")).unwrap();
    let (all, error) = read(&mut *opened(&whole).unwrap());
    assert!(error.is_none());
    assert_eq!(all.len(), 6);
    let (packets, error) = read(&mut *opened(&whole[..whole.len() - 120]).unwrap());
    assert!(matches!(error, Some(VideoError::Truncated)), "{error:?}");
    assert_eq!(packets, all[..packets.len()]);
    assert!(!packets.is_empty() && packets.len() < 6);
}

#[test]
fn what_is_no_video_is_refused() {
    let sounds = [fixture("videos/sound.webm"), fixture("videos/sound.mp4")];
    for bytes in [&b""[..], b"no", b"no video at all", &[0; 64], &fixture("astronaut.jpg"), &sounds[0], &sounds[1]] {
        assert!(opened(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn a_video_without_pictures_ends_at_once() {
    let mut video = opened(&fixture("videos/frameless.mp4")).unwrap();
    assert!(video.format().codec.starts_with("avc1."), "{}", video.format().codec);
    for _ in 0..2 {
        let (packets, error) = read(&mut *video);
        assert!(packets.is_empty() && error.is_none(), "{error:?}");
        video.restart(0).unwrap();
    }
}

#[test]
fn pictures_before_a_broken_end_are_read() {
    let whole = fixture("videos/front.mp4");
    let (all, error) = read(&mut *opened(&whole).unwrap());
    assert!(error.is_none());
    assert_eq!(times(&all), (0..8).map(|index| 200 * index).collect::<Vec<_>>());
    for kept in 0..8 {
        let missing: usize = all[kept..].iter().map(|packet| packet.bytes.len()).sum();
        let mut video = opened(&whole[..whole.len() - missing + 1]).unwrap();
        let (packets, error) = read(&mut *video);
        assert!(matches!(error, Some(VideoError::Truncated)), "{kept}: {error:?}");
        assert_eq!(packets, all[..kept]);
    }
}

#[test]
fn a_picture_that_changes_its_size_is_a_packet_as_any_other() {
    let mut video = opened(&fixture("videos/resized.webm")).unwrap();
    assert_eq!((video.format().codec.as_str(), video.format().aspect), ("vp8", None));
    let (packets, error) = read(&mut *video);
    assert!(error.is_none());
    assert_eq!(times(&packets), [0, 200, 400, 600, 800, 1000]);
    // A key frame of VP8 begins with its tag, a start code and its size.
    let size = |packet: &Packet| [6, 8].map(|at| u16::from_le_bytes([packet.bytes[at], packet.bytes[at + 1]]) & 0x3fff);
    let keys: Vec<_> =
        packets.iter().filter(|packet| packet.bytes[0] & 1 == 0).map(|key| (key.time, size(key))).collect();
    assert_eq!(keys, [(0, [160, 120]), (600_000, [96, 128])]);
}

proptest! {
    /// Damage leads to an error or to other pictures, never to a panic or to many bytes.
    #[test]
    fn damage_is_survived(
        mp4 in any::<bool>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = fixture(if mp4 { "turned.mp4" } else { "portrait.webm" });
        for (at, value) in damage {
            // most of it where the tables are
            let at = at.index(bytes.len().min(2000));
            let at = if mp4 { bytes.len() - 1 - at } else { at };
            bytes[at] = value;
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len() + 1)));
        if let Ok(mut video) = opened(&bytes) {
            let (packets, _) = read(&mut *video);
            prop_assert!(packets.iter().all(|packet| packet.bytes.len() <= bytes.len()));
            video.restart(1_000_000).ok();
            read(&mut *video);
        }
    }
}
