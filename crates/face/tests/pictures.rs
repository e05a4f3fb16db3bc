//! Pictures of the shipped model.
#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use flate2::Crc;
use mien_core::dataset::{Loader, Split};
use mien_core::expression::Expression;
use mien_core::vision::Point;
use mien_face::FaceModel;
use mien_face::action_unit::{ActionUnit, Actions};
use mien_face::appearance::{Appearance, SkinTone};
use mien_face::model::MAX_WEIGHT;
use mien_face::person::Person;
use mien_face::render::{Gaze, Motion, Picture, Renderer};
use mien_face::scene::{Background, Camera, Light, Pose, Scene};
use mien_face::set::{CSV_HEADER, FacePlace, FaceSetPlan};
use mien_face::vector::Vector;
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use proptest::{array, collection, num};

static MODEL: LazyLock<FaceModel> =
    LazyLock::new(|| FaceModel::from_bytes(include_bytes!("../../../www/face/face.bin")).unwrap());

fn picture(person: &Person, motion: &Motion, scene: &Scene, side: usize) -> Picture {
    Renderer::new(&MODEL).render(&MODEL, person, motion, scene, side).unwrap()
}

fn person() -> &'static Person {
    static PERSON: LazyLock<Person> = LazyLock::new(|| Person::random(&MODEL, SkinTone::Tan, 3));
    &PERSON
}

fn landmarks(unit: Option<ActionUnit>) -> [Point; 68] {
    let mut motion = Motion::default();
    if let Some(unit) = unit {
        motion.actions.set(unit, 1.0);
    }
    picture(person(), &motion, &Scene::default(), 256).landmarks
}

#[test]
fn units_move_the_face_as_the_coding_system_says() {
    let rest = landmarks(None);
    // rows grow downwards
    let up = |unit: ActionUnit, landmark: usize| rest[landmark].y - landmarks(Some(unit))[landmark].y;
    for (unit, landmark, sign) in [
        (ActionUnit::Au1, 21, 1.0),
        (ActionUnit::Au1, 22, 1.0),
        (ActionUnit::Au2, 18, 1.0),
        (ActionUnit::Au4, 22, -1.0),
        (ActionUnit::Au5, 37, 1.0),
        (ActionUnit::Au7, 41, 1.0),
        (ActionUnit::Au9, 35, 1.0),
        (ActionUnit::Au10, 52, 1.0),
        (ActionUnit::Au12, 48, 1.0),
        (ActionUnit::Au12, 54, 1.0),
        (ActionUnit::Au15, 48, -1.0),
        (ActionUnit::Au16, 57, -1.0),
        (ActionUnit::Au17, 8, 1.0),
        (ActionUnit::Au26, 8, -1.0),
        (ActionUnit::Au43, 37, -1.0),
    ] {
        let moved = up(unit, landmark) * sign;
        assert!(moved > 0.5, "{unit:?} moves landmark {landmark} by {moved} pixels");
    }
    let wide = |landmarks: [Point; 68]| landmarks[54].x - landmarks[48].x;
    assert!(wide(landmarks(Some(ActionUnit::Au20))) > wide(rest) + 2.0);
    assert!(wide(landmarks(Some(ActionUnit::Au18))) < wide(rest) - 2.0);
}

#[test]
fn one_side_moves_alone() {
    let mut motion = Motion::default();
    motion.actions.set_sides(ActionUnit::Au12, [1.0, 0.0]);
    let (rest, moved) = (landmarks(None), picture(person(), &motion, &Scene::default(), 256).landmarks);
    // the person's left is on the viewer's right
    assert!(rest[54].distance(moved[54]) > 3.0);
    assert!(rest[48].distance(moved[48]) < 0.5);
}

#[test]
fn the_head_turns_leans_and_nods() {
    let nose = |pose: Pose| picture(person(), &Motion::default(), &Scene { pose, ..Scene::default() }, 128).landmarks;
    let rest = nose(Pose::default());
    assert!(nose(Pose { yaw: 20.0, ..Pose::default() })[30].x > rest[30].x + 5.0);
    assert!(nose(Pose { pitch: 20.0, ..Pose::default() })[30].y > rest[30].y + 5.0);
    let leant = nose(Pose { roll: 20.0, ..Pose::default() });
    assert!(leant[45].y > leant[36].y + 5.0);
}

#[test]
fn crops_have_level_eyes_and_one_size() {
    for pose in [Pose::default(), Pose { roll: 25.0, ..Pose::default() }, Pose { yaw: 25.0, pitch: 5.0, roll: -12.0 }] {
        let scene = Scene { pose, ..Scene::default() };
        let landmarks = picture(person(), &Motion::default(), &scene, 256).landmarks;
        let crop_from_frame = FacePlace::new(&landmarks).frame_from_crop().inverse();
        let [right, left, chin] = [36, 45, 8].map(|landmark: usize| crop_from_frame.apply(landmarks[landmark]));
        assert!((right.y - left.y).abs() < 1.5, "{right:?} {left:?}");
        assert!((10.0..24.0).contains(&right.y) && (36.0..50.0).contains(&chin.y), "{right:?} {chin:?}");
    }
}

#[test]
fn skin_tones_are_in_order_of_their_lightness() {
    let cheek = |tone: SkinTone| {
        let appearance = Appearance { beard: 0.0, ..Appearance::random(tone, 5) };
        let picture = picture(&Person::new(&MODEL, &[], appearance), &Motion::default(), &Scene::default(), 64);
        let [nose, jaw] = [30, 3].map(|landmark: usize| picture.landmarks[landmark]);
        let place = nose.midpoint(jaw);
        let at = (place.y as usize * 64 + place.x as usize) * 4;
        picture.frame.pixels()[at..at + 3].iter().map(|&channel| u32::from(channel)).sum::<u32>()
    };
    let cheeks = SkinTone::ALL.map(cheek);
    assert!(cheeks.is_sorted_by(|a, b| a > b), "{cheeks:?}");
    assert!(cheeks[0] > 3 * 150 && cheeks[5] < 3 * 130, "{cheeks:?}");
}

#[test]
fn pictures_are_the_same_everywhere() {
    let checksum = |seed: u64, expression: Expression| {
        let person = Person::random(&MODEL, SkinTone::ALL[seed as usize % 6], seed);
        let actions = Actions::of_expression(expression, 1, 0.8);
        let motion = Motion { actions, gaze: Gaze { left: 5.0, up: -3.0 } };
        let mut crc = Crc::new();
        crc.update(picture(&person, &motion, &Scene::random(seed), 64).frame.pixels());
        crc.sum()
    };
    // they change with the renderer, the model and the combinations, but not with the platform or the profile
    let settings = [(1, Expression::Happy), (2, Expression::Fear), (11, Expression::Angry), (4, Expression::Neutral)];
    let expected = [0x5167_1715, 0xc342_d5a4, 0x0067_218f, 0x2d84_70ad];
    assert_eq!(settings.map(|(seed, expression)| checksum(seed, expression)), expected);
}

/// The picture of a person who is dressed.
fn dressed(person: &Person, lashes: f32, glasses: bool, motion: &Motion, scene: &Scene) -> Picture {
    let mut person = person.clone();
    person.set_lashes(lashes);
    person.wear_glasses(&MODEL, glasses);
    picture(&person, motion, scene, 256)
}

/// Pixels that are clearly darker than in another picture: how many, and the highest and lowest row.
fn darker(picture: &Picture, than: &Picture) -> (usize, usize, usize) {
    let pixels = |picture: &Picture| picture.frame.pixels().chunks_exact(4).map(|pixel| pixel[1]).collect::<Vec<_>>();
    let (picture, than) = (pixels(picture), pixels(than));
    let rows: Vec<usize> = (0..picture.len()).filter(|&at| picture[at] + 12 < than[at]).map(|at| at / 256).collect();
    (rows.len(), rows.first().copied().unwrap_or_default(), rows.last().copied().unwrap_or_default())
}

#[test]
fn lashes_and_glasses_can_be_taken_off() {
    let (rest, scene) = (Motion::default(), Scene::default());
    let plain = picture(person(), &rest, &scene, 256);
    let pixels = |lashes: f32, glasses: bool| dressed(person(), lashes, glasses, &rest, &scene).frame.pixels().to_vec();
    assert!(pixels(0.0, false) == plain.frame.pixels());
    assert!(pixels(f32::NAN, false) == plain.frame.pixels());
    assert!(pixels(1.0, false) != pixels(0.5, false) && pixels(0.0, true) != pixels(1.0, true));
    // nor does a renderer keep them for the next person
    let mut renderer = Renderer::new(&MODEL);
    let mut with_glasses = person().clone();
    with_glasses.wear_glasses(&MODEL, true);
    let mut render = |person: &Person| renderer.render(&MODEL, person, &rest, &scene, 256).unwrap().frame;
    assert!(render(&with_glasses).pixels() != plain.frame.pixels());
    assert!(render(person()).pixels() == plain.frame.pixels());
}

#[test]
fn lashes_move_with_the_lids() {
    let scene = Scene::default();
    let lashes = |unit: Option<ActionUnit>| {
        let mut motion = Motion::default();
        if let Some(unit) = unit {
            motion.actions.set(unit, 1.0);
        }
        let plain = picture(person(), &motion, &scene, 256);
        let [upper, lower] = [37, 41].map(|landmark: usize| plain.landmarks[landmark].y as usize);
        (darker(&dressed(person(), 1.0, false, &motion, &scene), &plain), upper, lower)
    };
    let ((open, top, bottom), upper, lower) = lashes(None);
    assert!((30..400).contains(&open) && top < upper && bottom < lower + 6, "{open} {top} {bottom} {upper} {lower}");
    // above the open eye, and below it once it is closed
    let ((closed, top_closed, bottom_closed), ..) = lashes(Some(ActionUnit::Au43));
    assert!(closed > 30 && top_closed > top + 2 && bottom_closed >= bottom, "{closed} {top_closed} {bottom_closed}");
}

#[test]
fn glasses_fit_every_identity() {
    let mut renderer = Renderer::new(&MODEL);
    for seed in 1..=20 {
        let mut person = Person::random(&MODEL, SkinTone::VeryLight, seed);
        for yaw in [0.0, if seed % 2 == 0 { 30.0 } else { -30.0 }] {
            let scene = Scene { pose: Pose { yaw, ..Pose::default() }, ..Scene::default() };
            let [plain, worn] = [false, true].map(|wears| {
                person.wear_glasses(&MODEL, wears);
                renderer.render(&MODEL, &person, &Motion::default(), &scene, 256).unwrap()
            });
            let (count, top, bottom) = darker(&worn, &plain);
            // a thin frame around the eyes, which leaves the mouth and most of the face free
            assert!((400..1800).contains(&count), "{seed} {yaw}: {count}");
            let eyes = (36..48).map(|landmark| plain.landmarks[landmark].y).sum::<f32>() / 12.0;
            let [top, bottom] = [top as f32, bottom as f32].map(|row| row - eyes);
            assert!((-30.0..-8.0).contains(&top) && (10.0..32.0).contains(&bottom), "{seed} {yaw}: {top} {bottom}");
            // the middles of the eyes are seen; from the side, a rim can be before one of them
            if yaw != 0.0 {
                continue;
            }
            for corners in [[36, 39], [42, 45]] {
                let [outer, inner] = corners.map(|landmark: usize| plain.landmarks[landmark]);
                let middle = outer.midpoint(inner);
                let at = (middle.y as usize * 256 + middle.x as usize) * 4;
                assert_eq!(plain.frame.pixels()[at..at + 4], worn.frame.pixels()[at..at + 4], "{seed} {yaw}");
            }
        }
    }
}

#[test]
fn a_renderer_keeps_nothing_from_picture_to_picture() {
    let mut renderer = Renderer::new(&MODEL);
    let (first, second) = (person(), &Person::random(&MODEL, SkinTone::Dark, 4));
    let mut render = |person: &Person, side: usize| {
        let picture = renderer.render(&MODEL, person, &Motion::default(), &Scene::default(), side).unwrap();
        picture.frame.pixels().to_vec()
    };
    let before = render(first, 48);
    render(second, 96);
    assert_eq!(render(first, 48), before);
}

#[test]
fn weights_out_of_range_are_limited() {
    let face = |weights: &[f32]| MODEL.identity(weights).0;
    assert_eq!(face(&[1e9, f32::NEG_INFINITY]), face(&[MAX_WEIGHT, -MAX_WEIGHT]));
    assert_eq!(face(&[f32::NAN, 0.5]), face(&[0.0, 0.5]));
    assert_eq!(face(&[0.5; 1000]), face(&[0.5; 100]));
    assert_ne!(face(&[MAX_WEIGHT]), face(&[MAX_WEIGHT / 2.0]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any numbers, also NaN, infinite and far out of range.
    #[test]
    fn any_settings_give_a_picture(
        units in array::uniform24(num::f32::ANY),
        numbers in array::uniform16(num::f32::ANY),
        weights in collection::vec(num::f32::ANY, 0..120),
        side in 0_usize..24,
    ) {
        let mut motion = Motion { gaze: Gaze { left: numbers[0], up: numbers[1] }, ..Motion::default() };
        for (unit, intensity) in ActionUnit::ALL.into_iter().zip(units) {
            motion.actions.set_sides(unit, [intensity, -intensity]);
        }
        let [azimuth, elevation, intensity, softness] = [2, 3, 4, 5].map(|index: usize| numbers[index]);
        let scene = Scene {
            pose: Pose { yaw: numbers[6], pitch: numbers[7], roll: numbers[8] },
            camera: Camera { distance: numbers[9], height: numbers[10] },
            key: Light { azimuth, elevation, intensity, softness },
            ambient: numbers[11],
            background: Background { colours: [Vector::splat(numbers[12]); 2], patches: numbers[13], seed: 1 },
            ..Scene::default()
        };
        let appearance = Appearance { hair: numbers[14], beard: numbers[15], ..Appearance::random(SkinTone::Tan, 1) };
        let person = Person::new(&MODEL, &weights, appearance);
        let picture = picture(&person, &motion, &scene, side);
        prop_assert_eq!(picture.frame.width(), side.max(1));
        prop_assert!(picture.frame.pixels().chunks_exact(4).all(|pixel| pixel[3] == 255));
    }
}

#[test]
fn a_set_is_read_with_its_groups() {
    let plan = FaceSetPlan { identities: 30, expressions: Expression::ALL.to_vec(), intensities: vec![0.5], seed: 1 };
    let mut renderer = Renderer::new(&MODEL);
    let mut csv = CSV_HEADER.to_owned();
    for identity in 0..plan.identities {
        // one person for all keeps the test fast
        let person = plan.person(&MODEL, identity);
        for sample in plan.samples(identity).skip(identity % 7).take(1) {
            let crop = sample.crop(&sample.picture(&mut renderer, &MODEL, &person, 64).unwrap());
            csv.push_str(&sample.csv_row(&crop, plan.split(identity)));
        }
    }
    assert_eq!(plan.len(), 210);
    let few = FaceSetPlan { identities: 5, ..plan };
    let splits: Vec<Split> = (0..5).map(|identity| few.split(identity)).collect();
    assert_eq!(splits, [Split::Training, Split::Training, Split::Training, Split::PublicTest, Split::PrivateTest]);
    let mut loader = Loader::open(std::io::Cursor::new(csv.into_bytes())).unwrap();
    while loader.advance(100).unwrap() {}
    let dataset = loader.finish().unwrap().dataset;
    assert_eq!(dataset.len(), 30);
    assert_eq!(Split::ALL.map(|split| dataset.of_split(split).len()), [18, 6, 6]);
    let names: Vec<&str> = dataset.groups().iter().map(|group| group.name()).collect();
    assert_eq!(names, ["identity", "skin", "light", "yaw", "intensity"]);
    assert_eq!(dataset.groups()[1].values().len(), 6);
    assert_eq!(dataset.label(3), Expression::Happy);
    assert_eq!(dataset.groups()[4].value(6), "0");
}
