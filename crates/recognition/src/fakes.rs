//! Networks for tests, which record their calls.

use std::cell::RefCell;

use mien_core::expression::Expression;
use mien_core::vision::{CROP_PIXELS, Frame};

use crate::classifier::Classifier;
use crate::decode::{ANCHORS, VALUES};
use crate::detector_network::DetectorNetwork;

/// A detector's network that finds a face in the middle, or none.
#[derive(Debug, Default)]
pub(crate) struct Middle {
    /// Logit of the score and size of the face in input pixels.
    pub face: Option<(f32, f32)>,
    /// Width and height of the input of each call.
    pub calls: RefCell<Vec<(usize, usize)>>,
}

impl DetectorNetwork for &Middle {
    async fn compute(&self, image: Vec<f32>, width: usize, height: usize) -> Result<Vec<f32>, String> {
        assert_eq!(image.len(), 3 * width * height);
        assert!(image.iter().all(|value| (-1.0..=1.0).contains(value)));
        self.calls.borrow_mut().push((width, height));
        let (cells, large) = (width / 16 * (height / 16), width / 32 * (height / 32));
        let boxes = ANCHORS[0] * cells;
        let mut raw = vec![0.0; (ANCHORS[0] * cells + ANCHORS[1] * large) * (1 + VALUES)];
        raw[..boxes].fill(-50.0);
        let second = boxes * (1 + VALUES);
        raw[second..second + ANCHORS[1] * large].fill(-50.0);
        if let Some((logit, size)) = self.face {
            // the cell right of and below the middle
            let cell = height / 32 * (width / 16) + width / 32;
            raw[cell] = logit;
            for (number, value) in [-8.0, -8.0, size, size].into_iter().enumerate() {
                raw[boxes + number * cells + cell] = value;
            }
        }
        Ok(raw)
    }
}

/// A detector's network that finds several faces side by side in whole pictures, and one in the middle of the surroundings of a face.
#[derive(Debug)]
pub(crate) struct Crowd {
    faces: usize,
    /// Width and height of the input of each call.
    pub calls: RefCell<Vec<(usize, usize)>>,
}

impl Crowd {
    pub fn new(faces: usize) -> Self {
        Self { faces, calls: RefCell::default() }
    }
}

impl DetectorNetwork for &Crowd {
    async fn compute(&self, image: Vec<f32>, width: usize, height: usize) -> Result<Vec<f32>, String> {
        self.calls.borrow_mut().push((width, height));
        if width == height {
            return (&Middle { face: Some((3.0, 64.0)), ..Middle::default() }).compute(image, width, height).await;
        }
        let mut raw = (&Middle::default()).compute(image, width, height).await?;
        let (columns, boxes) = (width / 16, ANCHORS[0] * (width / 16) * (height / 16));
        for face in 0..self.faces {
            // the middle row, every fourth cell
            let cell = height / 32 * columns + 2 + 4 * face;
            raw[cell] = 3.0;
            for (number, value) in [-8.0, -8.0, 32.0, 32.0].into_iter().enumerate() {
                raw[boxes + number * boxes / ANCHORS[0] + cell] = value;
            }
        }
        Ok(raw)
    }
}

/// A device that fails.
pub(crate) struct Broken;

impl DetectorNetwork for Broken {
    async fn compute(&self, _: Vec<f32>, _: usize, _: usize) -> Result<Vec<f32>, String> {
        Err("lost".to_owned())
    }
}

/// A classifier that is certain of a class for every second image of a batch, and of another for the rest.
#[derive(Debug, Default)]
pub(crate) struct Alternating {
    /// Number of images of each call.
    pub calls: RefCell<Vec<usize>>,
}

impl Classifier for &Alternating {
    async fn logits(&self, images: Vec<f32>) -> Result<Vec<[f32; Expression::COUNT]>, String> {
        let count = images.len() / CROP_PIXELS;
        self.calls.borrow_mut().push(count);
        let logits = |image: usize| std::array::from_fn(|class| if class == image % 2 { 200.0 } else { 0.0 });
        Ok((0..count).map(logits).collect())
    }
}

/// A grey frame.
pub(crate) fn grey(width: usize, height: usize, value: u8) -> Frame {
    Frame::new(width, height, vec![value; width * height * 4]).unwrap()
}
