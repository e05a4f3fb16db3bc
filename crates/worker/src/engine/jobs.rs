//! Work that advances in slices, so that commands are handled in between.

use std::collections::VecDeque;

use crate::failure::Failure;

/// Duration of a slice in milliseconds: roughly the longest delay of a command.
pub(super) const SLICE: f64 = 40.0;

/// Milliseconds between two events that report a job's progress.
pub(super) const REPORT_EVERY: f64 = 100.0;

/// The result of a slice.
pub(super) enum Slice<J> {
    /// There is more to do.
    More(J),
    /// The job has ended, and its last event is posted.
    Done,
    /// The GPU failed; on the CPU the job continues where it was.
    DeviceLost(J, Failure),
}

impl<J> Slice<J> {
    pub fn map<K>(self, wrap: impl FnOnce(J) -> K) -> Slice<K> {
        match self {
            Self::More(job) => Slice::More(wrap(job)),
            Self::Done => Slice::Done,
            Self::DeviceLost(job, reason) => Slice::DeviceLost(wrap(job), reason),
        }
    }
}

/// A round-robin queue of jobs: the first job runs for a slice and, if not finished, goes to the end.
pub(super) struct JobQueue<J>(VecDeque<J>);

impl<J> Default for JobQueue<J> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<J> JobQueue<J> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a job at the end.
    pub fn push(&mut self, job: J) {
        self.0.push_back(job);
    }

    /// Takes the next job.
    pub fn pop(&mut self) -> Option<J> {
        self.0.pop_front()
    }

    /// Removes the jobs that match; the others keep their order.
    pub fn remove(&mut self, matches: impl Fn(&J) -> bool) -> Vec<J> {
        let (removed, kept) = std::mem::take(&mut self.0).into_iter().partition::<VecDeque<J>, _>(matches);
        self.0 = kept;
        removed.into()
    }
}

/// The jobs of a feature in the queue of all jobs.
pub(super) trait Jobs<J> {
    /// Adds a job at the end.
    fn add(&mut self, job: J);

    /// Removes the jobs of the feature that match.
    fn take(&mut self, matches: &dyn Fn(&J) -> bool) -> Vec<J>;
}

/// The batch size for the next slice, within `range`, given the duration of the last slice in milliseconds.
pub(super) fn next_batch(batch: usize, spent: f64, range: (usize, usize)) -> usize {
    match spent {
        short if short < SLICE => (batch * 2).min(range.1),
        long if long > 4.0 * SLICE => (batch / 2).max(range.0),
        _ => batch,
    }
}

#[cfg(test)]
mod tests {
    use super::{JobQueue, SLICE, next_batch};

    #[test]
    fn jobs_alternate_and_removed_ones_are_gone() {
        let mut queue = JobQueue::default();
        ["a", "b", "c"].into_iter().for_each(|job| queue.push(job));
        for expected in ["a", "b", "c", "a"] {
            let job = queue.pop().unwrap();
            assert_eq!(job, expected);
            queue.push(job);
        }
        assert_eq!(queue.remove(|job| *job == "c"), ["c"]);
        assert_eq!(queue.remove(|job| *job == "c"), [""; 0]);
        assert_eq!([queue.pop(), queue.pop(), queue.pop()], [Some("b"), Some("a"), None]);
        assert!(queue.is_empty());
    }

    #[test]
    fn batches_grow_and_shrink_within_their_range() {
        assert_eq!(next_batch(4, 0.0, (4, 64)), 8);
        assert_eq!(next_batch(64, 0.0, (4, 64)), 64);
        assert_eq!(next_batch(16, SLICE, (4, 64)), 16);
        assert_eq!(next_batch(16, 4.0 * SLICE + 1.0, (4, 64)), 8);
        assert_eq!(next_batch(4, 1e9, (4, 64)), 4);
        assert_eq!(next_batch(1, 1e9, (1, 64)), 1);
    }
}
