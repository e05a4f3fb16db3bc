//! Cache for the pixels of shown images, which are fetched from the engine on demand.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use super::sources::DatasetSources;
use crate::controller::link::{Link, RequestId};
use crate::controller::requests::Latest;
use crate::state::{Action, DatasetAction};
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{Command, DatasetCommand, DatasetId};

/// Maximum number of cached images: nine megabytes.
const MAX_IMAGES: usize = 4096;

/// Images per request, so that images scrolled past do not delay those in view.
const BATCH: usize = 256;

/// The views that show images. A request of a view replaces its previous one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageView {
    /// The image in full and its neighbours.
    Viewer,
    /// The grid.
    Grid,
    /// The list of duplicates.
    Duplicates,
    /// The list of near duplicates.
    NearDuplicates,
}

/// A sample of a set.
type Key = (DatasetId, u32);

/// Samples of a set.
type Samples = (DatasetId, Vec<u32>);

/// Provides the pixels of samples.
pub struct Pixels {
    link: Link,
    sources: Rc<DatasetSources>,
    cache: RefCell<Cache>,
    /// What each view needs, most urgent first.
    needed: RefCell<[Option<Samples>; 4]>,
    /// The pending request; there is only one at a time.
    batch: Latest<Batch>,
    /// Samples of each set when it was last loaded or changed.
    sizes: RefCell<HashMap<DatasetId, usize>>,
}

#[derive(Clone)]
struct Batch {
    set: DatasetId,
    samples: Vec<u32>,
    /// Whether the request is for a whole custom dataset.
    custom: bool,
}

impl Pixels {
    pub(super) fn new(link: Link, sources: Rc<DatasetSources>) -> Self {
        Self {
            link,
            sources,
            cache: RefCell::default(),
            needed: RefCell::default(),
            batch: Latest::default(),
            sizes: RefCell::default(),
        }
    }

    /// The pixels of a sample, if cached.
    pub fn get(&self, set: DatasetId, sample: u32) -> Option<Rc<[u8]>> {
        let image = |images: &mut Vec<super::sources::CustomImage>| images.get(sample as usize)?.pixels.clone();
        let custom = self.sources.with_custom(set, image).flatten();
        custom.or_else(|| self.cache.borrow().images.get(&(set, sample)).cloned())
    }

    /// Sets the samples whose pixels a view needs now; they arrive later.
    pub fn request(&self, view: ImageView, set: DatasetId, samples: Vec<u32>) {
        let custom = self.sources.with_custom(set, |_| ()).is_some();
        self.needed.borrow_mut()[view as usize] = (!custom).then_some((set, samples));
        self.request_missing();
    }

    fn request_missing(&self) {
        if self.batch.is_pending() {
            return;
        }
        if let Some((set, samples)) = self.missing() {
            self.request_batch(set, samples, false);
        }
    }

    /// Fetches the images of a custom dataset saved in an earlier visit, to keep a copy of them like of newly added
    /// ones.
    pub(super) fn request_custom(&self, set: DatasetId) {
        let samples = self.sources.with_custom(set, |images| images.len()).unwrap_or_default();
        if samples > 0 {
            self.request_batch(set, (0..samples as u32).collect(), true);
        }
    }

    fn request_batch(&self, set: DatasetId, samples: Vec<u32>, custom: bool) {
        let request = self.link.next_request();
        self.batch.set(request, Batch { set, samples: samples.clone(), custom });
        self.link.send(&Command::Dataset(DatasetCommand::Images { request, set, samples }));
    }

    /// The most urgent samples that are not cached.
    fn missing(&self) -> Option<Samples> {
        let (cache, needed) = (self.cache.borrow(), self.needed.borrow());
        needed.iter().flatten().find_map(|(set, samples)| {
            let is_missing = |sample: &u32| !cache.images.contains_key(&(*set, *sample));
            let missing: Vec<u32> = samples.iter().copied().filter(is_missing).take(BATCH).collect();
            (!missing.is_empty()).then_some((*set, missing))
        })
    }

    /// Stores the pixels of a response, unless it is stale.
    pub(super) fn on_images(&self, request: RequestId, pixels: &[u8]) {
        let Some(batch) = self.batch.take(request) else { return };
        let images = pixels.as_chunks::<CROP_PIXELS>().0;
        let arrived = !images.is_empty() && images.len() == batch.samples.len();
        if !arrived {
            // The set is gone, or not what it was: who still needs pixels will say so.
            self.needed.take();
            return;
        }
        if batch.custom {
            if !self.sources.fill(batch.set, images) {
                self.request_custom(batch.set);
            }
            return self.link.dispatch(Action::Dataset(DatasetAction::Arrived));
        }
        for (sample, image) in batch.samples.into_iter().zip(images) {
            self.cache.borrow_mut().put((batch.set, sample), Rc::from(image.as_slice()));
        }
        self.link.dispatch(Action::Dataset(DatasetAction::Arrived));
        self.request_missing();
    }

    /// Called when the number of samples of a dataset is known. If it has decreased, samples were renumbered.
    pub(super) fn resized(&self, set: DatasetId, samples: usize) {
        let before = self.sizes.borrow_mut().insert(set, samples);
        if before.is_some_and(|before| before > samples) {
            self.forget(set);
        }
    }

    /// Drops the pixels of a set.
    pub(super) fn forget(&self, set: DatasetId) {
        self.cache.borrow_mut().forget(set);
        // An answer that is under way is about what was.
        self.batch.update(|batch| {
            if batch.set == set {
                batch.samples.clear();
            }
        });
    }

    /// Drops everything.
    pub(super) fn clear(&self) {
        self.cache.take();
        self.needed.take();
        self.batch.cancel();
        self.sizes.take();
    }
}

/// A cache that evicts the oldest images.
#[derive(Default)]
struct Cache {
    images: HashMap<Key, Rc<[u8]>>,
    /// Oldest first.
    order: VecDeque<Key>,
}

impl Cache {
    fn put(&mut self, key: Key, pixels: Rc<[u8]>) {
        if self.images.insert(key, pixels).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > MAX_IMAGES {
            if let Some(oldest) = self.order.pop_front() {
                self.images.remove(&oldest);
            }
        }
    }

    fn forget(&mut self, set: DatasetId) {
        self.images.retain(|(of, _), _| *of != set);
        self.order.retain(|(of, _)| *of != set);
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{BATCH, Cache, ImageView, MAX_IMAGES, Pixels};
    use crate::controller::fake::FakeHost;
    use crate::controller::link::RequestId;
    use crate::state::{Action, DatasetAction};
    use mien_core::vision::CROP_PIXELS;
    use mien_protocol::{Command, DatasetCommand};

    fn pixels() -> (Rc<FakeHost>, Pixels) {
        let (host, link) = FakeHost::new();
        (host, Pixels::new(link, Rc::default()))
    }

    /// The request that was sent last, and its samples.
    fn sent(host: &FakeHost) -> Option<(RequestId, Vec<u32>)> {
        match host.take_commands().pop()? {
            Command::Dataset(DatasetCommand::Images { request, samples, .. }) => Some((request, samples)),
            _ => None,
        }
    }

    #[test]
    fn pixels_come_in_batches_the_most_urgent_first() {
        let (host, pixels) = pixels();
        let many: Vec<u32> = (0..BATCH as u32 + 1).collect();
        pixels.request(ImageView::Grid, 1, many.clone());
        let (request, samples) = sent(&host).unwrap();
        assert_eq!(samples, many[..BATCH]);
        // Meanwhile the viewer opens, which goes before the rest of the grid.
        pixels.request(ImageView::Viewer, 1, vec![999]);
        assert_eq!(sent(&host), None);
        pixels.on_images(request, &vec![7; BATCH * CROP_PIXELS]);
        assert!(matches!(host.take_actions()[..], [Action::Dataset(DatasetAction::Arrived)]));
        assert_eq!(pixels.get(1, 3).unwrap()[0], 7);
        assert_eq!(pixels.get(1, 999), None);
        let (request, samples) = sent(&host).unwrap();
        assert_eq!(samples, [999]);
        pixels.on_images(request, &[8; CROP_PIXELS]);
        assert_eq!(sent(&host).unwrap().1, [BATCH as u32]);
    }

    #[test]
    fn stale_answers_are_dropped() {
        let (host, pixels) = pixels();
        pixels.request(ImageView::Grid, 1, vec![0]);
        let (request, _) = sent(&host).unwrap();
        pixels.on_images(request + 1, &[7; CROP_PIXELS]);
        assert_eq!(pixels.get(1, 0), None);
        // The engine is a new one, whose requests have other numbers.
        pixels.clear();
        pixels.on_images(request, &[7; CROP_PIXELS]);
        assert_eq!(pixels.get(1, 0), None);
        assert!(host.take_actions().is_empty());
    }

    #[test]
    fn an_answer_about_a_set_that_has_changed_is_dropped() {
        let (host, pixels) = pixels();
        pixels.resized(1, 3);
        pixels.request(ImageView::Grid, 1, vec![0, 1]);
        let (request, _) = sent(&host).unwrap();
        pixels.resized(1, 2);
        pixels.on_images(request, &[7; 2 * CROP_PIXELS]);
        assert_eq!(pixels.get(1, 0), None);
        // What the views need they say again.
        assert_eq!(sent(&host), None);
        pixels.request(ImageView::Grid, 1, vec![0, 1]);
        assert_eq!(sent(&host).unwrap().1, [0, 1]);
        // A set that has grown is what it was.
        pixels.on_images(request + 1, &[7; 2 * CROP_PIXELS]);
        pixels.resized(1, 5);
        assert!(pixels.get(1, 0).is_some());
    }

    #[test]
    fn a_set_that_is_gone_answers_with_nothing() {
        let (host, pixels) = pixels();
        pixels.request(ImageView::Grid, 1, vec![0]);
        let (request, _) = sent(&host).unwrap();
        pixels.on_images(request, &[]);
        assert!(host.take_actions().is_empty());
        assert_eq!(sent(&host), None);
    }

    #[test]
    fn the_oldest_images_go() {
        let mut cache = Cache::default();
        for sample in 0..=MAX_IMAGES as u32 {
            cache.put((1, sample), Rc::from([0]));
        }
        assert_eq!(cache.images.len(), MAX_IMAGES);
        assert!(!cache.images.contains_key(&(1, 0)));
        assert!(cache.images.contains_key(&(1, 1)));
    }
}
