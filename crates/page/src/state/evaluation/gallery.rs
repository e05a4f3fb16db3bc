//! The images of a cell of the confusion matrix, and the one that is opened.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::EvaluationRun;
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;

/// So many images show at first, and more at each wish for more.
const PAGE: usize = 48;

/// A cell of the confusion matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The label.
    pub actual: Expression,
    /// The predicted class.
    pub predicted: Expression,
}

/// What the visitor looks at.
#[derive(Clone, Debug, PartialEq)]
pub struct GalleryState {
    /// The cell.
    pub cell: Cell,
    /// Its predictions, the most confident first, by their place in the run.
    pub predictions: Rc<[usize]>,
    /// The sample of each of them.
    pub samples: Rc<[u32]>,
    /// How many of them show.
    visible: usize,
    /// The one that is opened, by its place in `predictions`.
    pub opened: Option<usize>,
    /// The images with the most similar pixels, once known, and their correlations.
    pub neighbours: Option<Rc<[(u32, f32)]>>,
    /// The images with the most similar features.
    pub feature_neighbours: Option<FeatureNeighbours>,
    /// Pixels by sample, as far as they came. Without an entry for a sample they are still to come; an empty one
    /// says that there are none any more.
    pub images: BTreeMap<u32, Rc<[u8]>>,
}

/// The images with the features most similar to those of one image, among those searched so far.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureNeighbours {
    /// Each with the cosine similarity of the features, the most similar first.
    pub samples: Rc<[(u32, f32)]>,
    /// Images searched.
    pub done: u32,
    /// Images to search.
    pub total: u32,
    /// Seconds since it began, and images searched since then.
    pub pace: (f64, u32),
    /// Whether the search is over.
    pub over: bool,
}

/// What the visitor does with it.
pub enum GalleryAction {
    /// Looks at a cell of a run.
    Show(Rc<EvaluationRun>, Cell),
    /// Has seen enough.
    Close,
    /// Wants to see more of them.
    More,
    /// Opens one, or closes it.
    OpenImage(Option<usize>),
    /// Pixels came, for the samples in their order.
    Images(Vec<u32>, Vec<u8>),
    /// The images most like a sample.
    Neighbours(u32, Vec<(u32, f32)>),
    /// The images with the features most similar to those of a sample.
    FeatureNeighbours(u32, FeatureNeighbours),
}

impl GalleryState {
    /// How many show.
    pub fn visible(&self) -> usize {
        self.visible.min(self.predictions.len())
    }

    /// The one that is opened: its place in the run, and its sample.
    pub fn opened(&self) -> Option<(usize, u32)> {
        self.opened.and_then(|place| Some((*self.predictions.get(place)?, *self.samples.get(place)?)))
    }

    /// The samples whose pixels show but did not come yet.
    pub fn missing(&self) -> Vec<u32> {
        let feature_neighbours =
            self.feature_neighbours.iter().flat_map(|feature_neighbours| feature_neighbours.samples.iter());
        let neighbours = self
            .neighbours
            .iter()
            .flat_map(|samples| samples.iter())
            .chain(feature_neighbours)
            .map(|&(sample, _)| sample);
        let shown = self.samples[..self.visible()].iter().copied();
        shown.chain(neighbours).filter(|sample| !self.images.contains_key(sample)).collect()
    }
}

/// Changes what the visitor looks at.
pub fn apply(state: &mut Option<GalleryState>, action: GalleryAction) {
    if let GalleryAction::Show(run, cell) = action {
        let predictions = run.predictions.cell(cell.actual, cell.predicted);
        *state = Some(GalleryState {
            cell,
            samples: predictions.iter().map(|&prediction| run.predictions.sample(prediction)).collect(),
            predictions: predictions.into(),
            visible: PAGE,
            opened: None,
            neighbours: None,
            feature_neighbours: None,
            images: BTreeMap::new(),
        });
        return;
    }
    let Some(gallery) = state else { return };
    match action {
        GalleryAction::Show(..) => {}
        GalleryAction::Close => *state = None,
        GalleryAction::More => gallery.visible += PAGE,
        GalleryAction::OpenImage(place) => {
            gallery.opened = place;
            gallery.neighbours = None;
            gallery.feature_neighbours = None;
            // Who pages beyond what shows finds it there on the way back.
            gallery.visible = gallery.visible.max(place.map_or(0, |place| place + 1));
        }
        GalleryAction::Images(samples, pixels) => {
            let mut images = pixels.chunks_exact(CROP_PIXELS);
            for sample in samples {
                gallery.images.insert(sample, images.next().unwrap_or_default().into());
            }
        }
        GalleryAction::FeatureNeighbours(of, feature_neighbours) => {
            if gallery.opened().is_some_and(|(_, sample)| sample == of) {
                gallery.feature_neighbours = Some(feature_neighbours);
            }
        }
        GalleryAction::Neighbours(of, samples) => {
            if gallery.opened().is_some_and(|(_, sample)| sample == of) {
                gallery.neighbours = Some(samples.into());
            }
        }
    }
}
