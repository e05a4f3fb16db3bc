//! The sources of all datasets, to load them again after they were closed or the engine failed.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use web_sys::File;

use mien_browser::value::clone_handle;
use mien_core::dataset::{CropChoice, LabelOrder, Split};
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{DatasetId, DatasetSummary};

/// Shares and seed of a random split.
pub type RandomSplit = ([f64; 3], u64);

/// The source of a dataset.
#[derive(Debug)]
pub enum Origin {
    /// A file.
    File(File),
    /// A folder's images, by their paths.
    Folder(Vec<(String, File)>),
    /// The storage of this device.
    Storage,
    /// Created in the page from these images.
    Custom(Vec<CustomImage>),
}

impl Origin {
    const fn is_custom(&self) -> bool {
        matches!(self, Self::Custom(_))
    }
}

/// An image of a custom dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomImage {
    /// Its label.
    pub label: Expression,
    /// Its split.
    pub split: Split,
    /// 48×48 grey bytes; absent while they are fetched from the engine.
    pub pixels: Option<Rc<[u8]>>,
}

/// Everything needed to load a dataset again.
#[derive(Debug)]
pub struct DatasetSource {
    /// The set's name.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The order of its integer labels, if it has some.
    pub order: Option<LabelOrder>,
    /// Whether its faces are cropped.
    pub crop: CropChoice,
    /// The set that it takes the place of.
    replaces: Option<DatasetId>,
    /// Its random split, if it has one.
    random_split: Option<RandomSplit>,
    /// The group column that was chosen to stay together, if one was, or none.
    together: Option<Option<u32>>,
}

impl DatasetSource {
    /// A set with the splits of its origin.
    pub fn new(name: String, origin: Origin) -> Self {
        Self {
            name,
            origin,
            order: None,
            crop: CropChoice::default(),
            replaces: None,
            random_split: None,
            together: None,
        }
    }
}

/// What remains to be done for a newly loaded dataset.
#[derive(Debug, PartialEq)]
pub struct Arrival {
    /// The random split to apply.
    pub random_split: Option<RandomSplit>,
    /// The group column to keep together before, if one was chosen, or none.
    pub together: Option<Option<u32>>,
    /// The set to close.
    pub replaces: Option<DatasetId>,
    /// Whether the pixels must be fetched from the engine: those of a custom dataset saved in an earlier visit.
    pub lacks_pixels: bool,
}

/// The sources of all datasets.
#[derive(Default)]
pub struct DatasetSources {
    /// Requested but not loaded yet, in order.
    requested: RefCell<VecDeque<DatasetSource>>,
    loaded: RefCell<BTreeMap<DatasetId, DatasetSource>>,
    /// The set that was closed last.
    closed: RefCell<Option<DatasetSource>>,
    /// The set that needs an order of its classes.
    asked: RefCell<Option<DatasetSource>>,
}

impl DatasetSources {
    /// Called when a dataset is requested.
    pub fn requested(&self, source: DatasetSource) {
        self.requested.borrow_mut().push_back(source);
    }

    /// Called when a dataset was loaded or changed; returns what remains to be done for a new one.
    pub fn arrived(&self, summary: &DatasetSummary) -> Option<Arrival> {
        if self.loaded.borrow().contains_key(&summary.id) {
            return None;
        }
        // Empty sets are answered at once, ahead of files that are still being read.
        let new_and_empty = summary.custom && summary.is_empty();
        let mut requested = self.requested.borrow_mut();
        let index = requested.iter().position(|source| source.origin.is_custom() == new_and_empty)?;
        let mut source = requested.remove(index)?;
        let lacks_pixels = summary.custom && matches!(source.origin, Origin::Storage);
        if lacks_pixels {
            let image = |sample| {
                Some(CustomImage { label: summary.label(sample)?, split: summary.split(sample)?, pixels: None })
            };
            source.origin = Origin::Custom((0..summary.len()).filter_map(image).collect());
        }
        let (random_split, together) = (source.random_split, source.together);
        let arrival = Arrival { random_split, together, replaces: source.replaces.take(), lacks_pixels };
        self.loaded.borrow_mut().insert(summary.id, source);
        Some(arrival)
    }

    /// Called when the next requested dataset could not be loaded; returns its name.
    pub fn failed(&self) -> Option<String> {
        self.take_requested().map(|source| source.name)
    }

    /// Called when the next requested dataset needs an order of its classes.
    pub fn order_needed(&self) {
        self.asked.replace(self.take_requested());
    }

    /// Removes and returns the source of the dataset that needs an order.
    pub fn take_asked(&self) -> Option<DatasetSource> {
        self.asked.take()
    }

    fn take_requested(&self) -> Option<DatasetSource> {
        let mut requested = self.requested.borrow_mut();
        let index = requested.iter().position(|source| !source.origin.is_custom())?;
        requested.remove(index)
    }

    /// A loaded dataset by name.
    pub fn find(&self, name: &str) -> Option<DatasetId> {
        self.loaded.borrow().iter().find(|(_, source)| source.name == name).map(|(id, _)| *id)
    }

    /// Called when loading was cancelled.
    pub fn cancelled(&self) {
        self.requested.borrow_mut().retain(|source| source.origin.is_custom());
    }

    /// Called when a dataset is closed.
    pub fn close(&self, set: DatasetId) {
        let source = self.loaded.borrow_mut().remove(&set);
        self.closed.replace(source);
    }

    /// Removes and returns the source of the dataset closed last.
    pub fn reopen(&self) -> Option<DatasetSource> {
        self.closed.take()
    }

    /// Whether a dataset was read from files of this visit, so that it can be read again in another way.
    pub fn is_from_files(&self, set: DatasetId) -> bool {
        let loaded = self.loaded.borrow();
        loaded.get(&set).is_some_and(|source| matches!(source.origin, Origin::File(_) | Origin::Folder(_)))
    }

    /// The source of a dataset that is loaded, to replace it by the same with a change; `None` if it is not from files.
    pub fn changed(&self, set: DatasetId, change: impl FnOnce(&mut DatasetSource)) -> Option<DatasetSource> {
        let loaded = self.loaded.borrow();
        let source = loaded.get(&set)?;
        let origin = match &source.origin {
            Origin::File(file) => Origin::File(clone_handle(file)),
            Origin::Folder(files) => {
                Origin::Folder(files.iter().map(|(path, file)| (path.clone(), clone_handle(file))).collect())
            }
            Origin::Storage | Origin::Custom(_) => return None,
        };
        let (name, order, crop) = (source.name.clone(), source.order.clone(), source.crop);
        let (random_split, together) = (source.random_split, source.together);
        let mut changed = DatasetSource { name, origin, order, crop, replaces: Some(set), random_split, together };
        change(&mut changed);
        Some(changed)
    }

    /// Sets or removes the random split of a dataset.
    pub fn set_random_split(&self, set: DatasetId, split: Option<RandomSplit>) {
        if let Some(source) = self.loaded.borrow_mut().get_mut(&set) {
            source.random_split = split;
        }
    }

    /// Sets the group column that stays together.
    pub fn set_together(&self, set: DatasetId, column: Option<u32>) {
        if let Some(source) = self.loaded.borrow_mut().get_mut(&set) {
            source.together = Some(column);
        }
    }

    /// Removes and returns the sources of all datasets, loaded or requested.
    pub fn take_all(&self) -> Vec<DatasetSource> {
        let (mut loaded, mut requested) = (self.loaded.take(), self.requested.take());
        for source in &mut requested {
            if let Some(set) = source.replaces.take() {
                loaded.remove(&set);
            }
        }
        loaded.into_values().chain(requested).collect()
    }

    /// Reads or modifies the images of a custom dataset; `None` if the dataset is not a custom one.
    pub fn with_custom<T>(&self, set: DatasetId, act: impl FnOnce(&mut Vec<CustomImage>) -> T) -> Option<T> {
        match self.loaded.borrow_mut().get_mut(&set).map(|source| &mut source.origin) {
            Some(Origin::Custom(images)) => Some(act(images)),
            _ => None,
        }
    }

    /// Sets the pixels of a custom dataset saved in an earlier visit; `false` if their number is wrong.
    pub fn fill(&self, set: DatasetId, pixels: &[[u8; CROP_PIXELS]]) -> bool {
        self.with_custom(set, |images| {
            let mut empty: Vec<&mut CustomImage> = images.iter_mut().filter(|image| image.pixels.is_none()).collect();
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

#[cfg(test)]
mod tests {
    use super::{Arrival, CropChoice, CustomImage, DatasetSource, DatasetSources, LabelOrder, Origin};
    use crate::controller::fake::{file, summary};
    use mien_core::vision::CROP_PIXELS;
    use mien_protocol::DatasetSummary;

    fn source(name: &str, origin: Origin) -> DatasetSource {
        DatasetSource::new(name.to_owned(), origin)
    }

    #[test]
    fn sets_arrive_in_the_order_requested() {
        let sources = DatasetSources::default();
        sources.requested(source("a", Origin::File(file())));
        sources.requested(source("b", Origin::Folder(Vec::new())));
        let nothing_to_do = Some(Arrival { random_split: None, together: None, replaces: None, lacks_pixels: false });
        assert_eq!(sources.arrived(&summary(1, 2)), nothing_to_do);
        // A change of it is no arrival.
        assert_eq!(sources.arrived(&summary(1, 3)), None);
        assert_eq!(sources.arrived(&summary(2, 1)), nothing_to_do);
        assert_eq!((sources.find("a"), sources.find("b"), sources.find("c")), (Some(1), Some(2), None));
        // Nobody requested this one.
        assert_eq!(sources.arrived(&summary(3, 1)), None);
    }

    #[test]
    fn an_empty_set_overtakes_files() {
        let sources = DatasetSources::default();
        sources.requested(source("file", Origin::File(file())));
        sources.requested(source("hand", Origin::Custom(Vec::new())));
        sources.arrived(&DatasetSummary { custom: true, ..summary(1, 0) }).unwrap();
        assert_eq!(sources.find("hand"), Some(1));
        sources.arrived(&summary(2, 5)).unwrap();
        assert_eq!(sources.find("file"), Some(2));
    }

    #[test]
    fn a_failure_is_that_of_the_first_file() {
        let sources = DatasetSources::default();
        assert_eq!(sources.failed(), None);
        sources.requested(source("hand", Origin::Custom(Vec::new())));
        sources.requested(source("a", Origin::File(file())));
        sources.requested(source("b", Origin::Storage));
        assert_eq!(sources.failed().as_deref(), Some("a"));
        sources.cancelled();
        assert_eq!(sources.failed(), None);
        assert_eq!(sources.take_all().len(), 1);
    }

    #[test]
    fn a_closed_set_is_reopened_once_with_its_split() {
        let sources = DatasetSources::default();
        sources.requested(source("a", Origin::File(file())));
        sources.arrived(&summary(1, 2));
        sources.set_random_split(1, Some(([8.0, 1.0, 1.0], 7)));
        sources.close(1);
        assert_eq!(sources.find("a"), None);
        sources.requested(sources.reopen().unwrap());
        assert!(sources.reopen().is_none());
        let arrival = sources.arrived(&summary(2, 2)).unwrap();
        assert_eq!(arrival.random_split, Some(([8.0, 1.0, 1.0], 7)));
    }

    #[test]
    fn a_set_is_replaced_by_one_with_another_choice() {
        let sources = DatasetSources::default();
        sources.requested(source("a", Origin::Folder(vec![("a/happy/1.jpg".to_owned(), file())])));
        sources.requested(source("hand", Origin::Custom(Vec::new())));
        assert_eq!(sources.arrived(&summary(1, 2)).unwrap().replaces, None);
        sources.arrived(&DatasetSummary { custom: true, ..summary(2, 0) }).unwrap();
        sources.set_random_split(1, Some(([8.0, 1.0, 1.0], 7)));
        let crop = |set| sources.changed(set, |source| source.crop = CropChoice::Faces);
        assert!(crop(2).is_none() && crop(9).is_none());
        assert_eq!([1, 2, 9].map(|set| sources.is_from_files(set)), [true, false, false]);
        let other = crop(1).unwrap();
        assert_eq!((other.name.as_str(), other.crop, &other.order), ("a", CropChoice::Faces, &None));
        sources.requested(other);
        assert_eq!(sources.take_all().len(), 2, "a new engine need not load what is replaced");
        sources.requested(source("a", Origin::File(file())));
        sources.arrived(&summary(1, 2)).unwrap();
        sources.set_random_split(1, Some(([8.0, 1.0, 1.0], 7)));
        sources.requested(sources.changed(1, |source| source.order = Some(LabelOrder::RafDb)).unwrap());
        let arrival = sources.arrived(&summary(3, 2)).unwrap();
        assert_eq!((arrival.replaces, arrival.random_split.map(|split| split.1)), (Some(1), Some(7)));
        sources.close(1);
        let kept = sources.take_all();
        assert!(
            matches!(&kept[..], [DatasetSource { order: Some(LabelOrder::RafDb), replaces: None, .. }]),
            "{kept:?}"
        );
    }

    #[test]
    fn saved_custom_images_get_their_pixels_back() {
        let sources = DatasetSources::default();
        sources.requested(source("hand", Origin::Storage));
        let stored = DatasetSummary { custom: true, ..summary(1, 2) };
        assert!(sources.arrived(&stored).unwrap().lacks_pixels);
        assert!(!sources.fill(1, &[[1; CROP_PIXELS]]));
        assert!(sources.fill(1, &[[1; CROP_PIXELS], [2; CROP_PIXELS]]));
        let first = |images: &mut Vec<CustomImage>| images[1].pixels.as_ref().map(|pixels| pixels[0]);
        assert_eq!(sources.with_custom(1, first), Some(Some(2)));
        // None is empty any more, and a set that is gone needs none.
        assert!(sources.fill(1, &[]));
        assert!(sources.fill(9, &[[1; CROP_PIXELS]]));
    }
}
