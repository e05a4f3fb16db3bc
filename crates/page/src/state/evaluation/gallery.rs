//! The images of a cell of the confusion matrix, and the opened image.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::EvaluationRun;
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;

/// Number of images shown at first, and added by each "show more".
const PAGE: usize = 48;

/// A cell of the confusion matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The label.
    pub actual: Expression,
    /// The predicted class.
    pub predicted: Expression,
}

/// The images of a cell of the confusion matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct GalleryState {
    /// The cell.
    pub cell: Cell,
    /// Its predictions, highest confidence first, as indices into the run.
    pub predictions: Rc<[usize]>,
    /// The sample of each of them.
    pub samples: Rc<[u32]>,
    /// Number of images shown.
    visible: usize,
    /// The opened image, as an index into `predictions`.
    pub opened: Option<usize>,
    /// The images with the most similar pixels, once known, and their correlations.
    pub neighbours: Option<Rc<[(u32, f32)]>>,
    /// The images with the most similar features.
    pub feature_neighbours: Option<FeatureNeighbours>,
    /// Pixels by sample. A missing entry means not loaded yet; an empty one, that the image no longer exists.
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
    /// Seconds since the start, and number of images searched since then.
    pub elapsed_and_searched: (f64, u32),
    /// Whether the search is over.
    pub over: bool,
}

/// User actions and responses.
pub enum GalleryAction {
    /// Open the images of a cell of a run.
    Show(Rc<EvaluationRun>, Cell),
    /// Close the gallery.
    Close,
    /// Show more images.
    More,
    /// Open or close an image.
    OpenImage(Option<usize>),
    /// Pixels of samples have arrived, in order.
    Images(Vec<u32>, Vec<u8>),
    /// The images most like a sample.
    Neighbours(u32, Vec<(u32, f32)>),
    /// The images with the features most similar to those of a sample.
    FeatureNeighbours(u32, FeatureNeighbours),
}

impl GalleryState {
    /// Number of images shown.
    pub fn visible(&self) -> usize {
        self.visible.min(self.predictions.len())
    }

    /// The opened image: its index in the run, and its sample.
    pub fn opened(&self) -> Option<(usize, u32)> {
        self.opened.and_then(|place| Some((*self.predictions.get(place)?, *self.samples.get(place)?)))
    }

    /// The shown samples whose pixels have not arrived yet.
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

/// Applies an action.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{evaluation, happy, predictions};

    const CELL: Cell = Cell { actual: Expression::Happy, predicted: Expression::Sad };

    /// A run with this many happy images predicted as sad, and one predicted correctly.
    fn run(count: u32) -> Rc<EvaluationRun> {
        let mut all = vec![(1000, Expression::Happy, Expression::Happy, 0.9)];
        all.extend((0..count).map(|sample| (sample, Expression::Happy, Expression::Sad, 0.5)));
        let predictions = predictions(&all);
        Rc::new(EvaluationRun {
            id: 1,
            name: "run".into(),
            time: String::new(),
            set: Rc::new(happy(1, 1001)),
            evaluation: *evaluation(&predictions),
            predictions,
            group_faults: Vec::new(),
            regrouped: 0,
        })
    }

    fn shown(count: u32, actions: impl IntoIterator<Item = GalleryAction>) -> GalleryState {
        let mut state = None;
        apply(&mut state, GalleryAction::Show(run(count), CELL));
        actions.into_iter().for_each(|action| apply(&mut state, action));
        state.unwrap()
    }

    #[test]
    fn a_cell_shows_its_images_a_page_at_a_time() {
        let gallery = shown(100, []);
        assert_eq!((gallery.samples.len(), gallery.visible(), gallery.missing().len()), (100, 48, 48));
        assert_eq!(shown(100, [GalleryAction::More]).visible(), 96);
        assert_eq!(shown(100, [GalleryAction::More, GalleryAction::More]).visible(), 100);
        assert!(!gallery.samples.contains(&1000), "the image of another cell");
        assert_eq!(shown(0, []).missing(), [0; 0]);
    }

    #[test]
    fn nothing_happens_to_a_gallery_that_is_closed() {
        let mut state = None;
        for action in [GalleryAction::More, GalleryAction::Close, GalleryAction::OpenImage(Some(1))] {
            apply(&mut state, action);
        }
        assert!(state.is_none());
        let mut state = Some(shown(3, []));
        apply(&mut state, GalleryAction::Close);
        assert!(state.is_none());
    }

    #[test]
    fn an_opened_image_beyond_the_page_stays_visible() {
        let gallery = shown(100, [GalleryAction::OpenImage(Some(60)), GalleryAction::OpenImage(None)]);
        assert_eq!((gallery.visible(), gallery.opened()), (61, None));
        let last = shown(100, [GalleryAction::OpenImage(Some(5))]);
        assert_eq!(last.opened(), Some((last.predictions[5], last.samples[5])));
        assert_eq!(shown(2, [GalleryAction::OpenImage(Some(7))]).opened(), None, "there is no such image");
    }

    #[test]
    fn answers_count_only_for_the_opened_image() {
        let neighbours = || FeatureNeighbours {
            samples: Rc::from([(70, 0.5)]),
            done: 1,
            total: 2,
            elapsed_and_searched: (0.0, 0),
            over: false,
        };
        let open = || GalleryAction::OpenImage(Some(0));
        let sample = shown(3, []).samples[0];
        let right = shown(
            3,
            [
                open(),
                GalleryAction::Neighbours(sample, vec![(80, 0.9)]),
                GalleryAction::FeatureNeighbours(sample, neighbours()),
            ],
        );
        assert_eq!(right.neighbours.as_deref(), Some([(80, 0.9)].as_slice()));
        assert!(right.missing().contains(&80) && right.missing().contains(&70), "their pixels are wanted too");
        let late = shown(
            3,
            [
                open(),
                GalleryAction::Neighbours(sample + 9, vec![]),
                GalleryAction::FeatureNeighbours(sample + 9, neighbours()),
            ],
        );
        assert!(late.neighbours.is_none() && late.feature_neighbours.is_none());
        let next =
            shown(3, [open(), GalleryAction::Neighbours(sample, vec![(80, 0.9)]), GalleryAction::OpenImage(Some(1))]);
        assert!(next.neighbours.is_none(), "those of the image before");
    }

    #[test]
    fn images_without_pixels_are_known_to_be_gone() {
        let pixels = vec![7; CROP_PIXELS];
        let gallery = shown(3, [GalleryAction::Images(vec![0, 1], pixels)]);
        assert_eq!(gallery.images[&0].len(), CROP_PIXELS);
        assert!(gallery.images[&1].is_empty(), "fewer came than were asked for");
        assert_eq!(gallery.missing(), [2], "and are not asked for again");
    }
}
