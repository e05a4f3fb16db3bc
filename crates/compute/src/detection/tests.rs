//! The detector on Burn's CPU backend, against the reference and on pictures.

use burn::tensor::Device;
use mien_core::vision::{Border, Frame, Point, Rectangle, Similarity};
use mien_recognition::{Landmark, Region};

use super::{Detector, load};

const WEIGHTS: &[u8] = include_bytes!("../../../../www/weights/blazeface.safetensors");

fn astronaut() -> Frame {
    let picture =
        image::load_from_memory(include_bytes!("../../../../tests/fixtures/astronaut_256.png")).unwrap().to_rgba8();
    Frame::new(picture.width() as usize, picture.height() as usize, picture.into_raw()).unwrap()
}

fn detector() -> Detector {
    load(WEIGHTS, &Device::flex()).unwrap()
}

/// A grey frame with the picture at `scale` and its top left at `x`, `y`.
fn placed(picture: &Frame, width: usize, height: usize, scale: f32, x: f32, y: f32) -> Frame {
    let picture_from_frame = Similarity::new(1.0 / scale, 0.0, Point::new(x, y), Point::default());
    let mut pixels = vec![128; width * height * 4];
    picture.sample(&picture_from_frame, width, height, Border::Nearest, |index, colour| {
        pixels[index * 4..index * 4 + 3].copy_from_slice(&colour.map(|value| value as u8));
    });
    Frame::new(width, height, pixels).unwrap()
}

#[test]
fn boxes_and_points_match_the_reference_runtime() {
    // LiteRT on MediaPipe's own file, decoded and suppressed as MediaPipe does
    let centre = Point::new(112.444, 63.086);
    let size = 52.062;
    let points = [
        (101.412, 50.948),
        (124.028, 51.543),
        (112.143, 63.979),
        (111.844, 74.534),
        (88.725, 55.473),
        (136.589, 56.878),
    ];
    let region = Region::fit(Rectangle { x: 0.0, y: 0.0, width: 256.0, height: 256.0 }, 256, 256);
    let faces = pollster::block_on(detector().detect_in(&astronaut(), &region, 0.5)).unwrap();
    assert_eq!(faces.len(), 1);
    assert!((faces[0].score - 0.878_387).abs() < 1e-3);
    assert!(faces[0].bounds.centre().distance(centre) < 0.01);
    assert!((faces[0].bounds.width - size).abs() < 0.01 && (faces[0].bounds.height - size).abs() < 0.01);
    for (point, (x, y)) in faces[0].landmarks.iter().zip(points) {
        assert!(point.distance(Point::new(x, y)) < 0.01, "{point:?}");
    }
}

#[test]
fn a_face_is_found_in_pictures_of_any_shape_and_size() {
    let detector = detector();
    for (width, height, scale, x, y) in
        [(640, 480, 1.5, 100.0, 50.0), (360, 640, 1.2, 10.0, 200.0), (1600, 1200, 1.0, 900.0, 700.0)]
    {
        let faces = pollster::block_on(detector.detect(&placed(&astronaut(), width, height, scale, x, y))).unwrap();
        assert_eq!(faces.len(), 1, "{width}×{height}: {faces:?}");
        let expected = Point::new(112.4 * scale + x, 63.1 * scale + y);
        let far = faces[0].bounds.centre().distance(expected);
        assert!(far < 6.0 * scale, "{width}×{height}: {far}");
    }
}

#[test]
fn a_face_that_fills_the_picture_is_found() {
    let close = placed(&astronaut(), 200, 200, 200.0 / 60.0, -82.0 * 200.0 / 60.0, -28.0 * 200.0 / 60.0);
    let faces = pollster::block_on(detector().detect(&close)).unwrap();
    assert_eq!(faces.len(), 1, "{faces:?}");
    let expected = Point::new((112.4 - 82.0) * 200.0 / 60.0, (63.1 - 28.0) * 200.0 / 60.0);
    assert!(faces[0].bounds.centre().distance(expected) < 15.0, "{faces:?}");
}

#[test]
fn nothing_is_found_where_nobody_is() {
    let empty = Frame::new(64, 48, vec![90; 64 * 48 * 4]).unwrap();
    assert!(pollster::block_on(detector().detect(&empty)).unwrap().is_empty());
    let tiny = Frame::new(1, 1, vec![0; 4]).unwrap();
    assert!(pollster::block_on(detector().detect(&tiny)).unwrap().is_empty());
    let long = Frame::new(4000, 2, vec![90; 4000 * 2 * 4]).unwrap();
    assert!(pollster::block_on(detector().detect(&long)).unwrap().is_empty());
}

#[test]
fn a_region_agrees_with_the_whole() {
    let detector = detector();
    let frame = placed(&astronaut(), 640, 480, 1.5, 100.0, 50.0);
    let whole = pollster::block_on(detector.detect_stream(&frame)).unwrap()[0];
    let region = Region::around(&whole);
    let close = pollster::block_on(detector.follow(&region, region.view(&frame))).unwrap().unwrap();
    let size = whole.bounds.width;
    assert!(close.bounds.centre().distance(whole.bounds.centre()) < 0.08 * size);
    assert!((close.bounds.width / size - 1.0).abs() < 0.15);
    assert!(close.landmark(Landmark::LeftEye).distance(whole.landmark(Landmark::LeftEye)) < 0.08 * size);
    assert!(region.suits(&close));
}

#[test]
fn the_classifier_of_another_network_is_refused() {
    assert!(load(&WEIGHTS[..WEIGHTS.len() - 10], &Device::flex()).is_err());
}
