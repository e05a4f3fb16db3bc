//! Tests of analysed videos: which frames are taken, summaries, joined tracks, files.

use proptest::prelude::*;

use super::record::LEVELS;
use super::tests::{reading, record, summaries};
use super::*;

fn analysis(rate: Rate) -> Analysis {
    Analysis { rate, network: "a \"net\"".into(), augmentation: "flip", frames: 0, complete: false }
}

/// The times of the frames that are sought in a video with frames at `times` (seconds) that ends at `end`, and the number of
/// seeks.
fn sought(times: &[f64], end: f64, rate: Rate) -> (Vec<f64>, usize) {
    sought_with(times, end, rate, |_| Following::Unknown)
}

/// The same, where of each frame's index it is known what follows.
fn sought_with(times: &[f64], end: f64, rate: Rate, follows: impl Fn(usize) -> Following) -> (Vec<f64>, usize) {
    let mut seeker = Seeker::new(rate, end);
    let (mut taken, mut seeks, mut before) = (Vec::new(), 0, -1.0);
    while let Some(target) = seeker.target() {
        assert!(target > before, "{target} after {before}");
        before = target;
        seeks += 1;
        let index = times.iter().rposition(|time| *time <= target).unwrap_or_default();
        let shown = times[index];
        if seeker.shown(shown, follows(index)) == Shown::New {
            taken.push(shown);
        }
        assert!((0.0..=1.0).contains(&seeker.share()) && seeker.last() == taken.last().copied());
    }
    (taken, seeks)
}

#[test]
fn a_frame_that_is_known_to_follow_is_taken_even_behind_the_end_that_the_file_states() {
    let times = [0.0, 0.08, 0.16, 0.24, 0.32];
    let follows = |index: usize| times.get(index + 1).map_or(Following::None, |time| Following::At(*time));
    for rate in [Rate::Every, Rate::PerSecond(12.5)] {
        assert_eq!(sought_with(&times, 0.2, rate, follows).0, times, "{rate:?}");
    }
    assert_eq!(sought_with(&times, 0.2, Rate::PerSecond(12.5), |_| Following::Unknown).0, times[..3]);
}

/// The same from the start to the end.
fn read(times: &[f64], rate: Rate) -> Vec<f64> {
    let frames = times.iter().map(|time| Ok::<_, ()>((*time, *time)));
    let timed = Sampled::new(frames, rate).map(|frame| frame.unwrap());
    timed
        .map(|frame| (frame.time == frame.frame && times[frame.index] == frame.time).then_some(frame.time).unwrap())
        .collect()
}

/// The times of frames, in seconds, and the end of the video.
fn times() -> impl Strategy<Value = (Vec<f64>, f64)> {
    prop::collection::vec(4..200_u32, 0..150).prop_map(|gaps| {
        let begins = gaps.iter().scan(0, |sum, gap| {
            *sum += gap;
            Some(f64::from(*sum) / 1000.0)
        });
        let times: Vec<f64> = std::iter::once(0.0).chain(begins).collect();
        let end = match times[..] {
            [.., before, last] => last + (last - before),
            _ => 0.04,
        };
        (times, end)
    })
}

fn rates() -> impl Strategy<Value = Rate> {
    prop::sample::select(Rate::ALL[1..].to_vec())
}

/// Frames with faces: the step from the frame before in milliseconds, and the faces.
fn frames() -> impl Strategy<Value = Vec<(u32, Vec<u32>)>> {
    let faces = prop::collection::btree_set(1..6_u32, 0..4).prop_map(|faces| faces.into_iter().collect());
    prop::collection::vec((20..1300_u32, faces), 1..60)
}

/// Adds frames.
fn add(source: &mut Source, frames: &[(u32, Vec<u32>)]) {
    let pass = (source.end(), frames.to_vec());
    record(source, &[pass], |time| (time % 100) as f32 / 100.0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_same_frames_are_taken_by_seeking_and_by_reading((times, end) in times(), rate in rates()) {
        prop_assert_eq!(sought(&times, end, rate).0, read(&times, rate));
    }

    #[test]
    fn what_is_known_of_the_next_frame_saves_seeks_only((times, end) in times(), rate in rates()) {
        let follows = |index: usize| times.get(index + 1).map_or(Following::None, |next| Following::At(*next));
        let (taken, seeks) = sought_with(&times, end, rate, follows);
        prop_assert_eq!(&taken, &read(&times, rate));
        prop_assert!(seeks <= taken.len() + 1, "{} seeks", seeks);
        prop_assert_eq!(sought_with(&times, end, Rate::Every, follows), (times.clone(), times.len()));
    }

    #[test]
    fn seeking_every_frame_ends_and_never_takes_one_twice((times, end) in times()) {
        let (taken, seeks) = sought(&times, end, Rate::Every);
        prop_assert!(taken.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(seeks <= 64 + (end / 0.004) as usize, "{} seeks", seeks);
        prop_assert_eq!(read(&times, Rate::Every), times);
    }

    #[test]
    fn shares_and_means_sum_to_one(frames in frames()) {
        let mut timeline = Timeline::default();
        let index = timeline.open("clip");
        let source = timeline.source_mut(index).unwrap();
        add(source, &frames);
        let faces = source.face_summaries();
        prop_assert_eq!(faces.iter().map(|face| face.frames as usize).sum::<usize>(), source.rows().len());
        for face in faces {
            prop_assert!((face.shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!((face.means.iter().sum::<f64>() - 1.0).abs() < 1e-2, "{:?}", face.means);
            // A frame counts for a second at most.
            prop_assert!(face.seconds > 0.0 && face.seconds <= f64::from(face.frames), "{:?}", face);
            prop_assert!(face.changes < face.frames);
        }
    }

    #[test]
    fn joining_is_taken_back_whole(frames in frames(), later in frames(), pairs in prop::collection::vec((1..6_u32, 1..6_u32), 1..5)) {
        let mut timeline = Timeline::default();
        let index = timeline.open("clip");
        let source = timeline.source_mut(index).unwrap();
        add(source, &frames);
        let mut plain = source.clone();
        let mut joined = 0;
        for (from, into) in pairs {
            let seen = |face| source.rows().iter().filter(move |row| row.face == face).map(|row| row.time);
            let known = from != into && seen(from).count() > 0 && seen(into).count() > 0;
            let together = seen(from).find(|time| seen(into).any(|other| other == *time));
            let expected = match together {
                _ if !known => Err(JoinError::Unknown),
                Some(time) => Err(JoinError::Together(time)),
                None => Ok(()),
            };
            prop_assert_eq!(source.join(from, into), expected);
            if expected.is_ok() {
                joined += 1;
                prop_assert!(source.rows().iter().all(|row| row.face != from));
            }
            for (level, shift) in LEVELS.into_iter().enumerate() {
                let mut kept = source.levels[level].clone();
                kept.sort_by_key(|bucket| (bucket.index, bucket.face));
                prop_assert_eq!(kept, summaries(source, shift));
            }
        }
        add(source, &later);
        add(&mut plain, &later);
        for row in source.rows().windows(2) {
            prop_assert!((row[0].time, row[0].face) != (row[1].time, row[1].face), "one row for each face and frame");
        }
        for _ in 0..joined {
            prop_assert!(source.undo_join());
        }
        prop_assert!(!source.undo_join());
        prop_assert_eq!(source.rows(), plain.rows());
        prop_assert_eq!(&source.levels, &plain.levels);
    }
}

#[test]
fn every_frame_of_a_steady_video_is_found_with_few_seeks() {
    for rate in [5.0, 15.0, 24.0, 25.0, 30_000.0 / 1001.0, 50.0, 60.0] {
        let times: Vec<f64> = (0..600).map(|frame| f64::from(frame) / rate).collect();
        let end = 600.0 / rate;
        let (taken, seeks) = sought(&times, end, Rate::Every);
        assert_eq!(taken, times, "{rate} per second");
        let most = if rate < 20.0 { (end / 0.02) as usize } else { 720 };
        assert!(seeks <= most, "{rate} per second: {seeks} seeks");
        // Rounded to milliseconds, and with every fifth frame dropped, as by a busy phone.
        let rounded = |time: &f64| (time * 1000.0).round() / 1000.0;
        let times: Vec<f64> =
            times.iter().enumerate().filter(|(frame, _)| frame % 5 != 3).map(|(_, time)| rounded(time)).collect();
        assert_eq!(sought(&times, end, Rate::Every).0, times, "{rate} per second, some dropped");
    }
}

#[test]
fn so_many_frames_per_second_are_taken_and_none_twice() {
    let times: Vec<f64> = (0..50).map(|frame| f64::from(frame) / 25.0).collect();
    let every_other: Vec<f64> = times.iter().copied().step_by(2).collect();
    assert_eq!(sought(&times, 2.0, Rate::PerSecond(12.5)), (every_other, 25));
    assert_eq!(sought(&times, 2.0, Rate::PerSecond(1.0)).0, [0.0, 1.0]);
    let slow = [0.0, 0.2, 0.4];
    assert_eq!(sought(&slow, 0.6, Rate::PerSecond(25.0)), (slow.to_vec(), 15));
    assert_eq!(sought(&[0.04], 0.0, Rate::PerSecond(5.0)).0, [0.04], "a video of no length has its first frame");
}

#[test]
fn frames_before_an_error_are_read() {
    let frames = [Ok((0.0, 'a')), Ok((0.04, 'b')), Err("broken")].into_iter();
    let read: Vec<_> = Sampled::new(frames, Rate::Every).map(|frame| frame.map(|frame| frame.frame)).collect();
    assert_eq!(read, [Ok('a'), Ok('b'), Err("broken")]);
    assert_eq!(Sampled::new([Err::<(f64, ()), _>("broken")].into_iter(), Rate::Every).next(), Some(Err("broken")));
}

#[test]
fn rates_have_names() {
    for rate in Rate::ALL {
        assert_eq!(Rate::from_name(&rate.name()), Some(rate));
    }
    assert_eq!(Rate::PerSecond(12.5).name(), "12.5");
    for bad in ["", "0", "-1", "NaN", "inf", "1001", "all"] {
        assert_eq!(Rate::from_name(bad), None, "{bad}");
    }
}

#[test]
fn a_face_in_short() {
    let mut timeline = Timeline::default();
    let index = timeline.open("clip");
    let source = timeline.source_mut(index).unwrap();
    source.begin_analysis(analysis(Rate::PerSecond(5.0)));
    // Happy for 0.4 s, not sure, happy again, sad; then gone, and back as sad for a single frame.
    let frames = [(0, 3, 0.9), (200, 3, 0.9), (400, 3, 0.3), (600, 3, 0.9), (800, 4, 0.9), (3000, 4, 0.9)];
    let mut before = None;
    for (time, class, share) in frames {
        source.add(time, before.replace(time), &[reading(2, class, share)]);
        source.count_frame();
    }
    source.add(3200, before, &[reading(5, 6, 1.0)]);
    let [face, other] = &source.face_summaries()[..] else { panic!("two faces") };
    assert_eq!((face.face, &face.tracks[..], face.first, face.last, face.frames), (2, &[2][..], 0, 3000, 6));
    // Four frames of 200 ms that another follows, and two that count as long.
    assert!((face.seconds - 1.2).abs() < 1e-9);
    let expected = [0.0, 0.0, 0.0, 0.5, 1.0 / 3.0, 0.0, 0.0, 1.0 / 6.0];
    assert!(face.shares.iter().zip(expected).all(|(share, expected)| (share - expected).abs() < 1e-9), "{face:?}");
    assert_eq!(face.changes, 1, "being unsure is no change, and neither is coming back");
    assert_eq!(face.changes_per_minute(), Some(50.0));
    assert!((other.seconds - 0.2).abs() < 1e-9, "a single frame counts as long as the analysis takes one");
    assert_eq!((other.changes_per_minute(), other.means[6]), (None, 1.0));
}

#[test]
fn a_person_who_returns_is_joined_by_hand() {
    let mut timeline = Timeline::default();
    let index = timeline.open("clip");
    let source = timeline.source_mut(index).unwrap();
    source.begin_analysis(analysis(Rate::PerSecond(1.0)));
    let mut before = None;
    // Faces 1 and 2; 1 leaves and is 3 when back.
    let frames: [(u32, &[u32]); 4] = [(0, &[1, 2]), (1040, &[1, 2]), (2000, &[2]), (3000, &[2, 3])];
    for (time, faces) in frames {
        let faces: Vec<Reading> = faces.iter().map(|face| reading(*face, 3, 0.9)).collect();
        source.add(time, before.replace(time), &faces);
    }
    assert!(source.rows()[2].joined, "frames a second apart follow each other, also if one is late");
    assert_eq!(source.join(3, 2), Err(JoinError::Together(3000)));
    assert_eq!(source.join(3, 9), Err(JoinError::Unknown));
    assert_eq!(source.join(3, 1), Ok(()));
    let faces: Vec<(u32, u32)> = source.rows().iter().map(|row| (row.face, row.track)).collect();
    assert_eq!(faces, [(1, 1), (2, 2), (1, 1), (2, 2), (2, 2), (2, 2), (1, 3)]);
    assert_eq!((source.joins(), &source.face_summaries()[0].tracks[..]), (&[(3, 1)][..], &[1, 3][..]));
    assert_eq!(source.faces(Window { from: 0.0, to: 4000.0 }).0, [1, 2]);
    // What comes later is joined too, unless both would be in one frame.
    source.add(4000, before, &[reading(3, 3, 0.9)]);
    source.add(5000, Some(4000), &[reading(1, 3, 0.9), reading(3, 3, 0.9)]);
    assert_eq!(source.rows()[7..].iter().map(|row| row.face).collect::<Vec<_>>(), [1, 1, 3]);
    assert!(source.rows()[7].joined);
    assert!(source.undo_join() && !source.undo_join());
    assert!(source.rows().iter().all(|row| row.face == row.track));
}

#[test]
fn files_say_how_a_video_was_analysed() {
    let mut timeline = Timeline::default();
    let watched = timeline.open("watched.mp4");
    timeline.source_mut(watched).unwrap().add(40, None, &[reading(1, 3, 0.9)]);
    let index = timeline.open("clip.mp4");
    let source = timeline.source_mut(index).unwrap();
    source.add(0, None, &[reading(9, 3, 0.9)]);
    assert!(source.mark(80, "smile".into()));
    source.begin_analysis(analysis(Rate::PerSecond(12.5)));
    for (time, face) in [(0, 1), (80, 1), (160, 2)] {
        source.add(time, time.checked_sub(80), &[reading(face, 3, 1.0)]);
        source.count_frame();
    }
    source.complete_analysis();
    source.join(2, 1).unwrap();
    let csv = timeline.to_csv();
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].ends_with(",neutral,clear,file,marker,network,frames_per_second"), "{csv}");
    assert!(lines[1].ends_with(",true,watched.mp4,,,"), "{csv}");
    assert!(
        lines[2].starts_with("0,1,happy,") && lines[2].ends_with(",true,clip.mp4,,\"a \"\"net\"\"\",12.5"),
        "{csv}"
    );
    assert_eq!(
        lines[3], "80,,,,,,,,,,,clip.mp4,smile,\"a \"\"net\"\"\",12.5",
        "the marker stays, the row before does not"
    );
    assert_eq!(lines.len(), 6);
    let columns = |line: &str| line.replace("\"a \"\"net\"\"\"", "net").split(',').count();
    assert!(lines.iter().all(|line| columns(line) == 15), "{csv}");

    let json: serde_json::Value = serde_json::from_str(&timeline.to_json("now")).unwrap();
    assert!(json["sources"][0]["analysis"].is_null() && json["sources"][0]["faces"][0]["face"] == 1);
    let source = &json["sources"][1];
    let program = concat!("mien ", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        source["analysis"],
        serde_json::json!({
            "program": program, "network": "a \"net\"", "test_time_augmentation": "flip", "frames_per_second": 12.5,
            "frames": 3, "complete": true
        })
    );
    assert_eq!(source["joins"], serde_json::json!([[2, 1]]));
    assert_eq!(
        source["faces"],
        serde_json::json!([{
            "face": 1, "tracks": [1, 2], "first_ms": 0, "last_ms": 160, "frames": 3, "seconds": 0.24,
            "shares": [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0], "not_sure": 0.0,
            "mean_probabilities": [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0], "changes": 0, "changes_per_minute": null
        }])
    );
    assert_eq!(source["rows"].as_array().unwrap().len(), 3);
}
