//! Where the sets come from, so that they can be brought back: after the visitor closed one, or the engine crashed.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use web_sys::File;

use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{SetId, SetSummary};

/// Shares and seed of splits that were drawn anew.
pub(super) type Division = ([f64; 3], u64);

/// Where a set comes from.
pub(super) enum Origin {
    /// A file.
    File(File),
    /// A folder's images, by their paths.
    Folder(Vec<(String, File)>),
    /// The storage of this device.
    Kept,
    /// It was made here, by hand, of these images.
    Made(Vec<Made>),
}

/// An image that was added by hand.
#[derive(Clone)]
pub(super) struct Made {
    /// Its class.
    pub label: Expression,
    /// Its split.
    pub split: Split,
    /// 48×48 grey bytes; absent while they are fetched from the engine.
    pub pixels: Option<Rc<[u8]>>,
}

/// What it takes to bring a set back.
pub(super) struct Held {
    /// The set's name.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The splits that were drawn for it.
    divided: Option<Division>,
}

impl Held {
    /// A set with the splits of its source.
    pub fn new(name: String, origin: Origin) -> Self {
        Self { name, origin, divided: None }
    }
}

/// What remains to be done for a set that has just arrived.
pub(super) struct Fresh {
    /// The splits to draw for it.
    pub divided: Option<Division>,
    /// Whether its images, made by hand in an earlier visit, are to be fetched from the engine.
    pub borrow_images: bool,
}

/// Where all sets come from.
#[derive(Default)]
pub(super) struct Origins {
    /// On their way, in the order asked for.
    asked: RefCell<VecDeque<Held>>,
    held: RefCell<BTreeMap<SetId, Held>>,
    closed: RefCell<Option<Held>>,
}

impl Origins {
    /// A set is asked for.
    pub fn asked(&self, held: Held) {
        self.asked.borrow_mut().push_back(held);
    }

    /// A set is there, or is there with changes; tells what is to be done for a new one.
    pub fn arrived(&self, summary: &SetSummary) -> Option<Fresh> {
        if self.held.borrow().contains_key(&summary.id) {
            return None;
        }
        // Empty sets are answered at once, ahead of files that are still being read.
        let made = summary.handmade && summary.is_empty();
        let mut asked = self.asked.borrow_mut();
        let place = asked.iter().position(|held| matches!(held.origin, Origin::Made(_)) == made)?;
        let mut held = asked.remove(place)?;
        let borrow_images = summary.handmade && matches!(held.origin, Origin::Kept);
        if borrow_images {
            let made =
                |sample| Some(Made { label: summary.label(sample)?, split: summary.split(sample)?, pixels: None });
            held.origin = Origin::Made((0..summary.len()).filter_map(made).collect());
        }
        let fresh = Fresh { divided: held.divided, borrow_images };
        self.held.borrow_mut().insert(summary.id, held);
        Some(fresh)
    }

    /// The set whose turn it was could not be loaded; tells its name.
    pub fn failed(&self) -> Option<String> {
        let mut asked = self.asked.borrow_mut();
        let place = asked.iter().position(|held| !matches!(held.origin, Origin::Made(_)))?;
        asked.remove(place).map(|held| held.name)
    }

    /// A loaded set of a name.
    pub fn named(&self, name: &str) -> Option<SetId> {
        self.held.borrow().iter().find(|(_, held)| held.name == name).map(|(id, _)| *id)
    }

    /// Nothing is being loaded any more.
    pub fn cancelled(&self) {
        self.asked.borrow_mut().retain(|held| matches!(held.origin, Origin::Made(_)));
    }

    /// A set is closed.
    pub fn close(&self, set: SetId) {
        let held = self.held.borrow_mut().remove(&set);
        *self.closed.borrow_mut() = held;
    }

    /// The set that was closed last, which then is forgotten.
    pub fn reopen(&self) -> Option<Held> {
        self.closed.take()
    }

    /// The splits of a set were drawn anew, or are its own again.
    pub fn divided(&self, set: SetId, division: Option<Division>) {
        if let Some(held) = self.held.borrow_mut().get_mut(&set) {
            held.divided = division;
        }
    }

    /// All sets, loaded or on their way, which then are forgotten.
    pub fn take_all(&self) -> Vec<Held> {
        let mut all: Vec<Held> = self.held.take().into_values().collect();
        all.extend(self.asked.take());
        all
    }

    /// The images of a set that was made by hand.
    pub fn made<T>(&self, set: SetId, act: impl FnOnce(&mut Vec<Made>) -> T) -> Option<T> {
        match self.held.borrow_mut().get_mut(&set).map(|held| &mut held.origin) {
            Some(Origin::Made(images)) => Some(act(images)),
            _ => None,
        }
    }

    /// Fills in the pixels of images that were made by hand in an earlier visit; `false` if they are not as many as are
    /// needed.
    pub fn fill(&self, set: SetId, pixels: &[[u8; CROP_PIXELS]]) -> bool {
        self.made(set, |images| {
            let mut empty: Vec<&mut Made> = images.iter_mut().filter(|image| image.pixels.is_none()).collect();
            let fits = empty.len() == pixels.len();
            if fits {
                for (image, pixels) in empty.iter_mut().zip(pixels) {
                    image.pixels = Some(Rc::from(pixels.as_slice()));
                }
            }
            fits
        })
        .unwrap_or(true)
    }
}
