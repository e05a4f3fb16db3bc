//! Searches for near duplicates, in slices.

use std::sync::Arc;

use super::{DatasetJob, Datasets, indices};
use crate::engine::jobs::{Jobs, REPORT_EVERY, SLICE, Slice};
use mien_core::dataset::{NearDuplicateSearch, NearDuplicates, select_training};
use mien_protocol::{DatasetEvent, DatasetId, NearDuplicateStatus};

/// Images compared between two checks of the clock.
const IMAGES: usize = 16;

/// What is known about the near duplicates of a dataset.
pub(super) enum Near {
    /// A job searches for them.
    Searching,
    /// The search was cancelled.
    Cancelled,
    /// They are known.
    Found(Arc<NearDuplicates>),
}

impl Near {
    /// The near duplicates; none unless they are known.
    pub fn duplicates(&self) -> Arc<NearDuplicates> {
        match self {
            Self::Found(near) => Arc::clone(near),
            Self::Searching | Self::Cancelled => Arc::default(),
        }
    }
}

/// A search for the near duplicates of a dataset.
pub(in crate::engine) struct NearJob {
    set: DatasetId,
    search: NearDuplicateSearch,
    reported: f64,
}

impl Datasets {
    /// The near duplicates of a dataset; none unless they are known.
    pub fn near_duplicates(&self, set: DatasetId) -> Arc<NearDuplicates> {
        self.loaded.get(&set).map(|set| set.near.duplicates()).unwrap_or_default()
    }

    /// Whether a job searches for the near duplicates of a dataset.
    pub fn is_searching(&self, set: DatasetId) -> bool {
        self.loaded.get(&set).is_some_and(|set| matches!(set.near, Near::Searching))
    }

    /// Starts the search again after it was cancelled.
    pub(super) fn retry_near_duplicates(&mut self, id: DatasetId, jobs: &mut impl Jobs<DatasetJob>) {
        if self.loaded.get(&id).is_some_and(|set| matches!(set.near, Near::Cancelled)) {
            self.find_near_duplicates(id, jobs);
        }
    }

    /// Starts or restarts the search.
    pub(super) fn find_near_duplicates(&mut self, id: DatasetId, jobs: &mut impl Jobs<DatasetJob>) {
        let Some(set) = self.loaded.get_mut(&id) else { return };
        take(id, jobs);
        set.near = Near::Searching;
        let search = NearDuplicateSearch::new(&set.images);
        jobs.add(DatasetJob::NearDuplicates(Box::new(NearJob { set: id, search, reported: f64::NEG_INFINITY })));
    }

    pub(super) fn cancel_near_duplicates(&mut self, id: DatasetId, jobs: &mut impl Jobs<DatasetJob>) {
        if !take(id, jobs) {
            return;
        }
        if let Some(set) = self.loaded.get_mut(&id) {
            set.near = Near::Cancelled;
        }
        self.post_near(id, NearDuplicateStatus::Cancelled);
    }

    pub(super) fn advance_near(&mut self, mut job: Box<NearJob>) -> Slice<Box<NearJob>> {
        let Some(set) = self.loaded.get_mut(&job.set) else { return Slice::Done };
        let start = self.clock.now();
        let mut more = true;
        while more && self.clock.now() - start < SLICE {
            more = job.search.advance(&set.images, IMAGES);
        }
        if more {
            if self.clock.now() - job.reported > REPORT_EVERY {
                job.reported = self.clock.now();
                let (done, total) = (job.search.done() as u32, set.images.len() as u32);
                self.post_near(job.set, NearDuplicateStatus::Running { done, total });
            }
            return Slice::More(job);
        }
        let near = Arc::new(job.search.finish(&set.images));
        let excluded = select_training(&set.images, &near).excluded.len() as u32;
        set.near = Near::Found(Arc::clone(&near));
        let groups = near.groups.iter().map(|group| indices(group)).collect();
        self.post_near(job.set, NearDuplicateStatus::Finished { groups, excluded });
        Slice::Done
    }

    fn post_near(&self, set: DatasetId, status: NearDuplicateStatus) {
        self.post(DatasetEvent::NearDuplicates { set, status });
    }
}

/// Removes the search job of a dataset; whether there was one.
fn take(id: DatasetId, jobs: &mut impl Jobs<DatasetJob>) -> bool {
    !jobs.take(&|job| matches!(job, DatasetJob::NearDuplicates(job) if job.set == id)).is_empty()
}
