//! Tests of the timeline: against a simple implementation on random recordings, and its limits of memory and time.

use std::time::Instant;

use proptest::prelude::*;

use super::record::{Bucket, LEVELS};
use super::*;

use crate::expression::{Distribution, Expression};

pub(super) fn reading(face: u32, class: usize, share: f32) -> Reading {
    let mut probabilities = [(1.0 - share) / 6.0; Expression::COUNT];
    probabilities[class] = share;
    Reading { face, probabilities: Distribution(probabilities), clear: share > 0.45 }
}

/// Adds frames that follow each other, at these times, with one face.
fn play(source: &mut Source, times: impl IntoIterator<Item = u32>, face: impl Fn(u32) -> Reading) {
    let mut before = None;
    for time in times {
        source.add(time, before, &[face(time)]);
        before = Some(time);
    }
}

/// An hour at 25 frames per second with one face, whose expression changes every three seconds and flickers in between.
fn hour(source: &mut Source) {
    play(source, (0..3_600_000).step_by(40), |time| {
        let noise = (time / 40 * 7919 % 1000) as f32 / 2500.0;
        reading(1, (time / 3000 % 7) as usize, 0.4 + noise)
    });
}

const fn window(from: f64, to: f64) -> Window {
    Window { from, to }
}

/// All summaries of one level, from the rows alone.
pub(super) fn summaries(source: &Source, shift: u32) -> Vec<Bucket> {
    let mut buckets: Vec<Bucket> = Vec::new();
    for row in source.rows() {
        let (index, tally) = (row.time >> shift, Tally::of(row));
        match buckets.iter_mut().find(|bucket| bucket.index == index && bucket.face == row.face) {
            Some(bucket) => bucket.tally.add(&tally),
            None => buckets.push(Bucket { index, face: row.face, tally }),
        }
    }
    buckets.sort_by_key(|bucket| (bucket.index, bucket.face));
    buckets
}

/// A place to seek to, and frames that follow from there: the step from the one before, and some faces.
pub(super) type Pass = (u32, Vec<(u32, Vec<u32>)>);

/// Times of frames as a visitor makes them.
fn passes() -> impl Strategy<Value = Vec<Pass>> {
    let faces = prop::collection::btree_set(1..5_u32, 0..4).prop_map(|faces| faces.into_iter().collect());
    let frames = prop::collection::vec((20..1300_u32, faces), 1..40);
    prop::collection::vec((0..60_000_u32, frames), 1..6)
}

/// Records passes; `share` is the probability of the named class.
pub(super) fn record(source: &mut Source, passes: &[Pass], share: impl Fn(u32) -> f32) {
    for (start, frames) in passes {
        let (mut time, mut before) = (*start, None);
        for (step, faces) in frames {
            time += step;
            let read = |face: &u32| reading(*face, (time % 7) as usize, share(time));
            source.add(time, before, &faces.iter().map(read).collect::<Vec<_>>());
            before = Some(time);
        }
    }
}

/// The rows that remain of a recording: each frame removes what lies between it and the frame that it follows.
fn remaining(passes: &[Pass]) -> Vec<(u32, u32)> {
    let mut rows: Vec<(u32, u32)> = Vec::new();
    for (start, frames) in passes {
        let (mut time, mut before) = (*start, None);
        for (step, faces) in frames {
            time += step;
            let first = before.filter(|before| time - before <= MAX_GAP).map_or(time, |before: u32| before + 1);
            rows.retain(|row| !(first..=time).contains(&row.0));
            rows.extend(faces.iter().map(|face| (time, *face)));
            before = Some(time);
        }
    }
    rows.sort_unstable();
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn rows_and_summaries_are_those_of_a_simple_implementation(passes in passes()) {
        let mut timeline = Timeline::default();
        let index = timeline.open("clip");
        let source = timeline.source_mut(index).unwrap();
        record(source, &passes, |time| (time % 100) as f32 / 100.0);
        let rows: Vec<(u32, u32)> = source.rows().iter().map(|row| (row.time, row.face)).collect();
        prop_assert_eq!(&rows, &remaining(&passes));
        // What is joined was there in the frame before, no longer than a second ago.
        for row in source.rows() {
            let before = source.rows().iter().rev().find(|before| before.time < row.time).map(|before| before.time);
            let there = |time: u32| source.rows().iter().any(|other| (other.time, other.face) == (time, row.face));
            prop_assert!(!row.joined || before.is_some_and(|time| row.time - time <= MAX_GAP && there(time)));
        }
        for (level, shift) in LEVELS.into_iter().enumerate() {
            let mut kept = source.levels[level].clone();
            prop_assert!(kept.is_sorted_by_key(|bucket| bucket.index));
            kept.sort_by_key(|bucket| (bucket.index, bucket.face));
            prop_assert_eq!(kept, summaries(source, shift));
        }
    }

    #[test]
    fn columns_show_every_row_where_it_is(passes in passes(), span in 2000..400_000_u32, count in 1..900_usize) {
        let mut timeline = Timeline::default();
        let index = timeline.open("clip");
        let source = timeline.source_mut(index).unwrap();
        record(source, &passes, |_| 0.9);
        let window = window(0.0, f64::from(span));
        let (faces, found) = source.faces(window);
        prop_assert!(faces.is_sorted() && faces.len() == found.min(MAX_BANDS));
        let bands = source.columns(&faces, window, count);
        let width = window.span() / count as f64;
        let column = |time: u32| (f64::from(time) / width) as usize;
        for row in source.rows().iter().filter(|row| f64::from(row.time) < window.to) {
            let band = &bands[faces.iter().position(|face| *face == row.face).expect("every face of so few is drawn")];
            // A summary begins at most a column before.
            let places = column(row.time).saturating_sub(1)..=column(row.time);
            let shown = places.filter_map(|place| band.get(place).copied().flatten());
            let share = row.probability(row.top);
            let class = row.top.index();
            prop_assert!(
                shown.into_iter().any(|shown| shown.low[class] - 1e-4 <= share && share <= shown.high[class] + 1e-4),
                "{row:?} is not shown"
            );
        }
        for (band, face) in bands.iter().zip(&faces) {
            for (place, shown) in band.iter().enumerate() {
                let Some(shown) = shown else { continue };
                let sum: f32 = shown.mean.iter().sum();
                prop_assert!((sum - 1.0).abs() < 2e-3, "{sum}");
                // Something was recorded near: within a second, or a column and a summary.
                let (from, to) = ((place as f64 - 1.0) * width - 1024.0, (place as f64 + 2.0) * width + 1024.0);
                let near = |row: &Row| row.face == *face && (from..=to).contains(&f64::from(row.time));
                prop_assert!(source.rows().iter().any(near), "nothing was recorded at column {place}");
            }
        }
    }

    #[test]
    fn windows_stay_within_the_timeline(
        end in 0.0..20_000_000.0_f64,
        position in 0.0..1.0_f64,
        steps in prop::collection::vec((any::<bool>(), -3.0..3.0_f64), 0..12),
        at_end in any::<bool>(),
    ) {
        let position = position * end;
        let mut view = if at_end { View::LATEST } else { View::ALL };
        for (zoom, amount) in steps {
            let before = view.window(end, position, at_end);
            view = if zoom {
                view.zoomed(2.0_f64.powf(amount), end, position, at_end)
            } else {
                view.moved(amount, end, position, at_end)
            };
            let Window { from, to } = view.window(end, position, at_end);
            prop_assert!(from >= 0.0 && to - from >= 2000.0 - 1e-6, "{from} to {to}");
            prop_assert!(to <= end.max(2000.0) + 1e-3, "{to} of {end}");
            if !zoom {
                prop_assert!((to - from - before.span()).abs() < 1e-3);
            }
        }
        let labels = ticks(view.window(end, position, at_end), 8);
        prop_assert!(labels.len() <= 9, "{labels:?}");
    }
}

#[test]
fn an_hour_needs_little_memory_and_so_does_a_full_timeline() {
    let mut timeline = Timeline::default();
    let index = timeline.open("");
    hour(timeline.source_mut(index).unwrap());
    assert_eq!(timeline.rows(), 90_000);
    assert!(timeline.memory() < 4_200_000, "{} bytes", timeline.memory());
    assert!(!timeline.is_full());
    // 450,000 rows of one face, which end the recording.
    let source = timeline.source_mut(index).unwrap();
    play(source, (3_600_000..).step_by(40).take(MAX_ROWS - 90_000), |_| reading(1, 3, 0.9));
    assert!(timeline.is_full());
    assert!(timeline.memory() < 20_000_000, "{} bytes", timeline.memory());
}

#[test]
fn very_many_faces_fill_the_timeline_before_the_memory() {
    let mut timeline = Timeline::default();
    let index = timeline.open("");
    let mut time = 0;
    while !timeline.is_full() {
        let faces: Vec<Reading> = (0..32).map(|face| reading(time / 50 + face, 3, 0.9)).collect();
        timeline.source_mut(index).unwrap().add(time, None, &faces);
        time += 1600;
    }
    assert!(timeline.rows() < MAX_ROWS);
    // Vectors grow by a quarter at a time: 40 million bytes are never reached.
    assert!(timeline.memory() < MAX_MEMORY / 4 * 5 && MAX_MEMORY / 4 * 5 <= 40_000_000);
}

#[test]
fn an_hour_is_summarized_quickly_at_every_zoom() {
    let mut timeline = Timeline::default();
    let index = timeline.open("");
    let source = timeline.source_mut(index).unwrap();
    hour(source);
    let palette = Palette { classes: [[200, 0, 0]; 7], unsure: [9; 3], surface: [255; 3] };
    let paper = Paper { width: 1200, height: 90, strip: 8, scale: 1.0 };
    let mut pixels = vec![[0; 4]; paper.pixels()];
    let dashes = Default::default();
    for span in [3_600_000.0, 613_000.0, 60_000.0, 2000.0] {
        for mode in [Mode::Curves, Mode::Area] {
            let begin = Instant::now();
            let bands = source.columns(&[1], window(0.0, span), paper.width);
            let summarized = begin.elapsed();
            paint(&bands[0], mode, &palette, &dashes, paper, &mut pixels);
            println!("{span} ms: summarized in {summarized:?}, painted {mode:?} in {:?}", begin.elapsed() - summarized);
            assert!(bands[0].iter().all(Option::is_some), "{span} ms without gaps");
        }
    }
}

#[test]
fn an_hour_is_drawn_from_few_values_at_every_zoom() {
    const COLUMNS: usize = 1600;
    let mut timeline = Timeline::default();
    let index = timeline.open("");
    let source = timeline.source_mut(index).unwrap();
    hour(source);
    let visited = |span: f64, finest: f64| {
        let mut count = 0;
        source.visit(window(3_600_000.0 - span, 3_600_000.0), finest, |_, _, _| count += 1);
        count
    };
    let (mut span, mut most) = (2000.0, [0; 2]);
    while span <= 3_600_000.0 {
        // for the columns, and to find the faces, which happens for every position, too
        for (most, parts) in most.iter_mut().zip([COLUMNS as f64, 64.0]) {
            *most = visited(span, span / parts).max(*most);
        }
        span *= 1.01;
    }
    // 13 frames or 16 summaries for each part, and one outside
    assert!(most[0] <= 16 * (COLUMNS + 1) && most[1] <= 16 * 65, "{most:?}");
    assert!(most[0] > 12 * COLUMNS, "the zooms reach the worst: {most:?}");
}

#[test]
fn a_face_that_is_gone_leaves_a_gap() {
    let mut timeline = Timeline::default();
    let index = timeline.open("");
    let source = timeline.source_mut(index).unwrap();
    for time in [0, 100, 200, 300, 400] {
        let face = [reading(1, 3, 0.9)];
        source.add(time, Some(time.saturating_sub(100)), if time == 200 { &[] } else { &face });
    }
    let joined: Vec<bool> = source.rows().iter().map(|row| row.joined).collect();
    assert_eq!(joined, [false, true, false, true], "not after the frame without it");
    let seen = |source: &Source| -> String {
        let bands = source.columns(&[1], window(0.0, 2000.0), 40);
        bands[0].iter().map(|column| if column.is_some() { '#' } else { '.' }).collect::<String>()
    };
    assert_eq!(seen(source), format!("###...###{}", ".".repeat(31)));
    // The frame is watched again, and the face is found.
    source.add(200, Some(100), &[reading(1, 3, 0.9)]);
    assert_eq!(seen(source), format!("{}{}", "#".repeat(9), ".".repeat(31)));
    assert_eq!(runs(&source.columns(&[1], window(0.0, 2000.0), 40)[0]).len(), 1);
    assert!(source.at(1399).len() == 1 && source.at(1401).is_empty(), "shown for a second at most");
}

#[test]
fn files_have_rows_and_markers_by_time() {
    let mut timeline = Timeline::default();
    let index = timeline.open("a \"1\".mp4");
    let source = timeline.source_mut(index).unwrap();
    play(source, [0, 40], |_| reading(3, 3, 1.0));
    let row =
        |time| format!("{time},3,happy,0.0000,0.0000,0.0000,1.0000,0.0000,0.0000,0.0000,true,\"a \"\"1\"\".mp4\"");
    let header = "time_ms,face,expression,angry,disgust,fear,happy,sad,surprise,neutral,clear,file";
    assert_eq!(timeline.to_csv(), format!("{header}\n{}\n{}\n", row(0), row(40)));
    let source = timeline.source_mut(index).unwrap();
    assert!(source.mark(40, "smile, please".into()) && source.mark(7, String::new()));
    source.rename(0, "start".into());
    source.mark(90, "gone".into());
    source.unmark(2);
    source.unmark(2);
    let marker = |time, name| format!("{time},,,,,,,,,,,\"a \"\"1\"\".mp4\",{name}");
    let (start, smile) = (marker(7, "start"), marker(40, "\"smile, please\""));
    assert_eq!(timeline.to_csv(), format!("{header},marker\n{},\n{start}\n{smile}\n{},\n", row(0), row(40)));

    let json: serde_json::Value = serde_json::from_str(&timeline.to_json("mine \\ \u{1}")).unwrap();
    assert_eq!((&json["version"], &json["network"]), (&1.into(), &"mine \\ \u{1}".into()));
    assert_eq!(json["classes"][3], "happy");
    let source = &json["sources"][0];
    assert_eq!((&source["file"], &source["rows"][1]["time_ms"]), (&"a \"1\".mp4".into(), &40.into()));
    assert_eq!(source["rows"][0]["probabilities"], serde_json::json!([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]));
    assert_eq!(
        source["markers"],
        serde_json::json!([{"time_ms": 7, "name": "start"}, {"time_ms": 40, "name": "smile, please"}])
    );
}

#[test]
fn a_source_has_a_limited_number_of_markers() {
    let mut timeline = Timeline::default();
    let index = timeline.open("");
    let source = timeline.source_mut(index).unwrap();
    assert!((0..MAX_MARKERS as u32).all(|time| source.mark(time, String::new())));
    assert!(!source.mark(1, String::new()));
    assert_eq!(source.markers().len(), MAX_MARKERS);
}

#[test]
fn bands_are_painted_by_their_probabilities() {
    let classes = std::array::from_fn(|class| [class as u8 * 30, 0, 0]);
    let palette = Palette { classes, unsure: [1, 2, 3], surface: [255; 3] };
    let column = |class: usize, share: f32| Some(reading_column(class, share));
    let band = vec![column(3, 1.0), None, column(5, 0.5), column(5, 0.4)];
    let paper = Paper { width: 4, height: 10, strip: 2, scale: 1.0 };
    let mut pixels = vec![[0; 4]; paper.pixels()];
    let dashes = Default::default();
    paint(&band, Mode::Area, &palette, &dashes, paper, &mut pixels);
    let pixel = |pixels: &[Pixel], x: usize, y: usize| pixels[y * 4 + x];
    assert_eq!([0, 9].map(|y| pixel(&pixels, 0, y)), [[90, 0, 0, 255]; 2], "one class from top to bottom");
    assert_eq!([0, 5, 11].map(|y| pixel(&pixels, 1, y)), [[255; 4]; 3], "a gap");
    assert_eq!(pixel(&pixels, 2, 11), [150, 0, 0, 255], "the class that is named");
    assert_eq!(pixel(&pixels, 3, 11), [1, 2, 3, 255], "none is named");
    // half of the height, above five classes of a twelfth each
    assert_eq!(pixel(&pixels, 2, 4), [150, 0, 0, 255]);
    paint(&band, Mode::Curves, &palette, &dashes, paper, &mut pixels);
    assert_eq!((pixel(&pixels, 0, 0), pixel(&pixels, 0, 5)), ([90, 0, 0, 255], [255; 4]));
    paint(&band, Mode::Area, &palette, &dashes, Paper { width: 5, ..paper }, &mut pixels);
    assert_eq!(pixel(&pixels, 0, 5), [255; 4], "a size that does not fit paints nothing");
    assert_eq!(
        [rgb("var(--ink, #1c1b19)"), rgb(" #FFffff"), rgb("red"), rgb("#12")],
        [Some([0x1c, 0x1b, 0x19]), Some([255; 3]), None, None]
    );
}

fn reading_column(class: usize, share: f32) -> Column {
    let Reading { face, probabilities, clear } = reading(1, class, share);
    Row::new(0, face, &probabilities, clear).column()
}

#[test]
fn names_of_markers_do_not_touch() {
    let labels = |markers: &[(f64, &str)]| -> Vec<(bool, String)> {
        marker_labels(markers, 100.0, 5.0).into_iter().map(|label| (label.before, label.text)).collect()
    };
    let label = |before, text: &str| (before, text.to_owned());
    assert_eq!(labels(&[(0.0, "smile"), (50.0, "frown")]), [label(false, "smile"), label(false, "frown")]);
    assert_eq!(labels(&[(0.0, "a long name"), (30.0, "frown")]), [label(false, "a lo…"), label(false, "frown")]);
    assert_eq!(labels(&[(0.0, "smile"), (5.0, "frown")]), [label(false, ""), label(false, "frown")]);
    assert_eq!(labels(&[(90.0, "smile")]), [label(true, "smile")], "at the right edge it is written before its line");
    assert_eq!(labels(&[(10.0, "smile"), (92.0, "a very long name")])[1], label(true, "a very lo…"));
    assert_eq!(labels(&[]), []);
}

#[test]
fn drawings_have_gaps_names_and_markers() {
    let mut timeline = Timeline::default();
    let index = timeline.open("");
    let source = timeline.source_mut(index).unwrap();
    play(source, (0..10_000).step_by(100), |_| reading(1, 3, 0.9));
    play(source, (30_000..60_000).step_by(100), |time| reading(1, 5, if time < 50_000 { 0.9 } else { 0.3 }));
    let window = window(0.0, 60_000.0);
    let band = source.columns(&[1], window, Drawing::COLUMNS).remove(0);
    let mut drawing = Drawing {
        title: "Timeline",
        description: "d",
        classes: Expression::ALL.map(Expression::name),
        unsure: "not sure",
        mode: Mode::Curves,
        window,
        bands: vec![DrawnBand { name: "Face 1".into(), band }],
        markers: vec![DrawnMarker { time: 30_000.0, name: "<b>" }, DrawnMarker { time: 90_000.0, name: "outside" }],
        clock: |seconds| format!("{seconds} s"),
        percent: |share| format!("{}%", share * 100.0),
    };
    let curves = drawing.svg();
    for part in [
        ">Face 1</text>",
        ">&lt;b&gt;</text>",
        ">30 s</text>",
        ">not sure</text>",
        ">50%</text>",
        "stroke-dasharray=\"9 4\"",
    ] {
        assert!(curves.contains(part), "no {part} in {curves}");
    }
    assert!(!curves.contains("outside") && !curves.contains("NaN"));
    // Two pieces in each curve.
    let happy = curves
        .split("<path d=\"")
        .find(|path| path.contains(&format!("stroke=\"{}\" stroke-width=\"1.5\"", crate::plot::STYLES[3].0)));
    assert_eq!(happy.map(|path| path.matches('M').count()), Some(2), "{happy:?}");
    drawing.mode = Mode::Area;
    assert_eq!(drawing.svg().matches("fill-opacity").count(), 0);
}

#[test]
fn a_view_turns_pages_and_a_camera_slides() {
    let page = View { span: 10_000.0, from: None };
    assert_eq!(page.window(60_000.0, 25_000.0, false), window(20_000.0, 30_000.0));
    assert_eq!(page.window(60_000.0, 60_000.0, false), window(50_000.0, 60_000.0));
    assert_eq!(View::LATEST.window(600_000.0, 0.0, true), window(480_000.0, 600_000.0));
    assert_eq!(View::ALL.window(600_000.0, 0.0, true), window(0.0, 600_000.0));
    let closer = View::ALL.zoomed(0.5, 60_000.0, 45_000.0, false);
    assert_eq!(closer.window(60_000.0, 45_000.0, false), window(30_000.0, 60_000.0));
    let earlier = closer.moved(-1.0, 60_000.0, 45_000.0, false);
    assert_eq!(earlier.window(60_000.0, 45_000.0, false), window(15_000.0, 45_000.0));
    assert_eq!(earlier.zoomed(4.0, 60_000.0, 45_000.0, false), View::ALL);
    assert_eq!(ticks(window(0.0, 60_000.0), 7), [0.0, 10_000.0, 20_000.0, 30_000.0, 40_000.0, 50_000.0, 60_000.0]);
}
