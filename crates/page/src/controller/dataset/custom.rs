//! Custom datasets, created in the page. The page keeps a copy of their images, to restore them in a new engine.

use std::rc::Rc;

use super::sources::{CustomImage, DatasetSources};
use crate::controller::link::Link;
use crate::state::{Action, Burst, DatasetAction};
use mien_core::dataset::Split;
use mien_core::expression::Expression;
use mien_core::vision::CROP_PIXELS;
use mien_protocol::{Command, DatasetCommand, DatasetId};

/// Modifies custom datasets.
pub struct CustomDatasets {
    link: Link,
    sources: Rc<DatasetSources>,
}

impl CustomDatasets {
    pub(super) fn new(link: Link, sources: Rc<DatasetSources>) -> Self {
        Self { link, sources }
    }

    /// Adds images to a set: 48×48 grey bytes each.
    pub fn add(&self, set: DatasetId, label: Expression, split: Split, pixels: Vec<u8>) {
        let images = pixels.as_chunks::<CROP_PIXELS>().0.iter();
        let images = images.map(|image| CustomImage { label, split, pixels: Some(Rc::from(image.as_slice())) });
        self.sources.with_custom(set, |all| all.extend(images));
        self.send(DatasetCommand::Add { set, label, split, pixels });
    }

    /// Removes the images that were added last.
    pub fn undo(&self, last: Burst) {
        let set = last.set;
        let range = self.sources.with_custom(set, |images| {
            let all = images.len();
            images.truncate(all.saturating_sub(last.count));
            images.len()..all
        });
        if let Some(range) = range {
            self.dispatch(DatasetAction::BurstRemoved(set));
            self.send(DatasetCommand::Remove { set, samples: range.map(|sample| sample as u32).collect() });
        }
    }

    /// Removes one image.
    pub fn remove(&self, set: DatasetId, sample: u32) {
        let index = sample as usize;
        self.sources.with_custom(set, |images| {
            if index < images.len() {
                images.remove(index);
            }
        });
        self.dispatch(DatasetAction::ImageRemoved(set));
        self.send(DatasetCommand::Remove { set, samples: vec![sample] });
    }

    /// Refills a dataset after the engine was restarted, with one command per run of consecutive images of the same
    /// class and split.
    pub(super) fn refill(&self, set: DatasetId) {
        let runs = self.sources.with_custom(set, |images| {
            let alike = |a: &CustomImage, b: &CustomImage| (a.label, a.split) == (b.label, b.split);
            images.chunk_by(alike).map(<[CustomImage]>::to_vec).collect::<Vec<_>>()
        });
        for run in runs.unwrap_or_default() {
            let pixels = run.iter().filter_map(|image| image.pixels.as_deref()).collect::<Vec<_>>().concat();
            if let Some(&CustomImage { label, split, .. }) = run.first() {
                self.send(DatasetCommand::Add { set, label, split, pixels });
            }
        }
    }

    fn send(&self, command: DatasetCommand) {
        self.link.send(&Command::Dataset(command));
    }

    fn dispatch(&self, action: DatasetAction) {
        self.link.dispatch(Action::Dataset(action));
    }
}
