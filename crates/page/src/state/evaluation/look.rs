//! The images of a cell of the confusion matrix, and one of them from near.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Measured;
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;

/// So many images show at first, and more at each wish for more.
const PAGE: usize = 48;

/// A cell of the confusion matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The label.
    pub actual: Expression,
    /// What it was taken for.
    pub predicted: Expression,
}

/// What the visitor looks at.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The cell.
    pub cell: Cell,
    /// Its predictions, the most confident first, by their place in the run.
    pub predictions: Rc<[usize]>,
    /// The sample of each of them.
    pub samples: Rc<[u32]>,
    /// How many of them show.
    visible: usize,
    /// The one seen from near, by its place in `predictions`.
    pub opened: Option<usize>,
    /// The images most like it, once known, and how like.
    pub neighbours: Option<Rc<[(u32, f32)]>>,
    /// The images that the network takes for most like it.
    pub alike: Option<Alike>,
    /// Pixels by sample, as far as they came. Without an entry for a sample they are still to come; an empty one
    /// says that there are none any more.
    pub images: BTreeMap<u32, Rc<[u8]>>,
}

/// The images that the network takes for most like one, of those it has looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Alike {
    /// Each with the cosine between the features, the most like first.
    pub samples: Rc<[(u32, f32)]>,
    /// Images looked at.
    pub done: u32,
    /// Images to look at.
    pub total: u32,
    /// Seconds since it began, and images looked at since then.
    pub pace: (f64, u32),
    /// Whether no more are looked at.
    pub over: bool,
}

/// What the visitor does with it.
pub enum LookAction {
    /// Looks at a cell of a run.
    At(Rc<Measured>, Cell),
    /// Has seen enough.
    Close,
    /// Wants to see more of them.
    More,
    /// Wants to see one from near, or no more.
    Open(Option<usize>),
    /// Pixels came, for the samples in their order.
    Images(Vec<u32>, Vec<u8>),
    /// The images most like a sample.
    Neighbours(u32, Vec<(u32, f32)>),
    /// The images that the network takes for most like a sample.
    Alike(u32, Alike),
}

impl Look {
    /// How many show.
    pub fn visible(&self) -> usize {
        self.visible.min(self.predictions.len())
    }

    /// The one seen from near: its place in the run, and its sample.
    pub fn opened(&self) -> Option<(usize, u32)> {
        self.opened.and_then(|place| Some((*self.predictions.get(place)?, *self.samples.get(place)?)))
    }

    /// The samples whose pixels show but did not come yet.
    pub fn missing(&self) -> Vec<u32> {
        let alike = self.alike.iter().flat_map(|alike| alike.samples.iter());
        let neighbours =
            self.neighbours.iter().flat_map(|samples| samples.iter()).chain(alike).map(|&(sample, _)| sample);
        let shown = self.samples[..self.visible()].iter().copied();
        shown.chain(neighbours).filter(|sample| !self.images.contains_key(sample)).collect()
    }
}

/// Changes what the visitor looks at.
pub fn apply(state: &mut Option<Look>, action: LookAction) {
    if let LookAction::At(run, cell) = action {
        let predictions = run.predictions.cell(cell.actual, cell.predicted);
        *state = Some(Look {
            cell,
            samples: predictions.iter().map(|&prediction| run.predictions.sample(prediction)).collect(),
            predictions: predictions.into(),
            visible: PAGE,
            opened: None,
            neighbours: None,
            alike: None,
            images: BTreeMap::new(),
        });
        return;
    }
    let Some(look) = state else { return };
    match action {
        LookAction::At(..) => {}
        LookAction::Close => *state = None,
        LookAction::More => look.visible += PAGE,
        LookAction::Open(place) => {
            look.opened = place;
            look.neighbours = None;
            look.alike = None;
            // Who pages beyond what shows finds it there on the way back.
            look.visible = look.visible.max(place.map_or(0, |place| place + 1));
        }
        LookAction::Images(samples, pixels) => {
            let mut images = pixels.chunks_exact(CROP_PIXELS);
            for sample in samples {
                look.images.insert(sample, images.next().unwrap_or_default().into());
            }
        }
        LookAction::Alike(of, alike) => {
            if look.opened().is_some_and(|(_, sample)| sample == of) {
                look.alike = Some(alike);
            }
        }
        LookAction::Neighbours(of, samples) => {
            if look.opened().is_some_and(|(_, sample)| sample == of) {
                look.neighbours = Some(samples.into());
            }
        }
    }
}
