//! Pixels of the images that are shown, fetched from the engine as they are needed and given up when there are many.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use super::Controller;
use crate::state::{Action, DatasetAction};
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{DatasetCommand, SetId};

/// Images at hand: nine megabytes.
const MOST: usize = 4096;

/// Images fetched at once, so that what is scrolled past does not hold up what is looked at.
const BATCH: usize = 256;

/// Who shows images. Each says what it needs now, in place of what it needed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The image in full and its neighbours.
    Viewer,
    /// The grid.
    Grid,
    /// The list of duplicates.
    Duplicates,
}

/// A sample of a set.
type Key = (SetId, u32);

/// Samples of a set that are shown.
type Wanted = (SetId, Vec<u32>);

/// The pixels at hand.
#[derive(Default)]
pub(super) struct Shelf {
    images: RefCell<HashMap<Key, Rc<[u8]>>>,
    /// Oldest first.
    order: RefCell<VecDeque<Key>>,
    wanted: RefCell<[Option<Wanted>; 3]>,
    asked: RefCell<Option<Asked>>,
    requests: Cell<u32>,
    /// The newest question about neighbours, and the sample it is about.
    about: Cell<Option<(u32, u32)>>,
    sizes: RefCell<HashMap<SetId, usize>>,
}

struct Asked {
    request: u32,
    set: SetId,
    samples: Vec<u32>,
    /// Whether the answer holds a whole set that was made by hand.
    whole: bool,
}

impl Shelf {
    /// A set has so many samples. When it has fewer than before, samples have changed their places.
    pub fn resized(&self, set: SetId, samples: usize) {
        let before = self.sizes.borrow_mut().insert(set, samples);
        if before.is_some_and(|before| before > samples) {
            self.forget(set);
        }
    }

    /// Gives the pixels of a set up.
    pub fn forget(&self, set: SetId) {
        self.images.borrow_mut().retain(|(of, _), _| *of != set);
        self.order.borrow_mut().retain(|(of, _)| *of != set);
        // An answer that is under way is about what was.
        if let Some(asked) = self.asked.borrow_mut().as_mut().filter(|asked| asked.set == set) {
            asked.samples.clear();
        }
    }

    /// Gives everything up.
    pub fn clear(&self) {
        self.images.take();
        self.order.take();
        self.wanted.take();
        self.asked.take();
        self.about.take();
        self.sizes.take();
    }

    /// Names a question about a sample, in place of one before.
    pub fn ask_about(&self, sample: u32) -> u32 {
        let request = self.next_request();
        self.about.set(Some((request, sample)));
        request
    }

    /// The sample that an answer is about; `None` if another question came since.
    pub fn asked_about(&self, request: u32) -> Option<u32> {
        self.about.get().filter(|(asked, _)| *asked == request).map(|(_, sample)| sample)
    }

    fn next_request(&self) -> u32 {
        let request = self.requests.get().wrapping_add(1);
        self.requests.set(request);
        request
    }

    fn put(&self, key: Key, pixels: Rc<[u8]>) {
        let mut order = self.order.borrow_mut();
        let mut images = self.images.borrow_mut();
        if images.insert(key, pixels).is_none() {
            order.push_back(key);
        }
        while order.len() > MOST {
            if let Some(oldest) = order.pop_front() {
                images.remove(&oldest);
            }
        }
    }

    fn has(&self, key: Key) -> bool {
        self.images.borrow().contains_key(&key)
    }

    /// What is needed most and not at hand.
    fn missing(&self) -> Option<Wanted> {
        let wanted = self.wanted.borrow();
        wanted.iter().flatten().find_map(|(set, samples)| {
            let missing: Vec<u32> =
                samples.iter().copied().filter(|&sample| !self.has((*set, sample))).take(BATCH).collect();
            (!missing.is_empty()).then_some((*set, missing))
        })
    }
}

impl Controller {
    /// The pixels of a sample, if they are at hand.
    pub fn pixels(&self, set: SetId, sample: u32) -> Option<Rc<[u8]>> {
        let desk = &self.0.desk;
        let made = desk.origins.made(set, |images| images.get(sample as usize).and_then(|image| image.pixels.clone()));
        made.flatten().or_else(|| desk.shelf.images.borrow().get(&(set, sample)).cloned())
    }

    /// Says which pixels are needed now; they come as they come.
    pub fn want_pixels(&self, place: Place, set: SetId, samples: Vec<u32>) {
        let made = self.0.desk.origins.made(set, |_| ()).is_some();
        self.0.desk.shelf.wanted.borrow_mut()[place as usize] = (!made).then_some((set, samples));
        self.ask_pixels();
    }

    fn ask_pixels(&self) {
        let shelf = &self.0.desk.shelf;
        if shelf.asked.borrow().is_some() {
            return;
        }
        if let Some((set, samples)) = shelf.missing() {
            self.ask_images(set, samples, false);
        }
    }

    /// Fetches the images of a set that was made by hand in an earlier visit, to hold them here as those that are added.
    pub(super) fn borrow_images(&self, set: SetId) {
        let samples = self.0.desk.origins.made(set, |images| images.len()).unwrap_or_default();
        if samples > 0 {
            self.ask_images(set, (0..samples as u32).collect(), true);
        }
    }

    fn ask_images(&self, set: SetId, samples: Vec<u32>, whole: bool) {
        let shelf = &self.0.desk.shelf;
        let request = shelf.next_request();
        *shelf.asked.borrow_mut() = Some(Asked { request, set, samples: samples.clone(), whole });
        self.tell(DatasetCommand::Images { request, set, samples });
    }

    pub(super) fn on_images(&self, request: u32, pixels: &[u8]) {
        let shelf = &self.0.desk.shelf;
        let asked = shelf.asked.borrow_mut().take_if(|asked| asked.request == request);
        let Some(asked) = asked else { return };
        let images = pixels.as_chunks::<CROP_PIXELS>().0;
        let arrived = !images.is_empty() && images.len() == asked.samples.len();
        if !arrived {
            // The set is gone, or not what it was: who still needs pixels will say so.
            shelf.wanted.take();
            return;
        }
        if asked.whole {
            let filled = self.0.desk.origins.fill(asked.set, images);
            if !filled {
                self.borrow_images(asked.set);
            }
            return self.dispatch(Action::Dataset(DatasetAction::Arrived));
        }
        for (sample, image) in asked.samples.into_iter().zip(images) {
            shelf.put((asked.set, sample), Rc::from(image.as_slice()));
        }
        self.dispatch(Action::Dataset(DatasetAction::Arrived));
        self.ask_pixels();
    }
}
